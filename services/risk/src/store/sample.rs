//! Samples of a run: drawn when it is reviewed, looked at by the line offices, and held against its approval.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use db::Tx;
use domain::{DivisionCode, DivisionKind, FieldCode, OfficeCode};
use outbox::NewEvent;
use service::FieldErrors;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::{Actor, Step};
use service::obligation::{self, Matter};

use super::run_row::run_of;
use super::sample_row::{
    candidates_of, forget_candidates, insert_sample, put_results, samples_of, update_sample,
};
use super::{Act, Store, lock_evidence};
use crate::convert;
use crate::domain::run::Run;
use crate::domain::sample::{Candidates, SIZE, Sample, Verdict};
use crate::error::Error;
use crate::machines::sample::{Event, LEAD, SAMPLE, State};

/// What an office says of results, each by its class name.
pub type Said = BTreeMap<String, Verdict>;

impl Store {
    /// How many results of a field a sample holds, by the rulebook; 0: line offices are asked for nothing.
    ///
    /// # Errors
    /// [`service::Error::Rule`] when it says nothing of the day.
    pub fn sample_size(&self, day: NaiveDate) -> Result<usize, Error> {
        Ok(usize::try_from(self.book.integer(SIZE, day)?).unwrap_or_default())
    }

    /// Draws the samples of a run that is reviewed, one for each field with results, and asks the line offices.
    pub(super) async fn draw_samples(&self, tx: &mut Tx, run: &Run, act: &Act) -> Result<(), Error> {
        let mut candidates = Candidates::of_size(self.sample_size(act.today)?);
        for candidate in candidates_of(tx, &run.id).await? {
            candidates.offer(&candidate.field, candidate.place, || candidate.clone());
        }
        forget_candidates(tx, &run.id).await?;
        for (field, chosen) in candidates.choose() {
            put_results(tx, &run.id, &chosen).await?;
            let step = SAMPLE.step(None, Event::Draw, &Actor::system())?;
            let sample = Sample {
                run: run.id.clone(),
                office: self.leading_office(&field)?,
                field,
                state: step.to,
                checked_by: String::new(),
                checked_at: None,
                results: Vec::new(),
            };
            insert_sample(tx, &sample).await?;
            self.follow_sample(tx, &step, &sample, chosen.len(), act).await?;
        }
        Ok(())
    }

    /// Ends the samples that nobody has looked at, because their run was given up or replaced.
    pub(super) async fn lapse_samples(&self, tx: &mut Tx, run: &str, act: &Act) -> Result<(), Error> {
        let open = samples_of(tx, run).await?.into_iter().filter(|one| one.state.awaits(Event::Lapse));
        for mut sample in open {
            let step = SAMPLE.step(sample.state, Event::Lapse, &Actor::system())?;
            sample.state = step.to;
            update_sample(tx, &sample).await?;
            let size = sample.results.len();
            self.follow_sample(tx, &step, &sample, size, act).await?;
        }
        Ok(())
    }

    /// Notes what a line office says of every result of its sample.
    ///
    /// # Errors
    /// [`Error::RunNotFound`], [`Error::SampleNotFound`], [`service::Error::Denied`] where a result lies outside the caller's divisions,
    /// [`service::Error::Refused`] when the office is another one, the caller started the run, or it was said before; a result of the
    /// sample that is not named, or a name that is none of them.
    pub async fn record_sample_check(
        &self,
        key: &Key<'_>,
        body: &pb::RecordSampleCheckRequest,
        caller: &Caller,
        act: &Act,
        (run, field, said): (&str, &FieldCode, Said),
    ) -> Result<pb::SampleCheck, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, act.now).await? {
            return Ok(answer);
        }
        // An approval must not overtake what is said here.
        lock_evidence(&mut tx).await?;
        let created_by = run_of(&mut tx, run).await?.created_by;
        let mut sample = named(samples_of(&mut tx, run).await?, run, field)?;
        may_see(caller, &sample)?;
        let leads = *caller.office() == sample.office;
        let officer = if leads { Actor::person(LEAD.code(), caller.subject()) } else { caller.actor() };
        let differs = said.values().any(|verdict| *verdict != Verdict::Agrees);
        let event = if differs { Event::Dispute } else { Event::Agree };
        let step = SAMPLE.step(sample.state, event, &officer.on_proposal_of(&created_by))?;
        take(&mut sample, said)?;
        sample.state = step.to;
        sample.checked_by = caller.subject().to_owned();
        sample.checked_at = Some(act.now);
        update_sample(&mut tx, &sample).await?;
        let size = sample.results.len();
        self.follow_sample(&mut tx, &step, &sample, size, act).await?;
        let answer = convert::check_to_pb(&sample, size);
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// The samples of a run, in the order of fields; none before it is reviewed.
    pub async fn samples(&self, run: &str) -> Result<Vec<Sample>, Error> {
        let mut tx = self.db.begin_read().await?;
        samples_of(&mut tx, run).await
    }

    /// One sample, for a caller who may see all of its enterprises.
    ///
    /// # Errors
    /// [`Error::RunNotFound`], [`Error::SampleNotFound`], [`service::Error::Denied`].
    pub async fn sample(&self, caller: &Caller, run: &str, field: &FieldCode) -> Result<Sample, Error> {
        let mut tx = self.db.begin_read().await?;
        run_of(&mut tx, run).await?;
        let sample = named(samples_of(&mut tx, run).await?, run, field)?;
        may_see(caller, &sample)?;
        Ok(sample)
    }

    /// The leading office of a field.
    fn leading_office(&self, field: &str) -> Result<OfficeCode, Error> {
        let known = FieldCode::parse(field).ok().and_then(|field| self.book.field(&field));
        let office = known.and_then(|field| field.owner_offices.first()).cloned();
        Ok(office.ok_or_else(|| service::Error::corrupt(format!("nobody answers for the field {field}")))?)
    }

    async fn follow_sample(
        &self,
        tx: &mut Tx,
        step: &Step<State>,
        sample: &Sample,
        size: usize,
        act: &Act,
    ) -> Result<(), Error> {
        let field = FieldCode::parse(&sample.field)
            .map_err(|problem| service::Error::corrupt(format!("sample {}: {problem}", sample.name())))?;
        let subject = sample.name();
        let owner = Some(&sample.office);
        let matter = Matter { subject: &subject, field: Some(&field), division: None, owner };
        obligation::follow(tx, step, &matter, &act.context.actor, act.today, &self.book).await?;
        let event = NewEvent {
            kind: convert::SAMPLE_CHANGED,
            subject,
            effective_on: act.today,
            context: &act.context,
            payload: convert::sample_event(sample, size),
        };
        self.outbox.append(tx, &event).await?;
        Ok(())
    }
}

/// The sample of this field.
fn named(samples: Vec<Sample>, run: &str, field: &FieldCode) -> Result<Sample, Error> {
    let found = samples.into_iter().find(|sample| sample.field == field.as_str());
    found.ok_or_else(|| Error::SampleNotFound(format!("runs/{run}/samples/{field}")))
}

/// A sample is shown, and decided, whole. Who is registered outside of the city lies in nobody's division, and is hidden from nobody.
fn may_see(caller: &Caller, sample: &Sample) -> Result<(), Error> {
    for one in sample.results.iter().filter(|one| !one.result.division.is_empty()) {
        let division = DivisionCode::parse(&one.result.division)
            .map_err(|problem| service::Error::corrupt(format!("sample {}: {problem}", sample.name())))?;
        if division.kind() != DivisionKind::Foreign {
            caller.may_act_in_division(&division)?;
        }
    }
    Ok(())
}

/// Takes what an office says of its sample: of every result, and of nothing else. A refusal names none of them: who is in a sample, the
/// riskiest first, is told by the read that is logged.
fn take(sample: &mut Sample, mut said: Said) -> Result<(), Error> {
    let mut unsaid = 0_usize;
    for one in &mut sample.results {
        one.verdict = said.remove(&convert::class_name(&one.result.uscc, &one.result.field));
        unsaid += usize::from(one.verdict.is_none());
    }
    let mut errors = FieldErrors::default();
    if unsaid > 0 {
        errors.push("findings", format!("say nothing of {unsaid} results of the sample"));
    }
    if !said.is_empty() {
        errors.push("findings", format!("name {} results that are not in the sample", said.len()));
    }
    Ok(errors.into_result()?)
}

/// Whether every line office has looked at its sample and agrees, or CREDIT says why it approves all the same. A difference about one
/// enterprise need not keep all others from their classes, but it is answered. `size` is that of a sample on the day of the approval:
/// a run without samples is one that nobody was asked about, and only a rulebook that asks nobody lets it through.
pub(super) fn check_samples(
    run: &Run,
    samples: &[Sample],
    size: usize,
    reason: Option<&str>,
) -> Result<(), Error> {
    if samples.is_empty() && run.total > 0 && size > 0 {
        return Err(Error::RunWithoutSample(run.id.clone()));
    }
    let open: Vec<_> = samples.iter().filter(|sample| sample.state.awaits(Event::Agree)).collect();
    if !open.is_empty() {
        let offices = open.iter().map(|sample| sample.office.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Error::SampleOpen { run: run.id.clone(), fields: fields_of(&open), offices });
    }
    let disputed: Vec<_> = samples.iter().filter(|sample| sample.state.is_disputed()).collect();
    match reason {
        None if !disputed.is_empty() => {
            Err(Error::SampleDisputed { run: run.id.clone(), fields: fields_of(&disputed) })
        }
        Some(_) if disputed.is_empty() => {
            Err(FieldErrors::one("reason", "answers nothing: no line office differs").into())
        }
        _ => Ok(()),
    }
}

fn fields_of(samples: &[&Sample]) -> String {
    samples.iter().map(|sample| sample.field.as_str()).collect::<Vec<_>>().join(", ")
}
