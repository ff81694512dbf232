//! `xinjian marks confirm`: the offices of the fields confirm what the system has proposed.

use std::process::ExitCode;

use contract::registry::v1::{ConfirmMarksRequest, ListMarksRequest, Mark};
use serde_json::json;

use super::classify::said;
use crate::cli::MarksCommand;
use crate::clients::Clients;
use crate::house::Officer;
use crate::output::Output;
use crate::session::Session;
use crate::wait::knows_records;

/// Marks of one confirmation.
const BATCH: usize = 1_000;
/// Offices that confirm marks, each those of its own field.
const OFFICES: [&str; 3] = ["FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV"];

pub(super) async fn run(command: &MarksCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let MarksCommand::Confirm { data } = command;
    let session = Session::open(&data.data).await?;
    let outcome = confirm(&|office| session.clients(&Officer::of_city("confirming-officer", office))).await;
    session.close().await;
    let confirmed = outcome?;
    output.line(format!("confirmed {confirmed} marks"));
    output.object(&json!({ "confirmed": confirmed }));
    Ok(ExitCode::SUCCESS)
}

/// Confirms every proposed mark in the name of the offices that own them, once the registry has read every permit; answers how
/// many. `clients` gives those of an officer of an office.
pub(crate) async fn confirm(clients: &dyn Fn(&str) -> anyhow::Result<Clients>) -> anyhow::Result<usize> {
    knows_records(&clients("SYSTEM")?, "registry").await?;
    let mut confirmed = 0;
    for office in OFFICES {
        confirmed += confirm_all(&clients(office)?, office).await?;
    }
    Ok(confirmed)
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
            request_id: uuid::Uuid::new_v4().to_string(),
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

/// Whether any mark is in a state.
pub(crate) async fn any(clients: &Clients, state: &str) -> anyhow::Result<bool> {
    let request = ListMarksRequest { state: state.to_owned(), page_size: 1, ..ListMarksRequest::default() };
    let page = clients.marks().list_marks(request).await.map_err(said)?.into_inner();
    Ok(!page.marks.is_empty())
}

/// All marks in a state.
pub(crate) async fn list(clients: &Clients, state: &str) -> anyhow::Result<Vec<Mark>> {
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
