//! Errors in Google's JSON form: `{"error": {"code", "status", "message", "details"}}`.

use std::time::Duration;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use contract::client::MAX_MESSAGE_BYTES;
use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, CONTENT_LENGTH, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde_json::{Value, json};
use service::{
    FieldErrors,
    error::{Reason, reason_of},
};
use tonic::{Code, Status};
use tonic_types::{RetryInfo, StatusExt};

use super::{code::http_status, code_name};

/// A refusal as an HTTP answer.
#[derive(Debug)]
pub(super) struct Refusal {
    status: Status,
    /// Where HTTP has a status of its own for it and gRPC has not.
    http: Option<StatusCode>,
    /// Methods that the path is answered for, where the one of the request is not.
    allow: Option<String>,
}

impl Refusal {
    /// There is nothing at this path.
    pub(super) fn no_such_path() -> Self {
        Reason::new(Code::NotFound, "PATH_NOT_FOUND").into_status("there is nothing at this path").into()
    }

    /// The path is answered for other methods.
    pub(super) fn no_such_method<'a>(methods: impl Iterator<Item = &'a str>) -> Self {
        let allow = methods.collect::<Vec<_>>().join(", ");
        let refused = Reason::new(Code::Unimplemented, "METHOD_NOT_ALLOWED").with("allow", &allow);
        let status = refused.into_status(format!("this path is answered for {allow} only"));
        Self { status, http: Some(StatusCode::METHOD_NOT_ALLOWED), allow: Some(allow) }
    }

    /// The body is larger than anything that is read.
    pub(super) fn body_too_large(most_bytes: usize) -> Self {
        let refused = Reason::new(Code::InvalidArgument, "BODY_TOO_LARGE").with("most_bytes", most_bytes);
        let status = refused.into_status(format!("the body has more than {most_bytes} bytes"));
        Self { status, http: Some(StatusCode::PAYLOAD_TOO_LARGE), allow: None }
    }

    /// The body has not come in time.
    pub(super) fn body_too_slow(within: Duration) -> Self {
        let seconds = within.as_secs();
        let refused = Reason::new(Code::DeadlineExceeded, "BODY_TOO_SLOW").with("seconds", seconds);
        let status = refused.into_status(format!("the body has not come within {seconds} s"));
        Self { status, http: Some(StatusCode::REQUEST_TIMEOUT), allow: None }
    }

    /// As many requests are in flight, or as many bodies are being read, as may be.
    pub(super) fn overloaded() -> Self {
        let refused = Reason::new(Code::ResourceExhausted, "OVERLOADED").retry_after(Duration::from_secs(1));
        refused.into_status("the server has as many requests as it can answer; retry").into()
    }

    /// The same as the server sends it by itself: under a load that is too high most requests are answered so, and each costs those that
    /// are let in.
    pub(super) fn overloaded_as_sent() -> http::Response<Bytes> {
        let refusal = Self::overloaded();
        let text = Bytes::from(refusal.body().to_string());
        let mut answer = refusal.into_response().map(|_| text);
        let length = answer.body().len();
        answer.headers_mut().insert(CONTENT_LENGTH, length.into());
        answer
    }

    /// The body is said to be something that is not read.
    pub(super) fn not_json() -> Self {
        let status = Reason::new(Code::InvalidArgument, "BODY_NOT_JSON")
            .into_status("the body must be `application/json` in UTF-8, not encoded otherwise");
        Self { status, http: Some(StatusCode::UNSUPPORTED_MEDIA_TYPE), allow: None }
    }

    /// What an RPC answered instead of its message. An answer that is larger than a message is read by nobody, and told by the transport in
    /// words of its own, without a reason: whoever asked for a list asks for less of it.
    pub(super) fn of_answer(status: Status) -> Self {
        if status.code() != Code::OutOfRange || reason_of(&status).is_some() {
            return status.into();
        }
        let refused = Reason::new(Code::OutOfRange, "ANSWER_TOO_LARGE").with("most_bytes", MAX_MESSAGE_BYTES);
        let text = format!("the answer has more than {MAX_MESSAGE_BYTES} bytes; ask for a smaller page");
        refused.into_status(text).into()
    }

    /// What is read is not the version that `If-Match` names.
    pub(super) fn another_version() -> Self {
        let status = Reason::new(Code::FailedPrecondition, "ETAG_MISMATCH")
            .into_status("what there is to read is not the version that `If-Match` names");
        Self { status, http: Some(StatusCode::PRECONDITION_FAILED), allow: None }
    }

    /// The body broke off.
    pub(super) fn broken_off() -> Self {
        Reason::new(Code::Cancelled, "BODY_BROKEN_OFF").into_status("the body broke off").into()
    }

    /// An answer of a service cannot be written: a fault of a program.
    pub(super) fn unwritable(problem: impl std::fmt::Display) -> Self {
        tracing::error!(error = %problem, "an answer cannot be written: {problem}");
        Reason::new(Code::Internal, "INTERNAL").into_status("the answer cannot be written").into()
    }

    /// Status of the HTTP answer.
    pub(super) fn http_status(&self) -> StatusCode {
        self.http.unwrap_or_else(|| http_status(self.status.code()))
    }

    /// The JSON of it.
    pub(super) fn body(&self) -> Value {
        body(&self.status, self.http_status().as_u16())
    }
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self { status, http: None, allow: None }
    }
}

impl From<FieldErrors> for Refusal {
    fn from(errors: FieldErrors) -> Self {
        Status::from(crate::Error::from(errors)).into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut answer = (self.http_status(), Json(self.body())).into_response();
        if self.status.code() == Code::Unauthenticated {
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge(&self.status)));
        }
        if let Some(allow) = self.allow.and_then(|allow| HeaderValue::try_from(allow).ok()) {
            answer.headers_mut().insert(ALLOW, allow);
        }
        if let Some(pause) = self.status.get_details_retry_info().and_then(|retry| retry.retry_delay) {
            // The header knows whole seconds; a pause is never cut short.
            let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

/// What is asked for instead: a token, or, of who has shown one that is not good, another (RFC 6750 section 3).
fn challenge(status: &Status) -> &'static str {
    const NOT_GOOD: [&str; 4] = ["TOKEN_INVALID", "TOKEN_EXPIRED", "TOKEN_REVOKED", "SCOPE_CHANGED"];
    let is_bad = reason_of(status).is_some_and(|reason| NOT_GOOD.contains(&reason.as_str()));
    if is_bad { "Bearer error=\"invalid_token\"" } else { "Bearer" }
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
    use http_body_util::BodyExt;
    use service::auth::Denied;

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

    #[tokio::test]
    async fn the_refusal_that_is_written_once_is_sent_as_any_other() {
        let (mut once, anew) = (Refusal::overloaded_as_sent(), Refusal::overloaded().into_response());
        let length = once.headers_mut().remove(CONTENT_LENGTH).unwrap();
        assert_eq!((once.status(), once.headers()), (anew.status(), anew.headers()));
        let anew = anew.into_body().collect().await.unwrap().to_bytes();
        assert_eq!((once.body(), length), (&anew, anew.len().into()));
    }

    #[test]
    fn an_answer_that_no_message_holds_is_refused_with_a_reason_and_what_has_one_keeps_it() {
        let told = |status: Status| {
            let refusal = Refusal::of_answer(status);
            (refusal.http_status().as_u16(), refusal.body()["error"]["details"][0]["reason"].clone())
        };
        let transport = Status::out_of_range("Error, decoded message length too large: found 5000000 bytes");
        assert_eq!(told(transport), (400, json!("ANSWER_TOO_LARGE")));
        let own = Reason::new(Code::OutOfRange, "DAY_OUT_OF_RANGE").into_status("too early");
        assert_eq!(told(own), (400, json!("DAY_OUT_OF_RANGE")));
        let other = Reason::new(Code::NotFound, "DRAW_NOT_FOUND").into_status("none");
        assert_eq!(told(other), (404, json!("DRAW_NOT_FOUND")));
    }

    #[test]
    fn a_pause_is_told_in_the_body_and_rounded_up_in_the_header() {
        let answer = Refusal::from(Reason::contended().into_status("retry")).into_response();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()[RETRY_AFTER]),
            (409, &HeaderValue::from_static("1"))
        );
        let details = details(&Reason::contended().into_status("retry"));
        assert_eq!(details[1]["retryDelay"], "0.100s");
    }

    #[test]
    fn a_missing_token_asks_for_one_and_a_bad_one_for_another() {
        let asked = |denied: Denied| {
            let answer = Refusal::from(Status::from(denied)).into_response();
            assert_eq!(answer.status(), 401);
            answer.headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned()
        };
        assert_eq!(asked(Denied::TokenMissing), "Bearer");
        assert_eq!(asked(Denied::AccountUnknown { names: "DNS:x".into() }), "Bearer");
        for bad in [Denied::TokenExpired { expired_at: 1 }, Denied::TokenRevoked] {
            assert_eq!(asked(bad), "Bearer error=\"invalid_token\"");
        }
    }
}
