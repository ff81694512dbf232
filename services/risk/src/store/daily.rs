//! The daily look at every enterprise: a window ends, an entry runs out, a rule of the rulebook begins, and nobody tells it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{Tx, on};

use super::evidence::note_due;
use super::rescore::{classes_of, is_in_effect};
use super::waiting::waiting_of;
use super::{Act, Store};
use crate::domain::class::Class;
use crate::domain::combine::effect::{DAY, MODEL};
use crate::domain::engine::Engine;
use crate::error::Error;

/// Name of the job, as the cause in events.
const JOB: &str = "daily-look";
/// Enterprises looked at in one step.
const AT_ONCE: i64 = 1_000;

/// Who is due, and what has happened to each.
type Due = BTreeMap<String, BTreeSet<String>>;

/// Where a look stands.
#[derive(sqlx::FromRow)]
struct Look {
    day: String,
    looking: String,
    looked_to: String,
}

impl Store {
    /// Looks at every enterprise as of today, and notes those whose class would be another one: they are scored again by
    /// [`rescore_due`](Store::rescore_due). Once a day is enough: called again on that day it does nothing, and one look
    /// catches up any number of missed days. A process that is killed goes on where it was. Answers how many were noted.
    ///
    /// # Errors
    /// [`Error::NotReady`] when the rulebook holds no model for today.
    pub async fn look_daily(&self, act: &Act) -> Result<usize, Error> {
        let today = act.today.to_string();
        let mut noted = 0;
        loop {
            let mut tx = self.db.begin_read().await?;
            let look = look(&mut tx).await?;
            let to_do = look.day < today && is_in_effect(&mut tx).await?;
            if !to_do {
                return Ok(noted);
            }
            let engine = self.engine(&mut tx, act.today).await?;
            // Before the first look there is no day that could have changed anything.
            let earlier = match look.day.parse() {
                Ok(day) => Some(self.engine_on(&mut tx, act.today, day).await?),
                Err(_) => None,
            };
            let after = if look.looking == today { look.looked_to.as_str() } else { "" };
            let codes = codes_behind(&mut tx, after).await?;
            let due = self.due_among(&mut tx, &engine, earlier.as_ref(), &codes).await?;
            tx.rollback().await?;
            noted += due.len();
            self.note_look(&today, &codes, &due).await?;
        }
    }

    /// Those of `codes` whose class would be another one. `earlier` are the same models, made ready for the day of the last look: where
    /// a version has begun, and another class is no news by itself, they tell what the days since have changed.
    async fn due_among(
        &self,
        tx: &mut Tx,
        engine: &Engine,
        earlier: Option<&Engine>,
        codes: &[String],
    ) -> Result<Due, Error> {
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        let mut before = classes_of(tx, &codes).await?;
        let waiting = waiting_of(tx, &codes).await?;
        let effects = &engine.combiner().effects;
        let computed = self.classify(tx, engine, &codes).await?;
        let begun = computed.iter().any(|class| {
            let stored = before.get(&(class.uscc.clone(), class.field.clone()));
            stored.is_some_and(|stored| !stored.class.detail.same_versions(&class.detail))
        });
        let days_changed = match earlier.filter(|_| begun) {
            Some(earlier) => changed_since(&self.classify(tx, earlier, &codes).await?, &computed),
            None => BTreeSet::new(),
        };
        let mut due = Due::new();
        let mut note = |uscc: String, kind: &str| {
            due.entry(uscc).or_default().insert(kind.to_owned());
        };
        for class in computed {
            let key = (class.uscc.clone(), class.field.clone());
            let waits = waiting.get(&key).is_some_and(|waits| waits.says(&class));
            match before.remove(&key).map(|stored| stored.class) {
                // What waits already is not let through by a day that brings nothing.
                _ if waits => {}
                Some(earlier) if earlier.says_the_same(&class) => {}
                // A version that began is no reason to look at everybody where all its results wait for a run anyway. The end of a
                // window is one, whatever begins.
                Some(earlier) if !earlier.detail.same_versions(&class.detail) => {
                    if days_changed.contains(&key) {
                        note(class.uscc.clone(), DAY);
                    }
                    if effects.lets(MODEL) {
                        note(class.uscc, MODEL);
                    }
                }
                _ => note(class.uscc, DAY),
            }
        }
        before.into_keys().for_each(|(uscc, _)| note(uscc, DAY));
        Ok(due)
    }

    /// Notes who is due and how far the look has come; behind the last enterprise, that the day is done.
    async fn note_look(&self, today: &str, codes: &[String], due: &Due) -> Result<(), Error> {
        const ON: &str = "UPDATE daily_look SET looking = $1, looked_to = $2 WHERE id = 1";
        const DONE: &str = "UPDATE daily_look SET day = $1, looking = '', looked_to = '' WHERE id = 1";
        let mut tx = self.db.begin_write().await?;
        let causes: HashMap<_, _> = due.keys().map(|uscc| (uscc.clone(), JOB.to_owned())).collect();
        note_due(&mut tx, due, &causes).await?;
        match codes.last() {
            Some(last) => {
                on!(tx, |conn| sqlx::query(ON).bind(today).bind(last).execute(conn).await.map(drop))?;
            }
            None => on!(tx, |conn| sqlx::query(DONE).bind(today).execute(conn).await.map(drop))?,
        }
        Ok(tx.commit().await?)
    }
}

/// The classes that are not what they were, by enterprise and field.
fn changed_since(before: &[Class], now: &[Class]) -> BTreeSet<(String, String)> {
    let before: HashMap<_, _> = before.iter().map(|class| ((&class.uscc, &class.field), class)).collect();
    let changed = now.iter().filter(|class| {
        before.get(&(&class.uscc, &class.field)).is_some_and(|before| !before.says_the_same(class))
    });
    changed.map(|class| (class.uscc.clone(), class.field.clone())).collect()
}

async fn look(tx: &mut Tx) -> Result<Look, sqlx::Error> {
    const SQL: &str = "SELECT day, looking, looked_to FROM daily_look WHERE id = 1";
    on!(tx, |conn| sqlx::query_as(SQL).fetch_one(conn).await)
}

/// Enterprises behind `after` that have, or should have, a class.
async fn codes_behind(tx: &mut Tx, after: &str) -> Result<Vec<String>, sqlx::Error> {
    const SQL: &str = "
        SELECT uscc FROM mark WHERE uscc > $1
        UNION SELECT uscc FROM class WHERE uscc > $1
        ORDER BY uscc LIMIT CAST($2 AS BIGINT)";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(after).bind(AT_ONCE).fetch_all(conn).await)
}
