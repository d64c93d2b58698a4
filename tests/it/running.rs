//! What is asked of the running panel from the command line: a link to set the password, and whether it is well.

use crate::{
    panel::between,
    process::{Home, Served, wait_until},
    support::{
        keys::Keys,
        programs::{missing, skip},
    },
};
use std::{fs, os::unix::fs::PermissionsExt, process::Command};

fn link(home: &Home) -> String {
    let out = home.run(&["setup-link"]).ok().out();
    let line = out.lines().find(|line| line.starts_with("set your password here")).unwrap();
    line[line.find("http").unwrap()..].to_owned()
}

/// The status when the password is set with a link, as a browser does it.
fn status(served: &Served, link: &str, password: &str) -> String {
    let secret = link.split_once("setup=").unwrap().1;
    let page = served.raw(format!("GET /login?setup={secret} HTTP/1.1\r\nHost: p\r\nConnection: close\r\n\r\n"));
    let cookie = between(&page, "Set-Cookie: ", ";").unwrap();
    let csrf = between(&page, "name=\"csrf\" value=\"", "\"").unwrap();
    let form = format!("csrf={csrf}&setup={secret}&password={password}");
    let headers = format!("Host: p\r\nCookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded");
    let length = form.len();
    let answer = served.raw(format!(
        "POST /login HTTP/1.1\r\n{headers}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{form}"
    ));
    between(&answer, "HTTP/1.1 ", " ").unwrap()
}

#[test]
fn a_fresh_link_takes_the_place_of_the_one_from_the_start() {
    let home = Home::new();
    let mut served = home.serve();
    let first = served.setup_link();
    let second = link(&home);
    assert!(second.starts_with(&format!("http://{}/login?setup=", served.address)), "{second}");
    let secret = second.split_once("setup=").unwrap().1;
    let files = ["mu-panel.db", "mu-panel.db-wal"].map(|file| fs::read(home.path(file)).unwrap_or_default());
    let stored = |bytes: &[u8]| bytes.windows(secret.len()).any(|bytes| bytes == secret.as_bytes());
    assert!(!files.iter().any(|bytes| stored(bytes)), "only its hash is kept");
    assert_eq!(status(&served, &first, "correct+horse"), "400", "the one from before is good no more");
    assert_eq!(status(&served, &second, "correct+horse"), "303");
    assert_eq!(status(&served, &second, "another+one"), "400", "it is good once");
    home.run(&["setup-link"]).fails("set already");
    assert!(!served.log().contains(secret), "no secret is logged");
}

/// In a network with the addresses of a server: what is printed can be opened from elsewhere.
#[test]
fn each_address_of_the_machine_has_its_link() {
    if missing(&["unshare", "ip"]) {
        return;
    }
    let network = "ip link set lo up && ip addr add 198.51.100.7/32 dev lo && ip addr add 10.9.8.7/32 dev lo \
                   && ip addr add 2001:db8::7/128 dev lo nodad";
    let tried = Command::new("unshare").args(["-rn", "sh", "-c", network]).output();
    if !tried.is_ok_and(|output| output.status.success()) {
        skip("this machine gives nobody a network of their own");
        return;
    }
    let start = |home: &Home, session: &str, listen: &str| {
        let panel = home.command(&["serve", "--listen", listen, "--log", "error", "--base-path", "/p"]);
        let mut command = Command::new("unshare");
        command.args(["-rn", "sh", "-c", &format!("{network} && exec \"$0\" \"$@\"")]);
        command.arg(panel.get_program()).args(panel.get_args()).current_dir(home.path("")).env("TZ", "UTC");
        command
            .env_remove("SSH_CONNECTION")
            .envs([("SSH_CONNECTION", session)].into_iter().filter(|_| !session.is_empty()));
        home.start(command)
    };
    let home = Home::new();
    let mut served = start(&home, "", ":8080");
    let first = served.setup_link();
    let secret = first.split_once("setup=").unwrap().1.to_owned();
    assert_eq!(first, format!("http://198.51.100.7:8080/p/login?setup={secret}"));
    assert_eq!(served.line(), format!("or here: http://[2001:db8::7]:8080/p/login?setup={secret}"));
    // The command beside it lists the addresses of its own network.
    assert!(link(&home).contains(":8080/p/login?setup="));
    // Open to the server alone: the address by which SSH came, else the public one, leads to it.
    for (session, host) in [
        ("", "198.51.100.7"),
        ("192.0.2.1 5000 203.0.113.9 22", "203.0.113.9"),
        ("192.0.2.1 5000 2001:db8::9 22", "2001:db8::9"),
        ("10.0.0.1 5000 10.0.0.2 22", "198.51.100.7"),
    ] {
        let home = Home::new();
        let mut served = start(&home, session, "127.0.0.1:8080");
        let tunnel = served.line();
        assert!(tunnel.ends_with(&format!(": ssh -L 8080:127.0.0.1:8080 root@{host}")), "{session}: {tunnel}");
        assert!(served.setup_link().starts_with("http://127.0.0.1:8080/p/login?setup="));
    }
}

#[test]
fn no_link_is_good_once_a_password_is_set() {
    let home = Home::new();
    let served = home.serve();
    let link = link(&home);
    home.feed(&["password"], "correct horse\n").ok();
    assert_eq!(status(&served, &link, "another+one"), "400");
}

#[test]
fn without_a_running_panel_there_is_neither() {
    let home = Home::new();
    for command in ["setup-link", "health"] {
        home.run(&[command]).fails("no panel is running on `mu-panel.db`");
    }
    assert!(!home.db().exists(), "asking makes no database");
    let mut served = home.serve();
    home.run(&["health"]).ok();
    served.stop();
    for command in ["setup-link", "health"] {
        home.run(&[command]).fails("no panel is running");
    }
}

#[test]
fn it_is_well_at_each_of_its_addresses() {
    let home = Home::new();
    let socket = home.path("http.sock");
    let unix = format!("unix:{}", socket.display());
    let served = home.serve_with(&["--listen", "0.0.0.0:0", "--listen", &unix, "--base-path", "/panel"], &[]);
    home.run(&["health"]).ok().prints("well");
    let lock = home.path("mu-panel.db-lock");
    let noted = fs::read_to_string(&lock).unwrap();
    assert!(noted.contains(&format!("http://{}\n", served.address)) && noted.contains(&unix), "{noted}");
    assert_eq!(fs::metadata(&lock).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(link(&home).contains("/panel/login?setup="));
    fs::remove_file(&socket).unwrap();
    home.run(&["health"]).fails(&format!("`{unix}"));
}

#[test]
fn it_is_well_behind_tls_with_any_certificate() {
    let home = Home::new();
    let keys = Keys::new();
    let (certificate, key) = keys.paths();
    let arguments = ["--tls-cert", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let _served = home.serve_with(&arguments, &[]);
    home.run(&["health"]).ok().prints("well");
    assert!(link(&home).starts_with("https://127.0.0.1:"));
}

#[test]
fn it_is_not_well_when_the_database_cannot_be_written() {
    let home = Home::new();
    let served = home.serve();
    let locked = rusqlite::Connection::open(home.db()).unwrap();
    locked.execute_batch("BEGIN IMMEDIATE").unwrap();
    // It is believed to be well for a few seconds after it was.
    let mut said = String::new();
    wait_until("the panel to be unwell", || {
        let ran = home.run(&["health"]);
        said = ran.err();
        said.contains("503")
    });
    assert!(said.contains(&format!("http://{}", served.address)), "{said}");
    locked.execute_batch("ROLLBACK").unwrap();
    wait_until("the panel to be well", || home.run(&["health"]).err().is_empty());
}
