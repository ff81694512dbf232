//! The end of terms: the one step that the system takes alone.

use db::on;

use super::row::{case_name, find};
use crate::domain::list::Advance;
use crate::error::Error;
use crate::machines::serious::{Event, State};
use crate::store::{Act, Store};

/// Cases that are looked at in one call.
const AT_ONCE: usize = 500;

impl Store {
    /// Takes off the list cases whose term ended before the day of the act. At most 500 at once, so call it until none is left;
    /// repeatable, and it catches up missed days. Answers how many it looked at.
    pub async fn expire_cases(&self, act: &Act<'_>) -> Result<u64, Error> {
        let mut looked_at = 0;
        for state in State::STANDING {
            looked_at += self.expire_in(act, *state).await?;
        }
        Ok(looked_at)
    }

    async fn expire_in(&self, act: &Act<'_>, state: State) -> Result<u64, Error> {
        const SQL: &str = "
            SELECT id FROM serious_case WHERE state = $1 AND term_ends_on < $2 ORDER BY id LIMIT CAST($3 AS BIGINT)";
        let today = act.today();
        let ids: Vec<String> = on!(&self.db, |pool| sqlx::query_scalar(SQL)
            .bind(state.word())
            .bind(today.to_string())
            .bind(AT_ONCE as i64)
            .fetch_all(pool)
            .await)?;
        for id in &ids {
            let name = case_name(id)?;
            let mut tx = self.db.begin_write().await?;
            let before = find(&mut tx, &name).await?;
            // Somebody may have revoked or restored the case since it was read; then there is nothing to expire.
            let over = before.term_ends_on.is_some_and(|last| last < today);
            if before.state.stands() && over {
                // The day after the last of the term, though the job may run later; never before an act that came after it.
                let ended = before.term_ends_on.and_then(|last| last.succ_opt());
                let effective_on = ended.max(before.acted_on);
                let expire = Advance { effective_on, ..Advance::bare(Event::Expire) };
                self.step_case(&mut tx, act, &name, &expire).await?;
                tx.commit().await?;
            }
        }
        Ok(ids.len() as u64)
    }
}
