//! `xinjian audit`: `verify` recomputes the chains from the databases themselves, asking no service; `reads` shows the logs of reads.

mod reads;

use std::process::ExitCode;

use anyhow::Context;
use db::{DatabaseUrl, Db, DbError};
use outbox::{Verified, VerifyError};
use serde_json::{Value, json};
use service::outcome::one_line;

use crate::cli::AuditCommand;
use crate::house::Folder;
use crate::output::Output;

pub(super) async fn run(command: &AuditCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        AuditCommand::Reads(args) => reads::run(args, output).await,
        AuditCommand::Verify { data, database: None } => {
            verify_all(of_folder(&Folder::of_city(&data.data)?)?, output).await
        }
        AuditCommand::Verify { database: Some(url), .. } => {
            verify_all(vec![(url.to_string(), url.clone())], output).await
        }
    }
}

async fn verify_all(databases: Vec<(String, DatabaseUrl)>, output: &Output) -> anyhow::Result<ExitCode> {
    let (mut rows, mut objects, mut sound) = (Vec::new(), Vec::new(), true);
    for (name, url) in databases {
        let (row, object, valid) = verify(&name, &url).await;
        sound &= valid;
        rows.push(row);
        objects.push(object);
    }
    output.table("Chains of events", &["service", "events", "hash at the end", "verdict"], &rows);
    output.object(&json!({ "valid": sound, "chains": objects }));
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn of_folder(folder: &Folder) -> anyhow::Result<Vec<(String, DatabaseUrl)>> {
    crate::house::SERVICES
        .into_iter()
        .filter(|service| folder.database(service).exists())
        .map(|service| {
            let url = format!("sqlite:{}", folder.database(service).display());
            Ok((service.to_owned(), url.parse().with_context(|| format!("the database of {service}"))?))
        })
        .collect()
}

/// A database that cannot be read is a chain that is not sound: the others are checked all the same.
async fn verify(name: &str, url: &DatabaseUrl) -> (Vec<String>, Value, bool) {
    match checked(url).await {
        Ok(verified) => {
            let hash = verified.hash.to_string();
            let row = vec![name.to_owned(), verified.to.to_string(), shortened(&hash), "sound".to_owned()];
            (row, json!({ "chain": name, "valid": true, "events": verified.to, "hash": hash }), true)
        }
        Err(Unsound::Chain(VerifyError::Broken(broken))) => {
            let row =
                vec![name.to_owned(), format!("to {}", broken.seq - 1), "-".to_owned(), broken.to_string()];
            let object =
                json!({ "chain": name, "valid": false, "seq": broken.seq, "problem": broken.to_string() });
            (row, object, false)
        }
        Err(unreadable) => {
            let problem = one_line(&unreadable);
            let row = vec![name.to_owned(), "-".to_owned(), "-".to_owned(), problem.clone()];
            (row, json!({ "chain": name, "valid": false, "problem": problem }), false)
        }
    }
}

/// Why a chain is not known to be sound.
#[derive(Debug, thiserror::Error)]
enum Unsound {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Chain(#[from] VerifyError),
    #[error("there is no such file")]
    NoFile,
}

async fn checked(url: &DatabaseUrl) -> Result<Verified, Unsound> {
    // Opening a file that is not there would make one.
    if url.file().is_some_and(|file| !file.exists()) {
        return Err(Unsound::NoFile);
    }
    let db = Db::open(url).await?;
    let outcome = outbox::verify(&db, 1, i64::MAX).await;
    db.close().await;
    Ok(outcome?)
}

fn shortened(hash: &str) -> String {
    format!("{}…", hash.chars().take(16).collect::<String>())
}
