//! The records behind an indicator, as far as an officer needs them to find the paper.

use prost_reflect::{DynamicMessage, Value};

use crate::domain::{
    evidence::{ALWAYS, FOREVER, Item},
    known::KnownPiece,
    model::message_of,
    scoring::Scorer,
};

/// Fields that hold the number under which a piece of evidence is filed, the first that is there counts.
const NUMBERS: [&str; 5] = ["document_no", "licence_no", "ticket_no", "order_no", "source_document"];

/// One record behind an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceLine {
    /// Resource name.
    pub name: String,
    /// Source, as models call it.
    pub source: String,
    /// Number of the document; empty where there is none.
    pub document_no: String,
    /// Its day, `YYYY-MM-DD`; empty for what holds at all times.
    pub day: String,
    /// Its last day, `YYYY-MM-DD`; empty while open.
    pub last_day: String,
    /// What it counts, in hundredths.
    pub value_e2: i64,
    /// Position of its event in the feed that told it.
    pub known_seq: i64,
}

/// The records that the indicator at `place` counted, the latest first, and how many fulfil its condition outside the window.
pub(super) fn behind(scorer: &Scorer, place: usize, pieces: &[KnownPiece]) -> (Vec<EvidenceLine>, usize) {
    let ordinal = scorer.ordinal(place);
    let mut outside = 0;
    let mut lines = Vec::new();
    for piece in pieces {
        for item in piece.items.iter().filter(|item| item.indicator() == ordinal) {
            if scorer.counts(place, *item) {
                lines.push((item.day(), line(piece, *item)));
            } else {
                outside += 1;
            }
        }
    }
    lines.sort_by(|(day, line), (other, others)| other.cmp(day).then_with(|| line.name.cmp(&others.name)));
    (lines.into_iter().map(|(_, line)| line).collect(), outside)
}

fn line(piece: &KnownPiece, item: Item) -> EvidenceLine {
    let (day, last_day) = (item.day(), item.last_day());
    EvidenceLine {
        name: piece.name.clone(),
        source: piece.source.clone(),
        document_no: number(piece),
        day: if day == ALWAYS { String::new() } else { day.to_string() },
        last_day: if last_day == FOREVER { String::new() } else { last_day.to_string() },
        value_e2: item.value().e2(),
        known_seq: piece.known_seq,
    }
}

fn number(piece: &KnownPiece) -> String {
    let message = message_of(&piece.source)
        .and_then(|message| DynamicMessage::decode(message, piece.payload.as_slice()).ok());
    let text = |name: &&str| {
        let value = message.as_ref()?.get_field_by_name(name)?.into_owned();
        match value {
            Value::String(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    };
    NUMBERS.iter().find_map(text).unwrap_or_default()
}
