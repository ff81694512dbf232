//! Time as an argument: handlers ask the clock once and pass the instant on.

use chrono::NaiveDate;
use domain::{MicrosUtc, shanghai_date};

/// Where a service takes the present from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The clock of the machine.
    #[default]
    System,
    /// Always the same instant, for tests and for replays.
    Fixed(MicrosUtc),
}

impl Clock {
    /// The present instant.
    pub fn now(self) -> MicrosUtc {
        match self {
            Self::System => MicrosUtc::now(),
            Self::Fixed(instant) => instant,
        }
    }

    /// The present day in Shanghai, which is the day of the law.
    pub fn today(self) -> NaiveDate {
        shanghai_date(self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_is_the_day_in_shanghai() {
        let newest_day = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        let clock = Clock::Fixed(MicrosUtc::start_of_shanghai_day(newest_day));
        assert_eq!(clock.today(), newest_day);
        assert_eq!(Clock::Fixed(clock.now().plus_micros(-1)).today(), newest_day.pred_opt().unwrap());
    }
}
