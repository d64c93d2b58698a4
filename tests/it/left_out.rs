//! What stands for a value that a user does not have: the same words in a form, a command and a list.

use crate::{panel::Panel, process::Home};
use mu_panel::{import, model::ResetDay};

/// Fields, a value that each can have, what stands for none, and what does not.
const FIELDS: [(&str, &str, &[&str], &[&str]); 3] = [
    ("expires", "2099-12-31", &["", "never", "Never", " never "], &["none", "0", "no"]),
    ("reset_day", "7", &["", "never", "Never", " never ", "0"], &["none", "32", "-1"]),
    ("valid_days", "30", &["", "never", "Never", " never "], &["none", "0", "-1"]),
];

/// Whether the first user has a value of that field.
fn has(panel: &Panel, field: &str) -> bool {
    let user = panel.user(1);
    match field {
        "expires" => user.expires.is_some(),
        "reset_day" => user.reset_day.is_some(),
        _ => user.terms.valid_days.is_some(),
    }
}

#[test]
fn a_form_knows_nothing_and_never() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/users", "name=alice").is(303);
    for (field, some, none, bad) in FIELDS {
        for typed in none {
            admin.submit("/users/1", &format!("{field}={some}")).is(303);
            assert!(has(&panel, field), "{field}");
            admin.submit("/users/1", &format!("{field}={}", typed.replace(' ', "+"))).is(303);
            assert!(!has(&panel, field), "{field} `{typed}`");
        }
        for typed in bad {
            admin.submit("/users/1", &format!("{field}={typed}")).is(400).shows(&format!("id=\"{field}-error\""));
        }
    }
    for typed in ["", "never", "0"] {
        admin.submit("/settings/defaults", "expires=30&reset_day=1").is(303);
        let days = if typed == "0" { "" } else { typed };
        admin.submit("/settings/defaults", &format!("expires={days}&reset_day={typed}")).is(303);
        let defaults = panel.app.defaults().unwrap();
        assert_eq!((defaults.days, defaults.reset_day.map(ResetDay::get)), (None, None), "{typed}");
    }
}

#[test]
fn a_command_knows_nothing_and_never() {
    let home = Home::new();
    home.run(&["user", "add", "alice"]).ok();
    for (field, some, none, bad) in FIELDS {
        let option = format!("--{}", field.replace('_', "-"));
        for typed in none {
            home.run(&["user", "set", "alice", &option, some]).ok();
            let set = home.run(&["user", "set", "alice", &option, typed, "--json"]).ok();
            assert!(set.json()[field].is_null(), "{field} `{typed}`");
        }
        for typed in bad {
            home.run(&["user", "set", "alice", &format!("{option}={typed}")]).fails(typed);
        }
    }
}

#[test]
fn a_list_knows_nothing_and_never() {
    for (field, some, none, bad) in FIELDS {
        let read = |value: &str| {
            let panel = Panel::new();
            let list = format!("name,port,passwd,{field}\nalice,443,secret,{value}\n");
            import::read(&panel.app, list.as_bytes(), panel.now()).map(|users| {
                let today = panel.app.today(panel.now()).unwrap();
                panel.app.store.add_users(users, panel.now(), today).unwrap();
                has(&panel, field)
            })
        };
        assert!(read(some).unwrap(), "{field}");
        for value in none {
            assert!(!read(value).unwrap(), "{field} `{value}`");
        }
        for value in bad {
            assert!(read(value).is_err(), "{field} `{value}`");
        }
    }
}
