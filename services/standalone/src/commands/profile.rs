//! `xinjian profile`: one enterprise whole, as the gateway shows it.

use std::process::ExitCode;

use contract::gateway::v1::{GetProfileRequest, Profile};
use domain::Uscc;

use crate::cli::ProfileArgs;
use crate::house::Officer;
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(args: &ProfileArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let uscc = Uscc::parse(&args.uscc)?;
    let session = Session::reach(&args.data).await?;
    let clients = session.clients(&Officer::of_city("command-line", "CREDIT"))?;
    let request = GetProfileRequest { name: format!("enterprises/{uscc}/profile") };
    let answer = clients.profiles().get_profile(request).await;
    session.close().await;
    let profile = answer.map_err(|status| anyhow::anyhow!("{}", status.message()))?.into_inner();
    if output.is_json() {
        output.object(&contract::json::to_value(&profile)?);
    } else {
        show(&profile, output);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(profile: &Profile, output: &Output) {
    if let Some(enterprise) = &profile.enterprise {
        output.line(format!("{}  {}", enterprise.uscc, enterprise.legal_name));
        output.line(format!("division {}  industry {}", enterprise.division, enterprise.industry));
    }
    let marks = profile
        .marks
        .iter()
        .map(|mark| vec![mark.label.clone(), mark.state.clone(), mark.licence_nos.join(" ")]);
    section(output, "Marks", &["mark", "state", "licences"], marks);
    let letters = profile
        .commitments
        .iter()
        .map(|letter| vec![letter.field.clone(), letter.state.clone(), letter.signed_on.clone()]);
    section(output, "Letters of commitment", &["field", "state", "signed"], letters);
    let classes = profile.classes.iter().map(|class| {
        vec![
            class.field.clone(),
            class.code.clone(),
            class.general_code.clone(),
            class.professional_code.clone(),
            class.as_of.clone(),
        ]
    });
    section(
        output,
        "Risk classes (internal)",
        &["field", "class", "general", "professional", "as of"],
        classes,
    );
    let flags = profile.flags.iter().map(|flag| {
        vec![flag.topic_label_zh.clone(), flag.state.clone(), flag.on_since.clone(), flag.on_until.clone()]
    });
    section(output, "Key attention (internal)", &["topic", "state", "since", "until"], flags);
    let records = profile.records.iter().map(|record| {
        vec![
            record.decided_on.clone(),
            kind(record).to_owned(),
            record.document_no.clone(),
            record.state.clone(),
        ]
    });
    section(output, "Records", &["date", "kind", "document", "state"], records);
    let visits = profile
        .visits
        .iter()
        .map(|visit| vec![visit.name.clone(), visit.state.clone(), visit.result.clone()]);
    section(output, "Visits", &["visit", "state", "result"], visits);
    let rectifications = profile
        .rectifications
        .iter()
        .map(|one| vec![one.name.clone(), one.state.clone(), one.rectify_by.clone()]);
    section(output, "Rectifications", &["rectification", "state", "due"], rectifications);
    let entries = profile
        .abnormal_entries
        .iter()
        .map(|entry| vec![entry.name.clone(), entry.ground.clone(), entry.state.clone()])
        .chain(
            profile
                .serious_cases
                .iter()
                .map(|case| vec![case.name.clone(), case.ground.clone(), case.state.clone()]),
        );
    section(output, "Lists", &["entry", "ground", "state"], entries);
    let measures = profile
        .measures
        .iter()
        .map(|measure| vec![measure.label.clone(), measure.state.clone(), measure.starts_on.clone()]);
    section(output, "Joint measures", &["measure", "state", "since"], measures);
    let repairs = profile
        .repairs
        .iter()
        .map(|repair| vec![repair.subject.clone(), repair.state.clone(), repair.submitted_on.clone()]);
    section(output, "Credit repairs", &["subject", "state", "submitted"], repairs);
    let remedies = profile
        .entry_remedies
        .iter()
        .map(|remedy| vec![remedy.entry.clone(), remedy.kind.clone(), remedy.state.clone()]);
    section(output, "Remedies", &["against", "kind", "state"], remedies);
    output.line(format!("\ntickets: {}", profile.tickets.len()));
    for part in &profile.missing {
        output.line(format!("missing: {} ({}: {})", part.part, part.code, part.problem));
    }
}

fn section(output: &Output, title: &str, header: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        output.table(title, header, &rows);
    }
}

fn kind(record: &contract::collection::v1::Record) -> &'static str {
    use contract::collection::v1::record::Content;
    match record.content {
        Some(Content::Permit(_)) => "permit",
        Some(Content::Penalty(_)) => "penalty",
        Some(Content::Inspection(_)) => "inspection",
        Some(Content::Sampling(_)) => "sampling",
        Some(Content::ListEntry(_)) => "list entry",
        None => "-",
    }
}
