//! gRPC codes as HTTP (google.rpc.Code).

use http::StatusCode;
use tonic::Code;

/// HTTP status of a code.
pub(super) fn http_status(code: Code) -> StatusCode {
    StatusCode::from_u16(number(code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The whole table.
fn number(code: Code) -> u16 {
    match code {
        Code::Ok => 200,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::Unauthenticated => 401,
        Code::PermissionDenied => 403,
        Code::NotFound => 404,
        Code::AlreadyExists | Code::Aborted => 409,
        Code::ResourceExhausted => 429,
        Code::Cancelled => 499,
        Code::Unknown | Code::Internal | Code::DataLoss => 500,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        Code::DeadlineExceeded => 504,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_but_ok_has_a_status_of_an_error_that_http_knows() {
        for number in 1..=16 {
            let status = http_status(Code::from_i32(number));
            assert!(status.is_client_error() || status.is_server_error(), "{number}");
        }
    }
}
