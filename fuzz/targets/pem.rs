//! A file with a certificate and its key: taken, or refused in words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::door::Tls;
use std::{path::PathBuf, sync::LazyLock};

static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("mu-panel-fuzz-{}.pem", std::process::id())));

fuzz_target!(|bytes: &[u8]| {
    std::fs::write(&*FILE, bytes).expect("a file");
    if let Err(words) = Tls::load(&FILE, &FILE) {
        assert!(words.contains("mu-panel-fuzz-"), "{words}");
    }
});
