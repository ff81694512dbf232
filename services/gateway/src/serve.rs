//! Putting the gateway together: two servers, one for officers and systems, one for everyone.

use std::{sync::Arc, time::Duration};

use axum::{Router, middleware::from_fn_with_state};
use contract::{
    gateway::v1::{
        dispatch_reports_server::DispatchReportsServer, profiles_server::ProfilesServer,
        work_lists_server::WorkListsServer,
    },
    public::v1::publications_server::PublicationsServer,
};
use rulebook::Rulebook;
use service::{
    Clock, Server, Shutdown, Tasks,
    auth::{Authority, TokenSource},
    redis::BadRedis,
    server::Grpc,
};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::{
    Config,
    api::{DispatchReportsApi, ProfilesApi, WorkListsApi},
    cache::Cache,
    forward::{self, Pass},
    peers::Peers,
    public::PublicationsApi,
    rates::{Addresses, Rates, with_address, within_address_rates, within_rates},
    redis_link::RedisLink,
    rest::{self, Admittance},
};

/// Name under which the health service tells of Redis, where there is one: not serving while it is away. The gateway itself serves on.
const REDIS: &str = "xinjian.gateway.redis";
/// Largest message in bytes that is taken from anyone: a question for a page is a few hundred.
const PUBLIC_MESSAGE: usize = 64 << 10;
/// Longest wait for the background loops at the end.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves officers and systems on `listener` and everyone on `public_listener`, until the shutdown begins and open
/// requests have ended. When one of the two fails, the other ends too.
///
/// # Errors
/// When the configuration or a transport cannot be used.
pub async fn serve(
    listener: TcpListener,
    public_listener: TcpListener,
    config: Config,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    let clock = Clock::System;
    let book = rulebook(&config)?;
    let authority =
        Authority::new(config.trust.keys()?, book.clone(), clock).knowing(config.secured.accounts()?);
    let identity = config.secured.identity()?;
    let peers = Peers::open(&config.peers, config.part_timeout(), identity.clone().map(Into::into).as_ref())?;
    let token = TokenSource::file(&config.token_file);
    let admittance = || Admittance {
        authority: authority.clone(),
        bodies: Arc::new(Semaphore::new(config.limits.max_in_flight as usize)),
        pause: config.limits.request_timeout(),
    };
    let (inside_admits, outside_admits) = (admittance(), admittance());

    let shared = Shared::new(&config, clock)?;
    let mut tasks = Tasks::new(shutdown.clone());
    shared.begin(&peers, &token, &mut tasks);
    let (cache, rates, told) = (shared.cache.clone(), shared.rates.clone(), shared.clone());
    let addresses =
        config.public_rate().map(|limit| Addresses::new(limit, config.public_address_header.clone(), clock));
    let redis = shared.has_redis().then_some(REDIS);
    let inside = Server::with_authority("gateway", config.limits, authority.clone())
        .with(ProfilesServer::new(ProfilesApi::new(peers.clone(), book.clone(), cache.clone())))
        .with(DispatchReportsServer::new(DispatchReportsApi::new(peers.clone(), book.clone(), clock)))
        .with(WorkListsServer::new(WorkListsApi::new(peers.clone(), book.clone())))
        .passing_on(forward::passed_on(), Grpc::new(Pass::new(peers.clone(), cache)))
        .behind(
            rates.map(|rates| move |routes: Router| routes.layer(from_fn_with_state(rates, within_rates))),
        )
        .telling(redis, move || told.redis_answers())
        .adapting()
        .with_http(rest::overloaded_inside(), move |grpc| rest::inside(grpc, inside_admits))
        .readable_from(config.cors_origins)
        .secured_by(identity.clone())
        .serve(listener, shutdown.clone());
    let named = addresses.clone();
    let outside = Server::with_authority("gateway-public", config.limits, authority)
        .with_for_everyone(
            PublicationsServer::new(PublicationsApi::new(peers, token, book, clock))
                .max_decoding_message_size(PUBLIC_MESSAGE),
        )
        .behind(addresses.map(|addresses| {
            move |routes: Router| routes.layer(from_fn_with_state(addresses, within_address_rates))
        }))
        .adapting()
        .with_http(rest::overloaded_outside(), move |grpc| match named {
            Some(addresses) => {
                rest::outside(grpc, outside_admits).layer(from_fn_with_state(addresses, with_address))
            }
            None => rest::outside(grpc, outside_admits),
        })
        .readable_from(config.public_cors_origins)
        .secured_by(identity)
        .serve(public_listener, shutdown.clone());

    let last = |served| {
        shutdown.begin();
        served
    };
    let (inside, outside) = tokio::join!(async { last(inside.await) }, async { last(outside.await) });
    tasks.drain(DRAIN).await;
    inside?;
    Ok(outside?)
}

/// The rulebook of the folder that is set, else that of the program.
fn rulebook(config: &Config) -> anyhow::Result<Arc<Rulebook>> {
    match &config.rulebook {
        Some(folder) => Ok(Arc::new(Rulebook::from_dir(folder)?)),
        None => Ok(Rulebook::builtin()),
    }
}

/// What the replicas of the gateway share, where there is a Redis server.
#[derive(Clone)]
struct Shared {
    cache: Option<Cache>,
    rates: Option<Rates>,
}

impl Shared {
    fn new(config: &Config, clock: Clock) -> Result<Self, BadRedis> {
        let redis = config.redis.server()?;
        let cache = config.cache().map(|bounds| Cache::new(bounds, redis.clone(), clock));
        let rates = config.rate().map(|limit| Rates::new(limit, redis, clock));
        Ok(Self { cache, rates })
    }

    /// Begins to listen to the services, and to watch Redis.
    fn begin(&self, peers: &Peers, token: &TokenSource, tasks: &mut Tasks) {
        if let Some(cache) = self.cache.clone() {
            cache.begin(peers, token, tasks);
            let shutdown = tasks.shutdown().clone();
            tasks.run("redis of the cache", async move {
                let watch = async {
                    if let Some(link) = cache.link() {
                        link.watch(&shutdown).await;
                    }
                };
                tokio::join!(watch, cache.sweep(&shutdown));
            });
        }
        if let Some(rates) = self.rates.clone() {
            let shutdown = tasks.shutdown().clone();
            tasks.run("redis of the rates", async move {
                if let Some(link) = rates.link() {
                    link.watch(&shutdown).await;
                }
            });
        }
    }

    /// Whether anything is shared by a Redis server: without, nobody asks it, whatever its address.
    fn has_redis(&self) -> bool {
        self.links().next().is_some()
    }

    fn redis_answers(&self) -> bool {
        self.links().all(RedisLink::answers)
    }

    fn links(&self) -> impl Iterator<Item = &RedisLink> {
        let cache = self.cache.as_ref().and_then(Cache::link);
        cache.into_iter().chain(self.rates.as_ref().and_then(Rates::link))
    }
}
