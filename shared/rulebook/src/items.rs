//! The catalogue of what is collected (归集事项清单, R16): the provincial base and the additions of the city. And the documents
//! of others that it rests on, with whether they were supplied (R51).
//!
//! A city adds. Its rows cannot end, change or repeat a provincial item, and its version of the table cannot leave one out: a table
//! in which they do is not read.

use crate::{
    error::{RowProblem, RulebookError},
    fields::Field,
    period::Effective,
    table,
};

pub(crate) const FILE: &str = "collection_items.csv";
pub(crate) const ATTACHMENTS_FILE: &str = "attachments.csv";

/// Kinds of records that are collected.
const KINDS: [&str; 5] = ["permit", "penalty", "inspection", "sampling", "list_entry"];
/// Any field, or none.
const ANY: &str = "*";
/// No field.
const NONE: &str = "-";

/// Whose item it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemLevel {
    /// The provincial base.
    Province,
    /// An addition of the city.
    City,
}

/// Something that is collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionItem {
    /// Its name in the catalogue, such as `sampling.food`.
    pub item: String,
    /// Whose it is.
    pub level: ItemLevel,
    /// Kind of record: `permit`, `penalty`, `inspection`, `sampling` or `list_entry`.
    pub kind: String,
    /// Code of a key field, `*` for any and none, `-` for none.
    pub field: String,
    /// What officers call it.
    pub label_zh: String,
    /// Document that it rests on, by its name in the table of attachments; empty for none.
    pub attachment: String,
    /// When it is collected.
    pub effective: Effective,
    /// The document that says so.
    pub source: String,
}

/// A document of somebody else that lists of the city rest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name here.
    pub attachment: String,
    /// Its title.
    pub title_zh: String,
    /// Number of the document that it is attached to.
    pub document_no: String,
    /// Whether its text is here. What is not supplied is shown as that, never as empty.
    pub supplied: bool,
    /// When it is in force.
    pub effective: Effective,
    /// Where it is named.
    pub source: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemRow {
    item: String,
    level: String,
    kind: String,
    field: String,
    label_zh: String,
    attachment: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct AttachmentRow {
    attachment: String,
    title_zh: String,
    document_no: String,
    supplied: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

impl ItemLevel {
    /// The name in the table and in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::City => "city",
        }
    }
}

impl CollectionItem {
    /// Whether records of a kind and a field (empty for none) belong to it.
    pub fn holds(&self, kind: &str, field: &str) -> bool {
        self.kind == kind
            && match self.field.as_str() {
                ANY => true,
                NONE => field.is_empty(),
                own => own == field,
            }
    }

    /// Whether two items are of the same thing on the same day.
    fn meets(&self, other: &Self) -> bool {
        let days = |item: &Self| (item.effective.from, item.effective.to);
        let ((from, to), (other_from, other_to)) = (days(self), days(other));
        let overlap = to.is_none_or(|to| other_from.is_none_or(|from| from <= to))
            && other_to.is_none_or(|to| from.is_none_or(|from| from <= to));
        overlap && (self.item == other.item || (self.kind == other.kind && self.field == other.field))
    }
}

/// Reads the attachments, in the order of the table.
pub(crate) fn read_attachments(text: &str) -> Result<Vec<Attachment>, RulebookError> {
    let mut attachments: Vec<Attachment> = Vec::new();
    for line in table::read::<AttachmentRow>(ATTACHMENTS_FILE, text)? {
        let found = attachment(&line.row).map_err(|problem| line.refuse(problem))?;
        if attachments.iter().any(|other| other.attachment == found.attachment) {
            return Err(
                line.refuse(RowProblem::Form(format!("the attachment `{}` stands twice", found.attachment)))
            );
        }
        attachments.push(found);
    }
    Ok(attachments)
}

/// Reads the items, in the order of the table.
pub(crate) fn read(
    text: &str,
    fields: &[Field],
    attachments: &[Attachment],
) -> Result<Vec<CollectionItem>, RulebookError> {
    let lines = table::read::<ItemRow>(FILE, text)?;
    let mut items: Vec<CollectionItem> = Vec::new();
    for line in &lines {
        let found = item(&line.row, fields, attachments).map_err(|problem| line.refuse(problem))?;
        if let Some(other) = items.iter().find(|other| other.meets(&found)) {
            let whose = if other.level == found.level { "stands twice" } else { "is one of another level" };
            return Err(line.refuse(RowProblem::Form(format!("the item `{}` {whose}", other.item))));
        }
        items.push(found);
    }
    Ok(items)
}

/// Whether a city's version of the catalogue keeps every provincial item of the `base` as it stands there.
///
/// # Errors
/// The first item that it leaves out or changes.
pub(crate) fn check_base(items: &[CollectionItem], base: &[CollectionItem]) -> Result<(), RulebookError> {
    let gone = base.iter().find(|item| item.level == ItemLevel::Province && !items.contains(item));
    gone.map_or(Ok(()), |item| Err(RulebookError::ProvincialItem { item: item.item.clone() }))
}

fn item(row: &ItemRow, fields: &[Field], attachments: &[Attachment]) -> Result<CollectionItem, RowProblem> {
    let level = match row.level.as_str() {
        "province" => ItemLevel::Province,
        "city" => ItemLevel::City,
        other => return Err(RowProblem::Unknown { what: "level", code: other.to_owned() }),
    };
    if !KINDS.contains(&row.kind.as_str()) {
        return Err(RowProblem::Unknown { what: "kind of record", code: row.kind.clone() });
    }
    let is_field = fields.iter().any(|field| field.code.as_str() == row.field);
    if !is_field && ![ANY, NONE].contains(&row.field.as_str()) {
        return Err(RowProblem::Unknown { what: "field", code: row.field.clone() });
    }
    if !row.attachment.is_empty() && !attachments.iter().any(|known| known.attachment == row.attachment) {
        return Err(RowProblem::Unknown { what: "attachment", code: row.attachment.clone() });
    }
    Ok(CollectionItem {
        item: table::required("item", row.item.clone())?,
        level,
        kind: row.kind.clone(),
        field: row.field.clone(),
        label_zh: table::required("label_zh", row.label_zh.clone())?,
        attachment: row.attachment.clone(),
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

fn attachment(row: &AttachmentRow) -> Result<Attachment, RowProblem> {
    Ok(Attachment {
        attachment: table::required("attachment", row.attachment.clone())?,
        title_zh: table::required("title_zh", row.title_zh.clone())?,
        document_no: table::required("document_no", row.document_no.clone())?,
        supplied: row.supplied.parse().map_err(|_| RowProblem::Unknown {
            what: "answer (true or false)",
            code: row.supplied.clone(),
        })?,
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rulebook;

    const HEAD: &str = "item,level,kind,field,label_zh,attachment,effective_from,effective_to,source\n";

    fn read_all(rows: &str) -> Result<Vec<CollectionItem>, String> {
        let book = Rulebook::builtin();
        let on = domain::parse_date("2026-03-02").unwrap();
        let attachments: Vec<_> = book.attachments(on).cloned().collect();
        read(&format!("{HEAD}{rows}"), book.fields(), &attachments).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_city_adds_and_cannot_take_over_what_is_provincial() {
        let base = "sampling.food,province,sampling,FOOD,食品抽检,177-items,2021-09-27,,x\n";
        assert_eq!(
            read_all(&format!("{base}sampling.se,city,sampling,SE,设备抽查,,2022-01-01,,x\n")).unwrap().len(),
            2
        );
        for row in [
            "sampling.food,city,sampling,SE,改名,,2022-01-01,,x\n",
            "other,city,sampling,FOOD,改写,,2022-01-01,2022-12-31,x\n",
        ] {
            let refused = read_all(&format!("{base}{row}")).unwrap_err();
            assert!(refused.contains("`sampling.food` is one of another level"), "{refused}");
        }
    }

    #[test]
    fn versions_of_an_item_follow_each_other() {
        let rows = "sampling.food,province,sampling,FOOD,旧,,2021-09-27,2025-12-31,x\nsampling.food,province,sampling,FOOD,新,,2026-01-01,,x\n";
        assert_eq!(read_all(rows).unwrap().len(), 2);
        let overlapping = rows.replace("2026-01-01", "2025-12-31");
        assert!(read_all(&overlapping).unwrap_err().contains("stands twice"));
    }

    #[test]
    fn unknown_levels_kinds_fields_and_attachments_are_refused_with_their_line() {
        for (row, what) in [
            ("a,county,permit,*,甲,,2021-09-27,,x", "level"),
            ("a,city,poem,*,甲,,2021-09-27,,x", "kind of record"),
            ("a,city,permit,MOON,甲,,2021-09-27,,x", "field"),
            ("a,city,permit,*,甲,lost,2021-09-27,,x", "attachment"),
        ] {
            let refused = read_all(row).unwrap_err();
            assert!(refused.contains("line 2") && refused.contains(what), "{refused}");
        }
    }

    #[test]
    fn an_item_holds_its_field_any_field_or_none() {
        let items = read_all("a,province,permit,*,甲,,2021-09-27,,x\nb,province,sampling,-,乙,,2021-09-27,,x\nc,city,sampling,SE,丙,,2021-09-27,,x\n").unwrap();
        let holding = |kind: &str, field: &str| items.iter().filter(|item| item.holds(kind, field)).count();
        assert_eq!((holding("permit", "FOOD"), holding("permit", "")), (1, 1));
        assert_eq!(
            (holding("sampling", ""), holding("sampling", "SE"), holding("sampling", "FOOD")),
            (1, 1, 0)
        );
    }

    #[test]
    fn what_is_not_supplied_is_told_as_that() {
        let book = Rulebook::builtin();
        let on = domain::parse_date("2026-03-02").unwrap();
        assert!(book.attachments(on).count() > 0);
        assert!(book.attachments(on).all(|attachment| !attachment.supplied));
        assert_eq!(book.attachments(domain::parse_date("2021-09-26").unwrap()).count(), 0);
    }
}
