use super::fixture::*;
use collection::Error;
use collection::convert::{Judge, read_record};
use collection::domain::NaturalId;
use collection::store::{Correction, Store, VersionFilter};
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use domain::MicrosUtc;
use rulebook::Rulebook;
use service::auth::{Caller, Denied};
use service::machine::Refused;

const BASIS: &str = "济市监更〔2026〕1号";

pub(crate) fn id_of(name: &str) -> NaturalId {
    NaturalId::from_name(name, "records").unwrap()
}

/// Corrects the record `name` so that it says `to`.
pub(crate) async fn correct(
    store: &Store,
    n: u32,
    (name, revision): (&str, i64),
    to: pb::Record,
    caller: &Caller,
) -> Result<pb::Record, Error> {
    let request_id = request(n);
    let request = pb::CorrectRecordRequest {
        record: Some(pb::Record { name: name.to_owned(), ..to.clone() }),
        revision,
        reason: "金额录入有误".to_owned(),
        legal_basis: BASIS.to_owned(),
        request_id: request_id.to_string(),
    };
    let act = act(&request_id, BASIS);
    let judge = Judge { book: &Rulebook::builtin(), today: act.today };
    let correction = Correction {
        id: id_of(name),
        revision,
        new: read_record(&judge, to).unwrap(),
        reason: request.reason.clone(),
        legal_basis: BASIS.to_owned(),
    };
    store.correct_record(&act, &key(&request_id), caller, &request, &correction).await
}

/// The penalty of the tests with another fine.
pub(crate) fn fined(fine_fen: i64) -> pb::Record {
    let mut record = penalty("罚1", EQUIPMENT, "2026-02-27");
    if let Some(Content::Penalty(penalty)) = &mut record.content {
        penalty.fine_fen = fine_fen;
    }
    record
}

/// A store with one penalty of a registered maker; answers its name.
pub(crate) async fn with_penalty(store: &Store) -> String {
    register(store, EQUIPMENT, "370114").await;
    import(store, 1, vec![penalty("罚1", EQUIPMENT, "2026-02-27")]).await.unwrap();
    last_told(store).await.record.unwrap().name
}

fn enforcer() -> Caller {
    officer("ENFORCEMENT", "370100")
}

async fn versions(store: &Store, name: &str, size: i64, token: &str) -> pb::ListRecordVersionsResponse {
    let filter = VersionFilter { id: id_of(name), size, token: token.to_owned() };
    store.record_versions(&filter, &enforcer()).await.unwrap()
}

/// The record as it was known at an instant.
async fn at(store: &Store, name: &str, micros: i64) -> Result<pb::Record, Error> {
    store.record_at(&id_of(name), MicrosUtc(micros), &enforcer()).await
}

fn fine_of(record: &pb::Record) -> i64 {
    match &record.content {
        Some(Content::Penalty(penalty)) => penalty.fine_fen,
        _ => -1,
    }
}

async fn a_corrected_record_keeps_its_name_and_tells_what_it_says_now_and_why(store: Store) {
    let name = with_penalty(&store).await;
    let answer = correct(&store, 2, (&name, 1), fined(30_000), &enforcer()).await.unwrap();
    assert_eq!(
        (answer.name.as_str(), answer.state.as_str(), answer.revision),
        (name.as_str(), "Attached", 2)
    );
    assert_eq!((fine_of(&answer), answer.division.as_str()), (30_000, "370114"));
    assert_eq!(
        store.record(&id_of(&name), &enforcer(), crate::store::fixture::today()).await.unwrap(),
        answer
    );
    let told = last_told(&store).await;
    assert_eq!((told.record.as_ref(), told.reason.as_str()), (Some(&answer), "金额录入有误"));
    let last = events(&store).await.pop().unwrap();
    assert_eq!(last, ("collection.record.corrected".to_owned(), format!("enterprises/{EQUIPMENT}")));
    let again = correct(&store, 2, (&name, 1), fined(30_000), &enforcer()).await.unwrap();
    assert_eq!((again, events(&store).await.len()), (answer, 2));
}

async fn what_a_record_said_before_can_be_listed_page_by_page_and_read_as_of_then(store: Store) {
    let name = with_penalty(&store).await;
    correct(&store, 2, (&name, 1), fined(30_000), &enforcer()).await.unwrap();
    correct(&store, 3, (&name, 2), fined(20_000), &enforcer()).await.unwrap();
    let first = versions(&store, &name, 2, "").await;
    let rest = versions(&store, &name, 2, &first.next_page_token).await;
    let all: Vec<_> = first.versions.iter().chain(&rest.versions).collect();
    let said: Vec<_> = all.iter().map(|version| version.record.as_ref().unwrap()).collect();
    assert_eq!(said.iter().map(|record| record.revision).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(said.iter().map(|record| fine_of(record)).collect::<Vec<_>>(), [20_000, 30_000, 3_000_000]);
    assert_eq!(said[2].uscc, EQUIPMENT);
    let why = |version: &pb::RecordVersion| (version.legal_basis.clone(), version.officer.clone());
    assert_eq!(why(all[0]), (String::new(), String::new()), "what stands was not replaced");
    assert_eq!((why(all[2]), all[2].reason.as_str()), ((BASIS.to_owned(), "li".to_owned()), "金额录入有误"));
    assert_eq!(rest.next_page_token, "");

    assert_eq!(fine_of(&at(&store, &name, now().micros()).await.unwrap()), 20_000);
    let before = at(&store, &name, now().micros() - 1).await;
    assert!(matches!(before, Err(Error::RecordNotFound(_))), "nothing was known before: {before:?}");
}

async fn a_record_is_read_as_it_was_known_between_two_corrections(store: Store) {
    let name = with_penalty(&store).await;
    correct(&store, 2, (&name, 1), fined(30_000), &enforcer()).await.unwrap();
    // The correction came an hour after the receipt.
    let hour = 3_600_000_000;
    let later = format!("UPDATE record_past SET replaced_us = replaced_us + {hour}");
    db::on!(store.db(), |pool| sqlx::query(sqlx::AssertSqlSafe(later)).execute(pool).await.map(drop))
        .unwrap();
    let past = at(&store, &name, now().micros() + hour - 1).await.unwrap();
    assert_eq!((fine_of(&past), past.revision, past.state.as_str()), (3_000_000, 1, "Attached"));
    assert_eq!(fine_of(&at(&store, &name, now().micros() + hour).await.unwrap()), 30_000);
}

async fn an_import_of_the_corrected_content_is_a_duplicate_and_of_the_old_one_refused(store: Store) {
    let name = with_penalty(&store).await;
    // The officer sends what was read: with the division of the party, which the provider's file does not name.
    let read = store.record(&id_of(&name), &enforcer(), crate::store::fixture::today()).await.unwrap();
    let mut sent = fined(30_000);
    sent.division = read.division;
    correct(&store, 2, (&name, 1), sent, &enforcer()).await.unwrap();
    let again = import(&store, 3, vec![fined(30_000)]).await.unwrap();
    assert_eq!((again.duplicates, again.rejected.len(), again.attached), (1, 0, 0));
    let old = import(&store, 4, vec![fined(3_000_000)]).await.unwrap();
    assert!(old.rejected[0].problem.contains("RECORD_DIFFERS"), "{old:?}");
    assert_eq!((old.duplicates, old.attached), (0, 0));
}

async fn what_a_record_is_known_by_is_not_corrected_and_the_field_is_named(store: Store) {
    let name = with_penalty(&store).await;
    let mut other = penalty("罚2", FOOD, "2026-02-27");
    other.field = "SE".to_owned();
    let refused = correct(&store, 2, (&name, 1), other, &enforcer()).await.unwrap_err();
    let Error::Common(service::Error::Invalid(fields)) = refused else { panic!("{refused:?}") };
    let paths: Vec<_> = fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["record.document_no", "record.uscc"]);
    assert_eq!(events(&store).await.len(), 1);
}

async fn nothing_new_another_revision_and_what_has_ended_are_refused(store: Store) {
    let name = with_penalty(&store).await;
    let same = correct(&store, 2, (&name, 1), fined(3_000_000), &enforcer()).await;
    assert!(matches!(same, Err(Error::NothingToCorrect(_))), "{same:?}");
    let stale = correct(&store, 3, (&name, 7), fined(30_000), &enforcer()).await;
    assert!(matches!(stale, Err(Error::RecordChanged { revision: 1, .. })), "{stale:?}");
    super::withdraw::withdraw(&store, 4, &name, &enforcer()).await.unwrap();
    let ended = correct(&store, 5, (&name, 2), fined(30_000), &enforcer()).await;
    let transition =
        matches!(&ended, Err(Error::Common(service::Error::Refused(Refused::Transition { .. }))));
    assert!(transition, "{ended:?}");
    let unknown = format!("records/{}", "0".repeat(32));
    let unknown = correct(&store, 6, (&unknown, 1), fined(30_000), &enforcer()).await;
    assert!(matches!(unknown, Err(Error::RecordNotFound(_))), "{unknown:?}");
}

async fn another_field_before_or_after_division_or_office_may_not_correct(store: Store) {
    let name = with_penalty(&store).await;
    let mut food = fined(30_000);
    food.field = "FOOD".to_owned();
    for (n, (office, division), to) in [
        (2, ("FOOD_PROD", "370100"), food.clone()),
        (3, ("SE_SUPERV", "370100"), food),
        (4, ("DISTRICT", "370102"), fined(30_000)),
        (6, ("ENFORCEMENT", "370114"), pb::Record { division: "370102".to_owned(), ..fined(30_000) }),
    ] {
        let refused = correct(&store, n, (&name, 1), to, &officer(office, division)).await.unwrap_err();
        let denied = |denied: &Denied| {
            matches!(denied, Denied::FieldNotPermitted { .. } | Denied::DivisionNotPermitted { .. })
        };
        assert!(matches!(&refused, Error::Common(service::Error::Denied(one)) if denied(one)), "{refused:?}");
    }
    let refused = correct(&store, 5, (&name, 1), fined(30_000), &officer("CREDIT", "370100")).await;
    assert!(matches!(&refused, Err(Error::NotProvider { .. })), "{refused:?}");
}

async fn periods_that_ran_from_a_wrong_day_run_from_the_right_one(store: Store) {
    let name = with_penalty(&store).await;
    let due = |days: Vec<(String, String, Option<String>)>| -> Vec<_> {
        days.into_iter().map(|(kind, _, due)| (kind, due.unwrap())).collect()
    };
    // 2026-02-28 is a make-up working day: seven of them end on 9 March, twenty on 26 March.
    let first = due(duties(&store).await);
    let expected =
        [("double_publicity.publish", "2026-03-09"), ("penalty.publish.same_province", "2026-03-26")];
    assert_eq!(first, expected.map(|(kind, day)| (kind.to_owned(), day.to_owned())));
    let mut earlier = fined(3_000_000);
    earlier.decided_on = "2026-02-25".to_owned();
    correct(&store, 2, (&name, 1), earlier, &enforcer()).await.unwrap();
    let expected =
        [("double_publicity.publish", "2026-03-05"), ("penalty.publish.same_province", "2026-03-24")];
    assert_eq!(due(duties(&store).await), expected.map(|(kind, day)| (kind.to_owned(), day.to_owned())));
    let mut summary = fined(3_000_000);
    if let Some(Content::Penalty(penalty)) = &mut summary.content {
        penalty.ordinary_procedure = false;
    }
    correct(&store, 3, (&name, 2), summary, &enforcer()).await.unwrap();
    assert_eq!(duties(&store).await, [], "what is not published is not due");
}

db::conformance! {
    open = open;
    cases = [
        a_corrected_record_keeps_its_name_and_tells_what_it_says_now_and_why,
        what_a_record_said_before_can_be_listed_page_by_page_and_read_as_of_then,
        a_record_is_read_as_it_was_known_between_two_corrections,
        an_import_of_the_corrected_content_is_a_duplicate_and_of_the_old_one_refused,
        what_a_record_is_known_by_is_not_corrected_and_the_field_is_named,
        nothing_new_another_revision_and_what_has_ended_are_refused,
        another_field_before_or_after_division_or_office_may_not_correct,
        periods_that_ran_from_a_wrong_day_run_from_the_right_one,
    ]
}
