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
        for (ends, to) in self.ends.iter().zip(self.to) {
            for part in 0..LANES / S::U32_LANES {
                let words = Sums { simd, shared: &shared, ends, part };
                S::as_mut_simd_u32s(&mut to.0).0[part] = simd.xor_u32s(words.first::<FROM>(begun), before);
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

    /// The first word of the state after the rounds, which go on from the state in round `FROM`.
    #[inline(always)]
    fn first<const FROM: usize>(self, begun: [S::u32s; 8]) -> S::u32s {
        const { assert!(FROM == 0 || FROM == SHARED_ROUNDS, "the words of the first round are at hand") };
        let Self { shared, ends, .. } = self;
        let operations = Operations(self.simd);
        let mut at = begun;
        // The words of this round and of the three after it: word j stands at j mod 4.
        let before = FROM.saturating_sub(4);
        let mut w: [S::u32s; 4] = std::array::from_fn(|ahead| match FROM {
            0 => self.sum(shared.first[ahead], &ends.first[ahead]),
            _ => self.simd.splat_u32s(shared.late[0][before + ahead]),
        });
        macro_rules! early {
            ($j:literal) => {
                if $j >= FROM {
                    let fourth = self.sum(shared.late[0][$j], &ends.late[0][$j]);
                    at = operations.round::<true>(at, CONSTANTS[0][$j], w[$j % 4], fourth);
                    w[$j % 4] = fourth;
                }
            };
        }
        sixteen_times!(early);
        for ((constants, shared), ends) in CONSTANTS.iter().zip(&shared.late).zip(&ends.late).skip(1) {
            macro_rules! late {
                ($j:literal) => {
                    let fourth = self.sum(shared[$j], &ends[$j]);
                    at = operations.round::<false>(at, constants[$j], w[$j % 4], fourth);
                    w[$j % 4] = fourth;
                };
            }
            sixteen_times!(late);
        }
        at[0]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulp::Arch;

    use super::super::START;
    use super::*;

    fn all(words: &Expanded<u32>) -> Vec<u32> {
        words.first.iter().chain(words.late.as_flattened()).copied().collect()
    }

    /// The first words of sixteen messages by the registers that `run` takes.
    fn first_words<const FROM: usize>(run: impl FnOnce(FirstWords<'_, FROM>)) -> [u32; LANES] {
        let shared: [u32; 16] = std::array::from_fn(|at| if at < 12 { at as u32 * 0x0123_4567 } else { 0 });
        let mut ends = [Expanded::<Words>::ZERO];
        for lane in 0..LANES {
            let own = |at: usize| ((lane * 31 + at) as u32).wrapping_mul(0x89ab_cdef);
            let end = std::array::from_fn(|at| if at < 12 { 0 } else { own(at) });
            ends[0].set(lane, &end);
        }
        let mut to = [Words::ZERO];
        run(FirstWords { state: &START, block: &shared, ends: &ends, to: &mut to });
        to[0].0
    }

    #[test]
    fn registers_of_every_width_give_the_same_words() {
        let widest = first_words::<0>(|words| Arch::new().dispatch(words));
        assert_eq!(first_words::<SHARED_ROUNDS>(|words| Arch::new().dispatch(words)), widest);
        assert_eq!(first_words::<0>(|words| words.with_simd(Scalar::new())), widest);
        assert_eq!(first_words::<SHARED_ROUNDS>(|words| words.with_simd(Scalar::new())), widest);
        #[cfg(target_arch = "x86_64")]
        if let Some(eight) = pulp::x86::V3::try_new() {
            assert_eq!(first_words::<0>(|words| Simd::vectorize(eight, words)), widest);
            assert_eq!(first_words::<SHARED_ROUNDS>(|words| Simd::vectorize(eight, words)), widest);
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
