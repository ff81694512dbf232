//! The gRPC server that every service runs in.
//!
//! Around the service's own RPCs stand, from the outside: the observation of every request (span, metrics, deadline, panic),
//! the bound on requests in flight, which may adapt to the load ([`Server::adapting`]), and the authority. Health and reflection (v1 and
//! v1alpha) are served beside them. A connection whose other side says nothing, or takes nothing, is ended. Answers that are ready
//! together leave together. A shutdown is told to who asks for the health, goes on taking requests until they may have noticed, lets open requests end, and has a bound
//! itself. With a certificate the server speaks TLS and nothing else
//! ([`Server::secured_by`]). A server may answer HTTP on the same port
//! ([`Server::with_http`]); what such an answer needs it asks of the RPCs, through the same layers.

mod admission;
mod connection;
mod durations;
mod gathering;
mod health;
mod http_beside;
mod inside;
mod observe;
mod observed_body;
mod patience;
mod places;
mod said_body;
mod services;
mod until;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use contract::Compressed;
use db::Db;
use futures::{FutureExt, TryStreamExt};
use http::HeaderValue;
use rulebook::Rulebook;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic_health::server::HealthReporter;
use tower::{
    ServiceBuilder, ServiceExt,
    layer::util::{Identity, Stack},
    util::option_layer,
};

use crate::{
    Clock, Shutdown,
    auth::{AccountsError, AuthLayer, Authority, KeysError},
    config::{Limits, ServerConfig},
};
use admission::AdmissionLayer;
use gathering::Gathering;
use http_beside::{Doors, HttpBeside};
use inside::Offered;
use observe::ObserveLayer;
use observed_body::ObservedBody;
use places::Places;
use services::Services;

pub(crate) use connection::{Connection, greeted};
pub use http_beside::Grpc;
pub(crate) use inside::Inside;
pub use services::Generated;

/// Pause between signs of life over HTTP/2 at a door that answers HTTP, too; a peer that does not answer within the same time is gone.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// A server in the making: services are added, then it serves.
pub struct Server {
    name: &'static str,
    limits: Limits,
    authority: Authority,
    services: Services,
    /// Their names, as health and reflection tell them.
    names: Vec<String>,
    health: HealthReporter,
    database: Option<Db>,
    beside: Vec<health::Beside>,
    adapts: bool,
    http: Option<HttpBeside>,
    origins: Vec<HeaderValue>,
    behind: Option<Behind>,
    identity: Option<tls::Identity>,
}

/// What stands between the authority and the RPCs.
type Behind = Box<dyn FnOnce(axum::Router) -> axum::Router + Send>;

/// The server could not start or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The keys for tokens cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The certificate of the server cannot be used.
    #[error(transparent)]
    Tls(#[from] tls::TlsError),
    /// The service accounts cannot be used.
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    /// The descriptors for reflection cannot be used.
    #[error("cannot serve reflection")]
    Reflection(#[source] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the server of {service} failed")]
    Transport {
        /// Name of the service.
        service: &'static str,
        /// What the transport answered.
        source: tonic::transport::Error,
    },
    /// The listener cannot be used.
    #[error("cannot listen")]
    Listen(#[source] std::io::Error),
    /// An address is taken, or may not be used.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the operating system answered.
        source: std::io::Error,
    },
}

/// A listener on `address`; port 0 takes a free one.
///
/// # Errors
/// [`ServeError::Bind`], which names the address.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Bind { address, source })
}

impl Server {
    /// A server called `name`, by the configuration of its process.
    ///
    /// # Errors
    /// [`ServeError`] when the keys, the certificate or the service accounts cannot be used.
    pub fn new(
        name: &'static str,
        config: &ServerConfig,
        rulebook: Arc<Rulebook>,
        clock: Clock,
    ) -> Result<Self, ServeError> {
        let authority =
            Authority::new(config.trust.keys()?, rulebook, clock).knowing(config.secured.accounts()?);
        Ok(Self::with_authority(name, config.limits, authority).secured_by(config.secured.identity()?))
    }

    /// A server called `name` that asks `authority`.
    pub fn with_authority(name: &'static str, limits: Limits, authority: Authority) -> Self {
        let health = HealthReporter::new();
        let mut server = Self {
            name,
            limits,
            authority,
            services: Services::default(),
            names: Vec::new(),
            health: health.clone(),
            database: None,
            beside: Vec::new(),
            adapts: false,
            http: None,
            origins: Vec::new(),
            behind: None,
            identity: None,
        };
        server.add(tonic_health::pb::health_server::HealthServer::new(
            tonic_health::server::HealthService::from_health_reporter(health),
        ));
        server
    }

    /// Adds a service of the contract.
    #[must_use]
    pub fn with<S: Generated + Compressed>(mut self, service: S) -> Self {
        self.add(if self.limits.compression { service.compressed() } else { service });
        self
    }

    /// Adds a service of the contract that answers callers whom nobody knows: compressed to who asks for it, but it takes nothing
    /// compressed, which costs its sender little and may unpack to much.
    #[must_use]
    pub fn with_for_everyone<S: Generated + Compressed>(mut self, service: S) -> Self {
        self.add(if self.limits.compression { service.answering_compressed() } else { service });
        self
    }

    /// Gives every RPC of the named services of the contract to `service`, behind the authority like those added by
    /// [`with`](Self::with): for RPCs that are answered elsewhere.
    #[must_use]
    pub fn passing_on(mut self, services: Vec<String>, service: Grpc) -> Self {
        for name in services {
            self.names.push(name.clone());
            self.services.pass_on(name, service.clone());
        }
        self
    }

    /// Puts layers, if there are some, between the authority and the RPCs: they see the [`Caller`](crate::auth::Caller) of a request, and
    /// refuse as an RPC does.
    #[must_use]
    pub fn behind(
        mut self,
        layers: Option<impl FnOnce(axum::Router) -> axum::Router + Send + 'static>,
    ) -> Self {
        self.behind = layers.map(|layers| Box::new(layers) as Behind);
        self
    }

    /// Speaks TLS with this certificate, and plain text no more.
    #[must_use]
    pub fn secured_by(mut self, identity: Option<tls::Identity>) -> Self {
        self.identity = identity;
        self
    }

    /// Reports the server as not serving while this database does not answer.
    #[must_use]
    pub fn healthy_with(mut self, database: &Db) -> Self {
        self.database = Some(database.clone());
        self
    }

    /// Tells under this name of the health service, if there is one, how something stands that the server can do without: not serving
    /// while it is not well.
    #[must_use]
    pub fn telling(
        mut self,
        name: Option<&'static str>,
        is_well: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        self.beside.extend(name.map(|name| health::Beside { name, is_well: Box::new(is_well) }));
        self
    }

    /// Lowers the bound on requests in flight by itself while the process runs late, and tells so under a name of the health service. For
    /// servers that others do not stand behind: what a service refuses of an answer is a hole in what the gateway has had of all the
    /// others, so the gateway refuses the whole before.
    #[must_use]
    pub fn adapting(mut self) -> Self {
        self.adapts = true;
        self
    }

    /// Answers requests that are not gRPC on the same port, HTTP/1.1 included, by the router that `http` makes, and gRPC-Web
    /// by the RPCs. Its handlers get the RPCs of this server as a value, behind the limits, the authority and the observation that a request from
    /// outside passes. While as many requests are in flight as may be, the router is not asked: everything that is not gRPC is answered with
    /// `overloaded`, as it is.
    #[must_use]
    pub fn with_http(
        mut self,
        overloaded: http::Response<Bytes>,
        http: impl FnOnce(Grpc) -> axum::Router + Send + 'static,
    ) -> Self {
        self.http = Some(HttpBeside { router: Box::new(http), overloaded });
        self
    }

    /// Lets pages of these origins read what this server answers over HTTP ([`with_http`](Self::with_http)); `*` stands for
    /// every origin. Without this no page of another origin can.
    #[must_use]
    pub fn readable_from(mut self, origins: Vec<HeaderValue>) -> Self {
        self.origins = origins;
        self
    }

    fn add<S: Generated>(&mut self, service: S) {
        self.names.push(S::NAME.to_owned());
        self.services.add(service);
    }

    /// Serves on a bound listener until the shutdown begins and open requests have ended, at most for the drain time-out.
    ///
    /// # Errors
    /// [`ServeError`] when the transport fails.
    pub async fn serve(mut self, listener: TcpListener, shutdown: Shutdown) -> Result<(), ServeError> {
        let address = listener.local_addr().map_err(ServeError::Listen)?;
        let (name, longest) = (self.name, self.limits.linger() + self.limits.drain_timeout());
        let (authority, until) = (self.authority.clone(), shutdown.clone());
        let (places, adapts) = (Places::new(name, self.limits.max_in_flight), self.adapts);
        if adapts {
            let places = places.clone();
            self = self.telling(Some(health::LOAD), move || places.has_all());
        }
        let watched = health::Watched {
            database: self.database.clone(),
            authority: self.authority.clone(),
            beside: std::mem::take(&mut self.beside),
        };
        let report = health::report(self.health.clone(), self.names.clone(), watched, shutdown.clone());
        tracing::info!(service = name, %address, "`{name}` serves at {address}");
        if self.identity.is_none() && !address.ip().is_loopback() {
            tracing::warn!(service = name, %address, "`{name}` takes tokens in plain text at {address}: it has no certificate");
        }

        let (served, offered) = self.transport((listener, address), shutdown.clone(), places.clone())?;
        let served = async {
            let served = served.await;
            if let Some(offered) = &offered {
                offered.withdraw();
                offered.ended().await;
            }
            served
        };
        let cut = async {
            shutdown.begun().await;
            tokio::time::sleep(longest).await;
        };
        let adapt = async move {
            if adapts {
                places.adapt().await;
            }
        };
        let watch = tokio::spawn(async move { tokio::join!(report, authority.keep_fresh(&until), adapt) });
        let outcome = tokio::select! {
            served = served => served.map_err(|source| ServeError::Transport { service: name, source }),
            () = cut => {
                tracing::warn!(service = name, "`{name}` was stopped with requests still open");
                Ok(())
            }
        };
        watch.abort();
        outcome
    }

    /// The transport at work, until the shutdown begins; and what is offered to the other servers of this process beside it.
    fn transport(
        mut self,
        (listener, address): (TcpListener, SocketAddr),
        shutdown: Shutdown,
        places: Arc<Places>,
    ) -> Result<(Serving, Option<Arc<Offered>>), ServeError> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let files = contract::files_of(&names);
        let reflection = || {
            let about = tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(&files)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
            names.iter().fold(about, |about, service| about.with_service_name(*service))
        };
        self.services.add(reflection().build_v1().map_err(ServeError::Reflection)?);
        // The same under its first name, which many tools still ask for.
        self.services.add(reflection().build_v1alpha().map_err(ServeError::Reflection)?);

        let is_offered = self.identity.is_none() && self.http.is_none();
        let incoming = connection::connections(listener, self.identity).map_ok(Gathering::new);
        let transport = tonic::transport::Server::builder().max_concurrent_streams(self.limits.max_streams);
        let layers: Layers = ServiceBuilder::new()
            .layer(ObserveLayer::new(self.limits.request_timeout(), places.clone()))
            .layer(AdmissionLayer::new(places.clone()))
            .layer(AuthLayer::new(self.authority));
        let rpcs = self.services.rpcs();
        let rpcs = match self.behind {
            Some(layers) => rpcs.behind(layers),
            None => rpcs,
        };
        let most = self.limits.max_streams;
        let boxed = |answer: http::Response<ObservedBody>| answer.map(Body::new);
        let grpc = || Grpc::new(layers.service(rpcs.clone()).map_response(boxed));
        let offered = is_offered.then(|| Arc::new(Offered::at(address, grpc(), most)));
        let (linger, closing) = (self.limits.linger(), offered.clone());
        let until = async move {
            shutdown.begun().await;
            tokio::time::sleep(linger).await;
            if let Some(offered) = closing {
                offered.withdraw();
            }
        };
        let serving = match self.http.map(|http| (http, grpc())) {
            None => transport.layer(layers).serve_with_incoming_shutdown(rpcs, incoming, until).boxed(),
            Some((http, grpc)) => transport
                .accept_http1(true)
                .http2_keepalive_interval(Some(KEEPALIVE))
                .http2_keepalive_timeout(Some(KEEPALIVE))
                .layer(option_layer(http_beside::cors(&self.origins)))
                .serve_with_incoming_shutdown(Doors::new(grpc, http, places), incoming, until)
                .boxed(),
        };
        Ok((serving, offered))
    }
}

type Layers = ServiceBuilder<Stack<AuthLayer, Stack<AdmissionLayer, Stack<ObserveLayer, Identity>>>>;
type Serving = futures::future::BoxFuture<'static, Result<(), tonic::transport::Error>>;
