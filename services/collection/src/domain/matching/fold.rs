//! A name taken apart: what tells it from others, and what it shares with many.

use domain::{comparison_key, simplified, without_legal_form};

use super::forms::{HAN_PLACES, HAN_TRADES, LATIN_FORMS, LATIN_PHRASES};
use super::pinyin::{is_han, sound};

/// How much a character of a word of trade counts beside one of the rest of the name.
const TRADE_WEIGHT: f32 = 0.35;
/// Longest part of a name that is compared, in characters: a registered name has at most 200.
const LONGEST: usize = 200;

/// A character of the core of a Chinese name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Glyph {
    /// As written, half-width, upper case, simplified.
    pub(super) written: char,
    /// As it sounds.
    pub(super) sound: &'static str,
    /// How much it tells: 1, or less within a word of trade.
    pub(super) weight: f32,
}

/// A name, taken apart once and compared often.
#[derive(Clone, Debug)]
pub(super) struct Name {
    /// All of it, without what spellings differ by: width, case, blanks, punctuation, traditional characters.
    pub(super) key: String,
    /// Without place and legal form; of a name with Chinese characters. Empty for others.
    pub(super) core: Vec<Glyph>,
    /// Words in ASCII without legal form; of a name without Chinese characters, and of one compared with such a name.
    pub(super) words: Vec<String>,
}

impl Name {
    /// Takes a name apart.
    pub(super) fn of(text: &str) -> Self {
        let text: String = text.chars().take(LONGEST).collect();
        let plain = comparison_key(&text);
        let key: String = plain.chars().filter(|found| found.is_alphanumeric()).map(simplified).collect();
        let core = if key.chars().any(is_han) { core_of(&key) } else { Vec::new() };
        Self { key, core, words: words_of(&text) }
    }

    /// Whether it is written in Chinese.
    pub(super) fn is_han(&self) -> bool {
        !self.core.is_empty()
    }
}

/// The characters that are left without the places before and the legal form behind; all of them when nothing is left.
fn core_of(key: &str) -> Vec<Glyph> {
    let mut rest = key;
    while let Some(shorter) = HAN_PLACES.iter().find_map(|place| rest.strip_prefix(place)) {
        rest = shorter;
    }
    rest = without_legal_form(rest);
    // A place within brackets before the form, such as 泉福食品（济南）有限公司.
    if let Some(shorter) = HAN_PLACES.iter().find_map(|place| rest.strip_suffix(place)) {
        rest = shorter;
    }
    let rest = if rest.is_empty() { key } else { rest };
    let mut glyphs: Vec<Glyph> =
        rest.chars().map(|written| Glyph { written, sound: sound(written), weight: 1.0 }).collect();
    weigh_trades(&mut glyphs);
    glyphs
}

/// Words of trade count less, unless the name consists of them.
fn weigh_trades(glyphs: &mut [Glyph]) {
    let text: Vec<char> = glyphs.iter().map(|glyph| glyph.written).collect();
    let mut at = 0;
    while at < text.len() {
        let word = HAN_TRADES.iter().find(|word| {
            let length = word.chars().count();
            text.len() >= at + length && word.chars().eq(text[at..at + length].iter().copied())
        });
        let length = word.map_or(1, |word| word.chars().count());
        if word.is_some() {
            glyphs[at..at + length].iter_mut().for_each(|glyph| glyph.weight = TRADE_WEIGHT);
        }
        at += length;
    }
    if glyphs.iter().all(|glyph| glyph.weight < 1.0) {
        glyphs.iter_mut().for_each(|glyph| glyph.weight = 1.0);
    }
}

/// The words of a name in ASCII, lower case, without legal forms; all of them when nothing else is left.
fn words_of(text: &str) -> Vec<String> {
    let plain: String = text.chars().map(spelled).collect::<String>().to_lowercase();
    let plain = join_initials(&plain.replace('\'', ""));
    let mut words: Vec<String> = plain
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    for (phrase, form) in LATIN_PHRASES {
        replace_phrase(&mut words, phrase, form);
    }
    let telling: Vec<String> =
        words.iter().filter(|word| !LATIN_FORMS.contains(&word.as_str())).cloned().collect();
    if telling.is_empty() { words } else { telling }
}

/// A character in ASCII. Chinese syllables are words of their own.
fn spelled(character: char) -> String {
    if is_han(character) {
        return format!("{} ", sound(character));
    }
    deunicode::deunicode_char(character).unwrap_or(" ").to_owned()
}

/// `a.b.c.` is one word: a dot between single letters is dropped.
fn join_initials(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let letter = |at: Option<usize>| {
        at.and_then(|at| characters.get(at)).is_some_and(|found| found.is_ascii_alphanumeric())
    };
    let is_joint = |at: usize| {
        // A letter before; behind it a single letter that ends there.
        characters[at] == '.' && letter(at.checked_sub(1)) && letter(Some(at + 1)) && !letter(Some(at + 2))
    };
    (0..characters.len()).filter(|at| !is_joint(*at)).map(|at| characters[at]).collect()
}

fn replace_phrase(words: &mut Vec<String>, phrase: &[&str], form: &str) {
    while let Some(at) = words.windows(phrase.len()).position(|found| found == phrase) {
        words.splice(at..at + phrase.len(), [form.to_owned()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core(text: &str) -> String {
        Name::of(text).core.iter().map(|glyph| glyph.written).collect()
    }

    #[test]
    fn place_and_legal_form_are_left_out_in_every_spelling() {
        for text in [
            "济南泉福食品有限公司",
            "山东省济南市泉福食品有限责任公司",
            "泉福食品（济南）有限公司",
            "济南 泉福食品厂",
            "泉福食品",
            "濟南市泉福食品有限責任公司",
        ] {
            assert_eq!(core(text), "泉福食品", "{text}");
        }
    }

    #[test]
    fn a_name_of_nothing_but_place_and_form_keeps_something() {
        for text in ["济南有限公司", "济南", "公司"] {
            assert!(!core(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn words_of_trade_count_less_unless_there_is_nothing_else() {
        let weights = |text| Name::of(text).core.iter().map(|glyph| glyph.weight).collect::<Vec<_>>();
        assert_eq!(weights("泉福食品"), [1.0, 1.0, TRADE_WEIGHT, TRADE_WEIGHT]);
        assert_eq!(weights("食品"), [1.0, 1.0]);
    }

    #[test]
    fn words_of_other_scripts_are_plain_and_without_forms() {
        let words = |text| Name::of(text).words;
        assert_eq!(words("A.B.C. Company"), ["abc"]);
        assert_eq!(words("Société Générale S.A."), ["societe", "generale"]);
        assert_eq!(words("Open Joint Stock Company Gazprom"), ["gazprom"]);
        assert_eq!(words("The Company"), ["the", "company"]);
    }
}
