//! Correcting a record: it says something else from now on, under the same name; what it said before is kept.

use std::collections::{HashMap, HashSet};

use contract::collection::v1 as pb;
use db::{Tx, on};
use domain::{DivisionCode, MicrosUtc};
use service::auth::{Caller, Denied};
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::{Actor, Step};
use service::obligation::{self, Matter, NewDuty};
use service::{Error as Common, FieldErrors};

use super::attach::move_duties;
use super::provider::RecordAct;
use super::record::find;
use super::record_row::{Stored, optional};
use super::take::record_event;
use super::{Act, Store, matching, publish};
use crate::convert::is_city_wide;
use crate::domain::publication::{Clocks, Duty, is_person};
use crate::domain::{NaturalId, NewRecord, home};
use crate::error::Error;
use crate::machines::record::{Event, MATCH, RECORD, State};

/// Kind of the event of a record that says something else from now on.
const CORRECTED: &str = "collection.record.corrected";

/// What a record is to say, and why.
#[derive(Clone, Debug)]
pub struct Correction {
    /// The record.
    pub id: NaturalId,
    /// Revision that the officer has read.
    pub revision: i64,
    /// What it is to say.
    pub new: NewRecord,
    /// Why, 1 to 500 characters.
    pub reason: String,
    /// Document that the correction rests on, 1 to 500 characters.
    pub legal_basis: String,
}

/// Why a record is corrected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    /// Why, in words.
    pub(super) reason: &'a str,
    /// Name of the objection or remedy that it follows from; empty when the provider corrects of its own accord.
    pub(super) cause: &'a str,
}

impl Store {
    /// Corrects a record in the name of the caller.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`], [`Error::RecordChanged`], [`Error::DerivedRecord`], [`Error::NothingToCorrect`],
    /// [`Error::ObjectionOpen`], [`Error::NotProvider`]; the caller's office does not act in its field or division, before or after;
    /// the natural key would be another; somebody who shows it could not be told; the record is withdrawn.
    pub async fn correct_record(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::CorrectRecordRequest,
        correction: &Correction,
    ) -> Result<pb::Record, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let id = &correction.id;
        let stored = find(&mut tx, id).await?.ok_or_else(|| Error::RecordNotFound(id.clone()))?;
        stored.may_be_touched_by(caller)?;
        stored.may_be_put_by(caller, &correction.new)?;
        let actor = self.provider(&stored, caller, RecordAct::Correct, act.today)?;
        if stored.record.revision != correction.revision {
            return Err(Error::RecordChanged { id: id.clone(), revision: stored.record.revision });
        }
        if !stored.record.open_objection.is_empty() {
            return Err(Error::ObjectionOpen(stored.record.name));
        }
        let actor = actor.citing(&correction.legal_basis);
        let ground = Ground { reason: &correction.reason, cause: "" };
        let answer = self.correct(&mut tx, act, stored, correction.new.clone(), &actor, ground).await?;
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Puts `new` in the place of what a record says: the old version is kept, what is due follows, everyone is told.
    pub(super) async fn correct(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: Stored,
        new: NewRecord,
        actor: &Actor<'_>,
        ground: Ground<'_>,
    ) -> Result<pb::Record, Error> {
        let step = RECORD.step(stored.state, Event::Correct, actor).map_err(Common::from)?;
        let new = stored.corrected_by(new, "record")?;
        self.assert_no_person(act, &stored, &new, "record")?;
        self.assert_tellable(tx, act, &stored, &new, "record").await?;
        if stored.record.open_objection != ground.cause {
            self.lapse_objection(tx, act, &stored, ground.reason).await?;
        }
        keep_past(tx, act, &stored, ground).await?;
        replace(tx, &stored, &new, step.to).await?;
        if stored.state.awaits_publication() || stored.state.is_told() {
            self.adjust_duties(tx, act, &stored, &new, actor.person).await?;
        }
        let mut corrected = find(tx, &new.id).await?.ok_or(Common::Contended)?;
        if corrected.division != stored.division {
            // Of a record that waits for its party, where it belongs may be put right, too.
            let (name, place) = (&corrected.record.name, corrected.division.as_ref());
            move_duties(tx, name, place).await?;
            matching::move_one(tx, name, place.map_or("", DivisionCode::as_str)).await?;
        }
        self.follow_correction(tx, act, &step, &corrected, actor).await?;
        self.push_changed(tx, act, &stored.record.decided_on, &corrected).await?;
        // Whoever was told the old version is told the new one; one that is suspended is told when that ends.
        if corrected.state.is_told() && corrected.record.suspended_by.is_empty() {
            self.tell_again(tx, act, &mut corrected.record).await?;
        }
        let told =
            record_event(act, CORRECTED, act.today, corrected.record.clone(), ground.reason.to_owned());
        self.outbox.append(tx, &told).await.map_err(Common::from)?;
        Ok(corrected.record)
    }

    /// Refuses what would make a record that stands under a code one of a natural person. `path`: where `new` stands in the request.
    pub(super) fn assert_no_person(
        &self,
        act: &Act,
        stored: &Stored,
        new: &NewRecord,
        path: &str,
    ) -> Result<(), FieldErrors> {
        let uscc = &stored.record.uscc;
        if uscc.is_empty() || !is_person(&self.book, &new.message, act.today) {
            return Ok(());
        }
        let problem = format!("names a natural person, but the record stands under {uscc}");
        Err(FieldErrors::one(format!("{path}.party_kind"), problem))
    }

    /// Opens and fulfils what the table says.
    async fn follow_correction(
        &self,
        tx: &mut Tx,
        act: &Act,
        step: &Step<State>,
        corrected: &Stored,
        actor: &Actor<'_>,
    ) -> Result<(), Common> {
        let owner = corrected.owner(&self.book);
        let matter = corrected.matter(owner.as_ref());
        obligation::follow(tx, step, &matter, actor.person, act.today, &self.book).await
    }

    /// Periods run from the day of the decision, and who answers follows from the content: where these were put right, so is
    /// what is due.
    async fn adjust_duties(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: &Stored,
        new: &NewRecord,
        person: &str,
    ) -> Result<(), Common> {
        let mut clocks = Clocks::new(&self.book, act.today);
        // Whether somebody has to find its party may have been put right, too.
        let searched = stored.state == State::Unmatched;
        let before = by_kind(clocks.duties(&stored.record, stored.decided_on()?, searched)?);
        let after = by_kind(clocks.duties(&new.message, new.decided_on, searched)?);
        // What was shown in time by the wrong day stays fulfilled.
        let mut shown = HashSet::new();
        for kind in before.iter().filter(|(kind, old)| after.get(*kind) != Some(*old)).map(|(kind, _)| *kind)
        {
            let open = obligation::fulfil(tx, &stored.record.name, kind, person, act.today).await?;
            if open == 0 && !stored.state.awaits_publication() {
                shown.insert(kind);
            }
        }
        let changed =
            |(kind, duty): &(&&'static str, &Duty)| before.get(*kind) != Some(duty) && !shown.contains(*kind);
        let mut is_published = false;
        for (kind, duty) in after.iter().filter(changed) {
            let matter = Matter {
                subject: &stored.record.name,
                field: new.field.as_ref(),
                division: stored.division.as_ref(),
                owner: None,
            };
            let duty = NewDuty { matter, kind, office: &duty.office, parameter: kind, start_on: duty.start };
            let due = obligation::open_in_force(tx, &duty, &self.book).await?;
            is_published |= due.is_some() && *kind != MATCH;
        }
        if is_published && !stored.state.is_told() {
            // The job that hands records over has looked at it while there was nothing to publish, or was never to look at it.
            publish::look_again(tx, &stored.record, Some(act.now)).await?;
        }
        Ok(())
    }
}

impl Stored {
    /// Whether the caller may have it say `new`: as by an import, nothing is put into a field or a division in which the caller does
    /// not act; whoever acts in the whole city names any division. One that it names already, or shows, stays.
    pub(super) fn may_be_put_by(&self, caller: &Caller, new: &NewRecord) -> Result<(), Denied> {
        new.field.as_ref().map_or(Ok(()), |field| caller.may_act_in_field(field))?;
        let kept = [self.delivered_division.as_str(), self.record.division.as_str()];
        let elsewhere = new.division.as_ref().filter(|division| !kept.contains(&division.as_str()));
        match elsewhere.filter(|_| !is_city_wide(&caller.scope())) {
            Some(division) => caller.may_act_in_division(division),
            None => Ok(()),
        }
    }

    /// `new` as the present version of this record: delivered with what this one was delivered with, where it names the party
    /// and the division that this one shows. `path`: where it stands in the request.
    pub(super) fn corrected_by(&self, new: NewRecord, path: &str) -> Result<NewRecord, Error> {
        let (shown, kept) = (&self.record, self.delivered());
        if !shown.origin.is_empty() {
            return Err(Error::DerivedRecord { name: shown.name.clone(), origin: shown.origin.clone() });
        }
        let corrupt = |problem: String| Common::corrupt(format!("{}: {problem}", shown.name));
        let (mut uscc, mut division) = (new.uscc.clone(), new.division.clone());
        if new.message.uscc == shown.uscc {
            uscc =
                optional(&kept.uscc, domain::Uscc::parse).map_err(|problem| corrupt(problem.to_string()))?;
        }
        if new.message.division == shown.division {
            division = optional(&kept.division, DivisionCode::parse)
                .map_err(|problem| corrupt(problem.to_string()))?;
        }
        let new = new.delivered_with(uscc, division);
        let mut errors = FieldErrors::default();
        for field in new.other_key(&kept) {
            errors.push(
                format!("{path}.{field}"),
                "is what the record is known by and is not corrected: withdraw the record and import it anew",
            );
        }
        errors.into_result().map_err(Common::from)?;
        if new.says(kept) {
            return Err(Error::NothingToCorrect(new.id));
        }
        // One that was taken when numbers were known as they are written has the id of that time.
        let id = NaturalId::parse(self.id()).map_err(|problem| corrupt(problem.to_string()))?;
        Ok(new.known_as(id))
    }
}

fn by_kind(duties: Vec<Duty>) -> HashMap<&'static str, Duty> {
    duties.into_iter().map(|duty| (duty.kind, duty)).collect()
}

/// Keeps what a record says, before something else takes its place.
pub(super) async fn keep_past(
    tx: &mut Tx,
    act: &Act,
    stored: &Stored,
    ground: Ground<'_>,
) -> Result<(), Common> {
    const SQL: &str = "
        INSERT INTO record_past (record_id, revision, content, state, replaced_us, reason, legal_basis, officer, office, cause)
        SELECT id, revision, content, state, $3, $4, $5, $6, $7, $8 FROM record WHERE key = unhex($1) AND revision = $2";
    let MicrosUtc(now) = act.now;
    on!(tx, |conn| sqlx::query(SQL)
        .bind(stored.id())
        .bind(stored.record.revision)
        .bind(now)
        .bind(ground.reason)
        .bind(act.context.legal_basis.as_str())
        .bind(act.context.actor.as_str())
        .bind(act.context.office.as_str())
        .bind(ground.cause)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Writes the new content into the row that was read.
async fn replace(tx: &mut Tx, stored: &Stored, new: &NewRecord, state: State) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE record
        SET party_name = $3, field = $4, division = $5, decided_on = $6, content = $7, state = $8, objection = '',
            revision = revision + 1
        WHERE key = unhex($1) AND revision = $2";
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(stored.id())
        .bind(stored.record.revision)
        .bind(new.party_name.as_str())
        .bind(new.message.field.as_str())
        .bind(home::here(&new.message.division))
        .bind(new.decided_on)
        .bind(new.content.as_slice())
        .bind(state.as_str())
        .execute(conn)
        .await?
        .rows_affected());
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}
