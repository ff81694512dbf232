//! From a piece of evidence to what is kept of it: for each indicator that it counts for, a day, an end and a value.
//!
//! Conditions do not depend on time, so this runs once when the evidence arrives, and again only when it changes or when
//! the models do.

use chrono::NaiveDate;
use domain::parse_date;
use prost_reflect::DynamicMessage;

use super::{
    hundredths::Hundredths,
    model::{Indicator, Measure},
};

/// Place of an indicator among those of all models, in the order of the models' keys; stable while the set of models is.
pub type Ordinal = u32;

/// What is kept of one piece of evidence for one indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// The indicator.
    pub indicator: Ordinal,
    /// Day of the evidence; [`ALWAYS`] for what has none.
    pub day: NaiveDate,
    /// Last day on which it holds; [`FOREVER`] while open.
    pub last_day: NaiveDate,
    /// Value in hundredths: 1 for what is only counted, 0 or 1 for a share, else the measured field.
    pub value: Hundredths,
}

/// The day of what holds at all times. Both bounds have four digits in every year, so that they order as texts too.
pub const ALWAYS: NaiveDate = match NaiveDate::from_ymd_opt(1000, 1, 1) {
    Some(day) => day,
    None => panic!("1000-01-01 is a day"),
};
/// The end of what has no end.
pub const FOREVER: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => panic!("9999-12-31 is a day"),
};

/// What `message` gives for `indicator`, whose source it must be of. `None` when the condition does not hold, when the
/// day is missing, or when it ended before it began.
pub fn project(ordinal: Ordinal, indicator: &Indicator, message: &DynamicMessage) -> Option<Item> {
    if !indicator.condition.as_ref().is_none_or(|condition| condition.holds(message)) {
        return None;
    }
    let day = match &indicator.day {
        Some(path) => parse_date(&path.text(message)?).ok()?,
        None => ALWAYS,
    };
    let last_day = last_day(indicator, message);
    (day <= last_day).then_some(Item {
        indicator: ordinal,
        day,
        last_day,
        value: value(&indicator.measure, message),
    })
}

fn last_day(indicator: &Indicator, message: &DynamicMessage) -> NaiveDate {
    let Some(end) = &indicator.end else { return FOREVER };
    match end.path.text(message).and_then(|text| parse_date(&text).ok()) {
        None => FOREVER,
        Some(day) if end.inclusive => day,
        Some(day) => day.pred_opt().unwrap_or(day),
    }
}

fn value(measure: &Measure, message: &DynamicMessage) -> Hundredths {
    match measure {
        Measure::Count | Measure::Exists | Measure::DaysSince => Hundredths::whole(1),
        Measure::Share(condition) => Hundredths::whole(i64::from(condition.holds(message))),
        Measure::Sum(path) | Measure::Max(path) | Measure::Latest(path) => {
            let number = path.integer(message).unwrap_or(0);
            if path.is_fen() { Hundredths::from_e2(number) } else { Hundredths::whole(number) }
        }
    }
}
