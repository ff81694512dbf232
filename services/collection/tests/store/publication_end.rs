//! How publications end: by term, by withdrawal, by a match undone; and how they are hidden and shown again.

use collection::domain::Kind;
use collection::machines::remedy::Event;
use collection::store::{RecordFilter, Store};
use contract::collection::v1 as pb;

use super::correct::correct;
use super::fixture::*;
use super::matching::register_named;
use super::publish_house::*;
use super::rematch::matched;
use super::remedies;
use super::repaired::stop;

const FINE: &[&str] = &["3"];
const CRITICISM: &[&str] = &["2"];

async fn numbers(store: &Store, state: &str, only_public: bool, on: &str) -> Vec<String> {
    let filter = RecordFilter {
        uscc: None,
        kind: Some(Kind::Penalty),
        state: state.to_owned(),
        only_public,
        size: 10,
        token: String::new(),
    };
    let scope = officer("CREDIT", "370100").scope();
    let page = store.list_records(&filter, &scope, day(on)).await.unwrap();
    page.records.into_iter().map(|record| record.document_no).collect()
}

async fn expire(store: &Store, on: &str) -> usize {
    store.expire_publications(&system(store, on)).await.unwrap()
}

/// A public criticism: the publicity system shows it for three months from the publication, Credit China as long from the decision
/// as order 58 lets it.
async fn with_criticism(store: &Store) -> (String, Receivers) {
    published(store, whole_penalty("罚1", "2026-02-27", CRITICISM), "2026-03-02").await
}

async fn a_term_that_is_over_reads_so_at_once_and_is_booked_and_told_by_the_job(store: Store) {
    let (name, receivers) = with_criticism(&store).await;
    assert_eq!(chain(&store, &name, "publicity", "2026-06-02").await.ends_on, "2026-06-02");
    assert_eq!(chains(&store, &name, "2026-06-02").await, ["Shown", "Shown"]);
    assert_eq!(chains(&store, &name, "2026-06-03").await, ["Shown", "Ended"]);
    assert_eq!(numbers(&store, "", true, "2026-06-02").await, ["罚1"]);
    assert_eq!(numbers(&store, "", true, "2026-06-03").await, [""; 0]);
    // Credit China goes on by order 58: the record is still published.
    assert_eq!(read(&store, &name, "2026-06-03").await.state, "Published");
    assert_eq!((expire(&store, "2026-06-02").await, expire(&store, "2026-06-03").await), (0, 1));
    assert_eq!(expire(&store, "2026-06-03").await, 0);
    receivers.carry_all(&store, "2026-06-03").await;
    let told = receivers.told("publicity");
    assert_eq!((told.len(), &told[1]["操作类型"]), (2, &"撤下".into()));
    assert_eq!(receivers.told("credit-china").len(), 1);
    assert_eq!(read(&store, &name, "2026-06-03").await.state, "Published");
}

async fn a_record_has_expired_when_its_last_chain_has(store: Store) {
    let (name, receivers) = with_criticism(&store).await;
    assert_eq!(read(&store, &name, "2029-02-27").await.state, "Published");
    assert_eq!(read(&store, &name, "2029-02-28").await.state, "Expired");
    assert_eq!(numbers(&store, "Published", false, "2029-02-27").await, ["罚1"]);
    assert_eq!(numbers(&store, "Published", false, "2029-02-28").await, [""; 0]);
    assert_eq!(numbers(&store, "Expired", false, "2029-02-28").await, ["罚1"]);
    assert_eq!(numbers(&store, "Expired", false, "2029-02-27").await, [""; 0]);
    // The job did not run for three years.
    assert_eq!(expire(&store, "2029-03-05").await, 1);
    let told = last_told(&store).await.record.unwrap();
    assert_eq!(told.state, "Expired");
    receivers.carry_all(&store, "2029-03-05").await;
    assert_eq!(chains(&store, &name, "2029-03-05").await, ["Ended", "Ended"]);
    assert_eq!(numbers(&store, "Expired", false, "2029-03-05").await, ["罚1"]);
}

async fn a_withdrawal_is_due_until_every_receiver_that_was_told_has_stopped(store: Store) {
    let (name, receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), "2026-03-02").await;
    withdraw(&store, 2, &name).await;
    assert_eq!(open_duties(&store).await, ["penalty.withdraw"]);
    assert_eq!(duties(&store).await[0].1, "ENFORCEMENT");
    assert_eq!(chains(&store, &name, "2026-03-02").await, ["EndPending", "EndPending"]);
    assert_eq!(numbers(&store, "", true, "2026-03-02").await, [""; 0]);
    receivers.carry(&store, "publicity", "2026-03-03").await;
    assert_eq!(open_duties(&store).await, ["penalty.withdraw"]);
    receivers.carry(&store, "credit-china", "2026-03-03").await;
    assert_eq!(open_duties(&store).await, [""; 0]);
    let record = read(&store, &name, "2026-03-03").await;
    assert_eq!(record.state, "Withdrawn");
    for receiver in ["publicity", "credit-china"] {
        let told = receivers.told(receiver);
        assert_eq!((told.len(), &told[1]["操作类型"]), (2, &"撤下".into()), "{receiver}");
    }
}

async fn a_withdrawal_is_due_as_well_of_who_was_told_to_stop_before_and_has_not_answered(store: Store) {
    let (name, receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), "2026-03-02").await;
    let suit = ("Litigation", "（2026）鲁01行初1号");
    let remedy = remedies::register(&store, 2, &name, suit).await.unwrap().name;
    remedies::order(&store, 3, &remedy, true, "2026-03-02").await.unwrap();
    remedies::end(&store, 4, &remedy, ("Annulled", Event::Annul, "2026-03-02"), None).await.unwrap();
    assert_eq!(chains(&store, &name, "2026-03-02").await, ["EndPending", "EndPending"]);
    assert_eq!(open_duties(&store).await, ["penalty.withdraw"]);
    receivers.carry(&store, "publicity", "2026-03-03").await;
    assert_eq!(open_duties(&store).await, ["penalty.withdraw"]);
    receivers.carry(&store, "credit-china", "2026-03-03").await;
    assert_eq!(open_duties(&store).await, [""; 0]);
}

async fn a_withdrawal_is_due_of_what_was_repaired_as_long_as_somebody_shows_it(store: Store) {
    let (name, receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), "2026-03-02").await;
    assert!(stop(&store, &name, ("2026-06-15", "2026-06-15"), "2026-06-15").await);
    receivers.carry(&store, "publicity", "2026-06-15").await;
    withdraw(&store, 2, &name).await;
    assert_eq!(chains(&store, &name, "2026-06-15").await, ["EndPending", "Ended"]);
    assert_eq!(open_duties(&store).await, ["penalty.withdraw"]);
    receivers.carry(&store, "credit-china", "2026-06-15").await;
    assert_eq!(open_duties(&store).await, [""; 0]);
}

async fn a_withdrawal_overtakes_no_publication_and_what_was_not_told_is_not_withdrawn(store: Store) {
    let mut bare = whole_penalty("罚1", "2026-02-27", FINE);
    penalty_of(&mut bare).authority_uscc = String::new();
    let name = taken(&store, bare).await;
    submit(&store, "2026-03-02").await;
    withdraw(&store, 2, &name).await;
    assert_eq!(chains(&store, &name, "2026-03-02").await, ["Ended", "EndPending"]);
    let receivers = Receivers::new();
    receivers.carry_all(&store, "2026-03-02").await;
    receivers.carry_all(&store, "2026-03-02").await;
    let told: Vec<_> = receivers.told("publicity").iter().map(|told| told["操作类型"].to_string()).collect();
    assert_eq!(told, ["\"公示\"", "\"撤下\""]);
    assert_eq!(receivers.told("credit-china").len(), 0);
    assert_eq!(open_duties(&store).await, [""; 0]);
    submit(&store, "2026-03-09").await;
    assert_eq!(chains(&store, &name, "2026-03-09").await, ["Ended", "Ended"]);
}

async fn a_record_withdrawn_before_it_was_handed_over_is_told_to_nobody(store: Store) {
    let name = taken(&store, whole_penalty("罚1", "2026-02-27", FINE)).await;
    withdraw(&store, 2, &name).await;
    submit(&store, "2026-03-02").await;
    assert_eq!((deliveries(&store).await, open_duties(&store).await.len()), (0, 0));
}

async fn a_record_that_is_hidden_is_taken_away_and_told_again_when_it_is_shown_again(store: Store) {
    let (name, receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), "2026-03-02").await;
    let before = chain(&store, &name, "publicity", "2026-03-02").await;
    for show in [false, true] {
        let mut tx = store.db().begin_write().await.unwrap();
        let mut record = bump(&mut tx, &store, &name).await;
        let act = system(&store, "2026-03-10");
        let told = if show {
            store.tell_again(&mut tx, &act, &mut record).await.unwrap()
        } else {
            store.stop_showing(&mut tx, &act, &mut record).await.unwrap()
        };
        assert!(told);
        tx.commit().await.unwrap();
        receivers.carry_all(&store, "2026-03-10").await;
        let expected = if show { "Shown" } else { "Ended" };
        assert_eq!(chains(&store, &name, "2026-03-10").await, [expected, expected]);
        assert_eq!(numbers(&store, "", true, "2026-03-10").await.len(), usize::from(show));
    }
    // Hiding it did not lengthen its term.
    assert_eq!(chain(&store, &name, "publicity", "2026-03-10").await, before);
    assert_eq!(receivers.told("publicity").len(), 3);
}

async fn a_penalty_that_is_corrected_to_a_warning_is_taken_away(store: Store) {
    let (name, receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), "2026-03-02").await;
    let mut tx = store.db().begin_write().await.unwrap();
    let mut record = bump(&mut tx, &store, &name).await;
    penalty_of(&mut record).penalty_kinds = vec!["1".to_owned()];
    store.tell_again(&mut tx, &system(&store, "2026-03-10"), &mut record).await.unwrap();
    tx.commit().await.unwrap();
    receivers.carry_all(&store, "2026-03-10").await;
    assert_eq!(chains(&store, &name, "2026-03-10").await, ["Ended", "Ended"]);
}

async fn what_is_corrected_to_a_day_before_the_law_of_a_chain_is_taken_away_from_it(store: Store) {
    let (name, receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), "2026-03-02").await;
    let mut tx = store.db().begin_write().await.unwrap();
    let mut record = bump(&mut tx, &store, &name).await;
    // Order 45 is of the next day.
    record.decided_on = "2021-08-31".to_owned();
    assert!(store.tell_again(&mut tx, &system(&store, "2026-03-10"), &mut record).await.unwrap());
    tx.commit().await.unwrap();
    receivers.carry_all(&store, "2026-03-10").await;
    assert_eq!(chains(&store, &name, "2026-03-10").await, ["Shown", "Ended"]);
    let told = ["publicity", "credit-china"].map(|receiver| receivers.told(receiver).pop().unwrap());
    assert_eq!(told.map(|told| told["操作类型"].clone()), ["撤下", "公示"]);
}

async fn what_was_never_to_be_published_is_handed_to_nobody_however_often_it_is_looked_at(store: Store) {
    const LOOK: &str = "UPDATE record SET publish_at_us = 0";
    let name = taken(&store, whole_penalty("罚1", "2023-02-27", FINE)).await;
    db::on!(store.db(), |pool| sqlx::query(LOOK).execute(pool).await.map(drop)).unwrap();
    submit(&store, "2026-03-02").await;
    assert_eq!(
        (deliveries(&store).await, read(&store, &name, "2026-03-02").await.state.as_str()),
        (0, "Attached")
    );
}

/// Corrects a record that is shown, as it reads now, to what `to` says.
async fn corrected(store: &Store, n: u32, name: &str, to: pb::Record) -> pb::Record {
    let revision = read(store, name, "2026-03-02").await.revision;
    correct(store, n, (name, revision), to, &officer("ENFORCEMENT", "370100")).await.unwrap()
}

async fn a_correction_that_no_receiver_took_before_the_terms_were_over_has_expired(store: Store) {
    let (name, receivers) = with_criticism(&store).await;
    let to = pb::Record { remark: "更正".to_owned(), ..whole_penalty("罚1", "2026-02-27", CRITICISM) };
    corrected(&store, 2, &name, to).await;
    for (on, state, other) in [("2029-02-27", "Corrected", "Expired"), ("2029-02-28", "Expired", "Corrected")]
    {
        assert_eq!(read(&store, &name, on).await.state, state);
        assert_eq!(numbers(&store, state, false, on).await, ["罚1"], "{on}");
        assert_eq!(numbers(&store, other, false, on).await, [""; 0], "{on}");
    }
    assert_eq!(expire(&store, "2029-03-05").await, 1);
    assert_eq!(last_told(&store).await.record.unwrap().state, "Expired");
    for _ in 0..2 {
        receivers.carry_all(&store, "2029-03-05").await;
    }
    assert_eq!(chains(&store, &name, "2029-03-05").await, ["Ended", "Ended"]);
    assert_eq!(numbers(&store, "Expired", false, "2029-03-05").await, ["罚1"]);
    assert_eq!(open_duties(&store).await, [""; 0]);
}

async fn a_penalty_that_was_taken_for_a_warning_is_shown_again_once_that_is_put_right(store: Store) {
    let (name, receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), "2026-03-02").await;
    corrected(&store, 2, &name, whole_penalty("罚1", "2026-02-27", &["1"])).await;
    receivers.carry_all(&store, "2026-03-02").await;
    assert_eq!(chains(&store, &name, "2026-03-02").await, ["Ended", "Ended"]);
    assert_eq!(read(&store, &name, "2026-03-02").await.state, "Corrected");
    assert_eq!(numbers(&store, "Corrected", false, "2026-03-02").await, ["罚1"]);
    corrected(&store, 3, &name, whole_penalty("罚1", "2026-02-27", FINE)).await;
    receivers.carry_all(&store, "2026-03-02").await;
    assert_eq!(chains(&store, &name, "2026-03-02").await, ["Shown", "Shown"]);
    assert_eq!(read(&store, &name, "2026-03-02").await.state, "Published");
}

async fn what_is_put_right_so_that_it_is_published_is_handed_over(store: Store) {
    let name = taken(&store, whole_penalty("罚1", "2026-02-27", &["1"])).await;
    submit(&store, "2026-03-02").await;
    assert_eq!((deliveries(&store).await, open_duties(&store).await.len()), (0, 0), "a warning");
    corrected(&store, 2, &name, whole_penalty("罚1", "2026-02-27", FINE)).await;
    submit(&store, "2026-03-02").await;
    assert_eq!(chains(&store, &name, "2026-03-02").await, ["Pending", "Pending"]);
    assert_eq!(read(&store, &name, "2026-03-02").await.state, "PublishPending");
}

async fn a_record_of_a_person_that_was_a_firms_is_published_once_its_party_is_found(store: Store) {
    let of_firm = pb::Record {
        uscc: String::new(),
        field: "FOOD".to_owned(),
        party_name: "泉城食品".to_owned(),
        ..whole_penalty("罚1", "2026-02-27", FINE)
    };
    register_named(&store, FOOD, "济南泉城食品有限公司").await;
    let of_person = pb::Record { party_kind: "natural_person".to_owned(), ..of_firm.clone() };
    import(&store, 1, vec![of_person]).await.unwrap();
    let name = last_told(&store).await.record.unwrap().name;
    submit(&store, "2026-03-02").await;
    corrected(&store, 2, &name, of_firm).await;
    matched(&store, 3, &name, FOOD).await;
    submit(&store, "2026-03-02").await;
    assert_eq!(chains(&store, &name, "2026-03-02").await, ["Pending", "Pending"]);
}

/// Moves the record by one revision, as an act of the store would, and answers it.
async fn bump(tx: &mut db::Tx, store: &Store, name: &str) -> pb::Record {
    const SQL: &str = "UPDATE record SET revision = revision + 1 WHERE key = unhex($1)";
    let id = name.trim_start_matches("records/");
    db::on!(tx, |conn| sqlx::query(SQL).bind(id).execute(conn).await.map(drop)).unwrap();
    let mut record = last_told(store).await.record.unwrap();
    const REVISION: &str = "SELECT revision FROM record WHERE key = unhex($1)";
    record.revision =
        db::on!(tx, |conn| sqlx::query_scalar(REVISION).bind(id).fetch_one(conn).await).unwrap();
    record
}

db::conformance! {
    open = open;
    cases = [
        a_term_that_is_over_reads_so_at_once_and_is_booked_and_told_by_the_job,
        a_record_has_expired_when_its_last_chain_has,
        a_withdrawal_is_due_until_every_receiver_that_was_told_has_stopped,
        a_withdrawal_is_due_as_well_of_who_was_told_to_stop_before_and_has_not_answered,
        a_withdrawal_is_due_of_what_was_repaired_as_long_as_somebody_shows_it,
        a_withdrawal_overtakes_no_publication_and_what_was_not_told_is_not_withdrawn,
        a_record_withdrawn_before_it_was_handed_over_is_told_to_nobody,
        a_record_that_is_hidden_is_taken_away_and_told_again_when_it_is_shown_again,
        a_penalty_that_is_corrected_to_a_warning_is_taken_away,
        a_correction_that_no_receiver_took_before_the_terms_were_over_has_expired,
        a_penalty_that_was_taken_for_a_warning_is_shown_again_once_that_is_put_right,
        what_is_put_right_so_that_it_is_published_is_handed_over,
        a_record_of_a_person_that_was_a_firms_is_published_once_its_party_is_found,
        what_is_corrected_to_a_day_before_the_law_of_a_chain_is_taken_away_from_it,
        what_was_never_to_be_published_is_handed_to_nobody_however_often_it_is_looked_at,
    ]
}
