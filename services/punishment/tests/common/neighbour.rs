//! Another service that tells of something: events in the test's own database, read from a real feed.

use contract::client::{Timeouts, channel};
use contract::registry::v1::{Enterprise, EnterpriseEvent};
use db::Db;
use feed::{FeedServer, Follower, Projection, Reaction, Source, Wake};
use outbox::{Entropy, EventContext, NewEvent, Origin, Outbox, Sealer};
use prost::Message;
use punishment::Names;
use punishment::store::Store;
use service::auth::TokenSource;
use service::peer::Peer;
use service::testing::{TestServer, token};
use service::{Shutdown, Tasks};

use super::date;

/// Has a service tell events of one kind on a day, in their order, and follows until the projection has read them. Each event is its subject
/// and its payload.
pub(crate) async fn tells<P: Projection>(
    (db, projection): (&Db, P),
    service: &'static str,
    kind: &'static str,
    day: &str,
    events: Vec<(String, Vec<u8>)>,
) {
    let follower = |source| Follower::projection(db.clone(), source, projection);
    follows(db, follower, (service, kind, day), events).await;
}

/// The same for a reader that acts on what it is told.
pub(crate) async fn acts_on<R: Reaction>(
    (db, reaction): (&Db, R),
    service: &'static str,
    kind: &'static str,
    day: &str,
    events: Vec<(String, Vec<u8>)>,
) {
    let follower = |source| Follower::reaction(db.clone(), source, reaction);
    follows(db, follower, (service, kind, day), events).await;
}

async fn follows(
    db: &Db,
    follower: impl FnOnce(Source) -> Follower,
    (service, kind, day): (&'static str, &'static str, &str),
    events: Vec<(String, Vec<u8>)>,
) {
    let origin = Origin { deployment: "test".to_owned(), service: service.to_owned() };
    let outbox = Outbox::new(origin, Entropy::system());
    let context = EventContext { actor: "system".into(), office: "SYSTEM".into(), ..Default::default() };
    let mut tx = db.begin_write().await.unwrap();
    for (subject, payload) in events {
        let event = NewEvent { kind, subject, effective_on: date(day), context: &context, payload };
        outbox.append(&mut tx, &event).await.unwrap();
    }
    tx.commit().await.unwrap();
    let sealer = Sealer::new(db.clone());
    while sealer.seal_once().await.unwrap() > 0 {}
    let wake = Wake::in_process(sealer.sealed());
    let feed = FeedServer::new(db.clone(), service, |_, _| true, wake, Shutdown::new());
    let server = TestServer::start(service, |server| server.with(feed.into_service())).await;
    let token = TokenSource::fixed(token("SYSTEM", &["370100"]));
    let address = server.address().to_string();
    let peer = Peer::as_service(channel(&address, Timeouts::streaming()).unwrap(), token);
    let follower = follower(Source::new(service, peer));
    let shutdown = Shutdown::new();
    let mut tasks = Tasks::new(shutdown.clone());
    follower.spawn(&mut tasks);
    let head = outbox::head(db).await.unwrap().seq;
    follower.status().wait_for(|status| status.seq >= head).await.unwrap();
    shutdown.begin();
    assert!(tasks.drain(std::time::Duration::from_secs(60)).await, "the follower ends");
}

/// Has the registry tell how a party is registered, and follows until the copy of the register has it.
pub(crate) async fn registered_as(store: &Store, uscc: &str, state: &str, day: &str) {
    let enterprise = Enterprise {
        uscc: uscc.to_owned(),
        legal_name: "济南泉福食品有限公司".to_owned(),
        registration_state: state.to_owned(),
        ..Enterprise::default()
    };
    let event = EnterpriseEvent { enterprise: Some(enterprise), ..EnterpriseEvent::default() };
    let told = vec![(format!("enterprises/{uscc}"), event.encode_to_vec())];
    tells((store.db(), Names), "registry", "registry.enterprise.changed", day, told).await;
}
