//! How alike two names are, from 0 to 1.

use super::edit::{distance, word_similarity};
use super::fold::{Glyph, Name};

/// From here on two names are taken for the same: the one threshold of the figure `f1` of the bench `names`.
pub const SAME_NAME: f32 = 0.73;

/// Two names that differ by place and legal form only.
const SAME_CORE: f32 = 0.97;
/// Cost of a character for one of the same sound, as a part of the cost of any other.
const SAME_SOUND: f32 = 0.35;
/// Most that a name gets which is a part of the other.
const PART: f32 = 0.93;
/// The same, when something stands before it in the other.
const PART_BEHIND: f32 = 0.7;
/// How alike words must be to count in full; below, they count little.
const WORD_ALIKE: f32 = 0.6;
/// What words count that are not alike enough.
const WORD_UNLIKE: f32 = 0.3;
/// What a single letter counts for a word that begins with it.
const INITIAL: f32 = 0.8;
/// What all letters in a row count, where the words are cut otherwise.
const IN_A_ROW: f32 = 0.9;
/// What a name counts whose words all stand in the longer one: of several words, and of one.
const WORDS_WITHIN: (f32, f32) = (0.95, 0.8);

/// How alike two names are: 1 for two spellings of one name, 0 for nothing in common. It does not matter which comes first.
pub fn name_similarity(one: &str, other: &str) -> f32 {
    similarity(&Name::of(one), &Name::of(other))
}

/// As [`name_similarity`], of names that were taken apart before.
pub(super) fn similarity(one: &Name, other: &Name) -> f32 {
    if one.key.is_empty() || other.key.is_empty() {
        return 0.0;
    }
    if one.key == other.key {
        return 1.0;
    }
    if one.is_han() && other.is_han() { han(&one.core, &other.core) } else { latin(&one.words, &other.words) }
}

/// Chinese names: by the cost of making one of the other, where trades count less and sounds stand for each other.
fn han(one: &[Glyph], other: &[Glyph]) -> f32 {
    if one.iter().map(|glyph| glyph.written).eq(other.iter().map(|glyph| glyph.written)) {
        return SAME_CORE;
    }
    let weight = |name: &[Glyph]| name.iter().map(|glyph| glyph.weight).sum::<f32>();
    let (light, heavy) = if weight(one) <= weight(other) { (one, other) } else { (other, one) };
    let replace = |one: Glyph, other: Glyph| {
        let cost = one.weight.max(other.weight);
        if one.written == other.written {
            0.0
        } else if one.sound == other.sound && !one.sound.is_empty() {
            cost * SAME_SOUND
        } else {
            cost
        }
    };
    let cost = distance(one, other, |glyph| glyph.weight, replace);
    let alike = (SAME_CORE * (1.0 - cost / weight(heavy))).max(0.0);
    alike.max(part_of(light, heavy, weight(light) / weight(heavy)))
}

/// A name that stands whole within the other, as people shorten names: the more of it, the better. What is left out before it
/// may be another place, so that it counts less.
fn part_of(light: &[Glyph], heavy: &[Glyph], share: f32) -> f32 {
    let is_it =
        |found: &[Glyph]| found.iter().map(|glyph| glyph.written).eq(light.iter().map(|glyph| glyph.written));
    let Some(at) = heavy.windows(light.len().max(1)).position(is_it) else { return 0.0 };
    let telling = heavy[at..at + light.len()].iter().filter(|glyph| glyph.weight >= 1.0).count();
    // One character says nothing, nor does a trade.
    if telling < 2 {
        return 0.0;
    }
    if at == 0 { PART * (0.6 + 0.4 * share) } else { PART_BEHIND * share }
}

/// Names in other scripts: each word with the word most like it, whatever their order.
fn latin(one: &[String], other: &[String]) -> f32 {
    if one.is_empty() || other.is_empty() {
        return 0.0;
    }
    let pairs = align(one, other);
    let letters = |words: &[String]| words.iter().map(String::len).sum::<usize>() as f32;
    let counted = |alike: f32| if alike >= WORD_ALIKE { alike } else { alike * WORD_UNLIKE };
    let both: f32 = pairs
        .iter()
        .map(|pair| counted(pair.alike) * (one[pair.one].len() + other[pair.other].len()) as f32)
        .sum();
    let whole = both / (letters(one) + letters(other));
    let in_a_row = word_similarity(&one.concat(), &other.concat()) * IN_A_ROW;
    let within = match one.len().cmp(&other.len()) {
        std::cmp::Ordering::Equal => 0.0,
        std::cmp::Ordering::Less => within(one, pairs.iter().map(|pair| (pair.one, counted(pair.alike)))),
        std::cmp::Ordering::Greater => {
            within(other, pairs.iter().map(|pair| (pair.other, counted(pair.alike))))
        }
    };
    whole.max(in_a_row).max(within)
}

/// How much of the shorter name stands in the longer one.
fn within(short: &[String], found: impl Iterator<Item = (usize, f32)>) -> f32 {
    let letters = short.iter().map(String::len).sum::<usize>() as f32;
    let share = found.map(|(at, alike)| alike * short[at].len() as f32).sum::<f32>() / letters;
    share * if short.len() > 1 { WORDS_WITHIN.0 } else { WORDS_WITHIN.1 }
}

/// A word of one name and the word of the other that it stands for.
struct Pair {
    one: usize,
    other: usize,
    alike: f32,
}

/// Most words of a name that are aligned: their number counts twice.
const MOST_WORDS: usize = 24;

/// Pairs words, the most alike first, each word once.
fn align(one: &[String], other: &[String]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for (at, word) in one.iter().take(MOST_WORDS).enumerate() {
        for (place, found) in other.iter().take(MOST_WORDS).enumerate() {
            pairs.push(Pair { one: at, other: place, alike: words_alike(word, found) });
        }
    }
    pairs.sort_by(|one, other| other.alike.total_cmp(&one.alike));
    let (mut ones, mut others) = (vec![false; one.len()], vec![false; other.len()]);
    pairs.retain(|pair| {
        let free = !ones[pair.one] && !others[pair.other];
        if free {
            (ones[pair.one], others[pair.other]) = (true, true);
        }
        free
    });
    pairs
}

fn words_alike(one: &str, other: &str) -> f32 {
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    if one == other {
        1.0
    } else if is_number(one) || is_number(other) {
        0.0
    } else if one.len() == 1 || other.len() == 1 {
        if one.as_bytes()[0] == other.as_bytes()[0] { INITIAL } else { 0.0 }
    } else {
        word_similarity(one, other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, other: &str) -> f32 {
        let (there, back) = (name_similarity(one, other), name_similarity(other, one));
        assert_eq!(there, back, "{one} {other}");
        assert!((0.0..=1.0).contains(&there), "{there}");
        there
    }

    #[test]
    fn spellings_of_one_name_are_the_same() {
        assert_eq!(alike("济南泉福食品（集团）有限公司", "济南 泉福食品(集团)有限公司"), 1.0);
        assert_eq!(alike("Siemens AG", "SIEMENS  A.G."), 1.0);
    }

    #[test]
    fn place_and_legal_form_tell_little() {
        assert!(alike("济南泉福食品有限公司", "泉福食品厂") > 0.95);
    }

    #[test]
    fn what_was_heard_or_typed_by_sound_is_taken_for_the_same() {
        assert!(alike("济南泉福食品有限公司", "全福食品") >= SAME_NAME);
        assert!(alike("济南万福食品有限公司", "湾福食品") >= SAME_NAME);
        assert!(alike("济南泉福食品有限公司", "泉富食品有限公司") >= SAME_NAME);
    }

    #[test]
    fn a_shortened_name_is_taken_for_the_same_and_its_trade_is_not() {
        assert!(alike("济南泉福食品加工有限公司", "泉福") >= 0.6);
        assert!(alike("济南泉福生物科技有限公司", "泉福生物") >= SAME_NAME);
        assert!(alike("济南泉福食品有限公司", "食品公司") < 0.5);
    }

    #[test]
    fn other_names_of_one_trade_are_not_the_same() {
        for (one, other) in [
            ("济南泉福食品有限公司", "济南金德食品有限公司"),
            ("济南泉福食品有限公司", "济南泉城食品有限公司"),
            ("青岛泉福食品有限公司", "济南泉福食品有限公司"),
            ("山东恒力电梯工程有限公司", "山东恒安电梯工程有限公司"),
        ] {
            assert!(alike(one, other) < SAME_NAME, "{one} {other} {}", alike(one, other));
        }
    }

    #[test]
    fn words_may_stand_in_another_order_and_be_cut_otherwise() {
        assert!(alike("Smith, John", "John Smith") >= SAME_NAME);
        assert!(alike("Good Will Company", "Goodwill Company") >= SAME_NAME);
        assert!(alike("Volkswagen Aktiengesellschaft", "Siemens Aktiengesellschaft") < SAME_NAME);
    }

    #[test]
    fn numbers_are_the_same_or_not() {
        assert!(alike("Brigade 44", "Brigade 45") < alike("Brigade 44", "Brigada 44"));
    }

    #[test]
    fn nothing_is_like_nothing() {
        assert_eq!(alike("", "济南泉福食品有限公司"), 0.0);
        assert_eq!(alike("！！", "……"), 0.0);
    }
}
