use super::fixture::*;
use collection::Error;
use collection::domain::NaturalId;
use collection::imports::{BATCH, batch_request, run_next};
use collection::store::{Act, KeptLine, NewImport, RecordFilter, Store, TakenFilter};
use collection::template::Table;
use contract::collection::v1 as pb;
use db::on;
use domain::MicrosUtc;
use service::Clock;
use service::auth::Caller;
use service::idempotency::Key;

pub(crate) const HEADERS: &str = "行政相对人名称,统一社会信用代码,重点领域,检查编号,检查日期,检查结果,检查实施机关,数据来源单位,责任单位,备注";

pub(crate) fn clock() -> Clock {
    Clock::Fixed(now())
}

fn later() -> Clock {
    Clock::Fixed(now().plus_micros(61_000_000))
}

/// A line of an inspection.
fn row(number: &str, uscc: &str, day: &str, result: &str) -> String {
    let unit = "济南市市场监督管理局";
    format!("济南泉福食品有限公司,{uscc},食品生产,{number},{day},{result},{unit},{unit},{unit},无")
}

fn file(rows: &[String]) -> Vec<u8> {
    format!("{HEADERS}\n{}\n", rows.join("\n")).into_bytes()
}

fn many(count: usize) -> Vec<u8> {
    file(&(0..count).map(|n| row(&format!("检{n}"), "", "2026-02-25", "1")).collect::<Vec<_>>())
}

pub(crate) async fn send(
    store: &Store,
    n: u32,
    caller: &Caller,
    bytes: Vec<u8>,
    dry_run: bool,
) -> Result<pb::Import, Error> {
    let id = request(n);
    let key = Key { caller: caller.subject(), method: "create", request_id: &id };
    let act = Act::of(caller, &key, "", now(), store.book());
    let new = NewImport {
        table: Table::Inspection,
        file_name: "检查.csv".to_owned(),
        dry_run,
        bytes: bytes.into(),
    };
    store.create_import(&act, &key, caller, &new).await
}

pub(crate) fn legal() -> Caller {
    officer("LEGAL", "370100")
}

async fn read(store: &Store, name: &str) -> pb::Import {
    store.import(&NaturalId::from_name(name, "imports").unwrap(), &legal()).await.unwrap()
}

async fn count_of_records(store: &Store) -> i64 {
    on!(store.db(), |pool| sqlx::query_scalar("SELECT COUNT(*) FROM record").fetch_one(pool).await).unwrap()
}

pub(crate) async fn refused(store: &Store, name: &str) -> Vec<pb::RefusedLine> {
    let id = NaturalId::from_name(name, "imports").unwrap();
    store.list_refused_lines(&id, 50, "", &legal()).await.unwrap().lines
}

/// Five lines: one attached, one waiting, one that is there, one with two faults, one whose number was taken.
async fn mixed(store: &Store) -> Vec<u8> {
    register(store, FOOD, "370102").await;
    file(&[
        row("检1", FOOD, "2026-02-25", "1"),
        row("检2", "", "2026年2月25日", "未发现问题"),
        row("检1", FOOD, "2026/2/25", "1"),
        row("检3", "91370102MA3C00011G", "3/5/2026", "1"),
        row("检1", FOOD, "2026-02-26", "1"),
    ])
}

async fn every_line_is_taken_or_refused_with_its_reason(store: Store) {
    let bytes = mixed(&store).await;
    let sent = send(&store, 1, &legal(), bytes, false).await.unwrap();
    assert_eq!((sent.state.as_str(), sent.digest.len()), ("Queued", 64));
    assert!(run_next(&store, clock(), "tester").await.unwrap());
    assert!(!run_next(&store, clock(), "tester").await.unwrap(), "there is no more to do");
    let done = read(&store, &sent.name).await;
    assert_eq!(done.state, "Done", "{}", done.problem);
    let counts = (done.lines, done.lines_done, done.attached, done.unmatched, done.duplicates, done.refused);
    assert_eq!(counts, (5, 5, 1, 1, 1, 2));
    assert_eq!(done.ignored_columns, ["备注"]);
    let told: Vec<(i64, Vec<(String, String)>)> = refused(&store, &sent.name)
        .await
        .into_iter()
        .map(|line| (line.line, line.faults.into_iter().map(|fault| (fault.header, fault.problem)).collect()))
        .collect();
    assert_eq!((told.len(), told[0].0, told[1].0), (2, 5, 6));
    let headers: Vec<&str> = told[0].1.iter().map(|(header, _)| header.as_str()).collect();
    assert_eq!(headers, ["统一社会信用代码", "检查日期"]);
    assert_eq!(told[1].1[0].0, "检查编号");
    assert_eq!(count_of_records(&store).await, 2);
    let kinds: Vec<String> = events(&store).await.into_iter().map(|(kind, _)| kind).collect();
    let ends = [kinds.first().unwrap().as_str(), kinds.last().unwrap().as_str()];
    assert_eq!(ends, ["collection.import.changed"; 2]);
}

async fn no_row_is_lost_whatever_ends_the_lines(store: Store) {
    let rows = ["检1", "检2", "检3"].map(|number| row(number, "", "2026-02-25", "1"));
    for (n, end) in (1..).zip(["\n", "\r\n", "\r"]) {
        let wrong = row("检4", "91370102MA3C00011G", "2026-02-25", "1");
        let text = [&[HEADERS.to_owned()][..], &rows, &[wrong]].concat().join(end);
        let sent = send(&store, n, &legal(), text.into_bytes(), false).await.unwrap();
        assert!(run_next(&store, clock(), "tester").await.unwrap());
        let done = read(&store, &sent.name).await;
        let taken = done.unmatched + done.duplicates;
        assert_eq!((done.state.as_str(), done.lines, taken, done.refused), ("Done", 4, 3, 1), "{end:?}");
        assert_eq!(refused(&store, &sent.name).await[0].line, 5, "{end:?}");
        assert_eq!(count_of_records(&store).await, 3);
    }
}

async fn refused_lines_are_kept_up_to_64_mib_of_an_import_and_the_others_counted(store: Store) {
    let sent = send(&store, 1, &legal(), many(1), false).await.unwrap();
    let task = store.take_over_import(now(), "worker").await.unwrap().unwrap();
    assert!(store.note_import(&task, &["检查编号".to_owned()], &[], 601).await.unwrap());
    // Each takes its text, `[""]` around it, and `[]` for its faults.
    let line = |number| KeptLine { number, cells: vec!["x".repeat(128 * 1024 - 6)], faults: vec![] };
    // The last would fit, and does not come before those that did not.
    let short = KeptLine { number: 602, cells: vec![], faults: vec![] };
    let batches = [(2..102).map(line).collect(), (102..602).map(line).collect(), vec![short]];
    for (batch, refused) in (0..).zip(batches) {
        let progress = collection::store::Progress {
            batch,
            attached: 0,
            unmatched: 0,
            duplicates: 0,
            refused,
            taken: vec![],
        };
        assert!(store.note_batch(&task, &progress, now()).await.unwrap());
    }
    let id = NaturalId::from_name(&sent.name, "imports").unwrap();
    let given = store.refused_lines(&id, "", &legal(), now()).await.unwrap();
    let numbers = given.lines.iter().map(|line| line.number);
    assert!(numbers.eq(2..2 + 512), "{} are given", given.lines.len());
    assert_eq!(given.left_out, 601 - 512);
    let listed = store.list_refused_lines(&id, 1_000, "", &legal()).await.unwrap();
    assert_eq!((listed.lines.len(), listed.not_kept), (512, 601 - 512));
    assert_eq!(read(&store, &sent.name).await.refused, 601);
}

async fn an_import_of_which_a_line_is_not_counted_is_not_done(store: Store) {
    let sent = send(&store, 1, &legal(), many(3), false).await.unwrap();
    let task = store.take_over_import(now(), "worker").await.unwrap().unwrap();
    assert!(store.note_import(&task, &["检查编号".to_owned()], &[], 3).await.unwrap());
    let progress = collection::store::Progress {
        batch: 0,
        attached: 0,
        unmatched: 2,
        duplicates: 0,
        refused: vec![],
        taken: vec![],
    };
    assert!(store.note_batch(&task, &progress, now()).await.unwrap());
    let act = Act::of_system(&sent.name, now(), store.book());
    let problem = store.end_import(&task, &act, None).await.unwrap_err();
    let told = service::error::causes(&problem);
    assert!(told.contains("2 of 3 lines"), "{told}");
    assert_eq!(read(&store, &sent.name).await.state, "Running");
}

async fn what_became_of_each_line_that_was_taken_is_told_as_it_stands_now(store: Store) {
    let bytes = mixed(&store).await;
    let sent = send(&store, 1, &legal(), bytes, false).await.unwrap();
    assert!(run_next(&store, clock(), "tester").await.unwrap());
    let id = NaturalId::from_name(&sent.name, "imports").unwrap();
    let list = async |state: &str, size, token: &str| {
        let page = store.list_taken_lines(&id, &taken(state, size, token), &legal()).await.unwrap();
        let lines: Vec<_> =
            page.lines.into_iter().map(|line| (line.line, line.state, line.subject)).collect();
        (lines, page.next_page_token)
    };
    let (all, end) = list("", 50, "").await;
    let told: Vec<_> = all.iter().map(|(line, state, _)| (*line, state.as_str())).collect();
    assert_eq!(told, [(2, "Attached"), (3, "Unmatched"), (4, "Attached")]);
    assert_eq!((all[0].2 == all[2].2, end.as_str()), (true, ""), "line 4 says what line 2 says");
    assert_eq!(list("Unmatched", 50, "").await.0, [all[1].clone()]);
    let (first, token) = list("", 2, "").await;
    assert_eq!(first, all[..2]);
    assert_eq!(list("", 2, &token).await, (vec![all[2].clone()], String::new()));
    let other = store.list_taken_lines(&id, &taken("", 50, ""), &officer("FOOD_PROD", "370100")).await;
    assert!(other.is_err());
}

fn taken(state: &str, size: i64, token: &str) -> TakenFilter {
    TakenFilter { state: state.to_owned(), size, token: token.to_owned(), only_duplicates: false }
}

/// Lines of an import that are duplicates, each with what it repeats; `all`: how many lines are told in all.
async fn duplicates(store: &Store, name: &str, all: usize) -> Vec<(i64, String)> {
    let id = NaturalId::from_name(name, "imports").unwrap();
    let told = store.list_taken_lines(&id, &taken("", 50, ""), &legal()).await.unwrap().lines;
    assert_eq!(told.len(), all, "{told:?}");
    let filter = TakenFilter { only_duplicates: true, ..taken("", 50, "") };
    let only = store.list_taken_lines(&id, &filter, &legal()).await.unwrap().lines;
    assert_eq!(told.into_iter().filter(|line| line.duplicate).collect::<Vec<_>>(), only);
    only.into_iter().map(|line| (line.line, line.subject)).collect()
}

async fn a_duplicate_names_what_it_repeats_of_its_own_file_and_of_another(store: Store) {
    let bytes = mixed(&store).await;
    let first = send(&store, 1, &legal(), bytes.clone(), false).await.unwrap();
    assert!(run_next(&store, clock(), "tester").await.unwrap());
    let subject = async |name: &str, line: i64| {
        let id = NaturalId::from_name(name, "imports").unwrap();
        let told = store.list_taken_lines(&id, &taken("", 50, ""), &legal()).await.unwrap().lines;
        told.into_iter().find(|told| told.line == line).unwrap().subject
    };
    let (one, two) = (subject(&first.name, 2).await, subject(&first.name, 3).await);
    assert_ne!(one, two);
    assert_eq!(duplicates(&store, &first.name, 3).await, [(4, one.clone())], "line 4 says what line 2 says");
    let again = send(&store, 2, &legal(), bytes.clone(), false).await.unwrap();
    assert!(run_next(&store, clock(), "tester").await.unwrap());
    let all = [(2, one.clone()), (3, two), (4, one)];
    assert_eq!(duplicates(&store, &again.name, 3).await, all);
    // A dry run tells the same of what is there.
    let tried = send(&store, 3, &legal(), bytes, true).await.unwrap();
    assert!(run_next(&store, clock(), "tester").await.unwrap());
    assert_eq!(duplicates(&store, &tried.name, 3).await, all);
}

async fn a_dry_run_names_nothing_that_it_did_not_take(store: Store) {
    let bytes = mixed(&store).await;
    let sent = send(&store, 1, &legal(), bytes, true).await.unwrap();
    assert!(run_next(&store, clock(), "tester").await.unwrap());
    assert_eq!(read(&store, &sent.name).await.duplicates, 1);
    assert_eq!(duplicates(&store, &sent.name, 0).await, []);
}

async fn a_dry_run_tells_the_same_and_takes_nothing(store: Store) {
    let bytes = mixed(&store).await;
    let sent = send(&store, 1, &legal(), bytes, true).await.unwrap();
    assert!(run_next(&store, clock(), "tester").await.unwrap());
    let done = read(&store, &sent.name).await;
    let counts = (done.lines, done.attached, done.unmatched, done.duplicates, done.refused);
    assert_eq!((done.state.as_str(), counts), ("Done", (5, 1, 1, 1, 2)));
    assert_eq!(refused(&store, &sent.name).await.len(), 2);
    assert_eq!(count_of_records(&store).await, 0);
}

async fn lines_that_read_otherwise_after_a_crash_do_not_hold_their_import_up(store: Store) {
    let sent = send(&store, 1, &legal(), many(2), false).await.unwrap();
    // As if they had been taken by an earlier release, which read one of them, and that otherwise.
    let id = batch_request(sent.name.trim_start_matches("imports/"), 0);
    let before = Key { caller: "li", method: "collection.import.batch", request_id: &id };
    let taken = batch(&id, vec![inspection("检0号", "", "2026-02-25")]);
    store.import_records(&act(&id, ""), &before, &taken).await.unwrap();
    assert!(run_next(&store, clock(), "tester").await.unwrap());
    let done = read(&store, &sent.name).await;
    assert_eq!((done.state.as_str(), done.unmatched, done.duplicates), ("Done", 2, 0));
    assert_eq!(count_of_records(&store).await, 3);
}

async fn what_was_taken_before_a_crash_is_not_taken_twice(store: Store) {
    let lines = 2 * BATCH + 10;
    let sent = send(&store, 1, &legal(), many(lines), false).await.unwrap();
    assert!(run_next(&store, clock(), "tester").await.unwrap());
    let told = events(&store).await.len();
    // As if the process had ended when the second batch was durable and not noted yet.
    const BACK: &str = "
        UPDATE file_import SET state = 'Running', next_batch = 1, unmatched = $2, lease_us = 0 WHERE id = $1";
    const PART: &str = "INSERT INTO file_import_part (import_id, number, bytes) VALUES ($1, 0, $2)";
    let id = sent.name.trim_start_matches("imports/");
    on!(store.db(), |pool| {
        sqlx::query(BACK).bind(id).bind(BATCH as i64).execute(pool).await.unwrap();
        sqlx::query(PART).bind(id).bind(many(lines)).execute(pool).await.map(drop)
    })
    .unwrap();
    assert!(run_next(&store, clock(), "tester").await.unwrap());
    let done = read(&store, &sent.name).await;
    assert_eq!((done.state.as_str(), done.unmatched, done.duplicates), ("Done", lines as i64, 0));
    assert_eq!(count_of_records(&store).await, lines as i64);
    assert_eq!(events(&store).await.len(), told + 1, "only the end of the import is told again");
}

async fn an_import_whose_process_died_is_taken_over_when_its_lease_is_over(store: Store) {
    let sent = send(&store, 1, &legal(), many(3), false).await.unwrap();
    let dead = store.take_over_import(now(), "dead").await.unwrap().unwrap();
    assert!(!run_next(&store, clock(), "tester").await.unwrap(), "it may still be alive");
    assert!(run_next(&store, later(), "tester").await.unwrap());
    assert_eq!(read(&store, &sent.name).await.unmatched, 3);
    let progress = collection::store::Progress {
        batch: 1,
        attached: 0,
        unmatched: 9,
        duplicates: 0,
        refused: vec![],
        taken: vec![],
    };
    assert!(!store.note_batch(&dead, &progress, now()).await.unwrap(), "who was given up notes nothing more");
    assert_eq!(read(&store, &sent.name).await.unmatched, 3);
}

async fn an_import_whose_file_cannot_be_read_does_not_hold_up_the_others(store: Store) {
    let broken = send(&store, 1, &legal(), many(3), false).await.unwrap();
    on!(store.db(), |pool| {
        sqlx::query("DELETE FROM file_import_part").execute(pool).await.unwrap();
        sqlx::query("UPDATE file_import SET created_us = created_us - 1").execute(pool).await.map(drop)
    })
    .unwrap();
    let whole = send(&store, 2, &legal(), many(2), false).await.unwrap();
    let failed = run_next(&store, clock(), "tester").await;
    assert!(matches!(failed, Err(Error::Common(service::Error::Corrupt(_)))), "{failed:?}");
    assert!(run_next(&store, clock(), "tester").await.unwrap());
    let done = read(&store, &whole.name).await;
    assert_eq!((done.state.as_str(), done.unmatched), ("Done", 2));
    assert!(
        !run_next(&store, clock(), "tester").await.unwrap(),
        "it is looked at again when its lease is over"
    );
    assert_eq!(read(&store, &broken.name).await.lines_done, 0);
    assert!(run_next(&store, later(), "tester").await.is_err());
}

async fn an_import_that_its_process_left_in_order_is_taken_over_at_once(store: Store) {
    let sent = send(&store, 1, &legal(), many(3), false).await.unwrap();
    store.take_over_import(now(), "ending").await.unwrap().unwrap();
    store.leave_import("another").await.unwrap();
    assert!(!run_next(&store, clock(), "tester").await.unwrap(), "it is not another's to leave");
    store.leave_import("ending").await.unwrap();
    assert!(run_next(&store, clock(), "tester").await.unwrap());
    let done = read(&store, &sent.name).await;
    assert_eq!((done.state.as_str(), done.unmatched), ("Done", 3));
    store.leave_import("tester").await.unwrap();
    assert_eq!(read(&store, &sent.name).await, done);
}

async fn a_cancelled_import_takes_nothing_more(store: Store) {
    let sent = send(&store, 1, &legal(), many(3), false).await.unwrap();
    let (id, caller) = (request(2), legal());
    let key = Key { caller: caller.subject(), method: "cancel", request_id: &id };
    let act = Act::of(&caller, &key, "", now(), store.book());
    let asked = pb::CancelImportRequest { name: sent.name.clone(), request_id: id.to_string() };
    let import = NaturalId::from_name(&sent.name, "imports").unwrap();
    let stopped = store.cancel_import(&act, &key, &caller, &asked, &import).await.unwrap();
    assert_eq!(stopped.state, "Cancelled");
    assert_eq!(store.cancel_import(&act, &key, &caller, &asked, &import).await.unwrap(), stopped);
    assert!(!run_next(&store, clock(), "tester").await.unwrap());
    assert_eq!(count_of_records(&store).await, 0);
    let other = request(3);
    let key = Key { caller: caller.subject(), method: "cancel", request_id: &other };
    let again = store.cancel_import(&act, &key, &caller, &pb::CancelImportRequest::default(), &import).await;
    assert!(matches!(again, Err(Error::Common(service::Error::Refused(_)))), "{again:?}");
}

async fn cancel(store: &Store, n: u32, name: &str) -> Result<pb::Import, Error> {
    let (id, caller) = (request(n), legal());
    let key = Key { caller: caller.subject(), method: "cancel", request_id: &id };
    let act = Act::of(&caller, &key, "", now(), store.book());
    let asked = pb::CancelImportRequest { name: name.to_owned(), request_id: id.to_string() };
    store.cancel_import(&act, &key, &caller, &asked, &NaturalId::from_name(name, "imports").unwrap()).await
}

async fn progress_shows_batch_by_batch_and_a_stop_midway_keeps_what_was_taken(store: Store) {
    let sent = send(&store, 1, &legal(), many(5), false).await.unwrap();
    let task = store.take_over_import(now(), "worker").await.unwrap().unwrap();
    let headers = ["检查编号".to_owned()];
    assert!(store.note_import(&task, &headers, &[], 5).await.unwrap());
    let batch = |batch, unmatched| collection::store::Progress {
        batch,
        attached: 0,
        unmatched,
        duplicates: 0,
        refused: vec![],
        taken: vec![],
    };
    assert!(store.note_batch(&task, &batch(0, 2), now()).await.unwrap());
    let seen = read(&store, &sent.name).await;
    assert_eq!((seen.state.as_str(), seen.lines, seen.lines_done), ("Running", 5, 2));
    assert!(store.note_batch(&task, &batch(1, 2), now()).await.unwrap());
    assert_eq!(read(&store, &sent.name).await.lines_done, 4);
    assert_eq!(cancel(&store, 2, &sent.name).await.unwrap().state, "Cancelled");
    // What was being taken meanwhile is there and is counted; then the work ends.
    assert!(!store.note_batch(&task, &batch(2, 1), now()).await.unwrap(), "the work ends here");
    assert!(!store.note_batch(&task, &batch(2, 1), now()).await.unwrap());
    let stopped = read(&store, &sent.name).await;
    assert_eq!((stopped.state.as_str(), stopped.lines_done), ("Cancelled", 5));
    assert_eq!(events(&store).await.last().unwrap().0, "collection.import.changed");
    assert!(!run_next(&store, clock(), "tester").await.unwrap());
}

async fn a_file_that_is_wrong_anywhere_leaves_nothing_behind(store: Store) {
    let mut late = many(BATCH + 500);
    late.extend_from_slice(vec!["1"; 300].join(",").as_bytes());
    let files: [(Vec<u8>, &str); 7] = [
        (late, "第 1502 行超过 200 列"),
        (b"\xD0\xCF\x11\xE0".to_vec(), "这是旧版工作簿 .xls，请另存为 .xlsx 后再导入"),
        ("一,二\n三,四".into(), "没有找到表头，请使用监督检查模板，表头须在前 10 行内"),
        (HEADERS.replace("检查结果", "").into(), "表头(第 1 行)缺少必填列: 检查结果；不认识的表头: “备注”"),
        (format!("{HEADERS},检查编号").into(), "表头(第 1 行)重复: 检查编号(D 列“检查编号”、K 列“检查编号”)"),
        (HEADERS.into(), "表头(第 1 行)之下没有数据"),
        (Vec::new(), "文件是空的"),
    ];
    for (n, (bytes, problem)) in (1..).zip(files) {
        let sent = send(&store, n, &legal(), bytes, false).await.unwrap();
        assert!(run_next(&store, clock(), "tester").await.unwrap());
        let ended = read(&store, &sent.name).await;
        assert_eq!(ended.state, "Refused");
        assert_eq!(ended.problem, problem);
    }
    assert_eq!(count_of_records(&store).await, 0);
    let parts: i64 = on!(store.db(), |pool| sqlx::query_scalar("SELECT COUNT(*) FROM file_import_part")
        .fetch_one(pool)
        .await)
    .unwrap();
    assert_eq!(parts, 0, "the file is dropped when its import ends");
}

async fn the_same_request_is_the_same_import_and_another_file_is_refused(store: Store) {
    let sent = send(&store, 1, &legal(), many(3), false).await.unwrap();
    run_next(&store, clock(), "tester").await.unwrap();
    let again = send(&store, 1, &legal(), many(3), false).await.unwrap();
    assert_eq!((again.name.as_str(), again.state.as_str()), (sent.name.as_str(), "Done"));
    let other = send(&store, 1, &legal(), many(4), false).await.unwrap_err();
    assert!(matches!(other, Error::Common(service::Error::RequestIdReused(_))), "{other:?}");
    // The same lines in another import are duplicates.
    let second = send(&store, 2, &legal(), many(3), false).await.unwrap();
    run_next(&store, clock(), "tester").await.unwrap();
    assert_eq!(read(&store, &second.name).await.duplicates, 3);
}

async fn an_office_sees_its_own_imports_and_credit_sees_all(store: Store) {
    let sent = send(&store, 1, &legal(), many(1), false).await.unwrap();
    let id = NaturalId::from_name(&sent.name, "imports").unwrap();
    let stranger = officer("FOOD_PROD", "370100");
    assert!(store.import(&id, &stranger).await.is_err());
    assert!(store.list_imports("", 50, "", &stranger).await.unwrap().imports.is_empty());
    let credit = officer("CREDIT", "370100");
    assert_eq!(store.import(&id, &credit).await.unwrap(), sent);
    assert_eq!(store.list_imports("Queued", 50, "", &credit).await.unwrap().imports, [sent]);
}

async fn a_record_of_a_file_is_told_in_the_name_of_who_sent_it(store: Store) {
    send(&store, 1, &legal(), many(1), false).await.unwrap();
    run_next(&store, clock(), "tester").await.unwrap();
    const SQL: &str = "
        SELECT c.actor, c.office FROM event e JOIN event_context c ON c.context_id = e.context_id
        WHERE e.kind = 'collection.record.accepted'";
    let told: (String, String) = on!(store.db(), |pool| sqlx::query_as(SQL).fetch_one(pool).await).unwrap();
    assert_eq!(told, ("li".to_owned(), "LEGAL".to_owned()));
    let filter = RecordFilter {
        uscc: None,
        kind: None,
        state: String::new(),
        only_public: false,
        size: 50,
        token: String::new(),
    };
    let page = store.list_records(&filter, &legal().scope(), today()).await.unwrap();
    let received = page.records[0].receive_time.unwrap();
    assert_eq!(MicrosUtc(received.seconds * 1_000_000), now());
}

db::conformance! {
    open = open;
    cases = [
        every_line_is_taken_or_refused_with_its_reason,
        what_became_of_each_line_that_was_taken_is_told_as_it_stands_now,
        no_row_is_lost_whatever_ends_the_lines,
        refused_lines_are_kept_up_to_64_mib_of_an_import_and_the_others_counted,
        an_import_of_which_a_line_is_not_counted_is_not_done,
        a_duplicate_names_what_it_repeats_of_its_own_file_and_of_another,
        a_dry_run_names_nothing_that_it_did_not_take,
        a_dry_run_tells_the_same_and_takes_nothing,
        what_was_taken_before_a_crash_is_not_taken_twice,
        lines_that_read_otherwise_after_a_crash_do_not_hold_their_import_up,
        an_import_whose_process_died_is_taken_over_when_its_lease_is_over,
        an_import_whose_file_cannot_be_read_does_not_hold_up_the_others,
        an_import_that_its_process_left_in_order_is_taken_over_at_once,
        a_cancelled_import_takes_nothing_more,
        progress_shows_batch_by_batch_and_a_stop_midway_keeps_what_was_taken,
        a_file_that_is_wrong_anywhere_leaves_nothing_behind,
        the_same_request_is_the_same_import_and_another_file_is_refused,
        an_office_sees_its_own_imports_and_credit_sees_all,
        a_record_of_a_file_is_told_in_the_name_of_who_sent_it,
    ]
}
