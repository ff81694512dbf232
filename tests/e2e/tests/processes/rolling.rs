//! Two gateways behind a balancer, restarted one after the other while clients ask: nobody is failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use contract::client::{Timeouts, channel};
use domain::MicrosUtc;
use e2e::process::{Program, free_port, loopback};
use e2e::rest::send;
use e2e::wait;
use standalone::house::{Officer, SERVICES, ServiceToken};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

/// Clients that ask without a pause.
const CLIENTS: usize = 4;
/// Answers that are waited for before and after each restart.
const ANSWERS: usize = 20;
/// Time between two questions of the balancer for the health of a gateway: a fraction of the time for which they linger.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_while_two_gateways_are_restarted_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let (issuer, files) = ServiceToken::prepare(folder.path(), MicrosUtc::now()).unwrap();
    let token = Officer::of_city("desk", "CREDIT").token(&issuer, MicrosUtc::now(), 3_600).unwrap();
    let places = [(); 2].map(|()| loopback(free_port()));
    let mut gateways = Vec::new();
    for place in &places {
        gateways.push(start(place, &files).await);
    }
    let balancer = Balancer::before(&places).await;
    let answered = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(ask(balancer.url.clone(), token.clone(), answered.clone()));
    }

    for (at, place) in places.iter().enumerate() {
        answers(&answered, &mut clients).await;
        let gateway = gateways.remove(at);
        assert_eq!(gateway.stop().await.code(), Some(0));
        answers(&answered, &mut clients).await;
        gateways.insert(at, start(place, &files).await);
        balancer.until_healthy(at).await;
    }
    answers(&answered, &mut clients).await;
    clients.abort_all();
}

async fn start(listen: &str, files: &ServiceToken) -> Program {
    let (jwks, token) = (files.jwks.display().to_string(), files.gateway.display().to_string());
    let own = ["--listen", listen, "--public-listen", "127.0.0.1:0", "--linger", "5", "--log", "error"];
    let own = own.into_iter().chain(["--jwks", &jwks, "--token-file", &token]).map(str::to_owned);
    // The services are away: what is asked for here is answered all the same.
    let peers = SERVICES.iter().flat_map(|name| [format!("--{name}-url"), "http://127.0.0.1:1".to_owned()]);
    let mut gateway = Program::start("gateway", &own.chain(peers).collect::<Vec<_>>());
    gateway.until_serving(&format!("http://{listen}")).await;
    gateway
}

/// Asks again and again; fails with the first request that is not answered as it should be.
async fn ask(url: String, token: String, answered: Arc<AtomicUsize>) {
    loop {
        let answer = send("GET", &format!("{url}/v1/duties"), Some(&token), &[], Bytes::new()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// Waits until so many more requests are answered that each client has asked anew; fails when a client has.
async fn answers(answered: &AtomicUsize, clients: &mut JoinSet<()>) {
    let enough = answered.load(Ordering::Relaxed) + ANSWERS;
    wait::until("requests are answered", async || {
        if let Some(failed) = clients.try_join_next() {
            failed.expect("no request fails");
        }
        (answered.load(Ordering::Relaxed) >= enough).then_some(())
    })
    .await;
}

/// A balancer that gives each connection to the next server that says that it serves.
struct Balancer {
    url: String,
    healthy: Arc<[AtomicBool; 2]>,
    work: [JoinHandle<()>; 3],
}

impl Balancer {
    async fn before(places: &[String; 2]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let healthy: Arc<[AtomicBool; 2]> = Arc::default();
        let work = [
            tokio::spawn(look(places[0].clone(), 0, healthy.clone())),
            tokio::spawn(look(places[1].clone(), 1, healthy.clone())),
            tokio::spawn(carry(listener, places.clone(), healthy.clone())),
        ];
        let balancer = Self { url, healthy, work };
        balancer.until_healthy(0).await;
        balancer.until_healthy(1).await;
        balancer
    }

    async fn until_healthy(&self, at: usize) {
        wait::until("the balancer finds a gateway well", async || {
            self.healthy[at].load(Ordering::Relaxed).then_some(())
        })
        .await;
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.work.iter().for_each(JoinHandle::abort);
    }
}

async fn look(place: String, at: usize, healthy: Arc<[AtomicBool; 2]>) {
    let mut health = HealthClient::new(channel(&place, Timeouts::default()).unwrap());
    let mut question = tokio::time::interval(BETWEEN_QUESTIONS);
    loop {
        question.tick().await;
        let answer = health.check(HealthCheckRequest { service: String::new() }).await;
        let serves = answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving);
        healthy[at].store(serves, Ordering::Relaxed);
    }
}

async fn carry(listener: TcpListener, places: [String; 2], healthy: Arc<[AtomicBool; 2]>) {
    let mut connections = JoinSet::new();
    let mut turn = 0;
    while let Ok((mut near, _)) = listener.accept().await {
        turn += 1;
        let next = [turn % 2, (turn + 1) % 2].into_iter().find(|at| healthy[*at].load(Ordering::Relaxed));
        let place = places[next.expect("one of the two serves")].clone();
        connections.spawn(async move {
            let mut far =
                TcpStream::connect(&place).await.expect("who says that it serves takes connections");
            // Either side may close first.
            let _ = copy_bidirectional(&mut near, &mut far).await;
        });
        while connections.try_join_next().is_some() {}
    }
}
