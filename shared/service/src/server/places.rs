//! How many requests may be in flight, and how many are.
//!
//! A bound that suits a large machine at rest is too high for a busy one: what is let in waits for a core at every step, and everything
//! comes late. So a door may [adapt](Places::adapt): it lets in half of what is in flight while the runtime runs late, and then again more,
//! little by little (additive increase, multiplicative decrease). How late a task comes that does nothing but sleep tells
//! how long all that is ready waits for a core, and nothing else: a slow database, a stream and a long import cost no core while they
//! wait, and do not count. Nor does a single delay: only several in a row are a queue that stands (RFC 8289).

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use opentelemetry::{
    KeyValue,
    metrics::{BoundCounter, Gauge},
};
use tokio::time::Instant;

/// The bound falls no lower: so many requests keep every core busy even where most of them wait for a database. Where no more are in
/// flight, they are not why the runtime is late.
const FLOOR: u32 = 64;
/// A look that comes later than this finds the runtime late; CoDel has the same target. A request is woken some twenty times before it is
/// answered: then it waits a tenth of a second in all, and none of its parts comes near its time-out. Every core has had enough to do long
/// before: more in flight answers no more, it waits, and what it holds takes the place of others' in the caches of the core.
const LATE: Duration = Duration::from_millis(5);
/// So many late looks in a row are a queue that stands.
const IN_A_ROW: u32 = 3;
/// By so much the bound is raised at each look that comes in time.
const STEP: u32 = 4;
/// Pause between two looks while there is much to do, or the bound is not what it was.
const SOON: Duration = Duration::from_millis(10);
/// The same while there is little to do.
const SELDOM: Duration = Duration::from_millis(100);

/// Places for requests, as many as the bound says.
#[derive(Debug)]
pub(super) struct Places {
    server: &'static str,
    /// As it was configured.
    most: u32,
    bound: AtomicU32,
    taken: AtomicU32,
    /// Streams that have begun: they have given their place back.
    streams: AtomicU32,
    gauge: Gauge<u64>,
    /// Found once: under a load that is too high most requests are refused.
    refused: BoundCounter<u64>,
}

/// A place that is taken; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<Places>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Relaxed);
    }
}

/// A stream that has begun; it has ended when this is dropped.
#[derive(Debug)]
pub(super) struct Begun(Arc<Places>);

impl Drop for Begun {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Relaxed);
    }
}

impl Places {
    /// `most` places of the server called `server`, all free.
    pub(super) fn new(server: &'static str, most: u32) -> Arc<Self> {
        let meter = opentelemetry::global::meter("xinjian");
        let gauge = meter
            .u64_gauge("rpc.server.most_in_flight")
            .with_description("Requests that are answered at once at most; one more is refused")
            .build();
        let refused = meter
            .u64_counter("rpc.server.refused")
            .with_description("Requests that were refused because as many were in flight as may be")
            .build()
            .bind(&[KeyValue::new("server", server)]);
        let (bound, taken, streams) = (AtomicU32::new(most), AtomicU32::default(), AtomicU32::default());
        let places = Arc::new(Self { server, most, bound, taken, streams, gauge, refused });
        places.set(most);
        places.tell_in_flight();
        places
    }

    /// Has whoever reads the metrics ask how many are in flight: places are counted anyway, and to tell of each that comes and goes would
    /// be as dear again.
    fn tell_in_flight(self: &Arc<Self>) {
        let places = Arc::downgrade(self);
        opentelemetry::global::meter("xinjian")
            .i64_observable_up_down_counter("rpc.server.in_flight")
            .with_description("Requests whose answer has not begun, and streams that have not ended")
            .with_callback(move |observer| {
                // None: the server has ended.
                if let Some(places) = places.upgrade() {
                    observer.observe(places.in_flight().into(), &[KeyValue::new("server", places.server)]);
                }
            })
            .build();
    }

    /// Requests whose answer has not begun, and streams that have not ended.
    pub(super) fn in_flight(&self) -> u32 {
        self.taken.load(Relaxed) + self.streams.load(Relaxed)
    }

    /// A stream begins.
    pub(super) fn begin(self: &Arc<Self>) -> Begun {
        self.streams.fetch_add(1, Relaxed);
        Begun(self.clone())
    }

    /// A place, if one is free; else one more is refused.
    pub(super) fn take(self: &Arc<Self>) -> Option<Place> {
        let bound = self.bound();
        let next = |taken: u32| (taken < bound).then_some(taken + 1);
        if self.taken.fetch_update(Relaxed, Relaxed, next).is_err() {
            self.count_refused();
            return None;
        }
        Some(Place(self.clone()))
    }

    /// Whether none is free, so that a request can be refused before anything is done for it: then one more is.
    pub(super) fn refuses(&self) -> bool {
        let is_full = self.taken.load(Relaxed) >= self.bound();
        if is_full {
            self.count_refused();
        }
        is_full
    }

    /// Whether the bound is the one that was configured.
    pub(super) fn has_all(&self) -> bool {
        self.bound() == self.most
    }

    /// Adapts the bound to how late the runtime runs, for ever.
    pub(super) async fn adapt(&self) {
        let mut late_in_a_row = 0;
        loop {
            let due = Instant::now() + self.pause();
            tokio::time::sleep_until(due).await;
            let is_late = Instant::now().saturating_duration_since(due) > LATE;
            late_in_a_row = if is_late { late_in_a_row + 1 } else { 0 };
            if !is_late {
                self.raise();
            } else if late_in_a_row >= IN_A_ROW {
                self.lower();
                late_in_a_row = 0;
            }
        }
    }

    fn count_refused(&self) {
        self.refused.add(1);
    }

    fn bound(&self) -> u32 {
        self.bound.load(Relaxed)
    }

    /// Whether so many requests are in flight that they may be why the runtime is late.
    fn is_busy(&self) -> bool {
        self.taken.load(Relaxed) > FLOOR
    }

    fn pause(&self) -> Duration {
        if self.is_busy() || !self.has_all() { SOON } else { SELDOM }
    }

    fn raise(&self) {
        if !self.has_all() {
            self.set(self.bound().saturating_add(STEP).min(self.most));
            if self.has_all() {
                let (server, most) = (self.server, self.most);
                tracing::info!(server, most, "`{server}` answers up to {most} requests at once again");
            }
        }
    }

    fn lower(&self) {
        let (server, bound) = (self.server, self.bound());
        let lower = (bound.min(self.taken.load(Relaxed)) / 2).max(FLOOR);
        if !self.is_busy() || lower >= bound {
            return;
        }
        if self.has_all() {
            tracing::warn!(server, "`{server}` has more to answer than it can in time, and refuses the rest");
        }
        self.set(lower);
    }

    fn set(&self, bound: u32) {
        self.bound.store(bound, Relaxed);
        self.gauge.record(bound.into(), &[KeyValue::new("server", self.server)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many places as are free, taken.
    fn fill(places: &Arc<Places>) -> Vec<Place> {
        std::iter::from_fn(|| places.take()).collect()
    }

    /// What the bound is after looks that come so late, one after the other. Time is the test's own.
    async fn after(places: &Arc<Places>, looks: impl IntoIterator<Item = Duration>) -> u32 {
        let looking = places.clone();
        let looking = tokio::spawn(async move { looking.adapt().await });
        for late in looks {
            // It has fallen asleep before the time passes, and looks before more does.
            tokio::task::yield_now().await;
            tokio::time::advance(places.pause() + late).await;
            tokio::task::yield_now().await;
        }
        looking.abort();
        places.bound()
    }

    /// A look in time, by a clock of milliseconds, and one that is late.
    const IN_TIME: Duration = Duration::from_millis(1);
    const TOO_LATE: Duration = Duration::from_millis(20);

    fn times(times: u32, look: Duration) -> Vec<Duration> {
        vec![look; times as usize]
    }

    #[tokio::test]
    async fn one_more_than_the_bound_has_no_place_until_one_is_given_back() {
        let places = Places::new("test", 3);
        let mut taken = fill(&places);
        assert_eq!(taken.len(), 3);
        assert!(places.refuses());
        taken.pop();
        assert!(!places.refuses() && places.take().is_some());
        drop(taken);
        assert_eq!(fill(&places).len(), 3);
    }

    #[test]
    fn what_is_in_flight_has_a_place_or_is_a_stream() {
        let places = Places::new("test", 2);
        let (stream, taken) = (places.begin(), fill(&places));
        assert_eq!((taken.len(), places.in_flight()), (2, 3), "a stream takes no place");
        drop(taken);
        assert_eq!(places.in_flight(), 1);
        drop(stream);
        assert_eq!(places.in_flight(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_queue_that_stands_halves_the_bound_to_a_floor_and_its_end_raises_it_step_by_step() {
        let places = Places::new("test", 300);
        let taken = fill(&places);
        assert_eq!(after(&places, times(IN_A_ROW, TOO_LATE)).await, 150);
        assert!(places.take().is_none(), "as many as may be are in flight");
        assert_eq!(after(&places, times(IN_A_ROW * 5, TOO_LATE)).await, FLOOR);
        drop(taken);
        assert_eq!(fill(&places).len(), FLOOR as usize);
        assert_eq!(after(&places, times(5, IN_TIME)).await, FLOOR + 5 * STEP);
        assert_eq!(after(&places, times(1_000, IN_TIME)).await, 300);
        assert!(places.has_all());
    }

    #[tokio::test(start_paused = true)]
    async fn neither_a_single_delay_nor_one_that_few_requests_see_lowers_the_bound() {
        let places = Places::new("test", 300);
        let few: Vec<_> = (0..FLOOR).map(|_| places.take()).collect();
        assert_eq!(after(&places, times(IN_A_ROW * 5, TOO_LATE)).await, 300, "they are not why it is late");
        drop(few);
        let _all = fill(&places);
        assert_eq!(after(&places, [TOO_LATE, TOO_LATE, IN_TIME].repeat(5)).await, 300);
        assert_eq!(after(&places, times(IN_A_ROW * 5, LATE)).await, 300, "late is later than that");
    }

    #[tokio::test(start_paused = true)]
    async fn a_bound_that_was_far_away_comes_down_to_half_of_what_is_in_flight() {
        let places = Places::new("test", 1_000);
        let _some: Vec<_> = (0..200).map(|_| places.take()).collect();
        assert_eq!(after(&places, times(IN_A_ROW, TOO_LATE)).await, 100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_bound_that_was_configured_below_the_floor_stays_as_it_is() {
        let places = Places::new("test", 2);
        let _all = fill(&places);
        assert_eq!(after(&places, times(IN_A_ROW * 5, TOO_LATE)).await, 2);
    }
}
