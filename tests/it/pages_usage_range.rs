//! Usage over any days: by user, by node, by day, to look at and as CSV; and resetting the counters of all users.

use crate::panel::{Answer, DAY, NOON, Panel, between};

/// Three users who used two nodes in October and November.
fn used() -> Panel {
    let panel = Panel::new();
    for name in ["alice", "=SUM(A1)", "<b>"] {
        panel.add(name);
    }
    let report = |node: i64, rows: &str| panel.node().post(&format!("/mu/v2/nodes/{node}/traffic"), rows).is(200);
    panel.wait(-30 * DAY);
    report(1, r#"[{"user_id":1,"u":7,"d":0}]"#);
    panel.wait(29 * DAY);
    report(2, r#"[{"user_id":1,"u":0,"d":100}]"#);
    panel.wait(DAY);
    report(1, r#"[{"user_id":1,"u":1024,"d":2048},{"user_id":2,"u":0,"d":1024},{"user_id":3,"u":1,"d":1}]"#);
    report(2, r#"[{"user_id":2,"u":0,"d":5120}]"#);
    panel
}

/// The rows of the table, each as its name and its total.
fn rows(page: &Answer) -> Vec<(String, String)> {
    let page = page.body();
    let table = between(&page, "<tbody>", "</tbody>").unwrap_or_default();
    let row = |row: &str| {
        let name = between(row, "<bdi>", "</bdi>").or_else(|| between(row, "\">", "</a>")).unwrap();
        let total =
            between(&row.split("class=\"num\"").nth(3).unwrap().replace("</a>", ""), " bytes", "</td>").unwrap();
        (name, total.rsplit('>').next().unwrap().to_owned())
    };
    table.split("<tr>").skip(1).map(row).collect()
}

fn told(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, total)| ((*name).to_owned(), (*total).to_owned())).collect()
}

#[test]
fn usage_of_any_days_is_told_by_user_by_node_and_by_day() {
    let panel = used();
    let admin = panel.admin();
    admin.submit("/users/3/delete", "").is(303);
    for (query, title, expected) in [
        ("", "November 2026", &[("=SUM(A1)", "6 KiB"), ("alice", "3.09 KiB"), ("&#60;b&#62;", "2 B")][..]),
        ("?range=today", "2026-11-22", &[("=SUM(A1)", "6 KiB"), ("alice", "3 KiB"), ("&#60;b&#62;", "2 B")]),
        ("?range=yesterday", "2026-11-21", &[("alice", "100 B")]),
        // It is a Sunday.
        (
            "?range=week",
            "2026-11-16 – 2026-11-22",
            &[("=SUM(A1)", "6 KiB"), ("alice", "3.09 KiB"), ("&#60;b&#62;", "2 B")],
        ),
        ("?range=last-month", "October 2026", &[("alice", "7 B")]),
        ("?from=2026-10-23&to=2026-11-21", "2026-10-23 – 2026-11-21", &[("alice", "107 B")]),
        ("?from=2026-11-21&to=2026-10-23", "2026-10-23 – 2026-11-21", &[("alice", "107 B")]),
        (
            "?from=2026-11-21",
            "2026-11-21 – 2026-11-22",
            &[("=SUM(A1)", "6 KiB"), ("alice", "3.09 KiB"), ("&#60;b&#62;", "2 B")],
        ),
        ("?to=2026-11-21", "2026-11-21", &[("alice", "100 B")]),
        ("?range=today&node=2", "2026-11-22", &[("=SUM(A1)", "5 KiB")]),
        ("?range=month&user=1&by=node", "November 2026", &[("Node 1", "3 KiB"), ("Node 2", "100 B")]),
        ("?range=month&user=1&by=day", "November 2026", &[("2026-11-22", "3 KiB"), ("2026-11-21", "100 B")]),
        ("?range=month&user=1&node=2&by=day", "November 2026", &[("2026-11-21", "100 B")]),
        ("?range=month&by=node", "November 2026", &[("Node 2", "5.09 KiB"), ("Node 1", "4 KiB")]),
        (
            "?from=2026-10-01&by=day",
            "2026-10-01 – 2026-11-22",
            &[("2026-11-22", "9 KiB"), ("2026-11-21", "100 B"), ("2026-10-23", "7 B")],
        ),
        ("?range=yesterday&all=1", "2026-11-21", &[("alice", "100 B"), ("=SUM(A1)", "0 B")]),
        ("?from=2020-02-01&to=2020-02-29", "February 2020", &[]),
        (
            "?from=1970-01-01&to=9998-12-31&by=node",
            "1970-01-01 – 9998-12-31",
            &[("Node 2", "5.09 KiB"), ("Node 1", "4 KiB")],
        ),
        // What makes no sense is left out.
        (
            "?range=x&by=x&user=x&node=-1&page=99",
            "November 2026",
            &[("=SUM(A1)", "6 KiB"), ("alice", "3.09 KiB"), ("&#60;b&#62;", "2 B")],
        ),
    ] {
        let page = admin.get(&format!("/usage{query}")).is(200);
        assert!(page.body().contains(&format!("<span class=\"light\">{title}</span>")), "{query}: {}", page.body());
        assert_eq!(rows(&page), told(expected), "{query}");
        assert_eq!(page.body().contains("No traffic in these days."), expected.is_empty(), "{query}");
    }
    admin
        .get("/usage")
        .shows("65.9%")
        .shows("34.1%")
        .shows("0.0%")
        .shows("(Deleted)")
        .shows("Up to today, 2026-11-22.");
    admin.get("/usage?range=last-month").hides("Up to today").shows("100%");
    admin
        .get("/usage?range=month&by=day")
        .shows("Usage by day, November 2026")
        .shows("2026-11-22: 9 KiB (downloaded 8 KiB");
    Panel::new().admin().get("/usage").is(200).shows("No traffic in these days.");
}

#[test]
fn what_is_no_day_is_said_beside_its_field() {
    let admin = used().admin().get("/usage?from=2026-13-01&to=2026-11-22").is(400).body();
    let from = between(&admin, "<input id=\"from\"", ">").unwrap();
    assert!(from.contains("value=\"2026-13-01\"") && from.contains("aria-describedby=\"from-error\""), "{from}");
    assert!(between(&admin, "id=\"from-error\" role=\"alert\">", "</p>").unwrap().contains("2026-13-01"));
}

#[test]
fn the_neighbours_of_a_range_are_as_long_as_it_is() {
    let panel = used();
    let admin = panel.admin();
    let around = |query: &str| {
        let page = admin.get(&format!("/usage{query}")).is(200).body();
        let link = |label: &str| {
            let label = format!("\" aria-label=\"{label}\"");
            let before = page.split(&label).next().filter(|before| before.len() < page.len()).unwrap_or_default();
            before.rsplit("href=\"").next().unwrap_or_default().replace("&#38;", "&")
        };
        (link("Earlier"), if page.contains("aria-label=\"Later\"") { link("Later") } else { String::new() })
    };
    let (earlier, later) = around("?range=month&by=day");
    assert_eq!((&*earlier, &*later), ("/usage?by=day&from=2026-10-01&to=2026-10-31", ""));
    let (earlier, later) = around("?from=2026-02-01&to=2026-02-28");
    assert_eq!(earlier, "/usage?from=2026-01-01&to=2026-01-31");
    assert_eq!(later, "/usage?from=2026-03-01&to=2026-03-31");
    let (earlier, later) = around("?range=yesterday&node=1");
    assert_eq!(earlier, "/usage?node=1&from=2026-11-20&to=2026-11-20");
    assert_eq!(later, "/usage?node=1&from=2026-11-22&to=2026-11-22");
    let (earlier, _) = around("?from=2026-11-03&to=2026-11-12");
    assert_eq!(earlier, "/usage?from=2026-10-24&to=2026-11-02");
    // A range that goes on keeps its name when it is sent with the form, which shows today as its end.
    let sent = admin.get("/usage?by=user&range=month&from=2026-11-01&to=2026-11-22&node=1").body();
    assert!(sent.contains("November 2026") && sent.contains("Up to today"), "{sent}");
}

#[test]
fn two_thousand_users_come_in_pages() {
    let panel = Panel::new();
    let users = (1..=2000).map(|n| {
        let name = mu_panel::model::Name::parse(&format!("user {n:04}")).unwrap();
        panel.app.complete(mu_panel::model::Draft::named(name))
    });
    panel.app.store.add_users(users.collect(), NOON, panel.app.today(NOON).unwrap()).unwrap();
    let report: Vec<String> = (1..=1500).map(|id| format!(r#"{{"user_id":{id},"u":0,"d":{}}}"#, 4000 - id)).collect();
    panel.node().post("/mu/nodes/1/traffic", format!("[{}]", report.join(","))).is(200);
    let admin = panel.admin();
    let first = admin.get("/usage").is(200).shows("1–100 of 1,500").shows("4.64 MiB");
    assert!(first.body().len() < 150_000, "{} bytes", first.body().len());
    assert_eq!(rows(&first).len(), 100);
    let last = admin.get("/usage?page=15").is(200).shows("1,401–1,500 of 1,500");
    assert_eq!(rows(&last)[99].0, "user 1500");
    let quiet = admin.get("/usage?all=1&page=20").is(200).shows("1,901–2,000 of 2,000");
    assert_eq!(rows(&quiet)[99], ("user 2000".to_owned(), "0 B".to_owned()));
    assert_eq!(admin.get("/usage.csv?page=3").body().lines().count(), 1501, "the file has all of them");
}

#[test]
fn the_table_for_spreadsheets_has_no_formulas() {
    let panel = used();
    let admin = panel.admin();
    let sheet = admin.get("/usage.csv?range=today").is(200);
    assert_eq!(sheet.header("Content-Disposition"), "attachment; filename=\"usage-2026-11-22.csv\"");
    assert_eq!(sheet.header("Content-Type"), "text/csv; charset=utf-8");
    let expected = "\u{feff}name,uploaded,downloaded,total,percent\n\
        '=SUM(A1),0,6144,6144,66.7\nalice,1024,2048,3072,33.3\n<b>,1,1,2,0.0\n";
    assert_eq!(sheet.body(), expected);
    for (query, file, second) in [
        ("?by=node", "usage-2026-11.csv", "Node 2,0,5220,5220,56.0"),
        (
            "?by=day&from=2026-11-20&to=2026-11-22",
            "usage-2026-11-20-to-2026-11-22.csv",
            "2026-11-22,1025,8193,9218,98.9",
        ),
    ] {
        let sheet = admin.get(&format!("/usage.csv{query}")).is(200);
        assert_eq!(sheet.header("Content-Disposition"), format!("attachment; filename=\"{file}\""));
        assert_eq!(sheet.body().lines().nth(1), Some(second));
    }
}

#[test]
fn everyones_counters_are_reset_after_asking() {
    let panel = used();
    let admin = panel.admin();
    panel.app.store.remove_user(3, panel.now()).unwrap();
    admin.get("/usage/reset").is(200).shows("The counters of 2 users go back to zero now.");
    assert_eq!(panel.used(1), (1031, 2148));
    assert_eq!(admin.submit("/usage/reset", "").is(303).header("Location"), "/usage");
    admin.get("/usage").shows("2 users").shows("65.9%");
    assert_eq!((panel.used(1), panel.used(2), panel.used(3)), ((0, 0), (0, 0), (1, 1)));
    assert_eq!(panel.app.store.periods(1).unwrap().len(), 1);
    assert!(panel.app.store.periods(3).unwrap().is_empty());
}
