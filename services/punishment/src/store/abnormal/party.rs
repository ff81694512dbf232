//! What follows for entries, and for what waits for an answer, when their party is no more.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use db::{Tx, on};
use domain::Uscc;
use sqlx::QueryBuilder;

use super::report::expect_none;
use super::row::{COLUMNS, Row, lock_live};
use crate::domain::abnormal::Entry;
use crate::domain::list::Advance;
use crate::error::Error;
use crate::machines::abnormal::{Event, State};
use crate::store::party_name::{REGISTER_READER, states_of_no_more};
use crate::store::sql::push_among;
use crate::store::{Act, Store, corrupt};

/// Name of the reader that ends what is about a party once the register tells that it is no more.
pub(crate) const END_READER: &str = "party-ended";
/// Parties that the job looks at in one call.
const AT_ONCE: i64 = 500;

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

    /// Ends, as [`end_of_party`](Self::end_of_party) does, what is about parties whose end was read before it was entered, of which nothing
    /// else would take it off the directory; as of today. While the reader of ends has not come as far as the copy of the register, all is
    /// left to it: it knows the day. At most 500 parties at once, so call it until none is left; repeatable. Answers for how many.
    pub async fn end_entries_of_the_ended(&self, act: &Act<'_>) -> Result<u64, Error> {
        let ended = self.live_of_the_ended(act).await?;
        for code in &ended {
            let uscc = Uscc::parse(code).map_err(|e| corrupt(code, e))?;
            let mut tx = self.db.begin_write().await?;
            // Since it was read the register may have put it right.
            if self.no_more_as(&mut tx, &uscc, act.today()).await?.is_some() {
                self.end_of_party(&mut tx, act, &uscc, act.today()).await?;
                tx.commit().await?;
            }
        }
        Ok(ended.len() as u64)
    }

    /// Codes of parties with entries that have not ended, though the register says that they are no more and the reader of ends has passed
    /// that.
    async fn live_of_the_ended(&self, act: &Act<'_>) -> Result<Vec<String>, Error> {
        const SELECT: &str = "
            SELECT DISTINCT e.uscc FROM abnormal_entry e JOIN party_name p ON p.uscc = e.uscc AND p.former = 0 WHERE true";
        let live = State::ALL.iter().filter(|state| !state.ended());
        let live: Vec<String> = live.map(|state| state.word().to_owned()).collect();
        let no_more = states_of_no_more(&self.book, act.today());
        let mut tx = self.db.begin_read().await?;
        let passed = feed::read_up_to(&mut tx, END_READER).await?;
        if passed < feed::read_up_to(&mut tx, REGISTER_READER).await? {
            return Ok(Vec::new());
        }
        Ok(on!(tx, |conn| {
            let mut sql = QueryBuilder::new(SELECT);
            push_among(&mut sql, "e.state", &live);
            push_among(&mut sql, "p.state", &no_more);
            sql.push(" ORDER BY e.uscc LIMIT CAST(").push_bind(AT_ONCE).push(" AS BIGINT)");
            sql.build_query_scalar().fetch_all(conn).await
        })?)
    }
}

async fn entries_of(tx: &mut Tx, uscc: &Uscc) -> Result<Vec<Entry>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE uscc = ").push_bind(uscc.as_str()).push(" ORDER BY id");
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(Row::entry).collect()
}
