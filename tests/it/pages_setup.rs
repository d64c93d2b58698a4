//! The first screen: the password, and what can be said at once.

use crate::panel::Panel;
use mu_panel::{
    app::{Front, Offer},
    error::Fault,
    store::Setting,
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering::SeqCst},
};

const LINK: &str = "LinkOfTheFirstStart0123456789ABC";

fn fresh() -> Panel {
    fresh_behind(Front::default())
}

fn fresh_behind(front: Front) -> Panel {
    let panel = Panel::behind(front);
    panel.app.accept_setup_link(LINK, panel.now()).unwrap();
    panel
}

#[test]
fn one_form_sets_password_language_and_the_first_node() {
    let panel = fresh();
    let caller = panel.stranger();
    let page = caller.get(&format!("/login?setup={LINK}")).is(200).shows("Your first node").shows("name=\"address\"");
    // The language is that of the page; nothing else asks for it.
    page.shows(r#"type="hidden" name="language" value="en""#).hides("<select");
    let form = format!("password=correct+horse&setup={LINK}&language=zh&name=Tokyo&address=tokyo.example");
    assert_eq!(caller.submit("/login", &form).is(303).header("Location"), "/");
    let nodes = panel.app.store.nodes().unwrap();
    assert_eq!((nodes.len(), nodes[0].name.as_str(), nodes[0].address.as_str()), (1, "Tokyo", "tokyo.example"));
    assert_eq!(panel.app.store.settings().unwrap().get(Setting::Language), Some("zh"));
    caller.get("/").is(200).shows("<html lang=\"zh\">").shows("您已登录");
    caller.submit("/users", "name=alice").is(303);
    caller.get("/users/1").is(200).shows("@tokyo.example:20001#Tokyo");
}

#[test]
fn the_same_form_leads_to_the_first_friends_link() {
    let panel = fresh();
    let caller = panel.stranger();
    caller.get(&format!("/login?setup={LINK}")).is(200).shows("Your first friend").shows("name=\"friend\"");
    let form = |friend: &str| {
        format!("password=correct+horse&setup={LINK}&language=en&name=&address=tokyo.example&friend={friend}")
    };
    let long = "x".repeat(65);
    caller
        .submit("/login", &form(&long))
        .is(400)
        .shows("can have up to 64 characters")
        .shows(&format!("value=\"{long}\""));
    assert!(panel.app.store.nodes().unwrap().is_empty(), "nothing has been done yet");
    assert_eq!(caller.submit("/login", &form("alice")).is(303).header("Location"), "/users/1");
    let page =
        caller.get("/users/1").is(200).shows("<bdi>alice</bdi> has been added.</p>").shows("@tokyo.example:20001#");
    // What is missing now is the node's program, and nothing else is said.
    page.shows("Next: start the program on Node 1.").shows(r#"<a href="/nodes/1">Set it up</a>"#).hides("Ready:");
    // Sent twice, it lets in and does nothing again.
    panel.wait(1);
    let again = panel.stranger();
    again.get("/login");
    again.submit("/login", &form("alice")).is(303);
    assert_eq!(
        (panel.app.store.nodes().unwrap().len(), panel.app.store.listed_users(panel.now()).unwrap().len()),
        (1, 1)
    );
    panel.node().get("/mu/v2/nodes/1/users").is(200);
    caller.get("/users/1").hides("Next: start").shows("Ready: Node 1 lets alice in.");
}

#[test]
fn a_fault_of_the_node_leaves_the_link_good() {
    let panel = fresh();
    let caller = panel.stranger();
    caller.get(&format!("/login?setup={LINK}"));
    let form = format!("password=correct+horse&setup={LINK}&language=en&name=Tokyo&address=http://x/");
    let page =
        caller.submit("/login", &form).is(400).shows("“http://x/” isn&#39;t a valid address").shows(r#"value="Tokyo""#);
    // The password need not be typed again.
    page.shows(r#"value="correct horse""#);
    assert!(panel.app.store.nodes().unwrap().is_empty());
    assert_eq!(panel.app.store.settings().unwrap().get(Setting::AdminPasswordHash), None);
    let short = format!("password=short&setup={LINK}&name=Tokyo&address=tokyo.example");
    caller.submit("/login", &short).is(400).shows("too short").shows(r#"value="tokyo.example""#);
    let form = format!("password=correct+horse&setup={LINK}&name=&address=");
    caller.submit("/login", &form).is(303);
    assert!(panel.app.store.nodes().unwrap().is_empty(), "nothing was said of a node");
}

/// What a page says after an action does not ask for another step than the page itself does.
#[test]
fn one_next_step_is_named_and_it_is_the_true_one() {
    let panel = fresh();
    let caller = panel.stranger();
    caller.get(&format!("/login?setup={LINK}"));
    let form = format!("password=correct+horse&setup={LINK}&language=en&where=there&address=tokyo.example");
    caller.submit("/login", &form).is(303);
    caller.get("/").shows("Next, add your first friend.").hides("No node has connected yet");
    caller.submit("/users", "name=anna").is(303);
    caller.get("/users/1").shows("has been added.</p>").shows("Next: start the program on Node 1.");
    caller.get("/").shows("No node has connected yet").hides("first friend");
    caller.submit("/language", "to=zh&back=/");
    caller.submit("/users", "name=bert").is(303);
    caller
        .get("/users/2")
        .shows("</bdi>”。</p>")
        .shows("下一步：启动“节点 1”上的节点程序")
        .hides("请把下面的邀请发给朋友");
    panel.node().get("/mu/v2/nodes/1/users").is(200);
    caller.submit("/users", "name=cleo").is(303);
    caller.get("/users/3").shows("</bdi>”。请把下面的邀请发给朋友。</p>").hides("下一步");
    caller.submit("/language", "to=en&back=/");
    caller.submit("/users", "name=dora").is(303);
    caller.get("/users/4").shows("has been added. Send the invitation below.</p>").hides("Next: ");
    // An invitation of a user who is kept out is of no use yet.
    caller.submit("/users", "name=emil&expires=2026-11-01").is(303);
    caller.get("/users/5").shows("has been added.</p>").hides("end the invitation below");
}

#[test]
fn a_port_that_another_program_has_comes_before_the_invitation() {
    let panel = Panel::new();
    let admin = panel.admin();
    admin.submit("/nodes/here", "on=1&address=panel.example").is(303);
    let taken = |port: u16| {
        let state = format!(r#"{{"ports":[[1,{port},"TCP","Address already in use (os error 98)"]]}}"#);
        panel.node().post("/mu/v2/nodes/1/state", state).is(200);
    };
    admin.submit("/users", "name=anna").is(303);
    taken(20_001);
    admin.get("/users/1").shows("has been added.</p>").shows("Choose another port").hides("end the invitation below");
    for (language, told, other) in [
        ("en", "The old link will stop working within a minute.</p>", "end the new invitation"),
        ("zh", "旧链接将在一分钟内失效。</p>", "请把下面的新邀请发给朋友"),
    ] {
        admin.submit("/language", &format!("to={language}&back=/"));
        admin.submit("/users/1", "port=20002&sure=1").is(303);
        taken(20_002);
        admin.get("/users/1").shows(told).shows("field=port").hides(other);
        admin.submit("/users/1", "port=20003&sure=1").is(303);
        admin.get("/users/1").shows(other).hides("field=port");
    }
}

/// Friends connect to this server, unless another is chosen.
#[test]
fn the_panel_is_the_node_unless_another_server_is_chosen() {
    let panel = fresh();
    let caller = panel.stranger().with("host", "panel.example:8443");
    let page = caller.get(&format!("/login?setup={LINK}")).is(200).shows("On this server").shows("20001");
    let page = page.shows(r#"<input type="radio" name="where" value="here" checked"#);
    page.shows(r#"<input type="radio" name="where" value="there" aria"#).shows("value=\"panel.example\"");
    let form = |rest: &str| format!("password=correct+horse&setup={LINK}&language=en&friend=alice&{rest}");
    let refused = caller.submit("/login", &form("where=here&address=&name=Tokyo")).is(400);
    refused.shows("Enter the host name or IP address that friends use to reach this server").shows("Tokyo");
    assert!(panel.app.store.nodes().unwrap().is_empty(), "nothing has been done yet");
    caller.submit("/login", &form("where=here&address=panel.example&name=")).is(303);
    let built_in = panel.app.built_in().unwrap();
    assert_eq!((built_in.node, built_in.on), (Some(1), true));
    let page =
        caller.get("/users/1").is(200).shows("@panel.example:20001").shows("has been added. Send the invitation");
    page.shows("This server is opening a port for alice.").hides("Ready:").hides("No node");
    // What is said follows what the node says of itself.
    let says = |state: &str| panel.node().post("/mu/v2/nodes/1/state", state).is(200);
    says(r#"{"listening":[[2,20001],[1,20002]]}"#);
    caller.get("/users/1").shows("This server is opening a port for alice.");
    says(r#"{"ports":[[1,20001,"UDP","Address in use"]]}"#);
    let page = caller.get("/users/1").shows("This server can&#39;t use UDP port 20001 (Address in use).");
    page.shows(r#"<a href="/users/1?field=port">Choose another port</a>"#).hides("Ready:");
    says(r#"{"lacking":["chacha20-ietf-poly1305"]}"#);
    caller.get("/users/1").shows("doesn&#39;t support chacha20-ietf-poly1305").shows("Choose another cipher");
    says(r#"{"listening":[[1,20001]]}"#);
    caller.get("/users/1").shows("Ready: this server is listening on port 20001.");
    panel.wait(61);
    caller.get("/users/1").shows("This server is opening a port for alice.");
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":1}]"#).is(200);
    panel.wait(7);
    caller.get("/users/1").shows("It works: alice used it 7 s ago.").hides("opening a port");
    // What stands in the way is told of a user who has connected, too; and a port that was given up is no trouble.
    says(r#"{"ports":[[1,20001,"TCP","Address in use"]]}"#);
    caller.get("/users/1").hides("It works").shows("can&#39;t use TCP port 20001");
    caller.submit("/users/1", "port=20005&sure=1").is(303);
    caller.get("/users/1").hides("It works").hides("can&#39;t use").shows("This server is opening a port for alice.");
    says(r#"{"listening":[[1,20005]]}"#);
    panel.wait(6);
    caller.get("/users/1").hides("It works").shows("Ready: this server is listening on port 20005.");
    panel.node().post("/mu/v2/nodes/1/traffic", r#"[{"user_id":1,"u":1,"d":1}]"#).is(200);
    caller.get("/users/1").shows("It works: alice used it just now.");
    // The page of nodes switches it.
    let nodes = caller.get("/nodes").is(200).shows("the panel is their node").shows("In this panel");
    nodes.shows("Switch off");
    caller.submit("/nodes/here", "on=0").is(303);
    assert!(!panel.app.built_in().unwrap().on);
    caller.get("/nodes").shows("The node in this panel is off.").shows("Switched off");
    caller.get("/users/1").hides("It works").shows("Node 1 is switched off.");
    caller.submit("/nodes/here", "on=1").is(303);
    assert_eq!(panel.app.built_in().unwrap().node, Some(1));
}

/// Through a tunnel the browser does not know the server's address; the server does.
#[test]
fn the_address_of_the_server_is_suggested() {
    let mut panel = fresh();
    panel.app_mut().front.own_address = Some("198.51.100.7".to_owned());
    let page = |host: &str| panel.stranger().with("host", host).get(&format!("/login?setup={LINK}")).is(200).body();
    assert!(
        page("127.0.0.1:8080").contains(
            r#"name="address" autocomplete="off" autocapitalize="off" spellcheck="false" value="198.51.100.7""#
        )
    );
    assert!(
        page("panel.example:8080").contains("value=\"panel.example\"")
            && !page("panel.example").contains("198.51.100.7")
    );
    let admin = panel.admin().with("host", "localhost:8080");
    admin.get("/nodes").is(200).shows("value=\"198.51.100.7\"");
}

#[test]
fn on_another_server_the_panel_is_no_node() {
    let panel = fresh();
    let caller = panel.stranger();
    caller.get(&format!("/login?setup={LINK}"));
    let form = format!("password=correct+horse&setup={LINK}&where=there&address=tokyo.example");
    caller.submit("/login", &form).is(303);
    assert_eq!(panel.app.built_in().unwrap(), mu_panel::app::BuiltIn::default());
    caller.get("/nodes/1").is(200).shows("mu-panel node --url").shows("--node-id 1");
}

/// A database of before knows nothing of it: it is off, and the page says that it can be switched on.
#[test]
fn a_panel_that_was_no_node_can_become_one() {
    let panel = Panel::new();
    let caller = panel.admin();
    caller.get("/nodes").is(200).shows("This panel can be a node itself").shows("Switch on");
    let refused = caller.submit("/nodes/here", "on=1&address=").is(400);
    refused.shows("Enter the host name or IP address");
    caller.submit("/nodes/here", "on=1&address=x%2Fy").is(400).shows("value=\"x/y\"");
    assert!(!panel.app.built_in().unwrap().on);
    caller.submit("/nodes/here", "on=1&address=node.example").is(303);
    assert!(panel.app.built_in().unwrap().on);
    let state = concat!(
        r#"{"online":[[1,2]],"ports":[[1,20001,"TCP","Address in use"]],"#,
        r#""lacking":["salsa20"],"full":[1],"restarts":2}"#
    );
    panel.add("anna");
    panel.node().post("/mu/v2/nodes/1/state", state).is(200);
    panel.node().get("/mu/v2/nodes/1/users").is(200);
    let page = caller.get("/nodes/1").shows("TCP port 20001 of anna is not available (Address in use)");
    page.shows("salsa20").shows("Some connections of anna are refused").shows("2 times");
    caller.get("/").shows("TCP port 20001 is not available");
    panel.wait(61);
    caller.get("/nodes/1").hides("salsa20");
    for bad in ["", "{\"online\":1}", "{\"ports\":[[1]]}"] {
        assert_eq!(panel.node().post("/mu/v2/nodes/1/state", bad).is(400).json()["ret"], 0, "{bad}");
    }
}

#[test]
fn https_is_offered_where_its_ports_can_be_had() {
    let link = format!("/login?setup={LINK}");
    fresh().stranger().get(&link).is(200).hides("name=\"https\"");
    let begun: Arc<Mutex<Vec<String>>> = Arc::default();
    let (free, noted) = (Arc::new(AtomicBool::new(true)), Arc::clone(&begun));
    let asked = Arc::clone(&free);
    let panel = fresh_behind(Front {
        https: Some(Offer {
            check: Box::new(move |_| {
                let taken = Fault::PortInUse { port: 443, by: Some("nginx (7)".to_owned()) };
                if asked.load(SeqCst) { Ok(()) } else { Err(taken.into()) }
            }),
            begin: Box::new(move |site| {
                noted.lock().unwrap().push(site.to_string());
                Ok(())
            }),
        }),
        ..Front::default()
    });
    let caller = panel.stranger();
    caller.get(&link).is(200).shows("name=\"https\"").shows("panel.example.org");
    let form = |site: &str| format!("password=correct+horse&setup={LINK}&language=en&address=&https={site}");
    caller.submit("/login", &form("not a host")).is(400).shows("isn&#39;t a valid host").shows("value=\"not a host\"");
    free.store(false, SeqCst);
    // It was free when the page was opened.
    let page = caller.submit("/login", &form("panel.example.org")).is(400);
    page.shows("Port 443 is taken by nginx (7)").shows("value=\"panel.example.org\"").shows(r#"value="correct horse""#);
    assert!(
        begun.lock().unwrap().is_empty()
            && panel.app.store.settings().unwrap().get(Setting::AdminPasswordHash).is_none()
    );
    panel.stranger().get(&link).hides("name=\"https\"");
    free.store(true, SeqCst);
    caller.get(&link);
    caller.submit("/login", &form("Panel.Example.org:8443")).is(303);
    assert_eq!(*begun.lock().unwrap(), ["panel.example.org:8443"]);
}
