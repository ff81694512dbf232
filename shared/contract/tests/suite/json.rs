//! Messages as JSON.

use contract::common::v1::{CountWorkResponse, Duty};
use contract::json::{from_value, to_value};
use serde_json::json;

#[test]
fn a_message_survives_json_and_shows_its_empty_fields() {
    let duty = Duty { subject: "enterprises/1".to_owned(), overdue: true, ..Duty::default() };
    let value = to_value(&duty).unwrap();
    assert_eq!(value["subject"], "enterprises/1");
    assert_eq!(value["dueOn"], "");
    assert_eq!(from_value::<Duty>(value).unwrap(), duty);
}

#[test]
fn wide_integers_are_strings() {
    let count = CountWorkResponse { open: i64::MAX, ..CountWorkResponse::default() };
    assert_eq!(to_value(&count).unwrap()["open"], "9223372036854775807");
}

#[test]
fn an_unknown_name_is_refused_and_named() {
    let refused = from_value::<Duty>(json!({"sbject": "enterprises/1"})).unwrap_err();
    assert!(refused.to_string().contains("sbject"), "{refused}");
}
