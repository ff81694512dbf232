//! How many RPCs of the services stand behind one profile, as the servers of this process count what they answer.

use std::net::SocketAddr;

use anyhow::Context as _;
use http::HeaderValue;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::asks::{Http, answer};

/// The RPC of a profile.
const PROFILE: &str = "/xinjian.gateway.v1.Profiles/GetProfile";
/// The gateway's own RPCs, and the feeds, which are read whether anybody asks for profiles or not.
const BESIDE: [&str; 2] = ["/xinjian.gateway.", "/xinjian.feed."];

/// RPCs that have been answered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answered {
    profiles: f64,
    behind: f64,
}

impl Answered {
    /// So far, by the metrics at this address.
    pub(super) async fn now(metrics: SocketAddr) -> anyhow::Result<Self> {
        let client: Http = Client::builder(TokioExecutor::new()).build_http();
        let nobody = HeaderValue::from_static("");
        let (status, text) = answer(&client, (format!("http://{metrics}/metrics"), nobody)).await?;
        anyhow::ensure!(status.is_success(), "the metrics are not told: {status}");
        let mut answered = Self::default();
        for line in String::from_utf8_lossy(&text).lines() {
            let Some(labels) = line.strip_prefix("rpc_server_duration_seconds_count{") else { continue };
            let method = labels.split_once("rpc_method=\"").and_then(|(_, behind)| behind.split_once('"'));
            let (method, _) = method.with_context(|| format!("a count without its RPC: {line}"))?;
            let count = line.rsplit(' ').next().unwrap_or_default();
            let count: f64 = count.parse().with_context(|| format!("a count that is none: {line}"))?;
            if method == PROFILE {
                answered.profiles += count;
            } else if method.starts_with("/xinjian.") && !BESIDE.iter().any(|own| method.starts_with(own)) {
                answered.behind += count;
            }
        }
        Ok(answered)
    }

    /// RPCs of the services for each profile since then.
    pub(super) fn a_profile_since(self, before: Self) -> f64 {
        (self.behind - before.behind) / (self.profiles - before.profiles)
    }
}
