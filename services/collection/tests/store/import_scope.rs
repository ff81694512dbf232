//! Whose rows an officer may bring, and whose imports he sees.

use super::fixture::*;
use collection::Error;
use collection::domain::NaturalId;
use collection::imports::run_next;
use collection::store::{Act, NewImport, RecordFilter, Store};
use collection::template::Table;
use contract::collection::v1 as pb;
use db::on;
use domain::{DivisionCode, OfficeCode};
use service::Clock;
use service::auth::{Caller, Fields};
use service::idempotency::Key;

const HEADERS: &str = "行政相对人名称,统一社会信用代码,重点领域,所在区划,检查编号,检查日期,检查结果,检查实施机关,数据来源单位,责任单位";

/// An officer of a district with a name of his own.
fn district(name: &str, division: &str) -> Caller {
    let division = DivisionCode::parse(division).unwrap();
    Caller::new(name, "", OfficeCode::parse("DISTRICT").unwrap(), Fields::All, vec![division], "")
}

fn line(number: &str, uscc: &str, division: &str) -> String {
    let unit = "济南市市场监督管理局";
    format!("济南泉福食品有限公司,{uscc},食品生产,{division},{number},2026-02-25,1,{unit},{unit},{unit}")
}

async fn send(store: &Store, n: u32, caller: &Caller, lines: &[String], dry_run: bool) -> NaturalId {
    let id = request(n);
    let key = Key { caller: caller.subject(), method: "create", request_id: &id };
    let act = Act::of(caller, &key, "", now(), store.book());
    let bytes = format!("{HEADERS}\n{}\n", lines.join("\n")).into_bytes();
    let new = NewImport {
        table: Table::Inspection,
        file_name: "检查.csv".to_owned(),
        dry_run,
        bytes: bytes.into(),
    };
    let sent = store.create_import(&act, &key, caller, &new).await.unwrap();
    NaturalId::from_name(&sent.name, "imports").unwrap()
}

/// Imports one message in the name of the caller; answers how many rows were taken, and index and field of those refused.
async fn bring(
    store: &Store,
    n: u32,
    caller: &Caller,
    records: Vec<pb::Record>,
) -> (i64, Vec<(i32, String)>) {
    let id = request(n);
    let batch = batch(&id, records).within(caller.scope());
    let ready = tokio_stream::once(store.make_ready(act(&id, ""), batch).await.unwrap());
    let answer = store.take_ready_records("li", "import", ready).await.remove(0).unwrap();
    let refused = answer.rejected.into_iter().map(|row| (row.index, row.field)).collect();
    (answer.attached + answer.unmatched, refused)
}

fn told(refused: &[(i32, String)]) -> Vec<(i32, &str)> {
    refused.iter().map(|(index, field)| (*index, field.as_str())).collect()
}

async fn rows_of_other_fields_and_divisions_are_refused_alone(store: Store) {
    register(&store, FOOD, "370102").await;
    register(&store, EQUIPMENT, "370114").await;
    let rows = || {
        let elsewhere = pb::Record { division: "370102".to_owned(), ..inspection("检3", "", "2026-02-25") };
        vec![
            inspection("检1", FOOD, "2026-02-25"),
            inspection("检2", EQUIPMENT, "2026-02-25"),
            elsewhere,
            pb::Record { field: String::new(), ..inspection("检4", "", "2026-02-25") },
        ]
    };
    let (taken, refused) = bring(&store, 1, &officer("SE_SUPERV", "370100"), rows()).await;
    assert_eq!((taken, told(&refused)), (2, vec![(0, "field"), (2, "field")]));
    let (taken, refused) = bring(&store, 2, &district("wang", "370114"), rows()).await;
    // Two are there already, of which one has no division yet.
    assert_eq!((taken, told(&refused)), (0, vec![(0, "division"), (2, "division")]));
    let (taken, refused) = bring(&store, 3, &officer("LEGAL", "370100"), rows()).await;
    assert_eq!((taken, told(&refused)), (2, vec![]));
}

async fn what_the_city_brings_of_places_outside_it_is_seen_there_and_due(store: Store) {
    const LIE: &str = "SELECT DISTINCT division FROM obligation WHERE done_on IS NULL";
    let city = officer("FOOD_PROD", "370100");
    let outside = pb::Record { division: "110105".to_owned(), ..inspection("检1", "", "2026-02-25") };
    assert_eq!(bring(&store, 1, &city, vec![outside]).await, (1, vec![]));
    let all = RecordFilter {
        uscc: None,
        kind: None,
        state: String::new(),
        only_public: false,
        size: 9,
        token: String::new(),
    };
    let listed = store.list_records(&all, &city.scope(), today()).await.unwrap().records;
    assert_eq!(listed.iter().map(|record| record.division.as_str()).collect::<Vec<_>>(), ["110105"]);
    let id = NaturalId::from_name(&listed[0].name, "records").unwrap();
    assert_eq!(store.record(&id, &city, today()).await.unwrap(), listed[0]);
    let lie: Vec<String> = on!(store.db(), |pool| sqlx::query_scalar(LIE).fetch_all(pool).await).unwrap();
    assert_eq!(lie, [""]);
    let again = pb::Record { division: "110105".to_owned(), ..inspection("检1", "", "2026-02-25") };
    assert_eq!(bring(&store, 2, &city, vec![again]).await, (0, vec![]), "it is there already");
}

async fn lines_of_a_file_outside_the_division_of_who_sent_it_are_refused_with_column_and_reason(
    store: Store,
) {
    register(&store, FOOD, "370102").await;
    let caller = district("wang", "370114");
    let lines = [line("检1", FOOD, ""), line("检2", "", "历下区"), line("检3", "", "370114")];
    for (n, dry_run) in [(1, true), (2, false)] {
        let id = send(&store, n, &caller, &lines, dry_run).await;
        assert!(run_next(&store, Clock::Fixed(now()), "tester").await.unwrap());
        let done = store.import(&id, &caller).await.unwrap();
        assert_eq!((done.state.as_str(), done.unmatched, done.refused), ("Done", 1, 2), "{}", done.problem);
        let refused = store.list_refused_lines(&id, 50, "", &caller).await.unwrap().lines;
        for line in &refused {
            assert_eq!(
                (line.faults[0].header.as_str(), line.faults[0].field.as_str()),
                ("所在区划", "division")
            );
            assert!(line.faults[0].problem.starts_with("不在本单位辖区内"), "{:?}", line.faults);
        }
    }
}

async fn an_import_is_seen_and_stopped_in_its_divisions_only(store: Store) {
    let sender = district("wang", "370114");
    let id = send(&store, 1, &sender, &[line("检1", "", "370102")], false).await;
    let stranger = district("zhao", "370102");
    let request_id = request(2);
    let key = Key { caller: stranger.subject(), method: "cancel", request_id: &request_id };
    let act = Act::of(&stranger, &key, "", now(), store.book());
    let asked = pb::CancelImportRequest::default();
    let denied = |answer: Option<Error>| {
        let denied = matches!(answer, Some(Error::Common(service::Error::Denied(_))));
        assert!(denied, "{answer:?}");
    };
    denied(store.import(&id, &stranger).await.err());
    denied(store.list_refused_lines(&id, 50, "", &stranger).await.err());
    denied(store.refused_lines(&id, "", &stranger, now()).await.err());
    denied(store.cancel_import(&act, &key, &stranger, &asked, &id).await.err());
    assert!(store.list_imports("", 50, "", &stranger).await.unwrap().imports.is_empty());
    for reader in [sender, district("sun", "370114"), district("li", "370100"), officer("CREDIT", "370100")] {
        assert!(store.import(&id, &reader).await.is_ok(), "{reader:?}");
        assert_eq!(store.list_imports("", 50, "", &reader).await.unwrap().imports.len(), 1, "{reader:?}");
    }
}

db::conformance! {
    open = open;
    cases = [
        rows_of_other_fields_and_divisions_are_refused_alone,
        what_the_city_brings_of_places_outside_it_is_seen_there_and_due,
        lines_of_a_file_outside_the_division_of_who_sent_it_are_refused_with_column_and_reason,
        an_import_is_seen_and_stopped_in_its_divisions_only,
    ]
}
