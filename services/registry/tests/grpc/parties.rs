//! Parties without a code, over gRPC.

use contract::registry::v1 as pb;

use crate::grpc::server::{Registry, reason, request_id};

fn person() -> pb::Party {
    pb::Party {
        legal_name: "王二小".into(),
        party_kind: "natural_person".into(),
        division: "370102".into(),
        ..pb::Party::default()
    }
}

fn get(name: &str) -> pb::GetPartyRequest {
    pb::GetPartyRequest { name: name.to_owned(), ..pb::GetPartyRequest::default() }
}

#[tokio::test]
async fn a_name_is_corrected_with_its_reason_and_read_as_it_stood() {
    let registry = Registry::start().await;
    let mut parties = registry.parties("LEGAL", &["370100"]);
    let sent = pb::Party { effective_on: "2020-01-01".into(), ..person() };
    let request = pb::CreatePartyRequest { party: Some(sent), request_id: request_id(1) };
    let created = parties.create_party(request).await.unwrap().into_inner();
    let paths = vec!["legal_name".to_owned()];
    let mut update = pb::UpdatePartyRequest {
        party: Some(pb::Party {
            name: created.name.clone(),
            legal_name: "王小二".into(),
            effective_on: "2021-01-01".into(),
            ..pb::Party::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths }),
        etag: created.etag.clone(),
        reason: String::new(),
        request_id: request_id(2),
    };
    let refused = parties.update_party(update.clone()).await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_FIELDS", "a change has a reason");
    update.reason = "身份证件核对".into();
    let changed = parties.update_party(update.clone()).await.unwrap().into_inner();
    assert_eq!((changed.legal_name.as_str(), changed.revision), ("王小二", 2));
    for (day, name) in [("2020-12-31", "王二小"), ("2021-01-01", "王小二"), ("", "王小二")] {
        let request = pb::GetPartyRequest { as_of: day.into(), ..get(&created.name) };
        assert_eq!(parties.get_party(request).await.unwrap().into_inner().legal_name, name, "{day}");
    }
    update.request_id = request_id(3);
    assert_eq!(reason(&parties.update_party(update).await.unwrap_err()), "ETAG_MISMATCH");
    let early = pb::GetPartyRequest { as_of: "2019-12-31".into(), ..get(&created.name) };
    assert_eq!(reason(&parties.get_party(early).await.unwrap_err()), "PARTY_NOT_FOUND");
    registry.stop().await;
}

#[tokio::test]
async fn a_person_is_registered_read_listed_without_a_name_and_erased() {
    let registry = Registry::start().await;
    let mut parties = registry.parties("LEGAL", &["370100"]);
    let request = pb::CreatePartyRequest { party: Some(person()), request_id: request_id(1) };
    let created = parties.create_party(request).await.unwrap().into_inner();
    let name = created.name.clone();
    let read = parties.get_party(get(&name)).await.unwrap().into_inner();
    assert_eq!(read, created);
    let list = parties.list_parties(pb::ListPartiesRequest::default()).await.unwrap().into_inner().parties;
    assert_eq!((list.len(), list[0].name.as_str(), list[0].legal_name.as_str()), (1, name.as_str(), ""));
    let find =
        pb::FindPartiesRequest { legal_name: "王二 小".into(), ..pb::FindPartiesRequest::default() };
    let found = parties.find_parties(find.clone()).await.unwrap().into_inner().parties;
    assert_eq!(found, list);
    let nameless = parties.find_parties(pb::FindPartiesRequest::default()).await.unwrap_err();
    assert_eq!(reason(&nameless), "INVALID_FIELDS");
    let erase =
        pb::ErasePartyRequest { name: name.clone(), reason: "期满".into(), request_id: request_id(2) };
    parties.erase_party(erase).await.unwrap();
    let read = parties.get_party(get(&name)).await.unwrap().into_inner();
    assert_eq!(read.legal_name, "");
    assert_eq!(parties.find_parties(find).await.unwrap().into_inner().parties, []);
    assert!(read.erase_time.is_some());
    registry.stop().await;
}

#[tokio::test]
async fn a_party_of_another_division_is_refused_and_left_out() {
    let registry = Registry::start().await;
    let mut parties = registry.parties("LEGAL", &["370100"]);
    let request = pb::CreatePartyRequest { party: Some(person()), request_id: request_id(1) };
    let name = parties.create_party(request.clone()).await.unwrap().into_inner().name;
    let mut elsewhere = registry.parties("DISTRICT", &["370116"]);
    let refused = elsewhere.get_party(get(&name)).await.unwrap_err();
    assert_eq!(reason(&refused), "DIVISION_NOT_PERMITTED");
    let list = elsewhere.list_parties(pb::ListPartiesRequest::default()).await.unwrap().into_inner();
    assert_eq!(list.parties, []);
    let mut food = registry.parties("FOOD_PROD", &["370100"]);
    assert_eq!(reason(&food.create_party(request).await.unwrap_err()), "ROLE_NOT_PERMITTED");
    registry.stop().await;
}
