//! The load: the same for both sides.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tonic::Status;

/// Connections, as many systems ask at once.
pub(crate) const CONNECTIONS: usize = 8;
/// Requests under way on each.
const UNDER_WAY: usize = 8;
/// As many as keep a disk busy that needs milliseconds to make something durable: with [`UNDER_WAY`] everybody would wait for it, and
/// its pace would be what is measured.
pub(crate) const MANY_UNDER_WAY: usize = 32;
/// Length of a round.
const ROUND: Duration = Duration::from_secs(2);

/// A side of the comparison.
pub(crate) trait Asks: 'static {
    /// What a task asks through.
    type Client: Send + 'static;
    /// What it asks; made before the round.
    type Question: Clone + Send + Sync + 'static;

    /// A client on one of the connections.
    fn client(&self, connection: usize) -> Self::Client;
    /// The questions, asked in turn.
    fn questions(&self) -> Vec<Self::Question>;
    /// Asks one and waits for the answer.
    fn ask(
        client: &mut Self::Client,
        question: Self::Question,
    ) -> impl Future<Output = Result<(), Status>> + Send;
}

/// What a round took.
pub(crate) struct Round {
    took: Duration,
    /// In microseconds, sorted.
    latencies: Vec<u32>,
}

impl Round {
    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }

    /// The time within which 99 of 100 were answered, in milliseconds.
    pub(crate) fn p99_ms(&self) -> f64 {
        let at = (self.latencies.len() * 99 / 100).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(at).map_or(f64::NAN, |micros| f64::from(*micros) / 1000.0)
    }
}

/// One round: every task asks, waits for the answer, and asks again until the time is over.
pub(crate) async fn round<A: Asks>(side: &A) -> anyhow::Result<Round> {
    round_with(side, UNDER_WAY).await
}

/// The same with so many requests under way on each connection.
pub(crate) async fn round_with<A: Asks>(side: &A, under_way: usize) -> anyhow::Result<Round> {
    let all = CONNECTIONS * under_way;
    let questions = Arc::new(side.questions());
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for task in 0..all {
        let client = side.client(task % CONNECTIONS);
        let first = task * questions.len() / all;
        tasks.spawn(ask_until::<A>(client, questions.clone(), first, begun + ROUND));
    }
    let mut latencies = Vec::new();
    while let Some(asked) = tasks.join_next().await {
        latencies.extend(asked??);
    }
    let took = begun.elapsed();
    latencies.sort_unstable();
    Ok(Round { took, latencies })
}

async fn ask_until<A: Asks>(
    mut client: A::Client,
    questions: Arc<Vec<A::Question>>,
    first: usize,
    end: Instant,
) -> Result<Vec<u32>, Status> {
    let mut latencies = Vec::with_capacity(16 * 1024);
    let mut next = first;
    loop {
        let asked = Instant::now();
        if asked >= end {
            return Ok(latencies);
        }
        let question = questions[next % questions.len()].clone();
        A::ask(&mut client, question).await?;
        latencies.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
        next += 1;
    }
}
