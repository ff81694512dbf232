//! What a party may do against an answer that goes against it: reconsideration and suit, each within the period of the law of a day.

use chrono::NaiveDate;
use rulebook::{PeriodUnit, RuleMissing, Rulebook};

/// Set of the kinds of remedy; the tag `within` names the parameter of the period.
const KINDS: &str = "remedy_kind";
const WITHIN: &str = "within";

/// A remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// Code of the set `remedy_kind`.
    pub kind: String,
    /// In Chinese.
    pub label: String,
    /// The period in Chinese, such as `60日`; it runs from the day on which the party knows of the answer.
    pub within: String,
}

/// The remedies against an answer of a day, in the order of the rulebook. A kind for which the law of that day has no period is left out.
///
/// # Errors
/// The rulebook lacks a parameter that one of its kinds names.
pub fn remedies(book: &Rulebook, on: NaiveDate) -> Result<Vec<Remedy>, RuleMissing> {
    let mut found = Vec::new();
    for kind in book.codes(KINDS, on) {
        let Some(parameter) = kind.tag_value(WITHIN) else { continue };
        let period = match book.deadline(on, parameter) {
            Err(RuleMissing::NotInForce { .. }) => continue,
            period => period?,
        };
        found.push(Remedy {
            kind: kind.code.clone(),
            label: kind.label_zh.clone(),
            within: format!("{}{}", period.length, in_chinese(period.unit)),
        });
    }
    Ok(found)
}

const fn in_chinese(unit: PeriodUnit) -> &'static str {
    match unit {
        PeriodUnit::WorkingDay => "个工作日",
        PeriodUnit::CalendarDay => "日",
        PeriodUnit::CalendarMonth => "个月",
        PeriodUnit::CalendarYear => "年",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suit_has_six_months_since_the_amendment_of_2014_and_three_before() {
        let told = |on: &str| -> Vec<(String, String)> {
            let found = remedies(&Rulebook::builtin(), domain::parse_date(on).unwrap()).unwrap();
            found.into_iter().map(|remedy| (remedy.label, remedy.within)).collect()
        };
        let of = |label: &str, within: &str| (label.to_owned(), within.to_owned());
        assert_eq!(told("2015-04-30"), [of("行政复议", "60日"), of("行政诉讼", "3个月")]);
        assert_eq!(told("2015-05-01"), [of("行政复议", "60日"), of("行政诉讼", "6个月")]);
        assert_eq!(told("1999-09-30"), [of("行政诉讼", "3个月")], "there was no 行政复议法 yet");
    }
}
