//! What this service reads from its surroundings, once, in `main`.

use std::path::PathBuf;

use clap::Parser;
use service::config::ServerConfig;
use service::telemetry;

exchange::receiver_options! {
    /// How the publicity system is told of entries.
    PublicityOptions, "punishment-publicity", "XINJIAN_PUNISHMENT_PUBLICITY"
}

exchange::receiver_options! {
    /// How the licensing and supervision systems are told of joint measures.
    ApprovalOptions, "punishment-approval", "XINJIAN_PUNISHMENT_APPROVAL"
}

exchange::receiver_options! {
    /// How the city's credit platform is told of joint measures, for the other departments.
    CreditPlatformOptions, "punishment-credit-platform", "XINJIAN_PUNISHMENT_CREDIT_PLATFORM"
}

exchange::receiver_options! {
    /// How the platform of public resource trading is told of joint measures.
    ProcurementOptions, "punishment-procurement", "XINJIAN_PUNISHMENT_PROCUREMENT"
}

/// Configuration of the punishment service.
#[derive(Clone, Debug, Parser)]
#[command(name = "punishment", version, about = "Lists, joint measures and check at use")]
pub struct Config {
    /// What every server reads.
    #[command(flatten)]
    pub server: ServerConfig,
    /// Logs, traces and metrics.
    #[command(flatten)]
    pub telemetry: telemetry::Config,
    /// Deployment, wake-ups, checkpoints.
    #[command(flatten)]
    pub host: feed::host::Config,
    /// Address of the inspection service, whose results may open suspicions; not followed when unset.
    #[arg(long, env = "XINJIAN_INSPECTION_URL", value_name = "URL")]
    pub inspection_url: Option<String>,
    /// Address of the collection service, whose withdrawn penalties take the basis from a listing and whose penalties repair is
    /// judged by; not followed when unset.
    #[arg(long, env = "XINJIAN_COLLECTION_URL", value_name = "URL")]
    pub collection_url: Option<String>,
    /// Address of the registry, which says that a party is no more and whose names parties can be asked for by; not followed when
    /// unset.
    #[arg(long, env = "XINJIAN_REGISTRY_URL", value_name = "URL")]
    pub registry_url: Option<String>,
    /// Address of the risk service, whose flags of key attention are shown beside applications for repair; not followed when unset.
    #[arg(long, env = "XINJIAN_RISK_URL", value_name = "URL")]
    pub risk_url: Option<String>,
    /// How the publicity system is told of entries; without a way to it, what it is to be told waits.
    #[command(flatten)]
    pub publicity: PublicityOptions,
    /// How the licensing and supervision systems are told of measures; without a way to a system, what it is to be told waits.
    #[command(flatten)]
    pub approval: ApprovalOptions,
    /// How the credit platform is told of measures.
    #[command(flatten)]
    pub credit_platform: CreditPlatformOptions,
    /// How the platform of public resource trading is told of measures.
    #[command(flatten)]
    pub procurement: ProcurementOptions,
    /// Folder of a rulebook that takes the place of the built-in one.
    #[arg(long, env = "XINJIAN_RULEBOOK", value_name = "FOLDER")]
    pub rulebook: Option<PathBuf>,
}
