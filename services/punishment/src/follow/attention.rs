//! risk's feed: which parties have key attention, and until when. Whoever works on an application for repair sees it (R13), if he may read
//! flags; nothing is decided by it.

use contract::risk::v1::{AttentionEvent, Flag};
use db::Tx;
use domain::{FieldCode, Uscc, parse_date};
use feed::{ApplyError, Event, Projection};

use crate::store::{Attention, clear_attention, put_attention};

/// State of a flag that has ended (machine 4 of risk).
const OFF: &str = "AttentionOff";

/// The copy of the flags.
#[derive(Clone, Copy, Debug)]
pub struct Flags;

/// A flag by its name; without what it says once it has ended.
fn told(flag: Flag) -> Result<(String, Option<Attention>), ApplyError> {
    if flag.state == OFF {
        return Ok((flag.name, None));
    }
    let attention = Attention {
        flag: flag.name.clone(),
        uscc: Uscc::parse(&flag.uscc).map_err(ApplyError::poison)?,
        field: FieldCode::parse(&flag.field).map_err(ApplyError::poison)?,
        on_until: parse_date(&flag.on_until).map_err(ApplyError::poison)?,
    };
    Ok((flag.name, Some(attention)))
}

impl Projection for Flags {
    const NAME: &'static str = "punishment-flags";
    const KINDS: &'static [&'static str] = &["risk.attention.changed"];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(flag) = event.payload::<AttentionEvent>()?.and_then(|payload| payload.flag) else {
            return Ok(());
        };
        let (name, attention) = told(flag)?;
        Ok(put_attention(tx, &name, attention.as_ref()).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        clear_attention(tx).await
    }
}
