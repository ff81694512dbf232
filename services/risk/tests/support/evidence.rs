//! Evidence as registry and collection tell it.

use contract::collection::v1::{self as collection, record::Content};
use contract::registry::v1 as registry;
use prost::Message;
use risk::domain::known::Feed;
use risk::store::{Batch, Piece, Store};

use super::{days_ago, today};

/// An enterprise with an ordinary food licence and its mark.
pub(crate) fn producer(batch: &mut Batch, uscc: &str, division: &str) {
    enterprise(batch, uscc, division, 5000);
    let licence = registry::Licence {
        name: format!("licences/SC101{}", &uscc[8..]),
        licence_no: format!("SC101{}", &uscc[8..]),
        uscc: uscc.to_owned(),
        field: "FOOD".to_owned(),
        sub_kinds: vec!["OrdinaryFood".to_owned()],
        valid_from: days_ago(1000),
        valid_to: "2030-01-01".to_owned(),
        state: "Valid".to_owned(),
        ..registry::Licence::default()
    };
    put(batch, &licence.name.clone(), uscc, "licence", &licence);
    batch.mark(uscc, "FOOD", true, 1);
}

/// The register's entry of an enterprise.
pub(crate) fn enterprise(batch: &mut Batch, uscc: &str, division: &str, days: u32) {
    let enterprise = registry::Enterprise {
        name: format!("enterprises/{uscc}"),
        uscc: uscc.to_owned(),
        division: division.to_owned(),
        established_on: days_ago(days),
        registration_state: "InOperation".to_owned(),
        ..registry::Enterprise::default()
    };
    batch.divisions.insert(uscc.to_owned(), division.to_owned());
    batch.tell(Feed::Registry, today(), 1);
    put(batch, &enterprise.name.clone(), uscc, "attribute", &enterprise);
}

/// A record of collection, told by its first event.
pub(crate) fn record(batch: &mut Batch, name: &str, uscc: &str, days: u32, content: Content) {
    record_at(batch, name, uscc, days, content, 1);
}

/// A record of collection, told by the event at a position.
pub(crate) fn record_at(batch: &mut Batch, name: &str, uscc: &str, days: u32, content: Content, seq: i64) {
    let source = match content {
        Content::Penalty(_) => "penalty",
        Content::Inspection(_) => "inspection",
        Content::Sampling(_) => "sampling",
        Content::ListEntry(_) => "list_entry",
        Content::Permit(_) => "permit",
    };
    let record = collection::Record {
        name: format!("records/{name}"),
        uscc: uscc.to_owned(),
        field: "FOOD".to_owned(),
        decided_on: days_ago(days),
        content: Some(content),
        ..collection::Record::default()
    };
    batch.tell(Feed::Collection, today(), seq);
    put_at(batch, &record.name.clone(), uscc, source, &record, seq);
}

/// A heavier penalty with a fine of 100,000 yuan.
pub(crate) fn heavier_penalty() -> Content {
    Content::Penalty(collection::Penalty {
        penalty_kinds: vec!["3".to_owned(), "10".to_owned()],
        discretion_grade: "Heavier".to_owned(),
        fine_fen: 10_000_000,
        ..collection::Penalty::default()
    })
}

/// An inspection that found problems.
pub(crate) fn problem_inspection() -> Content {
    Content::Inspection(collection::Inspection {
        result: "5".to_owned(),
        critical_count: 2,
        serious_count: 3,
        ..collection::Inspection::default()
    })
}

/// An entry of the list of serious violators.
pub(crate) fn serious_listing() -> Content {
    Content::ListEntry(collection::ListEntry {
        list: "SERIOUS".to_owned(),
        status: "Listed".to_owned(),
        ..collection::ListEntry::default()
    })
}

/// Notes a message as evidence.
pub(crate) fn put(batch: &mut Batch, name: &str, uscc: &str, source: &str, message: &impl Message) {
    put_at(batch, name, uscc, source, message, 1);
}

/// Notes a message as evidence, told by the event at a position.
pub(crate) fn put_at(
    batch: &mut Batch,
    name: &str,
    uscc: &str,
    source: &str,
    message: &impl Message,
    known_seq: i64,
) {
    batch.causes.insert(uscc.to_owned(), format!("event of {name}"));
    let piece = Piece {
        uscc: uscc.to_owned(),
        source: source.to_owned(),
        known_seq,
        payload: message.encode_to_vec(),
    };
    batch.piece(name, piece);
}

/// Takes a batch in, as the projection does.
pub(crate) async fn apply(store: &Store, batch: &Batch) {
    let mut tx = store.db().begin_write().await.unwrap();
    store.apply(&mut tx, batch).await.unwrap();
    tx.commit().await.unwrap();
}
