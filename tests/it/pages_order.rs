//! The order of the list of users.

use crate::panel::{Panel, between};
use mu_panel::{app::App, model::Name};

#[test]
fn users_are_sorted_by_name_without_regard_to_case_and_accents() {
    let panel = Panel::new();
    for name in ["Zoe", "Ämne", "anna", "Яна", "иван", "Борис", "Иван", "Éric", "eva", "Ёлка", "ßam", "Öz", "李"]
    {
        panel.add(name);
    }
    let sorted = ["Ämne", "anna", "Éric", "eva", "Öz", "ßam", "Zoe", "Борис", "Ёлка", "иван", "Иван", "Яна", "李"];
    let admin = panel.admin();
    let names = |query: &str| -> Vec<String> {
        let page = admin.get(&format!("/users{query}")).is(200).body();
        page.split("<td class=\"who\">").skip(1).map(|row| between(row, "<bdi>", "</bdi>").unwrap()).collect()
    };
    assert_eq!(names(""), sorted);
    assert_eq!(names("?dir=desc"), sorted.into_iter().rev().collect::<Vec<_>>());
    // A name that is changed moves.
    admin.submit("/users/1", "name=%C3%A1bel").is(303);
    assert_eq!(names("")[0], "ábel");
    let mut draft = App::draft_of(&panel.user(13));
    draft.name = Name::parse("aaron").unwrap();
    let today = panel.app.today(panel.now()).unwrap();
    panel.app.store.change_user(13, None, draft, panel.now(), today).unwrap();
    assert_eq!(names("")[0], "aaron");
}
