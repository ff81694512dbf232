//! Files of evidence.

use contract::inspection::v1 as pb;
use service::FieldErrors;

use super::timestamp;
use crate::domain::VisitName;
use crate::domain::evidence::{EvidenceFile, EvidenceName, MOST_BYTES};

/// Reads a file that is sent: named by the digest of what has come.
pub(crate) fn parse_upload(
    errors: &mut FieldErrors,
    sent: &pb::UploadEvidenceRequest,
) -> Option<EvidenceName> {
    let visit = errors.check("visit", VisitName::parse(&sent.visit));
    let problems = files::problems_of(&sent.media_type, &sent.content, MOST_BYTES);
    let is_fit = problems.is_empty();
    for (path, problem) in problems {
        errors.push(path, problem);
    }
    Some(EvidenceName { visit: visit?, digest: crypto::sm3::digest(&sent.content) }).filter(|_| is_fit)
}

/// The file as the API shows it, without its content.
pub(crate) fn to_pb(file: &EvidenceFile) -> pb::EvidenceFile {
    pb::EvidenceFile {
        name: file.name.to_string(),
        digest: file.name.digest.to_hex(),
        media_type: file.media_type.clone(),
        size_bytes: i64::try_from(file.size_bytes).unwrap_or(i64::MAX),
        upload_time: Some(timestamp(file.uploaded_at)),
    }
}
