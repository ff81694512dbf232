//! A service that serves nothing but its deliveries, and receivers that can be reached or not.

use contract::exchange::v1 as pb;
use contract::exchange::v1::deliveries_client::DeliveriesClient;
use db::{Db, Tx, on};
use domain::MicrosUtc;
use exchange::{
    Delivery, DeliveryService, Dispatcher, FolderSink, NewDelivery, Owner, OwnerError, RetryPolicy, Sink,
};
use outbox::{Entropy, Origin, Outbox};
use rand::{SeedableRng, rngs::StdRng};
use rulebook::Rulebook;
use service::Clock;
use service::peer::Peer;
use service::testing::TestServer;
use tempfile::TempDir;
use tonic::Status;
use tonic_types::StatusExt;
use uuid::Uuid;

pub(crate) const CREDIT: &str = "CREDIT";
pub(crate) const IT: &str = "IT";

/// Makes nothing of outcomes.
struct Nobody;

impl Owner for Nobody {
    async fn on_acknowledged(&self, _tx: &mut Tx, _delivery: &Delivery) -> Result<(), OwnerError> {
        Ok(())
    }
}

pub(crate) struct House {
    db: Db,
    server: TestServer,
    folder: TempDir,
}

impl House {
    pub(crate) async fn open(db: Db) -> Self {
        let sets = [&outbox::MIGRATIONS, &service::MIGRATIONS, &exchange::MIGRATIONS];
        let db = db::testing::migrated(db, &sets).await;
        let origin = Origin { deployment: "test".into(), service: "registry".into() };
        let outbox = Outbox::new(origin, Entropy::system());
        let deliveries = DeliveryService::new(db.clone(), outbox, Rulebook::builtin(), Clock::System);
        let server = TestServer::start("registry", |server| server.with(deliveries.into_service())).await;
        Self { db, server, folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn client(&self, office: &str) -> DeliveriesClient<Peer> {
        DeliveriesClient::new(self.server.peer(office, &["370100"]))
    }

    /// Enqueues a revision of a subject; answers the delivery's name.
    pub(crate) async fn enqueue(&self, receiver: &str, subject: &str, revision: i64) -> String {
        let new = NewDelivery {
            delivery_id: Uuid::new_v4(),
            receiver: receiver.into(),
            subject: subject.into(),
            revision,
            kind: "mark.published".into(),
            content: format!("{{\"revision\":{revision}}}").into_bytes(),
        };
        let mut tx = self.db.begin_write().await.unwrap();
        let id = exchange::enqueue(&mut tx, &new, MicrosUtc::now()).await.unwrap();
        tx.commit().await.unwrap();
        format!("deliveries/{id}")
    }

    /// One round that reaches the receiver.
    pub(crate) async fn carry(&self, receiver: &str) {
        let sink = FolderSink::new(self.folder.path().join(receiver)).unwrap();
        self.dispatch(receiver, sink).await;
    }

    /// One round whose single attempt fails: somebody has taken the folder away.
    pub(crate) async fn let_die(&self, receiver: &str) {
        let path = self.folder.path().join("gone");
        let sink = FolderSink::new(&path).unwrap();
        std::fs::remove_dir(&path).unwrap();
        self.dispatch(receiver, sink).await;
    }

    async fn dispatch(&self, receiver: &str, sink: FolderSink) {
        let policy = RetryPolicy { max_attempts: 1, ..RetryPolicy::default() };
        let dispatcher = Dispatcher::new(self.db.clone(), receiver, Sink::Folder(sink), Nobody, policy);
        dispatcher.dispatch_once(MicrosUtc::now(), &mut StdRng::seed_from_u64(1)).await.unwrap();
    }

    pub(crate) async fn get(&self, name: &str) -> pb::Delivery {
        let request = pb::GetDeliveryRequest { name: name.into() };
        self.client(CREDIT).get_delivery(request).await.unwrap().into_inner()
    }

    pub(crate) async fn resend(
        &self,
        number: u128,
        names: &[&str],
    ) -> Result<pb::ResendDeliveriesResponse, Status> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let reason = "the line was cut".to_owned();
        let request = pb::ResendDeliveriesRequest { names, reason, request_id: request_id(number) };
        self.client(IT).resend_deliveries(request).await.map(tonic::Response::into_inner)
    }

    /// Events so far: kind, subject, actor, payload.
    pub(crate) async fn events(&self) -> Vec<(String, String, String, Vec<u8>)> {
        const SQL: &str = "
            SELECT e.kind, e.subject, c.actor, e.payload
            FROM event e JOIN event_context c ON c.context_id = e.context_id ORDER BY e.outbox_id";
        on!(&self.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await.unwrap())
    }
}

pub(crate) fn request_id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

/// The fields that a refusal names.
pub(crate) fn fields(refused: &Status) -> Vec<String> {
    let details = refused.get_details_bad_request().unwrap();
    details.field_violations.into_iter().map(|violation| violation.field).collect()
}
