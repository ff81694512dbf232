//! How a text sounds when it is read aloud or typed: syllables of pinyin, without tones.
//!
//! Hotline clerks write down what they hear, and everyone types by sound: 全福 and 泉福 are one keystroke apart.

use deunicode::deunicode_char;

/// Whether a character is written in Chinese script.
pub(super) fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}

/// The sound of a Chinese character; of any other, its plain form in ASCII. Empty when it has none.
pub(super) fn sound(character: char) -> &'static str {
    deunicode_char(character).map_or("", str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_one_sound_sound_alike() {
        assert_eq!(sound('泉'), sound('全'));
        assert_ne!(sound('泉'), sound('金'));
        assert!(is_han('泉') && !is_han('a') && !is_han('（'));
    }

    #[test]
    fn other_scripts_have_their_plain_form() {
        assert_eq!(['é', 'Г', 'z'].map(sound), ["e", "G", "z"]);
    }
}
