//! The log of reads, and figures, which are counted only for who may read what they count.

use contract::common::v1::{
    CountFiguresRequest, ListReadsRequest, ListReadsResponse, figures_server::Figures, reads_server::Reads,
};
use db::{Db, Engine, Tx};
use rulebook::Rulebook;
use service::{Clock, MIGRATIONS, access_log, auth::Fields, figures::FiguresService};
use tonic::{Request, Status};

use super::{METHOD, NOW, caller, food_officer};

/// Two figures of risk, as its statements give them.
const SIGNALS: &[&str] = &["
    SELECT 'signal.raised' AS code, '' AS office, 'FOOD' AS field, '370102' AS division FROM period
    UNION ALL SELECT 'flag.begun', '', 'FOOD', '370102' FROM period"];

async fn a_figure_needs_the_right_to_read_what_it_counts_and_is_named_where_it_is_left_out(db: Db) {
    let counted = async |office: &str| {
        let service =
            FiguresService::new("risk", db.clone(), SIGNALS, Rulebook::builtin(), Clock::Fixed(NOW));
        let (first_on, last_on) = ("2026-03-01".to_owned(), "2026-03-31".to_owned());
        let mut request = Request::new(CountFiguresRequest { first_on, last_on, division: String::new() });
        request.extensions_mut().insert(caller(office, Fields::All));
        let answer = service.count_figures(request).await.unwrap().into_inner();
        let told: Vec<_> = answer.figures.into_iter().map(|figure| (figure.code, figure.count)).collect();
        (told, answer.left_out)
    };
    let one = |code: &str| (code.to_owned(), 1);
    let (raised, begun) = ("signal.raised", "flag.begun");
    assert_eq!(counted("FOOD_PROD").await, (vec![one(begun), one(raised)], vec![]));
    assert_eq!(counted("DISTRICT").await, (vec![one(begun)], vec![raised.to_owned()]));
    assert_eq!(counted("LEGAL").await, (vec![], vec![begun.to_owned(), raised.to_owned()]));
}

async fn each_read_of_confidential_data_is_logged(db: Db) {
    let read = access_log::Read { subject: "enterprises/1/class", method: METHOD, purpose: "strict review" };
    access_log::record(&db, &food_officer(), &read, NOW).await.unwrap();
    access_log::record(&db, &caller("CREDIT", Fields::All), &read, NOW.plus_micros(1)).await.unwrap();
    let reads = access_log::reads_of(&db, "enterprises/1/class", 10).await.unwrap();
    let offices: Vec<_> = reads.iter().map(|read| read.office.as_str()).collect();
    assert_eq!(offices, ["CREDIT", "FOOD_PROD"]);
    assert_eq!((reads[1].reader.as_str(), reads[1].read_at_us), ("wang", NOW.micros()));
}

#[test]
fn a_read_is_noted_before_what_somebody_writes_who_asked_later() {
    db::testing::on_sqlite(1, |db| async move {
        let db = db::testing::migrated(db, &[&MIGRATIONS]).await;
        let (subject, caller) = ("enterprises/1/class", food_officer());
        let read = access_log::Read { subject, method: METHOD, purpose: "strict review" };
        // As the transactions of an import follow each other.
        let first = db.begin_write().await.unwrap();
        let noted = access_log::record(&db, &caller, &read, NOW);
        let next = async {
            let next = db.begin_write().await.unwrap();
            let reads = access_log::reads_of(&db, subject, 10).await.unwrap();
            next.rollback().await.unwrap();
            reads.len()
        };
        let (noted, reads, ended) = futures::future::join3(noted, next, first.rollback()).await;
        noted.unwrap();
        ended.unwrap();
        assert_eq!(reads, 1);
    });
}

async fn reads_that_come_at_once_are_each_in_the_log_when_their_answer_leaves(db: Db) {
    let log = access_log::Together::new(db.clone());
    let one = async |number: i64| {
        let subject = format!("enterprises/{number}/class");
        let read = access_log::Read { subject: &subject, method: METHOD, purpose: "strict review" };
        log.record(&food_officer(), &read, NOW.plus_micros(number)).await.unwrap();
        access_log::reads_of(&db, &subject, 10).await.unwrap()
    };
    let all = futures::future::join_all((0..100).map(one)).await;
    for (number, reads) in (0..).zip(&all) {
        let times: Vec<_> = reads.iter().map(|read| read.read_at_us).collect();
        assert_eq!(times, [NOW.plus_micros(number).micros()]);
    }
}

async fn reads_that_come_at_once_are_written_together(db: Db) {
    let log = access_log::Together::new(db.clone());
    let (subject, caller) = ("enterprises/1/class", food_officer());
    let read = access_log::Read { subject, method: METHOD, purpose: "strict review" };
    let all =
        futures::future::join_all((0..100).map(|number| log.record(&caller, &read, NOW.plus_micros(number))));
    // Whoever looks meanwhile sees what each transaction leaves: the first may be of one read alone, the next is of all that wait.
    let mut between = std::collections::BTreeSet::new();
    let watch = async {
        loop {
            match access_log::reads_of(&db, subject, 1_000).await.unwrap().len() {
                0 => {}
                100 => return,
                some => {
                    between.insert(some);
                }
            }
        }
    };
    let (written, ()) = futures::join!(all, watch);
    assert!(written.iter().all(Result::is_ok));
    assert!(between.len() <= 1, "numbers of reads that were seen: {between:?}");
}

async fn what_one_answer_shows_is_noted_together_and_nothing_of_one_that_shows_nothing(db: Db) {
    let log = access_log::Together::new(db.clone());
    let (classes, flags) = ("enterprises/1/classes/-", "enterprises/1/flags/-");
    let reads = [classes, flags].map(|subject| access_log::Read {
        subject,
        method: METHOD,
        purpose: "strict review",
    });
    log.record_all(&food_officer(), &[], NOW).await.unwrap();
    log.record_all(&food_officer(), &reads, NOW).await.unwrap();
    let listed = reads_listed(&db, ListReadsRequest::default()).await.unwrap().reads;
    let subjects: Vec<_> = listed.iter().map(|read| read.subject.as_str()).collect();
    assert_eq!(subjects, [flags, classes]);
}

/// What the log shows to who asks it.
async fn reads_listed(db: &Db, asked: ListReadsRequest) -> Result<ListReadsResponse, Status> {
    let mut request = Request::new(ListReadsRequest { purpose: "监督检查".to_owned(), ..asked });
    request.extensions_mut().insert(caller("LEGAL", Fields::All));
    let service = access_log::ReadsService::new(db.clone(), Clock::Fixed(NOW.plus_micros(9)));
    Ok(service.list_reads(request).await?.into_inner())
}

async fn the_log_is_read_by_subject_reader_and_day_page_by_page_and_that_is_a_read_too(db: Db) {
    let day_us = 86_400_000_000;
    for (number, subject) in
        (0..).zip(["enterprises/1/class", "enterprises/12/class", "enterprises/1/flags/-"])
    {
        let read = access_log::Read { subject, method: METHOD, purpose: "strict review" };
        access_log::record(&db, &food_officer(), &read, NOW.plus_micros(number * day_us)).await.unwrap();
    }
    let subjects = |page: &ListReadsResponse| -> Vec<String> {
        page.reads.iter().map(|read| read.subject.clone()).collect()
    };
    let below = ListReadsRequest { subject: "enterprises/1".to_owned(), page_size: 1, ..Default::default() };
    let first = reads_listed(&db, below.clone()).await.unwrap();
    assert_eq!(subjects(&first), ["enterprises/1/flags/-"]);
    let second = ListReadsRequest { page_token: first.next_page_token, ..below.clone() };
    let second = reads_listed(&db, second).await.unwrap();
    assert_eq!(
        (subjects(&second), second.next_page_token.as_str()),
        (vec!["enterprises/1/class".to_owned()], "")
    );
    assert_eq!(second.reads[0].read_time.as_ref().unwrap().seconds, NOW.micros() / 1_000_000);

    let day = domain::shanghai_date(NOW.plus_micros(day_us)).to_string();
    let of_day = ListReadsRequest { first_on: day.clone(), last_on: day, ..Default::default() };
    assert_eq!(subjects(&reads_listed(&db, of_day).await.unwrap()), ["enterprises/12/class"]);
    let by = ListReadsRequest { reader: "nobody".to_owned(), ..Default::default() };
    assert_eq!(subjects(&reads_listed(&db, by).await.unwrap()), Vec::<String>::new());
    let looks = ListReadsRequest { subject: "reads".to_owned(), ..Default::default() };
    assert_eq!(reads_listed(&db, looks).await.unwrap().reads.len(), 4, "each look before this one");
    let wrong = ListReadsRequest { first_on: "2026-02-30".to_owned(), page_size: -1, ..Default::default() };
    assert_eq!(reads_listed(&db, wrong).await.unwrap_err().code(), tonic::Code::InvalidArgument);
}

/// Keeps the log from being written until the transaction is given up.
async fn nobody_writes(db: &Db) -> Tx {
    let mut tx = db.begin_write().await.unwrap();
    if let Engine::Postgres(connection) = tx.engine() {
        sqlx::query("LOCK TABLE confidential_read IN SHARE MODE").execute(connection).await.unwrap();
    }
    tx
}

async fn a_reader_who_goes_away_takes_nobody_with_him(db: Db) {
    let log = access_log::Together::new(db.clone());
    let read = access_log::Read { subject: "enterprises/1/class", method: METHOD, purpose: "strict review" };
    let caller = food_officer();
    let held = nobody_writes(&db).await;
    let mut writing = Box::pin(log.record(&caller, &read, NOW));
    let mut waiting = Box::pin(log.record(&caller, &read, NOW.plus_micros(1)));
    let mut last = Box::pin(log.record(&caller, &read, NOW.plus_micros(2)));
    assert!(futures::poll!(&mut writing).is_pending());
    // What the first has begun may take its row now; the others come later and stand in line.
    tokio::task::yield_now().await;
    assert!(futures::poll!(&mut waiting).is_pending());
    assert!(futures::poll!(&mut last).is_pending());
    drop(waiting);
    drop(writing);
    held.rollback().await.unwrap();
    last.await.unwrap();
    let reads = access_log::reads_of(&db, "enterprises/1/class", 10).await.unwrap();
    assert!(reads.iter().any(|read| read.read_at_us == NOW.plus_micros(2).micros()), "{reads:?}");
}

db::conformance! {
    migrations = [&MIGRATIONS];
    cases = [
        a_figure_needs_the_right_to_read_what_it_counts_and_is_named_where_it_is_left_out,
        each_read_of_confidential_data_is_logged,
        reads_that_come_at_once_are_each_in_the_log_when_their_answer_leaves,
        reads_that_come_at_once_are_written_together,
        what_one_answer_shows_is_noted_together_and_nothing_of_one_that_shows_nothing,
        the_log_is_read_by_subject_reader_and_day_page_by_page_and_that_is_a_read_too,
        a_reader_who_goes_away_takes_nobody_with_him,
    ]
}
