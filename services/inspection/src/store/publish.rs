//! Publication of approved results: all of a task, in one transaction.

use std::collections::BTreeMap;

use contract::inspection::v1 as pb;
use db::{Tx, on};
use outbox::NewEvent;
use prost::Message;
use service::Error as Common;
use service::idempotency::Claim;
use service::obligation;
use sqlx::QueryBuilder;

use super::result::subject_of;
use super::sql::push_list;
use super::visit_row::{COLUMNS, VisitRow};
use super::{Act, Store};
use crate::convert::visit::visit_to_pb;
use crate::domain::{Finding, TaskName, Visit};
use crate::error::Error;
use crate::machines::result::{Event, RESULT, State};

/// Kind of the event of a published result.
const PUBLISHED: &str = "inspection.result.published";
/// Most results of one request: bounds its transaction. What is left waits for the next request.
const MOST_RESULTS: i64 = 2_000;
/// Visits that one statement writes.
const VISITS_PER_STATEMENT: usize = 1_000;

impl Store {
    /// Publishes approved results of a task, at most 2,000 at once, and fulfils the duty to do so.
    ///
    /// # Errors
    /// What every change can meet; an office that may not publish is refused by the machine.
    pub async fn publish_results(
        &self,
        act: &Act<'_>,
        body: &pb::PublishResultsRequest,
        task: &TaskName,
    ) -> Result<pb::PublishResultsResponse, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut visits = approved(&mut tx, task).await?;
        let mut done: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for visit in &mut visits {
            let provisional =
                visit.finding.as_ref().is_some_and(|finding: &Finding| finding.is_provisional(&self.book));
            let step = RESULT.step(visit.state, Event::publication(provisional), &act.caller.actor())?;
            for kind in step.fulfils {
                done.entry(*kind).or_default().push(visit.name.to_string());
            }
            visit.state = step.to;
            visit.published_at = Some(act.now);
            visit.revision += 1;
        }
        for (kind, subjects) in &done {
            let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
            obligation::fulfil_all(&mut tx, &subjects, kind, act.caller.subject(), act.today).await?;
        }
        for state in [State::Published, State::FollowUp] {
            let entering: Vec<_> = visits.iter().filter(|visit| visit.state == state).collect();
            for visits in entering.chunks(VISITS_PER_STATEMENT) {
                write(&mut tx, act, task, state, visits).await?;
            }
        }
        let events: Vec<_> = visits.iter().map(|visit| event(act, visit)).collect();
        self.outbox.append_all(&mut tx, &events).await?;
        let published = i64::try_from(visits.len()).unwrap_or(MOST_RESULTS);
        Ok(act.answer(tx, pb::PublishResultsResponse { published }).await?)
    }
}

/// The visits whose results wait for publication, in the order of their positions.
async fn approved(tx: &mut Tx, task: &TaskName) -> Result<Vec<Visit>, Common> {
    let rows: Vec<VisitRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE task = ").push_bind(task.to_string());
        sql.push(" AND state = 'Approved' ORDER BY position LIMIT CAST(")
            .push_bind(MOST_RESULTS)
            .push(" AS BIGINT)");
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(Visit::try_from).collect()
}

/// Moves visits to one state. Losing against a transaction that changed one of them is [`Common::Contended`].
async fn write(
    tx: &mut Tx,
    act: &Act<'_>,
    task: &TaskName,
    state: State,
    visits: &[&Visit],
) -> Result<(), Common> {
    let codes: Vec<String> = visits.iter().map(|visit| visit.name.uscc.to_string()).collect();
    let written = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("UPDATE visit SET state = ");
        sql.push_bind(state.word()).push(", published_at_us = ").push_bind(act.now.micros());
        sql.push(", revision = revision + 1 WHERE task = ").push_bind(task.to_string());
        sql.push(" AND state = 'Approved' AND uscc IN");
        push_list(&mut sql, &codes);
        sql.build().execute(conn).await?.rows_affected()
    });
    if written == visits.len() as u64 { Ok(()) } else { Err(Common::Contended) }
}

fn event<'a>(act: &'a Act<'_>, visit: &Visit) -> NewEvent<'a> {
    NewEvent {
        kind: PUBLISHED,
        subject: subject_of(visit),
        effective_on: act.today,
        context: &act.context,
        payload: pb::VisitEvent { visit: Some(visit_to_pb(visit)) }.encode_to_vec(),
    }
}
