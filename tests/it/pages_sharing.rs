//! What a friend finds on their page to connect with, what the admin sets for it, and what a node program is given.

use crate::panel::{Caller, Panel, between};
use mu_panel::{
    http::Verb,
    model::{Address, Method, Network, NodeDraft, NodeName, Rate, Vmess},
};

const BROWSER: &str = "text/html,application/xhtml+xml";
const PHONE: &str = "Mozilla/5.0 (Linux; Android 13; Pixel 6) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36";
const DESKTOP: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

fn with_alice() -> Panel {
    let panel = Panel::new();
    add_node(&panel, "Tokyo", Rate::default());
    panel.add("alice");
    panel
}

fn add_node(panel: &Panel, name: &str, rate: Rate) {
    let (name, address) = (NodeName::parse(name).unwrap(), Address::parse("tokyo.example").unwrap());
    panel.app.store.add_node(NodeDraft { name, address, rate, ..NodeDraft::default() }, panel.now()).unwrap();
}

fn page_of_alice(panel: &Panel) -> String {
    format!("/u/{}", panel.user(1).secret)
}

fn reader<'p>(panel: &'p Panel, agent: &str) -> Caller<'p> {
    panel.stranger().with("accept", BROWSER).with("host", "panel.example").with("user-agent", agent)
}

#[test]
fn on_a_phone_its_own_apps_come_first_and_codes_are_folded_away() {
    let panel = with_alice();
    let page = reader(&panel, PHONE).get(&page_of_alice(&panel)).is(200).body();
    let secret = panel.user(1).secret;
    let encoded = format!("http%3A%2F%2Fpanel.example%2Fu%2F{secret}%3Flang%3Den");
    for link in [
        format!("href=\"hiddify://import/http://panel.example/u/{secret}?lang=en#mu-panel\""),
        format!("href=\"v2rayng://install-sub?url={encoded}#mu-panel\""),
        format!("href=\"sing-box://import-remote-profile?url={encoded}#mu-panel\""),
        format!("href=\"clash://install-config?url={encoded}&#38;name=mu-panel\""),
        "href=\"https://play.google.com/store/apps/details?id=app.hiddify.com\"".to_owned(),
        "href=\"ss://".to_owned(),
    ] {
        assert!(page.contains(&link), "no {link} in {page}");
    }
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(at("<h3>Android</h3>") < at("For other devices") && at("For other devices") < at("<h3>Windows</h3>"));
    assert!(page.contains("<details class=\"code-fold\">") && !page.contains("<details class=\"code-fold\" open>"));
    // Nothing of it needs a script.
    assert!(!page.contains("onclick") && !page.contains("javascript:"));
}

#[test]
fn on_a_desktop_there_are_codes_to_scan() {
    let panel = with_alice();
    let page = reader(&panel, DESKTOP).get(&page_of_alice(&panel)).is(200).body();
    assert!(page.contains("<details class=\"code-fold\" open>"), "{page}");
    assert_eq!(page.matches("data:image/svg+xml").count(), 2, "of the link, and of the subscription");
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(at("<h3>Linux</h3>") < at("For other devices") && at("For other devices") < at("<h3>Android</h3>"));
    let unknown = reader(&panel, "w3m/0.5.3").get(&page_of_alice(&panel)).is(200).hides("For other devices");
    unknown.shows("<h3>Android</h3>").shows("<h3>Windows</h3>");
    // In the language of the invitation, which the address names, if their browser likes none that there is.
    let in_chinese = format!("{}?lang=zh", page_of_alice(&panel));
    let friend = reader(&panel, PHONE);
    friend.get(&in_chinese).is(200).shows("添加到 Hiddify");
    // Until they choose another with the button.
    friend.post("/language", format!("to=en&back={in_chinese}")).is(303);
    friend.get(&in_chinese).is(200).shows("Add to Hiddify");
    let french = reader(&panel, PHONE).with("accept-language", "fr-FR,fr;q=0.9");
    french.get(&in_chinese).is(200).shows("添加到 Hiddify");
    // What a browser likes counts for more; to an app the address says in which language it was added.
    let english = || reader(&panel, PHONE).with("accept-language", "en-GB,en;q=0.9");
    english().get(&in_chinese).is(200).shows("Add to Hiddify");
    panel.app.store.switch_user(1, false, panel.now()).unwrap();
    english().get(&format!("{in_chinese}&format=clash")).is(200).shows("已停用");
}

#[test]
fn outline_is_offered_where_it_can_connect() {
    for (method, password, offered) in [
        ("chacha20-ietf-poly1305", "x", true),
        ("aes-192-gcm", "x", true),
        ("xchacha20-ietf-poly1305", "x", false),
        ("camellia-256-cfb", "x", false),
        ("2022-blake3-aes-128-gcm", "AAAAAAAAAAAAAAAAAAAAAA==", false),
    ] {
        let panel = Panel::new();
        add_node(&panel, "Tokyo", Rate::default());
        panel.add_as("alice", |draft| {
            draft.method = Method::parse(method).unwrap();
            draft.password = Some(mu_panel::model::Password::parse(password, draft.method).unwrap());
        });
        let mut request = reader(&panel, DESKTOP).request(Verb::Get, &page_of_alice(&panel), "");
        request.secure = true;
        let page = panel.send(request).is(200).body();
        assert_eq!(page.contains("ssconf://"), offered, "{method}");
        let program = panel.stranger().with("user-agent", "Go-http-client/2.0").get(&page_of_alice(&panel)).is(200);
        assert_eq!(program.json()["method"] == method, offered, "{method}");
        let reason = program.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert_eq!(reason.contains(method), !offered, "{reason}");
    }
}

#[test]
fn an_address_that_is_gone_says_so_and_leads_nowhere() {
    let panel = with_alice();
    let old = page_of_alice(&panel);
    panel.app.replace_secret(1, panel.now()).unwrap();
    for path in [old.as_str(), "/u/never-there"] {
        let answer = reader(&panel, PHONE).get(path).is(404).shows("This address is no longer valid");
        let answer = answer.shows("Ask the person who gave it to you").hides("login").hides("href=\"/\"");
        assert_eq!(answer.header("X-Robots-Tag"), "noindex, nofollow, noarchive");
        let chinese = reader(&panel, PHONE).with("accept-language", "zh-CN").get(path).is(404);
        chinese.shows("此地址已失效").shows("请向把它发给你的人索取新地址");
        let program = panel.stranger().with("user-agent", "v2rayN/7.10.0").get(path).is(404);
        assert_eq!(program.header("Content-Type"), "text/plain; charset=utf-8");
        assert_eq!(
            program.body(),
            "This address is no longer valid. Ask the person who gave it to you for the new one.\n"
        );
    }
    reader(&panel, PHONE).get(&page_of_alice(&panel)).is(200).hides("href=\"/\"");
}

#[test]
fn another_rate_is_explained() {
    let panel = with_alice();
    let page = page_of_alice(&panel);
    reader(&panel, PHONE).get(&page).is(200).hides("another rate");
    add_node(&panel, "Paris", Rate::parse("3").unwrap());
    panel.node().post("/mu/v2/nodes/2/traffic", r#"[{"user_id":1,"u":0,"d":1073741824}]"#).is(200);
    let shown = reader(&panel, PHONE).get(&page).is(200).shows("3 GiB");
    shown.shows("Traffic through these servers is multiplied: Paris × 3.").shows("the actual traffic");
}

#[test]
fn the_admin_is_told_that_an_address_without_https_is_refused_by_some() {
    let panel = with_alice();
    let admin = panel.admin().with("host", "panel.example");
    let page = admin.get("/users/1").is(200).shows("This address is not encrypted (http)").body();
    let handed_out = between(&page, "<code id=\"page-address\">", "</code>").unwrap();
    let secret = panel.user(1).secret;
    let address = format!("http://panel.example/u/{secret}");
    assert_eq!(handed_out, format!("{address}?lang=en&#38;remarks=mu-panel#mu-panel"));
    // To look at it needs none of that.
    assert!(page.contains(&format!("href=\"{address}\" target")), "{page}");
    let mut request = admin.request(Verb::Get, "/users/1", "");
    request.secure = true;
    for (name, value) in &mut request.headers {
        if name == "cookie" {
            *value = value.replace("mu_panel", "__Host-mu_panel");
        }
    }
    panel.send(request).is(200).hides("not encrypted");
}

#[test]
fn what_apps_are_told_is_set_on_the_settings() {
    let panel = with_alice();
    let admin = panel.admin();
    admin.get("/settings").is(200).shows("In your friends&#39; apps").shows("placeholder=\"mu-panel\"");
    let clash = |panel: &Panel| {
        panel
            .stranger()
            .with("user-agent", "clash.meta")
            .with("host", "panel.example")
            .get(&page_of_alice(panel))
            .is(200)
    };
    let plain = clash(&panel).hides("GEOIP");
    assert_eq!((plain.header("Profile-Title"), plain.header("Support-Url")), ("base64:bXUtcGFuZWw=", ""));
    assert_eq!(plain.header("Profile-Web-Page-Url"), format!("http://panel.example{}", page_of_alice(&panel)));
    admin
        .submit("/settings/sharing", "title=%E5%B0%8F%E6%9D%8E&support=https%3A%2F%2Ft.me%2Flena&china_direct=1")
        .is(303);
    admin.get("/settings").is(200).shows("value=\"小李\"").shows("https://t.me/lena").shows("value=\"1\" checked");
    let set = clash(&panel).shows("GEOIP,CN,DIRECT,no-resolve");
    assert_eq!((set.header("Profile-Title"), set.header("Support-Url")), ("base64:5bCP5p2O", "https://t.me/lena"));
    reader(&panel, PHONE).get(&page_of_alice(&panel)).is(200).shows("href=\"https://t.me/lena\"").shows("Get help");
    for (form, said) in [
        ("title=x&support=javascript:alert(1)", "isn&#39;t an address that apps can open"),
        ("title=x&support=t.me/lena", "isn&#39;t an address that apps can open"),
        ("title=x&support=https://", "isn&#39;t an address that apps can open"),
        ("title=x&support=https://a%0d%0ab", "isn&#39;t an address that apps can open"),
        ("title=abcdefghijklmnopqrstuvwxyz&support=", "25"),
    ] {
        let answer = admin.submit("/settings/sharing", form).is(400).shows(said);
        // What was typed is kept, and nothing is changed.
        answer.shows("aria-invalid=\"true\"");
        assert_eq!(clash(&panel).header("Support-Url"), "https://t.me/lena", "{form}");
    }
    admin.submit("/settings/sharing", "title=&support=").is(303);
    let unset = clash(&panel).hides("GEOIP");
    assert_eq!((unset.header("Profile-Title"), unset.header("Support-Url")), ("base64:bXUtcGFuZWw=", ""));
}

#[test]
fn two_tabs_notice_each_other() {
    let panel = with_alice();
    let admin = panel.admin();
    let page = admin.get("/settings").is(200).body();
    let form = between(&page, "/settings/sharing\">", "</form>").unwrap();
    let seen = between(&form, "name=\"seen\" value=\"", "\"").unwrap().replace("&#38;", "&");
    let seen: String = form_urlencoded::byte_serialize(seen.as_bytes()).collect();
    admin.submit("/settings/sharing", &format!("title=one&support=&seen={seen}")).is(303);
    admin.submit("/settings/sharing", &format!("title=two&support=&seen={seen}")).is(409).shows("one").shows("two");
    // A field that this tab has not touched keeps what the other has put there.
    admin.submit("/settings/sharing", &format!("title=&support=mailto:a@b.c&seen={seen}")).is(303);
    admin.get("/settings").shows("value=\"one\"").shows("value=\"mailto:a@b.c\"");
}

#[test]
fn the_level_of_v2ray_users_can_be_set() {
    let panel = with_alice();
    let admin = panel.admin();
    admin.get("/nodes").is(200).shows("User level");
    admin.submit("/nodes/level", "level=5").is(303);
    admin.get("/nodes").is(200).shows("User level saved.").shows("name=\"level\"");
    let list = panel.node().get("/mu/nodes/1/users").is(200).json();
    assert_eq!(list["data"][0]["v2ray_user"]["level"], 5);
    for bad in ["x", "-1", "65536", "1.5"] {
        admin
            .submit("/nodes/level", &format!("level={bad}"))
            .is(400)
            .shows("isn&#39;t a valid level")
            .shows(&format!("value=\"{bad}\""));
    }
    admin.submit("/nodes/level", "level=").is(303);
    assert_eq!(panel.node().get("/mu/nodes/1/users").json()["data"][0]["v2ray_user"]["level"], 2);
}

#[test]
fn a_node_program_is_given_what_fits_the_node() {
    let panel = with_alice();
    let vmess = Vmess {
        port: 4443,
        network: Network::Ws { path: "/ray".to_owned() },
        host: String::new(),
        tls: true,
        alone: false,
    };
    panel.app.store.set_vmess(1, None, Some(vmess), panel.now()).unwrap();
    let admin = panel.admin();
    admin.submit("/nodes/level", "level=7").is(303);
    let page = admin.get("/nodes/1").is(200).hides("ss-go-mu").hides("munager").body();
    let text = page.replace("&#34;", "\"").replace("&#39;", "'");
    for part in [
        "from config_example import *",
        "SYNCTIME = 60",
        "Python 2.7 only",
        "Stream ciphers only, and it counts downloads only",
        "For V2Ray 5, not the 4.34 of Debian 12",
        "SYNC_TIME=30",
        "\"port\": 4443",
        "\"path\": \"/ray\"",
        "\"7\": {",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let at = |name: &str| page.find(&format!("<summary>{name}</summary>")).unwrap();
    assert!(at("mu-panel node") < at("shadowsocks-go (mu)"), "our own stands first");
}

/// A friend learns before the end that there is not much left, and what to do with an address without HTTPS.
#[test]
fn a_friend_is_told_in_time() {
    let panel = with_alice();
    let secret = panel.user(1).secret;
    let mut draft = mu_panel::app::App::draft_of(&panel.user(1));
    draft.quota = Some(mu_panel::model::Bytes::new(1000 << 20));
    let today = panel.app.today(panel.now()).unwrap();
    panel.app.store.change_user(1, None, draft, panel.now(), today).unwrap();
    let page =
        |language: &str| panel.stranger().with("accept", "text/html").get(&format!("/u/{secret}?lang={language}"));
    let report = |mib: i64| {
        let rows = format!(r#"[{{"user_id":1,"u":0,"d":{}}}]"#, mib << 20);
        panel.node().post("/mu/v2/nodes/1/traffic", rows).is(200);
    };
    report(799);
    page("en").is(200).hides("of your data");
    report(1);
    page("en").is(200).shows("You&#39;ve used 80% of your data: 200 MiB left.");
    page("en").shows("not encrypted (http). Use a link or code above instead");
    page("zh").is(200).shows("你已用去 80% 的流量，还剩 200 MiB。");
    report(199);
    page("en").shows("You&#39;ve used 99% of your data: 1 MiB left.");
    report(1);
    page("en").shows("You&#39;ve used up your data.").hides("1 MiB left.");
}
