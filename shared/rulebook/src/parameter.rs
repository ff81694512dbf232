//! Parameters: the numbers of the law and of the house, each with its dates and source.

use crate::{
    error::{RuleMissing, RulebookError},
    period::{Effective, NoOverlap},
    table,
    unit::Unit,
    value::{Fraction, Value},
};
use chrono::NaiveDate;
use domain::Money;
use std::collections::BTreeMap;

pub(crate) const FILE: &str = "parameters.csv";

/// One parameter over one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Name, such as `serious.term`.
    pub name: String,
    /// The value, read by its unit.
    pub value: Value,
    /// The value as the table writes it; empty when it was not supplied.
    pub text: String,
    /// Its unit.
    pub unit: Unit,
    /// When it is in force.
    pub effective: Effective,
    /// The document it rests on, or `design default`.
    pub source: String,
}

impl Parameter {
    /// Whether the authority has supplied the value.
    pub fn is_supplied(&self) -> bool {
        self.value != Value::NotSupplied
    }

    /// A length, count or year; a score or factor if it is whole.
    pub(crate) fn integer(&self, on: NaiveDate) -> Result<i64, RuleMissing> {
        match self.supplied(on)? {
            Value::Integer(number) => Ok(*number),
            Value::Fraction(number) if self.unit != Unit::Percent => number
                .whole()
                .and_then(|whole| i64::try_from(whole).ok())
                .ok_or_else(|| self.other_kind("whole number")),
            _ => Err(self.other_kind("whole number")),
        }
    }

    /// An exact fraction: a percentage as part of one, a score, a factor, or a whole number over 1.
    pub(crate) fn fraction(&self, on: NaiveDate) -> Result<Fraction, RuleMissing> {
        let fraction = match self.supplied(on)? {
            Value::Fraction(fraction) => Some(*fraction),
            Value::Integer(number) => u64::try_from(*number).ok().and_then(|p| Fraction::new(p, 1)),
            _ => None,
        };
        fraction.ok_or_else(|| self.other_kind("fraction"))
    }

    pub(crate) fn flag(&self, on: NaiveDate) -> Result<bool, RuleMissing> {
        match self.supplied(on)? {
            Value::Flag(flag) => Ok(*flag),
            _ => Err(self.other_kind("yes or no")),
        }
    }

    pub(crate) fn money(&self, on: NaiveDate) -> Result<Money, RuleMissing> {
        match self.supplied(on)? {
            Value::Money(money) => Ok(*money),
            _ => Err(self.other_kind("amount of money")),
        }
    }

    pub(crate) fn word(&self, on: NaiveDate) -> Result<&str, RuleMissing> {
        match self.supplied(on)? {
            Value::Text(text) => Ok(text),
            _ => Err(self.other_kind("word")),
        }
    }

    pub(crate) fn month_day(&self, on: NaiveDate) -> Result<(u32, u32), RuleMissing> {
        match self.supplied(on)? {
            Value::MonthDay { month, day } => Ok((*month, *day)),
            _ => Err(self.other_kind("day of the year")),
        }
    }

    pub(crate) fn other_kind(&self, wanted: &'static str) -> RuleMissing {
        RuleMissing::OtherKind { name: self.name.clone(), unit: self.unit.as_str(), wanted }
    }

    fn supplied(&self, on: NaiveDate) -> Result<&Value, RuleMissing> {
        match &self.value {
            Value::NotSupplied => Err(RuleMissing::NotSupplied {
                name: self.name.clone(),
                on,
                source_text: self.source.clone(),
            }),
            value => Ok(value),
        }
    }
}

/// All parameters, by name; those of one name in the order of the table.
#[derive(Debug)]
pub(crate) struct Parameters(BTreeMap<String, Vec<Parameter>>);

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    value: String,
    unit: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

impl Parameters {
    pub(crate) fn read(text: &str) -> Result<Self, RulebookError> {
        let mut no_overlap = NoOverlap::default();
        let mut by_name: BTreeMap<String, Vec<Parameter>> = BTreeMap::new();
        for line in table::read::<Row>(FILE, text)? {
            let parameter = parameter(&line.row).map_err(|problem| line.refuse(problem))?;
            no_overlap.take(FILE, line.number, &parameter.name, parameter.effective)?;
            by_name.entry(parameter.name.clone()).or_default().push(parameter);
        }
        Ok(Self(by_name))
    }

    pub(crate) fn on(&self, name: &str, on: NaiveDate) -> Result<&Parameter, RuleMissing> {
        let rows = self.0.get(name).ok_or_else(|| RuleMissing::UnknownName { name: name.to_owned() })?;
        let in_force = rows.iter().find(|row| row.effective.on(on));
        in_force.ok_or_else(|| RuleMissing::NotInForce { name: name.to_owned(), on })
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Parameter> {
        self.0.values().flatten()
    }
}

fn parameter(row: &Row) -> Result<Parameter, crate::RowProblem> {
    let unit = Unit::parse(&row.unit).ok_or_else(|| crate::RowProblem::UnknownUnit(row.unit.clone()))?;
    Ok(Parameter {
        name: table::required("name", row.name.clone())?,
        value: Value::parse(&row.value, unit)?,
        text: row.value.clone(),
        unit,
        effective: Effective::parse(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::parse_date;

    const HEADER: &str = "name,value,unit,effective_from,effective_to,source\n";

    fn refused(rows: &str) -> String {
        Parameters::read(&format!("{HEADER}{rows}")).unwrap_err().to_string()
    }

    #[test]
    fn overlapping_periods_of_one_parameter_are_refused_with_both_lines() {
        let rows = "a,1,count,2021-01-01,2021-12-31,x\nb,1,count,2021-01-01,,x\na,2,count,2021-12-31,,x\n";
        let expected = "parameters.csv, line 4: `a` is already in force in part of this period, by line 2";
        assert_eq!(refused(rows), expected);
    }

    #[test]
    fn unknown_units_bad_values_and_missing_sources_are_refused_with_the_line() {
        assert_eq!(refused("a,1,week,2021-01-01,,x\n"), "parameters.csv, line 2: there is no unit `week`");
        let bad = "parameters.csv, line 2: `x` is not a value of the unit `working_day`";
        assert_eq!(refused("a,x,working_day,2021-01-01,,x\n"), bad);
        assert_eq!(refused("a,1,count,2021-01-01,,\n"), "parameters.csv, line 2: `source` is empty");
        assert!(refused("a,1,count,2021-02-30,,x\n").contains("there is no such day"));
    }

    #[test]
    fn a_gap_is_allowed_and_is_no_rule() {
        let rows = "a,1,count,2021-01-01,2021-12-31,x\na,2,count,2023-01-01,,x\n";
        let parameters = Parameters::read(&format!("{HEADER}{rows}")).unwrap();
        let on = parse_date("2022-06-01").unwrap();
        assert_eq!(parameters.on("a", on), Err(RuleMissing::NotInForce { name: "a".into(), on }));
        assert_eq!(parameters.on("b", on), Err(RuleMissing::UnknownName { name: "b".into() }));
    }

    #[test]
    fn an_empty_value_is_in_force_but_not_supplied() {
        let parameters =
            Parameters::read(&format!("{HEADER}a,,CNY,2021-01-01,,set by the province\n")).unwrap();
        let on = parse_date("2022-06-01").unwrap();
        let parameter = parameters.on("a", on).unwrap();
        assert!(!parameter.is_supplied());
        let missing = parameter.money(on).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "the value of `a` on 2022-06-01 was not supplied (set by the province)"
        );
    }
}
