//! The strata, fields and divisions of a pool: stored once for all objects that share them.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::MAX_OBJECTS;
use crate::draw::{DrawError, word};

/// What many objects have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) stratum: String,
    pub(super) field: String,
    pub(super) division: String,
}

/// Numbers the distinct (stratum, field, division) of a pool in the order of their first use.
#[derive(Default)]
pub(super) struct Classes {
    list: Vec<Class>,
    /// By the three names, each with a tab behind it, which none of them may hold.
    numbers: HashMap<String, u32, RandomState>,
    /// Room for the key of one look-up.
    key: String,
}

impl Classes {
    pub(super) fn number(&mut self, stratum: &str, field: &str, division: &str) -> Result<u32, DrawError> {
        self.key.clear();
        for name in [stratum, field, division] {
            self.key.push_str(name);
            self.key.push('\t');
        }
        if let Some(number) = self.numbers.get(&self.key) {
            return Ok(*number);
        }
        word::check("stratum", stratum)?;
        word::check_listed("field", field)?;
        word::check_listed("division", division)?;
        let number = u32::try_from(self.list.len()).map_err(|_| DrawError::PoolTooLarge(MAX_OBJECTS))?;
        let [stratum, field, division] = [stratum, field, division].map(str::to_owned);
        self.list.push(Class { stratum, field, division });
        self.numbers.insert(self.key.clone(), number);
        Ok(number)
    }

    /// How many there are: the number of the next one.
    pub(super) fn count(&self) -> usize {
        self.list.len()
    }

    pub(super) fn into_list(self) -> Vec<Class> {
        self.list
    }
}
