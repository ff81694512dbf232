//! The bytes of a file that is received, in pieces as they are kept.

use crypto::sm3::Hasher;

/// Bytes of a piece: small enough for every driver, and few for a file.
const PIECE: usize = 1024 * 1024;

/// The bytes of a file, put together without ever being copied as a whole: one text that grows is moved again and again, and is
/// there twice while that happens.
#[derive(Clone, Debug, Default)]
pub struct FileBytes {
    /// Each but the last has [`PIECE`] bytes.
    pieces: Vec<Vec<u8>>,
}

impl FileBytes {
    /// Takes what follows.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let last = match self.pieces.last_mut() {
                Some(last) if last.len() < PIECE => last,
                _ => self.pieces.push_mut(Vec::new()),
            };
            let (now, rest) = bytes.split_at(bytes.len().min(PIECE - last.len()));
            last.extend_from_slice(now);
            bytes = rest;
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The pieces, in order.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().map(Vec::as_slice)
    }

    /// SM3 of all, in hexadecimal digits.
    pub(super) fn digest(&self) -> String {
        self.pieces().fold(Hasher::new(), Hasher::update).finish().to_hex()
    }
}

impl From<Vec<u8>> for FileBytes {
    fn from(bytes: Vec<u8>) -> Self {
        let mut all = Self::default();
        all.push(&bytes);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_parts_of_any_size_is_kept_in_pieces_of_one() {
        let whole: Vec<u8> = (0..2 * PIECE + 7).map(|at| (at % 251) as u8).collect();
        let mut parts = FileBytes::default();
        let (mut rest, mut size) = (whole.as_slice(), 1);
        while !rest.is_empty() {
            let (part, behind) = rest.split_at(rest.len().min(size));
            parts.push(part);
            (rest, size) = (behind, size * 3);
        }
        let lengths: Vec<usize> = parts.pieces().map(<[u8]>::len).collect();
        assert_eq!((lengths, parts.len()), (vec![PIECE, PIECE, 7], whole.len()));
        assert_eq!(parts.pieces().collect::<Vec<_>>().concat(), whole);
        assert_eq!(parts.digest(), crypto::sm3::digest(&whole).to_hex());
        assert_eq!(FileBytes::from(whole).digest(), parts.digest());
        assert!(FileBytes::default().is_empty() && !parts.is_empty());
    }
}
