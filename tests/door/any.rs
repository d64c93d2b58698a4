//! What holds for the parsers whatever they are given.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use mu_panel::door::body::{Decoder, Length};
use mu_panel::door::forwarded::forwarded_for;
use mu_panel::door::head::{end, parse};
use mu_panel::door::refusal::Refusal;
use mu_panel::door::{Limits, Tls};
use mu_panel::model::Cidr;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::keys::Keys;

const LIMIT: usize = 4096;

/// Bytes that are often nearly a request.
fn heads() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("GET / HTTP/1.1\r\n"),
        Just("POST /mu/v2//users?a=%41 HTTP/1.0\r\n"),
        Just("GET http://x/y HTTP/1.1\r\n"),
        Just("Host: x\r\n"),
        Just("Content-Length: 5\r\n"),
        Just("Transfer-Encoding: chunked\r\n"),
        Just("Connection: close, x\r\n"),
        Just("Expect: 100-continue\r\n"),
        Just("A: b\r\n"),
        Just("\r\n"),
        Just("\r\n\r\n"),
        Just("\n"),
        Just("\r"),
        Just(" "),
        Just(":"),
        Just("%2e%2e/"),
        Just("\0"),
    ]
    .prop_map(|text| text.as_bytes().to_vec());
    vec(prop_oneof![8 => piece, 1 => vec(any::<u8>(), 0..8)], 0..12).prop_map(|pieces| pieces.concat())
}

/// Bytes that are often nearly chunks.
fn chunks() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("0\r\n\r\n".to_owned()),
        Just("0\r\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("A: b\r\n".to_owned()),
        Just(";a=b\r\n".to_owned()),
        Just("ffffffffffffffff\r\n".to_owned()),
        "[a-z]{0,20}".prop_map(|text| format!("{:x}\r\n{text}\r\n", text.len())),
        "[0-9a-f]{1,18}\r\n".prop_map(|text| text),
    ]
    .prop_map(String::into_bytes);
    vec(prop_oneof![8 => piece, 1 => vec(any::<u8>(), 0..8)], 0..12).prop_map(|pieces| pieces.concat())
}

/// Reads a head that comes in those pieces.
fn end_in_pieces(bytes: &[u8], cuts: &[usize]) -> Result<Option<usize>, Refusal> {
    let mut seen = 0;
    for cut in cuts.iter().copied().chain([bytes.len()]) {
        let cut = cut.clamp(seen, bytes.len());
        if let Some(found) = end(&bytes[..cut], seen, LIMIT)? {
            return Ok(Some(found));
        }
        seen = cut;
    }
    Ok(None)
}

/// Content, how many bytes were taken, whether it is complete; or the status of the refusal.
type Decoded = Result<(Vec<u8>, usize, bool), u16>;

fn decode_in_pieces(length: Length, bytes: &[u8], cuts: &[usize]) -> Decoded {
    let mut decoder = Decoder::new(length, LIMIT as u64).map_err(|refusal| refusal.status)?;
    let mut content = Vec::new();
    let (mut at, mut taken) = (0, 0);
    for cut in cuts.iter().copied().chain([bytes.len()]) {
        let cut = cut.clamp(at, bytes.len());
        let used =
            decoder.feed(&bytes[at..cut], |part| content.extend_from_slice(part)).map_err(|refusal| refusal.status)?;
        assert!(decoder.is_done() || used == cut - at);
        taken += used;
        if decoder.is_done() {
            break;
        }
        at = cut;
    }
    Ok((content, taken, decoder.is_done()))
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    vec(0..200_usize, 0..8).prop_map(|mut cuts| {
        cuts.sort_unstable();
        cuts
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_head_ends_in_the_same_place_however_it_is_cut(bytes in heads(), cuts in cuts()) {
        prop_assert_eq!(end_in_pieces(&bytes, &cuts), end(&bytes, 0, LIMIT));
        let every: Vec<usize> = (0..bytes.len()).collect();
        prop_assert_eq!(end_in_pieces(&bytes, &every), end(&bytes, 0, LIMIT));
    }

    #[test]
    fn a_head_that_is_let_in_can_be_read_in_one_way_only(bytes in heads()) {
        if let Ok(Some(end)) = end(&bytes, 0, LIMIT)
            && let Ok(head) = parse(&bytes[..end])
        {
            let has = |name: &str| head.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name)).count();
            prop_assert!(head.target.starts_with('/') && head.target.is_ascii());
            prop_assert!(head.minor == 0 || head.host.is_some());
            prop_assert!(has("host") <= 1 && has("content-length") + has("transfer-encoding") <= 1);
            prop_assert!(!bytes[..end].contains(&0));
            prop_assert!(!head.target.contains("/../") && !head.target.to_lowercase().contains("%2e%2e/"));
        }
    }

    #[test]
    fn no_bytes_break_the_parser_of_heads(bytes in vec(any::<u8>(), 0..300)) {
        let _ = end(&bytes, 0, LIMIT);
        let _ = parse(&bytes);
    }

    #[test]
    fn a_body_is_the_same_however_it_is_cut(bytes in chunks(), cuts in cuts(), known in 0..100_u64) {
        let every: Vec<usize> = (0..bytes.len()).collect();
        for length in [Length::Chunked, Length::Known(known)] {
            let whole = decode_in_pieces(length, &bytes, &[]);
            prop_assert_eq!(&decode_in_pieces(length, &bytes, &cuts), &whole);
            prop_assert_eq!(&decode_in_pieces(length, &bytes, &every), &whole);
            if let Ok((content, taken, _)) = whole {
                prop_assert!(content.len() <= taken && taken <= bytes.len() && content.len() <= LIMIT);
            }
        }
    }

    #[test]
    fn what_is_cut_into_chunks_comes_out_whole(
        content in vec(any::<u8>(), 0..2000),
        size in 1..300_usize,
        rest in vec(any::<u8>(), 0..9),
    ) {
        let mut bytes = Vec::new();
        for chunk in content.chunks(size) {
            bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            bytes.extend(chunk);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"0\r\n\r\n");
        let end = bytes.len();
        bytes.extend(rest);
        prop_assert_eq!(decode_in_pieces(Length::Chunked, &bytes, &[]), Ok((content, end, true)));
    }
}

/// The leading bits of an address; IPv4 has 96 before them.
fn leading(address: IpAddr, bits: u32) -> u128 {
    let all = match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    all.checked_shr(128 - bits).unwrap_or(0)
}

fn addresses() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(IpAddr::from),
        (0..4_u8, 0..4_u8).prop_map(|(network, host)| IpAddr::from([10, network, 0, host])),
        any::<[u16; 8]>().prop_map(IpAddr::from),
    ]
}

/// What may stand in an `X-Forwarded-For`.
fn hops() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => addresses().prop_map(|address| address.to_string()),
        1 => addresses().prop_map(|address| format!("[{address}]")),
        1 => (addresses(), any::<u16>()).prop_map(|(address, port)| SocketAddr::from((address, port)).to_string()),
        1 => ".{0,6}".prop_map(|text| text),
        1 => Just("unknown".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_network_holds_what_begins_like_it(address in addresses(), bits in 0..=128_u32, other in addresses()) {
        let width = if address.is_ipv4() { 32 } else { 128 };
        let text = format!("{address}/{bits}");
        let network = text.parse::<Cidr>();
        prop_assert_eq!(network.is_ok(), bits <= width, "{}", text);
        if let Ok(network) = network {
            let bits = bits + 128 - width;
            // One of IPv6 that is wider than all of IPv4 written as IPv6 holds none of it.
            let of_v4 = address.to_canonical().is_ipv4() && bits >= 96;
            prop_assert_eq!(network.contains(address), address.to_canonical().is_ipv4() == of_v4, "{}", network);
            let same = leading(address, bits) == leading(other, bits) && other.to_canonical().is_ipv4() == of_v4;
            prop_assert_eq!(network.contains(other), same, "{} {}", network, other);
            prop_assert_eq!(network.to_string().parse(), Ok(network));
        }
    }

    #[test]
    fn what_is_no_network_is_said_to_be_none(text in prop_oneof![".{0,12}", "[0-9a-f.:/+-]{0,20}"]) {
        match text.parse::<Cidr>() {
            Ok(network) => prop_assert_eq!(network.to_string().parse(), Ok(network)),
            Err(words) => prop_assert!(words.contains("is no network"), "{}", words),
        }
    }

    /// However long the chain is that a stranger makes up: it goes back to the first that we do not trust, and no
    /// further.
    #[test]
    fn a_chain_is_believed_as_far_as_it_is_trusted(
        made_up in vec(hops(), 0..4),
        client in addresses(),
        proxies in vec(0..4_u8, 0..4),
    ) {
        let trusted: [Cidr; 2] = ["10.9.0.0/16".parse().unwrap(), "127.0.0.1".parse().unwrap()];
        prop_assume!(!trusted.iter().any(|network| network.contains(client)));
        let ours = proxies.iter().map(|host| format!("10.9.0.{host}"));
        let chain: Vec<String> = made_up.into_iter().chain([client.to_string()]).chain(ours).collect();
        let peer = "127.0.0.1".parse().unwrap();
        for cut in 0..=chain.len() {
            let lines = [chain[..cut].join(", "), chain[cut..].join(",")];
            let lines = lines.iter().map(String::as_str).filter(|line| !line.is_empty());
            prop_assert_eq!(forwarded_for(lines, peer, &trusted), client.to_canonical());
        }
    }

    #[test]
    fn no_word_of_a_chain_breaks_anything(lines in vec("[^\r\n]{0,30}", 0..4)) {
        let trusted = ["0.0.0.0/0".parse().unwrap()];
        forwarded_for(lines.iter().map(String::as_str), [127, 0, 0, 1].into(), &trusted);
    }
}

/// A certificate and its key, one behind the other.
static PAIR: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let keys = Keys::new();
    let (certificate, key) = keys.paths();
    [fs::read(certificate).unwrap(), fs::read(key).unwrap()].concat()
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// A file that is cut, mixed up or no certificate at all is refused in words.
    #[test]
    fn no_file_breaks_the_reader_of_certificates(
        changes in vec((any::<Index>(), any::<u8>()), 0..3),
        cut in any::<Index>(),
        whole in any::<bool>(),
        noise in vec(any::<u8>(), 0..40),
    ) {
        let mut bytes = PAIR.clone();
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
            bytes.extend(noise);
        }
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pair.pem");
        fs::write(&file, bytes).unwrap();
        match Tls::load(&file, &file) {
            Ok(_) => {}
            Err(words) => prop_assert!(words.contains("pair.pem"), "{}", words),
        }
    }
}

/// Both in one file is as good as in two.
#[test]
fn a_certificate_and_its_key_may_be_in_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pair.pem");
    fs::write(&file, &*PAIR).unwrap();
    let tls = Some(Tls::load(&file, &file).unwrap());
    drop(crate::house::open(mu_panel::door::Config { limits: Limits::default(), tls, ..Default::default() }));
}
