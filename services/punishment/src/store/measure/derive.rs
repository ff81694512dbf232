//! Measures that follow from an entry: derived when it begins to stand, ended when it does no longer. Those of what records trigger are
//! derived by the same means.

use chrono::NaiveDate;
use contract::punishment::v1::MeasureEvent;
use db::{Tx, on};
use outbox::NewEvent;
use prost::Message;
use rulebook::{Measure as Item, RuleMissing};
use service::obligation::{self, Matter, NewDuty};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::CHANGED;
use super::row::{COLUMNS, Row, with_receivers};
use super::step::by_system;
use crate::api::convert;
use crate::domain::list::EntryName;
use crate::domain::measure::{Measure, MeasureName, Receiver, Trigger, founded};
use crate::error::Error;
use crate::machines::measure::{Event, MEASURE, State};
use crate::store::sql::push_among;
use crate::store::{Act, Store};

/// Why a measure ends with its entry, as its receivers and its party are told.
const ENTRY_ENDED: &str = "触发惩戒措施的名录（名单）条目已终止或者暂停";

impl Store {
    /// Has the measures of an entry follow it, in the transaction in which it begins to carry them or does no longer. `on` is the day of
    /// that act: the version of the city's list in force then says which measures there are. An entry that is suspended carries none;
    /// one that carries them again, because it is restored or no longer suspended, gets new ones, but none that was lifted before.
    pub(in crate::store) async fn measures_follow(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        trigger: &Trigger,
        (carried, carries): (bool, bool),
        on: NaiveDate,
    ) -> Result<(), Error> {
        if carries && !carried {
            self.derive_measures(tx, act, trigger, (on, on)).await?;
        }
        if carried && !carries {
            for measure in live_measures(tx, &trigger.entry).await? {
                self.end_measure(tx, &by_system(act), &measure, ENTRY_ENDED, on).await?;
            }
        }
        Ok(())
    }

    /// Derives what the city's list of the day `on` has for a trigger, but for what is live already or was lifted. It starts with the day
    /// `since` which the trigger has counted, or with its item of the list, if that is later.
    pub(super) async fn derive_measures(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        trigger: &Trigger,
        (since, on): (NaiveDate, NaiveDate),
    ) -> Result<(), Error> {
        let lifted = self.lifted_of(tx, &trigger.entry, &trigger.uscc).await?;
        let brought = self.book.measures(trigger.entry.list().word(), on);
        let brought = brought.filter(|item| lifted.iter().all(|lifted| lifted.code != item.code));
        let (items, unfounded) = founded(brought);
        for item in unfounded {
            let code = &item.code;
            tracing::error!(code, "the measure `{code}` has no basis in the city's list: it is not derived");
        }
        let step = MEASURE.step(None, Event::Derive, &by_system(act).actor)?;
        let new = items.iter().map(|item| derived(item, trigger, step.to, act, since)).collect::<Vec<_>>();
        let mut new = insert(tx, new).await?;
        let subjects: Vec<_> = new.iter().map(|measure| measure.name.to_string()).collect();
        let mut duties = Vec::new();
        for duty in step.obliges() {
            let due = match self.book.deadline(act.today(), duty.parameter) {
                Ok(deadline) => deadline.due,
                // Nobody owed anything about measures before the notice of 2021-09-27.
                Err(RuleMissing::NotInForce { .. }) => continue,
                Err(missing) => return Err(service::Error::from(missing).into()),
            };
            new.iter_mut().for_each(|measure| measure.due_on = due.date());
            duties.extend(subjects.iter().map(|subject| NewDuty {
                matter: Matter { subject, field: None, division: Some(&trigger.division), owner: None },
                kind: duty.kind,
                office: duty.office.code(),
                parameter: duty.parameter,
                start_on: act.today(),
            }));
        }
        obligation::open_all(tx, &duties, &self.book).await?;
        self.tell_derived(tx, act, &new, on).await
    }

    async fn tell_derived(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        measures: &[Measure],
        on: NaiveDate,
    ) -> Result<(), Error> {
        let context = self.context(&by_system(act));
        let event = |measure: &Measure| {
            let measure = Some(convert::measure::told(measure));
            MeasureEvent { measure, ..MeasureEvent::default() }.encode_to_vec()
        };
        let events: Vec<_> = measures
            .iter()
            .map(|measure| NewEvent {
                kind: CHANGED,
                subject: format!("enterprises/{}", measure.trigger.uscc),
                effective_on: on,
                context: &context,
                payload: event(measure),
            })
            .collect();
        if !events.is_empty() {
            self.outbox.append_all(tx, &events).await?;
        }
        Ok(())
    }

    /// Ends a measure, and hands the end over to every system that was told of it.
    pub(super) async fn end_measure(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        measure: &Measure,
        reason: &str,
        on: NaiveDate,
    ) -> Result<Measure, Error> {
        let ended = self.step_measure(tx, act, measure, Event::End, reason, ending(reason, on)).await?;
        self.send_end(tx, act, ended).await
    }
}

/// What comes with every end.
pub(super) fn ending(reason: &str, on: NaiveDate) -> impl FnOnce(&mut Measure) {
    let reason = reason.to_owned();
    move |measure| {
        measure.ended_on = Some(on);
        measure.end_reason = reason;
    }
}

fn derived(item: &Item, trigger: &Trigger, state: State, act: &Act<'_>, since: NaiveDate) -> Measure {
    let mut names = item.receivers.clone();
    names.sort();
    let receiver = |name| Receiver { name, taken: None, end_taken: None, reported: false };
    Measure {
        name: MeasureName::new(Uuid::now_v7()),
        trigger: trigger.clone(),
        code: item.code.clone(),
        label: item.label_zh.clone(),
        object: item.object_zh.clone(),
        basis: item.basis.clone(),
        rights_basis: item.rights_basis.clone(),
        implementer: item.implementer.clone(),
        edition: item.edition.clone(),
        state,
        derived_by: act.actor.person.to_owned(),
        confirmed_by: None,
        starts_on: item.effective.from.map_or(since, |first| first.max(since)),
        ended_on: None,
        end_reason: String::new(),
        contest: String::new(),
        due_on: None,
        told_revision: None,
        end_revision: None,
        receivers: names.into_iter().map(receiver).collect(),
        revision: 1,
        updated_at: act.now,
    }
}

/// Inserts new measures with their systems; answers those that were not there already.
async fn insert(tx: &mut Tx, measures: Vec<Measure>) -> Result<Vec<Measure>, Error> {
    const SQL: &str = "
        INSERT INTO measure (id, entry, list, decision_no, uscc, party_name, division, code, label, object, basis, rights_basis,
            implementer, edition, state, derived_by, starts_on, revision, updated_at_us) ";
    const RECEIVERS: &str = "INSERT INTO measure_receiver (measure_id, receiver) ";
    if measures.is_empty() {
        return Ok(measures);
    }
    let ids: Vec<String> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(SQL);
        sql.push_values(&measures, |mut row, measure| {
            row.push_bind(measure.name.id())
                .push_bind(measure.trigger.entry.to_string())
                .push_bind(measure.trigger.entry.list().word())
                .push_bind(&measure.trigger.decision_no)
                .push_bind(measure.trigger.uscc.as_str())
                .push_bind(measure.trigger.party_name.as_str())
                .push_bind(measure.trigger.division.as_str())
                .push_bind(&measure.code)
                .push_bind(&measure.label)
                .push_bind(&measure.object)
                .push_bind(&measure.basis)
                .push_bind(measure.rights_basis.as_deref().unwrap_or_default())
                .push_bind(measure.implementer.as_str())
                .push_bind(&measure.edition)
                .push_bind(measure.state.word())
                .push_bind(&measure.derived_by)
                .push_bind(measure.starts_on.to_string())
                .push_bind(measure.revision)
                .push_bind(measure.updated_at.micros());
        });
        sql.push(" ON CONFLICT DO NOTHING RETURNING id");
        sql.build_query_scalar().fetch_all(conn).await
    })?;
    let new: Vec<_> =
        measures.into_iter().filter(|measure| ids.iter().any(|id| id == measure.name.id())).collect();
    let told = |measure: &Measure| {
        let of = |receiver: &Receiver| (measure.name.id().to_owned(), receiver.name.clone());
        measure.receivers.iter().map(of).collect::<Vec<_>>()
    };
    let receivers: Vec<_> = new.iter().flat_map(told).collect();
    if !receivers.is_empty() {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new(RECEIVERS);
            sql.push_values(&receivers, |mut row, (id, receiver)| {
                row.push_bind(id).push_bind(receiver);
            });
            sql.build().execute(conn).await.map(drop)
        })?;
    }
    Ok(new)
}

/// The measures of an entry that have not ended. They are locked first: a system that takes one at this moment is waited for, and an end
/// is not refused for it.
pub(super) async fn live_measures(tx: &mut Tx, entry: &EntryName) -> Result<Vec<Measure>, Error> {
    const LOCK: &str = "UPDATE measure SET revision = revision WHERE entry = $1";
    let entry = entry.to_string();
    on!(tx, |conn| sqlx::query(LOCK).bind(&entry).execute(conn).await.map(drop))?;
    let states: Vec<_> = State::live().map(|state| state.word().to_owned()).collect();
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE m.entry = ").push_bind(&entry);
        push_among(&mut sql, "m.state", &states);
        sql.push(" ORDER BY m.id");
        sql.build_query_as().fetch_all(conn).await
    })?;
    with_receivers(tx, rows).await
}
