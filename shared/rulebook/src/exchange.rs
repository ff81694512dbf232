//! What other systems are told in their own words: which facts of a notice each receiver takes, under which names, in
//! which form and in which order, and what it writes for our codes. A further receiver is rows of these tables, and no code.

use crate::{
    codes::Codes,
    error::{RowProblem, RulebookError},
    period::{Effective, NoOverlap},
    table,
};
use chrono::NaiveDate;
use std::collections::BTreeSet;

pub(crate) const FIELDS_FILE: &str = "exchange_fields.csv";
pub(crate) const CODES_FILE: &str = "exchange_codes.csv";

/// One field of a message to a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeField {
    /// Who is told, such as `credit-china`.
    pub receiver: String,
    /// What it is told of: `mark`, `commitment`, `permit`, `penalty`, `check`, `measure`.
    pub notice: String,
    /// Our name of the fact, such as `decided_on`.
    pub fact: String,
    /// The receiver's name of the field, such as `处罚决定日期`.
    pub name: String,
    /// How the fact is written.
    pub form: ExchangeForm,
    /// Whether the receiver takes no message without it.
    pub required: bool,
    /// When the receiver takes it.
    pub effective: Effective,
    /// The document it rests on.
    pub source: String,
}

/// How a fact is written in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangeForm {
    /// As it is: a text, a list of texts, a whole number, a date as `YYYY-MM-DD`.
    Plain,
    /// A list of texts as one text, its parts separated by `;`.
    Joined,
    /// Money in 万元: a decimal text of at most six places, because a JSON number would round.
    Wan,
    /// Codes of this set as the receiver writes them; several are separated by `;`.
    Codes(String),
}

impl ExchangeForm {
    fn parse(text: &str) -> Result<Self, RowProblem> {
        match (text, text.strip_prefix("codes:")) {
            ("plain", _) => Ok(Self::Plain),
            ("joined", _) => Ok(Self::Joined),
            ("wan", _) => Ok(Self::Wan),
            (_, Some(set)) if !set.is_empty() => Ok(Self::Codes(set.to_owned())),
            _ => Err(RowProblem::Unknown { what: "form", code: text.to_owned() }),
        }
    }
}

/// What a receiver writes for one of our codes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ExchangeCode {
    receiver: String,
    set: String,
    code: String,
    value: String,
    effective: Effective,
}

/// Both tables, in their order.
#[derive(Debug)]
pub(crate) struct Exchange {
    fields: Vec<ExchangeField>,
    codes: Vec<ExchangeCode>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldRow {
    receiver: String,
    notice: String,
    fact: String,
    name: String,
    form: String,
    required: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeRow {
    receiver: String,
    set: String,
    code: String,
    value: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

impl Exchange {
    /// Reads both tables. Codes are those of `codes`; `action` (`publish`, `withdraw`) is this table's own set.
    pub(crate) fn read(fields: &str, mapped: &str, codes: &Codes) -> Result<Self, RulebookError> {
        let exchange = Self { fields: read_fields(fields)?, codes: read_codes(mapped, codes)? };
        for line in table::read::<FieldRow>(FIELDS_FILE, fields)? {
            let Ok(ExchangeForm::Codes(set)) = ExchangeForm::parse(&line.row.form) else { continue };
            let mapped = exchange.codes.iter().any(|own| own.set == set && own.receiver == line.row.receiver);
            if !mapped {
                return Err(line.refuse(RowProblem::Unknown { what: "mapping of the set", code: set }));
            }
        }
        Ok(exchange)
    }

    pub(crate) fn fields(&self, receiver: &str, notice: &str, on: NaiveDate) -> Vec<&ExchangeField> {
        let wanted = |field: &&ExchangeField| {
            field.receiver == receiver && field.notice == notice && field.effective.on(on)
        };
        self.fields.iter().filter(wanted).collect()
    }

    pub(crate) fn all_fields(&self) -> &[ExchangeField] {
        &self.fields
    }

    /// Whether a receiver is told of a notice on any day; what other tables refer to.
    pub(crate) fn tells(&self, receiver: &str, notice: &str) -> bool {
        self.fields.iter().any(|field| field.receiver == receiver && field.notice == notice)
    }

    pub(crate) fn receivers(&self, notice: &str, on: NaiveDate) -> BTreeSet<&str> {
        let taken = self.fields.iter().filter(|field| field.notice == notice && field.effective.on(on));
        taken.map(|field| field.receiver.as_str()).collect()
    }

    pub(crate) fn value(&self, receiver: &str, set: &str, code: &str, on: NaiveDate) -> Option<&str> {
        let wanted = |own: &&ExchangeCode| {
            own.receiver == receiver && own.set == set && own.code == code && own.effective.on(on)
        };
        self.codes.iter().find(wanted).map(|own| own.value.as_str())
    }
}

fn read_fields(text: &str) -> Result<Vec<ExchangeField>, RulebookError> {
    let (mut facts, mut names) = (NoOverlap::default(), NoOverlap::default());
    let mut fields = Vec::new();
    for line in table::read::<FieldRow>(FIELDS_FILE, text)? {
        let field = field(&line.row).map_err(|problem| line.refuse(problem))?;
        let place = format!("{} {}", field.receiver, field.notice);
        facts.take(FIELDS_FILE, line.number, &format!("{place} {}", field.fact), field.effective)?;
        names.take(FIELDS_FILE, line.number, &format!("{place} {}", field.name), field.effective)?;
        fields.push(field);
    }
    Ok(fields)
}

fn field(row: &FieldRow) -> Result<ExchangeField, RowProblem> {
    let required = match row.required.as_str() {
        "yes" => true,
        "no" => false,
        other => return Err(RowProblem::Unknown { what: "answer (yes, no)", code: other.to_owned() }),
    };
    Ok(ExchangeField {
        receiver: table::required("receiver", row.receiver.clone())?,
        notice: table::required("notice", row.notice.clone())?,
        fact: table::required("fact", row.fact.clone())?,
        name: table::required("name", row.name.clone())?,
        form: ExchangeForm::parse(&row.form)?,
        required,
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

/// The set of what a message does, which no other table has.
const ACTION: &str = "action";

fn read_codes(text: &str, known: &Codes) -> Result<Vec<ExchangeCode>, RulebookError> {
    let mut no_overlap = NoOverlap::default();
    let mut codes = Vec::new();
    for line in table::read::<CodeRow>(CODES_FILE, text)? {
        let code = code(&line.row, known).map_err(|problem| line.refuse(problem))?;
        let key = format!("{} {} {}", code.receiver, code.set, code.code);
        no_overlap.take(CODES_FILE, line.number, &key, code.effective)?;
        codes.push(code);
    }
    Ok(codes)
}

fn code(row: &CodeRow, known: &Codes) -> Result<ExchangeCode, RowProblem> {
    if row.set != ACTION && !known.contains(&row.set, &row.code) {
        return Err(RowProblem::Unknown { what: "code", code: format!("{} {}", row.set, row.code) });
    }
    table::required("source", row.source.clone())?;
    Ok(ExchangeCode {
        receiver: table::required("receiver", row.receiver.clone())?,
        set: table::required("set", row.set.clone())?,
        code: table::required("code", row.code.clone())?,
        value: table::required("value", row.value.clone())?,
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::parse_date;

    const FIELDS: &str = "receiver,notice,fact,name,form,required,effective_from,effective_to,source\n";
    const CODES: &str = "receiver,set,code,value,effective_from,effective_to,source\n";
    const ACTIONS: &str = "p,action,publish,公示,2021-09-27,,x\n";

    fn read(fields: &str, codes: &str) -> Result<Exchange, RulebookError> {
        let known = Codes::read(include_str!("../data/codes.csv")).unwrap();
        Exchange::read(&format!("{FIELDS}{fields}"), &format!("{CODES}{codes}"), &known)
    }

    #[test]
    fn a_receiver_takes_a_field_only_between_its_dates_and_in_the_order_of_the_table() {
        let fields = "p,mark,b,乙,plain,yes,2021-09-27,,x\np,mark,a,甲,plain,no,2024-01-01,,x\n";
        let exchange = read(fields, "").unwrap();
        let names = |on: &str| {
            let fields = exchange.fields("p", "mark", parse_date(on).unwrap());
            fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            (names("2023-12-31"), names("2024-01-01")),
            (vec!["乙".into()], vec!["乙".into(), "甲".into()])
        );
        assert!(exchange.receivers("mark", parse_date("2021-09-26").unwrap()).is_empty());
    }

    #[test]
    fn two_rows_for_one_fact_or_for_one_name_are_refused() {
        let row = |fact: &str, name: &str| format!("p,mark,{fact},{name},plain,yes,2021-09-27,,x\n");
        let refused = |rows: String| read(&rows, "").unwrap_err().to_string();
        assert!(refused(row("a", "甲") + &row("a", "乙")).contains("line 3"));
        assert!(refused(row("a", "甲") + &row("b", "甲")).contains("line 3"));
    }

    #[test]
    fn a_form_that_nobody_writes_and_a_set_without_mapping_are_refused() {
        let row = |form: &str| format!("p,mark,a,甲,{form},yes,2021-09-27,,x\n");
        assert!(read(&row("euro"), "").unwrap_err().to_string().contains("no table has the form `euro`"));
        assert!(
            read(&row("codes:action"), "").unwrap_err().to_string().contains("mapping of the set `action`")
        );
        read(&row("codes:action"), ACTIONS).unwrap();
    }

    #[test]
    fn a_code_that_no_table_has_cannot_be_mapped() {
        let refused = read("", "p,penalty_kind,99,x,2021-09-27,,x\n").unwrap_err().to_string();
        assert!(refused.contains("no table has the code `penalty_kind 99`"), "{refused}");
    }
}
