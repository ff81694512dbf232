//! What follows a grant, and a grant that was obtained by fraud, on both engines.

use std::slice::from_ref;

use contract::punishment::v1::{Repair, RepairEnd, RepairEvent};
use db::{Tx, on};
use domain::Uscc;
use prost::Message;
use punishment::RepairRefused;
use punishment::domain::list::{Advance, EntryName, List};
use punishment::domain::papers::Paper;
use punishment::domain::repair::RepairName;
use punishment::machines::abnormal::Event as EntryEvent;
use punishment::machines::serious::Event as CaseEvent;
use punishment::store::{Decision, Examination, Store};

use super::fixture::*;
use super::store::{duties, duty};
use crate::common::*;

/// A directory entry that a repair of 3 July 2024 removed, with its application.
async fn removed_from_directory(store: &Store) -> (EntryName, RepairName) {
    let entry = listed_entry(store, PARTY, "2024-06-03").await;
    let name = accepted(store, &entry.name, "DISTRICT", "2024-07-01").await;
    verify(store, &name, ("DISTRICT", "qian"), verified("Paper"), "2024-07-02").await.unwrap();
    decide(store, &name, ("DISTRICT", "zhao"), true, "2024-07-03").await.unwrap();
    (EntryName::parse(List::Abnormal, &entry.name).unwrap(), name)
}

async fn a_directory_entry_is_put_back_after_fraud_and_did_not_stand_in_between(store: Store) {
    let (entry, name) = removed_from_directory(&store).await;
    let fraud = act("DISTRICT", "li", "2024-07-05");
    let revoked = store.revoke_repair(&fraud, &body("fraud"), &name, revocation()).await.unwrap();
    assert_eq!(revoked.state, "RevokedForFraud");
    let granted = (revoked.decision_no.as_str(), revoked.decided_on.as_str());
    assert_eq!(granted, ("济市监修〔2026〕1号", "2024-07-03"), "the decision that was revoked is still told");
    assert_eq!(
        (revoked.revocation_no.as_str(), revoked.revoked_on.as_str()),
        ("济市监撤〔2026〕1号", "2024-07-05")
    );
    let restored = store.entry(&entry).await.unwrap();
    assert_eq!((restored.state.word(), restored.removed_on), ("Listed", None));
    let uscc = Uscc::parse(PARTY).unwrap();
    let periods = store.standings_of(from_ref(&uscc)).await.unwrap().remove(&uscc).unwrap();
    for (on, stands) in [
        ("2024-06-03", true),
        ("2024-07-02", true),
        ("2024-07-03", false),
        ("2024-07-04", false),
        ("2024-07-05", true),
    ] {
        assert_eq!(periods.iter().any(|period| period.stands_on(date(on))), stands, "{on}");
    }
}

async fn the_decision_says_which_of_two_facts_ended_an_entry(store: Store) {
    let entry = listed_entry(&store, PARTY, "2024-06-03").await;
    let name = accepted(&store, &entry.name, "DISTRICT", "2024-07-01").await;
    verify(&store, &name, ("DISTRICT", "qian"), verified("Paper"), "2024-07-02").await.unwrap();
    for unfit in [None, Some("1"), Some("6")] {
        let ruling = Decision { removal_ground: unfit.map(str::to_owned), ..ruling(true) };
        let zhao = act("DISTRICT", "zhao", "2024-07-03");
        let refused = store.decide_repair(&zhao, &body("unfit"), &name, ruling).await;
        assert_eq!(reason(refused), "INVALID_FIELDS", "{unfit:?}");
    }
    decide(&store, &name, ("DISTRICT", "zhao"), true, "2024-07-03").await.unwrap();
    let removed = store.entry(&EntryName::parse(List::Abnormal, &entry.name).unwrap()).await.unwrap();
    assert_eq!((removed.state.word(), removed.removal_ground.as_str()), ("Removed", "5"));
}

async fn the_decision_says_it_also_where_the_removal_was_asked_for_on_the_other_fact(store: Store) {
    let entry = listed_entry(&store, PARTY, "2024-06-03").await;
    let listed = EntryName::parse(List::Abnormal, &entry.name).unwrap();
    let name = accepted(&store, &entry.name, "DISTRICT", "2024-07-01").await;
    let paper = Some(Paper::RemovalGround("4".to_owned()));
    let asking = Advance { paper, ..entry_step(EntryEvent::RequestRemoval) };
    let party = act("PARTY", "party", "2024-07-01");
    store.advance_entry(&party, &body("ask"), &listed, &asking).await.unwrap();
    verify(&store, &name, ("DISTRICT", "qian"), verified("Paper"), "2024-07-02").await.unwrap();
    let zhao = act("DISTRICT", "zhao", "2024-07-03");
    let unfit = Decision { removal_ground: Some("1".to_owned()), ..ruling(true) };
    assert_eq!(reason(store.decide_repair(&zhao, &body("unfit"), &name, unfit).await), "INVALID_FIELDS");
    decide(&store, &name, ("DISTRICT", "zhao"), true, "2024-07-03").await.unwrap();
    let removed = store.entry(&listed).await.unwrap();
    assert_eq!((removed.state.word(), removed.removal_ground.as_str()), ("Removed", "5"));
}

async fn an_entry_is_repaired_while_an_objection_to_it_is_open(store: Store) {
    let entry = listed_entry(&store, PARTY, "2024-06-03").await;
    let listed = EntryName::parse(List::Abnormal, &entry.name).unwrap();
    let party = act("PARTY", "party", "2024-07-01");
    advance_entry(&store, &party, &listed, EntryEvent::Object).await.unwrap();
    let name = accepted(&store, &entry.name, "DISTRICT", "2024-07-01").await;
    verify(&store, &name, ("DISTRICT", "qian"), verified("Paper"), "2024-07-02").await.unwrap();
    let granted = decide(&store, &name, ("DISTRICT", "zhao"), true, "2024-07-03").await.unwrap();
    let removed = store.entry(&listed).await.unwrap();
    assert_eq!((granted.state.as_str(), removed.state.word()), ("Executed", "Removed"));
}

async fn the_mark_of_a_sole_trader_is_repaired_and_put_back_like_an_entry(store: Store) {
    let trader = Uscc::compose("92370102", "MA000001").unwrap();
    let marked = listed_entry(&store, trader.as_str(), "2024-06-03").await;
    assert_eq!(marked.kind, "MARK");
    let name = accepted(&store, &marked.name, "DISTRICT", "2024-07-01").await;
    verify(&store, &name, ("DISTRICT", "qian"), verified("Paper"), "2024-07-02").await.unwrap();
    let granted = decide(&store, &name, ("DISTRICT", "zhao"), true, "2024-07-03").await.unwrap();
    assert_eq!((granted.state.as_str(), granted.uscc.as_str()), ("Executed", trader.as_str()));
    let stands = async |day: &str| {
        let standings = store.standing_of(&trader).await.unwrap();
        standings.iter().any(|standing| standing.stands_on(date(day)))
    };
    assert!(!stands("2024-07-03").await);
    let fraud = act("DISTRICT", "li", "2024-07-05");
    store.revoke_repair(&fraud, &body("fraud"), &name, revocation()).await.unwrap();
    assert!(stands("2024-07-05").await);
}

async fn what_a_new_entry_stands_for_is_not_put_back_beside_it(store: Store) {
    let (_, name) = removed_from_directory(&store).await;
    let again = listed_entry(&store, PARTY, "2024-08-05").await;
    let fraud = act("DISTRICT", "li", "2024-08-06");
    let back = store.revoke_repair(&fraud, &body("x"), &name, revocation()).await;
    assert!(matches!(refused(back), RepairRefused::NothingToRestore(_)));
    let again = EntryName::parse(List::Abnormal, &again.name).unwrap();
    assert_eq!(store.entry(&again).await.unwrap().state.word(), "Listed");
}

/// A granted repair of the fine, decided on 2026-04-09.
async fn granted_fine(store: &Store) -> Repair {
    told(store, vec![fine()]).await;
    let name = accepted(store, PENALTY, "ENFORCEMENT", "2026-04-07").await;
    verify(store, &name, ("FOOD_PROD", "hu"), verified("Online"), "2026-04-08").await.unwrap();
    decide(store, &name, ("ENFORCEMENT", "feng"), true, "2026-04-09").await.unwrap()
}

/// What collection tells of the fine once chains have stopped.
async fn stopped(store: &Store, chains: &[&str]) {
    let mut record = fine();
    for publication in &mut record.publications {
        if chains.contains(&publication.chain.as_str()) {
            "Ended".clone_into(&mut publication.state);
        }
    }
    told(store, vec![record]).await;
}

async fn a_granted_penalty_is_carried_out_when_every_chain_that_must_has_stopped(store: Store) {
    let granted = granted_fine(&store).await;
    let ends: Vec<_> = granted.ends.iter().map(|end| (end.chain.as_str(), end.stops_on.as_str())).collect();
    // Food: Credit China shows it for a year by order 58, under which it was decided.
    assert_eq!(ends, [("credit-china", "2027-01-06"), ("publicity", "2026-04-09")]);
    assert_eq!(duties(&store).await, [duty("repair.execute", "CREDIT", "repair.execute", "2026-04-14")]);
    assert_eq!(store.execute_repairs(&system("2026-04-09")).await.unwrap(), 0);
    stopped(&store, &["publicity"]).await;
    assert_eq!(store.execute_repairs(&system("2026-04-10")).await.unwrap(), 1);
    assert_eq!(store.execute_repairs(&system("2026-04-10")).await.unwrap(), 0);
    let executed = store.repair(&name(&granted)).await.unwrap().said;
    assert_eq!((executed.state.as_str(), executed.executed_on.as_str()), ("Executed", "2026-04-10"));
    assert_eq!(duties(&store).await, [duty("repair.share", "CREDIT", "repair.share", "2026-04-15")]);
}

/// Writes a grant from before.
async fn add_granted(tx: &mut Tx, (id, subject): (String, String), content: &[u8]) {
    const SQL: &str = "
        INSERT INTO repair (id, subject, uscc, field, division, state, revision, content, since_us)
        VALUES ($1, $2, $3, 'FOOD', '370102', 'Granted', 1, $4, 0)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(id.as_str())
        .bind(subject.as_str())
        .bind(PARTY)
        .bind(content)
        .execute(conn)
        .await
        .map(drop))
    .unwrap();
}

/// Grants from before, about penalties that the publicity system goes on showing.
async fn waiting(store: &Store, number: usize) {
    let name = |at: usize| format!("records/waiting{at}");
    let shown = |at| penalty(&name(at), &format!("济市监罚〔2025〕{at}号"), &["3"], "2025-01-06");
    told(store, (0..number).map(shown).collect()).await;
    let end = RepairEnd { chain: "publicity".to_owned(), stops_on: "2026-04-01".to_owned() };
    let content = Repair { ends: vec![end], ..Repair::default() }.encode_to_vec();
    let mut tx = store.db().begin_write().await.unwrap();
    for at in 0..number {
        add_granted(&mut tx, (format!("0-{at}"), name(at)), &content).await;
    }
    tx.commit().await.unwrap();
}

async fn grants_that_wait_for_a_chain_keep_no_later_one_from_being_booked(store: Store) {
    let granted = granted_fine(&store).await;
    waiting(&store, 501).await;
    stopped(&store, &["publicity"]).await;
    assert_eq!(store.execute_repairs(&system("2026-04-10")).await.unwrap(), 1);
    assert_eq!(store.repair(&name(&granted)).await.unwrap().said.state, "Executed");
}

async fn a_grant_that_cannot_be_read_keeps_no_other_from_being_booked(store: Store) {
    let granted = granted_fine(&store).await;
    let mut tx = store.db().begin_write().await.unwrap();
    add_granted(&mut tx, ("0-torn".to_owned(), "records/torn".to_owned()), &[0xff]).await;
    tx.commit().await.unwrap();
    stopped(&store, &["publicity"]).await;
    store.execute_repairs(&system("2026-04-10")).await.unwrap_err();
    assert_eq!(store.repair(&name(&granted)).await.unwrap().said.state, "Executed");
}

async fn each_step_has_its_event_and_the_grant_and_the_fraud_have_kinds_of_their_own(store: Store) {
    let granted = granted_fine(&store).await;
    let fraud = act("ENFORCEMENT", "feng", "2026-05-06");
    let own = store.revoke_repair(&fraud, &body("own"), &name(&granted), revocation()).await;
    assert_eq!(reason(own), "FOUR_EYES", "who granted does not look at himself");
    let other = act("ENFORCEMENT", "wu", "2026-05-06");
    let revoked = store.revoke_repair(&other, &body("fraud"), &name(&granted), revocation()).await.unwrap();
    assert_eq!((revoked.state.as_str(), duties(&store).await), ("RevokedForFraud", vec![]));
    outbox::Sealer::new(store.db().clone()).seal_once().await.unwrap();
    let events = outbox::read(store.db(), 0, 100, &[]).await.unwrap().events;
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            let payload = RepairEvent::decode(event.payload.as_deref().unwrap()).unwrap();
            (event.header.kind.clone(), payload.repair.unwrap().state)
        })
        .collect();
    let is = |kind: &str, state: &str| (format!("punishment.repair.{kind}"), state.to_owned());
    assert_eq!(
        told,
        [
            is("changed", "Draft"),
            is("changed", "Submitted"),
            is("changed", "Accepted"),
            is("changed", "Verifying"),
            is("granted", "Granted"),
            is("revoked", "RevokedForFraud"),
        ]
    );
}

async fn a_serious_entry_is_removed_early_and_restored_after_fraud_with_a_new_term(store: Store) {
    let case = published_case(&store).await;
    let name = begun(&store, &case.name, "2024-04-01").await;
    let early = refused(submit(&store, &name, &ALL_PAPERS, "2024-04-03").await);
    assert!(matches!(early, RepairRefused::NotEligible { .. }), "{early:?}");
    submit(&store, &name, &ALL_PAPERS, "2024-04-07").await.unwrap();
    examine(&store, &name, "ENFORCEMENT", Examination::Accept, "2024-04-07").await.unwrap();
    verify(&store, &name, ("FOOD_PROD", "hu"), verified("OnSite"), "2024-04-08").await.unwrap();
    let granted = decide(&store, &name, ("ENFORCEMENT", "xu"), true, "2024-04-09").await.unwrap();
    assert_eq!((granted.state.as_str(), granted.remedies.len()), ("Executed", 0));
    let uscc = Uscc::parse(PARTY).unwrap();
    let entry = EntryName::parse(List::Serious, &case.name).unwrap();
    assert!(!store.standing_of(&uscc).await.unwrap()[0].stands_on(date("2024-04-09")));

    let fraud = act("ENFORCEMENT", "wu", "2024-06-03");
    let revoked = store.revoke_repair(&fraud, &body("fraud"), &name, revocation()).await.unwrap();
    assert_eq!((revoked.state.as_str(), revoked.remedies.len()), ("RevokedForFraud", 2));
    take(&store, &entry, &[("CREDIT", "sun", CaseEvent::Publish, "2024-06-04")]).await;
    let standing = store.standing_of(&uscc).await.unwrap();
    assert!(standing[0].stands_on(date("2024-06-04")));
    assert_eq!(standing[0].term_ends_on, Some(date("2027-06-03")), "the term runs anew");
}

db::conformance! {
    open = open;
    cases = [
        a_directory_entry_is_put_back_after_fraud_and_did_not_stand_in_between,
        the_decision_says_which_of_two_facts_ended_an_entry,
        the_decision_says_it_also_where_the_removal_was_asked_for_on_the_other_fact,
        an_entry_is_repaired_while_an_objection_to_it_is_open,
        the_mark_of_a_sole_trader_is_repaired_and_put_back_like_an_entry,
        what_a_new_entry_stands_for_is_not_put_back_beside_it,
        a_granted_penalty_is_carried_out_when_every_chain_that_must_has_stopped,
        grants_that_wait_for_a_chain_keep_no_later_one_from_being_booked,
        a_grant_that_cannot_be_read_keeps_no_other_from_being_booked,
        each_step_has_its_event_and_the_grant_and_the_fraud_have_kinds_of_their_own,
        a_serious_entry_is_removed_early_and_restored_after_fraud_with_a_new_term,
    ];
}
