//! What the registry reads from its surroundings.

use std::path::PathBuf;

use service::config::ServerConfig;
use service::telemetry;

files::archive_options! {
    /// Where the archive of signed copies lies; without one, signed letters are refused.
    ArchiveOptions, "registry-archive", "XINJIAN_REGISTRY_ARCHIVE"
}

exchange::receiver_options! {
    /// How the publicity system is reached.
    PublicityOptions, "registry-publicity", "XINJIAN_REGISTRY_PUBLICITY"
}

/// All that the registry reads from its surroundings, read once, in `main`.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "registry", version, about = "Enterprises, licences and marks")]
pub struct Config {
    /// Address, database, keys and bounds of the server.
    #[command(flatten)]
    pub server: ServerConfig,
    /// Deployment, wake-ups and the key for checkpoints.
    #[command(flatten)]
    pub host: feed::host::Config,
    /// Address of collection, whose permits become licences; without it no permit arrives by itself.
    #[arg(long, env = "XINJIAN_COLLECTION_URL", value_name = "URL")]
    pub collection_url: Option<String>,
    /// Address of risk, whose attention flags call for a strict review and whose classes are shown with the advice; without it only
    /// entries in lists do, and no class is shown.
    #[arg(long, env = "XINJIAN_RISK_URL", value_name = "URL")]
    pub risk_url: Option<String>,
    /// Address of inspection, whose findings on commitments have letters looked into; without it officers hear of them otherwise.
    #[arg(long, env = "XINJIAN_INSPECTION_URL", value_name = "URL")]
    pub inspection_url: Option<String>,
    /// How the publicity system is told of marks and letters; without a way to it, marks wait as `PushPending`.
    #[command(flatten)]
    pub publicity: PublicityOptions,
    /// Where the archive of signed copies lies.
    #[command(flatten)]
    pub archive: ArchiveOptions,
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

    fn parse(further: &[&str]) -> Result<Config, String> {
        let flags = [
            "registry",
            "--database=sqlite:registry.db",
            "--jwks=keys.json",
            "--registry-archive-bucket=https://s3.example/letters",
        ];
        let flags = flags.iter().chain(further).map(|flag| (*flag).to_owned());
        parse_from(flags).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_bucket_needs_its_key_and_takes_the_place_of_a_folder() {
        let key = "--registry-archive-key-file=key";
        assert!(parse(&[]).unwrap_err().contains("--registry-archive-key-file"));
        assert!(
            parse(&[key, "--registry-archive-folder=archive"]).unwrap_err().contains("cannot be used with")
        );
        assert_eq!(parse(&[key]).unwrap().archive.region, "cn-north-1");
    }

    #[tokio::test]
    async fn a_key_file_that_cannot_be_read_is_named() {
        let config = parse(&["--registry-archive-key-file=/nowhere/key"]).unwrap();
        assert!(config.archive.open().await.unwrap_err().to_string().contains("/nowhere/key"));
    }
}
