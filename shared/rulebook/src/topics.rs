//! Topics of complaints: what people complain about, found by the words of the hotline's classification. Rows, and no code: a new
//! topic is a row with its dates.

use crate::{
    error::{RowProblem, RulebookError},
    fields::Field,
    offices::FieldScope,
    period::{Effective, NoOverlap},
    table,
};
use domain::FieldCode;

pub(crate) const FILE: &str = "complaint_topics.csv";
/// Stands for every key field, or for every text.
const EVERY: &str = "*";

/// A topic of complaints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComplaintTopic {
    /// Its code, such as `EXPIRED`.
    pub code: String,
    /// The key fields in which it is used.
    pub fields: FieldScope,
    /// Its name.
    pub label_zh: String,
    /// What marks a text as one of the topic.
    pub words: TopicWords,
    /// When it is used.
    pub effective: Effective,
    /// Where the row comes from.
    pub source: String,
}

/// What marks a text as one of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicWords {
    /// None: the topic stands for all of the field's complaints together.
    Total,
    /// Any of these occurs in it; at least one.
    AnyOf(Vec<String>),
    /// Whatever no topic before it names.
    Rest,
}

impl ComplaintTopic {
    /// Whether a text of the hotline is of this topic, in its place in the table: whoever asks takes the first that says yes.
    pub fn names(&self, text: &str) -> bool {
        match &self.words {
            TopicWords::Total => false,
            TopicWords::AnyOf(words) => words.iter().any(|word| text.contains(word.as_str())),
            TopicWords::Rest => true,
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    topic: String,
    field: String,
    label_zh: String,
    words: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

/// Reads the topics, in the order of the table, which is the order in which they are tried. None stands twice on a day for one
/// field.
pub(crate) fn read(text: &str, fields: &[Field]) -> Result<Vec<ComplaintTopic>, RulebookError> {
    let mut no_overlap = NoOverlap::default();
    let mut topics = Vec::new();
    for line in table::read::<Row>(FILE, text)? {
        let topic = topic(&line.row, fields).map_err(|problem| line.refuse(problem))?;
        let key = format!("{} {}", topic.code, line.row.field);
        no_overlap.take(FILE, line.number, &key, topic.effective)?;
        topics.push(topic);
    }
    Ok(topics)
}

fn topic(row: &Row, fields: &[Field]) -> Result<ComplaintTopic, RowProblem> {
    let words: Vec<String> = table::list(&row.words).map(str::to_owned).collect();
    let words = match words.as_slice() {
        [] => TopicWords::Total,
        [every] if every == EVERY => TopicWords::Rest,
        _ => TopicWords::AnyOf(words),
    };
    Ok(ComplaintTopic {
        code: table::required("topic", row.topic.clone())?,
        fields: scope(&row.field, fields)?,
        label_zh: table::required("label_zh", row.label_zh.clone())?,
        words,
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

fn scope(cell: &str, fields: &[Field]) -> Result<FieldScope, RowProblem> {
    if cell == EVERY {
        return Ok(FieldScope::All);
    }
    let known = |code: &str| -> Result<FieldCode, RowProblem> {
        let field = fields.iter().find(|field| field.code.as_str() == code);
        let field = field.ok_or_else(|| RowProblem::Unknown { what: "field", code: code.to_owned() })?;
        Ok(field.code.clone())
    };
    let codes: Vec<FieldCode> = table::list(cell).map(known).collect::<Result<_, _>>()?;
    if codes.is_empty() { Err(RowProblem::Empty("field")) } else { Ok(FieldScope::Some(codes)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "topic,field,label_zh,words,effective_from,effective_to,source";

    fn fields() -> Vec<Field> {
        let offices = crate::offices::Offices::read(
            include_str!("../data/offices.csv"),
            include_str!("../data/permissions.csv"),
        )
        .unwrap();
        crate::fields::read_fields(include_str!("../data/fields.csv"), &offices).unwrap()
    }

    fn refused(row: &str) -> String {
        read(&format!("{HEADER}\n{row}\n"), &fields()).unwrap_err().to_string()
    }

    #[test]
    fn a_text_is_of_the_first_topic_whose_words_it_holds_and_else_of_the_rest() {
        let topics = read(include_str!("../data/complaint_topics.csv"), &fields()).unwrap();
        let food = FieldCode::parse("FOOD").unwrap();
        let first = |text: &str| {
            let of_field = topics.iter().filter(|topic| topic.fields.holds(&food));
            of_field.clone().find(|topic| topic.names(text)).unwrap().code.clone()
        };
        assert_eq!(first("食品中吃出异物"), "FOREIGN_MATTER");
        assert_eq!(first("销售过期食品,标签不清"), "EXPIRED", "the first of two");
        assert_eq!(first("电梯困人"), "OTHER", "a topic of another field is not tried");
        assert_eq!(first(""), "OTHER");
    }

    #[test]
    fn a_topic_of_an_unknown_field_or_standing_twice_is_refused() {
        assert!(refused("X,TOYS,名,词,2021-09-27,,x").contains("field `TOYS`"));
        assert!(refused("X,,名,词,2021-09-27,,x").contains("`field` is empty"));
        assert!(refused("X,FOOD,名,词,2021-09-27,,x\nX,FOOD,名,词,2022-01-01,,x").contains("line 2"));
    }
}
