//! Settings that may hold a password: of one that is refused, nothing is shown.

use std::{ffi::OsStr, fmt, marker::PhantomData, str::FromStr};

use clap::{
    Arg, Command,
    builder::TypedValueParser,
    error::{ContextValue, ErrorKind},
};

/// Stands where somebody gave an address with a user.
const HIDDEN: &str = "…@…";

/// Reads a setting that may hold a password, as [`FromStr`] says. A refusal names the setting and the reason, which must not repeat the
/// value: clap's own parsers show it whole.
pub fn unshown<T>() -> Unshown<T> {
    Unshown(PhantomData)
}

/// The parser of [`unshown`].
#[derive(Clone, Debug)]
pub struct Unshown<T>(PhantomData<T>);

impl<T> TypedValueParser for Unshown<T>
where
    T: FromStr<Err: fmt::Display> + Clone + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, setting: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let read = match value.to_str() {
            Some(text) => text.parse::<T>().map_err(|problem| problem.to_string()),
            None => Err("not in UTF-8".to_owned()),
        };
        read.map_err(|problem| {
            let setting = setting.map(ToString::to_string).unwrap_or_default();
            let message = format!("invalid value for '{setting}': {problem}");
            clap::Error::raw(ErrorKind::ValueValidation, message).format(&mut command.clone())
        })
    }
}

/// What clap refuses, without an address that somebody gave where none is expected, such as without its `--database`: whatever has an
/// `@` may hold a password. What it says beside, a tip or the reason of a parser, may repeat it and is left out.
#[must_use]
pub fn without_address(refused: clap::Error) -> clap::Error {
    let holds_address =
        |value: &ContextValue| matches!(value, ContextValue::String(text) if text.contains('@'));
    if !refused.context().any(|(_, value)| holds_address(value)) {
        return refused;
    }
    let mut told = clap::Error::new(refused.kind());
    for (kind, value) in refused.context() {
        match value {
            value if holds_address(value) => told.insert(kind, ContextValue::String(HIDDEN.to_owned())),
            ContextValue::String(_) => told.insert(kind, value.clone()),
            _ => None,
        };
    }
    told
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use crate::{
        config::{ServerConfig, parse_from},
        redis,
    };

    /// What a refusal must not hold.
    const SECRETS: [&str; 3] = ["s3cret", "officer", "db.example"];

    #[derive(Debug, Parser)]
    struct Config {
        #[command(flatten)]
        server: ServerConfig,
        #[command(flatten)]
        redis: redis::Config,
    }

    fn refusal(arguments: &[&str]) -> String {
        parse_from::<Config>(["registry"].iter().chain(arguments)).unwrap_err().to_string()
    }

    fn assert_tells_no_secret(said: &str) {
        for secret in SECRETS {
            assert!(!said.contains(secret), "{said}");
        }
    }

    #[test]
    fn a_setting_that_may_hold_a_password_is_refused_by_its_name_and_the_reason_alone() {
        for (flag, setting, reason) in [
            ("--database", "'--database <URL>'", "`postgres://USER:PASSWORD@HOST:PORT/DATABASE"),
            ("--redis-url", "'--redis-url <URL>'", "expected `redis://HOST:PORT`"),
        ] {
            for address in ["officer:s3cret@db.example", "mysql://officer:s3cret@db.example/city"] {
                let said = refusal(&[flag, address]);
                assert!(said.contains(setting) && said.contains(reason), "{said}");
                assert_tells_no_secret(&said);
            }
        }
    }

    #[test]
    fn what_a_command_shows_of_no_environment_it_shows_of_no_refusal_either() {
        let command = Config::command();
        let hidden: Vec<_> = command
            .get_arguments()
            .filter(|setting| setting.is_hide_env_values_set())
            .filter_map(|setting| setting.get_long())
            .collect();
        assert_eq!(hidden, ["database", "redis-url"]);
        for flag in hidden {
            assert_tells_no_secret(&refusal(&[format!("--{flag}").as_str(), "x://officer:s3cret"]));
        }
    }

    #[test]
    fn an_address_in_the_wrong_place_is_not_shown() {
        const ADDRESS: &str = "postgres://officer:s3cret@db.example/city";
        for (arguments, named) in [
            (&[ADDRESS][..], "unexpected argument '…@…' found; see --help"),
            (&["--listen", ADDRESS], "invalid value '…@…' for '--listen <ADDRESS:PORT>'"),
            // Its own parser would repeat the text.
            (&["--token-role", ADDRESS], "invalid value '…@…' for '--token-role"),
        ] {
            let said = refusal(arguments);
            assert!(said.contains(named), "{said}");
            assert_tells_no_secret(&said);
        }
    }

    #[test]
    fn the_whole_text_of_a_refusal_tells_no_secret_and_where_help_is() {
        let command_line = ["registry", "--database", "postgres://officer:s3cret@db.example:x/city"];
        let said = Config::try_parse_from(command_line).unwrap_err().render().to_string();
        assert!(said.starts_with("error: invalid value for '--database <URL>'") && said.contains("--help"));
        assert_tells_no_secret(&said);
    }

    #[test]
    fn what_was_read_shows_no_password_either() {
        let config = parse_from::<Config>([
            "registry",
            "--database=postgres://xinjian:s3cret@localhost/city",
            "--redis-url=redis://:s3cret@localhost:6379",
            "--jwks=keys.json",
        ])
        .unwrap();
        assert_tells_no_secret(&format!("{config:?} {}", config.server.database));
        let server = config.redis.server().unwrap().unwrap();
        assert_tells_no_secret(&format!("{server:?}"));
    }
}
