//! What the public contract can carry at all.

use contract::{confidential, descriptors};
use prost_reflect::{Kind, MessageDescriptor};

fn public_messages() -> Vec<MessageDescriptor> {
    descriptors().all_messages().filter(|message| message.package_name() == "xinjian.public.v1").collect()
}

/// A message of another package would bring along every field that is ever added there.
#[test]
fn a_public_message_holds_only_plain_values_and_public_messages() {
    let messages = public_messages();
    assert!(messages.len() >= 12, "{}", messages.len());
    for field in messages.iter().flat_map(|message| message.fields().collect::<Vec<_>>()) {
        let foreign = match field.kind() {
            Kind::Message(message) => message.package_name() != "xinjian.public.v1",
            Kind::Enum(_) => true,
            _ => false,
        };
        assert!(!foreign, "{}", field.full_name());
    }
}

#[test]
fn no_public_field_is_confidential_or_named_as_what_never_leaves() {
    const NEVER: [&str; 9] =
        ["class", "score", "points", "flag", "reporter", "caller", "inspector", "representative", "ticket"];
    for field in public_messages().iter().flat_map(|message| message.fields().collect::<Vec<_>>()) {
        assert!(!confidential(&field), "{}", field.full_name());
        assert!(!NEVER.iter().any(|word| field.name().contains(word)), "{}", field.full_name());
    }
}
