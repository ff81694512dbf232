//! What is to be repaired, as this service knows it, and how it is judged.

use chrono::NaiveDate;
use domain::{DivisionCode, FieldCode, Uscc};

use super::super::party_name::registered_division;
use super::super::{Store, corrupt, serious};
use crate::api::convert::repair::read_penalty;
use crate::domain::home::registered_elsewhere;
use crate::domain::list::{EntryName, List, Standing};
use crate::domain::repair::{Eligibility, Listing, Others, Record, RepairName, Subject, judge};
use crate::error::{Error, RepairRefused};

/// What is to be repaired, with what scopes and names it.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its name.
    pub subject: Subject,
    /// The record.
    pub record: Record,
    /// The party.
    pub uscc: Uscc,
    /// Name of the party.
    pub party_name: String,
    /// Key field; `None` for none.
    pub field: Option<FieldCode>,
    /// Division of who decided, or of the party.
    pub division: DivisionCode,
    /// Where the party is registered, if that is in another province.
    pub registered_in: Option<DivisionCode>,
}

impl Store {
    /// What a name stands for.
    ///
    /// # Errors
    /// [`RepairRefused::SubjectNotFound`] when there is no such entry or penalty, or nobody was ever listed by it.
    pub async fn repair_subject(&self, subject: &Subject) -> Result<Found, Error> {
        match subject {
            Subject::Penalty(name) => self.penalty_subject(subject, name).await,
            Subject::Entry(name) => self.entry_subject(subject, name).await,
        }
    }

    async fn penalty_subject(&self, subject: &Subject, name: &str) -> Result<Found, Error> {
        let not_found = || RepairRefused::SubjectNotFound(subject.clone());
        let (record, suspended) = self.penalty(name).await?.ok_or_else(not_found)?;
        let penalty = read_penalty(&record, suspended).map_err(|problem| corrupt(name, problem))?;
        let uscc = Uscc::parse(&record.uscc).map_err(|problem| corrupt(name, problem))?;
        // A record whose division is not told is looked after where the party is registered.
        let division =
            DivisionCode::parse(&record.division).or_else(|_| DivisionCode::parse(&uscc.as_str()[2..8]));
        let division = division.map_err(|problem| corrupt(name, problem))?;
        let known = registered_division(&mut self.db.begin_read().await?, &uscc).await?;
        Ok(Found {
            subject: subject.clone(),
            field: penalty.field.clone(),
            registered_in: registered_elsewhere(known, &uscc, &division),
            division,
            party_name: record.party_name,
            record: Record::Penalty(penalty),
            uscc,
        })
    }

    async fn entry_subject(&self, subject: &Subject, name: &EntryName) -> Result<Found, Error> {
        if name.list() == List::Serious {
            let case = match self.case(name).await {
                Err(Error::CaseNotFound(_)) => {
                    return Err(RepairRefused::SubjectNotFound(subject.clone()).into());
                }
                case => case?,
            };
            // With the decision the party is told from when on it may be repaired, and that is published later.
            let decided = serious::standing(&case).filter(|_| !case.state.void());
            let restricted_until =
                case.papers.decision.as_ref().and_then(|decision| decision.restricted_until);
            let content = case.content;
            let registered_in = content.registered_in.clone().filter(|_| content.registered_elsewhere());
            let standing = self.standing_named(&content.uscc, name).await?.or(decided);
            let standing = standing.ok_or_else(|| RepairRefused::SubjectNotFound(subject.clone()))?;
            let listing = Listing {
                standing,
                penalty_no: Some(content.penalty_document_no),
                penalty_kinds: content.penalty_kinds,
                restricted_until,
            };
            return Ok(Found {
                subject: subject.clone(),
                record: Record::Serious(listing),
                uscc: content.uscc,
                party_name: content.party_name.to_string(),
                field: Some(content.field),
                division: content.division,
                registered_in,
            });
        }
        let content = match self.entry(name).await {
            Err(Error::EntryNotFound(_)) => {
                return Err(RepairRefused::SubjectNotFound(subject.clone()).into());
            }
            entry => entry?.content,
        };
        let standing = self.standing_named(&content.uscc, name).await?;
        let standing = standing.ok_or_else(|| RepairRefused::SubjectNotFound(subject.clone()))?;
        Ok(Found {
            subject: subject.clone(),
            record: Record::Abnormal(Listing {
                standing,
                penalty_no: None,
                penalty_kinds: Vec::new(),
                restricted_until: None,
            }),
            uscc: content.uscc,
            party_name: content.party_name.to_string(),
            field: None,
            division: content.division,
            // Who registered the party entered it.
            registered_in: None,
        })
    }

    async fn standing_named(&self, uscc: &Uscc, name: &EntryName) -> Result<Option<Standing>, Error> {
        let standings = self.standing_of(uscc).await?;
        Ok(standings.into_iter().find(|standing| standing.name.to_string() == name.to_string()))
    }

    /// Judges a subject by the law of a day and what is known of the party.
    ///
    /// # Errors
    /// The rulebook lacks a parameter that it must have.
    pub async fn eligibility(&self, found: &Found, on: NaiveDate) -> Result<Eligibility, Error> {
        let standings = self.standing_of(&found.uscc).await?;
        let penalties = self.penalties_of(&found.uscc).await?;
        let missing_reports = match &found.record {
            Record::Abnormal(_) => {
                self.missing_reports(&mut self.db.begin_read().await?, &found.uscc, on).await?
            }
            Record::Serious(_) | Record::Penalty(_) => Vec::new(),
        };
        let no_more = self.no_more_as(&mut self.db.begin_read().await?, &found.uscc, on).await?;
        let others = Others {
            standings: &standings,
            penalties: &penalties,
            missing_reports: &missing_reports,
            no_more: no_more.as_deref(),
        };
        Ok(judge(&self.book, &found.record, others, on).map_err(service::Error::from)?)
    }

    /// The subject of an application, judged. Read before the transaction of the act, whose first statement is the claim of the
    /// request: a refusal waits until that has been made.
    pub(in crate::store) async fn judged(
        &self,
        name: &RepairName,
        on: NaiveDate,
    ) -> Result<(Found, Eligibility), Error> {
        let found = self.repair_subject(&self.repair(name).await?.subject).await?;
        let judged = self.eligibility(&found, on).await?;
        Ok((found, judged))
    }

    /// Refuses a subject while something stands in its way.
    pub(super) fn is_eligible(&self, found: &Found, judged: &Eligibility) -> Result<(), Error> {
        if judged.is_eligible() {
            return Ok(());
        }
        let blocks: Vec<_> =
            judged.blocks.iter().map(|block| format!("{} {}", block.code, block.fact)).collect();
        let (subject, eligible_from) = (found.subject.clone(), judged.eligible_from);
        Err(RepairRefused::NotEligible { subject, eligible_from, blocks: blocks.join("; ") }.into())
    }
}
