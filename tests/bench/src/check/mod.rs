//! `check`: `CheckParty` of a real punishment service beside a bare tonic echo.
//!
//! The service holds 200,000 entries for five million parties (`--entries`, `--parties`); 20,000 of the parties are asked about again and
//! again, so one answer in twenty-five names an entry and its measures. The echo sends messages of the very same encoded sizes. All
//! sides have the same clients, connections and requests under way, in this process, on the same cores, by turns: single checks, the
//! echo, and batches of 1,000. Apart, behind them, single checks with and without signed receipts, four times as many under way, because
//! nobody has a receipt before the disk has it. How soon an entry is told is measured apart ([`effective`]).

mod asks;
mod effective;
mod parties;

use contract::punishment::v1::parties_client::PartiesClient;
use contract::punishment::v1::{CheckPartyRequest, PartyCheck};
use db::DatabaseUrl;
use prost::Message;
use standalone::clients::Bearer;

use crate::echo::{Echo, Sizes};
use crate::host::{Keys, Running};
use crate::load::{self, MANY_UNDER_WAY, Round};
use crate::report::{Better, Figure, Measure, median};
use asks::{Batches, Singles, question};

pub(crate) use parties::Town;

/// Office of the asking system.
const OFFICE: &str = "APPROVAL";
/// Parties of a batch.
const BATCH: usize = 1_000;
const BASELINE: &str = "bare tonic echo, same message sizes and connections";
const THROUGHPUT: Measure = Measure {
    bench: "check",
    figure: "throughput",
    unit: "requests/s",
    baseline_name: BASELINE,
    target: Some(0.8),
    better: Better::Higher,
};
const P99: Measure = Measure {
    bench: "check",
    figure: "p99",
    unit: "ms",
    baseline_name: BASELINE,
    target: Some(2.0),
    better: Better::Lower,
};
const PER_PARTY: Measure = Measure {
    bench: "check",
    figure: "batch",
    unit: "us/party",
    baseline_name: "per party in batches of 1,000; ours is by single calls",
    target: Some(20.0),
    better: Better::Higher,
};
const SIGNED: Measure = Measure {
    bench: "check",
    figure: "signed",
    unit: "requests/s",
    baseline_name: "the same checks without receipts",
    target: Some(0.3),
    better: Better::Higher,
};

/// Measures.
pub(crate) async fn run(
    rounds: u32,
    town: Town,
    postgres: Option<&DatabaseUrl>,
) -> anyhow::Result<Vec<Figure>> {
    let keys = Keys::new()?;
    let mut figures = beside_the_echo(rounds, town, &keys).await?;
    figures.extend(effective::run(&keys, town, postgres).await?);
    Ok(figures)
}

async fn beside_the_echo(rounds: u32, town: Town, keys: &Keys) -> anyhow::Result<Vec<Figure>> {
    let (setting, url) = crate::host::sqlite(keys.folder(), "punishment.db");
    parties::list(&url, town).await?;
    let mut config: punishment::Config = keys.config("punishment", &setting)?;
    config.host.checkpoint_key = Some(keys.signing_key("punishment")?);
    let service = Running::start(|listener, shutdown| punishment::serve(listener, config, shutdown)).await?;
    let bearer = keys.officer(OFFICE)?;
    let usccs = town.questions();
    let echo = Echo::start().await?;
    let sizes = sizes(&service, &bearer, &usccs, town).await?;

    let ours = Singles::connect(&service, &bearer, &usccs, false)?;
    let theirs = echo.connect(&sizes)?;
    let batches = Batches::connect(&service, &bearer, &usccs)?;
    let mut taken = Rounds::default();
    // The first round of each side warms it up.
    for round in 0..=rounds {
        let (our, their) = (load::round(&ours).await?, load::round(&theirs).await?);
        let batch = load::round(&batches).await?;
        if round > 0 {
            taken.ours.push(our);
            taken.theirs.push(their);
            taken.batches.push(batch);
        }
    }
    let mut figures = taken.figures();
    drop((ours, theirs, batches));
    figures.push(signed(rounds, &service, &bearer, &usccs).await?);
    service.stop().await?;
    Ok(figures)
}

/// Checks with receipts beside checks without, on connections of their own.
async fn signed(rounds: u32, service: &Running, bearer: &Bearer, usccs: &[String]) -> anyhow::Result<Figure> {
    let with = Singles::connect(service, bearer, usccs, true)?;
    let without = Singles::connect(service, bearer, usccs, false)?;
    let (mut signed, mut unsigned) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let receipts = load::round_with(&with, MANY_UNDER_WAY).await?;
        let none = load::round_with(&without, MANY_UNDER_WAY).await?;
        if round > 0 {
            signed.push(receipts.per_second());
            unsigned.push(none.per_second());
        }
    }
    Ok(SIGNED.figure(median(signed), median(unsigned)))
}

/// What the rounds of each side took.
#[derive(Default)]
struct Rounds {
    ours: Vec<Round>,
    theirs: Vec<Round>,
    batches: Vec<Round>,
}

impl Rounds {
    fn figures(&self) -> Vec<Figure> {
        let middle = |rounds: &[Round], of: fn(&Round) -> f64| median(rounds.iter().map(of).collect());
        let (ours, theirs) = (middle(&self.ours, Round::per_second), middle(&self.theirs, Round::per_second));
        let parties = middle(&self.batches, Round::per_second) * BATCH as f64;
        vec![
            THROUGHPUT.figure(ours, theirs),
            P99.figure(middle(&self.ours, Round::p99_ms), middle(&self.theirs, Round::p99_ms)),
            PER_PARTY.figure(1e6 / ours, 1e6 / parties),
        ]
    }
}

/// Encoded sizes of each question and its answer. Every answer is looked at, so that what is measured is known to be right.
async fn sizes(
    service: &Running,
    bearer: &Bearer,
    usccs: &[String],
    town: Town,
) -> anyhow::Result<Vec<Sizes>> {
    let mut client = PartiesClient::new(service.connect_as(bearer)?);
    let mut sizes = Vec::with_capacity(usccs.len());
    let mut listed = 0;
    for uscc in usccs {
        let question: CheckPartyRequest = question(uscc, false);
        let request = question.encoded_len();
        let answer: PartyCheck = client.check_party(question).await?.into_inner();
        anyhow::ensure!(answer.uscc == *uscc, "the answer is about another party");
        anyhow::ensure!(answer.entries.is_empty() != town.is_listed(uscc), "{uscc} is answered wrongly");
        listed += usize::from(!answer.entries.is_empty());
        sizes.push(Sizes { request, answer: answer.encoded_len() });
    }
    let share = listed as f64 / usccs.len() as f64;
    anyhow::ensure!(
        (0.5..2.0).contains(&(share / town.share_listed())),
        "of the parties asked about {listed} are listed: not the share of the town"
    );
    Ok(sizes)
}
