//! Rules of REST, as they are read.

use contract::rest::{Body, Rule, rules};

fn rules_named(name: &str) -> Vec<Rule> {
    rules().iter().filter(|rule| rule.rpc.full_name() == name).cloned().collect()
}

#[test]
fn a_rule_says_method_path_and_body() {
    let update = &rules_named("xinjian.registry.v1.Enterprises.UpdateEnterprise")[0];
    assert_eq!((update.method, update.path.to_string().as_str()), ("PATCH", "/v1/enterprises/*"));
    assert_eq!(update.path.variables()[0].field, "enterprise.name");
    let Body::Field(field) = &update.body else { panic!("{:?}", update.body) };
    assert_eq!(field.name(), "enterprise");
}

#[test]
fn an_rpc_may_be_bound_more_than_once() {
    let marks = rules_named("xinjian.registry.v1.Marks.ListMarks");
    let paths: Vec<_> = marks.iter().map(|rule| rule.path.to_string()).collect();
    assert_eq!(paths, ["/v1/marks", "/v1/enterprises/*/marks"]);
}

#[test]
fn a_file_has_its_media_type() {
    let template = &rules_named("xinjian.collection.v1.Imports.GetTemplate")[0];
    let file = template.file.as_ref().unwrap();
    assert_eq!(file.field.name(), "content");
    assert!(file.media_type.ends_with("spreadsheetml.sheet"), "{}", file.media_type);
}
