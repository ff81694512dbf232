//! Clearing of typed text, and the conversions that every text-like value has.

/// Full-width forms U+FF01..=U+FF5E lie this far above their ASCII counterparts.
const FULL_WIDTH_OFFSET: u32 = 0xFEE0;

/// The half-width form of a full-width character; any other character as it is.
pub(crate) fn half_width(character: char) -> char {
    match character {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(u32::from(character) - FULL_WIDTH_OFFSET).unwrap_or(character)
        }
        _ => character,
    }
}

/// Drops blanks around a text, of every script, and the byte order mark that spreadsheets leave in the first cell.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || character == '\u{FEFF}')
}

/// Whether a character cannot be seen where it stands: controls, marks without width, and those that turn the direction of
/// what follows. A text with one of them looks like another text that it is not. Blanks are no such character.
pub fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{AD}'
                | '\u{61C}'
                | '\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E007F}'
        )
}

/// Whether no byte of a text is one that an invisible character begins with: `true` is certain, and true of most texts; otherwise the
/// characters say. Bytes are compared many at a time.
pub fn is_plainly_visible(text: &str) -> bool {
    let may_begin = |byte: u8| matches!(byte, 0..=0x1F | 0x7F | 0xC2 | 0xD8 | 0xE1 | 0xE2 | 0xEF | 0xF3);
    !text.bytes().fold(false, |found, byte| found | may_begin(byte))
}

/// Position of the first invisible character, counted in characters from 0; see [`is_invisible`].
pub(crate) fn first_invisible(text: &str) -> Option<usize> {
    if is_plainly_visible(text) { None } else { text.chars().position(is_invisible) }
}

/// A code as people type it, cleared: blanks around dropped, half-width, upper case.
pub(crate) fn cleared(text: &str) -> String {
    trimmed(text).chars().map(|character| half_width(character).to_ascii_uppercase()).collect()
}

/// Gives a text-like value (`parse`, `as_str`) its standard conversions; serde goes through `parse`, so that no
/// invalid value enters by a file or a message.
macro_rules! text_value {
    ($type:ty, $error:ty) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::str::FromStr for $type {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $type {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_value;

#[cfg(test)]
mod tests {
    use super::{cleared, first_invisible, is_invisible};

    #[test]
    fn every_invisible_character_is_found_and_no_other() {
        for character in '\0'..=char::MAX {
            let place = is_invisible(character).then_some(1);
            assert_eq!(first_invisible(&format!("济{character}")), place, "{character:?}");
        }
    }

    #[test]
    fn what_has_no_width_or_turns_the_direction_is_invisible_and_blanks_and_letters_are_not() {
        for hidden in ['\0', '\u{7F}', '\u{AD}', '\u{200B}', '\u{200D}', '\u{202E}', '\u{2066}', '\u{FEFF}'] {
            assert!(is_invisible(hidden), "{hidden:?}");
        }
        for seen in [' ', '\u{3000}', 'A', '济', '𠮷', '·', '〔', '\u{E000}', '\u{FFFD}'] {
            assert!(!is_invisible(seen), "{seen:?}");
        }
    }

    #[test]
    fn clearing_drops_blanks_and_marks_around_and_narrows_and_raises_letters() {
        assert_eq!(cleared("\u{FEFF}　ｓｃ１01 \t"), "SC101");
    }

    #[test]
    fn clearing_keeps_what_stands_inside() {
        assert_eq!(cleared("a b－c"), "A B-C");
    }
}
