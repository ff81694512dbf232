//! A delivery: one message about one subject to one receiver.

use std::{fmt, str::FromStr};

use domain::MicrosUtc;
use uuid::Uuid;

use crate::ExchangeError;

/// Bound of a receiver's name, in bytes.
const MAX_RECEIVER: usize = 64;
/// Bound of a subject, in bytes; with it the name of a drop-folder file stays below what file systems allow.
const MAX_SUBJECT: usize = 160;
/// Bound of a kind, in bytes.
const MAX_KIND: usize = 64;
/// Bound of the content, in bytes: 1 MiB.
const MAX_CONTENT: usize = 1 << 20;

/// A delivery to be enqueued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// Identifies the delivery for ever, at the receiver too.
    pub delivery_id: Uuid,
    /// Name of the receiver, such as `publicity`: 1 to 64 characters of `a-z`, `0-9`, `-` and `_`.
    pub receiver: String,
    /// Resource that it is about, such as `enterprises/91370102MA3C00011F/marks/FOOD`: 1 to 160 characters of letters,
    /// digits and `/ . _ -`.
    pub subject: String,
    /// Rises with every delivery about the subject, from 1: the revision of the resource serves.
    pub revision: i64,
    /// What it is, such as `mark.published`: 1 to 64 bytes.
    pub kind: String,
    /// The content in the receiver's own form, JSON in UTF-8: at most 1 MiB. See [`Adapter`](crate::Adapter).
    pub content: Vec<u8>,
}

impl NewDelivery {
    /// Holds every field against its bounds.
    pub(crate) fn check(&self) -> Result<(), ExchangeError> {
        let invalid = |field, problem| Err(ExchangeError::Invalid { field, problem });
        let receiver = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        let subject = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-');
        if !(1..=MAX_RECEIVER).contains(&self.receiver.len()) || !self.receiver.bytes().all(receiver) {
            return invalid("receiver", "is not 1 to 64 characters of a-z, 0-9, - and _");
        }
        if !(1..=MAX_SUBJECT).contains(&self.subject.len()) || !self.subject.bytes().all(subject) {
            return invalid("subject", "is not 1 to 160 letters, digits, /, ., _ and -");
        }
        if !(1..=MAX_KIND).contains(&self.kind.len()) {
            return invalid("kind", "is not 1 to 64 bytes long");
        }
        if self.content.len() > MAX_CONTENT {
            return invalid("content", "is larger than 1 MiB");
        }
        if self.revision < 1 {
            return invalid("revision", "is not positive");
        }
        Ok(())
    }
}

/// A delivery as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Identifies the delivery for ever.
    pub delivery_id: Uuid,
    /// Name of the receiver.
    pub receiver: String,
    /// Resource that it is about.
    pub subject: String,
    /// Rises with every delivery about the subject.
    pub revision: i64,
    /// What it is.
    pub kind: String,
    /// The content as sent.
    pub content: Vec<u8>,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts since it was enqueued or resent.
    pub attempts: i64,
    /// When the next attempt is due.
    pub next_attempt: MicrosUtc,
    /// When it was enqueued.
    pub enqueued: MicrosUtc,
    /// When its last outcome was written; `None` before the first.
    pub settled: Option<MicrosUtc>,
    /// The receiver's number for what it took; `None` before the acknowledgement.
    pub receipt: Option<String>,
    /// Why the last attempt failed, cut to 512 bytes; `None` if none did. Operator text.
    pub last_error: Option<String>,
}

/// Where a delivery stands: `Pending → Sent → Acknowledged`, back to `Pending` after a failed attempt, `Dead` after the
/// last one, and from there to `Pending` again when someone resends it, or to `Sent` when what is behind it must be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// Waits for its turn or its time.
    Pending,
    /// An attempt is under way, or died half-way: after its lease it is tried again.
    Sent,
    /// The receiver took it for good.
    Acknowledged,
    /// All attempts failed; it holds its subject back until it is resent, or tried once more for what is behind it.
    Dead,
}

impl DeliveryState {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Sent => "Sent",
            Self::Acknowledged => "Acknowledged",
            Self::Dead => "Dead",
        }
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DeliveryState {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Pending, Self::Sent, Self::Acknowledged, Self::Dead]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery() -> NewDelivery {
        NewDelivery {
            delivery_id: Uuid::from_u128(1),
            receiver: "publicity".into(),
            subject: "enterprises/91370102MA3C00011F/marks/FOOD".into(),
            revision: 1,
            kind: "mark.published".into(),
            content: b"{}".to_vec(),
        }
    }

    #[test]
    fn a_field_out_of_bounds_is_refused_by_name() {
        delivery().check().unwrap();
        type Spoil = fn(&mut NewDelivery);
        let cases: [(&str, Spoil); 6] = [
            ("receiver", |new| new.receiver = "Publicity".into()),
            ("receiver", |new| new.receiver.clear()),
            ("subject", |new| new.subject = "enterprises/企业".into()),
            ("subject", |new| new.subject = "x".repeat(161)),
            ("content", |new| new.content = vec![b' '; MAX_CONTENT + 1]),
            ("revision", |new| new.revision = 0),
        ];
        for (field, spoil) in cases {
            let mut new = delivery();
            spoil(&mut new);
            let refused = new.check().unwrap_err();
            assert!(
                matches!(refused, ExchangeError::Invalid { field: named, .. } if named == field),
                "{refused}"
            );
        }
    }

    #[test]
    fn every_state_reads_back_from_its_word() {
        for state in
            [DeliveryState::Pending, DeliveryState::Sent, DeliveryState::Acknowledged, DeliveryState::Dead]
        {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!("pending".parse::<DeliveryState>(), Err(()));
    }
}
