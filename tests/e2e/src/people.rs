//! The people of a city: officers with tokens of its issuer.

use std::path::Path;

use contract::client::{Timeouts, channel};
use contract::common::v1::work_client::WorkClient;
use db::{DatabaseUrl, Db};
use domain::{DivisionCode, MicrosUtc, OfficeCode};
use service::auth::Issuer;
use standalone::clients::{Addresses, Authorised, Bearer, Clients};
use standalone::house::{Folder, OFFICER_SECONDS, Officer, SERVICES};

/// Makes officers of a running city.
#[derive(Debug)]
pub struct People {
    addresses: Addresses,
    issuer: Issuer,
    stores: Vec<(&'static str, DatabaseUrl)>,
}

impl People {
    /// The people of the city at `addresses`, whose issuer's key lies in the folder `keys`.
    pub fn of(addresses: Addresses, keys: &Path) -> Self {
        let issuer = Issuer::load_or_generate(&keys.join("issuer.pem")).expect("the city's key can be read");
        Self { addresses, issuer, stores: Vec::new() }
    }

    /// The same people, of services whose databases are known: a wait for quiet looks into them, too.
    #[must_use]
    pub fn with_stores(self, stores: Vec<(&'static str, DatabaseUrl)>) -> Self {
        Self { stores, ..self }
    }

    /// The same people, of a city in one folder.
    #[must_use]
    pub fn in_folder(self, folder: &Folder) -> Self {
        let url = |service| format!("sqlite:{}", folder.database(service).display());
        let store = |service| (service, url(service).parse().expect("a file is an address"));
        self.with_stores(SERVICES.map(store).into())
    }

    /// The databases of the services, each with the name of its service.
    pub async fn open_stores(&self) -> Vec<(&'static str, Db)> {
        let mut stores = Vec::new();
        for (service, url) in &self.stores {
            stores.push((*service, Db::open(url).await.expect("the database of a running service opens")));
        }
        stores
    }

    /// Where the services listen.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Clients of an officer of the whole city.
    pub fn officer(&self, person: &str, office: &str) -> Clients {
        Clients::new(&self.addresses, self.bearer(person, office)).expect("a running city has addresses")
    }

    /// Clients of an officer of the whole city, of services that listen elsewhere and know the same keys.
    pub fn officer_at(&self, addresses: &Addresses, person: &str, office: &str) -> Clients {
        Clients::new(addresses, self.bearer(person, office)).expect("a running service has an address")
    }

    /// The list of duties of one service, as an office sees it.
    pub fn duties(&self, address: &str, office: &str) -> WorkClient<Authorised> {
        let channel = channel(address, Timeouts::default()).expect("a running service has an address");
        WorkClient::with_interceptor(channel, self.bearer("duty-reader", office))
    }

    /// A token of an officer who acts within `divisions`.
    pub fn token(&self, person: &str, office: &str, divisions: &[&str]) -> String {
        let officer = Officer {
            subject: person.to_owned(),
            office: OfficeCode::parse(office).expect("a test names an office"),
            divisions: divisions
                .iter()
                .map(|code| DivisionCode::parse(code).expect("a test names divisions"))
                .collect(),
        };
        officer.token(&self.issuer, MicrosUtc::now(), OFFICER_SECONDS).expect("the issuer signs")
    }

    /// A token of an officer of the whole city that is good for a few seconds.
    pub fn token_for(&self, person: &str, office: &str, seconds: i64) -> String {
        let officer = Officer::of_city(person, office);
        officer.token(&self.issuer, MicrosUtc::now(), seconds).expect("the issuer signs")
    }

    /// The public keys by which a service of the city knows these tokens.
    pub fn jwks(&self) -> String {
        self.issuer.jwks()
    }

    fn bearer(&self, person: &str, office: &str) -> Bearer {
        Bearer::new(&self.token(person, office, &["370100"])).expect("a token fits into a header")
    }
}
