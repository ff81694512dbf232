//! Putting the gateway together: two servers, one for officers and systems, one for everyone.

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use contract::{
    gateway::v1::{
        dispatch_reports_server::DispatchReportsServer, profiles_server::ProfilesServer,
        work_lists_server::WorkListsServer,
    },
    public::v1::publications_server::PublicationsServer,
};
use rulebook::Rulebook;
use service::{
    Clock, Server, Shutdown,
    auth::{Authority, TokenSource},
    server::Grpc,
};
use tokio::net::TcpListener;

use crate::{
    Config,
    api::{DispatchReportsApi, ProfilesApi, WorkListsApi},
    forward::{self, Pass},
    peers::Peers,
    public::PublicationsApi,
    rates::{Rates, within_rates},
    rest,
};

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
    let book = match &config.rulebook {
        Some(folder) => Arc::new(Rulebook::from_dir(folder)?),
        None => Rulebook::builtin(),
    };
    let authority =
        Authority::new(config.trust.keys()?, book.clone(), clock).knowing(config.secured.accounts()?);
    let identity = config.secured.identity()?;
    let peers = Peers::open(&config.peers, config.part_timeout(), identity.clone().map(Into::into).as_ref())?;
    let token = TokenSource::file(&config.token_file);
    let body_within = config.limits.request_timeout();

    let rates =
        config.rate().map(|limit| Rates::new(limit, config.redis_url.as_deref(), clock)).transpose()?;
    let inside = Server::with_authority("gateway", config.limits, authority.clone())
        .with(ProfilesServer::new(ProfilesApi::new(peers.clone(), book.clone())))
        .with(DispatchReportsServer::new(DispatchReportsApi::new(peers.clone(), book.clone(), clock)))
        .with(WorkListsServer::new(WorkListsApi::new(peers.clone(), book.clone())))
        .passing_on(forward::passed_on(), Grpc::new(Pass::new(peers.clone())))
        .behind(|routes| match rates {
            Some(rates) => routes.layer(from_fn_with_state(rates, within_rates)),
            None => routes,
        })
        .with_http(move |grpc| rest::inside(grpc, body_within))
        .readable_from(config.cors_origins)
        .secured_by(identity.clone())
        .serve(listener, shutdown.clone());
    let outside = Server::with_authority("gateway-public", config.limits, authority)
        .with(PublicationsServer::new(PublicationsApi::new(peers, token, book, clock)))
        .with_http(move |grpc| rest::outside(grpc, body_within))
        .readable_from(config.public_cors_origins)
        .secured_by(identity)
        .serve(public_listener, shutdown.clone());

    let last = |served| {
        shutdown.begin();
        served
    };
    let (inside, outside) = tokio::join!(async { last(inside.await) }, async { last(outside.await) });
    inside?;
    Ok(outside?)
}
