//! What follows from the three-part test that an officer made (order 44 arts 2 and 12).

use chrono::NaiveDate;
use rulebook::{RuleMissing, Rulebook};

use super::papers::Assessment;

/// Why a case can only be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MustDrop {
    /// The first part fails: the breach is not grave.
    NotGrave,
    /// There is sufficient evidence that the party had no intent.
    NoIntent,
}

impl MustDrop {
    /// The word in errors.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotGrave => "NOT_GRAVE",
            Self::NoIntent => "NO_INTENT",
        }
    }
}

/// Why the case can only be dropped, by the law of the day; `None` when it may go on.
///
/// # Errors
/// [`RuleMissing`] when the rulebook does not say whether lack of intent exempts.
pub fn must_drop(
    assessment: &Assessment,
    book: &Rulebook,
    on: NaiveDate,
) -> Result<Option<MustDrop>, RuleMissing> {
    if !assessment.grave {
        return Ok(Some(MustDrop::NotGrave));
    }
    let exempt = assessment.no_intent_proven && book.flag("serious.no_intent_exempts", on)?;
    Ok(exempt.then_some(MustDrop::NoIntent))
}

/// Factors of the day that the assessment says nothing about: the law wants all of them weighed together.
pub fn unweighed(assessment: &Assessment, book: &Rulebook, on: NaiveDate) -> Vec<String> {
    let weighed = |code: &str| assessment.factors.iter().any(|(factor, _)| factor == code);
    let codes = book.codes("serious_factor", on).map(|code| code.code.as_str());
    codes.filter(|code| !weighed(code)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assessment() -> Assessment {
        Assessment {
            grave: true,
            findings: "连续三年使用非食品原料".to_owned(),
            factors: Vec::new(),
            no_intent_proven: false,
        }
    }

    fn judged(assessment: &Assessment) -> Option<MustDrop> {
        must_drop(assessment, &Rulebook::builtin(), domain::parse_date("2024-06-03").unwrap()).unwrap()
    }

    #[test]
    fn a_breach_that_is_not_grave_and_proven_lack_of_intent_bar_a_listing() {
        assert_eq!(judged(&assessment()), None);
        assert_eq!(judged(&Assessment { grave: false, ..assessment() }), Some(MustDrop::NotGrave));
        assert_eq!(judged(&Assessment { no_intent_proven: true, ..assessment() }), Some(MustDrop::NoIntent));
    }

    #[test]
    fn every_factor_of_article_12_is_to_be_weighed() {
        let on = domain::parse_date("2024-06-03").unwrap();
        let book = Rulebook::builtin();
        let all = unweighed(&assessment(), &book, on);
        assert_eq!(all.len(), 9, "malice, frequency, duration, kind, amount, value, health, loss, impact");
        let factors = all.iter().map(|code| (code.clone(), "已衡量".to_owned())).collect();
        assert_eq!(unweighed(&Assessment { factors, ..assessment() }, &book, on), Vec::<String>::new());
    }
}
