//! The figures that the analysis goes by, all of them parameters of the rulebook for the day of the scan.

use chrono::NaiveDate;

/// A window that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its length in days.
    pub days: u32,
    /// Its first day.
    pub first: NaiveDate,
}

/// What a scan goes by.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Last day that is looked at.
    pub as_of: NaiveDate,
    /// The windows, which all end on that day.
    pub windows: Vec<Window>,
    /// Weights of an event that is open, found true, found untrue.
    pub weights: Weights,
    /// Fewer events than this never raise a signal.
    pub min_events: u64,
    /// Expected share of false ones among those raised that is accepted.
    pub level: f64,
    /// Expected events at which a group's own rate counts as much as the field's.
    pub prior_events: f64,
    /// Least variance of the peers' rates over their mean squared.
    pub least_spread: f64,
    /// Power of size by which exposure grows.
    pub size_exponent: f64,
    /// Most by which size raises or lowers exposure; at least 1.
    pub size_bound: f64,
    /// Most signals that one scan raises in a field.
    pub most: usize,
}

/// What an event weighs, by how its handling ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Not finished.
    pub open: u32,
    /// Found true.
    pub substantiated: u32,
    /// Found untrue.
    pub refuted: u32,
}

impl Weights {
    /// The largest of them.
    pub fn largest(self) -> u32 {
        self.open.max(self.substantiated).max(self.refuted)
    }
}
