//! Marks: proposed by the system from the licences, confirmed by the office of the field, pushed to the publicity system.

use std::time::Instant;

use contract::registry::v1::{ConfirmMarksRequest, ListMarksRequest, Mark};
use serde_json::json;

use super::{id, said};
use crate::clients::Clients;
use crate::demo::facts::Demo;
use crate::demo::wait::{caught_up, until};

/// Marks of one confirmation.
const BATCH: usize = 1_000;
/// Offices that confirm marks, each those of its own field.
const OFFICES: [&str; 3] = ["FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV"];

pub(in crate::demo) async fn run(demo: &mut Demo) -> anyhow::Result<()> {
    let started = Instant::now();
    caught_up(&demo.office("SYSTEM")?, "registry", "collection").await?;
    let mut confirmed = 0;
    for office in OFFICES {
        confirmed += confirm_all(&demo.office(office)?, office).await?;
    }
    let published = published(demo, confirmed).await?;
    demo.note("mark", started.elapsed(), json!({ "confirmed": confirmed, "published": published }));
    Ok(())
}

async fn confirm_all(clients: &Clients, office: &str) -> anyhow::Result<usize> {
    let candidates: Vec<String> = list(clients, "Candidate")
        .await?
        .into_iter()
        .filter(|mark| owner(mark) == office)
        .map(|mark| mark.name)
        .collect();
    for names in candidates.chunks(BATCH) {
        let request = ConfirmMarksRequest {
            names: names.to_vec(),
            legal_basis: "济南市市场监督管理局重点领域信用监管工作方案".to_owned(),
            request_id: id(),
        };
        clients.marks().confirm_marks(request).await.map_err(said)?;
    }
    Ok(candidates.len())
}

/// The office that confirms a mark: special food has its own.
fn owner(mark: &Mark) -> &'static str {
    const SPECIAL: [&str; 3] = ["HealthFood", "FsmpFood", "InfantFormula"];
    match mark.field.as_str() {
        "SE" => "SE_SUPERV",
        _ if mark.sub_kinds.iter().any(|kind| SPECIAL.contains(&kind.as_str())) => "SAMPLING_SPECIAL_FOOD",
        _ => "FOOD_PROD",
    }
}

async fn published(demo: &Demo, confirmed: usize) -> anyhow::Result<usize> {
    let clients = demo.office("CREDIT")?;
    until("marks acknowledged by the publicity system", || {
        let clients = clients.clone();
        async move {
            let published = count(&clients, "Published").await?;
            Ok((published >= confirmed).then_some(published))
        }
    })
    .await
}

async fn count(clients: &Clients, state: &str) -> anyhow::Result<usize> {
    Ok(list(clients, state).await?.len())
}

/// All marks in a state.
pub(in crate::demo) async fn list(clients: &Clients, state: &str) -> anyhow::Result<Vec<Mark>> {
    let (mut marks, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListMarksRequest {
            state: state.to_owned(),
            page_size: 1_000,
            page_token,
            ..ListMarksRequest::default()
        };
        let page = clients.marks().list_marks(request).await.map_err(said)?.into_inner();
        marks.extend(page.marks);
        if page.next_page_token.is_empty() {
            return Ok(marks);
        }
        page_token = page.next_page_token;
    }
}
