//! Points in time, and the day they fall on in China.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

/// Shanghai is 8 hours ahead of UTC; no daylight saving since 1991, before which the house has no instants.
const SHANGHAI_OFFSET_SECONDS: i32 = 8 * 3600;

/// An instant: microseconds since 1970-01-01 00:00 UTC, as stored and sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct MicrosUtc(pub i64);

impl MicrosUtc {
    /// The present. Called at the edge only; everything inside takes the instant as an argument.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn now() -> Self {
        Self::from(Utc::now())
    }

    /// Microseconds since 1970-01-01 00:00 UTC.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// As a chrono instant; `None` beyond the years chrono can hold (about ±262,000).
    pub fn to_datetime(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.0)
    }

    /// The instant this many microseconds later (earlier if negative), held at the ends of the range.
    pub fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Midnight in Shanghai at the beginning of a day.
    pub fn start_of_shanghai_day(date: NaiveDate) -> Self {
        let midnight = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros();
        Self(midnight - i64::from(SHANGHAI_OFFSET_SECONDS) * 1_000_000)
    }
}

impl From<DateTime<Utc>> for MicrosUtc {
    fn from(instant: DateTime<Utc>) -> Self {
        Self(instant.timestamp_micros())
    }
}

/// RFC 3339 in Shanghai time, which is what officers and announcements read; the bare number beyond chrono's range.
impl std::fmt::Display for MicrosUtc {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.to_datetime(), FixedOffset::east_opt(SHANGHAI_OFFSET_SECONDS)) {
            (Some(instant), Some(offset)) => {
                let local = instant.with_timezone(&offset);
                formatter.pad(&local.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false))
            }
            _ => write!(formatter, "{}", self.0),
        }
    }
}

/// The day an instant falls on in Shanghai, which is the day the law counts. Instants beyond chrono's range fall on
/// its first or last day.
pub fn shanghai_date(instant: MicrosUtc) -> NaiveDate {
    let local = instant.plus_micros(i64::from(SHANGHAI_OFFSET_SECONDS) * 1_000_000);
    let end = if instant.0 < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
    local.to_datetime().map_or(end, |shifted| shifted.date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn instant(rfc3339: &str) -> MicrosUtc {
        MicrosUtc::from(rfc3339.parse::<DateTime<Utc>>().unwrap())
    }

    #[test]
    fn the_day_changes_at_four_in_the_afternoon_utc() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(shanghai_date(instant("2025-12-24T15:59:59.999999Z")), date("2025-12-24"));
        assert_eq!(shanghai_date(instant("2025-12-24T16:00:00Z")), date("2025-12-25"));
    }

    #[test]
    fn an_instant_prints_in_shanghai_time() {
        assert_eq!(instant("2025-12-24T16:00:00Z").to_string(), "2025-12-25T00:00:00+08:00");
    }

    #[test]
    fn the_ends_of_the_range_fall_on_the_ends_of_the_calendar() {
        assert_eq!(shanghai_date(MicrosUtc(i64::MAX)), NaiveDate::MAX);
        assert_eq!(shanghai_date(MicrosUtc(i64::MIN)), NaiveDate::MIN);
    }

    proptest! {
        #[test]
        fn a_day_begins_at_its_own_midnight(days in 0..47_000i64) {
            let date = NaiveDate::from_ymd_opt(1970, 1, 2).unwrap() + chrono::TimeDelta::days(days);
            let start = MicrosUtc::start_of_shanghai_day(date);
            prop_assert_eq!(shanghai_date(start), date);
            prop_assert_eq!(shanghai_date(start.plus_micros(-1)), date.pred_opt().unwrap());
        }
    }
}
