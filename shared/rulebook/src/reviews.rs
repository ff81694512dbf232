//! Strict review (严格审核): whose applications it concerns, what the law allows then, and what it never allows (R10 to R12).
//!
//! An option has a legal basis, or it is refused; so has a limit. Nothing here refuses an application: that is for the
//! deciding officer, on statutory grounds alone.

use crate::{
    codes::Codes,
    error::{RowProblem, RulebookError},
    fields::Field,
    offices::Offices,
    period::{Effective, NoOverlap},
    table,
};
use domain::{FieldCode, OfficeCode};

pub(crate) const PURPOSES_FILE: &str = "review_purposes.csv";
pub(crate) const OPTIONS_FILE: &str = "review_options.csv";
const TRIGGERS: &str = "review_trigger";

/// What an application is for, and whose it is to review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewPurpose {
    /// Its code, such as `FOOD_LICENCE`.
    pub code: String,
    /// Its name.
    pub label_zh: String,
    /// The field of the licence; `None` when it is of no key field.
    pub field: Option<FieldCode>,
    /// Whether it concerns foreign-invested enterprises alone (R11).
    pub foreign_only: bool,
    /// The offices that ask for it; at least one.
    pub offices: Vec<OfficeCode>,
    /// When it is in force.
    pub effective: Effective,
    /// Where the row comes from.
    pub source: String,
}

/// What a strict review may use, or what it may never do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewRule {
    /// Its code, such as `OnSiteCheck`.
    pub code: String,
    /// Whether it allows or forbids.
    pub kind: ReviewRuleKind,
    /// What it says to the officer.
    pub label_zh: String,
    /// What allows it: codes of the set `review_trigger`; empty for a limit, which always holds.
    pub triggers: Vec<String>,
    /// The purposes that it bears on; at least one.
    pub purposes: Vec<String>,
    /// The law it rests on, with article.
    pub basis: String,
    /// When it is in force.
    pub effective: Effective,
    /// Where the row comes from and how sure it is.
    pub source: String,
}

/// Whether a rule of strict review allows or forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewRuleKind {
    /// A stricter way that the law leaves open.
    Option,
    /// What no review may do, however strict.
    Limit,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PurposeRow {
    code: String,
    label_zh: String,
    field: String,
    foreign_only: String,
    offices: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleRow {
    code: String,
    kind: String,
    label_zh: String,
    triggers: String,
    purposes: String,
    basis: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

/// Reads the purposes, in the order of the table.
pub(crate) fn read_purposes(
    text: &str,
    fields: &[Field],
    offices: &Offices,
) -> Result<Vec<ReviewPurpose>, RulebookError> {
    let mut no_overlap = NoOverlap::default();
    let mut purposes = Vec::new();
    for line in table::read::<PurposeRow>(PURPOSES_FILE, text)? {
        let purpose = purpose(&line.row, fields, offices).map_err(|problem| line.refuse(problem))?;
        no_overlap.take(PURPOSES_FILE, line.number, &purpose.code, purpose.effective)?;
        purposes.push(purpose);
    }
    Ok(purposes)
}

fn purpose(row: &PurposeRow, fields: &[Field], offices: &Offices) -> Result<ReviewPurpose, RowProblem> {
    let unknown = |what, code: &str| RowProblem::Unknown { what, code: code.to_owned() };
    let field = match row.field.as_str() {
        "" => None,
        code => match fields.iter().find(|field| field.code.as_str() == code) {
            Some(field) => Some(field.code.clone()),
            None => return Err(unknown("field", code)),
        },
    };
    let offices: Vec<OfficeCode> =
        table::list(&row.offices).map(|office| offices.known(office)).collect::<Result<_, _>>()?;
    if offices.is_empty() {
        return Err(RowProblem::Empty("offices"));
    }
    let foreign_only = match row.foreign_only.as_str() {
        "" => false,
        "yes" => true,
        other => return Err(unknown("`foreign_only`", other)),
    };
    Ok(ReviewPurpose {
        code: table::required("code", row.code.clone())?,
        label_zh: table::required("label_zh", row.label_zh.clone())?,
        field,
        foreign_only,
        offices,
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

/// Reads options and limits, in the order of the table. None may stand twice on a day for one trigger.
pub(crate) fn read_rules(
    text: &str,
    purposes: &[ReviewPurpose],
    codes: &Codes,
) -> Result<Vec<ReviewRule>, RulebookError> {
    let mut no_overlap = NoOverlap::default();
    let mut rules = Vec::new();
    for line in table::read::<RuleRow>(OPTIONS_FILE, text)? {
        let rule = rule(&line.row, purposes, codes).map_err(|problem| line.refuse(problem))?;
        let triggers = if rule.triggers.is_empty() { vec![String::new()] } else { rule.triggers.clone() };
        for trigger in triggers {
            no_overlap.take(
                OPTIONS_FILE,
                line.number,
                &format!("{} {trigger}", rule.code),
                rule.effective,
            )?;
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn rule(row: &RuleRow, purposes: &[ReviewPurpose], codes: &Codes) -> Result<ReviewRule, RowProblem> {
    let unknown = |what, code: &str| RowProblem::Unknown { what, code: code.to_owned() };
    let kind = match row.kind.as_str() {
        "OPTION" => ReviewRuleKind::Option,
        "LIMIT" => ReviewRuleKind::Limit,
        other => return Err(unknown("kind of rule", other)),
    };
    let triggers: Vec<String> = table::list(&row.triggers).map(str::to_owned).collect();
    if let Some(trigger) = triggers.iter().find(|trigger| !codes.contains(TRIGGERS, trigger)) {
        return Err(unknown("trigger", trigger));
    }
    // An option that nothing calls for would be a burden on everybody.
    if kind == ReviewRuleKind::Option && triggers.is_empty() {
        return Err(RowProblem::Empty("triggers"));
    }
    let bears_on: Vec<String> = table::list(&row.purposes).map(str::to_owned).collect();
    if bears_on.is_empty() {
        return Err(RowProblem::Empty("purposes"));
    }
    if let Some(code) = bears_on.iter().find(|code| purposes.iter().all(|known| known.code != **code)) {
        return Err(unknown("purpose", code));
    }
    Ok(ReviewRule {
        code: table::required("code", row.code.clone())?,
        kind,
        label_zh: table::required("label_zh", row.label_zh.clone())?,
        triggers,
        purposes: bears_on,
        basis: table::required("basis", row.basis.clone())?,
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(row: &str) -> String {
        const HEADER: &str = "code,kind,label_zh,triggers,purposes,basis,effective_from,effective_to,source";
        let offices =
            Offices::read(include_str!("../data/offices.csv"), include_str!("../data/permissions.csv"))
                .unwrap();
        let fields = crate::fields::read_fields(include_str!("../data/fields.csv"), &offices).unwrap();
        let purposes = read_purposes(include_str!("../data/review_purposes.csv"), &fields, &offices).unwrap();
        let codes = Codes::read(include_str!("../data/codes.csv")).unwrap();
        read_rules(&format!("{HEADER}\n{row}\n"), &purposes, &codes).unwrap_err().to_string()
    }

    #[test]
    fn an_option_needs_a_basis_and_something_that_calls_for_it() {
        let no_basis = refused("X,OPTION,名,SERIOUS,FOOD_LICENCE,,2021-09-01,,x");
        assert_eq!(no_basis, "review_options.csv, line 2: `basis` is empty");
        let no_trigger = refused("X,OPTION,名,,FOOD_LICENCE,law,2021-09-01,,x");
        assert_eq!(no_trigger, "review_options.csv, line 2: `triggers` is empty");
    }

    #[test]
    fn no_rule_can_refuse_and_none_rests_on_what_nobody_knows() {
        assert!(refused("X,REFUSE,名,SERIOUS,FOOD_LICENCE,law,2021-09-01,,x").contains("`REFUSE`"));
        assert!(refused("X,OPTION,名,GOSSIP,FOOD_LICENCE,law,2021-09-01,,x").contains("trigger `GOSSIP`"));
        assert!(refused("X,OPTION,名,SERIOUS,LUNCH,law,2021-09-01,,x").contains("purpose `LUNCH`"));
    }
}
