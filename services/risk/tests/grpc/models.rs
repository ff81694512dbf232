//! Versions of models, from the file of a city to the day on which they class.

use contract::risk::v1 as pb;
use rulebook::Rulebook;
use tonic::Code;
use tonic_types::StatusExt;

use crate::grpc::server::{A, B, Risk, class_name, reason, request_id, today};

const TRIAL: &str = "models/food2016@trial";
const BASIS: &str = "国市监信发〔2022〕6号";

/// A food model of the city's own that finds every producer riskier.
fn stricter_food() -> String {
    let book = Rulebook::builtin();
    let food = book.models().iter().find(|model| model.name == "food2016").unwrap();
    food.text
        .replace("version: \"3\"", "version: \"trial\"")
        .replace("base: {points: 0,", "base: {points: 40,")
}

fn trial(number: u128) -> pb::TrialModelRequest {
    pb::TrialModelRequest { name: TRIAL.into(), reason: "试运行".into(), request_id: request_id(number) }
}

fn propose(number: u128, effective_from: &str) -> pb::ProposeModelRequest {
    pb::ProposeModelRequest {
        name: TRIAL.into(),
        effective_from: effective_from.into(),
        reason: "试运行结果良好".into(),
        legal_basis: BASIS.into(),
        request_id: request_id(number),
    }
}

fn approve(number: u128) -> pb::ApproveModelRequest {
    pb::ApproveModelRequest { name: TRIAL.into(), request_id: request_id(number) }
}

fn get(name: &str) -> pb::GetModelRequest {
    pb::GetModelRequest { name: name.into() }
}

#[tokio::test]
async fn two_officers_let_a_version_of_the_city_take_effect_after_its_trial() {
    let risk = Risk::start_with(&[("food_trial", &stricter_food())]).await;
    risk.registry.tell_producer(A, "370102").await;
    risk.registry.tell_producer(B, "370114").await;
    let (mut zhao, mut li) = (risk.models_as("zhao", "FOOD_PROD"), risk.models_as("li", "CREDIT"));
    let draft = zhao.get_model(get(TRIAL)).await.unwrap().into_inner();
    assert_eq!((draft.state.as_str(), draft.shipped, draft.text), ("Draft", false, stricter_food()));
    let tried = zhao.trial_model(trial(1)).await.unwrap().into_inner();
    assert_eq!(tried.state, "Shadow");

    let shadows = async |number| {
        let run = risk.reviewed_run(number).await;
        let of_trial = |way: &&pb::ClassMigration| way.shadow_model == "food2016@trial";
        let moved = run.migrations.iter().filter(of_trial).map(|way| way.enterprises).sum::<i64>();
        (run.shadow_models, moved)
    };
    let (used, _) = shadows(100).await;
    assert!(matches!(&used[..], [one] if one.starts_with(TRIAL)), "{used:?}");

    let far = "2099-01-01";
    let proposed = zhao.propose_model(propose(2, far)).await.unwrap().into_inner();
    assert_eq!((proposed.proposed_day.as_str(), proposed.proposed_by.as_str()), (far, "zhao"));
    let alone = risk.models_as("zhao", "CREDIT").approve_model(approve(3)).await.unwrap_err();
    assert_eq!((alone.code(), reason(&alone).as_str()), (Code::PermissionDenied, "FOUR_EYES"));
    let line = zhao.approve_model(approve(4)).await.unwrap_err();
    assert_eq!(reason(&line), "ROLE_NOT_PERMITTED");
    let approved = li.approve_model(approve(5)).await.unwrap().into_inner();
    assert_eq!((approved.state.as_str(), approved.effective_from.as_str()), ("Effective", far));
    assert_eq!(li.approve_model(approve(5)).await.unwrap().into_inner(), approved);
    let earlier = li.get_model(get("models/food2016@3")).await.unwrap().into_inner();
    assert_eq!((earlier.state.as_str(), earlier.effective_to.as_str()), ("Effective", "2098-12-31"));
    assert_eq!(shadows(200).await.0, [""; 0], "its trial is over");

    let steps = li.get_model(get(TRIAL)).await.unwrap().into_inner().steps;
    let told: Vec<_> = steps.iter().map(|step| (step.event.as_str(), step.actor.as_str())).collect();
    assert_eq!(told, [("Register", "SYSTEM"), ("Try", "zhao"), ("Propose", "zhao"), ("Approve", "li")]);
    assert_eq!((steps[2].legal_basis.as_str(), steps[2].day.as_str()), (BASIS, far));
    risk.stop().await;
}

#[tokio::test]
async fn an_explanation_tells_what_a_version_on_trial_would_say_beside_the_class_in_effect() {
    let risk = Risk::with_classes_by(&[("food_trial", &stricter_food())]).await;
    let explain = async |as_of: String| {
        let name = class_name(A, "FOOD");
        let request = pb::ExplainClassRequest { name, purpose: "复核".into(), as_of };
        let mut classes = risk.classes("CREDIT", &["370100"]);
        classes.explain_class(request).await.unwrap().into_inner()
    };
    assert_eq!(explain(String::new()).await.trials, [], "a draft is not asked");
    risk.models("CREDIT").trial_model(trial(1)).await.unwrap();
    for as_of in [String::new(), today().to_string()] {
        let explained = explain(as_of).await;
        let class = explained.risk_class.unwrap();
        let [of_trial] = &explained.trials[..] else { panic!("{:?}", explained.trials) };
        assert_eq!((&*of_trial.model, &of_trial.general_code), ("food2016@trial", &class.general_code));
        assert_eq!(of_trial.professional_points_e2, class.professional_points_e2 + 4_000);
        assert!(
            of_trial.professional_code > class.professional_code && !of_trial.combination.is_empty(),
            "{of_trial:?}"
        );
        assert!(
            explained.models.iter().all(|model| !model.model.contains("trial")),
            "{:?}",
            explained.models
        );
    }
    let yesterday = today().pred_opt().unwrap().to_string();
    assert_eq!(explain(yesterday).await.trials, [], "a day that is over knows nothing of today's trials");
    risk.stop().await;
}

#[tokio::test]
async fn what_is_proposed_can_be_refused_and_a_draft_given_up() {
    let risk = Risk::start_with(&[("food_trial", &stricter_food())]).await;
    let mut li = risk.models_as("li", "CREDIT");
    li.propose_model(propose(1, "2099-01-01")).await.unwrap();
    let reject =
        pb::RejectModelRequest {
            name: TRIAL.into(), reason: "样本不足".into(), request_id: request_id(2)
        };
    assert_eq!(li.reject_model(reject).await.unwrap().into_inner().state, "Draft");
    let give_up = pb::RetireModelRequest {
        name: TRIAL.into(),
        reason: "改写".into(),
        request_id: request_id(3),
        ..Default::default()
    };
    assert_eq!(li.retire_model(give_up.clone()).await.unwrap().into_inner().state, "Retired");
    let again = pb::RetireModelRequest { request_id: request_id(4), ..give_up };
    assert_eq!(reason(&li.retire_model(again).await.unwrap_err()), "TRANSITION_NOT_ALLOWED");
    risk.stop().await;
}

#[tokio::test]
async fn another_field_an_unknown_version_and_every_bad_field_are_named() {
    let risk = Risk::start_with(&[("food_trial", &stricter_food())]).await;
    let equipment = risk.models_as("he", "SE_SUPERV").trial_model(trial(1)).await.unwrap_err();
    assert_eq!(reason(&equipment), "FIELD_NOT_PERMITTED");
    let mut li = risk.models_as("li", "CREDIT");
    let unknown = li.get_model(get("models/none@1")).await.unwrap_err();
    assert_eq!((unknown.code(), reason(&unknown).as_str()), (Code::NotFound, "MODEL_NOT_FOUND"));
    let status = li.propose_model(pb::ProposeModelRequest::default()).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["effective_from", "reason", "legal_basis", "request_id", "name"]);
    let past = li.propose_model(propose(2, "2021-09-27")).await.unwrap_err();
    assert_eq!(reason(&past), "INVALID_FIELDS");
    risk.stop().await;
}

#[tokio::test]
async fn versions_are_listed_with_source_and_hash_page_by_page() {
    let risk = Risk::start().await;
    let mut models = risk.models("LEGAL");
    let mut request = pb::ListModelsRequest { page_size: 3, ..Default::default() };
    let first = models.list_models(request.clone()).await.unwrap().into_inner();
    request.page_token = first.next_page_token;
    let second = models.list_models(request.clone()).await.unwrap().into_inner();
    request.page_token = second.next_page_token;
    let third = models.list_models(request).await.unwrap().into_inner();
    let all = first.models.iter().chain(&second.models).chain(&third.models);
    let names: Vec<_> = all.map(|model| model.name.trim_start_matches("models/")).collect();
    assert_eq!(names, ["combine@2", "food2016@3", "general@1", "general@2", "provincial@2", "se@3", "se@4"]);
    assert_eq!(third.next_page_token, "");
    let superseded =
        first.models.iter().chain(&second.models).find(|model| model.name == "models/general@1").unwrap();
    assert_eq!((superseded.state.as_str(), superseded.effective_to.as_str()), ("Retired", "2022-01-12"));
    let food = &first.models[1];
    assert_eq!((food.scope.as_str(), food.scheme.as_str(), food.hash.len()), ("FOOD", "food2016", 64));
    assert!(food.source.contains("115号") && food.indicator_count > 10 && food.shipped);
    assert_eq!((food.state.as_str(), food.effective_from.as_str()), ("Effective", "2021-09-27"));
    assert_eq!((food.text.as_str(), food.steps.len()), ("", 0), "only `GetModel` tells these");
    let before = pb::ListModelsRequest { as_of: "2021-09-26".into(), ..Default::default() };
    assert_eq!(models.list_models(before).await.unwrap().into_inner().models, []);
    risk.stop().await;
}
