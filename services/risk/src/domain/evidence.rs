//! From a piece of evidence to what is kept of it: for each indicator that it counts for, a day, an end and a value.
//!
//! Conditions do not depend on time, so this runs once when the evidence arrives, and again only when it changes or when
//! the models do.

use chrono::{Datelike, NaiveDate};
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

/// The day of what holds at all times.
pub const ALWAYS: NaiveDate = match NaiveDate::from_ymd_opt(1000, 1, 1) {
    Some(day) => day,
    None => panic!("1000-01-01 is a day"),
};
/// The end of what has no end.
pub const FOREVER: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => panic!("9999-12-31 is a day"),
};

/// Bytes of one packed item.
const PACKED: usize = 20;

/// The bytes are not packed items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not items of evidence")]
pub struct NotItems;

/// Packs items for the store: of each the indicator, day and last day as days of the common era (4 bytes each) and the
/// value in hundredths (8 bytes), all little-endian.
pub fn pack(items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(items.len() * PACKED);
    for item in items {
        bytes.extend_from_slice(&item.indicator.to_le_bytes());
        bytes.extend_from_slice(&item.day.num_days_from_ce().to_le_bytes());
        bytes.extend_from_slice(&item.last_day.num_days_from_ce().to_le_bytes());
        bytes.extend_from_slice(&item.value.e2().to_le_bytes());
    }
    bytes
}

/// Adds what [`pack`] packed to `items`.
///
/// # Errors
/// [`NotItems`] for any other bytes.
pub fn unpack(bytes: &[u8], items: &mut Vec<Item>) -> Result<(), NotItems> {
    let (packed, rest) = bytes.as_chunks::<PACKED>();
    if !rest.is_empty() {
        return Err(NotItems);
    }
    for item in packed {
        let [words @ .., _, _] = item.as_chunks::<4>().0 else { return Err(NotItems) };
        let [indicator, day, last_day] = *words else { return Err(NotItems) };
        let value = item.last_chunk().ok_or(NotItems)?;
        let day_of = |bytes| NaiveDate::from_num_days_from_ce_opt(i32::from_le_bytes(bytes)).ok_or(NotItems);
        items.push(Item {
            indicator: u32::from_le_bytes(indicator),
            day: day_of(day)?,
            last_day: day_of(last_day)?,
            value: Hundredths::from_e2(i64::from_le_bytes(*value)),
        });
    }
    Ok(())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_items_come_back_and_other_bytes_are_refused() {
        let item = |indicator, value| Item {
            indicator,
            day: ALWAYS,
            last_day: FOREVER,
            value: Hundredths::from_e2(value),
        };
        let items = [item(0, -1), item(u32::MAX, i64::MAX)];
        let mut back = Vec::new();
        unpack(&pack(&items), &mut back).unwrap();
        assert_eq!(back, items);
        assert_eq!(unpack(&pack(&items)[1..], &mut back), Err(NotItems));
        assert_eq!(unpack(&[0x7f; PACKED], &mut back), Err(NotItems), "no such day");
    }
}
