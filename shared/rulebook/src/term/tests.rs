use std::path::Path;
use std::sync::Arc;

use super::*;

const PUBLICITY: &str = "publicity";
const CREDIT_CHINA: &str = "credit-china";
const FINE: &[&str] = &["3"];
const CRITICISM: &[&str] = &["2"];
const SUSPENSION: &[&str] = &["3", "10"];
const BAN: &[&str] = &["12"];

/// A penalty that is held while its terms are asked for.
struct Penalty {
    kinds: Vec<String>,
    fine_fen: i64,
    valid_to: Option<NaiveDate>,
}

fn penalty(kinds: &[&str]) -> Penalty {
    Penalty { kinds: kinds.iter().map(ToString::to_string).collect(), fine_fen: 500_000, valid_to: None }
}

fn day(text: &str) -> NaiveDate {
    domain::parse_date(text).unwrap()
}

fn shown<'a>(chain: &'a str, penalty: &'a Penalty, decided: &str, published: &str) -> Shown<'a> {
    let published_on = (!published.is_empty()).then(|| day(published));
    let penalty = Penalised { kinds: &penalty.kinds, fine_fen: penalty.fine_fen, valid_to: penalty.valid_to };
    Shown { receiver: chain, penalty, decided_on: day(decided), published_on, chosen: "" }
}

/// Law, class and last day of the term that governs on the day from which it counts.
fn term(chain: &str, penalty: &Penalty, decided: &str, published: &str) -> (String, String, String) {
    let shown = shown(chain, penalty, decided, published);
    let today = shown.published_on.unwrap_or(shown.decided_on);
    words(&terms_of(&Rulebook::builtin(), shown, today).unwrap().governing)
}

fn words(term: &Term) -> (String, String, String) {
    let ends_on = term.ends_on.map(|day| day.to_string()).unwrap_or_default();
    (term.regime.clone(), term.severity.clone(), ends_on)
}

fn is(regime: &str, severity: &str, ends_on: &str) -> (String, String, String) {
    (regime.to_owned(), severity.to_owned(), ends_on.to_owned())
}

#[test]
fn the_publicity_system_counts_from_the_publication_by_the_order_of_that_day() {
    let cases = [
        // The last day of order 45 and the first of order 107, whatever the day of the decision.
        (CRITICISM, "2025-12-01", "2025-12-24", is("order45", "minor", "2026-03-24")),
        (FINE, "2025-12-01", "2025-12-24", is("order45", "general", "2028-12-24")),
        (SUSPENSION, "2025-12-01", "2025-12-24", is("order45", "serious", "2028-12-24")),
        (CRITICISM, "2025-12-01", "2025-12-25", is("order107", "minor", "2026-03-25")),
        (FINE, "2025-12-01", "2025-12-25", is("order107", "general", "2026-12-25")),
        (SUSPENSION, "2025-12-01", "2025-12-25", is("order107", "serious", "2028-12-25")),
        // The first day of order 45.
        (FINE, "2021-09-01", "2021-09-01", is("order45", "general", "2024-09-01")),
    ];
    for (kinds, decided, published, expected) in cases {
        assert_eq!(term(PUBLICITY, &penalty(kinds), decided, published), expected, "{kinds:?} {published}");
    }
}

#[test]
fn before_order_45_the_publicity_system_has_no_term_but_the_longest_of_the_province() {
    assert_eq!(term(PUBLICITY, &penalty(FINE), "2021-08-31", "2021-08-31"), is("", "", "2026-08-31"));
}

#[test]
fn credit_china_counts_from_the_decision_by_the_order_of_that_day() {
    let cases = [
        (FINE, "2023-05-01", is("ndrc58", "general", "2026-05-01")),
        (CRITICISM, "2026-03-31", is("ndrc58", "minor", "2029-03-31")),
        (FINE, "2026-03-31", is("ndrc58", "general", "2029-03-31")),
        (SUSPENSION, "2026-03-31", is("ndrc58", "serious", "2029-03-31")),
        (CRITICISM, "2026-04-01", is("ndrc36", "minor", "2026-07-01")),
        (FINE, "2026-04-01", is("ndrc36", "general", "2027-04-01")),
        (SUSPENSION, "2026-04-01", is("ndrc36", "serious", "2029-04-01")),
    ];
    for (kinds, decided, expected) in cases {
        // Known before it is shown, and not moved by the day on which it is.
        for published in ["", "2026-06-30"] {
            assert_eq!(term(CREDIT_CHINA, &penalty(kinds), decided, published), expected, "{kinds:?}");
        }
    }
}

#[test]
fn before_order_58_credit_china_has_no_term_but_the_longest_of_the_province() {
    assert_eq!(term(CREDIT_CHINA, &penalty(FINE), "2023-04-30", ""), is("", "", ""));
    assert_eq!(term(CREDIT_CHINA, &penalty(FINE), "2023-04-30", "2023-05-08"), is("", "", "2028-04-30"));
}

#[test]
fn the_term_of_the_publicity_system_is_not_known_before_the_publication() {
    assert_eq!(term(PUBLICITY, &penalty(FINE), "2026-03-02", ""), is("", "", ""));
}

#[test]
fn a_longer_ban_from_trade_is_shown_while_it_lasts_and_never_past_the_longest_of_the_province() {
    let until = |valid_to: &str| Penalty { valid_to: Some(day(valid_to)), ..penalty(BAN) };
    for (valid_to, ends_on) in
        [("2026-06-01", "2029-01-05"), ("2030-02-01", "2030-02-01"), ("2099-12-31", "2031-01-02")]
    {
        let found = term(PUBLICITY, &until(valid_to), "2026-01-02", "2026-01-05");
        assert_eq!(found, is("order107", "serious", ends_on), "{valid_to}");
    }
    // Any other penalty says how long it is valid without being shown longer.
    let fine = Penalty { valid_to: Some(day("2030-02-01")), ..penalty(FINE) };
    assert_eq!(term(PUBLICITY, &fine, "2026-01-02", "2026-01-05").2, "2027-01-05");
}

#[test]
fn a_fine_is_general_while_nobody_has_said_which_are_minor_and_that_is_named() {
    let (book, on) = (Rulebook::builtin(), "2026-03-02");
    let term_of =
        |kinds| terms_of(&book, shown(PUBLICITY, &penalty(kinds), on, on), day(on)).unwrap().governing;
    let term = term_of(FINE);
    assert_eq!(
        (term.severity.as_str(), &term.not_supplied[..]),
        ("general", &["penalty.minor_fine_threshold".to_owned()][..])
    );
    let clear = term_of(CRITICISM);
    assert_eq!(clear.not_supplied, [""; 0]);
}

#[test]
fn a_supplied_threshold_parts_minor_from_general_fines() {
    let book =
        edited("parameters.csv", "penalty.minor_fine_threshold,,", "penalty.minor_fine_threshold,5000,");
    let on = "2026-03-02";
    for (fine_fen, severity, ends_on) in
        [(499_999, "minor", "2026-06-02"), (500_000, "general", "2027-03-02")]
    {
        let fine = Penalty { fine_fen, ..penalty(&["1", "3"]) };
        let term = terms_of(&book, shown(PUBLICITY, &fine, on, on), day(on)).unwrap().governing;
        assert_eq!((term.severity.as_str(), term.ends_on), (severity, Some(day(ends_on))), "{fine_fen}");
        assert_eq!(term.not_supplied, [""; 0]);
    }
}

/// The built-in rulebook, with other words in one of its tables.
fn edited(table: &str, from: &str, to: &str) -> Arc<Rulebook> {
    let files = Rulebook::builtin().archive().into_iter().map(|(name, bytes)| {
        if Path::new(&name).file_name().is_some_and(|name| name == table) {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(from), "{table} {from}");
            (name, text.replace(from, to).into_bytes())
        } else {
            (name, bytes)
        }
    });
    Arc::new(Rulebook::from_archive(files).unwrap())
}

mod transitions;
