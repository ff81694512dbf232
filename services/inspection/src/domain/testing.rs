//! What the tests of several modules share.

use domain::Uscc;

/// A valid credit code for each number.
pub(crate) fn uscc(number: usize) -> Uscc {
    Uscc::compose("91370102", &format!("MA{number:06}")).unwrap()
}

/// The number behind a code that [`uscc`] made.
pub(crate) fn number_of(uscc: &Uscc) -> usize {
    uscc.as_str()[10..16].parse().unwrap()
}
