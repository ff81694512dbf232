use super::*;
use proptest::prelude::*;

const HEADER: &str = "date,kind,festival_zh,weekday\n";

fn calendar() -> Calendar {
    Calendar::read(include_str!("../../data/calendar.csv")).unwrap()
}

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

fn refused(rows: &str) -> String {
    Calendar::read(&format!("{HEADER}{rows}")).unwrap_err().to_string()
}

#[test]
fn make_up_weekends_are_worked_and_holidays_on_weekdays_are_not() {
    let calendar = calendar();
    for (date, worked) in [
        ("2024-09-14", true),
        ("2024-09-16", false),
        ("2023-12-30", false),
        ("2023-12-29", true),
        ("2026-01-04", true),
        ("2026-10-08", true),
    ] {
        assert_eq!(calendar.is_working_day(day(date)), Ok(worked), "{date}");
    }
}

#[test]
fn years_that_are_not_loaded_are_never_guessed() {
    let calendar = calendar();
    for date in ["2020-12-31", "2027-01-04"] {
        let waits = calendar.is_working_day(day(date)).unwrap_err();
        assert_eq!((waits.date, waits.first_year, waits.last_year), (day(date), 2021, 2026));
    }
    assert!(calendar.add_working_days(day("2026-12-30"), 1).is_ok());
    assert!(calendar.add_working_days(day("2026-12-30"), 2).is_err());
    assert!(calendar.add_working_days(day("2020-12-30"), 1).is_err());
    assert_eq!(calendar.working_days_in_year(2027), None);
}

#[test]
fn the_day_of_the_event_is_not_counted() {
    let calendar = calendar();
    assert_eq!(calendar.add_working_days(day("2026-03-02"), 0), Ok(day("2026-03-02")));
    assert_eq!(calendar.add_working_days(day("2026-03-02"), 1), Ok(day("2026-03-03")));
    assert_eq!(calendar.working_days_between(day("2026-03-02"), day("2026-03-02")), Ok(0));
}

#[test]
fn the_warning_begins_at_its_first_day_and_goes_on_after_the_end() {
    let calendar = calendar();
    let last_day = day("2026-12-31");
    assert_eq!(calendar.warning(day("2026-10-31"), 60), None);
    assert_eq!(calendar.warning(day("2026-11-01"), 60), Some(CalendarWarning { last_day, days_left: 60 }));
    assert_eq!(calendar.warning(day("2027-01-02"), 60), Some(CalendarWarning { last_day, days_left: -2 }));
}

#[test]
fn rows_that_contradict_the_calendar_are_refused_with_the_line() {
    assert_eq!(
        refused("2026-01-01,holiday,元旦,Fri\n"),
        "calendar.csv, line 2: 2026-01-01 is a Thu, not a Fri"
    );
    assert!(refused("2026-01-05,workday,元旦,Mon\n").contains("is worked anyway"));
    assert!(refused("2026-01-01,feast,元旦,Thu\n").contains("neither holiday nor workday"));
    let twice = "2026-01-01,holiday,元旦,Thu\n2026-01-01,holiday,元旦,Thu\n";
    assert_eq!(refused(twice), "calendar.csv, line 3: 2026-01-01 is listed twice");
}

#[test]
fn a_forgotten_year_and_an_empty_calendar_are_refused() {
    let gap = "2024-01-01,holiday,元旦,Mon\n2026-01-01,holiday,元旦,Thu\n";
    assert_eq!(refused(gap), "calendar.csv, line 1: 2025 is missing between other years");
    assert_eq!(refused(""), "calendar.csv, line 1: no year is loaded");
}

proptest! {
    #[test]
    fn a_period_ends_on_a_working_day_with_exactly_its_length_behind_it(offset in 0..1800i64, count in 1..200u32) {
        let calendar = calendar();
        let start = day("2021-01-01") + TimeDelta::days(offset);
        let end = calendar.add_working_days(start, count).unwrap();
        prop_assert!(calendar.is_working_day(end).unwrap());
        prop_assert_eq!(calendar.working_days_between(start, end), Ok(count));
        prop_assert_eq!(calendar.working_day_from(end), Ok(end));
    }
}
