//! What people type: sizes, dates, days, rates, names, addresses, ports, passwords, notes. What is taken reads back as
//! it was taken.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::model::{Address, Bytes, Date, METHODS, Method, Name, NodeName, Note, Password, Rate, ResetDay, port_from};

fuzz_target!(|text: &str| {
    if let Ok(bytes) = Bytes::parse(text) {
        assert!(bytes.get() >= 0);
        assert_eq!(Bytes::parse(&bytes.get().to_string()), Ok(bytes));
        let shown = Bytes::parse(&bytes.to_string()).expect("what is shown can be read");
        assert!(shown <= bytes && bytes.get() - shown.get() <= bytes.get() / 100, "{bytes:?} is shown as {shown:?}");
        let _ = (bytes.plus(bytes), bytes.minus(shown));
    }
    if let Ok(date) = Date::parse(text) {
        assert_eq!(date.to_string(), text.trim());
        for days in [1, -1, 31, i32::MAX, i32::MIN] {
            assert_eq!(Date::parse(&date.plus_days(days).to_string()), Ok(date.plus_days(days)));
        }
        for day in 1..=31 {
            let next = ResetDay::new(day).expect("a day of a month").after(date);
            assert!(next > date && next.days_since(date) <= 31, "{day} after {date} is {next}");
        }
    }
    if let Ok(day) = ResetDay::parse(text) {
        assert_eq!(ResetDay::new(day.get()), Ok(day));
    }
    if let Ok(rate) = Rate::parse(text) {
        assert_eq!(Rate::parse(&rate.to_string()), Ok(rate));
        assert!(rate.count(1000) == Ok(rate.get()) && rate.count(0) == Ok(0));
    }
    if let Ok(name) = Name::parse(text) {
        assert_eq!(Name::parse(name.as_str()), Ok(name.clone()));
        assert!(!name.as_str().is_empty() && NodeName::parse(text).is_ok());
    }
    if let Ok(name) = NodeName::parse(text) {
        assert_eq!(NodeName::parse(name.as_str()), Ok(name));
    }
    if let Ok(address) = Address::parse(text) {
        assert_eq!(Address::parse(address.as_str()), Ok(address.clone()));
        assert!(!address.as_str().contains(['/', '@', '#', '?', ' ', '"', '<', '[']));
    }
    if let Ok(note) = Note::parse(text) {
        assert_eq!(Note::parse(note.as_str()), Ok(note));
    }
    if let Ok(port) = port_from(text) {
        assert_eq!(port_from(&port.to_string()), Ok(port));
    }
    for method in METHODS {
        if let Ok(password) = Password::parse(text, *method) {
            assert_eq!(Password::parse(password.as_str(), *method), Ok(password));
        }
    }
    let _ = Method::parse(text);
});
