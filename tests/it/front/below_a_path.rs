//! `--base-path`: all of it works below a path, and nothing of it points elsewhere.

use super::browser::{Browser, headers};
use crate::{process::Home, support::wire::Answer};
use std::collections::BTreeSet;

const BASE: &str = "/friends/panel";

/// The addresses in a page or in the answer's head.
fn links(answer: &Answer) -> Vec<String> {
    let text = answer.text();
    let in_page = ["href=\"", "action=\"", "src=\""].into_iter().flat_map(|start| {
        text.split(start).skip(1).filter_map(|rest| rest.split('"').next()).map(|link| link.replace("&amp;", "&"))
    });
    in_page.chain(headers(answer, "location").map(str::to_owned)).filter(|link| !link.starts_with('#')).collect()
}

#[test]
fn every_address_on_every_page_is_below_the_path() {
    let home = Home::new().with_password();
    home.run(&["user", "add", "alice"]).ok();
    home.run(&["user", "add", "bob"]).ok();
    let served = home.serve_with(&["--base-path", &format!("{BASE}/")], &[]);
    assert_eq!(
        served.call(&home.token(), "POST", &format!("{BASE}/mu/v2/users/1/traffic"), "u=1&d=2&node_id=7").0,
        200
    );
    assert_eq!(served.call(&home.token(), "GET", "/mu/v2/users", "").0, 404);
    let mut browser = Browser::new(&served);
    let first = browser.get(BASE);
    assert_eq!((first.status, links(&first)), (303, vec![format!("{BASE}/login")]));
    let welcome = browser.sign_in(&format!("{BASE}/login?next=/friends/panel/nodes"));
    assert_eq!((welcome.status, links(&welcome)), (303, vec![format!("{BASE}/")]));
    assert!(browser.cookies().iter().all(|cookie| cookie.path == BASE && !cookie.secure));
    let mut waiting = vec![BASE.to_owned(), format!("{BASE}/nowhere")];
    let mut seen: BTreeSet<String> = waiting.iter().cloned().collect();
    while let Some(target) = waiting.pop() {
        let answer = browser.get(&target);
        let post_only = answer.status == 405;
        assert!(
            matches!(answer.status, 200 | 303)
                || post_only
                || target.ends_with("/nowhere")
                || ["/users/batch", "/nodes/level", "/nodes/here"].iter().any(|form| target.ends_with(form)),
            "{target}: {answer:?}"
        );
        for link in links(&answer) {
            // A friend's page is named in full, to be sent to them.
            let link = link.strip_prefix("http://localhost").map_or(link.clone(), str::to_owned);
            let below = link.strip_prefix(BASE).is_some_and(|rest| rest.starts_with(['/', '?', '#']));
            assert!(below || link.starts_with("data:"), "{link} on {target}");
            let known = seen.iter().filter(|known| known.split('?').next() == link.split('?').next()).count();
            if below && known < 3 && seen.insert(link.clone()) {
                waiting.push(link);
            }
        }
    }
    for page in ["/", "/users/2", "/users/1/delete", "/nodes/7", "/settings/rotate", "/style.css"] {
        let page = format!("{BASE}{page}");
        assert!(seen.iter().any(|seen| seen.split('?').next() == Some(&page)), "{page} was not found: {seen:?}");
    }
    browser.get(&format!("{BASE}/nodes/7"));
    let node = browser.get(&format!("{BASE}/nodes/7"));
    assert!(node.text().contains(&format!("http://localhost{BASE}/mu/v2/")), "{}", node.text());
    for (form, fields) in [
        ("/users", "name=carol"),
        ("/users/1/switch", "on=0"),
        ("/users/2/reset", ""),
        ("/users/2/delete", ""),
        ("/users/2/restore", ""),
        ("/nodes", "name=Tokyo"),
        ("/language", "to=zh&back=//evil.example"),
        ("/language", "to=en&back=/elsewhere"),
        ("/settings/language", "language="),
        ("/logout", ""),
    ] {
        let answer = browser.submit(&format!("{BASE}{form}"), fields);
        assert_eq!(answer.status, 303, "{form}: {answer:?}");
        let links = links(&answer);
        assert!(links.len() == 1 && links[0].starts_with(&format!("{BASE}/")), "{form}: {links:?}");
    }
}

#[test]
fn the_set_up_link_carries_it_and_works() {
    let home = Home::new();
    let mut served = home.serve_with(&[], &[("MU_PANEL_BASE_PATH", BASE.as_ref())]);
    let link = served.setup_link().replacen(&format!("http://{}", served.address), "", 1);
    assert!(link.starts_with(&format!("{BASE}/login?setup=")), "{link}");
    let mut browser = Browser::new(&served);
    assert_eq!(browser.get(&link).status, 200);
    let secret = link.rsplit('=').next().unwrap();
    let answer = browser.submit(&format!("{BASE}/login"), &format!("setup={secret}&password=correct+horse"));
    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(browser.get(BASE).status, 200);
}

#[test]
fn what_is_no_path_is_refused() {
    for bad in ["panel", "https://x/panel", "/a/../b"] {
        Home::new().run(&["serve", "--base-path", bad]).exits(2);
    }
}
