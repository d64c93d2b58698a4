//! A form that was refused is shown again by looking at its page: going back, another language and other colours lose
//! nothing of it, without JavaScript too.

use crate::panel::{Answer, Caller, PASSWORD, Panel, between};
use mu_panel::model::Bytes;

const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// The admin, in a browser.
fn browser(panel: &Panel) -> Caller<'_> {
    panel.admin().with("accept", HTML)
}

/// The page that a form is led to, and its address.
#[track_caller]
fn led(caller: &Caller<'_>, answer: &Answer) -> (String, Answer) {
    assert_eq!(answer.0.status, 303, "{}", answer.body());
    let to = answer.header("Location").to_owned();
    assert!(to.contains("kept="), "{to}");
    let page = caller.get(&to);
    (to, page)
}

/// The page as the language button leads to it.
fn in_chinese(caller: &Caller<'_>, page: &Answer) -> Answer {
    let back = between(&page.body(), "name=\"back\" value=\"", "\"").unwrap().replace("&#38;", "&");
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    let to = caller.post("/language", format!("to=zh&back={back}")).is(303).header("Location").to_owned();
    let page = caller.get(&to);
    caller.post("/language", "to=en&back=/").is(303);
    page
}

#[test]
fn every_refused_form_is_shown_again_in_either_language() {
    let panel = Panel::new();
    let admin = browser(&panel);
    admin.submit("/nodes", "name=Tokyo&address=tokyo.example").is(303);
    for name in ["anna", "bert"] {
        panel.add_as(name, |draft| draft.quota = Some(Bytes::new(1 << 30)));
    }
    for (action, form, status, page, typed, english, chinese) in [
        ("/users", "name=cleo&quota=lots&note=hi", 400, "/users", "value=\"lots\"", "valid size", "无法识别"),
        ("/users", "name=anna&note=hi", 409, "/users", "\nhi</textarea>", "already a user", "已经有名为"),
        ("/users/1", "name=anna&quota=lots&note=hi", 400, "/users/1", "\nhi</textarea>", "valid size", "无法识别"),
        ("/users/1", "name=bert&note=hi", 409, "/users/1", "\nhi</textarea>", "already a user", "已经有名为"),
        ("/users/1", "port=20100&note=hi", 200, "/users/1", "value=\"20100\"", "Save anyway", "仍然保存"),
        ("/nodes", "name=Rome&address=a+b", 400, "/nodes", "value=\"a b\"", "valid address", "格式不正确"),
        ("/nodes/1", "name=Rome&address=a+b", 400, "/nodes/1", "value=\"Rome\"", "valid address", "格式不正确"),
        ("/nodes/1", "name=Rome&address=x.example", 200, "/nodes/1", "value=\"Rome\"", "Save anyway", "仍然保存"),
        ("/nodes/1/vmess", "port=0&path=/x", 400, "/nodes/1", "value=\"/x\"", "1 to 65535", "1 到 65535"),
        ("/nodes/level", "level=x", 400, "/nodes", "value=\"x\"", "valid level", "有效的等级"),
        ("/nodes/here", "on=1&address=x%2Fy", 400, "/nodes", "value=\"x/y\"", "valid address", "格式不正确"),
        ("/settings/zone", "zone=Mars", 400, "/settings", "value=\"Mars\"", "known time zone", "不支持时区"),
        ("/settings/address", "address=a+b", 400, "/settings", "value=\"a b\"", "valid address", "格式不正确"),
        ("/settings/defaults", "quota=x&expires=7", 400, "/settings", "value=\"7\"", "valid size", "无法识别"),
        ("/settings/sharing", "title=Us&support=x", 400, "/settings", "value=\"Us\"", "start it with", "开头"),
        ("/settings/notices/ntfy", "url=x", 400, "/settings/notices", "value=\"x\"", "valid address", "有效的网址"),
        ("/import", "list=%5B%5D", 400, "/import", "\n[]</textarea>", "no user", "没有用户"),
        ("/import", "list=dora%0Aemil", 200, "/import", "\ndora\nemil</textarea>", "Add 2 users?", "添加 2 位用户？"),
        ("/users/batch", "act=extend&by=until&date=x&user=1", 400, "/users/batch", "value=\"x\"", "date", "日期"),
    ] {
        admin.get("/users");
        let before = (panel.user(1), panel.app.store.nodes().unwrap(), panel.app.store.settings().unwrap().revision());
        let (to, shown) = led(&admin, &admin.submit(action, form));
        assert!(to.split('?').next() == Some(page), "{action}: {to}");
        let shown = shown.is(status).shows(typed).shows(english);
        in_chinese(&admin, &shown).is(status).shows(typed).shows(chinese);
        // Back and forth, as often as one likes.
        admin.get("/");
        admin.get(&to).is(status).shows(typed).shows(english);
        let after = (panel.user(1), panel.app.store.nodes().unwrap(), panel.app.store.settings().unwrap().revision());
        assert_eq!(before, after, "{action}");
    }
}

#[test]
fn looking_at_a_kept_form_changes_nothing_even_if_it_could_be_done_now() {
    let panel = Panel::new();
    panel.add("anna");
    panel.add("bert");
    let admin = browser(&panel);
    admin.get("/users/1");
    let (to, page) = led(&admin, &admin.submit("/users/1", "name=bert&note=hi"));
    page.is(409);
    panel.app.store.remove_user(2, panel.now()).unwrap();
    admin.get(&to).is(409).shows("value=\"bert\"").shows("already a user");
    let (to, page) = led(&admin, &admin.submit("/users/1", "name=&note=hi"));
    page.is(400).shows("\nhi</textarea>");
    assert_eq!((panel.user(1).name.as_str(), panel.user(1).note.as_str()), ("anna", ""));
    // It is sent again from there, and done.
    admin.submit("/users/1", "name=bert&note=hi").is(303);
    assert_eq!(panel.user(1).name.as_str(), "bert");
    // What it was, it stays; what is saved meanwhile is taken in where nothing was typed.
    admin.get(&to).is(400).shows("\nhi</textarea>");
    // A form that was sent twice is answered anew where it was refused.
    let twice = "name=bert&once=abc";
    panel.add("carl");
    admin.get("/users");
    led(&admin, &admin.submit("/users", twice)).1.is(409);
    panel.app.store.remove_user(1, panel.now()).unwrap();
    let done = admin.submit("/users", twice).is(303);
    assert_eq!(done.header("Location"), "/users/4");
}

#[test]
fn a_kept_form_is_its_keepers_for_half_an_hour_and_its_pages() {
    let panel = Panel::new();
    panel.add("anna");
    panel.add("bert");
    let (admin, other) = (browser(&panel), browser(&panel));
    let (to, page) = led(&admin, &admin.submit("/users/1", "name=&note=hidden"));
    page.is(400);
    for hidden in [other.get(&to), admin.get(&to.replace("/users/1", "/users/2")), admin.get(&format!("{to}x"))] {
        hidden.is(200).hides("hidden</textarea>").hides("Please enter a name");
    }
    assert_eq!(panel.stranger().get(&to).0.status, 303);
    panel.wait(1799);
    admin.get(&to).is(400);
    panel.wait(1);
    admin.get(&to).is(200).hides("hidden</textarea>");
    let (to, page) = led(&admin, &admin.submit("/users/1", "name=&note=hidden"));
    page.is(400);
    admin.submit("/logout", "").is(303);
    admin.sign_in(PASSWORD);
    admin.get(&to).is(200).hides("hidden</textarea>");
    // Of very many the oldest give way, and what is too large is answered at once.
    admin.get("/users");
    let (first, _) = led(&admin, &admin.submit("/users/1", "name=&note=first"));
    for number in 0..64 {
        led(&admin, &admin.submit("/users/1", &format!("name=&note={number}"))).1.is(400);
    }
    admin.get(&first).is(200).hides("first</textarea>");
    admin.submit("/users/1", &format!("name=&note={}", "x".repeat(600_000))).is(400).shows("up to 1000");
    // The list that is come back to is not that of a refused form.
    let (to, _) = led(&admin, &admin.submit("/users", "name=&note=hi"));
    admin.get(&to);
    admin.get("/users/1").shows("href=\"/users#u1\"").hides("kept=");
    // A program is answered at once.
    admin.get("/users");
    panel.admin().submit("/users/1", "name=").is(400);
}

#[test]
fn passwords_are_not_kept_and_the_first_one_is_not_typed_twice() {
    const LINK: &str = "LinkOfTheFirstStart0123456789ABC";
    let panel = Panel::new();
    panel.app.accept_setup_link(LINK, panel.now()).unwrap();
    let visitor = panel.stranger().with("accept", HTML);
    visitor.get(&format!("/login?setup={LINK}"));
    let form = format!("password=correct+horse&setup={LINK}&where=there&name=Tokyo&address=http://x/&friend=Lena");
    let (to, page) = led(&visitor, &visitor.submit("/login", &form));
    assert!(to.starts_with("/login?setup="), "{to}");
    let page = page.is(400).shows("isn&#39;t a valid address").shows("value=\"correct horse\"").shows("value=\"Lena\"");
    let chinese = in_chinese(&visitor, &page).is(400).shows("格式不正确").shows("value=\"correct horse\"");
    chinese.shows("value=\"Tokyo\"").shows("value=\"there\" checked");
    visitor.get("/login");
    visitor.get(&to).is(400).shows("value=\"Lena\"");
    panel.stranger().with("accept", HTML).get(&to).is(200).hides("Lena").hides("horse");
    let short = format!("password=short&setup={LINK}&where=there&name=Tokyo&address=tokyo.example");
    let (_, page) = led(&visitor, &visitor.submit("/login", &short));
    in_chinese(&visitor, &page.is(400).shows("too short").shows("tokyo.example")).shows("value=\"tokyo.example\"");
    let good = format!("password={}&setup={LINK}&where=there&name=Tokyo&address=", PASSWORD.replace(' ', "+"));
    visitor.submit("/login", &good).is(303);
    visitor.get("/settings");
    let (to, page) = led(&visitor, &visitor.submit("/settings/password", "current=nothorse&new=battery+staple"));
    let page = page.is(400).shows("The password is wrong.").hides("nothorse").hides("staple");
    in_chinese(&visitor, &page).is(400).shows("密码");
    visitor.get(&to).is(400).hides("staple");
    assert_eq!(to.split("kept=").next(), Some("/settings?"));
    let stranger = panel.stranger().with("accept", HTML);
    stranger.get("/login?next=/nodes");
    let (to, page) = led(&stranger, &stranger.submit("/login", "password=nothorse&next=/nodes"));
    page.is(400).shows("The password is wrong.").hides("nothorse").shows("name=\"next\" value=\"/nodes\"");
    stranger.get("/login");
    stranger.get(&to).is(400).shows("The password is wrong.");
    // Looking is no guess.
    for _ in 0..50 {
        stranger.get(&to).is(400);
    }
    let signed_in = stranger.submit("/login", &format!("password={}&next=/nodes", PASSWORD.replace(' ', "+"))).is(303);
    assert_eq!(signed_in.header("Location"), "/nodes");
}

#[test]
fn a_form_that_came_too_late_outlives_another_language() {
    let panel = Panel::new();
    panel.add("anna");
    let admin = browser(&panel);
    // Its session has ended: it waits for the sign-in.
    panel.wait(86_400);
    let (to, page) = led(&admin, &admin.submit("/users/1", "name=Ren%C3%A9e&note=hi"));
    assert!(to.starts_with("/login?kept="), "{to}");
    let page = page.is(403).shows("Your session has ended");
    let chinese = in_chinese(&admin, &page).is(403).hides("Your session").body();
    assert!(chinese.contains("note=hi"), "{chinese}");
    let field = |page: &str, name: &str| {
        let value = between(page, &format!("name=\"{name}\" value=\""), "\"").unwrap_or_default().replace("&#38;", "&");
        form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>()
    };
    let waiting = |page: &str, password: &str| {
        let (csrf, action, form) = (field(page, "csrf"), field(page, "action"), field(page, "form"));
        format!("csrf={csrf}&action={action}&form={form}&password={password}")
    };
    let wrong = admin.post("/login", waiting(&page.body(), "nothorse"));
    let (_, page) = led(&admin, &wrong);
    let page = page.is(400).shows("The password is wrong.");
    let body = in_chinese(&admin, &page).is(400).body();
    let (to, page) = led(&admin, &admin.post("/login", waiting(&body, &PASSWORD.replace(' ', "+"))));
    let page = page.is(200).shows("Not done yet").shows("Renée");
    in_chinese(&admin, &page).shows("Renée").shows("action=\"/users/1\"");
    admin.get(&to).is(200).shows("Renée").hides(PASSWORD);
    // A form of an earlier sign-in is kept as well.
    let (to, page) = led(&admin, &admin.post("/users", "csrf=old&name=dora&note=a+friend"));
    in_chinese(&admin, &page.shows("Not done yet").shows("a friend")).shows("a friend");
    admin.get(&to).shows("a friend");
    assert_eq!(panel.user(1).name.as_str(), "anna");
}
