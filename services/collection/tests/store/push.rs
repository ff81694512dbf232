//! Penalties of parties that are registered in another province: that province is told, and nothing is published here (order 45 art 10).

use collection::Error;
use collection::store::{Letter, PushAct, PushStep, Store};
use contract::collection::v1 as pb;
use domain::{DivisionCode, DocumentNumber, Uscc};

use super::correct::{correct, id_of};
use super::erase::erase;
use super::fixture::*;
use super::publish_house::*;
use super::remedies;
use super::withdraw::withdraw;

const PUSH: &str = "penalty.publish.cross_province.push";
const PUBLISHED: &str = "penalty.publish.cross_province.publish";
const TELL: &str = "penalty.tell_elsewhere";
const REMEDY: (&str, &str) = ("Reconsideration", "济政复〔2026〕1号");

/// A code that an authority of Nanjing gave out.
fn foreign() -> String {
    Uscc::compose("91320102", "MA000001").unwrap().to_string()
}

/// Takes a penalty; answers its name.
async fn take(store: &Store, record: pb::Record) -> String {
    assert_eq!(import(store, 1, vec![record]).await.unwrap().unmatched, 1);
    last_told(store).await.record.unwrap().name
}

async fn with_foreign(store: &Store) -> String {
    take(store, penalty("罚1", &foreign(), "2026-02-27")).await
}

fn letter(document_no: &str) -> Letter {
    Letter { document_no: DocumentNumber::parse(document_no).unwrap(), sent_on: today() }
}

fn division(code: &str) -> Option<DivisionCode> {
    Some(DivisionCode::parse(code).unwrap())
}

async fn advance(store: &Store, n: u32, name: &str, what: PushAct) -> Result<pb::Record, Error> {
    let request_id = request(n);
    let sent = pb::AdvanceProvincePushRequest {
        name: name.to_owned(),
        event: format!("{what:?}"),
        request_id: request_id.to_string(),
        ..Default::default()
    };
    let step = PushStep { id: id_of(name), what, reason: "住所地在外省".to_owned() };
    let (act, caller) = (act(&request_id, "外省登记机关查询结果"), officer("ENFORCEMENT", "370100"));
    store.advance_push(&act, &key(&request_id), &caller, &sent, &step).await
}

/// State of the record and of its push, as CREDIT reads them.
async fn states(store: &Store, name: &str) -> (String, String) {
    let record = read(store, name, "2026-03-02").await;
    (record.state, record.province_push.unwrap_or_default().state)
}

fn are(record: &str, push: &str) -> (String, String) {
    (record.to_owned(), push.to_owned())
}

/// Kind and last day of every open duty.
async fn owed(store: &Store) -> Vec<(String, String)> {
    let duties = duties(store).await;
    duties.into_iter().map(|(kind, _, due_on)| (kind, due_on.unwrap_or_default())).collect()
}

fn due(kind: &str, on: &str) -> (String, String) {
    (kind.to_owned(), on.to_owned())
}

async fn a_penalty_of_a_code_of_another_province_waits_for_nobody_and_is_owed_to_that_province(store: Store) {
    let name = with_foreign(&store).await;
    assert_eq!(states(&store, &name).await, are("Elsewhere", "Owed"));
    assert_eq!(owed(&store).await, [due(PUSH, "2026-03-12")]);
    let push = read(&store, &name, "2026-03-02").await.province_push.unwrap();
    assert_eq!((push.division.as_str(), push.placed_on.as_str()), ("320102", "2026-03-02"));
    assert_eq!(events(&store).await, [("collection.record.accepted".to_owned(), name.clone())]);
    submit(&store, "2026-03-02").await;
    assert!(chains(&store, &name, "2026-03-02").await.is_empty(), "nothing is published here");
}

async fn what_is_not_published_and_what_is_no_penalty_waits_as_before(store: Store) {
    let mut warning = penalty("罚1", &foreign(), "2026-02-27");
    let said = penalty_of(&mut warning);
    (said.penalty_kinds, said.fine_fen) = (vec!["1".to_owned()], 0);
    let records = vec![warning, inspection("检1", &foreign(), "2026-02-27")];
    import(&store, 1, records).await.unwrap();
    let name = last_told(&store).await.record.unwrap().name;
    assert_eq!(states(&store, &name).await, are("Unmatched", ""));
    assert!(owed(&store).await.iter().all(|(kind, _)| kind != PUSH));
    let refused = advance(&store, 2, &name, PushAct::Place(None)).await.unwrap_err();
    assert!(matches!(refused, Error::NothingToPush(_)), "{refused:?}");
}

async fn the_letter_and_its_answer_are_noted_one_after_the_other(store: Store) {
    let name = with_foreign(&store).await;
    let early = advance(&store, 2, &name, PushAct::Acknowledge(today())).await;
    assert!(matches!(early, Err(Error::Common(_))), "{early:?}");
    advance(&store, 3, &name, PushAct::Push(letter("济市监函〔2026〕1号"))).await.unwrap();
    assert_eq!(states(&store, &name).await, are("Elsewhere", "Pushed"));
    assert_eq!(owed(&store).await, [due(PUBLISHED, "2026-03-16")]);
    let before = advance(&store, 4, &name, PushAct::Acknowledge(day("2026-03-01"))).await;
    assert!(matches!(before, Err(Error::Common(_))), "{before:?}");
    let answer = advance(&store, 5, &name, PushAct::Acknowledge(today())).await.unwrap();
    let push = answer.province_push.clone().unwrap();
    assert_eq!((push.state.as_str(), push.acknowledged_on.as_str()), ("Acknowledged", "2026-03-02"));
    assert_eq!(push.letters[0].document_no, "济市监函〔2026〕1号");
    assert_eq!(owed(&store).await, []);
    let told = last_told(&store).await;
    assert_eq!(told.record, Some(answer));
    assert_eq!(events(&store).await.pop().unwrap(), ("collection.record.elsewhere".to_owned(), name));
}

async fn who_was_told_is_told_of_a_correction_and_of_the_withdrawal(store: Store) {
    let name = with_foreign(&store).await;
    advance(&store, 2, &name, PushAct::Push(letter("济市监函〔2026〕1号"))).await.unwrap();
    advance(&store, 3, &name, PushAct::Acknowledge(today())).await.unwrap();
    let nothing = advance(&store, 4, &name, PushAct::Tell(letter("济市监函〔2026〕2号"))).await.unwrap_err();
    assert!(matches!(nothing, Error::NothingToTell(_)), "{nothing:?}");

    let mut other = penalty("罚1", &foreign(), "2026-02-27");
    penalty_of(&mut other).fine_fen = 2_000_000;
    let caller = officer("ENFORCEMENT", "370100");
    correct(&store, 5, (&name, 1), other, &caller).await.unwrap();
    assert_eq!(owed(&store).await, [due(TELL, "2026-03-05")]);
    advance(&store, 6, &name, PushAct::Tell(letter("济市监函〔2026〕2号"))).await.unwrap();
    assert_eq!((states(&store, &name).await, owed(&store).await), (are("Elsewhere", "Acknowledged"), vec![]));

    withdraw(&store, 7, &name, &caller).await.unwrap();
    assert_eq!(states(&store, &name).await, are("Withdrawn", "EndOwed"));
    assert_eq!(owed(&store).await, [due(TELL, "2026-03-05")]);
    advance(&store, 8, &name, PushAct::Tell(letter("济市监函〔2026〕3号"))).await.unwrap();
    assert_eq!((states(&store, &name).await, owed(&store).await), (are("Withdrawn", "Ended"), vec![]));
}

async fn who_was_told_is_told_of_a_suspension_of_enforcement(store: Store) {
    let name = with_foreign(&store).await;
    advance(&store, 2, &name, PushAct::Push(letter("济市监函〔2026〕1号"))).await.unwrap();
    let remedy = remedies::register(&store, 3, &name, REMEDY).await.unwrap();
    remedies::order(&store, 4, &remedy.name, true, "2026-03-01").await.unwrap();
    assert_eq!(states(&store, &name).await, are("Elsewhere", "Pushed"));
    assert_eq!(owed(&store).await, [due(PUBLISHED, "2026-03-16"), due(TELL, "2026-03-05")]);
}

async fn who_was_not_told_is_told_nothing_of_a_withdrawal(store: Store) {
    let name = with_foreign(&store).await;
    withdraw(&store, 2, &name, &officer("ENFORCEMENT", "370100")).await.unwrap();
    assert_eq!((states(&store, &name).await, owed(&store).await), (are("Withdrawn", "Ended"), vec![]));
}

async fn a_corrected_day_of_the_decision_moves_the_day_of_what_is_owed(store: Store) {
    let name = with_foreign(&store).await;
    let earlier = penalty("罚1", &foreign(), "2026-02-26");
    correct(&store, 2, (&name, 1), earlier, &officer("ENFORCEMENT", "370100")).await.unwrap();
    assert_eq!(owed(&store).await, [due(PUSH, "2026-03-11")]);
}

async fn a_party_that_is_registered_here_later_gets_its_penalty_and_the_other_province_is_told(store: Store) {
    let name = with_foreign(&store).await;
    advance(&store, 2, &name, PushAct::Push(letter("济市监函〔2026〕1号"))).await.unwrap();
    assert_eq!(register(&store, &foreign(), "370102").await, 1);
    assert_eq!(states(&store, &name).await, are("Attached", "EndOwed"));
    let expected = [
        due("double_publicity.publish", "2026-03-09"),
        due("penalty.publish.same_province", "2026-03-26"),
        due(TELL, "2026-03-05"),
    ];
    assert_eq!(owed(&store).await, expected);
    advance(&store, 3, &name, PushAct::Tell(letter("济市监函〔2026〕2号"))).await.unwrap();
    assert_eq!(states(&store, &name).await, are("Attached", "Ended"));
}

async fn an_officer_places_a_party_without_a_code_and_takes_it_back(store: Store) {
    let name = take(&store, penalty("罚1", "", "2026-02-27")).await;
    for (n, wrong) in [(2, None), (3, division("370200"))] {
        let refused = advance(&store, n, &name, PushAct::Place(wrong)).await;
        assert!(matches!(refused, Err(Error::Common(_))), "{refused:?}");
    }
    advance(&store, 4, &name, PushAct::Place(division("110108"))).await.unwrap();
    assert_eq!(states(&store, &name).await, are("Elsewhere", "Owed"));
    assert_eq!(
        owed(&store).await,
        [due(PUSH, "2026-03-12")],
        "nobody searches it, and nobody publishes it here"
    );

    advance(&store, 5, &name, PushAct::FindHere).await.unwrap();
    assert_eq!(states(&store, &name).await, are("Unmatched", "Ended"));
    let kinds: Vec<_> = owed(&store).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["collection.match", "double_publicity.publish", "penalty.publish.same_province"]);

    let again = advance(&store, 6, &name, PushAct::Place(division("110108"))).await.unwrap();
    assert_eq!((again.state.as_str(), again.revision), ("Elsewhere", 4));
    assert_eq!(owed(&store).await, [due(PUSH, "2026-03-12")]);
}

async fn who_is_of_another_province_is_erased_once_that_province_was_told_to_stop(store: Store) {
    let name = take(&store, penalty("罚1", "", "2026-02-27")).await;
    advance(&store, 2, &name, PushAct::Place(division("110108"))).await.unwrap();
    advance(&store, 3, &name, PushAct::Push(letter("济市监函〔2026〕1号"))).await.unwrap();
    let legal = officer("LEGAL", "370100");
    let shown = erase(&store, 4, &name, &legal).await.unwrap_err();
    assert!(matches!(&shown, Error::RecordOpen { by, .. } if by == "110108"), "{shown:?}");
    withdraw(&store, 5, &name, &officer("ENFORCEMENT", "370100")).await.unwrap();
    let untold = erase(&store, 6, &name, &legal).await.unwrap_err();
    assert!(matches!(&untold, Error::RecordOpen { by, .. } if by == "110108"), "{untold:?}");
    advance(&store, 7, &name, PushAct::Tell(letter("济市监函〔2026〕2号"))).await.unwrap();
    erase(&store, 8, &name, &legal).await.unwrap();
    assert_eq!((states(&store, &name).await, owed(&store).await), (are("Withdrawn", ""), vec![]));
}

async fn who_is_of_another_province_that_was_not_told_is_erased_and_owed_no_more(store: Store) {
    let name = take(&store, penalty("罚1", "", "2026-02-27")).await;
    advance(&store, 2, &name, PushAct::Place(division("110108"))).await.unwrap();
    let erased = erase(&store, 3, &name, &officer("LEGAL", "370100")).await.unwrap();
    assert_eq!((erased.state.as_str(), erased.party_name.as_str()), ("Withdrawn", ""));
    assert_eq!((states(&store, &name).await, owed(&store).await), (are("Withdrawn", ""), vec![]));
}

db::conformance! {
    open = open;
    cases = [
        a_penalty_of_a_code_of_another_province_waits_for_nobody_and_is_owed_to_that_province,
        what_is_not_published_and_what_is_no_penalty_waits_as_before,
        the_letter_and_its_answer_are_noted_one_after_the_other,
        who_was_told_is_told_of_a_correction_and_of_the_withdrawal,
        who_was_told_is_told_of_a_suspension_of_enforcement,
        who_was_not_told_is_told_nothing_of_a_withdrawal,
        a_corrected_day_of_the_decision_moves_the_day_of_what_is_owed,
        a_party_that_is_registered_here_later_gets_its_penalty_and_the_other_province_is_told,
        an_officer_places_a_party_without_a_code_and_takes_it_back,
        who_is_of_another_province_is_erased_once_that_province_was_told_to_stop,
        who_is_of_another_province_that_was_not_told_is_erased_and_owed_no_more,
    ]
}
