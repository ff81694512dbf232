//! Who may see the secret after a draw: computed from the strata, never chosen.

use std::fmt;

use super::Pool;

/// On what the cut of a stratum rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Attributes anyone can look up, such as field or district.
    Public,
    /// A risk class, score or attention flag, which never leaves the house.
    Internal,
}

/// PUBLIC when every stratum of the pool rests on public attributes, otherwise RESTRICTED.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disclosure {
    public: bool,
}

impl Disclosure {
    const PUBLIC: &str = "PUBLIC";
    const RESTRICTED: &str = "RESTRICTED";

    /// Asks for the basis of every stratum in the pool.
    pub fn computed(pool: &Pool, basis: impl Fn(&str) -> Basis) -> Self {
        Self { public: pool.strata().iter().all(|stratum| basis(&stratum.name) == Basis::Public) }
    }

    /// Whether the secret is revealed to everyone after the draw.
    pub fn is_public(self) -> bool {
        self.public
    }

    /// The word in the announcement.
    pub fn as_str(self) -> &'static str {
        if self.public { Self::PUBLIC } else { Self::RESTRICTED }
    }

    /// Reads the word of an announcement that was made earlier.
    pub(super) fn announced(word: &str) -> Option<Self> {
        [Self { public: true }, Self { public: false }].into_iter().find(|d| d.as_str() == word)
    }
}

impl fmt::Display for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{PoolObject, Ratio};

    #[test]
    fn one_internal_stratum_restricts_the_whole_draw() {
        let object = |code: &str, stratum: &str| PoolObject {
            object: code.into(),
            stratum: stratum.into(),
            field: "FOOD".into(),
            division: "370102".into(),
        };
        let half = Ratio::new(1, 2).unwrap();
        let pool = Pool::new(
            [object("91370102MA4J283FE6", "A"), object("91370102MA4J283FE7", "B")],
            &[("A".into(), half), ("B".into(), half)].into(),
        )
        .unwrap();
        assert!(Disclosure::computed(&pool, |_| Basis::Public).is_public());
        let of_b = |stratum: &str| if stratum == "B" { Basis::Internal } else { Basis::Public };
        assert_eq!(Disclosure::computed(&pool, of_b).as_str(), "RESTRICTED");
    }
}
