//! The registry as a neighbour: what it tells of names, read from a real feed.

use contract::client::{Timeouts, channel};
use contract::registry::v1::{Enterprise, EnterpriseEvent};
use feed::{FeedServer, Follower, Source, Wake};
use outbox::{Entropy, EventContext, NewEvent, Origin, Outbox, Sealer};
use prost::Message;
use punishment::Names;
use service::auth::TokenSource;
use service::peer::Peer;
use service::testing::{TestServer, token};
use service::{Shutdown, Tasks};

use super::house::{House, TODAY, day};

impl House {
    /// Has the registry tell names, in their order, and follows until they are read.
    pub async fn called(&self, names: &[(&str, &str)]) {
        let db = self.store.db();
        let origin = Origin { deployment: "test".to_owned(), service: "registry".to_owned() };
        let outbox = Outbox::new(origin, Entropy::system());
        let context = EventContext { actor: "system".into(), office: "SYSTEM".into(), ..Default::default() };
        let mut tx = db.begin_write().await.unwrap();
        for (uscc, legal_name) in names {
            let enterprise = Enterprise {
                uscc: (*uscc).to_owned(),
                legal_name: (*legal_name).to_owned(),
                ..Enterprise::default()
            };
            let payload = EnterpriseEvent { enterprise: Some(enterprise), ..EnterpriseEvent::default() };
            let event = NewEvent {
                kind: "registry.enterprise.changed",
                subject: format!("enterprises/{uscc}"),
                effective_on: day(TODAY),
                context: &context,
                payload: payload.encode_to_vec(),
            };
            outbox.append(&mut tx, &event).await.unwrap();
        }
        tx.commit().await.unwrap();
        let sealer = Sealer::new(db.clone());
        while sealer.seal_once().await.unwrap() > 0 {}
        let feed = FeedServer::new(
            db.clone(),
            "registry",
            |_, _| true,
            Wake::in_process(sealer.sealed()),
            Shutdown::new(),
        );
        let server = TestServer::start("registry", |server| server.with(feed.into_service())).await;
        self.follow(&server).await;
    }

    async fn follow(&self, registry: &TestServer) {
        let db = self.store.db();
        let token = TokenSource::fixed(token("SYSTEM", &["370100"]));
        let address = registry.address().to_string();
        let peer = Peer::as_service(channel(&address, Timeouts::streaming()).unwrap(), token);
        let follower = Follower::projection(db.clone(), Source::new("registry", peer), Names);
        let shutdown = Shutdown::new();
        let mut tasks = Tasks::new(shutdown.clone());
        follower.spawn(&mut tasks);
        let head = outbox::head(db).await.unwrap().seq;
        follower.status().wait_for(|status| status.seq >= head).await.unwrap();
        shutdown.begin();
        assert!(tasks.drain(std::time::Duration::from_secs(60)).await, "the follower ends");
    }
}
