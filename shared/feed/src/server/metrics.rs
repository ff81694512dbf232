//! The figure of a feed: `feed_head_seq`, its last position known here. With a reader's `feed_consumer_seq` it gives the
//! reader's lag.

use opentelemetry::KeyValue;
use tokio::sync::watch;

/// Reports the end of `feed` each time that metrics are collected.
pub(super) fn observe_head(feed: &str, head: watch::Receiver<i64>) {
    let label = [KeyValue::new("feed", feed.to_owned())];
    // The instrument may be dropped: its callback is the meter provider's.
    let _instrument = opentelemetry::global::meter("feed")
        .i64_observable_gauge("feed_head_seq")
        .with_description("Last position of the feed")
        .with_callback(move |gauge| gauge.observe(*head.borrow(), &label))
        .build();
}
