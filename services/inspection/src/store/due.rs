//! Draws that the system runs by itself: announced, due, and with figures that were held for their time. Nothing is left to decide then.

use contract::inspection::v1 as pb;
use db::{Db, on};
use domain::{MicrosUtc, OfficeCode, RequestId};
use service::Error as Common;
use service::auth::{Caller, Fields};
use service::idempotency::Key;
use service::machine::Office;
use uuid::Uuid;

use super::{Act, Store};
use crate::domain::TaskName;
use crate::error::Error;

/// Who draws, in the events.
const SYSTEM: &str = "system";
/// What its requests are known by.
const METHOD: &str = "due-draw";
/// Most draws of one look.
const MOST_DRAWS: i64 = 20;

impl Store {
    /// Runs the draws that are due. One that fails for lack of inspectors is sealed as failed, as if an officer had run it.
    ///
    /// # Errors
    /// What the first of the other failures says, after all were tried.
    pub async fn run_due_draws(&self, now: MicrosUtc) -> Result<(), Error> {
        let office = OfficeCode::parse(Office::SYSTEM.code())
            .map_err(|problem| Common::corrupt(format!("the office of the system: {problem}")))?;
        let caller = Caller::new(SYSTEM, SYSTEM, office, Fields::All, Vec::new(), "");
        let mut done = Ok(());
        for name in due(&self.db, now).await? {
            let request_id = RequestId::from_uuid(Uuid::new_v4());
            let body = pb::RunDrawRequest { name: name.to_string(), request_id: request_id.to_string() };
            let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
            let act = Act::of(&caller, key, now, &self.book);
            match self.run_draw(&act, &body, &name).await {
                Ok(_) | Err(Error::AssignmentInfeasible(_)) => {}
                Err(error) => done = done.and(Err(error)),
            }
        }
        done
    }
}

/// The tasks whose draw is due and whose figures are held no longer, the earliest first.
async fn due(db: &Db, now: MicrosUtc) -> Result<Vec<TaskName>, Common> {
    const SQL: &str = "
        SELECT name FROM task
        WHERE state = 'PoolSnapshotted' AND entropy_digits <> '' AND draw_at_us <= $1 AND held_until_us <= $1
        ORDER BY draw_at_us, name LIMIT $2";
    let names: Vec<String> =
        on!(db, |pool| sqlx::query_scalar(SQL).bind(now.micros()).bind(MOST_DRAWS).fetch_all(pool).await)?;
    let name = |text: String| TaskName::parse(&text).map_err(|problem| Common::corrupt(problem.to_string()));
    names.into_iter().map(name).collect()
}
