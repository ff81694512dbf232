//! The registered parties, ready to be searched: for each pair of neighbouring sounds, who has it in the name (blocking).

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use domain::DivisionCode;

use super::fold::Name;
use super::score::{Judgement, Sought, weigh};
use super::similarity::similarity;

/// Entries that one search looks at, the rarest sounds first: what bounds its time.
const MOST_ENTRIES: usize = 40_000;
/// Parties that are compared with what is sought, the most promising first.
const MOST_COMPARED: usize = 64;
/// Names below this score are not shown.
const WORTH_SHOWING: i32 = 350;
/// Letters of a word that are one sound.
const LETTERS: usize = 3;

/// A party that can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Credit code.
    pub uscc: String,
    /// Registered name.
    pub legal_name: String,
    /// Registered address; empty when not known.
    pub address: String,
    /// Division of the supervising bureau.
    pub division: DivisionCode,
}

/// A party that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The party.
    pub party: Known,
    /// How likely it is, and why.
    pub judgement: Judgement,
}

/// Everything that can be found. A party is known by its code; telling it again brings it up to date.
#[derive(Debug, Default)]
pub struct Directory {
    /// By slot; `None`: the party stands in a later slot under another name.
    parties: Vec<Option<Entry>>,
    by_code: HashMap<String, u32>,
    /// Slots by sound.
    slots: HashMap<u64, Vec<u32>>,
}

#[derive(Debug)]
struct Entry {
    party: Known,
    name: Name,
}

impl Directory {
    /// How many parties can be found.
    pub fn len(&self) -> usize {
        self.by_code.len()
    }

    /// Whether nobody can be found.
    pub fn is_empty(&self) -> bool {
        self.by_code.is_empty()
    }

    /// Enters a party, or brings it up to date.
    pub fn tell(&mut self, party: Known) {
        if let Some(entry) =
            self.by_code.get(&party.uscc).and_then(|slot| self.parties[*slot as usize].as_mut())
            && entry.party.legal_name == party.legal_name
        {
            entry.party = party;
            return;
        }
        let Ok(slot) = u32::try_from(self.parties.len()) else { return };
        if let Some(old) = self.by_code.insert(party.uscc.clone(), slot) {
            self.parties[old as usize] = None;
        }
        let name = Name::of(&party.legal_name);
        for sound in sounds(&name) {
            self.slots.entry(sound).or_default().push(slot);
        }
        self.parties.push(Some(Entry { party, name }));
    }

    /// The party of a code.
    pub fn find(&self, uscc: &str) -> Option<&Known> {
        let slot = self.by_code.get(uscc)?;
        self.parties[*slot as usize].as_ref().map(|entry| &entry.party)
    }

    /// The parties that are most likely meant, at most `most`, the likeliest first.
    pub fn candidates(&self, sought: &Sought, most: usize) -> Vec<Candidate> {
        let name = Name::of(&sought.name);
        let mut found: Vec<(Judgement, &Known)> = self
            .promising(&name)
            .into_iter()
            .filter_map(|slot| self.parties[slot as usize].as_ref())
            .map(|entry| {
                let party = &entry.party;
                (weigh(sought, similarity(&name, &entry.name), &party.address, &party.division), party)
            })
            .filter(|(judgement, _)| judgement.score >= WORTH_SHOWING)
            .collect();
        found.sort_by(|(one, party), (other, known)| {
            other.score.cmp(&one.score).then_with(|| party.uscc.cmp(&known.uscc))
        });
        found.truncate(most);
        found.into_iter().map(|(judgement, party)| Candidate { party: party.clone(), judgement }).collect()
    }

    /// Slots of the parties that share the most telling sounds with a name.
    fn promising(&self, name: &Name) -> Vec<u32> {
        let mut lists: Vec<&[u32]> =
            sounds(name).into_iter().filter_map(|sound| self.slots.get(&sound)).map(Vec::as_slice).collect();
        lists.sort_by_key(|list| list.len());
        let all = self.parties.len().max(1) as f32;
        let mut weights = vec![0.0_f32; self.parties.len()];
        let (mut touched, mut looked_at) = (Vec::new(), 0);
        for list in lists {
            let telling = (all / list.len() as f32).ln() + 0.1;
            for slot in list.iter().take(MOST_ENTRIES - looked_at) {
                let weight = &mut weights[*slot as usize];
                if *weight == 0.0 {
                    touched.push(*slot);
                }
                *weight += telling;
            }
            looked_at = (looked_at + list.len()).min(MOST_ENTRIES);
        }
        let key = |slot: &u32| Reverse(ordered(weights[*slot as usize]));
        if touched.len() > MOST_COMPARED {
            touched.select_nth_unstable_by_key(MOST_COMPARED, key);
            touched.truncate(MOST_COMPARED);
        }
        touched
    }
}

/// Weights are finite and not negative: their bits are ordered as they are.
fn ordered(weight: f32) -> u32 {
    weight.to_bits()
}

/// The sounds of a name, each once: neighbouring syllables of a Chinese one, neighbouring letters of the words of another.
/// A name that is one syllable or a few letters has that alone.
fn sounds(name: &Name) -> Vec<u64> {
    let mut found: Vec<u64> = if name.is_han() {
        let syllables: Vec<&str> = name.core.iter().map(|glyph| glyph.sound).collect();
        syllables.windows(syllables.len().min(2)).map(hash).collect()
    } else {
        let letters = name.words.iter().flat_map(|word| {
            let bytes = word.as_bytes();
            bytes.windows(bytes.len().min(LETTERS)).map(hash)
        });
        letters.collect()
    };
    found.sort_unstable();
    found.dedup();
    found
}

fn hash(part: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    part.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(serial: u32, legal_name: &str) -> Known {
        let uscc = format!("91370102MA{serial:08}");
        let division = DivisionCode::parse("370102").unwrap();
        Known { uscc, legal_name: legal_name.to_owned(), address: String::new(), division }
    }

    fn directory(names: &[&str]) -> Directory {
        let mut directory = Directory::default();
        (0..).zip(names).for_each(|(serial, name)| directory.tell(known(serial, name)));
        directory
    }

    fn names(directory: &Directory, sought: &str) -> Vec<String> {
        let sought = Sought { name: sought.to_owned(), ..Sought::default() };
        directory.candidates(&sought, 5).into_iter().map(|found| found.party.legal_name).collect()
    }

    #[test]
    fn the_likeliest_comes_first_also_by_sound_and_cut_short() {
        let directory = directory(&[
            "济南泉福食品有限公司",
            "济南泉城食品有限公司",
            "山东恒力电梯工程有限公司",
            "Siemens AG",
        ]);
        for sought in ["泉福食品", "济南全福食品厂", "泉福食品有限公司"] {
            assert_eq!(names(&directory, sought)[0], "济南泉福食品有限公司", "{sought}");
        }
        assert_eq!(names(&directory, "恒力电梯")[0], "山东恒力电梯工程有限公司");
        assert_eq!(names(&directory, "simens")[0], "Siemens AG");
        assert!(names(&directory, "别的什么店").is_empty());
        assert!(names(&directory, "").is_empty());
    }

    #[test]
    fn a_party_that_changed_its_name_is_found_by_the_new_one_once() {
        let mut directory = directory(&["济南泉福食品有限公司"]);
        directory.tell(known(0, "济南金德食品有限公司"));
        assert_eq!(names(&directory, "金德食品"), ["济南金德食品有限公司"]);
        assert_eq!(directory.len(), 1);
        assert!(names(&directory, "泉福").is_empty());
        let moved =
            Known { address: "泺源大街100号".to_owned(), ..known(0, "济南金德食品有限公司") };
        directory.tell(moved.clone());
        assert_eq!(directory.find(&moved.uscc), Some(&moved));
    }

    #[test]
    fn among_many_of_one_trade_the_right_one_is_found() {
        let syllables = ["金", "德", "恒", "力", "安", "康", "福", "泉", "华", "盛", "隆", "源"];
        let all: Vec<String> = syllables
            .iter()
            .flat_map(|one| syllables.iter().map(move |other| format!("济南{one}{other}食品有限公司")))
            .collect();
        let directory = directory(&all.iter().map(String::as_str).collect::<Vec<_>>());
        for name in &all {
            assert_eq!(&names(&directory, name)[0], name);
        }
    }
}
