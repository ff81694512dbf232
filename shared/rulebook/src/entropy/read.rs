//! Reading the tables of sources and of their years.

use super::{EntropySource, FILE, RoundForm, SET, Sources, WEEK, YEARS_FILE, Year};
use crate::{
    codes::Codes,
    error::{RowProblem, RulebookError},
    period::{Effective, NoOverlap},
    table,
};
use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};
use domain::parse_date;

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
    /// Tables that were stored before a calendar could end within its year have no such column.
    #[serde(default)]
    known_to: String,
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
    let closed =
        table::list(&row.closed).map(|days| closed_days(days, row.year)).collect::<Result<_, _>>()?;
    let known_to = match row.known_to.as_str() {
        "" => None,
        last => Some(day_of(last, row.year)?),
    };
    Ok(Year { code: row.code.clone(), year: row.year, closed, known_to })
}

/// Days without a round, such as `2026-02-14..2026-02-20`.
fn closed_days(days: &str, year: i32) -> Result<(NaiveDate, NaiveDate), RowProblem> {
    let (first, last) = days.split_once("..").unwrap_or((days, days));
    let (first, last) = (parse_date(first)?, parse_date(last)?);
    match first <= last && first.year() == year && last.year() == year {
        true => Ok((first, last)),
        false => Err(RowProblem::Calendar(format!("`{days}` is no time within {year}"))),
    }
}

fn day_of(day: &str, year: i32) -> Result<NaiveDate, RowProblem> {
    let date = parse_date(day)?;
    match date.year() == year {
        true => Ok(date),
        false => Err(RowProblem::Calendar(format!("`{day}` is no day of {year}"))),
    }
}
