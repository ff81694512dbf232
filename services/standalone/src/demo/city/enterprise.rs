//! The entry of an enterprise in the register.

use contract::registry::v1::Enterprise;
use domain::Uscc;
use rand::Rng;

use super::names;
use super::plan::{Plan, Trade};

/// Digits of the part of a credit code that counts enterprises.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The enterprise that `plan` describes.
pub(super) fn of(random: &mut impl Rng, plan: &Plan) -> Enterprise {
    let sole_trader = random.random_bool(0.08);
    let trade = plan.trades[0];
    Enterprise {
        uscc: code(plan, sole_trader).as_str().to_owned(),
        legal_name: names::name(random, trade, sole_trader),
        party_kind: if sole_trader { "sole_trader" } else { "legal_or_unincorporated" }.to_owned(),
        division: plan.division.to_owned(),
        industry: industry(trade).to_owned(),
        address: format!("济南市{}路{}号", plan.gb_division, random.random_range(1..2000)),
        established_on: plan.established_on.to_string(),
        capital_fen: random.random_range(1..=500) * 1_000_000,
        foreign_invested: random.random_bool(0.03),
        legal_representative: names::person(random),
        ..Enterprise::default()
    }
}

/// Registered by the market-regulation bureau (9) as an enterprise (1) or sole trader (2); the body counts in base 31.
fn code(plan: &Plan, sole_trader: bool) -> Uscc {
    let prefix = format!("9{}{}", if sole_trader { 2 } else { 1 }, plan.gb_division);
    let mut body = *b"MA000000";
    let mut rest = plan.index;
    for place in body.iter_mut().skip(2).rev() {
        *place = ALPHABET[rest % ALPHABET.len()];
        rest /= ALPHABET.len();
    }
    let body = std::str::from_utf8(&body).expect("the alphabet of credit codes is ASCII");
    Uscc::compose(&prefix, body).expect("the parts are of the alphabet and of the right lengths")
}

/// Class of GB/T 4754-2017 that fits the trade.
fn industry(trade: Trade) -> &'static str {
    match trade {
        Trade::Food { additive: true, .. } => "C1495",
        Trade::Food { category: 4, .. } => "C1353",
        Trade::Food { category: 5, .. } => "C1440",
        Trade::Food { category: 6, .. } => "C1529",
        Trade::Food { category: 15, .. } => "C1512",
        Trade::Food { category: 27, .. } => "C1492",
        Trade::Food { .. } => "C1499",
        Trade::Equipment { kind: 1, .. } => "M7484",
        Trade::Equipment { kind: 2, .. } => "C3411",
        Trade::Equipment { kind: 3, .. } => "E4910",
        Trade::Equipment { kind: 7, .. } => "M7452",
        Trade::Equipment { .. } => "D4520",
    }
}
