use std::collections::BTreeSet;

use super::correct::{fined, id_of, with_penalty};
use super::fixture::*;
use super::withdraw::withdraw;
use collection::Error;
use collection::convert::{Judge, read_record};
use collection::domain::NaturalId;
use collection::store::{
    AboutFilter, Act, AnswerDecision, Lists, NewObjection, ProposedAnswer, RecordFilter, Store,
    VerifyByOthers,
};
use contract::client::MAX_MESSAGE_BYTES;
use contract::collection::v1 as pb;
use domain::MicrosUtc;
use prost::Message;
use rulebook::Rulebook;
use service::auth::{Caller, Denied};
use service::idempotency::Key;
use service::machine::Refused;

const BASIS: &str = "济市监异复〔2026〕1号";

/// An act of `caller` on `day`, by the request `id`.
fn act_of(caller: &Caller, id: &domain::RequestId, day: &str) -> Act {
    let noon =
        MicrosUtc::start_of_shanghai_day(domain::parse_date(day).unwrap()).plus_micros(12 * 3_600_000_000);
    let key = Key { caller: caller.subject(), method: "objections", request_id: id };
    Act::of(caller, &key, "", noon, &Rulebook::builtin())
}

fn key_of<'a>(caller: &'a Caller, id: &'a domain::RequestId) -> Key<'a> {
    Key { caller: caller.subject(), method: "objections", request_id: id }
}

pub(crate) async fn lodge(
    store: &Store,
    n: u32,
    record: &str,
    day: &str,
    caller: &Caller,
) -> Result<pb::Objection, Error> {
    let id = request(n);
    let fields = vec!["penalty.fine_fen".to_owned()];
    let request = pb::LodgeObjectionRequest {
        objection: Some(pb::Objection {
            record: record.to_owned(),
            objector: "PARTY".to_owned(),
            contested_fields: fields.clone(),
            grounds: "罚款金额与决定书不符".to_owned(),
            ..pb::Objection::default()
        }),
        request_id: id.to_string(),
    };
    let new = NewObjection {
        record: id_of(record),
        objector: "PARTY".to_owned(),
        contested_fields: fields,
        grounds: "罚款金额与决定书不符".to_owned(),
    };
    store.lodge_objection(&act_of(caller, &id, day), &key_of(caller, &id), caller, &request, &new).await
}

fn of(name: &str) -> NaturalId {
    NaturalId::from_name(name, "objections").unwrap()
}

pub(crate) async fn extend(store: &Store, n: u32, name: &str, day: &str) -> Result<pb::Objection, Error> {
    let (id, caller) = (request(n), person("ENFORCEMENT", "li"));
    let request = pb::ExtendObjectionRequest {
        name: name.to_owned(),
        reason: "需财政部门核实缴款".to_owned(),
        request_id: id.to_string(),
    };
    let verify = VerifyByOthers { id: of(name), reason: request.reason.clone() };
    store
        .extend_objection(&act_of(&caller, &id, day), &key_of(&caller, &id), &caller, &request, &verify)
        .await
}

/// Proposes that the objection is founded and the record says `corrected`, is withdrawn (`Some(None)`), or unfounded (`None`).
pub(crate) async fn propose(
    store: &Store,
    n: u32,
    name: &str,
    verdict: Option<Option<pb::Record>>,
) -> Result<pb::Objection, Error> {
    propose_by(store, n, name, verdict, &person("ENFORCEMENT", "li")).await
}

/// The same in the name of another.
pub(crate) async fn propose_by(
    store: &Store,
    n: u32,
    name: &str,
    verdict: Option<Option<pb::Record>>,
    caller: &Caller,
) -> Result<pb::Objection, Error> {
    let id = request(n);
    let act = act_of(caller, &id, "2026-03-02");
    let judge = Judge { book: &Rulebook::builtin(), today: act.today };
    let corrected_record = verdict.clone().flatten();
    let answer = pb::ObjectionAnswer {
        founded: verdict.is_some(),
        reasons: "经核对决定书原件".to_owned(),
        legal_basis: BASIS.to_owned(),
        corrected_record: corrected_record.clone(),
    };
    let request = pb::ProposeObjectionAnswerRequest {
        name: name.to_owned(),
        answer: Some(answer.clone()),
        request_id: id.to_string(),
    };
    let corrected = corrected_record.map(|record| read_record(&judge, record).unwrap());
    let proposed = ProposedAnswer { id: of(name), answer, corrected };
    store.propose_answer(&act, &key_of(caller, &id), caller, &request, &proposed).await
}

pub(crate) async fn decide(
    store: &Store,
    n: u32,
    name: &str,
    granted: bool,
    who: &str,
) -> Result<pb::Objection, Error> {
    let (id, caller) = (request(n), person("ENFORCEMENT", who));
    let request = pb::DecideObjectionAnswerRequest {
        name: name.to_owned(),
        granted,
        remark: "已复核".to_owned(),
        request_id: id.to_string(),
    };
    let decided = AnswerDecision { id: of(name), granted, remark: request.remark.clone() };
    let act = act_of(&caller, &id, "2026-03-02");
    store.decide_answer(&act, &key_of(&caller, &id), &caller, &request, &decided).await
}

async fn record(store: &Store, name: &str) -> pb::Record {
    store.record(&id_of(name), &officer("CREDIT", "370100"), crate::store::fixture::today()).await.unwrap()
}

async fn open_duties(store: &Store) -> Vec<(String, String)> {
    let answers = |(kind, _, due): (String, String, Option<String>)| {
        kind.starts_with("objection.").then(|| (kind, due.unwrap_or_default()))
    };
    duties(store).await.into_iter().filter_map(answers).collect()
}

fn due(kind: &str, day: &str) -> Vec<(String, String)> {
    vec![(kind.to_owned(), day.to_owned())]
}

async fn an_objection_is_shown_on_its_record_told_and_due_at_the_provider(store: Store) {
    let name = with_penalty(&store).await;
    let objection = lodge(&store, 2, &name, "2026-03-02", &officer("DISTRICT", "370114")).await.unwrap();
    assert_eq!((objection.state.as_str(), objection.lodged_on.as_str()), ("Open", "2026-03-02"));
    let stored = record(&store, &name).await;
    assert_eq!(
        (stored.open_objection.as_str(), stored.state.as_str()),
        (objection.name.as_str(), "Attached")
    );
    assert_eq!(stored.revision, 2);
    assert_eq!(open_duties(&store).await, due("objection.answer", "2026-03-05"));
    let last = events(&store).await.pop().unwrap();
    assert_eq!(last, ("collection.objection.changed".to_owned(), format!("enterprises/{EQUIPMENT}")));
    let again = lodge(&store, 2, &name, "2026-03-02", &officer("DISTRICT", "370114")).await.unwrap();
    assert_eq!((again, events(&store).await.len()), (objection, 2));
}

async fn two_open_objections_to_one_record_are_refused(store: Store) {
    let name = with_penalty(&store).await;
    let credit = officer("CREDIT", "370100");
    lodge(&store, 2, &name, "2026-03-02", &credit).await.unwrap();
    let second = lodge(&store, 3, &name, "2026-03-02", &credit).await;
    assert!(matches!(second, Err(Error::ObjectionOpen(_))), "{second:?}");
    let correction =
        super::correct::correct(&store, 4, (&name, 2), fined(1), &officer("ENFORCEMENT", "370100")).await;
    assert!(matches!(correction, Err(Error::ObjectionOpen(_))), "{correction:?}");
    assert_eq!(events(&store).await.len(), 2);
}

async fn a_second_objection_to_what_is_shown_and_contested_is_told_that_one_is_open(store: Store) {
    let whole = super::publish_house::whole_penalty("罚1", "2026-02-27", &["3"]);
    let (name, _) = super::publish_house::published(&store, whole, "2026-03-02").await;
    let credit = officer("CREDIT", "370100");
    lodge(&store, 2, &name, "2026-03-02", &credit).await.unwrap();
    assert_eq!(record(&store, &name).await.state, "Objected");
    let second = lodge(&store, 3, &name, "2026-03-02", &credit).await;
    assert!(matches!(second, Err(Error::ObjectionOpen(_))), "{second:?}");
}

async fn a_founded_objection_corrects_the_record_in_the_same_act(store: Store) {
    let name = with_penalty(&store).await;
    let objection = lodge(&store, 2, &name, "2026-03-02", &officer("CREDIT", "370100")).await.unwrap().name;
    propose(&store, 3, &objection, Some(Some(fined(30_000)))).await.unwrap();
    assert_eq!(
        record(&store, &name).await.content,
        penalty("罚1", EQUIPMENT, "2026-02-27").content,
        "only proposed"
    );
    let answered = decide(&store, 4, &objection, true, "wang").await.unwrap();
    assert_eq!((answered.state.as_str(), answered.closed_on.as_str()), ("Founded", "2026-03-02"));
    assert_eq!((answered.proposer.as_str(), answered.decider.as_str()), ("li", "wang"));
    let corrected = record(&store, &name).await;
    assert_eq!((corrected.content, corrected.open_objection.as_str()), (fined(30_000).content, ""));
    assert_eq!(open_duties(&store).await, []);
    let kinds: Vec<_> = events(&store).await.into_iter().skip(3).map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["collection.objection.changed", "collection.record.corrected"]);
    let filter = collection::store::VersionFilter { id: id_of(&name), size: 50, token: String::new() };
    let past = store.record_versions(&filter, &officer("CREDIT", "370100")).await.unwrap().versions.remove(1);
    assert_eq!(
        (past.cause.as_str(), past.legal_basis.as_str(), past.officer.as_str()),
        (objection.as_str(), BASIS, "wang")
    );
}

async fn a_founded_objection_without_a_corrected_record_withdraws_it(store: Store) {
    let name = with_penalty(&store).await;
    let objection = lodge(&store, 2, &name, "2026-03-02", &officer("CREDIT", "370100")).await.unwrap().name;
    propose(&store, 3, &objection, Some(None)).await.unwrap();
    assert_eq!(decide(&store, 4, &objection, true, "wang").await.unwrap().state, "Founded");
    let stored = record(&store, &name).await;
    assert_eq!((stored.state.as_str(), stored.open_objection.as_str()), ("Withdrawn", ""));
    assert_eq!(duties(&store).await, []);
    assert_eq!(events(&store).await.pop().unwrap().0, "collection.record.withdrawn");
}

async fn an_unfounded_objection_leaves_the_record_and_the_next_may_come(store: Store) {
    let name = with_penalty(&store).await;
    let credit = officer("CREDIT", "370100");
    let objection = lodge(&store, 2, &name, "2026-03-02", &credit).await.unwrap().name;
    propose(&store, 3, &objection, None).await.unwrap();
    let answered = decide(&store, 4, &objection, true, "wang").await.unwrap();
    assert_eq!(
        (answered.state.as_str(), answered.answer.unwrap().reasons.as_str()),
        ("Unfounded", "经核对决定书原件")
    );
    let stored = record(&store, &name).await;
    assert_eq!((stored.state.as_str(), stored.open_objection.as_str()), ("Attached", ""));
    assert_eq!(stored.content, penalty("罚1", EQUIPMENT, "2026-02-27").content);
    lodge(&store, 5, &name, "2026-03-02", &credit).await.unwrap();
}

async fn who_proposes_the_answer_does_not_give_it_and_what_is_sent_back_is_proposed_anew(store: Store) {
    let name = with_penalty(&store).await;
    let objection = lodge(&store, 2, &name, "2026-03-02", &officer("CREDIT", "370100")).await.unwrap().name;
    let early = decide(&store, 3, &objection, true, "wang").await;
    assert!(
        matches!(early, Err(Error::Common(service::Error::Refused(Refused::Transition { .. })))),
        "{early:?}"
    );
    propose(&store, 4, &objection, None).await.unwrap();
    let own = decide(&store, 5, &objection, true, "li").await;
    assert!(matches!(own, Err(Error::Common(service::Error::Refused(Refused::FourEyes { .. })))), "{own:?}");
    let back = decide(&store, 6, &objection, false, "wang").await.unwrap();
    assert_eq!(
        (back.state.as_str(), back.decider.as_str(), back.remark.as_str()),
        ("Open", "wang", "已复核")
    );
    assert_eq!(open_duties(&store).await.len(), 1, "still due");
    propose(&store, 7, &objection, Some(Some(fined(30_000)))).await.unwrap();
    assert_eq!(decide(&store, 8, &objection, true, "wang").await.unwrap().state, "Founded");
}

/// 2026-02-14 and 2026-02-28 are Saturdays on which everybody works; the festival lies between.
async fn an_answer_is_due_in_working_days_and_once_later_when_others_must_verify(store: Store) {
    let name = with_penalty(&store).await;
    let credit = officer("CREDIT", "370100");
    for (n, day, three, seven) in [
        (10, "2026-02-11", "2026-02-14", "2026-02-27"),
        (20, "2026-02-13", "2026-02-25", "2026-03-02"),
        (30, "2026-02-25", "2026-02-28", "2026-03-05"),
        (40, "2026-03-02", "2026-03-05", "2026-03-11"),
    ] {
        let objection = lodge(&store, n, &name, day, &credit).await.unwrap().name;
        assert_eq!(open_duties(&store).await, due("objection.answer", three), "{day}");
        let extended = extend(&store, n + 1, &objection, day).await.unwrap();
        assert_eq!(
            (extended.state.as_str(), extended.extension_reason.as_str()),
            ("Verifying", "需财政部门核实缴款")
        );
        assert_eq!(open_duties(&store).await, due("objection.answer.needs_others", seven), "{day}");
        let twice = extend(&store, n + 2, &objection, day).await;
        assert!(
            matches!(twice, Err(Error::Common(service::Error::Refused(Refused::Transition { .. })))),
            "{twice:?}"
        );
        propose(&store, n + 3, &objection, None).await.unwrap();
        let back = decide(&store, n + 4, &objection, false, "wang").await.unwrap();
        assert_eq!(back.state, "Verifying", "sent back, not extended again");
        propose(&store, n + 5, &objection, None).await.unwrap();
        decide(&store, n + 6, &objection, true, "wang").await.unwrap();
        assert_eq!(open_duties(&store).await, []);
    }
}

async fn an_extension_of_a_later_day_still_counts_from_the_lodging(store: Store) {
    let name = with_penalty(&store).await;
    let objection = lodge(&store, 2, &name, "2026-02-11", &officer("CREDIT", "370100")).await.unwrap().name;
    extend(&store, 3, &objection, "2026-02-13").await.unwrap();
    assert_eq!(open_duties(&store).await, due("objection.answer.needs_others", "2026-02-27"));
}

async fn a_record_whose_terms_were_over_while_it_was_contested_has_expired_once_that_is_dismissed(
    store: Store,
) {
    let whole = super::publish_house::whole_penalty("罚1", "2026-02-27", &["2"]);
    let (name, _receivers) = super::publish_house::published(&store, whole, "2026-03-02").await;
    let objection = lodge(&store, 2, &name, "2026-03-02", &officer("CREDIT", "370100")).await.unwrap().name;
    let later = super::publish_house::system(&store, "2029-03-05");
    assert_eq!(store.expire_publications(&later).await.unwrap(), 1);
    assert_eq!(last_told(&store).await.record.unwrap().state, "Objected", "that is decided first");
    propose(&store, 3, &objection, None).await.unwrap();
    let (id, caller) = (request(4), person("ENFORCEMENT", "wang"));
    let request = pb::DecideObjectionAnswerRequest {
        name: objection.clone(),
        granted: true,
        remark: String::new(),
        request_id: id.to_string(),
    };
    let decided = AnswerDecision { id: of(&objection), granted: true, remark: String::new() };
    let act = act_of(&caller, &id, "2029-03-06");
    store.decide_answer(&act, &key_of(&caller, &id), &caller, &request, &decided).await.unwrap();
    let told = last_told(&store).await.record.unwrap();
    assert_eq!((told.state.as_str(), told.open_objection.as_str()), ("Expired", ""));
}

async fn an_objection_lapses_when_its_record_is_withdrawn(store: Store) {
    let name = with_penalty(&store).await;
    let objection = lodge(&store, 2, &name, "2026-03-02", &officer("CREDIT", "370100")).await.unwrap().name;
    withdraw(&store, 3, &name, &officer("ENFORCEMENT", "370100")).await.unwrap();
    let lapsed = store.objection(&of(&objection), &officer("CREDIT", "370100")).await.unwrap();
    assert_eq!((lapsed.state.as_str(), lapsed.remark.as_str()), ("Lapsed", "处罚决定被撤销"));
    assert_eq!((duties(&store).await, record(&store, &name).await.open_objection.as_str()), (vec![], ""));
    let ended = lodge(&store, 4, &name, "2026-03-02", &officer("CREDIT", "370100")).await;
    assert!(
        matches!(ended, Err(Error::Common(service::Error::Refused(Refused::Transition { .. })))),
        "{ended:?}"
    );
}

async fn a_wrong_correction_is_refused_when_it_is_proposed(store: Store) {
    let name = with_penalty(&store).await;
    let objection = lodge(&store, 2, &name, "2026-03-02", &officer("CREDIT", "370100")).await.unwrap().name;
    let mut other = fined(30_000);
    other.document_no = "罚9".to_owned();
    let refused = propose(&store, 3, &objection, Some(Some(other))).await.unwrap_err();
    let Error::Common(service::Error::Invalid(fields)) = refused else { panic!("{refused:?}") };
    let paths: Vec<_> = fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["answer.corrected_record.document_no"]);
    let same = propose(&store, 4, &objection, Some(Some(fined(3_000_000)))).await;
    assert!(matches!(same, Err(Error::NothingToCorrect(_))), "{same:?}");
}

async fn no_correction_into_a_division_of_others_is_proposed(store: Store) {
    let name = with_penalty(&store).await;
    let objection = lodge(&store, 2, &name, "2026-03-02", &officer("CREDIT", "370100")).await.unwrap().name;
    let away = pb::Record { division: "370102".to_owned(), ..fined(30_000) };
    let district = officer("ENFORCEMENT", "370114");
    let refused = propose_by(&store, 3, &objection, Some(Some(away.clone())), &district).await;
    assert!(matches!(refused, Err(Error::Common(service::Error::Denied(_)))), "{refused:?}");
    let proposed = propose(&store, 4, &objection, Some(Some(away))).await.unwrap();
    assert_eq!(proposed.proposer, "li", "whoever acts in the whole city names any division of it");
}

async fn objections_are_listed_page_by_page_within_field_and_division(store: Store) {
    let name = with_penalty(&store).await;
    import(&store, 2, vec![penalty("罚2", EQUIPMENT, "2026-02-26")]).await.unwrap();
    let other = last_told(&store).await.record.unwrap().name;
    let credit = officer("CREDIT", "370100");
    lodge(&store, 3, &name, "2026-03-02", &credit).await.unwrap();
    lodge(&store, 4, &other, "2026-03-02", &credit).await.unwrap();
    let filter = |record: &str, uscc: &str, state: &str, token: &str| AboutFilter {
        record: NaturalId::from_name(record, "records").ok(),
        uscc: domain::Uscc::parse(uscc).ok(),
        state: state.to_owned(),
        size: 1,
        token: token.to_owned(),
    };
    let first = store.list_objections(&filter("", EQUIPMENT, "Open", ""), &credit).await.unwrap();
    let rest = filter("", EQUIPMENT, "Open", &first.next_page_token);
    let second = store.list_objections(&rest, &credit).await.unwrap();
    let mut found = vec![first.objections[0].record.clone(), second.objections[0].record.clone()];
    found.sort();
    let mut expected = vec![name.clone(), other];
    expected.sort();
    assert_eq!((found, second.next_page_token.as_str()), (expected, ""));
    for (filter, caller, count) in [
        (filter(&name, "", "", ""), credit.clone(), 1),
        (filter("", FOOD, "", ""), credit.clone(), 0),
        (filter("", "", "Founded", ""), credit.clone(), 0),
        (filter(&name, "", "", ""), officer("FOOD_PROD", "370100"), 0),
        (filter(&name, "", "", ""), officer("DISTRICT", "370102"), 0),
        (filter(&name, "", "", ""), officer("DISTRICT", "370114"), 1),
    ] {
        assert_eq!(
            store.list_objections(&filter, &caller).await.unwrap().objections.len(),
            count,
            "{filter:?}"
        );
    }
}

async fn a_page_of_long_objections_fits_into_an_answer_and_the_next_goes_on_behind_it(store: Store) {
    const COUNT: usize = 40;
    register(&store, EQUIPMENT, "370114").await;
    let penalties = (0..COUNT).map(|n| penalty(&format!("罚{n}"), EQUIPMENT, "2026-02-26"));
    import(&store, 1, penalties.collect()).await.unwrap();
    let credit = officer("CREDIT", "370100");
    let records = RecordFilter {
        uscc: None,
        kind: None,
        state: String::new(),
        only_public: false,
        size: 50,
        token: String::new(),
    };
    let records = store.list_records(&records, &credit.scope(), today()).await.unwrap().records;
    for (n, record) in (10..).zip(&records) {
        let id = request(n);
        let sent = pb::LodgeObjectionRequest { request_id: id.to_string(), ..Default::default() };
        let new = NewObjection {
            record: id_of(&record.name),
            objector: "PARTY".to_owned(),
            contested_fields: vec!["penalty.fine_fen".to_owned()],
            grounds: "据".repeat(40_000),
        };
        let act = act_of(&credit, &id, "2026-03-02");
        store.lodge_objection(&act, &key_of(&credit, &id), &credit, &sent, &new).await.unwrap();
    }
    let (mut sizes, mut names, mut token) = (Vec::new(), BTreeSet::new(), String::new());
    loop {
        let filter = AboutFilter { record: None, uscc: None, state: String::new(), size: 500, token };
        let page = store.list_objections(&filter, &credit).await.unwrap();
        assert!(page.encoded_len() <= MAX_MESSAGE_BYTES, "{}", page.encoded_len());
        sizes.push(page.objections.len());
        names.extend(page.objections.into_iter().map(|objection| objection.name));
        if page.next_page_token.is_empty() {
            break;
        }
        token = page.next_page_token;
    }
    assert_eq!((sizes.iter().sum::<usize>(), names.len()), (COUNT, COUNT), "pages of {sizes:?}");
    assert!(sizes.len() == 2 && sizes[0] > 30, "no page is shorter than it has to be: {sizes:?}");
}

async fn another_field_division_or_office_has_nothing_to_do_with_it(store: Store) {
    let name = with_penalty(&store).await;
    for (n, office, division) in [(2, "FOOD_PROD", "370100"), (3, "DISTRICT", "370102")] {
        let refused = lodge(&store, n, &name, "2026-03-02", &officer(office, division)).await.unwrap_err();
        let denied = |denied: &Denied| {
            matches!(denied, Denied::FieldNotPermitted { .. } | Denied::DivisionNotPermitted { .. })
        };
        assert!(matches!(&refused, Error::Common(service::Error::Denied(one)) if denied(one)), "{refused:?}");
    }
    let objection = lodge(&store, 4, &name, "2026-03-02", &officer("CREDIT", "370100")).await.unwrap().name;
    let unseen = store.objection(&of(&objection), &officer("FOOD_PROD", "370100")).await;
    assert!(matches!(unseen, Err(Error::Common(service::Error::Denied(_)))), "{unseen:?}");
    let unknown =
        store.objection(&of(&format!("objections/{}", "0".repeat(32))), &officer("CREDIT", "370100")).await;
    assert!(matches!(unknown, Err(Error::ObjectionNotFound(_))), "{unknown:?}");
    let unknown =
        lodge(&store, 5, &format!("records/{}", "0".repeat(32)), "2026-03-02", &officer("CREDIT", "370100"))
            .await;
    assert!(matches!(unknown, Err(Error::RecordNotFound(_))), "{unknown:?}");
}

async fn what_a_record_does_not_say_is_not_contested(store: Store) {
    let name = with_penalty(&store).await;
    let (id, caller) = (request(2), officer("CREDIT", "370100"));
    let new = NewObjection {
        record: id_of(&name),
        objector: "PARTY".to_owned(),
        contested_fields: vec!["penalty.fine_fen".to_owned(), "sampling.passed".to_owned()],
        grounds: "不符".to_owned(),
    };
    let request =
        pb::LodgeObjectionRequest { request_id: id.to_string(), ..pb::LodgeObjectionRequest::default() };
    let act = act_of(&caller, &id, "2026-03-02");
    let refused =
        store.lodge_objection(&act, &key_of(&caller, &id), &caller, &request, &new).await.unwrap_err();
    let Error::Common(service::Error::Invalid(fields)) = refused else { panic!("{refused:?}") };
    let paths: Vec<_> = fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["objection.contested_fields[1]"]);
}

async fn which_lists_have_something_about_a_party_is_told_by_one_statement(store: Store) {
    let name = with_penalty(&store).await;
    let party = domain::Uscc::parse(EQUIPMENT).unwrap();
    let only_records = Lists { records: true, tickets: false, objections: false, remedies: false };
    assert_eq!(store.lists_of(&party).await.unwrap(), only_records);
    lodge(&store, 2, &name, "2026-03-02", &officer("CREDIT", "370100")).await.unwrap();
    let contested = Lists { objections: true, ..only_records };
    assert_eq!(store.lists_of(&party).await.unwrap(), contested);
    let nobody = store.lists_of(&domain::Uscc::parse(FOOD).unwrap()).await.unwrap();
    assert_eq!(nobody, Lists { records: false, ..only_records });
}

db::conformance! {
    open = open;
    cases = [
        an_objection_is_shown_on_its_record_told_and_due_at_the_provider,
        two_open_objections_to_one_record_are_refused,
        a_second_objection_to_what_is_shown_and_contested_is_told_that_one_is_open,
        a_founded_objection_corrects_the_record_in_the_same_act,
        a_founded_objection_without_a_corrected_record_withdraws_it,
        an_unfounded_objection_leaves_the_record_and_the_next_may_come,
        who_proposes_the_answer_does_not_give_it_and_what_is_sent_back_is_proposed_anew,
        an_answer_is_due_in_working_days_and_once_later_when_others_must_verify,
        an_extension_of_a_later_day_still_counts_from_the_lodging,
        a_record_whose_terms_were_over_while_it_was_contested_has_expired_once_that_is_dismissed,
        an_objection_lapses_when_its_record_is_withdrawn,
        a_wrong_correction_is_refused_when_it_is_proposed,
        no_correction_into_a_division_of_others_is_proposed,
        objections_are_listed_page_by_page_within_field_and_division,
        a_page_of_long_objections_fits_into_an_answer_and_the_next_goes_on_behind_it,
        another_field_division_or_office_has_nothing_to_do_with_it,
        what_a_record_does_not_say_is_not_contested,
        which_lists_have_something_about_a_party_is_told_by_one_statement,
    ]
}
