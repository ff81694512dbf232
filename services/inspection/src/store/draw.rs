//! Running the draw. It is computed before the transaction, from what can no longer change, so that no other writer waits
//! for it; the transaction only writes the result.

use std::collections::HashMap;

use contract::inspection::v1 as pb;
use crypto::draw::{self, Announcement, DrawError, Drawn, Entropy, Infeasible, Secret};
use db::Tx;
use db::bulk::{self, Cell};
use service::Error as Common;
use service::idempotency::Claim;
use service::machine::{Actor, Refused, Step};

use super::ceremony::Happened;
use super::{Act, Store, entropy, frozen, secret, task, task_row};
use crate::convert::task::task_to_pb;
use crate::domain::{Frozen, InspectorNo, Task, TaskName};
use crate::error::Error;
use crate::machines::result::{self, RESULT};
use crate::machines::task::{Event, State, TASK};

/// Kind of the event that seals the result.
const COMPLETED: &str = "inspection.draw.completed";

/// All that a draw needs, apart from the database.
pub(super) struct Input {
    announcement: Announcement,
    frozen: Frozen,
    secret: Secret,
    entropy: Entropy,
}

/// A visit to be made.
pub(super) struct NewVisit {
    pub(super) uscc: String,
    pub(super) field: String,
    pub(super) division: String,
    pub(super) inspectors: String,
}

/// What came of a draw.
enum Outcome {
    /// Everyone who is visited has inspectors.
    Drawn { visits: Vec<NewVisit>, result_hash: String },
    /// No assignment of inspectors is possible.
    Failed(Infeasible),
}

/// A draw that was computed for one revision of its task.
struct Computed {
    revision: i64,
    outcome: Outcome,
}

impl Store {
    /// Draws objects and inspectors, makes the visits and seals the result. A task that is drawn already is answered as it is: whoever
    /// asks, nothing is left to decide. One for which nobody was drawn is complete at once.
    ///
    /// # Errors
    /// [`Error::DrawTooEarly`]; [`Error::AssignmentInfeasible`]: nothing is drawn then, and the attempt is sealed as failed; the refusal
    /// of four eyes while the figures are held and the caller recorded them.
    pub async fn run_draw(
        &self,
        act: &Act<'_>,
        body: &pb::RunDrawRequest,
        name: &TaskName,
    ) -> Result<pb::Task, Error> {
        match self.draw(act, body, name).await {
            // Somebody else was faster: what came of it is answered.
            Err(Error::Common(Common::Contended)) => self.draw(act, body, name).await,
            done => done,
        }
    }

    async fn draw(
        &self,
        act: &Act<'_>,
        body: &pb::RunDrawRequest,
        name: &TaskName,
    ) -> Result<pb::Task, Error> {
        let computed = self.compute(act, name).await?;
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut task = task::read(&mut tx, name).await?;
        if !task.failure.is_empty() {
            return Err(Error::AssignmentInfeasible(task.failure));
        }
        // Of a task that follows a clue the visits are there, too, and nothing was drawn.
        if task.state.is_drawn() && task.scope.clue.is_none() {
            return Ok(act.answer(tx, task_to_pb(&task)).await?);
        }
        let drawn = may_draw(&task, act)?;
        let matched = TASK.step(drawn.to, Event::DrawInspectors, &Actor::system())?;
        let assigned = TASK.step(matched.to, Event::Assign, &Actor::system())?;
        let computed = computed.filter(|computed| computed.revision == task.revision);
        let (visits, result_hash) = match computed.ok_or(Common::Contended)?.outcome {
            Outcome::Drawn { visits, result_hash } => (visits, result_hash),
            Outcome::Failed(missing) => {
                // A refusal is not stored as an answer: the request is not claimed for it.
                drop(tx);
                return Err(self.fail_draw(act, &task, &missing).await?);
            }
        };
        task.state = assigned.to;
        task.drawn_count = visits.len() as u64;
        task.result_hash = result_hash;
        task_row::update(&mut tx, &mut task).await?;
        insert_visits(&mut tx, &task, &visits, 0).await?;
        self.show(&mut tx, act, (Happened::Drawn, &task), "").await?;
        let payload = pb::DrawCompleted {
            attempt: i32::try_from(task.attempt).unwrap_or(i32::MAX),
            entropy: task.entropy_digits.clone(),
            result_hash: task.result_hash.clone(),
            drawn_count: i64::try_from(task.drawn_count).unwrap_or(i64::MAX),
        };
        self.emit(&mut tx, act, (COMPLETED, name.to_string(), act.today), &payload).await?;
        // Where nobody was drawn, nobody is left to visit.
        self.complete_if_settled(&mut tx, act, task).await?;
        let task = task::read(&mut tx, name).await?;
        Ok(act.answer(tx, task_to_pb(&task)).await?)
    }

    /// Computes the draw of a task that waits for it; `None` for one that does not.
    async fn compute(&self, act: &Act<'_>, name: &TaskName) -> Result<Option<Computed>, Error> {
        let mut tx = self.db.begin_read().await?;
        let task = task::read(&mut tx, name).await?;
        if !task.state.awaits_draw() {
            return Ok(None);
        }
        if !task.draw_has_come(act.now) {
            let at = task.draw_at.map(|at| at.to_string()).unwrap_or_default();
            let waits_for = format!("the announced moment is {at}");
            return Err(Error::DrawTooEarly { task: name.clone(), waits_for });
        }
        let input = input(&mut tx, &task).await?;
        drop(tx);
        let outcome = match input.run(drawn_visits).await {
            Ok(drawn) => drawn?,
            Err(Error::Draw(DrawError::Infeasible(missing))) => Outcome::Failed(missing),
            Err(error) => return Err(error),
        };
        Ok(Some(Computed { revision: task.revision, outcome }))
    }
}

/// The first step of a draw: while the figures are held, by another person than recorded them.
fn may_draw(task: &Task, act: &Act<'_>) -> Result<Step<State>, Refused> {
    let actor = act.caller.actor();
    match task.is_held(act.now) {
        true => TASK.step(task.state, Event::DrawConfirmed, &actor.on_proposal_of(&task.recorded_by)),
        false => TASK.step(task.state, Event::DrawObjects, &actor),
    }
}

impl Input {
    /// Runs the draw beside the threads that answer requests, and hands input and result to `then`.
    pub(super) async fn run<T: Send + 'static>(
        self,
        then: impl FnOnce(&Frozen, &draw::Task<'_>, &Drawn) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let span = service::telemetry::span_here();
        let run = move || {
            let _entered = span.enter();
            let Self { announcement, frozen, secret, entropy } = self;
            frozen.run(&announcement, &secret, &entropy, |task, drawn| then(&frozen, task, drawn))
        };
        let done = tokio::task::spawn_blocking(run).await;
        Ok(done.map_err(|problem| Common::corrupt(format!("the draw ended early: {problem}")))??)
    }
}

/// Reads all that the draw of a task needs.
///
/// # Errors
/// [`Error::DrawTooEarly`] when no figures are on record.
pub(super) async fn input(tx: &mut Tx, task: &Task) -> Result<Input, Error> {
    Ok(Input {
        entropy: entropy::recorded(task)?,
        announcement: entropy::announcement(task)?,
        frozen: frozen::load(tx, task).await?,
        secret: secret::take(tx, task).await?,
    })
}

/// The visits in the order in which they are listed and published: of a PUBLIC draw by ticket, of a RESTRICTED one by the bytes of the
/// object, as the list is disclosed. There the order by ticket would tell classes: where few are drawn, only small tickets are.
fn drawn_visits(frozen: &Frozen, task: &draw::Task<'_>, drawn: &Drawn) -> Result<Outcome, Error> {
    let numbers: HashMap<&str, &InspectorNo> =
        frozen.inspectors.iter().map(|one| (one.inspector.id.as_str(), &one.no)).collect();
    let places: HashMap<&str, (&str, &str)> = frozen
        .objects
        .iter()
        .map(|one| (one.object.as_str(), (one.field.as_str(), one.division.as_str())))
        .collect();
    // Slots stand in the order of the objects, the lead first.
    let mut inspectors: HashMap<&str, Vec<&str>> = HashMap::new();
    for slot in &drawn.assignment {
        let no =
            numbers.get(slot.inspector.as_str()).ok_or_else(|| Common::corrupt("a slot of a stranger"))?;
        inspectors.entry(&slot.object).or_default().push(no.as_str());
    }
    let visit = |object: &str| {
        let (field, division) = places.get(object)?;
        Some(NewVisit {
            uscc: object.to_owned(),
            field: (*field).to_owned(),
            division: (*division).to_owned(),
            inspectors: inspectors.get(object)?.join(","),
        })
    };
    let mut objects: Vec<&str> = drawn.objects.iter().map(|drawn| drawn.object.as_str()).collect();
    if !task.announcement.header().disclosure.is_public() {
        objects.sort_unstable();
    }
    let visits = objects.into_iter().map(visit).collect::<Option<_>>();
    let visits = visits.ok_or_else(|| Common::corrupt("a drawn object outside the pool"))?;
    Ok(Outcome::Drawn { visits, result_hash: drawn.result_hash.to_hex() })
}

/// Writes visits, the first of them at a position.
pub(super) async fn insert_visits(
    tx: &mut Tx,
    task: &Task,
    visits: &[NewVisit],
    first: i64,
) -> Result<(), Error> {
    const COLUMNS: [&str; 17] = [
        "task",
        "uscc",
        "position",
        "field",
        "division",
        "inspectors",
        "state",
        "settled",
        "result",
        "critical_count",
        "serious_count",
        "minor_count",
        "findings",
        "entered_by",
        "review_reason",
        "revision",
        "clue_led",
    ];
    let step = RESULT.step(None::<result::State>, result::Event::Assign, &Actor::system())?;
    let name = task.name.to_string();
    let rows = visits.iter().zip(first..).map(|(visit, position)| {
        [
            name.as_str().into(),
            visit.uscc.as_str().into(),
            Cell::Int(position),
            visit.field.as_str().into(),
            visit.division.as_str().into(),
            visit.inspectors.as_str().into(),
            step.to.word().into(),
            Cell::Bool(false),
            "".into(),
            Cell::Int(0),
            Cell::Int(0),
            Cell::Int(0),
            "".into(),
            "".into(),
            "".into(),
            Cell::Int(1),
            Cell::Bool(task.scope.clue.is_some()),
        ]
    });
    bulk::insert(tx, "visit", COLUMNS, rows).await?;
    Ok(())
}
