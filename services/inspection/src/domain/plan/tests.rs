//! The planner on single cases, and against a search of all placements on small ones.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{FieldCode, Uscc};
use proptest::prelude::*;
use rulebook::Rulebook;

use super::*;

const YEAR: i32 = 2026;

fn field(code: &str) -> FieldCode {
    FieldCode::parse(code).unwrap()
}

fn uscc(number: usize) -> Uscc {
    crate::domain::testing::uscc(number)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Full checks of FOOD every two years, no repetition within three months, visits by class 0 0 1 2 3.
fn rules() -> PlanRules {
    PlanRules::on(&Rulebook::builtin(), YEAR, BTreeMap::new(), day("2025-12-01")).unwrap()
}

fn of(code: &str, class: &str, covered_on: &str) -> FieldOf {
    FieldOf {
        field: field(code),
        class: Some(class.to_owned()),
        covered_on: (!covered_on.is_empty()).then(|| day(covered_on)),
        superior_on: None,
        visited: Vec::new(),
        full_check_stands: false,
    }
}

fn subject(number: usize, fields: Vec<FieldOf>) -> PlanSubject {
    PlanSubject { uscc: uscc(number), fields, other_checks: 0 }
}

fn months(planned: &Planned) -> Vec<Month> {
    planned.visits.iter().map(|visit| visit.month).collect()
}

#[test]
fn the_builtin_rules_are_monotone_and_the_cap_is_not_supplied() {
    let rules = rules();
    let visits: Vec<u32> = ["A", "B", "C", "D", "E"].map(|class| rules.visits_of(Some(class))).to_vec();
    assert_eq!(visits, [0, 0, 1, 2, 3]);
    assert_eq!((rules.visits_of(None), rules.cap), (1, None));
    assert_eq!(rules.full_check_years, [(field("FOOD"), 2)].into());
    assert_eq!(rules.no_repeat_months, [(field("FOOD"), 3)].into());
}

#[test]
fn a_full_check_is_planned_for_the_last_month_that_ends_within_its_term_or_before() {
    // Covered on 2024-05-14: due on 2026-05-14, so April is the last whole month. Due on 31 May: May.
    for (covered_on, latest) in [("2024-05-14", 4), ("2024-05-31", 5), ("2024-12-31", 12), ("2025-01-15", 12)]
    {
        let rules = PlanRules { capacity: [(field("FOOD"), 1)].into(), ..rules() };
        let busy = (0..latest as usize).map(|number| subject(number, vec![of("FOOD", "A", covered_on)]));
        let planned = plan(&busy.collect::<Vec<_>>(), &rules, 1);
        assert_eq!((planned.conflicts.len(), months(&planned)), (0, (1..=latest).collect()), "{covered_on}");
        let more = (0..=latest as usize).map(|number| subject(number, vec![of("FOOD", "A", covered_on)]));
        let conflicts = plan(&more.collect::<Vec<_>>(), &rules, 1).conflicts;
        let (wanted, possible) = (u64::from(latest) + 1, u64::from(latest));
        assert_eq!(
            conflicts,
            [Conflict::Capacity { field: field("FOOD"), first: 1, last: latest, wanted, possible }]
        );
        assert_eq!(conflicts[0].excess(), 1);
    }
    // Due on 2027-01-31: the whole of January is left to the next plan.
    assert!(plan(&[subject(1, vec![of("FOOD", "A", "2025-01-31")])], &rules(), 1).visits.is_empty());
}

#[test]
fn an_overdue_full_check_comes_first_and_is_told() {
    let rules = PlanRules { capacity: [(field("FOOD"), 1)].into(), ..rules() };
    let subjects = [subject(1, vec![of("FOOD", "A", "")]), subject(2, vec![of("FOOD", "A", "2022-06-01")])];
    let planned = plan(&subjects, &rules, 1);
    assert_eq!((planned.overdue, planned.visits[0].uscc.clone()), (1, uscc(2)));
}

#[test]
fn visits_by_class_lie_in_their_shares_of_the_year_and_a_full_check_is_one_of_them() {
    let planned = plan(&[subject(1, vec![of("SE", "E", "")])], &rules(), 1);
    assert_eq!(months(&planned).iter().map(|month| (month - 1) / 4).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(planned.visits.iter().all(|visit| visit.counts && visit.full_check.is_empty()));
    let planned = plan(&[subject(1, vec![of("FOOD", "E", "2024-06-30")])], &rules(), 1);
    assert_eq!(planned.visits.len(), 3);
    assert_eq!(planned.visits.iter().filter(|visit| !visit.counts).count(), 1);
    let visited = FieldOf { visited: vec![9], ..of("SE", "E", "") };
    assert!(plan(&[subject(1, vec![visited])], &rules(), 9).visits.is_empty());
    let amended = plan(&[subject(1, vec![of("SE", "E", "")])], &rules(), 9);
    assert_eq!(months(&amended).iter().map(|month| *month >= 9).collect::<Vec<_>>(), [true]);
}

#[test]
fn what_stands_in_a_task_is_not_planned_again() {
    let waiting = FieldOf { visited: vec![3], full_check_stands: true, ..of("FOOD", "A", "") };
    assert!(plan(&[subject(1, vec![waiting])], &rules(), 1).visits.is_empty());
    // Three visits a year: the one of the first share stands, and so does the full check.
    let waiting = FieldOf { visited: vec![3], full_check_stands: true, ..of("FOOD", "E", "") };
    let planned = plan(&[subject(1, vec![waiting])], &rules(), 1);
    assert_eq!(planned.visits.len(), 2);
    assert!(planned.visits.iter().all(|visit| visit.month > 4 && visit.full_check.is_empty()));
}

#[test]
fn fields_of_one_enterprise_are_inspected_in_one_visit() {
    let planned = plan(&[subject(1, vec![of("FOOD", "D", "2025-06-30"), of("SE", "D", "")])], &rules(), 1);
    assert_eq!(planned.visits.len(), 2);
    assert!(planned.visits.iter().all(|visit| visit.fields == [field("FOOD"), field("SE")] && visit.counts));
}

#[test]
fn the_cap_counts_the_checks_of_all_departments_and_not_what_the_law_asks_for() {
    let mut busy = subject(1, vec![of("SE", "E", "")]);
    busy.other_checks = 2;
    let covered = subject(2, vec![of("FOOD", "A", "2024-06-30")]);
    let capped = |cap| PlanRules { cap: Some(cap), ..rules() };
    let subjects = [busy, covered];
    assert!(plan(&subjects, &capped(5), 1).conflicts.is_empty());
    let conflicts = plan(&subjects, &capped(4), 1).conflicts;
    assert_eq!(conflicts, [Conflict::Cap { uscc: uscc(1), planned: 3, others: 2, cap: 4 }]);
    assert_eq!(conflicts[0].excess(), 1);
    // The full check of the second does not count, even under a cap of none.
    assert!(plan(&subjects[1..], &capped(0), 1).conflicts.is_empty());
    assert!(plan(&subjects, &rules(), 1).conflicts.is_empty(), "a cap that nobody has set blocks nothing");
}

#[test]
fn a_check_of_a_higher_body_is_not_repeated_for_three_months_but_by_a_full_check() {
    let mut checked = of("FOOD", "C", "2025-12-01");
    checked.superior_on = Some(day("2025-11-20"));
    // Until 2026-02-20: March is the first whole month.
    let planned = plan(&[subject(1, vec![checked.clone()])], &rules(), 1);
    assert!(planned.visits[0].month >= 3, "{planned:?}");
    checked.superior_on = Some(day("2026-09-20"));
    let conflicts = plan(&[subject(1, vec![checked.clone()])], &rules(), 10).conflicts;
    assert_eq!(
        conflicts,
        [Conflict::Repeat { uscc: uscc(1), field: field("FOOD"), free_from: 13, last: 12 }]
    );
    checked.covered_on = Some(day("2024-06-30"));
    assert!(plan(&[subject(1, vec![checked])], &rules(), 1).conflicts.is_empty());
}

#[test]
fn work_is_spread_over_the_year() {
    let subjects: Vec<_> = (0..120).map(|number| subject(number, vec![of("FOOD", "A", "")])).collect();
    let planned = plan(&subjects, &rules(), 1);
    let in_month = |month| planned.visits.iter().filter(|visit| visit.month == month).count();
    assert_eq!((1..=12).map(in_month).collect::<Vec<_>>(), [10; 12]);
}

/// Whether windows can be placed with at most `most` in a month, by trying every way.
fn by_search(windows: &[(Month, Month)], load: &mut [u64; 13], most: u64) -> bool {
    let Some(((first, last), rest)) = windows.split_first() else { return true };
    (*first..=*last).any(|month| {
        load[month as usize] += 1;
        let possible = load[month as usize] <= most && by_search(rest, load, most);
        load[month as usize] -= 1;
        possible
    })
}

proptest! {
    #[test]
    fn a_calendar_is_found_whenever_there_is_one_and_keeps_every_window_and_the_capacity(
        dues in prop::collection::vec(1u32..=12, 1..7), from in 1u32..=6, most in 1u64..=2,
    ) {
        let covered_on = |month: u32| NaiveDate::from_ymd_opt(YEAR - 2, month, 1).unwrap();
        let subjects: Vec<PlanSubject> = dues.iter().enumerate().map(|(number, month)| {
            // Due on the first day of a month: the month before is the last whole one.
            let mut own = of("FOOD", "A", "");
            own.covered_on = Some(covered_on(*month));
            subject(number, vec![own])
        }).collect();
        let rules = PlanRules { capacity: [(field("FOOD"), most)].into(), ..rules() };
        let planned = plan(&subjects, &rules, from);
        let window = |month: u32| if month > from { (from, month - 1) } else { (from, 12) };
        let windows: Vec<(Month, Month)> = dues.iter().map(|month| window(*month)).collect();
        prop_assert_eq!(planned.conflicts.is_empty(), by_search(&windows, &mut [0; 13], most));
        for conflict in &planned.conflicts {
            let Conflict::Capacity { first, last, wanted, possible, .. } = conflict else {
                return Err(TestCaseError::fail("another kind of conflict"));
            };
            let within = windows.iter().filter(|(from, to)| first <= from && to <= last).count() as u64;
            prop_assert_eq!((*wanted, *possible), (within, most * u64::from(last - first + 1)));
            prop_assert!(wanted > possible);
        }
        for visit in &planned.visits {
            let at = (0..dues.len()).find(|number| uscc(*number) == visit.uscc).unwrap();
            prop_assert!((windows[at].0..=windows[at].1).contains(&visit.month));
            let together = planned.visits.iter().filter(|other| other.month == visit.month).count() as u64;
            prop_assert!(together <= most);
        }
    }

    #[test]
    fn a_higher_class_never_has_fewer_visits(
        covered in prop::option::of(0u32..900), superior in prop::option::of(0u32..200), from in 1u32..=12,
    ) {
        let before = |days: u32| day("2026-01-01") - chrono::Days::new(days.into());
        let visits = |class: &str| {
            let own = FieldOf {
                covered_on: covered.map(before),
                superior_on: superior.map(before),
                ..of("FOOD", class, "")
            };
            plan(&[subject(1, vec![own])], &rules(), from).visits.len()
        };
        let by_class: Vec<usize> = ["A", "B", "C", "D", "E"].map(visits).to_vec();
        prop_assert!(by_class.is_sorted(), "{:?}", by_class);
    }
}
