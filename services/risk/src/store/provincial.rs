//! Classes by the province: taken in as evidence of risk's own, and taken back.

use std::collections::BTreeMap;

use contract::risk::v1 as pb;
use db::{Tx, on};
use outbox::NewEvent;
use prost::Message;
use service::fitting::Page;
use service::idempotency::{Claim, Key, claim, store_answer};

use super::class::Cut;
use super::looked_back::division_of;
use super::sql::rows_of;
use super::{Act, Batch, Piece, Store, lock_evidence};
use crate::convert;
use crate::domain::known::own_position;
use crate::domain::model::PROVINCIAL as SOURCE;
use crate::domain::provincial::ProvincialClass;
use crate::error::Error;

/// One message of an import, as far as it can be read.
#[derive(Clone, Debug, Default)]
pub struct ProvincialRows {
    /// Rows to take, in order.
    pub rows: Vec<ProvincialClass>,
    /// Rows refused, a field each.
    pub rejected: Vec<pb::RejectedClass>,
}

#[derive(sqlx::FromRow)]
struct KeptRow {
    name: String,
    payload: Vec<u8>,
}

impl KeptRow {
    fn class(&self) -> Result<pb::ProvincialClass, service::Error> {
        pb::ProvincialClass::decode(self.payload.as_slice())
            .map_err(|problem| service::Error::corrupt(format!("evidence {}: {problem}", self.name)))
    }
}

impl Store {
    /// Takes the rows of one message, in one transaction. Of two rows about the same, the last counts.
    ///
    /// # Errors
    /// When the database fails, or the request id was used for something else.
    pub async fn import_provincial(
        &self,
        key: &Key<'_>,
        body: &pb::ImportProvincialClassesRequest,
        act: &Act,
        read: ProvincialRows,
    ) -> Result<pb::ImportProvincialClassesResponse, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, act.now).await? {
            return Ok(answer);
        }
        let mut known = kept(&mut tx, &read.rows).await?;
        let mut answer = pb::ImportProvincialClassesResponse {
            request_id: key.request_id.to_string(),
            rejected: read.rejected,
            ..Default::default()
        };
        let mut changed = BTreeMap::new();
        for row in &read.rows {
            let told = convert::provincial_to_pb(row);
            let count = match known.insert(row.name(), told.encode_to_vec()) {
                None => &mut answer.taken,
                Some(earlier) if earlier == told.encode_to_vec() => {
                    answer.duplicates += 1;
                    continue;
                }
                Some(_) => &mut answer.corrected,
            };
            *count += 1;
            changed.insert(row.name(), told);
        }
        self.take_provincial(&mut tx, changed, act).await?;
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// The models take a class of the province as a piece of evidence, and everybody is told.
    async fn take_provincial(
        &self,
        tx: &mut Tx,
        changed: BTreeMap<String, pb::ProvincialClass>,
        act: &Act,
    ) -> Result<(), Error> {
        let mut batch = Batch::default();
        let mut events = Vec::with_capacity(changed.len());
        for (name, class) in changed {
            let piece = Piece {
                uscc: class.uscc.clone(),
                source: SOURCE.to_owned(),
                known_seq: own_position(act.today),
                payload: class.encode_to_vec(),
            };
            batch.causes.insert(class.uscc.clone(), name.clone());
            batch.piece(&name, piece);
            events.push(NewEvent {
                kind: convert::PROVINCIAL_CHANGED,
                subject: format!("enterprises/{}", class.uscc),
                effective_on: act.today,
                context: &act.context,
                payload: convert::provincial_event(class),
            });
        }
        if !events.is_empty() {
            self.apply(tx, &batch).await?;
            self.outbox.append_all(tx, &events).await?;
        }
        Ok(())
    }

    /// Takes back a class that the province has not given.
    ///
    /// # Errors
    /// [`Error::ProvincialClassNotFound`] when there is none of this name.
    pub async fn withdraw_provincial(
        &self,
        key: &Key<'_>,
        body: &pb::WithdrawProvincialClassRequest,
        act: &Act,
        (name, reason): (&str, &str),
    ) -> Result<pb::WithdrawProvincialClassResponse, Error> {
        const SQL: &str =
            "SELECT name, payload FROM evidence WHERE name = $1 AND source = 'provincial_class'";
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, act.now).await? {
            return Ok(answer);
        }
        // Of two who take it back at once, one finds it gone.
        lock_evidence(&mut tx).await?;
        let row: Option<KeptRow> = on!(tx, |conn| sqlx::query_as(SQL).bind(name).fetch_optional(conn).await)?;
        let class = row.ok_or_else(|| Error::ProvincialClassNotFound(name.to_owned()))?.class()?;
        let mut batch = Batch::default();
        batch.causes.insert(class.uscc.clone(), name.to_owned());
        batch.withdraw(name, own_position(act.today));
        self.apply(&mut tx, &batch).await?;
        let event = NewEvent {
            kind: convert::PROVINCIAL_CHANGED,
            subject: format!("enterprises/{}", class.uscc),
            effective_on: act.today,
            context: &act.context,
            payload: convert::provincial_withdrawn_event(class, reason),
        };
        self.outbox.append(&mut tx, &event).await?;
        let answer = pb::WithdrawProvincialClassResponse { name: name.to_owned() };
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// What the province has said of an enterprise, the latest first, with the division of the enterprise. `cut.after` is the name
    /// of the last one of the page before.
    ///
    /// # Errors
    /// [`Error::ClassNotFound`] for an enterprise that is not known.
    pub async fn provincial_classes(
        &self,
        uscc: &str,
        cut: &Cut,
    ) -> Result<(String, Page<pb::ProvincialClass>), Error> {
        const SQL: &str = "
            SELECT name, payload FROM evidence WHERE uscc = $1 AND source = 'provincial_class' ORDER BY name";
        let mut tx = self.db.begin_read().await?;
        let division = division_of(&mut tx, uscc).await?;
        let division = division.ok_or_else(|| Error::ClassNotFound(format!("enterprises/{uscc}")))?;
        let rows: Vec<KeptRow> = on!(tx, |conn| sqlx::query_as(SQL).bind(uscc).fetch_all(conn).await)?;
        let mut classes = rows.iter().map(KeptRow::class).collect::<Result<Vec<_>, _>>()?;
        // A few a year: ordered by day here, whatever their schemes are called.
        classes.sort_by_cached_key(|class| std::cmp::Reverse(key(class)));
        classes.retain(|class| cut.after.is_empty() || key(class) < cut.after);
        classes.truncate(usize::try_from(cut.size).unwrap_or(0) + 1);
        Ok((division, cut.page(classes, key)))
    }
}

/// By day, then by name.
fn key(class: &pb::ProvincialClass) -> String {
    format!("{} {}", class.classified_on, class.name)
}

/// What is kept already under the names of rows.
async fn kept(tx: &mut Tx, rows: &[ProvincialClass]) -> Result<BTreeMap<String, Vec<u8>>, sqlx::Error> {
    const SQL: &str = "SELECT name, payload FROM evidence WHERE name IN";
    let names: Vec<String> = rows.iter().map(ProvincialClass::name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let kept: Vec<KeptRow> = rows_of(tx, SQL, &names, "").await?;
    Ok(kept.into_iter().map(|row| (row.name, row.payload)).collect())
}
