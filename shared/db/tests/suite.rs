//! What a service may rely on, on SQLite and on PostgreSQL alike.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::NaiveDate;
use db::bulk::{self, Cell, ColumnType};
use db::{Db, Engine, Migration, Migrations, Tx, is_contention, is_unique_violation, on};

static NOTES: Migrations = Migrations::new(&[Migration::new(
    "0100_note",
    "CREATE TABLE note (
         id TEXT NOT NULL PRIMARY KEY, amount INTEGER, open INTEGER NOT NULL, day TEXT, body BLOB
     ) STRICT",
    "CREATE TABLE note (
         id TEXT COLLATE \"C\" NOT NULL PRIMARY KEY, amount BIGINT, open BOOLEAN NOT NULL, day DATE, body BYTEA
     )",
)]);
static MORE: Migrations = Migrations::new(&[Migration::new(
    "0001_counter",
    "CREATE TABLE counter (n INTEGER NOT NULL) STRICT",
    "CREATE TABLE counter (n BIGINT NOT NULL)",
)]);

const COLUMNS: [&str; 5] = ["id", "amount", "open", "day", "body"];

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
struct Note {
    id: String,
    amount: Option<i64>,
    open: bool,
    day: Option<NaiveDate>,
    body: Option<Vec<u8>>,
}

impl Note {
    fn cells(&self) -> [Cell<'_>; 5] {
        let body = self.body.as_deref();
        [self.id.as_str().into(), self.amount.into(), self.open.into(), self.day.into(), body.into()]
    }
}

fn note(id: &str) -> Note {
    let day = NaiveDate::from_ymd_opt(2026, 4, 1);
    Note { id: id.into(), amount: Some(-7), open: true, day, body: Some(vec![0, 9, 10, 13, 92, 255]) }
}

async fn add(tx: &mut Tx, note: &Note) -> Result<(), sqlx::Error> {
    const SQL: &str = "INSERT INTO note (id, amount, open, day, body) VALUES ($1, $2, $3, $4, $5)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(&note.id)
        .bind(note.amount)
        .bind(note.open)
        .bind(note.day)
        .bind(&note.body)
        .execute(conn)
        .await
        .map(drop))
}

async fn all(db: &Db) -> Vec<Note> {
    const SQL: &str = "SELECT id, amount, open, day, body FROM note ORDER BY id";
    on!(db, |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap()
}

async fn one_derived_row_reads_what_one_text_wrote(db: Db) {
    let mut tx = db.begin_write().await.unwrap();
    let bare = Note { amount: None, open: false, day: None, body: None, ..note("b") };
    add(&mut tx, &note("a")).await.unwrap();
    add(&mut tx, &bare).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(all(&db).await, [note("a"), bare]);
}

async fn keys_are_ordered_by_bytes(db: Db) {
    let mut tx = db.begin_write().await.unwrap();
    for id in ["市", "b", "B", "a", "_", "济"] {
        add(&mut tx, &note(id)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let ids: Vec<_> = all(&db).await.into_iter().map(|note| note.id).collect();
    assert_eq!(ids, ["B", "_", "a", "b", "市", "济"]);
}

async fn a_dropped_or_rolled_back_transaction_leaves_nothing(db: Db) {
    let mut dropped = db.begin_write().await.unwrap();
    add(&mut dropped, &note("dropped")).await.unwrap();
    drop(dropped);
    let mut given_up = db.begin_write().await.unwrap();
    add(&mut given_up, &note("rolled back")).await.unwrap();
    given_up.rollback().await.unwrap();
    assert_eq!(all(&db).await, []);
}

async fn a_read_transaction_sees_one_state_while_others_write(db: Db) {
    const COUNT: &str = "SELECT COUNT(*) FROM note";
    let mut reader = db.begin_read().await.unwrap();
    let before: i64 = on!(reader, |conn| sqlx::query_scalar(COUNT).fetch_one(conn).await).unwrap();
    let mut writer = db.begin_write().await.unwrap();
    add(&mut writer, &note("a")).await.unwrap();
    writer.commit().await.unwrap();
    let after: i64 = on!(reader, |conn| sqlx::query_scalar(COUNT).fetch_one(conn).await).unwrap();
    assert_eq!((before, after), (0, 0));
    assert_eq!(all(&db).await.len(), 1);
}

async fn a_second_row_with_one_key_is_a_unique_violation_and_no_contention(db: Db) {
    let mut tx = db.begin_write().await.unwrap();
    add(&mut tx, &note("a")).await.unwrap();
    let refused = add(&mut tx, &note("a")).await.unwrap_err();
    assert!(is_unique_violation(&refused) && !is_contention(&refused), "{refused:?}");
}

async fn a_commit_rings_only_if_it_was_announced(db: Db) {
    let announced = db.announced();
    let mut silent = db.begin_write().await.unwrap();
    add(&mut silent, &note("a")).await.unwrap();
    silent.commit().await.unwrap();
    let mut given_up = db.begin_write().await.unwrap();
    given_up.announce();
    given_up.rollback().await.unwrap();
    assert!(futures::FutureExt::now_or_never(announced.notified()).is_none());

    let mut loud = db.begin_write().await.unwrap();
    loud.announce();
    loud.commit().await.unwrap();
    assert!(futures::FutureExt::now_or_never(announced.notified()).is_some());
}

async fn migrating_again_changes_nothing_and_sets_may_join_later(db: Db) {
    db.migrate(&[&NOTES]).await.unwrap();
    db.migrate(&[&MORE, &NOTES]).await.unwrap();
    const SQL: &str = "INSERT INTO counter (n) VALUES ($1)";
    on!(db, |pool| sqlx::query(SQL).bind(1_i64).execute(pool).await.map(drop)).unwrap();
}

async fn an_edited_migration_is_refused(db: Db) {
    static EDITED: Migrations = Migrations::new(&[Migration::new(
        "0100_note",
        "CREATE TABLE other (n INTEGER)",
        "CREATE TABLE other (n BIGINT)",
    )]);
    let refused = db.migrate(&[&EDITED]).await.unwrap_err();
    assert!(format!("{refused:?}").contains("VersionMismatch(100)"), "{refused:?}");
}

async fn a_database_newer_than_the_program_is_refused(db: Db) {
    let refused = db.migrate(&[&MORE]).await.unwrap_err();
    assert!(format!("{refused:?}").contains("VersionMissing(100)"), "{refused:?}");
}

async fn many_processes_may_migrate_at_once(db: Db) {
    let runs = (0..4).map(|_| {
        let db = db.clone();
        tokio::spawn(async move { db.migrate(&[&NOTES, &MORE]).await })
    });
    for run in futures::future::join_all(runs).await {
        run.unwrap().unwrap();
    }
    assert_eq!(all(&db).await, []);
}

async fn a_bulk_load_keeps_every_value_of_every_row(db: Db) {
    let odd = ["tab\tnew\nline\rback\\slash", "\\N", "", "济南市'\"", "\\."];
    let mut notes: Vec<Note> = odd.iter().map(|id| note(id)).collect();
    notes.push(Note { amount: None, open: false, day: None, body: None, ..note("bare") });
    // More rows than one statement holds, and not a multiple of it.
    notes.extend((0..2_345).map(|n| Note { amount: Some(n), ..note(&format!("row {n:05}")) }));
    let mut tx = db.begin_write().await.unwrap();
    let count = bulk::insert(&mut tx, "note", COLUMNS, notes.iter().map(Note::cells)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count, notes.len() as u64);
    notes.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(all(&db).await, notes);
}

async fn a_bulk_load_may_leave_columns_empty(db: Db) {
    let bare = |id: &str| Note { amount: None, open: false, day: None, body: None, ..note(id) };
    let notes = [bare("a"), bare("b")];
    let mut tx = db.begin_write().await.unwrap();
    assert_eq!(bulk::insert(&mut tx, "note", COLUMNS, notes.iter().map(Note::cells)).await.unwrap(), 2);
    tx.commit().await.unwrap();
    assert_eq!(all(&db).await, notes);
}

async fn a_bulk_load_of_nothing_is_allowed(db: Db) {
    let mut tx = db.begin_write().await.unwrap();
    assert_eq!(bulk::insert(&mut tx, "note", COLUMNS, []).await.unwrap(), 0);
    add(&mut tx, &note("the transaction goes on")).await.unwrap();
    tx.commit().await.unwrap();
}

async fn one_refused_row_refuses_the_whole_load(db: Db) {
    let notes = [note("a"), note("b"), note("a")];
    let mut tx = db.begin_write().await.unwrap();
    let refused = bulk::insert(&mut tx, "note", COLUMNS, notes.iter().map(Note::cells)).await.unwrap_err();
    assert!(is_unique_violation(&refused), "{refused:?}");
    drop(tx);
    assert_eq!(all(&db).await, []);
}

async fn staged_rows_move_on_past_those_already_there(db: Db) {
    const TYPES: [(&str, ColumnType); 5] = [
        ("id", ColumnType::Text),
        ("amount", ColumnType::Int),
        ("open", ColumnType::Bool),
        ("day", ColumnType::Date),
        ("body", ColumnType::Bytes),
    ];
    const MOVE_ON: &str = "
        INSERT INTO note (id, amount, open, day, body)
        SELECT id, amount, open, day, body FROM staged_note WHERE true
        ON CONFLICT (id) DO NOTHING
        RETURNING id";
    for (batch, moved) in [(["a", "b"], vec!["a", "b"]), (["b", "c"], vec!["c"])] {
        let notes = batch.map(note);
        let mut tx = db.begin_write().await.unwrap();
        bulk::stage(&mut tx, "staged_note", TYPES, notes.iter().map(Note::cells)).await.unwrap();
        let mut ids: Vec<String> = on!(tx, |conn| sqlx::query_scalar(MOVE_ON).fetch_all(conn).await).unwrap();
        ids.sort();
        assert_eq!(ids, moved);
        tx.commit().await.unwrap();
    }
    assert_eq!(all(&db).await, ["a", "b", "c"].map(note));
}

async fn rows_are_found_by_many_keys_or_by_none(db: Db) {
    const SELECT: &str = "SELECT id, amount, open, day, body FROM note WHERE id IN";
    let ids: Vec<String> = (0..6_000).map(|number| format!("备注 '\"\\{number}")).collect();
    let notes: Vec<_> = ids.iter().map(|id| note(id)).collect();
    let mut tx = db.begin_write().await.unwrap();
    bulk::insert(&mut tx, "note", COLUMNS, notes.iter().map(Note::cells)).await.unwrap();
    let asked: Vec<&str> = ids.iter().step_by(2).map(String::as_str).chain(["absent", &ids[0]]).collect();
    let mut found: Vec<Note> = db::rows_of(&mut tx, SELECT, &asked).await.unwrap();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    let mut expected: Vec<_> = ids.iter().step_by(2).map(|id| note(id)).collect();
    expected.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(found, expected);
    assert_eq!(db::rows_of::<Note>(&mut tx, SELECT, &[]).await.unwrap(), []);
}

async fn a_load_of_what_is_missing_leaves_what_is_there(db: Db) {
    let mut tx = db.begin_write().await.unwrap();
    add(&mut tx, &note("b")).await.unwrap();
    let others = [note("a"), Note { amount: Some(1), ..note("b") }, note("c"), note("c")];
    bulk::insert_missing(&mut tx, "note", COLUMNS, "(id)", others.iter().map(Note::cells)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(all(&db).await, [note("a"), note("b"), note("c")]);
}

async fn a_lock_held_elsewhere_is_contention(db: Db) {
    let mut holder = db.begin_write().await.unwrap();
    add(&mut holder, &note("a")).await.unwrap();
    let refused = match db.engine() {
        Engine::Sqlite(readers) => {
            let mut other = readers.acquire().await.unwrap();
            sqlx::query("PRAGMA busy_timeout = 1").execute(&mut *other).await.unwrap();
            sqlx::query("BEGIN IMMEDIATE").execute(&mut *other).await.unwrap_err()
        }
        Engine::Postgres(pool) => {
            let mut other = pool.begin().await.unwrap();
            sqlx::query("SET LOCAL lock_timeout = '1ms'").execute(&mut *other).await.unwrap();
            sqlx::query("LOCK TABLE note").execute(&mut *other).await.unwrap_err()
        }
    };
    assert!(is_contention(&refused), "{refused:?}");
}

async fn concurrent_increments_are_all_counted(db: Db) {
    const SQL: &str = "UPDATE note SET amount = amount + 1 WHERE id = $1";
    let mut tx = db.begin_write().await.unwrap();
    add(&mut tx, &Note { amount: Some(0), ..note("a") }).await.unwrap();
    tx.commit().await.unwrap();
    let writers = (0..8).map(|_| {
        let db = db.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                let mut tx = db.begin_write().await.unwrap();
                on!(tx, |conn| sqlx::query(SQL).bind("a").execute(conn).await.map(drop)).unwrap();
                tx.commit().await.unwrap();
            }
        })
    });
    futures::future::join_all(writers).await.into_iter().for_each(|writer| writer.unwrap());
    assert_eq!(all(&db).await[0].amount, Some(40));
}

db::conformance! {
    migrations = [&NOTES];
    cases = [
        one_derived_row_reads_what_one_text_wrote,
        keys_are_ordered_by_bytes,
        a_dropped_or_rolled_back_transaction_leaves_nothing,
        a_read_transaction_sees_one_state_while_others_write,
        a_second_row_with_one_key_is_a_unique_violation_and_no_contention,
        a_commit_rings_only_if_it_was_announced,
        migrating_again_changes_nothing_and_sets_may_join_later,
        an_edited_migration_is_refused,
        a_database_newer_than_the_program_is_refused,
        a_bulk_load_keeps_every_value_of_every_row,
        a_bulk_load_may_leave_columns_empty,
        a_bulk_load_of_nothing_is_allowed,
        one_refused_row_refuses_the_whole_load,
        staged_rows_move_on_past_those_already_there,
        rows_are_found_by_many_keys_or_by_none,
        a_load_of_what_is_missing_leaves_what_is_there,
        a_lock_held_elsewhere_is_contention,
    ]
}

db::races! {
    migrations = [&NOTES];
    cases = [concurrent_increments_are_all_counted]
}

mod from_nothing {
    use super::many_processes_may_migrate_at_once;

    db::races![many_processes_may_migrate_at_once];
}
