//! What the server says of itself: whether it serves, whether it knows the keys for tokens, and how something stands that it can do
//! without.

use std::time::Duration;

use db::Db;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    Shutdown,
    auth::{Authority, Supply},
};

/// Pause between two looks.
const INTERVAL: Duration = Duration::from_secs(2);
/// Name under which the health service tells of the keys for tokens: not serving while where they are published does not answer.
/// The server itself serves on with the keys of before.
const KEYS: &str = "xinjian.identity.keys";
/// Name under which the health service of a server that adapts tells of its load: not serving while it refuses what it could not answer in
/// time. The server itself serves on.
pub(super) const LOAD: &str = "xinjian.server.load";

/// What the answer depends on.
pub(super) struct Watched {
    pub(super) database: Option<Db>,
    pub(super) authority: Authority,
    pub(super) beside: Vec<Beside>,
}

/// Something that the server can do without, under a name of its own.
pub(super) struct Beside {
    pub(super) name: &'static str,
    pub(super) is_well: Box<dyn Fn() -> bool + Send + Sync>,
}

impl Watched {
    /// Whether requests can be answered: the database is there, and tokens can be verified.
    async fn serves(&self) -> bool {
        let database = match &self.database {
            Some(database) => database.ping().await.is_ok(),
            None => true,
        };
        database && self.authority.supply() != Supply::Missing
    }
}

/// Tells health watchers how things stand, and that the server goes when the shutdown begins.
pub(super) async fn report(
    health: HealthReporter,
    services: Vec<String>,
    watched: Watched,
    shutdown: Shutdown,
) {
    let mut reported = None;
    loop {
        let going = shutdown.has_begun();
        let serves = status(!going && watched.serves().await);
        let keys = status(!going && watched.authority.supply() == Supply::Fresh);
        let beside = watched.beside.iter();
        let beside: Vec<_> =
            beside.map(|beside| (beside.name, status(!going && (beside.is_well)()))).collect();
        let now = (serves, keys, beside);
        if reported.as_ref() != Some(&now) {
            for service in services.iter().map(String::as_str).chain([""]) {
                health.set_service_status(service, serves).await;
            }
            health.set_service_status(KEYS, keys).await;
            for (name, well) in &now.2 {
                health.set_service_status(*name, *well).await;
            }
            reported = Some(now);
        }
        if going {
            return;
        }
        tokio::select! {
            () = shutdown.begun() => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

fn status(good: bool) -> ServingStatus {
    if good { ServingStatus::Serving } else { ServingStatus::NotServing }
}
