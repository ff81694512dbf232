//! Joint measures (联合惩戒): what follows from an entry, by which law, and who carries it out.
//!
//! A measure has a legal basis and one responsible office, or it is refused (R43, R44). Nothing here is triggered by
//! a risk class or an attention flag: those are internal and never a ground for a measure.

use crate::{
    codes::Codes,
    error::{RowProblem, RulebookError},
    offices::Offices,
    period::{Effective, NoOverlap},
    table,
};
use domain::OfficeCode;

pub(crate) const FILE: &str = "measures.csv";

/// A measure that an entry of one kind triggers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Its code, such as `NoNotifyCommit`.
    pub code: String,
    /// Its name.
    pub label_zh: String,
    /// What triggers it: a code of the set `measure_trigger`, such as `SERIOUS`.
    pub trigger: String,
    /// What a system that asks before it acts is told.
    pub advice: Advice,
    /// Acts that it bears on: codes of the set `check_purpose`; at least one.
    pub purposes: Vec<String>,
    /// The law it rests on, with article.
    pub basis: String,
    /// The one office that answers for carrying it out.
    pub implementer: OfficeCode,
    /// Edition of the list it stands in.
    pub edition: String,
    /// When it is in force.
    pub effective: Effective,
    /// Where the row comes from and how sure it is.
    pub source: String,
}

impl Measure {
    /// Whether the measure bears on an act.
    pub fn bears_on(&self, purpose: &str) -> bool {
        self.purposes.iter().any(|own| own == purpose)
    }
}

/// What a system that asks before it acts is told, the mildest first. Never a refusal: that is for the deciding officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Advice {
    /// Nothing changes for the act.
    Normal,
    /// Review strictly.
    StrictReview,
    /// Review strictly, and not by notify-and-commit (告知承诺).
    NoNotifyAndCommit,
    /// A statutory bar stands.
    StatutoryBar,
}

impl Advice {
    fn parse(text: &str) -> Result<Self, RowProblem> {
        match text {
            "NORMAL" => Ok(Self::Normal),
            "STRICT_REVIEW" => Ok(Self::StrictReview),
            "NO_NOTIFY_AND_COMMIT" => Ok(Self::NoNotifyAndCommit),
            "STATUTORY_BAR" => Ok(Self::StatutoryBar),
            other => Err(RowProblem::Unknown { what: "advice", code: other.to_owned() }),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    code: String,
    label_zh: String,
    trigger: String,
    advice: String,
    purposes: String,
    basis: String,
    implementer: String,
    edition: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

/// Reads the list, in the order of the table. A measure may not stand twice on a day for one trigger.
pub(crate) fn read(text: &str, offices: &Offices, codes: &Codes) -> Result<Vec<Measure>, RulebookError> {
    let mut no_overlap = NoOverlap::default();
    let mut measures = Vec::new();
    for line in table::read::<Row>(FILE, text)? {
        let measure = measure(&line.row, offices, codes).map_err(|problem| line.refuse(problem))?;
        let key = format!("{} {}", measure.code, measure.trigger);
        no_overlap.take(FILE, line.number, &key, measure.effective)?;
        measures.push(measure);
    }
    Ok(measures)
}

fn measure(row: &Row, offices: &Offices, codes: &Codes) -> Result<Measure, RowProblem> {
    let known = |set, what, code: &str| match codes.contains(set, code) {
        true => Ok(code.to_owned()),
        false => Err(RowProblem::Unknown { what, code: code.to_owned() }),
    };
    let purposes: Vec<String> = table::list(&row.purposes)
        .map(|purpose| known("check_purpose", "purpose", purpose))
        .collect::<Result<_, _>>()?;
    if purposes.is_empty() {
        return Err(RowProblem::Empty("purposes"));
    }
    Ok(Measure {
        code: table::required("code", row.code.clone())?,
        label_zh: table::required("label_zh", row.label_zh.clone())?,
        trigger: known("measure_trigger", "trigger", &row.trigger)?,
        advice: Advice::parse(&row.advice)?,
        purposes,
        basis: table::required("basis", row.basis.clone())?,
        implementer: offices.known(&row.implementer)?,
        edition: table::required("edition", row.edition.clone())?,
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "code,label_zh,trigger,advice,purposes,basis,implementer,edition,effective_from,effective_to,source\n";

    fn refused(row: &str) -> String {
        let offices =
            Offices::read(include_str!("../data/offices.csv"), include_str!("../data/permissions.csv"))
                .unwrap();
        let codes = Codes::read(include_str!("../data/codes.csv")).unwrap();
        read(&format!("{HEADER}{row}\n"), &offices, &codes).unwrap_err().to_string()
    }

    #[test]
    fn a_measure_without_basis_or_responsible_office_is_refused() {
        let no_basis = refused("X,名,SERIOUS,NORMAL,PERMIT,,LEGAL,2024,2021-09-01,,x");
        assert_eq!(no_basis, "measures.csv, line 2: `basis` is empty");
        let no_office = refused("X,名,SERIOUS,NORMAL,PERMIT,law,,2024,2021-09-01,,x");
        assert_eq!(no_office, "measures.csv, line 2: no table has the office ``");
    }

    #[test]
    fn a_risk_class_or_flag_is_no_trigger() {
        for trigger in ["RISK_CLASS", "ATTENTION"] {
            let refused = refused(&format!("X,名,{trigger},NORMAL,PERMIT,law,LEGAL,2024,2021-09-01,,x"));
            assert_eq!(refused, format!("measures.csv, line 2: no table has the trigger `{trigger}`"));
        }
    }

    #[test]
    fn unknown_purposes_and_advice_are_refused() {
        assert!(
            refused("X,名,SERIOUS,REFUSE,PERMIT,law,LEGAL,2024,2021-09-01,,x").contains("advice `REFUSE`")
        );
        assert!(
            refused("X,名,SERIOUS,NORMAL,LUNCH,law,LEGAL,2024,2021-09-01,,x").contains("purpose `LUNCH`")
        );
        assert!(refused("X,名,SERIOUS,NORMAL,,law,LEGAL,2024,2021-09-01,,x").contains("`purposes` is empty"));
    }
}
