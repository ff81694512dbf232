//! What orders messages that differ in their end only, without the expansion of a block for each of them.
//!
//! The expansion (GB/T 32905-2016, 5.3.2) is linear: it rotates words and adds them by exclusive or. The expanded block of a beginning with
//! an end is therefore that of the beginning with zeros behind it, added to that of the end with zeros before it. Ends are expanded once
//! for all beginnings, a beginning once for all ends, and each message is left with the rounds.

use pulp::{Scalar, Simd, WithSimd};

use super::compress::{CONSTANTS, Operations, sixteen_times};
use super::{LANES, Words};

/// Rounds that need not be repeated for each message where the block begins with twelve words that all of them share: round j reads the
/// word four places on.
pub(super) const SHARED_ROUNDS: usize = 8;

/// A block expanded by 5.3.2 but for W′, which a round adds from two words. Four words stand before those that each round reads four places
/// on: word 16k + j + 4 is `late[k][j]`.
#[derive(Clone)]
pub(super) struct Expanded<T> {
    first: [T; 4],
    late: [[T; 16]; 4],
}

impl Expanded<Words> {
    pub(super) const ZERO: Self = Self { first: [Words::ZERO; 4], late: [[Words::ZERO; 16]; 4] };

    /// Puts the block of one message into its lane.
    pub(super) fn set(&mut self, lane: usize, block: &[u32; 16]) {
        let words = expanded(block);
        let to = self.first.iter_mut().chain(self.late.as_flattened_mut());
        for (to, word) in to.zip(words.first.iter().chain(words.late.as_flattened())) {
            to.0[lane] = *word;
        }
    }
}

fn expanded(block: &[u32; 16]) -> Expanded<u32> {
    let operations = Operations(Scalar::new());
    let mut last = *block;
    let [first, ..] = block.as_chunks().0 else { unreachable!("sixteen words are four times four") };
    let mut words = Expanded { first: *first, late: [[0; 16]; 4] };
    for (word, at) in words.late.as_flattened_mut().iter_mut().zip(4..) {
        if at >= 16 {
            last[at % 16] = operations.next(&last, at % 16);
        }
        *word = last[at % 16];
    }
    words
}

/// The first words of the digests of messages that share all blocks but the last, and of that the beginning: all words that the first
/// `FROM` rounds read.
pub(super) struct FirstWords<'a, const FROM: usize> {
    /// Before the last block.
    pub(super) state: &'a [u32; 8],
    /// What the messages share of the last block; zeros where they differ.
    pub(super) block: &'a [u32; 16],
    /// What they do not share, of sixteen messages at a time.
    pub(super) ends: &'a [Expanded<Words>],
    /// Takes a word of each message.
    pub(super) to: &'a mut [Words],
}

impl<const FROM: usize> WithSimd for FirstWords<'_, FROM> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let shared = expanded(self.block);
        let mut begun = *self.state;
        for (j, constant) in CONSTANTS[0].into_iter().enumerate().take(FROM) {
            let fourth = shared.late[0][j];
            begun = Operations(Scalar::new()).round::<true>(begun, constant, self.block[j], fourth);
        }
        let (before, begun) = (simd.splat_u32s(self.state[0]), begun.map(|word| simd.splat_u32s(word)));
        let last = self.ends.len().saturating_sub(1);
        for one in (0..self.ends.len()).step_by(2) {
            // The last lot of an odd number goes through with itself.
            let lots = [one, last.min(one + 1)];
            for part in 0..LANES / S::U32_LANES {
                let sums = lots.map(|lot| Sums { simd, shared: &shared, ends: &self.ends[lot], part });
                let [word, word_other] = firsts::<FROM, S>(sums, begun);
                S::as_mut_simd_u32s(&mut self.to[lots[0]].0).0[part] = simd.xor_u32s(word, before);
                S::as_mut_simd_u32s(&mut self.to[lots[1]].0).0[part] = simd.xor_u32s(word_other, before);
            }
        }
    }
}

/// The expanded blocks of as many messages as a register has lanes.
#[derive(Clone, Copy)]
struct Sums<'a, S> {
    simd: S,
    shared: &'a Expanded<u32>,
    ends: &'a Expanded<Words>,
    part: usize,
}

impl<S: Simd> Sums<'_, S> {
    #[inline(always)]
    fn sum(self, shared: u32, end: &Words) -> S::u32s {
        self.simd.xor_u32s(self.simd.splat_u32s(shared), S::as_simd_u32s(&end.0).0[self.part])
    }

    /// The words of round `FROM` and of the three after it: word j stands at j mod 4.
    #[inline(always)]
    fn begun<const FROM: usize>(self) -> [S::u32s; 4] {
        let Self { shared, ends, .. } = self;
        let before = FROM.saturating_sub(4);
        std::array::from_fn(|ahead| match FROM {
            0 => self.sum(shared.first[ahead], &ends.first[ahead]),
            _ => self.simd.splat_u32s(shared.late[0][before + ahead]),
        })
    }
}

/// The first words of the state after the rounds, which go on from the state in round `FROM`: of two lots of messages, so that the
/// processor has something to do where a round waits for the one before it.
#[inline(always)]
fn firsts<const FROM: usize, S: Simd>(sums: [Sums<'_, S>; 2], begun: [S::u32s; 8]) -> [S::u32s; 2] {
    const { assert!(FROM == 0 || FROM == SHARED_ROUNDS, "the words of the first round are at hand") };
    let [one, other] = sums;
    let (operations, shared) = (Operations(one.simd), one.shared);
    let (mut at, mut at_other) = (begun, begun);
    let (mut w, mut w_other) = (one.begun::<FROM>(), other.begun::<FROM>());
    macro_rules! early {
        ($j:literal) => {
            if $j >= FROM {
                let word = shared.late[0][$j];
                let [fourth, fourth_other] =
                    [one.sum(word, &one.ends.late[0][$j]), other.sum(word, &other.ends.late[0][$j])];
                at = operations.round::<true>(at, CONSTANTS[0][$j], w[$j % 4], fourth);
                at_other =
                    operations.round::<true>(at_other, CONSTANTS[0][$j], w_other[$j % 4], fourth_other);
                (w[$j % 4], w_other[$j % 4]) = (fourth, fourth_other);
            }
        };
    }
    sixteen_times!(early);
    let ends = one.ends.late.iter().zip(&other.ends.late);
    for ((constants, shared), (ends, ends_other)) in CONSTANTS.iter().zip(&shared.late).zip(ends).skip(1) {
        macro_rules! late {
            ($j:literal) => {
                let [fourth, fourth_other] =
                    [one.sum(shared[$j], &ends[$j]), other.sum(shared[$j], &ends_other[$j])];
                at = operations.round::<false>(at, constants[$j], w[$j % 4], fourth);
                at_other = operations.round::<false>(at_other, constants[$j], w_other[$j % 4], fourth_other);
                (w[$j % 4], w_other[$j % 4]) = (fourth, fourth_other);
            };
        }
        sixteen_times!(late);
    }
    [at[0], at_other[0]]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::START;
    use super::super::compress::Compress;
    use super::*;

    fn all(words: &Expanded<u32>) -> Vec<u32> {
        words.first.iter().chain(words.late.as_flattened()).copied().collect()
    }

    /// What all messages share of their block.
    fn shared() -> [u32; 16] {
        std::array::from_fn(|at| if at < 12 { at as u32 * 0x0123_4567 } else { 0 })
    }

    /// What the message of a number has to itself.
    fn end(number: usize) -> [u32; 16] {
        let own = |at: usize| ((number * 31 + at) as u32).wrapping_mul(0x89ab_cdef);
        std::array::from_fn(|at| if at < 12 { 0 } else { own(at) })
    }

    /// The first words of so many times sixteen messages, by the registers of a width.
    fn first_words<const FROM: usize, S: Simd>(simd: S, groups: usize) -> Vec<u32> {
        let mut ends = vec![Expanded::<Words>::ZERO; groups];
        for number in 0..groups * LANES {
            ends[number / LANES].set(number % LANES, &end(number));
        }
        let mut to = vec![Words::ZERO; groups];
        simd.vectorize(FirstWords::<FROM> { state: &START, block: &shared(), ends: &ends, to: &mut to });
        to.iter().flat_map(|words| words.0).collect()
    }

    /// The first word of one message, whose block is expanded whole and by itself.
    fn alone(number: usize) -> u32 {
        let end = end(number);
        let block = std::array::from_fn(|at| Words([shared()[at] ^ end[at]; LANES]));
        let mut state = START.map(|word| Words([word; LANES]));
        Compress { state: &mut state, block: &block }.with_simd(Scalar::new());
        state[0].0[0]
    }

    /// One lot alone, two together, and the one that is left behind them.
    fn each_message_has_its_own_word<S: Simd>(simd: S) {
        for groups in 1..=3 {
            let alone: Vec<u32> = (0..groups * LANES).map(alone).collect();
            let by = format!("{groups} groups, registers of {}", S::U32_LANES);
            assert_eq!(first_words::<0, S>(simd, groups), alone, "{by}");
            assert_eq!(first_words::<SHARED_ROUNDS, S>(simd, groups), alone, "{by}");
        }
    }

    #[test]
    fn registers_of_every_width_give_each_message_its_own_word_however_many_groups_there_are() {
        each_message_has_its_own_word(Scalar::new());
        #[cfg(target_arch = "x86_64")]
        {
            use pulp::x86::{V3, V4};

            V3::try_new().into_iter().for_each(each_message_has_its_own_word);
            V4::try_new().into_iter().for_each(each_message_has_its_own_word);
        }
    }

    proptest! {
        #[test]
        fn an_expanded_block_is_the_sum_of_its_parts_expanded(
            block in any::<[u32; 16]>(), other in any::<[u32; 16]>(),
        ) {
            let sum: [u32; 16] = std::array::from_fn(|at| block[at] ^ other[at]);
            let [sum, block, other] = [sum, block, other].map(|block| all(&expanded(&block)));
            let parts: Vec<u32> = block.iter().zip(&other).map(|(a, b)| a ^ b).collect();
            prop_assert_eq!(sum, parts);
        }
    }
}
