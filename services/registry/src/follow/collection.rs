//! Records, collected elsewhere: permits of the key fields become licences (R14, R24), entries in lists call for a strict review
//! (R10).

use std::sync::Arc;

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use db::Tx;
use domain::{FieldCode, Uscc, parse_date};
use feed::{ApplyError, Event, Reaction};
use service::{Clock, FieldErrors};

use crate::convert::{SentLicence, parse_licence};
use crate::domain::{Reason, Refusal, SUSPENDED as SUSPENDED_LICENCE, VALID};
use crate::store::{Act, PermitFact, ReasonFact, RefusedPermit, Store, Told};

/// A record says something else from now on.
const CORRECTED: &str = "collection.record.corrected";
/// The decision behind a record is not enforced for now, or is again.
const SUSPENDED: &str = "collection.record.suspended";
const RESUMED: &str = "collection.record.resumed";
/// A record was withdrawn; the other kinds say that one is there.
const WITHDRAWN: &str = "collection.record.withdrawn";
/// A record no longer stands under the enterprise's name: it was matched with it by mistake.
const DETACHED: &str = "collection.record.detached";
/// Longest text kept of a permit that is refused, in characters.
const LONGEST_TEXT: usize = 200;
/// Longest account of what is wrong with one, in characters.
const LONGEST_PROBLEM: usize = 1_000;

/// States of an entry, in its record, in which it does not count: it has ended, or an order suspends it (X4).
const NOT_COUNTED: [&str; 2] = ["Removed", "Suspended"];

/// Takes permits of the key fields and entries in lists as they are collected. Records of other kinds, permits of no key field
/// and all of parties without a code are none of the registry's business.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    store: Arc<Store>,
    clock: Clock,
}

impl Records {
    /// Takes records into `store`, by `clock`.
    pub(crate) fn new(store: Arc<Store>, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// What a record says about a permit; `None` when it says nothing about one. `again`: it said
    /// something else before; `ended`: it stands no longer.
    fn permit(&self, record: pb::Record, again: bool, ended: bool) -> Option<PermitFact> {
        let Some(Content::Permit(permit)) = &record.content else { return None };
        let of_no_licence = !self.is_key_field(&record.field);
        if record.uscc.is_empty() || (of_no_licence && !again) {
            return None;
        }
        if ended || of_no_licence {
            return Some(PermitFact::Withdrawn { record: record.name });
        }
        Some(self.told(&record, permit, again))
    }

    fn is_key_field(&self, field: &str) -> bool {
        let today = self.clock.today();
        let known = FieldCode::parse(field).ok().and_then(|code| self.store.book().field(&code));
        known.is_some_and(|field| field.effective.on(today))
    }

    fn told(&self, record: &pb::Record, permit: &pb::Permit, again: bool) -> PermitFact {
        let mut errors = FieldErrors::default();
        let decided_on = errors.check("decided_on", parse_date(&record.decided_on));
        let sent = SentLicence {
            licence_no: &permit.permit_no,
            uscc: &record.uscc,
            field: &record.field,
            sub_kinds: &permit.sub_kinds,
            // The division of a record is that of its enterprise or unit, not of the production site.
            site_division: "",
            site_address: "",
            scope: &permit.content,
            authority: &permit.authority,
            valid_from: &permit.valid_from,
            valid_to: &permit.valid_to,
            state: self.state(record, permit),
        };
        let licence = parse_licence(&mut errors, sent, self.store.book(), self.clock.today());
        let refused = self.refused(record, permit, &errors);
        match (licence, decided_on) {
            (Some((licence_no, content)), Some(decided_on)) => {
                let (record, content) = (record.name.clone(), Box::new(content));
                PermitFact::Told { record, licence_no, content, decided_on, again, refused }
            }
            _ => PermitFact::Refused(refused),
        }
    }

    /// The state that a record leaves the licence in. While its decision is suspended, a licence that it grants is suspended, and
    /// one that it ends stands as before.
    fn state<'a>(&self, record: &pb::Record, permit: &'a pb::Permit) -> &'a str {
        let decided = if permit.state.is_empty() { VALID } else { &permit.state };
        match (record.suspended_by.is_empty(), decided) {
            (true, decided) => decided,
            (false, VALID) => SUSPENDED_LICENCE,
            (false, _) => VALID,
        }
    }

    fn refused(&self, record: &pb::Record, permit: &pb::Permit, errors: &FieldErrors) -> RefusedPermit {
        let problems: Vec<_> =
            errors.iter().map(|error| format!("{}: {}", error.path, error.problem)).collect();
        RefusedPermit {
            record: record.name.clone(),
            uscc: cut(&record.uscc, 18),
            party_name: cut(&record.party_name, LONGEST_TEXT),
            field: record.field.clone(),
            permit_no: cut(&permit.permit_no, LONGEST_TEXT),
            division: cut(&record.division, 12),
            reason: Refusal::Unreadable,
            problem: cut(&problems.join("; "), LONGEST_PROBLEM),
            refused_at: self.clock.now(),
        }
    }
}

impl Reaction for Records {
    const NAME: &'static str = "permits";
    const KINDS: &'static [&'static str] = &[
        "collection.record.accepted",
        "collection.record.attached",
        "collection.record.changed",
        CORRECTED,
        SUSPENDED,
        RESUMED,
        DETACHED,
        WITHDRAWN,
    ];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.react_batch(tx, &[event]).await
    }

    async fn react_batch(&self, tx: &mut Tx, events: &[&Event]) -> Result<(), ApplyError> {
        let (mut facts, mut reasons) = (Vec::new(), Vec::new());
        for event in events {
            let Some(record) = event.payload::<pb::RecordEvent>()?.and_then(|told| told.record) else {
                continue;
            };
            let ended = matches!(event.kind(), WITHDRAWN | DETACHED);
            reasons.extend(reason(&record, ended)?);
            let cause = event.id().to_owned();
            let again = matches!(event.kind(), CORRECTED | SUSPENDED | RESUMED);
            facts.extend(self.permit(record, again, ended).map(|fact| Told { cause, fact }));
        }
        self.store.take_reasons(tx, &reasons).await?;
        let act = Act::of_system("", self.clock.now(), self.store.book());
        Ok(self.store.take_permits(tx, &act, &facts).await?)
    }
}

/// What a record says about a reason for strict review; `None` when it says nothing about one.
fn reason(record: &pb::Record, ended: bool) -> Result<Option<ReasonFact>, ApplyError> {
    let Some(Content::ListEntry(entry)) = &record.content else { return Ok(None) };
    // An entry of a list that others keep is no reason of ours: it names no entry.
    if record.uscc.is_empty() || entry.entry.is_empty() {
        return Ok(None);
    }
    if ended || NOT_COUNTED.contains(&entry.status.as_str()) {
        return Ok(Some(ReasonFact::Ended { resource: entry.entry.clone() }));
    }
    Ok(Some(ReasonFact::Holds(Reason {
        uscc: Uscc::parse(&record.uscc).map_err(ApplyError::poison)?,
        trigger: entry.list.clone(),
        resource: entry.entry.clone(),
        ground: entry.ground.clone(),
        field: None,
        until: None,
        since: parse_date(&record.decided_on).map_err(ApplyError::poison)?,
    })))
}

fn cut(text: &str, longest: usize) -> String {
    text.chars().filter(|character| *character != '\0').take(longest).collect()
}
