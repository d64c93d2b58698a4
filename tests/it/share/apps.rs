//! The apps that a friend's page offers: that each opens with what it can read, and stands in the documentation.

use super::{PAGE, access, alice, parse, tokyo, vmess, with};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use mu_panel::{
    model::Network,
    share::{APPS, Access, App, Button, FORMATS, System, fitting, outline_fits},
};

fn app(name: &str) -> &'static App {
    APPS.iter().find(|app| app.name == name).unwrap()
}

fn opened(name: &str, address: &str, access: &Access) -> Option<String> {
    app(name).open(&Button { address, title: "小李 & Co", access })
}

#[test]
fn each_app_opens_by_its_own_link() {
    let list = access(&alice(), &[tokyo("192.0.2.1")]);
    let address = format!("{PAGE}?lang=zh");
    let title = "%E5%B0%8F%E6%9D%8E%20%26%20Co";
    let encoded = "https%3A%2F%2Fpanel.example%2Fu%2Fs3cret%3Flang%3Dzh";
    for (name, link) in [
        ("sing-box", format!("sing-box://import-remote-profile?url={encoded}#{title}")),
        ("Clash Meta for Android", format!("clash://install-config?url={encoded}&name={title}")),
        ("Clash Verge Rev", format!("clash://install-config?url={encoded}&name={title}")),
        ("Stash", format!("stash://install-config?url={encoded}&name={title}")),
        ("Surge", format!("surge:///install-config?url={encoded}&name={title}")),
        ("Hiddify", format!("hiddify://import/{address}#{title}")),
        ("Streisand", format!("streisand://import/{address}#{title}")),
        ("v2rayNG", format!("v2rayng://install-sub?url={encoded}#{title}")),
        ("Shadowsocks", list.servers[0].link()),
        ("Outline", format!("ssconf://panel.example/u/s3cret?lang=zh&format=outline#{title}")),
    ] {
        assert_eq!(opened(name, &address, &list).as_ref(), Some(&link), "{name}");
    }
    let rocket = opened("Shadowrocket", &address, &list).unwrap();
    let (sub, remark) = rocket.strip_prefix("shadowrocket://add/sub://").unwrap().split_once("?remark=").unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(sub).unwrap(), address.as_bytes());
    assert_eq!(parse::unpercent(remark), "小李 & Co");
    assert_eq!(opened("v2rayN", &address, &list), None);
    // Outline takes a subscription over HTTPS only; else it gets the link itself.
    assert_eq!(opened("Outline", "http://panel.example/u/x", &list), Some(list.servers[0].link()));
}

#[test]
fn only_apps_that_can_are_offered() {
    let settings = vmess(Network::Tcp);
    for (list, android, outline) in [
        (
            access(&alice(), &[tokyo("192.0.2.1")]),
            &["Clash Meta for Android", "Hiddify", "Outline", "Shadowsocks", "sing-box", "v2rayNG"][..],
            true,
        ),
        (
            access(&alice(), &[tokyo("192.0.2.1")]).with_vmess(1, &settings),
            &["Clash Meta for Android", "Hiddify", "sing-box", "v2rayNG"],
            true,
        ),
        (
            access(&with("xchacha20-ietf-poly1305", "x"), &[tokyo("192.0.2.1")]),
            &["Clash Meta for Android", "Hiddify", "sing-box", "v2rayNG"],
            false,
        ),
        (
            access(&with("2022-blake3-aes-128-gcm", "AAAAAAAAAAAAAAAAAAAAAA=="), &[tokyo("192.0.2.1")]),
            &["Clash Meta for Android", "Hiddify", "sing-box", "v2rayNG"],
            false,
        ),
        (access(&with("camellia-256-cfb", "x"), &[tokyo("192.0.2.1")]), &[], false),
    ] {
        let offered = fitting(&list);
        let names: Vec<&str> = offered
            .iter()
            .find(|(system, _)| *system == System::Android)
            .map(|(_, apps)| apps.iter().map(|app| app.name).collect())
            .unwrap_or_default();
        assert_eq!(names, android);
        assert_eq!(outline_fits(&list), outline);
    }
}

#[test]
fn a_browser_says_what_it_runs_on() {
    for (agent, system, phone) in [
        ("Mozilla/5.0 (Linux; Android 13; Pixel 6) Chrome/116.0 Mobile Safari/537.36", Some(System::Android), true),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile", Some(System::Ios), true),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120", Some(System::Windows), false),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15", Some(System::Macos), false),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Firefox/133.0", Some(System::Linux), false),
        ("w3m/0.5.3", None, false),
    ] {
        let found = System::of_agent(agent);
        assert_eq!((found, found.is_some_and(System::is_phone)), (system, phone), "{agent}");
    }
}

/// The table of apps in the documentation names each of them, and each format.
#[test]
fn the_documentation_has_each_app_and_each_format() {
    let documentation = include_str!("../../../docs/apps.md");
    let rows: Vec<&str> = documentation.lines().filter(|line| line.starts_with("| ")).collect();
    for app in APPS {
        assert!(rows.iter().any(|row| row.starts_with(&format!("| {} |", app.name))), "{}", app.name);
        let secure = |home: &str| home.starts_with("https://");
        assert!(!app.homes.is_empty() && app.homes.iter().all(|(_, home)| secure(home)), "{}", app.name);
    }
    for row in FORMATS {
        assert!(documentation.contains(&format!("`{}`", row.name)), "{}", row.name);
    }
}
