//! Names and values as forms and queries carry them (`application/x-www-form-urlencoded`): looked up where they stand,
//! or read into a bounded number of pairs.

/// Most pairs that are read of one form or query.
pub const MAX_PAIRS: usize = 1000;

/// Names and values, in the order they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// Reads `a=1&b=2`, of which the first [`MAX_PAIRS`] count. No input is wrong: bytes that are not UTF-8 become
    /// U+FFFD.
    pub fn decode(bytes: &[u8]) -> Self {
        Self(raw(bytes).take(MAX_PAIRS).map(|(name, value)| (text(name), text(value))).collect())
    }

    /// Those pairs.
    pub(super) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All of them, one after the other.
    pub fn into_pairs(self) -> impl Iterator<Item = (String, String)> {
        self.0.into_iter()
    }

    /// All of them, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Every value of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of that name, or nothing.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Written as a query again, without `?`.
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// Written as a query with the values of some names replaced by one, or taken out if it is empty.
    pub fn encode_with(&self, changes: &[(&str, &str)]) -> String {
        let kept = self.iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        let new = changes.iter().copied().filter(|(_, value)| !value.is_empty());
        form_urlencoded::Serializer::new(String::new()).extend_pairs(kept.chain(new)).finish()
    }

    /// All but those of these names.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| !names.contains(&name.as_str())).cloned().collect())
    }
}

/// The first value of that name in `a=1&b=2`, found without reading the others; of a long one the first `most` bytes.
pub fn find(bytes: &[u8], name: &str, most: usize) -> Option<String> {
    // Each character of a name may be written as three.
    let may_be = |raw: &[u8]| (name.len()..=3 * name.len()).contains(&raw.len());
    raw(bytes).find(|(key, _)| may_be(key) && text(key) == name).map(|(_, value)| text(&value[..most.min(value.len())]))
}

/// Whether there are more pairs in it than are read.
pub fn is_overfull(bytes: &[u8]) -> bool {
    raw(bytes).nth(MAX_PAIRS).is_some()
}

/// Names and values as they stand there.
fn raw(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        }
    })
}

/// Reads `a+b%20c`, in one copy.
fn text(raw: &[u8]) -> String {
    let digit = |at: usize| raw.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        let escaped = if *byte == b'%' { digit(at + 1).zip(digit(at + 2)) } else { None };
        match (byte, escaped) {
            (_, Some((high, low))) => {
                bytes.push((high << 4 | low).to_le_bytes()[0]);
                at += 2;
            }
            (b'+', None) => bytes.push(b' '),
            (byte, None) => bytes.push(*byte),
        }
        at += 1;
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_as_browsers_write_them() {
        for written in [
            "",
            "a",
            "a=",
            "=a",
            "a=1&b=2",
            "&&a=1&&",
            "a=b=c",
            "a+b=c+d",
            "%61=%62",
            "%zz=%",
            "%4",
            "a=%E4%BD%A0",
            "%ff=\u{e4}",
            "a=%C3&b=%28",
            "a=1&a=2",
        ] {
            let expected: Vec<_> = form_urlencoded::parse(written.as_bytes()).into_owned().collect();
            assert_eq!(Pairs::decode(written.as_bytes()).0, expected, "{written}");
            for (name, _) in &expected {
                let first = expected.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
                if !name.contains('\u{fffd}') {
                    assert_eq!(find(written.as_bytes(), name, 100), first, "{written} {name}");
                }
            }
        }
        assert_eq!(find(b"ab=1&a=2", "a", 100).as_deref(), Some("2"));
        assert_eq!(find(b"a=1", "b", 100), None);
    }

    #[test]
    fn there_is_a_bound_on_the_pairs() {
        let form = "a=1&".repeat(MAX_PAIRS);
        assert!(!is_overfull(form.as_bytes()));
        assert_eq!(Pairs::decode(form.as_bytes()).0.len(), MAX_PAIRS);
        let form = form + "b=2";
        assert!(is_overfull(form.as_bytes()));
        assert_eq!(Pairs::decode(form.as_bytes()).get("b"), None);
        assert_eq!(find(form.as_bytes(), "b", 100).as_deref(), Some("2"), "looking one up is bounded by itself");
    }
}
