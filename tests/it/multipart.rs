//! Forms with files in them, as browsers send them and as no client should.

use mu_panel::http::{
    Request, Verb,
    multipart::{boundary, read},
};
use proptest::{collection::vec, prelude::*, sample::select};
use std::io::{self, Read};

/// A name, whether it is a file, and the content.
type Field = (String, bool, Vec<u8>);

/// Reads a form that comes in pieces of that many bytes.
fn fields(bytes: &[u8], boundary: &str, piece: usize) -> io::Result<Vec<Field>> {
    struct Dripping<'a>(&'a [u8], usize);
    impl Read for Dripping<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let most = into.len().min(self.1);
            self.0.read(&mut into[..most])
        }
    }
    let mut fields: Vec<Field> = Vec::new();
    read(Dripping(bytes, piece.max(1)), boundary, |part, piece| {
        if part.number == fields.len() {
            fields.push((part.name.clone(), part.is_file, Vec::new()));
        }
        assert_eq!(part.number + 1, fields.len());
        fields[part.number].2.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(fields)
}

fn written(fields: &[Field], boundary: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, is_file, content) in fields {
        let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let file = if *is_file { "; filename=\"C:\\x\\\"y.db\"\r\nContent-Type: application/octet-stream" } else { "" };
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    body.extend(format!("--{boundary}--\r\n").into_bytes());
    body
}

/// Bytes that often look like the beginning of a delimiter.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => select(&["\r", "\n", "\r\n", "--", "\r\n--", "\r\n--x", "\r\n--xY", "xYz", "\r\r\n--xY"][..])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..5),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        parts in vec(("[a-zA-Z\"\r\n é]{0,8}", any::<bool>(), content()), 1..5),
        piece in 1_usize..40,
    ) {
        let boundary = "xYz";
        let within = |bytes: &[u8]| bytes.windows(7).any(|seven| seven == b"\r\n--xYz") || bytes.starts_with(b"--xYz");
        prop_assume!(!parts.iter().any(|(_, _, content)| within(&[b"\r\n", &content[..]].concat())));
        prop_assert_eq!(fields(&written(&parts, boundary), boundary, piece).unwrap(), parts);
    }

    #[test]
    fn whatever_is_sent_is_read_or_refused_however_it_is_cut(
        mut bytes in vec(("[a-z]{0,3}", any::<bool>(), content()), 0..4).prop_map(|parts| written(&parts, "xYz")),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        piece in 1_usize..40,
    ) {
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let outcome = |piece| fields(&bytes, "xYz", piece).map_err(|error| error.to_string());
        prop_assert_eq!(outcome(piece), outcome(usize::MAX));
    }
}

#[test]
fn what_is_malformed_is_refused() {
    let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx";
    let end = "\r\n--b--\r\n";
    assert_eq!(fields(format!("{part}{end}").as_bytes(), "b", 9).unwrap(), [("a".into(), false, b"x".to_vec())]);
    assert!(fields(b"--b--", "b", 9).unwrap().is_empty());
    for (bad, words) in [
        (String::new(), "ends too early"),
        (format!("preamble\r\n{part}{end}"), "does not begin"),
        (part.to_owned(), "ends too early"),
        (format!("{part}\r\n--b"), "ends too early"),
        (format!("{part}\r\n--bb\r\n"), "does not begin"),
        (format!("{part}{end}more"), "follows its end"),
        (format!("{part}{end}\r\n"), "follows its end"),
        ("--b\r\n\r\n\r\nx\r\n--b--".into(), "a line that is none"),
        ("--b\r\nX: y\r\n\r\nx\r\n--b--".into(), "has no name"),
        ("--b\r\nX\r\n\r\nx\r\n--b--".into(), "a line that is none"),
        ("--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--".into(), "has no name"),
        ("--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--".into(), "malformed"),
        ("--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--b--".into(), "malformed"),
        ("--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--b--".into(), "no field of a form"),
        ("--b\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\nx\r\n--b--".into(), "two names"),
        (part.replace("\r\n\r\n", "\r\nContent-Transfer-Encoding: base64\r\n\r\n") + end, "encoded in a way"),
        (part.replace("\"a\"", &format!("\"{}\"", "a".repeat(5000))) + end, "too long"),
        (format!("{}{end}", [part; 101].join("\r\n")), "too many parts"),
        (part.replace("\"a\"", "\"a\nb\"") + end, "control character"),
    ] {
        let error = fields(bad.as_bytes(), "b", 7).unwrap_err().to_string();
        assert!(error.contains(words), "{bad:?}: {error}");
    }
}

#[test]
fn the_boundary_is_read_from_the_type() {
    for (kind, found) in [
        ("multipart/form-data; boundary=----WebKit7", Some("----WebKit7")),
        ("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"", None),
        ("multipart/form-data;boundary=\"a=b?\"", Some("a=b?")),
        ("multipart/form-data; boundary=", None),
        ("multipart/form-data", None),
        ("multipart/mixed; boundary=a", None),
        ("application/x-www-form-urlencoded", None),
    ] {
        assert_eq!(boundary(kind).as_deref(), found, "{kind}");
    }
    assert_eq!(boundary(&format!("multipart/form-data; boundary={}", "a".repeat(71))), None);
}

#[test]
fn fields_are_those_that_are_no_files() {
    let text = |name: &str, value: &str| (name.to_owned(), false, value.as_bytes().to_vec());
    let sent = [
        text("a", "1 & 2"),
        text("a", "3"),
        text("", ""),
        ("file".to_owned(), true, b"\xff\x00".to_vec()),
        ("other".to_owned(), true, b"x".to_vec()),
    ];
    let body = written(&sent, "b");
    let request = |cut: usize| {
        let mut request = Request::new(Verb::Post, "/");
        request.headers = vec![("content-type".into(), "multipart/form-data; boundary=b".into())];
        request.body = body[..body.len() - cut].to_vec().into();
        request
    };
    let whole = request(0);
    let form = whole.form();
    assert_eq!(form.all("a").collect::<Vec<_>>(), ["1 & 2", "3"]);
    assert_eq!((form.get("file"), form.get("other")), (None, None));
    assert_eq!(whole.chosen("file").unwrap(), Some(b"\xff\x00".to_vec()));
    assert_eq!(whole.chosen("a").unwrap(), None);
    assert_eq!(request(2).form().get("a"), Some("1 & 2"), "the last line may be cut");
    assert_eq!(request(3).form().get("a"), None);
    assert!(request(3).chosen("file").is_err());
}
