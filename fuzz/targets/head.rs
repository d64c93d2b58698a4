//! The head of a request, as the door reads it: found in the same place however it is cut, and understood in one way
//! only.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::door::head::{end, parse};

const LIMIT: usize = 4096;

fuzz_target!(|bytes: &[u8]| {
    let whole = end(bytes, 0, LIMIT);
    assert_eq!(cut(bytes), whole);
    let Ok(Some(end)) = whole else {
        let _ = parse(bytes);
        return;
    };
    let Ok(head) = parse(&bytes[..end]) else { return };
    let count = |name: &str| head.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name)).count();
    assert!(head.target.starts_with('/') && head.target.is_ascii());
    assert!(head.minor == 0 || head.host.is_some());
    assert!(count("host") <= 1 && count("content-length") + count("transfer-encoding") <= 1);
    assert!(!bytes[..end].contains(&0));
    let path = head.target.split('?').next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
    assert!(!path.split('/').any(|segment| segment == ".."), "{path}");
});

/// As if each byte came on its own.
fn cut(bytes: &[u8]) -> Result<Option<usize>, mu_panel::door::refusal::Refusal> {
    for come in 1..=bytes.len() {
        if let Some(found) = end(&bytes[..come], come - 1, LIMIT)? {
            return Ok(Some(found));
        }
    }
    end(bytes, bytes.len(), LIMIT)
}
