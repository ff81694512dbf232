//! Risk classes, set elsewhere, shown as information to who reviews an application (state machine 5: a change of class is told to
//! licensing). Internal: nothing follows from a class here, and each read of it is noted.

use std::sync::Arc;

use contract::risk::v1::{ClassEvent, RiskClass};
use db::Tx;
use domain::{FieldCode, OfficeCode, Uscc, parse_date};
use feed::{ApplyError, Event, Projection};

use crate::domain::ToldClass;
use crate::store::{ClassFact, Store};

/// Keeps the class of each enterprise in each field.
#[derive(Clone, Debug)]
pub(crate) struct Classes {
    store: Arc<Store>,
}

impl Classes {
    /// A projection into `store`.
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl Projection for Classes {
    const NAME: &'static str = "classes";
    const KINDS: &'static [&'static str] = &["risk.class.changed"];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut facts = Vec::with_capacity(events.len());
        for event in events {
            let class = event.payload::<ClassEvent>()?.and_then(|told| told.risk_class);
            facts.extend(class.map(|class| fact(class, &event.header().office)).transpose()?);
        }
        Ok(self.store.take_classes(tx, &facts).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        self.store.forget_classes(tx).await
    }
}

/// A class without a code has ended.
fn fact(class: RiskClass, office: &str) -> Result<ClassFact, ApplyError> {
    let uscc = Uscc::parse(&class.uscc).map_err(ApplyError::poison)?;
    let field = FieldCode::parse(&class.field).map_err(ApplyError::poison)?;
    if class.code.is_empty() {
        return Ok(ClassFact::Ended { uscc, field });
    }
    let until = match class.override_ends_on.as_str() {
        "" => None,
        day => Some(parse_date(day).map_err(ApplyError::poison)?),
    };
    Ok(ClassFact::InEffect(ToldClass {
        uscc,
        field,
        scheme: class.scheme,
        code: class.code,
        as_of: parse_date(&class.as_of).map_err(ApplyError::poison)?,
        office: OfficeCode::parse(office).map_err(ApplyError::poison)?,
        effect: class.effect,
        until,
    }))
}
