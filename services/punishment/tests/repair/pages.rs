//! Lists of what has long texts, through a real channel: each page fits into an answer, and together they hold everything once.

use std::collections::BTreeSet;
use std::sync::Arc;

use contract::punishment::v1 as pb;
use contract::punishment::v1::repairs_client::RepairsClient;
use contract::punishment::v1::serious_list_client::SeriousListClient;
use db::Db;
use domain::{MicrosUtc, Uscc};
use punishment::api::add_all;
use punishment::domain::list::Advance;
use punishment::domain::papers::{Assessment, Paper};
use punishment::domain::repair::Subject;
use punishment::domain::serious::NewCase;
use punishment::index::PartyIndex;
use punishment::machines::serious::Event as CaseEvent;
use punishment::receipts::Receipts;
use punishment::store::{NewRepair, Store};
use service::Clock;
use service::testing::TestServer;

use super::attention::{flag, told_of};
use super::fixture::{penalty, told};
use crate::common::{act, assessment, body, case, case_step, date, open, opened};

const CITY: &[&str] = &["370100"];
/// Elements of each list: together they are more than one answer may hold, and fewer than a page.
const COUNT: usize = 40;
/// Largest page.
const PAGE: i32 = 1_000;

struct House {
    server: TestServer,
    store: Store,
}

async fn house(db: Db) -> House {
    let store = open(db).await;
    let clock = Clock::Fixed(MicrosUtc::start_of_shanghai_day(date("2026-04-07")));
    let index = Arc::new(PartyIndex::default());
    let server = TestServer::start("punishment", |server| {
        add_all(server, &store, &index, Receipts::unsigned(), clock)
    })
    .await;
    House { server, store }
}

/// A text of 120,000 bytes.
fn long() -> String {
    "长".repeat(40_000)
}

fn party(index: usize) -> Uscc {
    Uscc::compose("91370102", &format!("MA0000{index:02}")).unwrap()
}

/// Reads a list to its end, and looks at what its pages hold; `read` answers the names on one page, and the token of the next.
async fn is_whole_in_two_pages(mut read: impl AsyncFnMut(String) -> (Vec<String>, String)) {
    let (mut sizes, mut names, mut token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let (page, next) = read(token).await;
        sizes.push(page.len());
        names.extend(page);
        if next.is_empty() {
            break;
        }
        token = next;
    }
    let each: BTreeSet<_> = names.iter().collect();
    assert_eq!((names.len(), each.len()), (COUNT, COUNT), "pages of {sizes:?}");
    assert!(sizes.len() == 2 && sizes[0] > 30, "no page is shorter than it has to be: {sizes:?}");
}

async fn a_page_of_long_cases_fits_into_an_answer_and_the_next_goes_on_behind_it(house: House) {
    let day = "2023-03-01";
    for index in 0..COUNT {
        let name = opened(&house.store, NewCase { uscc: party(index), ..case() }, day).await;
        let assessed = Paper::Assessment(Assessment { findings: long(), ..assessment() });
        let assess = Advance { paper: Some(assessed), ..case_step(CaseEvent::Assess, day) };
        let opinion = case_step(CaseEvent::GiveOpinion, day);
        for (office, person, step) in [("FOOD_PROD", "hu", opinion), ("ENFORCEMENT", "wang", assess)] {
            let act = act(office, person, day);
            house.store.advance_case(&act, &body("step"), &name, &step).await.unwrap();
        }
    }
    let mut cases = SeriousListClient::new(house.server.peer("CREDIT", CITY));
    is_whole_in_two_pages(async |page_token| {
        let request = pb::ListSeriousCasesRequest {
            page_size: PAGE,
            page_token,
            ..pb::ListSeriousCasesRequest::default()
        };
        let page = cases.list_serious_cases(request).await.unwrap().into_inner();
        (page.cases.into_iter().map(|case| case.name).collect(), page.next_page_token)
    })
    .await;
}

/// Begins an application about each of [`COUNT`] penalties of one party, with a long statement.
async fn apply(store: &Store) {
    let name = |index: usize| format!("records/{index}");
    let fine = |index| penalty(&name(index), &format!("济市监罚〔2026〕{index}号"), &["3"], "2026-01-05");
    told(store, (1..=COUNT).map(fine).collect()).await;
    for index in 1..=COUNT {
        let found = store.repair_subject(&Subject::parse(&name(index)).unwrap()).await.unwrap();
        let new = NewRepair { statement: long(), papers: Vec::new(), related_checks: Vec::new() };
        let act = act("CREDIT", "counter", "2026-04-06");
        store.begin_repair(&act, &body("begin"), &found, new).await.unwrap();
    }
}

/// Reads the list of applications to its end; each has so many flags beside it.
async fn applications_are_whole_in_two_pages(house: &House, flags: usize) {
    let mut repairs = RepairsClient::new(house.server.peer("CREDIT", CITY));
    is_whole_in_two_pages(async |page_token| {
        let request =
            pb::ListRepairsRequest { page_size: PAGE, page_token, ..pb::ListRepairsRequest::default() };
        let page = repairs.list_repairs(request).await.unwrap().into_inner();
        assert!(page.repairs.iter().all(|repair| repair.attention.len() == flags));
        (page.repairs.into_iter().map(|repair| repair.name).collect(), page.next_page_token)
    })
    .await;
}

async fn a_page_of_long_applications_fits_into_an_answer_and_the_next_goes_on_behind_it(house: House) {
    apply(&house.store).await;
    applications_are_whole_in_two_pages(&house, 0).await;
}

async fn what_is_shown_beside_long_applications_fits_into_an_answer_with_them(house: House) {
    apply(&house.store).await;
    // Beside a page that is full without them, they are more than an answer has room for.
    let flags: Vec<_> = (0..200).map(|number| flag(number, "FOOD", "AttentionOn", "2026-12-31")).collect();
    told_of(&house.store, flags).await;
    applications_are_whole_in_two_pages(&house, 200).await;
}

mod cases {
    use super::*;
    db::conformance! {
        open = house;
        cases = [
            a_page_of_long_cases_fits_into_an_answer_and_the_next_goes_on_behind_it,
            a_page_of_long_applications_fits_into_an_answer_and_the_next_goes_on_behind_it,
            what_is_shown_beside_long_applications_fits_into_an_answer_with_them,
        ]
    }
}
