//! What was used, as charts and tables tell it.

use crate::panel::{DAY, NOON, Panel, between};

#[test]
fn use_is_told_day_by_day_in_the_panels_zone() {
    let panel = Panel::new();
    panel.add("alice");
    panel.wait(-DAY * 31);
    panel.node().post("/mu/v2/users/1/traffic", "u=0&d=4096&node_id=1").is(200);
    panel.wait(DAY * 30);
    panel.node().post("/mu/v2/users/1/traffic", "u=1024&d=2048&node_id=1").is(200);
    panel.wait(DAY);
    let admin = panel.admin();
    let days = |html: &str| between(html, "<h2 id=\"days\">", "</section>").unwrap();
    let november = days(&admin.get("/users/1").body());
    for shown in ["November 2026", "11-21", "2 KiB", "2026-11-21: 3 KiB (downloaded 2 KiB, uploaded 1 KiB)", "today"] {
        assert!(november.contains(shown), "{shown} in {november}");
    }
    assert!(!november.contains("4 KiB") && !november.contains("11-23"), "{november}");
    // The user was added in November, so there is nothing to see before.
    assert!(!november.contains("month=2026-10"), "{november}");
    panel.wait(DAY * 20);
    let admin = panel.admin();
    let december = days(&admin.get("/users/1").body());
    assert!(december.contains("No usage in this month.") && december.contains("/users/1?month=2026-11#days"));
    assert!(days(&admin.get("/users/1?month=2026-11").body()).contains("November 2026"));
    for odd in ["2027-05", "1999-01", "x", "2026-13", ""] {
        admin.get(&format!("/users/1?month={odd}")).is(200);
    }
}

/// What an attribute says at each element of a chart.
fn attributes(chart: &str, element: &str, attribute: &str) -> Vec<String> {
    chart.split(element).skip(1).map(|rest| between(rest, &format!("{attribute}=\""), "\"").unwrap()).collect()
}

#[test]
fn use_is_drawn_by_day_and_by_month_on_each_page_that_tells_it() {
    let panel = Panel::new();
    panel.set_clock(NOON - 61 * DAY);
    let user = panel.add("alice");
    panel.node().post("/mu/v2/users/1/traffic", "u=0&d=4096&node_id=1").is(200);
    panel.set_clock(NOON - DAY);
    panel.node().post("/mu/v2/users/1/traffic", "u=1024&d=2048&node_id=1").is(200);
    panel.set_clock(NOON);
    let admin = panel.admin();
    let chart = |html: &str, id: &str| between(html, &format!("aria-labelledby=\"{id}-title"), "</svg>");
    for page in ["/users/1".to_owned(), "/nodes/1".to_owned(), format!("/u/{}?format=html", user.secret)] {
        let html = admin.get(&page).is(200).body();
        let days = chart(&html, "by-day").unwrap();
        assert_eq!(attributes(&days, "<rect class=\"place\"", "x").len(), 30, "{page}");
        assert_eq!(attributes(&days, "<rect class=\"down\"", "height"), ["107"], "two of three KiB of 160 px: {page}");
        assert_eq!(attributes(&days, "<rect class=\"up\"", "height"), ["53"], "{page}");
        assert_eq!(attributes(&days, "<rect class=\"now\"", "x"), ["70.000%"], "the 22nd of 30: {page}");
        for said in [
            "Usage by day in November 2026",
            "3 KiB in all: 2 KiB downloaded, 1 KiB uploaded. The most was 3 KiB on 2026-11-21.",
            ">1 KiB</text>",
            ">3 KiB</text>",
        ] {
            assert!(days.contains(said), "{said} in {days}");
        }
        let months = chart(&html, "by-month");
        if page.starts_with("/nodes") {
            assert!(months.is_none());
        } else {
            let months = months.unwrap();
            assert_eq!(attributes(&months, "<rect class=\"place\"", "x").len(), 3, "September to November: {page}");
            assert_eq!(attributes(&months, "<rect class=\"down\"", "height"), ["160", "80"], "{page}");
            assert!(months.contains(">2026</text>") && months.contains("September 2026: 4 KiB"), "{months}");
        }
        // Each picture has its table behind it.
        assert_eq!(html.matches("class=\"plot\"").count(), html.matches("<details class=\"behind\">").count());
    }
}
