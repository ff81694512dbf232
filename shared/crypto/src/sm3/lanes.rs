//! SM3 of many messages side by side: one message a lane of the processor's vector registers, whatever their width.
//!
//! A draw and a Merkle tree hash many short messages that do not depend on one another. Each step of the function works on a register with
//! a word of each message; `pulp` picks the widest registers that the processor has when the program runs.

use pulp::{Arch, Simd, WithSimd};

use crate::Digest;

/// Messages that are hashed at a time.
const LANES: usize = 16;
/// Bytes of a block.
const BLOCK: usize = 64;
/// GB/T 32905-2016, 4.1.
const START: [u32; 8] =
    [0x7380_166f, 0x4914_b2b9, 0x1724_42d7, 0xda8a_0600, 0xa96f_30bc, 0x1631_38aa, 0xe38d_ee4d, 0xb0fb_0e4e];

/// The same word of each message.
type Words = [u32; LANES];

/// Where the messages begin: with nothing, or after whole blocks that all of them share.
#[derive(Clone, Copy)]
pub struct Prefix {
    state: [u32; 8],
    bytes: u64,
}

impl Prefix {
    /// Messages that share nothing.
    pub const NONE: Self = Self { state: START, bytes: 0 };

    /// Messages that all begin with this block.
    pub fn of(block: &[u8; BLOCK]) -> Self {
        let mut state = START.map(|word| [word; LANES]);
        let words = std::array::from_fn(|at| [word(block, at); LANES]);
        Arch::new().dispatch(Compress { state: &mut state, block: &words });
        Self { state: state.map(|[first, ..]| first), bytes: BLOCK as u64 }
    }

    /// The digests of `count` messages; `write` appends what follows the prefix in the message of a number.
    pub fn digests(&self, count: usize, write: impl Fn(usize, &mut Vec<u8>)) -> Vec<Digest> {
        let mut digests = Vec::with_capacity(count);
        let mut lanes = Lanes::default();
        for number in 0..count {
            lanes.messages[lanes.taken].clear();
            write(number, &mut lanes.messages[lanes.taken]);
            lanes.taken += 1;
            if lanes.taken == LANES {
                lanes.finish(self, &mut digests);
            }
        }
        lanes.finish(self, &mut digests);
        digests
    }
}

/// The messages that are hashed next. Buffers are used again.
#[derive(Default)]
struct Lanes {
    messages: [Vec<u8>; LANES],
    /// Lanes that hold a message.
    taken: usize,
}

impl Lanes {
    fn finish(&mut self, prefix: &Prefix, digests: &mut Vec<Digest>) {
        if self.taken == 0 {
            return;
        }
        for message in &mut self.messages[..self.taken] {
            pad(message, prefix.bytes);
        }
        let mut state = prefix.state.map(|word| [word; LANES]);
        let mut ends = [prefix.state; LANES];
        let longest = self.messages[..self.taken].iter().map(Vec::len).max().unwrap_or_default();
        for from in (0..longest).step_by(BLOCK) {
            let words = self.words(from);
            Arch::new().dispatch(Compress { state: &mut state, block: &words });
            for (lane, message) in self.messages[..self.taken].iter().enumerate() {
                if message.len() == from + BLOCK {
                    ends[lane] = state.map(|words| words[lane]);
                }
            }
        }
        digests.extend(ends[..self.taken].iter().map(digest));
        self.taken = 0;
    }

    /// The block at `from` of each message, word by word; zeros for those that have ended.
    fn words(&self, from: usize) -> [Words; 16] {
        let mut words = [[0; LANES]; 16];
        for (lane, message) in self.messages[..self.taken].iter().enumerate() {
            if let Some(block) = message.get(from..from + BLOCK).and_then(|block| block.first_chunk()) {
                for (at, words) in words.iter_mut().enumerate() {
                    words[lane] = word(block, at);
                }
            }
        }
        words
    }
}

/// Appends the padding of 5.2: a one bit, zeros to the end of the last block but eight bytes, the length in bits.
fn pad(message: &mut Vec<u8>, before: u64) {
    let bits = (before + message.len() as u64) * 8;
    message.push(0x80);
    let length = (message.len() + 8).next_multiple_of(BLOCK) - 8;
    message.resize(length, 0);
    message.extend(bits.to_be_bytes());
}

fn word(block: &[u8; BLOCK], at: usize) -> u32 {
    let bytes = [block[at * 4], block[at * 4 + 1], block[at * 4 + 2], block[at * 4 + 3]];
    u32::from_be_bytes(bytes)
}

fn digest(state: &[u32; 8]) -> Digest {
    let mut bytes = [0; 32];
    for (four, word) in bytes.chunks_exact_mut(4).zip(state) {
        four.copy_from_slice(&word.to_be_bytes());
    }
    Digest::from_bytes(bytes)
}

/// One block of each message (5.3), as many messages at a time as a register of the processor has lanes.
struct Compress<'a> {
    state: &'a mut [Words; 8],
    block: &'a [Words; 16],
}

impl WithSimd for Compress<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let operations = Operations(simd);
        for part in 0..LANES / S::U32_LANES {
            let block = self.block.each_ref().map(|words| S::as_simd_u32s(words).0[part]);
            let state = self.state.each_ref().map(|words| S::as_simd_u32s(words).0[part]);
            let after = operations.compressed(state, block);
            for (words, after) in self.state.iter_mut().zip(after) {
                S::as_mut_simd_u32s(words).0[part] = after;
            }
        }
    }
}

/// The operations of the standard on registers. All of them are inlined into the code for the processor at hand.
#[derive(Clone, Copy)]
struct Operations<S>(S);

impl<S: Simd> Operations<S> {
    #[inline(always)]
    fn compressed(self, state: [S::u32s; 8], block: [S::u32s; 16]) -> [S::u32s; 8] {
        let w = self.expanded(block);
        let mut after = state;
        // Four rounds a turn: the words have changed places by then as often as they need to be where they began.
        for turn in 0..16 {
            for j in turn * 4..turn * 4 + 4 {
                after = self.round(after, j, w[j], w[j + 4]);
            }
        }
        for (after, before) in after.iter_mut().zip(state) {
            *after = self.xor([*after, before]);
        }
        after
    }

    /// Round `j` of 5.3.3; `word` is W of the round, `fourth` the W four places on.
    #[inline(always)]
    fn round(self, state: [S::u32s; 8], j: usize, word: S::u32s, fourth: S::u32s) -> [S::u32s; 8] {
        let [a, b, c, d, e, f, g, h] = state;
        let t = if j < 16 { 0x79cc_4519_u32 } else { 0x7a87_9d8a }.rotate_left(j as u32 % 32);
        let a12 = self.rotated::<12>(a);
        let ss1 = self.rotated::<7>(self.sum([a12, e, self.0.splat_u32s(t)]));
        let ss2 = self.xor([ss1, a12]);
        let (ff, gg) = if j < 16 {
            (self.xor([a, b, c]), self.xor([e, f, g]))
        } else {
            (self.majority(a, b, c), self.choice(e, f, g))
        };
        let tt1 = self.sum([ff, d, ss2, self.xor([word, fourth])]);
        let tt2 = self.sum([gg, h, ss1, word]);
        let [b9, f19] = [self.rotated::<9>(b), self.rotated::<19>(f)];
        [tt1, a, b9, c, self.mixed::<9, 17>(tt2), e, f19, g]
    }

    #[inline(always)]
    fn expanded(self, block: [S::u32s; 16]) -> [S::u32s; 68] {
        let mut w = [self.0.splat_u32s(0); 68];
        w[..16].copy_from_slice(&block);
        for j in 16..68 {
            let mixed = self.mixed::<15, 23>(self.xor([w[j - 16], w[j - 9], self.rotated::<15>(w[j - 3])]));
            w[j] = self.xor([mixed, self.rotated::<7>(w[j - 13]), w[j - 6]]);
        }
        w
    }

    /// P0 and P1 of 4.4.
    #[inline(always)]
    fn mixed<const M: u32, const N: u32>(self, x: S::u32s) -> S::u32s {
        self.xor([x, self.rotated::<M>(x), self.rotated::<N>(x)])
    }

    /// FF of the later rounds.
    #[inline(always)]
    fn majority(self, x: S::u32s, y: S::u32s, z: S::u32s) -> S::u32s {
        let simd = self.0;
        simd.or_u32s(simd.and_u32s(x, y), simd.and_u32s(z, simd.or_u32s(x, y)))
    }

    /// GG of the later rounds.
    #[inline(always)]
    fn choice(self, x: S::u32s, y: S::u32s, z: S::u32s) -> S::u32s {
        let simd = self.0;
        simd.or_u32s(simd.and_u32s(x, y), simd.and_u32s(simd.not_u32s(x), z))
    }

    #[inline(always)]
    fn rotated<const N: u32>(self, x: S::u32s) -> S::u32s {
        let simd = self.0;
        let left = simd.wrapping_dyn_shl_u32s(x, simd.splat_u32s(N));
        simd.or_u32s(left, simd.wrapping_dyn_shr_u32s(x, simd.splat_u32s(32 - N)))
    }

    #[inline(always)]
    fn xor<const N: usize>(self, words: [S::u32s; N]) -> S::u32s {
        words.into_iter().reduce(|a, b| self.0.xor_u32s(a, b)).unwrap_or_else(|| self.0.splat_u32s(0))
    }

    #[inline(always)]
    fn sum<const N: usize>(self, words: [S::u32s; N]) -> S::u32s {
        words.into_iter().reduce(|a, b| self.0.add_u32s(a, b)).unwrap_or_else(|| self.0.splat_u32s(0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sm3;

    fn message(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at * 7 + length) as u8).collect()
    }

    #[test]
    fn every_length_around_the_ends_of_blocks_has_the_digest_that_it_has_alone() {
        let lengths: Vec<usize> = (0..200).collect();
        let together = Prefix::NONE.digests(lengths.len(), |number, to| to.extend(message(lengths[number])));
        let alone: Vec<_> = lengths.iter().map(|length| sm3::digest(&message(*length))).collect();
        assert_eq!(together, alone);
    }

    #[test]
    fn messages_go_on_after_a_shared_block() {
        let block: [u8; BLOCK] = std::array::from_fn(|at| at as u8);
        let together = Prefix::of(&block).digests(5, |number, to| to.extend(message(number * 40)));
        let alone: Vec<_> = (0..5).map(|number| sm3::digest_of(&[&block, &message(number * 40)])).collect();
        assert_eq!(together, alone);
    }

    #[test]
    fn no_message_has_no_digest() {
        assert_eq!(Prefix::NONE.digests(0, |_, _| unreachable!("there is no message")), []);
    }

    proptest! {
        #[test]
        fn any_messages_have_the_digests_that_they_have_alone(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..40),
        ) {
            let together = Prefix::NONE.digests(messages.len(), |number, to| to.extend(&messages[number]));
            let alone: Vec<_> = messages.iter().map(|message| sm3::digest(message)).collect();
            prop_assert_eq!(together, alone);
        }
    }
}
