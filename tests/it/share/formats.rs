//! Which format a program gets, by the names that programs give themselves.

use mu_panel::{
    http::{Request, Verb},
    share::{FORMATS, Format, Wanted},
};

const ANY: &str = "*/*";
const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

fn wanted(target: &str, agent: &str, accept: &str) -> Option<Format> {
    let mut request = Request::new(Verb::Get, target);
    for (name, value) in [("user-agent", agent), ("accept", accept)] {
        if !value.is_empty() {
            request.headers.push((name.to_owned(), value.to_owned()));
        }
    }
    Wanted::of(&request).map(|wanted| wanted.format)
}

#[test]
#[allow(clippy::too_many_lines)] // a table of programs
fn each_program_gets_its_own_format() {
    use Format::{Base64, Clash, Outline, Shadowrocket, SingBox, Sip008, Surge};
    for (format, agents) in [
        (
            SingBox,
            &[
                "SFA/1.12.0 (560; sing-box 1.12.0; language zh_CN)",
                "SFI/1.12.4 (Build 1; sing-box 1.12.4)",
                "SFM/1.12.4 (Build 1; sing-box 1.12.4)",
                "SFT/1.12.4 (Build 1; sing-box 1.12.4)",
                "HiddifyNext/2.1.5 (android) like ClashMeta v2ray sing-box",
                "Karing/1.0.26.323 platform/android ClashMeta;sing-box;clash-verge;NekoBox/Android/1.3.1 (Perfer ClashMeta Format);HiddifyNext;v2ray",
                "GUI.for.SingBox/v1.9.7",
            ][..],
        ),
        (
            Clash,
            &[
                "Clash",
                "clash.meta",
                "clash.meta/1.19.5",
                "mihomo/1.19.10",
                "ClashMeta/1.19.28; mihomo/1.19.28",
                "clash-verge/v2.4.2",
                "ClashMetaForAndroid/2.11.1.Meta",
                "ClashForAndroid/2.5.12",
                "ClashforWindows/0.20.39",
                "ClashX Meta/v1.4.24 (com.metacubex.ClashX.meta; build:622; macOS 26.0.0) Alamofire/5.10.2",
                "ClashX Pro/1.97.0.4",
                "FlClash/v0.8.33  clash-verge/v1.6.6  Platform/android",
                "Stash/3.1.1 Clash/1.9.0",
                "NekoBox/Android/1.3.8 (Prefer ClashMeta Format)",
                "nekoray/3.26 (Prefer ClashMeta Format)",
                "Throne/1.0.6 (Prefer ClashMeta Format)",
                "mihomo.party/v1.7.7 (clash.meta)",
                "clash-nyanpasu/v1.6.1",
                "GUI.for.Clash/v1.9.7",
                "OpenClash",
                "ClashMac/1.0 ClashX",
            ],
        ),
        (
            Outline,
            &[
                "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Outline/1.14.0 Chrome/102.0.5005.167 Electron/19.1.9 Safari/537.36",
                "Go-http-client/1.1",
                "Go-http-client/2.0",
            ],
        ),
        (
            Surge,
            &[
                "Surge iOS/3374",
                "Surge Mac/2867",
                "Surge/1129 CFNetwork/1335.0.3 Darwin/21.6.0",
                "Surfboard/2.24.10 (com.getsurfboard; build:343; Android 14) OkHttp",
            ],
        ),
        (
            Shadowrocket,
            &[
                "Shadowrocket/2070 CFNetwork/1408.0.4 Darwin/22.5.0",
                "Shadowrocket/2.1.12 (iPhone; iOS 10.3.2; Scale/3.00)",
            ],
        ),
        (
            Sip008,
            &[
                "ShadowsocksWindows/4.4.1.0",
                "ShadowsocksX-NG/1.10.2 (com.qiuyuzhou.ShadowsocksX-NG)",
                "Dalvik/2.1.0 (Linux; U; Android 13; Pixel 6 Build/TQ3A.230805.001)",
            ],
        ),
        (
            Base64,
            &[
                "v2rayN/7.10.0",
                "v2rayNG/1.8.12",
                "Quantumult%20X/1.0.30",
                "Streisand/31 CFNetwork/1494.0.7 Darwin/23.4.0",
                "V2Box/3.4.2",
                "Happ/1.63.1",
                "v2raytun/android",
                "FoXray/1.4.2 CFNetwork/1494.0.7 Darwin/23.4.0",
                "Loon/762 CFNetwork/1474 Darwin/23.0.0",
                "Quantumult X/1.5.0 (iPhone14,2; iOS 17.0)",
                "Potatso/2.9 CFNetwork/1410.0.3 Darwin/22.6.0",
                "subconverter/v0.9.0 cURL/8.4.0",
                "passwall2/25.1",
                "Wget/1.21.3",
                "python-requests/2.31.0",
                "ShadowsocksX-NG-R 1.4.3-R8 Version 3",
                "okhttp/3.8.0",
                "curl/8.5.0",
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/63.0.3239.132 Safari/537.36",
                "",
            ],
        ),
    ] {
        for agent in agents {
            assert_eq!(wanted("/me/x", agent, ANY), Some(format), "{agent}");
            assert_eq!(wanted("/me/x", agent, ""), Some(format), "{agent}");
            assert_eq!(wanted("/me/x?format=nonsense", agent, ANY), Some(format), "{agent}");
            assert_eq!(wanted("/me/x?format=html", agent, ANY), None, "{agent}");
        }
    }
}

#[test]
fn a_browser_gets_the_page() {
    for agent in [
        "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.40",
        "w3m/0.5.3",
    ] {
        assert_eq!(wanted("/me/x", agent, PAGE), None, "{agent}");
        for row in FORMATS {
            let (format, name) = (row.format, row.name);
            for query in ["format", "flag", "target"].map(|parameter| format!("{parameter}={name}")) {
                assert_eq!(wanted(&format!("/me/x?{query}"), agent, PAGE), Some(format), "{query} {agent}");
            }
            assert_eq!(wanted(&format!("/me/x?{name}=1"), agent, PAGE), Some(format), "{name} {agent}");
            assert_eq!(format.name(), name);
        }
        assert_eq!(wanted("/me/x?format=CLASH", agent, PAGE), Some(Format::Clash));
    }
}

/// What clients and converters add to an address by themselves.
#[test]
fn the_parameters_of_other_panels_choose_a_format_too() {
    for (query, format) in [
        ("flag=meta", Format::Clash),
        ("flag=clash&types=all", Format::Clash),
        ("flag=sing-box", Format::SingBox),
        ("flag=shadowrocket", Format::Shadowrocket),
        ("target=clashr&url=x", Format::Clash),
        ("target=surge&ver=4", Format::Surge),
        ("target=sssub", Format::Sip008),
        ("target=v2ray", Format::Base64),
        ("clash=1", Format::Clash),
        ("flag=nonsense&target=singbox", Format::SingBox),
        ("format=clash&flag=surge&target=singbox", Format::Clash),
        ("flag=clash.meta", Format::Clash),
        ("flag=Clash-Verge", Format::Clash),
        ("flag=clash-verge/v2.4.2", Format::Clash),
        ("flag=FlClash", Format::Clash),
        ("flag=nyanpasu", Format::Clash),
        ("flag=SFA/1.12.0", Format::SingBox),
        ("flag=sing_box", Format::SingBox),
        ("flag=hiddifynext", Format::SingBox),
        ("target=surfboard", Format::Surge),
        ("target=Surge%204", Format::Surge),
        ("target=quanx&emoji=true", Format::Base64),
        ("target=loon", Format::Base64),
        ("flag=v2rayNG", Format::Base64),
        ("flag=shadowsocks", Format::Sip008),
        ("target=mixed", Format::Base64),
        ("singbox=1", Format::SingBox),
        ("surge=1", Format::Surge),
    ] {
        assert_eq!(wanted(&format!("/u/x?{query}"), "curl/8.5.0", ANY), Some(format), "{query}");
        assert_eq!(wanted(&format!("/u/x?{query}"), "Mozilla/5.0", PAGE), Some(format), "{query}");
    }
    // `auto` leaves it to the program that asks.
    assert_eq!(wanted("/u/x?target=auto", "clash.meta", ANY), Some(Format::Clash));
    for query in ["clash=0", "flag=", "target=nonsense", "surge", "target=auto", "flag=-", "flag=."] {
        assert_eq!(wanted(&format!("/u/x?{query}"), "Mozilla/5.0", PAGE), None, "{query}");
    }
}
