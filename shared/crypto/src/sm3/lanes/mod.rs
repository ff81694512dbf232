//! SM3 of many messages side by side: one message a lane of the processor's vector registers, whatever their width.
//!
//! A draw and a Merkle tree hash many short messages that do not depend on one another. Each step of the function works on a register with
//! a word of each message; `pulp` picks the widest registers that the processor has when the program runs.

mod assemble;
mod compress;
mod endings;
mod first_words;
mod message;

use pulp::Arch;

use crate::Digest;
use compress::Compress;

pub use endings::{Endings, Room};
pub use message::{Digests, Messages, Texts};

/// Messages that are hashed at a time.
pub const LANES: usize = 16;
/// Bytes of a block.
const BLOCK: usize = 64;
/// GB/T 32905-2016, 4.1.
const START: [u32; 8] =
    [0x7380_166f, 0x4914_b2b9, 0x1724_42d7, 0xda8a_0600, 0xa96f_30bc, 0x1631_38aa, 0xe38d_ee4d, 0xb0fb_0e4e];

/// The same word of each message, where a register reads it at once.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Words([u32; LANES]);

impl Words {
    const ZERO: Self = Self([0; LANES]);
}

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
        Self::NONE.then(block)
    }

    /// Messages that go on with this block.
    fn then(&self, block: &[u8; BLOCK]) -> Self {
        let mut state = self.state.map(|word| Words([word; LANES]));
        let words = std::array::from_fn(|at| Words([word(block, at); LANES]));
        Arch::new().dispatch(Compress { state: &mut state, block: &words });
        Self { state: state.map(|words| words.0[0]), bytes: self.bytes + BLOCK as u64 }
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
        let mut state = prefix.state.map(|word| Words([word; LANES]));
        let mut ends = [prefix.state; LANES];
        let longest = self.messages[..self.taken].iter().map(Vec::len).max().unwrap_or_default();
        for from in (0..longest).step_by(BLOCK) {
            let words = self.words(from);
            Arch::new().dispatch(Compress { state: &mut state, block: &words });
            for (lane, message) in self.messages[..self.taken].iter().enumerate() {
                if message.len() == from + BLOCK {
                    ends[lane] = state.map(|words| words.0[lane]);
                }
            }
        }
        digests.extend(ends[..self.taken].iter().map(digest));
        self.taken = 0;
    }

    /// The block at `from` of each message, word by word; zeros for those that have ended.
    fn words(&self, from: usize) -> [Words; 16] {
        let mut words = [Words::ZERO; 16];
        for (lane, message) in self.messages[..self.taken].iter().enumerate() {
            if let Some(block) = message.get(from..from + BLOCK).and_then(|block| block.first_chunk()) {
                for (at, words) in words.iter_mut().enumerate() {
                    words.0[lane] = word(block, at);
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
