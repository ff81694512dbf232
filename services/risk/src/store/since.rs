//! What came while a run was computed and reviewed. The run decides by what it read; what came since is judged beside it, as the
//! combination says, and what may not take effect waits.

use std::collections::{BTreeMap, BTreeSet};

use db::{Tx, on};

use super::changes::{Happened, What};
use super::rescore::{Computed, classes_of, take_due};
use super::waiting::ClassKey;
use super::{Act, Store};
use crate::domain::class::Class;
use crate::domain::combine::effect::RUN;
use crate::domain::engine::Engine;
use crate::domain::run::Run;
use crate::error::Error;

/// An enterprise that the run cannot settle in one statement with all others.
#[derive(sqlx::FromRow)]
struct Touched {
    uscc: String,
    /// Whether a class of it took effect by itself since the run was frozen.
    rescored: bool,
    /// Whether something was told of it; otherwise it only has an override.
    told: bool,
}

/// What a run found of one enterprise in one field.
#[derive(sqlx::FromRow)]
struct FoundRow {
    uscc: String,
    field: String,
    code: String,
    general_code: String,
    professional_code: String,
}

/// What was set aside.
pub(super) struct Aside {
    touched: Vec<Touched>,
    /// What the run found of them where it would change something: that was reviewed.
    reviewed: BTreeMap<ClassKey, [String; 3]>,
}

/// Sets aside what the run found of enterprises of which something was told since it was frozen, and of overridden ones, whose override
/// must be held against what the run says.
pub(super) async fn set_touched_aside(tx: &mut Tx, run: &Run) -> Result<Aside, Error> {
    const TOUCHED: &str = "
        SELECT uscc, rescored, TRUE AS told FROM run_touched WHERE run = $1
        UNION ALL
        SELECT DISTINCT c.uscc, FALSE AS rescored, FALSE AS told
        FROM class c JOIN run_class r ON r.uscc = c.uscc AND r.run = $1
        WHERE c.override_id <> '' AND c.uscc NOT IN (SELECT uscc FROM run_touched WHERE run = $1)
        ORDER BY uscc";
    const FOUND: &str = "
        SELECT uscc, field, code, general_code, professional_code FROM run_class
        WHERE run = $1 AND (uscc IN (SELECT uscc FROM run_touched WHERE run = $1)
            OR uscc IN (SELECT uscc FROM class WHERE override_id <> ''))";
    const ASIDE: &str = "
        DELETE FROM run_class
        WHERE run = $1 AND (uscc IN (SELECT uscc FROM run_touched WHERE run = $1)
            OR uscc IN (SELECT uscc FROM class WHERE override_id <> ''))";
    const DONE: &str = "DELETE FROM run_touched WHERE run = $1";
    let touched: Vec<Touched> = on!(tx, |conn| sqlx::query_as(TOUCHED).bind(&run.id).fetch_all(conn).await)?;
    let found: Vec<FoundRow> = on!(tx, |conn| sqlx::query_as(FOUND).bind(&run.id).fetch_all(conn).await)?;
    if !touched.is_empty() {
        on!(tx, |conn| sqlx::query(ASIDE).bind(&run.id).execute(conn).await.map(drop))?;
        on!(tx, |conn| sqlx::query(DONE).bind(&run.id).execute(conn).await.map(drop))?;
    }
    let codes = |row: FoundRow| ((row.uscc, row.field), [row.code, row.general_code, row.professional_code]);
    Ok(Aside { touched, reviewed: found.into_iter().map(codes).collect() })
}

impl Store {
    /// Decides about the enterprises that were set aside. First what the run says of each takes effect, by the evidence that it read,
    /// unless a newer class has taken effect by itself meanwhile; then what the evidence says now is judged as come during the
    /// run: it takes effect, or waits.
    pub(super) async fn decide_touched(
        &self,
        tx: &mut Tx,
        run: &Run,
        today: &Engine,
        Aside { touched, reviewed }: &Aside,
        act: &Act,
    ) -> Result<(), Error> {
        let named = |uscc: &String, kinds: &[&str]| {
            let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
            (uscc.clone(), What { kinds, cause: String::new() })
        };
        let decided = touched.iter().filter(|one| !one.rescored).map(|one| named(&one.uscc, &[]));
        let decided: Happened = decided.collect();
        if !decided.is_empty() {
            let then = self.engine(tx, run.as_of).await?;
            let computed = self.as_reviewed(tx, run, &then, (&decided, reviewed)).await?;
            self.settle(tx, &then, &decided, computed, act).await?;
        }
        let told = touched.iter().filter(|one| one.told).map(|one| named(&one.uscc, &[RUN]));
        let mut told: Happened = told.collect();
        if !told.is_empty() {
            take_due(tx, &mut told).await?;
            self.rescore(tx, today, &told, act).await?;
        }
        Ok(())
    }

    /// What the run says of enterprises, by the evidence that it read. What risk takes in itself has days for positions: where all of its
    /// day comes to something else than was reviewed, some of it came after, and nothing of that day counts.
    async fn as_reviewed<'r>(
        &self,
        tx: &mut Tx,
        run: &'r Run,
        then: &Engine,
        (decided, reviewed): (&Happened, &BTreeMap<ClassKey, [String; 3]>),
    ) -> Result<Computed<'r>, Error> {
        let known = run.known.own_by(run.as_of);
        let codes: Vec<String> = decided.keys().cloned().collect();
        let mut classes = self.classes_known(tx, then, &Run { known, ..run.clone() }, &codes).await?;
        let before = classes_of(tx, &codes.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        let mut others = BTreeSet::new();
        for class in &classes {
            let key = (class.uscc.clone(), class.field.clone());
            // What the run would not change was reviewed as it stands.
            let stands = || before.get(&key).map(|stored| codes_of(&stored.class));
            if reviewed.get(&key).cloned().or_else(stands) != Some(codes_of(class)) {
                others.insert(class.uscc.clone());
            }
        }
        if !others.is_empty() {
            let eve = run.as_of.pred_opt().unwrap_or(run.as_of);
            let by_eve = Run { known: known.own_by(eve), ..run.clone() };
            classes.retain(|class| !others.contains(&class.uscc));
            let others: Vec<String> = others.into_iter().collect();
            classes.extend(self.classes_known(tx, then, &by_eve, &others).await?);
        }
        Ok(Computed { classes, known, run: Some(run) })
    }
}

/// Codes of a class: combined, general, professional.
fn codes_of(class: &Class) -> [String; 3] {
    [class.code.clone(), class.general_code.clone(), class.professional_code.clone()]
}
