//! The panel as a node calls it.

use serde::Deserialize;
use std::sync::Arc;

/// The panel, wherever it is.
pub trait Panel {
    /// Sends one request of the Mu API.
    ///
    /// # Errors
    /// In words, if no answer came.
    fn call(&mut self, call: Call<'_>) -> Result<Answer, String>;
}

/// A request.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Below the address of the API, without a slash before it.
    pub path: &'a str,
    /// What is posted; `None`: it is only asked for.
    pub body: Option<&'a [u8]>,
    /// One more header.
    pub header: Option<(&'static str, &'a str)>,
}

/// What the panel answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Arc<Vec<u8>>,
    /// Its mark, by which the panel can say that nothing has changed.
    pub mark: Option<String>,
}

/// What the panel said of a call that it did not take.
pub(super) fn words(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Said {
        msg: String,
    }
    let said = serde_json::from_slice::<Said>(&answer.body).map(|said| said.msg);
    match (answer.status, said) {
        (401, _) => "the panel refuses the token".to_owned(),
        (_, Ok(said)) => format!("the panel says `{said}`"),
        (404, Err(_)) => "the panel does not know that address: does it end in `/mu/v2`?".to_owned(),
        (status, Err(_)) => format!("what answers is no panel (status {status})"),
    }
}
