//! A term that began under one law and still runs when another begins.

use super::*;

type Words = (String, String, String);

/// What governs on `today`, and what an officer may choose among.
fn on(today: &str, book: &Rulebook, shown: Shown<'_>) -> (Words, Vec<Words>) {
    let terms = terms_of(book, shown, day(today)).unwrap();
    (words(&terms.governing), terms.open.iter().map(words).collect())
}

#[test]
fn what_order_107_meets_running_is_computed_by_both_orders_and_goes_on_by_order_45() {
    let book = Rulebook::builtin();
    let cases = [
        (FINE, is("order45", "general", "2028-12-24"), is("order107", "general", "2026-12-24")),
        (CRITICISM, is("order45", "minor", "2026-03-24"), is("order107", "minor", "2026-03-24")),
        (SUSPENSION, is("order45", "serious", "2028-12-24"), is("order107", "serious", "2028-12-24")),
    ];
    for (kinds, by_45, by_107) in cases {
        let penalty = penalty(kinds);
        let last_day_of_45 = shown(PUBLICITY, &penalty, "2025-12-01", "2025-12-24");
        assert_eq!(on("2025-12-24", &book, last_day_of_45), (by_45.clone(), vec![]), "{kinds:?}");
        assert_eq!(
            on("2025-12-25", &book, last_day_of_45),
            (by_45.clone(), vec![by_45, by_107]),
            "{kinds:?}"
        );
        let first_day_of_107 = shown(PUBLICITY, &penalty, "2025-12-01", "2025-12-25");
        assert_eq!(on("2026-02-01", &book, first_day_of_107).1, [], "{kinds:?}");
    }
}

#[test]
fn what_order_36_meets_running_is_computed_by_both_orders_from_the_decision() {
    let (book, fine, criticism) = (Rulebook::builtin(), penalty(FINE), penalty(CRITICISM));
    let by_58 = is("ndrc58", "general", "2029-03-31");
    let both = vec![by_58.clone(), is("ndrc36", "general", "2027-03-31")];
    // Whether it was shown before that day or not: the term counts from the decision.
    for published in ["", "2026-03-31", "2026-04-03"] {
        let last_day_of_58 = shown(CREDIT_CHINA, &fine, "2026-03-31", published);
        assert_eq!(on("2026-03-31", &book, last_day_of_58), (by_58.clone(), vec![]), "{published}");
        assert_eq!(on("2026-04-03", &book, last_day_of_58), (by_58.clone(), both.clone()), "{published}");
    }
    let minor = shown(CREDIT_CHINA, &criticism, "2026-03-31", "");
    assert_eq!(on("2026-04-01", &book, minor).1[1], is("ndrc36", "minor", "2026-06-30"));
    assert_eq!(on("2026-05-01", &book, shown(CREDIT_CHINA, &fine, "2026-04-01", "")).1, []);
}

#[test]
fn the_law_that_an_officer_chose_governs_also_where_its_term_is_over() {
    let (book, fine) = (Rulebook::builtin(), penalty(FINE));
    let chosen = |chosen| Shown { chosen, ..shown(PUBLICITY, &fine, "2024-11-20", "2024-12-02") };
    let (by_45, by_107) = (is("order45", "general", "2027-12-02"), is("order107", "general", "2025-12-02"));
    let both = vec![by_45.clone(), by_107.clone()];
    for (law, governing) in [("", &by_45), ("order45", &by_45), ("order107", &by_107)] {
        assert_eq!(on("2026-02-02", &book, chosen(law)), (governing.clone(), both.clone()), "{law}");
    }
    // A choice is no choice before the later law begins.
    assert_eq!(on("2025-12-24", &book, chosen("order107")), (by_45, vec![]));
}

#[test]
fn a_term_that_was_over_before_the_later_law_began_is_left_alone_and_one_that_is_over_by_both_is_closed() {
    let (book, criticism) = (Rulebook::builtin(), penalty(CRITICISM));
    let over = shown(PUBLICITY, &criticism, "2025-09-01", "2025-09-24");
    assert_eq!(on("2025-12-25", &book, over), (is("order45", "minor", "2025-12-24"), vec![]));
    let running = shown(PUBLICITY, &criticism, "2025-09-01", "2025-09-25");
    assert_eq!(on("2025-12-25", &book, running).1.len(), 2);
    assert_eq!(on("2025-12-26", &book, running), (is("order45", "minor", "2025-12-25"), vec![]));
}

#[test]
fn once_confirmed_the_law_decides_and_nobody_chooses() {
    let fine = penalty(FINE);
    let (by_45, by_107) = (is("order45", "general", "2028-12-24"), is("order107", "general", "2026-12-24"));
    for (word, governing) in [("kept", &by_45), ("applies", &by_107)] {
        let book = confirmed_as(word);
        for chosen in ["", "order45", "order107"] {
            let shown = Shown { chosen, ..shown(PUBLICITY, &fine, "2025-12-01", "2025-12-24") };
            assert_eq!(on("2025-12-24", &book, shown), (by_45.clone(), vec![]), "{word} {chosen}");
            assert_eq!(on("2025-12-25", &book, shown), (governing.clone(), vec![]), "{word} {chosen}");
        }
    }
}

#[test]
fn what_a_confirmed_law_takes_or_gives_back_is_looked_for_from_its_first_day_on() {
    assert_eq!(confirmed(&Rulebook::builtin(), day("2026-05-01")), []);
    for (word, regime, chosen) in [("kept", "order107", true), ("applies", "order45", false)] {
        let book = confirmed_as(word);
        assert_eq!(confirmed(&book, day("2025-12-24")), []);
        let expected = Confirmed { chain: PUBLICITY, regime, from: day("2025-12-25"), chosen };
        assert_eq!(confirmed(&book, day("2025-12-25")), [expected]);
    }
}

#[test]
fn every_law_says_how_it_treats_what_was_published_before_it() {
    let book = Rulebook::builtin();
    for receiver in [PUBLICITY, CREDIT_CHINA] {
        for law in laws_of(&book, receiver).into_iter().skip(1) {
            let said = law.tag_value("earlier").unwrap_or_default();
            assert!(["kept", "applies", "unconfirmed"].contains(&said), "{} `{said}`", law.code);
        }
    }
}

/// The built-in rulebook, once somebody has said how order 107 treats what was published before it.
fn confirmed_as(word: &str) -> Arc<Rulebook> {
    edited("codes.csv", "restriction|earlier:unconfirmed", &format!("restriction|earlier:{word}"))
}
