//! From a piece of evidence to what is kept of it: for each indicator that it counts for, a day, an end and a value.
//!
//! Conditions do not depend on time, so this runs once when the evidence arrives, and again only when it changes or when
//! the models do.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use domain::parse_date;
use prost_reflect::DynamicMessage;

use super::{
    hundredths::Hundredths,
    model::{Indicator, Measure},
};

/// Place of an indicator among those of all models, in the order of the models' keys; stable while the set of models is.
pub type Ordinal = u16;

/// What is kept of one piece of evidence for one indicator: 16 bytes, because a full run reads millions of them.
///
/// They order by indicator, day, last day and value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item {
    /// Indicator (16 bits), day and last day (24 bits each): one number, so that one comparison orders by all three.
    key: u64,
    value: Hundredths,
}

/// A day as its number in the common era: windows are compared by it.
pub type DayNumber = i32;

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

/// Bits of a day: they reach to the year 45,000, which lies behind [`FOREVER`].
const DAY_BITS: u32 = 24;
const DAY_MASK: u64 = (1 << DAY_BITS) - 1;

impl Item {
    /// What a piece of evidence of `day` ([`ALWAYS`] for one without), which holds up to `last_day` ([`FOREVER`] while open),
    /// gives for `indicator`. `value` is 1 for what is only counted, 0 or 1 for a share, else the measured field. Days before
    /// the common era become its first, days behind [`FOREVER`] become that one.
    pub fn new(indicator: Ordinal, day: NaiveDate, last_day: NaiveDate, value: Hundredths) -> Self {
        let bits = |day: NaiveDate| u64::try_from(day.min(FOREVER).num_days_from_ce()).unwrap_or(0);
        let key = u64::from(indicator) << (2 * DAY_BITS) | bits(day) << DAY_BITS | bits(last_day);
        Self { key, value }
    }

    /// The indicator.
    pub const fn indicator(self) -> Ordinal {
        (self.key >> (2 * DAY_BITS)) as Ordinal
    }

    /// Day of the evidence; [`ALWAYS`] for what has none.
    pub fn day(self) -> NaiveDate {
        date(self.day_number())
    }

    /// Last day on which it holds; [`FOREVER`] while open.
    pub fn last_day(self) -> NaiveDate {
        date(self.last_day_number())
    }

    /// The number of [`day`](Self::day).
    pub const fn day_number(self) -> DayNumber {
        (self.key >> DAY_BITS & DAY_MASK) as DayNumber
    }

    /// The number of [`last_day`](Self::last_day).
    pub const fn last_day_number(self) -> DayNumber {
        (self.key & DAY_MASK) as DayNumber
    }

    /// Value in hundredths.
    pub const fn value(self) -> Hundredths {
        self.value
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (indicator, days, value) = (self.indicator(), self.day()..=self.last_day(), self.value);
        write!(f, "Item({indicator}, {days:?}, {value})")
    }
}

fn date(number: DayNumber) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(number).expect("every number of 24 bits is a day")
}

/// Bytes of one packed item.
pub const PACKED_BYTES: usize = 16;

/// The bytes are not packed items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not items of evidence")]
pub struct NotItems;

/// Packs items for the store, each into [`PACKED_BYTES`]: indicator and days as one number, then the value in hundredths, both
/// of 8 bytes and little-endian.
pub fn pack(items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(items.len() * PACKED_BYTES);
    for item in items {
        bytes.extend_from_slice(&item.key.to_le_bytes());
        bytes.extend_from_slice(&item.value.e2().to_le_bytes());
    }
    bytes
}

/// Adds what [`pack`] packed to `items`.
///
/// # Errors
/// [`NotItems`] for any other bytes.
pub fn unpack(bytes: &[u8], items: &mut Vec<Item>) -> Result<(), NotItems> {
    let (packed, rest) = bytes.as_chunks::<PACKED_BYTES>();
    if !rest.is_empty() {
        return Err(NotItems);
    }
    items.reserve(packed.len());
    for item in packed {
        let [key, value] = *item.as_chunks::<8>().0 else { return Err(NotItems) };
        let (key, value) = (u64::from_le_bytes(key), Hundredths::from_e2(i64::from_le_bytes(value)));
        let item = Item { key, value };
        // Nothing is projected that ended before it began.
        if item.last_day_number() < item.day_number() {
            return Err(NotItems);
        }
        items.push(item);
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
    (day <= last_day).then(|| Item::new(ordinal, day, last_day, value(&indicator.measure, message)))
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

    fn item(indicator: Ordinal, value: i64) -> Item {
        Item::new(indicator, ALWAYS, FOREVER, Hundredths::from_e2(value))
    }

    #[test]
    fn packed_items_come_back_and_other_bytes_are_refused() {
        let items = [item(0, -1), item(Ordinal::MAX, i64::MAX)];
        let mut back = Vec::new();
        unpack(&pack(&items), &mut back).unwrap();
        assert_eq!(back, items);
        assert_eq!(unpack(&pack(&items)[1..], &mut back), Err(NotItems));
        let mut backwards = [0; PACKED_BYTES];
        backwards[3] = 1;
        assert_eq!(unpack(&backwards, &mut back), Err(NotItems), "it ended before it began");
    }

    #[test]
    fn an_item_takes_sixteen_bytes_in_memory_and_in_the_store() {
        assert_eq!(size_of::<Item>(), 16);
        assert_eq!(pack(&[item(1, 2), item(3, 4)]).len(), 2 * 16);
    }

    #[test]
    fn an_item_says_what_it_was_made_of_and_orders_by_it() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (first, last) = (day("2026-03-31"), day("2026-04-01"));
        let made = Item::new(7, first, last, Hundredths::whole(9));
        assert_eq!(
            (made.indicator(), made.day(), made.last_day(), made.value()),
            (7, first, last, Hundredths::whole(9))
        );
        let of = |indicator, day, last_day, e2| Item::new(indicator, day, last_day, Hundredths::from_e2(e2));
        let ordered = [
            of(6, last, FOREVER, 9),
            of(7, ALWAYS, FOREVER, 9),
            of(7, first, first, 9),
            of(7, first, last, -9),
            of(7, first, last, 9),
            of(7, last, last, -9),
        ];
        assert!(ordered.is_sorted() && ordered.windows(2).all(|pair| pair[0] != pair[1]), "{ordered:?}");
    }
}
