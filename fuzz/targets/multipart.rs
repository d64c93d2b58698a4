//! Forms with files in them: read or refused, however they come in pieces, and nothing is made up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::http::multipart;
use std::io::Read;

struct Dripping<'a>(&'a [u8], usize);

impl Read for Dripping<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = into.len().min(self.1);
        self.0.read(&mut into[..most])
    }
}

type Fields = Vec<(multipart::Part, Vec<u8>)>;

fn fields(bytes: &[u8], boundary: &str, piece: usize) -> Result<Fields, String> {
    let mut fields: Fields = Vec::new();
    let read = multipart::read(Dripping(bytes, piece), boundary, |part, piece| {
        if part.number == fields.len() {
            fields.push((part.clone(), Vec::new()));
        }
        assert_eq!(part, &fields[part.number].0);
        fields[part.number].1.extend_from_slice(piece);
        Ok(())
    });
    read.map(|()| fields).map_err(|error| error.to_string())
}

// The first byte says how large the pieces are; up to the first line end is the type, and then comes the form.
fuzz_target!(|bytes: &[u8]| {
    let Some((&piece, rest)) = bytes.split_first() else { return };
    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(kind) = std::str::from_utf8(&rest[..end]) else { return };
    let Some(boundary) = multipart::boundary(kind) else { return };
    let form = &rest[end + 1..];
    let whole = fields(form, &boundary, usize::MAX);
    assert_eq!(fields(form, &boundary, usize::from(piece).max(1)), whole);
    let length: usize = whole.iter().flatten().map(|(_, content)| content.len()).sum();
    assert!(length <= form.len());
});
