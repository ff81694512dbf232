//! What the models and the analysis of complaints take from the rulebook: texts, class schemes, numbers and lengths.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use domain::FieldCode;
use rulebook::{Fraction, RuleMissing, Rulebook, Unit, Value};

use crate::domain::{
    combine::{Combination, Combiner},
    engine::{ModelFile, Models, is_combination},
    explain::Labels,
    hundredths::Hundredths,
    model::{FIELD, Model, ModelError, SCHEME, SUB_KIND, bounded},
    parameters::{MissingParameter, Parameters, Span},
    scheme::Scheme,
    scoring::Scorer,
    signal::Settings,
    signal::settings::{Weights, Window},
};

/// Code sets whose name begins so are class schemes.
pub(crate) const SCHEME_SET: &str = "risk_class.";

/// Reads and checks every model of the rulebook, as far as it must be to class by it: a combination that came into force under an
/// earlier release may lack what one lacks no more that is submitted. [`Store::register_models`](crate::store::Store::register_models)
/// knows which is which.
///
/// # Errors
/// [`ModelError`] for the first model that cannot be used.
pub fn models(rulebook: &Rulebook) -> Result<Models, ModelError> {
    Ok(Models::load_registered(&model_files(rulebook), |id| scheme(rulebook, id))?.0)
}

/// Reads and checks one model, with the codes that it names.
///
/// # Errors
/// [`ModelError`] with all that is wrong in it; codes are looked at once nothing else is.
pub fn model(rulebook: &Rulebook, name: &str, text: &str, hash: &str) -> Result<Model, ModelError> {
    let model = Model::load(name, text, hash, |id| scheme(rulebook, id))?;
    model.check_codes(name, text, |set| codes_of(rulebook, set))?;
    Ok(model)
}

/// The codes of a set, whenever they were or will be in force: a model also reads what is old.
fn codes_of(rulebook: &Rulebook, set: &str) -> Vec<String> {
    match set {
        FIELD => rulebook.fields().iter().map(|field| field.code.to_string()).collect(),
        SUB_KIND => {
            let of_field = |field: &rulebook::Field| rulebook.sub_kinds(&field.code).collect::<Vec<_>>();
            rulebook.fields().iter().flat_map(of_field).map(|kind| kind.code.clone()).collect()
        }
        SCHEME => {
            let schemes = rulebook.all_codes().filter_map(|code| code.set.strip_prefix(SCHEME_SET));
            let schemes: BTreeSet<&str> = schemes.collect();
            schemes.into_iter().map(str::to_owned).collect()
        }
        _ => {
            let mut codes: Vec<_> = rulebook.codes_of(set).map(|code| code.code.clone()).collect();
            codes.dedup();
            codes
        }
    }
}

/// The files of the rulebook that hold models and combinations.
pub fn model_files(rulebook: &Rulebook) -> Vec<ModelFile<'_>> {
    let files = rulebook.models().iter();
    files.map(|model| ModelFile { name: &model.name, text: &model.text, hash: &model.hash }).collect()
}

/// A file that was read alone and can be used.
#[derive(Debug)]
pub enum Checked {
    /// A model.
    Model(Box<Model>),
    /// A combination of two models.
    Combination(Box<Combiner>),
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It is not right in itself.
    #[error(transparent)]
    File(#[from] ModelError),
    /// It names a parameter that the rulebook does not hold on its day.
    #[error(transparent)]
    Parameter(#[from] MissingParameter),
}

/// Reads and checks one file as a service that starts would, with the parameters of `on`, or of its own first day. A file
/// whose name begins with `combine` is a combination, every other a model.
///
/// # Errors
/// [`Unusable`] with all that is wrong in the file, and with every parameter that is missing once nothing else is.
pub fn check(
    rulebook: &Rulebook,
    name: &str,
    text: &str,
    on: Option<NaiveDate>,
) -> Result<Checked, Unusable> {
    if is_combination(name) {
        bounded(name, text)?;
        let combiner = Combiner::load(name, text, |id| scheme(rulebook, id))?;
        let day = on.unwrap_or(combiner.effective_from);
        parameters_of(rulebook, name, text, day)?;
        combiner.check_resolved(name, text, rulebook, day)?;
        Combination::new(combiner.clone().into(), rulebook, day)?;
        return Ok(Checked::Combination(Box::new(combiner)));
    }
    let hash = crypto::sm3::digest(text.as_bytes()).to_hex();
    let model = model(rulebook, name, text, &hash)?;
    let day = on.unwrap_or(model.effective_from);
    parameters_of(rulebook, name, text, day)?;
    model.check_resolved(name, text, rulebook, day)?;
    Scorer::new(model.clone().into(), 0, rulebook, day)?;
    Ok(Checked::Model(Box::new(model)))
}

/// Every parameter that a file names is there on `day`.
fn parameters_of(rulebook: &Rulebook, name: &str, text: &str, day: NaiveDate) -> Result<(), ModelError> {
    let is_there = |parameter: &str, is_span: bool| match is_span {
        true => rulebook.span(parameter, day).is_some(),
        false => rulebook.number(parameter, day).is_some(),
    };
    ModelError::unless_all_parameters(name, text, is_there, day)
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

/// What a scan of complaints up to `as_of` goes by.
///
/// # Errors
/// [`RuleMissing`] for the first parameter that is not there, or of another kind.
pub fn signal_settings(rulebook: &Rulebook, as_of: NaiveDate) -> Result<Settings, RuleMissing> {
    let count = |name: &str| rulebook.integer(name, as_of).map(i64::unsigned_abs);
    let small = |name: &str| count(name).map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    let number = |name: &str| rulebook.fraction(name, as_of).map(float);
    let window = |name: &str| -> Result<Window, RuleMissing> {
        let days = small(name)?.max(1);
        let first = as_of.checked_sub_days(Days::new(u64::from(days) - 1)).unwrap_or(NaiveDate::MIN);
        Ok(Window { days, first })
    };
    let spread = number("attention.peer_spread")?;
    Ok(Settings {
        as_of,
        windows: vec![window("attention.window.short")?, window("attention.window.long")?],
        weights: Weights {
            open: small("attention.weight.open")?,
            substantiated: small("attention.weight.substantiated")?,
            refuted: small("attention.weight.refuted")?,
        },
        min_events: count("attention.min_events")?.max(1),
        level: number("attention.fdr")?,
        prior_events: number("attention.prior_events")?,
        least_spread: spread * spread,
        size_exponent: number("attention.size.exponent")?,
        size_bound: number("attention.size.bound")?.max(1.0),
        most: usize::try_from(count("attention.scan.most")?).unwrap_or(usize::MAX),
    })
}

#[allow(clippy::cast_precision_loss, reason = "parts of parameters are small")]
fn float(fraction: Fraction) -> f64 {
    fraction.p() as f64 / fraction.q() as f64
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

impl Labels for Rulebook {
    fn label(&self, set: &str, code: &str, day: NaiveDate) -> Option<String> {
        match set {
            "field" => {
                let field = FieldCode::parse(code).ok().and_then(|code| self.field(&code))?;
                Some(field.label_zh.clone())
            }
            "sub_kind" => Some(self.sub_kind(code)?.label_zh.clone()),
            _ => Some(self.code(set, code, day)?.label_zh.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::explain::explain;
    use crate::domain::scoring::Items;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_shipped_models_fit_the_contract_the_schemes_and_the_parameters() {
        let rulebook = Rulebook::builtin();
        let models = models(&rulebook).unwrap();
        let keys: Vec<_> = models.models().iter().map(|model| model.key()).collect();
        assert_eq!(keys, ["food2016@3", "general@1", "general@2", "provincial@2", "se@3", "se@4"]);
        for as_of in ["2021-09-27", "2026-04-01"] {
            let engine = models.at(day(as_of), &*rulebook).unwrap();
            assert!(engine.professional("FOOD").is_some() && engine.professional("SE").is_some());
        }
    }

    #[test]
    fn every_parameter_that_is_missing_is_told_with_its_path_and_line() {
        let rulebook = Rulebook::builtin();
        let shipped = &rulebook.models().iter().find(|model| model.name == "food2016").unwrap().text;
        let line = |text: &str| shipped.lines().position(|line| line.contains(text)).unwrap() + 1;
        let text = shipped.replacen("risk.food.static.max", "risk.food.static.most", 1);
        let (at, wanted) = (line("risk.food.static.max"), line("window: {years: 2}"));
        let text = text.replacen("window: {years: 2}", "window: {parameter: risk.food.dynamic.max}", 1);
        let told = check(&rulebook, "food.yaml", &text, None).unwrap_err().to_string();
        let told: Vec<_> = told.lines().collect();
        assert!(told[0].starts_with(&format!("food.yaml:{at}:")), "{told:?}");
        assert!(
            told[0].ends_with(
                "dimensions[0].cap.parameter: the rulebook holds no parameter `risk.food.static.most` on 2021-09-27; \
                 expected a number with at most two decimals"
            ),
            "{told:?}"
        );
        assert!(told[1].starts_with(&format!("food.yaml:{wanted}:")), "{told:?}");
        assert!(told[1].ends_with("expected a length in days, months or years"), "{told:?}");
    }

    #[test]
    fn every_field_and_code_of_a_shipped_model_has_a_name_for_the_officer() {
        let rulebook = Rulebook::builtin();
        let models = models(&rulebook).unwrap();
        let engine = models.at(day("2026-04-01"), &*rulebook).unwrap();
        for field in ["FOOD", "SE"] {
            let given = engine.classify(field, Items::sorted(&[]));
            let explained = explain(&engine, field, &given, &[], &*rulebook);
            for line in explained.lines {
                // Licence numbers and signs stand as they are.
                let strange = line.condition.split([' ', '、', '(', ')']).find(|word| {
                    word.contains('.')
                        || word.contains('_')
                        || word.bytes().filter(u8::is_ascii_lowercase).count() > 2
                });
                assert_eq!(strange, None, "{}: {}", line.indicator, line.condition);
            }
        }
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
