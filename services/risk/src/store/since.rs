//! What came while a run was computed and reviewed. The run decides by what it read; what came since is judged beside it, as the
//! combination says, and what may not take effect waits.

use db::{Tx, on};

use super::changes::{Happened, What};
use super::rescore::{Computed, take_due};
use super::{Act, Store};
use crate::domain::combine::effect::RUN;
use crate::domain::engine::Engine;
use crate::domain::run::Run;
use crate::error::Error;

/// An enterprise that the run cannot settle in one statement with all others.
#[derive(sqlx::FromRow)]
pub(super) struct Touched {
    uscc: String,
    /// Whether a class of it took effect by itself since the run was frozen.
    rescored: bool,
    /// Whether something was told of it; otherwise it only has an override.
    told: bool,
}

/// Sets aside what the run found of enterprises of which something was told since it was frozen, and of overridden ones, whose override
/// must be held against what the run says.
pub(super) async fn set_touched_aside(tx: &mut Tx, run: &Run) -> Result<Vec<Touched>, Error> {
    const TOUCHED: &str = "
        SELECT uscc, rescored, TRUE AS told FROM run_touched WHERE run = $1
        UNION ALL
        SELECT DISTINCT c.uscc, FALSE AS rescored, FALSE AS told
        FROM class c JOIN run_class r ON r.uscc = c.uscc AND r.run = $1
        WHERE c.override_id <> '' AND c.uscc NOT IN (SELECT uscc FROM run_touched WHERE run = $1)
        ORDER BY uscc";
    const ASIDE: &str = "
        DELETE FROM run_class
        WHERE run = $1 AND (uscc IN (SELECT uscc FROM run_touched WHERE run = $1)
            OR uscc IN (SELECT uscc FROM class WHERE override_id <> ''))";
    const DONE: &str = "DELETE FROM run_touched WHERE run = $1";
    let touched: Vec<Touched> = on!(tx, |conn| sqlx::query_as(TOUCHED).bind(&run.id).fetch_all(conn).await)?;
    if !touched.is_empty() {
        on!(tx, |conn| sqlx::query(ASIDE).bind(&run.id).execute(conn).await.map(drop))?;
        on!(tx, |conn| sqlx::query(DONE).bind(&run.id).execute(conn).await.map(drop))?;
    }
    Ok(touched)
}

impl Store {
    /// Decides about the enterprises that were set aside. First what the run says of each takes effect, by the evidence that it read,
    /// unless a newer class has taken effect by itself meanwhile; then what the evidence says now is judged as come during the
    /// run: it takes effect, or waits. What risk takes in itself on the day of the run counts as read by it: its positions are days.
    pub(super) async fn decide_touched(
        &self,
        tx: &mut Tx,
        run: &Run,
        today: &Engine,
        touched: &[Touched],
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
            let codes: Vec<String> = decided.keys().cloned().collect();
            let known = run.known.own_by(run.as_of);
            let classes = self.classes_known(tx, &then, &Run { known, ..run.clone() }, &codes).await?;
            let computed = Computed { classes, known, run: Some(run) };
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
}
