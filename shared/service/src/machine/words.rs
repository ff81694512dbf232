//! States and events as the words of contract and database.

/// Enums without data whose variants are written as their names: states and events of a [`Machine`](crate::machine::Machine).
///
/// Each gets `ALL` (in the order written), `word()` (the name, as it stands in contract and database) and `FromStr`, whose
/// error lists the words there are.
///
/// ```
/// service::machine::words! {
///     /// Where a mark stands.
///     State {
///         /// Proposed.
///         Candidate,
///         /// Confirmed.
///         Marked,
///     }
/// }
/// assert_eq!("Marked".parse(), Ok(State::Marked));
/// assert_eq!(State::Candidate.word(), "Candidate");
/// assert_eq!("candidate".parse::<State>().unwrap_err(), "`candidate` is not one of Candidate, Marked");
/// ```
#[macro_export]
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident,)+ })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every value, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in contract and database.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)+ }
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = ::std::string::String;

            fn from_str(word: &str) -> ::core::result::Result<Self, ::std::string::String> {
                Self::ALL.iter().copied().find(|value| value.word() == word).ok_or_else(|| {
                    let known: ::std::vec::Vec<_> = Self::ALL.iter().map(|value| value.word()).collect();
                    ::std::format!("`{word}` is not one of {}", known.join(", "))
                })
            }
        }
    )+};
}
