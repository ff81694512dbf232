//! Encodings of texts: which one a file is in, and where it is not.
//!
//! Bytes of UTF-8 are mostly valid GB18030 too, and then mean other characters. So a file that is not UTF-8 from end to end is
//! taken for GB18030 only when none of its lines is plainly UTF-8: a damaged file is refused, not read as something else.

use encoding_rs::{Decoder, DecoderResult, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::Unreadable;

/// Chinese characters of a line in valid UTF-8 that no line of GB18030 has by chance: six characters of it, all of them rare.
const PLAIN: usize = 4;
/// Bytes that are looked at to tell UTF-16 without its mark.
const SAMPLE: usize = 64 * 1024;
/// Bytes of text that are decoded at once.
const STEP: usize = 64 * 1024;

/// Encoding of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without its mark.
    Utf8,
    /// UTF-16 with its mark, as spreadsheets save "Unicode text".
    Utf16 {
        /// Whether the low byte comes first.
        little: bool,
    },
    /// GB18030, which holds GBK and GB 2312.
    Gb18030,
}

/// The encoding of a text that is not empty.
pub(super) fn of(bytes: &[u8]) -> Result<Encoding, Unreadable> {
    match bytes {
        [0xFF, 0xFE] | [0xFE, 0xFF] | [0xEF, 0xBB, 0xBF] => return Err(Unreadable::Empty),
        [0xFF, 0xFE, ..] => return Ok(Encoding::Utf16 { little: true }),
        [0xFE, 0xFF, ..] => return Ok(Encoding::Utf16 { little: false }),
        _ => {}
    }
    // A zero byte stands in no text of the other encodings.
    if let Some(at) = memchr::memchr(0, bytes) {
        let (line, position) = place(bytes, at);
        return Err(if is_utf16(bytes) { Unreadable::NoMark } else { Unreadable::Nul { line, position } });
    }
    if std::str::from_utf8(bytes).is_ok() { Ok(Encoding::Utf8) } else { gb18030(bytes) }
}

/// A text that is decoded a stretch at a time: it is never there as a whole.
pub(super) struct Decoded<'b> {
    bytes: &'b [u8],
    encoding: Encoding,
    decoder: Decoder,
    /// Bytes that were decoded; none when all were.
    read: Option<usize>,
}

impl<'b> Decoded<'b> {
    /// Decodes `bytes`, whose encoding was found out; a mark at the beginning is no part of the text.
    pub(super) fn new(bytes: &'b [u8], encoding: Encoding) -> Self {
        let by = match encoding {
            Encoding::Utf8 => UTF_8,
            Encoding::Utf16 { little: true } => UTF_16LE,
            Encoding::Utf16 { little: false } => UTF_16BE,
            Encoding::Gb18030 => GB18030,
        };
        Self { bytes, encoding, decoder: by.new_decoder_with_bom_removal(), read: Some(0) }
    }

    /// Puts the next stretch into `text`, in the place of what it held. `false` when there is none.
    ///
    /// # Errors
    /// Where the bytes are not in their encoding.
    pub(super) fn next(&mut self, text: &mut String) -> Result<bool, Unreadable> {
        text.clear();
        let Some(read) = self.read else { return Ok(false) };
        text.reserve(STEP);
        let rest = &self.bytes[read..];
        let (result, count) = self.decoder.decode_to_string_without_replacement(rest, text, true);
        self.read = (result == DecoderResult::OutputFull).then_some(read + count);
        match (result, self.encoding) {
            (DecoderResult::InputEmpty | DecoderResult::OutputFull, _) => Ok(true),
            (DecoderResult::Malformed(..), Encoding::Utf16 { little }) => {
                Err(utf16_fault(self.bytes, little))
            }
            // Both were read to their end when the encoding was found.
            (DecoderResult::Malformed(..), Encoding::Utf8 | Encoding::Gb18030) => {
                Err(Unreadable::UnknownKind)
            }
        }
    }
}

/// Whether all zero bytes are the high or the low halves of pairs.
fn is_utf16(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let zeros = |half: usize| sample.iter().skip(half).step_by(2).filter(|byte| **byte == 0).count();
    bytes.len().is_multiple_of(2) && (zeros(0) == 0) != (zeros(1) == 0)
}

/// Bytes that are not UTF-8: GB18030 when nothing speaks against it.
fn gb18030(bytes: &[u8]) -> Result<Encoding, Unreadable> {
    let mut utf8 = None;
    let mut other = None;
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let valid = std::str::from_utf8(line).map_or_else(|problem| problem.valid_up_to(), str::len);
        let plain = line[..valid].iter().filter(|byte| (0xE4..=0xE9).contains(*byte)).count() >= PLAIN;
        if plain {
            utf8 = utf8.or(Some(number));
        }
        if valid < line.len() {
            other = other.or(Some((number, valid + 1, plain, line)));
        }
    }
    match (utf8, other) {
        (Some(utf8), Some((other, _, false, line))) if gb18030_fault(line).is_none() => {
            Err(Unreadable::Mixed { utf8, other })
        }
        (Some(_), Some((line, position, ..))) => {
            Err(Unreadable::Encoding { encoding: "UTF-8", line, position })
        }
        _ => match gb18030_fault(bytes) {
            None => Ok(Encoding::Gb18030),
            Some(at) => {
                let (line, position) = place(bytes, at);
                Err(Unreadable::Encoding { encoding: "GB18030", line, position })
            }
        },
    }
}

/// Where the first bytes stand that are not GB18030.
fn gb18030_fault(bytes: &[u8]) -> Option<usize> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let (mut read, mut text) = (0, String::with_capacity(STEP));
    loop {
        text.clear();
        let (result, count) = decoder.decode_to_string_without_replacement(&bytes[read..], &mut text, true);
        read += count;
        match result {
            DecoderResult::InputEmpty => return None,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, behind) => {
                return Some(read.saturating_sub(usize::from(length) + usize::from(behind)));
            }
        }
    }
}

/// A half of a surrogate pair that stands alone, or half a character at the end.
fn utf16_fault(bytes: &[u8], little: bool) -> Unreadable {
    let unit = |pair: &[u8]| {
        let pair = [pair[0], pair[1]];
        if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    };
    // The mark at the beginning is a character of the first line.
    let (mut line, mut units) = (1, 0);
    for decoded in char::decode_utf16(bytes.chunks_exact(2).map(unit)) {
        match decoded {
            Ok('\n') => (line, units) = (line + 1, 0),
            Ok(character) => units += character.len_utf16(),
            Err(_) => break,
        }
    }
    Unreadable::Encoding { encoding: "UTF-16", line, position: units * 2 + 1 }
}

/// Line and position in it, both from 1, of the byte at `at`.
fn place(bytes: &[u8], at: usize) -> (u32, usize) {
    let before = &bytes[..at];
    let line = u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).unwrap_or(u32::MAX);
    let begins = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
    (line, at - begins + 1)
}
