//! What happens to measures by the passing of days.

use std::collections::BTreeSet;

use db::on;
use rulebook::RuleMissing;
use sqlx::QueryBuilder;

use super::row::find;
use crate::domain::measure::MeasureName;
use crate::error::Error;
use crate::machines::measure::{Event, FEEDBACK, MEASURE, State};
use crate::store::party_name::states_of_no_more;
use crate::store::sql::push_among;
use crate::store::{Act, Store, corrupt};

/// Measures that one call looks at, of each kind.
const AT_ONCE: i64 = 500;
/// Why nobody owes a report any more.
const PARTY_ENDED: &str = "当事人已注销登记或者被撤销登记，不再报送措施使用情况";
/// Why they are owed again.
const PARTY_REGISTERED: &str = "当事人仍在登记，恢复报送措施使用情况";
/// Why a measure ends with its item of the list.
const ITEM_ENDED: &str = "惩戒措施已不在现行联合惩戒清单内";
/// Measures on which a report is owed and whose party is registered; of which kind the duty is, and how the party, follows. `measures/` has
/// nine characters: the id begins after it.
///
/// SQLite takes a `CROSS JOIN` in the order in which it stands: once through the open duties, and to the measure of each by its name. By
/// itself it would go through all duties for each measure.
const OWED: &str = "
    SELECT m.id FROM obligation o CROSS JOIN measure m CROSS JOIN party_name p
    WHERE o.done_on IS NULL AND m.id = substr(o.subject, 10) AND p.uscc = m.uscc AND p.former = 0 AND o.kind = ";
/// Measures in force on which no report is owed, the opposite: kind of the duty and how the party is registered follow.
const UNOWED: &str = "
    SELECT m.id FROM measure m CROSS JOIN party_name p
    WHERE m.state = 'InForce' AND p.uscc = m.uscc AND p.former = 0 AND NOT EXISTS (
        SELECT 1 FROM obligation o WHERE o.subject = 'measures/' || m.id AND o.done_on IS NULL AND o.kind = ";
/// Measures on which a report is overdue, in the same order.
const OVERDUE: &str = "
    SELECT m.id FROM obligation o CROSS JOIN measure m
    WHERE o.kind = $1 AND o.done_on IS NULL AND COALESCE(o.due_on, '9999-12-31') < $2
      AND m.id = substr(o.subject, 10) AND m.state = $3
    ORDER BY m.id LIMIT CAST($4 AS BIGINT)";

impl Store {
    /// Takes the duty to report on measures from whoever speaks about a party that is no more, and gives it back where the party turns out
    /// to be registered; marks measures whose report on their use is overdue, and ends those whose item the city's list has no longer:
    /// without its law no measure goes on. At most 500 of each at once, so call it until none is left; repeatable. Answers how many moved.
    pub async fn care_for_measures(&self, act: &Act<'_>) -> Result<u64, Error> {
        let excused = self.owed_of_the_ended(act).await?;
        let mut moved = self.move_each(act, &excused, (Event::Excuse, PARTY_ENDED)).await?;
        let unowed = self.unowed_of_the_registered(act).await?;
        moved += self.move_each(act, &unowed, (Event::OweAgain, PARTY_REGISTERED)).await?;
        let overdue = self.feedback_overdue(act).await?;
        moved += self.move_each(act, &overdue, (Event::FallDue, "")).await?;
        for (list, code) in self.ended_items(act) {
            for id in self.live_of(list, code).await? {
                let name = MeasureName::of_id(&id).map_err(|e| corrupt(&id, e))?;
                let mut tx = self.db.begin_write().await?;
                let before = find(&mut tx, &name).await?;
                if !before.state.has_ended() {
                    self.end_measure(&mut tx, act, &before, ITEM_ENDED, act.today()).await?;
                    tx.commit().await?;
                    moved += 1;
                }
            }
        }
        Ok(moved)
    }

    /// Moves these by one event, each in a transaction of its own; one that has moved since it was read is left alone. Answers how many
    /// moved.
    async fn move_each(
        &self,
        act: &Act<'_>,
        ids: &[String],
        (event, reason): (Event, &str),
    ) -> Result<u64, Error> {
        let mut moved = 0;
        for id in ids {
            let name = MeasureName::of_id(id).map_err(|e| corrupt(id, e))?;
            let mut tx = self.db.begin_write().await?;
            let before = find(&mut tx, &name).await?;
            // Somebody may have reported since it was read; then nothing is overdue.
            if MEASURE.events_from(before.state).any(|possible| possible == event) {
                self.step_measure(&mut tx, act, &before, event, reason, |_| {}).await?;
                tx.commit().await?;
                moved += 1;
            }
        }
        Ok(moved)
    }

    /// Trigger and code of what the city's list once had and has no longer.
    fn ended_items(&self, act: &Act<'_>) -> BTreeSet<(&str, &str)> {
        let today = act.today();
        let known = |of_today: bool| {
            let items = self.book.all_measures().iter();
            let items = items.filter(move |item| !of_today || item.effective.on(today));
            items.map(|item| (item.trigger.as_str(), item.code.as_str())).collect::<BTreeSet<_>>()
        };
        known(false).difference(&known(true)).copied().collect()
    }

    /// Measures on which a report is owed though the register says that their party is no more.
    async fn owed_of_the_ended(&self, act: &Act<'_>) -> Result<Vec<String>, Error> {
        let no_more = states_of_no_more(&self.book, act.today());
        Ok(on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(OWED);
            sql.push_bind(FEEDBACK);
            push_among(&mut sql, "p.state", &no_more);
            sql.push(" ORDER BY m.id LIMIT CAST(").push_bind(AT_ONCE).push(" AS BIGINT)");
            sql.build_query_scalar().fetch_all(pool).await
        })?)
    }

    /// Measures in force on which nobody owes a report, though the register has their party: it said before that the party was no more.
    async fn unowed_of_the_registered(&self, act: &Act<'_>) -> Result<Vec<String>, Error> {
        let today = act.today();
        // Before the rule, and after its end, nobody owes any.
        if let Err(RuleMissing::NotInForce { .. }) = self.book.deadline(today, FEEDBACK) {
            return Ok(Vec::new());
        }
        let no_more = states_of_no_more(&self.book, today);
        Ok(on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(UNOWED);
            sql.push_bind(FEEDBACK).push(")");
            for state in &no_more {
                sql.push(" AND p.state <> ").push_bind(state);
            }
            sql.push(" ORDER BY m.id LIMIT CAST(").push_bind(AT_ONCE).push(" AS BIGINT)");
            sql.build_query_scalar().fetch_all(pool).await
        })?)
    }

    async fn feedback_overdue(&self, act: &Act<'_>) -> Result<Vec<String>, Error> {
        Ok(on!(&self.db, |pool| sqlx::query_scalar(OVERDUE)
            .bind(FEEDBACK)
            .bind(act.today().to_string())
            .bind(State::InForce.word())
            .bind(AT_ONCE)
            .fetch_all(pool)
            .await)?)
    }

    async fn live_of(&self, list: &str, code: &str) -> Result<Vec<String>, Error> {
        const SQL: &str = "
            SELECT id FROM measure
            WHERE list = $1 AND code = $2 AND state NOT IN ('Ended', 'EndSent', 'EndAcknowledged')
            ORDER BY id LIMIT CAST($3 AS BIGINT)";
        Ok(on!(&self.db, |pool| sqlx::query_scalar(SQL)
            .bind(list)
            .bind(code)
            .bind(AT_ONCE)
            .fetch_all(pool)
            .await)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duties_are_gone_through_once_and_each_measure_is_looked_up() {
        db::testing::on_sqlite(1, |db| async move {
            let shared =
                [&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &exchange::MIGRATIONS];
            let db = db::testing::migrated(db, &[&shared[..], &[&crate::MIGRATIONS]].concat()).await;
            for sql in [format!("{OWED} 'x' AND p.state IN ('y')"), OVERDUE.to_owned()] {
                let plan = db::testing::plan(&db, &sql).await;
                let steps: Vec<&str> = plan.lines().collect();
                assert!(steps[0].contains(" o USING "), "{steps:?}");
                assert!(steps[1].starts_with("SEARCH m ") && steps[1].contains("id=?)"), "{steps:?}");
            }
            let plan =
                db::testing::plan(&db, &format!("{UNOWED} 'x') AND p.state <> 'y' ORDER BY m.id")).await;
            assert!(plan.lines().all(|step| !step.starts_with("SCAN ")), "{plan}");
            assert!(plan.contains("obligation_open"), "{plan}");
        });
    }
}
