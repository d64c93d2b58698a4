//! The Shadowsocks password of a user.

use super::{Kind, Method, Random, letters};
use crate::error::Fault;
use base64::{Engine, engine::general_purpose::STANDARD};

/// A Shadowsocks password: 1 to 64 printable ASCII characters without quotes, backslash or space, which break some node
/// programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Takes a password that fits `method`.
    ///
    /// # Errors
    /// [`Fault::PasswordBad`], [`Fault::PasswordTooLong`]; [`Fault::PasswordNotKey`] for a 2022 method and anything but
    /// a base64 key of its length.
    pub fn parse(text: &str, method: Method) -> Result<Self, Fault> {
        const MAX_CHARS: usize = 64;
        if text.len() > MAX_CHARS {
            return Err(Fault::PasswordTooLong { most: MAX_CHARS });
        }
        let sound = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'`' | b'\\');
        if text.is_empty() || !text.bytes().all(sound) {
            return Err(Fault::PasswordBad);
        }
        if let Kind::Aead2022 { key } = method.kind() {
            if STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == key) {
                return Ok(Self(text.to_owned()));
            }
            return Err(Fault::PasswordNotKey { method: method.name(), bytes: key });
        }
        Ok(Self(text.to_owned()))
    }

    /// A new one that fits `method`: 16 characters of `[A-Za-z0-9]`, or a base64 key of the length that a 2022 method
    /// needs.
    pub fn random(method: Method, random: Random<'_>) -> Self {
        match method.kind() {
            Kind::Aead2022 { key } => {
                let mut bytes = vec![0; key];
                random(&mut bytes);
                Self(STANDARD.encode(bytes))
            }
            Kind::Aead | Kind::Stream => Self(letters(16, random)),
        }
    }

    /// A value from the database, which was checked when it was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_fit_their_method() {
        let old = Method::parse("rc4-md5").unwrap();
        let new = Method::parse("2022-blake3-aes-128-gcm").unwrap();
        assert!(Password::parse("123gxopp", old).is_ok());
        for bad in ["", "a b", "a\"b", "a'b", "a\\b", "pässword", "a\tb", &"x".repeat(65)] {
            assert!(Password::parse(bad, old).is_err(), "{bad}");
        }
        assert!(Password::parse("AAAAAAAAAAAAAAAAAAAAAA==", new).is_ok());
        assert!(Password::parse("AAAAAAAAAAAAAAAAAAAA", new).is_err());
        assert!(Password::parse("123gxopp", new).is_err());
    }

    #[test]
    fn random_passwords_are_sound() {
        let random = |buffer: &mut [u8]| {
            buffer.iter_mut().enumerate().for_each(|(i, b)| *b = u8::try_from(i * 37 % 256).unwrap());
        };
        for method in super::super::METHODS {
            let password = Password::random(*method, &random);
            assert_eq!(Password::parse(password.as_str(), *method), Ok(password), "{}", method.name());
        }
        assert_eq!(Password::random(Method::default(), &random).as_str().len(), 16);
    }
}
