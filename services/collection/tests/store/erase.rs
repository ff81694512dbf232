//! Who a record about a party without a code is about can be erased, wherever it is kept; nothing of it is lost by mistake.

use collection::Error;
use collection::imports::run_next;
use collection::store::{Erasure, Store};
use contract::collection::v1 as pb;
use db::testing::places_of;
use service::auth::Caller;
use service::erasure::bare;
use service::machine::Refused;

use super::correct::{correct, id_of};
use super::file_imports::{HEADERS, clock, legal, refused, send};
use super::fixture::*;
use super::matching::{decide as decide_match, propose as propose_match, register_named};
use super::objections::{decide, lodge, propose};
use super::publish_house::*;
use super::rematch::{matched, undone};
use super::withdraw::withdraw;

const PERSON: &str = "王二小";
const NUMBER: &str = "济历市监罚〔2026〕77号";
/// A party of the register.
const PARTY: &str = "parties/00000000-0000-0000-0000-000000000007";

/// A penalty of a person, who is named in its texts, too.
fn of_person() -> pb::Record {
    let mut record = whole_penalty(NUMBER, "2026-02-27", &["3"]);
    penalty_of(&mut record).violation_facts = format!("{PERSON}未经许可从事食品生产");
    pb::Record {
        uscc: String::new(),
        field: "FOOD".to_owned(),
        party_name: PERSON.to_owned(),
        remark: format!("当事人{PERSON}"),
        ..record
    }
}

/// A store that holds it, waiting for its party; answers its name.
async fn with_person(store: &Store) -> String {
    import(store, 1, vec![of_person()]).await.unwrap();
    last_told(store).await.record.unwrap().name
}

/// Erases who a record is about, at the caller's office.
pub(crate) async fn erase(store: &Store, n: u32, name: &str, caller: &Caller) -> Result<pb::Record, Error> {
    erase_following(store, n, name, caller, "").await
}

async fn erase_following(
    store: &Store,
    n: u32,
    name: &str,
    caller: &Caller,
    follows: &str,
) -> Result<pb::Record, Error> {
    let id = request(n);
    let sent = pb::EraseRecordRequest {
        name: name.to_owned(),
        reason: "本人请求".to_owned(),
        request_id: id.to_string(),
        follows: follows.to_owned(),
    };
    let erasure = Erasure { id: id_of(name), reason: sent.reason.clone(), follows: follows.to_owned() };
    store.erase_record(&act(&id, ""), &key(&id), caller, &sent, &erasure).await
}

/// The places that hold who it was, and by which number that can be asked.
async fn places(store: &Store) -> Vec<String> {
    [places_of(store.db(), PERSON).await, places_of(store.db(), NUMBER).await].concat()
}

/// Everything happens to the record that can: it is matched with a producer by mistake, published, contested, corrected, and the
/// match is undone. A line with the same name is refused.
async fn eventful(store: &Store) -> (String, Receivers) {
    register_named(store, FOOD, "济南泉福食品有限公司").await;
    let name = with_person(store).await;
    let party_match = matched(store, 2, &name, FOOD).await;
    let receivers = Receivers::new();
    submit(store, "2026-03-02").await;
    receivers.carry_all(store, "2026-03-02").await;
    let objection = lodge(store, 4, &name, "2026-03-02", &officer("DISTRICT", "370102")).await.unwrap();
    propose(store, 5, &objection.name, None).await.unwrap();
    assert_eq!(decide(store, 6, &objection.name, true, "wang").await.unwrap().state, "Unfounded");
    let shown = read(store, &name, "2026-03-02").await;
    let to = pb::Record { remark: format!("更正:{PERSON}"), ..of_person() };
    let to = pb::Record { uscc: shown.uscc, division: shown.division, ..to };
    correct(store, 7, (&name, shown.revision), to, &officer("ENFORCEMENT", "370100")).await.unwrap();
    receivers.carry_all(store, "2026-03-02").await;
    undone(store, 8, &party_match).await;
    (name, receivers)
}

async fn refuse_line(store: &Store) -> String {
    let unit = "济南市市场监督管理局";
    let line = |who: &str, number: &str| {
        format!("{who},91370102MA3C00011G,食品生产,{number},2026-02-25,1,{unit},{unit},{unit},无")
    };
    let text = format!("{HEADERS}\n{}\n{}\n", line(PERSON, "检1"), line("李四", "检2"));
    let sent = send(store, 20, &legal(), text.into_bytes(), false).await.unwrap();
    assert!(run_next(store, clock(), "tester").await.unwrap());
    sent.name
}

async fn once_erased_no_table_tells_who_a_record_was_about(store: Store) {
    let (name, receivers) = eventful(&store).await;
    let import = refuse_line(&store).await;
    let caller = officer("LEGAL", "370100");
    let open = erase(&store, 10, &name, &caller).await.unwrap_err();
    assert!(matches!(&open, Error::RecordOpen { by, .. } if by == "credit-china, publicity"), "{open:?}");
    receivers.carry_all(&store, "2026-03-02").await;

    let held = places(&store).await;
    for place in
        ["record.content", "record_past.content", "event.payload", "delivery.content", "request.answer"]
    {
        assert!(held.iter().any(|held| held == place), "{place} is not among {held:?}");
    }
    assert!(held.contains(&"file_import_refused.cells".to_owned()), "{held:?}");
    let told = events(&store).await.len();
    let left = erase(&store, 11, &name, &caller).await.unwrap();
    assert_eq!(places(&store).await, Vec::<String>::new());
    assert_eq!(
        (left.state.as_str(), left.party_name.as_str(), left.document_no.as_str()),
        ("Withdrawn", "", "")
    );
    assert_eq!(penalty_of(&mut left.clone()).fine_fen, 3_000_000, "what it came to stays");
    assert_eq!(read(&store, &name, "2026-03-02").await.erase_time, left.erase_time);
    assert_eq!(events(&store).await[told..], [("collection.record.erased".to_owned(), name)]);
    let lines = refused(&store, &import).await;
    assert_eq!((lines[0].faults.len(), lines[1].faults.len()), (0, 1), "the line of another stays");
}

async fn the_chain_verifies_and_its_readers_get_header_and_digest_of_what_was_erased(store: Store) {
    let name = with_person(&store).await;
    let sealer = outbox::Sealer::new(store.db().clone());
    while sealer.seal_once().await.unwrap() > 0 {}
    let before = outbox::read(store.db(), 0, 10, &[]).await.unwrap().events;
    erase(&store, 2, &name, &officer("LEGAL", "370100")).await.unwrap();
    while sealer.seal_once().await.unwrap() > 0 {}
    let verified = outbox::verify(store.db(), 1, i64::MAX).await.unwrap();
    assert_eq!((verified.to, verified.erased), (2, 1));
    let after = outbox::read(store.db(), 0, 10, &[]).await.unwrap().events;
    assert_eq!((&after[0].payload, &after[0].salt), (&None, &None));
    assert_eq!((&after[0].header, after[0].payload_digest), (&before[0].header, before[0].payload_digest));
}

async fn what_is_erased_asks_for_nothing_and_does_not_come_back_by_an_import(store: Store) {
    let name = with_person(&store).await;
    assert_eq!(open_duties(&store).await[0], "collection.match");
    let first = erase(&store, 2, &name, &officer("DISTRICT", "370100")).await.unwrap();
    assert_eq!(open_duties(&store).await, Vec::<String>::new());
    let told = events(&store).await.len();
    assert_eq!(
        erase(&store, 2, &name, &officer("DISTRICT", "370100")).await.unwrap(),
        first,
        "the same request"
    );
    assert_eq!(erase(&store, 3, &name, &officer("LEGAL", "370100")).await.unwrap(), first, "another request");
    let again = import(&store, 4, vec![of_person()]).await.unwrap();
    assert!(again.rejected[0].problem.starts_with("RECORD_WITHDRAWN"), "{again:?}");
    assert_eq!((again.unmatched, events(&store).await.len()), (0, told));
    assert_eq!(places(&store).await, Vec::<String>::new());
}

async fn a_file_that_brings_an_erased_record_back_is_refused_and_of_its_line_no_cell_is_kept(store: Store) {
    const DAY: &str = "2026-02-25";
    let unit = "济南市市场监督管理局";
    let file = |day: &str| {
        format!("{HEADERS}\n{PERSON},,食品生产,检77,{day},1,{unit},{unit},{unit},无\n").into_bytes()
    };
    send(&store, 1, &legal(), file(DAY), false).await.unwrap();
    assert!(run_next(&store, clock(), "tester").await.unwrap());
    let told = events(&store).await;
    let (_, name) = told.into_iter().rfind(|(_, subject)| subject.starts_with("records/")).unwrap();
    erase(&store, 2, &name, &officer("LEGAL", "370100")).await.unwrap();
    assert_eq!(places(&store).await, Vec::<String>::new());
    // One with a fault of form is not even asked for.
    for (n, dry_run, day) in [(3, true, DAY), (4, false, DAY), (5, true, "昨天"), (6, false, "昨天")] {
        let import = send(&store, n, &legal(), file(day), dry_run).await.unwrap();
        assert!(run_next(&store, clock(), "tester").await.unwrap());
        let lines = refused(&store, &import.name).await;
        let faults: Vec<_> = lines.iter().map(|line| line.faults.len()).collect();
        assert_eq!(faults, [1], "{lines:?}");
        assert_eq!(places(&store).await, Vec::<String>::new());
    }
}

async fn a_record_that_was_withdrawn_is_erased_as_well(store: Store) {
    let name = with_person(&store).await;
    withdraw(&store, 2, &name, &officer("ENFORCEMENT", "370100")).await.unwrap();
    let erased = erase(&store, 3, &name, &officer("LEGAL", "370100")).await.unwrap();
    assert_eq!((erased.state.as_str(), erased.revision), ("Withdrawn", 3));
    assert_eq!(places(&store).await, Vec::<String>::new());
}

async fn a_record_that_was_withdrawn_under_a_wrong_name_is_erased_as_well(store: Store) {
    register_named(&store, FOOD, "济南泉福食品有限公司").await;
    let name = with_person(&store).await;
    matched(&store, 2, &name, FOOD).await;
    let found = async || {
        let page = store.records_called(PERSON, (9, ""), &legal().scope(), today()).await.unwrap();
        page.records.into_iter().map(|record| record.name).collect::<Vec<_>>()
    };
    assert_eq!(found().await, [""; 0], "it stands under the code of another");
    withdraw(&store, 4, &name, &officer("ENFORCEMENT", "370100")).await.unwrap();
    assert_eq!(found().await, std::slice::from_ref(&name), "who looks for the person finds it");
    let erased = erase(&store, 5, &name, &officer("LEGAL", "370100")).await.unwrap();
    assert_eq!(found().await, [""; 0]);
    assert_eq!((erased.state.as_str(), erased.uscc.as_str()), ("Withdrawn", ""));
    assert_eq!(read(&store, &name, "2026-03-02").await.uscc, "");
    assert_eq!(places(&store).await, Vec::<String>::new());
    assert_eq!(events(&store).await.pop().unwrap(), ("collection.record.erased".to_owned(), name));
}

async fn what_is_open_or_stands_under_a_code_is_not_erased(store: Store) {
    register_named(&store, FOOD, "济南泉福食品有限公司").await;
    let name = with_person(&store).await;
    let caller = officer("LEGAL", "370100");
    let proposed = propose_match(&store, 2, "li", &name, FOOD).await.unwrap();
    let refused = erase(&store, 3, &name, &caller).await.unwrap_err();
    assert!(matches!(&refused, Error::RecordOpen { by, .. } if *by == proposed.name), "{refused:?}");
    decide_match(&store, 4, "wang", &proposed.name, true).await.unwrap();
    let refused = erase(&store, 5, &name, &caller).await.unwrap_err();
    assert!(matches!(&refused, Error::PartyHasCode { uscc, .. } if uscc == FOOD), "{refused:?}");

    import(&store, 6, vec![penalty("罚2", EQUIPMENT, "2026-02-27")]).await.unwrap();
    let awaited = last_told(&store).await.record.unwrap().name;
    let refused = erase(&store, 7, &awaited, &caller).await.unwrap_err();
    assert!(matches!(&refused, Error::PartyHasCode { uscc, .. } if uscc == EQUIPMENT), "{refused:?}");
}

async fn a_record_that_a_court_still_looks_at_is_not_erased(store: Store) {
    let name = with_person(&store).await;
    let remedy =
        super::remedies::register(&store, 2, &name, ("Litigation", "(2026)鲁0102行初1号")).await.unwrap();
    let refused = erase(&store, 3, &name, &officer("LEGAL", "370100")).await.unwrap_err();
    assert!(matches!(&refused, Error::RecordOpen { by, .. } if *by == remedy.name), "{refused:?}");
}

/// The register tells that it has erased it.
async fn party_was_erased(store: &Store) {
    let division = domain::DivisionCode::parse("370102").unwrap();
    let mut tx = store.db().begin_write().await.unwrap();
    store.party_was_erased(&mut tx, &act(&request(1), ""), (PARTY, &division)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn an_erasure_that_follows_one_of_the_register_tells_so_while_that_is_open(store: Store) {
    let name = with_person(&store).await;
    let refused = erase_following(&store, 2, &name, &legal(), PARTY).await.unwrap_err();
    assert!(matches!(&refused, Error::ErasureNotOpen(party) if party == PARTY), "{refused:?}");
    party_was_erased(&store).await;
    erase_following(&store, 3, &name, &legal(), PARTY).await.unwrap();
    assert_eq!(last_told(&store).await.follows, PARTY);
}

async fn an_erased_party_of_the_register_has_the_records_looked_through_once(store: Store) {
    party_was_erased(&store).await;
    assert_eq!(open_duties(&store).await, ["party.erased"]);
    let settle = async |n: u32, by: &Caller| {
        let (id, remark) = (request(n), "未归集其信用信息".to_owned());
        let sent = pb::SettleErasureRequest {
            name: PARTY.to_owned(),
            remark: remark.clone(),
            request_id: id.to_string(),
        };
        store.settle_erasure(&act(&id, ""), &key(&id), by, &sent, remark).await
    };
    let elsewhere = settle(4, &officer("DISTRICT", "370116")).await.unwrap_err();
    assert!(matches!(&elsewhere, Error::Common(service::Error::Denied(_))), "{elsewhere:?}");
    assert_eq!(open_duties(&store).await, ["party.erased"], "the duty of another district stays");
    let settled = settle(2, &legal()).await.unwrap();
    assert_eq!(open_duties(&store).await, Vec::<String>::new());
    assert_eq!(settle(2, &legal()).await.unwrap(), settled, "the same request");
    assert!(matches!(settle(3, &legal()).await.unwrap_err(), Error::ErasureNotOpen(name) if name == PARTY));
    let told = events(&store).await;
    assert_eq!(told, [("collection.erasure.settled".to_owned(), PARTY.to_owned())]);
}

async fn the_records_of_a_person_are_found_by_its_name_until_they_are_erased(store: Store) {
    let name = with_person(&store).await;
    register_named(&store, FOOD, PERSON).await;
    import(
        &store,
        2,
        vec![pb::Record { party_name: PERSON.to_owned(), ..inspection("检1", FOOD, "2026-02-25") }],
    )
    .await
    .unwrap();
    let found = async |called: &str, caller: &Caller| {
        let page = store.records_called(&bare(called), (9, ""), &caller.scope(), today()).await.unwrap();
        page.records.into_iter().map(|record| record.name).collect::<Vec<_>>()
    };
    assert_eq!(
        found("王二 小", &legal()).await,
        std::slice::from_ref(&name),
        "and nothing that stands under a code"
    );
    assert_eq!(found("王二", &legal()).await, [""; 0]);
    assert_eq!(found(PERSON, &officer("SE_SUPERV", "370100")).await, [""; 0], "it is of another field");
    erase(&store, 3, &name, &legal()).await.unwrap();
    for called in [PERSON, "已删除"] {
        assert_eq!(found(called, &legal()).await, [""; 0]);
    }
}

async fn only_the_offices_that_see_to_persons_erase_and_only_where_they_act(store: Store) {
    let name = with_person(&store).await;
    let refused = erase(&store, 2, &name, &officer("ENFORCEMENT", "370100")).await.unwrap_err();
    assert!(matches!(refused, Error::Common(service::Error::Refused(Refused::Office { .. }))), "{refused:?}");
    let refused = erase(&store, 3, &name, &officer("FOREIGN_REG", "370100")).await.unwrap_err();
    assert!(matches!(refused, Error::Common(service::Error::Refused(_))), "{refused:?}");
    let missing = erase(&store, 4, &format!("records/{}", "0".repeat(32)), &legal()).await.unwrap_err();
    assert!(matches!(missing, Error::RecordNotFound(_)), "{missing:?}");
    assert!(places(&store).await.contains(&"record.party_name".to_owned()));
}

db::conformance! {
    open = open;
    cases = [
        once_erased_no_table_tells_who_a_record_was_about,
        the_chain_verifies_and_its_readers_get_header_and_digest_of_what_was_erased,
        what_is_erased_asks_for_nothing_and_does_not_come_back_by_an_import,
        a_file_that_brings_an_erased_record_back_is_refused_and_of_its_line_no_cell_is_kept,
        a_record_that_was_withdrawn_is_erased_as_well,
        a_record_that_was_withdrawn_under_a_wrong_name_is_erased_as_well,
        what_is_open_or_stands_under_a_code_is_not_erased,
        a_record_that_a_court_still_looks_at_is_not_erased,
        an_erased_party_of_the_register_has_the_records_looked_through_once,
        an_erasure_that_follows_one_of_the_register_tells_so_while_that_is_open,
        the_records_of_a_person_are_found_by_its_name_until_they_are_erased,
        only_the_offices_that_see_to_persons_erase_and_only_where_they_act,
    ]
}
