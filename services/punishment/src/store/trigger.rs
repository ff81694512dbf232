//! What records trigger, beside the entries of the lists: written with the copy of the records, in one transaction.

use db::{Tx, on};
use domain::Uscc;

use super::penalty::penalties_in;
use super::standing::standings_by;
use super::{Store, corrupt};
use crate::domain::list::List;
use crate::domain::trigger::{Unjudged, by_penalties};
use crate::error::Error;

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
            if !present.iter().any(|one| one.is_written_as(standing)) {
                self.write_standing(tx, standing, false).await?;
            }
        }
        Ok(())
    }

    /// Takes back the breach that a record told, whoever it was about, in a transaction of the caller.
    pub async fn breach_is_gone(&self, tx: &mut Tx, record: &str) -> Result<(), Error> {
        const SQL: &str =
            "SELECT uscc FROM standing WHERE name = $1 AND list = 'BROKEN_COMMITMENT' AND void = 0";
        let party: Option<String> =
            on!(tx, |conn| sqlx::query_scalar(SQL).bind(record).fetch_optional(conn).await)?;
        let Some(party) = party else { return Ok(()) };
        let uscc = Uscc::parse(&party).map_err(|e| corrupt(record, e))?;
        for breach in standings_by(tx, &uscc, &[List::BrokenCommitment]).await? {
            if breach.name.to_string() == record {
                self.write_standing(tx, &breach, true).await?;
            }
        }
        Ok(())
    }

    /// Takes back all that records trigger, before they are read again from the beginning.
    pub async fn clear_triggers(&self, tx: &mut Tx) -> Result<(), Error> {
        const SQL: &str = "
            SELECT DISTINCT uscc FROM standing
            WHERE void = 0 AND list IN ('BROKEN_COMMITMENT', 'FOOD_LICENCE_REVOKED', 'PENALTIES_IN_YEAR')";
        let parties: Vec<String> = on!(tx, |conn| sqlx::query_scalar(SQL).fetch_all(conn).await)?;
        for party in parties {
            let uscc = Uscc::parse(&party).map_err(|e| corrupt(&party, e))?;
            let of_records = [List::BrokenCommitment, List::BY_PENALTIES[0], List::BY_PENALTIES[1]];
            for standing in standings_by(tx, &uscc, &of_records).await? {
                self.write_standing(tx, &standing, true).await?;
            }
        }
        Ok(())
    }
}
