//! The composition itself: everything it names exists, nothing collides, nothing is secret, unpinned or run as root.

use std::collections::{BTreeMap, BTreeSet};

use super::compose::{SERVERS, compose, root};

#[test]
fn ports_on_this_machine_are_its_own_and_never_used_twice() {
    let mut taken = BTreeMap::new();
    for (name, service) in compose().services {
        for text in service.ports {
            let parts: Vec<_> = text.split(':').collect();
            let [address, outside, _inside] = parts[..] else {
                panic!("{name}: `{text}` is open to the network")
            };
            assert_eq!(address, "127.0.0.1", "{name}: {text}");
            if let Some(other) = taken.insert(outside.to_owned(), name.clone()) {
                panic!("{name} and {other} both take port {outside}");
            }
        }
    }
}

#[test]
fn ports_within_a_service_are_never_used_twice() {
    let compose = compose();
    for name in SERVERS {
        let service = compose.service(name);
        let listening: Vec<_> =
            service.environment.keys().filter(|setting| setting.ends_with("LISTEN")).collect();
        let ports: BTreeSet<_> = listening.iter().map(|setting| service.port(setting)).collect();
        assert_eq!(ports.len(), listening.len(), "{name}: {ports:?} for {listening:?}");
    }
}

#[test]
fn a_published_port_is_one_that_somebody_listens_on() {
    let compose = compose();
    let gateway = compose.service("gateway");
    let published: BTreeSet<_> = gateway.ports.iter().map(|text| super::compose::port_of(text)).collect();
    let listening = [gateway.port("XINJIAN_LISTEN"), gateway.port("XINJIAN_PUBLIC_LISTEN")];
    assert_eq!(published, BTreeSet::from(listening));
}

#[test]
fn every_lasting_service_tells_whether_it_is_healthy() {
    for (name, service) in compose().lasting() {
        assert!(service.healthcheck.is_some(), "{name} has no health check");
    }
}

#[test]
fn the_probe_asks_the_port_that_the_service_listens_on() {
    let compose = compose();
    for name in SERVERS {
        let service = compose.service(name);
        let probe = &service.healthcheck.as_ref().unwrap().test;
        let address = format!("https://127.0.0.1:{}", service.port("XINJIAN_LISTEN"));
        let ca = &service.environment["XINJIAN_TLS_CA"];
        assert_eq!(probe, &["CMD", "health-probe", &address, "--ca", ca], "{name}");
    }
}

#[test]
fn what_is_waited_for_exists_and_can_become_healthy() {
    let compose = compose();
    for (name, service) in &compose.services {
        for (other, dependency) in &service.depends_on {
            assert_eq!(dependency.condition, "service_healthy", "{name} on {other}");
            assert!(
                compose.service(other).healthcheck.is_some(),
                "{name} waits for {other}, which never says so"
            );
        }
    }
}

#[test]
fn what_is_mounted_exists_and_what_is_declared_is_mounted() {
    let compose = compose();
    let mut used = BTreeSet::new();
    for (name, service) in &compose.services {
        for mount in service.mounts() {
            if mount.is_of_repository() {
                assert!(root().join(mount.source).exists(), "{name}: {}", mount.source);
                assert!(!mount.writable, "{name} may write to {}", mount.source);
            } else {
                assert!(compose.volumes.contains_key(mount.source), "{name}: {}", mount.source);
                used.insert(mount.source.to_owned());
            }
        }
    }
    assert_eq!(used, compose.volumes.keys().cloned().collect());
}

#[test]
fn networks_exist_and_only_those_in_front_have_a_way_out() {
    let compose = compose();
    for (name, service) in &compose.services {
        for network in &service.networks {
            assert!(compose.networks.contains_key(network), "{name}: {network}");
        }
        assert_eq!(
            !service.ports.is_empty(),
            service.networks.iter().any(|network| network == "front"),
            "{name}: ports are published from `front`, and nothing else is there"
        );
    }
    for (name, network) in &compose.networks {
        let internal = network.get("internal").and_then(|value| value.as_bool()).unwrap_or_default();
        assert_eq!(internal, name != "front", "{name}");
    }
}

#[test]
fn everything_that_uses_redis_reaches_it_and_waits_for_it_and_the_gateway_does_not_reach_the_database() {
    let compose = compose();
    let meet = |one: &str, other: &str| {
        compose.service(one).networks.iter().any(|network| compose.service(other).networks.contains(network))
    };
    for name in SERVERS {
        let service = compose.service(name);
        assert!(service.environment.contains_key("XINJIAN_REDIS_URL"), "{name} is not told of Redis");
        assert!(meet(name, "redis"), "{name} does not reach Redis");
        assert!(service.depends_on.contains_key("redis"), "{name} does not wait for Redis");
        assert_eq!(meet(name, "postgres"), name != "gateway", "{name} and the database");
    }
    // What it holds is to be forgotten: nothing of it is written to a disk.
    let command = &compose.service("redis").command;
    for setting in [["--save", ""], ["--appendonly", "no"]] {
        assert!(command.windows(2).any(|pair| pair == setting), "{setting:?}");
    }
    assert!(compose.service("redis").mounts().all(|mount| !mount.writable));
}

#[test]
fn every_image_is_pinned_and_ours_carry_the_version_of_the_code() {
    for (name, service) in compose().services {
        let (_, tag) =
            service.image.rsplit_once(':').unwrap_or_else(|| panic!("{name}: {} has no tag", service.image));
        assert!(tag.starts_with(|first: char| first.is_ascii_digit() || first == 'v'), "{name}: {tag}");
        if service.build.is_some() {
            assert_eq!(tag, env!("CARGO_PKG_VERSION"), "{name}");
        }
    }
}

#[test]
fn nothing_runs_as_root_and_what_is_ours_may_nothing_else() {
    for (name, service) in compose().services {
        let user = service.user.split(':').next().unwrap_or_default();
        assert!(user.parse::<u32>().is_ok_and(|uid| uid != 0), "{name} runs as `{}`", service.user);
        if service.build.is_some() {
            assert!(service.read_only && service.cap_drop == ["ALL"], "{name}");
        }
    }
}

#[test]
fn no_secret_stands_in_the_composition() {
    const SECRET: [&str; 5] = ["PASSWORD", "SECRET", "TOKEN", "CREDENTIAL", "_KEY"];
    for (name, service) in compose().services {
        for (setting, value) in service.environment {
            let secret = SECRET.iter().any(|word| setting.contains(word));
            assert!(!secret || value.starts_with('/'), "{name}: {setting} is a value and not a file");
            let user =
                value.split_once("://").and_then(|(_, rest)| rest.split_once('@')).map(|(user, _)| user);
            assert!(!user.is_some_and(|user| user.contains(':')), "{name}: {setting} holds a password");
        }
    }
}

#[test]
fn a_file_that_a_command_names_is_mounted() {
    let mut found = 0;
    for (name, service) in compose().services {
        let named =
            service.command.iter().filter_map(|argument| argument.split_once("=/").map(|(_, path)| path));
        for path in named.filter(|path| path.ends_with(".yml") || path.ends_with(".yaml")) {
            let is_there = service.mounts().any(|mount| {
                let rest = format!("/{path}");
                rest.strip_prefix(mount.target)
                    .is_some_and(|rest| root().join(mount.source.to_owned() + rest).exists())
            });
            assert!(is_there, "{name}: /{path}");
            found += 1;
        }
    }
    assert_eq!(found, 2, "the collector's and Prometheus' settings");
}
