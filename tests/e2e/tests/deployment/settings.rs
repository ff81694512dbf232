//! What the composition sets, held against what each service takes.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::{CommandFactory, Parser};

use super::compose::{Compose, SERVERS, Service, compose, port_of, root, text_of};

/// Read by the PostgreSQL driver, and by no configuration of ours.
const OF_THE_DRIVER: &str = "PGPASSFILE";
/// Servers that are not ours and have a certificate of the deployment's authority.
const OF_OTHERS: [&str; 4] = ["postgres", "redis", "collector", "jaeger"];
/// Time that a service gives its background work after the requests have ended (`feed::Host`).
const BACKGROUND_DRAIN: Duration = Duration::from_secs(10);

/// The configuration that a service of the composition would start with.
fn configured<C: Parser + CommandFactory>(name: &str, service: &Service) -> C {
    let command = C::command();
    let flags = service.environment.iter().filter(|(setting, _)| *setting != OF_THE_DRIVER).flat_map(
        |(setting, value)| {
            let argument = command
                .get_arguments()
                .find(|argument| argument.get_env().is_some_and(|env| env == setting.as_str()));
            let argument = argument.unwrap_or_else(|| panic!("{name} takes no setting `{setting}`"));
            [format!("--{}", argument.get_long().expect("every setting has a flag")), value.clone()]
        },
    );
    let arguments: Vec<_> = std::iter::once(name.to_owned()).chain(flags).collect();
    C::try_parse_from(arguments).unwrap_or_else(|error| panic!("{name} would not start: {error}"))
}

fn host_of(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap_or_else(|| panic!("`{url}` is no URL"));
    let place = rest.split(['/', '?']).next().unwrap();
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    place.rsplit_once(':').unwrap_or_else(|| panic!("`{url}` has no port")).0
}

fn meet(compose: &Compose, one: &str, other: &str) -> bool {
    let networks: BTreeSet<_> = compose.service(one).networks.iter().collect();
    compose.service(other).networks.iter().any(|network| networks.contains(network))
}

#[test]
fn every_service_takes_what_is_set_and_misses_nothing() {
    let compose = compose();
    configured::<registry::Config>("registry", compose.service("registry"));
    configured::<collection::Config>("collection", compose.service("collection"));
    configured::<risk::Config>("risk", compose.service("risk"));
    configured::<inspection::Config>("inspection", compose.service("inspection"));
    configured::<punishment::Config>("punishment", compose.service("punishment"));
    configured::<gateway::Config>("gateway", compose.service("gateway"));
}

#[test]
#[should_panic(expected = "takes no setting `XINJIAN_TYPO`")]
fn a_setting_that_no_service_takes_is_found() {
    let mut compose = compose();
    let service = compose.services.get_mut("registry").unwrap();
    service.environment.insert("XINJIAN_TYPO".to_owned(), String::new());
    configured::<registry::Config>("registry", service);
}

#[test]
#[should_panic(expected = "would not start")]
fn a_setting_that_is_missing_is_found() {
    let mut compose = compose();
    let service = compose.services.get_mut("gateway").unwrap();
    service.environment.remove("XINJIAN_RISK_URL");
    configured::<gateway::Config>("gateway", service);
}

#[test]
fn each_service_has_a_schema_of_its_own_in_one_database() {
    let compose = compose();
    for name in SERVERS.iter().filter(|name| **name != "gateway") {
        let service = compose.service(name);
        let database = &service.environment["XINJIAN_DATABASE"];
        assert_eq!(host_of(database), "postgres", "{name}");
        let verified = format!("sslmode=verify-full&sslrootcert={}", service.environment["XINJIAN_TLS_CA"]);
        assert!(database.ends_with(&format!("/xinjian?schema={name}&{verified}")), "{name}: {database}");
        let password_file = &service.environment[OF_THE_DRIVER];
        assert!(
            service.mounts().any(|mount| password_file.starts_with(mount.target)),
            "{name}: {password_file}"
        );
    }
    assert!(
        !compose.service("gateway").environment.contains_key("XINJIAN_DATABASE"),
        "the gateway keeps no state"
    );
}

#[test]
fn an_address_of_another_service_names_its_host_and_port_on_a_shared_network() {
    let compose = compose();
    for name in SERVERS {
        for (setting, url) in &compose.service(name).environment {
            let Some(peer) = setting.strip_prefix("XINJIAN_").and_then(|rest| rest.strip_suffix("_URL"))
            else {
                continue;
            };
            let peer = peer.to_lowercase();
            assert_eq!(host_of(url), peer, "{name}: {setting}");
            let over_tls = if peer == "redis" { "rediss://" } else { "https://" };
            assert!(url.starts_with(over_tls), "{name} calls {peer} in plain text");
            assert!(meet(&compose, name, &peer), "{name} and {peer} share no network");
            let port = if peer == "redis" { 6379 } else { compose.service(&peer).port("XINJIAN_LISTEN") };
            assert_eq!(port_of(url), port, "{name}: {setting}");
        }
    }
}

#[test]
fn files_that_are_set_lie_in_what_is_mounted() {
    let compose = compose();
    for name in SERVERS {
        let service = compose.service(name);
        for setting in [
            "XINJIAN_JWKS",
            "XINJIAN_TOKEN_FILE",
            "XINJIAN_REVOCATIONS",
            "XINJIAN_SERVICE_ACCOUNTS",
            "XINJIAN_TLS_CERTIFICATE",
            "XINJIAN_TLS_KEY",
            "XINJIAN_TLS_CA",
            "XINJIAN_OTLP_CA",
            "XINJIAN_REDIS_CA",
            "XINJIAN_REGISTRY_PUBLICITY_FOLDER",
            "XINJIAN_REGISTRY_ARCHIVE_FOLDER",
            "XINJIAN_INSPECTION_ARCHIVE_FOLDER",
            "XINJIAN_COLLECTION_ARCHIVE_FOLDER",
            "XINJIAN_CHECKPOINT_KEY",
            "XINJIAN_COLLECTION_PUBLICITY_FOLDER",
            "XINJIAN_COLLECTION_CREDIT_CHINA_FOLDER",
            "XINJIAN_PUNISHMENT_PUBLICITY_FOLDER",
            "XINJIAN_PUNISHMENT_APPROVAL_FOLDER",
            "XINJIAN_PUNISHMENT_CREDIT_PLATFORM_FOLDER",
            "XINJIAN_PUNISHMENT_PROCUREMENT_FOLDER",
        ] {
            let Some(path) = service.environment.get(setting) else { continue };
            assert!(
                service.mounts().any(|mount| path.starts_with(mount.target)),
                "{name}: {setting} = {path}"
            );
        }
    }
}

#[test]
fn no_service_but_the_issuer_of_tokens_sees_its_key() {
    let compose = compose();
    let with_key: Vec<_> = compose
        .services
        .iter()
        .filter(|(_, service)| service.mounts().any(|mount| mount.source == "keys"))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(with_key, ["keys", "token"]);
}

#[test]
fn each_service_has_a_certificate_that_only_it_and_its_maker_see_and_only_the_maker_has_the_authority() {
    let compose = compose();
    let seen_by = |volume: &str| -> Vec<_> {
        let sees = |service: &Service| service.mounts().any(|mount| mount.source == volume);
        compose.services.iter().filter(|(_, one)| sees(one)).map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(seen_by("authority"), ["keys"]);
    // Those of others run as users of their own: in their volumes everybody may read.
    let made = format!("certificates -r \"$home/certificates\" {}\n", OF_OTHERS.join(" "));
    assert!(text_of("deploy/keys.sh").contains(&made), "`keys` makes them");
    for name in SERVERS.into_iter().chain(OF_OTHERS) {
        let mut both = ["keys", name];
        both.sort_unstable();
        assert_eq!(seen_by(&format!("tls-{name}")), both);
    }
}

#[test]
fn postgresql_and_redis_take_nobody_in_plain_text_and_read_a_new_certificate_by_themselves() {
    let compose = compose();
    let (postgres, redis) = (compose.service("postgres"), compose.service("redis"));
    for setting in ["-cssl=on", "-chba_file=/etc/postgresql/pg_hba.conf"] {
        assert!(postgres.command.iter().any(|argument| argument == setting), "PostgreSQL misses {setting}");
    }
    let admitted = text_of("deploy/postgres/pg_hba.conf");
    let kinds: BTreeSet<_> = admitted
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(kinds, BTreeSet::from(["local", "hostssl"]));
    for pair in [["--port", "0"], ["--tls-port", "6379"]] {
        assert!(redis.command.windows(2).any(|found| found == pair), "Redis misses {pair:?}");
    }
    for server in [postgres, redis] {
        let starter = &server.entrypoint[..2];
        assert!(starter == ["sh", "/usr/local/lib/renewing.sh"], "{starter:?}");
        assert!(server.mounts().any(|mount| mount.target == starter[1]), "{starter:?} is not mounted");
    }
}

#[test]
fn the_gateway_has_a_token_that_no_service_sees_and_the_services_one_that_it_does_not_use() {
    let compose = compose();
    for name in SERVERS {
        let service = compose.service(name);
        let file = &service.environment["XINJIAN_TOKEN_FILE"];
        let found = service.mounts().find(|mount| file.starts_with(mount.target));
        let volume = found.unwrap_or_else(|| panic!("{name}: {file}")).source;
        assert_eq!(volume, if name == "gateway" { "tls-gateway" } else { "identity" }, "{name}");
    }
    let made = "put 600 \"$home/certificates/gateway/gateway.token\"";
    assert!(text_of("deploy/keys.sh").contains(made), "`keys` puts it there");
}

#[test]
fn the_accounts_of_the_composition_are_good_and_only_the_gateway_relays() {
    service::auth::Accounts::from_file(&root().join("deploy/accounts/service-accounts.json")).unwrap();
    let file: serde_json::Value =
        serde_json::from_str(&text_of("deploy/accounts/service-accounts.json")).unwrap();
    let accounts = file["accounts"].as_array().unwrap();
    let relaying: Vec<_> = accounts.iter().filter(|one| one["relays"] == true).collect();
    assert!(relaying.len() == 1 && relaying[0]["name"] == "gateway", "{relaying:?}");
    let (book, today) = (rulebook::Rulebook::builtin(), service::Clock::System.today());
    for account in accounts {
        let office = domain::OfficeCode::parse(account["office"].as_str().unwrap()).unwrap();
        for permission in account["permissions"].as_array().unwrap() {
            assert!(book.may(permission.as_str().unwrap(), &office, today), "{account}");
        }
    }
}

#[test]
fn the_registry_signs_with_a_key_that_only_it_and_its_maker_see() {
    let compose = compose();
    let with_key: Vec<_> = compose
        .services
        .iter()
        .filter(|(_, service)| service.mounts().any(|mount| mount.source == "signing"))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(with_key, ["keys", "registry"]);
    let config = configured::<registry::Config>("registry", compose.service("registry"));
    assert!(config.host.checkpoint_key.is_some_and(|key| key.starts_with("/var/lib/xinjian/signing")));
}

#[test]
fn punishment_signs_receipts_with_a_key_that_only_it_and_its_maker_see() {
    let compose = compose();
    let with_key: Vec<_> = compose
        .services
        .iter()
        .filter(|(_, service)| service.mounts().any(|mount| mount.source == "receipts"))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(with_key, ["keys", "punishment"]);
    let config = configured::<punishment::Config>("punishment", compose.service("punishment"));
    assert!(config.host.checkpoint_key.is_some_and(|key| key.starts_with("/var/lib/xinjian/receipts")));
}

#[test]
fn a_service_is_given_the_time_that_it_takes_to_stop() {
    let compose = compose();
    let drain = |name: &str| {
        configured::<registry::Config>(name, compose.service(name)).server.limits.drain_timeout()
    };
    let needed = drain("registry") + BACKGROUND_DRAIN;
    for name in SERVERS {
        let grace = compose.service(name).stop_grace_period.as_deref().unwrap();
        let seconds: u64 = grace.strip_suffix('s').and_then(|number| number.parse().ok()).unwrap();
        assert!(Duration::from_secs(seconds) > needed, "{name} is killed after {grace} and needs {needed:?}");
    }
}
