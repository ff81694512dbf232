//! A breach through the API: from the check to the order to correct, and to its end.

use contract::registry::v1 as pb;
use rulebook::Rulebook;

use crate::grpc::commitments::{sent, sign, today, with_archive};
use crate::grpc::server::{Registry, reason, request_id};

/// A published letter that an inspection found broken. Answers the name of the breach.
async fn suspected(registry: &Registry) -> String {
    let name = sent(registry).await;
    let mut letters = registry.commitments("FOOD_PROD", &["370100"]);
    letters.sign_commitment(sign(20, &name)).await.unwrap();
    let publish = pb::PublishCommitmentRequest { name: name.clone(), request_id: request_id(21) };
    letters.publish_commitment(publish).await.unwrap();
    let mut breaches = registry.breaches("FOOD_PROD", &["370100"]);
    let begin = pb::BeginCommitmentCheckRequest {
        name: name.clone(),
        task: "tasks/1".into(),
        request_id: request_id(22),
    };
    breaches.begin_commitment_check(begin).await.unwrap();
    let conclude = pb::ConcludeCommitmentCheckRequest {
        name: name.clone(),
        kept: false,
        finding: "未按承诺留样".into(),
        request_id: request_id(23),
    };
    breaches.conclude_commitment_check(conclude).await.unwrap();
    format!("{name}/breaches/1")
}

fn hear(number: u128, name: &str) -> pb::HearPartyRequest {
    pb::HearPartyRequest {
        name: name.into(),
        heard_on: today(),
        statement: "无异议".into(),
        request_id: request_id(number),
    }
}

fn confirm(number: u128, name: &str) -> pb::ConfirmBreachRequest {
    pb::ConfirmBreachRequest {
        name: name.into(),
        document_no: "济市监责改〔2025〕1号".into(),
        legal_basis: "国发〔2021〕7号".into(),
        correct_by: String::new(),
        request_id: request_id(number),
    }
}

#[tokio::test]
async fn an_order_that_names_no_day_has_the_limit_of_the_rulebook_and_a_correction_closes_it() {
    let (registry, _folder) = with_archive().await;
    let name = suspected(&registry).await;
    let mut breaches = registry.breaches("FOOD_PROD", &["370100"]);
    let refused = breaches.confirm_breach(confirm(30, &name)).await.unwrap_err();
    assert_eq!(reason(&refused), "PARTY_NOT_HEARD");
    breaches.hear_party(hear(31, &name)).await.unwrap();
    let ordered = breaches.confirm_breach(confirm(32, &name)).await.unwrap().into_inner();
    let from = domain::parse_date(&ordered.ordered_on).unwrap();
    let limit = Rulebook::builtin().deadline(from, "commitment.correct.limit").unwrap().due.date().unwrap();
    assert_eq!((ordered.state.as_str(), ordered.correct_by), ("CorrectionOrdered", limit.to_string()));
    let shown = breaches.get_breach(pb::GetBreachRequest { name: name.clone() }).await.unwrap().into_inner();
    assert_eq!(shown.statement, "无异议");
    let early = pb::RejectCorrectionRequest {
        name: name.clone(),
        reason: "仍未改正".into(),
        rechecked_on: String::new(),
        request_id: request_id(33),
    };
    assert_eq!(reason(&breaches.reject_correction(early).await.unwrap_err()), "LIMIT_NOT_PASSED");
    let accept = pb::AcceptCorrectionRequest { name, reason: "已改正".into(), request_id: request_id(34) };
    assert_eq!(breaches.accept_correction(accept).await.unwrap().into_inner().state, "Corrected");
    registry.stop().await;
}

#[tokio::test]
async fn an_order_sets_at_most_the_latest_day_of_the_rulebook() {
    let (registry, _folder) = with_archive().await;
    let name = suspected(&registry).await;
    let mut breaches = registry.breaches("FOOD_PROD", &["370100"]);
    breaches.hear_party(hear(31, &name)).await.unwrap();
    let from = domain::parse_date(&today()).unwrap();
    let bound = Rulebook::builtin().deadline(from, "commitment.correct.limit.most").unwrap();
    assert_eq!((bound.length, bound.unit), (180, rulebook::PeriodUnit::CalendarDay));
    // The calendar of the next year is not there until the State Council has told it.
    let last = bound.due.date().unwrap_or(from + chrono::Days::new(180));
    let by = |number, day: chrono::NaiveDate| pb::ConfirmBreachRequest {
        correct_by: day.to_string(),
        ..confirm(number, &name)
    };
    for later in [last.succ_opt().unwrap(), domain::parse_date("2099-12-31").unwrap()] {
        let refused = breaches.confirm_breach(by(32, later)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        assert!(refused.message().contains(&format!("is later than {last}")), "{refused}");
    }
    let ordered = breaches.confirm_breach(by(33, last)).await.unwrap().into_inner();
    assert_eq!((ordered.state.as_str(), ordered.correct_by), ("CorrectionOrdered", last.to_string()));
    registry.stop().await;
}

#[tokio::test]
async fn the_office_of_special_food_follows_a_breach_as_the_others_do() {
    let (registry, _folder) = with_archive().await;
    let name = suspected(&registry).await;
    let mut breaches = registry.breaches("SAMPLING_SPECIAL_FOOD", &["370100"]);
    breaches.hear_party(hear(31, &name)).await.unwrap();
    let ordered = breaches.confirm_breach(confirm(32, &name)).await.unwrap().into_inner();
    assert_eq!(ordered.state, "CorrectionOrdered");
    registry.stop().await;
}

#[tokio::test]
async fn bad_input_is_named_field_by_field_and_other_offices_are_refused() {
    let (registry, _folder) = with_archive().await;
    let name = suspected(&registry).await;
    let mut breaches = registry.breaches("FOOD_PROD", &["370100"]);
    let bad = pb::ConfirmBreachRequest {
        name: "breaches/1".into(),
        document_no: String::new(),
        correct_by: "2020-01-01".into(),
        ..confirm(30, &name)
    };
    let refused = breaches.confirm_breach(bad).await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_FIELDS");
    for field in ["name", "document_no", "correct_by"] {
        assert!(refused.message().contains(field), "{refused}");
    }
    let unknown = pb::GetBreachRequest { name: name.replace("/breaches/1", "/breaches/2") };
    assert_eq!(reason(&breaches.get_breach(unknown).await.unwrap_err()), "BREACH_NOT_FOUND");
    for (office, divisions, expected) in [
        ("SE_SUPERV", ["370100"], "FIELD_NOT_PERMITTED"),
        ("FOOD_PROD", ["370103"], "DIVISION_NOT_PERMITTED"),
        ("CREDIT", ["370100"], "ROLE_NOT_PERMITTED"),
    ] {
        let refused = registry.breaches(office, &divisions).hear_party(hear(40, &name)).await.unwrap_err();
        assert_eq!(reason(&refused), expected, "{office}");
    }
    registry.stop().await;
}
