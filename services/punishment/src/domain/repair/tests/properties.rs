//! What always holds of a judgement, whatever the record and the day.

use chrono::Days;
use proptest::prelude::*;

use super::*;

/// A day from the first of order 45 to the end of the calendar.
fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..1_900).prop_map(|days| day("2021-09-01") + Days::new(days))
}

fn any_kinds() -> impl Strategy<Value = Vec<String>> {
    let kinds: Vec<_> = ["1", "2", "3", "4", "6", "8", "10", "12"].map(str::to_owned).to_vec();
    proptest::sample::subsequence(kinds, 1..3)
}

prop_compose! {
    fn any_record()(
        kinds in any_kinds(),
        food in any::<bool>(),
        decided_on in any_day(),
        later in 0_u64..40,
        which in 0..3,
        chains in 1..4_u8,
    ) -> Record {
        let published_on = decided_on + Days::new(later);
        let mut own = Penalty {
            kinds: kinds.clone(),
            field: food.then(|| FieldCode::parse("FOOD").unwrap()),
            decided_on,
            ..penalty(FINE, None, "2024-01-08")
        };
        for (bit, chain) in [(1, PUBLICITY), (2, CREDIT_CHINA)] {
            if chains & bit != 0 {
                let chain = chain.to_owned();
                own.publications.push(Publication { chain, published_on, chosen: String::new() });
            }
        }
        let standing = Standing { listed_on: decided_on, ..entry(List::Serious, "seriousCases/1", "2024-01-08", None) };
        let listing = Listing { standing, penalty_kinds: kinds, ..listing("2024-03-01", "2027-03-01") };
        match which {
            0 => Record::Serious(listing),
            1 => Record::Abnormal(listing),
            _ => Record::Penalty(own),
        }
    }
}

/// The last day of the term that governs; the records of a later day are others.
fn last_day(eligibility: &Eligibility) -> NaiveDate {
    let governing = eligibility.clocks.iter().filter(|clock| clock.governs);
    governing.filter_map(|clock| clock.term_ends_on).min().unwrap_or(NaiveDate::MAX)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Where the law of a later day is the same, waiting never harms.
    #[test]
    fn a_later_day_never_makes_less_eligible(record in any_record(), from in 0_u64..900, later in 0_u64..900) {
        let book = Rulebook::builtin();
        let start = match &record {
            Record::Penalty(penalty) => penalty.publications[0].published_on,
            Record::Serious(listing) | Record::Abnormal(listing) => listing.standing.listed_on,
        };
        let one = start + Days::new(from);
        let two = one + Days::new(later);
        let first = judge(&book, &record, Others::default(), one).unwrap();
        let second = judge(&book, &record, Others::default(), two).unwrap();
        if first.is_eligible() && two <= last_day(&second) {
            prop_assert!(second.is_eligible(), "{one} {two} {second:?}");
        }
    }

    /// The first day that is told is the first day: on it nothing stands in the way, the day before something does.
    #[test]
    fn the_first_day_that_is_told_is_the_first(record in any_record(), from in 0_u64..900) {
        let book = Rulebook::builtin();
        let start = match &record {
            Record::Penalty(penalty) => penalty.publications[0].published_on,
            Record::Serious(listing) | Record::Abnormal(listing) => listing.standing.listed_on,
        };
        let asked = judge(&book, &record, Others::default(), start + Days::new(from)).unwrap();
        let Some(first) = asked.eligible_from.filter(|first| *first > asked.as_of) else { return Ok(()) };
        let on = judge(&book, &record, Others::default(), first).unwrap();
        if first <= last_day(&on) {
            prop_assert!(on.is_eligible(), "{first} {on:?}");
        }
        let before = judge(&book, &record, Others::default(), first.pred_opt().unwrap()).unwrap();
        prop_assert!(!before.is_eligible());
    }

    /// Nobody is turned away without a reason that the rulebook words and a fact to look at.
    #[test]
    fn who_is_turned_away_is_told_why(record in any_record(), from in 0_u64..900) {
        let book = Rulebook::builtin();
        let judged = judge(&book, &record, Others::default(), day("2021-09-01") + Days::new(from)).unwrap();
        prop_assert!(judged.is_eligible() || !judged.blocks.is_empty());
        for block in &judged.blocks {
            prop_assert!(book.code("repair_block", block.code, judged.as_of).is_some(), "{}", block.code);
            prop_assert!(!block.fact.is_empty(), "{}", block.code);
        }
    }
}
