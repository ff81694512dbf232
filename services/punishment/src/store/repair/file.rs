//! Beginning, submitting and withdrawing an application.

use contract::punishment::v1::Repair;
use db::{Tx, on};
use prost::Message;
use service::FieldErrors;
use service::idempotency::{self, Claim};
use uuid::Uuid;

use super::super::penalty::penalty_in;
use super::super::{Act, Store};
use super::{Application, Found, bounded, find};
use crate::api::convert;
use crate::domain::repair::{Paper, RepairName};
use crate::error::{Error, RepairRefused};
use crate::machines::repair::{Event, REPAIR};

/// An application to begin.
#[derive(Clone, Debug)]
pub struct NewRepair {
    /// What the party has done to put things right.
    pub statement: String,
    /// Papers that are there already.
    pub papers: Vec<Paper>,
    /// Records of checks whose negative results stop being published with the subject.
    pub related_checks: Vec<String>,
}

impl Store {
    /// Begins an application about what was `found`.
    ///
    /// # Errors
    /// [`RepairRefused::Exists`] when the subject has one that is not over; field errors, where the party is no more, or a related check is
    /// known to be a penalty.
    pub async fn begin_repair(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        found: &Found,
        new: NewRepair,
    ) -> Result<Repair, Error> {
        const SQL: &str = "
            INSERT INTO repair (id, subject, uscc, field, division, state, revision, content, since_us)
            VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)
            ON CONFLICT DO NOTHING";
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        self.party_is_there(&mut tx, &found.uscc, ("repair.subject", act.today())).await?;
        no_penalties(&mut tx, &new.related_checks).await?;
        let step = REPAIR.step(None, Event::Begin, &act.actor)?;
        let name = RepairName::new(Uuid::now_v7());
        let field = found.field.as_ref().map(ToString::to_string).unwrap_or_default();
        let said = Repair {
            name: name.to_string(),
            subject: found.subject.to_string(),
            subject_kind: found.subject.kind().to_owned(),
            uscc: found.uscc.to_string(),
            party_name: found.party_name.clone(),
            field: field.clone(),
            division: found.division.to_string(),
            registered_in: found.registered_in.as_ref().map(ToString::to_string).unwrap_or_default(),
            statement: new.statement,
            papers: new.papers.into_iter().map(convert::repair::paper).collect(),
            related_checks: new.related_checks,
            state: step.to.word().to_owned(),
            last_actor: act.actor.person.to_owned(),
            revision: 1,
            update_time: convert::timestamp(act.now.micros()),
            ..Repair::default()
        };
        let inserted = on!(tx, |conn| sqlx::query(SQL)
            .bind(name.id())
            .bind(found.subject.to_string())
            .bind(found.uscc.as_str())
            .bind(&field)
            .bind(found.division.as_str())
            .bind(step.to.word())
            .bind(said.encode_to_vec())
            .bind(act.now.micros())
            .execute(conn)
            .await
            .map(|done| done.rows_affected()))?;
        if inserted == 0 {
            return Err(RepairRefused::Exists(found.subject.clone()).into());
        }
        let begun = Application {
            name,
            subject: found.subject.clone(),
            uscc: found.uscc.clone(),
            field: found.field.clone(),
            division: found.division.clone(),
            state: step.to,
            said,
        };
        self.tell_repair(&mut tx, act, Event::Begin, None, &begun).await?;
        idempotency::store_answer(&mut tx, &act.key, &begun.said).await?;
        tx.commit().await?;
        Ok(begun.said)
    }

    /// Submits an application, with further papers; from its first day on only.
    ///
    /// # Errors
    /// [`RepairRefused::NotFound`], [`RepairRefused::NotEligible`]; a field error, where the party is no more.
    pub async fn submit_repair(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &RepairName,
        papers: Vec<Paper>,
    ) -> Result<Repair, Error> {
        let judged = self.judged(name, act.today()).await;
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        let step = REPAIR.step(before.state, Event::Submit, &act.actor)?;
        self.party_is_there(&mut tx, &before.uscc, ("name", act.today())).await?;
        let (found, judged) = judged?;
        self.is_eligible(&found, &judged)?;
        let mut said = before.said.clone();
        said.papers.extend(papers.into_iter().map(convert::repair::paper));
        bounded("papers", said.papers.len())?;
        said.submitted_on = act.today().to_string();
        said.submitter = act.actor.person.to_owned();
        said.eligibility = Some(convert::repair::eligibility(&self.book, &found, &judged));
        let after = self.take_repair_step(&mut tx, act, (&before, said), (Event::Submit, &step)).await?;
        idempotency::store_answer(&mut tx, &act.key, &after.said).await?;
        tx.commit().await?;
        Ok(after.said)
    }

    /// Withdraws an application that is not decided, at the wish of the party.
    ///
    /// # Errors
    /// [`RepairRefused::NotFound`].
    pub async fn withdraw_repair(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &RepairName,
        reason: String,
    ) -> Result<Repair, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        let step = REPAIR.step(before.state, Event::Withdraw, &act.actor)?;
        let said = Repair { reason, ..before.said.clone() };
        let after = self.take_repair_step(&mut tx, act, (&before, said), (Event::Withdraw, &step)).await?;
        idempotency::store_answer(&mut tx, &act.key, &after.said).await?;
        tx.commit().await?;
        Ok(after.said)
    }
}

/// Refuses penalties among the related checks: each has terms and conditions of its own, and an application. Whether the others are
/// checks of the party, collection looks at when the repair is carried out.
async fn no_penalties(tx: &mut Tx, related: &[String]) -> Result<(), Error> {
    let mut fields = FieldErrors::default();
    for (index, record) in related.iter().enumerate() {
        if penalty_in(tx, record).await?.is_some() {
            fields.push(
                format!("repair.related_checks[{index}]"),
                "is a penalty and no check: it needs an application of its own",
            );
        }
    }
    Ok(fields.into_result()?)
}
