//! Whoever was built against an earlier contract can still talk to us. `data/contract.bin` is the contract as it was last
//! released: adding to it is fine, anything that would make old bytes mean something else is not.
//!
//! After an addition: `UPDATE_CONTRACT=1 cargo test -p contract --test suite wire` stores the present contract, if it breaks nobody.
//! Before the first release, `UPDATE_CONTRACT=breaking` stores it all the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

use contract::FILE_DESCRIPTOR_SET;
use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    MethodDescriptor, ServiceDescriptor,
};
use protox::file::{ChainFileResolver, DescriptorSetFileResolver, File, FileResolver};

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
    let reserved = |message: &MessageDescriptor| -> Vec<_> {
        message.reserved_ranges().map(|range| (range.start.into(), i64::from(range.end) - 1)).collect()
    };
    let freed = freed(&reserved(old), &reserved(new));
    found.extend(freed.iter().map(|number| format!("{} no longer reserves {number}", old.full_name())));
    found
}

/// The first number of each stretch that `old` reserves and `new` does not. A number that was taken out is never given out
/// again: somebody may still hold bytes with its old meaning. Ranges with both ends.
fn freed(old: &[(i64, i64)], new: &[(i64, i64)]) -> Vec<i64> {
    let kept = |number: i64| new.iter().any(|(first, last)| (*first..=*last).contains(&number));
    let mut freed = BTreeSet::new();
    for (first, last) in old {
        let behind = new.iter().map(|(_, end)| end + 1).filter(|number| (*first..=*last).contains(number));
        freed.extend(behind.chain([*first]).filter(|number| !kept(*number)));
    }
    freed.into_iter().collect()
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
    let changed = lost.map(|value| format!("enum value {} = {} changed", value.full_name(), value.number()));
    let reserved = |item: &EnumDescriptor| -> Vec<_> {
        item.reserved_ranges().map(|range| ((*range.start()).into(), (*range.end()).into())).collect()
    };
    let freed = freed(&reserved(old), &reserved(new)).into_iter();
    changed.chain(freed.map(|number| format!("{} no longer reserves {number}", old.full_name()))).collect()
}

fn service_breaks(old: &ServiceDescriptor, new: &ServiceDescriptor) -> Vec<String> {
    let mut found = Vec::new();
    for method in old.methods() {
        let what = format!("RPC {}", method.full_name());
        let Some(now) = new.methods().find(|now| now.name() == method.name()) else {
            found.push(format!("{what} is gone"));
            continue;
        };
        let types = |m: &MethodDescriptor| {
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
        if let Some(path) = rest_of(&method)
            && rest_of(&now).as_ref() != Some(&path)
        {
            found.push(format!("{what} is no longer answered at {path}"));
        }
    }
    found
}

/// Where REST answers the RPC, in words: the option `google.api.http`.
fn rest_of(method: &MethodDescriptor) -> Option<String> {
    let option = method.parent_pool().get_extension_by_name("google.api.http")?;
    let options = method.options();
    if !options.has_extension(&option) {
        return None;
    }
    let rule = options.get_extension(&option);
    let parts = rule.as_message()?.fields().map(|(field, value)| format!("{} {value:?}", field.name()));
    Some(parts.collect::<Vec<_>>().join(", "))
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test has no Config; its one switch is read here")]
fn the_contract_still_serves_those_who_know_the_released_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(STORED);
    let update = env::var("UPDATE_CONTRACT").ok();
    if update.as_deref() == Some("breaking") {
        return fs::write(&file, without_comments()).unwrap();
    }
    let stored = fs::read(&file).expect("tests/data/contract.bin is in the repository");
    let old = DescriptorPool::decode(stored.as_slice()).unwrap();
    let broken = breaks(&old, contract::descriptors());
    assert!(broken.is_empty(), "the contract breaks its users:\n  {}", broken.join("\n  "));
    if update.is_some() {
        fs::write(&file, without_comments()).unwrap();
    }
}

/// The present contract as stored: without source info, which is most of its bytes and says nothing about the wire.
fn without_comments() -> Vec<u8> {
    // By reflection: the typed form would drop custom options, and the paths of REST with them.
    let set = contract::descriptors().get_message_by_name("google.protobuf.FileDescriptorSet").unwrap();
    let mut set = DynamicMessage::decode(set, FILE_DESCRIPTOR_SET).unwrap();
    for file in set.get_field_by_name_mut("file").unwrap().as_list_mut().unwrap() {
        file.as_message_mut().unwrap().clear_field_by_name("source_code_info");
    }
    set.encode_to_vec()
}

/// The breaks that an edit of a small contract makes.
fn breaks_of(old: &str, new: &str) -> Vec<String> {
    let pool = |body: &str| {
        let mut files = ChainFileResolver::new();
        files.add(OneFile(format!(
            "syntax = \"proto3\"; package t; import \"google/api/annotations.proto\"; {body}"
        )));
        files.add(DescriptorSetFileResolver::decode(FILE_DESCRIPTOR_SET).unwrap());
        let mut compiler = protox::Compiler::with_file_resolver(files);
        compiler.include_imports(true).open_file("t.proto").unwrap();
        DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap()
    };
    breaks(&pool(old), &pool(new))
}

/// The text of `t.proto`; what it imports is the contract's.
struct OneFile(String);

impl FileResolver for OneFile {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == "t.proto" {
            File::from_source(name, &self.0)
        } else {
            Err(protox::Error::file_not_found(name))
        }
    }
}

#[test]
fn what_is_stored_keeps_the_paths_of_rest() {
    let stored = DescriptorPool::decode(without_comments().as_slice()).unwrap();
    let method = stored.get_service_by_name("xinjian.gateway.v1.Profiles").unwrap().methods().next().unwrap();
    assert!(rest_of(&method).is_some(), "{}", method.full_name());
    assert_eq!(breaks(contract::descriptors(), &stored), Vec::<String>::new());
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
fn a_number_that_was_taken_out_is_never_given_out_again() {
    let fields = "message A { reserved 2, 5 to 7; string a = 1; }";
    assert_eq!(breaks_of(fields, "message A { reserved 2 to 9; string a = 1; }"), Vec::<String>::new());
    let again = "message A { reserved 5 to 7; string a = 1; bytes b = 2; }";
    assert_eq!(breaks_of(fields, again), ["t.A no longer reserves 2"]);
    assert_eq!(
        breaks_of(fields, "message A { reserved 2, 5 to 6; string a = 1; }"),
        ["t.A no longer reserves 7"]
    );
    assert_eq!(
        breaks_of(fields, "message A { reserved 2, 5, 7; string a = 1; }"),
        ["t.A no longer reserves 6"]
    );
    let values = "enum E { reserved 1; E_UNSPECIFIED = 0; }";
    assert_eq!(breaks_of(values, "enum E { E_UNSPECIFIED = 0; E_ONE = 1; }"), ["t.E no longer reserves 1"]);
}

#[test]
fn an_rpc_keeps_its_place_in_rest() {
    let service = |option: &str| {
        format!("message A {{ string a = 1; }} service S {{ rpc M(A) returns (A) {{ {option} }} }}")
    };
    let at = |path: &str| service(&format!("option (google.api.http) = {{get: \"{path}\"}};"));
    assert_eq!(breaks_of(&service(""), &at("/v1/{a}")), Vec::<String>::new());
    assert_eq!(breaks_of(&at("/v1/{a}"), &at("/v1/{a}")), Vec::<String>::new());
    for other in [service(""), at("/v2/{a}")] {
        let broken = breaks_of(&at("/v1/{a}"), &other);
        assert!(broken.len() == 1 && broken[0].contains("/v1/{a}"), "{broken:?}");
    }
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
