//! What no draw can be announced with: a clear error each, and the task stands as it was.

use std::sync::Arc;

use contract::inspection::v1 as pb;
use inspection::store::{MarkRow, SubjectRow, put_marks, put_subjects};
use rulebook::Rulebook;

use crate::house::*;

/// Announces the draw of a task, which is refused, and answers why. Task and events are as they were.
async fn refused(house: &House, task: &pb::Task) -> tonic::Status {
    let told = house.events().await.len();
    let refused = house.before(WANG).announce_draw(announce(&task.name)).await.unwrap_err();
    let request = pb::GetTaskRequest { name: task.name.clone() };
    assert_eq!(house.before(WANG).get_task(request).await.unwrap().into_inner(), *task);
    assert_eq!(house.events().await.len(), told, "nothing is told");
    refused
}

async fn created(house: &House, stratify_by: &str) -> pb::Task {
    house.before(WANG).create_task(task(stratify_by, 50)).await.unwrap().into_inner()
}

/// A rulebook with another ratio for the highest class.
fn with_ratio(percent: u32) -> Arc<Rulebook> {
    let changed = |(name, text): (String, Vec<u8>)| {
        let text = String::from_utf8(text).unwrap();
        let row = |percent: u32| format!("inspection.ratio.jinan.E,{percent},percent");
        (name, text.replace(&row(30), &row(percent)).into_bytes())
    };
    Arc::new(Rulebook::from_archive(Rulebook::builtin().archive().into_iter().map(changed)).unwrap())
}

async fn ratios_above_one_and_ratios_that_fall_with_the_class_are_refused(house: House) {
    for (percent, expected, said) in
        [(130, "RATIO_INVALID", "greater than 1"), (15, "RATIOS_NOT_MONOTONE", "`E`")]
    {
        let house = house_by(house.db.clone(), with_ratio(percent)).await;
        house.settle(10).await;
        house.employ(6).await;
        let task = created(&house, "CLASS").await;
        let status = refused(&house, &task).await;
        assert_eq!(reason(&status), expected);
        assert!(status.message().contains(said), "{status}");
    }
}

async fn an_empty_pool_is_refused_and_a_stratum_without_anybody_is_not(house: House) {
    house.employ(6).await;
    let task = created(&house, "CLASS").await;
    assert_eq!(reason(&refused(&house, &task).await), "POOL_EMPTY");
    // One enterprise: four of the five classes have nobody.
    house.settle(1).await;
    let announced = house.before(WANG).announce_draw(announce(&task.name)).await.unwrap().into_inner();
    assert_eq!((announced.state.as_str(), announced.pool_size), ("PoolSnapshotted", 1));
}

async fn a_code_that_is_none_in_the_pool_is_refused_by_its_name(house: House) {
    house.settle(4).await;
    house.employ(6).await;
    let right = uscc(7).to_string();
    // Another check digit.
    let (body, digit) = right.split_at(17);
    let wrong = format!("{body}{}", if digit == "1" { "2" } else { "1" });
    let mut tx = house.db.begin_write().await.unwrap();
    let subject = SubjectRow {
        uscc: wrong.clone(),
        name: name(7),
        division: "370102".into(),
        registration_state: "InOperation".into(),
    };
    put_subjects(&mut tx, vec![subject]).await.unwrap();
    let mark = MarkRow { uscc: wrong.clone(), field: "FOOD".into(), in_force: true };
    put_marks(&mut tx, vec![mark]).await.unwrap();
    tx.commit().await.unwrap();
    let task = created(&house, "UNIFORM").await;
    let status = refused(&house, &task).await;
    assert_eq!(reason(&status), "POOL_CODE_INVALID");
    assert!(status.message().contains(&wrong), "{status}");
}

db::conformance! {
    open = house;
    cases = [
        ratios_above_one_and_ratios_that_fall_with_the_class_are_refused,
        an_empty_pool_is_refused_and_a_stratum_without_anybody_is_not,
        a_code_that_is_none_in_the_pool_is_refused_by_its_name,
    ];
}
