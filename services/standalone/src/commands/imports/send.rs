//! `xinjian import FILE --table KIND`: sends a file as officers keep it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use collection::sheet::LARGEST_FILE;
use contract::collection::v1::{CreateImportRequest, Import};

use super::super::classify::said;
use super::super::import::importer;
use super::{follow, report};
use crate::cli::{ImportArgs, Kind};
use crate::clients::Clients;
use crate::import::Target;
use crate::output::Output;
use crate::session::Session;

/// Bytes of a part of the file.
const PART: usize = 256 * 1024;

pub(in super::super) async fn run(
    args: &ImportArgs,
    table: Kind,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let bytes = read(&args.file)?;
    let session = Session::reach_or_found(&args.data).await?;
    let officer = importer(match table {
        Kind::Permit | Kind::Penalty | Kind::Inspection | Kind::Sampling | Kind::ListEntry => Target::Record,
        Kind::Ticket => Target::Ticket,
    });
    let outcome = match session.clients(&officer) {
        Ok(clients) => send(args, table, bytes, &clients, output).await,
        Err(failed) => Err(failed),
    };
    session.close().await;
    outcome
}

async fn send(
    args: &ImportArgs,
    table: Kind,
    bytes: Vec<u8>,
    clients: &Clients,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let file_name = args.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let import =
        Import { table: table.word().to_owned(), file_name, dry_run: args.dry_run, ..Import::default() };
    let first = CreateImportRequest {
        import: Some(import),
        request_id: uuid::Uuid::new_v4().to_string(),
        part: Vec::new(),
    };
    let rest = (0..bytes.len()).step_by(PART).map(move |from| {
        let part = bytes[from..bytes.len().min(from + PART)].to_vec();
        CreateImportRequest { part, ..CreateImportRequest::default() }
    });
    let parts = tokio_stream::iter(std::iter::once(first).chain(rest));
    let import = clients.imports().create_import(parts).await.map_err(said)?.into_inner();
    let name = &import.name;
    if !args.wait {
        output.line(format!("{name} is received; {}", follow::how_to_go_on(name, &args.data)));
        output.object(&serde_json::json!({ "import": contract::json::to_value(&import)? }));
        return Ok(ExitCode::SUCCESS);
    }
    let import = follow::to_the_end(clients, name, &args.data, output).await?;
    let workbook = args.refused.clone().unwrap_or_else(|| beside(&args.file));
    report::show(clients, &import, &args.report, Some(&workbook), output).await?;
    Ok(follow::exit_code(&import))
}

/// The file, as a whole, unless it is larger than any table: a part that cannot be read must not end it early.
pub(in super::super) fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("cannot read `{}`", file.display());
    let size = std::fs::metadata(file).with_context(cannot)?.len();
    anyhow::ensure!(
        size <= LARGEST_FILE as u64,
        "`{}` has {size} bytes; a file to import has at most {LARGEST_FILE}",
        file.display()
    );
    std::fs::read(file).with_context(cannot)
}

/// Where the refused lines of a file go when nobody says it.
fn beside(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{stem}.refused.xlsx"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refused_lines_lie_beside_the_file_and_never_in_its_place() {
        for (file, refused) in [
            ("一月/检查.xlsx", "一月/检查.refused.xlsx"),
            ("检查", "检查.refused.xlsx"),
            ("检查.refused.xlsx", "检查.refused.refused.xlsx"),
        ] {
            assert_eq!(beside(Path::new(file)), Path::new(refused));
        }
    }
}
