//! For tests of services: an issuer with a fixed key, tokens by office, and a server on a free port.
//!
//! ```ignore
//! let server = TestServer::start("registry", |server| server.with(EnterprisesServer::new(api))).await;
//! let mut client = EnterprisesClient::new(server.peer("LEGAL", &["370100"]));
//! ```

mod certificates;
mod lines;
mod who;

use std::{collections::BTreeMap, net::SocketAddr, path::Path, sync::LazyLock, time::Duration};

use contract::client::{Timeouts, channel};
use contract::common::v1::{CountFiguresRequest, figures_server::Figures};
use db::Db;
use domain::{DivisionCode, MicrosUtc, OfficeCode};
use rulebook::Rulebook;
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::{Request, transport::Channel};

use crate::{
    Clock, Server, Shutdown,
    auth::{Accounts, Authority, Caller, Claims, Fields, ISSUER, Issuer, TokenSource},
    config::Limits,
    figures::FiguresService,
    peer::Peer,
};

pub use certificates::Certificates;
pub use lines::Lines;
pub use who::Who;

/// Life of a test's token, in seconds.
const LIFETIME_SECONDS: i64 = 3600;

/// An issuer whose key every test knows.
pub fn issuer() -> Issuer {
    Issuer::from_seed(&[7; 32]).expect("a fixed key is a key")
}

/// Writes the issuer's public key where a service's configuration can name it.
pub fn write_jwks(file: &Path) {
    std::fs::write(file, issuer().jwks()).expect("the test's folder can be written");
}

/// A token of [`issuer`] for a person called `{office}-officer` of an office, good for an hour from now.
pub fn token(office: &str, divisions: &[&str]) -> String {
    token_of(&format!("{}-officer", office.to_lowercase()), office, divisions)
}

/// A token of [`issuer`] for a named person of an office, good for an hour from now.
pub fn token_of(person: &str, office: &str, divisions: &[&str]) -> String {
    static KNOWN: LazyLock<Issuer> = LazyLock::new(issuer);
    let office = OfficeCode::parse(office).expect("a test names an office");
    let divisions: Vec<_> =
        divisions.iter().map(|code| DivisionCode::parse(code).expect("a test names divisions")).collect();
    let claims = Claims::new(person, &office, &divisions, ISSUER, MicrosUtc::now(), LIFETIME_SECONDS);
    KNOWN.issue(&claims).expect("a token can be signed")
}

/// Longest wait of [`until`]: longer than any machine that works needs.
const PATIENCE: Duration = Duration::from_secs(120);
/// Time between two questions of [`until`].
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(10);

/// Asks until the answer is there. What comes by itself, such as what a feed brings, is waited for so, and never by a guess
/// at its time.
///
/// # Panics
/// When it does not come within two minutes; the message says `what` was waited for.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut question = tokio::time::interval(BETWEEN_QUESTIONS);
        loop {
            question.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(answer) => answer,
        Err(_) => panic!("{what}: did not come within {} s", PATIENCE.as_secs()),
    }
}

/// What the statements of `service` count from one day to another, as CREDIT of the whole city is told: the count of each figure,
/// over all offices, fields and divisions.
///
/// # Panics
/// When the database does not take a statement.
pub async fn figures(
    service: &'static str,
    db: &Db,
    statements: &'static [&'static str],
    first_on: &str,
    last_on: &str,
) -> BTreeMap<String, i64> {
    let credit = OfficeCode::parse("CREDIT").expect("an office");
    let city = DivisionCode::parse("370100").expect("the city");
    let caller = Caller::new("credit-officer", "", credit, Fields::All, vec![city], "");
    let (first_on, last_on) = (first_on.to_owned(), last_on.to_owned());
    let mut request = Request::new(CountFiguresRequest { first_on, last_on, division: String::new() });
    request.extensions_mut().insert(caller);
    let answer = FiguresService::new(service, db.clone(), statements, Rulebook::builtin(), Clock::System)
        .count_figures(request)
        .await;
    let mut counts = BTreeMap::new();
    for figure in answer.expect("the statements can be run").into_inner().figures {
        *counts.entry(figure.code).or_default() += figure.count;
    }
    counts
}

/// A listener on a free port of the loopback interface.
pub async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("the loopback interface has a free port")
}

/// A channel to a server that listens there. It connects at the first call.
fn channel_to(address: SocketAddr) -> Channel {
    channel(&address.to_string(), Timeouts::default()).expect("a socket address is an address")
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    /// One connection for many callers.
    line: Channel,
    shutdown: Shutdown,
    serving: JoinHandle<()>,
}

impl TestServer {
    /// Starts a server with the built-in rulebook, the system's clock and the services that `add` adds.
    pub async fn start(name: &'static str, add: impl FnOnce(Server) -> Server) -> Self {
        Self::start_with(name, Limits::default(), Clock::System, add).await
    }

    /// Starts a server with other bounds and another clock (tokens are good for an hour from the system's now).
    pub async fn start_with(
        name: &'static str,
        limits: Limits,
        clock: Clock,
        add: impl FnOnce(Server) -> Server,
    ) -> Self {
        let authority = Authority::new(issuer().keys(), Rulebook::builtin(), clock);
        Self::serve(add(Server::with_authority(name, limits, authority))).await
    }

    /// Starts a server with the certificate of its name, which trusts [`issuer`] and knows the accounts beside the certificates.
    pub async fn certified(
        name: &'static str,
        certificates: &Certificates,
        add: impl FnOnce(Server) -> Server,
    ) -> Self {
        let accounts =
            Accounts::from_file(&certificates.accounts()).expect("the test's accounts can be read");
        let authority = Authority::new(issuer().keys(), Rulebook::builtin(), Clock::System).knowing(accounts);
        let server = Server::with_authority(name, Limits::default(), authority);
        Self::serve(add(server).secured_by(Some(certificates.identity(name)))).await
    }

    /// Starts a server that is ready.
    pub async fn serve(server: Server) -> Self {
        let listener = listener().await;
        let address = listener.local_addr().expect("a bound listener has an address");
        let shutdown = Shutdown::new();
        let until = shutdown.clone();
        let serving = tokio::spawn(async move {
            server.serve(listener, until).await.expect("the test's server serves");
        });
        Self { address, line: channel_to(address), shutdown, serving }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A channel without a token.
    pub fn channel(&self) -> Channel {
        channel_to(self.address)
    }

    /// A channel in the name of `{office}-officer`.
    pub fn peer(&self, office: &str, divisions: &[&str]) -> Peer {
        self.peer_with(token(office, divisions))
    }

    /// A channel with this token.
    pub fn peer_with(&self, token: String) -> Peer {
        Peer::as_service(self.channel(), TokenSource::fixed(token))
    }

    /// A channel with this token over the one connection that all of these share: for whoever asks often, and is not about connections.
    pub fn peer_on_line(&self, token: String) -> Peer {
        Peer::as_service(self.line.clone(), TokenSource::fixed(token))
    }

    /// Stops and waits until every request has ended.
    pub async fn stop(self) {
        self.shutdown.begin();
        self.serving.await.expect("the test's server ends without a panic");
    }
}
