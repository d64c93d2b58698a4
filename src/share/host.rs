//! Host names in ASCII: most clients hand the host to the resolver as it stands, and some read a link with anything
//! else in it as no link.

/// The host with each label that is not ASCII in Punycode (RFC 3492) behind `xn--` (RFC 5890); an IP address as it is.
pub(super) fn ascii(host: &str) -> String {
    let labels = host.split('.').map(|label| {
        let lower = label.to_lowercase();
        if lower.is_ascii() { label.to_owned() } else { format!("xn--{}", punycode(&lower)) }
    });
    labels.collect::<Vec<_>>().join(".")
}

/// RFC 3492, 6.3, with the parameters of its section 5.
fn punycode(label: &str) -> String {
    const BASE: u32 = 36;
    const T_MIN: u32 = 1;
    const T_MAX: u32 = 26;
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let total = u32::try_from(label.chars().count()).unwrap_or(u32::MAX);
    let basic = u32::try_from(out.len()).unwrap_or(u32::MAX);
    if basic > 0 {
        out.push('-');
    }
    let (mut point, mut delta, mut bias, mut handled) = (128_u32, 0_u32, 72_u32, basic);
    while handled < total {
        let next = label.chars().map(u32::from).filter(|c| *c >= point).min().unwrap_or(point);
        delta = delta.saturating_add((next - point).saturating_mul(handled + 1));
        point = next;
        for c in label.chars().map(u32::from) {
            if c < point {
                delta = delta.saturating_add(1);
            }
            if c != point {
                continue;
            }
            let mut rest = delta;
            for k in (BASE..).step_by(BASE as usize) {
                let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
                if rest < threshold {
                    break;
                }
                out.push(digit(threshold + (rest - threshold) % (BASE - threshold)));
                rest = (rest - threshold) / (BASE - threshold);
            }
            out.push(digit(rest));
            bias = adapt(delta, handled + 1, handled == basic);
            delta = 0;
            handled += 1;
        }
        delta = delta.saturating_add(1);
        point += 1;
    }
    out
}

/// RFC 3492, 6.1.
fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

/// `a` to `z` for 0 to 25, `0` to `9` for 26 to 35.
fn digit(value: u32) -> char {
    let byte = u8::try_from(value).unwrap_or_default();
    char::from(if byte < 26 { b'a' + byte } else { b'0' + byte - 26 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_of_rfc_3492() {
        for (text, code) in [
            ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"),
            ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
            ("pročprostěnemluvíčesky", "proprostnemluvesky-uyb24dma41a"),
            ("почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"),
            ("3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"),
            ("安室奈美恵-with-super-monkeys", "-with-super-monkeys-pc58ag80a8qai00g7n9n"),
            ("ひとつ屋根の下2", "2-u9tlzr9756bt3uc0v"),
            ("そのスピードで", "d9juau41awczczp"),
            ("bücher", "bcher-kva"),
        ] {
            assert_eq!(punycode(text), code, "{text}");
        }
    }

    #[test]
    fn only_what_is_not_ascii_is_changed() {
        for (host, ascii_host) in [
            ("Example.com", "Example.com"),
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("host_1.example.", "host_1.example."),
            ("例子.中国", "xn--fsqu00a.xn--fiqs8s"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(ascii(host), ascii_host, "{host}");
        }
    }
}
