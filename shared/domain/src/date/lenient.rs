//! Dates as other people's files write them.

use super::{InvalidDate, LONG_TERM_END, day_of};
use crate::{
    instant::{MicrosUtc, shanghai_date},
    text::{half_width, trimmed},
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// Day 0 of spreadsheet serial numbers, for numbers past 1900-03-01.
const SPREADSHEET_EPOCH: Option<NaiveDate> = NaiveDate::from_ymd_opt(1899, 12, 30);
/// Serial numbers of five digits reach from 1927 to 2173; a bare number of another length is no serial date.
const SERIAL_DIGITS: usize = 5;

/// Reads a date of an imported file: `2024-03-05`, `2024/3/5`, `2024.3.5`, `20240305`, `2024年3月5日`, any of them with
/// a time of day behind, an RFC 3339 instant (its day in Shanghai), a five-digit spreadsheet serial such as `45356`,
/// and 长期, 永久 or `9999-12-31` for [`LONG_TERM_END`].
///
/// The year always comes first; `3/5/2024` is refused, because nobody can tell its day from its month.
///
/// # Errors
/// [`InvalidDate`] for another form, a day that does not exist, or a year out of range.
pub fn parse_date_lenient(text: &str) -> Result<NaiveDate, InvalidDate> {
    let clear: String = trimmed(text).chars().map(half_width).collect();
    if matches!(clear.as_str(), "长期" | "长期有效" | "永久" | "永久有效") {
        return Ok(LONG_TERM_END);
    }
    if let Ok(instant) = clear.parse::<DateTime<Utc>>() {
        let day = shanghai_date(MicrosUtc::from(instant));
        return super::parse_date(&day.to_string());
    }
    let day = without_time(&clear);
    if day.bytes().all(|byte| byte.is_ascii_digit()) {
        return from_digits(text, day);
    }
    let parts = numbers(day).ok_or_else(|| InvalidDate::format(text))?;
    ending_9999(text, parts)
}

/// Drops a time of day, which begins after a blank or a `T`: `2024/3/5 0:00`, `2024-03-05T00:00:00.000`.
fn without_time(text: &str) -> &str {
    match text.split_once([' ', 'T']) {
        Some((day, time)) if is_time(time) => day,
        _ => text,
    }
}

fn is_time(text: &str) -> bool {
    let time = text.trim();
    time.contains(':') && time.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'))
}

/// `20240305`, or a spreadsheet's count of days.
fn from_digits(text: &str, digits: &str) -> Result<NaiveDate, InvalidDate> {
    let number: u32 = digits.parse().map_err(|_| InvalidDate::format(text))?;
    match digits.len() {
        8 => ending_9999(text, (number / 10_000, number / 100 % 100, number % 100)),
        SERIAL_DIGITS => SPREADSHEET_EPOCH
            .and_then(|epoch| epoch.checked_add_signed(TimeDelta::days(number.into())))
            .filter(|day| *day <= LONG_TERM_END)
            .ok_or_else(|| InvalidDate::format(text)),
        _ => Err(InvalidDate::format(text)),
    }
}

/// Year, month and day with one kind of separator: `-`, `/`, `.` or 年月日.
fn numbers(day: &str) -> Option<(u32, u32, u32)> {
    let (year, rest, between) = match day.strip_suffix('日') {
        Some(day) => day.split_once('年').map(|(year, rest)| (year, rest, '月'))?,
        None => {
            let separator = day.chars().find(|character| matches!(character, '-' | '/' | '.'))?;
            day.split_once(separator).map(|(year, rest)| (year, rest, separator))?
        }
    };
    let (month, day) = rest.split_once(between)?;
    let number = |part: &str, longest: usize| {
        let digits = part.trim();
        let fits = (1..=longest).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if fits { digits.parse().ok() } else { None }
    };
    let year = number(year, 4).filter(|_| year.trim().len() == 4)?;
    Some((year, number(month, 2)?, number(day, 2)?))
}

/// Other systems write 9999-12-31 for "no end".
fn ending_9999(text: &str, (year, month, day): (u32, u32, u32)) -> Result<NaiveDate, InvalidDate> {
    if (year, month, day) == (9999, 12, 31) { Ok(LONG_TERM_END) } else { day_of(text, year, month, day) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_files_write_one_day_all_mean_it() {
        let day = NaiveDate::from_ymd_opt(2024, 3, 5).unwrap();
        for text in [
            "2024-03-05",
            "2024-3-5",
            "2024/3/5",
            "2024.03.05",
            "20240305",
            "2024年3月5日",
            "２０２４年０３月０５日",
            " 2024 年 3 月 5 日 ",
            "2024/3/5 0:00",
            "2024-03-05 23:59:59",
            "2024-03-05T00:00:00.000",
            "45356",
            "\u{FEFF}2024-03-05",
        ] {
            assert_eq!(parse_date_lenient(text), Ok(day), "{text}");
        }
    }

    #[test]
    fn an_instant_with_its_zone_means_its_day_in_shanghai() {
        let day = NaiveDate::from_ymd_opt(2024, 3, 6).unwrap();
        assert_eq!(parse_date_lenient("2024-03-05T16:30:00Z"), Ok(day));
        assert_eq!(parse_date_lenient("2024-03-06T00:30:00+08:00"), Ok(day));
    }

    #[test]
    fn long_term_has_the_standards_end() {
        for text in ["长期", "9999-12-31", "99991231", "2099年12月31日"] {
            assert_eq!(parse_date_lenient(text), Ok(LONG_TERM_END), "{text}");
        }
    }

    #[test]
    fn what_could_mean_two_days_or_none_is_refused() {
        for text in
            ["", "3/5/2024", "05-03-24", "24-3-5", "2024-3", "2024-3/5", "2024年3月", "202435", "1", "昨天"]
        {
            assert!(matches!(parse_date_lenient(text), Err(InvalidDate::Format { .. })), "{text}");
        }
        assert!(matches!(parse_date_lenient("2023/2/29"), Err(InvalidDate::NoSuchDay { .. })));
        assert!(matches!(parse_date_lenient("18990101"), Err(InvalidDate::OutOfRange { .. })));
        assert!(matches!(parse_date_lenient("99999"), Err(InvalidDate::Format { .. })));
    }
}
