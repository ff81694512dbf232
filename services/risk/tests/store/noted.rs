//! Reads that the gateway answers from what it keeps, on both engines.

use domain::RequestId;
use risk::Error;
use risk::store::Store;
use service::access_log::{LoggedRead, reads_of};

use crate::support::{noon, today};

const ID: &str = "6f1c0a52-0f0e-4b7e-9d57-2a0f2c6b9f11";
const OTHER_ID: &str = "6f1c0a52-0f0e-4b7e-9d57-2a0f2c6b9f12";

fn read(reader: &str) -> LoggedRead {
    LoggedRead {
        subject: "enterprises/1/classes/-?code=-".to_owned(),
        method: "/xinjian.gateway.v1.Profiles/GetProfile".to_owned(),
        purpose: "全景查询".to_owned(),
        reader: reader.to_owned(),
        office: "CREDIT".to_owned(),
        read_at_us: noon(today()).micros(),
    }
}

async fn note(store: &Store, id: &str, reads: &[LoggedRead]) -> Result<(), Error> {
    store.note_reads(&RequestId::parse(id).unwrap(), reads).await
}

/// The readers of what stands in the log, the latest first.
async fn readers(store: &Store) -> Vec<String> {
    let noted = reads_of(store.db(), &read("").subject, 10_000).await.unwrap();
    noted.into_iter().map(|read| read.reader).collect()
}

async fn a_note_that_is_repeated_leaves_each_read_once_and_another_body_is_refused(store: Store) {
    let reads = ["wang", "li"].map(read);
    for _ in 0..2 {
        note(&store, ID, &reads).await.unwrap();
    }
    let curious = LoggedRead { purpose: "好奇".to_owned(), ..read("wang") };
    for other in [vec![read("zhao")], vec![curious], vec![read("wang"), read("zhao")]] {
        let refused = note(&store, ID, &other).await.unwrap_err();
        assert!(matches!(refused, Error::Common(service::Error::RequestIdReused(_))), "{refused:?}");
    }
    let noted = reads_of(store.db(), &reads[0].subject, 10).await.unwrap();
    assert_eq!(noted, reads.into_iter().rev().collect::<Vec<_>>());
}

async fn the_same_read_under_another_request_is_another_one(store: Store) {
    for id in [ID, OTHER_ID] {
        note(&store, id, &[read("wang")]).await.unwrap();
    }
    assert_eq!(readers(&store).await, ["wang", "wang"]);
}

async fn a_note_that_is_more_than_one_statement_and_is_repeated_leaves_each_read_once(store: Store) {
    let reads: Vec<_> = (0..700).map(|number| read(&number.to_string())).collect();
    for _ in 0..2 {
        note(&store, ID, &reads).await.unwrap();
    }
    let noted: Vec<String> = reads.into_iter().rev().map(|read| read.reader).collect();
    assert_eq!(readers(&store).await, noted);
}

async fn of_equal_notes_at_once_one_is_written_and_all_are_answered(store: Store) {
    let reads = ["wang", "li"].map(read);
    let all = futures::future::join_all((0..8).map(|_| note(&store, ID, &reads))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(readers(&store).await, ["li", "wang"]);
}

db::conformance! {
    open = crate::support::store;
    cases = [
        a_note_that_is_repeated_leaves_each_read_once_and_another_body_is_refused,
        the_same_read_under_another_request_is_another_one,
        a_note_that_is_more_than_one_statement_and_is_repeated_leaves_each_read_once,
    ]
}

db::races! {
    open = crate::support::store;
    cases = [of_equal_notes_at_once_one_is_written_and_all_are_answered]
}
