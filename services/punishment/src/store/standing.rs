//! What stands against whom: written with the decisions, read by the copies in memory. An entry that is listed again after it was
//! removed has a period of its own: the one before stays in `standing_past`, for questions about its days.

use std::collections::HashMap;

use chrono::NaiveDate;
use db::{Tx, on, rows_of};
use domain::Uscc;
use sqlx::QueryBuilder;

use super::sql::push_among;
use super::{Store, corrupt, stored_date};
use crate::domain::list::{EntryName, Lifted, List, Standing};
use crate::domain::suspension::Suspension;
use crate::error::Error;

/// The bell that rings with every change, for the copies in memory of all replicas.
pub const STANDINGS: &str = "punishment.standings";

/// What changed since a position.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Position of the feed before the changes were read: at least this much is known.
    pub known_seq: i64,
    /// Position up to which the changes are read.
    pub change_no: i64,
    /// The changes, in order.
    pub changes: Vec<StandingChange>,
    /// Whether there were no more.
    pub is_all: bool,
}

/// One changed entry.
#[derive(Clone, Debug)]
pub struct StandingChange {
    /// The entry as it stands now.
    pub standing: Standing,
    /// Whether it counts as never made.
    pub void: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    list: String,
    uscc: String,
    ground: String,
    listed_on: String,
    term_ends_on: Option<String>,
    removed_on: Option<String>,
    suspended_on: Option<String>,
    decision_no: String,
    suspensions: String,
    lifted: String,
    void: i64,
    change_no: i64,
}

impl Row {
    fn change(self) -> Result<StandingChange, Error> {
        let name = self.name;
        let list = List::of_word(&self.list).ok_or_else(|| corrupt(&name, "unknown list"))?;
        let uscc = Uscc::parse(&self.uscc).map_err(|e| corrupt(&name, e))?;
        Ok(StandingChange {
            standing: Standing {
                name: EntryName::parse(list, &name).map_err(|e| corrupt(&name, e))?,
                ground: self.ground,
                listed_on: domain::parse_date(&self.listed_on).map_err(|e| corrupt(&name, e))?,
                term_ends_on: stored_date(self.term_ends_on.as_deref())?,
                removed_on: stored_date(self.removed_on.as_deref())?,
                suspended_on: stored_date(self.suspended_on.as_deref())?,
                suspensions: suspensions(&name, &self.suspensions)?,
                lifted: lifted(&name, &self.lifted, &uscc)?,
                decision_no: self.decision_no,
                uscc,
            },
            void: self.void != 0,
        })
    }
}

/// Notes something of an entry, by a statement that takes its name, the note and the number of the change.
async fn note(tx: &mut Tx, sql: &'static str, name: &EntryName, noted: &str) -> Result<(), Error> {
    let change_no = next_change(tx).await?;
    let name = name.to_string();
    on!(tx, |conn| sqlx::query(sql).bind(&name).bind(noted).bind(change_no).execute(conn).await.map(drop))?;
    Ok(())
}

/// Suspensions that have ended, as stored: `first day/day after` of each, joined by `;`.
pub(super) fn suspensions(name: &str, stored: &str) -> Result<Vec<Suspension>, Error> {
    let one = |text: &str| {
        let (from, to) = text.split_once('/').ok_or_else(|| corrupt(name, "a suspension without an end"))?;
        let day = |text| domain::parse_date(text).map_err(|e| corrupt(name, e));
        Ok(Suspension { from: day(from)?, to: day(to)? })
    };
    stored.split(';').filter(|text| !text.is_empty()).map(one).collect()
}

/// The same, to be stored.
pub(super) fn suspensions_text(suspensions: &[Suspension]) -> String {
    let texts: Vec<_> = suspensions.iter().map(|Suspension { from, to }| format!("{from}/{to}")).collect();
    texts.join(";")
}

/// Measures that were lifted for a party, as stored: `code day party` of each, joined by `;`. A record may turn out to be about another
/// party, against whom nothing was lifted; what an entry had before parties were noted tells none, and its party is the same for ever.
fn lifted(name: &str, stored: &str, uscc: &Uscc) -> Result<Vec<Lifted>, Error> {
    let mut found = Vec::new();
    for text in stored.split(';').filter(|text| !text.is_empty()) {
        let mut parts = text.split(' ');
        let (Some(code), Some(since)) = (parts.next(), parts.next()) else {
            return Err(corrupt(name, "a lifted measure without a day"));
        };
        let since = domain::parse_date(since).map_err(|e| corrupt(name, e))?;
        if parts.next().is_none_or(|party| party == uscc.as_str()) {
            found.push(Lifted { code: code.to_owned(), since });
        }
    }
    Ok(found)
}

/// The number of the next change; the one before it is free, for a period that is over. The root row is locked from here to the end of
/// the transaction.
async fn next_change(tx: &mut Tx) -> Result<i64, Error> {
    const SQL: &str =
        "UPDATE standing_version SET change_no = change_no + 2 WHERE id = 1 RETURNING change_no";
    let change_no: i64 = on!(tx, |conn| sqlx::query_scalar(SQL).fetch_one(conn).await)?;
    tx.ring(STANDINGS);
    Ok(change_no)
}

/// How what triggers measures by `lists` stands for a party, in the order of the names; nothing that is void.
pub(super) async fn standings_by(tx: &mut Tx, uscc: &Uscc, lists: &[List]) -> Result<Vec<Standing>, Error> {
    const SQL: &str = "
        SELECT name, list, uscc, ground, listed_on, term_ends_on, removed_on, suspended_on, decision_no, suspensions, lifted, void,
            change_no
        FROM standing
        WHERE void = 0";
    let lists: Vec<_> = lists.iter().map(|list| list.word().to_owned()).collect();
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(SQL);
        sql.push(" AND uscc = ").push_bind(uscc.as_str());
        push_among(&mut sql, "list", &lists);
        sql.push(" ORDER BY name");
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(|row| row.change().map(|change| change.standing)).collect()
}

/// How an entry, or what a record triggers, stands or stood last, by its name; void or not.
pub(super) async fn standing_named(tx: &mut Tx, name: &str) -> Result<Option<StandingChange>, Error> {
    const SQL: &str = "
        SELECT name, list, uscc, ground, listed_on, term_ends_on, removed_on, suspended_on, decision_no, suspensions, lifted, void,
            change_no
        FROM standing
        WHERE name = $1";
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(name).fetch_optional(conn).await)?;
    row.map(Row::change).transpose()
}

/// First day of all periods in which an entry stands or stood; `None` for one that never stood.
pub(super) async fn first_listed_on(tx: &mut Tx, name: &EntryName) -> Result<Option<NaiveDate>, Error> {
    const SQL: &str = "
        SELECT MIN(listed_on)
        FROM (SELECT listed_on FROM standing WHERE name = $1
            UNION ALL
            SELECT listed_on FROM standing_past WHERE name = $1) AS periods";
    let name = name.to_string();
    let day: Option<String> = on!(tx, |conn| sqlx::query_scalar(SQL).bind(&name).fetch_one(conn).await)?;
    stored_date(day.as_deref())
}

/// Rows read at once: a copy of a large list is filled in several steps.
const CHANGES_AT_ONCE: i64 = 20_000;

impl Store {
    /// Writes how an entry stands. A period is known by its first day: with another one, the period that is over is kept; a record with
    /// another day was corrected. The root row is counted up first: it is locked until the transaction ends, so changes are committed in
    /// the order of their numbers and no reader skips one.
    pub async fn write_standing(&self, tx: &mut Tx, standing: &Standing, void: bool) -> Result<(), Error> {
        const KEEP: &str = "
            INSERT INTO standing_past (name, list, uscc, ground, listed_on, term_ends_on, removed_on, suspended_on, decision_no,
                suspensions, lifted, change_no)
            SELECT name, list, uscc, ground, listed_on, term_ends_on, removed_on, suspended_on, decision_no, suspensions, lifted, $3
            FROM standing
            WHERE name = $1 AND listed_on <> $2 AND removed_on IS NOT NULL AND void = 0
                AND list IN ('ABNORMAL', 'ABNORMAL_MARK', 'SERIOUS')
            ON CONFLICT (name, listed_on) DO UPDATE
            SET term_ends_on = excluded.term_ends_on, removed_on = excluded.removed_on, suspended_on = excluded.suspended_on,
                suspensions = excluded.suspensions, lifted = excluded.lifted, change_no = excluded.change_no";
        const SQL: &str = "
            INSERT INTO standing (name, list, uscc, ground, listed_on, term_ends_on, removed_on, suspended_on, decision_no, void,
                change_no)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT (name) DO UPDATE
            SET list = excluded.list, uscc = excluded.uscc, ground = excluded.ground, listed_on = excluded.listed_on,
                term_ends_on = excluded.term_ends_on, removed_on = excluded.removed_on,
                suspended_on = excluded.suspended_on, decision_no = excluded.decision_no, void = excluded.void,
                change_no = excluded.change_no";
        let change_no = next_change(tx).await?;
        let text = |date: Option<NaiveDate>| date.map(|date| date.to_string());
        let (name, listed_on) = (standing.name.to_string(), standing.listed_on.to_string());
        on!(tx, |conn| sqlx::query(KEEP)
            .bind(&name)
            .bind(&listed_on)
            .bind(change_no - 1)
            .execute(conn)
            .await
            .map(drop))?;
        on!(tx, |conn| sqlx::query(SQL)
            .bind(&name)
            .bind(standing.name.list().word())
            .bind(standing.uscc.as_str())
            .bind(&standing.ground)
            .bind(&listed_on)
            .bind(text(standing.term_ends_on))
            .bind(text(standing.removed_on))
            .bind(text(standing.suspended_on))
            .bind(&standing.decision_no)
            .bind(i64::from(void))
            .bind(change_no)
            .execute(conn)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Writes that an entry is suspended since another day than `before`, or no longer, by an act of `on`. On the days of a suspension
    /// that is over, the entry goes on not to count.
    pub(super) async fn write_suspension(
        &self,
        tx: &mut Tx,
        standing: &Standing,
        void: bool,
        (before, on): (Option<NaiveDate>, NaiveDate),
    ) -> Result<(), Error> {
        const SQL: &str = "
            UPDATE standing
            SET suspensions = CASE suspensions WHEN '' THEN $2 ELSE suspensions || ';' || $2 END, change_no = $3
            WHERE name = $1";
        self.write_standing(tx, standing, void).await?;
        match Suspension::over(before, standing.suspended_on, on) {
            Some(Suspension { from, to }) => note(tx, SQL, &standing.name, &format!("{from}/{to}")).await,
            None => Ok(()),
        }
    }

    /// Writes all suspensions of what a record triggers that have ended.
    pub(super) async fn write_suspensions(
        &self,
        tx: &mut Tx,
        name: &EntryName,
        suspensions: &[Suspension],
    ) -> Result<(), Error> {
        const SQL: &str = "UPDATE standing SET suspensions = $2, change_no = $3 WHERE name = $1";
        note(tx, SQL, name, &suspensions_text(suspensions)).await
    }

    /// Notes that a measure against a party does not follow from an entry, from a day on; the first such day stays. It does not come back
    /// while the entry is there, however often that is suspended or restored.
    pub(super) async fn lift_measure(
        &self,
        tx: &mut Tx,
        (name, uscc): (&EntryName, &Uscc),
        code: &str,
        since: NaiveDate,
    ) -> Result<(), Error> {
        const SQL: &str = "
            UPDATE standing
            SET lifted = CASE lifted WHEN '' THEN $2 ELSE lifted || ';' || $2 END, change_no = $3
            WHERE name = $1";
        note(tx, SQL, name, &format!("{code} {since} {uscc}")).await
    }

    /// Measures against a party that were lifted of an entry, whenever.
    pub(super) async fn lifted_of(
        &self,
        tx: &mut Tx,
        name: &EntryName,
        uscc: &Uscc,
    ) -> Result<Vec<Lifted>, Error> {
        const SQL: &str = "SELECT lifted FROM standing WHERE name = $1";
        let name = name.to_string();
        let stored: Option<String> =
            on!(tx, |conn| sqlx::query_scalar(SQL).bind(&name).fetch_optional(conn).await)?;
        lifted(&name, &stored.unwrap_or_default(), uscc)
    }

    /// What changed after `change_no`, at most 20,000 periods; call again until it is all. While nothing has changed, which is what a
    /// copy finds at nearly every look, only the root row is read.
    pub async fn standing_changes(&self, change_no: i64) -> Result<Changes, Error> {
        const LAST: &str = "SELECT change_no FROM standing_version WHERE id = 1";
        // The head first: an event sealed after it may be in the rows, one sealed before it cannot be missing.
        let known_seq = outbox::head(&self.db).await?.seq;
        let last: i64 = on!(&self.db, |pool| sqlx::query_scalar(LAST).fetch_one(pool).await)?;
        if last <= change_no {
            return Ok(Changes { known_seq, change_no, changes: Vec::new(), is_all: true });
        }
        let rows = self.changed_after(change_no).await?;
        let is_all = (rows.len() as i64) < CHANGES_AT_ONCE;
        let read_to = rows.last().map_or(change_no, |row| row.change_no);
        Ok(Changes {
            known_seq,
            // What was counted and wrote no row is not looked for again.
            change_no: if is_all { read_to.max(last) } else { read_to },
            changes: rows.into_iter().map(Row::change).collect::<Result<_, _>>()?,
            is_all,
        })
    }

    async fn changed_after(&self, change_no: i64) -> Result<Vec<Row>, Error> {
        // The upper bound binds nothing. PostgreSQL, while it has no figures of a table (as after a bulk load), takes an open end for a
        // third of it and reads all of it; a range it takes for a small part, and goes by the index.
        const SQL: &str = "
            SELECT name, list, uscc, ground, listed_on, term_ends_on, removed_on, suspended_on, decision_no, suspensions, lifted,
                void, change_no
            FROM standing
            WHERE change_no > $1 AND change_no <= $2
            UNION ALL
            SELECT name, list, uscc, ground, listed_on, term_ends_on, removed_on, suspended_on, decision_no, suspensions, lifted, 0,
                change_no
            FROM standing_past
            WHERE change_no > $1 AND change_no <= $2
            ORDER BY change_no
            LIMIT CAST($3 AS BIGINT)";
        Ok(on!(&self.db, |pool| sqlx::query_as(SQL)
            .bind(change_no)
            .bind(i64::MAX)
            .bind(CHANGES_AT_ONCE)
            .fetch_all(pool)
            .await)?)
    }

    /// How each entry of one party stands or stood last, from the database itself.
    pub async fn standing_of(&self, uscc: &Uscc) -> Result<Vec<Standing>, Error> {
        const SQL: &str = "
            SELECT name, list, uscc, ground, listed_on, term_ends_on, removed_on, suspended_on, decision_no, suspensions, lifted,
                void, change_no
            FROM standing
            WHERE uscc = $1 AND void = 0
            ORDER BY name";
        let rows: Vec<Row> =
            on!(&self.db, |pool| sqlx::query_as(SQL).bind(uscc.as_str()).fetch_all(pool).await)?;
        rows.into_iter().map(|row| row.change().map(|change| change.standing)).collect()
    }

    /// Every period in which an entry of one of these parties stands or stood, from the database itself and from one state of it.
    pub async fn standings_of(&self, usccs: &[Uscc]) -> Result<HashMap<Uscc, Vec<Standing>>, Error> {
        const PRESENT: &str = "
            SELECT name, list, uscc, ground, listed_on, term_ends_on, removed_on, suspended_on, decision_no, suspensions, lifted,
                void, change_no
            FROM standing
            WHERE void = 0 AND uscc IN";
        // Of an entry that counts as never made, no period counts.
        const PAST: &str = "
            SELECT p.name, p.list, p.uscc, p.ground, p.listed_on, p.term_ends_on, p.removed_on, p.suspended_on, p.decision_no,
                p.suspensions, p.lifted, s.void, p.change_no
            FROM standing_past p
            JOIN standing s ON s.name = p.name
            WHERE s.void = 0 AND p.uscc IN";
        let keys: Vec<&str> = usccs.iter().map(Uscc::as_str).collect();
        let mut tx = self.db.begin_read().await?;
        let mut rows: Vec<Row> = rows_of(&mut tx, PRESENT, &keys).await?;
        rows.extend(rows_of::<Row>(&mut tx, PAST, &keys).await?);
        rows.sort_by_key(|row| row.change_no);
        let mut parties: HashMap<Uscc, Vec<Standing>> = HashMap::new();
        for row in rows {
            let standing = row.change()?.standing;
            parties.entry(standing.uscc.clone()).or_default().push(standing);
        }
        Ok(parties)
    }
}
