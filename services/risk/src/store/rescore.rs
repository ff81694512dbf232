//! Scoring single enterprises again, without waiting for the next run.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{Tx, on};
use outbox::{EventContext, NewEvent};
use sqlx::QueryBuilder;

use super::changes::{Happened, Judge};
use super::class_row::{ClassRow, StoredClass, write_classes};
use super::evidence::note_for_runs;
use super::history::known_now;
use super::override_row::overrides_in_force;
use super::snapshot::PackedRow;
use super::sql::{execute_for, rows_of};
use super::waiting::{waiting_of, write_waiting};
use super::{Act, Store, lock_evidence};
use crate::convert;
use crate::domain::class::Class;
use crate::domain::engine::Engine;
use crate::domain::evidence::Item;
use crate::domain::known::Known;
use crate::domain::overriding::{Override, Standing};
use crate::domain::run::Run;
use crate::domain::scoring::Items;
use crate::error::Error;
use crate::machines::run::State;

/// An enterprise and field to class.
#[derive(sqlx::FromRow)]
struct Marked {
    uscc: String,
    field: String,
    division: String,
}

/// Why an enterprise must be scored again.
#[derive(sqlx::FromRow)]
struct Due {
    uscc: String,
    kind: String,
    cause: String,
}

/// Classes that were computed together, and what they rest on.
pub(super) struct Computed<'a> {
    pub(super) classes: Vec<Class>,
    /// How far the feeds had told.
    pub(super) known: Known,
    /// The approved run that says so; `None` for classes that nobody has reviewed.
    pub(super) run: Option<&'a Run>,
}

/// Most enterprises scored again in one transaction.
const DUE_BATCH: i64 = 500;

impl Store {
    /// Scores enterprises again to which something has happened while a run is in effect, at most 500; answers how many were taken.
    /// The combination says which results take effect at once, and every class that changes is an event; the others wait.
    ///
    /// # Errors
    /// [`Error::NotReady`] when no model is in force today: they then stay due.
    pub async fn rescore_due(&self, act: &Act) -> Result<usize, Error> {
        let mut tx = self.db.begin_write().await?;
        // Waits for whoever takes evidence in just now: what it notes is seen here.
        lock_evidence(&mut tx).await?;
        let happened = due(&mut tx).await?;
        if happened.is_empty() {
            return Ok(0);
        }
        let engine = self.engine(&mut tx, act.today).await?;
        let codes: Vec<&str> = happened.keys().map(String::as_str).collect();
        execute_for(&mut tx, "DELETE FROM rescore_due WHERE uscc IN", &codes).await?;
        // A run that is still open holds them against what they were.
        note_for_runs(&mut tx, &happened.keys().cloned().collect()).await?;
        self.rescore(&mut tx, &engine, &happened, act).await?;
        tx.commit().await?;
        Ok(happened.len())
    }

    /// Whether anybody is due. An idle service asks this, and does not take the write lock with every poll.
    pub async fn is_anybody_due(&self) -> Result<bool, Error> {
        const SQL: &str = "SELECT uscc FROM rescore_due LIMIT 1";
        let due: Option<String> = on!(self.db, |pool| sqlx::query_scalar(SQL).fetch_optional(pool).await)?;
        Ok(due.is_some())
    }

    /// Scores enterprises by `engine` and puts those classes into effect that the combination lets; the others wait.
    pub(super) async fn rescore(
        &self,
        tx: &mut Tx,
        engine: &Engine,
        happened: &Happened,
        act: &Act,
    ) -> Result<(), Error> {
        let codes: Vec<&str> = happened.keys().map(String::as_str).collect();
        let classes = self.classify(tx, engine, &codes).await?;
        let known = known_now(tx).await?;
        self.settle(tx, engine, happened, Computed { classes, known, run: None }, act).await
    }

    /// Holds computed classes of enterprises against those in effect, and writes what becomes of them: those of an approved run all
    /// take effect and leave alone what waits, of others those that the combination lets.
    pub(super) async fn settle(
        &self,
        tx: &mut Tx,
        engine: &Engine,
        happened: &Happened,
        Computed { classes, known, run }: Computed<'_>,
        act: &Act,
    ) -> Result<(), Error> {
        let codes: Vec<&str> = happened.keys().map(String::as_str).collect();
        let before = classes_of(tx, &codes).await?;
        let overrides = self.standing_beside(tx, &codes, act).await?;
        let scheme = &engine.combiner().scheme;
        let fresh = |class: Class| StoredClass {
            over: overrides
                .get(&(class.uscc.clone(), class.field.clone()))
                .map(|of| Standing::beside(scheme, &of.id, &of.code, of.ends_on, &class.floor_code)),
            objected: false,
            class,
            run: run.map(|run| run.id.clone()).unwrap_or_default(),
            effect: None,
            known_seq: known.collection,
            registry_seq: known.registry,
            rulebook_hash: run.map_or(self.book.hash(), |run| run.rulebook_hash.as_str()).to_owned(),
            effective_at: act.now,
            revision: 1,
        };
        let approved = run.is_some();
        let waited = if approved { BTreeMap::new() } else { waiting_of(tx, &codes).await? };
        let judge = Judge { engine, happened, waited, approved, today: act.today, now: act.now };
        let changes = judge.changes(before, classes, fresh);
        for id in &changes.triggered {
            self.trigger_override(tx, id, act).await?;
        }
        write_classes(tx, &changes.written).await?;
        end_classes(tx, &changes.ended).await?;
        write_waiting(tx, &changes.waiting).await?;
        let took_effect = changes.written.iter().chain(&changes.ended);
        let took_effect = took_effect.map(|stored| stored.class.uscc.clone()).collect();
        note_newer(tx, &took_effect, approved).await?;
        self.tell(tx, &changes.told, act, happened).await
    }

    /// The classes of enterprises as they follow from what is kept of them now.
    pub(super) async fn classify(
        &self,
        tx: &mut Tx,
        engine: &Engine,
        codes: &[&str],
    ) -> Result<Vec<Class>, Error> {
        const MARKED: &str = "
            SELECT m.uscc, m.field, e.division
            FROM mark m JOIN enterprise e ON e.uscc = m.uscc
            WHERE m.carried AND m.uscc IN";
        const ITEMS: &str = "SELECT uscc, items FROM projected WHERE uscc IN";
        let marked: Vec<Marked> = rows_of(tx, MARKED, codes, " ORDER BY m.uscc, m.field").await?;
        let mut items: HashMap<String, Vec<Item>> = HashMap::new();
        for row in rows_of::<PackedRow>(tx, ITEMS, codes, "").await? {
            let packed = items.entry(row.uscc.clone()).or_default();
            row.unpack(packed)?;
        }
        items.values_mut().for_each(|items| items.sort_unstable());
        let class = |marked: &Marked| {
            let own = items.get(&marked.uscc).map_or(&[][..], Vec::as_slice);
            let given = engine.classify(&marked.field, Items::sorted(own));
            Class::new(engine, &marked.uscc, &marked.field, &marked.division, &given)
        };
        Ok(marked.iter().map(class).collect())
    }

    /// The overrides that stand beside the classes of enterprises today, by credit code and field.
    async fn standing_beside(
        &self,
        tx: &mut Tx,
        codes: &[&str],
        act: &Act,
    ) -> Result<HashMap<(String, String), Override>, Error> {
        let standing = overrides_in_force(tx, codes, act.today).await?;
        Ok(standing.into_iter().map(|of| ((of.uscc.clone(), of.field.clone()), of)).collect())
    }

    /// Writes one event for each class that changed.
    async fn tell(
        &self,
        tx: &mut Tx,
        told: &[(StoredClass, String)],
        act: &Act,
        happened: &Happened,
    ) -> Result<(), Error> {
        let context = |stored: &StoredClass| match happened.get(&stored.class.uscc).map(|what| &what.cause) {
            Some(cause) if !cause.is_empty() => {
                EventContext { request_id: cause.clone(), ..act.context.clone() }
            }
            _ => act.context.clone(),
        };
        let contexts: Vec<_> = told.iter().map(|(stored, _)| context(stored)).collect();
        let events = told.iter().zip(&contexts);
        let events: Vec<_> =
            events.map(|((stored, before), context)| class_event(stored, before, act, context)).collect();
        if !events.is_empty() {
            self.outbox.append_all(tx, &events).await?;
        }
        Ok(())
    }
}

/// Notes for every run that is not in effect yet that classes took effect meanwhile; where something was told since the run was frozen,
/// and no other run gave them, they are newer than what it says.
async fn note_newer(tx: &mut Tx, took_effect: &BTreeSet<String>, approved: bool) -> Result<(), sqlx::Error> {
    const NEWER: &str = "UPDATE run_touched SET rescored = TRUE WHERE uscc IN";
    if took_effect.is_empty() {
        return Ok(());
    }
    if !approved {
        let codes: Vec<&str> = took_effect.iter().map(String::as_str).collect();
        execute_for(tx, NEWER, &codes).await?;
    }
    note_for_runs(tx, took_effect).await
}

/// The event of a class that changed; `previous` is the combined class before.
pub(super) fn class_event<'a>(
    stored: &StoredClass,
    previous: &str,
    act: &Act,
    context: &'a EventContext,
) -> NewEvent<'a> {
    NewEvent {
        kind: convert::CLASS_CHANGED,
        subject: format!("enterprises/{}", stored.class.uscc),
        effective_on: act.today,
        context,
        payload: convert::class_event(stored, previous, act.today),
    }
}

/// Enterprises that must be scored again, with all that has happened to each; at most [`DUE_BATCH`].
async fn due(tx: &mut Tx) -> Result<Happened, sqlx::Error> {
    const DUE: &str = "
        SELECT uscc, kind, cause FROM rescore_due
        WHERE uscc IN (SELECT DISTINCT uscc FROM rescore_due ORDER BY uscc LIMIT CAST($1 AS BIGINT))";
    let rows: Vec<Due> = on!(tx, |conn| sqlx::query_as(DUE).bind(DUE_BATCH).fetch_all(conn).await)?;
    let mut happened = Happened::new();
    rows.into_iter().for_each(|row| add(&mut happened, row));
    Ok(happened)
}

/// Adds what has happened to these enterprises and still is to be looked at, which then is no longer due.
pub(super) async fn take_due(tx: &mut Tx, happened: &mut Happened) -> Result<(), sqlx::Error> {
    let codes: Vec<String> = happened.keys().cloned().collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let rows: Vec<Due> =
        rows_of(tx, "SELECT uscc, kind, cause FROM rescore_due WHERE uscc IN", &codes, "").await?;
    rows.into_iter().for_each(|row| add(happened, row));
    execute_for(tx, "DELETE FROM rescore_due WHERE uscc IN", &codes).await
}

fn add(happened: &mut Happened, row: Due) {
    let what = happened.entry(row.uscc).or_default();
    what.kinds.insert(row.kind);
    // Events are named in the order of time: the latest is told.
    if row.cause > what.cause {
        what.cause = row.cause;
    }
}

/// Classes in effect of some enterprises, by code and field.
pub(super) async fn classes_of(
    tx: &mut Tx,
    codes: &[&str],
) -> Result<BTreeMap<(String, String), StoredClass>, Error> {
    let rows: Vec<ClassRow> = rows_of(tx, "SELECT * FROM class WHERE uscc IN", codes, "").await?;
    let mut classes = BTreeMap::new();
    for row in rows {
        classes.insert((row.uscc.clone(), row.field.clone()), StoredClass::try_from(row)?);
    }
    Ok(classes)
}

/// The class of one enterprise in one field, inside a transaction.
pub(super) async fn class_of(tx: &mut Tx, uscc: &str, field: &str) -> Result<Option<StoredClass>, Error> {
    let mut classes = classes_of(tx, &[uscc]).await?;
    Ok(classes.remove(&(uscc.to_owned(), field.to_owned())))
}

/// Removes classes of enterprises that left their field.
pub(super) async fn end_classes(tx: &mut Tx, ended: &[StoredClass]) -> Result<(), sqlx::Error> {
    for ended in ended.chunks(1_000) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new("DELETE FROM class WHERE (uscc, field) IN (");
            sql.push_values(ended, |mut row, stored| {
                row.push_bind(stored.class.uscc.as_str()).push_bind(stored.class.field.as_str());
            });
            sql.push(")");
            sql.build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}

/// Whether a run is in effect: before the first one nobody has a class.
pub(super) async fn is_in_effect(tx: &mut Tx) -> Result<bool, sqlx::Error> {
    const SQL: &str = "SELECT id FROM run WHERE state = $1 LIMIT 1";
    let effective = State::Effective.as_str();
    let run: Option<String> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(effective).fetch_optional(conn).await)?;
    Ok(run.is_some())
}
