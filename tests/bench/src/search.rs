//! `search`: `SearchEnterprises` of a real registry with 150,000 enterprises, beside the engine's own `LIKE`.
//!
//! What is sought is what officers type: a name without its form, the middle of a name, two characters of it, two parts with a
//! blank between, and words that half of all names hold. Both sides answer the first 20; ours by the transport, with a token.

use std::path::Path;
use std::time::Instant;

use contract::registry::v1::enterprises_client::EnterprisesClient;
use contract::registry::v1::{Enterprise, ImportEnterprisesRequest, SearchEnterprisesRequest};
use db::{Db, on};
use domain::Uscc;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use standalone::clients::Authorised;
use tokio_stream::StreamExt;

use crate::host::{Keys, Running};
use crate::names::data;
use crate::report::{Better, Figure, Measure, median};

/// Enterprises with names of their own; the rest of the city are branches of some of them.
const COMPANIES: usize = 130_000;
const ENTERPRISES: usize = 150_000;
/// Searches of a round.
const SOUGHT: usize = 2_000;
/// Of them, those that the engine does too: it is slow.
const SCANNED: usize = 40;
const SHOWN: i32 = 20;
const ROWS_OF_MESSAGE: usize = 5_000;
const SEED: u64 = 45;
/// Office that registers and searches.
const OFFICE: &str = "LEGAL";

const P99: Measure = Measure {
    bench: "search",
    figure: "p99",
    unit: "ms",
    baseline_name: "what was asked for: 5 ms",
    target: Some(1.0),
    better: Better::Lower,
};
const P99_TO_REACH_MS: f64 = 5.0;
const LIKE: Measure = Measure {
    figure: "p99_like",
    baseline_name: "median of LIKE over the same table, SQLite",
    target: None,
    ..P99
};

/// Measures with the shared data in `folder`.
pub(crate) async fn run(rounds: u32, folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let names = city(folder)?;
    let keys = Keys::new()?;
    let (setting, url) = crate::host::sqlite(keys.folder(), "registry.db");
    let config: registry::Config = keys.config("registry", &setting)?;
    let service = Running::start(|listener, shutdown| registry::serve(listener, config, shutdown)).await?;
    let mut client = EnterprisesClient::new(service.connect_as(&keys.officer(OFFICE)?)?);
    register(&mut client, &names).await?;
    let db = Db::open(&url).await?;
    let sought = sought(&names);
    let (mut p99s, mut scans) = (Vec::new(), Vec::new());
    // The first round warms up, and waits until the feed has told every name.
    for round in 0..=rounds {
        let (p99, scan) = (search(&mut client, &sought).await?, like(&db, &sought[..SCANNED]).await?);
        if round > 0 {
            p99s.push(p99);
            scans.push(scan);
        }
    }
    db.close().await;
    service.stop().await?;
    let p99 = median(p99s);
    Ok(vec![P99.figure(p99, P99_TO_REACH_MS), LIKE.figure(p99, median(scans))])
}

fn city(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = data::names(folder, COMPANIES)?;
    anyhow::ensure!(names.len() == COMPANIES, "only {} names are there", names.len());
    let branches: Vec<String> =
        names[..ENTERPRISES - COMPANIES].iter().map(|name| format!("{name}历下分公司")).collect();
    names.extend(branches);
    Ok(names)
}

async fn register(client: &mut EnterprisesClient<Authorised>, names: &[String]) -> anyhow::Result<()> {
    let mut messages = Vec::new();
    for (number, names) in names.chunks(ROWS_OF_MESSAGE).enumerate() {
        let row = |(serial, name): (usize, &String)| {
            let uscc = Uscc::compose("91370102", &format!("{:08}", number * ROWS_OF_MESSAGE + serial))?;
            Ok(Enterprise {
                uscc: uscc.to_string(),
                legal_name: name.clone(),
                party_kind: "legal_or_unincorporated".to_owned(),
                division: "370102".to_owned(),
                ..Enterprise::default()
            })
        };
        let enterprises = names.iter().enumerate().map(row).collect::<anyhow::Result<_>>()?;
        let request_id = uuid::Uuid::new_v4().to_string();
        messages.push(ImportEnterprisesRequest { enterprises, request_id });
    }
    let mut answers = client.import_enterprises(tokio_stream::iter(messages)).await?.into_inner();
    let mut created = 0;
    while let Some(answer) = answers.next().await {
        created += answer?.created;
    }
    anyhow::ensure!(created == i64::try_from(names.len())?, "only {created} enterprises were registered");
    Ok(())
}

/// What officers type, and a text that `LIKE` finds the same or more by.
fn sought(names: &[String]) -> Vec<String> {
    const COMMON: [&str; 5] = ["济南", "食品", "有限公司", "济南 食品", "山东"];
    let mut random = StdRng::seed_from_u64(SEED);
    let mut one = |number: usize| {
        let name: Vec<char> = names[random.random_range(0..names.len())].chars().collect();
        let at = random.random_range(2..name.len() - 4);
        match number % 10 {
            0 => COMMON[number / 10 % COMMON.len()].to_owned(),
            1..4 => name[..name.len() - 4].iter().collect(),
            4..7 => name[2..(at + 3).min(name.len() - 4).max(4)].iter().collect(),
            7..9 => name[at..at + 2].iter().collect(),
            _ => format!(
                "{} {}",
                name[..2].iter().collect::<String>(),
                name[at..at + 2].iter().collect::<String>()
            ),
        }
    };
    (0..SOUGHT).map(&mut one).collect()
}

/// The p99 of our searches, in milliseconds. That something is found is looked at: each text is taken from a name.
async fn search(client: &mut EnterprisesClient<Authorised>, sought: &[String]) -> anyhow::Result<f64> {
    let mut times_ms = Vec::with_capacity(sought.len());
    for query in sought {
        let request =
            SearchEnterprisesRequest { query: query.clone(), page_size: SHOWN, ..Default::default() };
        let begun = Instant::now();
        let found = client.search_enterprises(request).await?.into_inner();
        times_ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
        anyhow::ensure!(!found.matches.is_empty(), "`{query}` is not found");
    }
    times_ms.sort_by(f64::total_cmp);
    Ok(times_ms[times_ms.len() * 99 / 100])
}

/// The median of the engine's searches, in milliseconds.
async fn like(db: &Db, sought: &[String]) -> anyhow::Result<f64> {
    const SQL: &str =
        "SELECT uscc FROM enterprise WHERE legal_name LIKE $1 ORDER BY length(legal_name) LIMIT 20";
    let mut times_ms = Vec::with_capacity(sought.len());
    for query in sought {
        let pattern = format!("%{}%", query.replace(' ', "%"));
        let begun = Instant::now();
        let found: Vec<String> =
            on!(db, |pool| sqlx::query_scalar(SQL).bind(&pattern).fetch_all(pool).await)?;
        times_ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
        std::hint::black_box(found);
    }
    Ok(median(times_ms))
}
