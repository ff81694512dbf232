//! What the models take from the rulebook: their own texts, class schemes, numbers and lengths.

use chrono::NaiveDate;
use rulebook::{Rulebook, Unit, Value};

use crate::domain::{
    engine::{ModelFile, Models},
    hundredths::Hundredths,
    model::ModelError,
    parameters::{Parameters, Span},
    scheme::Scheme,
};

/// Code sets whose name begins so are class schemes.
const SCHEME_SET: &str = "risk_class.";

/// Reads and checks every model of the rulebook.
///
/// # Errors
/// [`ModelError`] for the first model that cannot be used.
pub fn models(rulebook: &Rulebook) -> Result<Models, ModelError> {
    let files = rulebook.models().iter();
    let files: Vec<_> =
        files.map(|model| ModelFile { name: &model.name, text: &model.text, hash: &model.hash }).collect();
    Models::load(&files, |id| scheme(rulebook, id))
}

/// The class scheme called `id`: the codes of the set `risk_class.{id}` by their tag `rank`.
pub fn scheme(rulebook: &Rulebook, id: &str) -> Option<Scheme> {
    let mut classes: Vec<(u32, String, String)> = rulebook
        .all_codes()
        .filter(|code| code.set.strip_prefix(SCHEME_SET) == Some(id))
        .filter_map(|code| {
            Some((code.tag_value("rank")?.parse().ok()?, code.code.clone(), code.label_zh.clone()))
        })
        .collect();
    classes.sort();
    Scheme::new(id, classes.into_iter().map(|(_, code, label)| (code, label)).collect())
}

impl Parameters for Rulebook {
    fn number(&self, name: &str, day: NaiveDate) -> Option<Hundredths> {
        let parameter = self.parameter(name, day).ok()?;
        match &parameter.value {
            Value::Integer(number) => Some(Hundredths::whole(*number)),
            // As the table writes it: exact to two decimals, or no number of a model.
            Value::Fraction(_) if parameter.unit != Unit::Percent => Hundredths::parse(&parameter.text).ok(),
            _ => None,
        }
    }

    fn span(&self, name: &str, day: NaiveDate) -> Option<Span> {
        let parameter = self.parameter(name, day).ok()?;
        let Value::Integer(length) = parameter.value else { return None };
        let length = u32::try_from(length).ok()?;
        match parameter.unit {
            Unit::CalendarDay => Some(Span::Days(length)),
            Unit::CalendarMonth => Some(Span::Months(length)),
            Unit::CalendarYear => Some(Span::Years(length)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_shipped_models_fit_the_contract_the_schemes_and_the_parameters() {
        let rulebook = Rulebook::builtin();
        let models = models(&rulebook).unwrap();
        let keys: Vec<_> = models.models().iter().map(|model| model.key()).collect();
        assert_eq!(keys, ["food2016@1", "general@1", "se@1"]);
        for as_of in ["2021-09-27", "2026-04-01"] {
            let engine = models.at(day(as_of), &*rulebook).unwrap();
            assert!(engine.professional("FOOD").is_some() && engine.professional("SE").is_some());
        }
    }

    /// Fields that hold codes, and their sets.
    const CODED: [(&str, &str); 9] = [
        ("registration_state", "registration_state"),
        ("state", "licence_state"),
        ("kind", "ticket_kind"),
        ("penalty.discretion_grade", "discretion_grade"),
        ("penalty.penalty_kinds", "penalty_kind"),
        ("inspection.result", "inspection_result"),
        ("inspection.mode", "inspection_mode"),
        ("sampling.level", "sampling_level"),
        ("permit.permit_class", "permit_class"),
    ];

    #[test]
    fn every_code_that_a_shipped_model_names_is_in_its_set() {
        let rulebook = Rulebook::builtin();
        let models = models(&rulebook).unwrap();
        let mut checked = 0;
        let indicators = models.models().iter().flat_map(|model| &model.indicators);
        for (path, test) in
            indicators.filter_map(|indicator| indicator.condition.as_ref()).flat_map(|all| all.tests())
        {
            let Some((_, set)) = CODED.iter().find(|(field, _)| *field == path.name()) else { continue };
            for code in test.texts() {
                assert!(rulebook.code(set, code, day("2026-04-01")).is_some(), "{} = {code}", path.name());
                checked += 1;
            }
        }
        assert!(checked > 30, "{checked} codes");
    }

    #[test]
    fn the_three_namespaces_of_classes_are_those_of_the_documents() {
        let codes = |id| scheme(&Rulebook::builtin(), id).unwrap().codes().collect::<Vec<_>>().join("");
        assert_eq!(codes("shandong2020"), "ABCDE");
        assert_eq!(codes("national2022"), "ABCD");
        assert_eq!(codes("food2016"), "ABCD");
        assert_eq!(scheme(&Rulebook::builtin(), "none"), None);
    }

    #[test]
    fn numbers_and_lengths_come_with_their_dates() {
        let rulebook = Rulebook::builtin();
        let on = day("2026-01-01");
        assert_eq!(rulebook.number("risk.food.grade.A.upper_inclusive", on), Some(Hundredths::whole(30)));
        assert_eq!(rulebook.number("risk.food.grade.A.upper_inclusive", day("2016-11-30")), None);
        assert_eq!(rulebook.number("risk.scheme.shandong", on), None);
        assert_eq!(rulebook.span("risk.food.clean_years_to_lower", on), Some(Span::Years(3)));
        assert_eq!(rulebook.span("attention.window.long", on), Some(Span::Days(365)));
        assert_eq!(rulebook.span("mark.confirm", on), None);
    }
}
