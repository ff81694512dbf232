//! How alike two places are that somebody wrote down.

use std::collections::HashSet;

use domain::comparison_key;

use super::forms::HAN_PLACES;

/// What two places with different first numbers (of the house, of the road) count.
const OTHER_NUMBER: f32 = 0.6;

/// How alike two addresses are, from 0 to 1: by pairs of neighbouring characters. `None` when one of them is too short to
/// say anything.
pub(super) fn similarity(one: &str, other: &str) -> Option<f32> {
    let (one, other) = (plain(one), plain(other));
    let (pairs, others) = (pairs(&one), pairs(&other));
    if pairs.len() < 2 || others.len() < 2 {
        return None;
    }
    let shared = pairs.intersection(&others).count() as f32;
    // The shorter one decides: callers say less than a register.
    let alike = shared / pairs.len().min(others.len()) as f32;
    Some(alike * if numbers_differ(&one, &other) { OTHER_NUMBER } else { 1.0 })
}

/// Without the city and the district, which the division says already.
fn plain(text: &str) -> Vec<char> {
    let key: String = comparison_key(text).chars().filter(|found| found.is_alphanumeric()).collect();
    let mut rest = key.as_str();
    while let Some(shorter) = HAN_PLACES.iter().find_map(|place| rest.strip_prefix(place)) {
        rest = shorter;
    }
    rest.chars().collect()
}

fn pairs(text: &[char]) -> HashSet<[char; 2]> {
    text.windows(2).map(|pair| [pair[0], pair[1]]).collect()
}

fn numbers_differ(one: &[char], other: &[char]) -> bool {
    let first = |text: &[char]| -> String {
        text.iter().skip_while(|c| !c.is_ascii_digit()).take_while(|c| c.is_ascii_digit()).collect()
    };
    let (one, other) = (first(one), first(other));
    !one.is_empty() && !other.is_empty() && one != other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_in_two_spellings_is_the_same_and_another_house_is_not() {
        let place = "济南市历下区泺源大街100号";
        let alike = |other| similarity(place, other).unwrap();
        assert_eq!(alike("历下区泺源大街１００号"), 1.0);
        assert_eq!(alike("泺源大街"), 1.0);
        assert!(alike("泺源大街12号") < 0.7);
        assert!(alike("商河县许商街道58号") < 0.3);
    }

    #[test]
    fn a_place_that_says_nothing_is_not_compared() {
        for text in ["", "济南市", "历下区", "路"] {
            assert_eq!(similarity("济南市历下区泺源大街100号", text), None, "{text}");
        }
    }
}
