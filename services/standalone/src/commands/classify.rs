//! `xinjian classify`: a full run, whose samples the line offices look at, approved by a second officer.

use std::process::ExitCode;
use std::time::Duration;

use contract::risk::v1::{
    ApproveRunRequest, CreateRunRequest, GetRunRequest, GetRunSampleRequest, ListModelsRequest, Model,
    RecordSampleCheckRequest, Run, SampleFinding, SampleVerdict,
};

use crate::cli::ClassifyArgs;
use crate::clients::Clients;
use crate::house::Officer;
use crate::output::Output;
use crate::session::Session;
use crate::wait::knows_records;

/// Pause between two questions how far a run is.
const POLL: Duration = Duration::from_millis(50);

/// Versions that are looked at for a day.
const MODELS: i32 = 500;

pub(super) async fn run(args: &ClassifyArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let session = Session::open(&args.data.data).await?;
    let outcome = classify(args, &session, output).await;
    let why = match &outcome {
        Ok(run) if run.total == 0 => why_nobody(&session, &run.as_of).await.map(Some),
        _ => Ok(None),
    };
    session.close().await;
    let run = outcome?;
    show(&run, output)?;
    if let Some(why) = why? {
        output.line(why);
    }
    Ok(ExitCode::SUCCESS)
}

async fn classify(args: &ClassifyArgs, session: &Session, output: &Output) -> anyhow::Result<Run> {
    let services = session.clients(&Officer::of_city("command-line", "SYSTEM"))?;
    knows_records(&services, "risk").await?;
    let maker = session.clients(&Officer::of_city("credit-maker", "CREDIT"))?;
    let as_of = args.as_of.map(|day| day.to_string()).unwrap_or_default();
    let run = score(&maker, as_of, output).await?;
    // A day that is over is looked back at: nothing of it takes effect.
    if args.no_approve || run.state == "Reported" {
        return Ok(run);
    }
    for sample in &run.samples {
        agree(&session.clients(&Officer::of_city("line-checker", &sample.office))?, &sample.name).await?;
    }
    let checker = session.clients(&Officer::of_city("credit-checker", "CREDIT"))?;
    approve(&checker, &run).await
}

/// Starts a run and waits until it has been computed.
pub(crate) async fn score(clients: &Clients, as_of: String, output: &Output) -> anyhow::Result<Run> {
    let request = CreateRunRequest { as_of, request_id: uuid::Uuid::new_v4().to_string() };
    let mut runs = clients.runs();
    let mut run = runs.create_run(request).await.map_err(said)?.into_inner();
    let bar = output.progress("enterprises", Some(0));
    while !matches!(run.state.as_str(), "Reviewed" | "Reported" | "Failed" | "Cancelled" | "Effective") {
        tokio::time::sleep(POLL).await;
        run = runs.get_run(GetRunRequest { name: run.name }).await.map_err(said)?.into_inner();
        bar.set_length(run.total.unsigned_abs());
        bar.set_position(run.done.unsigned_abs());
    }
    bar.finish_and_clear();
    anyhow::ensure!(run.state != "Failed", "the run failed: {}", run.problem);
    Ok(run)
}

/// Agrees with every result of a sample, in the name of an officer of the line office.
pub(crate) async fn agree(clients: &Clients, sample: &str) -> anyhow::Result<()> {
    let mut runs = clients.runs();
    let request =
        GetRunSampleRequest { name: sample.to_owned(), purpose: "sample check of a run".to_owned() };
    let shown = runs.get_run_sample(request).await.map_err(said)?.into_inner();
    let agreed =
        |name| SampleFinding { name, verdict: SampleVerdict::Agrees.into(), ..SampleFinding::default() };
    let request = RecordSampleCheckRequest {
        name: sample.to_owned(),
        findings: shown.results.into_iter().map(|result| agreed(result.name)).collect(),
        request_id: uuid::Uuid::new_v4().to_string(),
    };
    runs.record_sample_check(request).await.map_err(said)?;
    Ok(())
}

/// Approves a run in the name of another officer.
pub(crate) async fn approve(clients: &Clients, run: &Run) -> anyhow::Result<Run> {
    let request_id = uuid::Uuid::new_v4().to_string();
    let request = ApproveRunRequest { name: run.name.clone(), request_id, ..Default::default() };
    Ok(clients.runs().approve_run(request).await.map_err(said)?.into_inner())
}

/// Why a run classes nobody: no general model is in force on its day, or nobody was known to carry a mark.
async fn why_nobody(session: &Session, as_of: &str) -> anyhow::Result<String> {
    let clients = session.clients(&Officer::of_city("command-line", "CREDIT"))?;
    let request = ListModelsRequest { as_of: as_of.to_owned(), page_size: MODELS, ..Default::default() };
    let models = clients.models().list_models(request).await.map_err(said)?.into_inner().models;
    let in_force = |model: &Model| {
        let ended = !model.effective_to.is_empty() && model.effective_to.as_str() < as_of;
        model.scope == "general"
            && !model.effective_from.is_empty()
            && model.effective_from.as_str() <= as_of
            && !ended
    };
    Ok(if models.iter().any(in_force) {
        format!(
            "Nobody is classed: by the end of {as_of} the system had not been told of an enterprise that carries a mark."
        )
    } else {
        format!(
            "Nobody is classed: no general model was in force on {as_of}; `xinjian model list` shows the days of each."
        )
    })
}

fn show(run: &Run, output: &Output) -> anyhow::Result<()> {
    let rows: Vec<_> = run
        .counts
        .iter()
        .map(|count| vec![count.field.clone(), count.code.clone(), count.count.to_string()])
        .collect();
    output.table(
        &format!("Classes as of {}: {} of {} ({})", run.as_of, run.done, run.total, run.state),
        &["field", "class", "enterprises"],
        &rows,
    );
    output.object(&contract::json::to_value(run)?);
    Ok(())
}

/// What the service said, for people.
pub(crate) fn said(status: tonic::Status) -> anyhow::Error {
    anyhow::anyhow!("{}", status.message())
}
