//! A service with its records, the three systems that it tells, and a clock that the test moves.

use std::collections::BTreeMap;
use std::time::Duration;

use contract::client::{Timeouts, channel};
use contract::punishment::v1 as pb;
use db::{Db, on};
use domain::{DivisionCode, MicrosUtc, RequestId};
use exchange::{Backlog, Dispatcher, GrpcSink, RetryPolicy, Sink};
use outbox::{Entropy, Origin, Outbox};
use punishment::Error;
use punishment::domain::list::{EntryName, List};
use punishment::domain::measure::{Measure, MeasureName, NewUse};
use punishment::machines::abnormal::Event as EntryEvent;
use punishment::machines::serious::Event as CaseEvent;
use punishment::store::{Act, ContestAnswer, MeasureChange, MeasureFilter, MeasureOwner, Store};
use rand::SeedableRng;
use rand::rngs::StdRng;
use receiver::{Inbox, Running};
use rulebook::Rulebook;
use service::Clock;
use service::auth::{Fields, Scope, TokenSource};
use service::idempotency::Key;
use service::machine::Actor;
use service::peer::Peer;

use crate::common::{PARTY, act, advance_entry, case, date, listed_entry, noticed, open, take};

/// The systems of the built-in list.
pub(crate) const SYSTEMS: [&str; 3] = ["approval", "credit-platform", "procurement"];

/// Somebody who acts, by a request of their own.
pub(crate) struct Who<'a> {
    office: &'a str,
    person: &'a str,
    basis: &'a str,
    id: RequestId,
}

pub(crate) fn who<'a>(office: &'a str, person: &'a str) -> Who<'a> {
    Who { office, person, basis: "办法", id: RequestId::from_uuid(uuid::Uuid::new_v4()) }
}

impl<'a> Who<'a> {
    pub(crate) fn citing(self, basis: &'a str) -> Self {
        Self { basis, ..self }
    }

    /// The same person, with the same request.
    pub(crate) fn repeated(&self) -> Self {
        Self { id: self.id.clone(), ..*self }
    }

    fn act(&self, now: MicrosUtc) -> Act<'_> {
        let actor = Actor::person(self.office, self.person).citing(self.basis);
        Act { actor, key: Key { caller: self.person, method: "/test/Method", request_id: &self.id }, now }
    }
}

pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) now: MicrosUtc,
    systems: BTreeMap<&'static str, Running>,
    rng: StdRng,
}

pub(crate) fn start_of(day: &str) -> MicrosUtc {
    MicrosUtc::start_of_shanghai_day(date(day))
}

/// The body that idempotency compares; its content does not matter here.
fn unsaid() -> pb::GetMeasureRequest {
    pb::GetMeasureRequest::default()
}

impl House {
    /// A house over `db` on Monday 3 June 2024, whose systems take everything until told otherwise.
    pub(crate) async fn open(db: Db) -> Self {
        let store = open(db).await;
        let systems = SYSTEMS.map(|name| (name, Running::on_a_free_port().unwrap())).into();
        Self { store, now: start_of("2024-06-03"), systems, rng: StdRng::seed_from_u64(1) }
    }

    /// The same records, by a list of measures that a test has changed.
    pub(crate) fn by_list(&mut self, change: impl Fn(&str) -> String) {
        let files = Rulebook::builtin().archive().into_iter().map(|(name, text)| match name.as_str() {
            "measures.csv" => (name, change(std::str::from_utf8(&text).unwrap()).into_bytes()),
            _ => (name, text),
        });
        let book = Rulebook::from_archive(files).unwrap().into();
        let origin = Origin { deployment: "test".to_owned(), service: "punishment".to_owned() };
        let outbox = Outbox::new(origin, Entropy::system());
        self.store = Store::new(self.store.db().clone(), outbox, book);
    }

    pub(crate) fn inbox(&self, system: &str) -> &Inbox {
        self.systems[system].inbox()
    }

    pub(crate) fn system(&mut self, name: &str) -> &mut Running {
        self.systems.get_mut(name).unwrap()
    }

    pub(crate) fn later(&mut self, hours: i64) {
        self.now = self.now.plus_micros(hours * 3_600_000_000);
    }

    /// The present day.
    pub(crate) fn today(&self) -> String {
        domain::shanghai_date(self.now).to_string()
    }

    /// Puts the party into the directory, today.
    pub(crate) async fn list_entry(&self) -> EntryName {
        let listed = listed_entry(&self.store, PARTY, &self.today()).await;
        EntryName::parse(List::Abnormal, &listed.name).unwrap()
    }

    pub(crate) async fn remove_entry(&self, name: &EntryName) {
        for (person, event) in [("li", EntryEvent::RequestRemoval), ("wang", EntryEvent::Remove)] {
            let act = act("DISTRICT", person, &self.today());
            advance_entry(&self.store, &act, name, event).await.unwrap();
        }
    }

    /// Works a case through the three bodies, so that it is decided and published on a day.
    pub(crate) async fn publish_case(&self, day: &str) -> EntryName {
        let before = |days| (date(day) - chrono::Days::new(days)).to_string();
        let name = noticed(&self.store, case(), &before(30)).await;
        let steps = [
            ("ENFORCEMENT", "wang", CaseEvent::AskConsent, before(14)),
            ("SUPERIOR", "zhou", CaseEvent::Consent, before(1)),
            ("ENFORCEMENT", "feng", CaseEvent::Decide, day.to_owned()),
            ("CREDIT", "publisher", CaseEvent::Publish, day.to_owned()),
        ];
        for (office, person, event, day) in &steps {
            take(&self.store, &name, &[(office, person, *event, day)]).await;
        }
        name
    }

    pub(crate) async fn revoke_case(&self, name: &EntryName) {
        let today = self.today();
        take(&self.store, name, &[("ENFORCEMENT", "sun", CaseEvent::Revoke, &today)]).await;
    }

    /// Every measure of an entry, in the order of the list.
    pub(crate) async fn measures_of(&self, entry: &EntryName) -> Vec<Measure> {
        let filter = MeasureFilter { entry: Some(entry.clone()), ..MeasureFilter::default() };
        self.store.measures(&filter, &city(), 1_000, "").await.unwrap().rows
    }

    pub(crate) async fn measure_of(&self, entry: &EntryName, code: &str) -> Measure {
        let mut measures = self.measures_of(entry).await;
        measures.retain(|measure| measure.code == code);
        measures.pop().unwrap()
    }

    pub(crate) async fn change(
        &self,
        who: Who<'_>,
        name: &MeasureName,
        change: MeasureChange,
    ) -> Result<pb::Measure, Error> {
        self.store.change_measure(&who.act(self.now), &unsaid(), name, &change).await
    }

    pub(crate) async fn confirm(&self, measure: &Measure) -> Result<pb::Measure, Error> {
        let credit = who("CREDIT", "sun").citing(&measure.basis);
        self.change(credit, &measure.name, MeasureChange::Confirm).await
    }

    pub(crate) async fn contest(&self, name: &MeasureName) -> Result<pb::Measure, Error> {
        let reason = "当事人认为依据不适用".to_owned();
        self.change(who("DISTRICT", "wang"), name, MeasureChange::Contest { reason }).await
    }

    pub(crate) async fn answer(&self, name: &MeasureName, founded: bool) -> Result<pb::Measure, Error> {
        let answer = ContestAnswer { founded, reason: "经核查".to_owned() };
        self.change(who("CREDIT", "qian"), name, MeasureChange::Decide(answer)).await
    }

    pub(crate) async fn report(
        &self,
        who: Who<'_>,
        name: &MeasureName,
        system: &str,
        applied_count: i64,
    ) -> Result<pb::MeasureUse, Error> {
        let new = NewUse { receiver: system.to_owned(), applied_count, result: "从严审查".to_owned() };
        self.store.report_use(&who.act(self.now), &unsaid(), name, &new).await
    }

    pub(crate) async fn care(&self) -> u64 {
        let id = RequestId::from_uuid(uuid::Uuid::new_v4());
        let key = Key { caller: "system", method: "measures", request_id: &id };
        self.store.care_for_measures(&Act { actor: Actor::system(), key, now: self.now }).await.unwrap()
    }

    /// Has measures follow what records trigger, as the job does; answers whether all were brought up to date.
    pub(crate) async fn follow_records(&self) -> bool {
        let id = RequestId::from_uuid(uuid::Uuid::new_v4());
        let key = Key { caller: "system", method: "measures-of-records", request_id: &id };
        let act = Act { actor: Actor::system(), key, now: self.now };
        let followed = self.store.measures_follow_records(&act).await.unwrap();
        let ended = self.store.measures_end_with_day(&act).await.unwrap();
        followed && ended
    }

    /// One round of deliveries to every system, at the present time.
    pub(crate) async fn round(&mut self) {
        for (name, running) in &self.systems {
            let dispatcher = dispatcher(&self.store, name, running, self.now);
            dispatcher.dispatch_once(self.now, &mut self.rng).await.unwrap();
        }
    }

    pub(crate) fn dispatcher(&self, system: &str) -> Dispatcher<MeasureOwner> {
        dispatcher(&self.store, system, &self.systems[system], self.now)
    }

    /// Rounds, hours apart, until nothing is left that the systems could be told. What the publicity system is told is not theirs.
    pub(crate) async fn until_quiet(&mut self) {
        let ours = |backlog: &Backlog| backlog.waiting > 0 && SYSTEMS.contains(&backlog.receiver.as_str());
        while exchange::backlogs(self.store.db()).await.unwrap().iter().any(ours) {
            self.round().await;
            self.later(3);
        }
    }

    /// Kinds of the open duties about a measure, each with office and last day.
    pub(crate) async fn duties(&self, name: &MeasureName) -> Vec<(String, String, String)> {
        const SQL: &str = "
            SELECT kind, office, COALESCE(due_on, '') FROM obligation
            WHERE subject = $1 AND done_on IS NULL ORDER BY kind";
        let subject = name.to_string();
        on!(self.store.db(), |pool| sqlx::query_as(SQL).bind(&subject).fetch_all(pool).await).unwrap()
    }
}

pub(crate) fn city() -> Scope {
    Scope { fields: Fields::All, divisions: vec![DivisionCode::parse("370100").unwrap()] }
}

/// Quick enough to wait for a system that does not answer; it is tried for ever.
fn dispatcher(store: &Store, name: &str, running: &Running, now: MicrosUtc) -> Dispatcher<MeasureOwner> {
    let policy = RetryPolicy {
        max_attempts: 10_000,
        attempt_timeout: Duration::from_secs(4),
        ..RetryPolicy::default()
    };
    let channel = channel(&running.address().unwrap().to_string(), Timeouts::default()).unwrap();
    let peer = Peer::as_service(channel, TokenSource::fixed("given by the system"));
    let owner = MeasureOwner::new(store.clone(), Clock::Fixed(now));
    Dispatcher::new(store.db().clone(), name, Sink::Grpc(GrpcSink::new(peer)), owner, policy)
}
