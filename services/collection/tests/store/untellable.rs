//! Corrections of what is shown to what cannot be told, and how a stop goes out all the same; who may bring them about.

use std::path::Path;
use std::sync::Arc;

use collection::Error;
use collection::domain::Kind;
use collection::store::{RecordFilter, Store};
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use db::on;
use outbox::{Entropy, Origin, Outbox};
use rulebook::Rulebook;
use service::Error as Common;

use super::correct::correct;
use super::fixture::*;
use super::objections::{lodge, propose};
use super::publish_house::*;
use super::withdraw::withdraw;

const FINE: &[&str] = &["3"];

/// The penalty of the cases with these facts.
fn saying(facts: &str) -> pb::Record {
    let mut record = whole_penalty("罚1", "2026-02-27", FINE);
    penalty_of(&mut record).violation_facts = facts.to_owned();
    record
}

async fn shown(store: &Store) -> (String, Receivers) {
    published(store, whole_penalty("罚1", "2026-02-27", FINE), "2026-03-02").await
}

async fn revision(store: &Store, name: &str) -> i64 {
    read(store, name, "2026-03-02").await.revision
}

/// The field by which a request was refused, with the reason.
fn fields(error: &Error) -> Vec<(String, String)> {
    let Error::Common(Common::Invalid(fields)) = error else { panic!("{error:?}") };
    fields.iter().map(|field| (field.path.clone(), field.problem.clone())).collect()
}

async fn public(store: &Store, on: &str) -> usize {
    let filter = RecordFilter {
        uscc: None,
        kind: Some(Kind::Penalty),
        state: String::new(),
        only_public: true,
        size: 10,
        token: String::new(),
    };
    let scope = officer("CREDIT", "370100").scope();
    store.list_records(&filter, &scope, day(on)).await.unwrap().records.len()
}

async fn a_shown_record_is_not_corrected_to_what_its_receivers_cannot_be_told(store: Store) {
    let (name, _) = shown(&store).await;
    let at = (name.as_str(), revision(&store, &name).await);
    let enforcer = officer("ENFORCEMENT", "370100");
    let refused = correct(&store, 2, at, saying("负责人电话13800138000"), &enforcer).await.unwrap_err();
    let [(path, problem)] = fields(&refused).try_into().unwrap();
    assert_eq!(path, "record.penalty.violation_facts");
    assert!(problem.starts_with("credit-china: ") && problem.contains("个人电话"), "{problem}");
    let mut bare = saying("电梯未经检验投入使用");
    penalty_of(&mut bare).authority_uscc = String::new();
    let refused = correct(&store, 3, at, bare, &enforcer).await.unwrap_err();
    let paths: Vec<_> = fields(&refused).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["record.penalty.authority_uscc"]);
    assert_eq!(chains(&store, &name, "2026-03-02").await, ["Shown", "Shown"]);
}

async fn an_answer_that_could_not_be_told_is_refused_when_it_is_proposed(store: Store) {
    let (name, _) = shown(&store).await;
    let objection = lodge(&store, 2, &name, "2026-03-02", &officer("CREDIT", "370100")).await.unwrap().name;
    let refused =
        propose(&store, 3, &objection, Some(Some(saying("负责人电话13800138000")))).await.unwrap_err();
    let paths: Vec<_> = fields(&refused).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["answer.corrected_record.penalty.violation_facts"]);
}

async fn a_check_is_not_told_while_an_item_of_it_holds_a_telephone(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    let mut check = inspection("检1", EQUIPMENT, "2026-02-27");
    let Some(Content::Inspection(said)) = &mut check.content else { panic!("a check") };
    said.items = vec!["电梯使用单位".to_owned(), "负责人电话13800138000".to_owned()];
    import(&store, 1, vec![check]).await.unwrap();
    let name = last_told(&store).await.record.unwrap().name;
    submit(&store, "2026-03-02").await;
    let untold = chain(&store, &name, "publicity", "2026-03-02").await;
    assert_eq!(untold.state, "Blocked");
    assert!(untold.problem.starts_with("“抽查事项”中疑似含有个人电话"), "{}", untold.problem);
    assert_eq!(deliveries(&store).await, 0);
}

/// The built-in rulebook, once Credit China takes no penalty any more, or has no word for a fine.
fn without(table: &str, row: &str) -> Arc<Rulebook> {
    let files = Rulebook::builtin().archive().into_iter().map(|(name, bytes)| {
        if Path::new(&name).file_name().is_some_and(|name| name == table) {
            let text = String::from_utf8(bytes).unwrap();
            let kept: Vec<_> = text.lines().filter(|line| !line.starts_with(row)).collect();
            assert!(kept.len() < text.lines().count(), "{table} has no {row}");
            (name, format!("{}\n", kept.join("\n")).into_bytes())
        } else {
            (name, bytes)
        }
    });
    Arc::new(Rulebook::from_archive(files).unwrap())
}

fn by_book(store: &Store, book: Arc<Rulebook>) -> Store {
    let origin = Origin { deployment: "test".to_owned(), service: "collection".to_owned() };
    Store::new(store.db().clone(), Outbox::new(origin, Entropy::system()), book, Some(seal(1)))
}

/// Corrects the penalty while Credit China cannot be told of one.
async fn outdated(store: &Store) -> (String, Receivers) {
    let (name, receivers) = shown(store).await;
    let unmapped = by_book(store, without("exchange_fields.csv", "credit-china,penalty,"));
    let at = (name.as_str(), revision(store, &name).await);
    correct(&unmapped, 2, at, saying("电梯超期未检"), &officer("ENFORCEMENT", "370100")).await.unwrap();
    receivers.carry_all(store, "2026-03-02").await;
    (name, receivers)
}

async fn what_goes_on_being_shown_as_it_was_before_reads_so_and_is_due(store: Store) {
    let (name, receivers) = outdated(&store).await;
    let credit = chain(&store, &name, "credit-china", "2026-03-02").await;
    assert_eq!(credit.state, "Outdated");
    assert!(credit.problem.starts_with("对方不接收"), "{}", credit.problem);
    assert_eq!(chain(&store, &name, "publicity", "2026-03-02").await.state, "Shown");
    assert_eq!(read(&store, &name, "2026-03-02").await.state, "Corrected");
    assert_eq!(open_duties(&store).await, ["publication.retell"]);
    // The mapping is there again: the job tells it, and everybody shows the same.
    submit(&store, "2026-03-04").await;
    receivers.carry_all(&store, "2026-03-04").await;
    assert_eq!(chains(&store, &name, "2026-03-04").await, ["Shown", "Shown"]);
    assert_eq!(read(&store, &name, "2026-03-04").await.state, "Published");
    assert_eq!(open_duties(&store).await, [""; 0]);
    assert_eq!(receivers.told("credit-china").last().unwrap()["违法事实"], "电梯超期未检");
}

async fn a_stop_goes_out_whatever_the_record_says_and_whatever_the_mapping_is(store: Store) {
    let (name, receivers) = outdated(&store).await;
    let unmapped = by_book(&store, without("exchange_fields.csv", "credit-china,penalty,"));
    withdraw(&unmapped, 3, &name, &officer("ENFORCEMENT", "370100")).await.unwrap();
    receivers.carry_all(&store, "2026-03-03").await;
    assert_eq!(chains(&store, &name, "2026-03-03").await, ["Ended", "Ended"]);
    assert_eq!(open_duties(&store).await, [""; 0]);
    let told = receivers.told("publicity");
    let last = told.last().unwrap();
    assert_eq!((&last["操作类型"], &last["行政处罚决定书文号"]), (&"撤下".into(), &"罚1".into()));
    assert!(last.get("处罚内容").is_none() && last.get("违法行为类型").is_none(), "{last}");
}

async fn a_record_that_cannot_be_ended_keeps_no_other_from_it_and_is_told_of_where_it_is(store: Store) {
    const SPOIL: &str = "UPDATE record SET content = $1 WHERE document_no = $2";
    register(&store, EQUIPMENT, "370114").await;
    let rows = ["罚1", "罚2"].map(|no| whole_penalty(no, "2026-02-27", &["2"]));
    import(&store, 1, rows.into()).await.unwrap();
    let receivers = Receivers::new();
    submit(&store, "2026-03-02").await;
    receivers.carry_all(&store, "2026-03-02").await;
    on!(store.db(), |pool| sqlx::query(SPOIL).bind(&[0xff_u8][..]).bind("罚1").execute(pool).await.map(drop))
        .unwrap();
    for _ in 0..2 {
        store.expire_publications(&system(&store, "2026-06-03")).await.unwrap();
    }
    receivers.carry(&store, "publicity", "2026-06-03").await;
    let stopped = receivers.told("publicity").iter().filter(|told| told["操作类型"] == "撤下").count();
    assert_eq!(stopped, 1);
    const NOTED: &str = "SELECT COUNT(*) FROM publication WHERE problem LIKE '到期未能撤下%'";
    let noted: i64 = on!(store.db(), |pool| sqlx::query_scalar(NOTED).fetch_one(pool).await).unwrap();
    assert!(noted > 0);
}

async fn a_record_that_cannot_be_handed_over_keeps_no_other_from_it(store: Store) {
    const SPOIL: &str = "UPDATE record SET content = $1 WHERE document_no = $2";
    register(&store, EQUIPMENT, "370114").await;
    let rows = ["罚1", "罚2"].map(|no| whole_penalty(no, "2026-02-27", FINE));
    import(&store, 1, rows.into()).await.unwrap();
    on!(store.db(), |pool| sqlx::query(SPOIL).bind(&[0xff_u8][..]).bind("罚1").execute(pool).await.map(drop))
        .unwrap();
    submit(&store, "2026-03-02").await;
    assert_eq!(deliveries(&store).await, 2);
}

async fn a_penalty_that_one_chain_cannot_be_told_is_public_on_the_other_and_expires_with_the_last(
    store: Store,
) {
    let mut bare = whole_penalty("罚1", "2026-02-27", FINE);
    penalty_of(&mut bare).authority_uscc = String::new();
    let (name, receivers) = published(&store, bare, "2026-03-02").await;
    assert_eq!(read(&store, &name, "2026-03-02").await.state, "Published");
    assert_eq!((public(&store, "2027-03-02").await, public(&store, "2027-03-03").await), (1, 0));
    store.expire_publications(&system(&store, "2027-03-03")).await.unwrap();
    receivers.carry_all(&store, "2027-03-03").await;
    assert_eq!(chains(&store, &name, "2027-03-03").await, ["Blocked", "Ended"]);
    assert_eq!(read(&store, &name, "2029-02-28").await.state, "Expired");
    assert_eq!(store.expire_publications(&system(&store, "2029-02-28")).await.unwrap(), 1);
    assert_eq!(chains(&store, &name, "2029-02-28").await, ["Ended", "Ended"]);
    assert_eq!(last_told(&store).await.record.unwrap().state, "Expired");
    assert_eq!(open_duties(&store).await, [""; 0], "nothing is due on a chain whose term is over");
}

async fn what_only_an_order_suspends_is_published_until_its_term_is_over(store: Store) {
    let (name, receivers) = shown(&store).await;
    let remedy =
        super::remedies::register(&store, 2, &name, ("Litigation", "（2026）鲁01行初1号")).await.unwrap();
    super::remedies::order(&store, 3, &remedy.name, true, "2026-03-02").await.unwrap();
    receivers.carry_all(&store, "2026-03-02").await;
    assert_eq!(chains(&store, &name, "2026-03-02").await, ["Ended", "Ended"]);
    assert_eq!(read(&store, &name, "2026-03-02").await.state, "Published");
    assert_eq!(public(&store, "2026-03-02").await, 0, "nobody outside sees it meanwhile");
    let listed = async |state: &str, on: &str| {
        let filter = RecordFilter {
            uscc: None,
            kind: Some(Kind::Penalty),
            state: state.to_owned(),
            only_public: false,
            size: 10,
            token: String::new(),
        };
        let scope = officer("CREDIT", "370100").scope();
        store.list_records(&filter, &scope, day(on)).await.unwrap().records.len()
    };
    assert_eq!((listed("Published", "2026-03-02").await, listed("Expired", "2026-03-02").await), (1, 0));
    assert_eq!(read(&store, &name, "2029-02-28").await.state, "Expired", "the terms run on");
    super::remedies::order(&store, 4, &remedy.name, false, "2026-03-02").await.unwrap();
    receivers.carry_all(&store, "2026-03-03").await;
    assert_eq!(chains(&store, &name, "2026-03-03").await, ["Shown", "Shown"]);
}

db::conformance! {
    open = open;
    cases = [
        a_shown_record_is_not_corrected_to_what_its_receivers_cannot_be_told,
        an_answer_that_could_not_be_told_is_refused_when_it_is_proposed,
        a_check_is_not_told_while_an_item_of_it_holds_a_telephone,
        what_goes_on_being_shown_as_it_was_before_reads_so_and_is_due,
        a_stop_goes_out_whatever_the_record_says_and_whatever_the_mapping_is,
        a_record_that_cannot_be_ended_keeps_no_other_from_it_and_is_told_of_where_it_is,
        a_record_that_cannot_be_handed_over_keeps_no_other_from_it,
        a_penalty_that_one_chain_cannot_be_told_is_public_on_the_other_and_expires_with_the_last,
        what_only_an_order_suspends_is_published_until_its_term_is_over,
    ]
}
