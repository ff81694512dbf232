//! Replicas of the service over one database, and what stands there.

use std::sync::Arc;

use chrono::NaiveDate;
use contract::punishment::v1::parties_client::PartiesClient;
use contract::punishment::v1::receipts_client::ReceiptsClient;
use contract::punishment::v1::{CheckPartyRequest, PartyCheck};
use crypto::signer::Sm2Signer;
use db::Db;
use domain::{MicrosUtc, Uscc};
use outbox::{Entropy, Origin, Outbox, Sealer};
use punishment::MIGRATIONS;
use punishment::api::add_all;
use punishment::domain::list::{EntryName, List, Standing};
use punishment::index::PartyIndex;
use punishment::receipts::Receipts;
use punishment::store::Store;
use rulebook::Rulebook;
use service::Clock;
use service::peer::Peer;
use service::testing::{TestServer, token_of};

use crate::common::listed_entry;

/// The day of all that happens here.
pub const TODAY: &str = "2024-06-03";
pub const PARTY: &str = "91370102MA3C00011F";
pub const OTHER: &str = "91370114MA3T7K2P9A";

/// A database, and the key of its receipts.
pub struct House {
    pub store: Store,
    pub signer: Arc<Sm2Signer>,
}

/// One replica of the service.
pub struct Replica {
    server: TestServer,
}

pub async fn open(db: Db) -> House {
    let shared = [&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &exchange::MIGRATIONS];
    let db = db::testing::migrated(db, &[&shared[..], &[&MIGRATIONS]].concat()).await;
    let origin = Origin { deployment: "test".to_owned(), service: "punishment".to_owned() };
    let store = Store::new(db, Outbox::new(origin, Entropy::system()), Rulebook::builtin());
    House { store, signer: Arc::new(Sm2Signer::from_random(&[7; 32]).unwrap()) }
}

pub fn day(text: &str) -> NaiveDate {
    domain::parse_date(text).unwrap()
}

/// The present, some microseconds into the day.
pub fn at(micros: i64) -> MicrosUtc {
    MicrosUtc::start_of_shanghai_day(day(TODAY)).plus_micros(micros)
}

impl House {
    /// A replica that answers from `index` by a clock that stands at `now`.
    pub async fn replica(&self, index: &Arc<PartyIndex>, now: MicrosUtc) -> Replica {
        self.replica_with(index, Receipts::unsigned(), now).await
    }

    /// A replica that signs receipts.
    pub async fn signing(&self) -> Replica {
        let clock = Clock::Fixed(at(0));
        let (receipts, making) = Receipts::signed_by(self.signer.clone(), self.store.clone(), clock);
        tokio::spawn(making);
        self.replica_with(&self.index().await, receipts, at(0)).await
    }

    async fn replica_with(&self, index: &Arc<PartyIndex>, receipts: Receipts, now: MicrosUtc) -> Replica {
        let server = TestServer::start("punishment", |server| {
            add_all(server, &self.store, index, receipts, Clock::Fixed(now))
        })
        .await;
        Replica { server }
    }

    /// An index that has heard from the database at the beginning of the day.
    pub async fn index(&self) -> Arc<PartyIndex> {
        let index = Arc::new(PartyIndex::default());
        index.refresh(&self.store, at(0)).await.unwrap();
        index
    }

    /// Writes a period of an entry, as its decision would.
    pub async fn stands(&self, standing: &Standing, void: bool) {
        let mut tx = self.store.db().begin_write().await.unwrap();
        self.store.write_standing(&mut tx, standing, void).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Has an entry decided through the store, with its events; answers the position of the feed behind them.
    pub async fn decides(&self, uscc: &str) -> i64 {
        listed_entry(&self.store, uscc, TODAY).await;
        Sealer::new(self.store.db().clone()).seal_once().await.unwrap();
        outbox::head(self.store.db()).await.unwrap().seq
    }
}

impl Replica {
    fn peer(&self) -> Peer {
        self.peer_of("APPROVAL")
    }

    fn peer_of(&self, office: &str) -> Peer {
        self.server.peer_on_line(token_of("licensing", office, &["370100"]))
    }

    pub fn parties(&self) -> PartiesClient<Peer> {
        PartiesClient::new(self.peer())
    }

    pub fn receipts(&self) -> ReceiptsClient<Peer> {
        self.receipts_of("APPROVAL")
    }

    pub fn receipts_of(&self, office: &str) -> ReceiptsClient<Peer> {
        ReceiptsClient::new(self.peer_of(office))
    }

    /// What is answered about a party for a permit.
    pub async fn check(&self, uscc: &str, as_of: &str) -> PartyCheck {
        self.parties().check_party(question(uscc, as_of)).await.unwrap().into_inner()
    }
}

/// A question for a permit.
pub fn question(uscc: &str, as_of: &str) -> CheckPartyRequest {
    CheckPartyRequest {
        uscc: uscc.to_owned(),
        purpose: "PERMIT".to_owned(),
        as_of: as_of.to_owned(),
        ..CheckPartyRequest::default()
    }
}

/// A period of an entry of the list of serious violators: first day, and day of removal.
pub fn serious(uscc: &str, id: &str, listed_on: &str, removed_on: Option<&str>) -> Standing {
    Standing {
        name: EntryName::parse(List::Serious, &format!("seriousCases/{id}")).unwrap(),
        uscc: Uscc::parse(uscc).unwrap(),
        ground: "F1".to_owned(),
        listed_on: day(listed_on),
        term_ends_on: Some(day(listed_on) + chrono::Months::new(36)),
        removed_on: removed_on.map(day),
        suspended_on: None,
        decision_no: format!("济市监列〔2023〕{id}号"),
        suspensions: Vec::new(),
        lifted: Vec::new(),
    }
}
