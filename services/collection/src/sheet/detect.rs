//! What a file is: by its first bytes, never by its name.

use super::{LARGEST_FILE, Unreadable};

/// First bytes of a zip archive, which a workbook is.
const ZIP: &[u8] = b"PK\x03\x04";
/// First bytes of an OLE container: an old workbook, or an encrypted one.
const OLE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];
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
        return Err(Unreadable::OldWorkbook);
    }
    if OTHERS.iter().any(|other| bytes.starts_with(other)) {
        return Err(Unreadable::UnknownKind);
    }
    encoding(bytes).map(Kind::Delimited)
}

fn encoding(bytes: &[u8]) -> Result<Encoding, Unreadable> {
    match bytes {
        [0xFF, 0xFE, ..] => return Ok(Encoding::Utf16 { little: true }),
        [0xFE, 0xFF, ..] => return Ok(Encoding::Utf16 { little: false }),
        _ => {}
    }
    // A zero byte stands in no text of these encodings.
    if bytes.contains(&0) {
        return Err(Unreadable::UnknownKind);
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(Encoding::Utf8),
        Err(problem) => {
            let (_, _, wrong) = encoding_rs::GB18030.decode(bytes);
            if wrong {
                Err(Unreadable::Encoding { position: problem.valid_up_to() + 1 })
            } else {
                Ok(Encoding::Gb18030)
            }
        }
    }
}
