//! Questions about days that have passed: answered from what is kept, in memory and from the database alike.

use std::sync::Arc;

use contract::punishment::v1::Advice;
use domain::MicrosUtc;
use punishment::domain::list::{EntryName, List};
use punishment::index::PartyIndex;
use punishment::machines::serious::Event;

use super::house::{House, PARTY, TODAY, at, day, open, serious};
use crate::common::{published_case, take};

/// Days, and whether the entry stands on them.
async fn assert_stands(house: &House, days: &[(&str, bool)]) {
    assert_stands_by(house, TODAY, days).await;
}

/// As [`assert_stands`], asked on another day than that of the house: nobody is told of days to come.
async fn assert_stands_by(house: &House, today: &str, days: &[(&str, bool)]) {
    let now = MicrosUtc::start_of_shanghai_day(day(today));
    let index = Arc::new(PartyIndex::default());
    index.refresh(&house.store, now).await.unwrap();
    let from_memory = house.replica(&index, now).await;
    let from_database = house.replica(&Arc::new(PartyIndex::default()), now).await;
    for (on, stands) in days {
        let check = from_memory.check(PARTY, on).await;
        assert_eq!(!check.entries.is_empty(), *stands, "{on}");
        assert_eq!(check, from_database.check(PARTY, on).await, "{on}");
    }
}

async fn a_removed_entry_is_told_for_the_days_on_which_it_stood(house: House) {
    house.stands(&serious(PARTY, "1", "2023-03-01", None), false).await;
    house.stands(&serious(PARTY, "1", "2023-03-01", Some("2024-03-04")), false).await;
    assert_stands(
        &house,
        &[
            ("2023-02-28", false),
            ("2023-03-01", true),
            ("2024-03-03", true),
            ("2024-03-04", false),
            ("", false),
        ],
    )
    .await;
}

async fn an_entry_that_was_listed_again_did_not_stand_in_between(house: House) {
    house.stands(&serious(PARTY, "1", "2022-03-01", None), false).await;
    // A copy that follows each change, and one that reads them all at the end.
    let following = house.index().await;
    for (listed_on, removed_on) in
        [("2022-03-01", Some("2023-03-06")), ("2023-09-04", None), ("2023-09-04", Some("2024-05-06"))]
    {
        house.stands(&serious(PARTY, "1", listed_on, removed_on), false).await;
        following.refresh(&house.store, at(0)).await.unwrap();
    }
    let days = [
        ("2022-03-01", true),
        ("2023-03-05", true),
        ("2023-03-06", false),
        ("2023-09-03", false),
        ("2023-09-04", true),
        ("2024-05-05", true),
        ("2024-05-06", false),
    ];
    assert_stands(&house, &days).await;
    let replica = house.replica(&following, at(0)).await;
    for (on, stands) in days {
        let check = replica.check(PARTY, on).await;
        assert_eq!(!check.entries.is_empty(), stands, "{on}");
        assert!(check.entries.len() < 2, "{on}");
    }
}

async fn an_entry_that_counts_as_never_made_stood_on_no_day(house: House) {
    for (listed_on, removed_on) in [("2022-03-01", Some("2023-03-06")), ("2023-09-04", None)] {
        house.stands(&serious(PARTY, "1", listed_on, removed_on), false).await;
    }
    let following = house.index().await;
    house.stands(&serious(PARTY, "1", "2023-09-04", Some("2024-01-08")), true).await;
    following.refresh(&house.store, at(0)).await.unwrap();
    assert_stands(&house, &[("2022-03-01", false), ("2023-09-04", false), ("", false)]).await;
    let check = house.replica(&following, at(0)).await.check(PARTY, "2022-06-01").await;
    assert_eq!((check.advice(), check.entries.len()), (Advice::Normal, 0));
}

async fn a_listing_that_was_restored_for_fraud_did_not_stand_in_between(house: House) {
    let listed = published_case(&house.store).await;
    let name = EntryName::parse(List::Serious, &listed.name).unwrap();
    let steps = [
        ("CREDIT", "sun", Event::RequestEarlyRemoval, "2024-05-06"),
        ("ENFORCEMENT", "feng", Event::RemoveEarly, "2024-05-20"),
        ("ENFORCEMENT", "zhou", Event::Restore, "2024-09-02"),
    ];
    take(&house.store, &name, &steps).await;
    let days = [
        ("2023-04-03", true),
        ("2024-05-19", true),
        ("2024-05-20", false),
        ("2024-09-01", false),
        ("2024-09-02", true),
        ("2027-09-02", true),
        ("2027-09-03", false),
    ];
    assert_stands_by(&house, "2027-09-03", &days).await;
}

db::conformance! {
    open = open;
    cases = [
        a_removed_entry_is_told_for_the_days_on_which_it_stood,
        an_entry_that_was_listed_again_did_not_stand_in_between,
        an_entry_that_counts_as_never_made_stood_on_no_day,
        a_listing_that_was_restored_for_fraud_did_not_stand_in_between,
    ];
}
