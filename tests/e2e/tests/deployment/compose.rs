//! The files of the deployment, read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_norway::Value;

/// Services of ours that serve, each in an image of its own name.
pub const SERVERS: [&str; 6] = ["registry", "collection", "risk", "inspection", "punishment", "gateway"];

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

pub fn text_of(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn yaml_of<T: DeserializeOwned>(path: &str) -> T {
    let mut value: Value = serde_norway::from_str(&text_of(path)).unwrap();
    // One call merges one level, and what is merged may merge something itself.
    loop {
        let before = value.clone();
        value.apply_merge().unwrap();
        if value == before {
            break;
        }
    }
    serde_norway::from_value(value).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn compose() -> Compose {
    yaml_of("docker-compose.yml")
}

#[derive(Deserialize)]
pub struct Compose {
    pub services: BTreeMap<String, Service>,
    pub networks: BTreeMap<String, Value>,
    pub volumes: BTreeMap<String, Value>,
}

impl Compose {
    pub fn service(&self, name: &str) -> &Service {
        self.services.get(name).unwrap_or_else(|| panic!("no service is called `{name}`"))
    }

    /// The services that run as long as the composition does.
    pub fn lasting(&self) -> impl Iterator<Item = (&String, &Service)> {
        self.services.iter().filter(|(_, service)| service.profiles.is_empty())
    }
}

#[derive(Deserialize)]
pub struct Service {
    pub image: String,
    pub build: Option<Build>,
    #[serde(default)]
    pub user: String,
    #[serde(default)]
    pub read_only: bool,
    #[serde(default)]
    pub cap_drop: Vec<String>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    pub ports: Vec<String>,
    #[serde(default)]
    pub volumes: Vec<String>,
    #[serde(default)]
    pub networks: Vec<String>,
    #[serde(default)]
    pub profiles: Vec<String>,
    #[serde(default)]
    pub depends_on: BTreeMap<String, Dependency>,
    #[serde(default)]
    pub entrypoint: Vec<String>,
    #[serde(default)]
    pub command: Vec<String>,
    pub healthcheck: Option<Healthcheck>,
    pub stop_grace_period: Option<String>,
}

#[derive(Deserialize)]
pub struct Build {
    pub context: String,
    pub dockerfile: String,
    pub target: String,
}

#[derive(Deserialize)]
pub struct Dependency {
    pub condition: String,
}

#[derive(Deserialize)]
pub struct Healthcheck {
    pub test: Vec<String>,
}

/// A mount: where it comes from, where it goes, and whether it may be written.
pub struct Mount<'a> {
    pub source: &'a str,
    pub target: &'a str,
    pub writable: bool,
}

impl Mount<'_> {
    /// Whether it is a file or folder of the repository, and not a volume.
    pub fn is_of_repository(&self) -> bool {
        self.source.starts_with('.')
    }
}

impl Service {
    pub fn mounts(&self) -> impl Iterator<Item = Mount<'_>> {
        self.volumes.iter().map(|text| {
            let mut parts = text.split(':');
            let (Some(source), Some(target)) = (parts.next(), parts.next()) else {
                panic!("`{text}` mounts nothing")
            };
            Mount { source, target, writable: parts.next() != Some("ro") }
        })
    }

    /// The port of an address that a setting holds, such as `0.0.0.0:50051`.
    pub fn port(&self, setting: &str) -> u16 {
        let address = self.environment.get(setting).unwrap_or_else(|| panic!("`{setting}` is not set"));
        port_of(address)
    }
}

/// The port at the end of an address.
pub fn port_of(address: &str) -> u16 {
    let (_, port) =
        address.trim_end_matches('/').rsplit_once(':').unwrap_or_else(|| panic!("`{address}` has no port"));
    port.parse().unwrap_or_else(|_| panic!("`{address}` has no port"))
}
