//! Proposing a match, and asking for the way back.

use contract::collection::v1 as pb;
use db::Tx;
use domain::{OfficeCode, Uscc};
use outbox::NewEvent;
use prost::Message;
use service::Error as Common;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::Step;
use service::obligation::{self, Matter};

use super::super::{Act, Store};
use super::row::{self, MatchRow};
use super::subject::{Found, Subject};
use crate::domain::NaturalId;
use crate::domain::matching::Candidate;
use crate::error::Error;
use crate::machines::matching::{Event, MATCH, State};

/// Kind of the event of a match that was proposed or decided.
const CHANGED: &str = "collection.match.changed";

/// What is proposed.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The record or ticket.
    pub subject: Subject,
    /// The party.
    pub uscc: Uscc,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// The way back, asked for.
#[derive(Clone, Debug)]
pub struct UndoRequest {
    /// The match.
    pub id: NaturalId,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

impl Store {
    /// The parties that an unmatched record or ticket may mean, at most `most`, the likeliest first; none where it says that it means
    /// a natural person.
    ///
    /// # Errors
    /// There is no such record or ticket, or the caller's office does not act in its field or division.
    pub async fn candidates_of(
        &self,
        subject: &Subject,
        caller: &Caller,
        today: chrono::NaiveDate,
        most: usize,
    ) -> Result<Vec<Candidate>, Error> {
        let sought = {
            let mut tx = self.db.begin_read().await.map_err(Common::from)?;
            let found = self.subject(&mut tx, subject, caller, today).await?;
            if found.is_of_person(&self.book, today) {
                return Ok(Vec::new());
            }
            found.sought()
        };
        Ok(self.candidates(sought, most).await?)
    }

    /// Proposes a match in the name of the caller.
    ///
    /// # Errors
    /// There is no such record or ticket, it is not unmatched, means a natural person, or has a live match; the party is not
    /// registered; the reason seems to tell the number of a ticket's caller.
    pub async fn propose_match(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::ProposeMatchRequest,
        proposal: &Proposal,
    ) -> Result<pb::Match, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let found = self.subject(&mut tx, &proposal.subject, caller, act.today).await?;
        proposal.subject.assert_impersonal("reason", &proposal.reason).map_err(Common::from)?;
        let step = MATCH.step(None, Event::Propose, &caller.actor()).map_err(Common::from)?;
        if !found.is_unmatched() {
            return Err(Error::NotUnmatched { subject: proposal.subject.name(), state: found.state() });
        }
        if found.is_of_person(&self.book, act.today) {
            return Err(Error::PartyIsPerson(proposal.subject.name()));
        }
        let id = NaturalId::of("match", &[key.caller, key.method, key.request_id.as_str()]);
        let row = self.new_match(act, caller, proposal, &found, id, step.to).await?;
        if !row::insert(&mut tx, &row, proposal.subject.sort()).await? {
            return Err(Error::MatchOpen(proposal.subject.name()));
        }
        self.follow_match(&mut tx, act, caller, &step, &row, &found).await?;
        let answer = row.to_pb();
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    async fn new_match(
        &self,
        act: &Act,
        caller: &Caller,
        proposal: &Proposal,
        found: &Found,
        id: NaturalId,
        state: State,
    ) -> Result<MatchRow, Error> {
        let fit = self.fit(&found.sought(), proposal.uscc.as_str()).await?;
        let (party, judgement) = fit.ok_or_else(|| Error::PartyNotRegistered(proposal.uscc.clone()))?;
        Ok(MatchRow {
            id: id.as_str().to_owned(),
            subject: proposal.subject.name(),
            uscc: party.uscc,
            legal_name: party.legal_name,
            score: judgement.score.into(),
            reasons: row::reasons_text(&judgement),
            field: found.field().map(ToString::to_string).unwrap_or_default(),
            division: found.division().map(ToString::to_string).unwrap_or_default(),
            state: state.as_str().to_owned(),
            proposer: caller.subject().to_owned(),
            reason: proposal.reason.clone(),
            decider: String::new(),
            remark: String::new(),
            revision: 1,
            created_us: act.now.micros(),
            updated_us: act.now.micros(),
        })
    }

    /// Asks, in the name of the caller, that a confirmed match be undone.
    ///
    /// # Errors
    /// [`Error::MatchNotFound`], the caller may not have to do with it, it is not confirmed, or the reason seems to tell the number of a
    /// ticket's caller.
    pub async fn request_match_undo(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::RequestMatchUndoRequest,
        undo: &UndoRequest,
    ) -> Result<pb::Match, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let mut row = row::find(&mut tx, &undo.id).await?;
        row.may_be_touched_by(caller, &self.book, act.today)?;
        let subject = row.subject()?;
        let found = self.subject(&mut tx, &subject, caller, act.today).await?;
        subject.assert_impersonal("reason", &undo.reason).map_err(Common::from)?;
        let step = MATCH.step(row.state()?, Event::RequestUndo, &caller.actor()).map_err(Common::from)?;
        row.proposer = caller.subject().to_owned();
        row.reason = undo.reason.clone();
        (row.decider, row.remark) = (String::new(), String::new());
        let answer = self.change_match(&mut tx, act, caller, &step, row, &found).await?;
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Puts a match into the state of `step`, opens and fulfils duties, and tells it.
    pub(super) async fn change_match(
        &self,
        tx: &mut Tx,
        act: &Act,
        caller: &Caller,
        step: &Step<State>,
        mut row: MatchRow,
        found: &Found,
    ) -> Result<pb::Match, Error> {
        let revision = row.revision;
        row.state = step.to.as_str().to_owned();
        row.updated_us = act.now.micros();
        row::update(tx, &row, revision).await?;
        row.revision += 1;
        self.follow_match(tx, act, caller, step, &row, found).await?;
        Ok(row.to_pb())
    }

    async fn follow_match(
        &self,
        tx: &mut Tx,
        act: &Act,
        caller: &Caller,
        step: &Step<State>,
        row: &MatchRow,
        found: &Found,
    ) -> Result<(), Error> {
        let name = row.name();
        let owner = OfficeCode::parse(&found.owner(&self.book)).ok();
        let matter = Matter {
            subject: &name,
            field: found.field(),
            division: found.division(),
            owner: owner.as_ref(),
        };
        obligation::follow(tx, step, &matter, caller.subject(), act.today, &self.book).await?;
        let payload = pb::MatchEvent { party_match: Some(row.to_pb()) }.encode_to_vec();
        let subject = row.subject.clone();
        let told =
            NewEvent { kind: CHANGED, subject, effective_on: act.today, context: &act.context, payload };
        self.outbox.append(tx, &told).await?;
        Ok(())
    }
}
