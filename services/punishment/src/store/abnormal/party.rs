//! What follows for entries, and for what waits for an answer, when their party is no more.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use db::{Tx, on};
use domain::Uscc;

use super::report::expect_none;
use super::row::{COLUMNS, Row, lock_live};
use crate::domain::abnormal::Entry;
use crate::domain::list::Advance;
use crate::error::Error;
use crate::machines::abnormal::Event;
use crate::store::{Act, Store};

impl Store {
    /// Ends what stands or is worked on about a party, in a transaction of the caller, as of the day on which it ended; never before
    /// the last act on an entry. Whoever is no more publishes no report, and none is missed; its applications for repair are closed.
    pub async fn end_of_party(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        uscc: &Uscc,
        on: NaiveDate,
    ) -> Result<(), Error> {
        // In the order in which a decision about a repair writes both.
        self.close_repairs_of(tx, act, uscc).await?;
        // Before the entries are read, and locked as by the job that looks for missing reports: whom that suspects meanwhile is among
        // them.
        lock_live(tx, &BTreeSet::from([uscc.as_str()])).await?;
        expect_none(tx, uscc, act.today()).await?;
        for entry in entries_of(tx, uscc).await? {
            if entry.state.ended() {
                continue;
            }
            let day = on.min(act.today());
            let effective_on = Some(entry.acted_on.map_or(day, |acted| acted.max(day)));
            let ended = Advance { effective_on, ..Advance::bare(Event::Deregister) };
            self.step_entry(tx, act, &entry.name, &ended).await?;
        }
        Ok(())
    }
}

async fn entries_of(tx: &mut Tx, uscc: &Uscc) -> Result<Vec<Entry>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = sqlx::QueryBuilder::new(COLUMNS);
        sql.push(" WHERE uscc = ").push_bind(uscc.as_str()).push(" ORDER BY id");
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(Row::entry).collect()
}
