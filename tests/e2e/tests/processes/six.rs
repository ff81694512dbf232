//! The six services as six processes over PostgreSQL and Redis, started with the flags that a deployment gives them.

use std::path::Path;

use domain::MicrosUtc;
use e2e::people::People;
use e2e::postgres::Schemas;
use e2e::process::{Program, free_port, loopback};
use standalone::clients::Addresses;
use standalone::house::{SERVICES, ServiceToken};
use tempfile::TempDir;

use crate::cable::Cable;

/// Six running processes. Fields are dropped in their order: first the processes, then what they stand on.
pub(crate) struct Six {
    programs: Vec<(&'static str, Program)>,
    people: People,
    redis: Cable,
    schemas: Schemas,
    _folder: TempDir,
}

impl Six {
    /// Starts all and returns when all serve.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (_, files) = ServiceToken::prepare(folder.path(), MicrosUtc::now()).expect("keys can be made");
        let redis = e2e::variable("TEST_REDIS_URL").expect("TEST_REDIS_URL names a Redis server");
        let redis = Cable::to(&redis).await;
        let schemas = Schemas::new(&SERVICES);
        let addresses = free_addresses();
        let setting = Setting { folder: folder.path(), files: &files, addresses: &addresses };
        let mut programs = Vec::new();
        for service in SERVICES {
            let flags = setting.of_service(service, &schemas, redis.url());
            programs.push((service, Program::start(service, &flags)));
        }
        programs.push(("gateway", Program::start("gateway", &setting.of_gateway())));
        for (name, address) in addresses.all() {
            // The gateway has two listeners and is one process.
            let of = if name == "public listener" { "gateway" } else { name };
            let (_, program) =
                programs.iter_mut().find(|(program, _)| *program == of).expect("each was started");
            program.until_serving(address).await;
        }
        let people = People::of(addresses, folder.path()).with_stores(schemas.addresses());
        Self { programs, people, redis, schemas, _folder: folder }
    }

    /// The officers.
    pub(crate) fn people(&self) -> &People {
        &self.people
    }

    /// Takes Redis away from all, after making sure that they did use it.
    pub(crate) async fn lose_redis(&mut self) {
        assert!(self.redis.carried() >= SERVICES.len(), "only {} connections to Redis", self.redis.carried());
        self.redis.cut().await;
    }

    /// Asks each process to end, in turn, and fails unless each ends with code 0. The schemas stay until the answer is dropped.
    pub(crate) async fn stop(mut self) -> Schemas {
        for (_, program) in &mut self.programs {
            program.assert_running();
        }
        for (name, program) in self.programs.drain(..).rev() {
            assert_eq!(program.stop().await.code(), Some(0), "{name} was asked to end");
        }
        self.schemas
    }
}

fn free_addresses() -> Addresses {
    let free = || format!("http://{}", loopback(free_port()));
    Addresses {
        registry: free(),
        collection: free(),
        risk: free(),
        inspection: free(),
        punishment: free(),
        gateway: free(),
        public: free(),
    }
}

/// What the flags of the processes are made of.
struct Setting<'a> {
    folder: &'a Path,
    files: &'a ServiceToken,
    addresses: &'a Addresses,
}

impl Setting<'_> {
    fn of_service(&self, service: &str, schemas: &Schemas, redis: &str) -> Vec<String> {
        let folder = |name: &str| self.folder.join(name).display().to_string();
        let peers = match service {
            "registry" => self.peers(&["collection"]),
            "collection" => self.peers(&["registry", "inspection", "punishment"]),
            "risk" => self.peers(&["registry", "collection"]),
            "inspection" => self.peers(&["registry", "risk", "punishment"]),
            _ => self.peers(&["inspection", "collection", "registry", "risk"]),
        };
        let own = [("--database", schemas.url(service)), ("--redis-url", redis.to_owned())];
        let receivers = match service {
            "registry" => vec![("--registry-publicity-folder", folder("publicity"))],
            "inspection" => vec![("--allow-demonstrations", "true".to_owned())],
            "punishment" => vec![("--punishment-publicity-folder", folder("listings"))],
            "collection" => vec![
                ("--collection-publicity-folder", folder("records/publicity")),
                ("--collection-credit-china-folder", folder("records/credit-china")),
            ],
            _ => Vec::new(),
        };
        flags(own.into_iter().chain(receivers)).into_iter().chain(self.common(service)).chain(peers).collect()
    }

    fn of_gateway(&self) -> Vec<String> {
        let public = [("--public-listen", self.listen("public listener"))];
        flags(public).into_iter().chain(self.common("gateway")).chain(self.peers(&SERVICES)).collect()
    }

    fn common(&self, service: &str) -> Vec<String> {
        let token = if service == "gateway" { &self.files.gateway } else { &self.files.token };
        flags([
            ("--listen", self.listen(service)),
            ("--jwks", self.files.jwks.display().to_string()),
            ("--token-file", token.display().to_string()),
            ("--log", "warn".to_owned()),
        ])
    }

    fn peers(&self, names: &[&str]) -> Vec<String> {
        names.iter().flat_map(|name| [format!("--{name}-url"), self.address(name).to_owned()]).collect()
    }

    fn listen(&self, name: &str) -> String {
        self.address(name).trim_start_matches("http://").to_owned()
    }

    fn address(&self, name: &str) -> &str {
        let all = self.addresses.all();
        all.into_iter()
            .find(|(of, _)| *of == name)
            .map(|(_, address)| address)
            .expect("a service has an address")
    }
}

fn flags(pairs: impl IntoIterator<Item = (&'static str, String)>) -> Vec<String> {
    pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
}
