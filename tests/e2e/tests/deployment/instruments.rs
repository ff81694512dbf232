//! Collector, Prometheus, Grafana: they look where the services are, at what the services report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_norway::Value;

use super::compose::{SERVERS, compose, root, text_of, yaml_of};

const ALERTS: &str = "deploy/prometheus/alerts.yml";
const DASHBOARD: &str = "deploy/grafana/dashboards/xinjian.json";

/// Words of PromQL that stand where a metric may stand.
const WORDS: [&str; 12] = [
    "and",
    "or",
    "unless",
    "by",
    "on",
    "without",
    "ignoring",
    "group_left",
    "group_right",
    "bool",
    "offset",
    "inf",
];

/// The text without what stands between each pair of `open` and `close`.
fn without(text: &str, open: char, close: char) -> String {
    let mut inside = false;
    text.chars()
        .filter(|c| match inside {
            false => {
                inside = *c == open;
                !inside
            }
            true => {
                inside = *c != close;
                false
            }
        })
        .collect()
}

/// Names of the metrics in a query.
fn metrics_of(query: &str) -> BTreeSet<String> {
    let mut text = without(&without(&without(query, '"', '"'), '{', '}'), '[', ']');
    for word in ["by (", "on (", "group_right (", "group_left ("] {
        while let Some(at) = text.find(word) {
            let end = text[at..].find(')').expect("brackets are closed");
            text.replace_range(at..=at + end, " ");
        }
    }
    let mut names = BTreeSet::new();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut rest = text.as_str();
    while let Some(start) = rest.find(is_name) {
        rest = &rest[start..];
        let (name, after) = rest.split_at(rest.find(|c| !is_name(c)).unwrap_or(rest.len()));
        let is_function = after.trim_start().starts_with('(');
        if !is_function && !name.starts_with(|c: char| c.is_ascii_digit()) && !WORDS.contains(&name) {
            names.insert(name.to_owned());
        }
        rest = after;
    }
    names
}

fn alert_rules() -> Vec<BTreeMap<String, Value>> {
    let file: BTreeMap<String, Vec<BTreeMap<String, Value>>> = yaml_of(ALERTS);
    let groups = &file["groups"];
    groups
        .iter()
        .flat_map(|group| group["rules"].as_sequence().unwrap().clone())
        .map(|rule| serde_norway::from_value(rule).unwrap())
        .collect()
}

fn panels() -> Vec<serde_json::Value> {
    let dashboard: serde_json::Value = serde_json::from_str(&text_of(DASHBOARD)).unwrap();
    dashboard["panels"].as_array().unwrap().clone()
}

fn queries() -> Vec<String> {
    let of_rules = alert_rules().into_iter().map(|rule| rule["expr"].as_str().unwrap().to_owned());
    let of_panels = panels().into_iter().flat_map(|panel| {
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        targets.into_iter().map(|target| target["expr"].as_str().unwrap().to_owned())
    });
    of_rules.chain(of_panels).collect()
}

/// The source of everything that reports metrics.
fn sources(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

/// The name under which the program makes an instrument, from the name that Prometheus shows.
fn instrument_of(metric: &str) -> String {
    let name = ["_bucket", "_count", "_sum", "_total"]
        .iter()
        .find_map(|end| metric.strip_suffix(end))
        .unwrap_or(metric);
    name.strip_suffix("_seconds").unwrap_or(name).to_owned()
}

#[test]
fn metrics_are_found_in_a_query() {
    let query = r#"sum by (le) (rate(a_bucket{x="y(z)", w=~"b"}[$__rate_interval])) / max(b) - on (feed) group_right c > 0.5"#;
    assert_eq!(metrics_of(query), ["a_bucket", "b", "c"].map(str::to_owned).into());
}

#[test]
fn every_metric_that_is_asked_for_is_reported() {
    let mut reported = String::new();
    for part in ["shared", "services"] {
        sources(&root().join(part), &mut reported);
    }
    let recorded: BTreeSet<_> = alert_rules()
        .iter()
        .filter_map(|rule| rule.get("record").map(|name| name.as_str().unwrap().to_owned()))
        .collect();
    let asked: BTreeSet<_> = queries().iter().flat_map(|query| metrics_of(query)).collect();
    assert!(asked.len() > 6, "{asked:?}");
    for metric in asked.iter().filter(|metric| *metric != "up" && !recorded.contains(*metric)) {
        let instrument = instrument_of(metric);
        let made = [format!("\"{instrument}\""), format!("\"{}\"", instrument.replace('_', "."))];
        assert!(made.iter().any(|name| reported.contains(name)), "nobody reports `{metric}`");
    }
}

#[test]
fn a_method_that_is_asked_for_is_one_of_the_contract() {
    let party = text_of("proto/xinjian/punishment/v1/party.proto");
    assert!(party.contains("package xinjian.punishment.v1;"));
    assert!(party.contains("service Parties {") && party.contains("rpc CheckParty("));
    let asking =
        queries().iter().filter(|query| query.contains("/xinjian.punishment.v1.Parties/CheckParty")).count();
    assert_eq!(asking, 2, "the alert and the dashboard");
}

#[test]
fn prometheus_fetches_from_every_service_where_it_reports() {
    let compose = compose();
    let file: BTreeMap<String, Value> = yaml_of("deploy/prometheus/prometheus.yml");
    let jobs = file["scrape_configs"].as_sequence().unwrap();
    let job = jobs.iter().find(|job| job["job_name"] == "xinjian").unwrap();
    let targets: BTreeSet<_> = job["static_configs"][0]["targets"]
        .as_sequence()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap().to_owned())
        .collect();
    // The services have certificates, and tell nothing in plain text.
    assert_eq!(job["scheme"], "https");
    let ca = job["tls_config"]["ca_file"].as_str().unwrap();
    let trust = compose.service("prometheus").mounts().find(|mount| ca.starts_with(mount.target)).unwrap();
    assert_eq!((trust.source, trust.writable), ("trust", false));
    assert!(text_of("deploy/keys.sh").contains("put 644 \"$home/trust/ca.pem\""), "`keys` puts it there");
    let reporting =
        SERVERS.map(|name| format!("{name}:{}", compose.service(name).port("XINJIAN_METRICS_LISTEN")));
    assert_eq!(targets, reporting.into());
    for rules in file["rule_files"].as_sequence().unwrap() {
        assert!(root().join("deploy/prometheus").join(rules.as_str().unwrap()).exists());
    }
}

#[test]
fn the_collector_listens_where_the_services_send_and_its_parts_exist() {
    let compose = compose();
    let file: BTreeMap<String, Value> = yaml_of("deploy/collector.yaml");
    let listening = file["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"].as_str().unwrap();
    for name in SERVERS {
        let sends = &compose.service(name).environment["XINJIAN_OTLP_ENDPOINT"];
        assert_eq!(sends, &format!("https://collector:{}", super::compose::port_of(listening)), "{name}");
    }
    let greets = &file["receivers"]["otlp"]["protocols"]["grpc"]["tls"];
    let trusts = &file["exporters"]["otlp/jaeger"]["tls"];
    for path in [&greets["cert_file"], &greets["key_file"], &trusts["ca_file"]] {
        let path = path.as_str().expect("the collector speaks TLS to both sides");
        let collector = compose.service("collector");
        assert!(collector.mounts().any(|mount| path.starts_with(mount.target)), "{path}");
    }
    for (name, pipeline) in file["service"]["pipelines"].as_mapping().unwrap() {
        for kind in ["receivers", "processors", "exporters"] {
            let Some(parts) = pipeline.get(kind) else { continue };
            for part in parts.as_sequence().unwrap() {
                assert!(file[kind].get(part.as_str().unwrap()).is_some(), "{name:?}: {kind} has no {part:?}");
            }
        }
    }
    let health = file["extensions"]["health_check"]["endpoint"].as_str().unwrap();
    let probe = compose.service("collector").healthcheck.as_ref().unwrap().test.last().unwrap().clone();
    assert_eq!(probe, format!("http://{health}/"));
    let logs = file["exporters"]["file/logs"]["path"].as_str().unwrap();
    assert!(
        compose.service("collector").mounts().any(|mount| mount.writable && logs.starts_with(mount.target))
    );
}

#[test]
fn grafana_finds_its_dashboard_and_the_dashboard_its_sources() {
    let compose = compose();
    let sources: BTreeMap<String, Value> = yaml_of("deploy/grafana/provisioning/datasources/sources.yml");
    let sources = sources["datasources"].as_sequence().unwrap();
    let known: BTreeSet<_> = sources.iter().map(|source| source["uid"].as_str().unwrap()).collect();
    for source in sources {
        let url = source["url"].as_str().unwrap();
        let host = url.trim_start_matches("http://").split(':').next().unwrap();
        compose.service(host);
    }
    let mut ids = BTreeSet::new();
    for panel in panels() {
        assert!(ids.insert(panel["id"].as_i64()), "panel {} is there twice", panel["id"]);
        if let Some(uid) = panel["datasource"]["uid"].as_str() {
            assert!(known.contains(uid), "{uid}");
        }
    }
    let providers: BTreeMap<String, Value> = yaml_of("deploy/grafana/provisioning/dashboards/xinjian.yml");
    let folder = providers["providers"][0]["options"]["path"].as_str().unwrap();
    let grafana = compose.service("grafana");
    let mount = grafana.mounts().find(|mount| mount.target == folder).expect("the dashboards are mounted");
    assert!(root().join(mount.source).join("xinjian.json").exists());
}
