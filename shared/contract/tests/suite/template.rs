//! Templates of paths.

use contract::rest::{Template, Variable};

fn template(text: &str) -> Template {
    text.parse().unwrap()
}

#[test]
fn a_template_has_segments_variables_and_a_verb() {
    let reject = template("/v1/{name=enterprises/*/marks/*}:reject");
    assert_eq!(reject.to_string(), "/v1/enterprises/*/marks/*:reject");
    assert_eq!(reject.verb(), Some("reject"));
    assert_eq!(reject.variables(), [Variable { field: "name".into(), segments: 1..5 }]);
    let parked = template("/v1/readers/{reader}/feeds/{feed.name}");
    let fields: Vec<_> = parked.variables().iter().map(|variable| variable.field.as_str()).collect();
    assert_eq!((fields, parked.variables()[1].segments.clone()), (vec!["reader", "feed.name"], 4..5));
}

#[test]
fn other_texts_are_refused() {
    for bad in
        ["", "v1", "/", "/v1/", "/v1//x", "/v1/{name", "/v1/{=x}", "/v1/{name=**}", "/v1/x:", "/v1/{a}{b}"]
    {
        assert!(bad.parse::<Template>().is_err(), "{bad}");
    }
}

#[test]
fn templates_overlap_where_one_path_fits_both() {
    let overlap = |one, two| template(one).overlaps(&template(two));
    assert!(overlap("/v1/{name=records/*}", "/v1/records/{id}"));
    assert!(overlap("/v1/records/{id}", "/v1/records/latest"));
    assert!(!overlap("/v1/records/{id}", "/v1/records/{id}:withdraw"));
    assert!(!overlap("/v1/records/{id}", "/v1/tickets/{id}"));
    assert!(!overlap("/v1/records", "/v1/records/{id}"));
}
