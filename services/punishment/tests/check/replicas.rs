//! Bounded staleness: a replica that has not heard from the database for a second reads the database.

use std::sync::Arc;
use std::time::Duration;

use domain::Uscc;
use punishment::index::PartyIndex;
use service::testing::until;
use service::{Clock, Shutdown};

use super::house::{House, OTHER, PARTY, at, open, question};

/// No test lasts so long: whoever waits for it looks once.
const NEVER: Duration = Duration::from_secs(3_600);

async fn a_replica_that_is_cut_off_answers_right_after_a_second_at_most(house: House) {
    // This index hears nothing after the second second of the day.
    let cut_off = Arc::new(PartyIndex::default());
    cut_off.refresh(&house.store, at(2_000_000)).await.unwrap();
    let known_before = outbox::head(house.store.db()).await.unwrap().seq;
    let decided = house.decides(PARTY).await;
    assert!(decided > known_before);

    let within = house.replica(&cut_off, at(3_000_000)).await.check(PARTY, "").await;
    assert_eq!(
        (within.entries.len(), within.known_seq),
        (0, known_before),
        "its answer says how much it knew"
    );
    let after = house.replica(&cut_off, at(3_000_001)).await.check(PARTY, "").await;
    assert_eq!((after.entries.len(), after.known_seq), (1, decided));
    // A clock that was set back makes nothing young again.
    let set_back = house.replica(&cut_off, at(999_999)).await.check(PARTY, "").await;
    assert_eq!((set_back.entries.len(), set_back.known_seq), (1, decided));
}

async fn a_replica_that_hears_answers_the_same_from_memory(house: House) {
    let index = house.index().await;
    let decided = house.decides(PARTY).await;
    index.refresh(&house.store, at(500_000)).await.unwrap();
    let from_memory = house.replica(&index, at(1_400_000)).await.check(PARTY, "").await;
    let from_database = house.replica(&index, at(1_600_000)).await.check(PARTY, "").await;
    assert_eq!((from_memory.entries.len(), from_memory.known_seq), (1, decided));
    assert_eq!(from_memory, from_database);
}

async fn a_decision_reaches_another_replica_without_waiting_for_the_next_look(house: House) {
    const THIRD: &str = "91370000706266601D";
    let (index, store) = (Arc::new(PartyIndex::default()), house.store.clone());
    let (following, shutdown) = (index.clone(), Shutdown::new());
    let until_then = shutdown.clone();
    let follower = tokio::spawn(async move {
        following.follow(&store, Clock::Fixed(at(0)), NEVER, until_then).await.unwrap();
    });
    let replica = house.replica(&index, at(0)).await;
    // The first may be seen at the one look and the second when hearing begins: of the third, only its bell can tell.
    for party in [PARTY, OTHER, THIRD] {
        house.decides(party).await;
        let known = index.clone();
        let uscc = Uscc::parse(party).unwrap();
        until("the decision in the copy of another replica", async || {
            known.read(at(0), |known| known.of(&uscc).len()).filter(|entries| *entries > 0)
        })
        .await;
        assert_eq!(replica.check(party, "").await.entries.len(), 1, "{party}");
    }
    shutdown.begin();
    follower.await.unwrap();
}

async fn a_replica_that_can_reach_nothing_refuses_and_never_guesses(house: House) {
    let cut_off = house.index().await;
    let replica = house.replica(&cut_off, at(2_000_000)).await;
    house.store.db().close().await;
    let refused = replica.parties().check_party(question(PARTY, "")).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unavailable);
}

db::conformance! {
    open = open;
    cases = [
        a_replica_that_is_cut_off_answers_right_after_a_second_at_most,
        a_replica_that_hears_answers_the_same_from_memory,
        a_decision_reaches_another_replica_without_waiting_for_the_next_look,
        a_replica_that_can_reach_nothing_refuses_and_never_guesses,
    ];
}
