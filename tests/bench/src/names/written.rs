//! Registered names as people write them down.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

const SEED: u64 = 44;

/// A name as somebody wrote it, and the place of the one that is meant.
pub(super) struct Name {
    pub(super) text: String,
    pub(super) meant: usize,
}

/// `count` of the names, each written in one of four ways: as registered but for brackets and blanks; without place and
/// form; with one character lost; with one character changed for another of the list, which may sound alike or not.
pub(super) fn sought(names: &[String], count: usize) -> Vec<Name> {
    let mut random = StdRng::seed_from_u64(SEED);
    (0..count)
        .map(|number| {
            let meant = random.random_range(0..names.len());
            let text = match number % 4 {
                0 => format!(" {} （总店）", names[meant]),
                1 => short(&names[meant]),
                2 => without_one(&names[meant], &mut random),
                _ => with_another(&names[meant], names, &mut random),
            };
            Name { text, meant }
        })
        .collect()
}

fn short(name: &str) -> String {
    let rest = ["济南市", "济南", "山东省", "山东"]
        .iter()
        .find_map(|place| name.strip_prefix(place))
        .unwrap_or(name);
    let forms = ["有限责任公司", "股份有限公司", "有限公司"];
    forms.iter().find_map(|form| rest.strip_suffix(form)).unwrap_or(rest).to_owned()
}

fn without_one(name: &str, random: &mut StdRng) -> String {
    let mut characters: Vec<char> = short(name).chars().collect();
    if characters.len() > 4 {
        characters.remove(random.random_range(0..characters.len()));
    }
    characters.into_iter().collect()
}

fn with_another(name: &str, names: &[String], random: &mut StdRng) -> String {
    let mut characters: Vec<char> = name.chars().collect();
    let other: Vec<char> = short(&names[random.random_range(0..names.len())]).chars().collect();
    let at = random.random_range(0..characters.len());
    characters[at] = other[0];
    characters.into_iter().collect()
}
