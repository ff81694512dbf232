//! Seeing an import to its end.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use collection::machines::import::{OPEN, State};
use contract::collection::v1::Import;
use service::shutdown;

use super::get;
use crate::cli::CityArgs;
use crate::clients::Clients;
use crate::output::Output;

/// Pause between two questions.
const PAUSE: Duration = Duration::from_millis(100);

/// Whether there is work to do.
pub(super) fn is_open(import: &Import) -> anyhow::Result<bool> {
    let state: State = import.state.parse().context("this program does not know the state of the import")?;
    Ok(OPEN.contains(&state))
}

/// Shows the progress of an import until it has ended, and answers it as it stands then. An import that a process left is taken
/// up by the city that runs.
///
/// # Errors
/// When the command is stopped; the import is not.
pub(super) async fn to_the_end(
    clients: &Clients,
    name: &str,
    data: &CityArgs,
    output: &Output,
) -> anyhow::Result<Import> {
    let stop = shutdown::signal()?;
    let bar = output.progress("lines", Some(0));
    let following = async {
        loop {
            let import = get(clients, name).await?;
            bar.set_length(u64::try_from(import.lines).unwrap_or_default());
            bar.set_position(u64::try_from(import.lines_done).unwrap_or_default());
            if !is_open(&import)? {
                return Ok(import);
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let ended = tokio::select! {
        ended = following => ended,
        () = stop.begun() => Err(anyhow::anyhow!("stopped: the import is not; {}", how_to_go_on(name, data))),
    };
    bar.finish_and_clear();
    ended
}

/// How an import that was left is taken up.
pub(super) fn how_to_go_on(name: &str, data: &CityArgs) -> String {
    let place = match &data.remote.gateway {
        Some(gateway) => format!("--gateway {gateway}"),
        None => format!("--data {}", data.local.data.display()),
    };
    format!("it goes on where the city runs, and `xinjian imports resume {name} {place}` sees it to its end")
}

/// What stays of an import that was stopped.
pub(super) fn kept(import: &Import) -> String {
    let taken = import.lines_done - import.refused;
    format!("{taken} lines were taken or were there and stay; the file sent again takes up the rest")
}

/// How a command about an import that has ended ends.
pub(super) fn exit_code(import: &Import) -> ExitCode {
    if import.state == State::Done.as_str() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
