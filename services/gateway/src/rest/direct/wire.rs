//! Values as they stand in an encoded message.

use prost::encoding::{WireType, decode_key, decode_varint};

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Bytes(&'a [u8]),
}

impl<'a> Wire<'a> {
    /// Takes the next field from `rest`, which is not empty: its number and its value. `None` for what is no field, and for groups.
    pub(super) fn take(rest: &mut &'a [u8]) -> Option<(u32, Self)> {
        let (number, kind) = decode_key(rest).ok()?;
        Some((number, Self::value(kind, rest)?))
    }

    /// Takes a value of this kind from `rest`.
    pub(super) fn value(kind: WireType, rest: &mut &'a [u8]) -> Option<Self> {
        Some(match kind {
            WireType::Varint => Self::Varint(decode_varint(rest).ok()?),
            WireType::SixtyFourBit => Self::Fixed64(*rest.split_off(..8)?.first_chunk()?),
            WireType::ThirtyTwoBit => Self::Fixed32(*rest.split_off(..4)?.first_chunk()?),
            WireType::LengthDelimited => {
                let length = usize::try_from(decode_varint(rest).ok()?).ok()?;
                Self::Bytes(rest.split_off(..length)?)
            }
            WireType::StartGroup | WireType::EndGroup => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_value_is_taken_whole_and_what_is_cut_off_is_none() {
        let bytes = b"\x08\x96\x01\x11\x01\x02\x03\x04\x05\x06\x07\x08\x1a\x02hi\x25\x01\x02\x03\x04";
        let (mut rest, mut taken) = (&bytes[..], Vec::new());
        while !rest.is_empty() {
            taken.push(Wire::take(&mut rest).unwrap());
        }
        assert_eq!(
            taken,
            [
                (1, Wire::Varint(150)),
                (2, Wire::Fixed64([1, 2, 3, 4, 5, 6, 7, 8])),
                (3, Wire::Bytes(b"hi")),
                (4, Wire::Fixed32([1, 2, 3, 4])),
            ]
        );
        for cut in [&b"\x08"[..], b"\x11\x01", b"\x1a\x03hi", b"\x25\x01", b"\x0b"] {
            assert_eq!(Wire::take(&mut &cut[..]), None, "{cut:?}");
        }
    }
}
