//! Sending letters.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use db::Tx;
use domain::{FieldCode, Uscc};
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::{Actor, Refused};
use uuid::Uuid;

use super::row::insert;
use super::step::Told;
use super::template::{note_used, template_of};
use crate::domain::{Commitment, CommitmentKey, CommitmentView, Enterprise, Template, TemplateKey};
use crate::error::{CommitmentError, Error};
use crate::machines::commitment::{COMMITMENT, Event, LINE};
use crate::store::enterprise_row::enterprises_of;
use crate::store::licence_row::licences_of_holders;
use crate::store::{Act, Store};

/// Letters to send.
#[derive(Debug)]
pub struct Issue<'a> {
    /// What the request is known by.
    pub key: &'a Key<'a>,
    /// The request as sent.
    pub body: &'a pb::IssueCommitmentsRequest,
    /// Who asks.
    pub caller: &'a Caller,
    /// Whom to send one, each under the number of its letter.
    pub letters: &'a [(Uscc, Uuid)],
    /// The text.
    pub template: &'a TemplateKey,
    /// Last day for which the letters hold; `None`: as long as the enterprise holds a licence of the field.
    pub valid_to: Option<NaiveDate>,
}

#[derive(sqlx::FromRow)]
struct InForce {
    uscc: String,
    field: String,
}

impl Store {
    /// Sends letters, all or none, and answers them in the order asked for.
    ///
    /// # Errors
    /// [`CommitmentError::TemplateNotFound`], [`CommitmentError::TemplateNotEffective`], [`Error::EnterpriseNotFound`], field
    /// or division of one not the caller's, [`CommitmentError::LicenceRequired`], [`CommitmentError::InForce`].
    pub async fn issue_commitments(
        &self,
        issue: &Issue<'_>,
        act: &Act,
    ) -> Result<pb::IssueCommitmentsResponse, Error> {
        let mut tx = self.begin_act().await?;
        let claimed = claim(&mut tx, issue.key, issue.body, act.now).await?;
        let template = template_of(&mut tx, issue.template).await?;
        let field = &template.content.field;
        let holders = enterprises_of(&mut tx, issue.letters.iter().map(|(uscc, _)| uscc)).await?;
        for (uscc, _) in issue.letters {
            let holder = holders.get(uscc).ok_or_else(|| Error::EnterpriseNotFound(uscc.clone()))?;
            issue.caller.may_act_on(field, &holder.profile.division)?;
        }
        if let Claim::Repeat(answer) = claimed {
            return Ok(answer);
        }
        self.assert_due(&mut tx, issue, &template, act).await?;
        let views = self.new_letters(issue, &template, &holders, act)?;
        insert(&mut tx, &views.iter().map(|view| &view.commitment).collect::<Vec<_>>()).await?;
        note_used(&mut tx, &template).await?;
        let mut answer = pb::IssueCommitmentsResponse::default();
        for view in &views {
            let told = Told { previous_state: None, reason: "", context: &act.context };
            answer.commitments.push(self.tell(&mut tx, act, view, told).await?);
        }
        store_answer(&mut tx, issue.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Refuses what is not due: a text out of effect, an enterprise without a licence, or with a letter in force.
    async fn assert_due(
        &self,
        tx: &mut Tx,
        issue: &Issue<'_>,
        template: &Template,
        act: &Act,
    ) -> Result<(), Error> {
        if !template.is_effective_on(act.today) {
            return Err(CommitmentError::TemplateNotEffective(template.key.clone()).into());
        }
        let field = &template.content.field;
        let codes: Vec<&str> = issue.letters.iter().map(|(uscc, _)| uscc.as_str()).collect();
        let licensed: HashSet<Uscc> = licences_of_holders(tx, &codes)
            .await?
            .into_iter()
            .filter(|licence| licence.content.field == *field && licence.is_valid_on(act.today))
            .map(|licence| licence.content.uscc)
            .collect();
        let in_force = in_force(tx, &codes, field).await?;
        for (uscc, _) in issue.letters {
            let (uscc, field) = (uscc.clone(), field.clone());
            if in_force.contains(uscc.as_str()) {
                return Err(CommitmentError::InForce { uscc, field }.into());
            }
            if !licensed.contains(&uscc) {
                return Err(CommitmentError::LicenceRequired { uscc, field }.into());
            }
        }
        Ok(())
    }

    fn new_letters(
        &self,
        issue: &Issue<'_>,
        template: &Template,
        holders: &HashMap<Uscc, Enterprise>,
        act: &Act,
    ) -> Result<Vec<CommitmentView>, Error> {
        let office = issue.caller.office();
        let field = &template.content.field;
        let owners = self.book.field(field).map(|known| known.owner_offices.as_slice()).unwrap_or_default();
        let acting = if owners.contains(office) { LINE.code() } else { office.as_str() };
        let step = COMMITMENT.step(None, Event::Issue, &Actor::person(acting, issue.caller.subject()));
        let step = step.map_err(|refused| {
            let commitment = template.key.name();
            match refused {
                Refused::Office { .. } => CommitmentError::Office {
                    office: office.clone(),
                    commitment,
                    offices: owners.iter().map(ToString::to_string).collect(),
                },
                refused => CommitmentError::Refused { commitment, refused: Box::new(refused) },
            }
        })?;
        let view = |(uscc, id): &(Uscc, Uuid)| -> Result<CommitmentView, Error> {
            let holder = holders.get(uscc).ok_or_else(|| Error::EnterpriseNotFound(uscc.clone()))?;
            let commitment = Commitment {
                key: CommitmentKey { uscc: uscc.clone(), id: *id },
                field: field.clone(),
                template: template.key.clone(),
                state: step.to,
                office: office.clone(),
                issued_on: act.today,
                valid_to: issue.valid_to,
                copy: None,
                check_task: String::new(),
                published_on: None,
                pushed_revision: 0,
                acknowledged_at: None,
                ended_on: None,
                revision: 1,
                updated_at: act.now,
            };
            let (legal_name, division) = (holder.profile.legal_name.clone(), holder.profile.division.clone());
            Ok(CommitmentView { commitment, legal_name, division })
        };
        issue.letters.iter().map(view).collect()
    }
}

/// Codes of those who have a letter in force in `field`.
async fn in_force(tx: &mut Tx, codes: &[&str], field: &FieldCode) -> Result<HashSet<String>, sqlx::Error> {
    const SQL: &str = "SELECT uscc, field FROM commitment WHERE ended_on IS NULL AND uscc IN";
    let rows: Vec<InForce> = db::rows_of(tx, SQL, codes).await?;
    Ok(rows.into_iter().filter(|row| row.field == field.as_str()).map(|row| row.uscc).collect())
}
