//! `overload`: profiles that are answered whole while three times as many are asked for as can be.
//!
//! The capacity is what a closed loop gets: as many clients as in every other bench, each of which asks again when it has its
//! answer. Then requests are sent on a clock, three times as many a second, whatever becomes of them. Both go over the same
//! connections, one after the other, and look at each answer alike: they differ in the load alone. There are as many connections as in
//! every other bench; `goodput_many` is the same over eight times as many, where a refusal shares its way with fewer others. None of them
//! holds requests back: a server answers 256 at once on each.
//!
//! The city is a process of its own on one core, and whoever asks it has another core to itself: what is told is what the city can do, and
//! what refusing costs it, and nothing of what asking costs. One core is enough to ask: three requests, their answers and a look at each
//! cost less than one profile, for which five services are asked, and they their databases. Where it were not, less than three times the
//! capacity would be sent in time, and the figure would flatter: then the bench fails.
//!
//! A profile that lacks a part does not count as answered; whoever is not answered must be told so in the documented form.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tonic::Status;

use super::apart::{Apart, Cores, Lent, on_core};
use super::asks::{ByRest, Http, answer};
use crate::load::{self, Asks, CONNECTIONS};
use crate::report::{self, Better, Figure, Measure, median};

/// How many times the capacity is offered.
const TIMES: f64 = 3.0;
/// How long.
const OFFERED: Duration = Duration::from_secs(5);
/// Share of what is offered that must be sent within that time.
const IN_TIME: f64 = 0.95;
/// Time between two sendings.
const TICK: Duration = Duration::from_millis(2);

const GOODPUT: Measure = Measure {
    bench: "overload",
    figure: "goodput",
    unit: "requests/s",
    baseline_name: "the capacity in a closed loop; offered is three times as much",
    target: Some(0.8),
    better: Better::Higher,
};

/// Connections of [`GOODPUT_MANY`].
const MANY: usize = 64;
const GOODPUT_MANY: Measure = Measure { figure: "goodput_many", target: None, ..GOODPUT };

/// Measures; nothing where there are no two cores.
pub(crate) async fn overload(rounds: u32) -> anyhow::Result<Vec<Figure>> {
    let cores = match Cores::found() {
        Ok(cores) => cores,
        Err(remedy) => {
            report::not_measured("overload goodput", remedy);
            return Ok(Vec::new());
        }
    };
    let (city, lent) = Apart::start(&cores.city).await?;
    let figures = on_core(cores.asks, move || async move {
        Ok(vec![
            in_rounds(GOODPUT, CONNECTIONS, &lent, rounds).await?,
            in_rounds(GOODPUT_MANY, MANY, &lent, rounds).await?,
        ])
    });
    let figures = figures.await?;
    city.stop().await?;
    Ok(figures)
}

async fn in_rounds(measure: Measure, connections: usize, lent: &Lent, rounds: u32) -> anyhow::Result<Figure> {
    let paths = lent.paths.clone();
    let closed = Closed::over(ByRest::connect_by(connections, &lent.gateway, &lent.bearer()?, paths)?);
    let (mut goodputs, mut capacities) = (Vec::new(), Vec::new());
    load::round(&closed).await?;
    for _ in 0..rounds {
        let capacity = load::round(&closed).await?.per_second();
        goodputs.push(offer(&closed.side, capacity * TIMES).await?);
        capacities.push(capacity);
    }
    Ok(measure.figure(median(goodputs), median(capacities)))
}

/// The closed loop.
struct Closed {
    side: ByRest,
    /// So many were asked, by all clients.
    asked: Arc<AtomicUsize>,
}

impl Closed {
    fn over(side: ByRest) -> Self {
        Self { side, asked: Arc::default() }
    }
}

impl Asks for Closed {
    type Client = (Vec<Http>, Arc<AtomicUsize>);
    type Question = <ByRest as Asks>::Question;

    fn client(&self, _: usize) -> Self::Client {
        let connections = 0..self.side.connections();
        (connections.map(|connection| self.side.client(connection)).collect(), self.asked.clone())
    }

    fn questions(&self) -> Vec<Self::Question> {
        self.side.questions()
    }

    async fn ask((connections, asked): &mut Self::Client, question: Self::Question) -> Result<(), Status> {
        let turn = asked.fetch_add(1, Ordering::Relaxed) % connections.len();
        match ask(connections[turn].clone(), question).await {
            Ok(Became::Whole) => Ok(()),
            Ok(_) => Err(Status::unavailable("less than the capacity is not answered whole")),
            Err(problem) => Err(Status::unknown(problem.to_string())),
        }
    }
}

/// Sends this many requests a second, and answers how many a second were answered whole.
async fn offer(side: &ByRest, per_second: f64) -> anyhow::Result<f64> {
    let questions = Arc::new(side.questions());
    let (mut begun, mut answered, mut answers) =
        (0_usize, Answered::default(), JoinSet::<anyhow::Result<Became>>::new());
    // What waits for its turn on the core of whoever asks has begun and is not sent.
    let sent = Arc::new(AtomicUsize::new(0));
    let mut tick = tokio::time::interval(TICK);
    // A late clock sends what it owes at once: the load is what was promised.
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let beginning = Instant::now();
    while beginning.elapsed() < OFFERED {
        tick.tick().await;
        // Whoever was answered is let go at once: a hundred thousand tasks that have ended would cost more memory than the city.
        while let Some(became) = answers.try_join_next() {
            answered.count(became??);
        }
        let owed = (beginning.elapsed().as_secs_f64() * per_second) as usize;
        while begun < owed {
            let (client, question) =
                (side.client(begun % side.connections()), questions[begun % questions.len()].clone());
            let sent = sent.clone();
            answers.spawn(async move {
                sent.fetch_add(1, Ordering::Relaxed);
                ask(client, question).await
            });
            begun += 1;
        }
    }
    let in_time = sent.load(Ordering::Relaxed) as f64 / (OFFERED.as_secs_f64() * per_second);
    anyhow::ensure!(
        in_time >= IN_TIME,
        "whoever asks is too slow: {in_time:.2} of the load was sent in time"
    );
    while let Some(became) = answers.join_next().await {
        answered.count(became??);
    }
    let Answered { whole, refused, in_vain } = answered;
    tracing::info!(whole, refused, in_vain, "{begun} were asked for at {per_second:.0} a second");
    Ok(whole as f64 / beginning.elapsed().as_secs_f64())
}

/// What became of a request.
enum Became {
    /// It was answered with all parts.
    Whole,
    /// It was refused for a while, as one more than can be answered.
    Refused,
    /// It was let in, and the answer came too late, or without a part that did.
    InVain,
}

/// How many requests became what.
#[derive(Debug, Default)]
struct Answered {
    whole: usize,
    refused: usize,
    in_vain: usize,
}

impl Answered {
    fn count(&mut self, became: Became) {
        match became {
            Became::Whole => self.whole += 1,
            Became::Refused => self.refused += 1,
            Became::InVain => self.in_vain += 1,
        }
    }
}

/// What is looked at of a profile. To make a tree of all of it would cost whoever asks more than the answer cost.
#[derive(Deserialize)]
struct Profile {
    missing: Vec<IgnoredAny>,
}

/// The same of a refusal.
#[derive(Deserialize)]
struct Refusal {
    error: Problem,
}

#[derive(Deserialize)]
struct Problem {
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    reason: String,
}

/// What became of a question. An answer that is no whole profile must be one of the two that are documented: with parts missing, or
/// refused for a while.
async fn ask(client: Http, question: <ByRest as Asks>::Question) -> anyhow::Result<Became> {
    let (status, body) = answer(&client, question).await?;
    if status.is_success() {
        let profile: Profile = serde_json::from_slice(&body)?;
        return Ok(if profile.missing.is_empty() { Became::Whole } else { Became::InVain });
    }
    let refusal: Refusal = serde_json::from_slice(&body)?;
    let reason = refusal.error.details.first().map_or("", |detail| detail.reason.as_str());
    match (status, reason) {
        (StatusCode::TOO_MANY_REQUESTS, "OVERLOADED") => Ok(Became::Refused),
        (StatusCode::GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED") => Ok(Became::InVain),
        _ => anyhow::bail!("refused by {status}: {reason}"),
    }
}
