//! Collection beside a real feed of another service, whose events the test writes.

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use contract::feed::v1::Event;
use contract::inspection::v1::{Visit, VisitEvent};
use contract::punishment::v1::{AbnormalEntry, AbnormalEvent, SeriousCase, SeriousEvent};
use contract::registry::v1::{Breach, BreachEvent, Enterprise, EnterpriseEvent};
use db::{DatabaseUrl, Db};
use feed::{FeedServer, Wake};
use outbox::{Entropy, EventContext, NewEvent, Origin, Outbox, Sealer};
use prost::Message;
use service::Shutdown;
use service::testing::TestServer;
use tempfile::TempDir;

use super::harness::*;

/// Another service, as far as its feed goes.
pub(crate) struct Other {
    server: TestServer,
    db: Db,
    outbox: Outbox,
    shutdown: Shutdown,
    _folder: TempDir,
}

impl Other {
    pub(crate) async fn start(name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&DatabaseUrl::sqlite(folder.path().join("other.db"))).await.unwrap();
        db.migrate(&[&outbox::MIGRATIONS]).await.unwrap();
        let (sealer, shutdown) = (Sealer::new(db.clone()), Shutdown::new());
        let wake = Wake::in_process(sealer.sealed());
        let feed = FeedServer::new(db.clone(), name, |_, _| true, wake, shutdown.clone());
        let server = TestServer::start(name, |server| server.with(feed.into_service())).await;
        let until = shutdown.clone();
        tokio::spawn(sealer.run(async move { until.begun().await }));
        let origin = Origin { deployment: "test".to_owned(), service: name.to_owned() };
        let outbox = Outbox::new(origin, Entropy::system());
        Self { server, db, outbox, shutdown, _folder: folder }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    pub(crate) async fn tell(&self, kind: &str, payload: &impl Message) {
        let context =
            EventContext { actor: "li".to_owned(), office: "DISTRICT".to_owned(), ..EventContext::default() };
        let event = NewEvent {
            kind,
            subject: format!("enterprises/{FOOD}"),
            effective_on: domain::parse_date("2026-02-27").unwrap(),
            context: &context,
            payload: payload.encode_to_vec(),
        };
        let mut tx = self.db.begin_write().await.unwrap();
        self.outbox.append(&mut tx, &event).await.unwrap();
        tx.commit().await.unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

fn record(event: &Event) -> pb::Record {
    let payload = event.payload.as_ref().unwrap();
    pb::RecordEvent::decode(payload.as_slice()).unwrap().record.unwrap()
}

#[tokio::test]
async fn a_record_that_waits_is_attached_when_registry_tells_of_its_enterprise() {
    let registry = Other::start("registry").await;
    let served = Served::start(&["--registry-url", &registry.url()]).await;
    assert_eq!(served.import(1, vec![inspection("检1")]).await.unmatched, 1);
    let enterprise = Enterprise {
        uscc: FOOD.to_owned(),
        legal_name: "济南某某食品有限公司".to_owned(),
        division: "370102".to_owned(),
        ..Enterprise::default()
    };
    let told = EnterpriseEvent { enterprise: Some(enterprise), ..Default::default() };
    registry.tell("registry.enterprise.registered", &told).await;
    let events = served.events_until("collection.record.attached").await;
    let attached = events.last().unwrap();
    let said = record(attached);
    assert_eq!((said.state.as_str(), said.division.as_str(), said.revision), ("Attached", "370102", 2));
    assert_eq!(
        (attached.office.as_str(), attached.subject.as_str()),
        ("SYSTEM", "enterprises/91370102MA3C00011F")
    );
    assert_eq!(served.import(2, vec![inspection("检2")]).await.attached, 1);
    served.stop().await;
}

#[tokio::test]
async fn an_approved_visit_becomes_a_record_with_its_origin() {
    let inspection = Other::start("inspection").await;
    let served = Served::start(&["--inspection-url", &inspection.url()]).await;
    let visit = Visit {
        name: format!("tasks/t1/visits/{FOOD}"),
        uscc: FOOD.to_owned(),
        field: "FOOD".to_owned(),
        division: "370102".to_owned(),
        result: "5".to_owned(),
        visited_on: "2026-02-25".to_owned(),
        ..Visit::default()
    };
    inspection.tell("inspection.result.approved", &VisitEvent { visit: Some(visit) }).await;
    let events = served.events_until("collection.record.accepted").await;
    let said = record(&events[0]);
    assert_eq!((said.origin.as_str(), said.state.as_str()), ("inspection", "Unmatched"));
    assert_eq!(said.provenance.unwrap().responsible, "DISTRICT");
    served.stop().await;
}

#[tokio::test]
async fn a_list_entry_is_recorded_from_listing_and_withdrawn_when_it_was_wrong() {
    let punishment = Other::start("punishment").await;
    let served = Served::start(&["--punishment-url", &punishment.url()]).await;
    for state in ["ListProposed", "Listed", "RevokedByError"] {
        let entry = AbnormalEntry {
            name: "abnormalEntries/1".to_owned(),
            uscc: FOOD.to_owned(),
            party_name: "济南某某食品有限公司".to_owned(),
            division: "370102".to_owned(),
            ground: "4".to_owned(),
            state: state.to_owned(),
            listed_on: if state == "ListProposed" { "" } else { "2026-02-25" }.to_owned(),
            ..AbnormalEntry::default()
        };
        let told =
            AbnormalEvent {
                entry: Some(entry), reason: "列入有误".to_owned(), ..AbnormalEvent::default()
            };
        punishment.tell("punishment.abnormal.changed", &told).await;
    }
    let events = served.events_until("collection.record.withdrawn").await;
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["collection.record.accepted", "collection.record.withdrawn"]);
    let Some(Content::ListEntry(said)) = record(&events[0]).content else { panic!("an entry stays one") };
    assert_eq!((said.list.as_str(), said.status.as_str()), ("ABNORMAL", "Listed"));
    for (state, ended_on) in [("RestoredElsewhere", ""), ("Removed", "2026-02-26")] {
        let case = SeriousCase {
            name: "seriousCases/1".to_owned(),
            uscc: FOOD.to_owned(),
            party_name: "济南某某食品有限公司".to_owned(),
            field: "FOOD".to_owned(),
            division: "370102".to_owned(),
            ground: "F4".to_owned(),
            state: state.to_owned(),
            listed_on: "2026-02-25".to_owned(),
            ended_on: ended_on.to_owned(),
            ..SeriousCase::default()
        };
        let told = SeriousEvent { serious_case: Some(case), ..SeriousEvent::default() };
        punishment.tell("punishment.serious.changed", &told).await;
    }
    let events = served.events_until("collection.record.changed").await;
    let Some(Content::ListEntry(said)) = record(events.last().unwrap()).content else { panic!("it is one") };
    assert_eq!(
        (said.list.as_str(), said.removed_on.as_str()),
        ("SERIOUS", "2026-02-26"),
        "it ended on its own day, whenever it is told"
    );
    served.stop().await;
}

#[tokio::test]
async fn a_confirmed_breach_of_a_commitment_is_recorded_and_its_closing_changes_the_record() {
    let registry = Other::start("registry").await;
    let served = Served::start(&["--registry-url", &registry.url()]).await;
    for (kind, closed_on) in [("registry.breach.confirmed", ""), ("registry.breach.closed", "2026-02-27")] {
        let breach = Breach {
            name: format!("enterprises/{FOOD}/commitments/0192d3a0-0000-7000-8000-00000000000a/breaches/1"),
            uscc: FOOD.to_owned(),
            legal_name: "济南某某食品有限公司".to_owned(),
            field: "FOOD".to_owned(),
            division: "370102".to_owned(),
            office: "FOOD_PROD".to_owned(),
            ordered_on: "2026-02-25".to_owned(),
            closed_on: closed_on.to_owned(),
            ..Breach::default()
        };
        registry.tell(kind, &BreachEvent { breach: Some(breach), ..BreachEvent::default() }).await;
    }
    let events = served.events_until("collection.record.changed").await;
    let (first, last) = (record(&events[0]), record(events.last().unwrap()));
    assert_eq!((first.name == last.name, last.origin.as_str()), (true, "registry"));
    let Some(Content::ListEntry(said)) = last.content else { panic!("a breach stands as an entry") };
    assert_eq!((said.list.as_str(), said.status.as_str()), ("BROKEN_COMMITMENT", "Removed"));
    served.stop().await;
}
