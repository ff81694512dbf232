//! Requests, duties and the access log on both engines.

mod duties;
mod reads;
mod requests;
mod work;

use contract::common::v1::{CountWorkRequest, CountWorkResponse, ListWorkRequest, work_server::Work};
use db::{Db, testing::assert_same_files};
use domain::{DivisionCode, FieldCode, MicrosUtc, OfficeCode};
use rulebook::{Due, Rulebook};
use service::{
    Clock, MIGRATIONS,
    auth::{Caller, Fields},
    obligation::{self, Matter, NewDuty, WorkService},
};
use tonic::Request;

const NOW: MicrosUtc = MicrosUtc(1_780_000_000_000_000);
/// The method of requests and of reads; any will do.
const METHOD: &str = "/xinjian.registry.v1.Enterprises/CreateEnterprise";

fn field(code: &str) -> FieldCode {
    FieldCode::parse(code).unwrap()
}

fn caller(office: &str, fields: Fields) -> Caller {
    let office = OfficeCode::parse(office).unwrap();
    Caller::new("wang", "", office, fields, vec![DivisionCode::parse("370100").unwrap()], "token")
}

fn food_officer() -> Caller {
    caller("FOOD_PROD", Fields::Set([field("FOOD")].into()))
}

async fn open_duty(db: &Db, subject: &str, office: &str, field: Option<&FieldCode>, start_on: &str) -> Due {
    let mut tx = db.begin_write().await.unwrap();
    let matter = Matter { subject, field, division: None, owner: None };
    let start_on = start_on.parse().unwrap();
    let duty = NewDuty { matter, kind: "mark.confirm", office, parameter: "mark.confirm", start_on };
    let due = obligation::open(&mut tx, &duty, &Rulebook::builtin()).await.unwrap();
    tx.commit().await.unwrap();
    due
}

/// Subjects that `caller` is shown on `today`, page by page.
async fn listed(db: &Db, caller: &Caller, today: &str, request: ListWorkRequest) -> Vec<String> {
    let clock = Clock::Fixed(MicrosUtc::start_of_shanghai_day(today.parse().unwrap()));
    let work = WorkService::new(db.clone(), Rulebook::builtin(), clock);
    let (mut subjects, mut page_token) = (Vec::new(), String::new());
    loop {
        let mut request = Request::new(ListWorkRequest { page_token, ..request.clone() });
        request.extensions_mut().insert(caller.clone());
        let page = work.list_work(request).await.unwrap().into_inner();
        subjects.extend(page.duties.into_iter().map(|duty| duty.subject));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return subjects;
        }
    }
}

async fn count(
    db: &Db,
    caller: &Caller,
    today: &str,
    office: &str,
) -> Result<CountWorkResponse, tonic::Status> {
    let clock = Clock::Fixed(MicrosUtc::start_of_shanghai_day(today.parse().unwrap()));
    let mut request = Request::new(CountWorkRequest { office: office.to_owned() });
    request.extensions_mut().insert(caller.clone());
    WorkService::new(db.clone(), Rulebook::builtin(), clock)
        .count_work(request)
        .await
        .map(tonic::Response::into_inner)
}

#[test]
fn both_engines_have_the_same_migrations() {
    assert_same_files(&MIGRATIONS, env!("CARGO_MANIFEST_DIR"));
}
