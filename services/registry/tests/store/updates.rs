//! Changing single fields of an enterprise.

use contract::registry::v1 as pb;
use db::on;
use domain::{DivisionCode, LegalName};
use registry::Error;
use registry::domain::{Field, Patch};
use registry::store::{Act, AsOf, EnterpriseUpdate};
use service::auth::Caller;
use service::idempotency::Key;

use crate::store::house::{A, B, HEALTH, House, ORDINARY, day, licence, noon, officer, open, request, uscc};

pub(crate) fn patch(code: &str, seen_revision: i64, fields: &[Field]) -> Patch {
    Patch { uscc: uscc(code), fields: fields.to_vec(), seen_revision, since: None }
}

fn name(text: &str) -> Field {
    Field::LegalName(LegalName::parse(text).unwrap())
}

pub(crate) fn division(code: &str) -> Field {
    Field::Division(DivisionCode::parse(code).unwrap())
}

impl House {
    pub(crate) async fn update(
        &self,
        number: u128,
        caller: &Caller,
        patch: &Patch,
    ) -> Result<pb::Enterprise, Error> {
        let request_id = request(number);
        let key = Key { caller: caller.subject(), method: "/update", request_id: &request_id };
        let body = pb::UpdateEnterpriseRequest {
            etag: format!("{patch:?}"),
            request_id: request_id.to_string(),
            ..Default::default()
        };
        let act = Act::of(caller, &key, "", noon("2025-06-10"), self.store.book());
        self.store.update_enterprise(&EnterpriseUpdate { key: &key, body: &body, caller, patch }, &act).await
    }

    pub(crate) async fn rename(&self, number: u128, seen: i64, to: &str) -> Result<pb::Enterprise, Error> {
        self.update(number, &officer("LEGAL", &["370100"]), &patch(A, seen, &[name(to)])).await
    }
}

async fn a_change_leaves_the_other_fields_and_the_past_as_they_were_and_is_told(house: House) {
    let created = house.create(1, A, "甲").await.unwrap();
    let changed = house.rename(2, 1, "乙").await.unwrap();
    assert_eq!((changed.legal_name.as_str(), changed.revision), ("乙", 2));
    assert_eq!(changed.effective_on, "2025-06-10");
    assert_ne!(changed.etag, created.etag);
    let others =
        |one: pb::Enterprise| (one.division, one.industry, one.established_on, one.legal_representative);
    assert_eq!(others(changed), others(created));
    let present = house.store.enterprise(&uscc(A)).await.unwrap();
    let before = AsOf { day: day("2025-06-09"), known_at: noon("2025-06-10") };
    assert_eq!(house.store.as_of(present, before).await.unwrap().profile.legal_name.as_str(), "甲");
    let kinds: Vec<_> = house.events().await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["registry.enterprise.registered", "registry.enterprise.changed"]);
}

async fn what_was_changed_meanwhile_is_not_overwritten(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.rename(2, 1, "乙").await.unwrap();
    let refused = house.rename(3, 1, "丙").await.unwrap_err();
    assert!(matches!(refused, Error::EtagMismatch(_)), "{refused:?}");
    assert_eq!(house.store.enterprise(&uscc(A)).await.unwrap().profile.legal_name.as_str(), "乙");
    let missing = patch(B, 1, &[name("丙")]);
    let refused = house.update(4, &officer("LEGAL", &["370100"]), &missing).await.unwrap_err();
    assert!(matches!(refused, Error::EnterpriseNotFound(_)), "{refused:?}");
}

async fn saying_what_is_there_already_changes_nothing(house: House) {
    house.create(1, A, "甲").await.unwrap();
    assert_eq!(house.rename(2, 1, "甲").await.unwrap().revision, 1);
    assert_eq!(house.events().await.len(), 1);
}

async fn the_same_request_is_answered_again_with_the_person_and_changes_nothing(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let first = house.rename(2, 1, "乙").await.unwrap();
    assert_eq!(first.legal_representative, "王二");
    assert_eq!(house.rename(2, 1, "乙").await.unwrap(), first);
    assert_eq!(house.events().await.len(), 2);
}

async fn an_officer_changes_what_lies_in_his_divisions_and_cannot_send_it_to_others(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let (here, elsewhere) = (officer("DISTRICT", &["370102"]), officer("DISTRICT", &["370103"]));
    let refused = house.update(2, &elsewhere, &patch(A, 1, &[name("乙")])).await;
    assert!(matches!(refused, Err(Error::Common(service::Error::Denied(_)))), "{refused:?}");
    let refused = house.update(3, &here, &patch(A, 1, &[division("370103")])).await;
    assert!(matches!(refused, Err(Error::Common(service::Error::Denied(_)))), "{refused:?}");
    let moved = house.update(4, &officer("LEGAL", &["370100"]), &patch(A, 1, &[division("370103")])).await;
    assert_eq!(moved.unwrap().division, "370103");
    assert!(house.update(5, &here, &patch(A, 2, &[name("乙")])).await.is_err(), "it is another bureau's now");
}

/// Divisions in which something is due, by what it is about.
pub(crate) async fn due_in(house: &House) -> Vec<String> {
    const SQL: &str = "SELECT division FROM obligation WHERE done_on IS NULL ORDER BY subject";
    on!(house.db, |pool| sqlx::query_scalar(SQL).fetch_all(pool).await).unwrap()
}

async fn its_open_duties_go_with_an_enterprise_that_moves(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.create(2, B, "乙").await.unwrap();
    house.record(3, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), noon("2025-06-10")).await.unwrap();
    house.record(4, HEALTH, licence(B, "FOOD", "HealthFood"), noon("2025-06-10")).await.unwrap();
    assert_eq!(due_in(&house).await, ["370102", "370102"]);
    let moved = house.update(5, &officer("LEGAL", &["370100"]), &patch(A, 1, &[division("370103")])).await;
    assert_eq!(moved.unwrap().division, "370103");
    assert_eq!(due_in(&house).await, ["370103", "370102"]);
}

async fn its_open_duties_go_with_one_that_an_import_moves(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), noon("2025-06-10")).await.unwrap();
    let moved = house.update(3, &officer("LEGAL", &["370100"]), &patch(A, 1, &[division("370103")])).await;
    assert_eq!(moved.unwrap().division, "370103");
    // The rows of an import say 370102; one that moves nobody goes beside it.
    let import =
        async |number| house.import_on(number, &[(A, "甲"), (B, "乙")], noon("2025-06-11"), None).await;
    let taken = import(4).await.unwrap();
    assert_eq!((taken.created, taken.updated), (1, 1));
    assert_eq!(due_in(&house).await, ["370102"]);
    assert_eq!(import(4).await.unwrap(), taken, "the same request");
    assert_eq!(import(5).await.unwrap().unchanged, 2);
}

async fn the_past_is_not_rewritten_by_a_change(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.rename(2, 1, "乙").await.unwrap();
    let early = Patch { since: Some(day("2025-06-09")), ..patch(A, 2, &[name("丙")]) };
    let refused = house.update(3, &officer("LEGAL", &["370100"]), &early).await.unwrap_err();
    assert!(matches!(refused, Error::Common(service::Error::Invalid(_))), "{refused:?}");
}

db::conformance! { open = open; cases = [
    a_change_leaves_the_other_fields_and_the_past_as_they_were_and_is_told,
    what_was_changed_meanwhile_is_not_overwritten,
    saying_what_is_there_already_changes_nothing,
    the_same_request_is_answered_again_with_the_person_and_changes_nothing,
    an_officer_changes_what_lies_in_his_divisions_and_cannot_send_it_to_others,
    its_open_duties_go_with_an_enterprise_that_moves,
    its_open_duties_go_with_one_that_an_import_moves,
    the_past_is_not_rewritten_by_a_change,
] }
