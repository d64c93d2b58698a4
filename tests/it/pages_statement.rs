//! The statement of a month, and closing the period for all.

use crate::panel::{DAY, Panel, between};

fn used() -> Panel {
    let panel = Panel::new();
    for name in ["alice", "=SUM(A1)", "<b>"] {
        panel.add(name);
    }
    panel.wait(-30 * DAY);
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":7,"d":0}]"#).is(200);
    panel.wait(30 * DAY);
    let rows = r#"[{"user_id":1,"u":1024,"d":2048},{"user_id":2,"u":0,"d":1024},{"user_id":3,"u":1,"d":1}]"#;
    panel.node().post("/mu/v2/nodes/1/traffic", rows).is(200);
    panel.node().post("/mu/v2/nodes/2/traffic", r#"[{"user_id":2,"u":0,"d":5120}]"#).is(200);
    panel
}

#[test]
fn a_month_is_told_by_user_with_his_share() {
    let panel = used();
    let admin = panel.admin();
    admin.submit("/users/3/delete", "").is(303);
    let page = admin.get("/statement").is(200).shows("November 2026").shows("up to 2026-11-22").body();
    let rows: Vec<String> =
        page.split("<th scope=\"row\"><a").skip(1).filter_map(|row| between(row, "<bdi>", "</bdi>")).collect();
    assert_eq!(rows, ["=SUM(A1)", "alice", "&#60;b&#62;"]);
    for shown in ["66.7 %", "33.3 %", "0.0 %", "(Deleted)", r#"title="9,218 bytes""#, "/statement?month=2026-10"] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    let october = admin.get("/statement?month=2026-10").is(200).shows("October 2026").hides("up to").body();
    assert!(october.contains("100.0 %") && !october.contains("SUM"), "{october}");
    for odd in ["2030-01", "1980-01", "x", "2026-13", "%00"] {
        admin.get(&format!("/statement?month={odd}")).is(200);
    }
    Panel::new().admin().get("/statement").is(200).shows("Nothing was used in this month.");
}

#[test]
fn the_table_for_spreadsheets_has_no_formulas() {
    let panel = used();
    let sheet = panel.admin().get("/statement.csv?month=2026-11").is(200);
    assert_eq!(sheet.header("Content-Disposition"), "attachment; filename=\"statement-2026-11.csv\"");
    assert_eq!(sheet.header("Content-Type"), "text/csv; charset=utf-8");
    let expected = "name,uploaded,downloaded,total,percent\n'=SUM(A1),0,6144,6144,66.7\nalice,1024,2048,3072,33.3\n<b>,1,1,2,0.0\n";
    assert_eq!(sheet.body(), expected);
}

#[test]
fn the_period_is_closed_for_all_after_asking() {
    let panel = used();
    let admin = panel.admin();
    panel.app.store.remove_user(3, panel.now()).unwrap();
    admin.get("/statement/close").is(200).shows("The counters of 2 users start again at zero now.");
    assert_eq!(panel.used(1), (1031, 2048));
    assert_eq!(admin.submit("/statement/close", "").is(303).header("Location"), "/statement");
    admin.get("/statement").shows("The counters of 2 users started again at zero.").shows("66.7 %");
    assert_eq!((panel.used(1), panel.used(2), panel.used(3)), ((0, 0), (0, 0), (1, 1)));
    assert_eq!(panel.app.store.periods(1).unwrap().len(), 1);
    assert!(panel.app.store.periods(3).unwrap().is_empty());
}
