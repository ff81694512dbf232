//! Figures of what is kept: `gateway_cache_answers`, by what they are and outcome, and `gateway_cache_heard`, by feed.

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Gauge},
};

use crate::forward::Home;

/// What came of looking for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was kept and good.
    Hit,
    /// It was not kept.
    Missed,
    /// It was kept and dropped: its life has ended, or an event tells of its party.
    Old,
    /// The feed is not heard.
    Unheard,
    /// The caller has just changed something.
    Writer,
    /// Its reading could not be noted, without which it is not shown.
    Unnoted,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Missed => "missed",
            Self::Old => "dropped",
            Self::Unheard => "unheard",
            Self::Writer => "writer",
            Self::Unnoted => "unnoted",
        }
    }
}

#[derive(Debug)]
pub(super) struct Metrics {
    answers: Counter<u64>,
    heard: Gauge<u64>,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let meter = opentelemetry::global::meter("gateway");
        Self {
            answers: meter
                .u64_counter("gateway_cache_answers")
                .with_description("Dossiers and profiles that were looked for among those that are kept")
                .build(),
            heard: meter
                .u64_gauge("gateway_cache_heard")
                .with_description(
                    "1 while a feed is heard; of a service whose feed is not, nothing kept is shown",
                )
                .build(),
        }
    }

    pub(super) fn count(&self, of: &'static str, outcome: Outcome) {
        self.answers.add(1, &[KeyValue::new("of", of), KeyValue::new("outcome", outcome.name())]);
    }

    pub(super) fn heard(&self, home: Home, heard: bool) {
        self.heard.record(heard.into(), &[KeyValue::new("feed", home.name())]);
    }
}
