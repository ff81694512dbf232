//! `xinjian standalone`.

use std::process::ExitCode;

use serde_json::json;
use service::shutdown;

use crate::cli::StandaloneArgs;
use crate::house::{House, Options};
use crate::output::Output;

pub(super) async fn run(args: &StandaloneArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let options = Options {
        data: args.data.data.clone(),
        listen: args.listen,
        public_listen: args.public_listen,
        gateway: Vec::new(),
        demonstrations: args.demonstrations,
    };
    let stop = shutdown::signal()?;
    let house = House::start(&options).await?;
    let addresses = house.addresses();
    output.object(&json!({ "serving": addresses }));
    output.line(format!("gateway          {}", addresses.gateway));
    output.line(format!("public listener  {}", addresses.public));
    output.line(format!("data             {}", options.data.display()));
    output.line(format!("a token:         xinjian token --office CREDIT --data {}", options.data.display()));
    house.run(async move { stop.begun().await }).await?;
    Ok(ExitCode::SUCCESS)
}
