//! From path and query to a request message, and from an answer to JSON.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::HeaderMap;
use prost::{Message, Name};
use serde_json::{Map, Value};
use service::{FieldErrors, error::Reason};
use tonic::{Code, Request, Status, metadata::MetadataMap};

use super::error::Refusal;

/// Headers that go with a request to the RPCs: who asks, how long there is time, which trace it belongs to.
const PASSED_ON: [&str; 4] = ["authorization", "grpc-timeout", "traceparent", "tracestate"];

/// Name and value pairs of a query.
pub(super) type Query = axum::extract::Query<Vec<(String, String)>>;

/// The request message with the fields of the path and of the query, under the caller's headers. Names may be camelCase or
/// as in the contract; unknown and repeated ones are refused.
pub(super) fn request<M: Message + Name + Default>(
    headers: &HeaderMap,
    path: &[(&str, String)],
    query: Query,
) -> Result<Request<M>, Refusal> {
    let mut fields = Map::new();
    let path = path.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    for (name, value) in path.chain(query.0) {
        if fields.contains_key(&name) {
            return Err(invalid(&name, "is given twice"));
        }
        fields.insert(name, Value::String(value));
    }
    let message =
        contract::json::from_value(Value::Object(fields)).map_err(|problem| invalid("query", problem))?;
    let passed_on = headers.iter().filter(|(name, _)| PASSED_ON.contains(&name.as_str()));
    let headers: HeaderMap = passed_on.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut request = Request::new(message);
    *request.metadata_mut() = MetadataMap::from_headers(headers);
    Ok(request)
}

/// The answer of an RPC as JSON.
pub(super) fn answer<M: Message + Name>(
    answer: Result<tonic::Response<M>, Status>,
) -> Result<Response, Refusal> {
    let message = answer.map_err(Refusal)?.into_inner();
    match contract::json::to_value(&message) {
        Ok(value) => Ok(Json(value).into_response()),
        Err(problem) => {
            tracing::error!(error = %problem, "an answer cannot be written as JSON: {problem}");
            Err(Refusal(
                Reason::new(Code::Internal, "INTERNAL").into_status("the answer cannot be written as JSON"),
            ))
        }
    }
}

fn invalid(field: &str, problem: impl std::fmt::Display) -> Refusal {
    Refusal(crate::Error::from(FieldErrors::one(field, problem)).into())
}

#[cfg(test)]
mod tests {
    use contract::public::v1::ListMarksRequest;

    use super::*;

    fn marks(query: &[(&str, &str)]) -> Result<Request<ListMarksRequest>, Refusal> {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let headers = [("authorization", "Bearer x"), ("cookie", "secret")]
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        request(&HeaderMap::from_iter(headers), &[("uscc", "1".to_owned())], axum::extract::Query(query))
    }

    #[test]
    fn path_and_query_fill_the_message_by_either_form_of_a_name() {
        for name in ["page_size", "pageSize"] {
            let request = marks(&[(name, "7")]).unwrap();
            assert_eq!((request.get_ref().uscc.as_str(), request.get_ref().page_size), ("1", 7));
        }
    }

    #[test]
    fn only_the_headers_that_the_rpcs_need_go_with_it() {
        let request = marks(&[]).unwrap();
        assert_eq!(request.metadata().get("authorization").unwrap(), "Bearer x");
        assert!(request.metadata().get("cookie").is_none());
    }

    #[test]
    fn an_unknown_a_repeated_and_a_misread_field_are_refused() {
        for query in [("colour", "red"), ("uscc", "2"), ("pageSize", "many")] {
            let Refusal(status) = marks(&[query]).unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument, "{query:?}");
        }
    }
}
