//! Writing what stands in the bytes. `None` anywhere leaves the whole to the general way.

use std::io::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use prost::{Message as _, encoding::WireType};
use prost_types::Timestamp;

use super::{
    plan::{Field, Kind, Plans},
    wire::Wire,
};

/// Messages within each other at most, as prost reads them.
const DEEPEST: usize = 100;
/// Instants that the mapping has a form for: the years 1 to 9999, in seconds since 1970 UTC.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// Writes the message of the plan at a place.
pub(super) fn message(
    plans: &Plans,
    place: usize,
    mut rest: &[u8],
    depth: usize,
    out: &mut Vec<u8>,
) -> Option<()> {
    let plan = plans.at(place).filter(|_| depth < DEEPEST)?;
    let mut found: Vec<(usize, Wire<'_>)> = Vec::new();
    while !rest.is_empty() {
        let (number, value) = Wire::take(&mut rest)?;
        // What nobody knows is no part of the text.
        if let Ok(at) = plan.fields.binary_search_by_key(&number, |field| field.number) {
            found.push((at, value));
        }
    }
    if !found.is_sorted_by_key(|(at, _)| *at) {
        // Stable: of one field the last value counts.
        found.sort_by_key(|(at, _)| *at);
    }
    let (mut found, mut oneofs, mut separator) = (found.as_slice(), 0, b'{');
    for (at, field) in plan.fields.iter().enumerate() {
        let (own, others) = found.split_at(found.iter().take_while(|(of, _)| *of == at).count());
        found = others;
        if own.is_empty() && field.is_optional {
            continue;
        }
        if oneofs & field.oneof != 0 {
            return None;
        }
        oneofs |= field.oneof;
        out.push(separator);
        separator = b',';
        out.extend_from_slice(&field.key);
        if field.is_list {
            list(plans, field, own, depth, out)?;
        } else {
            single(plans, field, own, depth, out)?;
        }
    }
    if separator == b'{' {
        out.push(b'{');
    }
    out.push(b'}');
    Some(())
}

fn single(
    plans: &Plans,
    field: &Field,
    own: &[(usize, Wire<'_>)],
    depth: usize,
    out: &mut Vec<u8>,
) -> Option<()> {
    match (own, &field.kind) {
        ([], kind) => nothing(kind, out),
        // Parts of one message.
        ([_, _, ..], Kind::Message(_) | Kind::Timestamp) => None,
        ([.., (_, last)], kind) => value(plans, kind, *last, depth, out),
    }
}

fn list(
    plans: &Plans,
    field: &Field,
    own: &[(usize, Wire<'_>)],
    depth: usize,
    out: &mut Vec<u8>,
) -> Option<()> {
    let mut separator = b'[';
    for (_, one) in own {
        match (*one, packed(&field.kind)) {
            (Wire::Bytes(mut rest), Some(kind)) => {
                while !rest.is_empty() {
                    out.push(separator);
                    separator = b',';
                    value(plans, &field.kind, Wire::value(kind, &mut rest)?, depth, out)?;
                }
            }
            (one, _) => {
                out.push(separator);
                separator = b',';
                value(plans, &field.kind, one, depth, out)?;
            }
        }
    }
    if separator == b'[' {
        out.push(b'[');
    }
    out.push(b']');
    Some(())
}

/// How the values of a list stand where they stand together; `None` for those that never do.
fn packed(kind: &Kind) -> Option<WireType> {
    match kind {
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => Some(WireType::SixtyFourBit),
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => Some(WireType::ThirtyTwoBit),
        Kind::Text | Kind::Bytes | Kind::Timestamp | Kind::Message(_) | Kind::Other => None,
        _ => Some(WireType::Varint),
    }
}

/// A field without a value.
fn nothing(kind: &Kind, out: &mut Vec<u8>) -> Option<()> {
    let text = match kind {
        Kind::Double | Kind::Float => "0.0",
        Kind::Int32 | Kind::Uint32 | Kind::Sint32 | Kind::Fixed32 | Kind::Sfixed32 => "0",
        Kind::Int64 | Kind::Uint64 | Kind::Sint64 | Kind::Fixed64 | Kind::Sfixed64 => "\"0\"",
        Kind::Bool => "false",
        Kind::Text | Kind::Bytes => "\"\"",
        Kind::Enum(names) => return named(names, 0, out),
        Kind::Timestamp | Kind::Message(_) | Kind::Other => return None,
    };
    out.extend_from_slice(text.as_bytes());
    Some(())
}

fn value(plans: &Plans, kind: &Kind, value: Wire<'_>, depth: usize, out: &mut Vec<u8>) -> Option<()> {
    match (kind, value) {
        (Kind::Double, Wire::Fixed64(bytes)) => double(f64::from_le_bytes(bytes), out),
        (Kind::Float, Wire::Fixed32(bytes)) => float(f32::from_le_bytes(bytes), out),
        (Kind::Int32, Wire::Varint(value)) => write!(out, "{}", value as i32).ok(),
        (Kind::Uint32, Wire::Varint(value)) => write!(out, "{}", value as u32).ok(),
        (Kind::Sint32, Wire::Varint(value)) => write!(out, "{}", zigzag(u64::from(value as u32)) as i32).ok(),
        (Kind::Fixed32, Wire::Fixed32(bytes)) => write!(out, "{}", u32::from_le_bytes(bytes)).ok(),
        (Kind::Sfixed32, Wire::Fixed32(bytes)) => write!(out, "{}", i32::from_le_bytes(bytes)).ok(),
        (Kind::Int64, Wire::Varint(value)) => write!(out, "\"{}\"", value as i64).ok(),
        (Kind::Uint64, Wire::Varint(value)) => write!(out, "\"{value}\"").ok(),
        (Kind::Sint64, Wire::Varint(value)) => write!(out, "\"{}\"", zigzag(value)).ok(),
        (Kind::Fixed64, Wire::Fixed64(bytes)) => write!(out, "\"{}\"", u64::from_le_bytes(bytes)).ok(),
        (Kind::Sfixed64, Wire::Fixed64(bytes)) => write!(out, "\"{}\"", i64::from_le_bytes(bytes)).ok(),
        (Kind::Bool, Wire::Varint(value)) => write!(out, "{}", value != 0).ok(),
        (Kind::Enum(names), Wire::Varint(value)) => named(names, value as i32, out),
        (Kind::Text, Wire::Bytes(bytes)) => serde_json::to_writer(out, std::str::from_utf8(bytes).ok()?).ok(),
        (Kind::Bytes, Wire::Bytes(bytes)) => write!(out, "\"{}\"", BASE64_STANDARD.encode(bytes)).ok(),
        (Kind::Timestamp, Wire::Bytes(bytes)) => {
            let instant =
                Timestamp::decode(bytes).ok().filter(|instant| SECONDS.contains(&instant.seconds))?;
            write!(out, "\"{instant}\"").ok()
        }
        (Kind::Message(place), Wire::Bytes(bytes)) => message(plans, *place, bytes, depth + 1, out),
        _ => None,
    }
}

/// A number of which the small negative ones are small.
fn zigzag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

fn double(value: f64, out: &mut Vec<u8>) -> Option<()> {
    if value.is_finite() { serde_json::to_writer(out, &value).ok() } else { infinite(value, out) }
}

fn float(value: f32, out: &mut Vec<u8>) -> Option<()> {
    if value.is_finite() { serde_json::to_writer(out, &value).ok() } else { infinite(value.into(), out) }
}

fn infinite(value: f64, out: &mut Vec<u8>) -> Option<()> {
    let text = match value {
        f64::INFINITY => "\"Infinity\"",
        f64::NEG_INFINITY => "\"-Infinity\"",
        _ => "\"NaN\"",
    };
    out.extend_from_slice(text.as_bytes());
    Some(())
}

/// A value of an enum: by its name, or by its number where it has none.
fn named(names: &[(i32, String)], number: i32, out: &mut Vec<u8>) -> Option<()> {
    match names.binary_search_by_key(&number, |(known, _)| *known) {
        Ok(at) => out.extend_from_slice(names.get(at)?.1.as_bytes()),
        Err(_) => write!(out, "{number}").ok()?,
    }
    Some(())
}
