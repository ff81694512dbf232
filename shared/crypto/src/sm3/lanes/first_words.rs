//! What orders messages that differ in their end only, without the expansion of a block for each of them.
//!
//! The expansion (GB/T 32905-2016, 5.3.2) is linear: it rotates words and adds them by exclusive or. The expanded block of a beginning with
//! an end is therefore that of the beginning with zeros behind it, added to that of the end with zeros before it. Ends are expanded once
//! for all beginnings, a beginning once for all ends, and each message is left with the rounds.

use pulp::{Scalar, Simd, WithSimd};

use super::compress::{CONSTANTS, Operations, sixteen_times};
use super::{LANES, Words};

/// Words of an expanded block: four more than there are rounds, because round j reads the word four places on.
const EXPANDED: usize = 68;
/// Rounds that need not be repeated for each message where the block begins with twelve words that all of them share.
pub(super) const SHARED_ROUNDS: usize = 8;

/// An expanded block of each of sixteen messages.
#[derive(Clone)]
pub(super) struct Expanded([Words; EXPANDED]);

impl Expanded {
    pub(super) const ZERO: Self = Self([Words::ZERO; EXPANDED]);

    /// Puts the block of one message into its lane.
    pub(super) fn set(&mut self, lane: usize, block: &[u32; 16]) {
        for (words, word) in self.0.iter_mut().zip(expanded(block)) {
            words.0[lane] = word;
        }
    }
}

/// Steps 5.3.2 but for W′, which the rounds add from two words.
fn expanded(block: &[u32; 16]) -> [u32; EXPANDED] {
    let operations = Operations(Scalar::new());
    let (mut words, mut last) = ([0; EXPANDED], *block);
    words[..16].copy_from_slice(block);
    for (at, word) in words.iter_mut().enumerate().skip(16) {
        *word = operations.next(&last, at % 16);
        last[at % 16] = *word;
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
    pub(super) ends: &'a [Expanded],
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
            begun = Operations(Scalar::new()).round::<true>(begun, constant, shared[j], shared[j + 4]);
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
    shared: &'a [u32; EXPANDED],
    ends: &'a Expanded,
    part: usize,
}

impl<S: Simd> Sums<'_, S> {
    #[inline(always)]
    fn word(self, at: usize) -> S::u32s {
        let end = S::as_simd_u32s(&self.ends.0[at].0).0[self.part];
        self.simd.xor_u32s(self.simd.splat_u32s(self.shared[at]), end)
    }

    /// The first word of the state after the rounds, which go on from the state in round `FROM`.
    #[inline(always)]
    fn first<const FROM: usize>(self, begun: [S::u32s; 8]) -> S::u32s {
        const { assert!(FROM.is_multiple_of(4), "word `FROM` stands first") };
        let operations = Operations(self.simd);
        let mut at = begun;
        // The words of this round and of the three after it: word j stands at j mod 4.
        let mut w = [self.word(FROM), self.word(FROM + 1), self.word(FROM + 2), self.word(FROM + 3)];
        macro_rules! early {
            ($j:literal) => {
                if $j >= FROM {
                    let fourth = self.word($j + 4);
                    at = operations.round::<true>(at, CONSTANTS[0][$j], w[$j % 4], fourth);
                    w[$j % 4] = fourth;
                }
            };
        }
        sixteen_times!(early);
        for (sixteen, constants) in CONSTANTS.iter().enumerate().skip(1) {
            macro_rules! late {
                ($j:literal) => {
                    let fourth = self.word(16 * sixteen + $j + 4);
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

    use super::*;

    proptest! {
        #[test]
        fn an_expanded_block_is_the_sum_of_its_parts_expanded(
            block in any::<[u32; 16]>(), other in any::<[u32; 16]>(),
        ) {
            let sum: [u32; 16] = std::array::from_fn(|at| block[at] ^ other[at]);
            let parts: [u32; EXPANDED] = std::array::from_fn(|at| expanded(&block)[at] ^ expanded(&other)[at]);
            prop_assert_eq!(expanded(&sum), parts);
        }
    }
}
