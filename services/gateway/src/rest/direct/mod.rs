//! JSON straight from the bytes of a message, by the JSON mapping of protobuf, with every field: the text that a
//! [`DynamicMessage`](prost_reflect::DynamicMessage) of them would be written as, without making one.
//!
//! What stands in the bytes is written where it stands; names and kinds of the fields are looked up once for the whole contract (`plan`).
//! What is rare is left to the general way: an answer of `None` says nothing of the message but that.

mod plan;
mod version;
mod wire;
mod write;

use prost_reflect::MessageDescriptor;

use plan::Plans;
pub(crate) use version::is_versioned;
pub(super) use version::{revision_in, version_of};

/// The message that is encoded in `bytes`, as JSON; `None` where only the general way knows how, or whether it is one.
pub(super) fn text(descriptor: &MessageDescriptor, bytes: &[u8]) -> Option<Vec<u8>> {
    let plans = Plans::of_contract();
    // Names, quotation marks and fields without a value: text is about twice the bytes.
    let mut text = Vec::with_capacity(bytes.len() * 2 + 512);
    write::message(plans, plans.of_name(descriptor.full_name())?, bytes, 0, &mut text)?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use contract::descriptors;
    use prost::Message;
    use prost_reflect::DynamicMessage;

    use super::super::{
        answer::text_of,
        samples::{DEPTH, alone, filled, messages, not_finite},
    };
    use super::*;

    /// How often the bytes of each message are changed at one place.
    const CHANGES: usize = 32;

    #[test]
    fn every_message_of_the_contract_is_written_as_the_general_way_writes_it() {
        let mut written = 0;
        for descriptor in messages() {
            let whole = [DynamicMessage::new(descriptor.clone()), filled(&descriptor, DEPTH)];
            let parts = alone(&descriptor).into_iter().chain(not_finite(&descriptor));
            for message in whole.into_iter().chain(parts) {
                let Some(text) = text(&descriptor, &message.encode_to_vec()) else { continue };
                let (ours, theirs) = (String::from_utf8(text).unwrap(), text_of(&message).unwrap());
                assert_eq!(ours, String::from_utf8(theirs).unwrap(), "{}", descriptor.full_name());
                written += 1;
            }
        }
        assert!(written > messages().count(), "only {written} were written");
    }

    /// Bytes near those of a message: all of its fields twice, and a byte that is another one.
    fn changed(whole: &[u8], state: &mut u64) -> Vec<Vec<u8>> {
        let mut all = vec![whole.repeat(2)];
        all.extend((0..CHANGES).map(|_| {
            // The same changes in every run (Knuth's MMIX).
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut bytes = whole.to_vec();
            let at = (*state >> 33) as usize % bytes.len();
            bytes[at] = (*state >> 24) as u8;
            bytes
        }));
        all
    }

    #[test]
    fn what_is_near_a_message_is_written_as_the_general_way_writes_it() {
        let (mut state, mut written) = (1, 0);
        for descriptor in messages() {
            let whole = filled(&descriptor, 1).encode_to_vec();
            if whole.is_empty() {
                continue;
            }
            for bytes in changed(&whole, &mut state) {
                let Some(ours) = text(&descriptor, &bytes) else { continue };
                // Of a field that stands there twice only the last value is looked at here; the general way may refuse the first.
                let Ok(general) = DynamicMessage::decode(descriptor.clone(), bytes.as_slice()) else {
                    continue;
                };
                let (ours, theirs) = (String::from_utf8(ours).unwrap(), text_of(&general).unwrap());
                assert_eq!(ours, String::from_utf8(theirs).unwrap(), "{} {bytes:?}", descriptor.full_name());
                written += 1;
            }
        }
        assert!(written > messages().count(), "only {written} were written");
    }

    #[test]
    fn a_profile_is_not_left_to_the_general_way() {
        let descriptor = descriptors().get_message_by_name("xinjian.gateway.v1.Profile").unwrap();
        for message in [DynamicMessage::new(descriptor.clone()), filled(&descriptor, DEPTH)] {
            assert!(text(&descriptor, &message.encode_to_vec()).is_some());
        }
    }

    #[test]
    fn fields_in_another_order_are_written_in_theirs_and_the_last_value_counts() {
        let descriptor = descriptors().get_message_by_name("xinjian.gateway.v1.MissingPart").unwrap();
        // `service` (2), `part` (1), `part` again, and a field that nobody knows (99).
        let bytes = b"\x12\x01s\x0a\x01a\x0a\x01b\x9a\x06\x01x";
        let general = DynamicMessage::decode(descriptor.clone(), bytes.as_slice()).unwrap();
        assert_eq!(text(&descriptor, bytes).unwrap(), text_of(&general).unwrap());
    }

    #[test]
    fn what_is_no_message_is_left_to_the_general_way_which_says_so() {
        let descriptor = descriptors().get_message_by_name("xinjian.gateway.v1.MissingPart").unwrap();
        for bytes in [&b"\x0a\x05ab"[..], b"\x0a\x01\xff", b"\x08\x01", b"\x0b", b"\xff"] {
            assert_eq!(text(&descriptor, bytes), None, "{bytes:?}");
        }
    }
}
