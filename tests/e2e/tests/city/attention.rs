//! From complaints to key attention in one process: ticket → signal → confirmation → strict review, raised chance in a draw, points of
//! the model, the officer's profile and work list; and nothing of it in public.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use contract::common::v1::ListWorkRequest;
use contract::gateway::v1::{GetProfileRequest, GetTimelineRequest, Profile};
use contract::inspection::v1::{Inspector, Task};
use contract::registry::v1::{
    AdviseReviewRequest, Enterprise, ListForeignReviewsRequest, ReviewAdvice, ReviewLevel,
};
use contract::risk::v1::{
    Contribution, ExplainClassRequest, Flag, FlagOutcome, ListFlagsRequest, ReviewFlagRequest,
};
use crypto::draw::Proof;
use e2e::city::TestCity;
use e2e::dynamic::call;
use e2e::people::People;
use e2e::producer::{self, DIVISION, permit, uscc};
use e2e::{id, job, today, wait};
use prost_reflect::MethodDescriptor;
use serde_json::json;

use crate::city::kept::profiles_are_what_would_be_asked_for;

/// Producers; people complain of the first.
const PRODUCERS: u16 = 8;

/// Foreign-invested: foreign registration reviews it as well.
fn enterprise(number: u16) -> Enterprise {
    Enterprise { foreign_invested: true, ..producer::enterprise(number) }
}

/// Producers with marks and classes.
async fn producers(people: &People) {
    let legal = people.officer("importer", "LEGAL");
    let registered = job::enterprises(&legal, (1..=PRODUCERS).map(enterprise).collect()).await;
    assert_eq!(registered.new, i64::from(PRODUCERS), "{registered:?}");
    wait::quiet(people).await;
    let collected = job::records(&legal, (1..=PRODUCERS).map(permit).collect()).await;
    assert_eq!(collected.new, i64::from(PRODUCERS), "{collected:?}");
    wait::quiet(people).await;
    job::confirm_marks(people).await;
    wait::quiet(people).await;
    let run = job::score(people).await;
    job::approve(people, &run).await;
}

async fn advice(people: &People, office: &str, purpose: &str) -> ReviewAdvice {
    let request =
        AdviseReviewRequest { name: format!("enterprises/{}", uscc(1)), purpose: purpose.to_owned() };
    let reviews = people.officer("reviewer", office).reviews().advise_review(request).await;
    reviews.expect("the office of the purpose is advised").into_inner()
}

/// The ratio of each object's stratum in the proof of a draw by class.
async fn ratios(people: &People) -> BTreeMap<String, (u64, u64)> {
    let task = Task {
        title: "随机抽查".to_owned(),
        field: "FOOD".to_owned(),
        stratify_by: "CLASS".to_owned(),
        lead_office: "FOOD_PROD".to_owned(),
        ..Task::default()
    };
    let task = job::draw(people, task).await;
    let proof = Proof::parse(&job::full_proof(people, &task).await).expect("the proof of a draw can be read");
    let Proof::Full(proof) = proof else { panic!("a permitted verifier gets the full proof") };
    let strata: BTreeMap<_, _> = proof.strata.into_iter().map(|row| (row.stratum, (row.p, row.q))).collect();
    proof.pool.into_iter().map(|entry| (entry.object, strata[&entry.stratum])).collect()
}

async fn inspectors(people: &People) {
    let inspector = |number: &str, office: &str| Inspector {
        inspector_no: number.to_owned(),
        office: office.to_owned(),
        fields: vec!["FOOD".to_owned()],
        divisions: vec!["370100".to_owned()],
        cap: 50,
        certificate_valid_to: "2099-12-31".to_owned(),
        available: true,
        ..Inspector::default()
    };
    job::register_inspectors(people, &[inspector("JN1", "FOOD_PROD"), inspector("JN2", "ENFORCEMENT")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmed_complaints_lead_to_strict_review_and_a_raised_chance_until_attention_ends() {
    let city = TestCity::start().await;
    let people = city.people();
    producers(people).await;
    inspectors(people).await;
    let hotline = people.officer("hotline", "CREDIT");
    let called = job::tickets(&hotline, job::complaints(&uscc(1), DIVISION)).await;
    assert_eq!(called.new, job::COMPLAINTS, "{called:?}");
    wait::quiet(people).await;
    assert_eq!(
        advice(people, "FOOD_PROD", "FOOD_LICENCE").await.level(),
        ReviewLevel::Ordinary,
        "no one has looked"
    );

    let flag = job::attention(people, &uscc(1)).await;
    assert_eq!(
        (flag.state.as_str(), flag.topic.as_str(), flag.field.as_str()),
        ("AttentionOn", "EXPIRED", "FOOD")
    );
    wait::quiet(people).await;
    review_is_strict_and_never_refuses(people, &flag.name).await;
    the_model_counts_it(people, &flag.name).await;
    the_profile_and_the_work_list_show_it(people, &flag).await;
    profiles_are_what_would_be_asked_for(people, &uscc(1), DIVISION).await;
    the_plan_shows_it_to_who_may_read_flags(people).await;
    let with = ratios(people).await;
    nothing_of_it_is_public(people, &flag).await;

    let request = ReviewFlagRequest {
        name: flag.name.clone(),
        outcome: FlagOutcome::End.into(),
        reason: "整改完成".to_owned(),
        request_id: id(),
    };
    let ended = people.officer("reviewer", "FOOD_PROD").flags().review_flag(request).await;
    assert_eq!(ended.expect("the line office ends it").into_inner().state, "AttentionOff");
    wait::quiet(people).await;
    let told = advice(people, "FOOD_PROD", "FOOD_LICENCE").await;
    assert_eq!(told.level(), ReviewLevel::Ordinary);
    let class = told.risk_class.expect("the class is shown as information");
    assert_eq!(class.name, format!("enterprises/{}/classes/FOOD", uscc(1)));
    assert_eq!(counted(people).await.points_e2, 0, "the model counts it no longer");
    let shown = profile(people, "CREDIT").await.flags;
    assert_eq!((shown.len(), shown[0].state.as_str()), (1, "AttentionOff"), "history stays");
    let without = ratios(people).await;
    let (raised, own) = (with[&uscc(1)], without[&uscc(1)]);
    assert_eq!(raised.0 * own.1, 2 * own.0 * raised.1, "the weight of attention is two: {raised:?}, {own:?}");
    assert_eq!(with[&uscc(2)], without[&uscc(2)], "nobody else is touched");
    let request = ListFlagsRequest { purpose: "核查".to_owned(), ..Default::default() };
    let flags = people.officer("reader", "CREDIT").flags().list_flags(request).await;
    assert_eq!(flags.expect("CREDIT sees flags").into_inner().flags, []);
}

async fn review_is_strict_and_never_refuses(people: &People, flag: &str) {
    for (office, purpose) in [("FOOD_PROD", "FOOD_LICENCE"), ("FOREIGN_REG", "FIE_REGISTRATION")] {
        let advice = advice(people, office, purpose).await;
        assert_eq!(advice.level(), ReviewLevel::Strict, "{purpose}");
        let reasons: Vec<_> =
            advice.reasons.iter().map(|reason| (reason.trigger.as_str(), reason.resource.as_str())).collect();
        assert_eq!(reasons, [("ATTENTION", flag)], "{purpose}");
        assert!(advice.options.iter().all(|option| !option.basis.is_empty()), "{purpose}");
        assert!(advice.limits.iter().any(|limit| limit.code == "StatutoryRefusalOnly"), "{purpose}");
    }
    let request = ListForeignReviewsRequest::default();
    let queue = people.officer("registrar", "FOREIGN_REG").reviews().list_foreign_reviews(request).await;
    let queue = queue.expect("foreign registration has a queue").into_inner().reviews;
    let queued: Vec<_> = queue.into_iter().filter_map(|one| one.enterprise).map(|one| one.uscc).collect();
    assert_eq!(queued, [uscc(1)]);
}

/// What the indicator of key attention gives.
async fn counted(people: &People) -> Contribution {
    let request = ExplainClassRequest {
        name: format!("enterprises/{}/classes/FOOD", uscc(1)),
        purpose: "核查".to_owned(),
        ..Default::default()
    };
    let explained = people.officer("reader", "CREDIT").classes().explain_class(request).await;
    let lines = explained.expect("CREDIT reads classes").into_inner().contributions;
    lines.into_iter().find(|line| line.indicator == "attention").expect("the model has the indicator")
}

async fn the_model_counts_it(people: &People, flag: &str) {
    let line = counted(people).await;
    assert_eq!((line.points_e2, line.records.as_slice()), (500, [flag.to_owned()].as_slice()));
}

async fn profile(people: &People, office: &str) -> Profile {
    let request = GetProfileRequest { name: format!("enterprises/{}/profile", uscc(1)) };
    let profile = people.officer("reader", office).profiles().get_profile(request).await;
    profile.expect("the office reads profiles").into_inner()
}

async fn the_profile_and_the_work_list_show_it(people: &People, flag: &Flag) {
    let seen = profile(people, "CREDIT").await;
    let flags: Vec<_> = seen.flags.iter().map(|flag| (&*flag.name, &*flag.state)).collect();
    assert_eq!(flags, [(flag.name.as_str(), "AttentionOn")]);
    assert!(seen.missing.iter().all(|missing| missing.part != "flags"), "{:?}", seen.missing);
    let request = GetTimelineRequest { name: format!("enterprises/{}/timeline", uscc(1)) };
    let timeline = people.officer("reader", "CREDIT").profiles().get_timeline(request).await;
    let events = timeline.expect("CREDIT reads timelines").into_inner().events;
    assert!(events.iter().any(|event| event.resource == flag.name && event.title.contains("重点关注")));

    // An office that may not read flags is told that there is something it does not see.
    let narrower = profile(people, "LEGAL").await;
    let missing: Vec<_> = narrower.missing.iter().filter(|missing| missing.part == "flags").collect();
    assert_eq!((narrower.flags.len(), missing.len()), (0, 1));
    assert_eq!(missing[0].code, "PERMISSION_DENIED");

    let mut work = people.duties(&people.addresses().risk, "FOOD_PROD");
    let duties = work.list_work(ListWorkRequest::default()).await.expect("the office has a work list");
    let duties = duties.into_inner().duties;
    let recheck: Vec<_> = duties.iter().filter(|duty| duty.parameter == "attention.recheck").collect();
    assert_eq!(recheck.len(), 1, "{duties:?}");
    assert_eq!(recheck[0].due_on, flag.review_on, "it is looked at again by its review date");
}

/// A method of the contract, such as `risk.v1.Flags/ListFlags`.
fn method(path: &str) -> MethodDescriptor {
    let (service, method) = path.split_once('/').expect("a path has two parts");
    let pool = contract::descriptors();
    let service = pool.get_service_by_name(&format!("xinjian.{service}")).expect("it is of the contract");
    service.methods().find(|one| one.name() == method).expect("it is of the contract")
}

/// Whoever works on the plan of the next year sees it beside the visits to the enterprise, and beside no others.
async fn the_plan_shows_it_to_who_may_read_flags(people: &People) {
    let inspection = &people.addresses().inspection;
    let planner = people.token("planner", "FOOD_PROD", &["370100"]);
    let draft =
        json!({ "year": today().year() + 1, "plan": { "title": "年度检查计划" }, "request_id": id() });
    let plan = call(inspection, &method("inspection.v1.Plans/DraftPlan"), draft, Some(&planner)).await;
    let list = json!({ "plan": plan.expect("FOOD_PROD drafts")["name"], "page_size": 100 });
    let listing = method("inspection.v1.Plans/ListPlannedVisits");
    let seen_with = async |token: &str| {
        let listed = call(inspection, &listing, list.clone(), Some(token)).await.expect("the plan is read");
        let visits = listed["visits"].as_array().expect("everybody is visited").clone();
        let flagged = visits.iter().filter(|visit| visit["attentionFields"].is_array());
        flagged
            .map(|visit| visit["uscc"].as_str().expect("a visit names whom").to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(seen_with(&planner).await, BTreeSet::from([uscc(1)]));
    let legal = people.token("reader", "LEGAL", &["370100"]);
    assert_eq!(seen_with(&legal).await, BTreeSet::new(), "LEGAL reads plans, and no flags");
}

/// The public listener serves neither signals nor flags, and none of its lists names the flag.
async fn nothing_of_it_is_public(people: &People, flag: &Flag) {
    let public = contract::descriptors().services().filter(|one| one.package_name() == "xinjian.public.v1");
    let lists = public.flat_map(|service| service.methods().collect::<Vec<_>>());
    let mut answered = 0;
    for list in lists.filter(|method| method.name().starts_with("List")) {
        let Ok(answer) = call(&people.addresses().public, &list, json!({}), None).await else { continue };
        answered += 1;
        assert!(!answer.to_string().contains(&flag.name), "{}: {answer}", list.full_name());
    }
    assert!(answered > 0, "no public list answers");
    for path in ["risk.v1.Signals/ListSignals", "risk.v1.Flags/ListFlags"] {
        let method = method(path);
        let token = people.token("reader", "CREDIT", &["370100"]);
        let body = json!({ "purpose": "核查" });
        let refused =
            call(&people.addresses().public, &method, body, Some(&token)).await.expect_err("not served");
        assert_eq!(refused.code(), tonic::Code::Unimplemented, "{path}: {refused}");
    }
}
