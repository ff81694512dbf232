//! Key attention that parties have: a copy of what risk tells. Who reads is noted by the caller of these, before the answer leaves.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{FieldCode, Uscc};

use super::{Store, corrupt};
use crate::error::Error;

/// Key attention to a party in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attention {
    /// Resource name of the flag.
    pub flag: String,
    /// The party.
    pub uscc: Uscc,
    /// Key field.
    pub field: FieldCode,
    /// Last day, counted.
    pub on_until: NaiveDate,
}

#[derive(sqlx::FromRow)]
struct Row {
    flag: String,
    uscc: String,
    field: String,
    on_until: NaiveDate,
}

impl TryFrom<Row> for Attention {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            uscc: Uscc::parse(&row.uscc).map_err(|problem| corrupt(&row.flag, problem))?,
            field: FieldCode::parse(&row.field).map_err(|problem| corrupt(&row.flag, problem))?,
            flag: row.flag,
            on_until: row.on_until,
        })
    }
}

/// Brings a flag up to date; `None` for one that has ended. A term is over by its date, whether or not anything is told of it.
pub(crate) async fn put_attention(
    tx: &mut Tx,
    flag: &str,
    attention: Option<&Attention>,
) -> Result<(), sqlx::Error> {
    const GONE: &str = "DELETE FROM party_attention WHERE flag = $1";
    const ON: &str = "INSERT INTO party_attention (flag, uscc, field, on_until) VALUES ($1, $2, $3, $4)";
    on!(tx, |conn| sqlx::query(GONE).bind(flag).execute(conn).await.map(drop))?;
    let Some(attention) = attention else { return Ok(()) };
    on!(tx, |conn| sqlx::query(ON)
        .bind(flag)
        .bind(attention.uscc.as_str())
        .bind(attention.field.as_str())
        .bind(attention.on_until)
        .execute(conn)
        .await
        .map(drop))
}

/// Forgets every flag, so that the copy can be made again.
pub(crate) async fn clear_attention(tx: &mut Tx) -> Result<(), sqlx::Error> {
    on!(tx, |conn| sqlx::query("DELETE FROM party_attention").execute(conn).await.map(drop))
}

impl Store {
    /// Key attention that these parties have on a day, in the order of the flags.
    pub async fn attention(&self, usccs: &[&str], day: NaiveDate) -> Result<Vec<Attention>, Error> {
        const SQL: &str = "SELECT flag, uscc, field, on_until FROM party_attention WHERE uscc IN";
        let mut tx = self.db.begin_read().await?;
        let rows: Vec<Row> = db::rows_of(&mut tx, SQL, usccs).await?;
        let flags = rows.into_iter().map(Attention::try_from).collect::<Result<Vec<_>, _>>()?;
        let mut on: Vec<_> = flags.into_iter().filter(|flag| flag.on_until >= day).collect();
        on.sort_by(|one, other| one.flag.cmp(&other.flag));
        Ok(on)
    }
}
