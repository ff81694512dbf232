//! Starting all services, waiting until they answer, and stopping them in order.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use contract::client::{Timeouts, channel};
use domain::MicrosUtc;
use service::Shutdown;
use service::auth::{Issuer, IssuerError};
use service::config::BadConfig;
use service::outcome::one_line;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::city::City;
use super::folder::{Folder, FolderError, Taken};
use super::keys::{Officer, SIGNING, ServiceToken, SigningKey, SigningKeyError, keep_caller_key};
use crate::clients::{Addresses, Clients};

/// Longest wait for a service to answer after the start.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// Pause between two questions whether a service answers.
const READY_PAUSE: Duration = Duration::from_millis(10);
/// Pause between two tokens of services and gateway.
const TOKEN_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// How to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Folder of the city.
    pub data: PathBuf,
    /// Address of the gateway; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address of the public listener; port 0 takes a free one.
    pub public_listen: SocketAddr,
    /// Further settings of the gateway, as its command line takes them, such as `--cache-seconds=0`.
    pub gateway: Vec<String>,
    /// Whether draws may be announced by sources for demonstrations.
    pub demonstrations: bool,
}

impl Options {
    /// A city in `data` on free ports of the loopback interface, for one command or one test: it may demonstrate draws, as `xinjian draw
    /// run` does.
    pub fn on_free_ports(data: PathBuf) -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { data, listen: free, public_listen: free, gateway: Vec::new(), demonstrations: true }
    }
}

/// A running city. It stops when it is stopped or dropped.
#[derive(Debug)]
pub struct House {
    folder: Folder,
    issuer: Issuer,
    addresses: Addresses,
    shutdown: Shutdown,
    services: JoinSet<Result<(), (&'static str, anyhow::Error)>>,
    /// Given up last, when every file is closed.
    _taken: Taken,
}

/// The city could not start, or a part of it ended.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] IssuerError),
    /// A key that a service signs with cannot be used.
    #[error(transparent)]
    SigningKey(#[from] SigningKeyError),
    /// An address is taken or may not be used.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// A service failed.
    #[error("{service} failed: {}", one_line(problem.as_ref()))]
    Service {
        /// Which.
        service: &'static str,
        /// Why.
        problem: anyhow::Error,
    },
    /// What a service would be started with is not accepted by it, such as a folder whose name no address of a database can hold.
    #[error("{service} cannot be started: {problem}")]
    Config {
        /// Which.
        service: &'static str,
        /// Why.
        problem: BadConfig,
    },
    /// A service did not answer in time.
    #[error("{service} did not answer within {} s", READY_WITHIN.as_secs())]
    NotReady {
        /// Which.
        service: &'static str,
    },
    /// An address of ours is none: a fault of the program.
    #[error("an address cannot be used: {0}")]
    Address(#[from] contract::client::BadAddress),
}

/// Listeners of all services, bound before any starts, so that each can be told where the others are.
struct Listeners {
    registry: TcpListener,
    collection: TcpListener,
    risk: TcpListener,
    inspection: TcpListener,
    punishment: TcpListener,
    gateway: TcpListener,
    public: TcpListener,
}

impl House {
    /// Starts every service and returns when all answer.
    pub async fn start(options: &Options) -> Result<Self, HouseError> {
        let folder = Folder::open(&options.data)?;
        let taken = folder.take()?;
        let (issuer, files) = ServiceToken::prepare(&folder.keys(), MicrosUtc::now())?;
        keep_caller_key(&folder.caller_key())?;
        for service in SIGNING {
            SigningKey::prepare(&folder.keys(), service)?;
        }
        let listeners = Listeners::bind(options).await?;
        let addresses = listeners.addresses()?;
        let (shutdown, services) = (Shutdown::new(), JoinSet::new());
        let mut house = Self { folder, issuer, addresses, shutdown, services, _taken: taken };
        house.spawn(listeners, &files, options)?;
        house.keep_token_fresh(files);
        house.until_ready().await?;
        house.folder.write_addresses(&house.addresses)?;
        Ok(house)
    }

    /// Where the services listen.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The issuer of this city's tokens.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Clients in the name of an officer.
    pub fn clients(&self, officer: &Officer) -> Result<Clients, HouseError> {
        Ok(Clients::new(&self.addresses, officer.bearer(&self.issuer, MicrosUtc::now())?)?)
    }

    /// Runs until `until` ends or a service fails, then stops.
    pub async fn run(mut self, until: impl Future<Output = ()>) -> Result<(), HouseError> {
        let outcome = tokio::select! {
            () = until => Ok(()),
            ended = self.services.join_next() => match ended {
                Some(Ok(Err((service, problem)))) => Err(HouseError::Service { service, problem }),
                _ => Ok(()),
            },
        };
        self.stop().await;
        outcome
    }

    /// Stops every service: open requests end first.
    pub async fn stop(mut self) {
        self.shutdown.begin();
        while self.services.join_next().await.is_some() {}
        self.folder.forget_addresses();
    }

    fn spawn(
        &mut self,
        listeners: Listeners,
        files: &ServiceToken,
        options: &Options,
    ) -> Result<(), HouseError> {
        let city = City {
            folder: &self.folder,
            files,
            addresses: &self.addresses,
            demonstrations: options.demonstrations,
        };
        let shutdown = &self.shutdown;
        let services = &mut self.services;
        macro_rules! spawn {
            ($service:ident, $listener:expr, $flags:expr) => {{
                let config: $service::Config = city.config(stringify!($service), $flags)?;
                let running = $service::serve($listener, config, shutdown.clone());
                services
                    .spawn(async move { running.await.map_err(|problem| (stringify!($service), problem)) });
            }};
        }
        spawn!(registry, listeners.registry, city.registry());
        spawn!(collection, listeners.collection, city.collection());
        spawn!(risk, listeners.risk, city.risk());
        spawn!(inspection, listeners.inspection, city.inspection());
        spawn!(punishment, listeners.punishment, city.punishment());
        let config: gateway::Config = city.gateway(&options.gateway)?;
        let running = gateway::serve(listeners.gateway, listeners.public, config, shutdown.clone());
        services.spawn(async move { running.await.map_err(|problem| ("gateway", problem)) });
        Ok(())
    }

    fn keep_token_fresh(&mut self, files: ServiceToken) {
        let (issuer, shutdown) = (Issuer::load_or_generate(&self.folder.issuer_key()), self.shutdown.clone());
        self.services.spawn(async move {
            loop {
                tokio::select! {
                    () = shutdown.begun() => return Ok(()),
                    () = tokio::time::sleep(TOKEN_PAUSE) => {}
                }
                if let Ok(issuer) = &issuer
                    && let Err(problem) = files.renew(issuer, MicrosUtc::now())
                {
                    tracing::error!(%problem, "the tokens of the services could not be renewed: {problem}");
                }
            }
        });
    }

    async fn until_ready(&mut self) -> Result<(), HouseError> {
        let addresses = self.addresses.clone();
        for (service, address) in addresses.all() {
            tokio::select! {
                ready = answers(address) => if !ready { return Err(HouseError::NotReady { service }) },
                ended = self.services.join_next() => {
                    if let Some(Ok(Err((service, problem)))) = ended {
                        return Err(HouseError::Service { service, problem });
                    }
                }
            }
        }
        Ok(())
    }
}

/// A city that is dropped takes its services with it.
impl Drop for House {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

/// Whether the server at `address` says that it serves, within the time given.
async fn answers(address: &str) -> bool {
    let asked = async {
        loop {
            if let Ok(channel) = channel(address, Timeouts::default()) {
                let question = HealthCheckRequest { service: String::new() };
                if HealthClient::new(channel).check(question).await.is_ok() {
                    return;
                }
            }
            tokio::time::sleep(READY_PAUSE).await;
        }
    };
    tokio::time::timeout(READY_WITHIN, asked).await.is_ok()
}

async fn bind(address: SocketAddr) -> Result<TcpListener, HouseError> {
    TcpListener::bind(address).await.map_err(|source| HouseError::Listen { address, source })
}

impl Listeners {
    async fn bind(options: &Options) -> Result<Self, HouseError> {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        Ok(Self {
            registry: bind(free).await?,
            collection: bind(free).await?,
            risk: bind(free).await?,
            inspection: bind(free).await?,
            punishment: bind(free).await?,
            gateway: bind(options.listen).await?,
            public: bind(options.public_listen).await?,
        })
    }

    fn addresses(&self) -> Result<Addresses, HouseError> {
        let url = |listener: &TcpListener| {
            let address = listener.local_addr().map_err(|source| HouseError::Listen {
                address: SocketAddr::from(([0, 0, 0, 0], 0)),
                source,
            })?;
            Ok::<_, HouseError>(format!("http://{address}"))
        };
        Ok(Addresses {
            registry: url(&self.registry)?,
            collection: url(&self.collection)?,
            risk: url(&self.risk)?,
            inspection: url(&self.inspection)?,
            punishment: url(&self.punishment)?,
            gateway: url(&self.gateway)?,
            public: url(&self.public)?,
        })
    }
}
