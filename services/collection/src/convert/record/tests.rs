use rulebook::Rulebook;

use super::*;

const TODAY: &str = "2026-03-02";

fn read(record: pb::Record) -> Result<NewRecord, FieldErrors> {
    let judge = Judge { book: &Rulebook::builtin(), today: domain::parse_date(TODAY).unwrap() };
    read_record(&judge, record)
}

/// Paths of what is wrong, in the order found.
fn faults(record: pb::Record) -> Vec<String> {
    match read(record) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(|error| error.path.clone()).collect(),
    }
}

fn record(content: Content) -> pb::Record {
    let unit = "济南市市场监督管理局".to_owned();
    pb::Record {
        uscc: "91370102MA3C00011F".to_owned(),
        party_name: "济南某某食品有限公司".to_owned(),
        field: "FOOD".to_owned(),
        provenance: Some(pb::Provenance {
            producer: unit.clone(),
            provider: unit.clone(),
            responsible: unit,
        }),
        document_no: "济市监罚〔2026〕1号".to_owned(),
        decided_on: "2026-02-27".to_owned(),
        content: Some(content),
        ..pb::Record::default()
    }
}

fn permit() -> pb::Permit {
    pb::Permit {
        permit_class: "普通".to_owned(),
        permit_no: "SC10137010200018".to_owned(),
        valid_from: "2026-02-27".to_owned(),
        valid_to: "2031-02-26".to_owned(),
        ..pb::Permit::default()
    }
}

fn penalty(kinds: &[&str]) -> pb::Penalty {
    pb::Penalty {
        violation_type: "生产经营不符合食品安全标准的食品".to_owned(),
        legal_basis: "《中华人民共和国食品安全法》第一百二十四条".to_owned(),
        penalty_kinds: kinds.iter().map(ToString::to_string).collect(),
        fine_fen: if kinds.contains(&"3") { 5_000_000 } else { 0 },
        ordinary_procedure: true,
        ..pb::Penalty::default()
    }
}

fn inspection() -> pb::Inspection {
    pb::Inspection { result: "1".to_owned(), ..pb::Inspection::default() }
}

fn sampling() -> pb::Sampling {
    pb::Sampling { product: "饼干".to_owned(), passed: true, ..pb::Sampling::default() }
}

#[test]
fn one_record_of_each_kind_is_taken() {
    for content in [
        Content::Permit(permit()),
        Content::Penalty(penalty(&["3"])),
        Content::Inspection(inspection()),
        Content::Sampling(sampling()),
    ] {
        assert_eq!(faults(record(content.clone())), [""; 0], "{content:?}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let bad = pb::Record {
        uscc: "91370102MA3C00011G".to_owned(),
        field: "TOYS".to_owned(),
        provenance: None,
        decided_on: "2026-02-30".to_owned(),
        ..record(Content::Penalty(penalty(&["3"])))
    };
    assert_eq!(faults(bad), ["uscc", "field", "provenance", "decided_on"]);
    let bad =
        pb::Penalty { fine_fen: -1, penalty_kinds: vec![], legal_basis: " ".to_owned(), ..penalty(&[]) };
    let paths = ["penalty.legal_basis", "penalty.fine_fen", "penalty.penalty_kinds"];
    assert_eq!(faults(record(Content::Penalty(bad))), paths);
}

#[test]
fn a_record_without_its_three_units_is_refused() {
    let whole = record(Content::Inspection(inspection()));
    for part in ["producer", "provider", "responsible"] {
        let mut lacking = whole.clone();
        let provenance = lacking.provenance.as_mut().unwrap();
        match part {
            "producer" => provenance.producer.clear(),
            "provider" => provenance.provider.clear(),
            _ => provenance.responsible = " ".to_owned(),
        }
        assert_eq!(faults(lacking), [format!("provenance.{part}")]);
    }
}

#[test]
fn a_decision_of_tomorrow_is_refused_and_one_of_today_is_not() {
    let on =
        |day: &str| pb::Record { decided_on: day.to_owned(), ..record(Content::Inspection(inspection())) };
    assert_eq!(faults(on(TODAY)), [""; 0]);
    assert_eq!(faults(on("2026-03-03")), ["decided_on"]);
}

#[test]
fn the_permit_number_decides_the_field_and_is_put_in_canonical_form() {
    let sent = pb::Permit { permit_no: " sc10137010200018 ".to_owned(), ..permit() };
    let taken = read(pb::Record { field: String::new(), ..record(Content::Permit(sent)) }).unwrap();
    assert_eq!(taken.message.field, "FOOD");
    let Some(Content::Permit(permit)) = taken.message.content else { panic!("a permit stays one") };
    assert_eq!((permit.permit_no.as_str(), permit.state.as_str()), ("SC10137010200018", "Valid"));
}

#[test]
fn a_permit_is_refused_for_a_wrong_number_term_class_and_sub_kind() {
    let bad = pb::Permit {
        permit_class: "ordinary".to_owned(),
        permit_no: "SC10137010200019".to_owned(),
        valid_to: "2026-02-26".to_owned(),
        ..permit()
    };
    let paths = ["permit.permit_class", "permit.valid_to", "permit.permit_no"];
    assert_eq!(faults(record(Content::Permit(bad))), paths);
    let bad = pb::Permit { sub_kinds: vec!["OrdinaryFood".to_owned(), "SeRepair".to_owned()], ..permit() };
    assert_eq!(faults(record(Content::Permit(bad))), ["permit.sub_kinds[1]"]);
}

#[test]
fn a_fine_needs_an_amount_and_a_revocation_its_certificate() {
    let bad = pb::Penalty { fine_fen: 0, ..penalty(&["3", "8"]) };
    let paths = ["penalty.fine_fen", "penalty.affected_certificate"];
    assert_eq!(faults(record(Content::Penalty(bad))), paths);
    let bad = pb::Penalty { fine_fen: 500_000, confiscated_fen: 1, ..penalty(&["1"]) };
    let paths = ["penalty.fine_fen", "penalty.confiscated_fen"];
    assert_eq!(faults(record(Content::Penalty(bad))), paths);
}

#[test]
fn kinds_of_penalty_are_those_of_the_day_of_the_decision() {
    // 通报批评 came with the law of 2021-07-15.
    let on =
        |day: &str| pb::Record { decided_on: day.to_owned(), ..record(Content::Penalty(penalty(&["2"]))) };
    assert_eq!(faults(on("2021-07-14")), ["penalty.penalty_kinds[0]"]);
    assert_eq!(faults(on("2021-07-15")), [""; 0]);
    assert_eq!(faults(record(Content::Penalty(penalty(&["3", "3"])))), ["penalty.penalty_kinds[1]"]);
}

#[test]
fn an_old_inspection_is_delivered_in_the_dictionary_of_today() {
    let old = pb::Record { decided_on: "2012-05-04".to_owned(), ..record(Content::Inspection(inspection())) };
    assert_eq!(faults(old), [""; 0], "the set of results came in 2019");
    let unknown = pb::Inspection { result: "99".to_owned(), minor_count: -1, ..inspection() };
    assert_eq!(faults(record(Content::Inspection(unknown))), ["inspection.result", "inspection.minor_count"]);
}

#[test]
fn a_sample_that_passed_has_no_failed_items() {
    let bad =
        pb::Sampling {
            failed_items: vec!["菌落总数".to_owned()], level: "Planet".to_owned(), ..sampling()
        };
    assert_eq!(faults(record(Content::Sampling(bad))), ["sampling.level", "sampling.failed_items"]);
}

#[test]
fn an_entry_of_a_list_of_others_is_imported_one_of_our_own_and_an_empty_record_are_not() {
    let entry = |list: &str| pb::ListEntry { list: list.to_owned(), ..pb::ListEntry::default() };
    assert_eq!(faults(record(Content::ListEntry(entry("COURT_DEFAULTER")))), [""; 0]);
    assert_eq!(faults(record(Content::ListEntry(entry("SERIOUS")))), ["list_entry.list"]);
    let nothing = pb::Record { content: None, ..record(Content::Sampling(sampling())) };
    assert_eq!(faults(nothing), ["content"]);
}

#[test]
fn two_spellings_of_one_record_are_one() {
    let plain = read(record(Content::Inspection(inspection()))).unwrap();
    let spelled = pb::Record {
        uscc: " 91370102ma3c00011f".to_owned(),
        party_name: "济南某某食品有限公司 ".to_owned(),
        document_no: " 济市监罚〔2026〕1号".to_owned(),
        ..record(Content::Inspection(pb::Inspection { mode: "Routine".to_owned(), ..inspection() }))
    };
    assert_eq!(read(spelled).unwrap(), plain);
}

#[test]
fn a_record_outside_the_catalogue_is_refused_by_its_kind() {
    let files = Rulebook::builtin().archive().into_iter().map(|(name, bytes)| {
        let text = String::from_utf8(bytes).unwrap();
        let without: String = match name.as_str() {
            "collection_items.csv" => text
                .lines()
                .filter(|line| !line.starts_with("inspection,"))
                .map(|line| format!("{line}\n"))
                .collect(),
            _ => text,
        };
        (name, without.into_bytes())
    });
    let book = Rulebook::from_archive(files).unwrap();
    let judge = Judge { book: &book, today: domain::parse_date("2026-03-02").unwrap() };
    let refused = read_record(&judge, record(Content::Inspection(inspection()))).unwrap_err();
    let error = refused.iter().next().unwrap();
    assert_eq!(error.path, "inspection");
    assert!(error.problem.starts_with("OUTSIDE_CATALOGUE"), "{}", error.problem);
    assert!(read_record(&judge, record(Content::Sampling(sampling()))).is_ok());
}

#[test]
fn results_and_standards_stand_beside_the_items_that_failed() {
    let with = |measured: &[&str], items: &[&str]| {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let failed = pb::Sampling {
            passed: false,
            failed_items: texts(items),
            measured_values: texts(measured),
            ..sampling()
        };
        faults(record(Content::Sampling(failed)))
    };
    assert_eq!(with(&[], &["菌落总数"]), [""; 0], "it may be left out");
    assert_eq!(with(&["20000CFU/g"], &["菌落总数"]), [""; 0]);
    assert_eq!(with(&["20000CFU/g"], &["菌落总数", "大肠菌群"]), ["sampling.measured_values"]);
    assert_eq!(with(&["20000CFU/g"], &[]), ["sampling.measured_values"]);
}

#[test]
fn an_inspection_names_its_plan_and_what_was_inspected() {
    let whole = pb::Inspection {
        plan_name: " 2026年度抽查 ".to_owned(),
        items: vec!["出厂检验".to_owned()],
        ..inspection()
    };
    let taken = read(record(Content::Inspection(whole.clone()))).unwrap();
    let Some(Content::Inspection(said)) = taken.message.content else { panic!("an inspection") };
    assert_eq!((said.plan_name.as_str(), said.items.len()), ("2026年度抽查", 1));
    let bad = pb::Inspection { items: vec![" ".to_owned()], plan_name: "长".repeat(201), ..whole };
    assert_eq!(faults(record(Content::Inspection(bad))), ["inspection.plan_name", "inspection.items"]);
}

#[test]
fn a_party_has_codes_beside_its_credit_code_and_a_person_none() {
    let with = |kind: &str, codes: pb::PartyCodes| pb::Record {
        uscc: String::new(),
        party_kind: kind.to_owned(),
        party_codes: Some(codes),
        ..record(Content::Penalty(penalty(&["2"])))
    };
    let registered =
        pb::PartyCodes { registration_no: " 370102000012345 ".to_owned(), ..pb::PartyCodes::default() };
    let taken = read(with("sole_trader", registered.clone())).unwrap().message;
    assert_eq!(taken.party_codes.unwrap().registration_no, "370102000012345");
    assert_eq!(faults(with("natural_person", registered)), ["party_codes.registration_no"]);
    let owner = pb::PartyCodes { tax_no: "11010519491231002X01".to_owned(), ..pb::PartyCodes::default() };
    assert_eq!(faults(with("sole_trader", owner)), ["party_codes.tax_no"]);
    // A message without any code says what no message says.
    let none = read(with("", pb::PartyCodes::default())).unwrap().message;
    assert_eq!(none.party_codes, None);
}

#[test]
fn a_natural_person_has_no_credit_code() {
    let person = |uscc: &str| pb::Record {
        party_kind: "natural_person".to_owned(),
        uscc: uscc.to_owned(),
        ..record(Content::Penalty(penalty(&["2"])))
    };
    assert_eq!(faults(person("91370102MA3C00011F")), ["party_kind"]);
    assert!(read(person("")).is_ok());
}

#[test]
fn what_the_standards_know_beside_may_be_left_out_and_is_checked_where_it_is_stated() {
    let content = Content::Penalty(pb::Penalty {
        authority_uscc: "91370102MA3C00012F".to_owned(),
        valid_to: "2000-01-01".to_owned(),
        ..penalty(&["2"])
    });
    let bad = pb::Record {
        party_kind: "club".to_owned(),
        source_unit_uscc: "1".to_owned(),
        remark: "字".repeat(1_001),
        ..record(content)
    };
    assert_eq!(
        faults(bad),
        ["party_kind", "source_unit_uscc", "remark", "penalty.authority_uscc", "penalty.valid_to"]
    );
    let spelled = pb::Record {
        source_unit_uscc: " 91370102ma3c00011f".to_owned(),
        ..record(Content::Penalty(penalty(&["2"])))
    };
    assert_eq!(read(spelled).unwrap().message.source_unit_uscc, "91370102MA3C00011F");
}

#[test]
fn a_record_is_recalled_from_its_content() {
    let contents = [
        Content::Permit(permit()),
        Content::Penalty(penalty(&["3", "10"])),
        Content::Inspection(inspection()),
    ];
    for content in contents {
        let known = read(record(content.clone())).unwrap();
        assert_eq!(NewRecord::recall(&known.content), Some(known));
        // Written as people write it: full-width forms and spaces around.
        let loose = pb::Record {
            uscc: String::new(),
            field: " FOOD".to_owned(),
            party_name: "　济南某某食品（山东）有限公司 ".to_owned(),
            document_no: " 济市监罚[2026]1号".to_owned(),
            division: "370102".to_owned(),
            ..record(content)
        };
        if let Ok(known) = read(loose) {
            assert_eq!(NewRecord::recall(&known.content), Some(known));
        }
    }
    assert_eq!(NewRecord::recall(b"no record"), None);
    assert_eq!(NewRecord::recall(b""), None);
}
