use super::fixture::*;
use collection::Error;
use collection::domain::NaturalId;
use collection::store::{Store, Withdrawal};
use contract::collection::v1 as pb;
use service::auth::{Caller, Denied};
use service::machine::Refused;

const BASIS: &str = "济行复〔2026〕3号";

pub(crate) async fn withdraw(
    store: &Store,
    n: u32,
    name: &str,
    caller: &Caller,
) -> Result<pb::Record, Error> {
    let request_id = request(n);
    let request = pb::WithdrawRecordRequest {
        name: name.to_owned(),
        reason: "处罚决定被撤销".to_owned(),
        legal_basis: BASIS.to_owned(),
        request_id: request_id.to_string(),
    };
    let id = NaturalId::from_name(name, "records").unwrap();
    let withdrawal = Withdrawal { id, reason: request.reason.clone(), legal_basis: BASIS.to_owned() };
    store.withdraw_record(&act(&request_id, BASIS), &key(&request_id), caller, &request, &withdrawal).await
}

/// A store with one penalty of a registered maker; answers its name.
async fn with_penalty(store: &Store) -> String {
    register(store, EQUIPMENT, "370114").await;
    import(store, 1, vec![penalty("罚1", EQUIPMENT, "2026-02-27")]).await.unwrap();
    last_told(store).await.record.unwrap().name
}

async fn a_withdrawn_record_is_kept_told_and_asks_for_nothing(store: Store) {
    let name = with_penalty(&store).await;
    assert_eq!(duties(&store).await.len(), 2);
    let caller = officer("ENFORCEMENT", "370100");
    let answer = withdraw(&store, 2, &name, &caller).await.unwrap();
    assert_eq!((answer.state.as_str(), answer.revision), ("Withdrawn", 2));
    assert_eq!(duties(&store).await, []);
    let told = last_told(&store).await;
    assert_eq!((told.record.as_ref(), told.reason.as_str()), (Some(&answer), "处罚决定被撤销"));
    assert_eq!(events(&store).await[1].0, "collection.record.withdrawn");
    let id = NaturalId::from_name(&name, "records").unwrap();
    assert_eq!(store.record(&id, &caller, today()).await.unwrap(), answer);
}

async fn the_same_withdrawal_again_answers_as_before_and_another_is_refused(store: Store) {
    let name = with_penalty(&store).await;
    let caller = officer("ENFORCEMENT", "370100");
    let answer = withdraw(&store, 2, &name, &caller).await.unwrap();
    assert_eq!(withdraw(&store, 2, &name, &caller).await.unwrap(), answer);
    assert_eq!(events(&store).await.len(), 2);
    let refused = withdraw(&store, 3, &name, &caller).await.unwrap_err();
    assert!(
        matches!(refused, Error::Common(service::Error::Refused(Refused::Transition { .. }))),
        "{refused:?}"
    );
}

async fn another_field_division_or_office_may_not_withdraw(store: Store) {
    let name = with_penalty(&store).await;
    let refused = withdraw(&store, 2, &name, &officer("FOOD_PROD", "370100")).await.unwrap_err();
    let denied = |error: &Error| match error {
        Error::Common(service::Error::Denied(denied)) => Some(denied.clone()),
        _ => None,
    };
    assert!(matches!(denied(&refused), Some(Denied::FieldNotPermitted { .. })), "{refused:?}");
    let refused = withdraw(&store, 3, &name, &officer("DISTRICT", "370102")).await.unwrap_err();
    assert!(matches!(denied(&refused), Some(Denied::DivisionNotPermitted { .. })), "{refused:?}");
    let refused = withdraw(&store, 4, &name, &officer("CREDIT", "370100")).await.unwrap_err();
    assert!(matches!(refused, Error::NotProvider { .. }), "{refused:?}");
    assert_eq!(events(&store).await.len(), 1);
}

async fn a_record_that_is_not_there_is_not_found(store: Store) {
    let name = format!("records/{}", "0".repeat(32));
    let caller = officer("ENFORCEMENT", "370100");
    let refused = withdraw(&store, 1, &name, &caller).await.unwrap_err();
    assert!(matches!(refused, Error::RecordNotFound(_)), "{refused:?}");
    let id = NaturalId::from_name(&name, "records").unwrap();
    assert!(matches!(store.record(&id, &caller, today()).await, Err(Error::RecordNotFound(_))));
}

async fn a_record_is_read_only_within_field_and_division(store: Store) {
    let id = NaturalId::from_name(&with_penalty(&store).await, "records").unwrap();
    assert!(store.record(&id, &officer("SE_SUPERV", "370100"), today()).await.is_ok());
    for (office, division) in [("FOOD_PROD", "370100"), ("DISTRICT", "370102")] {
        let refused = store.record(&id, &officer(office, division), today()).await.unwrap_err();
        assert!(matches!(refused, Error::Common(service::Error::Denied(_))), "{office} {refused:?}");
    }
}

db::conformance! {
    open = open;
    cases = [
        a_withdrawn_record_is_kept_told_and_asks_for_nothing,
        the_same_withdrawal_again_answers_as_before_and_another_is_refused,
        another_field_division_or_office_may_not_withdraw,
        a_record_that_is_not_there_is_not_found,
        a_record_is_read_only_within_field_and_division,
    ]
}
