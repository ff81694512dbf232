//! What follows for entries, and for what waits for an answer, when their party is no more, and when it is registered again.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use db::{Tx, on};
use domain::Uscc;
use service::machine::Actor;
use service::obligation::{self, NewDuty};
use sqlx::QueryBuilder;

use super::matter;
use super::report::expect_none;
use super::row::{COLUMNS, Row, lock_live};
use super::step::{DEREGISTERED, REMOVAL_GROUND};
use crate::domain::abnormal::Entry;
use crate::domain::list::Advance;
use crate::error::Error;
use crate::machines::abnormal::{ABNORMAL, CONSIDER_RETURN, Event, State, authority};
use crate::store::party_name::{REGISTER_READER, states_of_no_more};
use crate::store::sql::push_among;
use crate::store::{Act, Store, corrupt};

/// Name of the reader that ends what is about a party once the register tells that it is no more.
pub(crate) const END_READER: &str = "party-ended";
/// Why what is about a party ends.
const NO_MORE: &str = "当事人已注销登记或者被撤销登记";
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
                // Where it had returned before: nobody is there whose entry would be made again.
                let (subject, by) = (entry.name.to_string(), act.actor.person);
                obligation::fulfil(tx, &subject, CONSIDER_RETURN, by, act.today()).await?;
                continue;
            }
            let day = on.min(act.today());
            let effective_on = Some(entry.acted_on.map_or(day, |acted| acted.max(day)));
            let reason = NO_MORE.to_owned();
            let ended = Advance { effective_on, reason, ..Advance::bare(Event::Deregister) };
            self.step_entry(tx, act, &entry.name, &ended).await?;
        }
        Ok(())
    }

    /// Has whoever listed a party that is registered again consider its entries which were removed with its end, in a transaction of the
    /// caller: each is a duty, until that is answered or the party ends again. Nothing is listed by itself, and what was only suspected is
    /// suspected anew by whoever finds it. What was answered is not asked again. The annual reports that fall due from now on are missed if
    /// they do not come, though its end had passed over them.
    pub async fn party_returned(&self, tx: &mut Tx, act: &Act<'_>, uscc: &Uscc) -> Result<(), Error> {
        lock_removed(tx, uscc).await?;
        for entry in entries_of(tx, uscc).await? {
            if !self.ended_with_party(&entry) {
                continue;
            }
            let subject = entry.name.to_string();
            let duty = NewDuty {
                matter: matter(&subject, &entry, None),
                kind: CONSIDER_RETURN,
                office: authority(&entry.decided_by, act.actor.office),
                parameter: CONSIDER_RETURN,
                start_on: act.today(),
            };
            obligation::open(tx, &duty, &self.book).await?;
        }
        // Entries are locked before reports, by everybody.
        self.expect_again(tx, uscc, act.today()).await
    }

    /// Whether an entry was removed with the end of its party, and nobody has done anything about it since, be it on the same day.
    fn ended_with_party(&self, entry: &Entry) -> bool {
        let considered = ABNORMAL.events_from(entry.state).any(Event::considers_return);
        let Some(removed_on) = entry.removed_on.filter(|_| considered) else { return false };
        let ground = self.book.code(REMOVAL_GROUND, &entry.removal_ground, removed_on);
        entry.last_actor == Actor::system().person && ground.is_some_and(|code| code.has_tag(DEREGISTERED))
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

/// Locks the removed entries about a party until the transaction ends: a step that ends a duty about one finds it open, or comes first.
async fn lock_removed(tx: &mut Tx, uscc: &Uscc) -> Result<(), Error> {
    const SQL: &str = "UPDATE abnormal_entry SET revision = revision WHERE uscc = $1 AND state = 'Removed'";
    on!(tx, |conn| sqlx::query(SQL).bind(uscc.as_str()).execute(conn).await.map(drop))?;
    Ok(())
}

async fn entries_of(tx: &mut Tx, uscc: &Uscc) -> Result<Vec<Entry>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE uscc = ").push_bind(uscc.as_str()).push(" ORDER BY id");
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(Row::entry).collect()
}
