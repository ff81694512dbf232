//! `xinjian demo`: a generated city, and the main job run through the real services, stage by stage.
//!
//! Each stage is what officers would do, over gRPC, with tokens of the right offices. Nothing is written past a service, and every
//! figure in a table was counted in answers.

pub mod city;
mod facts;
mod send;
mod stages;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use domain::{MicrosUtc, shanghai_date};
use serde_json::{Value, json};
use service::shutdown;

use crate::cli::DemoArgs;
use crate::house::{Folder, House, Options};
use crate::output::{Output, seconds};
use city::City;
use facts::Demo;

/// Runs the demo.
pub async fn run(args: &DemoArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let stop = shutdown::signal()?;
    let data = match &args.data {
        Some(data) => {
            anyhow::ensure!(
                !Folder::open(data)?.is_lived_in(),
                "`{}` holds a city already; name a new folder",
                data.display()
            );
            data.clone()
        }
        None => tempfile::Builder::new().prefix("xinjian-demo-").tempdir()?.keep(),
    };
    let options = Options {
        data: data.clone(),
        listen: args.listen,
        public_listen: args.public_listen,
        gateway: Vec::new(),
        demonstrations: true,
    };
    let house = House::start(&options).await?;
    output.line(format!(
        "A city in {} (seed {}), every service over gRPC on loopback",
        data.display(),
        args.seed
    ));

    let today = shanghai_date(MicrosUtc::now());
    let generated = Instant::now();
    let size = usize::try_from(args.enterprises).context("the size of the city")?;
    let seed = args.seed;
    let city = tokio::task::spawn_blocking(move || City::generate(seed, size, today)).await?;
    let mut demo = Demo::new(&house, *output, today)?;
    demo.note("generate", generated.elapsed(), json!({ "enterprises": city.enterprises.len(), "records": city.records.len(), "tickets": city.tickets.len() }));

    let done = tokio::select! {
        done = main_job(&mut demo, city) => done,
        () = stop.begun() => Err(anyhow::anyhow!("stopped before the main job was done")),
    };
    if let Err(failed) = done {
        house.stop().await;
        return Err(failed);
    }
    let told = finish(&demo, output, started);
    if args.serve {
        serve(house, &demo, output, told, stop).await?;
    } else {
        house.stop().await;
        output.object(&told);
        output.line(format!("\nThe city's files stay in {}", data.display()));
        output.line(format!("  xinjian audit verify --data {}", data.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Permit → mark → record → class → draw → result → list → check → profile.
async fn main_job(demo: &mut Demo, city: City) -> anyhow::Result<()> {
    stages::register::run(demo, &city).await?;
    stages::collect::run(demo, &city).await?;
    stages::mark::run(demo).await?;
    stages::classify::run(demo).await?;
    let unreachable = stages::inspect::run(demo, &city).await?;
    stages::punish::run(demo, &city, unreachable).await?;
    stages::profile::run(demo).await
}

/// Prints the table of stages; answers the same for machines.
fn finish(demo: &Demo, output: &Output, started: Instant) -> Value {
    let rows: Vec<_> = demo
        .stages()
        .iter()
        .map(|stage| vec![stage.name.to_owned(), seconds(stage.took), stage.summary()])
        .collect();
    output.table("The main job", &["stage", "time", "counts"], &rows);
    output.line(format!("\ntotal {}", seconds(started.elapsed())));
    let stages: Vec<Value> = demo
        .stages()
        .iter()
        .map(|stage| json!({ "stage": stage.name, "seconds": stage.took.as_secs_f64(), "counts": stage.counts }))
        .collect();
    json!({
        "data": demo.folder.path(), "seconds": started.elapsed().as_secs_f64(), "stages": stages, "uscc": demo.shown_uscc(),
    })
}

/// Leaves the city running, with requests that can be pasted.
async fn serve(
    house: House,
    demo: &Demo,
    output: &Output,
    mut told: Value,
    stop: service::Shutdown,
) -> anyhow::Result<()> {
    let addresses = house.addresses();
    let token = demo.token("CREDIT")?;
    let uscc = demo.shown_uscc();
    let gateway = addresses.gateway.trim_start_matches("http://");
    output.line(format!(
        "\nThe city runs until Ctrl-C. A token of the credit office, good for 12 hours:\n\nTOKEN={token}\n"
    ));
    output.line(format!(
        "curl -s -H \"authorization: Bearer $TOKEN\" {}/v1/enterprises/{uscc}/profile",
        addresses.gateway
    ));
    output.line(format!(
        "curl -s -H \"authorization: Bearer $TOKEN\" {}/v1/enterprises/{uscc}/timeline",
        addresses.gateway
    ));
    output.line(format!(
        "curl -s -H \"authorization: Bearer $TOKEN\" '{}/v1/parties/{uscc}:check?purpose=PERMIT'",
        addresses.gateway
    ));
    output.line(format!("curl -s '{}/public/v1/entries?list=SERIOUS'", addresses.public));
    output.line(format!(
        "grpcurl -plaintext -H \"authorization: Bearer $TOKEN\" -d '{{\"name\":\"enterprises/{uscc}/profile\"}}' {gateway} \
         xinjian.gateway.v1.Profiles/GetProfile"
    ));
    told["serving"] = json!(addresses);
    told["token"] = json!(token);
    output.object(&told);
    house.run(async move { stop.begun().await }).await?;
    Ok(())
}
