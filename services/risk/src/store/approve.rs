//! Approving a run: its classes take effect in one transaction, and only what changed is told.

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use db::{Tx, on};
use domain::MicrosUtc;
use outbox::NewEvent;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::Actor;

use super::class_row::{ClassRow, StoredClass};
use super::findings::drop_findings;
use super::rescore::{class_event, end_classes};
use super::run_row::{run_of, runs_in};
use super::sample::check_samples;
use super::sample_row::samples_of;
use super::since::set_touched_aside;
use super::sql::rows_of;
use super::waiting::clear_waiting;
use super::{Act, Store, lock_evidence};
use crate::convert;
use crate::domain::class::{Class, Detail};
use crate::domain::engine::Engine;
use crate::domain::run::Run;
use crate::error::Error;
use crate::machines::run::{Event, RUN, State};

/// A class that the run changes: what it becomes, and what it was.
#[derive(sqlx::FromRow)]
struct ChangedRow {
    uscc: String,
    field: String,
    division: String,
    scheme: String,
    code: String,
    general_code: String,
    professional_code: String,
    general_points_e2: i64,
    professional_points_e2: i64,
    floor_code: String,
    as_of: NaiveDate,
    previous_code: String,
    previous_revision: i64,
}

impl Store {
    /// Lets a run take effect: its classes replace those in effect, and earlier runs are superseded. It decides by what it read: of
    /// enterprises of which something was told since, the combination says whether that takes effect too, or waits.
    ///
    /// `reason` says why, where a line office differs from a result.
    ///
    /// # Errors
    /// [`Error::RunNotFound`], [`service::Error::Refused`] when it is not reviewed, the office may not, or the approver
    /// started it or looked at a sample; [`Error::RunOutdated`] when other models are in force today than it computed by;
    /// [`Error::SampleOpen`], [`Error::SampleDisputed`] and [`Error::RunWithoutSample`] while a line office has not agreed.
    pub async fn approve_run(
        &self,
        key: &Key<'_>,
        body: &pb::ApproveRunRequest,
        caller: &Caller,
        act: &Act,
        (id, reason): (&str, Option<&str>),
    ) -> Result<pb::Run, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, act.now).await? {
            return Ok(answer);
        }
        lock_evidence(&mut tx).await?;
        let mut run = run_of(&mut tx, id).await?;
        let created_by = run.created_by.clone();
        let approver = caller.actor();
        let actor = approver.on_proposal_of(&created_by);
        let samples = samples_of(&mut tx, &run.id).await?;
        for checked in samples.iter().filter(|sample| !sample.checked_by.is_empty()) {
            RUN.step(run.state, Event::Approve, &approver.on_proposal_of(&checked.checked_by))?;
        }
        self.step_run(&mut tx, &mut run, Event::Approve, &actor, act, |run| {
            run.approved_by = caller.subject().to_owned();
            run.approval_reason = reason.unwrap_or_default().to_owned();
        })
        .await?;
        let engine = self.engine(&mut tx, act.today).await?;
        check_models(&run, &engine, act.today)?;
        check_samples(&run, &samples, self.sample_size(act.today)?, reason)?;
        self.supersede_earlier(&mut tx, &run, act).await?;
        note_for_others(&mut tx, &run.id).await?;
        clear_waiting(&mut tx, &run.id).await?;
        let aside = set_touched_aside(&mut tx, &run).await?;
        self.put_into_effect(&mut tx, &run, act).await?;
        self.decide_touched(&mut tx, &run, &engine, &aside, act).await?;
        if run.as_of < act.today {
            look_again(&mut tx, run.as_of).await?;
        }
        let answer = convert::report_to_pb(&run, &self.report(&run).await?);
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// The run that was in effect, and those that nobody approved, make room. One started later than this stays open.
    async fn supersede_earlier(&self, tx: &mut Tx, approved: &Run, act: &Act) -> Result<(), Error> {
        for mut other in runs_in(tx, &[State::Effective, State::Reviewed]).await? {
            let earlier = other.state == State::Effective || other.created_at <= approved.created_at;
            if other.id == approved.id || !earlier {
                continue;
            }
            drop_findings(tx, &other.id).await?;
            self.lapse_samples(tx, &other.id, act).await?;
            self.step_run(tx, &mut other, Event::Supersede, &Actor::system(), act, |_| ()).await?;
        }
        Ok(())
    }

    async fn put_into_effect(&self, tx: &mut Tx, run: &Run, act: &Act) -> Result<(), Error> {
        let changed = changed_classes(tx, &run.id).await?;
        let ended = ended_classes(tx, &run.id).await?;
        replace_classes(tx, run, act.now).await?;
        end_classes(tx, &ended).await?;
        let mut events: Vec<NewEvent<'_>> = Vec::with_capacity(changed.len() + ended.len());
        for row in changed {
            let previous = row.previous_code.clone();
            let stored = row.in_effect(run, act.now);
            events.push(class_event(&stored, &previous, act, &act.context));
        }
        for stored in ended {
            let previous = stored.code_on(act.today).to_owned();
            events.push(class_event(&stored.ended(), &previous, act, &act.context));
        }
        if !events.is_empty() {
            self.outbox.append_all(tx, &events).await?;
        }
        Ok(())
    }
}

impl ChangedRow {
    /// As it stands in effect. What led to it is not part of what is told.
    fn in_effect(self, run: &Run, now: MicrosUtc) -> StoredClass {
        StoredClass {
            class: Class {
                uscc: self.uscc,
                field: self.field,
                division: self.division,
                scheme: self.scheme,
                code: self.code,
                general_code: self.general_code,
                professional_code: self.professional_code,
                general_points_e2: self.general_points_e2,
                professional_points_e2: self.professional_points_e2,
                floor_code: self.floor_code,
                as_of: self.as_of,
                detail: Detail::default(),
            },
            run: run.id.clone(),
            effect: None,
            known_seq: run.known.collection,
            registry_seq: run.known.registry,
            rulebook_hash: run.rulebook_hash.clone(),
            effective_at: now,
            revision: self.previous_revision + 1,
            over: None,
            objected: false,
        }
    }
}

/// Classes that are new or of other codes than those in effect.
async fn changed_classes(tx: &mut Tx, run: &str) -> Result<Vec<ChangedRow>, sqlx::Error> {
    const SQL: &str = "
        SELECT r.uscc, r.field, r.division, r.scheme, r.code, r.general_code, r.professional_code,
            r.general_points_e2, r.professional_points_e2, r.floor_code, r.as_of,
            COALESCE(c.code, '') AS previous_code, COALESCE(c.revision, 0) AS previous_revision
        FROM run_class r LEFT JOIN class c ON c.uscc = r.uscc AND c.field = r.field
        WHERE r.run = $1 AND r.code <> '' AND (c.uscc IS NULL OR c.code <> r.code OR c.general_code <> r.general_code
            OR c.professional_code <> r.professional_code)
        ORDER BY r.uscc, r.field";
    on!(tx, |conn| sqlx::query_as(SQL).bind(run).fetch_all(conn).await)
}

/// Classes in effect that end by the run: their enterprises left the field.
async fn ended_classes(tx: &mut Tx, run: &str) -> Result<Vec<StoredClass>, Error> {
    const SQL: &str = "
        SELECT c.* FROM class c JOIN run_class r ON r.uscc = c.uscc AND r.field = c.field
        WHERE r.run = $1 AND r.code = ''
        ORDER BY c.uscc, c.field";
    let rows: Vec<ClassRow> = on!(tx, |conn| sqlx::query_as(SQL).bind(run).fetch_all(conn).await)?;
    Ok(rows.into_iter().map(StoredClass::try_from).collect::<Result<_, _>>()?)
}

/// Puts the classes that the run changes into effect, in one statement; all others stay as they are.
async fn replace_classes(tx: &mut Tx, run: &Run, now: MicrosUtc) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO class (uscc, field, division, scheme, code, general_code, professional_code, general_points_e2,
            professional_points_e2, floor_code, as_of, detail, run, known_seq, registry_seq, rulebook_hash,
            effective_at_us, revision)
        SELECT uscc, field, division, scheme, code, general_code, professional_code, general_points_e2,
            professional_points_e2, floor_code, as_of, detail, run, $2, $5, $3, $4, 1
        FROM run_class
        WHERE run = $1 AND code <> ''
        ON CONFLICT (uscc, field) DO UPDATE SET
            division = excluded.division, scheme = excluded.scheme, code = excluded.code,
            general_code = excluded.general_code, professional_code = excluded.professional_code,
            general_points_e2 = excluded.general_points_e2, professional_points_e2 = excluded.professional_points_e2,
            floor_code = excluded.floor_code, as_of = excluded.as_of, detail = excluded.detail, run = excluded.run, known_seq = excluded.known_seq,
            registry_seq = excluded.registry_seq,
            rulebook_hash = excluded.rulebook_hash, revision = class.revision + 1, effect_kind = '', effect_label = '',
            effect_cites = '',
            effective_at_us = CASE
                WHEN class.code = excluded.code AND class.general_code = excluded.general_code
                    AND class.professional_code = excluded.professional_code
                THEN class.effective_at_us ELSE excluded.effective_at_us END";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(&run.id)
        .bind(run.known.collection)
        .bind(&run.rulebook_hash)
        .bind(now.micros())
        .bind(run.known.registry)
        .execute(conn)
        .await
        .map(drop))
}

/// Whether the models and the combination in force on the day of the approval are those that the run computed by: nobody has reviewed
/// what others would say.
fn check_models(run: &Run, engine: &Engine, today: NaiveDate) -> Result<(), Error> {
    let in_force = convert::models_used(engine);
    if run.models == in_force {
        return Ok(());
    }
    let names = |these: &[String], those: &[String]| {
        let others = these.iter().filter(|used| !those.contains(used));
        let others = others.filter_map(|used| used.split(' ').next()).collect::<Vec<_>>();
        if others.is_empty() { "none".to_owned() } else { others.join(", ") }
    };
    Err(Error::RunOutdated {
        run: run.id.clone(),
        used: names(&run.models, &in_force),
        in_force: names(&in_force, &run.models),
        today,
    })
}

/// Lets everybody be looked at once more today: windows may have ended since the day of the run, which are news beside its classes.
async fn look_again(tx: &mut Tx, as_of: NaiveDate) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        UPDATE daily_look SET day = $1, looking = '', looked_to = '' WHERE id = 1 AND (day > $1 OR looking <> '')";
    let as_of = as_of.to_string();
    on!(tx, |conn| sqlx::query(SQL).bind(as_of).execute(conn).await.map(drop))
}

/// What this run changes is news for every other run that may still take effect.
async fn note_for_others(tx: &mut Tx, run: &str) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO run_touched (run, uscc)
        SELECT DISTINCT o.id, c.uscc FROM run_class c CROSS JOIN run o
        WHERE c.run = $1 AND o.id = $2
        ON CONFLICT (run, uscc) DO NOTHING";
    let waiting: Vec<_> = State::all().filter(|state| state.awaits_effect()).map(State::as_str).collect();
    let others: Vec<(String,)> = rows_of(tx, "SELECT id FROM run WHERE state IN", &waiting, "").await?;
    for (other,) in others.iter().filter(|(other,)| other != run) {
        on!(tx, |conn| sqlx::query(SQL).bind(run).bind(other).execute(conn).await.map(drop))?;
    }
    Ok(())
}
