//! What a file is: by its first bytes, never by its name.

use memchr::memmem;

use super::encoding::{self, Encoding};
use super::{LARGEST_FILE, Unreadable};

/// First bytes of a zip archive, which a workbook is.
const ZIP: &[u8] = b"PK\x03\x04";
/// First bytes of an OLE container: an old workbook, or an encrypted one.
const OLE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];
/// Name of the stream in which an OLE container keeps an encrypted workbook, as its directory writes it.
const ENCRYPTED: &[u8] = b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0";
/// First bytes of other kinds that are sent by mistake.
const OTHERS: [&[u8]; 5] = [b"%PDF", b"\x89PNG", b"\xFF\xD8\xFF", b"Rar!", b"{\\rtf"];

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `.xlsx`.
    Workbook,
    /// Delimited text in this encoding.
    Delimited(Encoding),
}

/// What the bytes are.
pub(super) fn kind(bytes: &[u8]) -> Result<Kind, Unreadable> {
    if bytes.is_empty() {
        return Err(Unreadable::Empty);
    }
    if bytes.len() > LARGEST_FILE {
        return Err(Unreadable::TooLarge);
    }
    if bytes.starts_with(ZIP) {
        return Ok(Kind::Workbook);
    }
    if bytes.starts_with(OLE) {
        let encrypted = memmem::find(bytes, ENCRYPTED).is_some();
        return Err(if encrypted { Unreadable::Encrypted } else { Unreadable::OldWorkbook });
    }
    if OTHERS.iter().any(|other| bytes.starts_with(other)) {
        return Err(Unreadable::UnknownKind);
    }
    encoding::of(bytes).map(Kind::Delimited)
}
