//! Typed conditions: `all`, `any`, `not` over tests of single fields. They do not depend on time, so that each runs once
//! per piece of evidence.

use prost_reflect::{DynamicMessage, Value};

use super::{
    error::Faults,
    path::{FieldKind, FieldPath, as_integer},
    raw::{RawCondition, RawValue},
    source::Source,
};

/// A condition whose fields exist in the contract and whose values fit them.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Every part holds.
    All(Vec<Condition>),
    /// At least one part holds.
    Any(Vec<Condition>),
    /// The part does not hold.
    Not(Box<Condition>),
    /// One field passes one test. A field that is absent passes none.
    Test(FieldPath, Test),
}

/// What is asked of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It holds something: a text or list that is not empty, a number that is not 0, yes.
    Exists,
    /// The text is one of these.
    In(Vec<String>),
    /// The text is none of these.
    NotIn(Vec<String>),
    /// The text begins with one of these.
    StartsWith(Vec<String>),
    /// The list holds at least one of these.
    Contains(Vec<String>),
    /// The yes-or-no is this.
    Is(bool),
    /// The number lies within these bounds, both included.
    Within(i64, i64),
    /// The number is not this.
    IsNot(i64),
}

impl Condition {
    /// Reads a condition that stands alone, for messages of the source called `source`.
    ///
    /// # Errors
    /// In words, with line, column and path: what is no condition, and all that does not fit the source.
    pub fn parse(text: &str, source: &str) -> Result<Self, String> {
        let source = Source::named(source).ok_or_else(|| format!("unknown source `{source}`"))?;
        super::bounded("condition", text).map_err(|error| error.to_string())?;
        let raw: RawCondition = serde_norway::from_str(text).map_err(|error| error.to_string())?;
        let mut faults = Faults::default();
        let read = Self::check("", &raw, &source, &mut faults);
        faults.unless_any("condition", text, read).map_err(|error| error.to_string())
    }

    /// Whether it holds for `message`, which must be of the source that the condition was read for.
    pub fn holds(&self, message: &DynamicMessage) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(message)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(message)),
            Self::Not(part) => !part.holds(message),
            Self::Test(path, test) => path.get(message).is_some_and(|value| test.passes(&value)),
        }
    }

    /// Every test in it, with its field.
    pub fn tests(&self) -> Vec<(&FieldPath, &Test)> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::tests).collect(),
            Self::Not(part) => part.tests(),
            Self::Test(path, test) => vec![(path, test)],
        }
    }

    /// Checks the condition at `path` against the messages of `source`; everything that is wrong is noted where it stands.
    pub(super) fn check(
        path: &str,
        raw: &RawCondition,
        source: &Source,
        faults: &mut Faults,
    ) -> Option<Self> {
        let below = |part: &str| if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") };
        match raw {
            RawCondition { all: Some(raws), any: None, not: None, field: None, op: None, value: None } => {
                Self::parts(&below("all"), raws, source, faults).map(Self::All)
            }
            RawCondition { all: None, any: Some(raws), not: None, field: None, op: None, value: None } => {
                Self::parts(&below("any"), raws, source, faults).map(Self::Any)
            }
            RawCondition { all: None, any: None, not: Some(raw), field: None, op: None, value: None } => {
                Self::check(&below("not"), raw, source, faults).map(|part| Self::Not(Box::new(part)))
            }
            RawCondition { all: None, any: None, not: None, field: Some(field), op: Some(op), value } => {
                faults.take(path, Self::test(source, field, op, value.as_ref()))
            }
            _ => {
                faults.note(
                    path,
                    "a condition is `all`, `any`, `not`, or `field` with `op`, and only one of them",
                );
                None
            }
        }
    }

    fn parts(path: &str, raws: &[RawCondition], source: &Source, faults: &mut Faults) -> Option<Vec<Self>> {
        if raws.is_empty() {
            faults.note(path, "a list of conditions is empty");
        }
        // All of them, though one is wrong: its author learns of every fault at once.
        let mut parts = Vec::with_capacity(raws.len());
        for (at, raw) in raws.iter().enumerate() {
            parts.push(Self::check(&format!("{path}[{at}]"), raw, source, faults));
        }
        parts.into_iter().collect()
    }

    fn test(source: &Source, path: &str, op: &str, value: Option<&RawValue>) -> Result<Self, String> {
        let field = source.field(path)?;
        let test = Test::check(field.kind(), op, value).map_err(|problem| format!("`{path}`: {problem}"))?;
        Ok(Self::Test(field, test))
    }
}

impl Test {
    /// The whole texts that it names, such as codes; not beginnings.
    pub fn texts(&self) -> &[String] {
        match self {
            Self::In(texts) | Self::NotIn(texts) | Self::Contains(texts) => texts,
            _ => &[],
        }
    }

    fn check(kind: FieldKind, op: &str, value: Option<&RawValue>) -> Result<Self, String> {
        let texts = || match value {
            Some(RawValue::Text(text)) => Ok(vec![text.clone()]),
            Some(RawValue::Texts(texts)) if !texts.is_empty() => Ok(texts.clone()),
            _ => Err(format!("`{op}` needs a text or a list of texts; a code of digits stands in quotes")),
        };
        let number = || match value {
            Some(RawValue::Integer(number)) => Ok(*number),
            _ => Err(format!("`{op}` needs a whole number")),
        };
        let yes_or_no = || match value {
            Some(RawValue::Bool(wanted)) => Ok(*wanted),
            _ => Err(format!("`{op}` needs true or false")),
        };
        match (kind, op) {
            (_, "exists") if value.is_none() => Ok(Self::Exists),
            (FieldKind::Text, "eq" | "in") => texts().map(Self::In),
            (FieldKind::Text, "ne" | "not_in") => texts().map(Self::NotIn),
            (FieldKind::Text, "starts_with") => texts().map(Self::StartsWith),
            (FieldKind::Texts, "contains") => texts().map(Self::Contains),
            (FieldKind::Bool, "eq") => yes_or_no().map(Self::Is),
            (FieldKind::Bool, "ne") => yes_or_no().map(|unwanted| Self::Is(!unwanted)),
            (FieldKind::Integer, "eq") => number().map(|wanted| Self::Within(wanted, wanted)),
            (FieldKind::Integer, "ne") => number().map(Self::IsNot),
            (FieldKind::Integer, "ge") => number().map(|least| Self::Within(least, i64::MAX)),
            (FieldKind::Integer, "gt") => {
                number().map(|below| Self::Within(below.saturating_add(1), i64::MAX))
            }
            (FieldKind::Integer, "le") => number().map(|most| Self::Within(i64::MIN, most)),
            (FieldKind::Integer, "lt") => {
                number().map(|above| Self::Within(i64::MIN, above.saturating_sub(1)))
            }
            (_, "exists") => Err("`exists` takes no value".to_owned()),
            _ => Err(format!(
                "`{op}` is no test of {}; expected one of {}",
                kind.words(),
                Self::of(kind).join(", ")
            )),
        }
    }

    /// The tests that fit a field.
    fn of(kind: FieldKind) -> &'static [&'static str] {
        match kind {
            FieldKind::Text => &["exists", "eq", "ne", "in", "not_in", "starts_with"],
            FieldKind::Texts => &["exists", "contains"],
            FieldKind::Bool => &["exists", "eq", "ne"],
            FieldKind::Integer => &["exists", "eq", "ne", "ge", "gt", "le", "lt"],
        }
    }

    fn passes(&self, value: &Value) -> bool {
        match self {
            Self::Exists => holds_something(value),
            Self::In(texts) => value.as_str().is_some_and(|text| texts.iter().any(|wanted| wanted == text)),
            Self::NotIn(texts) => {
                value.as_str().is_some_and(|text| texts.iter().all(|unwanted| unwanted != text))
            }
            Self::StartsWith(texts) => {
                value.as_str().is_some_and(|text| texts.iter().any(|start| text.starts_with(start.as_str())))
            }
            Self::Contains(texts) => value.as_list().is_some_and(|list| {
                list.iter().filter_map(Value::as_str).any(|text| texts.iter().any(|wanted| wanted == text))
            }),
            Self::Is(wanted) => value.as_bool() == Some(*wanted),
            Self::Within(least, most) => {
                as_integer(value).is_some_and(|number| (*least..=*most).contains(&number))
            }
            Self::IsNot(unwanted) => as_integer(value).is_some_and(|number| number != *unwanted),
        }
    }
}

fn holds_something(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::List(list) => !list.is_empty(),
        Value::Bool(yes) => *yes,
        other => as_integer(other).is_some_and(|number| number != 0),
    }
}

#[cfg(test)]
mod tests {
    use contract::collection::v1::{Penalty, Record, Ticket, record::Content};
    use prost::Message;

    use super::*;

    fn holds(source: &str, yaml: &str, message: &impl Message) -> bool {
        let desc = Source::named(source).unwrap().message().clone();
        let message = DynamicMessage::decode(desc, message.encode_to_vec().as_slice()).unwrap();
        Condition::parse(yaml, source).unwrap().holds(&message)
    }

    fn penalty() -> Record {
        let penalty = Penalty {
            penalty_kinds: vec!["3".to_owned(), "10".to_owned()],
            fine_fen: 500_000,
            ordinary_procedure: true,
            ..Penalty::default()
        };
        Record { field: "FOOD".to_owned(), content: Some(Content::Penalty(penalty)), ..Record::default() }
    }

    #[test]
    fn each_operator_reads_its_kind_of_field() {
        for (yaml, expected) in [
            ("{field: field, op: eq, value: FOOD}", true),
            ("{field: field, op: in, value: [SE, FOOD]}", true),
            ("{field: field, op: ne, value: FOOD}", false),
            ("{field: field, op: starts_with, value: FO}", true),
            ("{field: penalty.penalty_kinds, op: contains, value: ['8', '10']}", true),
            ("{field: penalty.penalty_kinds, op: contains, value: '1'}", false),
            ("{field: penalty.fine_fen, op: ge, value: 500000}", true),
            ("{field: penalty.fine_fen, op: gt, value: 500000}", false),
            ("{field: penalty.fine_fen, op: lt, value: 500001}", true),
            ("{field: penalty.ordinary_procedure, op: eq, value: true}", true),
            ("{field: penalty.affected_certificate, op: exists}", false),
            ("{not: {field: penalty.affected_certificate, op: exists}}", true),
            ("{all: [{field: field, op: eq, value: FOOD}, {any: [{field: division, op: exists}]}]}", false),
        ] {
            assert_eq!(holds("penalty", yaml, &penalty()), expected, "{yaml}");
        }
    }

    #[test]
    fn a_field_that_is_absent_passes_no_test() {
        let open = Ticket::default();
        assert!(!holds("ticket", "{field: substantiated, op: eq, value: false}", &open));
        assert!(!holds("ticket", "{field: substantiated, op: ne, value: true}", &open));
        assert!(!holds("penalty", "{field: penalty.fine_fen, op: ne, value: 1}", &Record::default()));
        let untrue = Ticket { substantiated: Some(false), ..Ticket::default() };
        assert!(holds("ticket", "{field: substantiated, op: eq, value: false}", &untrue));
    }

    #[test]
    fn what_does_not_fit_the_contract_is_refused_by_name() {
        for (yaml, named) in [
            ("{field: penalty.fine, op: gt, value: 1}", "fine"),
            ("{field: penalty.fine_fen, op: gt, value: '1'}", "fine_fen"),
            ("{field: penalty.penalty_kinds, op: contains, value: 10}", "quotes"),
            ("{field: field, op: like, value: F}", "like"),
            ("{field: penalty, op: exists}", "penalty"),
            ("{field: receive_time, op: exists}", "receive_time"),
            ("{all: []}", "empty"),
            ("{field: field}", "only one"),
            ("{field: field, op: exists, value: x}", "exists"),
            ("{fild: field, op: exists}", "fild"),
        ] {
            let refused = Condition::parse(yaml, "penalty").unwrap_err();
            assert!(refused.contains(named), "{yaml}: {refused}");
        }
    }

    #[test]
    fn every_fault_of_a_condition_is_told_where_it_stands() {
        let text = "all:\n  - {field: field, op: eq, value: FOOD}\n  - not: {field: penalty.fine, op: exists}\n  - any: []\n";
        let told = Condition::parse(text, "penalty").unwrap_err();
        let told: Vec<_> = told.lines().collect();
        assert!(told[0].starts_with("condition:3:5: all[1].not: `penalty.fine`: message"), "{told:?}");
        assert_eq!(told[1], "condition:4:5: all[2].any: a list of conditions is empty");
        assert_eq!(told.len(), 2);
    }
}
