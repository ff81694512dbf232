//! During: a draw that anyone can verify, visits, results, publication.

use std::time::Instant;

use anyhow::Context;
use contract::inspection::v1::{
    CloseTaskRequest, EnterResultRequest, ItemCheck, ListVisitsRequest, PublishResultsRequest,
    RegisterInspectorRequest, ReviewResultRequest, Task, Visit, VisitChecks,
};
use crypto::draw::Proof;
use futures::StreamExt;
use serde_json::json;

use super::{id, said};
use crate::clients::Clients;
use crate::commands::draw::{Officers, draw, full_proof, local_figures};
use crate::demo::city::City;
use crate::demo::facts::Demo;
use crate::wait::{caught_up, until};

/// Requests under way at once.
const UNDER_WAY: usize = 32;

/// Answers how many visits found nobody at the registered place.
pub(in crate::demo) async fn run(demo: &mut Demo, city: &City) -> anyhow::Result<usize> {
    register_inspectors(demo, city).await?;
    pool_ready(demo).await?;
    let task = hold_draw(demo).await?;
    visits(demo, &task).await
}

async fn register_inspectors(demo: &Demo, city: &City) -> anyhow::Result<()> {
    let clients = demo.office("LEGAL")?;
    let requests = futures::stream::iter(city.inspectors.iter().map(|inspector| {
        let mut client = clients.inspectors();
        let request = RegisterInspectorRequest { inspector: Some(inspector.clone()), request_id: id() };
        async move { client.register_inspector(request).await.map_err(said) }
    }));
    let outcomes: Vec<_> = requests.buffer_unordered(UNDER_WAY).collect().await;
    outcomes.into_iter().try_for_each(|outcome| outcome.map(drop))
}

/// The pool is frozen from inspection's own copies: wait until they hold what registry and risk have told.
async fn pool_ready(demo: &Demo) -> anyhow::Result<()> {
    let services = demo.office("SYSTEM")?;
    for feed in ["registry", "risk"] {
        caught_up(&services, "inspection", feed).await?;
    }
    Ok(())
}

/// Announces, waits for the instant, takes the figures, draws, and verifies the proof from its file.
async fn hold_draw(demo: &mut Demo) -> anyhow::Result<Task> {
    let started = Instant::now();
    let officers = Officers {
        announcer: demo.person("draw-announcer", "FOOD_PROD")?,
        witness: demo.person("draw-witness", "FOOD_PROD")?,
    };
    let new = Task {
        title: "食品生产企业双随机抽查".to_owned(),
        field: "FOOD".to_owned(),
        stratify_by: "CLASS".to_owned(),
        lead_office: "FOOD_PROD".to_owned(),
        ..Task::default()
    };
    let task = draw(&officers, &new, &local_figures()).await?;
    let file = demo.folder.proofs()?.join(format!("{}.json", task.name.replace('/', "-")));
    let proof = full_proof(&officers.announcer, &task, "demo: verification").await?;
    std::fs::write(&file, &proof).with_context(|| format!("cannot write `{}`", file.display()))?;
    let text = std::fs::read(&file)?;
    let verified = Proof::parse(&text).and_then(|proof| crypto::draw::verify(&proof))?;
    anyhow::ensure!(verified.result_hash.to_string() == task.result_hash, "the proof is of another result");
    demo.note(
        "draw",
        started.elapsed(),
        json!({ "pool": task.pool_size, "drawn": task.drawn_count, "disclosure": task.disclosure, "proof": "verified" }),
    );
    demo.output.line(format!("            proof: {}", file.display()));
    Ok(task)
}

async fn visits(demo: &mut Demo, task: &Task) -> anyhow::Result<usize> {
    let started = Instant::now();
    let inspector = demo.person("inspector", "FOOD_PROD")?;
    let reviewer = demo.person("reviewer", "FOOD_PROD")?;
    let visits = list(&inspector, task).await?;
    let day = demo.today.to_string();
    let bar = demo.output.progress("visits", Some(visits.len() as u64));
    let work = futures::stream::iter(visits.iter().enumerate().map(|(index, visit)| {
        let (inspector, reviewer, day, bar) = (inspector.clone(), reviewer.clone(), day.clone(), bar.clone());
        async move {
            enter(&inspector, (visit, &task.items), index, day).await?;
            review(&reviewer, visit).await?;
            bar.inc(1);
            anyhow::Ok(())
        }
    }));
    let outcomes: Vec<_> = work.buffer_unordered(UNDER_WAY).collect().await;
    bar.finish_and_clear();
    outcomes.into_iter().collect::<anyhow::Result<()>>()?;
    let request = PublishResultsRequest { task: task.name.clone(), request_id: id() };
    let published = reviewer.visits().publish_results(request).await.map_err(said)?.into_inner().published;
    let request = CloseTaskRequest { name: task.name.clone(), request_id: id() };
    let closed = reviewer.tasks().close_task(request).await.map_err(said)?.into_inner();
    until("results collected as records", || {
        let visit = visits.first().cloned();
        let clients = inspector.clone();
        async move {
            let Some(visit) = visit else { return Ok(Some(())) };
            let request = contract::collection::v1::ListRecordsRequest {
                uscc: visit.uscc,
                kind: "inspection".to_owned(),
                ..Default::default()
            };
            let page = clients.records().list_records(request).await.map_err(said)?.into_inner();
            Ok(page.records.iter().any(|record| record.origin == "inspection").then_some(()))
        }
    })
    .await?;
    demo.note(
        "visit",
        started.elapsed(),
        json!({ "visits": visits.len(), "published": published, "task": closed.state }),
    );
    Ok((0..visits.len()).filter(|index| finds_nobody(*index)).count())
}

async fn list(clients: &Clients, task: &Task) -> anyhow::Result<Vec<Visit>> {
    let (mut visits, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListVisitsRequest {
            task: task.name.clone(),
            page_size: 1_000,
            page_token,
            ..ListVisitsRequest::default()
        };
        let page = clients.visits().list_visits(request).await.map_err(said)?.into_inner();
        visits.extend(page.visits);
        if page.next_page_token.is_empty() {
            return Ok(visits);
        }
        page_token = page.next_page_token;
    }
}

fn finds_nobody(index: usize) -> bool {
    index % 60 == 7
}

/// One visit in twelve finds something, one in sixty finds nobody.
async fn enter(
    clients: &Clients,
    (visit, items): (&Visit, &[String]),
    index: usize,
    day: String,
) -> anyhow::Result<()> {
    let (result, serious) = match index {
        _ if finds_nobody(index) => ("4", 0),
        _ if index % 12 == 3 => ("5", 2),
        _ => ("1", 0),
    };
    let check = |item: &String| ItemCheck {
        item: item.clone(),
        verdict: "Conforms".to_owned(),
        ..ItemCheck::default()
    };
    let checks = (!finds_nobody(index)).then(|| VisitChecks { checks: items.iter().map(check).collect() });
    let request = EnterResultRequest {
        name: visit.name.clone(),
        result: result.to_owned(),
        visited_on: day,
        serious_count: serious,
        findings: if serious > 0 {
            "生产记录不完整,责令改正。".to_owned()
        } else {
            String::new()
        },
        checks,
        request_id: id(),
        ..EnterResultRequest::default()
    };
    clients.visits().enter_result(request).await.map_err(said)?;
    Ok(())
}

async fn review(clients: &Clients, visit: &Visit) -> anyhow::Result<()> {
    let request = ReviewResultRequest {
        name: visit.name.clone(),
        approve: true,
        request_id: id(),
        ..Default::default()
    };
    clients.visits().review_result(request).await.map_err(said)?;
    Ok(())
}
