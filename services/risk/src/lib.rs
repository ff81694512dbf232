//! Risk: predicts which enterprises of the key fields deserve attention, by a general and a professional model
//! ("通用+专业", R28 to R31; state machine 5), and finds in the complaints whom people complain of more than of others (R7 to R13;
//! state machine 4).
//!
//! It owns classes, the runs that compute them, the classes that the province has given, and the log of who read them. It keeps a copy of
//! what registry and collection tell, and of each piece only what the conditions of the models make of it; the models are data of the
//! rulebook. A class is no evaluation and no ground for punishment: it is never published, exempts nobody from a draw, and no row leaves
//! without a row in the log of reads. Risk lists nobody, refuses nothing and decides nothing alone: a run takes effect when a second person
//! approves it, once the line offices have looked at samples of it ([`machines::sample`]), and a signal becomes an attention flag by a
//! person's confirmation alone. What takes effect without that is data: the combination says which results do, by what has happened and by
//! whether the class gets riskier ([`domain::combine::effect`]); the others wait. The versions of the models, too, begin and end by two
//! persons ([`machines::model`]).
//!
//! Start reading at [`domain::model`], what a model is; then [`domain::scoring`], the one function that a full run and the
//! re-score of one enterprise share; then [`runner`] and [`store`]. Whether a model helps is asked of [`domain::backtest`]; how
//! complaints are analysed is told in [`domain::signal`].

mod api;
mod background;
mod config;
mod convert;
pub mod domain;
mod error;
mod follow;
pub mod machines;
pub mod rules;
pub mod runner;
pub mod store;

use std::sync::Arc;

use anyhow::Context;
use contract::risk::v1::backtests_server::BacktestsServer;
use contract::risk::v1::classes_server::ClassesServer;
use contract::risk::v1::dossiers_server::DossiersServer;
use contract::risk::v1::flags_server::FlagsServer;
use contract::risk::v1::models_server::ModelsServer;
use contract::risk::v1::overrides_server::OverridesServer;
use contract::risk::v1::provincial_classes_server::ProvincialClassesServer;
use contract::risk::v1::runs_server::RunsServer;
use contract::risk::v1::signals_server::SignalsServer;
use feed::{Follower, Host};
use rulebook::Rulebook;
use service::Shutdown;
use tokio::net::TcpListener;

pub use config::Config;
pub use error::Error;

use crate::api::Api;
use crate::background::Bells;
use crate::follow::{Complaints, Evidence};
use crate::store::{Act, Store};

/// Serves risk on a bound listener until the shutdown begins and open requests have ended.
///
/// # Errors
/// When the configuration, a model, the database or the transport cannot be used.
pub async fn serve(listener: TcpListener, config: Config, shutdown: Shutdown) -> anyhow::Result<()> {
    let book = rulebook(&config)?;
    let models = Arc::new(rules::models(&book).context("a model cannot be used")?);
    let tables = [&store::MIGRATIONS];
    let mut host = Host::open("risk", &config.server, &config.host, &tables, book, shutdown).await?;
    let store = Store::new(host.db().clone(), host.outbox(), host.book().clone(), models);
    let act = Act::of_system("start", host.clock().now(), store.book());
    let book = host.book().clone();
    let store = store.register_models(&rules::model_files(&book), &act).await?;
    let bells = Bells::default();
    background::prepare(&store).await?;
    background::start(&mut host, &store, &bells);
    follow_peers(&mut host, &config, &store, &bells)?;

    let api = Api::new(store, host.clock(), bells.runs_wait);
    let figures = host.figures(store::FIGURES);
    let served = host.serve(listener, |server| {
        server
            .with(ModelsServer::new(api.clone()))
            .with(ClassesServer::new(api.clone()))
            .with(DossiersServer::new(api.clone()))
            .with(OverridesServer::new(api.clone()))
            .with(ProvincialClassesServer::new(api.clone()))
            .with(RunsServer::new(api.clone()))
            .with(BacktestsServer::new(api.clone()))
            .with(SignalsServer::new(api.clone()))
            .with(FlagsServer::new(api))
            .with(figures.into_service())
    });
    Ok(served.await?)
}

fn rulebook(config: &Config) -> anyhow::Result<Arc<Rulebook>> {
    match &config.rulebook {
        Some(folder) => Ok(Arc::new(Rulebook::from_dir(folder)?)),
        None => Ok(Rulebook::builtin()),
    }
}

/// Two projections, each filled from two feeds.
fn follow_peers(host: &mut Host, config: &Config, store: &Store, bells: &Bells) -> anyhow::Result<()> {
    let evidence = Evidence::new(store.clone(), bells.evidence_came.clone());
    let complaints = Complaints::new(store.clone(), bells.complaints_still.clone());
    for (url, feed) in [(&config.registry_url, "registry"), (&config.collection_url, "collection")] {
        let evidence = evidence.clone();
        host.follow(url.as_deref(), feed, |db, source| Follower::projection(db, source, evidence))?;
        let complaints = complaints.clone();
        host.follow(url.as_deref(), feed, |db, source| Follower::projection(db, source, complaints))?;
    }
    Ok(())
}
