//! Errors in Google's JSON form: `{"error": {"code", "status", "message", "details"}}`.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde_json::{Value, json};
use service::error::Reason;
use tonic::{Code, Status};
use tonic_types::{RetryInfo, StatusExt};

use super::code::{code_name, http_status};

/// A refusal as an HTTP answer.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) Status);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = http_status(self.0.code());
        let mut answer = (status, Json(body(&self.0, status.as_u16()))).into_response();
        if self.0.code() == Code::Unauthenticated {
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(pause) = self.0.get_details_retry_info().and_then(|retry| retry.retry_delay) {
            // The header knows whole seconds; a pause is never cut short.
            let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

/// There is nothing at this path.
pub(super) async fn no_such_path() -> Refusal {
    Refusal(Reason::new(Code::NotFound, "PATH_NOT_FOUND").into_status("there is nothing at this path"))
}

/// The path exists for another method. HTTP has a status of its own for it, gRPC has not.
pub(super) async fn no_such_method() -> Response {
    let refused =
        Reason::new(Code::Unimplemented, "METHOD_NOT_ALLOWED").into_status("only GET is answered here");
    let status = http::StatusCode::METHOD_NOT_ALLOWED;
    (status, Json(body(&refused, status.as_u16()))).into_response()
}

fn body(status: &Status, http: u16) -> Value {
    json!({"error": {
        "code": http,
        "status": code_name(status.code()),
        "message": status.message(),
        "details": details(status),
    }})
}

/// The details that Xinjian sends, each with its type.
fn details(status: &Status) -> Vec<Value> {
    let details = status.get_error_details();
    let info = details.error_info().map(|info| {
        json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": info.reason,
            "domain": info.domain,
            "metadata": info.metadata,
        })
    });
    let request = details.bad_request().map(|request| {
        let fields = request.field_violations.iter();
        let fields: Vec<_> =
            fields.map(|field| json!({"field": field.field, "description": field.description})).collect();
        json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": fields})
    });
    let retry = details.retry_info().and_then(retry_info);
    [info, request, retry].into_iter().flatten().collect()
}

fn retry_info(retry: &RetryInfo) -> Option<Value> {
    let pause = retry.retry_delay?;
    let delay = format!("{}.{:03}s", pause.as_secs(), pause.subsec_millis());
    Some(json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}))
}

#[cfg(test)]
mod tests {
    use service::FieldErrors;

    use super::*;
    use crate::Error;

    #[test]
    fn an_error_has_code_status_message_and_typed_details() {
        let mut fields = FieldErrors::default();
        fields.push("uscc", "is not a credit code");
        fields.push("purpose", "must be given");
        let status = Status::from(Error::from(fields));
        let error = body(&status, 400)["error"].take();
        assert_eq!((error["code"].as_u64(), error["status"].as_str()), (Some(400), Some("INVALID_ARGUMENT")));
        assert_eq!(
            error["details"][0],
            json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "INVALID_FIELDS",
                "domain": "xinjian",
                "metadata": {},
            })
        );
        assert_eq!(
            error["details"][1],
            json!({
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [
                    {"field": "uscc", "description": "is not a credit code"},
                    {"field": "purpose", "description": "must be given"},
                ],
            })
        );
    }

    #[test]
    fn a_pause_is_told_in_the_body_and_rounded_up_in_the_header() {
        let answer = Refusal(Reason::contended().into_status("retry")).into_response();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()[RETRY_AFTER]),
            (409, &HeaderValue::from_static("1"))
        );
        let details = details(&Reason::contended().into_status("retry"));
        assert_eq!(details[1]["retryDelay"], "0.100s");
    }

    #[test]
    fn a_missing_token_asks_for_one() {
        let answer = Refusal(service::auth::Denied::TokenMissing.into()).into_response();
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.headers()[WWW_AUTHENTICATE], "Bearer");
    }
}
