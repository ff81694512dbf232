//! `xinjian draw`: run a draw through the real service; verify a proof offline.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use contract::inspection::v1::{
    AnnounceDrawRequest, CreateTaskRequest, GetProofFileRequest, RecordEntropyRequest, RunDrawRequest, Task,
};
use crypto::draw::{EntropyRule, Proof, Verified};
use domain::MicrosUtc;
use serde_json::json;

use super::classify::said;
use crate::cli::{DrawCommand, DrawRunArgs, Stratify};
use crate::clients::Clients;
use crate::house::{Folder, Officer};
use crate::output::Output;
use crate::session::Session;
use crate::wait::caught_up;

/// How far in the future a draw on this machine is announced.
const ANNOUNCED_BEFORE: Duration = Duration::from_millis(1_500);

pub(super) async fn run(command: &DrawCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        DrawCommand::Run(args) => {
            if let Some(figures) = &args.figures {
                // Read before a task is announced that no such figures could ever end.
                EntropyRule::Digits.read("0", figures)?;
            }
            let session = Session::open(&args.data.data).await?;
            let outcome = draw_and_save(args, &session, output).await;
            session.close().await;
            outcome
        }
        DrawCommand::Verify { file } => verify(file, output),
    }
}

async fn draw_and_save(args: &DrawRunArgs, session: &Session, output: &Output) -> anyhow::Result<ExitCode> {
    let services = session.clients(&Officer::of_city("command-line", "SYSTEM"))?;
    for feed in ["registry", "risk"] {
        caught_up(&services, "inspection", feed).await?;
    }
    let officers = Officers::of(session, &args.lead_office)?;
    let figures = match &args.figures {
        Some(figures) => figures.clone(),
        None => local_figures(),
    };
    let folder = Folder::of_city(&args.data.data)?.proofs()?;
    if let Some(file) = &args.proof {
        // Tried before the draw: it happens once, and its proof should have a place.
        write(file, b"")?;
    }
    let task = draw(&officers, &new_task(args), &figures).await?;
    let of_task = || folder.join(format!("{}.json", task.name.replace('/', "-")));
    let file = args.proof.clone().unwrap_or_else(of_task);
    write(&file, &full_proof(&officers.announcer, &task, "verification at the command line").await?)?;
    output.line(format!("task        {} ({})", task.name, task.disclosure));
    output.line(format!("drawn       {} of {}", task.drawn_count, task.pool_size));
    output.line(format!("result      {}", task.result_hash));
    output.line(format!("proof       {}", file.display()));
    output.object(&json!({
        "task": task.name, "disclosure": task.disclosure, "pool_size": task.pool_size,
        "drawn": task.drawn_count, "result_hash": task.result_hash, "proof": file,
    }));
    Ok(ExitCode::SUCCESS)
}

fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(file, bytes).with_context(|| format!("cannot write `{}`", file.display()))
}

fn new_task(args: &DrawRunArgs) -> Task {
    Task {
        title: "随机抽查".to_owned(),
        field: args.field.clone(),
        stratify_by: match args.stratify {
            Stratify::Class => "CLASS",
            Stratify::Uniform => "UNIFORM",
        }
        .to_owned(),
        uniform_percent: args.percent,
        lead_office: args.lead_office.clone(),
        ..Task::default()
    }
}

/// The two people of a draw: one announces, another records the entropy.
pub(crate) struct Officers {
    /// Creates the task, announces and draws.
    pub announcer: Clients,
    /// Records the entropy.
    pub witness: Clients,
}

impl Officers {
    /// Two officers of the leading office.
    pub(crate) fn of(session: &Session, office: &str) -> anyhow::Result<Self> {
        anyhow::ensure!(domain::OfficeCode::parse(office).is_ok(), "`{office}` is not the code of an office");
        Ok(Self {
            announcer: session.clients(&Officer::of_city("draw-announcer", office))?,
            witness: session.clients(&Officer::of_city("draw-witness", office))?,
        })
    }
}

/// Creates, announces, waits for the instant, records the entropy and draws.
pub(crate) async fn draw(officers: &Officers, task: &Task, figures: &str) -> anyhow::Result<Task> {
    let id = || uuid::Uuid::new_v4().to_string();
    let mut tasks = officers.announcer.tasks();
    let request = CreateTaskRequest { task: Some(task.clone()), request_id: id() };
    let task = tasks.create_task(request).await.map_err(said)?.into_inner();
    let draw_at = MicrosUtc::now().plus_micros(i64::try_from(ANNOUNCED_BEFORE.as_micros()).unwrap_or(0));
    let round = draw_at.micros().to_string();
    let announce = AnnounceDrawRequest {
        name: task.name.clone(),
        entropy_source: "demo-beacon".to_owned(),
        entropy_round: round.clone(),
        fallback_round: (draw_at.micros() + 60_000_000).to_string(),
        draw_time: Some(prost_types::Timestamp {
            seconds: draw_at.micros().div_euclid(1_000_000),
            nanos: i32::try_from(draw_at.micros().rem_euclid(1_000_000) * 1_000)?,
        }),
        request_id: id(),
        ..AnnounceDrawRequest::default()
    };
    let announced = tasks.announce_draw(announce).await.map_err(said)?.into_inner();
    // The service rounds the instant up to a full second.
    let at = announced
        .draw_time
        .map_or(draw_at.micros(), |at| at.seconds * 1_000_000 + i64::from(at.nanos) / 1_000);
    let left = at - MicrosUtc::now().micros();
    tokio::time::sleep(Duration::from_micros(u64::try_from(left + 1_000).unwrap_or(0))).await;
    let entropy = RecordEntropyRequest {
        name: task.name.clone(),
        round,
        published_figures: figures.to_owned(),
        request_id: id(),
        ..RecordEntropyRequest::default()
    };
    officers.witness.tasks().record_entropy(entropy).await.map_err(said)?;
    let request = RunDrawRequest { name: task.name.clone(), request_id: id() };
    Ok(tasks.run_draw(request).await.map_err(said)?.into_inner())
}

/// The full proof of a draw; the read is logged with its purpose.
pub(crate) async fn full_proof(clients: &Clients, task: &Task, purpose: &str) -> anyhow::Result<Vec<u8>> {
    let request = GetProofFileRequest { name: task.name.clone(), full: true, purpose: purpose.to_owned() };
    let mut parts = clients.tasks().get_proof_file(request).await.map_err(said)?.into_inner();
    let mut file = Vec::new();
    while let Some(next) = parts.message().await.map_err(said)? {
        file.extend_from_slice(&next.part);
    }
    Ok(file)
}

/// Figures from this machine's own randomness. They prove nothing to others: a real draw takes published figures.
pub(crate) fn local_figures() -> String {
    use rand::Rng;
    let mut random = rand::rng();
    (0..12).map(|_| char::from(b'0' + random.random_range(0..10))).collect()
}

fn verify(file: &Path, output: &Output) -> anyhow::Result<ExitCode> {
    let text = std::fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    match Proof::parse(&text).and_then(|proof| crypto::draw::verify(&proof)) {
        Ok(verified) => {
            show(&verified, output);
            Ok(ExitCode::SUCCESS)
        }
        Err(refused) => {
            output.line(format!("REFUSED: {refused}"));
            output.object(&json!({ "valid": false, "problem": refused.to_string() }));
            Ok(ExitCode::FAILURE)
        }
    }
}

fn show(verified: &Verified, output: &Output) {
    let steps = |steps: &[crypto::draw::Step]| steps.iter().map(ToString::to_string).collect::<Vec<_>>();
    output.line(format!("sound: {} objects drawn", verified.drawn.len()));
    output.line("compare these with what was published:");
    output.line(format!("  announcement  {}", verified.announcement_hash));
    output.line(format!(
        "  entropy       {} of round {}",
        verified.entropy.digits(),
        verified.entropy.round()
    ));
    output.line(format!("  result        {}", verified.result_hash));
    output.line(format!("  draw          {}", verified.published_hash));
    if verified.final_hash != verified.published_hash {
        output.line(format!("  replacements  {}", verified.final_hash));
    }
    output.line(format!("checked: {}", steps(verified.checked).join(", ")));
    if !verified.not_shown.is_empty() {
        output.line(format!("not shown by this form: {}", steps(verified.not_shown).join(", ")));
    }
    output.object(&json!({
        "valid": true, "drawn": verified.drawn.len(), "announcement_hash": verified.announcement_hash,
        "result_hash": verified.result_hash, "published_hash": verified.published_hash,
        "final_hash": verified.final_hash,
        "checked": steps(verified.checked), "not_shown": steps(verified.not_shown),
    }));
}
