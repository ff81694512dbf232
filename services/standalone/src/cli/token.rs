//! What `xinjian token` and `xinjian keys` are asked.

use std::path::PathBuf;

use clap::Args;

use super::{DataArgs, whole};

/// Arguments of `token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: DataArgs,
    /// Office, such as `CREDIT` or `FOOD_PROD`.
    #[arg(long)]
    pub office: String,
    /// Id of the person.
    #[arg(long, default_value = "officer")]
    pub subject: String,
    /// Divisions; the whole city when left out.
    #[arg(long = "division", default_value = "370100")]
    pub divisions: Vec<String>,
    /// Life of the token, in hours.
    #[arg(long, default_value_t = 12, value_parser = whole::<i64>(1..=24 * 30))]
    pub hours: i64,
}

/// Arguments of `keys`.
#[derive(Debug, Args)]
pub struct KeysArgs {
    /// Folder for `issuer.pem`, `jwks.json`, `service.token`, `gateway.token`, and the SM2 keys `registry.pem` and `punishment.pem` with
    /// their public halves (`….public.pem`); what exists is kept, the tokens are made anew.
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
}
