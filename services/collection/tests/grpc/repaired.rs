//! Repairs that punishment grants and revokes, carried out at the receivers.

use contract::collection::v1 as pb;
use contract::punishment::v1::{Repair, RepairEnd, RepairEvent};
use service::testing::until;

use super::follow::Other;
use super::harness::{CITY, FOOD};
use super::publication::{City, penalty};

/// Both chains stop today.
fn ends_today() -> Vec<RepairEnd> {
    let stops_on = domain::shanghai_date(domain::MicrosUtc::now()).to_string();
    ["credit-china", "publicity"]
        .map(|chain| RepairEnd { chain: chain.to_owned(), stops_on: stops_on.clone() })
        .to_vec()
}

#[tokio::test]
async fn a_granted_repair_ends_what_every_receiver_shows_and_a_fraud_brings_it_back() {
    let punishment = Other::start("punishment").await;
    let city = City::start(&["--punishment-url", &punishment.url()]).await;
    city.served.import(1, vec![penalty()]).await;
    let shown = city.shown().await;
    let repair = Repair {
        name: "repairs/1".to_owned(),
        subject: shown.name.clone(),
        uscc: FOOD.to_owned(),
        reason: "缴款凭证系伪造".to_owned(),
        ends: ends_today(),
        ..Repair::default()
    };
    let told = RepairEvent { repair: Some(repair), ..RepairEvent::default() };
    punishment.tell("punishment.repair.granted", &told).await;
    let ended = until("both receivers stop", async || {
        let record = city.record().await?;
        record.publications.iter().all(|one| one.state == "Ended").then_some(record)
    })
    .await;
    assert_eq!(ended.state, "Expired");
    assert!(city.publicity.inbox().shown().is_empty() && city.credit_china.inbox().shown().is_empty());

    punishment.tell("punishment.repair.revoked", &told).await;
    let again = city.shown().await;
    assert_eq!(again.name, shown.name);
    for receiver in [&city.publicity, &city.credit_china] {
        assert_eq!(receiver.inbox().shown().len(), 1);
    }
    city.served.stop().await;
}

/// The penalties of the city, by their numbers.
async fn penalties(city: &City) -> Vec<pb::Record> {
    let request = pb::ListRecordsRequest { kind: "penalty".to_owned(), ..Default::default() };
    let page = city.served.records("CREDIT", CITY).list_records(request).await.unwrap().into_inner();
    let mut records = page.records;
    records.sort_by(|one, other| one.document_no.cmp(&other.document_no));
    records
}

fn everywhere(record: &pb::Record, state: &str) -> bool {
    !record.publications.is_empty() && record.publications.iter().all(|one| one.state == state)
}

/// Two penalties of one party, once both chains show them.
async fn two_penalties_shown(city: &City) -> Vec<pb::Record> {
    let second = pb::Record { document_no: "济市监罚〔2026〕2号".to_owned(), ..penalty() };
    city.served.import(1, vec![penalty(), second]).await;
    until("both penalties are shown", async || {
        let found = penalties(city).await;
        (found.len() == 2 && found.iter().all(|one| everywhere(one, "Shown"))).then_some(found)
    })
    .await
}

#[tokio::test]
async fn a_repair_takes_no_other_penalty_along_as_if_that_were_a_check() {
    let punishment = Other::start("punishment").await;
    let city = City::start(&["--punishment-url", &punishment.url()]).await;
    let shown = two_penalties_shown(&city).await;
    let repair = Repair {
        name: "repairs/1".to_owned(),
        subject: shown[0].name.clone(),
        uscc: FOOD.to_owned(),
        related_checks: vec![shown[1].name.clone()],
        ends: ends_today(),
        ..Repair::default()
    };
    let told = RepairEvent { repair: Some(repair), ..RepairEvent::default() };
    punishment.tell("punishment.repair.granted", &told).await;
    let after = until("the subject of the repair is shown no more", async || {
        let found = penalties(&city).await;
        everywhere(&found[0], "Ended").then_some(found)
    })
    .await;
    // One transaction carries a repair out: whatever it does to the other is done by now.
    assert!(everywhere(&after[1], "Shown"), "{:?}", after[1].publications);
    city.served.stop().await;
}

#[tokio::test]
async fn a_repair_that_was_granted_to_another_party_ends_nothing() {
    let punishment = Other::start("punishment").await;
    let city = City::start(&["--punishment-url", &punishment.url()]).await;
    let shown = two_penalties_shown(&city).await;
    for (record, uscc) in [(&shown[0], "91370114MA3T7K2P9A"), (&shown[1], FOOD)] {
        let repair = Repair {
            name: format!("repairs/{uscc}"),
            subject: record.name.clone(),
            uscc: uscc.to_owned(),
            ends: ends_today(),
            ..Repair::default()
        };
        let told = RepairEvent { repair: Some(repair), ..RepairEvent::default() };
        punishment.tell("punishment.repair.granted", &told).await;
    }
    let after = until("the party's own penalty is shown no more", async || {
        let found = penalties(&city).await;
        everywhere(&found[1], "Ended").then_some(found)
    })
    .await;
    // Repairs are carried out in the order in which they are told.
    assert!(everywhere(&after[0], "Shown"), "{:?}", after[0].publications);
    city.served.stop().await;
}
