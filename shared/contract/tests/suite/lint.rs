//! What holds for every element of the contract.

use std::collections::BTreeSet;

use contract::{access, confidential, descriptors};
use prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, Value};

use crate::common::{Element, elements, is_google, methods_of_ours};

/// An RPC whose name begins so changes nothing.
const READING: [&str; 16] = [
    "Get",
    "List",
    "BatchGet",
    "Check",
    "BatchCheck",
    "Count",
    "Explain",
    "Verify",
    "Subscribe",
    "Watch",
    "Search",
    "Find",
    "Preview",
    "Replay",
    "Advise",
    "Simulate",
];
/// Package that is served without a token.
const PUBLIC: &str = "xinjian.public.v1";

fn assert_none<T: std::fmt::Display>(rule: &str, faults: impl IntoIterator<Item = T>) {
    let faults: Vec<_> = faults.into_iter().map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{rule}:\n  {}", faults.join("\n  "));
}

#[test]
fn every_element_has_a_comment() {
    let bare = elements().into_iter().filter(|element| element.comment.trim().is_empty());
    assert_none("without a leading comment", bare.map(|element| element.name));
}

#[test]
fn a_comment_says_more_than_the_name() {
    let squeezed = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let empty = |element: &Element| {
        let simple = element.name.rsplit('.').next().unwrap_or_default();
        let comment = squeezed(&element.comment);
        let name = squeezed(simple);
        comment == name || comment == format!("the{name}")
    };
    assert_none(
        "the comment repeats the name",
        elements().iter().filter(|e| empty(e)).map(|e| e.name.as_str()),
    );
}

#[test]
fn the_zero_of_an_enum_is_unspecified_and_values_carry_its_name() {
    let mut faults = Vec::new();
    for item in descriptors().all_enums().filter(|item| !is_google(item.full_name())) {
        let prefix = upper_snake(item.name());
        for value in item.values() {
            let named = match value.number() {
                0 => value.name() == format!("{prefix}_UNSPECIFIED"),
                _ => value.name().starts_with(&format!("{prefix}_")),
            };
            if !named {
                faults.push(value.full_name().to_owned());
            }
        }
    }
    assert_none("enum values out of line", faults);
}

#[test]
fn names_follow_the_convention() {
    let mut faults = Vec::new();
    for message in descriptors().all_messages().filter(|message| !is_google(message.full_name())) {
        if message.is_map_entry() {
            continue;
        }
        faults.extend((!is_camel(message.name())).then(|| message.full_name().to_owned()));
        faults.extend(message.fields().filter(|f| !is_snake(f.name())).map(|f| f.full_name().to_owned()));
    }
    for item in descriptors().all_enums().filter(|item| !is_google(item.full_name())) {
        faults.extend((!is_camel(item.name())).then(|| item.full_name().to_owned()));
        faults.extend(item.values().filter(|v| !is_upper(v.name())).map(|v| v.full_name().to_owned()));
    }
    for method in methods_of_ours() {
        faults.extend((!is_camel(method.name())).then(|| method.full_name().to_owned()));
    }
    assert_none("names out of line", faults);
}

#[test]
fn a_request_message_serves_one_rpc() {
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for method in methods_of_ours() {
        let request = method.input();
        if request.name() != format!("{}Request", method.name())
            || !seen.insert(request.full_name().to_owned())
        {
            faults.push(format!("{}: {}", method.full_name(), request.full_name()));
        }
    }
    assert_none("requests that are not the RPC's own", faults);
}

#[test]
fn every_rpc_states_its_access() {
    let without = methods_of_ours().filter(|method| {
        access::access_of(&access::path_of(method)).is_none_or(|access| access.permission.is_empty())
    });
    assert_none("without access", without.map(|method| method.full_name().to_owned()));
}

#[test]
fn permissions_have_the_form_service_resource_verb() {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let odd = access::all().filter(|(_, access)| {
        let words: Vec<_> = access.permission.split('.').collect();
        words.len() != if access.open { 2 } else { 3 } || !words.into_iter().all(is_word)
    });
    assert_none(
        "permissions out of line",
        odd.map(|(path, access)| format!("{path}: {}", access.permission)),
    );
}

#[test]
fn only_the_public_listener_is_open_and_it_is_open_throughout() {
    let odd = access::all().filter(|(path, access)| access.open != path.starts_with(&format!("/{PUBLIC}.")));
    assert_none("open where it must not be, or closed where it must be open", odd.map(|(path, _)| path));
}

#[test]
fn every_rpc_that_changes_something_requires_a_request_id() {
    let without = methods_of_ours().filter(changes_something).filter(|method| {
        !method.input().get_field_by_name(key_of(method)).is_some_and(|field| is_required_text(&field))
    });
    assert_none("without `string request_id` REQUIRED", without.map(|method| method.full_name().to_owned()));
}

#[test]
fn an_rpc_that_changes_nothing_takes_no_request_id() {
    let odd = methods_of_ours()
        .filter(|method| !changes_something(method))
        .filter(|method| method.input().get_field_by_name("request_id").is_some());
    assert_none("a read with a request id", odd.map(|method| method.full_name().to_owned()));
}

#[test]
fn every_list_is_paged() {
    let lists = methods_of_ours().filter(|m| m.name().starts_with("List") || m.name().starts_with("Search"));
    let odd = lists.filter(|method| {
        let has = |message: &MessageDescriptor, field: &str| message.get_field_by_name(field).is_some();
        // A feed is paged by its own positions, which never move.
        let by_position = has(&method.input(), "after_seq");
        let by_token = has(&method.input(), "page_token") && has(&method.output(), "next_page_token");
        !has(&method.input(), "page_size") || !(by_token || by_position)
    });
    assert_none("lists without paging", odd.map(|method| method.full_name().to_owned()));
}

#[test]
fn nothing_confidential_can_be_reached_from_a_public_message() {
    let public = descriptors().all_messages().filter(|message| message.package_name() == PUBLIC);
    let mut faults = Vec::new();
    for message in public {
        for reached in reachable(&message) {
            if reached.package_name() != PUBLIC && !is_google(reached.full_name()) {
                faults.push(format!("{} reaches {}", message.full_name(), reached.full_name()));
            }
            let sealed = reached.fields().filter(confidential);
            faults
                .extend(sealed.map(|field| format!("{} reaches {}", message.full_name(), field.full_name())));
        }
    }
    assert_none("a public message reaches what it must not", faults);
}

#[test]
fn the_marks_of_confidence_can_be_read() {
    // The test above would pass without a single mark, also if the option could not be read.
    let sealed: Vec<_> = descriptors()
        .all_messages()
        .flat_map(|message| message.fields().collect::<Vec<_>>())
        .filter(confidential)
        .map(|field| field.full_name().to_owned())
        .collect();
    assert!(sealed.contains(&"xinjian.registry.v1.Enterprise.legal_representative".to_owned()), "{sealed:?}");
}

/// The field by which a repeated request is known.
fn key_of(method: &MethodDescriptor) -> &'static str {
    match method.parent_service().full_name() {
        // Served by other departments: a delivery keeps its id over every attempt and every restart of ours.
        "xinjian.exchange.v1.Receiver" => "delivery_id",
        _ => "request_id",
    }
}

fn changes_something(method: &MethodDescriptor) -> bool {
    !READING.iter().any(|verb| method.name().starts_with(verb))
}

fn is_required_text(field: &FieldDescriptor) -> bool {
    let behavior = descriptors()
        .get_extension_by_name("google.api.field_behavior")
        .expect("the contract declares field_behavior");
    let options = field.options();
    let stated = options.get_extension(&behavior);
    let required = stated.as_list().is_some_and(|list| list.contains(&Value::EnumNumber(REQUIRED)));
    field.kind() == Kind::String && field.cardinality() != Cardinality::Repeated && required
}

/// `google.api.FieldBehavior.REQUIRED`.
const REQUIRED: i32 = 2;

/// The message and every message that a field of it leads to.
fn reachable(message: &MessageDescriptor) -> Vec<MessageDescriptor> {
    let mut found = vec![message.clone()];
    let mut next = 0;
    while next < found.len() {
        for field in found[next].clone().fields() {
            if let Kind::Message(part) = field.kind()
                && !found.contains(&part)
            {
                found.push(part);
            }
        }
        next += 1;
    }
    found
}

fn upper_snake(camel: &str) -> String {
    let mut snake = String::new();
    for (at, letter) in camel.chars().enumerate() {
        if letter.is_ascii_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_uppercase());
    }
    snake
}

fn is_camel(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_snake(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_upper(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}
