//! What a combination is held to when it is submitted, beside what it needs to be read at all.
//!
//! A city's own combination may have come into force under a release that asked for less. It goes on as it is: nobody may be left
//! without a class because a later release is stricter. What is submitted or approved from now on is held to all of it.

use serde_norway::Value;

use super::read::Read;
use super::{Combiner, read};
use crate::domain::model::{Faults, ModelError, TEXT, to_day};
use crate::domain::scheme::Scheme;

/// Texts at the top.
const TEXTS: [&str; 4] = ["version", "source", "scheme", "national_scheme"];
/// Texts of each line of effects.
const OF_EFFECT: [&str; 3] = ["trigger", "label", "cites"];

impl Combiner {
    /// Reads a combination by which somebody may have been classed already. Beside it comes what is wrong with it for one that would be
    /// submitted now; `None`: nothing.
    ///
    /// # Errors
    /// [`ModelError`] with all that is wrong in it, when it cannot be used.
    pub fn load_registered(
        file: &str,
        text: &str,
        scheme: impl Fn(&str) -> Option<Scheme>,
    ) -> Result<(Self, Option<ModelError>), ModelError> {
        let Read { combiner, mut faults, mut stricter } = read::combiner(file, text, scheme)?;
        match combiner.filter(|_| faults.is_empty()) {
            Some(combiner) => {
                check_form(text, &mut stricter);
                Ok((combiner, stricter.unless_any(file, text, Some(())).err()))
            }
            None => {
                faults.append(stricter);
                faults.unless_any(file, text, None)
            }
        }
    }
}

/// Notes every text that YAML takes for something else, and a last day of another form.
pub(super) fn check_form(text: &str, faults: &mut Faults) {
    let file: Value = match serde_norway::from_str(text) {
        Ok(file) => file,
        Err(error) => return faults.note("", error.to_string()),
    };
    for key in TEXTS {
        check_text(key.to_owned(), file.get(key), faults);
    }
    let otherwise = file.get("general").and_then(|general| general.get("otherwise"));
    check_text("general.otherwise".to_owned(), otherwise, faults);
    let effects = file.get("effects").and_then(Value::as_sequence);
    for (at, line) in effects.into_iter().flatten().enumerate() {
        for key in OF_EFFECT {
            check_text(format!("effects[{at}].{key}"), line.get(key), faults);
        }
    }
    if let Some(Value::String(last)) = file.get("effective_to") {
        faults.take("effective_to", to_day(last));
    }
}

fn check_text(path: String, value: Option<&Value>, faults: &mut Faults) {
    if value.is_some_and(|value| !matches!(value, Value::String(_))) {
        faults.note(path, format!("expected {TEXT}"));
    }
}
