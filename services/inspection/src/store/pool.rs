//! Who may stand in the pool of a draw: enterprises with a mark of the field in force that can be inspected, and to which the law and
//! the annual cap leave room for a visit.

use std::collections::{BTreeMap, HashSet};

use chrono::{Datelike, NaiveDate};
use db::{Tx, on};
use domain::{DivisionCode, FieldCode, Uscc};
use service::Error as Common;
use sqlx::QueryBuilder;

use super::sql::push_list;
use super::{Store, plan, target};
use crate::domain::plan::PlanRules;
use crate::domain::repeat::{CheckOfOthers, RepeatRules};
use crate::domain::{Candidate, Care, Task};
use crate::error::Error;

/// Tag of registration states in which nothing can be inspected; they leave the denominator.
pub(super) const NOT_CHECKABLE: &str = "not_checkable";
/// The purpose of joint measures that bear on inspections: those of key supervision.
const INSPECTION: &str = "INSPECTION";

#[derive(sqlx::FromRow)]
struct CandidateRow {
    uscc: String,
    division: String,
    registration_state: String,
    scheme: Option<String>,
    code: Option<String>,
    attention: bool,
}

impl Store {
    /// Whom a task whose draw is on `draw_day` could visit.
    pub(super) async fn visitable(
        &self,
        tx: &mut Tx,
        task: &Task,
        (draw_day, today): (NaiveDate, NaiveDate),
    ) -> Result<Vec<Candidate>, Error> {
        let mut candidates = self.candidates(tx, task, today).await?;
        candidates.retain(|one| task.scope.covers(&one.division));
        if let Some(visited) = target::of(tx, task).await? {
            candidates.retain(|one| visited.contains(one.uscc.as_str()));
        }
        if !task.scope.is_full_check_of_law() {
            let barred = self.barred(tx, &task.scope.field, (draw_day, today)).await?;
            candidates.retain(|one| !barred.contains(one.uscc.as_str()));
        }
        if let Some(counted) = task.scope.counted_already(draw_day.year()) {
            self.keep_below_cap(tx, &mut candidates, counted, (draw_day, today)).await?;
        }
        Ok(candidates)
    }

    /// The enterprises with a mark of the field in force and a registration under which they can be inspected.
    pub(super) async fn candidates(
        &self,
        tx: &mut Tx,
        task: &Task,
        today: NaiveDate,
    ) -> Result<Vec<Candidate>, Error> {
        const SQL: &str = "
            SELECT m.uscc, s.division, s.registration_state, c.scheme,
                CASE WHEN c.override_until < $2 THEN c.computed_code ELSE c.code END AS code,
                EXISTS (
                    SELECT 1 FROM subject_attention a
                    WHERE a.uscc = m.uscc AND a.field = m.field AND a.on_until >= $2
                ) AS attention
            FROM subject_mark m
            JOIN subject s ON s.uscc = m.uscc
            LEFT JOIN subject_class c ON c.field = m.field AND c.uscc = m.uscc
            WHERE m.field = $1 AND m.in_force";
        let field = task.scope.field.as_str();
        let rows: Vec<CandidateRow> =
            on!(tx, |conn| sqlx::query_as(SQL).bind(field).bind(today).fetch_all(conn).await)?;
        let closed = self.closed(today);
        let supervised = self.supervised(tx, today).await?;
        let open = |row: &CandidateRow| !closed.contains(&row.registration_state.as_str());
        let candidate = |row: CandidateRow| {
            let supervision = supervised.contains(&row.uscc);
            row.candidate(supervision)
        };
        rows.into_iter().filter(open).map(candidate).collect()
    }

    /// Which of these enterprises carry a mark of a field in force and a registration under which they can be inspected, with their divisions.
    /// Nobody else is read.
    pub(super) async fn inspectable(
        &self,
        tx: &mut Tx,
        field: &FieldCode,
        (usccs, today): (&[String], NaiveDate),
    ) -> Result<BTreeMap<Uscc, DivisionCode>, Error> {
        const SQL: &str = "
            SELECT m.uscc, s.division, s.registration_state
            FROM subject_mark m JOIN subject s ON s.uscc = m.uscc
            WHERE m.in_force AND m.field = ";
        let rows: Vec<(String, String, String)> = on!(tx, |conn| {
            let mut sql = QueryBuilder::new(SQL);
            sql.push_bind(field.as_str()).push(" AND m.uscc IN");
            push_list(&mut sql, usccs);
            sql.build_query_as().fetch_all(conn).await
        })?;
        let closed = self.closed(today);
        let open = rows.into_iter().filter(|(_, _, state)| !closed.contains(&state.as_str()));
        open.map(|(uscc, division, _)| place(&uscc, &division)).collect()
    }

    /// The registration states of a day in which nothing can be inspected.
    fn closed(&self, today: NaiveDate) -> Vec<&str> {
        let states = self.book.codes("registration_state", today);
        states.filter(|code| code.has_tag(NOT_CHECKABLE)).map(|code| code.code.as_str()).collect()
    }

    /// Who is under a measure of key supervision on a day.
    async fn supervised(&self, tx: &mut Tx, today: NaiveDate) -> Result<HashSet<String>, Common> {
        let items = self.book.all_measures().iter();
        let bearing = items.filter(|item| item.effective.on(today) && item.bears_on(INSPECTION));
        let codes: Vec<String> = bearing.map(|item| item.code.clone()).collect();
        let supervised: Vec<String> = on!(tx, |conn| {
            let mut sql = QueryBuilder::new("SELECT uscc FROM subject_measure WHERE starts_on <= ");
            sql.push_bind(today).push(" AND code IN");
            push_list(&mut sql, &codes);
            sql.build_query_scalar().fetch_all(conn).await
        })?;
        Ok(supervised.into_iter().collect())
    }

    /// Whom checks of others bar from another one in a field on the day of a draw.
    async fn barred(
        &self,
        tx: &mut Tx,
        field: &FieldCode,
        (draw_day, today): (NaiveDate, NaiveDate),
    ) -> Result<HashSet<String>, Error> {
        const SQL: &str = "
            SELECT uscc, checked_on, superior, mode FROM other_check
            WHERE field = $1 AND checked_on >= $2 AND checked_on <= $3";
        let rules = RepeatRules::on(&self.book, field, today).map_err(Common::from)?;
        let since = rules.since(draw_day);
        let rows: Vec<(String, NaiveDate, bool, String)> = on!(tx, |conn| sqlx::query_as(SQL)
            .bind(field.as_str())
            .bind(since)
            .bind(draw_day)
            .fetch_all(conn)
            .await)?;
        let barred = |(uscc, on, superior, mode): (String, NaiveDate, bool, String)| {
            let check = CheckOfOthers { on, superior, mode: &mode };
            rules.bar(&check, draw_day).then_some(uscc)
        };
        Ok(rows.into_iter().filter_map(barred).collect())
    }

    /// Keeps those whose annual cap leaves room for a visit on the day of the draw, of which `counted` are counted for the task already.
    /// A cap that nobody has set leaves everybody room.
    async fn keep_below_cap(
        &self,
        tx: &mut Tx,
        candidates: &mut Vec<Candidate>,
        counted: u32,
        (draw_day, today): (NaiveDate, NaiveDate),
    ) -> Result<(), Error> {
        let rules = PlanRules::on(&self.book, draw_day.year(), BTreeMap::new(), today)?;
        if let Some(cap) = rules.cap {
            let subjects = plan::subjects(tx, &self.book, &rules, today).await?;
            let used_up = subjects.into_iter().filter(|subject| subject.other_checks >= cap + counted);
            let used_up: HashSet<Uscc> = used_up.map(|subject| subject.uscc).collect();
            candidates.retain(|one| !used_up.contains(&one.uscc));
        }
        Ok(())
    }
}

impl CandidateRow {
    fn candidate(self, supervision: bool) -> Result<Candidate, Error> {
        let (uscc, division) = place(&self.uscc, &self.division)?;
        Ok(Candidate {
            uscc,
            division,
            class: self.scheme.zip(self.code),
            care: Care { attention: self.attention, supervision },
        })
    }
}

/// An enterprise and where it is, as the copy of the register has them.
fn place(uscc: &str, division: &str) -> Result<(Uscc, DivisionCode), Error> {
    let of = |problem: String| Error::PoolCode { uscc: uscc.to_owned(), problem };
    Ok((
        Uscc::parse(uscc).map_err(|problem| of(problem.to_string()))?,
        DivisionCode::parse(division).map_err(|problem| of(problem.to_string()))?,
    ))
}
