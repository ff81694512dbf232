//! Golden cases on both sides of each date of the law.

use chrono::NaiveDate;
use domain::{DocumentNumber, FieldCode, Uscc};
use rulebook::Rulebook;

use super::*;
use crate::domain::list::{EntryName, List, Standing};
use crate::domain::suspension::Suspended;

const FINE: &[&str] = &["3"];
const CRITICISM: &[&str] = &["2"];
const SUSPENSION: &[&str] = &["10"];
const BAN: &[&str] = &["12"];
const FOOD: Option<&str> = Some("FOOD");

fn day(text: &str) -> NaiveDate {
    domain::parse_date(text).unwrap()
}

fn number(text: &str) -> DocumentNumber {
    DocumentNumber::parse(text).unwrap()
}

fn penalty(kinds: &[&str], field: Option<&str>, decided: &str) -> Penalty {
    Penalty {
        name: "records/1".to_owned(),
        document_no: number("济市监罚〔2025〕1号"),
        field: field.map(|field| FieldCode::parse(field).unwrap()),
        violation_type: "标签不符合规定".to_owned(),
        kinds: kinds.iter().map(ToString::to_string).collect(),
        grade: String::new(),
        fine_fen: 500_000,
        decided_on: day(decided),
        valid_to: None,
        suspended: Suspended::default(),
        publications: Vec::new(),
    }
}

/// Since a day before all that is asked here.
fn suspended() -> Suspended {
    Suspended { since: Some(day("2021-09-01")), over: Vec::new() }
}

impl Penalty {
    fn on(mut self, chain: &str, published: &str) -> Self {
        let published_on = day(published);
        self.publications.push(Publication { chain: chain.to_owned(), published_on, chosen: String::new() });
        self
    }
}

fn entry(list: List, name: &str, listed: &str, term_ends_on: Option<&str>) -> Standing {
    Standing {
        name: EntryName::parse(list, name).unwrap(),
        uscc: Uscc::parse("91370102MA3C00011F").unwrap(),
        ground: "4".to_owned(),
        listed_on: day(listed),
        term_ends_on: term_ends_on.map(day),
        removed_on: None,
        suspended_on: None,
        decision_no: "1".to_owned(),
        suspensions: Vec::new(),
        lifted: Vec::new(),
    }
}

fn listing(listed: &str, ends: &str) -> Listing {
    Listing {
        standing: entry(List::Serious, "seriousCases/1", listed, Some(ends)),
        penalty_no: Some(number("济市监罚〔2024〕7号")),
        penalty_kinds: vec!["3".to_owned()],
        restricted_until: None,
    }
}

fn judged(record: &Record, others: Others<'_>, on: &str) -> Eligibility {
    judge(&Rulebook::builtin(), record, others, day(on)).unwrap()
}

fn alone(record: &Record, on: &str) -> Eligibility {
    judged(record, Others::default(), on)
}

fn codes(eligibility: &Eligibility) -> Vec<&'static str> {
    eligibility.blocks.iter().map(|block| block.code).collect()
}

/// First day of repair of a penalty that the publicity system shows from a day on, judged on that day.
fn first(kinds: &[&str], field: Option<&str>, published: &str) -> Option<String> {
    let record = Record::Penalty(penalty(kinds, field, published).on(PUBLICITY, published));
    alone(&record, published).eligible_from.map(|day| day.to_string())
}

#[test]
fn a_penalty_waits_by_the_law_of_the_day_of_its_publication() {
    let cases = [
        // 2021: six months, a year for food and special equipment, never for the graver ones.
        (FINE, None, "2025-12-24", Some("2026-06-25")),
        (FINE, FOOD, "2025-12-24", Some("2026-12-25")),
        (FINE, Some("SE"), "2025-12-24", Some("2026-12-25")),
        (SUSPENSION, FOOD, "2025-12-24", None),
        (CRITICISM, None, "2025-12-24", None),
        (FINE, None, "2021-09-01", Some("2022-03-02")),
        // Order 107: three months for the general class, a year for the serious one, whatever the field.
        (FINE, None, "2025-12-25", Some("2026-03-26")),
        (FINE, FOOD, "2025-12-25", Some("2026-03-26")),
        (SUSPENSION, FOOD, "2025-12-25", Some("2026-12-26")),
        (CRITICISM, None, "2025-12-25", None),
    ];
    for (kinds, field, published, expected) in cases {
        assert_eq!(first(kinds, field, published).as_deref(), expected, "{kinds:?} {field:?} {published}");
    }
}

#[test]
fn an_application_may_come_from_the_day_after_the_least_term_and_not_before() {
    let record = Record::Penalty(penalty(FINE, None, "2025-12-25").on(PUBLICITY, "2025-12-25"));
    let last = alone(&record, "2026-03-25");
    assert!(!last.is_eligible());
    let expected = Block {
        code: "TOO_EARLY",
        fact: "repair.penalty.general.min_published".to_owned(),
        until: Some(day("2026-03-25")),
    };
    assert_eq!(last.blocks, [expected]);
    assert!(alone(&record, "2026-03-26").is_eligible());
}

#[test]
fn why_there_is_no_first_day_is_said() {
    let why = |kinds, published: &str| {
        let record = Record::Penalty(penalty(kinds, None, published).on(PUBLICITY, published));
        codes(&alone(&record, published))
    };
    assert_eq!(why(SUSPENSION, "2025-12-24"), ["GRAVE_PENALTY"]);
    assert_eq!(why(SUSPENSION, "2025-12-25"), ["TOO_EARLY"]);
    assert_eq!(why(CRITICISM, "2025-12-24"), ["ENDS_BY_ITSELF"]);
    assert_eq!(why(CRITICISM, "2025-12-25"), ["ENDS_BY_ITSELF"]);
    assert_eq!(why(FINE, "2021-08-31"), ["RULE_UNKNOWN"]);
}

#[test]
fn what_order_107_meets_running_has_two_clocks_and_the_one_that_is_chosen_governs() {
    let record = |chosen: &str| {
        let mut penalty = penalty(FINE, FOOD, "2025-12-01").on(PUBLICITY, "2025-12-24");
        penalty.publications[0].chosen = chosen.to_owned();
        Record::Penalty(penalty)
    };
    let clocks = |chosen: &str, on: &str| {
        let judged = alone(&record(chosen), on);
        let told = judged
            .clocks
            .iter()
            .map(|clock| (clock.regime.clone(), clock.governs, clock.eligible_from().unwrap().to_string()));
        told.collect::<Vec<_>>()
    };
    let is = |law: &str, governs, first: &str| (law.to_owned(), governs, first.to_owned());
    assert_eq!(clocks("", "2025-12-24"), [is("order45", true, "2026-12-25")]);
    let both = |earlier| [is("order45", earlier, "2026-12-25"), is("order107", !earlier, "2026-03-25")];
    assert_eq!(clocks("", "2025-12-25"), both(true));
    assert_eq!(clocks("order107", "2025-12-25"), both(false));
    assert_eq!(alone(&record(""), "2026-06-01").eligible_from, Some(day("2026-12-25")));
    assert!(alone(&record("order107"), "2026-06-01").is_eligible());
}

#[test]
fn credit_china_counts_from_the_decision_by_the_order_of_that_day() {
    let first = |kinds, field, decided: &str| {
        let record = Record::Penalty(penalty(kinds, field, decided).on(CREDIT_CHINA, decided));
        alone(&record, decided).eligible_from.map(|day| day.to_string())
    };
    let cases = [
        (FINE, None, "2026-03-31", Some("2026-07-01")),
        (FINE, FOOD, "2026-03-31", Some("2027-04-01")),
        (CRITICISM, None, "2026-03-31", Some("2026-07-01")),
        (FINE, None, "2026-04-01", Some("2026-07-02")),
        (FINE, FOOD, "2026-04-01", Some("2026-07-02")),
        (SUSPENSION, None, "2026-04-01", Some("2027-04-02")),
        // What is minor is repaired as soon as its duties are done.
        (CRITICISM, None, "2026-04-01", Some("2026-04-01")),
    ];
    for (kinds, field, decided, expected) in cases {
        assert_eq!(first(kinds, field, decided).as_deref(), expected, "{kinds:?} {field:?} {decided}");
    }
}

#[test]
fn each_chain_has_a_clock_of_its_own_and_the_publicity_system_leads() {
    let shown = penalty(FINE, None, "2026-01-05").on(PUBLICITY, "2026-02-02").on(CREDIT_CHINA, "2026-01-12");
    let judged = alone(&Record::Penalty(shown), "2026-02-02");
    let clocks: Vec<_> = judged
        .clocks
        .iter()
        .map(|clock| (clock.chain.as_str(), clock.starts_on, clock.eligible_from().unwrap()))
        .collect();
    assert_eq!(
        clocks,
        [
            (PUBLICITY, day("2026-02-02"), day("2026-05-03")),
            (CREDIT_CHINA, day("2026-01-05"), day("2026-04-06"))
        ]
    );
    assert_eq!(judged.eligible_from, Some(day("2026-05-03")));
}

#[test]
fn a_parameter_that_nobody_supplied_is_named_and_the_class_decides() {
    let record = Record::Penalty(penalty(FINE, FOOD, "2026-01-05").on(PUBLICITY, "2026-01-05"));
    let not_supplied = alone(&record, "2026-01-05").clocks[0].not_supplied.clone();
    assert_eq!(not_supplied, ["penalty.minor_fine_threshold", "repair.penalty.field_override.food_drug_se"]);
}

#[test]
fn a_serious_entry_stays_a_year_under_both_regimes() {
    for (listed, ends, before, from) in [
        ("2024-03-01", "2027-03-01", "2025-03-01", "2025-03-02"),
        ("2024-12-25", "2027-12-25", "2025-12-25", "2025-12-26"),
        ("2025-12-25", "2028-12-25", "2026-12-25", "2026-12-26"),
    ] {
        let record = Record::Serious(listing(listed, ends));
        assert_eq!(codes(&alone(&record, before)), ["TOO_EARLY"], "{listed}");
        assert!(alone(&record, from).is_eligible(), "{listed}");
        assert_eq!(alone(&record, listed).eligible_from, Some(day(from)));
    }
    // The list of order 83 knew no early removal; order 44 gives it to entries of before.
    let old = Record::Serious(listing("2020-06-01", "2025-06-01"));
    assert_eq!(codes(&alone(&old, "2021-08-31")), ["RULE_UNKNOWN"]);
    assert!(alone(&old, "2021-09-01").is_eligible());
}

#[test]
fn an_entry_of_the_directory_waits_for_nothing_and_one_that_is_gone_is_none() {
    let mut listed = Listing {
        standing: entry(List::Abnormal, "abnormalEntries/1", "2026-01-05", None),
        penalty_no: None,
        penalty_kinds: Vec::new(),
        restricted_until: None,
    };
    assert!(alone(&Record::Abnormal(listed.clone()), "2026-01-05").is_eligible());
    assert_eq!(codes(&alone(&Record::Abnormal(listed.clone()), "2026-01-04")), ["NOT_LISTED"]);
    listed.standing.suspended_on = Some(day("2026-01-19"));
    assert_eq!(codes(&alone(&Record::Abnormal(listed.clone()), "2026-01-19")), ["SUSPENDED"]);
    listed.standing.removed_on = Some(day("2026-02-02"));
    assert_eq!(codes(&alone(&Record::Abnormal(listed), "2026-02-02")), ["NOT_LISTED"]);
}

#[test]
fn a_further_heavier_penalty_and_a_running_restriction_keep_a_serious_entry() {
    let record = Record::Serious(listing("2024-03-01", "2027-03-01"));
    let further = |decided: &str, grade: &str| {
        let other = Penalty {
            grade: grade.to_owned(),
            document_no: number("济市监罚〔2025〕3号"),
            ..penalty(FINE, None, decided)
        };
        codes(&judged(&record, Others { penalties: &[other], ..Others::default() }, "2025-06-02"))
    };
    assert_eq!(further("2024-03-02", "Heavier"), ["FURTHER_HEAVIER_PENALTY"]);
    assert_eq!(further("2024-03-01", "Heavier"), [""; 0], "it did not come after the listing");
    assert_eq!(further("2024-03-02", "Ordinary"), [""; 0]);

    let own = Penalty {
        document_no: number("济市监罚〔2024〕7号"),
        valid_to: Some(day("2025-09-01")),
        ..penalty(BAN, None, "2024-03-01")
    };
    let kept = judged(&record, Others { penalties: &[own], ..Others::default() }, "2025-06-02");
    assert_eq!((codes(&kept), kept.eligible_from), (vec!["RESTRICTION_RUNS"], Some(day("2025-09-02"))));
}

#[test]
fn other_records_stand_in_the_way_of_a_penalty_while_they_stand_and_each_is_named() {
    let own = penalty(FINE, None, "2024-01-08").on(PUBLICITY, "2024-01-15");
    let again = Penalty {
        name: "records/2".to_owned(),
        document_no: number("济市监罚〔2024〕9号"),
        ..penalty(FINE, None, "2024-05-06")
    };
    let record = Record::Penalty(own.clone());
    let with = |other: Penalty| {
        let penalties = [own.clone(), other];
        judged(&record, Others { penalties: &penalties, ..Others::default() }, "2024-12-02")
    };
    let repeated = with(again.clone());
    assert_eq!(
        (codes(&repeated), repeated.blocks[0].fact.as_str()),
        (vec!["REPEATED_BREACH"], "济市监罚〔2024〕9号")
    );
    assert_eq!(repeated.eligible_from, None);
    assert!(with(Penalty { violation_type: "超范围经营".to_owned(), ..again.clone() }).is_eligible());
    assert!(with(Penalty { suspended: suspended(), ..again.clone() }).is_eligible());
    assert!(with(Penalty { decided_on: day("2024-01-08"), ..again }).is_eligible());

    let standings = [
        entry(List::Abnormal, "abnormalEntries/1", "2024-11-01", None),
        entry(List::Serious, "seriousCases/1", "2022-03-01", Some("2025-03-01")),
    ];
    let listed = judged(&record, Others { standings: &standings, ..Others::default() }, "2024-12-02");
    assert_eq!((codes(&listed), listed.eligible_from), (vec!["IN_DIRECTORY", "ON_SERIOUS_LIST"], None));
    let serious = judged(&record, Others { standings: &standings[1..], ..Others::default() }, "2024-12-02");
    assert_eq!(serious.eligible_from, Some(day("2025-03-02")));
}

#[test]
fn what_is_suspended_or_shown_nowhere_is_not_repaired() {
    let nowhere = Record::Penalty(penalty(FINE, None, "2024-01-08"));
    assert_eq!(codes(&alone(&nowhere, "2024-12-02")), ["NOT_PUBLISHED"]);
    let shown = penalty(FINE, None, "2026-01-05").on(PUBLICITY, "2026-01-05");
    assert_eq!(
        codes(&alone(&Record::Penalty(shown.clone()), "2027-01-06")),
        ["NOT_PUBLISHED"],
        "its term is over"
    );
    let suspended = Record::Penalty(Penalty { suspended: suspended(), ..shown });
    assert_eq!(codes(&alone(&suspended, "2026-06-01")), ["SUSPENDED"]);
}

#[test]
fn grave_and_repeated_breaches_take_the_stricter_route_and_no_longer_time() {
    let strict = |record: &Record, others: &[Penalty], on: &str| {
        judged(record, Others { penalties: others, ..Others::default() }, on)
    };
    let fine = Record::Penalty(penalty(FINE, None, "2026-01-05").on(PUBLICITY, "2026-01-05"));
    let other = |index: usize, decided: &str| Penalty {
        name: format!("records/other{index}"),
        document_no: number(&format!("济市监罚〔2024〕{index}号")),
        violation_type: "其他".to_owned(),
        ..penalty(FINE, None, decided)
    };
    let two = [other(1, "2024-06-03"), other(2, "2025-03-03")];
    assert_eq!(strict(&fine, &two[..1], "2026-06-01").strict, [""; 0]);
    let repeated = strict(&fine, &two, "2026-06-03");
    assert_eq!((repeated.strict.clone(), repeated.is_eligible()), (vec!["REPEATED"], true));
    assert_eq!(repeated.eligible_from, alone(&fine, "2026-06-03").eligible_from);
    assert_eq!(strict(&fine, &two, "2026-06-04").strict, [""; 0], "the first is more than two years old");
    let grave = Record::Penalty(penalty(SUSPENSION, None, "2026-01-05").on(PUBLICITY, "2026-01-05"));
    assert_eq!(strict(&grave, &[], "2026-06-01").strict, ["GRAVE"]);
}

#[test]
fn an_entry_for_missing_reports_waits_for_every_one_of_them_and_another_entry_for_none() {
    let of_ground = |ground: &str, uscc: &str, missing_reports: &[i64]| {
        let mut standing = entry(List::Abnormal, "abnormalEntries/1", "2025-07-07", None);
        (standing.ground, standing.uscc) = (ground.to_owned(), Uscc::parse(uscc).unwrap());
        let record = Record::Abnormal(Listing {
            standing,
            penalty_no: None,
            penalty_kinds: Vec::new(),
            restricted_until: None,
        });
        judged(&record, Others { missing_reports, ..Others::default() }, "2025-08-04")
    };
    let trader = Uscc::compose("92370102", "MA000001").unwrap();
    for uscc in ["91370102MA3C00011F", trader.as_str()] {
        let waits = of_ground("1", uscc, &[2023, 2024]);
        let facts: Vec<_> = waits.blocks.iter().map(|block| (block.code, block.fact.as_str())).collect();
        assert_eq!(facts, [("REPORT_MISSING", "2023"), ("REPORT_MISSING", "2024")]);
        assert_eq!((waits.is_eligible(), waits.eligible_from), (false, None));
        assert!(of_ground("1", uscc, &[]).is_eligible());
        assert!(of_ground("4", uscc, &[2024]).is_eligible(), "it stands for something else");
    }
}

#[test]
fn nothing_is_repaired_for_whoever_is_no_more() {
    let fine = penalty(FINE, None, "2024-01-08").on(PUBLICITY, "2024-01-15");
    for record in [Record::Penalty(fine), Record::Serious(listing("2022-03-01", "2025-03-01"))] {
        assert!(alone(&record, "2024-12-02").is_eligible());
        let others = Others { no_more: Some("Deregistered"), ..Others::default() };
        let gone = judged(&record, others, "2024-12-02");
        assert_eq!((codes(&gone), gone.eligible_from), (vec!["PARTY_NO_MORE"], None));
        assert_eq!(gone.blocks[0].fact, "Deregistered");
    }
}

#[test]
fn what_must_be_proven_depends_on_what_is_repaired() {
    let book = Rulebook::builtin();
    let codes = |record: &Record| {
        conditions(&book, record, day("2026-01-05")).map(|code| code.code.as_str()).collect::<Vec<_>>()
    };
    let both = ["obligations_performed", "harm_removed"];
    assert_eq!(codes(&Record::Serious(listing("2024-03-01", "2027-03-01"))), both);
    assert_eq!(codes(&Record::Penalty(penalty(FINE, None, "2026-01-05"))), both);
    let mut entry =
        Listing { penalty_no: None, penalty_kinds: Vec::new(), ..listing("2024-03-01", "2027-03-01") };
    for (ground, code) in [
        ("1", "report_published"),
        ("2", "duty_performed"),
        ("3", "information_corrected"),
        ("4", "contact_restored"),
    ] {
        ground.clone_into(&mut entry.standing.ground);
        assert_eq!(codes(&Record::Abnormal(entry.clone())), [code]);
    }
}

#[test]
fn the_papers_are_asked_for_once() {
    let book = Rulebook::builtin();
    assert_eq!(missing_papers(&book, &["promise"], day("2026-01-05")), ["application", "proof"]);
    assert_eq!(missing_papers(&book, &["promise", "proof", "application"], day("2026-01-05")), [""; 0]);
    assert_eq!(gaps_beyond(&["proof"], &["proof", "promise"]), ["promise"]);
}

#[test]
fn every_law_of_publication_says_what_may_be_repaired_by_parameters_of_its_time() {
    let book = Rulebook::builtin();
    for regime in book.codes_of("publication_regime") {
        let law = book.codes_of("repair_law").find(|law| law.code == regime.code).unwrap();
        assert_eq!(law.effective, regime.effective, "{}", law.code);
        let on = law.effective.from.unwrap();
        for class in ["minor", "general", "serious"] {
            let said = law.tag_value(class).unwrap();
            let known = ["itself", "at_once"].contains(&said) || book.parameter(said, on).is_ok();
            assert!(known, "{} {class} {said}", law.code);
        }
        for named in ["longer", "grave"].into_iter().filter_map(|key| law.tag_value(key)) {
            assert!(book.parameter(named, on).is_ok(), "{} {named}", law.code);
        }
    }
}

mod properties;
