//! Code sets, fields, offices, permissions and measures as the law and the notice of 2021-09-27 have them.

use chrono::NaiveDate;
use domain::{DivisionCode, DivisionKind, FieldCode, LicenceNumber, OfficeCode, parse_date};
use rulebook::{Advice, Rulebook};
use std::collections::BTreeSet;

fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

fn office(code: &str) -> OfficeCode {
    OfficeCode::parse(code).unwrap()
}

fn field(code: &str) -> FieldCode {
    FieldCode::parse(code).unwrap()
}

fn codes(set: &str, on: &str) -> Vec<String> {
    Rulebook::builtin().codes(set, day(on)).map(|code| code.code.clone()).collect()
}

#[test]
fn the_two_fields_carry_the_marks_of_the_notice_word_for_word() {
    let book = Rulebook::builtin();
    let marks: Vec<_> =
        book.fields().iter().map(|field| (field.code.as_str(), field.mark_zh.as_str())).collect();
    assert_eq!(marks, [("FOOD", "食品生产企业"), ("SE", "特种设备获证企业")]);
    assert_eq!(book.field(&field("FOOD")).unwrap().owner_offices[0], office("FOOD_PROD"));
    assert_eq!(book.field(&field("TOYS")), None);
}

#[test]
fn every_sub_kind_the_notice_names_is_there_with_the_office_that_confirms_it() {
    let book = Rulebook::builtin();
    let kinds =
        |code: &str| book.sub_kinds(&field(code)).map(|kind| kind.label_zh.clone()).collect::<Vec<_>>();
    assert_eq!(
        kinds("FOOD"),
        ["普通食品", "保健食品", "特殊医学用途配方食品", "婴幼儿配方食品", "食品添加剂"]
    );
    assert_eq!(
        kinds("SE"),
        ["设计", "制造", "安装", "改造", "修理", "移动式压力容器充装", "气瓶充装", "检验机构", "检测机构"]
    );
    assert_eq!(book.sub_kind("HealthFood").unwrap().confirm_office, office("SAMPLING_SPECIAL_FOOD"));
    assert_eq!(book.sub_kind("SeDesign").unwrap().confirm_office, office("SE_SUPERV"));
}

#[test]
fn every_sub_kind_that_a_licence_number_names_is_a_row_of_its_field() {
    let book = Rulebook::builtin();
    let mut numbers: Vec<LicenceNumber> =
        (1..=9).map(|kind| LicenceNumber::compose_se(kind, 2, 37, 1, 2028).unwrap()).collect();
    for category in 1..=31 {
        numbers.push(LicenceNumber::compose_food(false, category, "370102", 1).unwrap());
    }
    numbers.push(LicenceNumber::compose_food(true, 1, "370102", 1).unwrap());
    let mut named = std::collections::BTreeSet::new();
    for number in &numbers {
        assert!(book.field(&field(number.field())).is_some(), "{number}");
        for code in number.possible_sub_kinds() {
            let kind = book.sub_kind(code).unwrap_or_else(|| panic!("{number} names {code}"));
            assert_eq!(kind.field.as_str(), number.field());
            named.insert(*code);
        }
    }
    assert_eq!(named.len(), 14, "every sub-kind has a number that names it: {named:?}");
}

#[test]
fn the_code_sets_are_complete() {
    let on = "2026-01-05";
    assert_eq!(codes("penalty_kind", on).len(), 14);
    assert_eq!(codes("inspection_result", on).len(), 13);
    assert_eq!(codes("abnormal_ground", on), ["1", "2", "3", "4", "5"]);
    assert_eq!(codes("abnormal_mark_ground", on), ["1", "3", "4"]);
    assert_eq!(codes("abnormal_removal_ground", on).len(), 7);
    assert_eq!(codes("serious_factor", on).len(), 9);
    assert_eq!(codes("serious_ground", on).len(), 17);
    assert_eq!(codes("licence_state", on).len(), 7);
    assert_eq!(codes("registration_state", on).len(), 7);
    assert_eq!(codes("permit_class", on).len(), 6);
    assert_eq!(codes("party_kind", on).len(), 3);
    assert_eq!(codes("ticket_kind", on).len(), 5);
    assert_eq!(codes("discredit_degree", on), ["minor", "general", "serious"]);
    assert_eq!(codes("risk_class.shandong2020", on).concat(), "ABCDE");
    assert_eq!(codes("risk_class.national2022", on).concat(), "ABCD");
    assert_eq!(codes("risk_class.food2016", on).concat(), "ABCD");
    assert!(codes("no_such_set", on).is_empty());
}

#[test]
fn every_bureau_of_the_city_and_of_a_district_in_use_has_a_name() {
    let on = "2026-01-05";
    let named: BTreeSet<String> = codes("bureau", on).into_iter().collect();
    let has_bureau = |division: &DivisionCode| {
        let kinds = [DivisionKind::City, DivisionKind::District, DivisionKind::County];
        kinds.contains(&division.kind()) && division.in_force_on(day(on))
    };
    let divisions = DivisionCode::known().filter(has_bureau).map(|division| division.to_string());
    assert_eq!(named, divisions.collect::<BTreeSet<_>>());
}

#[test]
fn every_figure_of_the_dispatch_names_who_counts_it_and_the_right_to_read_what_it_counts() {
    let book = Rulebook::builtin();
    let (figures, permissions) = (book.codes_of("dispatch_figure"), book.permissions());
    let nameless: Vec<_> = figures
        .filter(|figure| {
            let right = figure.tag_value("needs").is_some_and(|needs| permissions.contains(needs));
            !right || figure.tag_value("service").is_none()
        })
        .collect();
    assert!(nameless.is_empty(), "{nameless:?}");
}

#[test]
fn codes_begin_with_the_law_that_made_them() {
    assert_eq!(codes("penalty_kind", "2021-07-14"), ["1", "3", "4", "5", "6", "8", "10", "13", "14"]);
    assert_eq!(codes("penalty_kind", "2021-07-15").len(), 14);
    assert!(codes("serious_ground", "2021-08-31").is_empty());
    assert_eq!(codes("abnormal_ground", "2025-04-30"), ["1", "2", "3", "4"]);
    assert_eq!(codes("abnormal_ground", "2025-05-01"), ["1", "2", "3", "4", "5"]);
    assert!(codes("risk_class.national2022", "2022-01-12").is_empty());
    assert!(codes("discredit_degree", "2025-12-24").is_empty());
    let book = Rulebook::builtin();
    assert_eq!(book.code("penalty_kind", "3", day("2020-01-01")).unwrap().label_zh, "罚款");
    assert_eq!(book.code("penalty_kind", "15", day("2026-01-05")), None);
}

#[test]
fn the_heavier_penalties_are_those_of_order_44() {
    let book = Rulebook::builtin();
    let on = day("2026-01-05");
    let heavier: Vec<&str> = book
        .codes("penalty_kind", on)
        .filter(|code| code.has_tag("heavier"))
        .map(|code| code.label_zh.as_str())
        .collect();
    let expected =
        ["降低资质等级", "吊销许可证件", "限制开展生产经营活动", "责令停产停业", "责令关闭", "限制从业"];
    assert_eq!(heavier, expected);
    let graded: Vec<&str> = book
        .codes("discretion_grade", on)
        .filter(|code| code.has_tag("heavier"))
        .map(|code| code.code.as_str())
        .collect();
    assert_eq!(graded, ["Heavier"]);
}

#[test]
fn every_office_of_the_notice_is_there_with_its_fields() {
    let book = Rulebook::builtin();
    for code in
        "CREDIT FOOD_PROD SAMPLING_SPECIAL_FOOD SE_SUPERV FOREIGN_REG LEGAL ENFORCEMENT DISTRICT IT SUPERIOR \
                 PARTY SYSTEM"
            .split_whitespace()
    {
        assert!(book.office(&office(code)).is_some(), "{code}");
    }
    let sees = |code: &str, of: &str| book.office(&office(code)).unwrap().fields.holds(&field(of));
    assert!(sees("CREDIT", "FOOD") && sees("CREDIT", "SE"));
    assert!(sees("FOOD_PROD", "FOOD") && !sees("FOOD_PROD", "SE"));
}

#[test]
fn each_office_acts_only_on_its_field() {
    let book = Rulebook::builtin();
    let on = day("2026-01-05");
    let confirm =
        |code: &str, of: &str| book.may_in_field("registry.mark.confirm", &office(code), &field(of), on);
    assert!(confirm("FOOD_PROD", "FOOD") && confirm("SE_SUPERV", "SE"));
    assert!(!confirm("SE_SUPERV", "FOOD"), "R6: special equipment confirms no food mark");
    assert!(!confirm("CREDIT", "FOOD"), "the lead office decides no line matter alone");
    assert!(!confirm("PARTY", "FOOD"));
}

#[test]
fn risk_classes_are_read_in_the_bureau_only() {
    let book = Rulebook::builtin();
    let readers: Vec<&str> =
        book.offices_with("risk.class.read", day("2026-01-05")).map(|office| office.code.as_str()).collect();
    assert_eq!(readers, ["CREDIT", "FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV", "DISTRICT", "SYSTEM"]);
    assert!(!book.may("risk.class.read", &office("APPROVAL"), day("2026-01-05")));
}

#[test]
fn the_gateway_alone_notes_reads_and_otherwise_only_reads_what_is_published() {
    let (book, on) = (Rulebook::builtin(), day("2026-01-05"));
    let noting: Vec<&str> =
        book.offices_with("risk.read.note", on).map(|office| office.code.as_str()).collect();
    assert_eq!(noting, ["GATEWAY"]);
    let own = book.grants().iter().filter(|grant| grant.office == office("GATEWAY"));
    let own: Vec<&str> = own.map(|grant| grant.name.as_str()).collect();
    assert_eq!(
        own,
        [
            "collection.record.read",
            "feed.event.read",
            "inspection.plan.read",
            "inspection.task.read",
            "inspection.visit.read",
            "punishment.list.read",
            "registry.commitment.read",
            "registry.mark.read",
            "risk.read.note",
        ]
    );
}

#[test]
fn permissions_begin_with_the_notice() {
    let book = Rulebook::builtin();
    assert!(book.permissions().contains("punishment.party.check"));
    assert!(book.may("punishment.party.check", &office("APPROVAL"), day("2021-09-27")));
    assert!(!book.may("punishment.party.check", &office("APPROVAL"), day("2021-09-26")));
    assert!(book.grants().iter().all(|grant| !grant.source.is_empty()));
}

#[test]
fn every_ground_names_a_field_that_exists() {
    let book = Rulebook::builtin();
    for code in book.all_codes() {
        if let Some(named) = code.tag_value("field") {
            assert!(book.field(&field(named)).is_some(), "{} {}", code.set, code.code);
        }
    }
}

#[test]
fn a_serious_listing_brings_its_measures_and_a_directory_entry_only_a_reminder() {
    let book = Rulebook::builtin();
    let on = day("2026-01-05");
    let serious: Vec<&str> = book.measures("SERIOUS", on).map(|measure| measure.code.as_str()).collect();
    for code in ["StrictPermitReview", "NoNotifyCommit", "KeySupervision", "NoHonours", "PublicExposure"] {
        assert!(serious.contains(&code), "{code}");
    }
    let permit = book.measures("SERIOUS", on).filter(|measure| measure.bears_on("PERMIT"));
    assert_eq!(permit.map(|measure| measure.advice).max(), Some(Advice::NoNotifyAndCommit));
    let abnormal: Vec<_> = book.measures("ABNORMAL", on).map(|measure| measure.advice).collect();
    assert_eq!(abnormal, [Advice::StrictReview, Advice::StrictReview]);
}

#[test]
fn a_list_that_reminds_reduces_rights_only_by_a_cited_article() {
    let book = Rulebook::builtin();
    let reminders: Vec<_> = book.all_measures().iter().filter(|measure| measure.reminder).collect();
    let triggers: BTreeSet<&str> = reminders.iter().map(|measure| measure.trigger.as_str()).collect();
    assert_eq!(triggers, BTreeSet::from(["ABNORMAL"]));
    let reducing: Vec<_> = reminders.iter().filter(|measure| measure.reduces_rights).collect();
    assert_eq!(reducing.len(), 1);
    assert_eq!(reducing[0].rights_basis.as_deref(), Some("企业信息公示暂行条例 art 18"));
    assert!(book.all_measures().iter().all(rulebook::Measure::is_founded));
}

#[test]
fn measures_begin_with_their_law() {
    let book = Rulebook::builtin();
    assert_eq!(book.measures("SERIOUS", day("2021-08-31")).count(), 0);
    assert_eq!(book.measures("ABNORMAL", day("2021-08-31")).count(), 2);
    assert_eq!(book.measures("FOOD_LICENCE_REVOKED", day("2015-09-30")).count(), 0);
}

#[test]
fn every_public_source_of_figures_has_its_rounds() {
    let (book, on) = (Rulebook::builtin(), day("2026-03-02"));
    for code in book.codes("entropy_source", on) {
        let source = book.entropy_source(&code.code, on);
        assert!(source.is_some_and(|source| !source.source.is_empty()), "{}", code.code);
    }
}
