//! The server through a real channel: who gets in, and what bounds hold.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use contract::client::{MAX_MESSAGE_BYTES, Timeouts, channel};
use contract::common::v1::{
    CountTimelinessRequest, CountTimelinessResponse, CountWorkRequest, CountWorkResponse, ListWorkRequest,
    ListWorkResponse,
    work_client::WorkClient,
    work_server::{Work, WorkServer},
};
use service::{
    Clock,
    auth::{Caller, TokenSource},
    config::Limits,
    deadline,
    error::reason_of,
    peer::{Neighbour, Peer},
    testing::{TestServer, until},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
};
use tonic::{Code, Request, Response, Status, codec::CompressionEncoding};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

/// Answers by what the request asks: who calls, how much time is left, panic, wait.
#[derive(Clone)]
struct Probe {
    entered: Arc<AtomicU32>,
    /// A waiting request takes one permit.
    gate: Arc<Semaphore>,
}

impl Probe {
    fn new() -> Self {
        Self { entered: Arc::default(), gate: Arc::new(Semaphore::new(0)) }
    }

    async fn start(&self, limits: Limits) -> TestServer {
        let probe = WorkServer::new(self.clone());
        TestServer::start_with("probe", limits, Clock::System, |server| server.with(probe)).await
    }

    async fn wait_for(&self, entered: u32) {
        while self.entered.load(Ordering::SeqCst) < entered {
            tokio::task::yield_now().await;
        }
    }
}

#[tonic::async_trait]
impl Work for Probe {
    async fn list_work(
        &self,
        request: Request<ListWorkRequest>,
    ) -> Result<Response<ListWorkResponse>, Status> {
        let caller = Caller::of(&request)?;
        let next_page_token = format!("{} of {}", caller.subject(), caller.office());
        Ok(Response::new(ListWorkResponse { duties: Vec::new(), next_page_token }))
    }

    async fn count_work(
        &self,
        request: Request<CountWorkRequest>,
    ) -> Result<Response<CountWorkResponse>, Status> {
        self.entered.fetch_add(1, Ordering::SeqCst);
        match request.get_ref().office.as_str() {
            "panic" => panic!("as the test asked"),
            "wait" => self.gate.acquire().await.map_err(|_| Status::cancelled("closed"))?.forget(),
            _ => {}
        }
        let left = deadline::remaining().map_or(0, |left| left.as_millis() as i64);
        Ok(Response::new(CountWorkResponse { open: left, ..CountWorkResponse::default() }))
    }

    async fn count_timeliness(
        &self,
        _: Request<CountTimelinessRequest>,
    ) -> Result<Response<CountTimelinessResponse>, Status> {
        Ok(Response::new(CountTimelinessResponse::default()))
    }
}

fn count(office: &str) -> CountWorkRequest {
    CountWorkRequest { office: office.to_owned() }
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, Option<String>) {
    let status = answer.unwrap_err();
    (status.code(), reason_of(&status))
}

fn reason(code: Code, name: &str) -> (Code, Option<String>) {
    (code, Some(name.to_owned()))
}

fn client(server: &TestServer) -> WorkClient<Peer> {
    WorkClient::new(server.peer("FOOD_PROD", &["370100"]))
}

#[tokio::test]
async fn a_handler_knows_its_caller() {
    let server = Probe::new().start(Limits::default()).await;
    let answer = client(&server).list_work(ListWorkRequest::default()).await.unwrap();
    assert_eq!(answer.into_inner().next_page_token, "food_prod-officer of FOOD_PROD");
    server.stop().await;
}

#[tokio::test]
async fn without_a_token_or_with_a_bad_one_nobody_gets_in() {
    let server = Probe::new().start(Limits::default()).await;
    let mut nobody = WorkClient::new(server.channel());
    assert_eq!(refused(nobody.count_work(count("")).await), reason(Code::Unauthenticated, "TOKEN_MISSING"));
    let mut forger = WorkClient::new(server.peer_with("e30.e30.e30".to_owned()));
    assert_eq!(refused(forger.count_work(count("")).await), reason(Code::Unauthenticated, "TOKEN_INVALID"));
    let mut party = WorkClient::new(server.peer("PARTY", &[]));
    assert_eq!(
        refused(party.count_work(count("")).await),
        reason(Code::PermissionDenied, "ROLE_NOT_PERMITTED")
    );
}

#[tokio::test]
async fn health_answers_without_a_token_and_names_the_services() {
    let server = Probe::new().start(Limits::default()).await;
    let mut health = HealthClient::new(server.channel());
    for service in ["", "xinjian.common.v1.Work"] {
        let asked = HealthCheckRequest { service: service.to_owned() };
        // The first report is made beside the server's start.
        while health.check(asked.clone()).await.is_err() {
            tokio::task::yield_now().await;
        }
        let status = health.check(asked).await.unwrap().into_inner().status();
        assert_eq!(status.as_str_name(), "SERVING", "{service}");
    }
}

/// A client that sends compressed messages and takes compressed answers.
fn compressing(server: &TestServer) -> WorkClient<Peer> {
    client(server).send_compressed(CompressionEncoding::Gzip).accept_compressed(CompressionEncoding::Gzip)
}

#[tokio::test]
async fn messages_are_compressed_for_who_asks_for_it_and_for_nobody_else() {
    let server = Probe::new().start(Limits::default()).await;
    let encoding = |answer: Response<ListWorkResponse>| answer.metadata().get("grpc-encoding").cloned();
    let answer = compressing(&server).list_work(ListWorkRequest::default()).await.unwrap();
    assert_eq!(answer.get_ref().next_page_token, "food_prod-officer of FOOD_PROD");
    assert_eq!(encoding(answer).unwrap(), "gzip");
    let answer = client(&server).list_work(ListWorkRequest::default()).await.unwrap();
    assert_eq!(encoding(answer), None);

    let without = Probe::new().start(Limits { compression: false, ..Limits::default() }).await;
    let refused = compressing(&without).list_work(ListWorkRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented);
}

#[tokio::test]
async fn a_small_message_that_unpacks_to_one_beyond_the_bound_is_refused() {
    let server = Probe::new().start(Limits::default()).await;
    // Either is a few kilobytes on the way.
    let fits = "a".repeat(MAX_MESSAGE_BYTES - 100);
    compressing(&server).count_work(count(&fits)).await.unwrap();
    let bomb = "a".repeat(MAX_MESSAGE_BYTES);
    let refused = compressing(&server).count_work(count(&bomb)).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused}");
    assert!(refused.message().contains(&MAX_MESSAGE_BYTES.to_string()), "{refused}");
    // The connection and the server go on.
    compressing(&server).count_work(count("")).await.unwrap();
}

#[tokio::test]
async fn a_panic_is_an_answer_and_the_server_goes_on() {
    let server = Probe::new().start(Limits::default()).await;
    let mut client = client(&server);
    assert_eq!(refused(client.count_work(count("panic")).await), reason(Code::Internal, "INTERNAL"));
    client.count_work(count("")).await.unwrap();
}

#[tokio::test]
async fn a_handler_knows_how_much_time_the_server_or_the_client_gives_it() {
    // Far longer than any machine takes, so that only the upper bounds say something.
    let limits = Limits { request_timeout_seconds: 3_000, ..Limits::default() };
    let server = Probe::new().start(limits).await;
    // A channel without a time-out of its own.
    let endless = channel(&server.address().to_string(), Timeouts::streaming()).unwrap();
    let token = service::testing::token("FOOD_PROD", &["370100"]);
    let mut client = WorkClient::new(Peer::as_service(endless, TokenSource::fixed(token)));
    let left = client.count_work(count("")).await.unwrap().into_inner().open;
    assert!((2_000_000..=3_000_000).contains(&left), "{left}");
    let mut short = Request::new(count(""));
    short.set_timeout(Duration::from_secs(1_000));
    let left = client.count_work(short).await.unwrap().into_inner().open;
    assert!((1..=1_000_000).contains(&left), "{left}");
}

/// A client of what listens at an address in this process; over the wire it would find nobody.
fn straight(address: SocketAddr, token: &str) -> WorkClient<Peer> {
    let nowhere = channel("http://127.0.0.1:1", Timeouts::default()).unwrap();
    let peer = Peer::as_service(nowhere, TokenSource::fixed(token.to_owned()));
    WorkClient::new(peer.next_to(Neighbour::at(&address.to_string())))
}

#[tokio::test]
async fn whoever_asks_straight_passes_the_same_layers_and_is_given_up_with_the_question() {
    let probe = Probe::new();
    let server = probe.start(Limits { max_in_flight: 1, ..Limits::default() }).await;
    let (address, token) = (server.address(), service::testing::token("FOOD_PROD", &["370100"]));
    let mut client = straight(address, &token);
    let ask = async || straight(address, &token).list_work(ListWorkRequest::default()).await;
    let answer = until("the server serves", async || ask().await.ok()).await;
    assert_eq!(answer.into_inner().next_page_token, "food_prod-officer of FOOD_PROD");

    let mut forger = straight(address, "e30.e30.e30");
    assert_eq!(refused(forger.count_work(count("")).await), reason(Code::Unauthenticated, "TOKEN_INVALID"));
    assert_eq!(refused(client.count_work(count("panic")).await), reason(Code::Internal, "INTERNAL"));
    let waiting = tokio::spawn(async move { client.count_work(count("wait")).await });
    probe.wait_for(2).await;
    assert_eq!(refused(ask().await), reason(Code::ResourceExhausted, "OVERLOADED"));
    waiting.abort();
    until("its place is free", async || ask().await.ok()).await;
    server.stop().await;
    assert_eq!(ask().await.unwrap_err().code(), Code::Unavailable, "it is found no more");
}

#[tokio::test]
async fn a_server_ends_when_what_it_was_asked_straight_is_answered() {
    let probe = Probe::new();
    let server = probe.start(Limits { max_in_flight: 1, ..Limits::default() }).await;
    let (address, token) = (server.address(), service::testing::token("FOOD_PROD", &["370100"]));
    let ask = async || straight(address, &token).list_work(ListWorkRequest::default()).await;
    until("the server serves", async || ask().await.ok()).await;
    let mut client = straight(address, &token);
    let waiting = tokio::spawn(async move { client.count_work(count("wait")).await });
    probe.wait_for(1).await;
    let stopping = tokio::spawn(server.stop());
    let away = async || ask().await.err().filter(|refusal| refusal.code() == Code::Unavailable);
    until("the server takes no more questions", away).await;
    assert!(!stopping.is_finished());
    probe.gate.add_permits(1);
    waiting.await.unwrap().unwrap();
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_answered_all_the_same() {
    let server = Probe::new().start(Limits { request_timeout_seconds: 1, ..Limits::default() }).await;
    let mut client = client(&server);
    assert_eq!(
        refused(client.count_work(count("wait")).await),
        reason(Code::DeadlineExceeded, "DEADLINE_EXCEEDED")
    );
}

#[tokio::test]
async fn one_request_more_than_the_bound_is_refused_and_told_to_retry() {
    let probe = Probe::new();
    let server = probe.start(Limits { max_in_flight: 1, ..Limits::default() }).await;
    let mut first = client(&server);
    let waiting = tokio::spawn(async move { first.count_work(count("wait")).await });
    probe.wait_for(1).await;
    let mut second = client(&server);
    assert_eq!(refused(second.count_work(count("")).await), reason(Code::ResourceExhausted, "OVERLOADED"));
    let mut health = HealthClient::new(server.channel());
    health.check(HealthCheckRequest::default()).await.expect("a busy server is healthy");
    probe.gate.add_permits(1);
    waiting.await.unwrap().unwrap();
    second.count_work(count("")).await.unwrap();
}

#[tokio::test]
async fn a_server_that_adapts_tells_of_its_load_and_no_other_does() {
    let load = || HealthCheckRequest { service: "xinjian.server.load".to_owned() };
    let probe = WorkServer::new(Probe::new());
    let adapting = TestServer::start("probe", |server| server.with(probe).adapting()).await;
    let mut health = HealthClient::new(adapting.channel());
    until("the load is told", async || {
        let told = health.check(load()).await.ok()?.into_inner();
        (told.status() == ServingStatus::Serving).then_some(())
    })
    .await;
    let fixed = Probe::new().start(Limits::default()).await;
    let unknown = HealthClient::new(fixed.channel()).check(load()).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}

#[tokio::test]
async fn a_shutdown_lets_open_requests_end() {
    let probe = Probe::new();
    let server = probe.start(Limits::default()).await;
    let mut client = client(&server);
    let waiting = tokio::spawn(async move { client.count_work(count("wait")).await });
    probe.wait_for(1).await;
    let stopping = tokio::spawn(server.stop());
    // The server has long seen the shutdown when the request may end.
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished(), "the server waits for the request");
    probe.gate.add_permits(1);
    waiting.await.unwrap().unwrap();
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_shutdown_has_a_bound() {
    let probe = Probe::new();
    let server = probe.start(Limits { drain_timeout_seconds: 1, ..Limits::default() }).await;
    let mut client = client(&server);
    let waiting = tokio::spawn(async move { client.count_work(count("wait")).await });
    probe.wait_for(1).await;
    tokio::time::timeout(Duration::from_secs(20), server.stop()).await.expect("the drain is bounded");
    waiting.abort();
}

/// Time is that of the test and runs ahead whenever nobody has anything to do.
#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_takes_is_given_up() {
    let place = Arc::new(Semaphore::new(1));
    let places = place.clone();
    let endless = move || {
        let held = places.clone().try_acquire_owned().unwrap();
        let bytes = futures::stream::repeat_with(move || {
            let _held = &held;
            Ok::<_, Infallible>(Bytes::from_static(&[0; 1 << 16]))
        });
        std::future::ready(axum::body::Body::from_stream(bytes))
    };
    let router = |_| axum::Router::new().fallback(endless);
    let server =
        TestServer::start("probe", |server| server.with_http(http::Response::default(), router)).await;
    let mut client = TcpStream::connect(server.address()).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    while place.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    let given_up = tokio::time::timeout(Duration::from_secs(3_600), place.acquire()).await;
    assert!(given_up.is_ok(), "whoever reads nothing is left");
    drop(client);
}

/// Time is that of the test, as above.
#[tokio::test(start_paused = true)]
async fn a_connection_that_says_nothing_is_ended_by_a_server_of_rpcs_alone() {
    let server = Probe::new().start(Limits::default()).await;
    for said in [&b""[..], b"PRI * HTTP/2.0\r\n"] {
        let mut client = TcpStream::connect(server.address()).await.unwrap();
        client.write_all(said).await.unwrap();
        let ended =
            tokio::time::timeout(Duration::from_secs(3_600), client.read_to_end(&mut Vec::new())).await;
        assert!(ended.is_ok(), "{said:?}");
    }
}
