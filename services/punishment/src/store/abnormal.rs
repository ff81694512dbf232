//! Entries in the directory of abnormal operations.

use chrono::NaiveDate;
use contract::punishment::v1::{AbnormalEntry, AbnormalEvent};
use db::{Fingerprint, PageToken, Tx, on};
use domain::{DivisionCode, DocumentNumber, LegalName, MicrosUtc, Uscc};
use prost::Message;
use rulebook::Due;
use service::auth::Scope;
use service::idempotency::{self, Claim};
use service::obligation::{self, Matter};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::sql::{push_among, push_equal};
use super::{Act, Store, corrupt, stored_date};
use crate::api::convert;
use crate::domain::abnormal::{Entry, NewEntry};
use crate::domain::list::{Advance, EntryName, List, Standing};
use crate::error::Error;
use crate::machines::abnormal::{ABNORMAL, Event, State};

const KIND: &str = "punishment.abnormal.changed";
const COLUMNS: &str = "
    SELECT id, uscc, party_name, division, ground, facts, state, last_actor, listed_on, decision_no, removed_on, due_on,
        acted_on, revision, updated_at_us
    FROM abnormal_entry";

/// Which entries to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this enterprise.
    pub uscc: Option<Uscc>,
    /// Only in this state.
    pub state: Option<State>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    uscc: String,
    party_name: String,
    division: String,
    ground: String,
    facts: String,
    state: String,
    last_actor: String,
    listed_on: Option<String>,
    decision_no: Option<String>,
    removed_on: Option<String>,
    due_on: Option<String>,
    acted_on: Option<String>,
    revision: i64,
    updated_at_us: i64,
}

impl Row {
    fn entry(self) -> Result<Entry, Error> {
        let id = &self.id;
        Ok(Entry {
            name: EntryName::parse(List::Abnormal, &format!("abnormalEntries/{id}"))
                .map_err(|e| corrupt(id, e))?,
            content: NewEntry {
                uscc: Uscc::parse(&self.uscc).map_err(|e| corrupt(id, e))?,
                party_name: LegalName::parse(&self.party_name).map_err(|e| corrupt(id, e))?,
                division: DivisionCode::parse(&self.division).map_err(|e| corrupt(id, e))?,
                ground: self.ground,
                facts: self.facts,
            },
            state: self.state.parse().map_err(|e: String| corrupt(id, e))?,
            last_actor: self.last_actor,
            listed_on: stored_date(self.listed_on.as_deref())?,
            decision_no: self
                .decision_no
                .map(|text| DocumentNumber::parse(&text).map_err(|e| corrupt(id, e)))
                .transpose()?,
            removed_on: stored_date(self.removed_on.as_deref())?,
            due_on: stored_date(self.due_on.as_deref())?,
            acted_on: stored_date(self.acted_on.as_deref())?,
            revision: self.revision,
            updated_at: MicrosUtc(self.updated_at_us),
        })
    }
}

impl Store {
    /// Opens an entry as suspected.
    ///
    /// # Errors
    /// [`Error::EntryExists`] when a live entry on the same ground stands.
    pub async fn open_entry(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        new: NewEntry,
    ) -> Result<AbnormalEntry, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let entry = self.suspect(&mut tx, act, new, ("", act.today())).await?;
        let answer = convert::abnormal_entry(&entry);
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Opens an entry in a transaction of the caller; `source_event` names the foreign event behind it, if any, and the suspicion
    /// takes effect on `found_on`.
    pub(crate) async fn suspect(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        new: NewEntry,
        (source_event, found_on): (&str, NaiveDate),
    ) -> Result<Entry, Error> {
        const SQL: &str = "
            INSERT INTO abnormal_entry (id, uscc, party_name, division, ground, facts, state, last_actor, source_event,
                revision, updated_at_us)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)
            ON CONFLICT DO NOTHING";
        let step = ABNORMAL.step(None, Event::Suspect, &act.actor)?;
        let name = EntryName::new(List::Abnormal, Uuid::now_v7());
        let inserted = on!(tx, |conn| sqlx::query(SQL)
            .bind(name.id())
            .bind(new.uscc.as_str())
            .bind(new.party_name.as_str())
            .bind(new.division.as_str())
            .bind(&new.ground)
            .bind(&new.facts)
            .bind(step.to.word())
            .bind(act.actor.person)
            .bind(source_event)
            .bind(act.now.micros())
            .execute(conn)
            .await
            .map(|done| done.rows_affected()))?;
        if inserted == 0 {
            return Err(Error::EntryExists { uscc: new.uscc, ground: new.ground });
        }
        let entry = Entry {
            name,
            content: new,
            state: step.to,
            last_actor: act.actor.person.to_owned(),
            listed_on: None,
            decision_no: None,
            removed_on: None,
            due_on: None,
            acted_on: None,
            revision: 1,
            updated_at: act.now,
        };
        self.tell_entry(tx, act, &entry, None, "", found_on).await?;
        Ok(entry)
    }

    /// Moves an entry by one event of its machine.
    pub async fn advance_entry(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &EntryName,
        advance: &Advance<Event>,
    ) -> Result<AbnormalEntry, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        let actor = act.actor.on_proposal_of(&before.last_actor);
        let step = ABNORMAL.step(before.state, advance.event, &actor)?;
        let on = day_of_act(advance.effective_on, act.today(), before.acted_on.or(before.listed_on))?;
        let mut after = Entry {
            state: step.to,
            last_actor: act.actor.person.to_owned(),
            due_on: self.due(step.due, on)?,
            acted_on: Some(on),
            revision: before.revision + 1,
            updated_at: act.now,
            ..before.clone()
        };
        book_decision(&mut after, before.state, advance, on);
        update(&mut tx, &after, before.revision).await?;
        if before.state.stands() != after.state.stands() {
            self.write_standing(&mut tx, &standing(&after)?, after.state.void()).await?;
        }
        let subject = after.name.to_string();
        let matter =
            Matter { subject: &subject, field: None, division: Some(&after.content.division), owner: None };
        obligation::follow(&mut tx, &step, &matter, act.actor.person, on, &self.book).await?;
        self.tell_entry(&mut tx, act, &after, Some(before.state), &advance.reason, on).await?;
        let answer = convert::abnormal_entry(&after);
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// One entry.
    pub async fn entry(&self, name: &EntryName) -> Result<Entry, Error> {
        let mut tx = self.db.begin_read().await?;
        find(&mut tx, name).await
    }

    /// A page of entries in the order of their names, and the token of the next.
    pub async fn entries(
        &self,
        filter: &Filter,
        scope: &Scope,
        size: i64,
        token: &str,
    ) -> Result<(Vec<Entry>, String), Error> {
        let uscc = filter.uscc.as_ref().map_or("", Uscc::as_str);
        let state = filter.state.map_or("", State::word);
        let fingerprint = Fingerprint::of(&["abnormalEntries", uscc, state]);
        let after = PageToken::decode(token, fingerprint)?.unwrap_or_default();
        let divisions = scope.division_codes();
        let mut rows: Vec<Row> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(COLUMNS);
            sql.push(" WHERE id > ").push_bind(after.as_str());
            push_equal(&mut sql, "uscc", uscc);
            push_equal(&mut sql, "state", state);
            push_among(&mut sql, "division", &divisions);
            sql.push(" ORDER BY id LIMIT ").push_bind(size + 1);
            sql.build_query_as().fetch_all(pool).await
        })?;
        let next = PageToken::next(&mut rows, size, fingerprint, |row| row.id.clone());
        Ok((rows.into_iter().map(Row::entry).collect::<Result<_, _>>()?, next))
    }

    async fn tell_entry(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        entry: &Entry,
        before: Option<State>,
        reason: &str,
        on: NaiveDate,
    ) -> Result<(), Error> {
        let payload = AbnormalEvent {
            entry: Some(convert::abnormal_entry(entry)),
            previous_state: before.map_or_else(String::new, |state| state.word().to_owned()),
            reason: reason.to_owned(),
        };
        self.tell(tx, act, KIND, entry.content.uscc.as_str(), on, &payload).await
    }

    /// Last day for what follows a step; `None` when nothing is due or the calendar is not loaded.
    pub(super) fn due(
        &self,
        parameter: Option<&'static str>,
        on: NaiveDate,
    ) -> Result<Option<NaiveDate>, Error> {
        let Some(parameter) = parameter else { return Ok(None) };
        let deadline = self.book.deadline(on, parameter).map_err(service::Error::from)?;
        Ok(Due::date(deadline.due))
    }
}

/// The date of an act: given or today, never in the future, never before the act that it follows: else a period that the law gives
/// the party could be written away.
pub(super) fn day_of_act(
    given: Option<NaiveDate>,
    today: NaiveDate,
    acted_on: Option<NaiveDate>,
) -> Result<NaiveDate, Error> {
    let on = given.unwrap_or(today);
    if on > today {
        return Err(Error::DateOutOfOrder { on, problem: "the day has not come" });
    }
    if acted_on.is_some_and(|last| on < last) {
        return Err(Error::DateOutOfOrder { on, problem: "it lies before the act that it follows" });
    }
    Ok(on)
}

/// Notes what a decision fixes: its day and document.
fn book_decision(after: &mut Entry, before: State, advance: &Advance<Event>, on: NaiveDate) {
    if after.state.stands() && !before.stands() {
        after.listed_on = Some(on);
        after.decision_no.clone_from(&advance.document_no);
    }
    if before.stands() && !after.state.stands() {
        after.removed_on = Some(on);
    }
}

fn standing(entry: &Entry) -> Result<Standing, Error> {
    Ok(Standing {
        name: entry.name.clone(),
        uscc: entry.content.uscc.clone(),
        ground: entry.content.ground.clone(),
        listed_on: entry.listed_on.ok_or_else(|| corrupt(entry.name.id(), "it was listed without a day"))?,
        term_ends_on: None,
        removed_on: entry.removed_on,
        decision_no: entry.decision_no.as_ref().map(ToString::to_string).unwrap_or_default(),
    })
}

async fn find(tx: &mut Tx, name: &EntryName) -> Result<Entry, Error> {
    let row: Option<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE id = ").push_bind(name.id());
        sql.build_query_as().fetch_optional(conn).await
    })?;
    row.ok_or_else(|| Error::EntryNotFound(name.clone()))?.entry()
}

async fn update(tx: &mut Tx, entry: &Entry, revision: i64) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE abnormal_entry
        SET state = $3, last_actor = $4, listed_on = $5, decision_no = $6, removed_on = $7, due_on = $8, revision = $9,
            updated_at_us = $10, acted_on = $11
        WHERE id = $1 AND revision = $2";
    let text = |date: Option<NaiveDate>| date.map(|date| date.to_string());
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(entry.name.id())
        .bind(revision)
        .bind(entry.state.word())
        .bind(&entry.last_actor)
        .bind(text(entry.listed_on))
        .bind(entry.decision_no.as_ref().map(ToString::to_string))
        .bind(text(entry.removed_on))
        .bind(text(entry.due_on))
        .bind(entry.revision)
        .bind(entry.updated_at.micros())
        .bind(text(entry.acted_on))
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 1 { Ok(()) } else { Err(Error::Common(service::Error::Contended)) }
}
