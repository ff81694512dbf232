//! The registry as a neighbour: what it tells of names, read from a real feed.

use contract::registry::v1::{Enterprise, EnterpriseEvent};
use prost::Message;
use punishment::Names;

use super::house::{House, TODAY};
use crate::common::neighbour::tells;

impl House {
    /// Has the registry tell names, in their order, and follows until they are read.
    pub async fn called(&self, names: &[(&str, &str)]) {
        let event = |&(uscc, legal_name): &(&str, &str)| {
            let enterprise = Enterprise {
                uscc: uscc.to_owned(),
                legal_name: legal_name.to_owned(),
                ..Enterprise::default()
            };
            let event = EnterpriseEvent { enterprise: Some(enterprise), ..EnterpriseEvent::default() };
            (format!("enterprises/{uscc}"), event.encode_to_vec())
        };
        let events = names.iter().map(event).collect();
        tells((self.store.db(), Names), "registry", "registry.enterprise.changed", TODAY, events).await;
    }
}
