//! The catalogue of supervision items (监管事项清单, R17): who supervises whom, by which measure, on which basis and against which
//! risk. An item that does not say one of these is not read, and a task inspects nothing that is not in the catalogue (R18).

use domain::{FieldCode, OfficeCode};

use crate::{
    error::{RowProblem, RulebookError},
    fields::Field,
    items::Attachment,
    offices::Offices,
    period::{Effective, NoOverlap},
    table,
};

pub(crate) const FILE: &str = "supervision_items.csv";
/// Tag of the item by which the keeping of commitments is checked: every task of a key field carries it (R38).
const COMMITMENT: &str = "commitment";
/// Longest name of an item.
const LONGEST_NAME: usize = 60;

/// How an item may be drawn (国发〔2019〕5号).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemCategory {
    /// General item (一般检查事项): the ratio is strictly limited.
    General,
    /// Key item (重点检查事项): safety, quality or public interest; no upper limit.
    Key,
}

impl ItemCategory {
    /// The name in the table and in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Key => "key",
        }
    }
}

/// Something that is supervised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupervisionItem {
    /// Its name in the catalogue, such as `food.process`: lower-case letters, digits, `.` and `_`.
    pub item: String,
    /// The key field.
    pub field: FieldCode,
    /// Who supervises (监管主体).
    pub body: OfficeCode,
    /// Whom (监管对象).
    pub object_zh: String,
    /// By which measure (监管措施).
    pub measure_zh: String,
    /// What officers call it.
    pub label_zh: String,
    /// The law it rests on.
    pub basis: String,
    /// The risk that it is against.
    pub risk_zh: String,
    /// How it may be drawn.
    pub category: ItemCategory,
    /// Whether it checks the keeping of commitments.
    pub commitment: bool,
    /// Document that it rests on, by its name in the table of attachments; empty for none.
    pub attachment: String,
    /// When it is in force.
    pub effective: Effective,
    /// The document that says so.
    pub source: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    item: String,
    field: String,
    body: String,
    object_zh: String,
    measure_zh: String,
    label_zh: String,
    basis: String,
    risk_zh: String,
    category: String,
    tags: String,
    attachment: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

/// Reads the catalogue, in the order of the table.
pub(crate) fn read(
    text: &str,
    fields: &[Field],
    offices: &Offices,
    attachments: &[Attachment],
) -> Result<Vec<SupervisionItem>, RulebookError> {
    let mut no_overlap = NoOverlap::default();
    let mut items = Vec::new();
    for line in table::read::<Row>(FILE, text)? {
        let item = item(&line.row, fields, offices, attachments).map_err(|problem| line.refuse(problem))?;
        no_overlap.take(FILE, line.number, &item.item, item.effective)?;
        items.push(item);
    }
    Ok(items)
}

fn item(
    row: &Row,
    fields: &[Field],
    offices: &Offices,
    attachments: &[Attachment],
) -> Result<SupervisionItem, RowProblem> {
    let unknown = |what, code: &str| RowProblem::Unknown { what, code: code.to_owned() };
    let field = fields.iter().find(|field| field.code.as_str() == row.field);
    let field = field.ok_or_else(|| unknown("field", &row.field))?;
    if !row.attachment.is_empty() && !attachments.iter().any(|known| known.attachment == row.attachment) {
        return Err(unknown("attachment", &row.attachment));
    }
    let category = match row.category.as_str() {
        "general" => ItemCategory::General,
        "key" => ItemCategory::Key,
        other => return Err(unknown("category", other)),
    };
    let tags: Vec<&str> = table::list(&row.tags).collect();
    if let Some(stranger) = tags.iter().find(|tag| **tag != COMMITMENT) {
        return Err(unknown("tag", stranger));
    }
    Ok(SupervisionItem {
        item: name(&row.item)?,
        field: field.code.clone(),
        body: offices.known(&row.body)?,
        object_zh: table::required("object_zh", row.object_zh.clone())?,
        measure_zh: table::required("measure_zh", row.measure_zh.clone())?,
        label_zh: table::required("label_zh", row.label_zh.clone())?,
        basis: table::required("basis", row.basis.clone())?,
        risk_zh: table::required("risk_zh", row.risk_zh.clone())?,
        category,
        commitment: !tags.is_empty(),
        attachment: row.attachment.clone(),
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

/// Reads a name. Lists of names are joined by commas elsewhere.
fn name(text: &str) -> Result<String, RowProblem> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte);
    match text.len() {
        0 => Err(RowProblem::Empty("item")),
        1..=LONGEST_NAME if text.bytes().all(plain) => Ok(text.to_owned()),
        _ => Err(RowProblem::Form(format!("`{text}` is not a name of an item: a-z, 0-9, `.` and `_`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rulebook;

    const HEADER: &str = "item,field,body,object_zh,measure_zh,label_zh,basis,risk_zh,category,tags,attachment,effective_from,effective_to,source\n";
    const WHOLE: [&str; 14] =
        ["a.b", "FOOD", "FOOD_PROD", "象", "措", "名", "law", "险", "key", "", "", "2022-01-01", "", "x"];

    fn read_rows(rows: &[[&str; 14]]) -> Result<Vec<SupervisionItem>, String> {
        let offices =
            Offices::read(include_str!("../data/offices.csv"), include_str!("../data/permissions.csv"))
                .unwrap();
        let rows: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
        let text = format!("{HEADER}{}\n", rows.join("\n"));
        read(&text, Rulebook::builtin().fields(), &offices, &[]).map_err(|problem| problem.to_string())
    }

    #[test]
    fn an_item_that_lacks_any_field_of_the_notice_is_refused_with_its_line() {
        assert_eq!(read_rows(&[WHOLE]).unwrap().len(), 1);
        for column in [0, 1, 2, 3, 4, 5, 6, 7, 8, 13] {
            let mut row = WHOLE;
            row[column] = "";
            let refused = read_rows(&[WHOLE.map(|cell| if cell == "a.b" { "first" } else { cell }), row]);
            assert!(refused.unwrap_err().starts_with("supervision_items.csv, line 3: "), "column {column}");
        }
    }

    #[test]
    fn strange_names_categories_tags_and_attachments_are_refused() {
        for (column, text) in [(0, "A,B"), (0, "a b"), (8, "odd"), (9, "free"), (10, "lost"), (1, "MOON")] {
            let mut row = WHOLE;
            let quoted = format!("\"{text}\"");
            row[column] = &quoted;
            assert!(read_rows(&[row]).is_err(), "{text}");
        }
    }

    #[test]
    fn versions_of_an_item_follow_each_other() {
        let (mut old, mut new) = (WHOLE, WHOLE);
        old[12] = "2025-12-31";
        new[11] = "2026-01-01";
        assert_eq!(read_rows(&[old, new]).unwrap().len(), 2);
        new[11] = "2025-12-31";
        assert!(read_rows(&[old, new]).is_err());
    }

    #[test]
    fn every_key_field_has_an_item_for_the_keeping_of_commitments() {
        let (book, on) = (Rulebook::builtin(), domain::parse_date("2026-03-02").unwrap());
        for field in book.fields() {
            assert!(book.supervision_items(&field.code, on).any(|item| item.commitment), "{}", field.code);
            assert!(book.supervision_items(&field.code, on).any(|item| !item.commitment), "{}", field.code);
        }
    }
}
