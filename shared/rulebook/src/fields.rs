//! Key fields (重点领域) and their sub-kinds. A further field is rows of these tables, and no code.

use crate::{
    error::{RowProblem, RulebookError},
    offices::Offices,
    period::Effective,
    table,
};
use domain::{FieldCode, OfficeCode};

pub(crate) const FILE: &str = "fields.csv";
pub(crate) const SUB_KINDS_FILE: &str = "sub_kinds.csv";

/// A key field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its code, such as `FOOD`.
    pub code: FieldCode,
    /// Its name.
    pub label_zh: String,
    /// The mark its enterprises carry in the publicity system, word for word (R22).
    pub mark_zh: String,
    /// Offices that answer for it, the leading one first; at least one.
    pub owner_offices: Vec<OfficeCode>,
    /// When it is a key field.
    pub effective: Effective,
    /// The document it rests on.
    pub source: String,
}

/// A kind of enterprise within a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubKind {
    /// Its code, such as `HealthFood`.
    pub code: String,
    /// The field it belongs to.
    pub field: FieldCode,
    /// Its name.
    pub label_zh: String,
    /// What licence numbers of it look like, in words.
    pub licence_class: String,
    /// Office that confirms marks of this sub-kind (state machine 1).
    pub confirm_office: OfficeCode,
    /// When it is in use.
    pub effective: Effective,
    /// The document it rests on.
    pub source: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldRow {
    code: String,
    label_zh: String,
    mark_zh: String,
    owner_offices: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SubKindRow {
    code: String,
    field: String,
    label_zh: String,
    licence_class: String,
    confirm_office: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

/// Reads the fields, in the order of the table. Each code stands once: a field is opened and closed, not redefined.
pub(crate) fn read_fields(text: &str, offices: &Offices) -> Result<Vec<Field>, RulebookError> {
    let mut fields: Vec<Field> = Vec::new();
    for line in table::read::<FieldRow>(FILE, text)? {
        let field = field(&line.row, offices).map_err(|problem| line.refuse(problem))?;
        if fields.iter().any(|other| other.code == field.code) {
            return Err(line.refuse(RowProblem::Form(format!("the field `{}` stands twice", field.code))));
        }
        fields.push(field);
    }
    Ok(fields)
}

/// Reads the sub-kinds, in the order of the table. Each code stands once.
pub(crate) fn read_sub_kinds(
    text: &str,
    fields: &[Field],
    offices: &Offices,
) -> Result<Vec<SubKind>, RulebookError> {
    let mut kinds: Vec<SubKind> = Vec::new();
    for line in table::read::<SubKindRow>(SUB_KINDS_FILE, text)? {
        let kind = sub_kind(&line.row, fields, offices).map_err(|problem| line.refuse(problem))?;
        if kinds.iter().any(|other| other.code == kind.code) {
            return Err(line.refuse(RowProblem::Form(format!("the sub-kind `{}` stands twice", kind.code))));
        }
        kinds.push(kind);
    }
    Ok(kinds)
}

fn field(row: &FieldRow, offices: &Offices) -> Result<Field, RowProblem> {
    let code = FieldCode::parse(&row.code).map_err(|error| RowProblem::Form(error.to_string()))?;
    let owner_offices: Vec<OfficeCode> =
        table::list(&row.owner_offices).map(|office| offices.known(office)).collect::<Result<_, _>>()?;
    if owner_offices.is_empty() {
        return Err(RowProblem::Empty("owner_offices"));
    }
    Ok(Field {
        code,
        label_zh: table::required("label_zh", row.label_zh.clone())?,
        mark_zh: table::required("mark_zh", row.mark_zh.clone())?,
        owner_offices,
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

fn sub_kind(row: &SubKindRow, fields: &[Field], offices: &Offices) -> Result<SubKind, RowProblem> {
    let field = fields
        .iter()
        .find(|field| field.code.as_str() == row.field)
        .ok_or_else(|| RowProblem::Unknown { what: "field", code: row.field.clone() })?;
    Ok(SubKind {
        code: table::required("code", row.code.clone())?,
        field: field.code.clone(),
        label_zh: table::required("label_zh", row.label_zh.clone())?,
        licence_class: table::required("licence_class", row.licence_class.clone())?,
        confirm_office: offices.known(&row.confirm_office)?,
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}
