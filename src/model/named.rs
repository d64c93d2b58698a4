//! Enums whose variants have a name each.

/// An enum whose variants have a name each, as in the database, in an address or in a form:
///
/// ```text
/// pub enum Actor { Page = "page", Command = "command" }
/// ```
macro_rules! named {
    ($(#[$meta:meta])* pub enum $kind:ident { $($(#[$note:meta])* $variant:ident = $key:literal,)* }) => {
        $(#[$meta])*
        pub enum $kind {
            $($(#[$note])* $variant,)*
        }

        #[allow(dead_code)] // not each is listed or read back
        impl $kind {
            /// All of them, in this order.
            pub const ALL: [Self; [$($key),*].len()] = [$(Self::$variant),*];

            /// Its name.
            pub fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => $key,)*
                }
            }

            /// The one of that name.
            pub fn named(key: &str) -> Option<Self> {
                match key {
                    $($key => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use named;
