//! A service that has nothing but a feed, and a subscriber of it.

use ::feed::Host;
use clap::Parser;
use contract::feed::v1::feed_client::FeedClient;
use contract::feed::v1::{SubscribeRequest, SubscribeResponse};
use db::Db;
use outbox::Outbox;
use rulebook::Rulebook;
use service::config::ServerConfig;
use tokio::sync::oneshot;
use tonic::Streaming;

use crate::host::{Keys, Running};
use crate::places::Place;

/// Setting that the place's own address takes the place of.
const PLACEHOLDER: &str = "sqlite:placeholder.db";

/// What every service with a feed reads from its surroundings.
#[derive(Clone, Debug, Parser)]
struct Config {
    #[command(flatten)]
    server: ServerConfig,
    #[command(flatten)]
    host: ::feed::host::Config,
}

/// The running service.
pub(super) struct Serving {
    running: Running,
    subscriber: FeedClient<standalone::clients::Authorised>,
    /// Its database; a commit through it rings the sealer, as a service's own commits do.
    pub(super) db: Db,
    /// Writes its events.
    pub(super) outbox: Outbox,
}

impl Serving {
    /// Starts it on an empty place.
    pub(super) async fn start(keys: &Keys, place: &Place) -> anyhow::Result<Self> {
        let parsed: Config = keys.config("feed", PLACEHOLDER)?;
        let server = ServerConfig { database: place.url.clone(), ..parsed.server };
        let (opened, inside) = oneshot::channel();
        let running = Running::start(|listener, shutdown| async move {
            let host = Host::open("bench", &server, &parsed.host, &[], Rulebook::builtin(), shutdown).await?;
            // Who waits for it has gone only if the benchmark has.
            let _ = opened.send((host.db().clone(), host.outbox()));
            Ok(host.serve(listener, |server| server).await?)
        })
        .await?;
        let (db, outbox) = inside.await?;
        let subscriber = FeedClient::new(running.connect_as(&keys.officer("SYSTEM")?)?);
        Ok(Self { running, subscriber, db, outbox })
    }

    /// A stream of everything from the first event on.
    pub(super) async fn subscribe(&self) -> anyhow::Result<Streaming<SubscribeResponse>> {
        let mut subscriber =
            self.subscriber.clone().max_decoding_message_size(contract::client::MAX_MESSAGE_BYTES);
        Ok(subscriber.subscribe(SubscribeRequest::default()).await?.into_inner())
    }

    /// Stops it.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        drop(self.subscriber);
        self.running.stop().await
    }
}
