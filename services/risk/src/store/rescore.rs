//! Scoring single enterprises again, without waiting for the next run.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use db::{Tx, on};
use outbox::{EventContext, NewEvent};
use sqlx::QueryBuilder;

use super::class_row::{ClassRow, StoredClass, write_classes};
use super::evidence::note_for_runs;
use super::history::known_now;
use super::override_row::overrides_in_force;
use super::snapshot::PackedRow;
use super::sql::{execute_for, rows_of};
use super::{Act, Store, lock_evidence};
use crate::convert;
use crate::domain::class::Class;
use crate::domain::engine::Engine;
use crate::domain::evidence::Item;
use crate::domain::overriding::{Override, Standing};
use crate::domain::scheme::Scheme;
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

/// What became of classes.
#[derive(Default)]
struct Changes {
    /// To write.
    written: Vec<StoredClass>,
    /// To remove: the enterprise left the field.
    ended: Vec<StoredClass>,
    /// To tell: as it stands now, and the combined class before.
    told: Vec<(StoredClass, String)>,
    /// Overrides that somebody must look at again: the class beside them, or its floor, got riskier.
    triggered: Vec<String>,
}

/// An enterprise that must be scored again.
#[derive(sqlx::FromRow)]
struct Due {
    uscc: String,
    cause: String,
}

/// Most enterprises scored again in one transaction.
const DUE_BATCH: i64 = 500;

impl Store {
    /// Scores enterprises again whose evidence changed while a run is in effect, at most 500; answers how many were taken.
    /// Every class that changes is an event. Where the rulebook says that only runs change classes, they are dropped.
    ///
    /// # Errors
    /// [`Error::NotReady`] when the rulebook holds no model for today: they then stay due.
    pub async fn rescore_due(&self, act: &Act) -> Result<usize, Error> {
        const DUE: &str = "SELECT uscc, cause FROM rescore_due ORDER BY uscc LIMIT $1";
        let mut tx = self.db.begin_write().await?;
        // Waits for whoever takes evidence in just now: what it notes is seen here.
        lock_evidence(&mut tx).await?;
        let due: Vec<Due> = on!(tx, |conn| sqlx::query_as(DUE).bind(DUE_BATCH).fetch_all(conn).await)?;
        if due.is_empty() {
            return Ok(0);
        }
        let engine = self.engine(&mut tx, act.today).await?;
        let codes: Vec<&str> = due.iter().map(|due| due.uscc.as_str()).collect();
        execute_for(&mut tx, "DELETE FROM rescore_due WHERE uscc IN", &codes).await?;
        if engine.combiner().event_rescore_effective {
            let touched: BTreeSet<String> = codes.iter().map(ToString::to_string).collect();
            // A run that is still open holds them against what they were.
            note_for_runs(&mut tx, &touched).await?;
            let causes = due.iter().map(|due| (due.uscc.clone(), due.cause.clone())).collect();
            self.rescore(&mut tx, &engine, &touched, act, &causes).await?;
        }
        tx.commit().await?;
        Ok(due.len())
    }

    /// Whether anybody is due. An idle service asks this, and does not take the write lock with every poll.
    pub async fn is_anybody_due(&self) -> Result<bool, Error> {
        const SQL: &str = "SELECT uscc FROM rescore_due LIMIT 1";
        let due: Option<String> = on!(self.db, |pool| sqlx::query_scalar(SQL).fetch_optional(pool).await)?;
        Ok(due.is_some())
    }

    /// Scores enterprises by `engine` and puts their classes into effect. `causes` names the event behind each.
    pub(super) async fn rescore(
        &self,
        tx: &mut Tx,
        engine: &Engine,
        touched: &BTreeSet<String>,
        act: &Act,
        causes: &HashMap<String, String>,
    ) -> Result<(), Error> {
        let codes: Vec<&str> = touched.iter().map(String::as_str).collect();
        let classes = self.classify(tx, engine, &codes).await?;
        let before = classes_of(tx, &codes).await?;
        let known_seq = known_now(tx).await?.collection;
        let overrides = self.standing_beside(tx, &codes, act).await?;
        let scheme = &engine.combiner().scheme;
        let fresh = |class: Class| StoredClass {
            over: overrides
                .get(&(class.uscc.clone(), class.field.clone()))
                .map(|of| Standing::beside(scheme, &of.id, &of.code, of.ends_on, &class.floor_code)),
            objected: false,
            class,
            run: String::new(),
            known_seq,
            rulebook_hash: self.book.hash().to_owned(),
            effective_at: act.now,
            revision: 1,
        };
        let changes = changes(before, classes, act.today, scheme, fresh);
        for id in &changes.triggered {
            self.trigger_override(tx, id, act).await?;
        }
        write_classes(tx, &changes.written).await?;
        end_classes(tx, &changes.ended).await?;
        self.tell(tx, &changes.told, act, causes).await
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
        causes: &HashMap<String, String>,
    ) -> Result<(), Error> {
        let context = |stored: &StoredClass| match causes.get(&stored.class.uscc) {
            Some(cause) => EventContext { request_id: cause.clone(), ..act.context.clone() },
            None => act.context.clone(),
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

/// Holds computed classes against those in effect.
fn changes(
    before: BTreeMap<(String, String), StoredClass>,
    classes: Vec<Class>,
    today: NaiveDate,
    scheme: &Scheme,
    fresh: impl Fn(Class) -> StoredClass,
) -> Changes {
    let mut before = before;
    let mut changes = Changes::default();
    for class in classes {
        let key = (class.uscc.clone(), class.field.clone());
        let mut now = fresh(class);
        let Some(earlier) = before.remove(&key) else {
            changes.told.push((now.clone(), String::new()));
            changes.written.push(now);
            continue;
        };
        if same_result(&earlier.class, &now.class) && earlier.over == now.over {
            continue;
        }
        now.revision = earlier.revision + 1;
        now.objected = earlier.objected;
        let riskier = |of: fn(&Class) -> &str| scheme.rank(of(&now.class)) > scheme.rank(of(&earlier.class));
        if riskier(|class| &class.code) || riskier(|class| &class.floor_code) {
            changes.triggered.extend(now.over.as_ref().map(|over| over.id.clone()));
        }
        if earlier.class.same_codes(&now.class) && earlier.code_on(today) == now.code_on(today) {
            now.effective_at = earlier.effective_at;
        } else {
            changes.told.push((now.clone(), earlier.code_on(today).to_owned()));
        }
        changes.written.push(now);
    }
    for (_, ended) in before {
        changes.told.push((ended.ended(), ended.code_on(today).to_owned()));
        changes.ended.push(ended);
    }
    changes
}

/// Whether nothing but the day differs.
fn same_result(earlier: &Class, now: &Class) -> bool {
    *earlier == Class { as_of: earlier.as_of, ..now.clone() }
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
