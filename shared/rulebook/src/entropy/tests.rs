//! Rounds and their days, on both sides of a closure.

use super::*;
use crate::{codes::Codes, error::RulebookError};
use domain::parse_date;

const HEADER: &str = "code,publisher,round,digits,drawn_at,weekdays,effective_from,effective_to,source";
const YEARS: &str = "code,year,closed,known_to,source";
const DAILY: &str = "welfare-lottery-3d,p,YYYYNNN,3,21:15,1|2|3|4|5|6|7,2000-01-01,,x";

fn tables(rows: &str, years: &str) -> Result<Sources, RulebookError> {
    let codes = Codes::read(include_str!("../../data/codes.csv")).unwrap();
    read(&format!("{HEADER}\n{rows}\n"), &format!("{YEARS}\n{years}\n"), &codes)
}

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

fn round_day(sources: &Sources, code: &str, name: &str) -> Result<RoundDay, RoundProblem> {
    let source = sources.on(code, day("2026-03-02")).unwrap();
    sources.day(source, source.round(name)?.unwrap())
}

#[test]
fn without_a_calendar_of_the_year_a_round_comes_on_its_number_th_day_of_the_source_or_later() {
    let sources =
        tables(include_str!("../../data/entropy_sources.csv").split_once('\n').unwrap().1, "").unwrap();
    let at = |code, name| round_day(&sources, code, name).unwrap();
    assert_eq!(at("welfare-lottery-3d", "2026001"), RoundDay::NotBefore(day("2026-01-01")));
    assert_eq!(at("welfare-lottery-3d", "2026060"), RoundDay::NotBefore(day("2026-03-01")));
    assert_eq!(at("welfare-lottery-3d", "2028366"), RoundDay::NotBefore(day("2028-12-31")));
    // 2026 begins on a Thursday.
    assert_eq!(at("welfare-lottery-ssq", "2026001"), RoundDay::NotBefore(day("2026-01-01")));
    assert_eq!(at("welfare-lottery-ssq", "2026002"), RoundDay::NotBefore(day("2026-01-04")));
    assert_eq!(at("welfare-lottery-ssq", "2026003"), RoundDay::NotBefore(day("2026-01-06")));
}

#[test]
fn with_the_calendar_of_the_year_the_day_of_a_round_is_known_on_both_sides_of_a_closure() {
    let years = "welfare-lottery-3d,2026,2026-01-03..2026-01-04|2026-01-06,,x";
    let sources = tables(DAILY, years).unwrap();
    let at = |name| round_day(&sources, "welfare-lottery-3d", name).unwrap();
    assert_eq!(at("2026002"), RoundDay::On(day("2026-01-02")));
    assert_eq!(at("2026003"), RoundDay::On(day("2026-01-05")));
    assert_eq!(at("2026004"), RoundDay::On(day("2026-01-07")));
    assert_eq!(at("2027003"), RoundDay::NotBefore(day("2027-01-03")), "another year");
    assert_eq!(at("2026362"), RoundDay::On(day("2026-12-31")));
    let beyond = round_day(&sources, "welfare-lottery-3d", "2026363").unwrap_err();
    assert!(matches!(beyond, RoundProblem::NoSuchRound { number: 363, .. }), "{beyond}");
}

#[test]
fn up_to_the_day_that_a_calendar_reaches_days_are_known_and_after_it_the_earliest() {
    let years = "welfare-lottery-3d,2026,2026-01-03..2026-01-04,2026-01-06,x";
    let sources = tables(DAILY, years).unwrap();
    let at = |name| round_day(&sources, "welfare-lottery-3d", name).unwrap();
    assert_eq!(at("2026002"), RoundDay::On(day("2026-01-02")));
    assert_eq!(at("2026004"), RoundDay::On(day("2026-01-06")));
    assert_eq!(at("2026005"), RoundDay::NotBefore(day("2026-01-07")));
}

#[test]
fn a_table_that_was_stored_before_calendars_could_end_within_their_year_knows_all_of_it() {
    let codes = Codes::read(include_str!("../../data/codes.csv")).unwrap();
    let years = "code,year,closed,source\nwelfare-lottery-3d,2026,2026-01-03,x\n";
    let sources = read(&format!("{HEADER}\n{DAILY}\n"), years, &codes).unwrap();
    let last = round_day(&sources, "welfare-lottery-3d", "2026364").unwrap();
    assert_eq!(last, RoundDay::On(day("2026-12-31")));
}

#[test]
fn of_2026_the_spring_festival_is_known_and_national_day_is_not() {
    let rows = include_str!("../../data/entropy_sources.csv").split_once('\n').unwrap().1;
    let years = include_str!("../../data/entropy_years.csv").split_once('\n').unwrap().1;
    let sources = tables(rows, years).unwrap();
    let at = |name| round_day(&sources, "welfare-lottery-3d", name).unwrap();
    assert_eq!(at("2025026"), RoundDay::On(day("2025-01-26")));
    assert_eq!(at("2025027"), RoundDay::On(day("2025-02-06")));
    assert_eq!(at("2025351"), RoundDay::On(day("2025-12-31")), "14 days without a round");
    assert_eq!(at("2026044"), RoundDay::On(day("2026-02-13")));
    assert_eq!(at("2026045"), RoundDay::On(day("2026-02-24")));
    assert_eq!(at("2026263"), RoundDay::On(day("2026-09-30")));
    assert_eq!(at("2026264"), RoundDay::NotBefore(day("2026-10-01")));
    let weekly = round_day(&sources, "welfare-lottery-ssq", "2026136").unwrap();
    assert_eq!(weekly, RoundDay::NotBefore(day("2026-11-22")));
}

#[test]
fn a_round_of_another_form_is_refused_and_a_free_one_has_no_day() {
    let rows = format!("{DAILY}\ndemo-beacon,p,*,,,,2000-01-01,,x");
    let sources = tables(&rows, "").unwrap();
    for wrong in ["", "2026", "202600", "2026000", "20260001", "2026-01", "2026 01", "２０２６００１"]
    {
        let refused = round_day(&sources, "welfare-lottery-3d", wrong).unwrap_err();
        assert!(refused.to_string().contains("`YYYYNNN`"), "{wrong}: {refused}");
    }
    let free = sources.on("demo-beacon", day("2026-03-02")).unwrap();
    assert_eq!(free.round("anything"), Ok(None));
}

#[test]
fn a_round_without_a_time_may_come_all_day() {
    let rows = "welfare-lottery-3d,p,YYYYNNN,,,1|2|3|4|5|6|7,2000-01-01,,x";
    let untimed = tables(rows, "").unwrap();
    let untimed = untimed.on("welfare-lottery-3d", day("2026-03-02")).unwrap();
    let midnight = MicrosUtc::start_of_shanghai_day(day("2026-03-02"));
    assert_eq!(untimed.earliest_on(day("2026-03-02")), midnight);
    assert_eq!(untimed.over_on(day("2026-03-01")), midnight);
    let timed = tables(DAILY, "").unwrap();
    let timed = timed.on("welfare-lottery-3d", day("2026-03-02")).unwrap();
    let drawn = midnight.plus_micros((21 * 3600 + 15 * 60) * SECOND);
    assert_eq!((timed.earliest_on(day("2026-03-02")), timed.over_on(day("2026-03-02"))), (drawn, drawn));
}

#[test]
fn a_bad_row_of_either_table_is_refused_with_what_is_wrong() {
    let refused = |rows: &str, years: &str| tables(rows, years).unwrap_err().to_string();
    for (from, to, expected) in [
        ("welfare-lottery-3d", "my-dice", "no table has the entropy_source `my-dice`"),
        ("YYYYNNN", "YYNNN", "`YYNNN` is no form of a round"),
        ("YYYYNNN", "YYYY", "`YYYY` is no form of a round"),
        (",3,", ",0,", "`0` cannot be read"),
        ("21:15", "9 pm", "`9 pm` cannot be read"),
        ("6|7", "8", "`8` is no day of the week"),
        ("1|2|3|4|5|6|7", "", "`weekdays` is empty"),
    ] {
        let message = refused(&DAILY.replacen(from, to, 1), "");
        assert!(
            message.starts_with("entropy_sources.csv, line 2: ") && message.contains(expected),
            "{message}"
        );
    }
    assert!(refused(&format!("{DAILY}\n{DAILY}"), "").contains("already in force"));
    for (year, expected) in [
        ("my-dice,2026,,,x", "no table has the entropy_source `my-dice`"),
        ("welfare-lottery-3d,2026,2025-12-31..2026-01-01,,x", "is no time within 2026"),
        ("welfare-lottery-3d,2026,2026-02-02..2026-02-01,,x", "is no time within 2026"),
        ("welfare-lottery-3d,2026,,2027-01-01,x", "`2027-01-01` is no day of 2026"),
        ("welfare-lottery-3d,2026,,,", "`source` is empty"),
    ] {
        let message = refused(DAILY, year);
        assert!(
            message.starts_with("entropy_years.csv, line 2: ") && message.contains(expected),
            "{message}"
        );
    }
    let twice = "welfare-lottery-3d,2026,,,x\nwelfare-lottery-3d,2026,,,x";
    assert!(refused(DAILY, twice).contains("2026 of `welfare-lottery-3d` stands twice"));
}
