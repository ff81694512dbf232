//! Where the parts of a YAML text stand, so that a fault of its meaning can be told with line and column.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser};

/// Line and column of a part, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// Key whose value names a parameter of the rulebook.
const PARAMETER: &str = "parameter";

/// Where the parts of a text stand.
pub(super) struct Places {
    /// Position of every part, by path: `indicators[2].window.days`.
    all: HashMap<String, Position>,
    /// Paths that name a parameter of the rulebook, with its name, in the order of the text.
    parameters: Vec<(String, String)>,
}

/// A list or a mapping that is being read.
struct Open {
    path: String,
    kind: Kind,
}

enum Kind {
    /// Entries so far.
    List(usize),
    /// The key whose value comes next.
    Mapping(Option<String>),
}

impl Places {
    /// Reads `text` as far as it is YAML.
    pub(super) fn of(text: &str) -> Self {
        let (mut places, mut parameters) = (HashMap::new(), Vec::new());
        let mut open: Vec<Open> = Vec::new();
        for (event, span) in Parser::new_from_str(text).map_while(Result::ok) {
            let position = Position { line: span.start.line(), column: span.start.col() + 1 };
            match event {
                Event::MappingEnd | Event::SequenceEnd => drop(open.pop()),
                Event::Scalar(text, ..) if awaits_key(&open) => {
                    if let Some(Open { kind: Kind::Mapping(key), path }) = open.last_mut() {
                        // The key is where one looks for its value.
                        places.insert(join(path, &text), position);
                        *key = Some(text.into_owned());
                    }
                }
                Event::Scalar(text, ..) => {
                    let path = next(&mut open);
                    if path.rsplit('.').next() == Some(PARAMETER) {
                        parameters.push((path.clone(), text.into_owned()));
                    }
                    places.entry(path).or_insert(position);
                }
                Event::Alias(_) => {
                    let path = next(&mut open);
                    places.entry(path).or_insert(position);
                }
                Event::MappingStart(..) | Event::SequenceStart(..) => {
                    let path = next(&mut open);
                    places.entry(path.clone()).or_insert(position);
                    let mapping = matches!(event, Event::MappingStart(..));
                    open.push(Open { path, kind: if mapping { Kind::Mapping(None) } else { Kind::List(0) } });
                }
                _ => {}
            }
        }
        Self { all: places, parameters }
    }

    /// Paths that name a parameter of the rulebook, with its name.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(path, name)| (path.as_str(), name.as_str()))
    }

    /// Where the part at `path` stands; the nearest part around it where it is missing.
    pub(super) fn find(&self, path: &str) -> Option<Position> {
        let mut path = path;
        loop {
            if let Some(position) = self.all.get(path) {
                return Some(*position);
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }
}

fn awaits_key(open: &[Open]) -> bool {
    matches!(open.last(), Some(Open { kind: Kind::Mapping(None), .. }))
}

/// Path of the value that begins now.
fn next(open: &mut [Open]) -> String {
    match open.last_mut() {
        None => String::new(),
        Some(Open { path, kind: Kind::List(entries) }) => {
            *entries += 1;
            format!("{path}[{}]", *entries - 1)
        }
        Some(Open { path, kind: Kind::Mapping(key) }) => join(path, &key.take().unwrap_or_default()),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_line_and_column() {
        let text = "id: x\nlist:\n  - {a: 1, b: [2, 3]}\n  - a: &n {deep: 4}\n    c: *n\n";
        let places = Places::of(text);
        for (path, line, column) in [
            ("id", 1, 1),
            ("list", 2, 1),
            ("list[0].a", 3, 6),
            ("list[0].b[1]", 3, 19),
            ("list[1].a.deep", 4, 12),
            ("list[1].c", 5, 5),
        ] {
            assert_eq!(places.find(path), Some(Position { line, column }), "{path}");
        }
    }

    #[test]
    fn a_part_that_is_missing_is_told_with_what_should_hold_it() {
        let places = Places::of("list:\n  - a: 1\n");
        assert_eq!(places.find("list[0].missing.deeper"), places.find("list[0]"));
        assert_eq!(places.find("other"), None);
    }

    #[test]
    fn a_text_that_breaks_off_has_the_places_before_the_break() {
        assert_eq!(Places::of("a: 1\nb: [").find("a"), Some(Position { line: 1, column: 1 }));
    }
}
