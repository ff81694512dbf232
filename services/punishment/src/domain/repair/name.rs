//! Names of applications.

use std::fmt;

use crate::domain::name::id_in;

/// Resource name of an application: `repairs/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepairName(String);

/// The text is not the name of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be `repairs/` and an id of 1 to 64 letters, digits or `-`")]
pub struct InvalidRepairName;

impl RepairName {
    /// A new name.
    pub fn new(id: uuid::Uuid) -> Self {
        Self(id.to_string())
    }

    /// Reads a name.
    ///
    /// # Errors
    /// [`InvalidRepairName`].
    pub fn parse(text: &str) -> Result<Self, InvalidRepairName> {
        let id = id_in(text, "repairs").ok_or(InvalidRepairName)?;
        Ok(Self(id.to_owned()))
    }

    /// The id without the collection.
    pub fn id(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepairName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "repairs/{}", self.0)
    }
}
