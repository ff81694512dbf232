//! During: classes, a draw, visits with their results.

use chrono::Datelike;
use contract::inspection::v1::{
    AnnounceDrawRequest, ApprovePlanRequest, CloseTaskRequest, CreateTaskRequest, DraftPlanRequest,
    EnterResultRequest, FilePlanRequest, GetProofRequest, GetTaskRequest, Inspector, ItemCheck,
    ListVisitsRequest, Plan, PublishPlanRequest, PublishResultsRequest, RecordEntropyRequest,
    RegisterInspectorRequest, ReviewPlanRequest, ReviewResultRequest, RunDrawRequest, Task, Visit,
    VisitChecks,
};
use contract::risk::v1::{
    ApproveRunRequest, CreateRunRequest, GetRunRequest, GetRunSampleRequest, RecordSampleCheckRequest, Run,
    SampleFinding, SampleVerdict,
};
use domain::MicrosUtc;
use service::error::reason_of;

use crate::people::People;
use crate::{id, today, wait};

/// Seconds between announcement and draw, the first time that it is tried.
const ANNOUNCED_BEFORE: i64 = 1;
/// Figures as a public source would publish them.
const FIGURES: &str = "3 1 4, 1 5 9";

/// Scores every marked enterprise as of today, and waits until that is done and its samples are drawn.
pub async fn score(people: &People) -> Run {
    let mut runs = people.officer("maker", "CREDIT").runs();
    let request = CreateRunRequest { as_of: String::new(), request_id: id() };
    let run = runs.create_run(request).await.expect("CREDIT starts a run").into_inner();
    let run = wait::until("the run has been computed", || {
        let (mut runs, name) = (runs.clone(), run.name.clone());
        async move {
            let run = runs.get_run(GetRunRequest { name }).await.expect("a run is shown").into_inner();
            assert_ne!(run.state, "Failed", "{}", run.problem);
            (run.state == "Reviewed").then_some(run)
        }
    })
    .await;
    assert_eq!(run.done, run.total);
    run
}

/// Every line office agrees with its sample of a run.
async fn agree(people: &People, run: &Run) {
    for sample in &run.samples {
        let mut runs = people.officer("line-checker", &sample.office).runs();
        let request = GetRunSampleRequest { name: sample.name.clone(), purpose: "抽样核对".to_owned() };
        let shown = runs.get_run_sample(request).await.expect("the line office sees its sample").into_inner();
        let agreed =
            |name| SampleFinding { name, verdict: SampleVerdict::Agrees.into(), ..SampleFinding::default() };
        let findings = shown.results.into_iter().map(|result| agreed(result.name)).collect();
        let request = RecordSampleCheckRequest { name: sample.name.clone(), findings, request_id: id() };
        runs.record_sample_check(request).await.expect("the line office looks at its sample");
    }
}

/// The line offices agree, and a second officer approves a run: its classes take effect.
pub async fn approve(people: &People, run: &Run) -> Run {
    agree(people, run).await;
    let request = ApproveRunRequest { name: run.name.clone(), request_id: id(), ..Default::default() };
    let run = people
        .officer("checker", "CREDIT")
        .runs()
        .approve_run(request)
        .await
        .expect("another officer approves");
    run.into_inner()
}

/// Enters inspectors into the directory.
pub async fn register_inspectors(people: &People, inspectors: &[Inspector]) {
    let mut client = people.officer("directory", "LEGAL").inspectors();
    for inspector in inspectors {
        let request = RegisterInspectorRequest { inspector: Some(inspector.clone()), request_id: id() };
        client.register_inspector(request).await.expect("LEGAL enters inspectors");
    }
}

/// Creates a task, announces its draw, waits for the instant, has a second officer record the figures, and draws.
pub async fn draw(people: &People, task: Task) -> Task {
    let lead = task.lead_office.clone();
    let mut tasks = people.officer("announcer", &lead).tasks();
    let request = CreateTaskRequest { task: Some(task), request_id: id() };
    let task = tasks.create_task(request).await.expect("the task is created").into_inner();
    announce(people, &lead, &task.name).await;
    record_entropy(people, &lead, &task.name).await;
    let request = RunDrawRequest { name: task.name, request_id: id() };
    tasks.run_draw(request).await.expect("the draw runs").into_inner()
}

/// Announces a draw as soon as it can be: on a slow machine the instant has passed when the request arrives, and the next one lies
/// farther ahead.
async fn announce(people: &People, lead: &str, task: &str) {
    let mut tasks = people.officer("announcer", lead).tasks();
    let mut seconds_ahead = ANNOUNCED_BEFORE;
    loop {
        let now = MicrosUtc::now().micros().div_euclid(1_000_000);
        let request = AnnounceDrawRequest {
            name: task.to_owned(),
            entropy_source: "demo-beacon".to_owned(),
            entropy_round: "2026308".to_owned(),
            fallback_round: "2026309".to_owned(),
            draw_time: Some(prost_types::Timestamp { seconds: now + seconds_ahead, nanos: 0 }),
            request_id: id(),
            ..AnnounceDrawRequest::default()
        };
        let Err(refused) = tasks.announce_draw(request).await else { return };
        assert_eq!(reason_of(&refused).as_deref(), Some("DRAW_NOT_IN_FUTURE"), "{refused}");
        seconds_ahead *= 2;
    }
}

/// The figures do not exist before the announced instant: until then they are refused.
async fn record_entropy(people: &People, lead: &str, task: &str) {
    let witness = people.officer("witness", lead).tasks();
    let request = RecordEntropyRequest {
        name: task.to_owned(),
        round: "2026308".to_owned(),
        published_figures: FIGURES.to_owned(),
        request_id: id(),
        ..RecordEntropyRequest::default()
    };
    wait::until("the instant of the draw", || {
        let (mut witness, request) = (witness.clone(), request.clone());
        async move {
            match witness.record_entropy(request).await {
                Ok(_) => Some(()),
                Err(refused) => {
                    assert_eq!(reason_of(&refused).as_deref(), Some("ENTROPY_TOO_EARLY"), "{refused}");
                    None
                }
            }
        }
    })
    .await;
}

/// The full proof of a draw, as a file.
pub async fn full_proof(people: &People, task: &Task) -> Vec<u8> {
    let request = GetProofRequest { name: task.name.clone(), full: true, purpose: "verification".to_owned() };
    let verifier = people.officer("verifier", &task.lead_office);
    verifier.tasks().get_proof(request).await.expect("a verifier gets the proof").into_inner().file
}

/// The visits of a task, in the order of the draw.
pub async fn visits_of(people: &People, task: &Task) -> Vec<Visit> {
    let request = ListVisitsRequest { task: task.name.clone(), page_size: 1_000, ..Default::default() };
    let mut client = people.officer("inspector", &task.lead_office).visits();
    client.list_visits(request).await.expect("visits are listed").into_inner().visits
}

/// Enters the result of a visit; a second officer approves it.
pub async fn enter_and_review(people: &People, lead: &str, visit: &Visit, result: &str, findings: &str) {
    let inspector = people.officer("inspector", lead);
    let name = visit.name.split("/visits/").next().expect("a visit is named after its task").to_owned();
    let task = inspector.tasks().get_task(GetTaskRequest { name }).await.expect("the task is shown");
    let conforms = |item| ItemCheck { item, verdict: "Conforms".to_owned(), ..ItemCheck::default() };
    let checks = task.into_inner().items.into_iter().map(conforms).collect();
    let request = EnterResultRequest {
        name: visit.name.clone(),
        result: result.to_owned(),
        visited_on: today().to_string(),
        serious_count: i32::from(result == "5"),
        findings: findings.to_owned(),
        checks: Some(VisitChecks { checks }),
        request_id: id(),
        ..EnterResultRequest::default()
    };
    inspector.visits().enter_result(request).await.expect("the result is entered");
    let request = ReviewResultRequest {
        name: visit.name.clone(),
        approve: true,
        request_id: id(),
        ..Default::default()
    };
    people.officer("reviewer", lead).visits().review_result(request).await.expect("another officer approves");
}

/// Drafts the plan of this year, has it decided and filed, and publishes it.
pub async fn publish_plan(people: &People) -> Plan {
    let plan = Plan { title: "年度检查计划".to_owned(), ..Plan::default() };
    let request = DraftPlanRequest { year: today().year(), plan: Some(plan), request_id: id() };
    let mut planner = people.officer("planner", "FOOD_PROD").plans();
    let name = planner.draft_plan(request).await.expect("a line office drafts").into_inner().name;
    let mut decider = people.officer("decider", "CREDIT").plans();
    let request = ReviewPlanRequest { name: name.clone(), request_id: id() };
    decider.review_plan(request).await.expect("CREDIT reviews");
    let request = ApprovePlanRequest { name: name.clone(), request_id: id() };
    decider.approve_plan(request).await.expect("CREDIT puts the approval on record");
    let document_no = "济市监信〔2026〕12号".to_owned();
    let request = FilePlanRequest { name: name.clone(), document_no, request_id: id() };
    decider.file_plan(request).await.expect("it is filed");
    let request = PublishPlanRequest { name, request_id: id() };
    decider.publish_plan(request).await.expect("it is published").into_inner()
}

/// Publishes the results of a task and closes it. Returns the number published, and the closed task.
pub async fn close(people: &People, task: &Task) -> (i64, Task) {
    let reviewer = people.officer("reviewer", &task.lead_office);
    let request = PublishResultsRequest { task: task.name.clone(), request_id: id() };
    let published =
        reviewer.visits().publish_results(request).await.expect("results are published").into_inner();
    let request = CloseTaskRequest { name: task.name.clone(), request_id: id() };
    let closed = reviewer.tasks().close_task(request).await.expect("the task is closed").into_inner();
    (published.published, closed)
}
