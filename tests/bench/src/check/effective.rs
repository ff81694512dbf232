//! `effective`: from the decision to the answer that tells of it. An officer decides through one replica of the service, a licensing
//! system asks another until the entry is there. The clock runs from the moment the decision is sent: its way, its commit and the ways of
//! the questions are part of the time.
//!
//! On SQLite there is one process, which both decides and answers; on PostgreSQL there are two replicas over one database.

use std::time::{Duration, Instant};

use contract::punishment::v1::abnormal_directory_client::AbnormalDirectoryClient;
use contract::punishment::v1::parties_client::PartiesClient;
use contract::punishment::v1::{AbnormalEntry, AdvanceAbnormalEntryRequest, CreateAbnormalEntryRequest};
use db::DatabaseUrl;
use service::config::ServerConfig;
use standalone::clients::Authorised;
use uuid::Uuid;

use super::OFFICE;
use super::asks::question;
use super::parties::{self, Town, uscc};
use crate::host::{Keys, Running};
use crate::places::{Place, Places};
use crate::poll::until;
use crate::report::{self, Better, Figure, Measure};

/// Decisions that count.
const COUNTED: u32 = 300;
/// Decisions at the beginning that do not: caches fill, statements are prepared.
const WARM_UP: u32 = 20;
/// Longest wait for an entry.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is promised, in milliseconds.
const BOUND_MS: f64 = 50.0;
/// Setting that the place's own address takes the place of.
const PLACEHOLDER: &str = "sqlite:placeholder.db";

const EFFECTIVE: Measure = Measure {
    bench: "check",
    figure: "effective",
    unit: "ms p99",
    baseline_name: "the bound: 50 ms from the decision to an answer that tells of it",
    target: Some(1.0),
    better: Better::Lower,
};
const EFFECTIVE_REPLICA: Measure = Measure { figure: "effective_replica", ..EFFECTIVE };

/// Measures on SQLite, and across two replicas when a PostgreSQL server is named.
pub(super) async fn run(
    keys: &Keys,
    town: Town,
    postgres: Option<&DatabaseUrl>,
) -> anyhow::Result<Vec<Figure>> {
    let place = Places::Sqlite(keys.folder().to_owned()).fresh("effective").await?;
    let mut figures = vec![EFFECTIVE.figure(p99_ms(keys, town, &place, false).await?, BOUND_MS)];
    place.remove().await?;
    match postgres {
        Some(server) => {
            let place = Places::Postgres(server.clone()).fresh("effective").await?;
            figures.push(EFFECTIVE_REPLICA.figure(p99_ms(keys, town, &place, true).await?, BOUND_MS));
            place.remove().await?;
        }
        None => {
            let remedy = "name a server with --postgres or TEST_POSTGRES_URL";
            report::not_measured("effective across two replicas", remedy);
        }
    }
    Ok(figures)
}

async fn p99_ms(keys: &Keys, town: Town, place: &Place, two: bool) -> anyhow::Result<f64> {
    parties::list(&place.url, town).await?;
    let deciding = replica(keys, place).await?;
    let answering = if two { Some(replica(keys, place).await?) } else { None };
    let mut officers = Officers {
        first: AbnormalDirectoryClient::new(deciding.connect_as(&keys.person("bench-wang", "DISTRICT")?)?),
        second: AbnormalDirectoryClient::new(deciding.connect_as(&keys.person("bench-li", "DISTRICT")?)?),
    };
    let asked = answering.as_ref().unwrap_or(&deciding);
    let parties = PartiesClient::new(asked.connect_as(&keys.officer(OFFICE)?)?);
    let mut took_ms = Vec::new();
    for number in 0..WARM_UP + COUNTED {
        // Numbers past those of the town: nothing stands against these parties yet.
        let uscc = uscc(9_999_999 - number);
        let name = officers.proposed(&uscc).await?;
        let decided = Instant::now();
        officers.decide(&name).await?;
        visible(&parties, &uscc).await?;
        if number >= WARM_UP {
            took_ms.push(decided.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    drop((officers, parties));
    for replica in [Some(deciding), answering].into_iter().flatten() {
        replica.stop().await?;
    }
    took_ms.sort_by(f64::total_cmp);
    Ok(took_ms[took_ms.len() * 99 / 100])
}

async fn replica(keys: &Keys, place: &Place) -> anyhow::Result<Running> {
    let parsed: punishment::Config = keys.config("punishment", PLACEHOLDER)?;
    let server = ServerConfig { database: place.url.clone(), ..parsed.server };
    let config = punishment::Config { server, ..parsed };
    Running::start(|listener, shutdown| punishment::serve(listener, config, shutdown)).await
}

async fn visible(parties: &PartiesClient<Authorised>, uscc: &str) -> anyhow::Result<()> {
    until("an answer that tells of the entry", PATIENCE, || {
        let mut parties = parties.clone();
        async move {
            let check = parties.check_party(question(uscc, false)).await?.into_inner();
            Ok((!check.entries.is_empty()).then_some(()))
        }
    })
    .await
}

/// Two officers: who proposes may not decide.
struct Officers {
    first: AbnormalDirectoryClient<Authorised>,
    second: AbnormalDirectoryClient<Authorised>,
}

impl Officers {
    /// An entry that waits for its decision.
    async fn proposed(&mut self, uscc: &str) -> anyhow::Result<String> {
        let entry = AbnormalEntry {
            uscc: uscc.to_owned(),
            party_name: "济南泉福食品有限公司".to_owned(),
            division: "370102".to_owned(),
            ground: "3".to_owned(),
            ..AbnormalEntry::default()
        };
        let request =
            CreateAbnormalEntryRequest { entry: Some(entry), request_id: Uuid::new_v4().to_string() };
        let name = self.first.create_abnormal_entry(request).await?.into_inner().name;
        for event in ["Verify", "Propose"] {
            self.first.advance_abnormal_entry(advance(&name, event)).await?;
        }
        Ok(name)
    }

    async fn decide(&mut self, name: &str) -> anyhow::Result<()> {
        self.second.advance_abnormal_entry(advance(name, "Decide")).await?;
        Ok(())
    }
}

fn advance(name: &str, event: &str) -> AdvanceAbnormalEntryRequest {
    AdvanceAbnormalEntryRequest {
        name: name.to_owned(),
        event: event.to_owned(),
        document_no: "济市监异〔2026〕1号".to_owned(),
        reason: "两次专用信函均无人签收".to_owned(),
        legal_basis: "《企业经营异常名录管理办法》".to_owned(),
        request_id: Uuid::new_v4().to_string(),
        ..AdvanceAbnormalEntryRequest::default()
    }
}
