//! Cases for the list of serious violators.

use chrono::NaiveDate;
use contract::punishment::v1::{SeriousCase, SeriousEvent};
use db::{Fingerprint, PageToken, Tx, on};
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, MicrosUtc, Uscc};
use prost::Message;
use service::auth::Scope;
use service::idempotency::{self, Claim};
use service::obligation::{self, Matter};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::abnormal::day_of_act;
use super::sql::{push_among, push_equal};
use super::{Act, Store, corrupt, stored_date};
use crate::api::convert;
use crate::domain::heavier;
use crate::domain::list::{Advance, EntryName, List, Standing};
use crate::domain::serious::{Case, NewCase};
use crate::error::Error;
use crate::machines::ListEvent;
use crate::machines::serious::{Event, SERIOUS, State};

const KIND: &str = "punishment.serious.changed";
const COLUMNS: &str = "
    SELECT id, uscc, party_name, field, division, ground, penalty_document_no, penalty_kinds, discretion_grade, state,
        last_actor, listed_on, term_ends_on, decision_no, ended_on, due_on, acted_on, revision, updated_at_us
    FROM serious_case";

/// Which cases to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this party.
    pub uscc: Option<Uscc>,
    /// Only in this state.
    pub state: Option<State>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    uscc: String,
    party_name: String,
    field: String,
    division: String,
    ground: String,
    penalty_document_no: String,
    penalty_kinds: String,
    discretion_grade: String,
    state: String,
    last_actor: String,
    listed_on: Option<String>,
    term_ends_on: Option<String>,
    decision_no: Option<String>,
    ended_on: Option<String>,
    due_on: Option<String>,
    acted_on: Option<String>,
    revision: i64,
    updated_at_us: i64,
}

impl Row {
    fn case(self) -> Result<Case, Error> {
        let id = &self.id;
        Ok(Case {
            name: EntryName::parse(List::Serious, &format!("seriousCases/{id}"))
                .map_err(|e| corrupt(id, e))?,
            content: NewCase {
                uscc: Uscc::parse(&self.uscc).map_err(|e| corrupt(id, e))?,
                party_name: LegalName::parse(&self.party_name).map_err(|e| corrupt(id, e))?,
                field: FieldCode::parse(&self.field).map_err(|e| corrupt(id, e))?,
                division: DivisionCode::parse(&self.division).map_err(|e| corrupt(id, e))?,
                ground: self.ground,
                penalty_document_no: DocumentNumber::parse(&self.penalty_document_no)
                    .map_err(|e| corrupt(id, e))?,
                penalty_kinds: self.penalty_kinds.split(';').map(str::to_owned).collect(),
                discretion_grade: self.discretion_grade,
            },
            state: self.state.parse().map_err(|e: String| corrupt(id, e))?,
            last_actor: self.last_actor,
            listed_on: stored_date(self.listed_on.as_deref())?,
            term_ends_on: stored_date(self.term_ends_on.as_deref())?,
            decision_no: self
                .decision_no
                .map(|text| DocumentNumber::parse(&text).map_err(|e| corrupt(id, e)))
                .transpose()?,
            ended_on: stored_date(self.ended_on.as_deref())?,
            due_on: stored_date(self.due_on.as_deref())?,
            acted_on: stored_date(self.acted_on.as_deref())?,
            revision: self.revision,
            updated_at: MicrosUtc(self.updated_at_us),
        })
    }
}

impl Store {
    /// Opens a case.
    ///
    /// # Errors
    /// [`Error::NotListable`] when ground or penalty cannot lead to the list; [`Error::CaseExists`] for a second case.
    pub async fn open_case(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        new: NewCase,
    ) -> Result<SeriousCase, Error> {
        const SQL: &str = "
            INSERT INTO serious_case (id, uscc, party_name, field, division, ground, penalty_document_no, penalty_kinds,
                discretion_grade, state, last_actor, revision, updated_at_us)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12)
            ON CONFLICT DO NOTHING";
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        heavier::test(&self.book, &new.ground, &new.penalty_kinds, &new.discretion_grade, act.today())?;
        let step = SERIOUS.step(None, Event::Trigger, &act.actor)?;
        let name = EntryName::new(List::Serious, Uuid::now_v7());
        let inserted = on!(tx, |conn| sqlx::query(SQL)
            .bind(name.id())
            .bind(new.uscc.as_str())
            .bind(new.party_name.as_str())
            .bind(new.field.as_str())
            .bind(new.division.as_str())
            .bind(&new.ground)
            .bind(new.penalty_document_no.as_str())
            .bind(new.penalty_kinds.join(";"))
            .bind(&new.discretion_grade)
            .bind(step.to.word())
            .bind(act.actor.person)
            .bind(act.now.micros())
            .execute(conn)
            .await
            .map(|done| done.rows_affected()))?;
        if inserted == 0 {
            return Err(Error::CaseExists { uscc: new.uscc, penalty: new.penalty_document_no });
        }
        let case = Case {
            name,
            content: new,
            state: step.to,
            last_actor: act.actor.person.to_owned(),
            listed_on: None,
            term_ends_on: None,
            decision_no: None,
            ended_on: None,
            due_on: None,
            acted_on: None,
            revision: 1,
            updated_at: act.now,
        };
        self.tell_case(&mut tx, act, &case, None, "", act.today()).await?;
        let answer = convert::serious_case(&case);
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Moves a case by one event of its machine.
    pub async fn advance_case(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &EntryName,
        advance: &Advance<Event>,
    ) -> Result<SeriousCase, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        let case = self.take_step(&mut tx, act, &before, advance).await?;
        let answer = convert::serious_case(&case);
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Takes off the list cases whose term ended before the day of the act: the one step that the system takes alone. At most 500 at
    /// once, so call it until none is left; repeatable, and it catches up missed days. Answers how many it looked at.
    pub async fn expire_cases(&self, act: &Act<'_>) -> Result<u64, Error> {
        const SQL: &str = "
            SELECT id FROM serious_case WHERE state = $1 AND term_ends_on < $2 ORDER BY id LIMIT 500";
        let today = act.today().to_string();
        let ids: Vec<String> = on!(&self.db, |pool| sqlx::query_scalar(SQL)
            .bind(State::Published.word())
            .bind(&today)
            .fetch_all(pool)
            .await)?;
        for id in &ids {
            let name =
                EntryName::parse(List::Serious, &format!("seriousCases/{id}")).map_err(|e| corrupt(id, e))?;
            let mut tx = self.db.begin_write().await?;
            let before = find(&mut tx, &name).await?;
            let expire = Advance {
                event: Event::Expire,
                document_no: None,
                effective_on: None,
                reason: String::new(),
                legal_basis: String::new(),
            };
            // Somebody may have revoked the case since it was read; then there is nothing to expire.
            if before.state.stands() {
                self.take_step(&mut tx, act, &before, &expire).await?;
                tx.commit().await?;
            }
        }
        Ok(ids.len() as u64)
    }

    async fn take_step(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        before: &Case,
        advance: &Advance<Event>,
    ) -> Result<Case, Error> {
        let actor = act.actor.on_proposal_of(&before.last_actor);
        let step = SERIOUS.step(before.state, advance.event, &actor)?;
        let on = day_of_act(advance.effective_on, act.today(), before.acted_on.or(before.listed_on))?;
        if before.state.waits_for_defence() && advance.event.ends_defence() {
            let until = before.due_on.ok_or(Error::DefencePeriodUnknown)?;
            if on <= until {
                return Err(Error::DefencePeriodRunning { until });
            }
        }
        let mut after = Case {
            state: step.to,
            last_actor: act.actor.person.to_owned(),
            due_on: self.due(step.due, on)?,
            acted_on: Some(on),
            revision: before.revision + 1,
            updated_at: act.now,
            ..before.clone()
        };
        self.book_decision(&mut after, before, advance, on)?;
        update(tx, &after, before.revision).await?;
        if before.state.stands() != after.state.stands() {
            self.write_standing(tx, &standing(&after)?, after.state.void()).await?;
        }
        let subject = after.name.to_string();
        let content = &after.content;
        let matter = Matter {
            subject: &subject,
            field: Some(&content.field),
            division: Some(&content.division),
            owner: None,
        };
        obligation::follow(tx, &step, &matter, act.actor.person, on, &self.book).await?;
        self.tell_case(tx, act, &after, Some(before.state), &advance.reason, on).await?;
        Ok(after)
    }

    /// Notes what a decision fixes: the day of listing and, by the rule of that day, the term.
    fn book_decision(
        &self,
        after: &mut Case,
        before: &Case,
        advance: &Advance<Event>,
        on: NaiveDate,
    ) -> Result<(), Error> {
        if advance.event.needs_document() {
            after.listed_on = Some(on);
            after.decision_no.clone_from(&advance.document_no);
            let term = self.book.deadline(on, "serious.term").map_err(service::Error::from)?;
            after.term_ends_on = term.due.date();
        }
        if before.state.stands() && !after.state.stands() {
            after.ended_on = Some(on);
        }
        Ok(())
    }

    /// One case.
    pub async fn case(&self, name: &EntryName) -> Result<Case, Error> {
        let mut tx = self.db.begin_read().await?;
        find(&mut tx, name).await
    }

    /// A page of cases in the order of their names, and the token of the next.
    pub async fn cases(
        &self,
        filter: &Filter,
        scope: &Scope,
        size: i64,
        token: &str,
    ) -> Result<(Vec<Case>, String), Error> {
        let uscc = filter.uscc.as_ref().map_or("", Uscc::as_str);
        let state = filter.state.map_or("", State::word);
        let fingerprint = Fingerprint::of(&["seriousCases", uscc, state]);
        let after = PageToken::decode(token, fingerprint)?.unwrap_or_default();
        let divisions = scope.division_codes();
        let fields = scope.field_codes();
        let mut rows: Vec<Row> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(COLUMNS);
            sql.push(" WHERE id > ").push_bind(after.as_str());
            push_equal(&mut sql, "uscc", uscc);
            push_equal(&mut sql, "state", state);
            push_among(&mut sql, "division", &divisions);
            if let Some(fields) = &fields {
                push_among(&mut sql, "field", fields);
            }
            sql.push(" ORDER BY id LIMIT ").push_bind(size + 1);
            sql.build_query_as().fetch_all(pool).await
        })?;
        let next = PageToken::next(&mut rows, size, fingerprint, |row| row.id.clone());
        Ok((rows.into_iter().map(Row::case).collect::<Result<_, _>>()?, next))
    }

    async fn tell_case(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        case: &Case,
        before: Option<State>,
        reason: &str,
        on: NaiveDate,
    ) -> Result<(), Error> {
        let payload = SeriousEvent {
            serious_case: Some(convert::serious_case(case)),
            previous_state: before.map_or_else(String::new, |state| state.word().to_owned()),
            reason: reason.to_owned(),
        };
        self.tell(tx, act, KIND, case.content.uscc.as_str(), on, &payload).await
    }
}

fn standing(case: &Case) -> Result<Standing, Error> {
    Ok(Standing {
        name: case.name.clone(),
        uscc: case.content.uscc.clone(),
        ground: case.content.ground.clone(),
        listed_on: case.listed_on.ok_or_else(|| corrupt(case.name.id(), "it was listed without a day"))?,
        term_ends_on: case.term_ends_on,
        removed_on: case.ended_on,
        decision_no: case.decision_no.as_ref().map(ToString::to_string).unwrap_or_default(),
    })
}

async fn find(tx: &mut Tx, name: &EntryName) -> Result<Case, Error> {
    let row: Option<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE id = ").push_bind(name.id());
        sql.build_query_as().fetch_optional(conn).await
    })?;
    row.ok_or_else(|| Error::CaseNotFound(name.clone()))?.case()
}

async fn update(tx: &mut Tx, case: &Case, revision: i64) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE serious_case
        SET state = $3, last_actor = $4, listed_on = $5, term_ends_on = $6, decision_no = $7, ended_on = $8, due_on = $9,
            revision = $10, updated_at_us = $11, acted_on = $12
        WHERE id = $1 AND revision = $2";
    let text = |date: Option<NaiveDate>| date.map(|date| date.to_string());
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(case.name.id())
        .bind(revision)
        .bind(case.state.word())
        .bind(&case.last_actor)
        .bind(text(case.listed_on))
        .bind(text(case.term_ends_on))
        .bind(case.decision_no.as_ref().map(ToString::to_string))
        .bind(text(case.ended_on))
        .bind(text(case.due_on))
        .bind(case.revision)
        .bind(case.updated_at.micros())
        .bind(text(case.acted_on))
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 1 { Ok(()) } else { Err(Error::Common(service::Error::Contended)) }
}
