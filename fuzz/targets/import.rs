//! A file of users from another panel: taken whole or refused, and what is taken is sound.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::{
    app::{App, Front},
    error::Error,
    import,
    model::{Date, Name, Note, Password, Zone},
    store::Store,
};
use std::sync::LazyLock;

static APP: LazyLock<App> = LazyLock::new(|| {
    let store = Store::in_memory().expect("a database in memory");
    App::new(store, Box::new(|buffer| buffer.fill(7)), Zone::utc(), Front::default()).expect("an app")
});

fuzz_target!(|bytes: &[u8]| {
    let users = match import::read(&APP, bytes, 1_795_348_800) {
        Ok(users) => users,
        Err(Error::Invalid(_)) => return,
        Err(error) => panic!("{error:?}"),
    };
    assert!(!users.is_empty());
    for user in users {
        let draft = &user.draft;
        assert!(user.id.is_none_or(|id| id > 0) && user.used.u.get() >= 0 && user.used.d.get() >= 0 && user.t >= 0);
        assert_eq!(Name::parse(draft.name.as_str()).as_ref(), Ok(&draft.name));
        assert_eq!(Note::parse(draft.note.as_str()).as_ref(), Ok(&draft.note));
        assert_eq!(Password::parse(user.password.as_str(), draft.method), Ok(user.password));
        assert!(draft.port.is_none_or(|port| port > 0) && user.uuid.len() == 36);
        assert!(draft.expires.is_none_or(|date| Date::parse(&date.to_string()) == Ok(date)));
    }
});
