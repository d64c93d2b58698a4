//! QR codes (ISO/IEC 18004) as SVG, and as text for a terminal.

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
    let code = code(text)?;
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

/// The same for a terminal, two rows of modules a line. With `colours` it is black on white whatever the terminal is
/// set to; without, light modules are drawn, for light letters on a dark ground.
pub fn blocks(text: &str, colours: bool) -> Option<String> {
    const QUIET: i32 = 2;
    let code = code(text)?;
    let rows = -QUIET..code.size() + QUIET;
    let lines = rows.clone().step_by(2).map(|y| {
        let line: String = rows
            .clone()
            .map(|x| {
                // Outside of the code everything is light.
                let (upper, lower) = (!code.get_module(x, y), !code.get_module(x, y + 1));
                match (upper, lower || y + 1 >= code.size() + QUIET) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                }
            })
            .collect();
        if colours { format!("\x1b[97;40m{line}\x1b[0m") } else { line }
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

fn code(text: &str) -> Option<QrCode> {
    let encoded = QrCode::encode_text(text, QrCodeEcc::Medium);
    encoded.or_else(|_| QrCode::encode_text(text, QrCodeEcc::Low)).ok()
}
