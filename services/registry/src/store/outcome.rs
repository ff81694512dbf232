//! What follows from a change, gathered while it is made and written at its end: marks, duties, deliveries, events.

use std::collections::HashMap;

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use db::Tx;
use domain::{DivisionCode, Uscc};
use outbox::{EventContext, NewEvent};
use prost::Message;
use service::obligation;

use super::mark_row::{keep_past, write_marks};
use super::{Act, Store, duties, publicity};
use crate::convert::{enterprise_without_person, licence_to_pb, mark_to_pb, party_without_person};
use crate::domain::{Enterprise, Licence, MarkKey, MarkView, Moved, Party, enterprise_name};
use crate::error::Error;

/// Kind of the event of an enterprise that is new to the register.
pub(super) const REGISTERED: &str = "registry.enterprise.registered";
/// Kind of the event of an entry that was brought up to date.
pub(super) const CHANGED: &str = "registry.enterprise.changed";
/// The field that says where an enterprise lies.
const DIVISION: &str = "division";
/// Kind of the event of a licence that was recorded or changed.
const LICENCE_RECORDED: &str = "registry.licence.recorded";
/// Kind of the event of a licence that is another holder's from now on, told to the one whom it has left.
const LICENCE_LEFT: &str = "registry.licence.left";
/// Kind of the event of a mark that came, changed or went.
const MARK_CHANGED: &str = "registry.mark.changed";

/// What has to be written besides the rows that changed. Nothing of it is written before [`Outcome::write`].
pub(super) struct Outcome<'a> {
    act: &'a Act,
    reason: String,
    contexts: Option<&'a HashMap<MarkKey, EventContext>>,
    events: Vec<NewEvent<'a>>,
    marks: Vec<(Moved, MarkView)>,
    /// Enterprises that lie elsewhere from now on, each with its division.
    relocated: Vec<(String, DivisionCode)>,
}

impl<'a> Outcome<'a> {
    pub(super) fn of(act: &'a Act) -> Self {
        let (events, marks, relocated) = (Vec::new(), Vec::new(), Vec::new());
        Self { act, reason: String::new(), contexts: None, events, marks, relocated }
    }

    /// The reason that an officer gave, told with every mark that moves, and with a licence.
    pub(super) fn because(self, reason: &str) -> Self {
        Self { reason: reason.to_owned(), ..self }
    }

    /// What follows for these holders and fields has causes of its own: a batch of events of another service.
    pub(super) fn in_contexts(self, contexts: &'a HashMap<MarkKey, EventContext>) -> Self {
        Self { contexts: Some(contexts), ..self }
    }

    fn context(&self, mark: &MarkKey) -> &'a EventContext {
        self.contexts.and_then(|contexts| contexts.get(mark)).unwrap_or(&self.act.context)
    }

    /// An enterprise is new.
    pub(super) fn registered(&mut self, enterprise: &Enterprise) {
        self.enterprise(REGISTERED, enterprise, Vec::new());
    }

    /// An entry says something else in these fields. Its duties go where it lies.
    pub(super) fn changed(&mut self, enterprise: &Enterprise, fields: &[&str]) {
        if fields.contains(&DIVISION) {
            self.relocated.push((enterprise.name(), enterprise.profile.division.clone()));
        }
        self.enterprise(CHANGED, enterprise, fields.iter().map(ToString::to_string).collect());
    }

    /// Whether an enterprise lies elsewhere from now on. The transaction that writes that was begun for it.
    pub(super) fn moves(&self) -> bool {
        !self.relocated.is_empty()
    }

    fn enterprise(&mut self, kind: &'static str, enterprise: &Enterprise, changed_fields: Vec<String>) {
        let payload =
            pb::EnterpriseEvent { enterprise: Some(enterprise_without_person(enterprise)), changed_fields };
        self.event(kind, enterprise.name(), enterprise.effective_on, &self.act.context, &payload);
    }

    /// A party without a code came, says something else in these fields, or was erased.
    pub(super) fn party(&mut self, kind: &'static str, party: &Party, fields: &[&str]) {
        let changed_fields = fields.iter().map(ToString::to_string).collect();
        let payload = pb::PartyEvent {
            party: Some(party_without_person(party)),
            reason: self.reason.clone(),
            changed_fields,
        };
        self.event(kind, party.id.name(), self.act.today, &self.act.context, &payload);
    }

    /// A licence was recorded or changed, by the decision that it rests on.
    pub(super) fn licence(&mut self, licence: &Licence) {
        // As decided: readers compute expiry from the term themselves, whenever they read.
        let told = licence_to_pb(licence, &licence.content.state);
        let subject = enterprise_name(&licence.content.uscc);
        let context = self.context(&licence.mark());
        let payload = pb::LicenceEvent { licence: Some(told), reason: self.reason.clone() };
        self.event(LICENCE_RECORDED, subject, licence.stands_since(), context, &payload);
    }

    /// A licence that was recorded or changed was `before` under the name of another holder, among whose licences it is no more.
    pub(super) fn licence_left(&mut self, before: &Uscc, licence: &Licence) {
        if *before == licence.content.uscc {
            return;
        }
        let told = licence_to_pb(licence, &licence.content.state);
        let context = self.context(&licence.mark());
        let payload = pb::LicenceEvent { licence: Some(told), reason: String::new() };
        self.event(LICENCE_LEFT, enterprise_name(before), licence.stands_since(), context, &payload);
    }

    /// A mark moved; `holder` is its enterprise.
    pub(super) fn mark(&mut self, moved: Moved, holder: &Enterprise) {
        let view = MarkView {
            mark: moved.mark.clone(),
            legal_name: holder.profile.legal_name.clone(),
            division: holder.profile.division.clone(),
        };
        self.marks.push((moved, view));
    }

    fn event(
        &mut self,
        kind: &'static str,
        subject: String,
        effective_on: NaiveDate,
        context: &'a EventContext,
        payload: &impl Message,
    ) {
        self.events.push(NewEvent { kind, subject, effective_on, context, payload: payload.encode_to_vec() });
    }

    /// Writes everything; the events last. Answers the marks that moved, as they stand now.
    pub(super) async fn write(mut self, tx: &mut Tx, store: &Store) -> Result<Vec<MarkView>, Error> {
        let marks = std::mem::take(&mut self.marks);
        let rows: Vec<_> = marks.iter().map(|(moved, _)| &moved.mark).collect();
        write_marks(tx, &rows).await?;
        keep_past(tx, marks.iter().filter_map(|(moved, _)| Some((moved.before.as_ref()?, &moved.mark))))
            .await?;
        for (enterprise, division) in &self.relocated {
            obligation::move_below(tx, enterprise, division).await?;
        }
        duties::follow(tx, store, self.act, &marks).await?;
        publicity::enqueue(tx, store, self.act, &marks).await?;
        for (moved, view) in &marks {
            let previous_state =
                moved.before.as_ref().map(|mark| mark.state.as_str().to_owned()).unwrap_or_default();
            let mark = Some(mark_to_pb(view, &store.book));
            let payload = pb::MarkEvent { mark, previous_state, reason: self.reason.clone() };
            let subject = enterprise_name(&view.mark.key.uscc);
            self.event(MARK_CHANGED, subject, self.act.today, self.context(&view.mark.key), &payload);
        }
        match self.events.as_slice() {
            [] => {}
            [only] => {
                store.outbox.append(tx, only).await?;
            }
            many => {
                store.outbox.append_all(tx, many).await?;
            }
        }
        Ok(marks.into_iter().map(|(_, view)| view).collect())
    }
}
