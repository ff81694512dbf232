//! The names in memory, found by the pairs of characters that they hold.

use std::collections::{BinaryHeap, HashMap};

use domain::{DivisionCode, LONGEST_LEGAL_FORM, Uscc};

use super::letters;
use super::query::Query;
use super::rank::{Fit, Rank};

/// A dead entry for so many live ones, and the index is made anew.
const LIVE_FOR_A_DEAD_ONE: usize = 4;
/// Stands for the second character of a pair that has none.
const NONE: char = '\0';

/// Names of enterprises, to be searched. A few hundred bytes for each.
#[derive(Debug, Default)]
pub struct Names {
    /// What a search looks at for each name that may fit: little, for a word of half of all names is looked up half of all times.
    entries: Vec<Entry>,
    /// Whose name it is and where it lies, for each entry.
    places: Vec<Place>,
    /// The folded names, one behind the other.
    letters: Vec<char>,
    /// Entries that hold a pair of characters, or a character, in the order in which they came.
    holders: HashMap<(char, char), Vec<u32>>,
    /// The live entry of an enterprise.
    by_code: HashMap<Uscc, u32>,
    /// Divisions of the entries, each once.
    divisions: Vec<DivisionCode>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// Characters of its name.
    length: u32,
    /// The first of them.
    first: Option<char>,
    /// Place of its division in `divisions`.
    division: u16,
    /// A name that was given up stays until the index is made anew.
    live: bool,
}

#[derive(Clone, Debug)]
struct Place {
    uscc: Uscc,
    /// Where its name begins in `letters`.
    begins: usize,
}

impl Names {
    /// Enterprises whose names are known.
    pub fn len(&self) -> usize {
        self.by_code.len()
    }

    /// Whether no name is known.
    pub fn is_empty(&self) -> bool {
        self.by_code.is_empty()
    }

    /// Takes in the name and division of an enterprise, in place of those it had.
    pub fn tell(&mut self, uscc: &Uscc, legal_name: &str, division: &DivisionCode) {
        let name: Vec<char> = letters(legal_name).chars().collect();
        let division = self.division(division);
        if let Some(&known) = self.by_code.get(uscc) {
            if self.name(known) == name {
                self.entries[known as usize].division = division;
                return;
            }
            self.entries[known as usize].live = false;
        }
        self.push(uscc.clone(), &name, division);
        let dead = self.entries.len() - self.by_code.len();
        if dead * LIVE_FOR_A_DEAD_ONE > self.by_code.len() {
            self.forget_the_dead();
        }
    }

    /// The enterprises of the divisions that `may_see` admits whose names fit, at most `most`, the best first; only those
    /// behind `after`.
    pub fn search(
        &self,
        query: &Query,
        may_see: impl Fn(&DivisionCode) -> bool,
        after: Option<&Rank>,
        most: usize,
    ) -> Vec<Rank> {
        let Some(holders) = self.fewest(query) else { return Vec::new() };
        let seen: Vec<bool> = self.divisions.iter().map(may_see).collect();
        let mut best: BinaryHeap<Rank> = BinaryHeap::with_capacity(most + 1);
        for &at in holders {
            let entry = &self.entries[at as usize];
            let hidden = !entry.live || !seen[usize::from(entry.division)];
            let full = best.len() == most;
            let hopeless =
                full && best.peek().is_none_or(|worst| entry.at_best(query) > (worst.fit, worst.length));
            if hidden || hopeless {
                continue;
            }
            let Some((fit, position)) = query.fit(self.name(at)) else { continue };
            let uscc = self.places[at as usize].uscc.clone();
            let rank = Rank { fit, length: entry.length as usize, position, uscc };
            if after.is_some_and(|after| rank <= *after) {
                continue;
            }
            best.push(rank);
            if best.len() > most {
                best.pop();
            }
        }
        best.into_sorted_vec()
    }

    /// Entries among which all are that can fit: those of the rarest pair that is sought. `None` when there are none.
    fn fewest(&self, query: &Query) -> Option<&[u32]> {
        let pairs = query.terms.iter().flat_map(|term| sought_pairs(term));
        let holders = pairs.map(|pair| self.holders.get(&pair).map_or(&[][..], Vec::as_slice));
        holders.min_by_key(|holders| holders.len()).filter(|holders| !holders.is_empty())
    }

    fn name(&self, at: u32) -> &[char] {
        let begins = self.places[at as usize].begins;
        &self.letters[begins..begins + self.entries[at as usize].length as usize]
    }

    fn push(&mut self, uscc: Uscc, name: &[char], division: u16) {
        let at = u32::try_from(self.entries.len()).expect("4 billion names do not fit into memory");
        let begins = self.letters.len();
        let length =
            u32::try_from(name.len()).expect("a name of 4 billion characters does not fit into memory");
        self.letters.extend(name);
        for pair in pairs(name).chain(name.iter().map(|one| (*one, NONE))) {
            let holders = self.holders.entry(pair).or_default();
            if holders.last() != Some(&at) {
                holders.push(at);
            }
        }
        self.by_code.insert(uscc.clone(), at);
        let first = name.first().copied();
        self.entries.push(Entry { length, first, division, live: true });
        self.places.push(Place { uscc, begins });
    }

    fn division(&mut self, division: &DivisionCode) -> u16 {
        let known = self.divisions.iter().position(|known| known == division);
        let place = known.unwrap_or_else(|| {
            self.divisions.push(division.clone());
            self.divisions.len() - 1
        });
        u16::try_from(place).expect("a division code is one of a table of hundreds")
    }

    fn forget_the_dead(&mut self) {
        let mut fresh = Self { divisions: self.divisions.clone(), ..Self::default() };
        for (at, (entry, place)) in (0_u32..).zip(self.entries.iter().zip(&self.places)) {
            if entry.live {
                fresh.push(place.uscc.clone(), self.name(at), entry.division);
            }
        }
        *self = fresh;
    }
}

impl Entry {
    /// A fit and length that its rank does not come before, told without a look at its name.
    fn at_best(&self, query: &Query) -> (Fit, usize) {
        let (whole, core, length) = (query.whole.len(), query.core.len(), self.length as usize);
        let may_begin = self.first == query.whole.first().copied();
        let fit = if may_begin && length == whole {
            Fit::Same
        } else if may_begin && (core..=whole + LONGEST_LEGAL_FORM).contains(&length) {
            Fit::SameButForm
        } else if may_begin && length > whole {
            Fit::Begins
        } else if length > whole {
            Fit::Holds
        } else if length >= core {
            Fit::HoldsButForm
        } else {
            Fit::HoldsTerms
        };
        (fit, length)
    }
}

/// The pairs of characters that stand beside each other.
fn pairs(name: &[char]) -> impl Iterator<Item = (char, char)> + '_ {
    name.windows(2).map(|pair| (pair[0], pair[1]))
}

/// By what a term is looked up: its pairs, or the character that is all of it.
fn sought_pairs(term: &[char]) -> Vec<(char, char)> {
    match term {
        [only] => vec![(*only, NONE)],
        several => pairs(several).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: &str = "370102";
    const ELSEWHERE: &str = "370112";

    fn code(serial: usize) -> Uscc {
        Uscc::compose("91370102", &format!("{serial:08}")).unwrap()
    }

    fn division(code: &str) -> DivisionCode {
        DivisionCode::parse(code).unwrap()
    }

    fn told(names: &[&str]) -> Names {
        let mut told = Names::default();
        for (serial, name) in names.iter().enumerate() {
            told.tell(&code(serial), name, &division(HERE));
        }
        told
    }

    fn found(names: &Names, query: &str) -> Vec<Uscc> {
        let query = Query::parse(query).unwrap();
        names.search(&query, |_| true, None, 10).into_iter().map(|rank| rank.uscc).collect()
    }

    #[test]
    fn the_name_itself_comes_before_names_that_begin_with_it_and_those_before_names_that_hold_it() {
        let names = told(&["章丘泉福食品", "泉福食品机械厂", "泉福食品有限公司", "泉福食品", "泉福食品厂"]);
        assert_eq!(found(&names, "泉福食品"), [3, 2, 4, 1, 0].map(code));
    }

    #[test]
    fn a_new_name_takes_the_place_of_the_old_one() {
        let mut names = told(&["泉福食品", "鼎泰饮料"]);
        names.tell(&code(0), "鼎泰食品", &division(HERE));
        assert_eq!(found(&names, "泉福"), []);
        assert_eq!(found(&names, "鼎泰"), [code(0), code(1)]);
        assert_eq!(names.len(), 2);
    }

    #[test]
    fn a_name_that_changes_often_takes_no_more_room_with_every_change() {
        let mut names = told(&["泉福食品"]);
        for serial in 0..100 {
            names.tell(&code(0), &format!("泉福食品{serial}"), &division(HERE));
        }
        assert!(names.entries.len() < 5);
        assert_eq!(found(&names, "泉福食品99"), [code(0)]);
    }

    #[test]
    fn enterprises_of_other_divisions_are_left_out() {
        let mut names = told(&["泉福食品", "泉福饮料"]);
        names.tell(&code(1), "泉福饮料", &division(ELSEWHERE));
        let query = Query::parse("泉福").unwrap();
        let here = names.search(&query, |found| *found == division(HERE), None, 10);
        assert_eq!(here.iter().map(|rank| &rank.uscc).collect::<Vec<_>>(), [&code(0)]);
    }

    /// Names and queries of few characters, so that they meet often.
    fn text() -> impl Strategy<Value = String> {
        let parts =
            prop::sample::select(vec!["泉", "福", "食品", "（济南）", " ", "有限公司", "厂", "A", "ａ", "ß"]);
        prop::collection::vec(parts, 1..7).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn pages_hold_what_a_look_at_every_name_finds_in_the_order_of_ranks(
            names in prop::collection::vec((0_usize..40, text()), 0..60),
            sought in text(),
            size in 1_usize..5,
        ) {
            let Ok(query) = Query::parse(&sought) else { return Ok(()) };
            let (mut index, mut last) = (Names::default(), HashMap::new());
            for (serial, name) in names {
                index.tell(&code(serial), &name, &division(HERE));
                last.insert(code(serial), letters(&name).chars().collect::<Vec<char>>());
            }
            let mut expected: Vec<Rank> = last
                .into_iter()
                .filter_map(|(uscc, name)| {
                    let (fit, position) = query.fit(&name)?;
                    Some(Rank { fit, length: name.len(), position, uscc })
                })
                .collect();
            expected.sort();
            let mut paged: Vec<Rank> = Vec::new();
            loop {
                let page = index.search(&query, |_| true, paged.last(), size);
                let short = page.len() < size;
                paged.extend(page);
                if short {
                    break;
                }
            }
            prop_assert_eq!(paged, expected);
        }
    }
}
