//! A batch of traffic: what is read is what another reader of JSON finds in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::api::rows;

#[path = "../../tests/it/oracle.rs"]
mod oracle;

fuzz_target!(|bytes: &[u8]| {
    let read = rows::read(bytes);
    if let Ok((_, skipped)) = &read {
        for row in &skipped.named {
            let echo = serde_json::from_str::<serde_json::Value>(&row.user_id);
            assert!(echo.is_ok(), "what is echoed is no JSON: {}", row.user_id);
        }
    }
    oracle::agree(bytes, read);
});
