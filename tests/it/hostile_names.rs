//! Names that try to be something else: they are text in every page, file, link, header and log.

use crate::{
    logged,
    panel::{Caller, Panel, between},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use mu_panel::{
    error::Fault,
    import,
    model::{Address, Name, NodeDraft, NodeName, Note, User},
};
use percent_encoding::percent_decode_str;
use yaml_rust2::YamlLoader;

const NAMES: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</textarea></title><svg onload=alert(1)>",
    "' onfocus=alert(1) autofocus='",
    "&amp;&#60;b&#62;",
    "{{ 7*7 }} {% if x %} ${7*7} %s%n",
    "'; DROP TABLE user; --",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "+1+1",
    "-1",
    "@SUM(A1)",
    "＝1＋1",
    "－1",
    "＠SUM(A1)",
    "\u{200b}=1+1",
    "\u{feff}\u{202e}+1",
    "'=1",
    "a,b;\"c\"",
    "\u{202e}evil\u{202c} \u{2066}x",
    "\u{2069}\u{202e}evil\u{2069}\u{2069}",
    "שלום (1)",
    "👨‍👩‍👧‍👦🦊",
    "宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽宽",
    "../../etc/passwd",
    "..",
    "CON: nul|x?*",
    "x\"; filename=\"evil.exe",
    "- name: x # y",
    "&anchor *alias !!python/object",
    "null",
    "0x10",
    "direct",
    "C:\\new\\table",
    "name@host:1#tag?plugin=x",
];

/// Where a name stands in a page.
const PAGES: &[&str] = &[
    "/",
    "/users/1",
    "/users/1/code",
    "/users/1/password",
    "/users/1/delete",
    "/users/1/address",
    "/users/batch?act=extend&user=1",
    "/nodes",
    "/nodes/1",
    "/nodes/1/watch",
    "/usage",
];

/// A user and a node of that name, who used something.
fn panel_with(name: &str) -> (Panel, User) {
    let panel = Panel::new();
    let node = NodeName::parse(name).unwrap();
    panel
        .app
        .store
        .add_node(
            NodeDraft { name: node, address: Address::parse("node.example").unwrap(), ..NodeDraft::default() },
            panel.now(),
        )
        .unwrap();
    let user = panel.add_as(name, |draft| draft.note = Note::parse(name).unwrap());
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":2}]"#).is(200);
    (panel, user)
}

/// Whether something in it runs from right to left, or makes something do so.
fn turns(name: &str) -> bool {
    name.contains(['\u{202e}', 'ש'])
}

fn escaped(text: &str) -> String {
    text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;").replace('"', "&#34;").replace('\'', "&#39;")
}

fn in_pages(admin: &Caller<'_>, name: &str, own: &str) {
    for page in PAGES.iter().copied().chain([own]) {
        let html = admin.get(page).is(200).body();
        assert!(html.contains(&escaped(name)), "{name} is not on {page}");
        // The head loads one script, and pictures are codes and charts of ours.
        assert_eq!(html.matches("<script").count(), 1, "{name} on {page}");
        assert!(!html.contains("<img src=x") && !html.contains("<svg onload"), "{name} on {page}");
        assert!(!html.contains(" onfocus=alert(1) autofocus='"), "{name} on {page}");
        assert!(!html.contains("49 "), "{name} on {page}");
        // What turns the direction of text stays where it is: each name is fenced in, but for what is no text of the
        // page.
        if turns(name) {
            let kept = escaped(name).replace('\u{2069}', "");
            let seen = html.replace('\u{2069}', "");
            for (at, _) in seen.match_indices(&kept) {
                let before = &seen[..at];
                let tag = &before[before.rfind('<').unwrap()..];
                let alone = ["<bdi", "<textarea", "<code", "<pre"].iter().any(|begin| tag.starts_with(begin));
                let attribute = tag.rsplit_once("=\"").filter(|_| !tag.contains('>')).map_or("", |(before, _)| before);
                let value = attribute.ends_with("value") || attribute.ends_with("href");
                assert!(alone || value || tag.ends_with('\u{2068}'), "{name} on {page} after {tag}");
            }
            // And whatever begins within the isolation ends there.
            for (at, _) in html.match_indices('\u{2068}') {
                let within = &html[at..at + html[at..].find(['"', '<']).unwrap()];
                let opened = within.matches(['\u{2066}', '\u{2067}', '\u{2068}']).count();
                assert_eq!(within.matches('\u{2069}').count(), opened, "{name} on {page}: {within:?}");
            }
        }
    }
    assert_eq!(admin.get("/").body().matches("<script").count(), 1);
}

/// What no cell may begin with, by whatever spreadsheet.
fn begins_formula(cell: &str) -> bool {
    let seen = cell
        .trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || "\u{200b}\u{feff}\u{202e}".contains(c));
    cell.starts_with(['\t', '\r', '\n']) || seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

fn in_sheets(panel: &Panel, admin: &Caller<'_>, name: &str) {
    for (sheet, column) in [("/export.csv", 1), ("/usage.csv", 0)] {
        let csv = admin.get(sheet).is(200).body();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        assert!(row.iter().all(|cell| !begins_formula(cell)), "{name} in {sheet}: {row:?}");
        let cell = &row[column];
        let cell = if begins_formula(name.trim_start_matches('\'')) { cell.strip_prefix('\'').unwrap() } else { cell };
        assert_eq!(cell, name, "{sheet}");
    }
    // And it comes back as it was.
    for list in ["/export.csv", "/export.json"] {
        let other = Panel::new();
        let read = import::read(&other.app, admin.get(list).body().as_bytes(), panel.now()).unwrap();
        assert_eq!(read[0].draft.name, panel.user(1).name, "{list}");
        assert_eq!(read[0].draft.note, panel.user(1).note, "{list}");
    }
}

fn in_subscriptions(panel: &Panel, own: &str, name: &str) {
    let program = panel.stranger();
    let get = |format: &str| program.get(&format!("{own}?format={format}")).is(200);
    // The tag is the node's name, with a number behind it where it means something else to a client.
    let is_tag = |tag: &str| tag == name || tag == format!("{name} 2");
    let yaml = YamlLoader::load_from_str(&get("clash").body()).unwrap();
    assert!(is_tag(yaml[0]["proxies"][0]["name"].as_str().unwrap()), "{name}");
    assert_eq!(yaml[0]["proxies"].as_vec().unwrap().len(), 1, "{name}");
    assert_eq!(yaml[0]["proxies"][0]["server"].as_str(), Some("node.example"), "{name}");
    let sing = get("singbox").json();
    assert!(is_tag(sing["outbounds"][2]["tag"].as_str().unwrap()), "{name}: {sing}");
    let sip008 = get("sip008").json();
    assert!(is_tag(sip008["servers"][0]["remarks"].as_str().unwrap()), "{name}");
    let links = String::from_utf8(STANDARD.decode(get("base64").body()).unwrap()).unwrap();
    assert_eq!(links.lines().count(), 1, "{name}");
    let (link, tag) = links.trim_end().split_once('#').unwrap();
    assert!(link.starts_with("ss://") && link.ends_with("@node.example:20001"), "{link}");
    assert!(tag.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)), "{tag}");
    assert!(is_tag(&percent_decode_str(tag).decode_utf8().unwrap()), "{name}: {tag}");
    for format in ["clash", "singbox", "sip008", "base64", "outline"] {
        let header = get(format).header("Content-Disposition").to_owned();
        assert!(header.bytes().all(|b| (b' '..=b'~').contains(&b)), "{header}");
        let rest = header.strip_prefix("attachment; filename=\"").unwrap();
        let (plain, whole) = rest.split_once("\"; filename*=UTF-8''").unwrap();
        let whole = percent_decode_str(whole).decode_utf8().unwrap();
        for file in [plain, &whole] {
            assert!(!file.is_empty() && !file.starts_with('.'), "{header}");
            assert!(!file.contains(['/', '\\', ':', '"', '|', '<', '>', '?', '*', '\u{202e}']), "{header}");
        }
    }
}

fn in_the_invitation(admin: &Caller<'_>, name: &str) {
    let html = admin.get("/users/1").body();
    let message = between(&html, "<textarea id=\"message\"", "</textarea>").unwrap();
    let (_, message) = message.split_once(">\n").unwrap();
    assert!(!message.contains(['\u{202e}', '\u{2066}']), "{name}");
    assert_eq!(message.lines().filter(|line| line.starts_with("ss://")).count(), 1, "{name}: {message}");
    assert_eq!(message.lines().filter(|line| line.starts_with("http://panel.example/u/")).count(), 1, "{message}");
}

#[test]
fn hostile_names_are_text_wherever_they_stand() {
    logged::keep();
    for name in NAMES {
        let (panel, user) = panel_with(name);
        let name = user.name.as_str();
        let admin = panel.admin();
        let own = format!("/u/{}", user.secret);
        in_pages(&admin, name, &format!("{own}?format=html"));
        in_sheets(&panel, &admin, name);
        in_subscriptions(&panel, &own, name);
        in_the_invitation(&panel.admin().with("host", "panel.example"), name);
        // What is typed in a form, searched for or asked for is text too.
        let typed: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let answers = [
            admin.get(&format!("/users?q={typed}")).is(200),
            admin.submit("/users", &format!("name={typed}&note={typed}")).is(409),
            admin
                .submit("/users", &format!("name=x&port={typed}&quota={typed}&expires={typed}&method={typed}"))
                .is(400),
            admin.submit("/nodes/1", &format!("name={typed}&rate={typed}&address=a%2Fb")).is(400),
            admin.submit("/settings/zone", &format!("zone={typed}%20")).is(400),
            admin.get(&format!("/{}", percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC))),
        ];
        for answer in answers {
            let html = answer.body();
            assert_eq!(html.matches("<script").count(), 1, "{name}: {html}");
            assert!(!html.contains("<img src=x") && !html.contains("<svg onload"), "{name}: {html}");
        }
        // Whom it was done to is told, and so is who is gone.
        admin.submit("/users/1/delete", "").is(303);
        admin.get("/").shows(&escaped(name)).hides("<script>alert");
        admin.get("/users/1").shows(&escaped(name)).hides("<script>alert");
    }
    let broken = |line: &String| line.contains(['\n', '\r', '\u{202e}']);
    let lines: Vec<String> = logged::lines_with("").into_iter().filter(broken).collect();
    assert!(lines.is_empty(), "{lines:#?}");
}

#[test]
fn names_that_are_none_are_refused() {
    for nothing in ["", " ", "\u{3000}\u{a0}", "\u{200b}\u{feff}", "\u{202e}", "\u{3164}", "\u{2800}\u{e0020}"] {
        assert_eq!(Name::parse(nothing).unwrap_err(), Fault::NameEmpty, "{nothing:?}");
        assert_eq!(NodeName::parse(nothing).unwrap().as_str(), "", "{nothing:?}");
    }
    for control in ["a\nb", "a\0", "\u{1b}[31mred", "a\u{2028}b", "a\u{85}b", "\ta\tb"] {
        assert_eq!(Name::parse(control).unwrap_err(), Fault::NameControl, "{control:?}");
    }
    assert!(Name::parse(&"宽".repeat(65)).is_err());
    // A mark without its other half would get out of any isolation.
    for (given, kept) in [
        ("a\u{2069}\u{202e}b", "a\u{202e}b"),
        ("\u{2067}a \u{2066}b\u{2069}", "a \u{2066}b\u{2069}"),
        ("\u{2068}a\u{2069}\u{2069}", "\u{2068}a\u{2069}"),
    ] {
        assert_eq!(Name::parse(given).unwrap().as_str(), kept, "{given:?}");
        assert_eq!(Note::parse(&format!("{given}\n{given}")).unwrap().as_str().lines().last(), Some(kept));
    }
    // What is seen keeps what is not: the parts of an emoji are joined by it.
    assert_eq!(Name::parse("👨‍👩‍👧").unwrap().as_str(), "👨‍👩‍👧");
}
