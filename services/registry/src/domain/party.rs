//! Parties without a unified social credit code: as little as possible, and erasable (X5).

use chrono::NaiveDate;
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
    /// First day on which the content is true.
    pub effective_on: NaiveDate,
    /// 1 when registered; rises by one with every change.
    pub revision: i64,
    /// When the register first learned of it.
    pub created_at: MicrosUtc,
    /// When the content became known; an erasure leaves it as it was.
    pub updated_at: MicrosUtc,
    /// When it was erased.
    pub erased_at: Option<MicrosUtc>,
}

/// What an officer wants to change about a party, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyPatch {
    /// Of which party.
    pub id: PartyId,
    /// The new contents, each field at most once.
    pub fields: Vec<PartyField>,
    /// Revision of the content that the officer has seen.
    pub seen_revision: i64,
    /// First day on which the change is true; `None`: today.
    pub since: Option<NaiveDate>,
}

/// A field with its new content; what it means is said at [`PartyContent`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named and explained as the fields of `PartyContent`")]
pub enum PartyField {
    LegalName(LegalName),
    PartyKind(String),
    Division(DivisionCode),
    Related(Option<Uscc>),
}

/// What a change does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartyChange {
    /// The party says something else now, in these fields.
    Changed(Party, Vec<&'static str>),
    /// It said the same already.
    Unchanged,
    /// The content would hold from before the first day of the present one: the past is not rewritten.
    TooEarly {
        /// First day of the present content.
        present_since: NaiveDate,
    },
}

impl PartyPatch {
    /// `content` with the change made.
    #[must_use]
    pub fn apply(&self, content: &PartyContent) -> PartyContent {
        let mut changed = content.clone();
        for field in self.fields.iter().cloned() {
            match field {
                PartyField::LegalName(name) => changed.legal_name = Some(name),
                PartyField::PartyKind(kind) => changed.party_kind = kind,
                PartyField::Division(division) => changed.division = division,
                PartyField::Related(uscc) => changed.related = uscc,
            }
        }
        changed
    }
}

impl PartyContent {
    /// Fields that say something else than in `other`, by their names in the contract, in its order.
    fn fields_unlike(&self, other: &Self) -> Vec<&'static str> {
        let fields = [
            ("legal_name", self.legal_name != other.legal_name),
            ("party_kind", self.party_kind != other.party_kind),
            ("division", self.division != other.division),
            ("related_uscc", self.related != other.related),
        ];
        fields.into_iter().filter(|(_, unlike)| *unlike).map(|(name, _)| name).collect()
    }
}

impl Party {
    /// What making a change does on the day `today`.
    pub fn changed(&self, patch: &PartyPatch, today: NaiveDate, now: MicrosUtc) -> PartyChange {
        let content = patch.apply(&self.content);
        let fields = content.fields_unlike(&self.content);
        if fields.is_empty() {
            return PartyChange::Unchanged;
        }
        if patch.since.is_some_and(|since| since < self.effective_on) {
            return PartyChange::TooEarly { present_since: self.effective_on };
        }
        let party = Self {
            content,
            effective_on: patch.since.unwrap_or(today).max(self.effective_on),
            revision: self.revision + 1,
            updated_at: now,
            ..self.clone()
        };
        PartyChange::Changed(party, fields)
    }

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

    fn party() -> Party {
        let content = PartyContent {
            legal_name: Some(LegalName::parse("王二").unwrap()),
            party_kind: "natural_person".into(),
            division: DivisionCode::parse("370102").unwrap(),
            related: Some(Uscc::parse("91370102MA3C00011F").unwrap()),
        };
        Party {
            id: PartyId(Uuid::from_u128(1)),
            content,
            effective_on: day("2025-06-02"),
            revision: 1,
            created_at: MicrosUtc(1),
            updated_at: MicrosUtc(1),
            erased_at: None,
        }
    }

    fn day(text: &str) -> NaiveDate {
        domain::parse_date(text).unwrap()
    }

    fn patch(fields: &[PartyField], since: Option<&str>) -> PartyPatch {
        let since = since.map(day);
        PartyPatch { id: party().id, fields: fields.to_vec(), seen_revision: 1, since }
    }

    #[test]
    fn a_change_says_its_fields_and_from_when_it_is_true() {
        let name = PartyField::LegalName(LegalName::parse("王二小").unwrap());
        let fields = [PartyField::Related(None), name];
        let changed = party().changed(&patch(&fields, None), day("2025-06-09"), MicrosUtc(9));
        let PartyChange::Changed(changed, fields) = changed else { panic!("{changed:?}") };
        assert_eq!(fields, ["legal_name", "related_uscc"]);
        assert_eq!((changed.revision, changed.effective_on), (2, day("2025-06-09")));
        assert_eq!((changed.created_at, changed.updated_at), (MicrosUtc(1), MicrosUtc(9)));
        assert_eq!(changed.content.party_kind, party().content.party_kind);
    }

    #[test]
    fn the_past_is_not_rewritten_and_the_same_again_is_no_change() {
        let kind = [PartyField::PartyKind("other".into())];
        let today = day("2025-06-09");
        let early = party().changed(&patch(&kind, Some("2025-06-01")), today, MicrosUtc(9));
        assert_eq!(early, PartyChange::TooEarly { present_since: day("2025-06-02") });
        let same_day = party().changed(&patch(&kind, Some("2025-06-02")), today, MicrosUtc(9));
        assert!(matches!(same_day, PartyChange::Changed(..)), "{same_day:?}");
        let same = [PartyField::PartyKind("natural_person".into())];
        assert_eq!(party().changed(&patch(&same, None), today, MicrosUtc(9)), PartyChange::Unchanged);
    }

    #[test]
    fn erasing_leaves_nothing_that_tells_who_it_was_and_happens_once() {
        let erased = party().erased(MicrosUtc(9)).unwrap();
        assert_eq!((&erased.content.legal_name, &erased.content.related), (&None, &None));
        assert_eq!((erased.revision, erased.erased_at), (2, Some(MicrosUtc(9))));
        assert_eq!(erased.erased(MicrosUtc(10)), None);
    }
}
