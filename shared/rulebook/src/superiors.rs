//! Which office is above which: an overdue duty passes to it (督办).

use crate::{
    error::{RowProblem, RulebookError},
    fields::Field,
    offices::Offices,
    period::{Effective, NoOverlap},
    table,
};
use chrono::NaiveDate;
use domain::{FieldCode, OfficeCode};

pub(crate) const FILE: &str = "superiors.csv";
/// Every office, or every field.
const ANY: &str = "*";

/// An office above others.
#[derive(Debug)]
pub(crate) struct Superior {
    /// The office below; `None` for every office that has no row of its own.
    office: Option<OfficeCode>,
    /// The field of the matter; `None` for every field, and for matters of none.
    field: Option<FieldCode>,
    superior: OfficeCode,
    effective: Effective,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    office: String,
    field: String,
    superior: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

/// Reads the table.
pub(crate) fn read(text: &str, fields: &[Field], offices: &Offices) -> Result<Vec<Superior>, RulebookError> {
    let mut no_overlap = NoOverlap::default();
    let mut rows = Vec::new();
    for line in table::read::<Row>(FILE, text)? {
        let row = superior(&line.row, fields, offices).map_err(|problem| line.refuse(problem))?;
        let key = format!("{} {}", line.row.office, line.row.field);
        no_overlap.take(FILE, line.number, &key, row.effective)?;
        rows.push(row);
    }
    Ok(rows)
}

fn superior(row: &Row, fields: &[Field], offices: &Offices) -> Result<Superior, RowProblem> {
    let any = |cell: &str| cell == ANY;
    let field = || {
        let found = fields.iter().find(|field| field.code.as_str() == row.field);
        let unknown = || RowProblem::Unknown { what: "field", code: row.field.clone() };
        found.map(|field| field.code.clone()).ok_or_else(unknown)
    };
    table::required("source", row.source.clone())?;
    Ok(Superior {
        office: if any(&row.office) { None } else { Some(offices.known(&row.office)?) },
        field: if any(&row.field) { None } else { Some(field()?) },
        superior: offices.known(&row.superior)?,
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
    })
}

/// The office above one, by the row that names most of office and field, the office first. Nobody is above itself.
pub(crate) fn above<'r>(
    rows: &'r [Superior],
    office: &OfficeCode,
    field: Option<&FieldCode>,
    on: NaiveDate,
) -> Option<&'r OfficeCode> {
    let fits = |row: &&Superior| {
        row.effective.on(on)
            && row.office.as_ref().is_none_or(|own| own == office)
            && row.field.as_ref().is_none_or(|own| Some(own) == field)
    };
    let nearest = rows.iter().filter(fits).max_by_key(|row| (row.office.is_some(), row.field.is_some()));
    nearest.map(|row| &row.superior).filter(|superior| *superior != office)
}

#[cfg(test)]
mod tests {
    use crate::Rulebook;
    use domain::{FieldCode, OfficeCode, parse_date};

    /// The offices above one, one above the other.
    fn chain(office: &str, field: Option<&str>) -> Vec<String> {
        let book = Rulebook::builtin();
        let on = parse_date("2026-03-02").unwrap();
        let field = field.map(|code| FieldCode::parse(code).unwrap());
        let mut at = OfficeCode::parse(office).unwrap();
        let mut chain = Vec::new();
        while let Some(above) = book.superior(&at, field.as_ref(), on) {
            at = above.clone();
            chain.push(at.to_string());
        }
        chain
    }

    #[test]
    fn a_district_stands_below_the_line_office_of_the_field_and_all_stand_below_the_credit_office() {
        assert_eq!(chain("DISTRICT", Some("FOOD")), ["FOOD_PROD", "CREDIT"]);
        assert_eq!(chain("DISTRICT", Some("SE")), ["SE_SUPERV", "CREDIT"]);
        assert_eq!(chain("DISTRICT", None), ["CREDIT"]);
        assert_eq!(chain("ENFORCEMENT", Some("SE")), ["CREDIT"]);
        assert_eq!(chain("CREDIT", Some("FOOD")), [""; 0]);
    }

    #[test]
    fn nobody_is_above_anybody_before_the_table_begins() {
        let (book, office) = (Rulebook::builtin(), OfficeCode::parse("LEGAL").unwrap());
        assert_eq!(book.superior(&office, None, parse_date("2021-09-26").unwrap()), None);
        assert!(book.superior(&office, None, parse_date("2021-09-27").unwrap()).is_some());
    }
}
