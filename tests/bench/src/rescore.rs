//! `rescore`: from the accepted record to the visible class. Every service of a demo city runs in this process; penalties are
//! accepted through the import stream of collection at a steady pace, and each clock runs from the answer that says the record
//! is durable until `GetClass` of risk shows a class that rests on it, in effect or waiting for an officer as the rulebook says.
//!
//! `GetClass` is asked again after a short pause, and each answer is a durable row in the log of reads: both are part of the
//! time. Records come at their times whether earlier ones are visible or not.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use contract::collection::v1::{ImportRecordsRequest, Record, record::Content};
use contract::risk::v1::{GetClassRequest, ListClassesRequest, RiskClass};
use domain::{MicrosUtc, shanghai_date};
use standalone::clients::Clients;
use standalone::demo::city::City;
use standalone::house::{House, Officer, Options};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::poll::until;
use crate::report::{Better, Figure, Measure, median};
use crate::startup::{demo, program};

/// Records accepted a second.
const PER_SECOND: usize = 10;
/// Records of a round that count.
const COUNTED: usize = 200;
/// Records at the beginning that do not: caches fill, statements are prepared.
const WARM_UP: usize = 20;
/// Longest wait for a class.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is promised.
const PROMISED_MS: f64 = 50.0;
/// Enterprises and seed of the demo city.
const CITY: (usize, u64) = (2_000, 177);

const P99: Measure = Measure {
    bench: "rescore",
    figure: "p99",
    unit: "ms",
    baseline_name: "the promise: 50 ms from accepted to visible",
    target: Some(1.0),
    better: Better::Lower,
};

/// Measures on a demo city: the one in `city`, or one that is made.
pub(crate) async fn run(rounds: u32, city: Option<&Path>) -> anyhow::Result<Vec<Figure>> {
    let work = tempfile::tempdir()?;
    let folder = match city {
        Some(city) => city.to_owned(),
        None => {
            let (size, seed) = (CITY.0.to_string(), CITY.1.to_string());
            let more = ["--enterprises", &size, "--seed", &seed];
            demo(&program()?, &work.path().join("city"), &more).await?
        }
    };
    let house = House::start(&Options::on_free_ports(folder)).await?;
    let measured = measure(&house, rounds).await;
    house.stop().await;
    let (p50, p99) = measured?;
    Ok(vec![
        Measure { figure: "p50", target: None, ..P99 }.figure(p50, PROMISED_MS),
        P99.figure(p99, PROMISED_MS),
    ])
}

async fn measure(house: &House, rounds: u32) -> anyhow::Result<(f64, f64)> {
    let importer = house.clients(&Officer::of_city("bench-importer", "LEGAL"))?;
    let reader = house.clients(&Officer::of_city("bench-reader", "CREDIT"))?;
    let (size, seed) = CITY;
    let city = City::generate(seed, size, shanghai_date(MicrosUtc::now()));
    let pattern = Pattern::of(city)?;
    let classes = classes(&reader).await?;
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let mut took = round(&importer, &reader, &classes, &pattern).await?;
        took.sort_by(f64::total_cmp);
        p50.push(took[took.len() / 2]);
        p99.push(took[took.len() * 99 / 100]);
    }
    Ok((median(p50), median(p99)))
}

/// A penalty as the demo city has them, and the names of its enterprises.
struct Pattern {
    penalty: Record,
    names: HashMap<String, String>,
}

impl Pattern {
    fn of(city: City) -> anyhow::Result<Self> {
        let penalty = city
            .records
            .into_iter()
            .filter(|record| record.field == "FOOD" && matches!(record.content, Some(Content::Penalty(_))))
            // The latest: an early one lies outside the windows of the models and changes no class.
            .max_by(|one, other| one.decided_on.cmp(&other.decided_on));
        let names = city.enterprises.into_iter().map(|entry| (entry.uscc, entry.legal_name)).collect();
        Ok(Self { penalty: penalty.context("the demo city has a penalty")?, names })
    }

    /// Another penalty of the same kind, for the enterprise of a class.
    fn record(&self, class: &RiskClass) -> Record {
        let id = Uuid::new_v4().simple().to_string();
        Record {
            uscc: class.uscc.clone(),
            party_name: self.names.get(&class.uscc).cloned().unwrap_or_default(),
            document_no: format!("济市监罚〔2026〕{}号", &id[..10]),
            ..self.penalty.clone()
        }
    }
}

/// Enough classes in the field for one round.
async fn classes(reader: &Clients) -> anyhow::Result<Vec<RiskClass>> {
    let request = ListClassesRequest {
        field: "FOOD".to_owned(),
        purpose: "bench".to_owned(),
        page_size: i32::try_from(COUNTED + WARM_UP)?,
        ..ListClassesRequest::default()
    };
    let classes = reader.classes().list_classes(request).await?.into_inner().classes;
    anyhow::ensure!(classes.len() == COUNTED + WARM_UP, "the city has only {} classes", classes.len());
    Ok(classes)
}

/// One record for each enterprise, at a steady pace; milliseconds until each class was visible.
async fn round(
    importer: &Clients,
    reader: &Clients,
    classes: &[RiskClass],
    pattern: &Pattern,
) -> anyhow::Result<Vec<f64>> {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(PER_SECOND)?);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut waiting = JoinSet::new();
    for (number, class) in classes.iter().enumerate() {
        ticks.tick().await;
        let (importer, reader) = (importer.clone(), reader.clone());
        let (record, name) = (pattern.record(class), class.name.clone());
        waiting.spawn(
            async move { anyhow::Ok((number, visible_after(&importer, &reader, record, name).await?)) },
        );
    }
    let mut took = Vec::with_capacity(classes.len());
    while let Some(done) = waiting.join_next().await {
        let (number, time) = done??;
        if number >= WARM_UP {
            took.push(time.as_secs_f64() * 1_000.0);
        }
    }
    Ok(took)
}

/// Time from the answer that the record is durable until the class rests on it.
async fn visible_after(
    importer: &Clients,
    reader: &Clients,
    record: Record,
    name: String,
) -> anyhow::Result<Duration> {
    let before = class(reader, &name).await?;
    let request = ImportRecordsRequest { records: vec![record], request_id: Uuid::new_v4().to_string() };
    let mut answers = importer.records().import_records(tokio_stream::iter([request])).await?.into_inner();
    let answer = answers.message().await?.context("the stream has ended")?;
    let accepted = Instant::now();
    anyhow::ensure!(answer.attached == 1, "the record was not taken: {:?}", answer.rejected);
    until(&format!("{name} changes"), PATIENCE, async || {
        let now = class(reader, &name).await?;
        // A result that the rulebook puts before an officer first is visible beside the class that stands until then.
        let rests_on_it = now.revision > before.revision || now.waiting != before.waiting;
        Ok(rests_on_it.then(|| accepted.elapsed()))
    })
    .await
}

async fn class(reader: &Clients, name: &str) -> anyhow::Result<RiskClass> {
    let request = GetClassRequest { name: name.to_owned(), purpose: "bench".to_owned() };
    Ok(reader.classes().get_class(request).await?.into_inner())
}
