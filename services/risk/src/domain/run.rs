//! A classification run, as it is stored and told.

use chrono::NaiveDate;
use domain::MicrosUtc;

use crate::machines::run::State;

/// A full run over all enterprises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Identifier, a UUID.
    pub id: String,
    /// Day as of which it computes.
    pub as_of: NaiveDate,
    /// State.
    pub state: State,
    /// Enterprises to class, one for each key field.
    pub total: i64,
    /// Those done.
    pub done: i64,
    /// Classes that differ from those in effect when it was computed.
    pub changed: i64,
    /// Enterprises by field and combined class.
    pub counts: Vec<(String, String, i64)>,
    /// Position in collection's feed that it read up to.
    pub known_seq: i64,
    /// SM3 of the rulebook by which it computes, hex.
    pub rulebook_hash: String,
    /// Models used, name and hash.
    pub models: Vec<String>,
    /// Person who started it.
    pub created_by: String,
    /// Person who approved it; empty before.
    pub approved_by: String,
    /// When it was started.
    pub created_at: MicrosUtc,
    /// What went wrong; empty unless it failed.
    pub problem: String,
}

impl Run {
    /// `runs/{id}`.
    pub fn name(&self) -> String {
        format!("runs/{}", self.id)
    }
}
