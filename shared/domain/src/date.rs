//! Days of the law (Asia/Shanghai): reading them, and counting months and years.
//!
//! Working days need the State Council's calendar, which is data; they are counted by the rulebook.

mod lenient;

pub use lenient::parse_date_lenient;

use chrono::{Datelike, Months, NaiveDate};

/// The end of what has no end (长期): 2099-12-31, by the public data standards.
pub const LONG_TERM_END: NaiveDate = match NaiveDate::from_ymd_opt(2099, 12, 31) {
    Some(date) => date,
    None => panic!("2099-12-31 is a day"),
};

/// First year accepted; what lies before is a slip of the pen.
const FIRST_YEAR: i32 = 1900;

/// Why a text is not a date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDate {
    /// Another form than expected.
    #[error("`{text}` is not a date of the form YYYY-MM-DD")]
    Format {
        /// The text as given, at most its first 64 characters.
        text: String,
    },
    /// A year of two digits, which could be of any century.
    #[error("`{text}`: a year has four digits")]
    ShortYear {
        /// The text as given, at most its first 64 characters.
        text: String,
    },
    /// No such day, such as 2023-02-29.
    #[error("`{text}`: there is no such day")]
    NoSuchDay {
        /// The text as given, at most its first 64 characters.
        text: String,
    },
    /// Before 1900 or after 2099-12-31.
    #[error("`{text}` lies outside 1900-01-01 to 2099-12-31")]
    OutOfRange {
        /// The text as given, at most its first 64 characters.
        text: String,
    },
}

impl InvalidDate {
    fn format(text: &str) -> Self {
        Self::Format { text: text.chars().take(64).collect() }
    }
}

/// A day in the form that [`parse_date`] reads, as `to_string` writes it, too: by its ten characters instead of by the machinery of formats,
/// for what stands in every answer.
pub fn date_text(day: NaiveDate) -> String {
    let Ok(year @ 0..=9_999) = u32::try_from(day.year()) else { return day.to_string() };
    let (month, day) = (day.month(), day.day());
    let digit = |number: u32| char::from(b'0' + (number % 10) as u8);
    let year = [digit(year / 1_000), digit(year / 100), digit(year / 10), digit(year)];
    let rest = ['-', digit(month / 10), digit(month), '-', digit(day / 10), digit(day)];
    year.into_iter().chain(rest).collect()
}

/// Reads a date of the strict form `YYYY-MM-DD`, between 1900 and [`LONG_TERM_END`].
///
/// # Errors
/// [`InvalidDate`] for another form, a day that does not exist, or a year out of range.
pub fn parse_date(text: &str) -> Result<NaiveDate, InvalidDate> {
    let bytes = text.as_bytes();
    let well_formed = bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !well_formed {
        return Err(InvalidDate::format(text));
    }
    let number = |range: std::ops::Range<usize>| text[range].parse::<u32>();
    match (number(0..4), number(5..7), number(8..10)) {
        (Ok(year), Ok(month), Ok(day)) => day_of(text, year, month, day),
        _ => Err(InvalidDate::format(text)),
    }
}

/// A day from its numbers, within the range accepted; `text` is what the error cites.
fn day_of(text: &str, year: u32, month: u32, day: u32) -> Result<NaiveDate, InvalidDate> {
    let cited = || text.chars().take(64).collect();
    let date = i32::try_from(year).ok().and_then(|year| NaiveDate::from_ymd_opt(year, month, day));
    match date {
        None => Err(InvalidDate::NoSuchDay { text: cited() }),
        Some(date) if date.year() < FIRST_YEAR || date > LONG_TERM_END => {
            Err(InvalidDate::OutOfRange { text: cited() })
        }
        Some(date) => Ok(date),
    }
}

/// The day a period of calendar months ends (届满): the same day number, or the last day of a month that has not so
/// many. 2024-01-31 and one month is 2024-02-29; 2023-02-28 and one month is 2023-03-28. `None` past chrono's range.
pub fn add_months(date: NaiveDate, months: u32) -> Option<NaiveDate> {
    date.checked_add_months(Months::new(months))
}

/// The day a period of calendar years ends, by the convention of [`add_months`]: 2024-02-29 and one year is
/// 2025-02-28. `None` past chrono's range.
pub fn add_years(date: NaiveDate, years: u32) -> Option<NaiveDate> {
    add_months(date, years.checked_mul(12)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        parse_date(text).unwrap()
    }

    #[test]
    fn the_strict_form_is_read() {
        assert_eq!(date("2025-12-25"), NaiveDate::from_ymd_opt(2025, 12, 25).unwrap());
        assert_eq!(date("2099-12-31"), LONG_TERM_END);
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["", "2025-1-1", "2025/01/01", "20250101", " 2025-01-01", "+025-01-01", "2025-01-0一"] {
            assert!(matches!(parse_date(text), Err(InvalidDate::Format { .. })), "{text}");
        }
    }

    #[test]
    fn days_that_do_not_exist_and_years_out_of_range_are_refused() {
        assert!(matches!(parse_date("2023-02-29"), Err(InvalidDate::NoSuchDay { .. })));
        assert!(matches!(parse_date("2023-13-01"), Err(InvalidDate::NoSuchDay { .. })));
        assert!(matches!(parse_date("1899-12-31"), Err(InvalidDate::OutOfRange { .. })));
        assert!(matches!(parse_date("2100-01-01"), Err(InvalidDate::OutOfRange { .. })));
    }

    #[test]
    fn a_month_ends_on_the_same_day_number_or_else_the_last_day() {
        for (start, months, end) in [
            ("2024-01-31", 1, "2024-02-29"),
            ("2023-01-31", 1, "2023-02-28"),
            ("2023-02-28", 1, "2023-03-28"),
            ("2025-11-30", 3, "2026-02-28"),
            ("2025-12-25", 3, "2026-03-25"),
            ("2025-10-31", 6, "2026-04-30"),
        ] {
            assert_eq!(add_months(date(start), months), Some(date(end)), "{start} + {months}");
        }
    }

    #[test]
    fn a_year_from_the_leap_day_ends_on_the_28th() {
        assert_eq!(add_years(date("2024-02-29"), 1), Some(date("2025-02-28")));
        assert_eq!(add_years(date("2024-02-29"), 4), Some(date("2028-02-29")));
        assert_eq!(add_years(date("2021-09-01"), 3), Some(date("2024-09-01")));
    }

    #[test]
    fn a_period_past_the_range_is_seen() {
        assert_eq!(add_months(LONG_TERM_END, u32::MAX), None);
        assert_eq!(add_years(LONG_TERM_END, u32::MAX), None);
    }

    #[test]
    fn a_day_of_any_year_is_written_as_chrono_writes_it() {
        let of_year = |year| NaiveDate::from_ymd_opt(year, 2, 3).unwrap();
        for day in [
            of_year(-1),
            of_year(0),
            of_year(9),
            of_year(9_999),
            of_year(10_000),
            NaiveDate::MIN,
            NaiveDate::MAX,
        ] {
            assert_eq!(date_text(day), day.to_string());
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(days in 0..73_000i64) {
            let day = date("1900-01-01") + chrono::TimeDelta::days(days);
            prop_assert_eq!(parse_date(&day.to_string()).unwrap(), day);
            prop_assert_eq!(date_text(day), day.to_string());
            prop_assert_eq!(parse_date_lenient(&day.to_string()).unwrap(), day);
        }

        #[test]
        fn adding_months_never_leaves_the_month_aimed_at(days in 0..73_000i64, months in 0..600u32) {
            let start = date("1900-01-01") + chrono::TimeDelta::days(days);
            let end = add_months(start, months).unwrap();
            let passed = (end.year() - start.year()) * 12 + end.month() as i32 - start.month() as i32;
            prop_assert_eq!(passed, months as i32);
            prop_assert!(end.day() <= start.day());
        }

        #[test]
        fn a_day_is_read_in_every_form_that_it_is_written_in(days in 0..73_000i64) {
            let day = date("1900-01-01") + chrono::TimeDelta::days(days);
            for form in ["%Y/%-m/%-d", "%Y.%m.%d", "%Y%m%d", "%Y年%-m月%-d日", "%Y年%m月%d号", "%Y-%m-%d 23:59:59"] {
                prop_assert_eq!(parse_date_lenient(&day.format(form).to_string()), Ok(day), "{}", form);
            }
        }

        #[test]
        fn any_text_is_a_day_that_prints_as_one_or_none(text in "([0-9]{1,4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,3}日?|[〇一二十年月日]{0,12}|.{0,30})") {
            if let Ok(day) = parse_date(&text) {
                prop_assert_eq!(day.to_string(), text.as_str());
            }
            if let Ok(day) = parse_date_lenient(&text) {
                prop_assert_eq!(parse_date(&day.to_string()), Ok(day));
            }
        }
    }
}
