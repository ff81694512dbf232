//! What calls for a strict review, as the store keeps it.

use db::Fingerprint;
use registry::domain::Reason;
use registry::store::{Cut, ReasonFact};

use crate::store::house::{A, B, House, day, open, profile, uscc};

fn reason(resource: &str, code: &str) -> Reason {
    Reason {
        uscc: uscc(code),
        trigger: "ABNORMAL".into(),
        resource: resource.into(),
        ground: "4".into(),
        field: None,
        since: day("2025-06-02"),
        until: None,
    }
}

fn holds(resource: &str, code: &str) -> ReasonFact {
    ReasonFact::Holds(reason(resource, code))
}

fn ended(resource: &str) -> ReasonFact {
    ReasonFact::Ended { resource: resource.into() }
}

impl House {
    async fn take(&self, facts: &[ReasonFact]) {
        let mut tx = self.db.begin_write().await.unwrap();
        self.store.take_reasons(&mut tx, facts).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn resources(&self, code: &str) -> Vec<String> {
        self.store
            .reasons(&uscc(code), day("2025-06-02"))
            .await
            .unwrap()
            .into_iter()
            .map(|reason| reason.resource)
            .collect()
    }
}

async fn what_is_told_twice_holds_once_and_what_ended_holds_no_longer(house: House) {
    house.take(&[holds("abnormalEntries/1", A), holds("abnormalEntries/2", A)]).await;
    house.take(&[holds("abnormalEntries/1", A)]).await;
    assert_eq!(house.resources(A).await, ["abnormalEntries/1", "abnormalEntries/2"]);
    house.take(&[ended("abnormalEntries/1"), ended("abnormalEntries/9")]).await;
    assert_eq!(house.resources(A).await, ["abnormalEntries/2"]);
    assert_eq!(
        house.store.reasons(&uscc(A), day("2025-06-02")).await.unwrap(),
        [reason("abnormalEntries/2", A)]
    );
}

async fn in_one_batch_the_last_word_counts(house: House) {
    house.take(&[holds("abnormalEntries/1", A), ended("abnormalEntries/1")]).await;
    assert_eq!(house.resources(A).await, Vec::<String>::new());
    house.take(&[ended("abnormalEntries/1"), holds("abnormalEntries/1", B)]).await;
    assert_eq!((house.resources(A).await.len(), house.resources(B).await.len()), (0, 1));
}

async fn the_queue_holds_foreign_enterprises_with_a_reason_alone(house: House) {
    let mut foreign = profile("甲（中国）食品有限公司");
    foreign.foreign_invested = true;
    house.create_as(1, A, foreign).await.unwrap();
    house.create(2, B, "乙食品有限公司").await.unwrap();
    let queue = async |after: &str, divisions: &[&str]| {
        let cut = Cut { size: 1, fingerprint: Fingerprint::of(&[]), after: after.into() };
        let divisions: Vec<String> = divisions.iter().map(ToString::to_string).collect();
        let page = house.store.foreign_reviews(&divisions, day("2025-06-02"), &cut).await.unwrap();
        page.rows.into_iter().map(|(one, reasons)| (one.uscc.to_string(), reasons.len())).collect::<Vec<_>>()
    };
    assert_eq!(queue("", &["370102"]).await, []);
    house
        .take(&[holds("abnormalEntries/1", A), holds("seriousCases/1", A), holds("abnormalEntries/2", B)])
        .await;
    assert_eq!(queue("", &["370102"]).await, [(A.to_owned(), 2)]);
    assert_eq!(queue(A, &["370102"]).await, []);
    assert_eq!(queue("", &["370112"]).await, []);
}

async fn key_attention_is_of_its_field_and_ends_with_its_term(house: House) {
    let mut foreign = profile("甲（中国）食品有限公司");
    foreign.foreign_invested = true;
    house.create_as(1, A, foreign).await.unwrap();
    let attention = Reason {
        trigger: "ATTENTION".into(),
        ground: "EXPIRED".into(),
        field: domain::FieldCode::parse("FOOD").ok(),
        until: Some(day("2026-06-02")),
        ..reason("flags/1", A)
    };
    house.take(&[ReasonFact::Holds(attention.clone()), holds("abnormalEntries/1", B)]).await;
    let on = async |text: &str| house.store.reasons(&uscc(A), day(text)).await.unwrap();
    assert_eq!(on("2026-06-02").await, [attention], "the last day counts");
    assert_eq!(on("2026-06-03").await, [], "whether or not anything is told of it");
    let queue = async |text: &str| {
        let cut = Cut { size: 10, fingerprint: Fingerprint::of(&[]), after: String::new() };
        house.store.foreign_reviews(&["370102".to_owned()], day(text), &cut).await.unwrap().rows.len()
    };
    assert_eq!([queue("2026-06-02").await, queue("2026-06-03").await], [1, 0]);
    let mut tx = house.db.begin_write().await.unwrap();
    house.store.forget_reasons(&mut tx, "ATTENTION").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(on("2025-06-02").await, []);
    assert_eq!(house.resources(B).await, ["abnormalEntries/1"]);
}

db::conformance! { open = open; cases = [
    what_is_told_twice_holds_once_and_what_ended_holds_no_longer,
    in_one_batch_the_last_word_counts,
    the_queue_holds_foreign_enterprises_with_a_reason_alone,
    key_attention_is_of_its_field_and_ends_with_its_term,
] }
