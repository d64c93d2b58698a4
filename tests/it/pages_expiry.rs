//! What the pages and the commands say and do about the day on which a user expires.

use crate::{
    panel::{Caller, Panel, between},
    process::Home,
};
use mu_panel::model::{Date, User};

#[allow(clippy::unnecessary_wraps)] // as users have one
fn date(text: &str) -> Option<Date> {
    Some(Date::parse(text).unwrap())
}

fn in_chinese(panel: &Panel) -> Caller<'_> {
    let admin = panel.admin();
    admin.submit("/language", "to=zh&back=/").is(303);
    admin
}

fn with_node() -> Panel {
    let panel = Panel::new();
    panel.admin().submit("/nodes", "name=Tokyo&address=tokyo.example").is(303);
    panel
}

#[test]
fn an_expired_user_is_said_to_have_expired_when_and_what_helps() {
    let panel = with_node();
    panel.add_as("anna", |draft| draft.expires = date("2026-11-20"));
    panel.add_as("bert", |draft| draft.quota = Some(mu_panel::model::Bytes::new(0)));
    panel.add("cleo");
    let (admin, chinese) = (panel.admin(), in_chinese(&panel));
    admin.submit("/users/3/switch", "on=0").is(303);
    for page in ["/users/1", "/users/1/code"] {
        let page =
            admin.get(page).hides("at present").shows("Expired on 2026-11-20: links and invitations don&#39;t work");
        page.shows("“+1 month”");
    }
    admin
        .get("/users/1")
        .shows("Expired on 2026-11-20: this user can&#39;t connect")
        .shows("“+1 month” or a later date");
    for page in ["/users/1", "/users/1/code"] {
        let page = chinese.get(page).hides("目前无法连接").shows("已于 2026-11-20 到期，链接和邀请");
        page.shows("“+1 个月”");
    }
    admin.get("/users/2/code").shows("The quota is used up: links and invitations don&#39;t work");
    chinese.get("/users/2/code").shows("流量已用完，链接和邀请");
    admin.get("/users/3/code").shows("Switched off: links and invitations don&#39;t work");
    chinese.get("/users/3/code").shows("已停用，链接和邀请");
}

#[test]
fn a_save_that_breaks_the_link_and_moves_the_date_says_both() {
    let panel = with_node();
    panel.add_as("anna", |draft| draft.expires = date("2026-12-31"));
    let (admin, chinese) = (panel.admin(), in_chinese(&panel));
    let broke = "The old link will stop working within a minute";
    let said = |form: &str, words: &str, chinese_words: &str| {
        admin.get("/users/1");
        admin.submit("/users/1", &format!("{form}&sure=1")).is(303);
        let told = admin.get("/users/1").shows(broke).body();
        let message = between(&told, "role=\"status\">", "</div>").unwrap();
        assert!(message.contains(words), "{form}: no `{words}` in {message}");
        chinese.get("/users/1");
        panel
            .app
            .store
            .change_user(1, None, draft_before(&panel), panel.now(), Date::parse("2026-11-22").unwrap())
            .unwrap();
        chinese.submit("/users/1", &format!("{form}&sure=1")).is(303);
        let told = chinese.get("/users/1").shows("旧链接将在一分钟内失效").body();
        let message = between(&told, "role=\"status\">", "</div>").unwrap();
        assert!(message.contains(chinese_words), "{form}: no `{chinese_words}` in {message}");
        panel
            .app
            .store
            .change_user(1, None, draft_before(&panel), panel.now(), Date::parse("2026-11-22").unwrap())
            .unwrap();
    };
    said("port=20100&expires=2027-03-31", "The user now expires on 2027-03-31.", "到期日现为 2027-03-31。");
    said(
        "port=20100&reset_day=15&renews=1",
        "The user now expires on 2026-12-14 and renews every month on day 15. Before, it was 2026-12-31.",
        "到期日由 2026-12-31 改为 2026-12-14，每月 15 日自动续期。",
    );
    said("method=aes-256-gcm&expires=", "The user no longer expires.", "现在永不过期。");
    said(
        "method=aes-256-gcm&expires=2026-11-01",
        "The expiry date has passed, so this user can&#39;t connect.",
        "到期日已过，这位用户无法连接。",
    );
    said("port=20100&expires=&valid_days=30", "now expires 30 days from first use", "首次使用后 30 天");
    // With the date as it was, only the link is news.
    admin.get("/users/1");
    admin.submit("/users/1", "port=20100&sure=1").is(303);
    admin.get("/users/1").shows(broke).hides("now expires");
}

/// Anna as she was added.
fn draft_before(panel: &Panel) -> mu_panel::model::Draft {
    let mut draft = mu_panel::app::App::draft_of(&panel.user(1));
    (draft.port, draft.method, draft.expires) = (Some(20_001), mu_panel::model::Method::default(), date("2026-12-31"));
    (draft.terms, draft.reset_day) = (mu_panel::model::Terms::default(), None);
    draft
}

fn agreed(user: &User) -> (Option<Date>, Option<i32>) {
    (user.expires, user.terms.valid_days)
}

#[test]
fn a_date_for_several_users_replaces_days_from_first_use() {
    let panel = Panel::new();
    for name in ["anna", "bert"] {
        panel.add_as(name, |draft| draft.terms.valid_days = Some(30));
    }
    panel.add("cleo");
    let (admin, chinese) = (panel.admin(), in_chinese(&panel));
    let ask = "/users/batch?act=extend&user=1&user=2&user=3";
    admin.get(ask).shows("it replaces days from first use").shows("3 users have no expiry date");
    chinese.get(ask).shows("会取代首次使用后的天数").shows("3 位用户没有到期日");
    for (admin, told) in [
        (&admin, "3 users now expire on 2027-05-05. Where days counted from first use, the date replaces them."),
        (&chinese, "3 位用户的到期日现为 2027-05-05。原先按首次使用后天数计算的，已由该日期取代。"),
    ] {
        admin.get("/users");
        admin.submit("/users/batch", "act=extend&by=until&date=2027-05-05&user=1&user=2&user=3").is(303);
        assert_eq!([1, 2, 3].map(|id| agreed(&panel.user(id))), [(date("2027-05-05"), None); 3]);
        let list = admin.get("/users").shows(told).body();
        let step = between(&list, "name=\"step\" value=\"", "\"").unwrap();
        admin.submit("/undo", &format!("step={step}")).is(303);
        assert_eq!([1, 2].map(|id| agreed(&panel.user(id))), [(None, Some(30)); 2]);
    }
    admin.submit("/users/batch", "act=extend&by=until&date=2027-05-05&user=3").is(303);
    admin.get("/users").shows("1 user now expires on 2027-05-05.").hides("replaces them");
    // The first use comes after the date: it stays.
    admin.submit("/users/batch", "act=extend&by=until&date=2027-05-05&user=1").is(303);
    panel.node().post("/mu/v2/users/1/traffic", "u=1&d=1&node_id=1").is(200);
    assert_eq!(agreed(&panel.user(1)), (date("2027-05-05"), None));
}

#[test]
fn a_date_and_days_from_first_use_replace_each_other_in_the_form_and_by_command() {
    let panel = Panel::new();
    panel.add_as("anna", |draft| draft.terms.valid_days = Some(30));
    let (admin, chinese) = (panel.admin(), in_chinese(&panel));
    // The other field comes along as the page showed it.
    let seen = || {
        let page = admin.get("/users/1").body();
        let seen = between(&page, "name=\"seen\" value=\"", "\"").unwrap().replace("&#38;", "&");
        form_urlencoded::byte_serialize(seen.as_bytes()).collect::<String>()
    };
    for (admin, by_date, by_use) in [
        (
            &admin,
            "now expires on 2027-05-05, which replaces the days from first use.",
            "now expires 60 days from first use, instead of on 2027-05-05.",
        ),
        (
            &chinese,
            "到期日现为 2027-05-05，取代首次使用后的天数。",
            "现为首次使用后 60 天到期，取代到期日 2027-05-05。",
        ),
    ] {
        admin.submit("/users/1", &format!("valid_days=30&expires=2027-05-05&seen={}", seen())).is(303);
        assert_eq!(agreed(&panel.user(1)), (date("2027-05-05"), None));
        admin.get("/users/1").shows(by_date);
        admin.submit("/users/1", &format!("valid_days=60&expires=2027-05-05&seen={}", seen())).is(303);
        assert_eq!(agreed(&panel.user(1)), (None, Some(60)));
        admin.get("/users/1").shows(by_use);
        admin.submit("/users/1", &format!("valid_days=30&expires=&seen={}", seen())).is(303);
    }
    // Both typed at once is a slip.
    let both = format!("valid_days=31&expires=2027-05-05&seen={}", seen());
    admin.submit("/users/1", &both).is(400).shows("id=\"valid_days-error\"");
    let home = Home::new();
    home.run(&["user", "add", "anna", "--valid-days", "30"]).ok();
    let said = home.run(&["user", "set", "anna", "--expires", "2099-05-05"]).ok().err();
    assert!(said.contains("anna now expires on 2099-05-05, instead of 30 days from first use"), "{said}");
    let said = home.run(&["user", "set", "anna", "--valid-days", "60"]).ok().err();
    assert!(said.contains("anna now expires 60 days from first use, instead of on 2099-05-05"), "{said}");
}
