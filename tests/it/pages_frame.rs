//! What holds on every page: who gets in, which language it is in, and the headers.

use crate::panel::{Caller, Panel, between};
use mu_panel::{
    http::{Request, Verb},
    routes::{Access, Route, TABLE},
    text::{CHINESE, ENGLISH},
};

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'; script-src 'self'";

/// Every page that the admin can look at, with a user and a node to look at.
const PAGES: &[&str] = &[
    "/",
    "/users",
    "/users?q=nobody",
    "/users/1",
    "/users/batch?act=extend&user=1",
    "/users/batch?act=off",
    "/users/1/code",
    "/users/1/password",
    "/users/1/delete",
    "/users/1/address",
    "/nodes",
    "/nodes/1",
    "/usage",
    "/usage/reset",
    "/nodes/1/watch",
    "/settings",
    "/settings/rotate",
    "/import",
    "/restore",
    "/backup",
];

fn furnished() -> Panel {
    let panel = Panel::new();
    panel.add("alice");
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1024,"d":1024}]"#).is(200);
    panel
}

fn real(path: &str) -> String {
    path.replace("{id}", "1")
}

#[test]
fn a_stranger_is_sent_to_sign_in_at_every_address() {
    let panel = furnished();
    panel.admin();
    for route in TABLE.iter().filter(|route| matches!(route.access, Access::Admin(_) | Access::Upload(_))) {
        let mut request = Request::new(route.verb.clone(), &real(route.path));
        request.body = b"csrf=&on=0".to_vec().into();
        let answer = panel.send(request).is(303);
        let to = answer.header("Location");
        assert!(to == "/login" || route.verb == Verb::Get && to.starts_with("/login?next=%2F"), "{} {to}", route.path);
    }
    assert!(panel.user(1).switch && panel.user(1).deleted.is_none());
}

#[test]
fn only_these_are_open_to_everybody() {
    let open: Vec<String> = TABLE
        .iter()
        .filter(|route| matches!(route.access, Access::Public(_)))
        .map(|route| format!("{} {}", route.verb.as_str(), route.path))
        .collect();
    assert_eq!(
        open,
        [
            "GET /healthz",
            "GET /login",
            "POST /login",
            "POST /language",
            "POST /theme",
            "GET /style.css",
            "GET /panel.js",
            "GET /favicon.svg",
            "GET /robots.txt",
            "GET /u/{secret}",
        ]
    );
}

#[test]
fn a_form_without_its_token_changes_nothing() {
    let panel = furnished();
    let admin = panel.admin();
    let theirs = between(&panel.admin().get("/").body(), "name=\"csrf\" value=\"", "\"").unwrap();
    let before = (panel.user(1), panel.token(), panel.app.store.nodes().unwrap());
    let admins = |route: &&Route| matches!(route.access, Access::Admin(_) | Access::Upload(_));
    let forms = TABLE.iter().filter(admins).filter(|route| route.verb == Verb::Post);
    for route in forms {
        let words = match route.access {
            // Its address is its token.
            Access::Upload(_) => "The page that this file was sent from is too old",
            // What was typed there is in no page.
            _ if route.path == "/settings/password" => "This form belongs to another session",
            _ => "The form belonged to an earlier session, so nothing was changed.",
        };
        let fields = "name=mallory&on=0&revision=0&port=1&current=correct+horse&new=battery+staple&language=zh";
        for csrf in ["", "&csrf=", "&csrf=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            admin.post(&real(route.path), format!("{fields}{csrf}")).is(403).shows(words);
        }
        admin.post(&real(route.path), format!("{fields}&csrf={theirs}")).is(403);
    }
    assert_eq!((panel.user(1), panel.token(), panel.app.store.nodes().unwrap()), before);
    admin.get("/users").is(200).hides("mallory");
}

#[test]
fn every_page_has_the_headers_that_keep_others_out() {
    let panel = furnished();
    let (admin, stranger) = (panel.admin(), panel.stranger());
    let mut answers: Vec<_> = PAGES.iter().map(|page| admin.get(page).is(200)).collect();
    answers.push(stranger.get("/login").is(200));
    answers.push(stranger.get("/nothing").is(404));
    answers.push(stranger.get("/users").is(303));
    answers.push(admin.get("/users/99").is(404));
    answers.push(admin.post("/users", "name=x").is(403));
    answers.push(admin.submit("/users", "name=").is(400));
    answers.push(admin.submit("/users", "name=bob").is(303));
    for answer in answers {
        assert_eq!(answer.header("Content-Security-Policy"), POLICY);
        assert_eq!(answer.header("X-Content-Type-Options"), "nosniff");
        assert_eq!(answer.header("X-Frame-Options"), "DENY");
        assert_eq!(answer.header("Referrer-Policy"), "no-referrer");
        assert_eq!(answer.header("Cache-Control"), "no-store");
        let body = answer.body();
        assert!(!body.contains(" style=") && !body.contains("<style") && !body.contains("<script>"), "{body}");
        assert!(!body.contains(" on") || !body.contains("onclick="), "{body}");
    }
}

#[test]
fn files_are_kept_as_long_as_their_address_holds() {
    let panel = Panel::new();
    let caller = panel.stranger();
    let page = caller.get("/login").body();
    for (file, kind) in [("style.css", "text/css"), ("panel.js", "text/javascript"), ("favicon.svg", "image/svg+xml")] {
        let hash = between(&page, &format!("/{file}?v="), "\"").unwrap();
        let kept = caller.get(&format!("/{file}?v={hash}")).is(200);
        assert_eq!(kept.header("Cache-Control"), "public, max-age=31536000, immutable");
        assert!(kept.header("Content-Type").starts_with(kind));
        assert_eq!(caller.get(&format!("/{file}?v=old")).is(200).header("Cache-Control"), "no-cache");
    }
    caller.get("/robots.txt").is(200).shows("Disallow: /");
}

/// The words between the tags, without what programs read.
fn words(html: &str) -> String {
    let prose: String =
        html.split("<pre").map(|part| part.split_once("</pre>").map_or(part, |(_, after)| after)).collect();
    let mut words = String::new();
    let mut inside = false;
    for c in prose.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                words.push(' ');
            }
            c if !inside => words.push(c),
            _ => {}
        }
    }
    words
}

fn in_language<'p>(caller: Caller<'p>, code: &str) -> Caller<'p> {
    let answer = caller.post("/language", format!("to={code}&back=/users?q=a")).is(303);
    assert_eq!(answer.header("Location"), "/users?q=a");
    caller
}

#[test]
fn every_page_comes_in_both_languages() {
    let panel = furnished();
    let chinese = in_language(panel.admin(), "zh");
    let english = in_language(panel.admin(), "en");
    let strangers = (in_language(panel.stranger(), "zh"), in_language(panel.stranger(), "en"));
    let han = |text: &str| text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
    let mut pairs: Vec<_> = PAGES.iter().map(|page| (chinese.get(page), english.get(page))).collect();
    pairs.push((strangers.0.get("/login"), strangers.1.get("/login")));
    pairs.push((strangers.0.get("/nothing"), strangers.1.get("/nothing")));
    pairs.push((chinese.submit("/users", "name=alice"), english.submit("/users", "name=alice")));
    for (chinese, english) in pairs {
        let (chinese, english) =
            (chinese.shows(r#"<html lang="zh">"#).body(), english.shows(r#"<html lang="en">"#).body());
        // In English only the button that switches is Chinese; in Chinese no word of our own is English.
        assert_eq!(han(&words(&english).replace("中文", "")), 0, "{english}");
        assert!(han(&words(&chinese)) > 10, "{chinese}");
        for word in ["Users", "Nodes", "Settings", "Save", "Cancel", "Name", "Password", "Total", "never", " the "] {
            assert!(!words(&chinese).replace("streamSettings", "").contains(word), "{word} in {chinese}");
        }
    }
}

#[test]
fn the_language_is_the_chosen_one_else_the_set_one_else_the_browsers() {
    let panel = Panel::new();
    let lang = |caller: &Caller<'_>| between(&caller.get("/login").body(), "<html lang=\"", "\"").unwrap();
    assert_eq!(lang(&panel.stranger()), "en");
    assert_eq!(lang(&panel.stranger().with("accept-language", "de, zh-CN;q=0.8, en;q=0.5")), "zh");
    let admin = panel.admin();
    admin.submit("/settings/language", "language=zh").is(303);
    assert_eq!(lang(&panel.stranger().with("accept-language", "en")), "zh");
    let stranger = panel.stranger();
    stranger.post("/language", "to=en&back=/login").is(303);
    assert_eq!(lang(&stranger), "en");
    admin.get("/settings").shows("语言已保存。").shows(r#"<option value="zh" selected>"#);
    admin.submit("/settings/language", "language=klingon").is(400).shows("klingon");
    admin.submit("/settings/language", "language=").is(303);
    assert_eq!(lang(&panel.stranger()), "en");
}

#[test]
fn the_language_button_leads_nowhere_else() {
    let panel = Panel::new();
    for back in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/x%0d%0aSet-Cookie:a=b"] {
        let answer = panel.stranger().post("/language", format!("to=zh&back={back}")).is(303);
        assert_eq!(answer.header("Location"), "/", "{back}");
    }
    panel.stranger().post("/language", "to=klingon").is(400).shows("“klingon” isn&#39;t a supported language");
    panel.stranger().get("/login?setup=%3Cx%3E%26").shows(r#"value="/login?setup=%3Cx%3E%26""#);
}

#[test]
fn what_went_wrong_is_said_in_the_style_of_the_house() {
    let panel = furnished();
    let admin = panel.admin();
    let stranger = panel.stranger();
    stranger.get("/nothing").is(404).shows("Not found").hides("Sign out");
    admin.get("/nothing").is(404).shows("Not found").shows("Sign out");
    assert_eq!(admin.get("/logout").is(405).shows("This address takes only POST.").header("Allow"), "POST");
    for missing in ["/users/99", "/users/x", "/users/0", "/nodes/99", "/nodes/-1", "/users/99/delete"] {
        admin.get(missing).is(404).shows("There is nothing at this address.");
    }
    admin.submit("/users/99/switch", "on=1").is(404);
}

#[test]
fn both_languages_say_every_fault_as_a_sentence() {
    for text in [&ENGLISH, &CHINESE] {
        let said = (text.sentence)("`a` isn&#39;t a valid port");
        assert!(said.starts_with("“a”"), "{said}");
    }
    assert_eq!((ENGLISH.sentence)("enter a name"), "Enter a name.");
    for (seconds, english, chinese) in [
        (0, "just now", "刚刚"),
        (-5, "just now", "刚刚"),
        (59, "59 s ago", "59 秒前"),
        (60, "1 min ago", "1 分钟前"),
        (7200, "2 h ago", "2 小时前"),
        (86_400, "1 day ago", "1 天前"),
        (172_800, "2 days ago", "2 天前"),
    ] {
        assert_eq!(((ENGLISH.ago)(seconds), (CHINESE.ago)(seconds)), (english.to_owned(), chinese.to_owned()));
    }
}
