//! Running a scan: read at one moment, tested in memory, written in one transaction.

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use db::{Tx, on};
use outbox::NewEvent;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::Actor;
use service::obligation;
use tokio::task::spawn_blocking;

use super::read::Read;
use super::signal_row;
use crate::convert;
use crate::domain::attention::{Scan, Signal};
use crate::domain::signal::scan::{Raised, scan};
use crate::domain::signal::{Scanned, Settings};
use crate::error::Error;
use crate::machines::attention::{ATTENTION, Event};
use crate::rules::signal_settings;
use crate::store::{Act, Store};

/// Who makes the daily scan.
const SYSTEM: &str = "SYSTEM";

/// What was found in a field.
type Found = (Read, Scanned);

impl Store {
    /// Scans for an officer.
    ///
    /// # Errors
    /// [`service::Error::Rule`] when the rulebook lacks a parameter for the day.
    pub async fn run_scan(
        &self,
        key: &Key<'_>,
        body: &pb::RunScanRequest,
        act: &Act,
        id: &str,
        as_of: NaiveDate,
    ) -> Result<pb::Scan, Error> {
        let found = self.look(as_of, act).await?;
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, act.now).await? {
            return Ok(answer);
        }
        let mut scan = self.new_scan(id, as_of, key.caller, act, &found);
        insert_scan(&mut tx, &scan).await?;
        self.raise_all(&mut tx, &mut scan, &found, act).await?;
        let answer = convert::scan_to_pb(&scan);
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// The daily scan, up to the day before, unless it has been made; answers the scan that it made. Nothing is scanned, and
    /// nothing noted, while no enterprise is known.
    ///
    /// # Errors
    /// As [`run_scan`](Self::run_scan).
    pub async fn daily_scan(&self, act: &Act) -> Result<Option<Scan>, Error> {
        let Some(as_of) = act.today.pred_opt() else { return Ok(None) };
        let id = format!("daily-{as_of}");
        if self.has_scan(&id).await? {
            return Ok(None);
        }
        let found = self.look(as_of, act).await?;
        if found.is_empty() {
            return Ok(None);
        }
        let mut tx = self.db.begin_write().await?;
        let mut scan = self.new_scan(&id, as_of, SYSTEM, act, &found);
        if !insert_scan(&mut tx, &scan).await? {
            return Ok(None);
        }
        self.raise_all(&mut tx, &mut scan, &found, act).await?;
        tx.commit().await?;
        Ok(Some(scan))
    }

    /// Looks at all fields; ends terms first, so that what has ended stands in no way.
    async fn look(&self, as_of: NaiveDate, act: &Act) -> Result<Vec<Found>, Error> {
        self.expire_flags(act).await?;
        let settings = signal_settings(&self.book, as_of).map_err(service::Error::from)?;
        let fields = self.read_for_scan(&settings).await?;
        let look = move || fields.into_iter().map(|read| looked(read, &settings)).collect();
        spawn_blocking(look).await.map_err(|_| Error::ScanEnded)
    }

    fn new_scan(&self, id: &str, as_of: NaiveDate, by: &str, act: &Act, found: &[Found]) -> Scan {
        let sum = |part: fn(&Scanned) -> u64| {
            i64::try_from(found.iter().map(|(_, scanned)| part(scanned)).sum::<u64>()).unwrap_or(i64::MAX)
        };
        Scan {
            id: id.to_owned(),
            as_of,
            enterprises: sum(|scanned| scanned.enterprises),
            events: sum(|scanned| scanned.events),
            tests: sum(|scanned| scanned.tests),
            raised: 0,
            rulebook_hash: self.book.hash().to_owned(),
            created_by: by.to_owned(),
            created_at: act.now,
        }
    }

    /// Raises what was found and does not stand yet; each with the duty to review it, and told.
    async fn raise_all(&self, tx: &mut Tx, scan: &mut Scan, found: &[Found], act: &Act) -> Result<(), Error> {
        const RAISED: &str = "UPDATE scan SET raised = $2 WHERE id = $1";
        let mut told = Vec::new();
        for (read, scanned) in found {
            for raised in &scanned.raised {
                scan.raised += 1;
                let signal = new_signal(scan, read, raised, act)?;
                if signal_row::insert(tx, &signal).await? {
                    let step = ATTENTION.step(None, Event::Raise, &Actor::system())?;
                    self.follow_duties(tx, &step, &signal, act).await?;
                    told.push(signal);
                } else {
                    scan.raised -= 1;
                }
            }
        }
        on!(tx, |conn| sqlx::query(RAISED).bind(&scan.id).bind(scan.raised).execute(conn).await.map(drop))?;
        let events: Vec<_> = told.iter().map(|signal| self.signal_event(signal, act)).collect();
        if !events.is_empty() {
            self.outbox.append_all(tx, &events).await?;
        }
        let (raised, tests) = (scan.raised, scan.tests);
        tracing::info!(scan.id = %scan.id, raised, tests, "scan `{}` raised {raised} signals in {tests} tests", scan.id);
        Ok(())
    }

    /// The event of a signal that changed.
    pub(super) fn signal_event<'a>(&self, signal: &Signal, act: &'a Act) -> NewEvent<'a> {
        NewEvent {
            kind: convert::SIGNAL_CHANGED,
            subject: format!("enterprises/{}", signal.uscc),
            effective_on: act.today,
            context: &act.context,
            payload: convert::signal_event(signal, &self.book),
        }
    }

    /// Opens and fulfils what a step says, at the line office of the field.
    pub(super) async fn follow_duties(
        &self,
        tx: &mut Tx,
        step: &service::machine::Step<crate::machines::attention::State>,
        signal: &Signal,
        act: &Act,
    ) -> Result<(), Error> {
        let field = super::decide::field_of(signal)?;
        let division = super::decide::division_of(signal)?;
        let owner = self.book.field(&field).and_then(|field| field.owner_offices.first());
        let name = signal.name();
        let matter =
            obligation::Matter { subject: &name, field: Some(&field), division: Some(&division), owner };
        Ok(obligation::follow(tx, step, &matter, &act.context.actor, act.today, &self.book).await?)
    }

    async fn has_scan(&self, id: &str) -> Result<bool, sqlx::Error> {
        const SQL: &str = "SELECT id FROM scan WHERE id = $1";
        let found: Option<String> =
            on!(self.db, |pool| sqlx::query_scalar(SQL).bind(id).fetch_optional(pool).await)?;
        Ok(found.is_some())
    }
}

fn looked(read: Read, settings: &Settings) -> Found {
    let scanned = scan(read.field(), settings);
    (read, scanned)
}

fn new_signal(scan: &Scan, read: &Read, raised: &Raised, act: &Act) -> Result<Signal, Error> {
    let producer = read.producer(raised.producer);
    let step = ATTENTION.step(None, Event::Raise, &Actor::system())?;
    Ok(Signal {
        id: format!("{}-{}", scan.id, scan.raised),
        uscc: producer.uscc.clone(),
        field: read.field.to_string(),
        topic: read.topic(raised.topic).to_owned(),
        division: producer.division.clone(),
        state: step.to,
        scan: scan.id.clone(),
        evidence: raised.evidence.clone(),
        as_of: scan.as_of,
        raised_on: act.today,
        decided_by: String::new(),
        decided_on: None,
        reason: String::new(),
        flag: None,
        revision: 1,
        created_at: act.now,
    })
}

/// Adds a scan; nothing, and `false`, when there is one of its id.
async fn insert_scan(tx: &mut Tx, scan: &Scan) -> Result<bool, sqlx::Error> {
    const SQL: &str = "
        INSERT INTO scan (id, as_of, enterprises, events, tests, raised, rulebook_hash, created_by, created_at_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT DO NOTHING";
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(&scan.id)
        .bind(scan.as_of)
        .bind(scan.enterprises)
        .bind(scan.events)
        .bind(scan.tests)
        .bind(scan.raised)
        .bind(&scan.rulebook_hash)
        .bind(&scan.created_by)
        .bind(scan.created_at.micros())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}
