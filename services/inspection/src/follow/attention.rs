//! risk's feed: who has key attention, and until when. Internal: it raises the ratio of a stratum, and is shown beside visits to who
//! may read flags.

use contract::risk::v1::{AttentionEvent, Flag};
use db::{Tx, on};
use domain::parse_date;
use feed::{ApplyError, Event, Projection};

use crate::store::{AttentionRow, put_attention};

/// State of a flag that has ended (machine 4 of risk).
const OFF: &str = "AttentionOff";

/// The copy of the flags.
#[derive(Clone, Copy, Debug)]
pub struct Attention;

fn attention_row(flag: Flag) -> Result<AttentionRow, ApplyError> {
    let on_until = match flag.state.as_str() {
        OFF => None,
        _ => Some(parse_date(&flag.on_until).map_err(ApplyError::poison)?),
    };
    Ok(AttentionRow { flag: flag.name, uscc: flag.uscc, field: flag.field, on_until })
}

impl Projection for Attention {
    const NAME: &'static str = "inspection-attention";
    const KINDS: &'static [&'static str] = &["risk.attention.changed"];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let flag = event.payload::<AttentionEvent>()?.and_then(|payload| payload.flag);
            rows.extend(flag.map(attention_row).transpose()?);
        }
        Ok(put_attention(tx, rows).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        on!(tx, |conn| sqlx::query("DELETE FROM subject_attention").execute(conn).await.map(drop))
    }
}
