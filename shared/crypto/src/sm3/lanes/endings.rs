//! Many messages that differ in their end only, such as the same object with each inspector: what they share is hashed once, and only
//! what orders them is computed.

use pulp::Arch;

use super::compress::{FirstWords, SHARED_ROUNDS};
use super::{BLOCK, LANES, Prefix, Words};

/// Words of a block from which messages differ where [`SHARED_ROUNDS`] are the same.
const LATE: usize = 16 - SHARED_ROUNDS - 4;

/// The ends of messages after a beginning of a known length, each with the padding of 5.2.
pub struct Endings {
    count: usize,
    begins_at: usize,
    groups: Groups,
}

/// Words of the last block, of sixteen messages at a time; zeros where the beginning stands.
enum Groups {
    /// Only the last words of the block.
    Late(Vec<[Words; LATE]>),
    Whole(Vec<[Words; 16]>),
}

/// Room for the first words of digests, used again.
#[derive(Default)]
pub struct Room(Vec<Words>);

impl Endings {
    /// The ends of messages whose beginnings have so many bytes; `None` where one does not end in the block in which it begins.
    pub fn after(beginning: usize, ends: &[&[u8]]) -> Option<Self> {
        let begins_at = beginning % BLOCK;
        let mut groups = vec![[Words::ZERO; 16]; ends.len().div_ceil(LANES)];
        for (number, end) in ends.iter().enumerate() {
            if begins_at + end.len() + 9 > BLOCK {
                return None;
            }
            let mut block = [0; BLOCK];
            block[begins_at..][..end.len()].copy_from_slice(end);
            block[begins_at + end.len()] = 0x80;
            let bits = (beginning + end.len()) as u64 * 8;
            block[BLOCK - 8..].copy_from_slice(&bits.to_be_bytes());
            for (words, four) in groups[number / LANES].iter_mut().zip(block.as_chunks().0) {
                words.0[number % LANES] = u32::from_be_bytes(*four);
            }
        }
        let late = |words: &[Words; 16]| std::array::from_fn(|at| words[16 - LATE + at]);
        let groups = if begins_at >= BLOCK - 4 * LATE {
            Groups::Late(groups.iter().map(late).collect())
        } else {
            Groups::Whole(groups)
        };
        Some(Self { count: ends.len(), begins_at, groups })
    }

    /// The messages that begin so whose digests stay below a bound in their first four bytes: the number of the end, behind those bytes as
    /// a number that has their order.
    ///
    /// # Panics
    /// When the beginning has another length than the one that was said.
    pub fn below(&self, bound: u32, beginning: &[u8], room: &mut Room) -> Vec<(u32, usize)> {
        let (blocks, rest) = beginning.as_chunks::<BLOCK>();
        assert_eq!(rest.len(), self.begins_at, "these ends belong to beginnings of another length");
        let prefix = blocks.iter().fold(Prefix::NONE, |prefix, block| prefix.then(block));
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        let block = std::array::from_fn(|at| super::word(&last, at));
        let state = &prefix.state;
        room.0.resize(self.count.div_ceil(LANES), Words::ZERO);
        let to = room.0.as_mut_slice();
        match &self.groups {
            Groups::Late(ends) => {
                Arch::new().dispatch(FirstWords::<SHARED_ROUNDS, LATE> { state, block: &block, ends, to });
            }
            Groups::Whole(ends) => {
                Arch::new().dispatch(FirstWords::<0, 16> { state, block: &block, ends, to })
            }
        }
        let mut found = Vec::new();
        for (group, words) in room.0.iter().enumerate() {
            let bit = |lane: usize| u32::from(words.0[lane] < bound) << lane;
            let mut below = (0..LANES).fold(0, |bits, lane| bits | bit(lane));
            while below > 0 {
                let lane = below.trailing_zeros() as usize;
                found.push((words.0[lane], group * LANES + lane));
                below &= below - 1;
            }
        }
        // Lanes behind the last message hold nothing.
        while found.last().is_some_and(|(_, number)| *number >= self.count) {
            found.pop();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sm3;

    fn first(beginning: &[u8], end: &[u8]) -> u32 {
        u32::from_be_bytes(*sm3::digest_of(&[beginning, end]).as_bytes().first_chunk().unwrap())
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
                let all = ends.iter().enumerate().map(|(number, end)| (first(&beginning, end), number));
                let expected: Vec<_> = all.filter(|(word, _)| *word < bound).collect();
                assert_eq!(endings.below(bound, &beginning, &mut room), expected, "after {length} bytes");
            }
        }
    }

    #[test]
    fn ends_of_several_lengths_stand_beside_one_another() {
        let ends: [&[u8]; 3] = [b"", b"1", b"1234"];
        let beginning = [0x42; 51];
        let found = Endings::after(51, &ends).unwrap().below(u32::MAX, &beginning, &mut Room::default());
        assert_eq!(found, [0, 1, 2].map(|number| (first(&beginning, ends[number]), number)));
    }
}
