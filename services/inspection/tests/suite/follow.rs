//! The copies of register and classes, read from a real feed.

use chrono::NaiveDate;
use contract::client::{Timeouts, channel};
use contract::collection::v1 as collection;
use contract::inspection::v1 as inspection_v1;
use contract::punishment::v1 as punishment;
use contract::registry::v1 as registry;
use contract::risk::v1 as risk;
use db::Db;
use feed::{FeedServer, Follower, Projection, Reaction, Source, Wake};
use inspection::follow::{Attention, Cases, Checks, Classes, Measures, Records, Register, Signals, Tickets};
use outbox::{Entropy, EventContext, NewEvent, Origin, Outbox, Sealer};
use prost::Message;
use service::auth::TokenSource;
use service::peer::Peer;
use service::testing::{TestServer, token};
use service::{Shutdown, Tasks};

use crate::house::*;

/// Events of another service, written into the test's own outbox and served as that service's feed.
pub(crate) struct Neighbour {
    db: Db,
    outbox: Outbox,
    server: TestServer,
}

impl Neighbour {
    pub(crate) async fn of(house: &House, name: &'static str) -> Self {
        let origin = Origin { deployment: "test".into(), service: name.into() };
        let outbox = Outbox::new(origin, Entropy::system());
        let wake = Wake::in_process(Sealer::new(house.db.clone()).sealed());
        let feed = FeedServer::new(house.db.clone(), name, |_, _| true, wake, Shutdown::new());
        let server = TestServer::start(name, |server| server.with(feed.into_service())).await;
        Self { db: house.db.clone(), outbox, server }
    }

    pub(crate) async fn tell(&self, kind: &str, payload: &impl Message) {
        let context = EventContext { actor: "system".into(), office: "SYSTEM".into(), ..Default::default() };
        let event = NewEvent {
            kind,
            subject: format!("enterprises/{}", uscc(1)),
            effective_on: NaiveDate::from_ymd_opt(2026, 11, 1).unwrap(),
            context: &context,
            payload: payload.encode_to_vec(),
        };
        let mut tx = self.db.begin_write().await.unwrap();
        self.outbox.append(&mut tx, &event).await.unwrap();
        tx.commit().await.unwrap();
        let sealer = Sealer::new(self.db.clone());
        while sealer.seal_once().await.unwrap() > 0 {}
    }

    async fn followed_by<P: Projection>(&self, name: &str, projection: P) {
        self.read_by(Follower::projection(self.db.clone(), self.source(name), projection)).await;
    }

    pub(crate) async fn acted_on_by<R: Reaction>(&self, name: &str, reaction: R) {
        self.read_by(Follower::reaction(self.db.clone(), self.source(name), reaction)).await;
    }

    fn source(&self, name: &str) -> Source {
        let address = self.server.address().to_string();
        let token = TokenSource::fixed(token("SYSTEM", CITY));
        Source::new(name, Peer::as_service(channel(&address, Timeouts::streaming()).unwrap(), token))
    }

    /// Has a reader follow until everything told so far is handled.
    async fn read_by(&self, follower: Follower) {
        let shutdown = Shutdown::new();
        let mut tasks = Tasks::new(shutdown.clone());
        follower.spawn(&mut tasks);
        let head = outbox::head(&self.db).await.unwrap().seq;
        follower.status().wait_for(|status| status.seq >= head).await.unwrap();
        shutdown.begin();
        assert!(tasks.drain(std::time::Duration::from_secs(60)).await, "the follower ends");
    }
}

fn enterprise(at: usize, division: &str, registration_state: &str) -> registry::EnterpriseEvent {
    let enterprise = registry::Enterprise {
        uscc: uscc(at).to_string(),
        division: division.into(),
        registration_state: registration_state.into(),
        ..Default::default()
    };
    registry::EnterpriseEvent { enterprise: Some(enterprise), ..Default::default() }
}

fn mark(at: usize, state: &str) -> registry::MarkEvent {
    let mark = registry::Mark {
        uscc: uscc(at).to_string(),
        field: "FOOD".into(),
        state: state.into(),
        ..Default::default()
    };
    registry::MarkEvent { mark: Some(mark), ..Default::default() }
}

async fn a_pool_holds_the_marked_enterprises_that_can_be_inspected(house: House) {
    house.employ(4).await;
    let registry = Neighbour::of(&house, "registry").await;
    for (at, division, registration_state, marked) in [
        (1, "370102", "InOperation", "Published"),
        (2, "370103", "InOperation", "Candidate"),
        (3, "370103", "Deregistered", "Published"),
        (4, "370103", "", "Marked"),
    ] {
        registry.tell("registry.enterprise.registered", &enterprise(at, division, registration_state)).await;
        registry.tell("registry.mark.changed", &mark(at, marked)).await;
    }
    // In one batch the last word counts.
    registry.tell("registry.enterprise.changed", &enterprise(1, "370104", "InOperation")).await;
    registry.followed_by("registry", Register).await;
    let task = house.drawn("UNIFORM", 100).await;
    let mut drawn: Vec<_> =
        house.visits_of(&task.name).await.into_iter().map(|visit| (visit.uscc, visit.division)).collect();
    drawn.sort();
    let expected = [(uscc(1).to_string(), "370104".to_owned()), (uscc(4).to_string(), "370103".to_owned())];
    assert_eq!(drawn, expected);
}

async fn a_rebuilt_copy_equals_the_one_that_followed(house: House) {
    let risk = Neighbour::of(&house, "risk").await;
    // The last one ends: its enterprise left the field.
    for (at, code) in [(1, "B"), (2, "E"), (1, "D"), (3, "C"), (3, "")] {
        let risk_class = risk::RiskClass {
            uscc: uscc(at).to_string(),
            field: "FOOD".into(),
            scheme: "shandong2020".into(),
            code: code.into(),
            ..Default::default()
        };
        risk.tell(
            "risk.class.changed",
            &risk::ClassEvent { risk_class: Some(risk_class), ..Default::default() },
        )
        .await;
    }
    let rows = async || {
        const SQL: &str = "SELECT uscc, field, scheme, code FROM subject_class ORDER BY uscc";
        let rows: Vec<(String, String, String, String)> =
            db::on!(house.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap();
        rows
    };
    risk.followed_by("risk", Classes).await;
    let live = rows().await;
    let codes: Vec<_> = live.iter().map(|row| row.3.as_str()).collect();
    assert_eq!(codes, ["D", "E"]);
    feed::rebuild(&house.db, &Classes).await.unwrap();
    assert!(rows().await.is_empty());
    risk.followed_by("risk", Classes).await;
    assert_eq!(rows().await, live);
}

fn attention(at: usize, state: &str, on_until: &str) -> risk::AttentionEvent {
    let flag = risk::Flag {
        name: format!("flags/{at}"),
        uscc: uscc(at).to_string(),
        field: "FOOD".into(),
        state: state.into(),
        on_until: on_until.into(),
        ..Default::default()
    };
    risk::AttentionEvent { flag: Some(flag) }
}

/// The test's day is 1 November 2026: of four enterprises one has attention on that day.
async fn key_attention_counts_for_its_term_alone_and_a_rebuilt_copy_is_the_same(house: House) {
    let risk = Neighbour::of(&house, "risk").await;
    for (at, state, on_until) in [
        (1, "AttentionOn", "2026-11-01"),
        (2, "AttentionOn", "2026-10-31"),
        (3, "AttentionOn", "2027-10-31"),
        (3, "AttentionOff", "2026-10-20"),
        (4, "AttentionOff", "2026-10-20"),
    ] {
        risk.tell("risk.attention.changed", &attention(at, state, on_until)).await;
    }
    let rows = async || {
        const SQL: &str =
            "SELECT flag, uscc, field FROM subject_attention WHERE on_until >= $1 ORDER BY flag";
        let day = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        let rows: Vec<(String, String, String)> =
            db::on!(house.db, |pool| sqlx::query_as(SQL).bind(day).fetch_all(pool).await).unwrap();
        rows
    };
    risk.followed_by("risk", Attention).await;
    let live = rows().await;
    assert_eq!(live, [("flags/1".to_owned(), uscc(1).to_string(), "FOOD".to_owned())]);
    feed::rebuild(&house.db, &Attention).await.unwrap();
    assert!(rows().await.is_empty());
    risk.followed_by("risk", Attention).await;
    assert_eq!(rows().await, live);
}

async fn key_attention_raises_the_ratio_in_a_draw_by_class(house: House) {
    house.employ(4).await;
    let registry = Neighbour::of(&house, "registry").await;
    for at in [1, 2] {
        registry.tell("registry.enterprise.registered", &enterprise(at, "370102", "InOperation")).await;
        registry.tell("registry.mark.changed", &mark(at, "Published")).await;
    }
    registry.followed_by("registry", Register).await;
    let risk = Neighbour::of(&house, "risk").await;
    risk.tell("risk.attention.changed", &attention(1, "AttentionOn", "2099-12-31")).await;
    risk.followed_by("risk", Attention).await;
    let task = house.drawn("CLASS", 0).await;
    let rows = ratios(&house, &task.name).await;
    let ratio_of = |at: usize| rows.iter().find(|row| row.0 == uscc(at).to_string()).unwrap();
    let (raised, ordinary) = (ratio_of(1), ratio_of(2));
    assert_eq!(raised.1 * ordinary.2, 2 * ordinary.1 * raised.2, "{rows:?}");
}

/// Nobody has told that the first one's override has ended.
async fn a_class_by_an_override_counts_up_to_its_last_day_alone(house: House) {
    house.employ(4).await;
    let registry = Neighbour::of(&house, "registry").await;
    let risk = Neighbour::of(&house, "risk").await;
    for (at, ends_on) in [(1, "2026-01-31"), (2, "2099-12-31")] {
        registry.tell("registry.enterprise.registered", &enterprise(at, "370102", "InOperation")).await;
        registry.tell("registry.mark.changed", &mark(at, "Published")).await;
        let risk_class = risk::RiskClass {
            uscc: uscc(at).to_string(),
            field: "FOOD".into(),
            scheme: "shandong2020".into(),
            code: "A".into(),
            computed_code: "D".into(),
            override_ends_on: ends_on.into(),
            ..Default::default()
        };
        let told = risk::ClassEvent { risk_class: Some(risk_class), ..Default::default() };
        risk.tell("risk.class.changed", &told).await;
    }
    registry.followed_by("registry", Register).await;
    risk.followed_by("risk", Classes).await;
    let task = house.drawn("CLASS", 0).await;
    let rows = ratios(&house, &task.name).await;
    let ratio_of = |at: usize| rows.iter().find(|row| row.0 == uscc(at).to_string()).unwrap();
    let (computed, overridden) = (ratio_of(1), ratio_of(2));
    assert!(computed.1 * overridden.2 > overridden.1 * computed.2, "D is drawn oftener than A: {rows:?}");
}

/// Each object of a pool with the ratio of its stratum.
async fn ratios(house: &House, task: &str) -> Vec<(String, i64, i64)> {
    const SQL: &str = "
        SELECT o.object, s.p, s.q FROM pool_object o JOIN pool_stratum s ON s.task = o.task AND s.stratum = o.stratum
        WHERE o.task = $1 ORDER BY o.object";
    db::on!(house.db, |pool| sqlx::query_as(SQL).bind(task).fetch_all(pool).await).unwrap()
}

fn measure(at: usize, state: &str, previous_state: &str) -> punishment::MeasureEvent {
    let measure = punishment::Measure {
        name: format!("measures/{at}"),
        measure: "KeySupervision".into(),
        uscc: uscc(at).to_string(),
        state: state.into(),
        starts_on: "2026-03-02".into(),
        ..Default::default()
    };
    let previous_state = previous_state.into();
    punishment::MeasureEvent { measure: Some(measure), previous_state, ..Default::default() }
}

/// Of four measures one is in force: the others are proposed, contested before anybody confirmed them, or have ended.
async fn measures_in_force_are_copied_and_a_rebuilt_copy_is_the_same(house: House) {
    let punishment = Neighbour::of(&house, "punishment").await;
    for (at, state, previous_state) in [
        (1, "Derived", ""),
        (1, "Confirmed", "Derived"),
        (1, "Contested", "InForce"),
        (2, "Derived", ""),
        (3, "Contested", "Derived"),
        (4, "Sent", "Confirmed"),
        (4, "EndSent", "Ended"),
    ] {
        let event = measure(at, state, previous_state);
        punishment.tell("punishment.measure.changed", &event).await;
    }
    let rows = async || {
        const SQL: &str = "SELECT measure, uscc, code, starts_on FROM subject_measure ORDER BY measure";
        let rows: Vec<(String, String, String, NaiveDate)> =
            db::on!(house.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap();
        rows
    };
    punishment.followed_by("punishment", Measures).await;
    let live = rows().await;
    let since = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
    let expected = ("measures/1".to_owned(), uscc(1).to_string(), "KeySupervision".to_owned(), since);
    assert_eq!(live, [expected]);
    feed::rebuild(&house.db, &Measures).await.unwrap();
    assert!(rows().await.is_empty());
    punishment.followed_by("punishment", Measures).await;
    assert_eq!(rows().await, live);
}

async fn cases_in_progress_are_copied_and_a_rebuilt_copy_is_the_same(house: House) {
    let punishment = Neighbour::of(&house, "punishment").await;
    for (at, state) in
        [(1, "Triggered"), (2, "Triggered"), (1, "NoticeServed"), (2, "NotListed"), (3, "Published")]
    {
        let case = punishment::SeriousCase {
            name: format!("seriousCases/{at}"),
            uscc: uscc(at).to_string(),
            state: state.into(),
            ..Default::default()
        };
        let event = punishment::SeriousEvent { serious_case: Some(case), ..Default::default() };
        punishment.tell("punishment.serious.changed", &event).await;
    }
    let rows = async || {
        const SQL: &str = "SELECT name, uscc FROM subject_case ORDER BY name";
        let rows: Vec<(String, String)> =
            db::on!(house.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap();
        rows
    };
    punishment.followed_by("punishment", Cases).await;
    let live = rows().await;
    assert_eq!(live, [("seriousCases/1".to_owned(), uscc(1).to_string())]);
    feed::rebuild(&house.db, &Cases).await.unwrap();
    assert!(rows().await.is_empty());
    punishment.followed_by("punishment", Cases).await;
    assert_eq!(rows().await, live);
}

fn check_of_others(number: usize, at: usize, checked_on: &str) -> collection::RecordEvent {
    let content = collection::record::Content::Inspection(collection::Inspection::default());
    let record = collection::Record {
        name: format!("records/{number}"),
        uscc: uscc(at).to_string(),
        field: "FOOD".into(),
        decided_on: checked_on.into(),
        content: Some(content),
        ..Default::default()
    };
    collection::RecordEvent { record: Some(record), ..Default::default() }
}

async fn checks_of_others_are_copied_corrected_and_taken_back(house: House) {
    let neighbour = Neighbour::of(&house, "collection").await;
    neighbour.tell("collection.record.accepted", &check_of_others(1, 1, "2026-03-02")).await;
    neighbour.tell("collection.record.accepted", &check_of_others(2, 1, "2026-04-01")).await;
    neighbour.tell("collection.record.accepted", &check_of_others(3, 2, "2026-05-06")).await;
    neighbour.tell("collection.record.corrected", &check_of_others(2, 1, "2026-04-02")).await;
    neighbour.tell("collection.record.withdrawn", &check_of_others(3, 2, "2026-05-06")).await;
    neighbour.followed_by("collection", Checks).await;
    const ALL: &str = "SELECT record, uscc, checked_on FROM other_check ORDER BY record";
    let all: Vec<(String, String, NaiveDate)> =
        db::on!(house.db, |pool| sqlx::query_as(ALL).fetch_all(pool).await).unwrap();
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let of = |number: usize, on: &str| (format!("records/{number}"), uscc(1).to_string(), day(on));
    assert_eq!(all, [of(1, "2026-03-02"), of(2, "2026-04-02")]);
}

async fn a_clue_is_found_by_a_ticket_or_a_signal_only_where_there_is_one(house: House) {
    house.settle(1).await;
    let refused = async |reference: &str| {
        let request = inspection_v1::CreateClueTaskRequest {
            reference: reference.into(),
            ..crate::clues::clue(&[0], &[])
        };
        match house.tasks(WANG).create_clue_task(request).await {
            Ok(created) => {
                assert_eq!(created.into_inner().clue_reference, reference);
                Vec::new()
            }
            Err(refused) => fields(&refused),
        }
    };
    let nothing: [&str; 0] = [];
    assert_eq!(refused("tickets/0af3").await, ["reference"], "nobody has told of it");
    let early = inspection_v1::CreateClueTaskRequest {
        reference: "tickets/0af3".into(),
        ..crate::clues::clue(&[0], &[])
    };
    let too_early = house.tasks(WANG).create_clue_task(early.clone()).await.unwrap_err();
    assert!(too_early.message().contains("send the same request again"), "{too_early}");
    let collection = Neighbour::of(&house, "collection").await;
    let ticket = collection::Ticket { name: "tickets/0af3".into(), ..Default::default() };
    // As often as it is told.
    for _ in 0..2 {
        let told = collection::TicketEvent { ticket: Some(ticket.clone()) };
        collection.tell("collection.ticket.accepted", &told).await;
    }
    collection.followed_by("collection", Tickets).await;
    let risk = Neighbour::of(&house, "risk").await;
    let signal = risk::Signal { name: "signals/7b".into(), ..Default::default() };
    risk.tell("risk.signal.changed", &risk::SignalEvent { signal: Some(signal) }).await;
    risk.followed_by("risk", Signals).await;
    house.tasks(WANG).create_clue_task(early).await.unwrap();
    for known in ["tickets/0af3", "signals/7b", "济市监函〔2026〕7号"] {
        assert_eq!(refused(known).await, nothing, "{known}");
    }
    for unknown in ["tickets/7b", "signals/0af3", "signals/"] {
        assert_eq!(refused(unknown).await, ["reference"], "{unknown}");
    }
    feed::rebuild(&house.db, &Tickets).await.unwrap();
    assert_eq!(refused("tickets/0af3").await, ["reference"]);
    assert_eq!(refused("signals/7b").await, nothing, "the copy of the other feed stays");
    collection.followed_by("collection", Tickets).await;
    assert_eq!(refused("tickets/0af3").await, nothing);
}

async fn a_clue_is_found_by_a_record_only_where_it_stands_and_is_about_whom_the_task_visits(house: House) {
    house.settle(2).await;
    let problem = async |reference: &str, visited: &[usize]| {
        let request = inspection_v1::CreateClueTaskRequest {
            reference: reference.into(),
            ..crate::clues::clue(visited, &[])
        };
        match house.tasks(WANG).create_clue_task(request).await {
            Ok(created) => {
                assert_eq!(created.into_inner().clue_reference, reference);
                String::new()
            }
            Err(refused) => {
                assert_eq!(fields(&refused), ["reference"]);
                refused.message().to_owned()
            }
        }
    };
    assert!(problem("records/1", &[0]).await.contains("there is no `records/1`"));
    let collection = Neighbour::of(&house, "collection").await;
    let tell = async |kind: &str, number: usize, at: usize| {
        let kind = format!("collection.record.{kind}");
        collection.tell(&kind, &check_of_others(number, at, "2026-03-02")).await;
    };
    tell("accepted", 1, 0).await;
    tell("accepted", 2, 0).await;
    tell("corrected", 2, 1).await;
    tell("accepted", 3, 0).await;
    tell("withdrawn", 3, 0).await;
    tell("accepted", 4, 0).await;
    tell("detached", 4, 0).await;
    tell("erased", 5, 0).await;
    // A record of a party without a code.
    let mut nobody = check_of_others(6, 0, "2026-03-02");
    nobody.record.as_mut().unwrap().uscc.clear();
    collection.tell("collection.record.accepted", &nobody).await;
    collection.followed_by("collection", Records).await;
    assert_eq!(problem("records/1", &[0]).await, "");
    assert_eq!(problem("records/1", &[1, 0]).await, "", "one of them is enough");
    assert_eq!(problem("records/2", &[1]).await, "", "as it was corrected");
    for (of_others, visited) in [("records/1", 1), ("records/2", 0), ("records/4", 0), ("records/6", 0)] {
        let told = problem(of_others, &[visited]).await;
        assert!(told.contains("is about none of the enterprises"), "{of_others}: {told}");
    }
    for gone in ["records/3", "records/5"] {
        let told = problem(gone, &[0]).await;
        assert!(told.contains("was withdrawn"), "{gone}: {told}");
    }
    assert!(problem("records/", &[0]).await.contains("there is no"));
    feed::rebuild(&house.db, &Records).await.unwrap();
    assert!(problem("records/1", &[0]).await.contains("there is no"));
    collection.followed_by("collection", Records).await;
    assert_eq!(problem("records/1", &[0]).await, "");
    // What was found to be about the enterprise after all.
    tell("attached", 4, 0).await;
    collection.followed_by("collection", Records).await;
    assert_eq!(problem("records/4", &[0]).await, "");
}

db::conformance! {
    open = house;
    cases = [
        a_clue_is_found_by_a_record_only_where_it_stands_and_is_about_whom_the_task_visits,
        a_clue_is_found_by_a_ticket_or_a_signal_only_where_there_is_one,
        checks_of_others_are_copied_corrected_and_taken_back,
        measures_in_force_are_copied_and_a_rebuilt_copy_is_the_same,
        cases_in_progress_are_copied_and_a_rebuilt_copy_is_the_same,
        a_pool_holds_the_marked_enterprises_that_can_be_inspected,
        a_rebuilt_copy_equals_the_one_that_followed,
        key_attention_counts_for_its_term_alone_and_a_rebuilt_copy_is_the_same,
        key_attention_raises_the_ratio_in_a_draw_by_class,
        a_class_by_an_override_counts_up_to_its_last_day_alone,
    ];
}
