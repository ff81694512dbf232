//! The first two digits of GB/T 2260 codes, which every code of the house that names a place begins with.

/// Prefixes in use: the 34 provincial units, `10` for the national registration authority and `66` for the Xinjiang
/// production corps, which registers enterprises under its own prefix.
const PREFIXES: [&str; 36] = [
    "10", "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41",
    "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "66", "71",
    "81", "82",
];

/// Whether a code begins with a provincial prefix that exists.
pub(crate) fn is_known(code: &str) -> bool {
    code.get(..2).is_some_and(|prefix| PREFIXES.contains(&prefix))
}
