//! The one spelling of a proof: a line a field, a line a row of a table, everything deeper without blanks.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::draw::Refused;

/// Rows of tables stand on lines of their own; what is inside a row does not.
const DEPTH_OF_ROWS: usize = 2;

/// The canonical text of a value, ended by LF.
pub(super) fn write(value: &impl Serialize) -> String {
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, Lines { depth: 0, is_empty: true });
    value.serialize(&mut serializer).expect("a proof has only string keys and is written to memory");
    text.push(b'\n');
    String::from_utf8(text).expect("the serializer writes UTF-8")
}

/// Refuses a text at the first byte that differs from its canonical spelling.
pub(super) fn must_equal(text: &[u8], canonical: &[u8]) -> Result<(), Refused> {
    if text == canonical {
        return Ok(());
    }
    let same = text.iter().zip(canonical).take_while(|(a, b)| a == b).count();
    let before = &text[..same];
    let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
    let column = 1 + same - before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    Err(Refused::Malformed { line, column, reason: "not the canonical spelling of this proof".to_owned() })
}

struct Lines {
    depth: usize,
    is_empty: bool,
}

impl Lines {
    fn open<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.is_empty = true;
        writer.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if !self.is_empty && self.depth < DEPTH_OF_ROWS {
            self.new_line(writer)?;
        }
        self.is_empty = false;
        writer.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.is_empty = false;
        if !first {
            writer.write_all(b",")?;
        }
        if self.depth <= DEPTH_OF_ROWS { self.new_line(writer) } else { Ok(()) }
    }

    fn new_line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        write!(writer, "\n{:indent$}", "", indent = 2 * self.depth)
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.close(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.next(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.depth == 1 { b": " } else { b":" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_and_rows_have_their_own_lines() {
        let text = write(&json!({"a": 1, "b": [], "c": [{"d": [1, 2], "e": {}}, "f"]}));
        let expected =
            "{\n  \"a\": 1,\n  \"b\": [],\n  \"c\": [\n    {\"d\":[1,2],\"e\":{}},\n    \"f\"\n  ]\n}\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_first_departure_is_named_by_line_and_column() {
        let refused = must_equal(b"{\n  \"a\" : 1\n}\n", b"{\n  \"a\": 1\n}\n").unwrap_err();
        assert!(matches!(refused, Refused::Malformed { line: 2, column: 6, .. }), "{refused:?}");
        assert!(must_equal(b"{}\n\n", b"{}\n").is_err());
        assert!(must_equal(b"{}", b"{}\n").is_err());
    }
}
