//! Valid codes for sources that have none. The same value always gives the same code, so files of one source join.

use domain::{LicenceNumber, Uscc};
use serde::Deserialize;
use sm3::{Digest, Sm3};

/// Which code to make.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Synthetic {
    /// A unified social credit code: registered by the division, the body derived from the value.
    Uscc {
        /// Registering division, six digits.
        division: String,
        /// Keeps sources apart: equal values of different spaces give different codes.
        space: String,
    },
    /// A food production licence number, for values that are whole numbers below 3,720,000.
    FoodLicence {},
}

/// Divisions whose codes carry synthetic licences, ten thousand serials in each category of each.
const DIVISIONS: [&str; 12] = [
    "370102", "370103", "370104", "370105", "370112", "370113", "370114", "370115", "370116", "370117",
    "370124", "370126",
];
/// Alphabet of credit codes (GB 32100-2015).
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Serials of one category in one division.
const SERIALS: u32 = 10_000;
/// Food categories of the licence catalogue.
const CATEGORIES: u32 = 31;

/// The code that `value` gets.
pub(super) fn code(synthetic: &Synthetic, value: &str) -> Result<String, String> {
    match synthetic {
        Synthetic::Uscc { division, space } => uscc(division, space, value),
        Synthetic::FoodLicence {} => food_licence(value),
    }
}

/// Seven characters of the digest of space and value: two of 20,000 values meet with a chance below one in a hundred.
fn uscc(division: &str, space: &str, value: &str) -> Result<String, String> {
    let digest = Sm3::new().chain_update(space).chain_update([0x0A]).chain_update(value).finalize();
    let mut number = u64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes"));
    let mut body = *b"T0000000";
    for place in body.iter_mut().skip(1) {
        *place = ALPHABET[usize::try_from(number % 31).expect("a remainder of 31 fits")];
        number /= 31;
    }
    let body = std::str::from_utf8(&body).expect("the alphabet is ASCII");
    Uscc::compose(&format!("91{division}"), body)
        .map(|code| code.as_str().to_owned())
        .map_err(|error| format!("no credit code can be made for division `{division}`: {error}"))
}

fn food_licence(value: &str) -> Result<String, String> {
    let number: u32 = value.parse().map_err(|_| format!("`{value}` is not a whole number"))?;
    let (block, serial) = (number / SERIALS, number % SERIALS);
    let category = u8::try_from(1 + block % CATEGORIES).expect("a category is at most 31");
    let division = DIVISIONS
        .get(usize::try_from(block / CATEGORIES).unwrap_or(usize::MAX))
        .ok_or_else(|| format!("`{value}` is too large for a synthetic licence number"))?;
    LicenceNumber::compose_food(
        false,
        category,
        division,
        u16::try_from(serial).expect("a serial is below 10,000"),
    )
    .map(|number| number.as_str().to_owned())
    .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chicago() -> Synthetic {
        Synthetic::Uscc { division: "370102".to_owned(), space: "chicago".to_owned() }
    }

    #[test]
    fn the_same_value_gives_the_same_valid_code() {
        let first = code(&chicago(), "82474").unwrap();
        assert_eq!(code(&chicago(), "82474").unwrap(), first);
        assert_ne!(code(&chicago(), "82475").unwrap(), first);
        Uscc::parse(&first).unwrap();
    }

    #[test]
    fn licence_numbers_of_different_values_differ() {
        let mut numbers = std::collections::BTreeSet::new();
        for value in (0..3_719_999).step_by(9_973) {
            let number = code(&Synthetic::FoodLicence {}, &value.to_string()).unwrap();
            LicenceNumber::parse(&number).unwrap();
            assert!(numbers.insert(number));
        }
    }

    #[test]
    fn a_value_that_is_too_large_is_refused() {
        assert!(code(&Synthetic::FoodLicence {}, "3720000").unwrap_err().contains("too large"));
    }
}
