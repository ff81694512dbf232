//! Administrative divisions (行政区划代码, GB/T 2260) and Jinan's functional zones.

mod table;

use chrono::{Datelike, NaiveDate};

use crate::{
    province,
    text::{cleared, text_value},
};
use table::Row;

/// Prefixes of the codes that belong, or belonged, to Jinan: within them only the codes of the table exist.
const JINAN_PREFIXES: [&str; 2] = ["3701", "3712"];

/// A division: a six-digit GB/T 2260 code, or the local code of a functional zone of Jinan such as `JN-GX`.
///
/// Codes of Jinan, current and abolished, are checked against a table; codes of other places only by form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DivisionCode(String);

/// What a division is, as far as Jinan's table knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DivisionKind {
    /// Shandong.
    Province,
    /// Jinan.
    City,
    /// A district (区) in use.
    District,
    /// A county (县) in use.
    County,
    /// A code that was given up, but is met in old data.
    Abolished,
    /// A functional zone (功能区) with a local code.
    Zone,
    /// A code that only statistics use for a zone.
    Statistical,
    /// A place outside Jinan.
    Foreign,
}

/// Why a text is not a division.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDivisionCode {
    /// Neither six digits nor a zone.
    #[error("`{text}` is not a division: six digits, or a zone of Jinan such as JN-GX")]
    Format {
        /// The text as given, at most its first 64 characters.
        text: String,
    },
    /// `JN-…` that is not in the table.
    #[error("Jinan has no zone `{code}`")]
    UnknownZone {
        /// The code.
        code: String,
    },
    /// Six digits within Jinan that were never given out.
    #[error("Jinan has no division `{code}`, nor ever had")]
    UnknownInJinan {
        /// The code.
        code: String,
    },
    /// Six digits whose first two are no province.
    #[error("no province has the prefix of `{code}`")]
    UnknownProvince {
        /// The code.
        code: String,
    },
}

impl DivisionCode {
    /// Reads a code as typed; lower and full-width characters are cleared.
    ///
    /// # Errors
    /// [`InvalidDivisionCode`] for another form, an unknown province, and an unknown division or zone of Jinan.
    pub fn parse(text: &str) -> Result<Self, InvalidDivisionCode> {
        let code = cleared(text);
        if table::find(&code).is_some() {
            return Ok(Self(code));
        }
        if code.starts_with("JN-") {
            return Err(InvalidDivisionCode::UnknownZone { code: code.chars().take(64).collect() });
        }
        if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidDivisionCode::Format { text: text.chars().take(64).collect() });
        }
        if JINAN_PREFIXES.iter().any(|prefix| code.starts_with(prefix)) {
            return Err(InvalidDivisionCode::UnknownInJinan { code });
        }
        if province::is_known(&code) {
            Ok(Self(code))
        } else {
            Err(InvalidDivisionCode::UnknownProvince { code })
        }
    }

    /// Every code of Jinan's table, with its province: current, abolished, zones.
    pub fn known() -> impl Iterator<Item = Self> {
        table::rows().iter().map(|row| Self(row.code.to_owned()))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the division is; [`DivisionKind::Foreign`] outside Jinan.
    pub fn kind(&self) -> DivisionKind {
        self.row().map_or(DivisionKind::Foreign, |row| row.kind)
    }

    /// Its Chinese name; `None` outside Jinan.
    pub fn name_zh(&self) -> Option<&'static str> {
        self.row().map(|row| row.name_zh)
    }

    /// The division that has taken its place; `None` for a code in use and outside Jinan.
    pub fn successor(&self) -> Option<Self> {
        self.row().and_then(|row| row.successor).map(|code| Self(code.to_owned()))
    }

    /// The year with whose beginning the code came into use; `None` when that is older than the table, and outside Jinan.
    pub fn first_year(&self) -> Option<i32> {
        self.row().and_then(|row| row.first_year)
    }

    /// The year at whose end the code was given up; `None` for a code in use and outside Jinan.
    pub fn last_year(&self) -> Option<i32> {
        self.row().and_then(|row| row.last_year)
    }

    /// Whether the code was in use on `day`. One that only statistics use never is; what lies outside Jinan always is, as far
    /// as the table knows.
    pub fn in_force_on(&self, day: NaiveDate) -> bool {
        let began = self.first_year().is_none_or(|first| first <= day.year());
        let goes_on = match self.last_year() {
            Some(last) => day.year() <= last,
            None => self.successor().is_none(),
        };
        began && goes_on
    }

    /// The division it lies in: of a zone by the table, of six digits the city, then the province.
    pub fn parent(&self) -> Option<Self> {
        if let Some(row) = self.row() {
            return row.parent.map(|code| Self(code.to_owned()));
        }
        above(&self.0).map(Self)
    }

    /// Whether what lies in `other` lies in `self`: `370100` covers its districts, its zones and the abolished codes
    /// that came to it; a province covers all of its own. An office scoped to `self` may then act on `other`.
    ///
    /// An abolished code covers what lay in it, never what its successor covers today.
    pub fn covers(&self, other: &Self) -> bool {
        lies_in(&other.0, &self.0)
    }

    fn row(&self) -> Option<&'static Row> {
        table::find(&self.0)
    }
}

/// Whether one code lies in another, or is it. Asked for each row of many lists, and for each division of a caller: it makes no texts of
/// those that the table has.
fn lies_in(code: &str, upper: &str) -> bool {
    if code == upper {
        return true;
    }
    // The table is a few rows deep and has no cycles (a test holds that), and above a code outside it are two at most: this ends.
    match table::find(code) {
        Some(row) => row.successor.into_iter().chain(row.parent).any(|next| lies_in(next, upper)),
        None => above(code).is_some_and(|next| lies_in(&next, upper)),
    }
}

/// What six digits outside the table lie in: the city, then the province.
fn above(code: &str) -> Option<String> {
    match (&code[2..4], &code[4..6]) {
        ("00", _) => None,
        (_, "00") => Some(format!("{}0000", &code[..2])),
        _ => Some(format!("{}00", &code[..4])),
    }
}

text_value!(DivisionCode, InvalidDivisionCode);

#[cfg(test)]
mod tests;
