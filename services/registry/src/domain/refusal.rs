//! Why a permit that collection told is no licence.

/// Why a permit is refused. What is wrong with it in words stands beside it, and is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not read as a licence.
    Unreadable,
    /// Its number is that of another holder's licence, or of another field's.
    HeldByAnother,
    /// Its number was, and nothing keeps the permit from being told again.
    NumberFree,
}

const REFUSALS: [Refusal; 3] = [Refusal::Unreadable, Refusal::HeldByAnother, Refusal::NumberFree];

impl Refusal {
    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "Unreadable",
            Self::HeldByAnother => "HeldByAnother",
            Self::NumberFree => "NumberFree",
        }
    }

    /// Whether its number is what is wrong with it: it waits for whose that is.
    pub fn is_for_number(self) -> bool {
        matches!(self, Self::HeldByAnother | Self::NumberFree)
    }
}

/// The text is no reason to refuse a permit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no reason to refuse a permit")]
pub struct UnknownRefusal(pub String);

impl TryFrom<String> for Refusal {
    type Error = UnknownRefusal;

    fn try_from(text: String) -> Result<Self, UnknownRefusal> {
        REFUSALS.into_iter().find(|refusal| refusal.as_str() == text).ok_or(UnknownRefusal(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_survives_as_text_and_no_other_text_is_one() {
        for refusal in REFUSALS {
            assert_eq!(Refusal::try_from(refusal.as_str().to_owned()), Ok(refusal));
        }
        let said = "the number belongs to somebody".to_owned();
        assert_eq!(Refusal::try_from(said.clone()), Err(UnknownRefusal(said)));
    }

    #[test]
    fn a_permit_that_does_not_read_as_a_licence_waits_for_no_number() {
        let waiting: Vec<_> = REFUSALS.into_iter().filter(|refusal| refusal.is_for_number()).collect();
        assert_eq!(waiting, [Refusal::HeldByAnother, Refusal::NumberFree]);
    }
}
