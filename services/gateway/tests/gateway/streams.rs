//! Streams through the gateway, which stay open, beside requests, which do not.

use std::{pin::Pin, time::Duration};

use contract::{
    common::v1::{ListWorkRequest, work_client::WorkClient, work_server::WorkServer},
    feed::v1 as pb,
    feed::v1::{
        feed_client::FeedClient,
        feed_server::{Feed, FeedServer},
    },
    risk::v1::{
        ReplayHistoryRequest, ReplayHistoryResponse,
        backtests_client::BacktestsClient,
        backtests_server::{Backtests, BacktestsServer},
    },
};
use domain::{DivisionCode, MicrosUtc, OfficeCode};
use futures::Stream;
use service::{
    Clock,
    auth::{Claims, ISSUER},
    config::Limits,
    error::reason_of,
    testing::{TestServer, issuer, token},
};
use tonic::{Code, Request, Response, Status};

use crate::{certified::Who, house::House};

/// Longest wait for anything; a test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// A service whose streams stay open and say nothing.
struct Endless;

#[tonic::async_trait]
impl Backtests for Endless {
    type ReplayHistoryStream = Pin<Box<dyn Stream<Item = Result<ReplayHistoryResponse, Status>> + Send>>;

    async fn replay_history(
        &self,
        _: Request<ReplayHistoryRequest>,
    ) -> Result<Response<Self::ReplayHistoryStream>, Status> {
        Ok(Response::new(Box::pin(futures::stream::pending())))
    }
}

/// The rest of what a service of the feed answers, which nobody asks here.
macro_rules! not_asked {
    ($($rpc:ident($request:ident) -> $answer:ident;)*) => {
        #[tonic::async_trait]
        impl Feed for Endless {
            type SubscribeStream = Pin<Box<dyn Stream<Item = Result<pb::SubscribeResponse, Status>> + Send>>;

            async fn subscribe(
                &self,
                _: Request<pb::SubscribeRequest>,
            ) -> Result<Response<Self::SubscribeStream>, Status> {
                Ok(Response::new(Box::pin(futures::stream::pending())))
            }

            $(async fn $rpc(&self, _: Request<pb::$request>) -> Result<Response<pb::$answer>, Status> {
                Err(Status::unimplemented("nobody asks for it"))
            })*
        }
    };
}

not_asked! {
    list_events(ListEventsRequest) -> ListEventsResponse;
    get_checkpoint(GetCheckpointRequest) -> Checkpoint;
    verify_chain(VerifyChainRequest) -> VerifyChainResponse;
    get_readers(GetReadersRequest) -> GetReadersResponse;
    list_parked_events(ListParkedEventsRequest) -> ListParkedEventsResponse;
    retry_parked_events(RetryParkedEventsRequest) -> Reader;
    restart_reader(RestartReaderRequest) -> Reader;
}

/// A service that takes one request at a time on a connection, and a gateway before it.
async fn behind_a_gateway() -> (TestServer, House) {
    let limits = Limits { max_streams: 1, ..Limits::default() };
    let server = TestServer::start_with("risk", limits, Clock::System, |server| {
        server.with(BacktestsServer::new(Endless)).with(WorkServer::new(Who))
    });
    let server = server.await;
    // By a name it is asked over the wire, as a service of another process is.
    let house = House::start(&format!("http://localhost:{}", server.address().port()), 20_000).await;
    (server, house)
}

#[tokio::test]
async fn an_open_stream_takes_no_place_from_what_is_answered_at_once() {
    let (_server, house) = behind_a_gateway().await;
    let mut streams = BacktestsClient::new(house.officer());
    let _open = streams.replay_history(ReplayHistoryRequest::default()).await.unwrap();
    let mut request = Request::new(ListWorkRequest::default());
    request.metadata_mut().insert("xinjian-service", "risk".parse().unwrap());
    let mut work = WorkClient::new(house.officer());
    let answered = tokio::time::timeout(PATIENCE, work.list_work(request)).await;
    answered.expect("it does not wait for the stream").unwrap();
}

#[tokio::test]
async fn a_stream_through_the_gateway_ends_with_the_token_of_its_caller() {
    let server = TestServer::start("risk", |server| server.with(FeedServer::new(Endless))).await;
    let house = House::start(&format!("http://{}", server.address()), 20_000).await;
    let (office, city) = (OfficeCode::parse("SYSTEM").unwrap(), [DivisionCode::parse("370100").unwrap()]);
    let lasting = |seconds: i64| {
        let issued = MicrosUtc::now().plus_micros((seconds - 60) * 1_000_000);
        issuer().issue(&Claims::new("wang", &office, &city, ISSUER, issued, 60)).unwrap()
    };
    let follow = async |token: String| {
        let mut request = Request::new(pb::SubscribeRequest::default());
        request.metadata_mut().insert("xinjian-service", "risk".parse().unwrap());
        FeedClient::new(house.peer_with(token)).subscribe(request).await.map(tonic::Response::into_inner)
    };
    let mut kept = follow(token("SYSTEM", &["370100"])).await.unwrap();
    // So much of its minute is left; on a busy machine the least may be over before the stream is open.
    let mut opened = None;
    for seconds in [2, 4, 8, 16] {
        if opened.is_none() {
            opened = follow(lasting(seconds)).await.ok();
        }
    }
    let mut stream = opened.expect("the stream opens while its token lives");
    let ended = tokio::time::timeout(PATIENCE, stream.message()).await.expect("the stream ends");
    let status = ended.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(reason_of(&status).as_deref(), Some("TOKEN_EXPIRED"));
    assert!(status.message().contains("can be opened again"), "{status}");
    assert!(futures::FutureExt::now_or_never(kept.message()).is_none(), "the other one goes on");
}
