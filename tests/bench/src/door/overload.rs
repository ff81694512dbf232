//! `overload`: profiles that are answered whole while three times as many are asked for as can be.
//!
//! The capacity is what a closed loop gets: as many clients as in every other bench, each of which asks again when it has its
//! answer. Then requests are sent on a clock, three times as many a second, whatever becomes of them. Both go over the same
//! connections, one after the other, and look at each answer alike: they differ in the load alone. Whoever asks runs beside the city
//! on the same cores, so what refusing costs counts as well. A profile that lacks a part does not count as answered; whoever is not
//! answered must be told so in the documented form.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::StatusCode;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tonic::Status;

use super::City;
use super::asks::{ByRest, Http, answer};
use crate::load::{self, Asks};
use crate::report::{Better, Figure, Measure, median};

/// How many times the capacity is offered.
const TIMES: f64 = 3.0;
/// How long.
const OFFERED: Duration = Duration::from_secs(5);
/// Time between two sendings.
const TICK: Duration = Duration::from_millis(2);
/// Connections, so many that none of them holds requests back: a server answers 256 at once on each.
const CONNECTIONS: usize = 64;

const GOODPUT: Measure = Measure {
    bench: "overload",
    figure: "goodput",
    unit: "requests/s",
    baseline_name: "the capacity in a closed loop; offered is three times as much",
    target: Some(0.8),
    better: Better::Higher,
};

/// Measures.
pub(crate) async fn overload(rounds: u32) -> anyhow::Result<Vec<Figure>> {
    // Nothing is kept: what is answered from memory costs the gateway less than the client.
    let city = City::start(vec!["--cache-seconds=0".to_owned()]).await?;
    let gateway = city.house.addresses().gateway.clone();
    let closed =
        Closed::over(ByRest::connect_by(CONNECTIONS, &gateway, &city.bearer, city.paths("/profile"))?);
    let (mut capacities, mut goodputs) = (Vec::new(), Vec::new());
    load::round(&closed).await?;
    for _ in 0..rounds {
        let capacity = load::round(&closed).await?.per_second();
        goodputs.push(offer(&closed.side, capacity * TIMES).await?);
        capacities.push(capacity);
    }
    city.house.stop().await;
    Ok(vec![GOODPUT.figure(median(goodputs), median(capacities))])
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
        ((0..CONNECTIONS).map(|connection| self.side.client(connection)).collect(), self.asked.clone())
    }

    fn questions(&self) -> Vec<Self::Question> {
        self.side.questions()
    }

    async fn ask((connections, asked): &mut Self::Client, question: Self::Question) -> Result<(), Status> {
        let turn = asked.fetch_add(1, Ordering::Relaxed) % CONNECTIONS;
        match ask(connections[turn].clone(), question).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Status::unavailable("less than the capacity is not answered whole")),
            Err(problem) => Err(Status::unknown(problem.to_string())),
        }
    }
}

/// Sends this many requests a second, and answers how many a second were answered whole.
async fn offer(side: &ByRest, per_second: f64) -> anyhow::Result<f64> {
    let questions = Arc::new(side.questions());
    let (mut sent, mut whole, mut answers) = (0_usize, 0_usize, JoinSet::new());
    let mut tick = tokio::time::interval(TICK);
    // A late clock sends what it owes at once: the load is what was promised.
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let begun = Instant::now();
    while begun.elapsed() < OFFERED {
        tick.tick().await;
        // Whoever was answered is let go at once: a hundred thousand tasks that have ended would cost more memory than the city.
        while let Some(answered) = answers.try_join_next() {
            whole += usize::from(answered??);
        }
        let owed = (begun.elapsed().as_secs_f64() * per_second) as usize;
        while sent < owed {
            let (client, question) =
                (side.client(sent % CONNECTIONS), questions[sent % questions.len()].clone());
            answers.spawn(ask(client, question));
            sent += 1;
        }
    }
    while let Some(answered) = answers.join_next().await {
        whole += usize::from(answered??);
    }
    Ok(whole as f64 / begun.elapsed().as_secs_f64())
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

/// Whether the answer is a whole profile. What is none must be one of the two that are documented: with parts missing, or refused for
/// a while.
async fn ask(client: Http, question: <ByRest as Asks>::Question) -> anyhow::Result<bool> {
    let (status, body) = answer(&client, question).await?;
    if status.is_success() {
        let profile: Profile = serde_json::from_slice(&body)?;
        return Ok(profile.missing.is_empty());
    }
    let refusal: Refusal = serde_json::from_slice(&body)?;
    let reason = refusal.error.details.first().map_or("", |detail| detail.reason.as_str());
    let is_documented = match status {
        StatusCode::TOO_MANY_REQUESTS => reason == "OVERLOADED",
        StatusCode::GATEWAY_TIMEOUT => reason == "DEADLINE_EXCEEDED",
        _ => false,
    };
    anyhow::ensure!(is_documented, "refused by {status}: {reason}");
    Ok(false)
}
