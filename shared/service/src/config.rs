//! Configuration: one struct a service, flags and environment, read once in `main`.
//!
//! Each service is a process of its own, so all share the names `XINJIAN_…`; the container says which service it is. A
//! service flattens [`ServerConfig`] and [`telemetry::Config`](crate::telemetry::Config) into its own `Config`.

use std::{
    ffi::OsString,
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Parser, error::ErrorKind};
use db::DatabaseUrl;

mod secured;
mod trust;
mod unshown;

pub use secured::Secured;
pub(crate) use trust::PUBLIC_AUTHORITIES;
pub use trust::{KeysAt, TokenTrust};
pub use unshown::{Unshown, unshown, without_address};

/// Exit code for a wrong command line or environment (`EX_USAGE` of sysexits).
pub const EXIT_USAGE: i32 = 64;

/// What every server reads from its surroundings.
#[derive(Clone, Debug, clap::Args)]
pub struct ServerConfig {
    /// Address and port the gRPC server listens on.
    #[arg(long, env = "XINJIAN_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:50051")]
    pub listen: SocketAddr,
    /// `sqlite:PATH` for one instance, `postgres://USER:PASSWORD@HOST/DATABASE?schema=NAME` for production.
    #[arg(long, env = "XINJIAN_DATABASE", value_name = "URL", hide_env_values = true,
          value_parser = unshown::<DatabaseUrl>())]
    pub database: DatabaseUrl,
    /// Whose tokens are accepted.
    #[command(flatten)]
    pub trust: TokenTrust,
    /// File with the token by which this service calls others; read again every minute. Without it, the service follows
    /// nobody.
    #[arg(long, env = "XINJIAN_TOKEN_FILE", value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Certificates of the server and of those who call it.
    #[command(flatten)]
    pub secured: Secured,
    /// Bounds of the server.
    #[command(flatten)]
    pub limits: Limits,
}

/// Bounds of a server. Every bound may be lowered or raised; none can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Args)]
pub struct Limits {
    /// Most requests open at once on one connection.
    #[arg(long, env = "XINJIAN_MAX_STREAMS", value_name = "N", default_value_t = 256,
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub max_streams: u32,
    /// Most requests being answered at once; one more is refused with RESOURCE_EXHAUSTED, not queued. The gateway lowers this bound by
    /// itself while it runs late.
    #[arg(long, env = "XINJIAN_MAX_IN_FLIGHT", value_name = "N", default_value_t = 1024,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_in_flight: u32,
    /// Longest time for one request until its answer begins, in seconds; a shorter deadline of the client holds.
    #[arg(long, env = "XINJIAN_REQUEST_TIMEOUT", value_name = "SECONDS", default_value_t = 30,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub request_timeout_seconds: u64,
    /// Time for which a server that is asked to end still takes requests, in seconds: as long as a balancer that asks for its health
    /// takes to notice that it goes. Without a balancer, none.
    #[arg(long = "linger", env = "XINJIAN_LINGER", value_name = "SECONDS", default_value_t = 0,
          value_parser = clap::value_parser!(u64).range(0..=60))]
    pub linger_seconds: u64,
    /// Longest time that a shutdown then waits for open requests and background work, in seconds.
    #[arg(long, env = "XINJIAN_DRAIN_TIMEOUT", value_name = "SECONDS", default_value_t = 20,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub drain_timeout_seconds: u64,
    /// Days for which a request id is remembered.
    #[arg(long, env = "XINJIAN_REQUEST_ID_DAYS", value_name = "DAYS", default_value_t = 90,
          value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub request_id_days: u32,
    /// Whether gRPC messages may come compressed (gzip), and answers go so to who asks for it. What the gateway passes on goes as it comes:
    /// the service that answers says.
    #[arg(long, env = "XINJIAN_COMPRESSION", value_name = "true|false", default_value_t = true,
          action = clap::ArgAction::Set)]
    pub compression: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_streams: 256,
            max_in_flight: 1024,
            request_timeout_seconds: 30,
            linger_seconds: 0,
            drain_timeout_seconds: 20,
            request_id_days: 90,
            compression: true,
        }
    }
}

impl Limits {
    /// Longest time for one request until its answer begins.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout_seconds)
    }

    /// Time for which a server that is asked to end still takes requests.
    pub fn linger(&self) -> Duration {
        Duration::from_secs(self.linger_seconds)
    }

    /// Longest time that a shutdown waits.
    pub fn drain_timeout(&self) -> Duration {
        Duration::from_secs(self.drain_timeout_seconds)
    }

    /// Time for which a request id is remembered, in microseconds.
    pub fn request_id_micros(&self) -> i64 {
        i64::from(self.request_id_days) * 24 * 3600 * 1_000_000
    }
}

/// A wrong command line or environment, as one line for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadConfig(String);

impl BadConfig {
    /// What is wrong with a value, found once its file was read or its peer asked: a wrong configuration all the same.
    pub fn new(problem: &(dyn std::error::Error + 'static)) -> Self {
        Self(crate::outcome::one_line(problem))
    }
}

impl fmt::Display for BadConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadConfig {}

/// Reads the configuration of a process. A wrong value ends the process with one line on standard error and exit code
/// 64; `--help` and `--version` answer and end it with 0.
#[allow(clippy::print_stderr, reason = "there is no log yet when the configuration is wrong")]
pub fn parse_or_exit<C: Parser>() -> C {
    match C::try_parse() {
        Ok(config) => config,
        Err(asked) if !asked.use_stderr() => asked.exit(),
        Err(error) => {
            eprintln!("{}", one_line(error));
            std::process::exit(EXIT_USAGE)
        }
    }
}

/// Reads a configuration from given arguments (the first is the program's name).
///
/// # Errors
/// [`BadConfig`], in one line.
pub fn parse_from<C: Parser>(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<C, BadConfig> {
    C::try_parse_from(arguments).map_err(|error| BadConfig(one_line(error)))
}

/// What clap has to say, without usage, hints and what may be a password, in one line.
fn one_line(error: clap::Error) -> String {
    let error = without_address(error);
    let text = error.render().to_string();
    // The first paragraph is the message; with missing arguments it lists them on lines of their own.
    let message: Vec<_> = text.split("\n\n").next().unwrap_or_default().split_whitespace().collect();
    let message = message.join(" ");
    let hint = if error.kind() == ErrorKind::UnknownArgument { "; see --help" } else { "" };
    format!("{}{hint}", message.strip_prefix("error: ").unwrap_or(&message))
}

/// A secret that a file holds, such as a token: its first line, without blanks around. Its text is never shown.
///
/// # Errors
/// [`BadConfig`] when the file cannot be read or is empty.
pub fn read_secret(file: &Path) -> Result<String, BadConfig> {
    let bad =
        |problem: String| BadConfig(format!("cannot read the secret in `{}`: {problem}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| bad(error.to_string()))?;
    let secret = text.lines().next().unwrap_or_default().trim();
    if secret.is_empty() { Err(bad("it is empty".to_owned())) } else { Ok(secret.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth;

    #[derive(Debug, Parser)]
    struct Config {
        #[command(flatten)]
        server: ServerConfig,
    }

    fn parse(arguments: &[&str]) -> Result<Config, BadConfig> {
        parse_from(["registry"].iter().chain(arguments))
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let config = parse(&["--database", "sqlite:x.db", "--jwks", "keys.json"]).unwrap();
        assert_eq!(config.server.limits, Limits::default());
        assert_eq!(config.server.listen.port(), 50051);
        assert_eq!(config.server.trust.token_issuer, auth::ISSUER);
    }

    #[test]
    fn a_wrong_value_is_one_line_that_names_it() {
        for (arguments, named) in [
            (&["--listen", "nowhere"][..], "'nowhere' for '--listen"),
            (&["--database", "mysql://x"], "invalid value for '--database <URL>': a database is"),
            (&["--max-streams", "0"], "0 is not in 1..=100000"),
            (&["--token-issuer", ""], "value is required for '--token-issuer"),
            (&["--unknown"], "'--unknown' found; see --help"),
            (&["--token-role", "xj-credit"], "`xj-credit` is not ROLE=OFFICE"),
            (&[], "not provided: --database <URL> --jwks <FILE|URL|discovery>"),
        ] {
            let line = parse(arguments).unwrap_err().to_string();
            assert!(line.contains(named) && !line.contains('\n'), "{line}");
        }
    }

    #[test]
    fn a_missing_secret_names_its_file() {
        let line = read_secret(Path::new("/nonexistent/token")).unwrap_err().to_string();
        assert!(line.contains("/nonexistent/token"), "{line}");
    }

    /// The test starts itself once more: the arguments of that process are those of the test harness, which no service
    /// takes.
    #[test]
    #[allow(
        clippy::disallowed_methods,
        reason = "a test has no Config; the mark says which of the processes it is"
    )]
    fn a_wrong_command_line_ends_the_process_with_one_line_and_64() {
        const CHILD: &str = "XINJIAN_TEST_CHILD";
        const SELF: &str = "config::tests::a_wrong_command_line_ends_the_process_with_one_line_and_64";
        if std::env::var_os(CHILD).is_some() {
            parse_or_exit::<Config>();
        }
        let ended = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", SELF, "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), Some(EXIT_USAGE));
        let line = String::from_utf8(ended.stderr).unwrap();
        assert!(line.contains("unexpected argument '--exact'") && line.lines().count() == 1, "{line}");
    }
}
