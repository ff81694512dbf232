//! Overdue duties on their way up.

use clap::Parser;
use contract::common::v1::work_server::Work;
use contract::common::v1::{CountTimelinessRequest, CountWorkRequest, Duty, DutyPassedUp, ListWorkRequest};
use db::Db;
use domain::{DivisionCode, FieldCode, MicrosUtc, OfficeCode};
use feed::Host;
use feed::duties::pass_up;
use prost::Message;
use rulebook::Rulebook;
use service::auth::{Caller, Fields};
use service::config::{ServerConfig, parse_from};
use service::obligation::{self, Matter, NewDuty, WorkService};
use service::testing::{until, write_jwks};
use service::{Clock, Shutdown};
use tonic::Request;

use crate::world::World;

const SUBJECT: &str = "enterprises/91370102MA3C00011F/marks/FOOD";
const KIND: &str = "mark.confirm";
/// Due on 2026-03-09.
const START: &str = "2026-03-02";

fn morning(day: &str) -> MicrosUtc {
    MicrosUtc::start_of_shanghai_day(day.parse().unwrap())
}

async fn open_duty(db: &Db, subject: &str, office: &str) {
    let field = FieldCode::parse("FOOD").unwrap();
    let matter = Matter { subject, field: Some(&field), division: None, owner: None };
    let duty = NewDuty { matter, kind: KIND, office, parameter: KIND, start_on: START.parse().unwrap() };
    let mut tx = db.begin_write().await.unwrap();
    obligation::open(&mut tx, &duty, &Rulebook::builtin()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn passed_on(world: &World, day: &str) -> usize {
    pass_up("registry", &world.db, &world.outbox, &Rulebook::builtin(), morning(day)).await.unwrap()
}

/// A request of an officer of an office.
fn asked<T>(office: &str, message: T) -> Request<T> {
    let division = DivisionCode::parse("370100").unwrap();
    let office = OfficeCode::parse(office).unwrap();
    let caller = Caller::new("wang", "", office, Fields::All, vec![division], "token");
    let mut request = Request::new(message);
    request.extensions_mut().insert(caller);
    request
}

fn desk(db: &Db) -> WorkService {
    WorkService::new(db.clone(), Rulebook::builtin(), Clock::Fixed(morning("2026-06-01")))
}

/// What an office reads of the duties that have passed up.
async fn list(db: &Db, office: &str) -> Vec<Duty> {
    let only = ListWorkRequest { only_passed_up: true, ..ListWorkRequest::default() };
    desk(db).list_work(asked(office, only)).await.unwrap().into_inner().duties
}

fn way(duties: &[Duty]) -> Vec<(&str, &str)> {
    let way = duties.iter().flat_map(|duty| &duty.passed_up);
    way.map(|one| (one.office.as_str(), one.passed_on.as_str())).collect()
}

pub(crate) async fn an_overdue_duty_passes_once_to_each_office_above_and_stands_in_their_lists(world: World) {
    open_duty(&world.db, SUBJECT, "DISTRICT").await;
    // Five working days after its last day, which is a Monday.
    assert_eq!(passed_on(&world, "2026-03-16").await, 0);
    assert_eq!(list(&world.db, "FOOD_PROD").await, []);
    assert_eq!(passed_on(&world, "2026-03-17").await, 1);
    assert_eq!(passed_on(&world, "2026-03-17").await, 0);
    assert_eq!(way(&list(&world.db, "FOOD_PROD").await), [("FOOD_PROD", "2026-03-17")]);
    assert_eq!(list(&world.db, "SE_SUPERV").await, []);

    assert_eq!(passed_on(&world, "2026-03-24").await, 0);
    assert_eq!(passed_on(&world, "2026-03-25").await, 1);
    assert_eq!(passed_on(&world, "2026-06-01").await, 0, "nobody is above the credit office");
    let both = [("FOOD_PROD", "2026-03-17"), ("CREDIT", "2026-03-25")];
    for office in ["DISTRICT", "FOOD_PROD", "CREDIT"] {
        let duties = list(&world.db, office).await;
        assert_eq!(way(&duties), both, "{office}");
        assert_eq!((duties[0].office.as_str(), duties[0].overdue), ("DISTRICT", true));
    }

    let counted = desk(&world.db).count_work(asked("FOOD_PROD", CountWorkRequest::default())).await.unwrap();
    let counted = counted.into_inner();
    assert_eq!((counted.open, counted.overdue, counted.passed_up), (1, 1, 1));
    let spring = CountTimelinessRequest {
        due_from: "2026-03-01".into(),
        due_to: "2026-05-31".into(),
        ..CountTimelinessRequest::default()
    };
    let judged = desk(&world.db).count_timeliness(asked("FOOD_PROD", spring)).await.unwrap().into_inner();
    assert_eq!(judged.rows, [], "the office that answers for it is late, not the one above");

    world.sealed_at_least(2).await;
    let events = outbox::read(&world.db, 0, 10, &["registry.duty.passed_up"]).await.unwrap().events;
    let told = events.iter().map(|event| {
        assert_eq!((event.header.subject.as_str(), event.header.office.as_str()), (SUBJECT, "SYSTEM"));
        let told = DutyPassedUp::decode(event.payload.as_deref().unwrap()).unwrap();
        assert_eq!(
            (told.kind.as_str(), told.office.as_str(), told.due_on.as_str()),
            (KIND, "DISTRICT", "2026-03-09")
        );
        told.passed_up.unwrap().office
    });
    assert_eq!(told.collect::<Vec<_>>(), ["FOOD_PROD", "CREDIT"]);
}

pub(crate) async fn what_is_done_or_given_another_day_does_not_pass_up(world: World) {
    for subject in ["done", "put off", "late"] {
        open_duty(&world.db, subject, "FOOD_PROD").await;
    }
    let day = |text: &str| text.parse().unwrap();
    let mut tx = world.db.begin_write().await.unwrap();
    obligation::fulfil(&mut tx, "done", KIND, "wang", day("2026-03-10")).await.unwrap();
    obligation::set_last_day(&mut tx, "put off", KIND, day("2026-03-30")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(passed_on(&world, "2026-03-31").await, 1);
    let duties = list(&world.db, "CREDIT").await;
    assert_eq!(duties.iter().map(|duty| duty.subject.as_str()).collect::<Vec<_>>(), ["late"]);
    assert_eq!(passed_on(&world, "2026-04-30").await, 1, "the other day passes, too");
}

pub(crate) async fn by_a_rulebook_that_knows_no_office_above_another_nothing_passes_up(world: World) {
    open_duty(&world.db, SUBJECT, "DISTRICT").await;
    let files = Rulebook::builtin().archive().into_iter().filter(|(name, _)| name != "superiors.csv");
    let earlier = |text: Vec<u8>| {
        let text = String::from_utf8(text).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with("work.pass_up,"));
        lines.flat_map(|line| [line, "\n"]).collect::<String>().into_bytes()
    };
    let book = Rulebook::from_archive(files.map(|(name, text)| (name, earlier(text)))).unwrap();
    let late = morning("2026-06-01");
    assert_eq!(pass_up("registry", &world.db, &world.outbox, &book, late).await.unwrap(), 0);
    assert_eq!(passed_on(&world, "2026-06-01").await, 1, "by the rulebook of the program it would");
}

/// What a service reads of its surroundings.
#[derive(Parser)]
struct Config {
    #[command(flatten)]
    server: ServerConfig,
    #[command(flatten)]
    host: feed::host::Config,
}

#[tokio::test]
async fn what_is_opened_long_overdue_passes_up_while_the_service_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    write_jwks(&folder.path().join("jwks.json"));
    let config: Config = parse_from([
        "registry".to_owned(),
        format!("--database=sqlite:{}", path("registry.db")),
        format!("--jwks={}", path("jwks.json")),
        "--pass-up-interval-seconds=1".to_owned(),
    ])
    .unwrap();
    let (book, shutdown) = (Rulebook::builtin(), Shutdown::new());
    let host = Host::open("registry", &config.server, &config.host, &[], book, shutdown).await.unwrap();
    for subject in ["the first import", "the second import"] {
        open_duty(host.db(), subject, "DISTRICT").await;
        until(subject, async || {
            let duties = list(host.db(), "FOOD_PROD").await;
            duties.iter().any(|duty| duty.subject == subject).then_some(())
        })
        .await;
    }
}
