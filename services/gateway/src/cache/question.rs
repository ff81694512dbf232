//! What is asked of what is kept, and what is kept of an answer.

use std::time::Duration;

use bytes::Bytes;
use chrono::NaiveDate;
use domain::{MicrosUtc, Uscc};
use prost_types::Timestamp;
use service::auth::Caller;

use crate::forward::Home;

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// All that one service knows of an enterprise.
    Dossier(Home),
    /// What the gateway makes of all dossiers, by its name.
    View(&'static str),
}

impl Of {
    /// Its name in keys and metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Dossier(home) => home.name(),
            Self::View(name) => name,
        }
    }

    /// Services whose events may change the answer: its own, and the registry's, which knows where an enterprise is and so who may see it.
    /// What a party check says follows from records as well, of which punishment tells no event of its own.
    pub(super) fn feeds(self) -> &'static [Home] {
        match self {
            Self::Dossier(Home::Registry) => &[Home::Registry],
            Self::Dossier(Home::Collection) => &[Home::Collection, Home::Registry],
            Self::Dossier(Home::Risk) => &[Home::Risk, Home::Registry],
            Self::Dossier(Home::Inspection) => &[Home::Inspection, Home::Registry],
            Self::Dossier(Home::Punishment) => &[Home::Punishment, Home::Registry, Home::Collection],
            Self::View(_) => &Home::ALL,
        }
    }

    /// Whether it is kept in Redis as well. Not what risk logs the readings of, and what is made of it: whoever read it in Redis would be
    /// noted by nobody.
    pub(super) fn is_shared(self) -> bool {
        matches!(self, Self::Dossier(home) if home != Home::Risk)
    }
}

/// A question about one enterprise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// What is asked for.
    pub(crate) of: Of,
    /// The enterprise.
    pub(crate) uscc: &'a Uscc,
    /// How many elements of each list are asked for.
    pub(crate) size: i32,
    /// Who asks.
    pub(crate) caller: &'a Caller,
    /// RPC that answers it, such as `/xinjian.gateway.v1.Profiles/GetProfile`; for the log of reads.
    pub(crate) method: &'static str,
    /// What for; for the log of reads.
    pub(crate) purpose: &'static str,
    /// Longest wait for a note in that log.
    pub(crate) patience: Duration,
}

impl Question<'_> {
    /// Everything that the answer depends on, on a day.
    pub(super) fn key(&self, day: NaiveDate) -> String {
        let Self { of, uscc, size, caller, .. } = self;
        format!("{}:{uscc}:{size}:{day}:{}", of.name(), caller.rights())
    }
}

/// An answer, kept or not.
#[derive(Debug)]
pub(crate) struct Answered<T> {
    pub(crate) answer: T,
    /// Until when it, and what is made of it, may be kept; `None`: not at all.
    pub(crate) good_until: Option<MicrosUtc>,
}

/// Whether an answer is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// It is not.
    No,
    /// It is.
    With {
        /// Parts that are in it and whose every reading is logged.
        logged: Vec<&'static str>,
    },
}

/// A view, as it was made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// As it is sent.
    pub(crate) text: Bytes,
    /// Until when it may be kept; `None`: not at all.
    pub(crate) good_until: Option<MicrosUtc>,
    /// Parts that are in it and whose every reading is logged.
    pub(crate) logged: Vec<&'static str>,
}

/// An instant as the log of reads takes it.
pub(super) fn read_at(instant: MicrosUtc) -> Timestamp {
    let micros = instant.micros();
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}
