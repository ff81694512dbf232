//! What records trigger without a listing: named to who asks, by the copy in memory and from the database alike.

use std::sync::Arc;

use contract::collection::v1::record::Content;
use contract::collection::v1::{Penalty, Record};
use contract::punishment::v1::Advice;
use db::on;
use domain::Uscc;
use punishment::domain::list::{EntryName, List, Standing};
use punishment::index::PartyIndex;
use punishment::store::{Breach, PenaltyRow, clear_penalties, owners_of, put_penalties, turn_suspension};

use super::house::{House, OTHER, PARTY, TODAY, at, day, open, question};

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

/// Has the follower read that the decision of a penalty is suspended from a day on, or is again enforced.
async fn turned(house: &House, row: &PenaltyRow, suspended: bool, on: &str) {
    let mut row = row.clone();
    let by = if suspended { "remedies/1" } else { "" };
    row.content.as_mut().unwrap().suspended_by = by.to_owned();
    let mut tx = house.store.db().begin_write().await.unwrap();
    turn_suspension(&mut tx, &row.record, (suspended, day(on))).await.unwrap();
    tx.commit().await.unwrap();
    told(house, vec![row]).await;
}

/// A record that is gone.
fn gone(record: &str) -> PenaltyRow {
    PenaltyRow { record: record.to_owned(), content: None }
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
    asked_as_of(house, copy, (uscc, purpose), "").await
}

/// The same about a day.
async fn asked_as_of(
    house: &House,
    copy: &Arc<PartyIndex>,
    (uscc, purpose): (&str, &str),
    as_of: &str,
) -> (Advice, Vec<String>) {
    copy.refresh(&house.store, at(0)).await.unwrap();
    let question = || contract::punishment::v1::CheckPartyRequest {
        purpose: purpose.to_owned(),
        ..question(uscc, as_of)
    };
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
    told(&house, vec![gone("records/1")]).await;
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
    told(&house, vec![gone("records/2")]).await;
    assert_eq!(asked(&house, &copy, PARTY, "PENALTY").await, NOTHING);
}

/// A breach of 6 May 2024.
fn broken(record: &str) -> Standing {
    Standing {
        name: EntryName::parse(List::BrokenCommitment, record).unwrap(),
        uscc: Uscc::parse(PARTY).unwrap(),
        ground: String::new(),
        listed_on: day("2024-05-06"),
        term_ends_on: None,
        removed_on: None,
        suspended_on: None,
        decision_no: "breaches/1".to_owned(),
        suspensions: Vec::new(),
        lifted: Vec::new(),
    }
}

async fn a_broken_commitment_excludes_notify_and_commit_until_it_is_closed(house: House) {
    let copy = house.index().await;
    let mut breach = broken("records/7");
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

async fn on_the_days_on_which_a_penalty_was_suspended_it_triggers_nothing(house: House) {
    let copy = house.index().await;
    let revoked = penalty(PARTY, "records/1", "8", "2024-03-04");
    told(&house, vec![revoked.clone()]).await;
    for (suspended, on) in [(true, "2024-04-01"), (true, "2024-04-02"), (false, "2024-05-06")] {
        turned(&house, &revoked, suspended, on).await;
    }
    for (on, named) in
        [("2024-03-31", true), ("2024-04-01", false), ("2024-05-05", false), ("2024-05-06", true), ("", true)]
    {
        let expected = if named { bar("records/1") } else { NOTHING };
        assert_eq!(asked_as_of(&house, &copy, (PARTY, "PERMIT"), on).await, expected, "{on}");
    }
    turned(&house, &revoked, true, TODAY).await;
    assert_eq!(asked(&house, &copy, PARTY, "PERMIT").await, NOTHING);
    assert_eq!(asked_as_of(&house, &copy, (PARTY, "PERMIT"), "2024-06-02").await, bar("records/1"));
    assert_eq!(asked_as_of(&house, &copy, (PARTY, "PERMIT"), "2024-04-08").await, NOTHING);
}

async fn a_breach_whose_decision_is_suspended_does_not_count_meanwhile(house: House) {
    let copy = house.index().await;
    let breach = |suspended| Breach {
        standing: broken("records/7"),
        suspended,
        party_name: "济南泉福食品有限公司".to_owned(),
        division: "370102".to_owned(),
    };
    for (suspended, on) in [(false, "2024-05-06"), (true, "2024-05-13"), (false, "2024-05-27")] {
        let mut tx = house.store.db().begin_write().await.unwrap();
        turn_suspension(&mut tx, "records/7", (suspended, day(on))).await.unwrap();
        house.store.breach_follows(&mut tx, &breach(suspended)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let named = (Advice::NoNotifyAndCommit, vec!["NoNotifyCommit records/7".to_owned()]);
    for (on, expected) in [
        ("2024-05-12", named.clone()),
        ("2024-05-13", NOTHING),
        ("2024-05-26", NOTHING),
        ("2024-05-27", named.clone()),
    ] {
        assert_eq!(asked_as_of(&house, &copy, (PARTY, "PERMIT"), on).await, expected, "{on}");
    }
    // Made again, the copy knows the same days once.
    let mut tx = house.store.db().begin_write().await.unwrap();
    clear_penalties(&mut tx).await.unwrap();
    house.store.clear_triggers(&mut tx).await.unwrap();
    for (suspended, on) in [(false, "2024-05-06"), (true, "2024-05-13"), (false, "2024-05-27")] {
        turn_suspension(&mut tx, "records/7", (suspended, day(on))).await.unwrap();
        house.store.breach_follows(&mut tx, &breach(suspended)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let party = Uscc::parse(PARTY).unwrap();
    let again = house.store.standing_of(&party).await.unwrap();
    assert_eq!(again[0].suspensions.len(), 1);
    assert_eq!(asked(&house, &copy, PARTY, "PERMIT").await, named);
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
        on_the_days_on_which_a_penalty_was_suspended_it_triggers_nothing,
        a_breach_whose_decision_is_suspended_does_not_count_meanwhile,
        an_event_that_changes_nothing_writes_nothing_of_what_a_record_triggers,
        what_records_trigger_is_taken_back_before_they_are_read_again,
    ];
}
