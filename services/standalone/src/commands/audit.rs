//! `xinjian audit verify`: recomputes the chains from the databases themselves, asking no service.

use std::process::ExitCode;

use anyhow::Context;
use db::{DatabaseUrl, Db};
use outbox::VerifyError;
use serde_json::{Value, json};

use crate::cli::AuditCommand;
use crate::house::Folder;
use crate::output::Output;

pub(super) async fn run(command: &AuditCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let AuditCommand::Verify { data, database } = command;
    let databases = match database {
        Some(url) => vec![(url.to_string(), url.clone())],
        None => of_folder(&Folder::open(&data.data)?)?,
    };
    if databases.is_empty() {
        anyhow::bail!("`{}` holds no city: there is nothing to check", data.data.display());
    }
    let (mut rows, mut objects, mut sound) = (Vec::new(), Vec::new(), true);
    for (name, url) in databases {
        let (row, object, valid) = verify(&name, &url).await?;
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

async fn verify(name: &str, url: &DatabaseUrl) -> anyhow::Result<(Vec<String>, Value, bool)> {
    let db = Db::open(url).await?;
    let outcome = outbox::verify(&db, 1, i64::MAX).await;
    db.close().await;
    match outcome {
        Ok(verified) => {
            let hash = verified.hash.to_string();
            let row = vec![name.to_owned(), verified.to.to_string(), shortened(&hash), "sound".to_owned()];
            Ok((row, json!({ "chain": name, "valid": true, "events": verified.to, "hash": hash }), true))
        }
        Err(VerifyError::Broken(broken)) => {
            let row =
                vec![name.to_owned(), format!("to {}", broken.seq - 1), "-".to_owned(), broken.to_string()];
            let object =
                json!({ "chain": name, "valid": false, "seq": broken.seq, "problem": broken.to_string() });
            Ok((row, object, false))
        }
        Err(error) => Err(error).with_context(|| format!("the chain of {name}")),
    }
}

fn shortened(hash: &str) -> String {
    format!("{}…", hash.chars().take(16).collect::<String>())
}
