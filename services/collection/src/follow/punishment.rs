//! Punishment's lists: an entry becomes a record, its suspension and its removal change the record, its revocation withdraws it.

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use contract::punishment::v1::{AbnormalEvent, SeriousEvent};
use db::Tx;
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, Uscc};
use feed::{ApplyError, Event, Reaction};

use super::Hands;
use crate::domain::{Key, NewRecord};
use crate::machines::listing::{ABNORMAL, List, Meaning, SERIOUS};

/// The service, as origin and as unit that provides the record.
const PUNISHMENT: &str = "punishment";
const ABNORMAL_CHANGED: &str = "punishment.abnormal.changed";
/// Kind of an entry that marks a sole trader.
const MARK: &str = "MARK";
const SERIOUS_CHANGED: &str = "punishment.serious.changed";

/// Takes entries of the lists.
#[derive(Debug)]
pub(crate) struct Entries(pub(crate) Hands);

impl Reaction for Entries {
    const NAME: &'static str = "collection.list-entries";
    const KINDS: &'static [&'static str] = &[ABNORMAL_CHANGED, SERIOUS_CHANGED];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(told) = told(event)? else { return Ok(()) };
        let state = told.state.as_str();
        let meaning = told.list.meaning(state).ok_or_else(|| {
            ApplyError::poison(format!("`{state}` is not a state of the list {}", told.list.code))
        })?;
        if meaning == Meaning::Nothing {
            return Ok(());
        }
        let (store, act) = (&self.0.store, self.0.act(event));
        let new = record(&told, meaning, &event.header().office)?;
        if meaning == Meaning::Void {
            store.retract_derived(tx, &act, &new, &told.reason).await?;
        } else {
            store.take_derived(tx, &act, PUNISHMENT, &new).await?;
        }
        Ok(())
    }
}

/// What the events of both lists have in common.
struct Told {
    list: List,
    entry: String,
    uscc: String,
    party_name: String,
    field: String,
    division: String,
    ground: String,
    state: String,
    listed_on: String,
    removed_on: String,
    /// Whether an order suspends it: it does not count meanwhile (X4).
    suspended: bool,
    reason: String,
}

/// What an event tells; none when its payload was erased, or it is about no list.
fn told(event: &Event) -> Result<Option<Told>, ApplyError> {
    if event.kind() == ABNORMAL_CHANGED {
        let Some(AbnormalEvent { entry, reason, .. }) = event.payload()? else { return Ok(None) };
        let entry = entry.ok_or_else(|| ApplyError::poison("the event tells no entry"))?;
        // The mark of a sole trader is no entry in the directory.
        if entry.kind == MARK {
            return Ok(None);
        }
        return Ok(Some(Told {
            list: ABNORMAL,
            entry: entry.name,
            uscc: entry.uscc,
            party_name: entry.party_name,
            field: String::new(),
            division: entry.division,
            ground: entry.ground,
            state: entry.state,
            listed_on: entry.listed_on,
            removed_on: entry.removed_on,
            suspended: !entry.suspended_on.is_empty(),
            reason,
        }));
    }
    let Some(SeriousEvent { serious_case, reason, .. }) = event.payload()? else { return Ok(None) };
    let case = serious_case.ok_or_else(|| ApplyError::poison("the event tells no case"))?;
    // Whatever is told of a listing that ended, it ended on its own day.
    let told_on = event.effective_on().to_string();
    let removed_on = Some(case.ended_on).filter(|day| !day.is_empty()).unwrap_or(told_on);
    Ok(Some(Told {
        list: SERIOUS,
        entry: case.name,
        uscc: case.uscc,
        party_name: case.party_name,
        field: case.field,
        division: case.division,
        ground: case.ground,
        state: case.state,
        listed_on: case.listed_on,
        removed_on,
        suspended: !case.suspended_on.is_empty(),
        reason,
    }))
}

fn record(told: &Told, meaning: Meaning, office: &str) -> Result<NewRecord, ApplyError> {
    let removed = meaning == Meaning::Removed;
    let field = (!told.field.is_empty()).then(|| FieldCode::parse(&told.field)).transpose();
    let key = Key {
        uscc: Some(Uscc::parse(&told.uscc).map_err(ApplyError::poison)?),
        party_name: LegalName::parse(&told.party_name).map_err(ApplyError::poison)?,
        field: field.map_err(ApplyError::poison)?,
        division: Some(DivisionCode::parse(&told.division).map_err(ApplyError::poison)?),
        producer: LegalName::parse(PUNISHMENT).map_err(ApplyError::poison)?,
        document_no: DocumentNumber::parse(&told.entry).map_err(ApplyError::poison)?,
        decided_on: domain::parse_date(&told.listed_on).map_err(ApplyError::poison)?,
    };
    let status = match (removed, told.suspended) {
        (true, _) => "Removed",
        (false, true) => "Suspended",
        (false, false) => "Listed",
    };
    let content = Content::ListEntry(pb::ListEntry {
        list: told.list.code.to_owned(),
        entry: told.entry.clone(),
        ground: told.ground.clone(),
        status: status.to_owned(),
        removed_on: if removed { told.removed_on.clone() } else { String::new() },
    });
    let provenance = pb::Provenance {
        producer: PUNISHMENT.to_owned(),
        provider: PUNISHMENT.to_owned(),
        responsible: office.to_owned(),
    };
    let message =
        pb::Record { content: Some(content), provenance: Some(provenance), ..pb::Record::default() };
    NewRecord::new(key, message).ok_or_else(|| ApplyError::poison("an entry says nothing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Told {
        Told {
            list: ABNORMAL,
            entry: "abnormalEntries/1".to_owned(),
            uscc: "91370102MA3C00011F".to_owned(),
            party_name: "济南某某食品有限公司".to_owned(),
            field: String::new(),
            division: "370102".to_owned(),
            ground: "4".to_owned(),
            state: "Listed".to_owned(),
            listed_on: "2026-02-02".to_owned(),
            removed_on: "2026-03-02".to_owned(),
            suspended: false,
            reason: String::new(),
        }
    }

    fn status(new: NewRecord) -> (String, String) {
        match new.message.content {
            Some(Content::ListEntry(said)) => (said.status, said.removed_on),
            _ => panic!("an entry stays one"),
        }
    }

    #[test]
    fn listing_and_removal_are_one_record_whichever_office_acts() {
        let listed = record(&entry(), Meaning::Listed, "DISTRICT").unwrap();
        let removed = record(&entry(), Meaning::Removed, "FOREIGN_REG").unwrap();
        assert_eq!((&listed.id, listed.decided_on), (&removed.id, removed.decided_on));
        assert_eq!(status(listed), ("Listed".to_owned(), String::new()));
        assert_eq!(status(removed), ("Removed".to_owned(), "2026-03-02".to_owned()));
    }

    #[test]
    fn an_entry_that_an_order_suspends_is_told_to_be_so_until_it_counts_again_or_ends() {
        let suspended = Told { suspended: true, ..entry() };
        let listed = record(&suspended, Meaning::Listed, "DISTRICT").unwrap();
        assert_eq!(listed.id, record(&entry(), Meaning::Listed, "DISTRICT").unwrap().id);
        assert_eq!(status(listed), ("Suspended".to_owned(), String::new()));
        let removed = record(&suspended, Meaning::Removed, "DISTRICT").unwrap();
        assert_eq!(status(removed), ("Removed".to_owned(), "2026-03-02".to_owned()));
    }
}
