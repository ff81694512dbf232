//! How long entries stand: what the law of the day makes of three years, and of years without a report by somebody who cannot be
//! reached. The system tells and reminds; it lists and revokes nobody.

use chrono::{Duration, Months, NaiveDate};
use contract::punishment::v1::OverstayedEvent;
use db::{Tx, on};
use rulebook::RuleMissing;
use service::machine::Office;
use service::obligation::{self, NewDuty};
use sqlx::QueryBuilder;

use super::matter;
use super::report::missing_years;
use super::row::{COLUMNS, Row};
use crate::api::convert;
use crate::domain::abnormal::Entry;
use crate::domain::list::EntryName;
use crate::domain::report::last_year_over;
use crate::error::Error;
use crate::machines::abnormal::{CONSIDER_REVOCATION, State};
use crate::store::{Act, Store};

const KIND: &str = "punishment.abnormal.overstayed";
/// Set of what the law makes of a full stay.
const CONSEQUENCE: &str = "abnormal_long_stay";
/// Tag of the ground of those who cannot be reached.
const UNREACHABLE: &str = "unreachable";

/// What has been told of a stay.
const NOTICE: &str = "NOTICE";
const FULL: &str = "FULL";

impl Store {
    /// Tells of entries that have stood as long as the law asks about, and before that where the law of the day wants a notice.
    /// Repeatable. Answers how many it told of.
    pub async fn tell_long_stays(&self, act: &Act<'_>) -> Result<u64, Error> {
        let today = act.today();
        let ahead =
            in_force(self.book.integer("abnormal.stay_to_serious.notice_before", today))?.unwrap_or(0);
        let mut tx = self.db.begin_write().await?;
        let mut told = 0;
        for (entry, said) in self.long_standing(&mut tx, today, ahead).await? {
            let Some(full_on) = self.full_on(&entry)? else { continue };
            let full = full_on <= today;
            let word = if full { FULL } else { NOTICE };
            // A notice is told once, and not before its time.
            if said == word || (!full && (full_on - today).num_days() > ahead) {
                continue;
            }
            let payload = OverstayedEvent {
                entry: Some(convert::abnormal_entry(&entry)),
                full_on: full_on.to_string(),
                consequence: self.consequence(full_on),
                notice: !full,
            };
            self.tell(&mut tx, act, KIND, entry.content.uscc.as_str(), today, &payload).await?;
            note_told(&mut tx, &entry, word).await?;
            told += 1;
        }
        tx.commit().await?;
        Ok(told)
    }

    /// What the law of a day makes of a full stay: a code of the set; empty when it makes nothing of it.
    fn consequence(&self, on: NaiveDate) -> String {
        self.book.codes(CONSEQUENCE, on).next().map(|code| code.code.clone()).unwrap_or_default()
    }

    fn full_on(&self, entry: &Entry) -> Result<Option<NaiveDate>, Error> {
        entry.listed_on.map_or(Ok(None), |listed_on| self.last_day("abnormal.long_stay", listed_on))
    }

    /// Entries whose stay is full, or will be within `ahead` days, and of which that was not told; with what was.
    async fn long_standing(
        &self,
        tx: &mut Tx,
        today: NaiveDate,
        ahead: i64,
    ) -> Result<Vec<(Entry, &'static str)>, Error> {
        let years = self.book.integer("abnormal.long_stay", today).map_err(service::Error::from)?;
        let months = Months::new(u32::try_from(years * 12).unwrap_or(u32::MAX));
        let horizon = today + Duration::days(ahead);
        let Some(listed_by) = horizon.checked_sub_months(months) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for said in ["", NOTICE] {
            let entries = standing_since(tx, listed_by, said).await?;
            found.extend(entries.into_iter().map(|entry| (entry, said)));
        }
        Ok(found)
    }

    /// Opens the duty to consider the revocation of the licence of those who cannot be reached and have published no report for as many
    /// years in a row as the law of the day says; none where it says nothing. Repeatable. Answers how many it opened.
    pub async fn ask_for_revocations(&self, act: &Act<'_>) -> Result<u64, Error> {
        let today = act.today();
        let rule = self.book.integer("abnormal.no_report_years_to_licence_revocation", today);
        let Some(years) = in_force(rule)? else { return Ok(0) };
        let over = last_year_over(today, &self.book).map_err(service::Error::from)?;
        let mut tx = self.db.begin_write().await?;
        let mut asked = 0;
        for entry in unreachable(&mut tx).await? {
            let ground = entry.content.ground_code(&self.book, today);
            if !ground.is_some_and(|code| code.has_tag(UNREACHABLE)) {
                continue;
            }
            let missing = missing_years(&mut tx, &entry.content.uscc, over).await?;
            if !missing.is_some_and(|(latest, in_a_row)| latest == over && in_a_row >= years) {
                continue;
            }
            let subject = entry.name.to_string();
            let duty = NewDuty {
                matter: matter(&subject, &entry, None),
                kind: CONSIDER_REVOCATION,
                office: Office::ENFORCEMENT.code(),
                parameter: "abnormal.licence_revocation.consider",
                start_on: today,
            };
            obligation::open(&mut tx, &duty, &self.book).await?;
            note_asked(&mut tx, &entry, today).await?;
            asked += 1;
        }
        tx.commit().await?;
        Ok(asked)
    }
}

/// A rule that may be in force or not.
fn in_force(rule: Result<i64, RuleMissing>) -> Result<Option<i64>, Error> {
    match rule {
        Ok(number) => Ok(Some(number)),
        Err(RuleMissing::NotInForce { .. }) => Ok(None),
        Err(missing) => Err(Error::Common(service::Error::Rule(missing))),
    }
}

/// Entries standing in the directory that were listed by a day and of which `said` was told. No law makes anything of the stay of a mark;
/// of what an order suspends nothing is told until it counts again.
async fn standing_since(tx: &mut Tx, listed_by: NaiveDate, said: &str) -> Result<Vec<Entry>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE state IN (");
        let mut states = sql.separated(", ");
        for state in State::STANDING {
            states.push_bind(state.word());
        }
        sql.push(") AND kind = 'DIRECTORY' AND suspended_on IS NULL AND stay_told = ").push_bind(said);
        sql.push(" AND listed_on <= ").push_bind(listed_by.to_string());
        sql.push(" ORDER BY id");
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(Row::entry).collect()
}

/// Entries standing in the directory about which nobody was asked yet, and that no order suspends: nothing is taken away on account of
/// what does not count. The ground is looked at by the caller, as the rulebook says.
async fn unreachable(tx: &mut Tx) -> Result<Vec<Entry>, Error> {
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE kind = 'DIRECTORY' AND suspended_on IS NULL AND revocation_asked_on IS NULL AND state IN (");
        let mut states = sql.separated(", ");
        for state in State::STANDING {
            states.push_bind(state.word());
        }
        // Only those of whom a report is missing at all.
        sql.push(
            ") AND EXISTS (SELECT 1 FROM annual_report owed WHERE owed.uscc = abnormal_entry.uscc AND owed.published_on IS NULL) ORDER BY id",
        );
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(Row::entry).collect()
}

/// Begins a stay: nothing was told of it and nobody was asked yet, whatever was of one that a removal ended before it was undone.
pub(super) async fn begin_stay(tx: &mut Tx, name: &EntryName) -> Result<(), Error> {
    const SQL: &str = "UPDATE abnormal_entry SET stay_told = '', revocation_asked_on = NULL WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(name.id()).execute(conn).await.map(drop))?;
    Ok(())
}

async fn note_told(tx: &mut Tx, entry: &Entry, word: &str) -> Result<(), Error> {
    const SQL: &str = "UPDATE abnormal_entry SET stay_told = $2 WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(entry.name.id()).bind(word).execute(conn).await.map(drop))?;
    Ok(())
}

async fn note_asked(tx: &mut Tx, entry: &Entry, on: NaiveDate) -> Result<(), Error> {
    const SQL: &str = "UPDATE abnormal_entry SET revocation_asked_on = $2 WHERE id = $1";
    let day = on.to_string();
    on!(tx, |conn| sqlx::query(SQL).bind(entry.name.id()).bind(&day).execute(conn).await.map(drop))?;
    Ok(())
}
