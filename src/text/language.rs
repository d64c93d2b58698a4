//! The languages there are, and how one is chosen.

use super::Text;

/// A language that the pages come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The sentences of it.
    pub fn text(self) -> &'static Text {
        match self {
            Self::English => &Text::ENGLISH,
            Self::Chinese => &Text::CHINESE,
        }
    }

    /// The one that is called `en` or `zh`, whatever region follows.
    pub fn named(code: &str) -> Option<Self> {
        let main = code.trim().split(['-', '_']).next().unwrap_or_default();
        [("en", Self::English), ("zh", Self::Chinese)]
            .into_iter()
            .find(|(name, _)| main.eq_ignore_ascii_case(name))
            .map(|(_, language)| language)
    }

    /// The one that an `Accept-Language` header likes best, if it names one that there is.
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for range in header.split(',').take(50) {
            let mut parts = range.split(';');
            let Some(language) = parts.next().and_then(Self::named) else { continue };
            let weight =
                parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if weight > 0.0 && best.is_none_or(|(_, most)| weight > most) {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_liked_language_is_taken() {
        for (header, language) in [
            ("", None),
            ("de", None),
            ("en", Some(Language::English)),
            ("zh-CN,zh;q=0.9,en;q=0.8", Some(Language::Chinese)),
            ("de, en;q=0.5, zh;q=0.7", Some(Language::Chinese)),
            ("zh;q=0, en;q=0.1", Some(Language::English)),
            ("en ; q=0.1 , zh-Hant-TW; q=0.2", Some(Language::Chinese)),
            ("zh;q=x", None),
            ("english", None),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
