//! risk's feed: the class of each enterprise. Internal: it cuts strata and is never shown.

use contract::risk::v1::{ClassEvent, RiskClass};
use db::{Tx, on};
use domain::parse_date;
use feed::{ApplyError, Event, Projection};

use crate::store::{ClassRow, put_classes};

/// The copy of the classes.
#[derive(Clone, Copy, Debug)]
pub struct Classes;

fn class_row(class: RiskClass) -> Result<ClassRow, ApplyError> {
    let until = match class.override_ends_on.as_str() {
        "" => None,
        day => Some(parse_date(day).map_err(ApplyError::poison)?),
    };
    let RiskClass { uscc, field, scheme, code, computed_code: computed, .. } = class;
    Ok(ClassRow { uscc, field, scheme, code, until, computed })
}

impl Projection for Classes {
    const NAME: &'static str = "inspection-classes";
    const KINDS: &'static [&'static str] = &["risk.class.changed"];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let class = event.payload::<ClassEvent>()?.and_then(|payload| payload.risk_class);
            rows.extend(class.map(class_row).transpose()?);
        }
        Ok(put_classes(tx, rows).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        on!(tx, |conn| sqlx::query("DELETE FROM subject_class").execute(conn).await.map(drop))
    }
}
