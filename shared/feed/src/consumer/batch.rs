//! What arrives on a stream, checked before anything is done with it.

use contract::feed::v1::SubscribeResponse;
use outbox::ChainHash;

use super::{Position, error::Left};
use crate::{Event, convert};

/// Events in order, and the position reached with them.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) events: Vec<Event>,
    pub(super) to: Position,
}

impl Batch {
    /// Checks a message that follows `position`: order, epoch, each payload against its digest, and, when the reader
    /// takes `every_kind`, the whole chain.
    pub(super) fn check(
        position: &Position,
        message: SubscribeResponse,
        every_kind: bool,
    ) -> Result<Self, Left> {
        let diverged = |why: String| Left::Diverged(why);
        if position.epoch != 0 && message.epoch != position.epoch {
            return Err(diverged(format!("epoch {} follows epoch {}", message.epoch, position.epoch)));
        }
        let mut link = (position.seq, position.hash);
        let mut events = Vec::with_capacity(message.events.len());
        for event in message.events {
            let event = convert::from_message(event).and_then(Event::new);
            let event = event.map_err(|malformed| diverged(malformed.to_string()))?;
            check_link(link, &event, every_kind)?;
            link = (event.seq(), event.sealed().hash);
            events.push(event);
        }
        let hash =
            ChainHash::try_from(message.reached_hash).map_err(|problem| diverged(problem.to_string()))?;
        let to = Position { epoch: message.epoch, seq: message.reached_seq, hash };
        let last_agrees = to.seq != link.0 || to.hash == link.1;
        if to.seq < link.0 || !last_agrees || (every_kind && to.seq != link.0) {
            return Err(diverged(format!("position {} does not follow position {}", to.seq, link.0)));
        }
        Ok(Self { events, to })
    }

    /// Adds what came right after.
    pub(super) fn join(&mut self, next: Self) {
        self.events.extend(next.events);
        self.to = next.to;
    }

    /// Leaves out what was handled up to `seq`.
    pub(super) fn skip_to(&mut self, seq: i64) {
        self.events.retain(|event| event.seq() > seq);
    }
}

fn check_link((seq, hash): (i64, ChainHash), event: &Event, every_kind: bool) -> Result<(), Left> {
    let sealed = event.sealed();
    let in_order = if every_kind { sealed.seq == seq + 1 } else { sealed.seq > seq };
    if !in_order {
        return Err(Left::Diverged(format!("event {} follows event {seq}", sealed.seq)));
    }
    // Without the events between, only a direct successor can be held against the hash before it.
    let agrees = if sealed.seq == seq + 1 { sealed.follows(&hash) } else { payload_agrees(event) };
    if agrees {
        Ok(())
    } else {
        Err(Left::Diverged(format!("event {} does not agree with its hash", sealed.seq)))
    }
}

fn payload_agrees(event: &Event) -> bool {
    let sealed = event.sealed();
    match (&sealed.salt, &sealed.payload) {
        (Some(salt), Some(payload)) => outbox::chain::payload_digest(salt, payload) == sealed.payload_digest,
        (None, None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use contract::feed::v1 as pb;
    use outbox::{Header, SealedEvent};

    use super::*;

    /// `count` events after `from`, as a feed sends them.
    fn message(from: &Position, count: i64) -> SubscribeResponse {
        let mut hash = from.hash;
        let events = (1..=count).map(|step| {
            let header = Header {
                event_id: format!("0195e3b0-0000-7000-8000-{step:012}"),
                deployment: "jinan".into(),
                service: "registry".into(),
                kind: "registry.enterprise.registered".into(),
                subject: format!("enterprises/{step}"),
                effective_on: "2026-04-01".into(),
                recorded_at_us: 1,
                actor: String::new(),
                office: String::new(),
                request_id: String::new(),
                legal_basis: String::new(),
                rulebook_hash: String::new(),
                trace_context: String::new(),
            };
            let payload_digest = outbox::chain::payload_digest(b"salt", b"payload");
            hash = outbox::chain::link(&hash, &header, &payload_digest);
            let (salt, payload) = (Some(b"salt".to_vec()), Some(b"payload".to_vec()));
            let sealed = SealedEvent { seq: from.seq + step, hash, header, payload_digest, salt, payload };
            convert::to_message(sealed, true)
        });
        let events: Vec<_> = events.collect();
        let reached_hash = hash.as_bytes().to_vec();
        SubscribeResponse { epoch: 1, events, reached_seq: from.seq + count, reached_hash }
    }

    fn refusal(message: SubscribeResponse, every_kind: bool) -> String {
        Batch::check(&Position::START, message, every_kind).unwrap_err().to_string()
    }

    #[test]
    fn a_true_message_is_taken_and_the_next_one_follows_it() {
        let first = Batch::check(&Position::START, message(&Position::START, 3), true).unwrap();
        assert_eq!((first.events.len(), first.to.seq, first.to.epoch), (3, 3, 1));
        let second = Batch::check(&first.to, message(&first.to, 2), true).unwrap();
        let mut both = first;
        both.join(second);
        both.skip_to(4);
        assert_eq!((both.events.len(), both.to.seq), (1, 5));
    }

    #[test]
    fn a_changed_header_payload_or_hash_is_named_with_its_place() {
        let changes: [fn(&mut pb::Event); 4] = [
            |event| event.subject.push('x'),
            |event| event.payload = Some(b"other".to_vec()),
            |event| event.hash[0] ^= 1,
            |event| event.salt = None,
        ];
        for change in changes {
            let mut changed = message(&Position::START, 3);
            change(&mut changed.events[1]);
            assert!(refusal(changed, true).contains("event 2"));
        }
    }

    #[test]
    fn a_gap_is_refused_where_every_kind_is_read_and_allowed_where_some_are() {
        let mut gap = message(&Position::START, 3);
        gap.events.remove(1);
        assert!(refusal(gap.clone(), true).contains("event 3 follows event 1"));
        let taken = Batch::check(&Position::START, gap.clone(), false).unwrap();
        assert_eq!(taken.events.len(), 2);
        gap.events[1].payload = Some(b"other".to_vec());
        assert!(
            refusal(gap, false).contains("event 3"),
            "payloads are held against their digests all the same"
        );
    }

    #[test]
    fn a_message_out_of_order_or_of_another_epoch_is_refused() {
        let mut backwards = message(&Position::START, 2);
        backwards.events.swap(0, 1);
        assert!(refusal(backwards, false).contains("event 1 follows event 2"));
        let here = Position { epoch: 2, ..Position::START };
        let refused = Batch::check(&here, message(&Position::START, 1), true).unwrap_err();
        assert!(refused.to_string().contains("epoch 1 follows epoch 2"), "{refused}");
    }

    #[test]
    fn a_position_that_its_events_do_not_reach_is_refused() {
        let mut short = message(&Position::START, 2);
        short.reached_seq = 1;
        assert!(refusal(short, false).contains("position 1"));
        let mut false_hash = message(&Position::START, 2);
        false_hash.reached_hash[0] ^= 1;
        assert!(refusal(false_hash, false).contains("position 2"));
    }
}
