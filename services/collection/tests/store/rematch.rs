//! A record that was published under the name of a party that it did not concern: the match is undone, and it is published anew.

use collection::Error;
use collection::store::{RecordFilter, Store};
use contract::collection::v1 as pb;
use db::on;
use domain::Uscc;

use super::fixture::*;
use super::matching::{decide, propose, register_named, request_undo};
use super::objections::{self, lodge};
use super::publish_house::*;
use super::repaired::stop;

const FINE: &[&str] = &["3"];

/// Two producers of food, and a penalty of the second that names neither by its code.
async fn waiting(store: &Store) -> String {
    register_named(store, FOOD, "济南泉福食品有限公司").await;
    register_named(store, EQUIPMENT, "济南泉城食品有限公司").await;
    let unnamed = pb::Record {
        uscc: String::new(),
        field: "FOOD".to_owned(),
        party_name: "泉城食品".to_owned(),
        ..whole_penalty("罚1", "2026-02-27", FINE)
    };
    import(store, 1, vec![unnamed]).await.unwrap();
    last_told(store).await.record.unwrap().name
}

/// Matches by two officers, with the requests `n` and `n + 1`; answers the name of the match.
pub(crate) async fn matched(store: &Store, n: u32, name: &str, uscc: &str) -> String {
    let proposed = propose(store, n, "li", name, uscc).await.unwrap();
    assert_eq!(decide(store, n + 1, "wang", &proposed.name, true).await.unwrap().state, "Confirmed");
    proposed.name
}

/// Undoes a match by two officers, with the requests `n` and `n + 1`.
pub(crate) async fn undone(store: &Store, n: u32, party_match: &str) {
    request_undo(store, n, "wang", party_match).await.unwrap();
    assert_eq!(decide(store, n + 1, "li", party_match, true).await.unwrap().state, "Undone");
}

/// A penalty that both chains show under the wrong name, with its match.
async fn published_wrongly(store: &Store) -> (String, String, Receivers) {
    let name = waiting(store).await;
    let party_match = matched(store, 2, &name, FOOD).await;
    let receivers = Receivers::new();
    submit(store, "2026-03-02").await;
    receivers.carry_all(store, "2026-03-02").await;
    assert_eq!(read(store, &name, "2026-03-02").await.state, "Published");
    (name, party_match, receivers)
}

/// Numbers of the records of a party, as its profile lists them.
async fn listed(store: &Store, uscc: &str, only_public: bool, on: &str) -> usize {
    let filter = RecordFilter {
        uscc: Some(Uscc::parse(uscc).unwrap()),
        kind: None,
        state: String::new(),
        only_public,
        size: 10,
        token: String::new(),
    };
    let scope = officer("CREDIT", "370100").scope();
    store.list_records(&filter, &scope, day(on)).await.unwrap().records.len()
}

/// What the publicity system was told, in order: what to do, for whom.
fn told_publicity(receivers: &Receivers) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let told = receivers.told("publicity");
    told.iter().map(|told| (text(&told["操作类型"]), text(&told["统一社会信用代码"]))).collect()
}

fn is(action: &str, uscc: &str) -> (String, String) {
    (action.to_owned(), uscc.to_owned())
}

async fn both_chains_stop_showing_the_wrong_party_and_show_the_right_one_with_a_term_of_its_own(
    store: Store,
) {
    let (name, party_match, receivers) = published_wrongly(&store).await;
    assert_eq!(open_duties(&store).await, [""; 0]);
    undone(&store, 4, &party_match).await;
    let waits = read(&store, &name, "2026-03-02").await;
    assert_eq!((waits.state.as_str(), waits.uscc.as_str(), waits.division.as_str()), ("Unmatched", "", ""));
    assert_eq!(chains(&store, &name, "2026-03-02").await, ["EndPending", "EndPending"]);
    let due = ["collection.match", "double_publicity.publish", "penalty.publish.same_province"];
    assert_eq!(open_duties(&store).await, due, "what was shown under the wrong name was not published");
    for only_public in [true, false] {
        assert_eq!(listed(&store, FOOD, only_public, "2026-03-02").await, 0, "{only_public}");
    }

    receivers.carry_all(&store, "2026-03-03").await;
    assert_eq!(told_publicity(&receivers), [is("公示", FOOD), is("撤下", FOOD)]);
    assert_eq!(receivers.told("credit-china").len(), 2);
    submit(&store, "2026-03-03").await;
    assert_eq!(chains(&store, &name, "2026-03-03").await, ["Ended", "Ended"]);
    assert_eq!(read(&store, &name, "2026-03-03").await.state, "Unmatched");

    matched(&store, 6, &name, EQUIPMENT).await;
    submit(&store, "2026-03-05").await;
    receivers.carry_all(&store, "2026-03-05").await;
    let right = read(&store, &name, "2026-03-05").await;
    assert_eq!((right.state.as_str(), right.uscc.as_str()), ("Published", EQUIPMENT));
    assert_eq!(told_publicity(&receivers)[2..], [is("公示", EQUIPMENT)]);
    let publicity = chain(&store, &name, "publicity", "2026-03-05").await;
    assert_eq!((publicity.published_on.as_str(), publicity.ends_on.as_str()), ("2026-03-05", "2027-03-05"));
    assert_eq!(chain(&store, &name, "credit-china", "2026-03-05").await.ends_on, "2029-02-27");
    assert_eq!((listed(&store, FOOD, false, "2026-03-05").await, open_duties(&store).await.len()), (0, 0));
    assert_eq!(listed(&store, EQUIPMENT, true, "2026-03-05").await, 1);
}

async fn a_receiver_that_was_away_meanwhile_is_told_everything_in_order(store: Store) {
    let (name, party_match, receivers) = published_wrongly(&store).await;
    undone(&store, 4, &party_match).await;
    matched(&store, 6, &name, EQUIPMENT).await;
    submit(&store, "2026-03-02").await;
    assert_eq!(chains(&store, &name, "2026-03-02").await, ["Pending", "Pending"]);
    for _ in 0..2 {
        receivers.carry_all(&store, "2026-03-03").await;
    }
    assert_eq!(told_publicity(&receivers), [is("公示", FOOD), is("撤下", FOOD), is("公示", EQUIPMENT)]);
    assert_eq!(chains(&store, &name, "2026-03-03").await, ["Shown", "Shown"]);
    assert_eq!(read(&store, &name, "2026-03-03").await.state, "Published");
}

async fn a_match_undone_before_anybody_was_told_is_published_under_the_right_name_only(store: Store) {
    let name = waiting(&store).await;
    let party_match = matched(&store, 2, &name, FOOD).await;
    undone(&store, 4, &party_match).await;
    submit(&store, "2026-03-02").await;
    matched(&store, 6, &name, EQUIPMENT).await;
    submit(&store, "2026-03-02").await;
    let receivers = Receivers::new();
    receivers.carry_all(&store, "2026-03-02").await;
    assert_eq!(told_publicity(&receivers), [is("公示", EQUIPMENT)]);
    assert_eq!(read(&store, &name, "2026-03-02").await.state, "Published");
    assert_eq!(open_duties(&store).await, [""; 0]);
}

async fn the_match_of_a_record_that_the_wrong_party_objects_to_can_be_undone(store: Store) {
    const LIES: &str = "SELECT division FROM obligation WHERE kind = 'objection.answer' AND done_on IS NULL";
    let lies = async || -> Vec<String> {
        on!(store.db(), |pool| sqlx::query_scalar(LIES).fetch_all(pool).await).unwrap()
    };
    let (name, party_match, receivers) = published_wrongly(&store).await;
    lodge(&store, 3, &name, "2026-03-02", &person("ENFORCEMENT", "li")).await.unwrap();
    assert_eq!(read(&store, &name, "2026-03-02").await.state, "Objected");
    assert_eq!(lies().await, ["370102"]);
    undone(&store, 4, &party_match).await;
    assert_eq!(lies().await, [""], "whoever has to do with the record has to answer");
    receivers.carry_all(&store, "2026-03-02").await;
    let waits = read(&store, &name, "2026-03-02").await;
    // Whoever objected gets the answer all the same.
    assert_eq!((waits.state.as_str(), waits.open_objection.is_empty()), ("Unmatched", false));
    assert_eq!(told_publicity(&receivers)[1..], [is("撤下", FOOD)]);
}

async fn an_answer_that_makes_a_person_of_a_matched_party_is_refused_when_it_is_proposed(store: Store) {
    let name = waiting(&store).await;
    matched(&store, 2, &name, FOOD).await;
    let objection = lodge(&store, 4, &name, "2026-03-02", &person("ENFORCEMENT", "wang")).await.unwrap().name;
    let of_person = pb::Record {
        uscc: String::new(),
        field: "FOOD".to_owned(),
        party_name: "泉城食品".to_owned(),
        party_kind: "natural_person".to_owned(),
        ..whole_penalty("罚1", "2026-02-27", FINE)
    };
    let refused = objections::propose(&store, 5, &objection, Some(Some(of_person))).await.unwrap_err();
    let Error::Common(service::Error::Invalid(fields)) = refused else { panic!("{refused:?}") };
    let paths: Vec<_> = fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["answer.corrected_record.party_kind"]);
}

async fn what_had_expired_under_the_wrong_name_is_shown_under_the_right_one(store: Store) {
    let (name, party_match, receivers) = published_wrongly(&store).await;
    assert_eq!(store.expire_publications(&system(&store, "2029-03-01")).await.unwrap(), 1);
    receivers.carry_all(&store, "2029-03-01").await;
    assert_eq!(read(&store, &name, "2029-03-01").await.state, "Expired");
    undone(&store, 4, &party_match).await;
    matched(&store, 6, &name, EQUIPMENT).await;
    submit(&store, "2029-03-02").await;
    receivers.carry_all(&store, "2029-03-02").await;
    // Credit China counts from the decision: nothing is left there.
    assert_eq!(chains(&store, &name, "2029-03-02").await, ["Ended", "Shown"]);
    assert_eq!(told_publicity(&receivers)[2..], [is("公示", EQUIPMENT)]);
    assert_eq!(receivers.told("credit-china").len(), 2);
}

async fn a_repair_that_the_wrong_party_was_granted_hides_nothing_of_the_right_one(store: Store) {
    let (name, party_match, receivers) = published_wrongly(&store).await;
    assert!(stop(&store, &name, ("2026-06-15", "2026-06-15"), "2026-06-15").await);
    receivers.carry_all(&store, "2026-06-15").await;
    assert_eq!(read(&store, &name, "2026-06-15").await.state, "Expired");
    undone(&store, 4, &party_match).await;
    matched(&store, 6, &name, EQUIPMENT).await;
    submit(&store, "2026-06-16").await;
    receivers.carry_all(&store, "2026-06-16").await;
    assert_eq!(chains(&store, &name, "2026-06-16").await, ["Shown", "Shown"]);
    assert_eq!(told_publicity(&receivers)[2..], [is("公示", EQUIPMENT)]);
}

db::conformance! {
    open = open;
    cases = [
        both_chains_stop_showing_the_wrong_party_and_show_the_right_one_with_a_term_of_its_own,
        a_receiver_that_was_away_meanwhile_is_told_everything_in_order,
        a_match_undone_before_anybody_was_told_is_published_under_the_right_name_only,
        the_match_of_a_record_that_the_wrong_party_objects_to_can_be_undone,
        an_answer_that_makes_a_person_of_a_matched_party_is_refused_when_it_is_proposed,
        what_had_expired_under_the_wrong_name_is_shown_under_the_right_one,
        a_repair_that_the_wrong_party_was_granted_hides_nothing_of_the_right_one,
    ]
}
