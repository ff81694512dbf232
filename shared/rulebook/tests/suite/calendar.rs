//! Check values of the working-day calendar and of the deadlines counted with it.

use chrono::NaiveDate;
use domain::parse_date;
use rulebook::{CalendarWarning, Due, PeriodUnit, RuleMissing, Rulebook};

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

#[test]
fn periods_across_holidays_and_make_up_days_end_where_worked_by_hand() {
    let book = Rulebook::builtin();
    for (start, count, end) in [
        ("2021-09-27", 20, "2021-10-29"),
        ("2022-04-29", 15, "2022-05-24"),
        ("2023-09-28", 3, "2023-10-09"),
        ("2024-02-08", 5, "2024-02-21"),
        ("2024-09-13", 1, "2024-09-14"),
        ("2025-01-24", 10, "2025-02-13"),
        ("2026-02-13", 7, "2026-03-02"),
        ("2026-09-24", 20, "2026-10-29"),
    ] {
        assert_eq!(book.calendar().add_working_days(day(start), count), Ok(day(end)), "{start} + {count}");
    }
}

#[test]
fn each_loaded_year_has_the_working_days_of_the_state_council() {
    let book = Rulebook::builtin();
    let years: Vec<_> = (2021..=2026).map(|year| book.calendar().working_days_in_year(year)).collect();
    assert_eq!(years, [250, 249, 249, 251, 248, 248].map(Some));
    assert_eq!((book.calendar().first_loaded_year(), book.calendar().last_loaded_year()), (2021, 2026));
}

#[test]
fn a_deadline_carries_its_rule_and_its_day() {
    let deadline = Rulebook::builtin().deadline(day("2026-09-24"), "inspection.result.publish").unwrap();
    assert_eq!((deadline.length, deadline.unit), (20, PeriodUnit::WorkingDay));
    assert_eq!(deadline.parameter, "inspection.result.publish");
    assert_eq!(deadline.due, Due::On(day("2026-10-29")));
}

#[test]
fn a_deadline_past_the_calendar_waits_instead_of_guessing() {
    let book = Rulebook::builtin();
    let waiting = book.deadline(day("2026-12-21"), "penalty.publish.same_province").unwrap();
    assert_eq!(waiting.due, Due::AwaitsCalendar);
    assert_eq!(book.due(waiting.start, waiting.length, waiting.unit), Due::AwaitsCalendar);
    assert_eq!(book.deadline(day("2026-12-24"), "mark.confirm").unwrap().due, Due::On(day("2026-12-31")));
    assert_eq!(book.deadline(day("2026-12-25"), "mark.confirm").unwrap().due, Due::AwaitsCalendar);
}

#[test]
fn years_and_months_need_no_calendar() {
    let book = Rulebook::builtin();
    assert_eq!(book.deadline(day("2026-05-06"), "serious.term").unwrap().due, Due::On(day("2029-05-06")));
    let attention = book.deadline(day("2026-08-31"), "attention.term").unwrap();
    assert_eq!(attention.due, Due::On(day("2027-08-31")));
}

#[test]
fn an_order_to_correct_that_ends_on_a_holiday_ends_on_the_next_working_day() {
    // 30 calendar days from 2025-09-05 end on 2025-10-05, within the holiday to 2025-10-08.
    let order = Rulebook::builtin().deadline(day("2025-09-05"), "commitment.correct.limit").unwrap();
    assert_eq!(order.due, Due::On(day("2025-10-09")));
}

#[test]
fn what_is_no_period_or_was_not_supplied_sets_no_deadline() {
    let book = Rulebook::builtin();
    let on = day("2026-01-05");
    let no_period = book.deadline(on, "inspection.inspectors.min").unwrap_err();
    assert!(matches!(no_period, RuleMissing::OtherKind { wanted: "period", .. }), "{no_period}");
    let missing = book.deadline(on, "repair.penalty.field_override.food_drug_se").unwrap_err();
    assert!(matches!(missing, RuleMissing::NotSupplied { .. }), "{missing}");
}

#[test]
fn the_end_of_the_calendar_is_announced_sixty_days_before() {
    let book = Rulebook::builtin();
    assert_eq!(book.calendar_warning(day("2026-10-31")), None);
    let warning = CalendarWarning { last_day: day("2026-12-31"), days_left: 60 };
    assert_eq!(book.calendar_warning(day("2026-11-01")), Some(warning));
}
