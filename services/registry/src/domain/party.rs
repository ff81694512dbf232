//! Parties without a unified social credit code: as little as possible, and erasable (X5).

use domain::{DivisionCode, LegalName, MicrosUtc, Uscc};
use uuid::Uuid;

/// Which party: a number that says nothing about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartyId(pub Uuid);

impl PartyId {
    /// `parties/{id}`.
    pub fn name(&self) -> String {
        format!("parties/{}", self.0)
    }
}

/// What is kept about a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyContent {
    /// Its name; `None` once erased. Personal data.
    pub legal_name: Option<LegalName>,
    /// Code of the rulebook's set `party_kind`.
    pub party_kind: String,
    /// Division of the supervising bureau.
    pub division: DivisionCode,
    /// Enterprise in whose matter it is known; `None` once erased. It may tell who the party is.
    pub related: Option<Uscc>,
}

/// A party as the register knows it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Which.
    pub id: PartyId,
    /// What is kept.
    pub content: PartyContent,
    /// 1 when registered; rises by one with every change.
    pub revision: i64,
    /// When the register first learned of it.
    pub created_at: MicrosUtc,
    /// When it was erased.
    pub erased_at: Option<MicrosUtc>,
}

impl Party {
    /// The party without anything that tells who it is; `None` when that is so already.
    pub fn erased(&self, now: MicrosUtc) -> Option<Self> {
        if self.erased_at.is_some() {
            return None;
        }
        let content = PartyContent { legal_name: None, related: None, ..self.content.clone() };
        Some(Self { content, revision: self.revision + 1, erased_at: Some(now), ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erasing_leaves_nothing_that_tells_who_it_was_and_happens_once() {
        let content = PartyContent {
            legal_name: Some(LegalName::parse("王二").unwrap()),
            party_kind: "natural_person".into(),
            division: DivisionCode::parse("370102").unwrap(),
            related: Some(Uscc::parse("91370102MA3C00011F").unwrap()),
        };
        let id = PartyId(Uuid::from_u128(1));
        let party = Party { id, content, revision: 1, created_at: MicrosUtc(1), erased_at: None };
        let erased = party.erased(MicrosUtc(9)).unwrap();
        assert_eq!((&erased.content.legal_name, &erased.content.related), (&None, &None));
        assert_eq!((erased.revision, erased.erased_at), (2, Some(MicrosUtc(9))));
        assert_eq!(erased.erased(MicrosUtc(10)), None);
    }
}
