//! Code sets: kinds, grounds, results and states, each code with its Chinese label, dates and source.

use crate::{
    error::{RowProblem, RulebookError},
    period::{Effective, NoOverlap},
    table,
};
use chrono::NaiveDate;
use std::collections::BTreeMap;

pub(crate) const FILE: &str = "codes.csv";

/// One code of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The set, such as `penalty_kind`.
    pub set: String,
    /// The code, such as `3`.
    pub code: String,
    /// The word of the standard.
    pub label_zh: String,
    /// What rules need to know of it, such as `heavier` of a penalty or `follow_up` of a result.
    pub tags: Vec<String>,
    /// When it may be used.
    pub effective: Effective,
    /// The document it rests on.
    pub source: String,
}

impl Code {
    /// Whether the table marks the code with a tag.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }

    /// What follows a tag of the form `key:value`, such as `FOOD` of `field:FOOD`.
    pub fn tag_value(&self, key: &str) -> Option<&str> {
        self.tags.iter().find_map(|tag| tag.strip_prefix(key)?.strip_prefix(':'))
    }
}

/// All codes by set, in the order of the table.
#[derive(Debug)]
pub(crate) struct Codes(BTreeMap<String, Vec<Code>>);

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    set: String,
    code: String,
    label_zh: String,
    tags: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

impl Codes {
    pub(crate) fn read(text: &str) -> Result<Self, RulebookError> {
        let mut no_overlap = NoOverlap::default();
        let mut sets: BTreeMap<String, Vec<Code>> = BTreeMap::new();
        for line in table::read::<Row>(FILE, text)? {
            let code = code(&line.row).map_err(|problem| line.refuse(problem))?;
            let key = format!("{} {}", code.set, code.code);
            no_overlap.take(FILE, line.number, &key, code.effective)?;
            sets.entry(code.set.clone()).or_default().push(code);
        }
        Ok(Self(sets))
    }

    pub(crate) fn on(&self, set: &str, on: NaiveDate) -> impl Iterator<Item = &Code> {
        self.of(set).filter(move |code| code.effective.on(on))
    }

    pub(crate) fn of(&self, set: &str) -> impl Iterator<Item = &Code> {
        self.0.get(set).into_iter().flatten()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Code> {
        self.0.values().flatten()
    }

    /// Whether a set has a code on any date; what other tables refer to.
    pub(crate) fn contains(&self, set: &str, code: &str) -> bool {
        self.0.get(set).is_some_and(|codes| codes.iter().any(|own| own.code == code))
    }
}

fn code(row: &Row) -> Result<Code, RowProblem> {
    Ok(Code {
        set: table::required("set", row.set.clone())?,
        code: table::required("code", row.code.clone())?,
        label_zh: table::required("label_zh", row.label_zh.clone())?,
        tags: table::list(&row.tags).map(str::to_owned).collect(),
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::parse_date;

    const HEADER: &str = "set,code,label_zh,tags,effective_from,effective_to,source\n";

    #[test]
    fn a_code_counts_only_between_its_dates() {
        let rows =
            "kind,1,旧,,2000-01-01,2020-12-31,x\nkind,1,新,a|k:v,2021-01-01,,x\nkind,2,另,,2021-01-01,,x\n";
        let codes = Codes::read(&format!("{HEADER}{rows}")).unwrap();
        let labels = |date| {
            let on = parse_date(date).unwrap();
            codes.on("kind", on).map(|code| code.label_zh.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(labels("2020-12-31"), ["旧"]);
        assert_eq!(labels("2021-01-01"), ["新", "另"]);
    }

    #[test]
    fn tags_are_found_whole_and_by_key() {
        let codes = Codes::read(&format!("{HEADER}kind,1,新,heavier|field:FOOD,2021-01-01,,x\n")).unwrap();
        let code = codes.all().next().unwrap();
        assert!(code.has_tag("heavier") && !code.has_tag("heav"));
        assert_eq!((code.tag_value("field"), code.tag_value("heavier")), (Some("FOOD"), None));
    }

    #[test]
    fn one_code_twice_on_a_day_and_a_code_without_label_or_date_are_refused() {
        let refused = |rows: &str| Codes::read(&format!("{HEADER}{rows}")).unwrap_err().to_string();
        let twice = "kind,1,旧,,2000-01-01,,x\nkind,1,新,,2021-01-01,,x\n";
        assert!(refused(twice).contains("codes.csv, line 3: `kind 1` is already in force"));
        assert_eq!(refused("kind,1,,,2000-01-01,,x\n"), "codes.csv, line 2: `label_zh` is empty");
        assert_eq!(refused("kind,1,新,,,,x\n"), "codes.csv, line 2: `effective_from` is empty");
    }
}
