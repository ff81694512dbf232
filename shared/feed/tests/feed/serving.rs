//! The four RPCs of the Feed service.

use std::time::Duration;

use contract::feed::v1::{
    GetCheckpointRequest, ListEventsRequest, SubscribeRequest, VerifyChainRequest, VerifyChainResponse,
};
use crypto::signer::Verifier;
use feed::{Pacing, verify_checkpoint};
use service::error::reason_of;
use tonic::Code;

use crate::world::{COUNTED, NOW, OTHER, PATIENCE, SECRET, World, signer};

async fn list(world: &World, request: ListEventsRequest) -> Vec<i64> {
    let page = world.client().list_events(request).await.unwrap().into_inner();
    page.events.iter().map(|event| event.seq).collect()
}

async fn verify(world: &World, from_seq: i64, to_seq: i64) -> VerifyChainResponse {
    // An officer verifies; a service does not.
    let mut client =
        contract::feed::v1::feed_client::FeedClient::new(world.server.peer("CREDIT", &["370100"]));
    client.verify_chain(VerifyChainRequest { from_seq, to_seq }).await.unwrap().into_inner()
}

pub(crate) async fn a_payload_is_withheld_from_who_may_not_see_it(world: World) {
    world.write_kind(SECRET, "secrets/1", 1).await;
    world.write("counters/1", 1).await;
    let seq = world.sealed_at_least(2).await;
    let page = world.client().list_events(ListEventsRequest::default()).await.unwrap().into_inner();
    let shown: Vec<_> =
        page.events.iter().map(|event| (event.payload.is_some(), event.salt.is_some())).collect();
    assert_eq!(shown, [(false, false), (true, true)]);
    assert!(page.events.iter().all(|event| event.payload_digest.len() == 32 && event.hash.len() == 32));
    // A reader of everything still checks the whole chain.
    world.run_until(&world.sums(), seq).await;
}

pub(crate) async fn a_page_holds_the_kinds_asked_for_and_no_more(world: World) {
    for value in 1..=6 {
        world.write_kind(if value % 3 == 0 { OTHER } else { COUNTED }, "counters/1", value).await;
    }
    world.sealed_at_least(6).await;
    assert_eq!(list(&world, ListEventsRequest::default()).await, [1, 2, 3, 4, 5, 6]);
    let two = ListEventsRequest { page_size: 2, after_seq: 2, ..ListEventsRequest::default() };
    assert_eq!(list(&world, two).await, [3, 4]);
    let others = ListEventsRequest { kinds: vec![OTHER.into()], ..ListEventsRequest::default() };
    assert_eq!(list(&world, others).await, [3, 6]);
    let negative = ListEventsRequest { page_size: -1, ..ListEventsRequest::default() };
    let refused = world.client().list_events(negative).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

pub(crate) async fn a_page_of_long_events_fits_into_an_answer_and_the_next_goes_on_behind_it(world: World) {
    for _ in 0..5 {
        world.write_bytes(1_000_000).await;
    }
    world.sealed_at_least(5).await;
    let after = |after_seq| ListEventsRequest { after_seq, page_size: 500, ..ListEventsRequest::default() };
    assert_eq!(list(&world, after(0)).await, [1, 2, 3, 4]);
    assert_eq!(list(&world, after(4)).await, [5]);
    assert!(list(&world, after(5)).await.is_empty(), "which is how a reader knows that it is at the end");
}

pub(crate) async fn a_position_that_is_not_of_the_feed_is_refused(world: World) {
    for value in 1..=3 {
        world.write("counters/1", value).await;
    }
    world.sealed_at_least(3).await;
    let page = world.client().list_events(ListEventsRequest::default()).await.unwrap().into_inner();
    let at = |epoch, from_seq, last_hash: &[u8]| SubscribeRequest {
        epoch,
        from_seq,
        last_hash: last_hash.to_vec(),
        ..SubscribeRequest::default()
    };
    let (second, third) = (&page.events[1].hash, &page.events[2].hash);
    for false_position in
        [at(1, 2, third), at(2, 2, second), at(0, 2, second), at(1, 4, third), at(1, 2, b""), at(2, 0, b"")]
    {
        let refused = world.client().subscribe(false_position.clone()).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition, "{false_position:?}");
        assert_eq!(reason_of(&refused).as_deref(), Some("FEED_DIVERGED"), "{false_position:?}");
    }
    let mut stream = world.client().subscribe(at(1, 2, second)).await.unwrap().into_inner();
    let message = stream.message().await.unwrap().unwrap();
    assert_eq!((message.events.len(), message.reached_seq, &message.reached_hash), (1, 3, third));
}

pub(crate) async fn a_reader_of_few_kinds_hears_how_far_it_has_come_as_soon_as_the_feed_rests(world: World) {
    for value in 1..=3 {
        world.write_kind(OTHER, "counters/1", value).await;
    }
    world.sealed_at_least(3).await;
    // A sign of life would come too late for anybody.
    let pacing = Pacing { poll: Duration::from_millis(50), heartbeat: 2 * PATIENCE };
    let (_server, mut reader) = world.paced(pacing).await;
    let counted = SubscribeRequest { kinds: vec![COUNTED.into()], ..SubscribeRequest::default() };
    let mut stream = reader.subscribe(counted).await.unwrap().into_inner();
    let told = tokio::time::timeout(PATIENCE, stream.message()).await.expect("it is told in time");
    let told = told.unwrap().unwrap();
    assert_eq!((told.events.len(), told.reached_seq), (0, 3));
}

pub(crate) async fn a_checkpoint_is_signed_and_follows_the_head(world: World) {
    let ask = async || world.client().get_checkpoint(GetCheckpointRequest {}).await.unwrap().into_inner();
    let empty = ask().await;
    assert_eq!((empty.service.as_str(), empty.epoch, empty.seq), ("registry", 1, 0));
    world.write("counters/1", 1).await;
    world.sealed_at_least(1).await;
    let checkpoint = ask().await;
    let page = world.client().list_events(ListEventsRequest::default()).await.unwrap().into_inner();
    assert_eq!((checkpoint.seq, &checkpoint.hash), (1, &page.events[0].hash));
    let micros = checkpoint.create_time.unwrap();
    assert_eq!(micros.seconds * 1_000_000 + i64::from(micros.nanos / 1_000), NOW.micros());
    let signer = signer();
    assert_eq!(checkpoint.key_id, signer.verifier().key_id().as_str());
    verify_checkpoint(&checkpoint, signer.verifier()).unwrap();
}

pub(crate) async fn a_changed_row_is_named_by_the_verification(world: World) {
    for value in 1..=5 {
        world.write("counters/1", value).await;
    }
    world.sealed_at_least(5).await;
    let whole = verify(&world, 0, 0).await;
    assert!(
        whole.valid && whole.checked == 5 && whole.broken_seq == 0 && whole.problem.is_empty(),
        "{whole:?}"
    );
    let part = verify(&world, 2, 3).await;
    assert!(part.valid && part.checked == 2, "{part:?}");

    world.harm("UPDATE event_context SET legal_basis = 'another' WHERE context_id IN (SELECT context_id FROM event WHERE outbox_id = 4)").await;
    let broken = verify(&world, 0, 0).await;
    assert_eq!((broken.valid, broken.checked, broken.broken_seq), (false, 3, 4));
    assert_eq!((broken.problem.as_str(), &broken.hash), ("its header was changed", &part.hash));
}

pub(crate) async fn a_stream_ends_when_the_server_goes_down(world: World) {
    let mut stream = world.client().subscribe(SubscribeRequest::default()).await.unwrap().into_inner();
    world.shutdown.begin();
    let rest = async { while stream.message().await.unwrap().is_some() {} };
    tokio::time::timeout(PATIENCE, rest).await.expect("the stream ends");
}
