//! Messages of one length side by side, built word by word: no message stands anywhere as a string of bytes.
//!
//! Digests go from one function to the next as they lie in the lanes, so that a tree or a MAC over many short texts moves no bytes.

use pulp::Arch;

use super::assemble::{Add, Append, Clear, Hex};
use super::compress::Compress;
use super::{BLOCK, LANES, Prefix, Words, digest};
use crate::Digest;

/// Words of the longest message: two blocks.
const WORDS: usize = 32;
/// Bytes of the longest text that is laid out.
const MOST_TEXT: usize = 64;
/// Bytes of the longest message, without the padding of 5.2.
const MOST: usize = 2 * BLOCK - 9;

/// The digests of sixteen messages.
#[derive(Clone, Copy)]
pub struct Digests([Words; 8]);

impl Digests {
    /// Those computed elsewhere.
    pub fn of(digests: &[Digest; LANES]) -> Self {
        let mut words = [Words::ZERO; 8];
        for (lane, digest) in digests.iter().enumerate() {
            for (words, four) in words.iter_mut().zip(digest.as_bytes().as_chunks().0) {
                words.0[lane] = u32::from_be_bytes(*four);
            }
        }
        Self(words)
    }

    /// Each by itself.
    pub fn each(&self) -> [Digest; LANES] {
        std::array::from_fn(|lane| self.at(lane))
    }

    /// That of one message.
    pub fn at(&self, lane: usize) -> Digest {
        digest(&self.0.each_ref().map(|words| words.0[lane]))
    }

    /// The first eight bytes of each, as a number that has their order.
    pub fn beginnings(&self) -> [u64; LANES] {
        let [first, second, ..] = &self.0;
        std::array::from_fn(|lane| u64::from(first.0[lane]) << 32 | u64::from(second.0[lane]))
    }
}

/// Sixteen texts of one length, word by word.
pub struct Texts {
    words: [Words; MOST_TEXT / 4],
    bytes: usize,
}

impl Texts {
    /// Lays texts out; `None` where they differ in length or are longer than a message can hold.
    #[inline]
    pub fn of(texts: &[&[u8]; LANES]) -> Option<Self> {
        let bytes = texts[0].len();
        if bytes > MOST_TEXT || texts.iter().any(|text| text.len() != bytes) {
            return None;
        }
        let mut words = [Words::ZERO; MOST_TEXT / 4];
        for (lane, text) in texts.iter().enumerate() {
            let (whole, rest) = text.as_chunks::<4>();
            for (words, four) in words.iter_mut().zip(whole) {
                words.0[lane] = u32::from_be_bytes(*four);
            }
            match (rest.len(), text.last_chunk::<4>()) {
                (0, _) => {}
                // The last four bytes end as the text does.
                (left, Some(four)) => {
                    words[whole.len()].0[lane] = u32::from_be_bytes(*four) << (32 - 8 * left)
                }
                (_, None) => {
                    words[0].0[lane] =
                        (0..).zip(rest).fold(0, |word, (at, byte)| word | u32::from(*byte) << (24 - 8 * at));
                }
            }
        }
        Some(Self { words, bytes })
    }
}

/// Sixteen messages of one length, so far.
pub struct Messages {
    words: [Words; WORDS],
    bytes: usize,
}

impl Default for Messages {
    fn default() -> Self {
        Self { words: [Words::ZERO; WORDS], bytes: 0 }
    }
}

impl Messages {
    /// Begins with nothing again, for messages of a length; `None` where that is more than the two blocks that fit, see
    /// [`Prefix::digests`].
    pub fn begin(&mut self, bytes: usize) -> Option<&mut Self> {
        if bytes > MOST {
            return None;
        }
        let words = (bytes + 9).div_ceil(BLOCK) * 16;
        Arch::new().dispatch(Clear(&mut self.words[..words]));
        self.bytes = 0;
        Some(self)
    }

    /// Appends the same text to each message.
    pub fn append(&mut self, text: &[u8]) -> &mut Self {
        let first = self.bytes / 4;
        let mut bits = [0; WORDS];
        for (at, byte) in (self.bytes..).zip(text) {
            bits[at / 4 - first] |= u32::from(*byte) << (24 - 8 * (at % 4));
        }
        self.bytes += text.len();
        let end = self.bytes.div_ceil(4);
        Arch::new().dispatch(Add { bits: &bits[..end - first], to: &mut self.words[first..end] });
        self
    }

    /// Appends a text of its own to each message.
    pub fn append_each(&mut self, texts: &Texts) -> &mut Self {
        self.append_words(&texts.words[..texts.bytes.div_ceil(4)], texts.bytes)
    }

    /// Appends the 32 bytes of a digest to each message.
    pub fn append_digests(&mut self, digests: &Digests) -> &mut Self {
        self.append_words(&digests.0, 32)
    }

    /// Appends the 64 lower-case hexadecimal digits of a digest to each message.
    pub fn append_hex(&mut self, digests: &Digests) -> &mut Self {
        let mut words = [Words::ZERO; 16];
        Arch::new().dispatch(Hex { words: &digests.0, to: &mut words });
        self.append_words(&words, 64)
    }

    /// Words of the messages' own order, whatever the place at which they come to stand.
    fn append_words(&mut self, words: &[Words], bytes: usize) -> &mut Self {
        let (at, shift) = (self.bytes / 4, self.bytes as u32 % 4 * 8);
        Arch::new().dispatch(Append { words, shift, to: &mut self.words[at..] });
        self.bytes += bytes;
        self
    }

    /// The digests of the messages after what all of them share.
    pub fn digests(&mut self, prefix: &Prefix) -> Digests {
        let bits = (prefix.bytes + self.bytes as u64) * 8;
        self.append(&[0x80]);
        let blocks = (self.bytes + 8).div_ceil(BLOCK);
        let [high, low] = [(bits >> 32) as u32, bits as u32];
        self.words[blocks * 16 - 2] = Words([high; LANES]);
        self.words[blocks * 16 - 1] = Words([low; LANES]);
        let mut state = prefix.state.map(|word| Words([word; LANES]));
        for block in self.words.as_chunks::<16>().0.iter().take(blocks) {
            Arch::new().dispatch(Compress { state: &mut state, block });
        }
        Digests(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sm3;

    /// Sixteen texts of a length that differ.
    fn texts(length: usize) -> [Vec<u8>; LANES] {
        std::array::from_fn(|lane| (0..length).map(|at| (at * 31 + lane * 7 + length) as u8).collect())
    }

    fn laid_out(texts: &[Vec<u8>; LANES]) -> Texts {
        Texts::of(&texts.each_ref().map(Vec::as_slice)).unwrap()
    }

    #[test]
    fn pieces_of_any_length_have_the_digests_of_the_whole() {
        let mut messages = Messages::default();
        for first in 0..40 {
            for second in 0..=MOST_TEXT {
                let [a, b] = [texts(first), texts(second)];
                let messages = messages.begin(first + second).unwrap();
                let found =
                    messages.append_each(&laid_out(&a)).append_each(&laid_out(&b)).digests(&Prefix::NONE);
                let alone = std::array::from_fn(|lane| sm3::digest_of(&[&a[lane], &b[lane]]));
                assert_eq!(found.each(), alone, "{first} and {second} bytes");
            }
        }
    }

    #[test]
    fn digests_and_their_digits_go_on_as_they_lie() {
        let digests: [Digest; LANES] = std::array::from_fn(|lane| sm3::digest(&[lane as u8; 5]));
        let lanes = Digests::of(&digests);
        let mut messages = Messages::default();
        for before in 0..6 {
            let text = &b"prefix"[..before];
            let messages = messages.begin(before + 96).unwrap();
            let found =
                messages.append(text).append_hex(&lanes).append_digests(&lanes).digests(&Prefix::NONE);
            let alone = digests.map(|one| sm3::digest_of(&[text, one.to_hex().as_bytes(), one.as_ref()]));
            assert_eq!(found.each(), alone);
        }
    }

    #[test]
    fn messages_go_on_after_a_shared_block() {
        let block: [u8; BLOCK] = std::array::from_fn(|at| at as u8);
        let ends = texts(9);
        let mut messages = Messages::default();
        let found = messages.begin(9).unwrap().append_each(&laid_out(&ends)).digests(&Prefix::of(&block));
        assert_eq!(found.each(), std::array::from_fn(|lane| sm3::digest_of(&[&block, &ends[lane]])));
    }

    #[test]
    fn texts_of_several_lengths_are_not_laid_out() {
        let mut texts: [&[u8]; LANES] = [b"four"; LANES];
        texts[3] = b"three";
        assert!(Texts::of(&texts).is_none());
        assert!(Texts::of(&[&[0; MOST_TEXT + 1]; LANES]).is_none());
    }

    #[test]
    fn beginnings_have_the_order_of_the_digests() {
        let digests: [Digest; LANES] = std::array::from_fn(|lane| sm3::digest(&[lane as u8]));
        let mut by_beginning: Vec<usize> = (0..LANES).collect();
        let mut by_digest = by_beginning.clone();
        let beginnings = Digests::of(&digests).beginnings();
        by_beginning.sort_by_key(|at| beginnings[*at]);
        by_digest.sort_by_key(|at| digests[*at]);
        assert_eq!(by_beginning, by_digest);
    }

    #[test]
    fn what_does_not_fit_into_two_blocks_is_left_to_others() {
        assert!(Messages::default().begin(MOST).is_some());
        assert!(Messages::default().begin(MOST + 1).is_none());
    }
}
