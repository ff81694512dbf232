use contract::{
    collection::v1::{
        EnforcementOrder, Inspection, ListEntry, Objection, ObjectionAnswer, Penalty, Permit, Record, Remedy,
        RemedyOutcome, Sampling, Ticket, record::Content,
    },
    gateway::v1::{MissingPart, Stage, TimelineEvent},
    inspection::v1::{Rectification, Visit},
    punishment::v1::{
        AbnormalEntry, EntryRemedy, EntryRemedyOutcome, Measure, MeasureReceiver, Repair, SeriousCase,
    },
    registry::v1::{Commitment, Licence, Mark},
    risk::v1::{Flag, RiskClass},
};
use prost_types::Timestamp;
use rulebook::Rulebook;

use super::*;

fn record(name: &str, on: &str, content: Content) -> Record {
    Record {
        name: format!("records/{name}"),
        decided_on: on.into(),
        document_no: "济市监处罚〔2024〕1号".into(),
        content: Some(content),
        ..Record::default()
    }
}

/// Midday in Shanghai of 2024-06-01.
fn instant() -> Option<Timestamp> {
    Some(Timestamp { seconds: 1_717_214_400, nanos: 0 })
}

/// One of everything, out of order.
fn parts() -> Parts {
    let penalty = Penalty { penalty_kinds: vec!["3".into(), "4".into()], ..Penalty::default() };
    let permit = Permit { permit_class: "普通".into(), permit_no: "SC1".into(), ..Permit::default() };
    let inspection = Inspection { mode: "Routine".into(), result: "1".into(), ..Inspection::default() };
    let sampling = Sampling { product: "白酒".into(), level: "City".into(), ..Sampling::default() };
    Parts {
        serious_cases: vec![SeriousCase {
            name: "seriousCases/1".into(),
            ground: "F2".into(),
            listed_on: "2024-12-01".into(),
            ..SeriousCase::default()
        }],
        abnormal_entries: vec![AbnormalEntry {
            name: "abnormalEntries/1".into(),
            ground: "4".into(),
            listed_on: "2024-10-01".into(),
            removed_on: "2024-11-01".into(),
            ..AbnormalEntry::default()
        }],
        records: vec![
            record("penalty", "2024-09-01", Content::Penalty(penalty)),
            record("permit", "2024-04-01", Content::Permit(permit)),
            record("inspection", "2024-05-01", Content::Inspection(inspection)),
            record("sampling", "2024-05-02", Content::Sampling(sampling)),
        ],
        visits: vec![Visit {
            name: "tasks/1/visits/x".into(),
            result: "5".into(),
            visited_on: "2024-08-01".into(),
            ..Visit::default()
        }],
        classes: vec![RiskClass {
            name: "enterprises/x/classes/FOOD".into(),
            field: "FOOD".into(),
            scheme: "shandong2020".into(),
            code: "B".into(),
            as_of: "2024-05-31".into(),
            effective_time: instant(),
            ..RiskClass::default()
        }],
        tickets: vec![Ticket {
            name: "tickets/1".into(),
            channel: "12345".into(),
            kind: "Complaint".into(),
            topic: "异味\n反复".into(),
            accepted_on: "2024-03-01".into(),
            closed_on: "2024-03-09".into(),
            substantiated: Some(true),
            ..Ticket::default()
        }],
        marks: vec![Mark {
            name: "enterprises/x/marks/FOOD".into(),
            label: "食品生产企业".into(),
            publish_time: instant(),
            ..Mark::default()
        }],
        licences: vec![Licence {
            name: "licences/SC2".into(),
            licence_no: "SC2".into(),
            field: "FOOD".into(),
            sub_kinds: vec!["HealthFood".into()],
            valid_from: "2024-01-01".into(),
            state: "Revoked".into(),
            ..Licence::default()
        }],
        ..Parts::default()
    }
}

fn told(parts: &Parts) -> Vec<TimelineEvent> {
    events(parts, Labels::of(&Rulebook::builtin()))
}

fn titles(parts: &Parts) -> Vec<String> {
    told(parts).into_iter().map(|event| event.title).collect()
}

#[test]
fn events_stand_in_the_order_of_their_dates_each_in_its_stage() {
    let found: Vec<_> = told(&parts())
        .into_iter()
        .map(|event| (event.on.clone(), event.stage(), event.title.clone()))
        .collect();
    let expected = [
        ("2024-01-01", Stage::Before, "取得食品生产许可：保健食品 SC2（现吊销）"),
        ("2024-03-01", Stage::Before, "12345受理投诉：异味 反复"),
        ("2024-03-09", Stage::Before, "12345工单办结：属实"),
        ("2024-04-01", Stage::During, "归集行政许可（普通） SC1"),
        ("2024-05-01", Stage::During, "日常监督检查：未发现问题"),
        ("2024-05-02", Stage::During, "监督抽检（市级）不合格（生产者待确认）：白酒"),
        ("2024-06-01", Stage::Before, "公示重点领域标记：食品生产企业"),
        ("2024-06-01", Stage::During, "食品生产信用风险分类：B（信用风险较低）"),
        ("2024-08-01", Stage::During, "双随机检查：发现问题已责令改正"),
        ("2024-09-01", Stage::After, "行政处罚：罚款、没收违法所得（济市监处罚〔2024〕1号）"),
        ("2024-10-01", Stage::After, "列入经营异常名录（通过登记的住所或者经营场所无法联系）"),
        ("2024-11-01", Stage::After, "移出经营异常名录（通过登记的住所或者经营场所无法联系）"),
        (
            "2024-12-01",
            Stage::After,
            "列入严重违法失信名单（使用非食品原料、添加有害物质、生产经营禁止的食品）",
        ),
    ]
    .map(|(on, stage, title)| (on.to_owned(), stage, title.to_owned()));
    assert_eq!(found, expected);
}

#[test]
fn a_licence_is_said_to_be_ended_by_acts_of_the_law_alone() {
    let remarked = |state: &str, record: &str, withdrawn_on: &str| {
        let mut parts = parts();
        let licence = &mut parts.licences[0];
        licence.state = state.into();
        licence.source_record = record.into();
        licence.record_withdrawn_on = withdrawn_on.into();
        titles(&parts).swap_remove(0)
    };
    let title = |remark: &str| format!("取得食品生产许可：保健食品 SC2{remark}");
    assert_eq!(remarked("Valid", "records/1", ""), title(""));
    assert_eq!(remarked("Voided", "records/1", ""), title("（现撤销）"));
    assert_eq!(remarked("Withdrawn", "records/1", ""), title("（现撤回）"));
    assert_eq!(remarked("Withdrawn", "records/1", "2025-06-02"), title("（许可信息已撤回）"));
    assert_eq!(remarked("Withdrawn", "", "2025-06-02"), title("（登记有误，已取消）"));
}

#[test]
fn a_fact_is_told_once_by_the_service_that_owns_it() {
    let mut parts = parts();
    parts.licences[0].source_record = "records/permit".into();
    parts.records[2].origin = "inspection".into();
    let entry = ListEntry { list: "ABNORMAL".into(), ground: "4".into(), ..ListEntry::default() };
    parts.records.push(Record {
        origin: "punishment".into(),
        ..record("entry", "2024-10-01", Content::ListEntry(entry))
    });
    let resources: Vec<_> = told(&parts).into_iter().map(|event| event.resource).collect();
    for derived in ["records/permit", "records/inspection", "records/entry"] {
        assert!(!resources.contains(&derived.to_owned()), "{derived}");
    }
}

#[test]
fn when_the_owner_is_silent_the_collected_record_tells_of_the_fact() {
    let mut parts = parts();
    parts.records[2].origin = "inspection".into();
    parts.visits.clear();
    parts.missing.push(MissingPart { part: "visits".into(), ..MissingPart::default() });
    assert!(titles(&parts).contains(&"日常监督检查：未发现问题".to_owned()));
}

#[test]
fn what_has_not_happened_yet_is_no_event() {
    let mut parts = parts();
    parts.visits[0].visited_on.clear();
    parts.tickets[0].closed_on.clear();
    parts.marks[0].publish_time = None;
    parts.abnormal_entries[0].removed_on.clear();
    let before = titles(&super::tests::parts()).len();
    assert_eq!(titles(&parts).len(), before - 4);
}

#[test]
fn what_no_longer_counts_says_so() {
    let mut parts = parts();
    parts.records[0].state = "Withdrawn".into();
    parts.visits[0].state = "Withdrawn".into();
    parts.abnormal_entries[0].state = "RevokedByError".into();
    parts.serious_cases[0].state = "Revoked".into();
    let titles = titles(&parts);
    for remark in ["号）（已撤回）", "改正（已撤回）", "（列入有误，已撤销）", "食品）（已撤销）"]
    {
        assert!(titles.iter().any(|title| title.ends_with(remark)), "{remark}: {titles:?}");
    }
}

#[test]
fn a_serious_violator_leaves_the_list_by_what_ended_the_listing() {
    let told = |state: &str, removal_ground: &str| {
        let mut parts = parts();
        let case = &mut parts.serious_cases[0];
        (case.state, case.removal_ground) = (state.into(), removal_ground.into());
        case.ended_on = "2026-03-02".into();
        dated(&parts).pop().unwrap()
    };
    let of = |what: &str| ("2026-03-02".to_owned(), what.to_owned());
    assert_eq!(told("RemovedEarly", "Early"), of("移出严重违法失信名单（提前移出）"));
    assert_eq!(told("Removed", "Expiry"), of("移出严重违法失信名单（期限届满）"));
    let revoked = "撤销列入严重违法失信名单（作出决定的依据被撤销、确认违法或者无效）";
    assert_eq!(told("Revoked", "Revoked"), of(revoked));
}

#[test]
fn of_too_many_events_the_latest_stay() {
    let tickets = (0..600).map(|number| Ticket {
        name: format!("tickets/{number}"),
        accepted_on: format!("{:04}-01-01", 1400 + number),
        ..Ticket::default()
    });
    let parts = Parts { tickets: tickets.collect(), ..Parts::default() };
    let events = told(&parts);
    assert_eq!(events.len(), 500);
    assert_eq!((events[0].on.as_str(), events[499].on.as_str()), ("1500-01-01", "1999-01-01"));
}

#[test]
fn a_breach_of_a_commitment_is_told_as_what_it_is_while_open_and_once_closed() {
    let mut parts = parts();
    let breach = |removed_on: &str| ListEntry {
        list: "BROKEN_COMMITMENT".into(),
        removed_on: removed_on.into(),
        ..ListEntry::default()
    };
    for (name, removed_on) in [("open", ""), ("closed", "2025-03-01")] {
        let content = Content::ListEntry(breach(removed_on));
        parts.records.push(Record { origin: "registry".into(), ..record(name, "2025-02-01", content) });
    }
    let told = titles(&parts);
    for title in ["违反信用承诺", "违反信用承诺(已办结)"] {
        assert!(told.contains(&title.to_owned()), "{title}: {told:?}");
    }
}

#[test]
fn an_entry_of_a_list_of_others_is_told_by_the_name_of_the_list_and_the_words_of_its_keeper() {
    let mut parts = parts();
    for (name, removed_on) in [("open", ""), ("gone", "2025-03-01")] {
        let entry = ListEntry {
            list: "COURT_DEFAULTER".into(),
            ground: "(2025)鲁0102执1号".into(),
            removed_on: removed_on.into(),
            ..ListEntry::default()
        };
        parts.records.push(record(name, "2025-02-01", Content::ListEntry(entry)));
    }
    let told = titles(&parts);
    for title in ["失信被执行人（(2025)鲁0102执1号）", "失信被执行人（(2025)鲁0102执1号）（已移出）"]
    {
        assert!(told.contains(&title.to_owned()), "{title}: {told:?}");
    }
}

#[test]
fn key_attention_is_told_with_its_topic_and_its_end_only_once_it_has_ended() {
    let flag = |name: &str, state: &str| Flag {
        name: name.into(),
        state: state.into(),
        topic_label_zh: "超过保质期".into(),
        on_since: "2024-03-01".into(),
        on_until: "2025-02-28".into(),
        ..Flag::default()
    };
    let flags = vec![flag("flags/1", "AttentionOn"), flag("flags/2", "AttentionOff")];
    let events = told(&Parts { flags, ..Parts::default() });
    let told: Vec<_> = events.iter().map(|event| (&*event.on, &*event.title, &*event.resource)).collect();
    let begun = "列为重点关注对象：超过保质期";
    assert_eq!(
        told,
        [
            ("2024-03-01", begun, "flags/1"),
            ("2024-03-01", begun, "flags/2"),
            ("2025-02-28", "重点关注结束", "flags/2"),
        ]
    );
}

#[test]
fn what_is_contested_and_what_came_of_it_is_told_in_its_order() {
    let objection = Objection {
        name: "objections/1".into(),
        objector: "PARTY".into(),
        grounds: "罚款金额不符".into(),
        state: "Founded".into(),
        lodged_on: "2024-09-02".into(),
        closed_on: "2024-09-05".into(),
        answer: Some(ObjectionAnswer { reasons: "经核对原件".into(), ..ObjectionAnswer::default() }),
        ..Objection::default()
    };
    let open =
        Objection { state: "Open".into(), answer: None, closed_on: String::new(), ..objection.clone() };
    let order = |suspends, on: &str| EnforcementOrder {
        suspends,
        document_no: "停1号".into(),
        ordered_on: on.into(),
        ..EnforcementOrder::default()
    };
    let remedy = Remedy {
        name: "remedies/1".into(),
        kind: "Reconsideration".into(),
        body: "济南市人民政府".into(),
        document_no: "复1号".into(),
        accepted_on: "2024-09-06".into(),
        orders: vec![order(true, "2024-09-07"), order(false, "2024-09-08")],
        outcome: Some(RemedyOutcome {
            code: "Annulled".into(),
            document_no: "决1号".into(),
            decided_on: "2024-09-09".into(),
            ..RemedyOutcome::default()
        }),
        ..Remedy::default()
    };
    let parts = Parts { objections: vec![objection, open], remedies: vec![remedy], ..Parts::default() };
    let expected = [
        "提出信息异议（当事人）：罚款金额不符",
        "提出信息异议（当事人）：罚款金额不符",
        "信息异议成立：经核对原件",
        "行政复议受理：济南市人民政府（复1号）",
        "行政复议决定暂缓执行（停1号）",
        "行政复议决定恢复执行（停1号）",
        "行政复议结果：撤销原决定（决1号）",
    ];
    assert_eq!(titles(&parts), expected);
}

#[test]
fn a_record_says_that_it_is_suspended_or_contested_while_it_is() {
    let mut parts = parts();
    parts.records[0].suspended_by = "remedies/1".into();
    parts.records[0].open_objection = "objections/1".into();
    parts.records[2].open_objection = "objections/2".into();
    let titles = titles(&parts);
    for remark in ["号）（暂缓执行）", "未发现问题（异议处理中）"] {
        assert!(titles.iter().any(|title| title.ends_with(remark)), "{remark}: {titles:?}");
    }
}

/// Dates and titles.
fn dated(parts: &Parts) -> Vec<(String, String)> {
    told(parts).into_iter().map(|event| (event.on, event.title)).collect()
}

#[test]
fn a_letter_is_told_from_its_signature_to_its_end_and_one_that_was_only_sent_is_not() {
    let sent = Commitment { field: "FOOD".into(), issued_on: "2024-01-01".into(), ..Commitment::default() };
    let ended = Commitment {
        signed_on: "2024-01-03".into(),
        published_on: "2024-01-05".into(),
        ended_on: "2025-01-05".into(),
        ..sent.clone()
    };
    let titles = dated(&Parts { commitments: vec![sent, ended], ..Parts::default() });
    let of = |on: &str, what: &str| (on.to_owned(), format!("{what}：食品生产"));
    assert_eq!(
        titles,
        [
            of("2024-01-03", "签署信用承诺书"),
            of("2024-01-05", "公示信用承诺书"),
            of("2025-01-05", "信用承诺终止")
        ]
    );
}

#[test]
fn what_happened_to_one_thing_on_one_day_stands_as_it_happened() {
    let day = || "2024-01-03".to_owned();
    let letter = Commitment { signed_on: day(), published_on: day(), ..Commitment::default() };
    let told = dated(&Parts { commitments: vec![letter], ..Parts::default() });
    let titles: Vec<_> = told.iter().map(|(_, title)| title.as_str()).collect();
    assert_eq!(titles, ["签署信用承诺书", "公示信用承诺书"]);
}

#[test]
fn a_measure_is_told_once_somebody_has_taken_it_and_not_before() {
    let receiver = |receiver: &str| MeasureReceiver { receiver: receiver.to_owned(), ..Default::default() };
    let sent = Measure {
        state: "Sent".into(),
        label: "限制参与政府采购".into(),
        starts_on: "2024-02-01".into(),
        receivers: vec![receiver("approval"), receiver("credit-platform")],
        ..Measure::default()
    };
    let mut taken = Measure { state: "Acknowledged".into(), ..sent.clone() };
    taken.receivers[1].acknowledge_time = Some(Timestamp::default());
    let contested = Measure { state: "Contested".into(), ..taken.clone() };
    let over =
        Measure { state: "EndAcknowledged".into(), ended_on: "2024-08-01".into(), ..contested.clone() };
    assert!(dated(&Parts { measures: vec![sent], ..Parts::default() }).is_empty());
    let begun = ("2024-02-01".to_owned(), "采取联合惩戒措施：限制参与政府采购".to_owned());
    for running in [taken, contested] {
        assert_eq!(
            dated(&Parts { measures: vec![running], ..Parts::default() }),
            std::slice::from_ref(&begun)
        );
    }
    let ended = ("2024-08-01".to_owned(), "联合惩戒措施终止：限制参与政府采购".to_owned());
    assert_eq!(dated(&Parts { measures: vec![over], ..Parts::default() }), [begun, ended]);
}

#[test]
fn a_repair_is_told_with_its_decision_and_with_what_revoked_it() {
    let asked = Repair {
        state: "Accepted".into(),
        subject_kind: "PENALTY".into(),
        submitted_on: "2024-03-01".into(),
        accepted_on: "2024-03-04".into(),
        ..Repair::default()
    };
    let revoked = Repair {
        state: "RevokedForFraud".into(),
        decided_on: "2024-03-20".into(),
        decision_no: "济市监修〔2024〕1号".into(),
        revoked_on: "2024-05-01".into(),
        revocation_no: "济市监撤〔2024〕1号".into(),
        ..asked.clone()
    };
    let titles = |repair: Repair| titles(&Parts { repairs: vec![repair], ..Parts::default() });
    let of = "：行政处罚信息停止公示";
    let begun = [format!("申请信用修复{of}"), format!("受理信用修复申请{of}")];
    assert_eq!(titles(asked), begun);
    let [submitted, accepted] = begun;
    let ended = [
        submitted,
        accepted,
        format!("准予信用修复（济市监修〔2024〕1号）{of}"),
        format!("撤销信用修复（济市监撤〔2024〕1号）{of}"),
    ];
    assert_eq!(titles(revoked), ended);
}

#[test]
fn a_visit_that_follows_a_clue_is_told_as_one_and_not_as_a_draw() {
    let visit = |visited_on: &str, clue_led| Visit {
        result: "1".into(),
        visited_on: visited_on.into(),
        clue_led,
        ..Visit::default()
    };
    let visits = vec![visit("2024-03-01", true), visit("2024-03-02", false)];
    let told = titles(&Parts { visits, ..Parts::default() });
    assert_eq!(told, ["线索检查：未发现问题", "双随机检查：未发现问题"]);
}

#[test]
fn what_was_put_right_is_told_with_its_report_and_its_re_check_and_an_order_alone_with_its_visit() {
    let ordered = Rectification { ordered_on: "2024-03-01".into(), ..Rectification::default() };
    let checked = Rectification {
        order_no: "济市监特令〔2024〕3号".into(),
        reported_on: "2024-03-20".into(),
        rechecked_on: "2024-03-28".into(),
        ..ordered.clone()
    };
    let told = dated(&Parts { rectifications: vec![ordered, checked], ..Parts::default() });
    let of = |on: &str, what: &str| (on.to_owned(), format!("{what}（济市监特令〔2024〕3号）"));
    assert_eq!(told, [of("2024-03-20", "提交整改报告"), of("2024-03-28", "整改复查")]);
}

#[test]
fn a_remedy_against_a_listing_is_told_from_its_acceptance_to_its_outcome() {
    let suspended = EntryRemedy {
        entry: "seriousCases/1".into(),
        kind: "Reconsideration".into(),
        document_no: "济政复〔2026〕7号".into(),
        accepted_on: "2026-03-02".into(),
        order_no: "济政复停〔2026〕1号".into(),
        suspended_on: "2026-03-09".into(),
        ..EntryRemedy::default()
    };
    let outcome = EntryRemedyOutcome {
        code: "Annulled".into(),
        document_no: "济政复决〔2026〕7号".into(),
        decided_on: "2026-04-20".into(),
        ..EntryRemedyOutcome::default()
    };
    let ended = EntryRemedy { suspended_on: String::new(), outcome: Some(outcome), ..suspended.clone() };
    let told = |remedy| dated(&Parts { entry_remedies: vec![remedy], ..Parts::default() });
    let of = |on: &str, what: &str| (on.to_owned(), what.to_owned());
    let accepted = of("2026-03-02", "行政复议受理：严重违法失信决定（济政复〔2026〕7号）");
    let rests = of("2026-03-09", "行政复议决定暂缓执行：严重违法失信决定（济政复停〔2026〕1号）");
    assert_eq!(told(suspended), [accepted.clone(), rests]);
    assert_eq!(told(ended), [accepted, of("2026-04-20", "行政复议结果：撤销原决定（济政复决〔2026〕7号）")]);
}
