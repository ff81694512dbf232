//! `xinjian deliveries`: what the services have told others and nobody has taken, and sending it again.

use std::process::ExitCode;

use contract::exchange::v1::deliveries_client::DeliveriesClient;
use contract::exchange::v1::{
    CountDeliveriesRequest, Delivery, ListDeliveriesRequest, ResendDeliveriesRequest,
};
use domain::MicrosUtc;
use prost_types::Timestamp;
use serde_json::{Value, json};

use super::classify::said;
use crate::cli::{DeliveriesCommand, DeliveryState, ListDeliveriesArgs, ResendArgs, Sender};
use crate::clients::{Authorised, Clients};
use crate::house::Officer;
use crate::output::Output;
use crate::session::Session;

/// Largest page, and most deliveries of one wish to send again, as the contract says.
const BATCH: usize = 500;

pub(super) async fn run(command: &DeliveriesCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let (DeliveriesCommand::Count { data }
    | DeliveriesCommand::List(ListDeliveriesArgs { data, .. })
    | DeliveriesCommand::Resend(ResendArgs { data, .. })) = command;
    let session = Session::reach(data).await?;
    let outcome = match session.clients(&Officer::of_city("command-line", "IT")) {
        Ok(clients) => act(command, &clients, output).await,
        Err(failed) => Err(failed),
    };
    session.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn act(command: &DeliveriesCommand, clients: &Clients, output: &Output) -> anyhow::Result<()> {
    match command {
        DeliveriesCommand::Count { .. } => count(clients, output).await,
        DeliveriesCommand::List(args) => list(args, clients, output).await,
        DeliveriesCommand::Resend(args) => resend(args, clients, output).await,
    }
}

/// The services that are meant, each with its name.
fn meant(
    clients: &Clients,
    service: Option<Sender>,
) -> impl Iterator<Item = (&'static str, DeliveriesClient<Authorised>)> {
    let meant = move |name: &str| service.is_none_or(|service| service.name() == name);
    clients.deliveries().into_iter().filter(move |(name, _)| meant(name))
}

async fn count(clients: &Clients, output: &Output) -> anyhow::Result<()> {
    let (mut rows, mut objects) = (Vec::new(), Vec::new());
    for (service, mut deliveries) in meant(clients, None) {
        let answer = deliveries.count_deliveries(CountDeliveriesRequest {}).await.map_err(said)?;
        for backlog in answer.into_inner().backlogs {
            rows.push(vec![
                service.to_owned(),
                backlog.receiver.clone(),
                backlog.waiting.to_string(),
                backlog.dead.to_string(),
                instant(backlog.oldest_enqueue_time),
            ]);
            objects.push(of(service, contract::json::to_value(&backlog)?));
        }
    }
    output.table("Not acknowledged", &["service", "receiver", "waiting", "dead", "oldest"], &rows);
    output.object(&json!({ "backlogs": objects }));
    Ok(())
}

async fn list(args: &ListDeliveriesArgs, clients: &Clients, output: &Output) -> anyhow::Result<()> {
    let request = ListDeliveriesRequest {
        receiver: args.receiver.clone().unwrap_or_default(),
        subject: args.subject.clone().unwrap_or_default(),
        state: args.state.word().to_owned(),
        ..ListDeliveriesRequest::default()
    };
    let limit = usize::try_from(args.limit)?;
    let (mut shown, mut whole) = (Vec::new(), true);
    for (service, mut deliveries) in meant(clients, args.service) {
        let found = all(&mut deliveries, &request, limit + 1).await?;
        whole &= found.len() <= limit;
        shown.extend(found.into_iter().take(limit).map(|delivery| (service, delivery)));
    }
    show("Deliveries", &shown, output)?;
    if !whole {
        output.line(format!("There are more; `--limit` shows them ({limit} of each service are shown)."));
    }
    Ok(())
}

async fn resend(args: &ResendArgs, clients: &Clients, output: &Output) -> anyhow::Result<()> {
    let dead = ListDeliveriesRequest {
        receiver: args.receiver.clone().unwrap_or_default(),
        state: DeliveryState::Dead.word().to_owned(),
        ..ListDeliveriesRequest::default()
    };
    let mut resent = Vec::new();
    for (service, mut deliveries) in meant(clients, args.service) {
        let mut names = args.names.clone();
        if args.dead {
            names.extend(all(&mut deliveries, &dead, usize::MAX).await?.into_iter().map(|one| one.name));
        }
        for names in names.chunks(BATCH) {
            let request = ResendDeliveriesRequest {
                names: names.to_vec(),
                reason: args.reason.clone(),
                request_id: uuid::Uuid::new_v4().to_string(),
            };
            let answer = deliveries.resend_deliveries(request).await.map_err(said)?.into_inner();
            resent.extend(answer.deliveries.into_iter().map(|delivery| (service, delivery)));
        }
    }
    show("On their way again", &resent, output)
}

/// The deliveries of one service, at most `most`.
async fn all(
    deliveries: &mut DeliveriesClient<Authorised>,
    wanted: &ListDeliveriesRequest,
    most: usize,
) -> anyhow::Result<Vec<Delivery>> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let page_size = i32::try_from(BATCH.min(most - found.len()))?;
        let request = ListDeliveriesRequest { page_size, page_token, ..wanted.clone() };
        let page = deliveries.list_deliveries(request).await.map_err(said)?.into_inner();
        found.extend(page.deliveries);
        if page.next_page_token.is_empty() || found.len() >= most {
            return Ok(found);
        }
        page_token = page.next_page_token;
    }
}

fn show(title: &str, deliveries: &[(&'static str, Delivery)], output: &Output) -> anyhow::Result<()> {
    let header = [
        "service",
        "receiver",
        "subject",
        "revision",
        "kind",
        "state",
        "attempts",
        "enqueued",
        "name",
        "last error",
    ];
    let row = |(service, delivery): &(&str, Delivery)| {
        vec![
            (*service).to_owned(),
            delivery.receiver.clone(),
            delivery.subject.clone(),
            delivery.revision.to_string(),
            delivery.kind.clone(),
            delivery.state.clone(),
            delivery.attempts.to_string(),
            instant(delivery.enqueue_time),
            delivery.name.clone(),
            delivery.last_error.clone(),
        ]
    };
    output.table(title, &header, &deliveries.iter().map(row).collect::<Vec<_>>());
    let objects =
        deliveries.iter().map(|(service, delivery)| Ok(of(service, contract::json::to_value(delivery)?)));
    output.object(&json!({ "deliveries": objects.collect::<anyhow::Result<Vec<_>>>()? }));
    Ok(())
}

/// An answer of a service, with the service's name.
fn of(service: &str, mut answer: Value) -> Value {
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("service".to_owned(), service.into());
    }
    answer
}

fn instant(time: Option<Timestamp>) -> String {
    time.map(|time| MicrosUtc(time.seconds * 1_000_000).to_string()).unwrap_or_default()
}
