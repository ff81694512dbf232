//! What a text may cost before it is read: readers of YAML take time by the square of its nesting.

use saphyr_parser::{Event, Parser};

use super::{
    error::{Fault, ModelError},
    places::Position,
};

/// Longest text of a model, a combination or a condition, in bytes.
pub const LONGEST_TEXT: usize = 256 << 10;
/// Lists and mappings that stand one in another at most: a model needs about ten.
const DEEPEST: usize = 50;

/// Whether `text`, the content of `file`, is short and flat enough to be read, and holds one document. It stops at the first part that
/// is nested too deeply.
///
/// # Errors
/// With what is too long, too deep, empty, one document too many, or no YAML.
pub fn bounded(file: &str, text: &str) -> Result<(), ModelError> {
    let too_deep = || format!("lists and mappings stand more than {DEEPEST} deep one in another");
    let refused = |position: Option<Position>, problem: String| {
        let fault = Fault { path: String::new(), position, problem };
        Err(ModelError { file: file.to_owned(), faults: vec![fault] })
    };
    if text.len() > LONGEST_TEXT {
        return refused(None, format!("it has {} bytes; expected at most {LONGEST_TEXT}", text.len()));
    }
    let (mut depth, mut documents, mut is_empty) = (0_usize, 0_usize, true);
    for event in Parser::new_from_str(text) {
        match event {
            Ok((Event::DocumentStart(..), span)) => {
                documents += 1;
                if documents > 1 {
                    let position = Position { line: span.start.line(), column: span.start.col() + 1 };
                    return refused(Some(position), "another document begins; expected one".to_owned());
                }
            }
            Ok((Event::MappingStart(..) | Event::SequenceStart(..), span)) => {
                is_empty = false;
                depth += 1;
                if depth > DEEPEST {
                    let position = Position { line: span.start.line(), column: span.start.col() + 1 };
                    return refused(Some(position), too_deep());
                }
            }
            Ok((Event::MappingEnd | Event::SequenceEnd, _)) => depth = depth.saturating_sub(1),
            Ok((Event::Scalar(..) | Event::Alias(..), _)) => is_empty = false,
            Ok(_) => {}
            // What stands behind is not looked at, so that nobody may read it either.
            Err(error) => {
                let at = error.marker();
                let position = Position { line: at.line(), column: at.col() + 1 };
                // The reader looks ahead, and gives up further on than we do.
                if error.info().contains("recursion limit") {
                    return refused(Some(position), too_deep());
                }
                return refused(Some(position), format!("no YAML: {}", error.info()));
            }
        }
    }
    // The reader of YAML says so without a place.
    if is_empty {
        return refused(Some(Position { line: 1, column: 1 }), "it is empty; expected a mapping".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_nested_deeply_is_refused_where_it_becomes_too_deep() {
        for (opened, line, column) in [("[", 1, 51), ("{a: ", 1, 201), ("- ", 1, 101)] {
            for times in [100, 50_000] {
                let told = bounded("deep.yaml", &opened.repeat(times)).unwrap_err();
                if times == 100 {
                    assert_eq!(told.faults[0].position, Some(Position { line, column }), "{told}");
                }
                assert!(told.to_string().ends_with("more than 50 deep one in another"), "{told}");
            }
        }
        assert_eq!(bounded("flat.yaml", &format!("{}{}", "[".repeat(50), "]".repeat(50))), Ok(()));
    }

    #[test]
    fn a_text_that_is_too_long_or_no_yaml_is_refused() {
        let told = bounded("long.yaml", &"#".repeat(LONGEST_TEXT + 1)).unwrap_err().to_string();
        assert_eq!(told, "long.yaml: it has 262145 bytes; expected at most 262144");
        let told = bounded("broken.yaml", "a: 1\nb: ]\n").unwrap_err().to_string();
        assert!(told.starts_with("broken.yaml:2:") && told.contains(": no YAML: "), "{told}");
    }

    #[test]
    fn a_text_with_nothing_in_it_or_with_a_second_document_is_refused_with_its_line() {
        for empty in ["", "\n", "# to be written\n"] {
            let told = bounded("new.yaml", empty).unwrap_err().to_string();
            assert_eq!(told, "new.yaml:1:1: it is empty; expected a mapping", "{empty:?}");
        }
        let told = bounded("two.yaml", "id: a\n---\nid: b\n").unwrap_err().to_string();
        assert_eq!(told, "two.yaml:2:1: another document begins; expected one");
        assert_eq!(bounded("one.yaml", "---\nid: a\n"), Ok(()));
    }
}
