//! Public sources of figures that nobody in the house can choose, and when their rounds take place: a draw is announced for a round that
//! lies ahead, and figures are entered after it. On which days of a year a source draws nothing is known only of years that its publisher's
//! calendar was supplied for, or up to a day of it; of any other round it is known on which day it comes at the earliest.

mod read;

use crate::period::Effective;
use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};
use domain::MicrosUtc;
use std::fmt;

pub(crate) use read::read;

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
    /// This day or a later one: no calendar of the year was supplied that reaches so far, and there is one round a day at most.
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
    /// The last day up to which all such times are known; `None` where they are known of the whole year.
    known_to: Option<NaiveDate>,
}

impl Year {
    fn is_known(&self, day: NaiveDate) -> bool {
        self.known_to.is_none_or(|last| day <= last)
    }
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
            Some(year) => source.day(round, &year.closed).map(|day| match year.is_known(day) {
                true => RoundDay::On(day),
                false => RoundDay::NotBefore(day),
            }),
            None => source.day(round, &[]).map(RoundDay::NotBefore),
        };
        let Round { year, number } = round;
        day.ok_or_else(|| RoundProblem::NoSuchRound { code: source.code.clone(), year, number })
    }
}

#[cfg(test)]
mod tests;
