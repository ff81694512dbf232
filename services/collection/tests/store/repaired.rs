//! How a repair ends the publication of a penalty, and how it comes back when the repair was a fraud.

use std::sync::Arc;

use collection::domain::NaturalId;
use collection::store::Store;
use rulebook::Rulebook;

use super::fixture::*;
use super::publish_house::*;
use super::remedies;

const FINE: &[&str] = &["3"];
const SUIT: (&str, &str) = ("Litigation", "（2026）鲁01行初1号");

/// Carries out a grant: the publicity system stops on its day, Credit China on the day that its own least term leaves.
pub(crate) async fn stop(
    store: &Store,
    name: &str,
    (publicity, credit_china): (&str, &str),
    on: &str,
) -> bool {
    let id = NaturalId::from_name(name, "records").unwrap();
    let stops_on = |chain: &str| match chain {
        "publicity" => Some(day(publicity)),
        _ => Some(day(credit_china)),
    };
    let mut tx = store.db().begin_write().await.unwrap();
    let stopped = store.stop_repaired(&mut tx, &system(store, on), &id, stops_on).await.unwrap();
    tx.commit().await.unwrap();
    stopped
}

async fn show_again(store: &Store, name: &str, on: &str) -> bool {
    let id = NaturalId::from_name(name, "records").unwrap();
    let mut tx = store.db().begin_write().await.unwrap();
    let told = store.show_repaired_again(&mut tx, &system(store, on), &id, "材料虚假").await.unwrap();
    tx.commit().await.unwrap();
    told
}

/// A fine that both chains show.
async fn with_fine(store: &Store) -> (String, Receivers) {
    published(store, whole_penalty("罚1", "2026-02-27", FINE), "2026-03-02").await
}

async fn each_chain_stops_on_its_own_day_and_the_record_has_expired_with_the_last(store: Store) {
    let (name, receivers) = with_fine(&store).await;
    assert!(stop(&store, &name, ("2026-06-15", "2026-07-02"), "2026-06-15").await);
    assert_eq!(chains(&store, &name, "2026-06-15").await, ["Shown", "EndPending"]);
    receivers.carry_all(&store, "2026-06-16").await;
    assert_eq!(chains(&store, &name, "2026-06-16").await, ["Shown", "Ended"]);
    assert_eq!(chain(&store, &name, "credit-china", "2026-06-16").await.ends_on, "2026-07-01");
    assert_eq!(read(&store, &name, "2026-07-01").await.state, "Published");
    assert_eq!(store.expire_publications(&system(&store, "2026-07-02")).await.unwrap(), 1);
    receivers.carry_all(&store, "2026-07-02").await;
    assert_eq!(read(&store, &name, "2026-07-02").await.state, "Expired");
    for receiver in ["publicity", "credit-china"] {
        let told = receivers.told(receiver);
        assert_eq!((told.len(), &told[1]["操作类型"]), (2, &"撤下".into()), "{receiver}");
    }
}

async fn what_is_repaired_twice_or_was_withdrawn_is_left_alone(store: Store) {
    let (name, _receivers) = with_fine(&store).await;
    let now = ("2026-06-15", "2026-06-15");
    assert!(stop(&store, &name, now, "2026-06-15").await);
    let before = read(&store, &name, "2026-06-15").await;
    assert!(!stop(&store, &name, now, "2026-06-15").await);
    assert_eq!(read(&store, &name, "2026-06-15").await, before);
    withdraw(&store, 2, &name).await;
    assert!(!show_again(&store, &name, "2026-06-16").await);
    assert_eq!(read(&store, &name, "2026-06-16").await.state, "Withdrawn");
}

async fn a_fraud_is_shown_again_and_its_term_runs_anew(store: Store) {
    let (name, receivers) = with_fine(&store).await;
    let first = chain(&store, &name, "publicity", "2026-03-02").await;
    assert!(stop(&store, &name, ("2026-06-15", "2026-06-15"), "2026-06-15").await);
    receivers.carry_all(&store, "2026-06-15").await;
    assert_eq!(read(&store, &name, "2026-06-15").await.state, "Expired");
    assert!(show_again(&store, &name, "2026-08-03").await);
    receivers.carry_all(&store, "2026-08-03").await;
    let record = read(&store, &name, "2026-08-03").await;
    assert_eq!(record.state, "Published");
    let again = chain(&store, &name, "publicity", "2026-08-03").await;
    assert_eq!((first.published_on.as_str(), first.ends_on.as_str()), ("2026-03-02", "2027-03-02"));
    assert_eq!((again.published_on.as_str(), again.ends_on.as_str()), ("2026-08-03", "2027-08-03"));
    // Credit China counts from the decision, whenever it shows it.
    assert_eq!(chain(&store, &name, "credit-china", "2026-08-03").await.ends_on, "2029-02-27");
    assert!(!show_again(&store, &name, "2026-08-04").await, "nothing is repaired any more");
}

async fn a_fraud_whose_penalty_is_suspended_is_shown_once_it_is_enforced_again(store: Store) {
    let (name, receivers) = with_fine(&store).await;
    assert!(stop(&store, &name, ("2026-06-15", "2026-06-15"), "2026-06-15").await);
    receivers.carry_all(&store, "2026-06-15").await;
    let remedy = remedies::register(&store, 2, &name, SUIT).await.unwrap().name;
    remedies::order(&store, 3, &remedy, true, "2026-03-02").await.unwrap();
    assert!(!show_again(&store, &name, "2026-08-03").await);
    assert_eq!(chains(&store, &name, "2026-08-03").await, ["Ended", "Ended"]);
    assert_eq!(last_told(&store).await.record.unwrap().publications.len(), 2);
    remedies::order(&store, 4, &remedy, false, "2026-03-02").await.unwrap();
    receivers.carry_all(&store, "2026-08-04").await;
    assert_eq!(read(&store, &name, "2026-08-04").await.state, "Published");
    assert_eq!(chain(&store, &name, "publicity", "2026-08-04").await.ends_on, "2027-08-04", "it runs anew");
}

async fn what_is_repaired_while_it_is_suspended_is_not_shown_when_that_ends(store: Store) {
    let (name, receivers) = with_fine(&store).await;
    let remedy = remedies::register(&store, 2, &name, SUIT).await.unwrap().name;
    remedies::order(&store, 3, &remedy, true, "2026-03-02").await.unwrap();
    receivers.carry_all(&store, "2026-03-02").await;
    assert!(stop(&store, &name, ("2026-03-02", "2026-03-02"), "2026-03-02").await);
    remedies::order(&store, 4, &remedy, false, "2026-03-02").await.unwrap();
    receivers.carry_all(&store, "2026-03-03").await;
    assert_eq!(read(&store, &name, "2026-03-03").await.state, "Expired");
    assert_eq!(receivers.told("publicity").len(), 2, "shown and taken away, once");
}

/// Rules by which a fraud restarts no term.
fn restarting_nothing() -> Arc<Rulebook> {
    const ROW: &str = "repair.fraud_restarts_term,true,bool";
    let changed = |(name, bytes): (String, Vec<u8>)| {
        let text = String::from_utf8(bytes).unwrap();
        (name, text.replace(ROW, "repair.fraud_restarts_term,false,bool").into_bytes())
    };
    let book = Rulebook::from_archive(Rulebook::builtin().archive().into_iter().map(changed)).unwrap();
    assert!(!book.flag("repair.fraud_restarts_term", day("2026-03-02")).unwrap());
    Arc::new(book)
}

async fn where_the_law_restarts_no_term_a_fraud_is_shown_for_the_rest_of_it(store: Store) {
    let store = with_book(&store, restarting_nothing());
    let (name, receivers) = with_fine(&store).await;
    assert!(stop(&store, &name, ("2026-06-15", "2026-06-15"), "2026-06-15").await);
    receivers.carry_all(&store, "2026-06-15").await;
    assert!(show_again(&store, &name, "2026-08-03").await);
    receivers.carry_all(&store, "2026-08-03").await;
    assert_eq!(read(&store, &name, "2026-08-03").await.state, "Published");
    let rest = chain(&store, &name, "publicity", "2026-08-03").await;
    assert_eq!((rest.published_on.as_str(), rest.ends_on.as_str()), ("2026-03-02", "2027-03-02"));
}

async fn only_a_check_of_the_party_goes_with_its_repair(store: Store) {
    let (fine, _receivers) = with_fine(&store).await;
    import(&store, 2, vec![inspection("查1", EQUIPMENT, "2026-02-27")]).await.unwrap();
    let check = last_told(&store).await.record.unwrap().name;
    let goes_along = async |name: &str, uscc: &str| {
        let id = NaturalId::from_name(name, "records").unwrap();
        let mut tx = store.db().begin_read().await.unwrap();
        store.is_check_of(&mut tx, &id, uscc).await.unwrap()
    };
    assert!(goes_along(&check, EQUIPMENT).await);
    assert!(!goes_along(&check, FOOD).await, "it is another party's");
    assert!(!goes_along(&fine, EQUIPMENT).await, "a penalty is repaired by an application of its own");
}

db::conformance! {
    open = open;
    cases = [
        where_the_law_restarts_no_term_a_fraud_is_shown_for_the_rest_of_it,
        only_a_check_of_the_party_goes_with_its_repair,
        each_chain_stops_on_its_own_day_and_the_record_has_expired_with_the_last,
        what_is_repaired_twice_or_was_withdrawn_is_left_alone,
        a_fraud_is_shown_again_and_its_term_runs_anew,
        a_fraud_whose_penalty_is_suspended_is_shown_once_it_is_enforced_again,
        what_is_repaired_while_it_is_suspended_is_not_shown_when_that_ends,
    ];
}
