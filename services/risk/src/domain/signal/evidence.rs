//! Why a signal was raised, complete enough to compute it again.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The evidence of a signal. Stored as JSON with it, and never changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// First day of the window that speaks most clearly.
    pub window_from: NaiveDate,
    /// Its last day.
    pub window_to: NaiveDate,
    /// Events that count in it, each once.
    pub events: u64,
    /// Their weights.
    pub weighted: u64,
    /// Weighted count that the peers let expect.
    pub expected: f64,
    /// Events that the peers let expect.
    pub expected_events: f64,
    /// Relative variance of the rate that the test allows for.
    pub spread: f64,
    /// Share of each weight among the field's events, from weight 1.
    pub weight_shares: Vec<f64>,
    /// Chance of a weighted count as high or higher, for both windows together.
    pub p: f64,
    /// Lowest false discovery rate at which it would be raised.
    pub q: f64,
    /// The rate it was raised at.
    pub level: f64,
    /// Hypotheses of the family.
    pub tests: u64,
    /// Sub-kinds and division that make the group.
    pub category: String,
    /// Division of the group.
    pub division: String,
    /// Enterprises of the group without itself.
    pub peers: u64,
    /// Events of the peers in the window.
    pub peer_events: u64,
    /// Exposure of the peers.
    pub peer_exposure: f64,
    /// Its own exposure.
    pub exposure: f64,
    /// Whether the register tells a size; otherwise exposure is 1.
    pub size_known: bool,
    /// Events of the window by topic, the most frequent first.
    pub topics: Vec<(String, u64)>,
    /// Tickets behind the events, the latest first, at most 200.
    pub tickets: Vec<String>,
}
