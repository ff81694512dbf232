//! `spec.json`: the indicators as data.

use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
pub struct Spec {
    pub as_of: i32,
    pub enterprises: usize,
    pub indicators: Vec<Indicator>,
}

/// Rows of `source` whose day lies in the last `days`, and for which everything else that is not empty holds.
#[derive(Deserialize)]
pub struct Indicator {
    pub source: usize,
    pub days: i32,
    pub codes: Vec<usize>,
    pub flag: Option<bool>,
    pub at_least: Option<i64>,
    pub measure: String,
    /// Value and points, both in hundredths, the smallest value first.
    pub bands: Vec<(i64, i64)>,
}

impl Spec {
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(folder.join("spec.json"))?)?)
    }
}

impl Indicator {
    /// The condition on `record`, joined by `and`.
    pub fn condition(&self, record: &str, as_of: i32, and: &str) -> String {
        let mut parts = vec![
            format!("{record}.source == {}", self.source),
            format!("{record}.day > {}", as_of - self.days),
            format!("{record}.day <= {as_of}"),
        ];
        if !self.codes.is_empty() {
            parts.push(format!("{record}.code in {:?}", self.codes));
        }
        parts.extend(self.flag.map(|flag| format!("{record}.flag == {flag}")));
        parts.extend(self.at_least.map(|least| format!("{record}.amount >= {least}")));
        parts.join(and)
    }

    /// The points for the value called `value`.
    pub fn points(&self, value: &str) -> String {
        let bands = self.bands.iter().rev();
        let cases: String = bands.map(|(from, points)| format!("{value} >= {from} ? {points} : ")).collect();
        format!("{cases}0")
    }
}
