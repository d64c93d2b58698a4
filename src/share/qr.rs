//! QR codes (ISO/IEC 18004) as SVG.

use base64::{Engine, engine::general_purpose::STANDARD};
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write;

/// The white around it that the standard demands, in modules; without it a dark page would swallow the edge.
const QUIET: i32 = 4;
/// The size of a module where nothing else says how large the picture is, in pixels.
const SCALE: i32 = 6;

/// A picture of a code that says `text`, black on white whatever is around it, with no style in it; `None` if there
/// is too much text for one.
pub fn svg(text: &str) -> Option<String> {
    let encoded = QrCode::encode_text(text, QrCodeEcc::Medium);
    let code = encoded.or_else(|_| QrCode::encode_text(text, QrCodeEcc::Low)).ok()?;
    let side = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|at| code.get_module(*at, y)).fold(0, |run, _| run + 1);
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run + 1;
        }
    }
    let pixels = side * SCALE;
    Some(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{pixels}" height="{pixels}" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><rect width="{side}" height="{side}" fill="#fff"/><path d="{path}" fill="#000"/></svg>"##
    ))
}

/// The same as the address of a picture (`data:`, RFC 2397).
pub fn data_url(text: &str) -> Option<String> {
    svg(text).map(|svg| format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)))
}
