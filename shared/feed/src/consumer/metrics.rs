//! Figures of a follower: `feed_consumer_events`, `feed_consumer_parked`, `feed_consumer_seq`, `feed_consumer_stopped`, by
//! consumer and feed.

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Gauge},
};

/// The instruments of one follower.
#[derive(Debug)]
pub(super) struct Metrics {
    events: Counter<u64>,
    parked: Gauge<u64>,
    seq: Gauge<i64>,
    stopped: Gauge<u64>,
    labels: [KeyValue; 2],
}

impl Metrics {
    pub(super) fn new(consumer: &'static str, feed: &str) -> Self {
        let meter = opentelemetry::global::meter("feed");
        Self {
            events: meter.u64_counter("feed_consumer_events").with_description("Events handled").build(),
            parked: meter.u64_gauge("feed_consumer_parked").with_description("Events set aside now").build(),
            seq: meter.i64_gauge("feed_consumer_seq").with_description("Last position handled").build(),
            stopped: meter.u64_gauge("feed_consumer_stopped").with_description("1 if given up").build(),
            labels: [KeyValue::new("consumer", consumer), KeyValue::new("feed", feed.to_owned())],
        }
    }

    pub(super) fn handled(&self, events: u64, seq: i64) {
        self.events.add(events, &self.labels);
        self.seq.record(seq, &self.labels);
    }

    pub(super) fn parked(&self, events: u64) {
        self.parked.record(events, &self.labels);
    }

    pub(super) fn stopped(&self, stopped: bool) {
        self.stopped.record(u64::from(stopped), &self.labels);
    }
}
