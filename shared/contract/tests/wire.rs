//! Whoever was built against an earlier contract can still talk to us. `data/contract.bin` is the contract as it was last
//! released: adding to it is fine, anything that would make old bytes mean something else is not.
//!
//! After a release: `UPDATE_CONTRACT=1 cargo test -p contract --test wire` stores the present contract.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, fs, path::Path};

use contract::FILE_DESCRIPTOR_SET;
use prost::Message;
use prost_reflect::{
    DescriptorPool, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ServiceDescriptor,
};

const STORED: &str = "tests/data/contract.bin";

/// What of `new` breaks those who know `old`, one sentence each.
fn breaks(old: &DescriptorPool, new: &DescriptorPool) -> Vec<String> {
    let mut found = Vec::new();
    for message in old.all_messages() {
        match new.get_message_by_name(message.full_name()) {
            None => found.push(format!("message {} is gone", message.full_name())),
            Some(now) => found.extend(message_breaks(&message, &now)),
        }
    }
    for item in old.all_enums() {
        match new.get_enum_by_name(item.full_name()) {
            None => found.push(format!("enum {} is gone", item.full_name())),
            Some(now) => found.extend(enum_breaks(&item, &now)),
        }
    }
    for service in old.services() {
        match new.get_service_by_name(service.full_name()) {
            None => found.push(format!("service {} is gone", service.full_name())),
            Some(now) => found.extend(service_breaks(&service, &now)),
        }
    }
    found
}

fn message_breaks(old: &MessageDescriptor, new: &MessageDescriptor) -> Vec<String> {
    let mut found = Vec::new();
    for field in old.fields() {
        match new.get_field(field.number()) {
            Some(now) => found.extend(field_breaks(&field, &now)),
            // A number that is reserved was taken out on purpose; nobody can give it another meaning.
            None if new.reserved_ranges().any(|range| range.contains(&field.number())) => {}
            None => found.push(format!(
                "field {} = {} is gone and not reserved",
                field.full_name(),
                field.number()
            )),
        }
    }
    found
}

fn field_breaks(old: &FieldDescriptor, new: &FieldDescriptor) -> Vec<String> {
    let what = format!("field {} = {}", old.full_name(), old.number());
    let mut found = Vec::new();
    // JSON and REST carry names.
    if old.name() != new.name() {
        found.push(format!("{what} is now called {}", new.name()));
    }
    if shape(old) != shape(new) {
        found.push(format!("{what} was {}, is {}", shape(old), shape(new)));
    }
    let oneof = |field: &FieldDescriptor| field.containing_oneof().map(|oneof| oneof.name().to_owned());
    if oneof(old) != oneof(new) {
        found.push(format!("{what} moved into or out of a oneof"));
    }
    found
}

/// Type and cardinality in words.
fn shape(field: &FieldDescriptor) -> String {
    let kind = match field.kind() {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(item) => item.full_name().to_owned(),
        scalar => format!("{scalar:?}"),
    };
    format!(
        "{:?} {kind}{}",
        field.cardinality(),
        if field.supports_presence() { " with presence" } else { "" }
    )
}

fn enum_breaks(old: &EnumDescriptor, new: &EnumDescriptor) -> Vec<String> {
    let values: BTreeMap<_, _> =
        new.values().map(|value| (value.number(), value.name().to_owned())).collect();
    let kept = |number: i32, name: &str| match values.get(&number) {
        Some(now) => now == name,
        None => new.reserved_ranges().any(|range| range.contains(&number)),
    };
    let lost = old.values().filter(|value| !kept(value.number(), value.name()));
    lost.map(|value| format!("enum value {} = {} changed", value.full_name(), value.number())).collect()
}

fn service_breaks(old: &ServiceDescriptor, new: &ServiceDescriptor) -> Vec<String> {
    let mut found = Vec::new();
    for method in old.methods() {
        let what = format!("RPC {}", method.full_name());
        let Some(now) = new.methods().find(|now| now.name() == method.name()) else {
            found.push(format!("{what} is gone"));
            continue;
        };
        let types = |m: &prost_reflect::MethodDescriptor| {
            (
                m.input().full_name().to_owned(),
                m.output().full_name().to_owned(),
                m.is_client_streaming(),
                m.is_server_streaming(),
            )
        };
        if types(&method) != types(&now) {
            found.push(format!("{what} takes or gives something else"));
        }
    }
    found
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test has no Config; its one switch is read here")]
fn the_contract_still_serves_those_who_know_the_released_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(STORED);
    if std::env::var_os("UPDATE_CONTRACT").is_some() {
        fs::write(&file, without_comments()).unwrap();
    }
    let stored = fs::read(&file).expect("tests/data/contract.bin is in the repository");
    let old = DescriptorPool::decode(stored.as_slice()).unwrap();
    let broken = breaks(&old, contract::descriptors());
    assert!(broken.is_empty(), "the contract breaks its users:\n  {}", broken.join("\n  "));
}

/// The present contract as stored: without source info, which is most of its bytes and says nothing about the wire.
fn without_comments() -> Vec<u8> {
    let mut set = prost_types::FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
    for file in &mut set.file {
        file.source_code_info = None;
    }
    set.encode_to_vec()
}

/// The breaks that an edit of a small contract makes.
fn breaks_of(old: &str, new: &str) -> Vec<String> {
    let pool = |body: &str| {
        let text = format!("syntax = \"proto3\"; package t; {body}");
        let file = protox_parse(&text);
        DescriptorPool::from_file_descriptor_set(prost_types::FileDescriptorSet { file: vec![file] }).unwrap()
    };
    breaks(&pool(old), &pool(new))
}

fn protox_parse(text: &str) -> prost_types::FileDescriptorProto {
    let file = protox::file::File::from_source("t.proto", text).unwrap();
    file.file_descriptor_proto().clone()
}

#[test]
fn adding_breaks_nobody() {
    let old = "message A { string a = 1; } enum E { E_UNSPECIFIED = 0; }";
    let new =
        "message A { string a = 1; int32 b = 2; } message B {} enum E { E_UNSPECIFIED = 0; E_ONE = 1; }";
    assert_eq!(breaks_of(old, new), Vec::<String>::new());
}

#[test]
fn a_field_may_go_only_if_its_number_is_reserved() {
    let old = "message A { string a = 1; string b = 2; }";
    assert_eq!(breaks_of(old, "message A { reserved 2; string a = 1; }"), Vec::<String>::new());
    assert_eq!(breaks_of(old, "message A { string a = 1; }"), ["field t.A.b = 2 is gone and not reserved"]);
}

#[test]
fn a_field_keeps_number_name_type_and_cardinality() {
    let old = "message A { string a = 1; }";
    for new in [
        "message A { string a = 2; }",
        "message A { string b = 1; }",
        "message A { bytes a = 1; }",
        "message A { repeated string a = 1; }",
        "message A { optional string a = 1; }",
        "message A { oneof o { string a = 1; } }",
        "message B { string a = 1; }",
    ] {
        assert!(!breaks_of(old, new).is_empty(), "{new}");
    }
}

#[test]
fn an_rpc_keeps_its_messages_and_its_streams() {
    let messages = "message A {} message B {}";
    let service = |rpc: &str| format!("{messages} service S {{ {rpc} }}");
    let old = service("rpc M(A) returns (B);");
    for rpc in [
        "",
        "rpc M(B) returns (B);",
        "rpc M(A) returns (A);",
        "rpc M(stream A) returns (B);",
        "rpc M(A) returns (stream B);",
    ] {
        assert!(!breaks_of(&old, &service(rpc)).is_empty(), "{rpc}");
    }
    assert_eq!(
        breaks_of(&old, &service("rpc M(A) returns (B); rpc N(A) returns (A);")),
        Vec::<String>::new()
    );
}

#[test]
fn an_enum_value_keeps_number_and_name() {
    let old = "enum E { E_UNSPECIFIED = 0; E_ONE = 1; }";
    assert!(!breaks_of(old, "enum E { E_UNSPECIFIED = 0; }").is_empty());
    assert!(!breaks_of(old, "enum E { E_UNSPECIFIED = 0; E_TWO = 1; }").is_empty());
    assert!(breaks_of(old, "enum E { reserved 1; E_UNSPECIFIED = 0; }").is_empty());
}
