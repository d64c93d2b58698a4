//! The bounds that are set from outside: files, connections, and connections from one address.

use crate::{
    process::{Home, Served},
    support::{
        keys::Keys,
        programs::skip,
        wire::{Wire, until},
    },
};
use std::{
    net::{IpAddr, TcpStream, UdpSocket},
    process::Command,
};

#[test]
fn the_limit_on_open_files_is_raised_as_far_as_it_goes() {
    let home = Home::new();
    let panel = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -S -n 128; exec \"$@\"", "sh"]).arg(panel.get_program()).args(panel.get_args());
    command.current_dir(home.path("")).env("TZ", "UTC");
    let served = home.start(command);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", served.id())).unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let mut limits = line.split_whitespace();
    let (soft, hard) = (limits.next().unwrap(), limits.next().unwrap());
    assert!(soft == hard && soft != "128", "{line}");
}

/// The status of the list, or nothing if the connection is closed instead.
fn ask(mut wire: Wire, token: &str) -> Option<u16> {
    wire.send(format!("GET /mu/v2/users HTTP/1.1\r\nHost: x\r\nToken: {token}\r\n\r\n"));
    wire.answer().map(|answer| answer.status)
}

fn on_plain_and_tls(arguments: &[&str], test: impl Fn(&Served, &str, &dyn Fn(TcpStream) -> Wire)) {
    let (home, keys) = (Home::new(), Keys::new());
    let token = home.token();
    let command = || home.command(&[&["serve"], arguments].concat());
    let served = home.start(command());
    test(&served, &token, &Wire::new);
    drop(served);
    let ((certificate, key), client) = (keys.paths(), keys.client(rustls::ALL_VERSIONS));
    let mut command = command();
    command.env("MU_PANEL_TLS_CERT", certificate).env("MU_PANEL_TLS_KEY", key);
    test(&home.start(command), &token, &|stream| Wire::secure(stream, client.clone()));
}

#[test]
fn no_more_connections_are_kept_than_may_be() {
    on_plain_and_tls(&["--listen", "127.0.0.1:0", "--max-connections", "8"], |served, token, open| {
        let before = served.files();
        let connect = || TcpStream::connect(served.address).unwrap();
        let crowd: Vec<TcpStream> = (0..100).map(|_| connect()).collect();
        // Clients that have not asked for anything make room for new ones.
        assert_eq!(ask(open(connect()), token), Some(200));
        // The private connection that answered has three files, and there may have been two.
        until("the others to be gone", || served.files() <= before + 8 + 6);
        drop(crowd);
    });
}

#[test]
fn one_address_has_no_more_connections_than_it_may() {
    // An address of this machine that is not loopback; where there is none, there is nothing to test.
    let own = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    let Ok(own) = own.map(|address| address.ip()) else {
        skip("this machine has no address but loopback");
        return;
    };
    assert!(own != IpAddr::from([0, 0, 0, 0]) && !own.is_loopback());
    let own_limit: (&[&str], usize) = (&["--listen", "0.0.0.0:0", "--max-per-address", "3"], 3);
    for (arguments, most) in [own_limit, (&["--listen", "0.0.0.0:0"], 64)] {
        keeps_to(own, arguments, most);
    }
}

fn keeps_to(own: IpAddr, arguments: &[&str], most: usize) {
    on_plain_and_tls(arguments, |served, token, open| {
        let port = served.address.port();
        let connect = |address: IpAddr| TcpStream::connect((address, port)).unwrap();
        let mut guests: Vec<Wire> = (0..most).map(|_| open(connect(own))).collect();
        for guest in &mut guests {
            guest.send(format!("GET /healthz HTTP/1.1\r\nHost: x\r\nToken: {token}\r\n\r\n"));
            assert_eq!(guest.answer().unwrap().status, 200);
        }
        assert!(matches!(ask(open(connect(own)), token), None | Some(503)));
        assert_eq!(ask(open(connect([127, 0, 0, 1].into())), token), Some(200), "loopback is exempt");
        guests.clear();
        until("room", || ask(open(connect(own)), token) == Some(200));
    });
}
