//! The body of a request, as the door takes it off a stream: the same content however it is cut, and never more than
//! the limit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mu_panel::door::body::{Decoder, Length};

const LIMIT: usize = 4096;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let length = if first & 1 == 0 { Length::Chunked } else { Length::Known(u64::from(first >> 1)) };
    let step = usize::from(*first % 7) + 1;
    let whole = decode(length, rest, rest.len().max(1));
    assert_eq!(decode(length, rest, step), whole);
    assert_eq!(decode(length, rest, 1), whole);
    if let Ok((content, taken, done)) = whole {
        assert!(content.len() <= taken && taken <= rest.len() && content.len() <= LIMIT);
        assert!(done || taken == rest.len());
    }
});

/// Content, how many bytes were taken, whether it is complete; or the status of the refusal.
fn decode(length: Length, bytes: &[u8], step: usize) -> Result<(Vec<u8>, usize, bool), u16> {
    let mut decoder = Decoder::new(length, LIMIT as u64).map_err(|refusal| refusal.status)?;
    let (mut content, mut taken) = (Vec::new(), 0);
    for piece in bytes.chunks(step) {
        let used = decoder.feed(piece, |part| content.extend_from_slice(part)).map_err(|refusal| refusal.status)?;
        taken += used;
        if decoder.is_done() {
            break;
        }
        assert_eq!(used, piece.len());
    }
    Ok((content, taken, decoder.is_done()))
}
