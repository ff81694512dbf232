//! The job that passes overdue duties up, and tells it: `service` keeps the duties, the events are the outbox's.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use db::Db;
use domain::{MicrosUtc, shanghai_date};
use outbox::{EventContext, NewEvent, Outbox};
use prost::Message;
use rulebook::Rulebook;
use service::machine::Office;
use service::obligation::{self, Passed, Passing};
use service::{Clock, Error, Tasks};

/// Has the overdue duties of `service` looked at from the start on, and again after each `pause`: an import opens duties that have long
/// been overdue at any hour.
pub(crate) fn keep_passing_up(
    tasks: &mut Tasks,
    (service, db, outbox): (&'static str, &Db, Outbox),
    book: &Arc<Rulebook>,
    clock: Clock,
    pause: Duration,
) {
    let (db, book) = (db.clone(), book.clone());
    tasks.every("overdue duties", pause, move || {
        let (db, outbox, book) = (db.clone(), outbox.clone(), book.clone());
        async move { pass_up(service, &db, &outbox, &book, clock.now()).await.map(drop) }
    });
}

/// Passes the overdue duties of `service` up whose time with an office is over, each with an event in the same transaction. Repeatable:
/// nothing passes twice. Returns how many passed.
///
/// # Errors
/// As [`obligation::ready_to_pass`].
pub async fn pass_up(
    service: &str,
    db: &Db,
    outbox: &Outbox,
    book: &Rulebook,
    now: MicrosUtc,
) -> Result<usize, Error> {
    let (today, mut count) = (shanghai_date(now), 0);
    let context = EventContext {
        actor: Office::SYSTEM.code().to_owned(),
        office: Office::SYSTEM.code().to_owned(),
        request_id: String::new(),
        legal_basis: String::new(),
        rulebook_hash: book.hash().to_owned(),
        trace_context: String::new(),
        recorded_at_us: now.micros(),
    };
    let mut after = Some(Passing::default());
    while let Some(from) = after {
        let (ready, next) = obligation::ready_to_pass(db, &from, today, book).await?;
        after = next;
        if ready.is_empty() {
            continue;
        }
        let mut tx = db.begin_write().await?;
        let passed = obligation::pass_up(&mut tx, ready, today).await?;
        if passed.is_empty() {
            continue;
        }
        let kind = format!("{service}.duty.passed_up");
        let events: Vec<_> = passed.iter().map(|one| event(&kind, one, today, &context)).collect();
        outbox.append_all(&mut tx, &events).await?;
        tx.commit().await?;
        count += passed.len();
    }
    Ok(count)
}

fn event<'a>(kind: &'a str, passed: &Passed, today: NaiveDate, context: &'a EventContext) -> NewEvent<'a> {
    let payload = passed.told.encode_to_vec();
    NewEvent { kind, subject: passed.subject.clone(), effective_on: today, context, payload }
}
