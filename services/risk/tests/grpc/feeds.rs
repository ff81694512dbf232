//! The feeds of registry and collection: outbox, sealer and server, without their records.

use chrono::NaiveDate;
use contract::collection::v1 as collection;
use contract::registry::v1 as registry;
use db::{DatabaseUrl, Db};
use domain::MicrosUtc;
use feed::{FeedServer, Wake};
use outbox::{Entropy, EventContext, NewEvent, Origin, Outbox, Sealer};
use prost::Message;
use service::Shutdown;
use service::testing::TestServer;
use tempfile::TempDir;

/// The feed of one service.
pub(crate) struct Feed {
    _folder: TempDir,
    db: Db,
    outbox: Outbox,
    server: TestServer,
    shutdown: Shutdown,
}

impl Feed {
    pub(crate) async fn start(service: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&DatabaseUrl::sqlite(folder.path().join("feed.db"))).await.unwrap();
        db.migrate(&[&outbox::MIGRATIONS, &feed::MIGRATIONS]).await.unwrap();
        let origin = Origin { deployment: "test".into(), service: service.into() };
        let shutdown = Shutdown::new();
        let sealer = Sealer::new(db.clone());
        let wake = Wake::in_process(sealer.sealed());
        let until = shutdown.clone();
        tokio::spawn(async move { sealer.run(until.begun()).await });
        let feed = FeedServer::new(db.clone(), service, |_, _| true, wake, shutdown.clone());
        let server = TestServer::start(service, |server| server.with(feed.into_service())).await;
        Self { _folder: folder, db, outbox: Outbox::new(origin, Entropy::system()), server, shutdown }
    }

    pub(crate) fn address(&self) -> String {
        self.server.address().to_string()
    }

    pub(crate) fn stop(&self) {
        self.shutdown.begin();
    }

    async fn tell(&self, kind: &str, uscc: &str, payload: Vec<u8>) {
        self.tell_at(MicrosUtc(1), kind, uscc, payload).await;
    }

    /// Tells what its service accepted at an instant.
    async fn tell_at(&self, accepted_at: MicrosUtc, kind: &str, uscc: &str, payload: Vec<u8>) {
        let context = EventContext { recorded_at_us: accepted_at.micros(), ..EventContext::default() };
        let event = NewEvent {
            kind,
            subject: format!("enterprises/{uscc}"),
            effective_on: "2026-01-01".parse().unwrap(),
            context: &context,
            payload,
        };
        let mut tx = self.db.begin_write().await.unwrap();
        self.outbox.append(&mut tx, &event).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Registry tells an enterprise with an ordinary food licence and a published mark.
    pub(crate) async fn tell_producer(&self, uscc: &str, division: &str) {
        let enterprise = registry::Enterprise {
            name: format!("enterprises/{uscc}"),
            uscc: uscc.into(),
            division: division.into(),
            established_on: "2005-01-01".into(),
            ..registry::Enterprise::default()
        };
        let told = registry::EnterpriseEvent { enterprise: Some(enterprise), ..Default::default() };
        self.tell("registry.enterprise.registered", uscc, told.encode_to_vec()).await;
        let licence = registry::Licence {
            name: format!("licences/SC101{}", &uscc[9..]),
            licence_no: format!("SC101{}", &uscc[9..]),
            uscc: uscc.into(),
            field: "FOOD".into(),
            valid_from: "2020-01-01".into(),
            valid_to: "2099-12-31".into(),
            state: "Valid".into(),
            ..registry::Licence::default()
        };
        let told = registry::LicenceEvent { licence: Some(licence), ..Default::default() };
        self.tell("registry.licence.recorded", uscc, told.encode_to_vec()).await;
        self.tell_mark(uscc, "Published").await;
    }

    /// Registry tells the state of a mark.
    pub(crate) async fn tell_mark(&self, uscc: &str, state: &str) {
        let mark = registry::Mark {
            name: format!("enterprises/{uscc}/marks/FOOD"),
            uscc: uscc.into(),
            field: "FOOD".into(),
            state: state.into(),
            ..registry::Mark::default()
        };
        let told = registry::MarkEvent { mark: Some(mark), ..registry::MarkEvent::default() };
        self.tell("registry.mark.changed", uscc, told.encode_to_vec()).await;
    }

    /// Registry tells a breach of a letter in an event of `kind`, by the days of the order and of the closing (empty: none).
    pub(crate) async fn tell_breach(&self, kind: &str, uscc: &str, (ordered_on, closed_on): (&str, &str)) {
        let breach = registry::Breach {
            name: format!("enterprises/{uscc}/commitments/0192d3a0-0000-7000-8000-00000000000a/breaches/1"),
            uscc: uscc.into(),
            field: "FOOD".into(),
            ordered_on: ordered_on.into(),
            closed_on: closed_on.into(),
            ..registry::Breach::default()
        };
        let told = registry::BreachEvent { breach: Some(breach), reason: String::new() };
        self.tell(kind, uscc, told.encode_to_vec()).await;
    }

    /// Collection tells a listing by the list of serious violators, in an event of `kind`.
    pub(crate) async fn tell_serious(&self, kind: &str, uscc: &str) {
        self.tell_listing(kind, ("records/serious-1", uscc), "SERIOUS", "").await;
    }

    /// Collection tells a listing, in an event of `kind`; `suspended_by` names the remedy that suspends it, if one does.
    pub(crate) async fn tell_listing(
        &self,
        kind: &str,
        (name, uscc): (&str, &str),
        list: &str,
        suspended_by: &str,
    ) {
        let entry = collection::ListEntry {
            list: list.into(),
            status: "Listed".into(),
            ..collection::ListEntry::default()
        };
        let record = collection::Record {
            name: name.into(),
            uscc: uscc.into(),
            field: "FOOD".into(),
            decided_on: "2026-01-01".into(),
            suspended_by: suspended_by.into(),
            content: Some(collection::record::Content::ListEntry(entry)),
            ..collection::Record::default()
        };
        let told = collection::RecordEvent { record: Some(record), ..Default::default() };
        self.tell(kind, uscc, told.encode_to_vec()).await;
    }

    /// Collection tells a listing of one day that it accepted on another.
    pub(crate) async fn tell_late(
        &self,
        (name, uscc): (&str, &str),
        list: &str,
        listed_on: NaiveDate,
        accepted_on: NaiveDate,
    ) {
        let entry = collection::ListEntry {
            list: list.into(),
            status: "Listed".into(),
            ..collection::ListEntry::default()
        };
        let record = collection::Record {
            name: name.into(),
            uscc: uscc.into(),
            field: "FOOD".into(),
            decided_on: listed_on.to_string(),
            content: Some(collection::record::Content::ListEntry(entry)),
            ..collection::Record::default()
        };
        let told = collection::RecordEvent { record: Some(record), ..Default::default() };
        let accepted_at = MicrosUtc::start_of_shanghai_day(accepted_on);
        self.tell_at(accepted_at, "collection.record.accepted", uscc, told.encode_to_vec()).await;
    }

    /// Registry tells that some fields of an entry have changed, for the so many-th time.
    pub(crate) async fn tell_change(&self, uscc: &str, revision: i64, fields: &[&str], since: NaiveDate) {
        let enterprise = registry::Enterprise {
            name: format!("enterprises/{uscc}"),
            uscc: uscc.into(),
            division: "370102".into(),
            established_on: "2005-01-01".into(),
            effective_on: since.to_string(),
            revision,
            ..registry::Enterprise::default()
        };
        let changed_fields = fields.iter().map(ToString::to_string).collect();
        let told = registry::EnterpriseEvent { enterprise: Some(enterprise), changed_fields };
        self.tell("registry.enterprise.changed", uscc, told.encode_to_vec()).await;
    }

    /// Collection tells a ticket in an event of `kind`.
    pub(crate) async fn tell_ticket(&self, kind: &str, ticket: collection::Ticket) {
        let uscc = ticket.uscc.clone();
        let told = collection::TicketEvent { ticket: Some(ticket) };
        self.tell(kind, &uscc, told.encode_to_vec()).await;
    }

    /// Collection tells a ticket that names nobody.
    pub(crate) async fn tell_stray_ticket(&self) {
        let ticket = collection::Ticket {
            name: "tickets/1".into(),
            accepted_on: "2026-01-01".into(),
            ..collection::Ticket::default()
        };
        let told = collection::TicketEvent { ticket: Some(ticket) };
        self.tell("collection.ticket.accepted", "", told.encode_to_vec()).await;
    }
}
