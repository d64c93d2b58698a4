//! Forms, queries, cookies and the named values of a request: written out and read again they are the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::{
    api::fields::Fields,
    http::{Pairs, Request, Verb},
};

fuzz_target!(|bytes: &[u8]| {
    let pairs = Pairs::decode(bytes);
    assert_eq!(Pairs::decode(pairs.encode().as_bytes()), pairs);
    assert_eq!(pairs.get("u"), pairs.all("u").next());
    let without = pairs.without(&["u"]);
    assert_eq!(without.get("u"), None);
    assert_eq!(Pairs::decode(pairs.encode_with(&[("u", "")]).as_bytes()), without);
    let with = Pairs::decode(pairs.encode_with(&[("u", "7")]).as_bytes());
    assert_eq!(with.all("u").collect::<Vec<_>>(), ["7"]);

    let mut request = Request::new(Verb::Post, &String::from_utf8_lossy(bytes));
    request.headers.push(("cookie".to_owned(), String::from_utf8_lossy(bytes).into_owned()));
    if let Some(cookie) = request.cookie("mu_panel") {
        assert!(!cookie.contains(';'));
    }
    request.body = bytes.to_vec().into();
    if let Ok(fields) = Fields::of(&request)
        && let Ok(count) = fields.count("u")
    {
        assert!(count >= 0);
        assert_eq!(fields.text("u").and_then(|text| text.parse().ok()), Some(count));
    }
});
