//! Where an indicator takes its evidence from.

use prost_reflect::{FieldDescriptor, MessageDescriptor};

use super::path::{FieldKind, FieldPath};

/// The register entry of the enterprise itself.
pub const ATTRIBUTE: &str = "attribute";
/// A change of the register entry.
pub const CHANGE: &str = "change";
/// A licence of a key field.
pub const LICENCE: &str = "licence";
/// A confirmed breach of a letter of commitment.
pub const BREACH: &str = "breach";
/// A hotline ticket.
pub const TICKET: &str = "ticket";

/// Key attention, confirmed here.
pub const ATTENTION: &str = "attention";
/// A general class that the province has given, imported here.
pub const PROVINCIAL: &str = "provincial_class";

const ENTERPRISE_MESSAGE: &str = "xinjian.registry.v1.Enterprise";
const CHANGE_MESSAGE: &str = "xinjian.registry.v1.EnterpriseEvent";
const LICENCE_MESSAGE: &str = "xinjian.registry.v1.Licence";
const TICKET_MESSAGE: &str = "xinjian.collection.v1.Ticket";
const BREACH_MESSAGE: &str = "xinjian.registry.v1.Breach";
const FLAG_MESSAGE: &str = "xinjian.risk.v1.Flag";
const PROVINCIAL_MESSAGE: &str = "xinjian.risk.v1.ProvincialClass";
const RECORD_MESSAGE: &str = "xinjian.collection.v1.Record";

/// Where an indicator takes its evidence from: [`ATTRIBUTE`], [`CHANGE`], [`LICENCE`], [`TICKET`], [`BREACH`], [`ATTENTION`],
/// [`PROVINCIAL`], or a kind of record, which is a name of the `oneof content` of the contract's `Record`. A new kind of record is
/// therefore a source at once.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    message: MessageDescriptor,
}

impl Source {
    /// The source called `name`, or `None` if the contract knows none.
    pub fn named(name: &str) -> Option<Self> {
        let message = match name {
            ATTRIBUTE => ENTERPRISE_MESSAGE,
            CHANGE => CHANGE_MESSAGE,
            LICENCE => LICENCE_MESSAGE,
            TICKET => TICKET_MESSAGE,
            BREACH => BREACH_MESSAGE,
            ATTENTION => FLAG_MESSAGE,
            PROVINCIAL => PROVINCIAL_MESSAGE,
            kind if is_record(kind) => RECORD_MESSAGE,
            _ => return None,
        };
        let message = contract::descriptors().get_message_by_name(message)?;
        Some(Self { name: name.to_owned(), message })
    }

    /// All names of sources.
    pub(in crate::domain) fn names() -> Vec<String> {
        let ours = [ATTRIBUTE, CHANGE, LICENCE, BREACH, TICKET, ATTENTION, PROVINCIAL].map(str::to_owned);
        ours.into_iter().chain(record_kinds().iter().map(|field| field.name().to_owned())).collect()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The message that each piece of its evidence is.
    pub fn message(&self) -> &MessageDescriptor {
        &self.message
    }

    /// The date that a piece of evidence carries, unless the indicator names another; `None` for attributes, which
    /// hold at all times.
    pub(super) fn usual_day(&self) -> Option<&'static str> {
        match self.name.as_str() {
            ATTRIBUTE => None,
            CHANGE => Some("enterprise.effective_on"),
            LICENCE => Some("valid_from"),
            TICKET => Some("accepted_on"),
            BREACH => Some("ordered_on"),
            ATTENTION => Some("on_since"),
            PROVINCIAL => Some("classified_on"),
            _ => Some("decided_on"),
        }
    }

    /// The field at `path` of its messages; a date is a text.
    ///
    /// # Errors
    /// In words: what [`FieldPath::resolve`] does not find, or that the field is of another kind of record, which this source never is.
    pub(super) fn field(&self, path: &str) -> Result<FieldPath, String> {
        let kind = path.split('.').next().unwrap_or_default();
        if is_record(&self.name) && is_record(kind) && kind != self.name {
            let own = &self.name;
            return Err(format!(
                "`{path}` is a field of `{kind}`, never of `{own}`; expected one below `{own}.` or of every record"
            ));
        }
        FieldPath::resolve(&self.message, path)
    }

    /// The date at `path`.
    pub(super) fn date(&self, path: &str) -> Result<FieldPath, String> {
        let field = self.field(path)?;
        match field.kind() {
            FieldKind::Text => Ok(field),
            _ => Err(format!("`{path}` holds no date")),
        }
    }
}

/// Whether a source of this name is a kind of record.
pub(super) fn is_record(name: &str) -> bool {
    record_kinds().iter().any(|field| field.name() == name)
}

/// The kinds of content that a record can have.
fn record_kinds() -> Vec<FieldDescriptor> {
    let record = contract::descriptors().get_message_by_name(RECORD_MESSAGE);
    let content = record.as_ref().and_then(|record| record.oneofs().find(|oneof| oneof.name() == "content"));
    content.map(|content| content.fields().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_record_is_a_source() {
        for name in
            ["attribute", "licence", "ticket", "permit", "penalty", "inspection", "sampling", "list_entry"]
        {
            assert!(Source::named(name).is_some(), "{name}");
        }
        assert!(Source::named("rumour").is_none());
        assert!(Source::named("state").is_none());
    }

    #[test]
    fn every_usual_day_is_in_the_contract() {
        for name in ["change", "licence", "ticket", "breach", "attention", "provincial_class", "penalty"] {
            let source = Source::named(name).unwrap();
            assert!(source.date(source.usual_day().unwrap()).is_ok(), "{name}");
        }
    }
}
