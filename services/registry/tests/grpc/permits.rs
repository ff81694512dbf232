//! Permits that arrive by the feed of collection.

use contract::collection::v1 as collection;
use contract::registry::v1 as pb;
use db::{DatabaseUrl, Db};
use feed::{FeedServer, Wake};
use outbox::{Entropy, EventContext, NewEvent, Origin, Outbox, Sealer};
use prost::Message;
use service::Shutdown;
use service::testing::TestServer;
use tempfile::TempDir;

use crate::grpc::server::{A, ORDINARY, Registry, create, enterprise};

/// The feed of another service, such as collection: its outbox, its sealer and its server, without its records.
pub(crate) struct Feed {
    _folder: TempDir,
    db: Db,
    outbox: Outbox,
    pub(crate) server: TestServer,
    pub(crate) shutdown: Shutdown,
}

impl Feed {
    /// The feed of collection.
    pub(crate) async fn start() -> Self {
        Self::of("collection").await
    }

    pub(crate) async fn of(service: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&DatabaseUrl::sqlite(folder.path().join("feed.db"))).await.unwrap();
        db.migrate(&[&outbox::MIGRATIONS]).await.unwrap();
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

    pub(crate) async fn tell(&self, kind: &str, record: collection::Record) {
        let (uscc, decided_on) = (record.uscc.clone(), record.decided_on.clone());
        let payload = collection::RecordEvent { record: Some(record), ..Default::default() }.encode_to_vec();
        self.tell_by("", kind, (&uscc, &decided_on), payload).await;
    }

    /// Tells what an office did about an enterprise, as of a day.
    pub(crate) async fn tell_by(
        &self,
        office: &str,
        kind: &str,
        (uscc, day): (&str, &str),
        payload: Vec<u8>,
    ) {
        let context = EventContext { recorded_at_us: 1, office: office.into(), ..EventContext::default() };
        let event = NewEvent {
            kind,
            subject: format!("enterprises/{uscc}"),
            effective_on: day.parse().unwrap(),
            context: &context,
            payload,
        };
        let mut tx = self.db.begin_write().await.unwrap();
        self.outbox.append(&mut tx, &event).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn permit(record: &str, permit_no: &str) -> collection::Record {
    let permit = collection::Permit {
        permit_no: permit_no.into(),
        valid_from: "2023-01-01".into(),
        valid_to: "2099-12-31".into(),
        content: "糕点".into(),
        authority: "济南市行政审批服务局".into(),
        ..collection::Permit::default()
    };
    collection::Record {
        name: record.into(),
        uscc: A.into(),
        party_name: "济南甲食品有限公司".into(),
        field: "FOOD".into(),
        decided_on: "2023-01-01".into(),
        division: "370102".into(),
        content: Some(collection::record::Content::Permit(permit)),
        ..collection::Record::default()
    }
}

#[tokio::test]
async fn a_collected_permit_becomes_a_licence_and_a_withdrawn_one_ends_it() {
    let feed = Feed::start().await;
    let registry = Registry::start_following(feed.server.address()).await;
    let mut enterprises = registry.enterprises("LEGAL", &["370100"]);
    enterprises.create_enterprise(create(1, enterprise(A, "济南甲食品有限公司"))).await.unwrap();

    feed.tell("collection.record.accepted", permit("records/1", ORDINARY)).await;
    let mark = registry.wait_for_mark(A, "Candidate").await;
    assert_eq!(mark.licence_nos, [ORDINARY]);
    feed.tell("collection.record.withdrawn", permit("records/1", ORDINARY)).await;
    registry.wait_for_mark(A, "Removed").await;
    let request = pb::GetLicenceRequest { name: format!("licences/{ORDINARY}") };
    let licence = registry.licences("LEGAL", &["370100"]).get_licence(request).await.unwrap().into_inner();
    assert_eq!((licence.state.as_str(), licence.source_record.as_str()), ("Withdrawn", "records/1"));
    let told = (licence.scope.as_str(), licence.authority.as_str(), licence.site_division.as_str());
    assert_eq!(told, ("糕点", "济南市行政审批服务局", "370102"));
    feed.shutdown.begin();
    registry.stop().await;
}

#[tokio::test]
async fn a_corrected_permit_changes_its_licence_and_a_suspended_one_is_not_in_force() {
    let feed = Feed::start().await;
    let registry = Registry::start_following(feed.server.address()).await;
    let mut enterprises = registry.enterprises("LEGAL", &["370100"]);
    enterprises.create_enterprise(create(1, enterprise(A, "济南甲食品有限公司"))).await.unwrap();
    feed.tell("collection.record.accepted", permit("records/1", ORDINARY)).await;
    registry.wait_for_mark(A, "Candidate").await;

    let wider = |suspended_by: &str, state: &str| {
        let mut record = permit("records/1", ORDINARY);
        record.suspended_by = suspended_by.into();
        if let Some(collection::record::Content::Permit(permit)) = &mut record.content {
            permit.content = "糕点;饮料".into();
            permit.state = state.into();
        }
        record
    };
    feed.tell("collection.record.corrected", wider("", "")).await;
    assert_eq!(
        registry.wait_for_licence(ORDINARY, |licence| licence.scope == "糕点;饮料").await.state,
        "Valid"
    );
    feed.tell("collection.record.suspended", wider("remedies/1", "")).await;
    registry.wait_for_licence(ORDINARY, |licence| licence.state == "Suspended").await;
    feed.tell("collection.record.resumed", wider("", "")).await;
    registry.wait_for_licence(ORDINARY, |licence| licence.state == "Valid").await;
    // Of a decision that ends the licence, the suspension lets it stand as before.
    feed.tell("collection.record.corrected", wider("", "Revoked")).await;
    registry.wait_for_licence(ORDINARY, |licence| licence.state == "Revoked").await;
    feed.tell("collection.record.suspended", wider("remedies/1", "Revoked")).await;
    registry.wait_for_licence(ORDINARY, |licence| licence.state == "Valid").await;
    feed.shutdown.begin();
    registry.stop().await;
}

#[tokio::test]
async fn a_permit_with_a_wrong_number_is_kept_out_visibly_and_holds_nothing_back() {
    let feed = Feed::start().await;
    let registry = Registry::start_following(feed.server.address()).await;
    let mut enterprises = registry.enterprises("LEGAL", &["370100"]);
    enterprises.create_enterprise(create(1, enterprise(A, "济南甲食品有限公司"))).await.unwrap();

    feed.tell("collection.record.accepted", permit("records/1", "SC10137010200019")).await;
    feed.tell("collection.record.accepted", permit("records/2", ORDINARY)).await;
    registry.wait_for_mark(A, "Candidate").await;
    let mut licences = registry.licences("LEGAL", &["370100"]);
    let refused = licences.list_refused_permits(pb::ListRefusedPermitsRequest::default()).await.unwrap();
    let permits = refused.into_inner().permits;
    assert_eq!((permits.len(), permits[0].record.as_str()), (1, "records/1"));
    assert!(permits[0].problem.starts_with("licence_no: position 16"), "{}", permits[0].problem);
    feed.shutdown.begin();
    registry.stop().await;
}
