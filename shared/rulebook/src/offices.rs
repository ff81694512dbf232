//! Offices (处室) as roles, and what each may do.

use crate::{
    error::{RowProblem, RulebookError},
    period::{Effective, NoOverlap},
    table,
};
use chrono::NaiveDate;
use domain::{FieldCode, OfficeCode};
use std::collections::HashMap;

pub(crate) const FILE: &str = "offices.csv";
pub(crate) const PERMISSIONS_FILE: &str = "permissions.csv";

/// An office, or another body that acts as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// Its code, such as `FOOD_PROD`.
    pub code: OfficeCode,
    /// Its name.
    pub label_zh: String,
    /// The fields it sees and acts on.
    pub fields: FieldScope,
    /// What it answers for, in English.
    pub duty: String,
    /// When it acts.
    pub effective: Effective,
    /// The document it rests on.
    pub source: String,
}

/// Fields that an office sees and acts on (按职责分别负责).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldScope {
    /// All, and those to come.
    All,
    /// These.
    Some(Vec<FieldCode>),
}

impl FieldScope {
    /// Whether a field lies in the scope.
    pub fn holds(&self, field: &FieldCode) -> bool {
        match self {
            Self::All => true,
            Self::Some(fields) => fields.contains(field),
        }
    }
}

/// One grant: an office may do something over a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Name, `<service>.<resource>.<verb>`, as the contract writes it beside the RPC.
    pub name: String,
    /// The office.
    pub office: OfficeCode,
    /// When it holds.
    pub effective: Effective,
    /// The document it rests on.
    pub source: String,
}

/// Offices and their permissions.
#[derive(Debug, Default)]
pub(crate) struct Offices {
    offices: Vec<Office>,
    permissions: Vec<Permission>,
    /// Places in `offices` by code: every request is asked about, and every part of a dossier.
    by_code: HashMap<OfficeCode, usize>,
    /// Places in `permissions` by name and office, for the same.
    by_name: HashMap<String, HashMap<OfficeCode, Vec<usize>>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct OfficeRow {
    code: String,
    label_zh: String,
    fields: String,
    duty: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PermissionRow {
    permission: String,
    office: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

impl Offices {
    /// Reads both tables; the permissions refer to the offices. Each office stands once.
    pub(crate) fn read(offices: &str, permissions: &str) -> Result<Self, RulebookError> {
        let mut book = Self::default();
        for line in table::read::<OfficeRow>(FILE, offices)? {
            let office = office(&line.row).map_err(|problem| line.refuse(problem))?;
            if book.office(&office.code).is_some() {
                return Err(
                    line.refuse(RowProblem::Form(format!("the office `{}` stands twice", office.code)))
                );
            }
            book.by_code.insert(office.code.clone(), book.offices.len());
            book.offices.push(office);
        }
        let mut no_overlap = NoOverlap::default();
        for line in table::read::<PermissionRow>(PERMISSIONS_FILE, permissions)? {
            let permission = book.permission(&line.row).map_err(|problem| line.refuse(problem))?;
            let key = format!("{} {}", permission.name, permission.office);
            no_overlap.take(PERMISSIONS_FILE, line.number, &key, permission.effective)?;
            let by_office = book.by_name.entry(permission.name.clone()).or_default();
            by_office.entry(permission.office.clone()).or_default().push(book.permissions.len());
            book.permissions.push(permission);
        }
        Ok(book)
    }

    pub(crate) fn all(&self) -> &[Office] {
        &self.offices
    }

    pub(crate) fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    pub(crate) fn office(&self, code: &OfficeCode) -> Option<&Office> {
        self.by_code.get(code).map(|place| &self.offices[*place])
    }

    /// The office that another table refers to.
    pub(crate) fn known(&self, code: &str) -> Result<OfficeCode, RowProblem> {
        let found = self.offices.iter().find(|office| office.code.as_str() == code);
        let unknown = || RowProblem::Unknown { what: "office", code: code.to_owned() };
        found.map(|office| office.code.clone()).ok_or_else(unknown)
    }

    /// Whether an office that exists on the day holds the permission on the day.
    pub(crate) fn may(&self, permission: &str, office: &OfficeCode, on: NaiveDate) -> bool {
        let exists = self.office(office).is_some_and(|office| office.effective.on(on));
        let grants = self.by_name.get(permission).and_then(|by_office| by_office.get(office));
        let granted = |place: &usize| self.permissions[*place].effective.on(on);
        exists && grants.is_some_and(|places| places.iter().any(granted))
    }

    fn permission(&self, row: &PermissionRow) -> Result<Permission, RowProblem> {
        let word = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        let parts: Vec<&str> = row.permission.split('.').collect();
        if parts.len() != 3 || !parts.into_iter().all(word) {
            let problem = format!("`{}` is not a permission: <service>.<resource>.<verb>", row.permission);
            return Err(RowProblem::Form(problem));
        }
        Ok(Permission {
            name: row.permission.clone(),
            office: self.known(&row.office)?,
            effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
            source: table::required("source", row.source.clone())?,
        })
    }
}

fn office(row: &OfficeRow) -> Result<Office, RowProblem> {
    let form = |error: domain::InvalidOpenCode| RowProblem::Form(error.to_string());
    let fields = match row.fields.as_str() {
        "*" => FieldScope::All,
        "" => return Err(RowProblem::Empty("fields")),
        some => {
            FieldScope::Some(table::list(some).map(FieldCode::parse).collect::<Result<_, _>>().map_err(form)?)
        }
    };
    Ok(Office {
        code: OfficeCode::parse(&row.code).map_err(form)?,
        label_zh: table::required("label_zh", row.label_zh.clone())?,
        fields,
        duty: table::required("duty", row.duty.clone())?,
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::parse_date;

    const OFFICES: &str = "code,label_zh,fields,duty,effective_from,effective_to,source
FOOD_PROD,食品生产处,FOOD,food,2021-09-27,,x
OLD,旧处,*,gone,2021-09-27,2022-12-31,x
";
    const PERMISSIONS: &str = "permission,office,effective_from,effective_to,source\n";

    fn read(permissions: &str) -> Result<Offices, RulebookError> {
        Offices::read(OFFICES, &format!("{PERMISSIONS}{permissions}"))
    }

    fn may(offices: &Offices, permission: &str, office: &str, on: &str) -> bool {
        offices.may(permission, &OfficeCode::parse(office).unwrap(), parse_date(on).unwrap())
    }

    #[test]
    fn a_grant_holds_between_its_dates_and_for_its_office_only() {
        let offices = read("a.b.read,FOOD_PROD,2022-01-01,2022-12-31,x\n").unwrap();
        assert!(may(&offices, "a.b.read", "FOOD_PROD", "2022-12-31"));
        assert!(!may(&offices, "a.b.read", "FOOD_PROD", "2023-01-01"));
        assert!(!may(&offices, "a.b.write", "FOOD_PROD", "2022-12-31"));
        assert!(!may(&offices, "a.b.read", "OLD", "2022-12-31"));
    }

    #[test]
    fn an_office_that_was_closed_may_nothing_any_more() {
        let offices = read("a.b.read,OLD,2022-01-01,,x\n").unwrap();
        assert!(may(&offices, "a.b.read", "OLD", "2022-12-31"));
        assert!(!may(&offices, "a.b.read", "OLD", "2023-01-01"));
    }

    #[test]
    fn grants_of_wrong_form_or_to_unknown_offices_are_refused_with_the_line() {
        let refused = |rows: &str| read(rows).map(|_| ()).unwrap_err().to_string();
        let unknown = refused("a.b.read,NOBODY,2022-01-01,,x\n");
        assert_eq!(unknown, "permissions.csv, line 2: no table has the office `NOBODY`");
        assert!(refused("a.read,FOOD_PROD,2022-01-01,,x\n").contains("is not a permission"));
        let twice = "a.b.read,FOOD_PROD,2022-01-01,,x\na.b.read,FOOD_PROD,2023-01-01,,x\n";
        assert!(refused(twice).contains("permissions.csv, line 3: `a.b.read FOOD_PROD` is already in force"));
    }
}
