//! Measures that follow from what records trigger. The copy of the records may be made again at any time and writes no event, so measures
//! follow it by a job: it brings up to date what has changed in the copy since it looked last, and ends what a day has ended.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{DivisionCode, LegalName};
use service::Error as Common;

use super::derive::live_measures;
use super::step::by_system;
use crate::domain::list::Standing;
use crate::domain::measure::{Measure, Trigger};
use crate::error::Error;
use crate::store::standing::{StandingChange, standing_named};
use crate::store::trigger::{RECORDS_READER, party_of};
use crate::store::{Act, Store, corrupt};

/// Records that are read at once.
const AT_ONCE: i64 = 500;
/// Why a measure ends with what its record triggered, as its receivers and its party are told.
const RECORD_ENDED: &str = "触发惩戒措施的记录已撤回、期满、终止或者暂停执行";

impl Store {
    /// Derives the measures of what records trigger, and ends those whose trigger is over, by what has changed in the copy since this was
    /// done last; repeatable. One record that cannot be read is logged, and keeps no other waiting. Answers whether all were brought up
    /// to date: not while a record cannot be read, or the copy is being made again.
    pub async fn measures_follow_records(&self, act: &Act<'_>) -> Result<bool, Error> {
        const CHANGED: &str = "
            SELECT name FROM standing
            WHERE list IN ('BROKEN_COMMITMENT', 'FOOD_LICENCE_REVOKED', 'PENALTIES_IN_YEAR') AND change_no > measured_no
                AND listed_on <= $1 AND name > $2
            ORDER BY name LIMIT CAST($3 AS BIGINT)";
        self.follow_all(act, CHANGED).await
    }

    /// Ends the measures of what records trigger that a day has ended. It looks at every live measure of a record, so once a day is
    /// enough: what changes in the copy is followed by itself. Repeatable; answers as
    /// [`measures_follow_records`](Self::measures_follow_records) does.
    pub async fn measures_end_with_day(&self, act: &Act<'_>) -> Result<bool, Error> {
        const ENDED: &str = "
            SELECT DISTINCT m.entry
            FROM measure m JOIN standing s ON s.name = m.entry
            WHERE m.list IN ('BROKEN_COMMITMENT', 'FOOD_LICENCE_REVOKED', 'PENALTIES_IN_YEAR')
                AND m.state NOT IN ('Ended', 'EndSent', 'EndAcknowledged')
                AND (s.term_ends_on < $1 OR s.removed_on <= $1) AND m.entry > $2
            ORDER BY m.entry LIMIT CAST($3 AS BIGINT)";
        self.follow_all(act, ENDED).await
    }

    /// Has the measures of every record follow it that a statement finds, by the day, the last name before and how many at once.
    async fn follow_all(&self, act: &Act<'_>, sql: &'static str) -> Result<bool, Error> {
        let today = act.today().to_string();
        let (mut after, mut whole) = (String::new(), true);
        loop {
            let records: Vec<String> = on!(&self.db, |pool| sqlx::query_scalar(sql)
                .bind(&today)
                .bind(&after)
                .bind(AT_ONCE)
                .fetch_all(pool)
                .await)?;
            for record in &records {
                match self.measures_follow_record(act, record).await {
                    Ok(true) => {}
                    // The copy is being made again: it is waited for.
                    Ok(false) => return Ok(false),
                    Err(lost @ Error::Common(Common::Store(_) | Common::Contended)) => return Err(lost),
                    Err(problem) => {
                        let problem = service::error::causes(&problem);
                        tracing::error!(record, "the measures of `{record}` do not follow it: {problem}");
                        whole = false;
                    }
                }
            }
            let Some(last) = records.into_iter().next_back() else { return Ok(whole) };
            after = last;
        }
    }

    /// Has the measures of one record follow it; answers whether the copy of the records is one to act on.
    async fn measures_follow_record(&self, act: &Act<'_>, record: &str) -> Result<bool, Error> {
        const FOLLOWED: &str = "UPDATE standing SET measured_no = change_no WHERE name = $1";
        let mut tx = self.db.begin_write().await?;
        if !hold_copy(&mut tx).await? {
            return Ok(false);
        }
        let found = standing_named(&mut tx, record).await?;
        let found = found.ok_or_else(|| corrupt(record, "it triggers nothing"))?;
        let StandingChange { standing, void } = &found;
        let stands = !void && standing.stands_on(act.today());
        let act = by_system(act);
        for measure in live_measures(&mut tx, &standing.name).await? {
            if !(stands && follows(&measure, standing)) {
                let on = ended_on(&measure, &found, act.today());
                self.end_measure(&mut tx, &act, &measure, RECORD_ENDED, on).await?;
            }
        }
        if stands {
            let trigger = trigger(&mut tx, standing).await?;
            self.derive_measures(&mut tx, &act, &trigger, (standing.counts_since(), act.today())).await?;
        }
        on!(tx, |conn| sqlx::query(FOLLOWED).bind(record).execute(conn).await.map(drop))?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Keeps the copy of the records as it is until the transaction ends; answers whether it has been read as far as it was when measures
/// followed it last. One that is being made again knows less, and must end nothing. What stands is locked first, as by whoever makes it
/// again, and by whoever lifts a measure.
async fn hold_copy(tx: &mut Tx) -> Result<bool, Error> {
    const HOLD: &str = "UPDATE standing_version SET change_no = change_no WHERE id = 1";
    const REACHED: &str = "UPDATE standing_version SET records_seq = $1 WHERE id = 1 AND records_seq <= $1";
    on!(tx, |conn| sqlx::query(HOLD).execute(conn).await.map(drop))?;
    let seq = feed::read_up_to(tx, RECORDS_READER).await?;
    let reached =
        on!(tx, |conn| sqlx::query(REACHED).bind(seq).execute(conn).await.map(|done| done.rows_affected()))?;
    Ok(reached == 1)
}

/// Whether a measure is of what the record triggers now: a record that was corrected may trigger something else, be about another party,
/// have another number, or count from a later day on.
fn follows(measure: &Measure, standing: &Standing) -> bool {
    let trigger = &measure.trigger;
    trigger.entry == standing.name
        && trigger.uscc == standing.uscc
        && trigger.decision_no == standing.decision_no
        && measure.starts_on >= standing.counts_since()
}

/// The day on which a measure ended with its trigger: one that is void, or of something else now, ends when that becomes known.
fn ended_on(measure: &Measure, now: &StandingChange, today: NaiveDate) -> NaiveDate {
    let ceased = now.standing.ceased_on().filter(|_| !now.void && follows(measure, &now.standing));
    ceased.map_or(today, |day| day.min(today)).max(measure.starts_on)
}

/// What measures say of their trigger. A record whose division is not told is looked after where the party is registered; one that does
/// not tell the name tells the code.
async fn trigger(tx: &mut Tx, standing: &Standing) -> Result<Trigger, Error> {
    let (name, uscc) = (standing.name.to_string(), &standing.uscc);
    let (party_name, division) = party_of(tx, &standing.name).await?.unwrap_or_default();
    let division = DivisionCode::parse(&division).or_else(|_| DivisionCode::parse(&uscc.as_str()[2..8]));
    let party_name = LegalName::parse(&party_name).or_else(|_| LegalName::parse(uscc.as_str()));
    Ok(Trigger {
        entry: standing.name.clone(),
        uscc: uscc.clone(),
        party_name: party_name.map_err(|problem| corrupt(&name, problem))?,
        division: division.map_err(|problem| corrupt(&name, problem))?,
        decision_no: standing.decision_no.clone(),
    })
}
