//! Public sources of figures that nobody in the house can choose, and when their rounds take place: a draw is announced for a round that
//! lies ahead, and figures are entered after it. On which days of a year a source draws nothing is known only of years that its publisher's
//! calendar was supplied for; of any other year it is known on which day a round comes at the earliest.

use crate::{
    codes::Codes,
    error::{RowProblem, RulebookError},
    period::{Effective, NoOverlap},
    table,
};
use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};
use domain::{MicrosUtc, parse_date};
use std::fmt;

pub(crate) const FILE: &str = "entropy_sources.csv";
pub(crate) const YEARS_FILE: &str = "entropy_years.csv";
/// The set of codes that names the sources.
const SET: &str = "entropy_source";
/// The form of rounds that may be called anything.
const FREE: &str = "*";
/// What the form of a round begins with that counts within a year.
const YEAR: &str = "YYYY";
/// Most digits of a number within a year.
const LONGEST_NUMBER: usize = 6;
/// Days of a week as the table writes them.
const WEEK: [(&str, Weekday); 7] = [
    ("1", Weekday::Mon),
    ("2", Weekday::Tue),
    ("3", Weekday::Wed),
    ("4", Weekday::Thu),
    ("5", Weekday::Fri),
    ("6", Weekday::Sat),
    ("7", Weekday::Sun),
];
/// Microseconds of a second, and of a day.
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A public source of figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntropySource {
    /// A code of the set `entropy_source`.
    pub code: String,
    /// Who publishes the figures.
    pub publisher: String,
    /// How its rounds are named.
    pub rounds: RoundForm,
    /// Digits of one round; `None` where that was not supplied.
    pub digits: Option<usize>,
    /// Time of the day in Shanghai at which a round is drawn; `None` where that was not supplied.
    pub drawn_at: Option<NaiveTime>,
    /// Days of the week with a round, one at most on each; empty only where rounds have no calendar.
    pub weekdays: Vec<Weekday>,
    /// When the row holds.
    pub effective: Effective,
    /// Where the row comes from.
    pub source: String,
}

/// How the rounds of a source are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundForm {
    /// Anything: when a round takes place is not known from its name.
    Free,
    /// The year in four digits and a number within it, from 1, in this many digits.
    YearAndNumber(usize),
}

/// A round that counts within a year; ordered as they take place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Round {
    /// The year.
    pub year: i32,
    /// Its number within the year, from 1.
    pub number: u32,
}

/// The day of a round, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundDay {
    /// This day, by the calendar of its year.
    On(NaiveDate),
    /// This day or a later one: no calendar of the year was supplied, and there is one round a day at most.
    NotBefore(NaiveDate),
}

/// Why a source has no such round.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoundProblem {
    /// The name has another form.
    #[error("`{round}` is no round of `{code}`: they are written `{form}`, with numbers from 1")]
    Form {
        /// The name.
        round: String,
        /// The source.
        code: String,
        /// How its rounds are named.
        form: RoundForm,
    },
    /// The year has fewer days with a round.
    #[error("`{code}` has no round {number} in {year}: there are fewer days on which one is drawn")]
    NoSuchRound {
        /// The source.
        code: String,
        /// The year.
        year: i32,
        /// The number.
        number: u32,
    },
}

impl fmt::Display for RoundForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free => f.write_str(FREE),
            Self::YearAndNumber(digits) => write!(f, "{YEAR}{}", "N".repeat(*digits)),
        }
    }
}

impl RoundForm {
    fn read(cell: &str) -> Option<Self> {
        if cell == FREE {
            return Some(Self::Free);
        }
        let number = cell.strip_prefix(YEAR)?;
        let is_number =
            (1..=LONGEST_NUMBER).contains(&number.len()) && number.bytes().all(|sign| sign == b'N');
        is_number.then_some(Self::YearAndNumber(number.len()))
    }
}

impl EntropySource {
    /// The round of a name; `None` where any name will do.
    ///
    /// # Errors
    /// [`RoundProblem::Form`].
    pub fn round(&self, name: &str) -> Result<Option<Round>, RoundProblem> {
        let RoundForm::YearAndNumber(digits) = self.rounds else { return Ok(None) };
        let is_written_so =
            name.len() == YEAR.len() + digits && name.bytes().all(|sign| sign.is_ascii_digit());
        let parts = is_written_so.then(|| name.split_at(YEAR.len()));
        let round = parts.and_then(|(year, number)| {
            Some(Round { year: year.parse().ok()?, number: number.parse().ok()? })
        });
        let refused =
            || RoundProblem::Form { round: name.to_owned(), code: self.code.clone(), form: self.rounds };
        round.filter(|round| round.number > 0).map(Some).ok_or_else(refused)
    }

    /// The earliest instant at which a round of a day can take place.
    pub fn earliest_on(&self, day: NaiveDate) -> MicrosUtc {
        self.on(day, 0)
    }

    /// The instant from which a round of a day has taken place.
    pub fn over_on(&self, day: NaiveDate) -> MicrosUtc {
        self.on(day, DAY)
    }

    /// The instant of a round on a day; so long after its beginning where no time of the day was supplied.
    fn on(&self, day: NaiveDate, without_time: i64) -> MicrosUtc {
        let since = self.drawn_at.map(|time| i64::from(time.num_seconds_from_midnight()) * SECOND);
        MicrosUtc::start_of_shanghai_day(day).plus_micros(since.unwrap_or(without_time))
    }

    /// The day of a round when nothing is drawn on `closed` days either; `None` when the year ends before it.
    fn day(&self, round: Round, closed: &[(NaiveDate, NaiveDate)]) -> Option<NaiveDate> {
        let is_closed = |day: NaiveDate| closed.iter().any(|(first, last)| (*first..=*last).contains(&day));
        let first = NaiveDate::from_ymd_opt(round.year, 1, 1)?;
        first
            .iter_days()
            .take_while(|day| day.year() == round.year)
            .filter(|day| self.weekdays.contains(&day.weekday()) && !is_closed(*day))
            .nth(usize::try_from(round.number).ok()?.checked_sub(1)?)
    }
}

/// A year whose calendar the publisher of a source has supplied.
#[derive(Clone, Debug)]
struct Year {
    code: String,
    year: i32,
    /// First and last days of the times in which nothing is drawn.
    closed: Vec<(NaiveDate, NaiveDate)>,
}

/// The sources and the years that are known of them.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    sources: Vec<EntropySource>,
    years: Vec<Year>,
}

impl Sources {
    pub(crate) fn on(&self, code: &str, on: NaiveDate) -> Option<&EntropySource> {
        self.sources.iter().find(|source| source.code == code && source.effective.on(on))
    }

    pub(crate) fn day(&self, source: &EntropySource, round: Round) -> Result<RoundDay, RoundProblem> {
        let year = self.years.iter().find(|one| one.code == source.code && one.year == round.year);
        let day = match year {
            Some(year) => source.day(round, &year.closed).map(RoundDay::On),
            None => source.day(round, &[]).map(RoundDay::NotBefore),
        };
        let Round { year, number } = round;
        day.ok_or_else(|| RoundProblem::NoSuchRound { code: source.code.clone(), year, number })
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    code: String,
    publisher: String,
    round: String,
    digits: String,
    drawn_at: String,
    weekdays: String,
    effective_from: String,
    effective_to: String,
    source: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct YearRow {
    code: String,
    year: i32,
    closed: String,
    source: String,
}

/// Reads both tables.
pub(crate) fn read(sources: &str, years: &str, codes: &Codes) -> Result<Sources, RulebookError> {
    let mut no_overlap = NoOverlap::default();
    let mut read = Sources::default();
    for line in table::read::<Row>(FILE, sources)? {
        let source = source(&line.row, codes).map_err(|problem| line.refuse(problem))?;
        no_overlap.take(FILE, line.number, &source.code, source.effective)?;
        read.sources.push(source);
    }
    for line in table::read::<YearRow>(YEARS_FILE, years)? {
        let year = year(&line.row, &read).map_err(|problem| line.refuse(problem))?;
        read.years.push(year);
    }
    Ok(read)
}

fn source(row: &Row, codes: &Codes) -> Result<EntropySource, RowProblem> {
    if !codes.contains(SET, &row.code) {
        return Err(RowProblem::Unknown { what: SET, code: row.code.clone() });
    }
    let rounds = RoundForm::read(&row.round);
    let rounds = rounds.ok_or_else(|| RowProblem::Form(format!("`{}` is no form of a round", row.round)))?;
    let weekdays = table::list(&row.weekdays).map(weekday).collect::<Result<Vec<_>, _>>()?;
    if weekdays.is_empty() && rounds != RoundForm::Free {
        return Err(RowProblem::Empty("weekdays"));
    }
    Ok(EntropySource {
        code: row.code.clone(),
        publisher: table::required("publisher", row.publisher.clone())?,
        rounds,
        digits: supplied(&row.digits, |cell| cell.parse::<usize>().ok().filter(|digits| *digits > 0))?,
        drawn_at: supplied(&row.drawn_at, |cell| NaiveTime::parse_from_str(cell, "%H:%M").ok())?,
        weekdays,
        effective: Effective::parse_in_force(&row.effective_from, &row.effective_to)?,
        source: table::required("source", row.source.clone())?,
    })
}

/// A cell that may say that nothing was supplied.
fn supplied<T>(cell: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, RowProblem> {
    match cell {
        "" => Ok(None),
        cell => read(cell).map(Some).ok_or_else(|| RowProblem::Form(format!("`{cell}` cannot be read"))),
    }
}

fn weekday(cell: &str) -> Result<Weekday, RowProblem> {
    let day = WEEK.iter().find(|(number, _)| *number == cell).map(|(_, day)| *day);
    day.ok_or_else(|| RowProblem::Form(format!("`{cell}` is no day of the week, 1 to 7")))
}

fn year(row: &YearRow, read: &Sources) -> Result<Year, RowProblem> {
    table::required("source", row.source.clone())?;
    if !read.sources.iter().any(|source| source.code == row.code) {
        return Err(RowProblem::Unknown { what: SET, code: row.code.clone() });
    }
    if read.years.iter().any(|year| year.code == row.code && year.year == row.year) {
        return Err(RowProblem::Calendar(format!("{} of `{}` stands twice", row.year, row.code)));
    }
    let closed = table::list(&row.closed).map(|days| closed(days, row.year)).collect::<Result<_, _>>()?;
    Ok(Year { code: row.code.clone(), year: row.year, closed })
}

/// Days without a round, such as `2026-02-14..2026-02-20`.
fn closed(days: &str, year: i32) -> Result<(NaiveDate, NaiveDate), RowProblem> {
    let (first, last) = days.split_once("..").unwrap_or((days, days));
    let (first, last) = (parse_date(first)?, parse_date(last)?);
    match first <= last && first.year() == year && last.year() == year {
        true => Ok((first, last)),
        false => Err(RowProblem::Calendar(format!("`{days}` is no time within {year}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "code,publisher,round,digits,drawn_at,weekdays,effective_from,effective_to,source";
    const YEARS: &str = "code,year,closed,source";
    const DAILY: &str = "welfare-lottery-3d,p,YYYYNNN,3,21:15,1|2|3|4|5|6|7,2000-01-01,,x";

    fn tables(rows: &str, years: &str) -> Result<Sources, RulebookError> {
        let codes = Codes::read(include_str!("../data/codes.csv")).unwrap();
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
            tables(include_str!("../data/entropy_sources.csv").split_once('\n').unwrap().1, "").unwrap();
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
        let years = "welfare-lottery-3d,2026,2026-01-03..2026-01-04|2026-01-06,x";
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
            ("my-dice,2026,,x", "no table has the entropy_source `my-dice`"),
            ("welfare-lottery-3d,2026,2025-12-31..2026-01-01,x", "is no time within 2026"),
            ("welfare-lottery-3d,2026,2026-02-02..2026-02-01,x", "is no time within 2026"),
            ("welfare-lottery-3d,2026,,", "`source` is empty"),
        ] {
            let message = refused(DAILY, year);
            assert!(
                message.starts_with("entropy_years.csv, line 2: ") && message.contains(expected),
                "{message}"
            );
        }
        let twice = "welfare-lottery-3d,2026,,x\nwelfare-lottery-3d,2026,,x";
        assert!(refused(DAILY, twice).contains("2026 of `welfare-lottery-3d` stands twice"));
    }
}
