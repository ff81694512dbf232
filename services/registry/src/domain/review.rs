//! How an application is to be reviewed (R10 to R12): strictly when something calls for it, by what the law leaves open, within
//! what it forbids. Nothing here can refuse.

use chrono::NaiveDate;
use domain::{FieldCode, OfficeCode, Uscc};
use rulebook::{ReviewPurpose, ReviewRule, ReviewRuleKind, Rulebook};

/// Something that calls for a strict review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Whose applications.
    pub uscc: Uscc,
    /// Kind: a code of the rulebook's set `review_trigger`.
    pub trigger: String,
    /// Resource that it rests on.
    pub resource: String,
    /// Ground in the terms of that resource; may be empty.
    pub ground: String,
    /// Key field that it is of; `None` for one of every field.
    pub field: Option<FieldCode>,
    /// First day.
    pub since: NaiveDate,
    /// Last day, counted; `None` until further notice.
    pub until: Option<NaiveDate>,
}

impl Reason {
    /// Whether it bears on applications for a purpose: those of its own key field, and those of none.
    pub fn bears_on(&self, purpose: &ReviewPurpose) -> bool {
        match (&self.field, &purpose.field) {
            (Some(own), Some(asked)) => own == asked,
            _ => true,
        }
    }
}

/// The risk class of an enterprise in a key field, as risk told it last. Information for who reviews: no rule of review rests on it,
/// so that it opens and closes no way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldClass {
    /// Whose class.
    pub uscc: Uscc,
    /// In which key field.
    pub field: FieldCode,
    /// Class scheme, such as `shandong2020`.
    pub scheme: String,
    /// Class of that scheme.
    pub code: String,
    /// Day as of which it was computed.
    pub as_of: NaiveDate,
    /// Office that set it; the system's where it took effect without review.
    pub office: OfficeCode,
    /// By what it is in effect, as risk says it.
    pub effect: String,
    /// Last day of the override that gives it, counted; `None` until further notice.
    pub until: Option<NaiveDate>,
}

/// How to review.
#[derive(Clone, Debug)]
pub struct Advice<'a> {
    /// Why strictly; empty when as everybody's.
    pub reasons: Vec<Reason>,
    /// Stricter ways that the law leaves open for these reasons, each once.
    pub options: Vec<&'a ReviewRule>,
    /// What no review may do.
    pub limits: Vec<&'a ReviewRule>,
}

/// How to review an application for `purpose` on a day, for the reasons that bear on it.
pub fn advise<'a>(
    book: &'a Rulebook,
    purpose: &ReviewPurpose,
    reasons: Vec<Reason>,
    on: NaiveDate,
) -> Advice<'a> {
    let reasons: Vec<Reason> = reasons.into_iter().filter(|reason| reason.bears_on(purpose)).collect();
    let rules = |kind| book.review_rules(&purpose.code, on).filter(move |rule| rule.kind == kind);
    let called_for = |rule: &ReviewRule| reasons.iter().any(|reason| rule.triggers.contains(&reason.trigger));
    let mut options: Vec<&ReviewRule> = Vec::new();
    for rule in rules(ReviewRuleKind::Option).filter(|rule| called_for(rule)) {
        if options.iter().all(|known| known.code != rule.code) {
            options.push(rule);
        }
    }
    let limits = rules(ReviewRuleKind::Limit).collect();
    Advice { reasons, options, limits }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(trigger: &str) -> Reason {
        Reason {
            uscc: Uscc::parse("91370102MA3C00011F").unwrap(),
            trigger: trigger.to_owned(),
            resource: format!("seriousCases/{trigger}"),
            ground: "F1".to_owned(),
            field: None,
            since: day("2025-06-02"),
            until: None,
        }
    }

    fn day(text: &str) -> NaiveDate {
        domain::parse_date(text).unwrap()
    }

    fn purpose<'a>(book: &'a Rulebook, code: &str) -> &'a ReviewPurpose {
        book.review_purposes(day("2026-01-05")).find(|purpose| purpose.code == code).unwrap()
    }

    fn codes(rules: &[&ReviewRule]) -> Vec<String> {
        rules.iter().map(|rule| rule.code.clone()).collect()
    }

    #[test]
    fn without_a_reason_a_review_is_as_everybodys_and_within_its_limits() {
        let book = Rulebook::builtin();
        let advice = advise(&book, purpose(&book, "FOOD_LICENCE"), Vec::new(), day("2026-01-05"));
        assert_eq!(codes(&advice.options), Vec::<String>::new());
        assert_eq!(codes(&advice.limits), ["NoNewConditions", "SameTimeLimit", "StatutoryRefusalOnly"]);
    }

    #[test]
    fn each_reason_opens_what_the_law_allows_for_it_and_each_option_is_said_once() {
        let book = Rulebook::builtin();
        let options = |triggers: &[&str]| {
            let reasons = triggers.iter().map(|trigger| reason(trigger)).collect();
            codes(&advise(&book, purpose(&book, "SE_LICENCE"), reasons, day("2026-01-05")).options)
        };
        assert_eq!(options(&["ABNORMAL"]), ["FullReview", "OnSiteCheck"]);
        assert_eq!(
            options(&["SERIOUS", "BROKEN_COMMITMENT"]),
            ["FullReview", "OnSiteCheck", "NoNotifyCommit"]
        );
    }

    #[test]
    fn key_attention_in_a_field_bears_on_its_licences_and_on_registration_and_never_refuses() {
        let book = Rulebook::builtin();
        let attention = || vec![Reason { field: FieldCode::parse("FOOD").ok(), ..reason("ATTENTION") }];
        let options =
            |code: &str| codes(&advise(&book, purpose(&book, code), attention(), day("2026-01-05")).options);
        assert_eq!(options("FOOD_LICENCE"), ["FullReview", "OnSiteCheck", "NoNotifyCommit"]);
        assert_eq!(options("FIE_REGISTRATION"), ["FullReview", "NoNotifyCommit"]);
        assert_eq!(options("SE_LICENCE"), Vec::<String>::new());
        let advice = advise(&book, purpose(&book, "FOOD_LICENCE"), attention(), day("2026-01-05"));
        assert!(codes(&advice.limits).contains(&"StatutoryRefusalOnly".to_owned()));
    }

    #[test]
    fn a_foreign_enterprise_is_reviewed_as_a_domestic_one_from_the_day_of_that_law() {
        let book = Rulebook::builtin();
        let limits = |on| {
            let purpose = purpose(&book, "FIE_REGISTRATION");
            codes(&advise(&book, purpose, Vec::new(), day(on)).limits)
        };
        assert!(!limits("2019-12-31").contains(&"EqualTreatment".to_owned()));
        assert!(limits("2020-01-01").contains(&"EqualTreatment".to_owned()));
    }
}
