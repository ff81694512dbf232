//! What records trigger, beside the entries of the lists: written with the copy of the records, in one transaction. What follows from it
//! is derived by a job, which alone writes events.

use db::{Tx, on};
use domain::Uscc;

use super::penalty::{penalties_in, penalty_in};
use super::standing::{standing_named, standings_by};
use super::suspension::suspended_in;
use super::{Store, corrupt};
use crate::domain::list::{EntryName, List, Standing};
use crate::domain::trigger::{Unjudged, by_penalties};
use crate::error::Error;

/// The reader of collection's feed that makes the copy of the records.
pub(crate) const RECORDS_READER: &str = "punishment-record-triggers";

/// A broken commitment as its record tells it.
#[derive(Clone, Debug)]
pub struct Breach {
    /// From when to when it stands, but for suspensions.
    pub standing: Standing,
    /// Whether its decision is suspended now.
    pub suspended: bool,
    /// Name of the party.
    pub party_name: String,
    /// Division of the record.
    pub division: String,
}

impl Store {
    /// Brings what the penalties of a party trigger up to date, in a transaction of the caller.
    pub async fn triggers_follow(&self, tx: &mut Tx, uscc: &Uscc) -> Result<(), Error> {
        let penalties = penalties_in(tx, uscc).await?;
        let wanted = by_penalties(uscc, &penalties, &self.book).map_err(|problem| match problem {
            Unjudged::Rule(missing) => Error::Common(service::Error::Rule(missing)),
            Unjudged::Name(problem) => corrupt("record", problem),
        })?;
        let present = standings_by(tx, uscc, &List::BY_PENALTIES).await?;
        for gone in &present {
            if !wanted.iter().any(|standing| standing.name.is_resource_of(&gone.name)) {
                self.write_standing(tx, gone, true).await?;
            }
        }
        for standing in &wanted {
            if !present.iter().any(|one| one.is_written_with_suspensions_as(standing)) {
                self.write_of_record(tx, standing).await?;
            }
        }
        Ok(())
    }

    /// Takes in a breach as its record tells it, in a transaction of the caller. Days on which its decision was suspended go on not to
    /// count.
    pub async fn breach_follows(&self, tx: &mut Tx, told: &Breach) -> Result<(), Error> {
        const PARTY: &str = "
            INSERT INTO breach_party (record, party_name, division) VALUES ($1, $2, $3)
            ON CONFLICT (record) DO UPDATE SET party_name = excluded.party_name, division = excluded.division";
        let record = told.standing.name.to_string();
        let before = standing_named(tx, &record).await?;
        let suspended = suspended_in(tx, &record).await?.or_since(told.suspended, told.standing.listed_on);
        let standing =
            Standing { suspended_on: suspended.since, suspensions: suspended.over, ..told.standing.clone() };
        let present = before.filter(|before| !before.void);
        if !present.is_some_and(|present| present.standing.is_written_with_suspensions_as(&standing)) {
            self.write_of_record(tx, &standing).await?;
        }
        on!(tx, |conn| sqlx::query(PARTY)
            .bind(&record)
            .bind(&told.party_name)
            .bind(&told.division)
            .execute(conn)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Takes back the breach that a record told, whoever it was about, in a transaction of the caller.
    pub async fn breach_is_gone(&self, tx: &mut Tx, record: &str) -> Result<(), Error> {
        const NOBODY: &str = "DELETE FROM breach_party WHERE record = $1";
        on!(tx, |conn| sqlx::query(NOBODY).bind(record).execute(conn).await.map(drop))?;
        let Some(breach) = standing_named(tx, record).await? else { return Ok(()) };
        if !breach.void && breach.standing.name.list() == List::BrokenCommitment {
            self.write_standing(tx, &breach.standing, true).await?;
        }
        Ok(())
    }

    /// Takes back all that records trigger, before they are read again from the beginning. What an officer lifted stays lifted.
    pub async fn clear_triggers(&self, tx: &mut Tx) -> Result<(), Error> {
        const SQL: &str = "
            SELECT DISTINCT uscc FROM standing
            WHERE void = 0 AND list IN ('BROKEN_COMMITMENT', 'FOOD_LICENCE_REVOKED', 'PENALTIES_IN_YEAR')";
        const FORGET: &str = "
            UPDATE standing SET suspended_on = NULL, suspensions = ''
            WHERE list IN ('BROKEN_COMMITMENT', 'FOOD_LICENCE_REVOKED', 'PENALTIES_IN_YEAR')";
        const NOBODY: &str = "DELETE FROM breach_party";
        let parties: Vec<String> = on!(tx, |conn| sqlx::query_scalar(SQL).fetch_all(conn).await)?;
        for party in parties {
            let uscc = Uscc::parse(&party).map_err(|e| corrupt(&party, e))?;
            let of_records = [List::BrokenCommitment, List::BY_PENALTIES[0], List::BY_PENALTIES[1]];
            for standing in standings_by(tx, &uscc, &of_records).await? {
                self.write_standing(tx, &standing, true).await?;
            }
        }
        for sql in [FORGET, NOBODY] {
            on!(tx, |conn| sqlx::query(sql).execute(conn).await.map(drop))?;
        }
        Ok(())
    }

    /// Writes how something that a record triggers stands, with its suspensions: they are computed from events, and not noted by orders
    /// as those of an entry are.
    async fn write_of_record(&self, tx: &mut Tx, standing: &Standing) -> Result<(), Error> {
        self.write_standing(tx, standing, false).await?;
        self.write_suspensions(tx, &standing.name, &standing.suspensions).await
    }
}

/// Whom a record is about, by its name, and where: of a penalty or of a broken commitment.
pub(super) async fn party_of(tx: &mut Tx, name: &EntryName) -> Result<Option<(String, String)>, Error> {
    const SQL: &str = "SELECT party_name, division FROM breach_party WHERE record = $1";
    let record = name.to_string();
    if name.list() == List::BrokenCommitment {
        return Ok(on!(tx, |conn| sqlx::query_as(SQL).bind(&record).fetch_optional(conn).await)?);
    }
    let penalty = penalty_in(tx, &record).await?;
    Ok(penalty.map(|(record, _)| (record.party_name, record.division)))
}
