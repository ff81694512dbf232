//! Reads that the gateway answers from what it keeps, on both engines.

use contract::risk::v1 as pb;
use domain::RequestId;
use risk::Error;
use risk::store::Store;
use service::access_log::{LoggedRead, reads_of};
use service::idempotency::Key;

use crate::support::{noon, today};

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

async fn note(store: &Store, purpose: &str, reads: &[LoggedRead]) -> Result<(), Error> {
    let request_id = RequestId::parse("6f1c0a52-0f0e-4b7e-9d57-2a0f2c6b9f11").unwrap();
    let key = Key { caller: "gateway", method: "NoteReads", request_id: &request_id };
    let sent = pb::NotedRead { purpose: purpose.to_owned(), ..Default::default() };
    let body = pb::NoteReadsRequest { reads: vec![sent], request_id: request_id.to_string() };
    store.note_reads((&key, &body), reads, noon(today())).await.map(drop)
}

async fn a_note_that_is_repeated_leaves_each_read_once_and_another_body_is_refused(store: Store) {
    let reads = ["wang", "li"].map(read);
    for _ in 0..2 {
        note(&store, "全景查询", &reads).await.unwrap();
    }
    let other = note(&store, "好奇", &[read("zhao")]).await.unwrap_err();
    assert!(matches!(other, Error::Common(service::Error::RequestIdReused(_))), "{other:?}");
    let noted = reads_of(store.db(), &reads[0].subject, 10).await.unwrap();
    assert_eq!(noted, reads.into_iter().rev().collect::<Vec<_>>());
}

db::conformance! {
    open = crate::support::store;
    cases = [a_note_that_is_repeated_leaves_each_read_once_and_another_body_is_refused]
}
