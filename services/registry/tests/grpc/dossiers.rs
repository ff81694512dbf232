//! Dossiers: each part is what its own RPC answers to the same caller.

use contract::registry::v1 as pb;
use tonic::Code;

use crate::grpc::commitments::sent;
use crate::grpc::server::{A, B, ORDINARY, Registry, licence, reason, record};

const CITY: &[&str] = &["370100"];

fn dossier(uscc: &str, latest: i32) -> pb::GetDossierRequest {
    pb::GetDossierRequest { name: format!("enterprises/{uscc}"), latest }
}

/// The same as the RPCs of the parts answer it.
async fn of_its_parts(registry: &Registry, office: &str, page_size: i32) -> pb::Dossier {
    let uscc = A.to_owned();
    let request = pb::GetEnterpriseRequest { name: format!("enterprises/{A}"), ..Default::default() };
    let enterprise = registry.enterprises(office, CITY).get_enterprise(request).await.unwrap().into_inner();
    let request = pb::ListLicencesRequest { uscc: uscc.clone(), page_size, ..Default::default() };
    let licences = registry.licences(office, CITY).list_licences(request).await.unwrap().into_inner();
    let request = pb::ListMarksRequest { uscc: uscc.clone(), page_size, ..Default::default() };
    let marks = registry.marks(office, CITY).list_marks(request).await.unwrap().into_inner();
    let request = pb::ListCommitmentsRequest { uscc, page_size, ..Default::default() };
    let letters = registry.commitments(office, CITY).list_commitments(request).await.unwrap().into_inner();
    pb::Dossier {
        enterprise: Some(enterprise),
        licences: licences.licences,
        more_licences: !licences.next_page_token.is_empty(),
        marks: marks.marks,
        more_marks: !marks.next_page_token.is_empty(),
        commitments: letters.commitments,
        more_commitments: !letters.next_page_token.is_empty(),
        missing: Vec::new(),
    }
}

#[tokio::test]
async fn a_dossier_holds_what_the_rpcs_of_its_parts_answer_the_same_officer() {
    let registry = Registry::start().await;
    let letter = sent(&registry).await;
    registry.with_licence(30, B, "SC20137011600076").await;
    let second = record(20, licence(A, "SC12737011400238"));
    registry.licences("LEGAL", CITY).record_licence(second).await.unwrap();

    let whole = registry.dossiers("CREDIT", CITY).get_dossier(dossier(A, 500)).await.unwrap().into_inner();
    assert_eq!(whole, of_its_parts(&registry, "CREDIT", 500).await);
    assert_eq!((whole.licences.len(), whole.marks.len(), whole.more_licences), (2, 1, false));
    let letters: Vec<_> = whole.commitments.iter().map(|one| (&*one.name, &*one.state)).collect();
    assert_eq!(letters, [(letter.as_str(), "LetterIssued")]);

    let cut = registry.dossiers("CREDIT", CITY).get_dossier(dossier(A, 1)).await.unwrap().into_inner();
    assert_eq!(cut, of_its_parts(&registry, "CREDIT", 1).await);
    assert_eq!((cut.licences.len(), cut.more_licences, cut.more_marks), (1, true, false));

    let of_equipment =
        registry.dossiers("SE_SUPERV", CITY).get_dossier(dossier(A, 500)).await.unwrap().into_inner();
    assert_eq!(of_equipment, of_its_parts(&registry, "SE_SUPERV", 500).await);
    assert_eq!((of_equipment.enterprise, of_equipment.licences.len()), (whole.enterprise, 0));
    assert_eq!((of_equipment.commitments.len(), of_equipment.missing.len()), (0, 0));
    let of_other = registry.dossiers("CREDIT", CITY).get_dossier(dossier(B, 500)).await.unwrap().into_inner();
    assert_eq!((of_other.licences.len(), of_other.commitments.len(), of_other.missing.len()), (1, 0, 0));
    registry.stop().await;
}

#[tokio::test]
async fn who_may_not_see_the_enterprise_is_refused_the_whole() {
    let registry = Registry::start().await;
    registry.with_licence(1, A, ORDINARY).await;
    let mut elsewhere = registry.dossiers("DISTRICT", &["370114"]);
    let refused = elsewhere.get_dossier(dossier(A, 500)).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::PermissionDenied, "DIVISION_NOT_PERMITTED")
    );
    let unknown = registry.dossiers("CREDIT", CITY).get_dossier(dossier(B, 500)).await.unwrap_err();
    assert_eq!((unknown.code(), reason(&unknown).as_str()), (Code::NotFound, "ENTERPRISE_NOT_FOUND"));
    let wrong = pb::GetDossierRequest { name: "enterprises/1".to_owned(), latest: -1 };
    let wrong = registry.dossiers("CREDIT", CITY).get_dossier(wrong).await.unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
    let system = registry.dossiers("SYSTEM", CITY).get_dossier(dossier(A, 500)).await.unwrap_err();
    assert_eq!(reason(&system), "ROLE_NOT_PERMITTED");
    registry.stop().await;
}
