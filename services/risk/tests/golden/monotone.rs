//! One more bad record never lowers the risk, whatever the field, the version of the models and the way to combine.

use std::cell::Cell;
use std::collections::BTreeSet;

use chrono::NaiveDate;
use proptest::prelude::*;
use risk::domain::class::Class;

use crate::golden::combinations::{ADD, WEIGHTED};
use crate::golden::facts::*;

/// Days on which other versions are in force; the ways to combine have days of their own.
const DAYS: [&str; 4] = ["2021-12-31", "2022-03-31", "2022-07-01", "2026-03-31"];

/// What speaks against an enterprise, so many days before the day of the class.
#[derive(Clone, Debug)]
struct Bad {
    days: i64,
    kind: usize,
    degree: i32,
}

/// Results of an inspection that found something, or that could check nothing: every code but that of a clean one.
const NOT_CLEAN: [&str; 12] = [
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "Deregistered",
    "LicenceRevoked",
    "RegistrationRevoked",
    "MovedOut",
    "ClosedOrLiquidating",
];

/// Kinds of bad records below.
const KINDS: usize = 31;
const LISTS: [&str; 17] = [
    "ABNORMAL",
    "SERIOUS",
    "AFFILIATE_SERIOUS",
    "AFFILIATE_REVOKED",
    "AFFILIATE_REPRESENTATIVE",
    "COURT_DEFAULTER",
    "TAX_MAJOR",
    "WAGE_ARREARS",
    "EQUITY_FROZEN",
    "EQUITY_PLEDGED",
    "FOOD_ACCIDENT",
    "FOOD_SOCIAL_EFFECT",
    "FOOD_RECALL_REFUSED",
    "SE_ACCIDENT",
    "SE_RECALL",
    "SE_SELF_DECLARED",
    "BROKEN_COMMITMENT",
];

impl Bad {
    fn fact(&self, field: &str, established: NaiveDate, on: NaiveDate) -> Fact {
        let (day, degree) = (shifted(on, -self.days), self.degree);
        let pick = |codes: &[&'static str]| codes[usize::try_from(degree).unwrap() % codes.len()];
        match self.kind {
            0 => penalty(
                field,
                day,
                &["3"],
                pick(&["Lenient", "Ordinary", "Heavier"]),
                i64::from(degree) * 1_000_000,
            ),
            1 => penalty(field, day, &["3", pick(&["8", "10", "4"])], "Ordinary", 10_000),
            2 => inspection(field, day, pick(&NOT_CLEAN), [degree % 3, degree % 5, degree % 7]),
            3 => inspection_of("QualitySystem", field, day, "5", [0; 3]),
            4 => failed_sample(day, pick(&["National", "Province", "City", "County"])),
            5 => ticket(field, day),
            6 => breach(day, (degree % 2 == 0).then(|| shifted(day, i64::from(degree)))),
            7 => change(day, &["address"]),
            // Nothing found, they say, and count something beside it.
            8 => inspection(field, day, "1", [0, degree % 2, 1]),
            9 => attention(day, shifted(day, i64::from(degree) * 10)),
            10 => provincial(day, 5),
            11 => {
                licence(field, "SC10137010299999", "OrdinaryFood", pick(&["Suspended", "Revoked", "Voided"]))
            }
            12 => enterprise(established, pick(&["LicenceRevoked", "Liquidating", "Dormant"])),
            13 => penalty(field, day, &["1"], "Ordinary", 0),
            at => entry(
                LISTS[at - 14],
                pick(&["1", "2", "3", "4"]),
                day,
                (degree % 3 == 0).then(|| shifted(day, i64::from(degree) * 20)),
            ),
        }
    }
}

fn bad() -> impl Strategy<Value = Bad> {
    (0..2200_i64, 0..KINDS, 0..60_i32).prop_map(|(days, kind, degree)| Bad { days, kind, degree })
}

/// Neutral and good facts beside the bad ones.
fn good(field: &str, on: NaiveDate) -> Vec<Fact> {
    vec![
        inspection(field, shifted(on, -100), "1", [0; 3]),
        entry("FOOD_CERTIFIED", "", shifted(on, -300), None),
        entry("FOOD_QUALITY_AWARD", "", shifted(on, -300), None),
    ]
}

fn producer(field: &str, established_on: NaiveDate) -> Vec<Fact> {
    let (number, sub_kind) = if field == "FOOD" {
        ("SC10537010200010", "OrdinaryFood")
    } else {
        ("TS2210370-2029", "SeManufacture")
    };
    vec![enterprise(established_on, "InOperation"), licence(field, number, sub_kind, "Valid")]
}

fn codes(class: &Class) -> [String; 3] {
    [class.general_code.clone(), class.professional_code.clone(), class.code.clone()]
}

#[test]
fn every_kind_of_bad_record_and_every_result_of_an_inspection_can_be_drawn() {
    let book = rulebook::Rulebook::builtin();
    let results = book.all_codes().filter(|code| code.set == "inspection_result" && code.code != "1");
    assert_eq!(results.map(|code| code.code.as_str()).collect::<BTreeSet<_>>(), BTreeSet::from(NOT_CLEAN));
    assert_eq!(KINDS, 14 + LISTS.len());
}

#[test]
fn one_more_bad_record_never_lowers_the_risk() {
    let ways = [("table", models(None)), ("sum", models(Some(ADD))), ("shares", models(Some(WEIGHTED)))];
    let compared = Cell::new(0_u32);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) };
    proptest!(config, |(
        established in 10..6000_i64,
        with_good in any::<bool>(),
        history in prop::collection::vec(bad(), 0..12),
        one_more in bad(),
    )| {
        for (way, models) in &ways {
            for on in DAYS.map(day) {
                if models.at(on, &*rulebook::Rulebook::builtin()).is_err() {
                    continue;
                }
                for field in ["FOOD", "SE"] {
                    let founded = shifted(on, -established);
                    let mut facts = producer(field, founded);
                    facts.extend(if with_good { good(field, on) } else { Vec::new() });
                    facts.extend(history.iter().map(|bad| bad.fact(field, founded, on)));
                    let before = codes(&class_by(models, field, on, &facts));
                    facts.push(one_more.fact(field, founded, on));
                    let after = codes(&class_by(models, field, on, &facts));
                    prop_assert!(
                        before.iter().zip(&after).all(|(before, after)| before <= after),
                        "{way} {field} {on}: {before:?}, then {after:?}"
                    );
                    compared.set(compared.get() + 1);
                }
            }
        }
    });
    // Tables on all four days, sums on three, shares on one; in two fields.
    assert_eq!(compared.get(), 64 * 2 * (4 + 3 + 1));
}
