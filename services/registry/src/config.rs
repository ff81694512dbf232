//! What the registry reads from its surroundings.

use std::path::PathBuf;

use anyhow::Context;
use files::Bucket;
use service::config::ServerConfig;
use service::telemetry;

/// A bucket that speaks S3, for the archive of signed copies.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct BucketConfig {
    /// Address of the bucket: `https://HOST[:PORT]/BUCKET`. The program must be built with the feature `s3`, as the images are.
    #[arg(
        long = "registry-archive-bucket",
        env = "XINJIAN_REGISTRY_ARCHIVE_BUCKET",
        value_name = "URL",
        requires = "bucket_key_file",
        conflicts_with = "archive_folder"
    )]
    pub bucket_address: Option<String>,
    /// Region of the bucket, as requests to it are signed.
    #[arg(
        long = "registry-archive-region",
        env = "XINJIAN_REGISTRY_ARCHIVE_REGION",
        value_name = "REGION",
        default_value = "cn-north-1"
    )]
    pub bucket_region: String,
    /// File with the key to the bucket: a line with the access key, a line with the secret key.
    #[arg(
        long = "registry-archive-key-file",
        env = "XINJIAN_REGISTRY_ARCHIVE_KEY_FILE",
        value_name = "FILE"
    )]
    pub bucket_key_file: Option<PathBuf>,
}

impl BucketConfig {
    /// The bucket, if one is set.
    ///
    /// # Errors
    /// A key file that cannot be read, an address or a key of another form.
    pub fn bucket(&self) -> anyhow::Result<Option<Bucket>> {
        let (Some(address), Some(key_file)) = (&self.bucket_address, &self.bucket_key_file) else {
            return Ok(None);
        };
        let key = std::fs::read_to_string(key_file)
            .with_context(|| format!("cannot read the key to the bucket `{}`", key_file.display()))?;
        Ok(Some(Bucket::parse(address, &self.bucket_region, &key)?))
    }
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
    /// Address of risk, whose attention flags call for a strict review; without it only entries in lists do.
    #[arg(long, env = "XINJIAN_RISK_URL", value_name = "URL")]
    pub risk_url: Option<String>,
    /// Address of inspection, whose findings on commitments have letters looked into; without it officers hear of them otherwise.
    #[arg(long, env = "XINJIAN_INSPECTION_URL", value_name = "URL")]
    pub inspection_url: Option<String>,
    /// How the publicity system is told of marks and letters; without a way to it, marks wait as `PushPending`.
    #[command(flatten)]
    pub publicity: PublicityOptions,
    /// Folder of the archive of signed copies; without it and without a bucket, signed letters are refused.
    #[arg(long = "registry-archive-folder", env = "XINJIAN_REGISTRY_ARCHIVE_FOLDER", value_name = "FOLDER")]
    pub archive_folder: Option<PathBuf>,
    /// Where the archive of signed copies lies instead, in a bucket.
    #[command(flatten)]
    pub bucket: BucketConfig,
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
        assert_eq!(parse(&[key]).unwrap().bucket.bucket_region, "cn-north-1");
    }

    #[test]
    fn a_key_file_that_cannot_be_read_is_named() {
        let config = parse(&["--registry-archive-key-file=/nowhere/key"]).unwrap();
        assert!(config.bucket.bucket().unwrap_err().to_string().contains("/nowhere/key"));
    }
}
