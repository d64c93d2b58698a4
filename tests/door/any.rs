//! What holds for the parsers whatever they are given.

use mu_panel::door::body::{Decoder, Length};
use mu_panel::door::head::{end, parse};
use mu_panel::door::refusal::Refusal;
use proptest::collection::vec;
use proptest::prelude::*;

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
    fn what_is_cut_into_chunks_comes_out_whole(content in vec(any::<u8>(), 0..2000), size in 1..300_usize, rest in vec(any::<u8>(), 0..9)) {
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
