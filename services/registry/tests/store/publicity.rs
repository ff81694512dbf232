//! What the publicity system is told, and what its answers do.

use std::path::Path;

use exchange::{Dispatcher, FolderSink, RetryPolicy, Sink, publicity::RECEIVER};
use rand::SeedableRng;
use rand::rngs::StdRng;
use registry::Error;
use registry::domain::{Field, LicenceContent, Patch};
use registry::store::{Decided, PublicityOwner};
use service::Clock;

use crate::store::commitments::{campaign, food, letter};
use crate::store::house::{A, HEALTH, House, ORDINARY, licence, mark, noon, officer, open, today, uscc};

/// Carries what is due to `folder`, once.
async fn dispatch(house: &House, folder: &Path) {
    let sink = Sink::Folder(FolderSink::new(folder).unwrap());
    let owner = PublicityOwner::new(house.store.clone(), Clock::Fixed(today()));
    let dispatcher = Dispatcher::new(house.db.clone(), RECEIVER, sink, owner, RetryPolicy::default());
    dispatcher.dispatch_once(noon("2025-06-20"), &mut StdRng::seed_from_u64(1)).await.unwrap();
}

fn files(folder: &Path) -> Vec<serde_json::Value> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
}

async fn published(house: &House, folder: &Path) {
    house.create(1, A, "济南甲食品有限公司").await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    house.decide(3, &officer("FOOD_PROD", &["370100"]), Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    dispatch(house, folder).await;
}

async fn an_acknowledged_mark_is_published_and_its_duty_is_done(house: House) {
    let folder = tempfile::tempdir().unwrap();
    published(&house, folder.path()).await;
    let view = house.store.mark(&mark(A, "FOOD")).await.unwrap();
    assert_eq!((view.mark.state.as_str(), view.mark.published_at), ("Published", Some(today())));
    assert_eq!(house.duties().await, []);
    let told = &files(folder.path())[0];
    assert_eq!((&told["标记名称"], &told["标记类别"][0]), (&"食品生产企业".into(), &"普通食品".into()));
    assert_eq!(house.events().await.last().unwrap().0, "registry.mark.changed");
}

async fn a_change_of_licences_reaches_the_publicity_system(house: House) {
    let folder = tempfile::tempdir().unwrap();
    published(&house, folder.path()).await;
    house.record(4, "SC20137011600076", licence(A, "FOOD", "FoodAdditive"), today()).await.unwrap();
    assert_eq!(house.state(A, "FOOD").await, "PushPending");
    assert_eq!(house.public().await, [ORDINARY], "it stays public as it was");
    dispatch(&house, folder.path()).await;
    assert_eq!(house.state(A, "FOOD").await, "Published");
    assert_eq!(files(folder.path())[1]["许可证编号"].as_array().unwrap().len(), 2);
    assert_eq!(house.public().await, [ORDINARY, "SC20137011600076"]);
}

async fn a_new_name_of_the_enterprise_reaches_the_publicity_system_with_its_mark(house: House) {
    let folder = tempfile::tempdir().unwrap();
    published(&house, folder.path()).await;
    house.rename(4, 1, "济南乙食品有限公司").await.unwrap();
    assert_eq!(house.state(A, "FOOD").await, "PushPending");
    assert_eq!(house.public().await, [ORDINARY], "it stays public meanwhile");
    assert_eq!(house.duties().await, [("mark.push".to_owned(), "FOOD_PROD".to_owned())]);
    let told: Vec<_> = house.events().await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(told[told.len() - 2..], ["registry.enterprise.changed", "registry.mark.changed"]);
    dispatch(&house, folder.path()).await;
    assert_eq!(house.state(A, "FOOD").await, "Published");
    let files = files(folder.path());
    assert_eq!((files.len(), &files[1]["企业名称"]), (2, &"济南乙食品有限公司".into()));
    assert_eq!(files[1]["许可证编号"], files[0]["许可证编号"]);
    assert_eq!(house.duties().await, []);
}

async fn a_new_name_that_an_import_brings_is_told_as_well_and_another_address_is_not(house: House) {
    let folder = tempfile::tempdir().unwrap();
    published(&house, folder.path()).await;
    let address = Field::Address("泺源大街100号".into());
    let patch = Patch { uscc: uscc(A), fields: vec![address], seen_revision: 1, since: None };
    house.update(4, &officer("LEGAL", &["370100"]), &patch).await.unwrap();
    assert_eq!(house.state(A, "FOOD").await, "Published");
    let answer = house.import_on(5, &[(A, "济南乙食品有限公司")], noon("2025-06-20"), None).await.unwrap();
    assert_eq!(answer.updated, 1);
    assert_eq!(house.state(A, "FOOD").await, "PushPending");
    dispatch(&house, folder.path()).await;
    assert_eq!(files(folder.path())[1]["企业名称"], "济南乙食品有限公司");
}

async fn a_proposed_mark_is_told_nobody_when_its_enterprise_is_renamed(house: House) {
    let folder = tempfile::tempdir().unwrap();
    house.create(1, A, "济南甲食品有限公司").await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    house.rename(3, 1, "济南乙食品有限公司").await.unwrap();
    dispatch(&house, folder.path()).await;
    assert_eq!((house.state(A, "FOOD").await.as_str(), files(folder.path()).len()), ("Candidate", 0));
}

async fn a_letter_that_is_told_again_is_acknowledged_again(house: House) {
    let folder = tempfile::tempdir().unwrap();
    campaign(&house).await;
    house.issue(10, &food(), &[A]).await.unwrap();
    house.sign(11, A, "2025-06-03").await.unwrap();
    house.publish(12, A).await.unwrap();
    let acknowledged =
        async || house.store.commitment(&letter(A)).await.unwrap().commitment.acknowledged_at.is_some();
    assert!(!acknowledged().await);
    dispatch(&house, folder.path()).await;
    assert!(acknowledged().await);
    house.rename(13, 1, "丁").await.unwrap();
    assert!(!acknowledged().await, "the new name is not");
    dispatch(&house, folder.path()).await;
    assert!(acknowledged().await);
}

async fn the_mark_of_special_food_is_taken_away_by_its_own_office(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let special = officer("SAMPLING_SPECIAL_FOOD", &["370100"]);
    house.create(1, A, "济南甲食品有限公司").await.unwrap();
    house.record(2, HEALTH, licence(A, "FOOD", "HealthFood"), today()).await.unwrap();
    house.decide(3, &special, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    dispatch(&house, folder.path()).await;
    let cancelled = LicenceContent { state: "Cancelled".into(), ..licence(A, "FOOD", "HealthFood") };
    house.record(4, HEALTH, cancelled, noon("2025-06-03")).await.unwrap();
    let duty = |kind: &str| [(kind.to_owned(), "SAMPLING_SPECIAL_FOOD".to_owned())];
    assert_eq!(house.duties().await, duty("mark.confirm"));
    let ordinary = officer("FOOD_PROD", &["370100"]);
    let refused = house.decide(5, &ordinary, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap_err();
    let Error::OfficeNotAllowed { offices, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(offices, ["SAMPLING_SPECIAL_FOOD", "LEGAL"]);
    house.decide(6, &special, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    assert_eq!(house.duties().await, duty("mark.push"));
}

async fn the_last_licence_gone_is_withdrawn_only_after_the_owner_confirms(house: House) {
    let folder = tempfile::tempdir().unwrap();
    published(&house, folder.path()).await;
    let revoked = LicenceContent { state: "Revoked".into(), ..licence(A, "FOOD", "OrdinaryFood") };
    house.record(4, ORDINARY, revoked, noon("2025-06-03")).await.unwrap();
    assert_eq!(house.state(A, "FOOD").await, "ChangePending");
    assert_eq!(house.duties().await, [("mark.confirm".to_owned(), "FOOD_PROD".to_owned())]);
    dispatch(&house, folder.path()).await;
    assert_eq!(files(folder.path()).len(), 1, "nothing is withdrawn before");
    assert_eq!(house.public().await, [ORDINARY]);

    house.decide(5, &officer("FOOD_PROD", &["370100"]), Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    assert_eq!(house.public().await, Vec::<String>::new());
    dispatch(&house, folder.path()).await;
    assert_eq!(house.state(A, "FOOD").await, "Removed");
    assert_eq!(files(folder.path())[1]["操作类型"], "撤下");
    assert_eq!(house.duties().await, []);
}

async fn a_replayed_push_leaves_one_mark(house: House) {
    let folder = tempfile::tempdir().unwrap();
    published(&house, folder.path()).await;
    dispatch(&house, folder.path()).await;
    assert_eq!(files(folder.path()).len(), 1);
    assert_eq!(house.deliveries().await.len(), 1);
}

async fn a_failed_push_shows_and_heals(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("drop");
    published(&house, &blocked).await;
    house.record(4, "SC20137011600076", licence(A, "FOOD", "FoodAdditive"), today()).await.unwrap();
    // What cannot be placed: another file stands where this revision belongs.
    let name = format!("enterprises%2F{A}%2Fmarks%2FFOOD.0000000004.json");
    std::fs::write(blocked.join(&name), "other").unwrap();
    dispatch(&house, &blocked).await;
    assert_eq!(house.state(A, "FOOD").await, "PushFailed");
    std::fs::remove_file(blocked.join(&name)).unwrap();
    dispatch_later(&house, &blocked).await;
    assert_eq!(house.state(A, "FOOD").await, "Published");
}

async fn dispatch_later(house: &House, folder: &Path) {
    let sink = Sink::Folder(FolderSink::new(folder).unwrap());
    let owner = PublicityOwner::new(house.store.clone(), Clock::Fixed(today()));
    let dispatcher = Dispatcher::new(house.db.clone(), RECEIVER, sink, owner, RetryPolicy::default());
    dispatcher.dispatch_once(noon("2025-06-21"), &mut StdRng::seed_from_u64(1)).await.unwrap();
}

db::conformance! { open = open; cases = [
    an_acknowledged_mark_is_published_and_its_duty_is_done,
    a_change_of_licences_reaches_the_publicity_system,
    a_new_name_of_the_enterprise_reaches_the_publicity_system_with_its_mark,
    a_new_name_that_an_import_brings_is_told_as_well_and_another_address_is_not,
    a_proposed_mark_is_told_nobody_when_its_enterprise_is_renamed,
    a_letter_that_is_told_again_is_acknowledged_again,
    the_mark_of_special_food_is_taken_away_by_its_own_office,
    the_last_licence_gone_is_withdrawn_only_after_the_owner_confirms,
    a_replayed_push_leaves_one_mark,
    a_failed_push_shows_and_heals,
] }
