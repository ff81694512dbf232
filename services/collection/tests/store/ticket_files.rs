//! Files of tickets: who called is sealed, and nothing of a refused line is kept in clear.

use super::fixture::*;
use collection::Error;
use collection::domain::NaturalId;
use collection::imports::run_next;
use collection::store::{Act, KeptLine, NewImport, Store};
use collection::template::Table;
use contract::collection::v1 as pb;
use db::on;
use service::access_log::reads_of;
use service::auth::Caller;
use service::idempotency::Key;
use service::{Clock, Error as Common};

const HEADERS: &str =
    "工单编号,渠道,诉求类型,受理时间,诉求事项分类,被诉对象,诉求人,来电号码,联系地址,坐席记录";
const PHONE: &str = "13812345678";
const SECRETS: [&str; 3] = [PHONE, "王先生", "泺源大街1号"];

/// A ticket as hotlines export it.
fn row(number: &str, day: &str, topic: &str) -> String {
    format!(
        "{number},12345,投诉,{day},{topic},济南泉福食品有限公司,王先生,{PHONE},泺源大街1号,王先生 {PHONE} 来电"
    )
}

fn holds_secret(bytes: &[u8]) -> bool {
    SECRETS.iter().any(|secret| bytes.windows(secret.len()).any(|part| part == secret.as_bytes()))
}

async fn send(store: &Store, caller: &Caller, rows: &[String]) -> NaturalId {
    let sent = sent(store, caller, rows).await.unwrap();
    NaturalId::from_name(&sent.name, "imports").unwrap()
}

async fn sent(store: &Store, caller: &Caller, rows: &[String]) -> Result<pb::Import, Error> {
    let id = request(1);
    let key = Key { caller: caller.subject(), method: "create", request_id: &id };
    let act = Act::of(caller, &key, "", now(), store.book());
    let bytes = file(rows);
    let new = NewImport {
        table: Table::Ticket,
        file_name: "工单.csv".to_owned(),
        dry_run: false,
        bytes: bytes.into(),
    };
    store.create_import(&act, &key, caller, &new).await
}

fn file(rows: &[String]) -> Vec<u8> {
    format!("{HEADERS}\r\n{}\r\n", rows.join("\r\n")).into_bytes()
}

/// One line that may be taken, one with a telephone number for a day, one with one in its topic.
fn rows() -> [String; 3] {
    [
        row("T1", "2026-02-27", "食品质量"),
        row("T2", PHONE, "食品质量"),
        row("T3", "2026-02-27", &format!("请回电 {PHONE}")),
    ]
}

async fn done(store: &Store, id: &NaturalId) -> pb::Import {
    assert!(run_next(store, Clock::Fixed(now()), "tester").await.unwrap());
    let done = store.import(id, &officer("IT", "370100")).await.unwrap();
    assert_eq!(done.state, "Done", "{}", done.problem);
    done
}

async fn given(store: &Store, id: &NaturalId, office: &str, purpose: &str) -> Vec<KeptLine> {
    store.refused_lines(id, purpose, &officer(office, "370100"), now()).await.unwrap().lines
}

async fn callers_of_a_file_are_sealed_and_no_cell_of_it_is_kept_in_clear(store: Store) {
    let id = send(&store, &officer("IT", "370100"), &rows()).await;
    const PARTS: &str = "SELECT bytes FROM file_import_part";
    let parts: Vec<Vec<u8>> =
        on!(store.db(), |pool| sqlx::query_scalar(PARTS).fetch_all(pool).await).unwrap();
    assert!(parts.len() == 1 && !holds_secret(&parts[0]), "while it waits");
    let done = done(&store, &id).await;
    assert_eq!((done.lines, done.unmatched, done.refused), (3, 1, 2));
    assert_eq!(done.ignored_columns, ["坐席记录"]);

    let ticket = NaturalId::of("ticket", &["12345", "T1"]);
    let caller = store.ticket_caller(&ticket, "回访", &officer("CREDIT", "370100"), now()).await.unwrap();
    assert_eq!([caller.phone.as_str(), &caller.name, &caller.address], SECRETS);

    const KEPT: &str = "SELECT cells, faults, sealed FROM file_import_refused";
    let kept: Vec<(String, String, Vec<u8>)> =
        on!(store.db(), |pool| sqlx::query_as(KEPT).fetch_all(pool).await).unwrap();
    for (cells, faults, sealed) in kept {
        assert_eq!(cells, "[]");
        assert!(!holds_secret(faults.as_bytes()) && !holds_secret(&sealed) && !sealed.is_empty(), "{faults}");
    }
    let payloads: Vec<Vec<u8>> =
        on!(store.db(), |pool| sqlx::query_scalar("SELECT payload FROM event").fetch_all(pool).await)
            .unwrap();
    assert!(payloads.len() > 2 && payloads.iter().all(|payload| !holds_secret(payload)));
}

async fn the_digest_of_a_file_is_nowhere_and_the_file_is_known_when_it_comes_again(store: Store) {
    let (it, one) = (officer("IT", "370100"), [row("T1", "2026-02-27", "食品质量")]);
    let first = sent(&store, &it, &one).await.unwrap();
    let digest = crypto::sm3::digest(&file(&one)).to_hex();
    assert_eq!(first.digest.len(), digest.len());
    assert_ne!(first.digest, digest);
    let payloads: Vec<Vec<u8>> =
        on!(store.db(), |pool| sqlx::query_scalar("SELECT payload FROM event").fetch_all(pool).await)
            .unwrap();
    let holds = |payload: &Vec<u8>| payload.windows(digest.len()).any(|part| part == digest.as_bytes());
    assert!(!payloads.is_empty() && !payloads.iter().any(holds));
    assert_eq!(sent(&store, &it, &one).await.unwrap(), first);
    let other = sent(&store, &it, &[row("T1", "2026-02-26", "食品质量")]).await;
    assert!(matches!(other, Err(Error::Common(Common::RequestIdReused(_)))), "{other:?}");
}

async fn a_file_that_was_sent_before_there_was_a_key_is_still_known(store: Store) {
    let (it, one) = (officer("IT", "370100"), [row("T1", "2026-02-27", "食品质量")]);
    let first = sent(&reopened(&store, None), &it, &one).await.unwrap();
    assert_eq!(first.digest, crypto::sm3::digest(&file(&one)).to_hex());
    assert_eq!(sent(&store, &it, &one).await.unwrap(), first);
}

async fn cells_of_refused_tickets_are_given_to_who_may_read_callers_and_each_read_is_logged(store: Store) {
    let id = send(&store, &officer("IT", "370100"), &rows()).await;
    done(&store, &id).await;
    for (office, purpose) in [("IT", "核对"), ("CREDIT", "")] {
        let masked = given(&store, &id, office, purpose).await;
        assert_eq!(masked.len(), 2);
        for line in &masked {
            assert!(line.cells.is_empty(), "{office}");
            let told: Vec<&str> = line.faults.iter().map(|fault| fault.problem.as_str()).collect();
            assert!(told.last().unwrap().starts_with("单元格可能含诉求人信息"), "{told:?}");
            assert!(!told.iter().any(|told| holds_secret(told.as_bytes())), "{told:?}");
        }
    }
    let subject = format!("imports/{id}/refused");
    assert_eq!(reads_of(store.db(), &subject, 10).await.unwrap(), []);

    let opened = given(&store, &id, "CREDIT", "改正后重新导入").await;
    assert_eq!((opened[0].cells[0].as_str(), opened[0].cells[7].as_str()), ("T2", PHONE));
    assert_eq!(opened[0].cells.get(9).map_or("", String::as_str), "", "what nobody reads is not kept");
    let reads = reads_of(store.db(), &subject, 10).await.unwrap();
    assert_eq!(
        (reads.len(), reads[0].purpose.as_str(), reads[0].office.as_str()),
        (1, "改正后重新导入", "CREDIT")
    );
}

async fn without_a_key_lines_that_name_a_caller_are_refused_and_none_of_their_cells_is_kept(store: Store) {
    let store = reopened(&store, None);
    let id = send(&store, &officer("IT", "370100"), &rows()).await;
    let done = done(&store, &id).await;
    assert_eq!((done.unmatched, done.refused), (0, 3));
    let lines = given(&store, &id, "CREDIT", "核对").await;
    assert!(lines.iter().all(|line| line.cells.is_empty()));
    assert!(lines[0].faults[0].problem.starts_with("本系统未配置密封诉求人信息的密钥"), "{:?}", lines[0]);
}

db::conformance! {
    open = open;
    cases = [
        callers_of_a_file_are_sealed_and_no_cell_of_it_is_kept_in_clear,
        the_digest_of_a_file_is_nowhere_and_the_file_is_known_when_it_comes_again,
        a_file_that_was_sent_before_there_was_a_key_is_still_known,
        cells_of_refused_tickets_are_given_to_who_may_read_callers_and_each_read_is_logged,
        without_a_key_lines_that_name_a_caller_are_refused_and_none_of_their_cells_is_kept,
    ]
}
