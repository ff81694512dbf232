//! Annual reports: taken from the publicity system, looked at once the period for them is over.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use contract::punishment::v1::RecordAnnualReportsResponse;
use db::{Tx, on};
use domain::{DivisionCode, LegalName, Uscc};
use prost::Message;
use rulebook::RuleMissing;
use service::idempotency::{self, Claim};
use service::machine::Actor;
use sqlx::QueryBuilder;

use super::row::{COLUMNS, Row, live_on_ground, lock_live};
use crate::domain::abnormal::{Entry, Kind, NewEntry};
use crate::domain::list::{Advance, EntryName};
use crate::domain::papers::Paper;
use crate::domain::report::{Report, last_day, last_year_over};
use crate::error::Error;
use crate::machines::abnormal::{ABNORMAL, Event, State};
use crate::store::party_name::registered_state;
use crate::store::sql::push_among;
use crate::store::{Act, Store, corrupt, is_no_more, stored_date};

/// Tag of the ground of a missing report.
const ANNUAL_REPORT: &str = "annual_report";
/// Reports that the job looks at in one transaction.
const AT_ONCE: i64 = 500;

#[derive(sqlx::FromRow)]
struct Open {
    uscc: String,
    year: i64,
    party_name: String,
    division: String,
}

impl Store {
    /// Takes reports; asks for the removal of entries whose last missing report has come.
    pub async fn record_reports(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        reports: &[Report],
    ) -> Result<RecordAnnualReportsResponse, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let mut answer = RecordAnnualReportsResponse::default();
        let parties: BTreeSet<&str> = reports.iter().map(|report| report.uscc.as_str()).collect();
        lock_live(&mut tx, &parties).await?;
        let mut reports: Vec<&Report> = reports.iter().collect();
        // Everybody locks reports in this order. Of two about one year, the order of the request stays.
        reports.sort_by(|one, other| (&one.uscc, one.year).cmp(&(&other.uscc, other.year)));
        let mut published = BTreeMap::new();
        for report in reports {
            upsert(&mut tx, report).await?;
            if report.published_on.is_some() {
                answer.published += 1;
                published.insert(report.uscc.as_str(), &report.uscc);
            } else {
                answer.owed += 1;
            }
        }
        for uscc in published.into_values() {
            answer.removals_requested.extend(self.report_came(&mut tx, act, uscc).await?);
        }
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Asks for the removal of what stands for missing reports, once none is missing: the duty is performed. Answers their names.
    async fn report_came(&self, tx: &mut Tx, act: &Act<'_>, uscc: &Uscc) -> Result<Vec<String>, Error> {
        let today = act.today();
        let over = last_year_over(today, &self.book).map_err(service::Error::from)?;
        if missing_years(tx, uscc, over).await?.is_some() {
            return Ok(Vec::new());
        }
        let system = Act { actor: Actor::system(), ..*act };
        let mut names = Vec::new();
        for entry in listed_of(tx, uscc).await? {
            let code = entry.content.ground_code(&self.book, today);
            let ground = self
                .book
                .codes("abnormal_removal_ground", today)
                .find(|ground| ground.tag_value("for") == Some(entry.content.ground.as_str()));
            let (true, Some(ground)) = (code.is_some_and(|code| code.has_tag(ANNUAL_REPORT)), ground) else {
                continue;
            };
            let asked = Advance {
                reason: "已补报未报年份的年度报告并公示".to_owned(),
                paper: Some(Paper::RemovalGround(ground.code.clone())),
                ..Advance::bare(Event::RequestRemoval)
            };
            names.push(self.step_entry(tx, &system, &entry.name, &asked).await?.name.to_string());
        }
        Ok(names)
    }

    /// Refuses the removal of what stands for annual reports while one of them is missing (order 68 art 10).
    pub(super) async fn reports_have_come(
        &self,
        tx: &mut Tx,
        entry: &Entry,
        on: NaiveDate,
    ) -> Result<(), Error> {
        if !entry.content.ground_code(&self.book, on).is_some_and(|code| code.has_tag(ANNUAL_REPORT)) {
            return Ok(());
        }
        let years = self.missing_reports(tx, &entry.content.uscc, on).await?;
        if years.is_empty() {
            return Ok(());
        }
        let years = years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Err(Error::ReportsMissing { name: entry.name.clone(), years })
    }

    /// The years whose period for reports is over on a day and for which a party has published none, the first first.
    pub(in crate::store) async fn missing_reports(
        &self,
        tx: &mut Tx,
        uscc: &Uscc,
        on: NaiveDate,
    ) -> Result<Vec<i64>, Error> {
        let over = match last_year_over(on, &self.book) {
            // Nobody owed a report yet.
            Err(RuleMissing::NotInForce { .. }) => return Ok(Vec::new()),
            over => over.map_err(service::Error::from)?,
        };
        let mut years = years_missing(tx, uscc, over).await?;
        years.reverse();
        Ok(years)
    }

    /// Asks for the removal of an entry, confirmed against an objection, whose missing reports have come since it was listed: while a
    /// removal could not be asked for beside an objection, nobody did. Answers whether any was asked for.
    pub(super) async fn reports_came_meanwhile(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        entry: &Entry,
    ) -> Result<bool, Error> {
        const SQL: &str = "SELECT COUNT(*) FROM annual_report WHERE uscc = $1 AND published_on >= $2";
        let (uscc, Some(listed_on)) = (&entry.content.uscc, entry.listed_on) else { return Ok(false) };
        let came: i64 = on!(tx, |conn| sqlx::query_scalar(SQL)
            .bind(uscc.as_str())
            .bind(listed_on.to_string())
            .fetch_one(conn)
            .await)?;
        Ok(came > 0 && !self.report_came(tx, act, uscc).await?.is_empty())
    }

    /// Suspects who has not published a report by the end of its period, unless the party is no more. At most 500 at once, so call it
    /// until none is left; repeatable. Answers how many it looked at.
    pub async fn suspect_missing_reports(&self, act: &Act<'_>) -> Result<u64, Error> {
        const SQL: &str = "
            SELECT uscc, year, party_name, division FROM annual_report
            WHERE looked_at_on IS NULL AND year <= $1
            ORDER BY year, uscc
            LIMIT CAST($2 AS BIGINT)";
        let over = last_year_over(act.today(), &self.book).map_err(service::Error::from)?;
        let mut tx = self.db.begin_write().await?;
        let mut open: Vec<Open> =
            on!(tx, |conn| sqlx::query_as(SQL).bind(i64::from(over)).bind(AT_ONCE).fetch_all(conn).await)?;
        // Read in the order of the index, and locked in that in which reports are taken.
        open.sort_by(|one, other| (&one.uscc, one.year).cmp(&(&other.uscc, other.year)));
        let parties: BTreeSet<&str> = open.iter().map(|report| report.uscc.as_str()).collect();
        lock_live(&mut tx, &parties).await?;
        for report in &open {
            self.look_at(&mut tx, act, report).await?;
        }
        tx.commit().await?;
        Ok(open.len() as u64)
    }

    async fn look_at(&self, tx: &mut Tx, act: &Act<'_>, report: &Open) -> Result<(), Error> {
        const LOOK: &str = "
            UPDATE annual_report SET looked_at_on = $3, waits_for = ''
            WHERE uscc = $1 AND year = $2 AND looked_at_on IS NULL
            RETURNING published_on";
        const WAIT: &str = "UPDATE annual_report SET waits_for = $3 WHERE uscc = $1 AND year = $2";
        let today = act.today();
        let looked: Option<Option<String>> = on!(tx, |conn| sqlx::query_scalar(LOOK)
            .bind(&report.uscc)
            .bind(report.year)
            .bind(today.to_string())
            .fetch_optional(conn)
            .await)?;
        // Since it was read another replica may have looked, or the party have ended; the report may have come, too.
        let Some(published_on) = looked else { return Ok(()) };
        let published_on = stored_date(published_on.as_deref())?;
        let year = i32::try_from(report.year).map_err(|e| corrupt(&report.uscc, e))?;
        let last = last_day(year, &self.book).map_err(service::Error::from)?;
        if let Some(lapsed_on) = last.filter(|last| published_on.is_none_or(|day| day > *last)) {
            let uscc = Uscc::parse(&report.uscc).map_err(|e| corrupt(&report.uscc, e))?;
            // Told as owed, or as late, of a party that had ended before: its end has passed over what was there.
            if is_no_more(&self.book, &registered_state(tx, &uscc).await?, today) {
                return Ok(());
            }
            let kind = Kind::of(&uscc);
            let ground = self.book.codes(kind.grounds(), today).find(|code| code.has_tag(ANNUAL_REPORT));
            if let Some(ground) = ground {
                let new = NewEntry {
                    party_name: LegalName::parse(&report.party_name).map_err(|e| corrupt(&report.uscc, e))?,
                    division: DivisionCode::parse(&report.division).map_err(|e| corrupt(&report.uscc, e))?,
                    ground: ground.code.clone(),
                    facts: facts(year, lapsed_on, published_on),
                    lapsed_on: Some(lapsed_on),
                    uscc,
                };
                // What stands for an earlier year stands for this one too, as long as it does.
                match live_on_ground(tx, &new).await? {
                    Some(live) => on!(tx, |conn| sqlx::query(WAIT)
                        .bind(&report.uscc)
                        .bind(report.year)
                        .bind(&live)
                        .execute(conn)
                        .await
                        .map(drop))?,
                    None => drop(self.suspect(tx, act, new, ("", today)).await?),
                }
            }
        }
        Ok(())
    }
}

/// Has the job look again for the reports that waited for an entry which is over, and that are still missing.
pub(super) async fn look_again(tx: &mut Tx, entry: &EntryName) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE annual_report SET looked_at_on = NULL, waits_for = '' WHERE waits_for = $1 AND published_on IS NULL";
    on!(tx, |conn| sqlx::query(SQL).bind(entry.id()).execute(conn).await.map(drop))?;
    Ok(())
}

/// Has the job pass over the reports of a party that is no more, as if it had looked at them on a day.
pub(super) async fn expect_none(tx: &mut Tx, uscc: &Uscc, on: NaiveDate) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE annual_report SET looked_at_on = $2
        WHERE uscc = $1 AND looked_at_on IS NULL AND published_on IS NULL";
    on!(tx, |conn| sqlx::query(SQL).bind(uscc.as_str()).bind(on.to_string()).execute(conn).await.map(drop))?;
    Ok(())
}

impl Store {
    /// Has the job look for the reports that were passed over with the end of a party which is registered again, as far as they fall due
    /// after a day: nobody looks at one before that. Of what fell due while it was not registered nobody is suspected.
    pub(super) async fn expect_again(&self, tx: &mut Tx, uscc: &Uscc, on: NaiveDate) -> Result<(), Error> {
        const SQL: &str = "
            UPDATE annual_report SET looked_at_on = NULL
            WHERE uscc = $1 AND year > $2 AND looked_at_on IS NOT NULL AND published_on IS NULL";
        let over = match last_year_over(on, &self.book) {
            // Nobody owed a report yet.
            Err(RuleMissing::NotInForce { .. }) => return Ok(()),
            over => over.map_err(service::Error::from)?,
        };
        on!(tx, |conn| sqlx::query(SQL)
            .bind(uscc.as_str())
            .bind(i64::from(over))
            .execute(conn)
            .await
            .map(drop))?;
        Ok(())
    }
}

fn facts(year: i32, lapsed_on: NaiveDate, published_on: Option<NaiveDate>) -> String {
    let late = published_on.map(|day| format!("，{day} 才公示")).unwrap_or_default();
    format!("未在 {lapsed_on} 前公示 {year} 年度报告{late}")
}

/// The years up to `over` for which a report is missing, the latest first.
async fn years_missing(tx: &mut Tx, uscc: &Uscc, over: i32) -> Result<Vec<i64>, Error> {
    const SQL: &str = "
        SELECT year FROM annual_report WHERE uscc = $1 AND year <= $2 AND published_on IS NULL ORDER BY year DESC";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(uscc.as_str())
        .bind(i64::from(over))
        .fetch_all(conn)
        .await)?)
}

/// The latest year up to `over` for which a report is missing, and how many years in a row up to it; `None` when none is.
pub(super) async fn missing_years(tx: &mut Tx, uscc: &Uscc, over: i32) -> Result<Option<(i32, i64)>, Error> {
    let years = years_missing(tx, uscc, over).await?;
    let Some(latest) = years.first() else { return Ok(None) };
    let in_a_row = (0_i64..).zip(&years).take_while(|(before, year)| **year == latest - before).count();
    let latest = i32::try_from(*latest).map_err(|e| corrupt(uscc.as_str(), e))?;
    Ok(Some((latest, i64::try_from(in_a_row).unwrap_or(i64::MAX))))
}

/// Entries about a party that a removal can be asked for.
async fn listed_of(tx: &mut Tx, uscc: &Uscc) -> Result<Vec<Entry>, Error> {
    let asks = |state: &&State| ABNORMAL.events_from(**state).any(Event::asks_removal);
    let states: Vec<_> = State::ALL.iter().filter(asks).map(|state| state.word().to_owned()).collect();
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE uscc = ").push_bind(uscc.as_str());
        push_among(&mut sql, "state", &states);
        sql.push(" ORDER BY id");
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(Row::entry).collect()
}

async fn upsert(tx: &mut Tx, report: &Report) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO annual_report (uscc, year, party_name, division, published_on)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (uscc, year) DO UPDATE
        SET party_name = excluded.party_name, division = excluded.division,
            published_on = COALESCE(annual_report.published_on, excluded.published_on)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(report.uscc.as_str())
        .bind(i64::from(report.year))
        .bind(report.party_name.as_str())
        .bind(report.division.as_str())
        .bind(report.published_on.map(|day| day.to_string()))
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}
