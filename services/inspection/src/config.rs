//! What inspection reads from its surroundings.

use std::path::PathBuf;

use service::config::ServerConfig;
use service::telemetry;

files::archive_options! {
    /// Where the archive of evidence lies; without one, files of evidence are refused.
    ArchiveOptions, "inspection-archive", "XINJIAN_INSPECTION_ARCHIVE"
}

/// All that inspection reads from its surroundings, read once, in `main`.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "inspection", version, about = "Double-random inspection: draws, visits, results")]
pub struct Config {
    /// Address, database, keys and bounds of the server.
    #[command(flatten)]
    pub server: ServerConfig,
    /// Deployment, wake-ups, checkpoints.
    #[command(flatten)]
    pub host: feed::host::Config,
    /// Address of registry, whose marks make the pools; without it every pool stays as it was.
    #[arg(long, env = "XINJIAN_REGISTRY_URL", value_name = "URL")]
    pub registry_url: Option<String>,
    /// Address of risk, whose classes and key attention cut the strata, and by whose signals clues are found; without it enterprises stand
    /// with those known last.
    #[arg(long, env = "XINJIAN_RISK_URL", value_name = "URL")]
    pub risk_url: Option<String>,
    /// Address of collection, whose records of checks count for the annual cap, whose withdrawals end results, and by whose tickets clues are
    /// found; without it only our own visits count, and results stand.
    #[arg(long, env = "XINJIAN_COLLECTION_URL", value_name = "URL")]
    pub collection_url: Option<String>,
    /// Address of punishment, whose measures of key supervision raise chances; without it those known last count.
    #[arg(long, env = "XINJIAN_PUNISHMENT_URL", value_name = "URL")]
    pub punishment_url: Option<String>,
    /// Where the archive of evidence lies.
    #[command(flatten)]
    pub archive: ArchiveOptions,
    /// Whether draws may be announced by sources for demonstrations, whose figures whoever demonstrates chooses: never for real draws.
    #[arg(long = "allow-demonstrations", env = "XINJIAN_ALLOW_DEMONSTRATIONS", value_name = "true|false", default_value_t = false,
          action = clap::ArgAction::Set)]
    pub demonstrations: bool,
    /// Folder of a rulebook that takes the place of the built-in one.
    #[arg(long, env = "XINJIAN_RULEBOOK", value_name = "FOLDER")]
    pub rulebook: Option<PathBuf>,
    /// Logs, traces and metrics.
    #[command(flatten)]
    pub telemetry: telemetry::Config,
}

#[cfg(test)]
mod tests {
    use service::config::parse_from;

    use super::*;

    #[test]
    fn nobody_demonstrates_where_it_was_not_asked_for() {
        let parse = |further: &[&str]| {
            let flags = ["inspection", "--database=sqlite:inspection.db", "--jwks=keys.json"];
            let flags = flags.iter().chain(further).map(|flag| (*flag).to_owned());
            parse_from::<Config>(flags).map(|config| config.demonstrations).ok()
        };
        assert_eq!(parse(&[]), Some(false));
        assert_eq!(parse(&["--allow-demonstrations=true"]), Some(true));
    }

    #[test]
    fn evidence_lies_in_a_folder_or_with_its_key_in_a_bucket() {
        let parse = |further: &[&str]| {
            let flags = ["inspection", "--database=sqlite:inspection.db", "--jwks=keys.json"];
            let flags = flags.iter().chain(further).map(|flag| (*flag).to_owned());
            parse_from::<Config>(flags).map_err(|problem| problem.to_string())
        };
        let bucket = "--inspection-archive-bucket=https://s3.example/evidence";
        let key = "--inspection-archive-key-file=key";
        assert!(parse(&[bucket]).unwrap_err().contains("--inspection-archive-key-file"));
        assert!(parse(&[bucket, key, "--inspection-archive-folder=evidence"]).is_err());
        assert_eq!(parse(&[bucket, key]).unwrap().archive.bucket.unwrap(), "https://s3.example/evidence");
        assert!(parse(&["--inspection-archive-folder=evidence"]).unwrap().archive.folder.is_some());
    }
}
