//! The end of proposals that have become moot: nobody gives way at a visit that has begun or is gone, nor an inspector who is not on it any
//! more. It comes in the transaction of what makes them moot, so that nobody has to decide what cannot be done.

use db::{Tx, on};
use service::machine::Actor;
use service::obligation;

use super::Act;
use crate::domain::replacement::ReplacementName;
use crate::domain::{InspectorNo, TaskName, VisitName};
use crate::error::Error;
use crate::machines::replacement::{Event, REPLACEMENT, State};

/// What is proposed of no more.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moot<'a> {
    /// A task that is given up.
    Task(&'a TaskName),
    /// A visit that has begun or is gone.
    Visit(&'a VisitName),
    /// An inspector who is not on a visit any more.
    Inspector(&'a VisitName, &'a InspectorNo),
}

impl<'a> Moot<'a> {
    /// Task, enterprise and inspector; the empty text for all of them.
    fn parts(self) -> (&'a TaskName, &'a str, &'a str) {
        match self {
            Self::Task(task) => (task, "", ""),
            Self::Visit(visit) => (&visit.task, visit.uscc.as_str(), ""),
            Self::Inspector(visit, no) => (&visit.task, visit.uscc.as_str(), no.as_str()),
        }
    }
}

/// Ends what waits for its decision about `moot`, and the duties to decide it. To be called after what makes it moot is written: a proposal
/// that was written before holds its visit ([`hold`](super::visit::hold)), and is seen then.
pub(super) async fn lapse(tx: &mut Tx, act: &Act<'_>, moot: Moot<'_>) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE replacement SET state = $4, lapsed_on = $5, revision = revision + 1
        WHERE task = $1 AND (uscc = $2 OR $2 = '') AND (inspector_no = $3 OR $3 = '') AND state = 'Proposed'
        RETURNING number";
    let step = REPLACEMENT.step(State::Proposed, Event::Lapse, &Actor::system())?;
    let (task, uscc, inspector_no) = moot.parts();
    let numbers: Vec<i64> = on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(task.to_string())
        .bind(uscc)
        .bind(inspector_no)
        .bind(step.to.stored())
        .bind(act.today)
        .fetch_all(conn)
        .await)?;
    let name = |number| ReplacementName { task: task.clone(), number }.to_string();
    let subjects: Vec<String> = numbers.into_iter().map(name).collect();
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    for kind in step.fulfils {
        obligation::fulfil_all(tx, &subjects, kind, act.caller.subject(), act.today).await?;
    }
    Ok(())
}
