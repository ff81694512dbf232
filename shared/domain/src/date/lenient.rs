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
/// a time of day behind, `二〇二四年三月五日` as documents are signed, an RFC 3339 instant (its day in Shanghai), a five-digit
/// spreadsheet serial such as `45356`, and 长期, 永久 or `9999-12-31` for [`LONG_TERM_END`].
///
/// The year always comes first and has four digits; `3/5/2024` is refused, because nobody can tell its day from its month.
///
/// # Errors
/// [`InvalidDate`] for another form, a short year, a day that does not exist, or a year out of range.
pub fn parse_date_lenient(text: &str) -> Result<NaiveDate, InvalidDate> {
    let clear: String = trimmed(text).chars().map(half_width).collect();
    if matches!(clear.as_str(), "长期" | "长期有效" | "永久" | "永久有效") {
        return Ok(LONG_TERM_END);
    }
    if let Ok(instant) = clear.parse::<DateTime<Utc>>() {
        let day = shanghai_date(MicrosUtc::from(instant));
        return super::parse_date(&day.to_string());
    }
    let clear = in_digits(&clear).unwrap_or(clear);
    let day = without_time(&clear);
    if day.bytes().all(|byte| byte.is_ascii_digit()) {
        return from_digits(text, day);
    }
    if let Some((serial, fraction)) = day.split_once('.')
        && serial.len() == SERIAL_DIGITS
        && [serial, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    {
        // The fraction of a serial is its time of day.
        return from_digits(text, serial);
    }
    let (year, month, day) = numbers(day).ok_or_else(|| InvalidDate::format(text))?;
    if year.len() != 4 {
        return Err(InvalidDate::ShortYear { text: text.chars().take(64).collect() });
    }
    ending_9999(text, (year.parse().map_err(|_| InvalidDate::format(text))?, month, day))
}

/// `二〇二四年十一月二十五日` in digits; `None` for what is not written so.
fn in_digits(text: &str) -> Option<String> {
    let (year, rest) = text.split_once('年')?;
    let (month, day) = rest.split_once('月')?;
    let day = day.strip_suffix('日').or_else(|| day.strip_suffix('号'))?;
    let year: String =
        year.chars().map(numeral).map(|digit| digit.map(|digit| digit.to_string())).collect::<Option<_>>()?;
    Some(format!("{year}年{}月{}日", below_hundred(month)?, below_hundred(day)?))
}

/// The value of a Chinese digit.
fn numeral(character: char) -> Option<u32> {
    let place = "〇一二三四五六七八九".chars().position(|numeral| numeral == character);
    match (place, character) {
        (Some(value), _) => u32::try_from(value).ok(),
        // What keyboards offer for the sign of zero.
        (None, '零' | '○' | 'Ｏ' | 'O' | '0') => Some(0),
        _ => None,
    }
}

/// A number of Chinese digits from 1 to 99: 五, 十, 十二, 二十, 二十五.
fn below_hundred(text: &str) -> Option<u32> {
    let value = match text.split_once('十') {
        None => {
            let mut digits = text.chars();
            numeral(digits.next()?).filter(|_| digits.next().is_none())?
        }
        Some((tens, ones)) => {
            let part = |text: &str, none: u32| match text {
                "" => Some(none),
                digit => below_hundred(digit).filter(|_| digit.chars().count() == 1),
            };
            part(tens, 1)? * 10 + part(ones, 0)?
        }
    };
    Some(value).filter(|value| *value > 0)
}

/// Drops a time of day, which begins after a blank, a `T` or the 日: `2024/3/5 0:00`, `2024-03-05T00:00:00.000`.
fn without_time(text: &str) -> &str {
    if let Some((place, sign)) = text.char_indices().find(|(_, sign)| matches!(sign, '日' | '号')) {
        let (day, time) = text.split_at(place + sign.len_utf8());
        return if is_time(time) { day } else { text };
    }
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
        // None begins with a zero: it would be a day before those that count.
        SERIAL_DIGITS if !digits.starts_with('0') => SPREADSHEET_EPOCH
            .and_then(|epoch| epoch.checked_add_signed(TimeDelta::days(number.into())))
            .filter(|day| *day <= LONG_TERM_END)
            .ok_or_else(|| InvalidDate::format(text)),
        _ => Err(InvalidDate::format(text)),
    }
}

/// Year, month and day with one kind of separator: `-`, `/`, `.` or 年月日. The year has two digits or four.
fn numbers(day: &str) -> Option<(&str, u32, u32)> {
    let (year, rest, between) = match day.strip_suffix(['日', '号']) {
        Some(day) => day.split_once('年').map(|(year, rest)| (year, rest, '月'))?,
        None => {
            let separator = day.chars().find(|character| matches!(character, '-' | '/' | '.'))?;
            day.split_once(separator).map(|(year, rest)| (year, rest, separator))?
        }
    };
    let (month, day) = rest.split_once(between)?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |part: &str| {
        let digits = part.trim();
        if (1..=2).contains(&digits.len()) && is_number(digits) { digits.parse().ok() } else { None }
    };
    let year = Some(year.trim()).filter(|year| matches!(year.len(), 2 | 4) && is_number(year))?;
    Some((year, number(month)?, number(day)?))
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
            "45356.75",
            "2024年3月5号",
            "2024年3月5日8:30",
            "2024年3月5日 08:30:00",
            "二〇二四年三月五日",
            "二零二四年三月五日",
            "\u{FEFF}2024-03-05",
        ] {
            assert_eq!(parse_date_lenient(text), Ok(day), "{text}");
        }
    }

    #[test]
    fn days_as_documents_are_signed_are_read() {
        for (text, day) in [
            ("二〇二四年十月十日", (2024, 10, 10)),
            ("二〇二四年十一月二十日", (2024, 11, 20)),
            ("二○一九年十二月三十一日", (2019, 12, 31)),
            ("一九九九年一月二十九日", (1999, 1, 29)),
        ] {
            assert_eq!(parse_date_lenient(text).ok(), NaiveDate::from_ymd_opt(day.0, day.1, day.2), "{text}");
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
        for text in [
            "",
            "3/5/2024",
            "2024-3",
            "2024-3/5",
            "2024年3月",
            "202435",
            "00000",
            "00060",
            "00000",
            "00060",
            "1",
            "昨天",
            "二〇二四年百月五日",
            "二〇二四年三月〇日",
            "2024年三月5日",
        ] {
            assert!(matches!(parse_date_lenient(text), Err(InvalidDate::Format { .. })), "{text}");
        }
        for text in ["05-03-24", "24-3-5", "24年3月5日", "二四年三月五日"] {
            assert!(matches!(parse_date_lenient(text), Err(InvalidDate::ShortYear { .. })), "{text}");
        }
        for text in ["二〇二三年二月二十九日", "二〇二四年三十月五日"] {
            assert!(matches!(parse_date_lenient(text), Err(InvalidDate::NoSuchDay { .. })), "{text}");
        }
        assert!(matches!(parse_date_lenient("2023/2/29"), Err(InvalidDate::NoSuchDay { .. })));
        assert!(matches!(parse_date_lenient("18990101"), Err(InvalidDate::OutOfRange { .. })));
        assert!(matches!(parse_date_lenient("99999"), Err(InvalidDate::Format { .. })));
    }
}
