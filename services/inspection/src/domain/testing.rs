//! What the tests of several modules share.

use domain::Uscc;

/// A valid credit code for each number: the two check characters are found by trying.
pub(crate) fn uscc(number: usize) -> Uscc {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const ORGANISATION_ALPHABET: &str = "0123456789X";
    let organisation = |check| format!("91370102MA{number:06}{check}");
    let codes = ORGANISATION_ALPHABET
        .chars()
        .flat_map(|check| ALPHABET.chars().map(move |last| format!("{}{last}", organisation(check))));
    codes.flat_map(|code| Uscc::parse(&code)).next().unwrap()
}
