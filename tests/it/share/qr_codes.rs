//! QR codes, drawn from their SVG and read back by decoders of other people.

use super::{access, node, parse, with};
use crate::support::programs::missing;
use mu_panel::{
    model::{Address, Name, NodeName, User},
    share::qr,
};
use std::{
    io::Write,
    process::{Command, Stdio},
};

/// A picture in grey, as the SVG describes it.
struct Picture {
    side: usize,
    dark: Vec<bool>,
}

/// The SVG that is written here has one white square and one black path of rectangles; anything else is a surprise.
fn drawn(svg: &str) -> Picture {
    let between = |from: &str, to: &str| svg.split_once(from).unwrap().1.split_once(to).unwrap().0;
    let side: usize = between("viewBox=\"0 0 ", " ").parse().unwrap();
    assert!(svg.contains(&format!("<rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>")), "{svg}");
    assert!(!svg.contains("style") && !svg.contains("<script"), "{svg}");
    let mut dark = vec![false; side * side];
    for rectangle in between(" d=\"", "\"").split_terminator('z') {
        let (x, rest) = rectangle.strip_prefix('M').unwrap().split_once(' ').unwrap();
        let (y, rest) = rest.split_once('h').unwrap();
        let (width, rest) = rest.split_once('v').unwrap();
        assert_eq!(rest, format!("1h-{width}"));
        let (x, y, width): (usize, usize, usize) = (x.parse().unwrap(), y.parse().unwrap(), width.parse().unwrap());
        dark[y * side + x..][..width].fill(true);
    }
    Picture { side, dark }
}

impl Picture {
    /// Its grey values with that many pixels a module, row by row.
    fn grey(&self, scale: usize) -> Vec<u8> {
        let at = |i: usize| self.dark[i / (self.side * scale) / scale * self.side + i % (self.side * scale) / scale];
        (0..(self.side * scale).pow(2)).map(|i| if at(i) { 0 } else { 255 }).collect()
    }

    fn read(&self) -> String {
        const SCALE: usize = 4;
        let (width, grey) = (self.side * SCALE, self.grey(SCALE));
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, width, |x, y| grey[y * width + x]);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    fn is_quiet_around(&self) -> bool {
        let edge = |i: usize| [i % self.side, i / self.side].iter().any(|at| *at < 4 || *at >= self.side - 4);
        (0..self.side * self.side).all(|i| !edge(i) || !self.dark[i])
    }
}

/// Links from the shortest to the longest there can be.
fn links() -> Vec<String> {
    let key = "YctPZ6U7xPPcU+gp3u+0tx/tRizJN9K8y+uKlW2qjlI=";
    let long = format!("{}.example", ["a".repeat(60), "b".repeat(60), "c".repeat(60)].join("."));
    let mut links = Vec::new();
    for (user, name, address) in [
        (with("rc4", "x"), "", "a.b"),
        (with("aes-128-gcm", "test"), "Tokyo <1>", "2001:db8::1"),
        (with("2022-blake3-aes-256-gcm", key), "东京🙂", "例子.中国"),
        (with("chacha20-ietf-poly1305", &"#".repeat(64)), &"宽".repeat(64), &long),
        (with("chacha20-ietf-poly1305", &"#".repeat(64)), &"\u{10ffff}".repeat(64), &long),
    ] {
        let node = node(1, name, address);
        let server = access(&user, &[node]).servers.remove(0);
        links.extend(server.older_link());
        links.push(server.link());
    }
    links
}

#[test]
fn every_code_says_its_link() {
    for link in links() {
        let picture = drawn(&qr::svg(&link).unwrap());
        assert!(picture.is_quiet_around(), "{link}");
        assert_eq!(picture.read(), link);
        let url = qr::data_url(&link).unwrap();
        let base64 = url.strip_prefix("data:image/svg+xml;base64,").unwrap();
        assert_eq!(parse::unbase64(base64.trim_end_matches('=')), qr::svg(&link).unwrap().into_bytes());
    }
    assert_eq!(qr::svg(&"x".repeat(3000)), None);
}

#[test]
fn zbar_reads_them_too() {
    if missing(&["zbarimg"]) {
        return;
    }
    for link in links() {
        let picture = drawn(&qr::svg(&link).unwrap());
        let width = picture.side * 4;
        let mut zbar = Command::new("zbarimg")
            .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = zbar.stdin.take().unwrap();
        stdin.write_all(format!("P5 {width} {width} 255\n").as_bytes()).unwrap();
        stdin.write_all(&picture.grey(4)).unwrap();
        drop(stdin);
        let output = zbar.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), link);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn any_user_gets_a_code_that_says_their_link(
        user in super::a_user(),
        name in super::a_name(),
        address in super::an_address(),
    ) {
        let user = User { switch: true, quota: None, ..user };
        let name = NodeName::parse(Name::as_str(&name)).unwrap();
        let node = mu_panel::model::Node { name, address: Address::clone(&address), ..node(1, "", "") };
        let link = access(&user, &[node]).servers[0].link();
        proptest::prop_assert_eq!(drawn(&qr::svg(&link).unwrap()).read(), link);
    }
}
