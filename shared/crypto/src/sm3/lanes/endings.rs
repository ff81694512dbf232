//! Many messages that differ in their end only, such as the same object with each inspector: what they share is hashed once, and only
//! what orders them is computed.

use pulp::Arch;

use super::first_words::{Expanded, FirstWords, SHARED_ROUNDS};
use super::{BLOCK, LANES, Prefix, Words};

/// Words of a block that are shared where [`SHARED_ROUNDS`] are: a round reads the word four places on.
const SHARED: usize = SHARED_ROUNDS + 4;

/// The ends of messages after a beginning of a known length, each with the padding of 5.2. Every sixteen take some 4 kB.
pub struct Endings {
    count: usize,
    begins_at: usize,
    groups: Vec<Expanded<Words>>,
}

/// Room for what one beginning is asked, used again.
#[derive(Default)]
pub struct Room {
    beginning: Vec<u8>,
    words: Vec<Words>,
    found: Vec<u64>,
}

impl Endings {
    /// The ends of messages whose beginnings have so many bytes; `None` where one does not end in the block in which it begins.
    pub fn after(beginning: usize, ends: &[&[u8]]) -> Option<Self> {
        let begins_at = beginning % BLOCK;
        if ends.iter().any(|end| begins_at + end.len() + 9 > BLOCK) {
            return None;
        }
        let mut groups = vec![Expanded::<Words>::ZERO; ends.len().div_ceil(LANES)];
        for (number, end) in ends.iter().enumerate() {
            let mut block = [0; BLOCK];
            block[begins_at..][..end.len()].copy_from_slice(end);
            block[begins_at + end.len()] = 0x80;
            let bits = (beginning + end.len()) as u64 * 8;
            block[BLOCK - 8..].copy_from_slice(&bits.to_be_bytes());
            let words = std::array::from_fn(|at| super::word(&block, at));
            groups[number / LANES].set(number % LANES, &words);
        }
        Some(Self { count: ends.len(), begins_at, groups })
    }

    /// The messages that begin with these parts and whose digests stay below a bound in their first four bytes, in the order of those bytes:
    /// the bytes as the upper half of a number, the number of the end as its lower half.
    ///
    /// # Panics
    /// When the beginning has another length than the one that was said.
    pub fn below<'r>(&self, bound: u32, beginning: &[&[u8]], room: &'r mut Room) -> &'r [u64] {
        let Room { beginning: bytes, words, found } = room;
        bytes.clear();
        beginning.iter().for_each(|part| bytes.extend_from_slice(part));
        words.resize(self.groups.len(), Words::ZERO);
        self.first_words(bytes, words);
        found.clear();
        for (group, words) in words.iter().enumerate() {
            let bit = |lane: usize| u32::from(words.0[lane] < bound) << lane;
            let mut below = (0..LANES).fold(0, |bits, lane| bits | bit(lane));
            while below > 0 {
                let lane = below.trailing_zeros() as usize;
                found.push(u64::from(words.0[lane]) << 32 | (group * LANES + lane) as u64);
                below &= below - 1;
            }
        }
        // Lanes behind the last message hold nothing.
        while found.last().is_some_and(|last| *last as u32 as usize >= self.count) {
            found.pop();
        }
        found.sort_unstable();
        found
    }

    fn first_words(&self, beginning: &[u8], to: &mut [Words]) {
        let (blocks, rest) = beginning.as_chunks::<BLOCK>();
        assert_eq!(rest.len(), self.begins_at, "these ends belong to beginnings of another length");
        let prefix = blocks.iter().fold(Prefix::NONE, |prefix, block| prefix.then(block));
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        let block = std::array::from_fn(|at| super::word(&last, at));
        let (state, block, ends) = (&prefix.state, &block, self.groups.as_slice());
        if self.begins_at >= 4 * SHARED {
            Arch::new().dispatch(FirstWords::<SHARED_ROUNDS> { state, block, ends, to });
        } else {
            Arch::new().dispatch(FirstWords::<0> { state, block, ends, to });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sm3;

    fn first(beginning: &[u8], end: &[u8]) -> u32 {
        u32::from_be_bytes(*sm3::digest_of(&[beginning, end]).as_bytes().first_chunk().unwrap())
    }

    /// What [`Endings::below`] must find, each message hashed by itself.
    fn alone(bound: u32, beginning: &[u8], ends: &[&[u8]]) -> Vec<u64> {
        let all = ends.iter().zip(0..).map(|(end, number)| (first(beginning, end), number));
        let mut below: Vec<(u32, u32)> = all.filter(|(word, _)| *word < bound).collect();
        below.sort_unstable();
        below.into_iter().map(|(word, number)| u64::from(word) << 32 | u64::from(number)).collect()
    }

    #[test]
    fn first_words_are_those_of_the_digests_wherever_the_ends_begin() {
        let ends: Vec<Vec<u8>> = (0..37_usize).map(|number| number.to_string().into_bytes()).collect();
        let ends: Vec<&[u8]> = ends.iter().map(Vec::as_slice).collect();
        let mut room = Room::default();
        for length in 0..200 {
            let beginning: Vec<u8> = (0..length).map(|at| (at * 13 + length) as u8).collect();
            let Some(endings) = Endings::after(length, &ends) else {
                assert!(length % BLOCK > BLOCK - 9 - 2, "they fit after {length} bytes");
                continue;
            };
            for bound in [u32::MAX, u32::MAX / 3, 0] {
                let found = endings.below(bound, &[&beginning], &mut room);
                assert_eq!(found, alone(bound, &beginning, &ends), "after {length} bytes");
            }
        }
    }

    #[test]
    fn ends_of_several_lengths_stand_beside_one_another() {
        let ends: [&[u8]; 3] = [b"", b"1", b"1234"];
        let beginning = [0x42; 51];
        let endings = Endings::after(51, &ends).unwrap();
        let mut room = Room::default();
        let found = endings.below(u32::MAX, &[&beginning[..20], &beginning[20..]], &mut room);
        assert_eq!(found, alone(u32::MAX, &beginning, &ends));
    }

    proptest! {
        #[test]
        fn any_beginning_with_any_ends_is_found_as_if_each_message_were_hashed_by_itself(
            beginnings in (0usize..200).prop_flat_map(|length| {
                prop::collection::vec(prop::collection::vec(any::<u8>(), length), 1..4)
            }),
            ends in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..70),
            bound in any::<u32>(),
        ) {
            let ends: Vec<&[u8]> = ends.iter().map(Vec::as_slice).collect();
            let length = beginnings[0].len();
            let longest = ends.iter().map(|end| end.len()).max().unwrap_or_default();
            let Some(endings) = Endings::after(length, &ends) else {
                prop_assert!(length % BLOCK + longest + 9 > BLOCK);
                return Ok(());
            };
            let mut room = Room::default();
            for beginning in &beginnings {
                let found = endings.below(bound, &[beginning], &mut room);
                prop_assert_eq!(found, alone(bound, beginning, &ends));
            }
        }
    }
}
