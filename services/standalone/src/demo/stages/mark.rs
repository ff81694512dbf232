//! Marks: proposed by the system from the licences, confirmed by the office of the field, pushed to the publicity system.

use std::time::Instant;

use serde_json::json;

use crate::clients::Clients;
use crate::commands::marks::{any, confirm, list};
use crate::demo::facts::Demo;
use crate::wait::until;

pub(in crate::demo) async fn run(demo: &mut Demo) -> anyhow::Result<()> {
    let started = Instant::now();
    let confirmed = confirm(&|office| demo.office(office)).await?;
    let published = published(demo, confirmed).await?;
    demo.note("mark", started.elapsed(), json!({ "confirmed": confirmed, "published": published }));
    Ok(())
}

async fn published(demo: &Demo, confirmed: usize) -> anyhow::Result<usize> {
    let clients = demo.office("CREDIT")?;
    until("marks acknowledged by the publicity system", || {
        let clients = clients.clone();
        async move {
            // Counted once nothing waits: to list all of them again and again would keep the registry from publishing them.
            if any(&clients, "PushPending").await? {
                return Ok(None);
            }
            let published = count(&clients, "Published").await?;
            Ok((published >= confirmed).then_some(published))
        }
    })
    .await
}

async fn count(clients: &Clients, state: &str) -> anyhow::Result<usize> {
    Ok(list(clients, state).await?.len())
}
