//! gRPC codes by name and as HTTP (google.rpc.Code).

use http::StatusCode;
use tonic::Code;

/// Name of a code as the contract and the JSON of errors write it, such as `NOT_FOUND`.
pub(crate) fn code_name(code: Code) -> &'static str {
    entry(code).0
}

/// HTTP status of a code.
pub(super) fn http_status(code: Code) -> StatusCode {
    StatusCode::from_u16(entry(code).1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The whole table.
fn entry(code: Code) -> (&'static str, u16) {
    match code {
        Code::Ok => ("OK", 200),
        Code::Cancelled => ("CANCELLED", 499),
        Code::Unknown => ("UNKNOWN", 500),
        Code::InvalidArgument => ("INVALID_ARGUMENT", 400),
        Code::DeadlineExceeded => ("DEADLINE_EXCEEDED", 504),
        Code::NotFound => ("NOT_FOUND", 404),
        Code::AlreadyExists => ("ALREADY_EXISTS", 409),
        Code::PermissionDenied => ("PERMISSION_DENIED", 403),
        Code::ResourceExhausted => ("RESOURCE_EXHAUSTED", 429),
        Code::FailedPrecondition => ("FAILED_PRECONDITION", 400),
        Code::Aborted => ("ABORTED", 409),
        Code::OutOfRange => ("OUT_OF_RANGE", 400),
        Code::Unimplemented => ("UNIMPLEMENTED", 501),
        Code::Internal => ("INTERNAL", 500),
        Code::Unavailable => ("UNAVAILABLE", 503),
        Code::DataLoss => ("DATA_LOSS", 500),
        Code::Unauthenticated => ("UNAUTHENTICATED", 401),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_name_and_a_status_that_http_knows() {
        let names: std::collections::BTreeSet<_> =
            (0..=16).map(|number| code_name(Code::from_i32(number))).collect();
        assert_eq!(names.len(), 17);
        for number in 1..=16 {
            let status = http_status(Code::from_i32(number));
            assert!(status.is_client_error() || status.is_server_error(), "{number}");
        }
    }
}
