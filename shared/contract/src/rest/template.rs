//! Path templates, such as `/v1/{name=enterprises/*/marks/*}:reject`.

use std::{fmt, ops::Range, str::FromStr};

/// A path template: literals and single segments that may be anything, a verb at the end, and which fields take which segments.
/// `**` is not known: nothing in the contract has a name of any length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    segments: Vec<Segment>,
    verb: Option<String>,
    variables: Vec<Variable>,
}

/// What stands between two slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// This text.
    Literal(String),
    /// Any text but the empty one.
    Any,
}

/// A field that takes its value from the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Path of the field, such as `enterprise.name`.
    pub field: String,
    /// The segments that are its value.
    pub segments: Range<usize>,
}

/// The text is not a path template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a path template such as `/v1/{{name=enterprises/*}}:verb`")]
pub struct BadTemplate(String);

impl Template {
    /// What stands between the slashes, from the left.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The verb behind the last segment, such as `reject`.
    pub fn verb(&self) -> Option<&str> {
        self.verb.as_deref()
    }

    /// The fields that take their values from the path.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// Whether one path can fit both. Those with different verbs never do: a verb wins over a segment that may be anything.
    pub fn overlaps(&self, other: &Self) -> bool {
        let fit = |(one, two): (&Segment, &Segment)| match (one, two) {
            (Segment::Literal(one), Segment::Literal(two)) => one == two,
            _ => true,
        };
        self.verb == other.verb
            && self.segments.len() == other.segments.len()
            && self.segments.iter().zip(&other.segments).all(fit)
    }
}

impl FromStr for Template {
    type Err = BadTemplate;

    fn from_str(text: &str) -> Result<Self, BadTemplate> {
        parse(text).ok_or_else(|| BadTemplate(text.to_owned()))
    }
}

/// Without the names of the variables: `/v1/enterprises/*/marks/*:reject`.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => write!(f, "/{text}")?,
                Segment::Any => f.write_str("/*")?,
            }
        }
        self.verb.iter().try_for_each(|verb| write!(f, ":{verb}"))
    }
}

fn parse(text: &str) -> Option<Template> {
    let mut rest = text.strip_prefix('/')?;
    // A colon within braces would be part of no field; the last one outside of them begins the verb.
    let verb = match rest.rsplit_once(':') {
        Some((before, verb)) if is_word(verb) => {
            rest = before;
            Some(verb.to_owned())
        }
        Some(_) => return None,
        None => None,
    };
    let mut template = Template { segments: Vec::new(), verb, variables: Vec::new() };
    loop {
        rest = match rest.strip_prefix('{') {
            Some(within) => {
                let (within, behind) = within.split_once('}')?;
                template.variable(within)?;
                behind
            }
            None => {
                let end = rest.find('/').unwrap_or(rest.len());
                template.segments.push(segment(&rest[..end])?);
                &rest[end..]
            }
        };
        if rest.is_empty() {
            return Some(template);
        }
        rest = rest.strip_prefix('/')?;
    }
}

impl Template {
    /// What stands in braces: `field` or `field=segments`.
    fn variable(&mut self, within: &str) -> Option<()> {
        let (field, segments) = within.split_once('=').unwrap_or((within, "*"));
        if !field.split('.').all(is_word) {
            return None;
        }
        let from = self.segments.len();
        for text in segments.split('/') {
            self.segments.push(segment(text)?);
        }
        self.variables.push(Variable { field: field.to_owned(), segments: from..self.segments.len() });
        Some(())
    }
}

fn segment(text: &str) -> Option<Segment> {
    match text {
        "*" => Some(Segment::Any),
        "-" => Some(Segment::Literal(text.to_owned())),
        _ => is_word(text).then(|| Segment::Literal(text.to_owned())),
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
