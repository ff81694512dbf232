//! Repairs that punishment grants and revokes, carried out at the receivers.

use contract::punishment::v1::{Repair, RepairEnd, RepairEvent};
use service::testing::until;

use super::follow::Other;
use super::publication::{City, penalty};

#[tokio::test]
async fn a_granted_repair_ends_what_every_receiver_shows_and_a_fraud_brings_it_back() {
    let punishment = Other::start("punishment").await;
    let city = City::start(&["--punishment-url", &punishment.url()]).await;
    city.served.import(1, vec![penalty()]).await;
    let shown = city.shown().await;
    let today = domain::shanghai_date(domain::MicrosUtc::now()).to_string();
    let end = |chain: &str| RepairEnd { chain: chain.to_owned(), stops_on: today.clone() };
    let repair = Repair {
        name: "repairs/1".to_owned(),
        subject: shown.name.clone(),
        reason: "缴款凭证系伪造".to_owned(),
        ends: vec![end("credit-china"), end("publicity")],
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
