//! What records trigger without a listing: named to who asks, by the copy in memory and from the database alike.

use std::sync::Arc;

use contract::collection::v1::record::Content;
use contract::collection::v1::{Penalty, Record};
use contract::punishment::v1::Advice;
use db::on;
use domain::Uscc;
use punishment::domain::list::{EntryName, List, Standing};
use punishment::index::PartyIndex;
use punishment::store::{PenaltyRow, owners_of, put_penalties};

use super::house::{House, OTHER, PARTY, at, day, open, question};

fn penalty(uscc: &str, record: &str, kind: &str, decided_on: &str) -> PenaltyRow {
    let said = Penalty { penalty_kinds: vec![kind.to_owned()], ..Penalty::default() };
    let content = Record {
        name: record.to_owned(),
        uscc: uscc.to_owned(),
        field: "FOOD".to_owned(),
        document_no: format!("济市监罚〔2024〕{}号", record.trim_start_matches("records/")),
        decided_on: decided_on.to_owned(),
        content: Some(Content::Penalty(said)),
        ..Record::default()
    };
    PenaltyRow { record: record.to_owned(), content: Some(content) }
}

/// Has the copy of records follow, as the follower of collection's feed does.
async fn told(house: &House, rows: Vec<PenaltyRow>) {
    let mut tx = house.store.db().begin_write().await.unwrap();
    let records: Vec<_> = rows.iter().map(|row| row.record.as_str()).collect();
    let mut parties = owners_of(&mut tx, &records).await.unwrap();
    parties.extend(rows.iter().filter_map(|row| row.content.as_ref()).map(|record| record.uscc.clone()));
    put_penalties(&mut tx, rows).await.unwrap();
    for party in parties {
        house.store.triggers_follow(&mut tx, &Uscc::parse(&party).unwrap()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Advice for a purpose, and what it rests on: by a copy that has followed, which the database must agree with.
async fn asked(house: &House, copy: &Arc<PartyIndex>, uscc: &str, purpose: &str) -> (Advice, Vec<String>) {
    copy.refresh(&house.store, at(0)).await.unwrap();
    let question =
        || contract::punishment::v1::CheckPartyRequest { purpose: purpose.to_owned(), ..question(uscc, "") };
    let memory = house.replica(copy, at(0)).await;
    let memory = memory.parties().check_party(question()).await.unwrap().into_inner();
    let database = house.replica(&Arc::new(PartyIndex::default()), at(0)).await;
    assert_eq!(memory, database.parties().check_party(question()).await.unwrap().into_inner());
    let measures = memory.measures.iter();
    (memory.advice(), measures.map(|measure| format!("{} {}", measure.measure, measure.entry)).collect())
}

fn bar(record: &str) -> (Advice, Vec<String>) {
    (Advice::StatutoryBar, vec![format!("MarketEntryBan {record}")])
}

const NOTHING: (Advice, Vec<String>) = (Advice::Normal, Vec::new());

async fn a_revoked_licence_for_food_bars_while_its_penalty_stands_and_follows_its_record(house: House) {
    let copy = house.index().await;
    told(&house, vec![penalty(PARTY, "records/1", "8", "2024-03-04")]).await;
    assert_eq!(asked(&house, &copy, PARTY, "PERMIT").await, bar("records/1"));
    // The record turns out to be about another party; then its penalty is another one; then it is withdrawn.
    told(&house, vec![penalty(OTHER, "records/1", "8", "2024-03-04")]).await;
    assert_eq!(asked(&house, &copy, PARTY, "PERMIT").await, NOTHING);
    assert_eq!(asked(&house, &copy, OTHER, "PERMIT").await, bar("records/1"));
    told(&house, vec![penalty(OTHER, "records/1", "3", "2024-03-04")]).await;
    assert_eq!(asked(&house, &copy, OTHER, "PERMIT").await, NOTHING);
    told(&house, vec![penalty(OTHER, "records/1", "8", "2024-03-04")]).await;
    assert_eq!(asked(&house, &copy, OTHER, "PERMIT").await, bar("records/1"));
    told(&house, vec![PenaltyRow { record: "records/1".to_owned(), content: None }]).await;
    assert_eq!(asked(&house, &copy, OTHER, "PERMIT").await, NOTHING);
}

async fn three_penalties_within_a_year_are_named_for_the_next_and_forgotten_with_one_of_them(house: House) {
    let copy = house.index().await;
    let days = ["2023-07-03", "2024-01-08", "2024-05-06"];
    let rows = (1..).zip(days).map(|(id, day)| penalty(PARTY, &format!("records/{id}"), "3", day));
    told(&house, rows.collect()).await;
    let third = (Advice::StrictReview, vec!["EscalatedPenalty records/3".to_owned()]);
    assert_eq!(asked(&house, &copy, PARTY, "PENALTY").await, third);
    assert_eq!(asked(&house, &copy, PARTY, "PERMIT").await, NOTHING);
    told(&house, vec![PenaltyRow { record: "records/2".to_owned(), content: None }]).await;
    assert_eq!(asked(&house, &copy, PARTY, "PENALTY").await, NOTHING);
}

async fn a_broken_commitment_excludes_notify_and_commit_until_it_is_closed(house: House) {
    let copy = house.index().await;
    let mut breach = Standing {
        name: EntryName::parse(List::BrokenCommitment, "records/7").unwrap(),
        uscc: Uscc::parse(PARTY).unwrap(),
        ground: String::new(),
        listed_on: day("2024-05-06"),
        term_ends_on: None,
        removed_on: None,
        suspended_on: None,
        decision_no: "breaches/1".to_owned(),
        suspensions: Vec::new(),
        lifted: Vec::new(),
    };
    house.stands(&breach, false).await;
    let broken = (Advice::NoNotifyAndCommit, vec!["NoNotifyCommit records/7".to_owned()]);
    assert_eq!(asked(&house, &copy, PARTY, "PERMIT").await, broken);
    breach.removed_on = Some(day("2024-06-03"));
    house.stands(&breach, false).await;
    assert_eq!(asked(&house, &copy, PARTY, "PERMIT").await, NOTHING);
    breach.removed_on = None;
    house.stands(&breach, false).await;
    let mut tx = house.store.db().begin_write().await.unwrap();
    house.store.breach_is_gone(&mut tx, "records/6").await.unwrap();
    house.store.breach_is_gone(&mut tx, "records/7").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(asked(&house, &copy, PARTY, "PERMIT").await, NOTHING, "its record was withdrawn");
}

async fn an_event_that_changes_nothing_writes_nothing_of_what_a_record_triggers(house: House) {
    const LIFTED: &str = "UPDATE standing SET lifted = 'MarketEntryBan 2024-04-01' WHERE name = 'records/1'";
    told(&house, vec![penalty(PARTY, "records/1", "8", "2024-03-04")]).await;
    on!(house.store.db(), |pool| sqlx::query(LIFTED).execute(pool).await.map(drop)).unwrap();
    let before = house.store.standing_changes(0).await.unwrap().change_no;
    told(&house, vec![penalty(PARTY, "records/1", "8", "2024-03-04")]).await;
    assert_eq!(house.store.standing_changes(0).await.unwrap().change_no, before);
    told(&house, vec![penalty(PARTY, "records/1", "8", "2024-03-05")]).await;
    assert!(house.store.standing_changes(0).await.unwrap().change_no > before, "its day was corrected");
}

async fn what_records_trigger_is_taken_back_before_they_are_read_again(house: House) {
    let copy = house.index().await;
    told(&house, vec![penalty(PARTY, "records/1", "8", "2024-03-04")]).await;
    assert_eq!(asked(&house, &copy, PARTY, "PERMIT").await, bar("records/1"));
    let mut tx = house.store.db().begin_write().await.unwrap();
    house.store.clear_triggers(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(asked(&house, &copy, PARTY, "PERMIT").await, NOTHING);
}

db::conformance! {
    open = open;
    cases = [
        a_revoked_licence_for_food_bars_while_its_penalty_stands_and_follows_its_record,
        three_penalties_within_a_year_are_named_for_the_next_and_forgotten_with_one_of_them,
        a_broken_commitment_excludes_notify_and_commit_until_it_is_closed,
        an_event_that_changes_nothing_writes_nothing_of_what_a_record_triggers,
        what_records_trigger_is_taken_back_before_they_are_read_again,
    ];
}
