//! A house to test in: the service behind a real channel, over one database, before and after the moment of a draw.

use std::sync::{Arc, LazyLock};

use contract::inspection::v1 as pb;
use contract::inspection::v1::dossiers_client::DossiersClient;
use contract::inspection::v1::dossiers_server::DossiersServer;
use contract::inspection::v1::evidence_files_client::EvidenceFilesClient;
use contract::inspection::v1::evidence_files_server::EvidenceFilesServer;
use contract::inspection::v1::inspectors_client::InspectorsClient;
use contract::inspection::v1::inspectors_server::InspectorsServer;
use contract::inspection::v1::items_client::ItemsClient;
use contract::inspection::v1::items_server::ItemsServer;
use contract::inspection::v1::plans_client::PlansClient;
use contract::inspection::v1::plans_server::PlansServer;
use contract::inspection::v1::rectifications_client::RectificationsClient;
use contract::inspection::v1::rectifications_server::RectificationsServer;
use contract::inspection::v1::replacements_client::ReplacementsClient;
use contract::inspection::v1::replacements_server::ReplacementsServer;
use contract::inspection::v1::tasks_client::TasksClient;
use contract::inspection::v1::tasks_server::TasksServer;
use contract::inspection::v1::visits_client::VisitsClient;
use contract::inspection::v1::visits_server::VisitsServer;
use db::Db;
use domain::{FieldCode, MicrosUtc, Uscc};
use files::Archive;
use inspection::api::Api;
use inspection::store::{
    ClassRow, MarkRow, Randomness, Store, SubjectRow, put_classes, put_marks, put_subjects,
};
use outbox::{Entropy, Origin, Outbox, SealedEvent, Sealer};
use rulebook::Rulebook;
use service::peer::Peer;
use service::testing::{TestServer, token_of};
use service::{Clock, Shutdown};
use tempfile::TempDir;
use tonic::Status;
use tonic_types::StatusExt;

/// The secret of every draw in these tests.
pub(crate) const SECRET: [u8; 32] = [0xa7; 32];
/// The whole city.
pub(crate) const CITY: &[&str] = &["370100"];
/// Seconds since 1970 of the moment at which draws may run: 2026-11-10 10:00 in Shanghai.
pub(crate) const DRAW_SECONDS: i64 = 1_794_276_000;
/// The day of the draw in Shanghai.
pub(crate) const DRAW_DAY: &str = "2026-11-10";

/// The service before, after and long after the moment of the draw.
pub(crate) struct House {
    pub(crate) db: Db,
    pub(crate) store: Store,
    before: TestServer,
    after: TestServer,
    much_later: TestServer,
    _evidence: TempDir,
}

/// A caller: a person of an office, with divisions.
#[derive(Clone, Copy)]
pub(crate) struct Person(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) &'static [&'static str],
);

/// Creates and announces.
pub(crate) const WANG: Person = Person("wang", "FOOD_PROD", CITY);
/// Records figures and reviews results.
pub(crate) const LI: Person = Person("li", "FOOD_PROD", CITY);

/// A service over `db`.
pub(crate) async fn house(db: Db) -> House {
    // Read once for the hundreds of houses.
    static BOOK: LazyLock<Arc<Rulebook>> = LazyLock::new(|| with_rounds(&Rulebook::builtin()));
    house_without_rounds(db, BOOK.clone()).await
}

/// A service over `db` that judges by `book`, and knows the days of rounds in 2026.
pub(crate) async fn house_by(db: Db, book: Arc<Rulebook>) -> House {
    house_without_rounds(db, with_rounds(&book)).await
}

/// `book` with a calendar of rounds for 2026: nothing is drawn on 13 days of February, so that round 300 takes place in the evening before
/// the day of the draw, and round 301 in that day's.
fn with_rounds(book: &Rulebook) -> Arc<Rulebook> {
    const YEARS: &[u8] = b"code,year,closed,source\n\
        welfare-lottery-3d,2026,2026-02-14..2026-02-26,a calendar of tests\n";
    let changed = |(name, text): (String, Vec<u8>)| {
        let text = if name == "entropy_years.csv" { YEARS.to_vec() } else { text };
        (name, text)
    };
    Arc::new(Rulebook::from_archive(book.archive().into_iter().map(changed)).unwrap())
}

/// A service over `db` that judges by `book` and by nothing else.
pub(crate) async fn house_without_rounds(db: Db, book: Arc<Rulebook>) -> House {
    house_with(db, book, false).await
}

/// A service over `db` that was started for demonstrations.
pub(crate) async fn house_for_demonstrations(db: Db) -> House {
    house_with(db, Rulebook::builtin(), true).await
}

async fn house_with(db: Db, book: Arc<Rulebook>, demonstrations: bool) -> House {
    let sets = [&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &inspection::store::MIGRATIONS];
    let db = db::testing::migrated(db, &sets).await;
    let origin = Origin { deployment: "test".into(), service: "inspection".into() };
    let outbox = Outbox::new(origin, Entropy::system());
    let store = Store::new(db.clone(), outbox, book, Randomness::from_fn(|bytes| *bytes = SECRET));
    let store = store.demonstrating(demonstrations);
    let evidence = tempfile::tempdir().unwrap();
    let archive = Archive::open(evidence.path()).await.unwrap();
    let before = start(&store, &archive, DRAW_SECONDS - 86_400).await;
    let after = start(&store, &archive, DRAW_SECONDS + 3_600).await;
    let much_later = start(&store, &archive, DRAW_SECONDS + 45 * 86_400).await;
    House { db, store, before, after, much_later, _evidence: evidence }
}

async fn start(store: &Store, archive: &Archive, seconds: i64) -> TestServer {
    let api = Api::new(store.clone(), Clock::Fixed(MicrosUtc(seconds * 1_000_000)), Shutdown::new());
    let api = api.archiving(Some(archive.clone()));
    TestServer::start("inspection", |server| {
        server
            .with(TasksServer::new(api.clone()))
            .with(VisitsServer::new(api.clone()))
            .with(DossiersServer::new(api.clone()))
            .with(ItemsServer::new(api.clone()))
            .with(PlansServer::new(api.clone()))
            .with(RectificationsServer::new(api.clone()))
            .with(ReplacementsServer::new(api.clone()))
            .with(EvidenceFilesServer::new(api.clone()))
            .with(InspectorsServer::new(api))
    })
    .await
}

impl House {
    fn peer(&self, server: &TestServer, Person(name, office, divisions): Person) -> Peer {
        server.peer_on_line(token_of(name, office, divisions))
    }

    /// The same service, so many days after the draw.
    pub(crate) async fn after_days(&self, days: i64) -> TestServer {
        let evidence = tempfile::tempdir().unwrap();
        let archive = Archive::open(evidence.path()).await.unwrap();
        start(&self.store, &archive, DRAW_SECONDS + days * 86_400).await
    }

    /// Plans, as a server of another day has them.
    pub(crate) fn plans_at(&self, server: &TestServer, person: Person) -> PlansClient<Peer> {
        PlansClient::new(self.peer(server, person))
    }

    /// Tasks, a day before the draw.
    pub(crate) fn before(&self, person: Person) -> TasksClient<Peer> {
        TasksClient::new(self.peer(&self.before, person))
    }

    /// Tasks, an hour after the draw.
    pub(crate) fn tasks(&self, person: Person) -> TasksClient<Peer> {
        TasksClient::new(self.peer(&self.after, person))
    }

    /// Tasks, 45 days after the draw.
    pub(crate) fn tasks_later(&self, person: Person) -> TasksClient<Peer> {
        TasksClient::new(self.peer(&self.much_later, person))
    }

    /// Visits, an hour after the draw.
    pub(crate) fn visits(&self, person: Person) -> VisitsClient<Peer> {
        VisitsClient::new(self.peer(&self.after, person))
    }

    /// Dossiers, an hour after the draw.
    pub(crate) fn dossiers(&self, person: Person) -> DossiersClient<Peer> {
        DossiersClient::new(self.peer(&self.after, person))
    }

    /// Visits, 45 days after the draw.
    pub(crate) fn visits_later(&self, person: Person) -> VisitsClient<Peer> {
        VisitsClient::new(self.peer(&self.much_later, person))
    }

    /// The catalogue.
    pub(crate) fn items(&self, person: Person) -> ItemsClient<Peer> {
        ItemsClient::new(self.peer(&self.before, person))
    }

    /// Plans, a day before the draw.
    pub(crate) fn plans(&self, person: Person) -> PlansClient<Peer> {
        PlansClient::new(self.peer(&self.before, person))
    }

    /// Plans, an hour after the draw.
    pub(crate) fn plans_later(&self, person: Person) -> PlansClient<Peer> {
        PlansClient::new(self.peer(&self.after, person))
    }

    /// Rectifications, an hour after the draw.
    pub(crate) fn rectifications(&self, person: Person) -> RectificationsClient<Peer> {
        RectificationsClient::new(self.peer(&self.after, person))
    }

    /// Replacements, an hour after the draw.
    pub(crate) fn replacements(&self, person: Person) -> ReplacementsClient<Peer> {
        ReplacementsClient::new(self.peer(&self.after, person))
    }

    /// Files of evidence, an hour after the draw.
    pub(crate) fn evidence(&self, person: Person) -> EvidenceFilesClient<Peer> {
        EvidenceFilesClient::new(self.peer(&self.after, person))
    }

    /// Rectifications, 45 days after the draw.
    pub(crate) fn rectifications_later(&self, person: Person) -> RectificationsClient<Peer> {
        RectificationsClient::new(self.peer(&self.much_later, person))
    }

    /// Inspectors.
    pub(crate) fn inspectors(&self, person: Person) -> InspectorsClient<Peer> {
        InspectorsClient::new(self.peer(&self.before, person))
    }

    /// Has `count` enterprises carry the mark of food, spread over two districts, with classes A to E in turn.
    pub(crate) async fn settle(&self, count: usize) {
        let code = |at: usize| uscc(at).to_string();
        let division = |at: usize| ["370102", "370103"][at % 2].to_owned();
        let class = |at: usize| ["A", "B", "C", "D", "E"][at % 5].to_owned();
        let mut tx = self.db.begin_write().await.unwrap();
        let subjects = (0..count).map(|at| SubjectRow {
            uscc: code(at),
            name: name(at),
            division: division(at),
            registration_state: "InOperation".into(),
        });
        put_subjects(&mut tx, subjects.collect()).await.unwrap();
        let mark = |at| MarkRow { uscc: code(at), field: "FOOD".into(), in_force: true };
        put_marks(&mut tx, (0..count).map(mark).collect()).await.unwrap();
        let class = |at| ClassRow {
            uscc: code(at),
            field: "FOOD".into(),
            scheme: "shandong2020".into(),
            code: class(at),
            until: None,
            computed: class(at),
        };
        put_classes(&mut tx, (0..count).map(class).collect()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Enters `count` inspectors, every second one of the lead office.
    pub(crate) async fn employ(&self, count: usize) {
        let mut inspectors = self.inspectors(WANG);
        for number in 0..count {
            let office = ["FOOD_PROD", "DISTRICT"][number % 2];
            inspectors.register_inspector(inspector(number, office)).await.unwrap();
        }
    }

    /// A task that was created and announced.
    pub(crate) async fn announced(&self, stratify_by: &str, percent: i32) -> pb::Task {
        let task = self.before(WANG).create_task(task(stratify_by, percent)).await.unwrap().into_inner();
        self.before(WANG).announce_draw(announce(&task.name)).await.unwrap().into_inner()
    }

    /// A task that was drawn.
    pub(crate) async fn drawn(&self, stratify_by: &str, percent: i32) -> pb::Task {
        let name = self.announced(stratify_by, percent).await.name;
        self.tasks(LI).record_entropy(figures(&name)).await.unwrap();
        let run = pb::RunDrawRequest { name, request_id: id() };
        self.tasks(WANG).run_draw(run).await.unwrap().into_inner()
    }

    /// All visits of a task.
    pub(crate) async fn visits_of(&self, task: &str) -> Vec<pb::Visit> {
        let request = pb::ListVisitsRequest { task: task.into(), page_size: 1_000, ..Default::default() };
        self.visits(WANG).list_visits(request).await.unwrap().into_inner().visits
    }

    /// Enters a result as wang and approves it as li.
    pub(crate) async fn approve(&self, visit: &str, result: &str) -> pb::Visit {
        self.visits(WANG).enter_result(enter(visit, result)).await.unwrap();
        self.visits(LI).review_result(review(visit, true)).await.unwrap().into_inner()
    }

    /// Every event so far, sealed.
    pub(crate) async fn events(&self) -> Vec<SealedEvent> {
        let sealer = Sealer::new(self.db.clone());
        while sealer.seal_once().await.unwrap() > 0 {}
        outbox::read(&self.db, 0, 2_000, &[]).await.unwrap().events
    }
}

/// A new request id.
pub(crate) fn id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The name of the enterprise with a number.
pub(crate) fn name(number: usize) -> String {
    format!("济南第{number}食品有限公司")
}

/// A valid credit code for each number.
pub(crate) fn uscc(number: usize) -> Uscc {
    Uscc::compose("91370102", &format!("MA{number:06}")).unwrap()
}

pub(crate) fn inspector(number: usize, office: &str) -> pb::RegisterInspectorRequest {
    let inspector = pb::Inspector {
        inspector_no: format!("JN{number:04}"),
        office: office.into(),
        fields: vec!["FOOD".into()],
        divisions: vec!["370100".into()],
        cap: 20,
        certificate_valid_to: "2027-12-31".into(),
        available: true,
        ..Default::default()
    };
    pb::RegisterInspectorRequest { inspector: Some(inspector), request_id: id() }
}

pub(crate) fn recusal(inspector_no: &str, enterprise: usize) -> pb::Recusal {
    pb::Recusal {
        inspector_no: inspector_no.into(),
        uscc: uscc(enterprise).to_string(),
        relation: "Kinship".into(),
        reason: "亲属".into(),
    }
}

pub(crate) fn task(stratify_by: &str, percent: i32) -> pb::CreateTaskRequest {
    let task = pb::Task {
        title: "食品生产企业双随机抽查".into(),
        field: "FOOD".into(),
        stratify_by: stratify_by.into(),
        uniform_percent: percent,
        lead_office: "FOOD_PROD".into(),
        ..Default::default()
    };
    pb::CreateTaskRequest { task: Some(task), request_id: id() }
}

pub(crate) fn announce(name: &str) -> pb::AnnounceDrawRequest {
    pb::AnnounceDrawRequest {
        name: name.into(),
        entropy_source: "welfare-lottery-3d".into(),
        entropy_round: "2026300".into(),
        fallback_round: "2026301".into(),
        draw_time: Some(prost_types::Timestamp { seconds: DRAW_SECONDS, nanos: 0 }),
        request_id: id(),
        ..Default::default()
    }
}

pub(crate) fn figures(name: &str) -> pb::RecordEntropyRequest {
    pb::RecordEntropyRequest {
        name: name.into(),
        round: "2026300".into(),
        published_figures: "4 2 3".into(),
        request_id: id(),
        ..Default::default()
    }
}

/// A result of a full check of food; without checks where nothing could be checked.
pub(crate) fn enter(name: &str, result: &str) -> pb::EnterResultRequest {
    let could_be_checked = ["1", "2", "3", "5", "8"].contains(&result);
    pb::EnterResultRequest {
        checks: could_be_checked.then(conforming),
        name: name.into(),
        result: result.into(),
        visited_on: DRAW_DAY.into(),
        minor_count: 1,
        findings: "标签字号偏小".into(),
        request_id: id(),
        ..Default::default()
    }
}

/// Every item of food conforms.
fn conforming() -> pb::VisitChecks {
    let (book, food) = (Rulebook::builtin(), FieldCode::parse("FOOD").unwrap());
    let items = book.supervision_items(&food, DRAW_DAY.parse().unwrap());
    let check = |item: &rulebook::SupervisionItem| pb::ItemCheck {
        item: item.item.clone(),
        verdict: "Conforms".into(),
        ..Default::default()
    };
    pb::VisitChecks { checks: items.map(check).collect() }
}

pub(crate) fn review(name: &str, approve: bool) -> pb::ReviewResultRequest {
    let reason = if approve { String::new() } else { "缺少现场照片".to_owned() };
    pb::ReviewResultRequest { name: name.into(), approve, reason, request_id: id() }
}

/// The fields that a refusal names.
pub(crate) fn fields(refused: &Status) -> Vec<String> {
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    violations.into_iter().map(|one| one.field).collect()
}

/// The reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    service::error::reason_of(status).unwrap_or_else(|| format!("{status:?}"))
}
