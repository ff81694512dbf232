//! Check at use: the RPCs that other systems call before they act.

use std::slice;
use std::sync::Arc;

use contract::punishment::v1::parties_server::Parties;
use contract::punishment::v1::{
    BatchCheckPartiesRequest, BatchCheckPartiesResponse, CheckPartyByNameRequest, CheckPartyByNameResponse,
    CheckPartyRequest, PartyCandidate, PartyCheck,
};
use domain::{MicrosUtc, Uscc, shanghai_date};
use service::auth::Caller;
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use super::convert::party::{self, Question};
use super::convert::receipt;
use crate::domain::check::judge;
use crate::error::Error;
use crate::index::{Known, PartyIndex};
use crate::receipts::Receipts;
use crate::store::{Namesake, Store};

/// The service `Parties`.
#[derive(Clone, Debug)]
pub struct PartiesApi {
    store: Store,
    index: Arc<PartyIndex>,
    receipts: Receipts,
    clock: Clock,
}

impl PartiesApi {
    /// Answers from `index`, and from `store` when the index is too old; asks `receipts` for receipts.
    pub fn new(store: Store, index: Arc<PartyIndex>, receipts: Receipts, clock: Clock) -> Self {
        Self { store, index, receipts, clock }
    }

    /// The answers about `usccs`, in their order and from one state of the lists.
    async fn check(
        &self,
        usccs: &[Uscc],
        question: &Question<'_>,
        now: MicrosUtc,
    ) -> Result<Vec<PartyCheck>, Error> {
        let from_memory =
            self.index.read(now, |known| usccs.iter().map(|uscc| self.told(known, uscc, question)).collect());
        match from_memory {
            Some(answers) => Ok(answers),
            None => self.check_in_database(usccs, question).await,
        }
    }

    /// What the copy in memory says of one party.
    fn told(&self, known: &Known, uscc: &Uscc, question: &Question<'_>) -> PartyCheck {
        let finding = judge(self.store.book(), known.of(uscc), question.purpose, question.on);
        question.answer(uscc, &finding, known.known_seq())
    }

    /// The same when the copy has not heard from the database for too long. The head first: what was sealed up to it is in the rows.
    async fn check_in_database(
        &self,
        usccs: &[Uscc],
        question: &Question<'_>,
    ) -> Result<Vec<PartyCheck>, Error> {
        let known_seq = outbox::head(self.store.db()).await?.seq;
        let standings = self.store.standings_of(usccs).await?;
        let answer = |uscc| {
            let standings = standings.get(uscc).map_or(&[][..], Vec::as_slice);
            let finding = judge(self.store.book(), standings, question.purpose, question.on);
            question.answer(uscc, &finding, known_seq)
        };
        Ok(usccs.iter().map(answer).collect())
    }

    /// Gives each answer its receipt.
    async fn attest(
        &self,
        checks: &mut [PartyCheck],
        question: &Question<'_>,
        (caller, now): (&Caller, MicrosUtc),
    ) -> Result<(), Error> {
        let (office, book) = (caller.office().as_str(), self.store.book().hash());
        let facts = |check: &PartyCheck| receipt::facts(check, question.purpose, office, book, now);
        let receipts = self.receipts.issue(checks.iter().map(facts).collect()).await?;
        for (check, issued) in checks.iter_mut().zip(receipts) {
            check.receipt = Some(receipt::receipt_to_pb(issued));
        }
        Ok(())
    }

    /// The answer about one party, with its receipt if it is wanted. Boxed is what few answers need: every request would carry room for
    /// it.
    async fn check_one(
        &self,
        uscc: &Uscc,
        question: &Question<'_>,
        (receipt, now): (Option<&Caller>, MicrosUtc),
    ) -> Result<PartyCheck, Error> {
        let mut check = match self.index.read(now, |known| self.told(known, uscc, question)) {
            Some(check) => check,
            None => {
                let checks = Box::pin(self.check_in_database(slice::from_ref(uscc), question)).await?;
                checks.into_iter().next().unwrap_or_default()
            }
        };
        if let Some(caller) = receipt {
            Box::pin(self.attest(slice::from_mut(&mut check), question, (caller, now))).await?;
        }
        Ok(check)
    }
}

#[tonic::async_trait]
impl Parties for PartiesApi {
    async fn check_party(&self, request: Request<CheckPartyRequest>) -> Result<Response<PartyCheck>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let request = request.into_inner();
        let mut fields = FieldErrors::default();
        let now = self.clock.now();
        let uscc = fields.check("uscc", Uscc::parse(&request.uscc));
        let asked = (request.purpose.as_str(), request.as_of.as_str());
        let question = Question::read(&mut fields, self.store.book(), asked, shanghai_date(now));
        let Some(uscc) = uscc.filter(|_| fields.is_empty()) else { return Err(Error::from(fields).into()) };
        let receipt = request.receipt.then_some(&caller);
        Ok(Response::new(self.check_one(&uscc, &question, (receipt, now)).await?))
    }

    async fn batch_check_parties(
        &self,
        request: Request<BatchCheckPartiesRequest>,
    ) -> Result<Response<BatchCheckPartiesResponse>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let request = request.into_inner();
        let mut fields = FieldErrors::default();
        let now = self.clock.now();
        let usccs = party::batch(&mut fields, &request.usccs);
        let asked = (request.purpose.as_str(), request.as_of.as_str());
        let question = Question::read(&mut fields, self.store.book(), asked, shanghai_date(now));
        fields.into_result().map_err(Error::from)?;
        let mut checks = self.check(&usccs, &question, now).await?;
        if request.receipt && !checks.is_empty() {
            self.attest(&mut checks, &question, (&caller, now)).await?;
        }
        Ok(Response::new(BatchCheckPartiesResponse { checks }))
    }

    async fn check_party_by_name(
        &self,
        request: Request<CheckPartyByNameRequest>,
    ) -> Result<Response<CheckPartyByNameResponse>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let request = request.into_inner();
        let mut fields = FieldErrors::default();
        let now = self.clock.now();
        let name = party::party_name(&mut fields, &request.party_name);
        let asked = (request.purpose.as_str(), request.as_of.as_str());
        let question = Question::read(&mut fields, self.store.book(), asked, shanghai_date(now));
        let Some(name) = name.filter(|_| fields.is_empty()) else { return Err(Error::from(fields).into()) };
        let namesakes = self.store.namesakes(&name).await.map_err(Status::from)?;
        let check = match namesakes.as_slice() {
            [] => return Err(Error::PartyNameUnknown(name).into()),
            [one] => {
                let uscc = party::stored_code(&one.uscc)?;
                let receipt = request.receipt.then_some(&caller);
                // The name was looked up meanwhile: how old the copy is counts from here.
                Some(self.check_one(&uscc, &question, (receipt, self.clock.now())).await?)
            }
            _ => None,
        };
        let candidates = namesakes.into_iter().map(candidate).collect();
        Ok(Response::new(CheckPartyByNameResponse { check, candidates }))
    }
}

fn candidate(namesake: Namesake) -> PartyCandidate {
    PartyCandidate { uscc: namesake.uscc, legal_name: namesake.legal_name, former: namesake.former != 0 }
}
