//! Files of evidence: taken when a check names them, kept as they are, read for a purpose.

use contract::inspection::v1 as pb;
use tonic::Code;

use crate::checks::{check, visit, with_checks};
use crate::house::*;

const PHOTO: &[u8] = b"\xff\xd8\xff a label";

fn upload(visit: &pb::Visit, content: &[u8]) -> pb::UploadEvidenceRequest {
    pb::UploadEvidenceRequest {
        visit: visit.name.clone(),
        content: content.to_vec(),
        media_type: "image/jpeg".into(),
        request_id: id(),
    }
}

fn asked(name: &str, purpose: &str) -> pb::GetEvidenceRequest {
    pb::GetEvidenceRequest { name: name.into(), purpose: purpose.into() }
}

/// A visit one of whose checks names the photograph.
async fn with_photo(house: &House) -> pb::Visit {
    let visit = visit(house).await;
    let mut label = check("food.label", "NotConforming");
    label.evidence[0].digest = crypto::sm3::digest(PHOTO).to_hex();
    let checks = vec![label, check("food.commitment", "Conforms")];
    house.visits(WANG).enter_result(with_checks(&visit, "5", checks)).await.unwrap().into_inner()
}

async fn a_named_file_is_kept_and_returned_as_it_was(house: House) {
    let visit = with_photo(&house).await;
    let request = upload(&visit, PHOTO);
    let kept = house.evidence(WANG).upload_evidence(request.clone()).await.unwrap().into_inner();
    let digest = crypto::sm3::digest(PHOTO).to_hex();
    assert_eq!((kept.name.clone(), &kept.digest), (format!("{}/evidence/{digest}", visit.name), &digest));
    assert_eq!((kept.media_type.as_str(), kept.size_bytes), ("image/jpeg", PHOTO.len() as i64));
    for again in [request, upload(&visit, PHOTO)] {
        assert_eq!(house.evidence(LI).upload_evidence(again).await.unwrap().into_inner(), kept);
    }
    let read = house.evidence(LI).get_evidence(asked(&kept.name, "复核标签")).await.unwrap().into_inner();
    assert_eq!((read.content.as_slice(), read.file), (PHOTO, Some(kept.clone())));
    let reads = service::access_log::reads_of(&house.db, &kept.name, 10).await.unwrap();
    let reads: Vec<_> = reads.iter().map(|read| (read.reader.as_str(), read.purpose.as_str())).collect();
    assert_eq!(reads, [("li", "复核标签")]);
    let idle = house.evidence(LI).get_evidence(asked(&kept.name, "")).await.unwrap_err();
    assert_eq!(idle.code(), Code::InvalidArgument);
}

async fn what_no_check_names_or_is_no_such_file_is_not_taken(house: House) {
    let visit = with_photo(&house).await;
    let other = house.evidence(WANG).upload_evidence(upload(&visit, b"\xff\xd8\xff another")).await;
    let other = other.unwrap_err();
    assert_eq!((other.code(), reason(&other).as_str()), (Code::FailedPrecondition, "EVIDENCE_NOT_NAMED"));
    let text = pb::UploadEvidenceRequest { media_type: "text/html".into(), ..upload(&visit, PHOTO) };
    let refused = house.evidence(WANG).upload_evidence(text).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let name = format!("{}/evidence/{}", visit.name, crypto::sm3::digest(PHOTO).to_hex());
    let missing = house.evidence(WANG).get_evidence(asked(&name, "复核")).await.unwrap_err();
    assert_eq!(reason(&missing), "EVIDENCE_NOT_FOUND");
}

async fn another_field_sends_and_reads_nothing(house: House) {
    let visit = with_photo(&house).await;
    let sun = Person("sun", "SE_SUPERV", CITY);
    let sent = house.evidence(sun).upload_evidence(upload(&visit, PHOTO)).await.unwrap_err();
    assert_eq!(reason(&sent), "FIELD_NOT_PERMITTED");
    let kept = house.evidence(WANG).upload_evidence(upload(&visit, PHOTO)).await.unwrap().into_inner();
    let read = house.evidence(sun).get_evidence(asked(&kept.name, "复核")).await.unwrap_err();
    assert_eq!(reason(&read), "FIELD_NOT_PERMITTED");
}

db::conformance! {
    open = house;
    cases = [
        a_named_file_is_kept_and_returned_as_it_was,
        what_no_check_names_or_is_no_such_file_is_not_taken,
        another_field_sends_and_reads_nothing,
    ];
}
