//! What has been heard of the feed of one service: how far, and about whom last.

use std::collections::HashMap;

use contract::feed::v1::{Event, SubscribeResponse};

use super::entry::Place;

/// Most parties that are remembered. Beyond, everything that is kept of the service counts as old, and all are forgotten.
const MOST: usize = 100_000;
/// Subject of whatever happens to an enterprise.
const ENTERPRISES: &str = "enterprises/";
/// Events that change no part of a profile, by the beginnings of kind and subject: parties without a code have no profile; duties,
/// imports and the texts of letters are no parts. Whatever else names no enterprise may concern any: what it hits is drawn, or moves, or waits under a code that is
/// not known yet (a record or ticket stands under its own name meanwhile, and is listed under the code).
const NOBODYS: [(&str, &str); 4] = [
    ("registry.party.", "parties/"),
    ("registry.template.", "commitmentTemplates/"),
    ("collection.import.changed", "imports/"),
    ("punishment.", "parties/"),
];
/// End of the kind of the event that tells of a duty that passed to another office.
const DUTY: &str = ".duty.passed_up";
/// A correction may put a record under another enterprise than the one that it names.
const MOVES: &str = "collection.record.corrected";

/// The feed as far as it has been heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Where it has been read to; `None` while nobody listens.
    at: Option<Place>,
    /// Answers that were asked for before this position may say what is no longer so.
    floor: i64,
    /// Position of the last event about each party.
    about: HashMap<String, i64>,
}

impl Heard {
    /// Somebody listens from here on; of what was before, nothing is known.
    pub(super) fn begin(&mut self, at: Place) {
        *self = Self { floor: at.seq, at: Some(at), about: HashMap::new() };
    }

    /// Nobody listens.
    pub(super) fn lose(&mut self) {
        self.at = None;
    }

    /// Takes note of a message of the stream.
    pub(super) fn hear(&mut self, message: &SubscribeResponse) {
        for event in &message.events {
            self.note(event);
        }
        if let Some(at) = &mut self.at {
            at.seq = at.seq.max(message.reached_seq);
        }
    }

    /// Where the feed has been read to; `None` while nobody listens.
    pub(super) fn at(&self) -> Option<&Place> {
        self.at.as_ref()
    }

    /// Whether nothing has been heard about the party that an answer which was asked for at this place may not know.
    pub(super) fn knows_nothing_after(&self, asked_at: &Place, uscc: &str) -> bool {
        let of_this_feed =
            self.at.as_ref().is_some_and(|at| at.epoch == asked_at.epoch && at.first == asked_at.first);
        let last = self.about.get(uscc).copied().unwrap_or(self.floor).max(self.floor);
        of_this_feed && asked_at.seq >= last
    }

    fn note(&mut self, event: &Event) {
        let Some(at) = &mut self.at else { return };
        at.seq = at.seq.max(event.seq);
        if at.first.is_empty() {
            // The feed was empty and has its first event now: by it, it is told from others that were empty too.
            at.first = event.hash.clone().into();
            self.floor = event.seq;
        }
        match whose(event) {
            Whose::Nobodys => {}
            Whose::Anybodys => self.forget(event.seq),
            Whose::Of(_) if self.about.len() >= MOST => self.forget(event.seq),
            Whose::Of(uscc) => {
                self.about.insert(uscc.to_owned(), event.seq);
            }
        }
    }

    fn forget(&mut self, floor: i64) {
        self.floor = floor;
        self.about.clear();
    }
}

/// Whom an event is about.
#[derive(Debug, PartialEq, Eq)]
enum Whose<'a> {
    Of(&'a str),
    Anybodys,
    Nobodys,
}

fn whose(event: &Event) -> Whose<'_> {
    if event.kind == MOVES {
        return Whose::Anybodys;
    }
    if let Some(below) = event.subject.strip_prefix(ENTERPRISES) {
        return Whose::Of(below.split('/').next().unwrap_or(below));
    }
    let is_nobodys = event.kind.ends_with(DUTY)
        || NOBODYS
            .iter()
            .any(|(kind, subject)| event.kind.starts_with(kind) && event.subject.starts_with(subject));
    if is_nobodys { Whose::Nobodys } else { Whose::Anybodys }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) const USCC: &str = "91350100M000100Y43";
    const OTHER: &str = "91370102MA3C00011F";

    pub(in super::super) fn place(seq: i64) -> Place {
        Place { epoch: 1, first: vec![1].into(), seq }
    }

    /// A message with one event.
    pub(in super::super) fn told(seq: i64, kind: &str, subject: &str) -> SubscribeResponse {
        let event = Event {
            seq,
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            hash: vec![1],
            ..Event::default()
        };
        SubscribeResponse { epoch: 1, events: vec![event], reached_seq: seq, reached_hash: vec![1] }
    }

    fn heard(seq: i64) -> Heard {
        let mut heard = Heard::default();
        heard.begin(place(seq));
        heard
    }

    #[test]
    fn an_event_makes_older_answers_about_its_party_old_and_no_others() {
        let mut heard = heard(10);
        assert!(heard.knows_nothing_after(&place(10), USCC));
        heard.hear(&told(11, "collection.record.accepted", &format!("enterprises/{USCC}")));
        assert!(!heard.knows_nothing_after(&place(10), USCC));
        assert!(heard.knows_nothing_after(&place(11), USCC));
        assert!(heard.knows_nothing_after(&place(10), OTHER));
        assert_eq!(heard.at().map(|at| at.seq), Some(11));
    }

    #[test]
    fn what_changes_a_letter_a_measure_a_repair_or_a_rectification_is_about_its_enterprise() {
        for kind in [
            "registry.commitment.changed",
            "punishment.measure.changed",
            "punishment.repair.granted",
            "inspection.rectification.reported",
        ] {
            let message = told(1, kind, &format!("enterprises/{USCC}"));
            assert_eq!(whose(&message.events[0]), Whose::Of(USCC), "{kind}");
        }
    }

    #[test]
    fn what_was_asked_before_anybody_listened_is_old_and_so_is_everything_while_nobody_does() {
        let mut heard = heard(10);
        assert!(!heard.knows_nothing_after(&place(9), USCC));
        // Another replica may be further: what it asked for there is good here.
        assert!(heard.knows_nothing_after(&place(15), USCC));
        heard.lose();
        assert!(!heard.knows_nothing_after(&place(15), USCC));
        assert_eq!(heard.at(), None);
    }

    #[test]
    fn an_answer_of_another_feed_or_of_before_a_restore_is_none_of_ours() {
        let heard = heard(10);
        assert!(!heard.knows_nothing_after(&Place { epoch: 2, ..place(10) }, USCC));
        assert!(!heard.knows_nothing_after(&Place { first: vec![2].into(), ..place(10) }, USCC));
    }

    #[test]
    fn a_feed_that_was_empty_is_told_from_other_empty_ones_by_its_first_event() {
        let mut heard = Heard::default();
        let empty = Place { first: bytes::Bytes::new(), ..place(0) };
        heard.begin(empty.clone());
        assert!(heard.knows_nothing_after(&empty, USCC));
        heard.hear(&told(1, "registry.party.registered", "parties/x"));
        assert!(!heard.knows_nothing_after(&empty, USCC));
        assert_eq!(heard.at(), Some(&place(1)));
    }

    #[test]
    fn an_event_that_names_no_enterprise_makes_everything_old_unless_it_is_known_to_be_nobodys() {
        for (kind, subject) in [
            ("registry.party.changed", "parties/x"),
            ("registry.template.changed", "commitmentTemplates/x/versions/1"),
            ("collection.import.changed", "imports/x"),
            ("risk.duty.passed_up", "flags/x"),
        ] {
            assert_eq!(whose(&told(1, kind, subject).events[0]), Whose::Nobodys, "{kind}");
        }
        for (kind, subject) in [
            ("inspection.draw.completed", "tasks/x"),
            ("collection.match.changed", "records/x"),
            ("collection.record.accepted", "records/x"),
            ("collection.ticket.accepted", "tickets/x"),
            ("collection.record.erased", "records/x"),
            ("collection.record.corrected", "enterprises/91350100M000100Y43"),
            ("a.kind.of_tomorrow", "things/x"),
        ] {
            assert_eq!(whose(&told(1, kind, subject).events[0]), Whose::Anybodys, "{kind}");
        }
        let mut heard = heard(10);
        heard.hear(&told(11, "inspection.draw.completed", "tasks/x"));
        assert!(!heard.knows_nothing_after(&place(10), USCC));
        assert!(heard.knows_nothing_after(&place(11), USCC));
    }

    #[test]
    fn the_number_of_parties_that_are_remembered_has_a_bound_and_forgetting_makes_nothing_young() {
        let mut heard = heard(10);
        let last = 10 + MOST as i64 + 1;
        for seq in 11..=last {
            heard.hear(&told(seq, "registry.licence.recorded", &format!("enterprises/{seq}")));
        }
        assert!(heard.about.len() <= MOST);
        assert!(!heard.knows_nothing_after(&place(last - 1), USCC));
        assert!(heard.knows_nothing_after(&place(last), USCC));
    }
}
