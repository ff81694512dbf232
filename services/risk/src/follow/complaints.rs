//! The copy that the analysis of complaints needs, kept up to date from the feeds of registry and collection. Of a ticket it keeps
//! when, about whom, on what topic and how it ended; nothing of the caller, who is not in the feed either, and no other text.

use std::sync::Arc;

use contract::collection::v1 as collection;
use contract::registry::v1 as registry;
use db::Tx;
use domain::parse_date;
use feed::{ApplyError, Event, Projection};
use rulebook::Rulebook;

use super::NOT_CARRIED;
use super::still::Stillness;
use crate::domain::signal::Finding;
use crate::store::{ComplaintBatch, ComplaintFact, MarkFact, PartyFact, Store};

const ENTERPRISE_REGISTERED: &str = "registry.enterprise.registered";
const ENTERPRISE_CHANGED: &str = "registry.enterprise.changed";
const MARK_CHANGED: &str = "registry.mark.changed";
const TICKET_ACCEPTED: &str = "collection.ticket.accepted";
const TICKET_ATTACHED: &str = "collection.ticket.attached";
const TICKET_CHANGED: &str = "collection.ticket.changed";
const TICKET_DETACHED: &str = "collection.ticket.detached";

/// Set of the kinds of tickets.
const KINDS: &str = "ticket_kind";
/// Tag of the kinds that count: complaints and tips.
const COUNTS: &str = "counts";
/// Longest category and topic kept, in characters.
const LONGEST: usize = 200;

/// Keeps the copy up to date.
#[derive(Clone, Debug)]
pub(crate) struct Complaints {
    store: Store,
    still: Arc<Stillness>,
}

impl Complaints {
    /// A projection into `store` that tells `still` of every batch.
    pub(crate) fn new(store: Store, still: Arc<Stillness>) -> Self {
        Self { store, still }
    }
}

impl Projection for Complaints {
    const NAME: &'static str = "complaints";
    const KINDS: &'static [&'static str] = &[
        ENTERPRISE_REGISTERED,
        ENTERPRISE_CHANGED,
        MARK_CHANGED,
        TICKET_ACCEPTED,
        TICKET_ATTACHED,
        TICKET_CHANGED,
        TICKET_DETACHED,
    ];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut batch = ComplaintBatch::default();
        for event in events {
            note(&mut batch, event, self.store.book())?;
        }
        self.store.apply_complaints(tx, &batch).await?;
        self.still.stirred();
        Ok(())
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        self.store.clear_complaints(tx).await
    }
}

/// Notes what one event tells. An event whose payload was erased tells nothing.
fn note(batch: &mut ComplaintBatch, event: &Event, book: &Rulebook) -> Result<(), ApplyError> {
    match event.kind() {
        ENTERPRISE_REGISTERED | ENTERPRISE_CHANGED => {
            let told = event.payload::<registry::EnterpriseEvent>()?.and_then(|told| told.enterprise);
            if let Some(enterprise) = told {
                let fact =
                    PartyFact { division: enterprise.division, capital_fen: enterprise.capital_fen.max(0) };
                batch.parties.insert(enterprise.uscc, fact);
            }
        }
        MARK_CHANGED => {
            let told = event.payload::<registry::MarkEvent>()?.and_then(|told| told.mark);
            if let Some(mark) = told {
                let fact = MarkFact {
                    carried: !NOT_CARRIED.contains(&mark.state.as_str()),
                    category: category(mark.sub_kinds),
                };
                batch.marks.insert((mark.uscc, mark.field), fact);
            }
        }
        kind => {
            let told = event.payload::<collection::TicketEvent>()?.and_then(|told| told.ticket);
            if let Some(ticket) = told {
                let fact = if kind == TICKET_DETACHED { None } else { fact(&ticket, book)? };
                batch.tickets.insert(ticket.name, fact);
            }
        }
    }
    Ok(())
}

/// What a ticket counts for; `None` for one that does not count: of another kind, or whose party is not known yet.
fn fact(ticket: &collection::Ticket, book: &Rulebook) -> Result<Option<ComplaintFact>, ApplyError> {
    let accepted_on = parse_date(&ticket.accepted_on).map_err(ApplyError::poison)?;
    let counts = book.code(KINDS, &ticket.kind, accepted_on).is_some_and(|kind| kind.has_tag(COUNTS));
    if !counts || ticket.uscc.is_empty() {
        return Ok(None);
    }
    let first = if ticket.duplicate_of.is_empty() { &ticket.ticket_no } else { &ticket.duplicate_of };
    Ok(Some(ComplaintFact {
        uscc: ticket.uscc.clone(),
        field: ticket.field.clone(),
        event: cut(&format!("{}/{first}", ticket.channel)),
        accepted_on,
        topic: cut(&ticket.topic),
        finding: finding(ticket),
    }))
}

/// What handling found; the hotline's word where nothing was found here.
fn finding(ticket: &collection::Ticket) -> Finding {
    let found = ticket.progress.as_ref().and_then(|progress| progress.substantiated);
    match found.or(ticket.substantiated) {
        Some(true) => Finding::Substantiated,
        Some(false) => Finding::Refuted,
        None => Finding::Open,
    }
}

fn category(mut sub_kinds: Vec<String>) -> String {
    sub_kinds.sort_unstable();
    cut(&sub_kinds.join("+"))
}

fn cut(text: &str) -> String {
    text.chars().filter(|character| *character != '\0').take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(kind: &str) -> collection::Ticket {
        collection::Ticket {
            name: "tickets/1".to_owned(),
            ticket_no: "JN1".to_owned(),
            channel: "12345".to_owned(),
            kind: kind.to_owned(),
            accepted_on: "2026-01-05".to_owned(),
            uscc: "91370102MA3C00011F".to_owned(),
            topic: "食品过期".to_owned(),
            target_name: "某公司".to_owned(),
            ..collection::Ticket::default()
        }
    }

    fn taken(ticket: &collection::Ticket) -> Option<ComplaintFact> {
        fact(ticket, &Rulebook::builtin()).unwrap()
    }

    #[test]
    fn only_complaints_and_tips_about_a_known_party_count() {
        assert!(taken(&ticket("Complaint")).is_some() && taken(&ticket("Tip")).is_some());
        for other in ["Consultation", "Suggestion", "HelpRequest", ""] {
            assert_eq!(taken(&ticket(other)), None, "{other}");
        }
        assert_eq!(taken(&collection::Ticket { uscc: String::new(), ..ticket("Tip") }), None);
    }

    #[test]
    fn a_ticket_that_was_joined_is_of_the_event_of_the_first_one() {
        let first = taken(&ticket("Complaint")).unwrap();
        let joined = collection::Ticket {
            ticket_no: "JN2".to_owned(),
            duplicate_of: "JN1".to_owned(),
            ..ticket("Complaint")
        };
        assert_eq!(taken(&joined).unwrap().event, first.event);
        let elsewhere = collection::Ticket { channel: "12315".to_owned(), ..ticket("Complaint") };
        assert_ne!(taken(&elsewhere).unwrap().event, first.event, "numbers are those of a channel");
    }

    #[test]
    fn what_handling_here_found_goes_before_the_word_of_the_hotline() {
        let mut told = collection::Ticket { substantiated: Some(true), ..ticket("Complaint") };
        assert_eq!(taken(&told).unwrap().finding, Finding::Substantiated);
        told.progress = Some(collection::TicketProgress { substantiated: Some(false), ..Default::default() });
        assert_eq!(taken(&told).unwrap().finding, Finding::Refuted);
        assert_eq!(taken(&ticket("Complaint")).unwrap().finding, Finding::Open);
    }

    #[test]
    fn the_category_does_not_depend_on_the_order_of_the_licences() {
        let of = |kinds: &[&str]| category(kinds.iter().map(ToString::to_string).collect());
        assert_eq!(of(&["B", "A"]), of(&["A", "B"]));
    }
}
