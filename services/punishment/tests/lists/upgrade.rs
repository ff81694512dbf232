//! What was written before both lists were worked whole is read as before.

use contract::collection::v1::record::Content;
use contract::collection::v1::{Penalty, Record};
use db::{Db, on};
use domain::Uscc;
use outbox::{Entropy, Origin, Outbox};
use prost::Message;
use punishment::domain::list::EntryName;
use punishment::domain::repair::Subject;
use punishment::machines::abnormal::Event as EntryEvent;
use punishment::machines::serious::Event;
use punishment::store::{PenaltyRow, Store, put_penalties};
use punishment::{Error, MIGRATIONS};
use rulebook::Rulebook;
use service::machine::Refused;

use crate::common::{OTHER, PARTY, act, advance_entry, date};

/// The tables as they were before the lists were worked whole.
const BEFORE: &str = "0103_acted_on";

/// The steps up to the one of this name.
fn up_to(last: &str) -> db::Migrations {
    let steps = MIGRATIONS.steps();
    let at = steps.iter().position(|step| step.name() == last).unwrap();
    db::Migrations::new(&steps[..=at])
}

const ENTRIES: &str = "
    INSERT INTO abnormal_entry (id, uscc, party_name, division, ground, facts, state, last_actor, listed_on, decision_no, removed_on,
        acted_on, revision, updated_at_us)
    VALUES ('listed', '91370102MA3C00011F', '济南泉福食品有限公司', '370102', '4', '', 'Listed', 'li', '2024-04-01', '济市监异〔2024〕1号',
            NULL, '2024-04-01', 4, 0),
        ('dismissed', '91370102MA3C00011F', '济南泉福食品有限公司', '370102', '1', '', 'RevokedByError', 'li', NULL, NULL, NULL,
            '2024-04-01', 2, 0),
        ('void', '91370102MA3C00011F', '济南泉福食品有限公司', '370102', '2', '', 'RevokedByError', 'li', '2024-04-01',
            '济市监异〔2024〕2号', '2024-05-06', '2024-05-06', 5, 0)";
const CASES: &str = "
    INSERT INTO serious_case (id, uscc, party_name, field, division, ground, penalty_document_no, penalty_kinds, discretion_grade, state,
        last_actor, listed_on, term_ends_on, decision_no, ended_on, acted_on, revision, updated_at_us)
    VALUES ('published', '91370102MA3C00011F', '济南泉福食品有限公司', 'FOOD', '370102', 'F1', '济市监罚〔2023〕7号', '3', 'Heavier',
            'Published', 'sun', '2023-04-03', '2026-04-03', '济市监列〔2023〕1号', NULL, '2023-04-04', 6, 0),
        ('removed', '91370102MA3C00011F', '济南泉福食品有限公司', 'FOOD', '370102', 'F1', '济市监罚〔2021〕7号', '3', 'Heavier', 'Removed',
            'system', '2021-09-10', '2024-09-10', '济市监列〔2021〕1号', '2024-09-11', '2024-09-11', 7, 0)";
const STANDING: &str = "
    INSERT INTO standing (name, list, uscc, ground, listed_on, term_ends_on, removed_on, decision_no, void, change_no)
    VALUES ('seriousCases/published', 'SERIOUS', '91370102MA3C00011F', 'F1', '2023-04-03', '2026-04-03', NULL, '济市监列〔2023〕1号', 0, 1)";

async fn what_was_written_before_is_read_as_before(db: Db) {
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &up_to(BEFORE)]).await.unwrap();
    for sql in [ENTRIES, CASES, STANDING] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    let shared = [&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &exchange::MIGRATIONS];
    db.migrate(&[&shared[..], &[&MIGRATIONS]].concat()).await.unwrap();
    let origin = Origin { deployment: "test".to_owned(), service: "punishment".to_owned() };
    let store = Store::new(db, Outbox::new(origin, Entropy::system()), Rulebook::builtin());
    let name = |text: &str| EntryName::parse_any(text).unwrap();
    for (id, state) in [("listed", "Listed"), ("dismissed", "Dismissed"), ("void", "RevokedByError")] {
        let entry = store.entry(&name(&format!("abnormalEntries/{id}"))).await.unwrap();
        assert_eq!((entry.state.word(), entry.content.kind().word()), (state, "DIRECTORY"), "{id}");
    }
    for (id, state, ground) in [("published", "Published", ""), ("removed", "Removed", "Expiry")] {
        let case = store.case(&name(&format!("seriousCases/{id}"))).await.unwrap();
        assert_eq!((case.state.word(), case.removal_ground.as_str()), (state, ground), "{id}");
        assert_eq!((case.procedure.as_str(), case.term_starts_on), ("order44", case.listed_on), "{id}");
    }
    let standing = store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    assert!(standing[0].stands_on(date("2024-01-01")) && !standing[0].stands_on(date("2026-04-04")));
}

/// The tables as they were before standings kept what was lifted, and reports what they wait for.
const BEFORE_LIFTED: &str = "0142_receipt";

const MEASURES: &str = "
    INSERT INTO measure (id, entry, list, decision_no, uscc, party_name, division, code, label, object, basis, rights_basis, implementer,
        edition, state, derived_by, starts_on, ended_on, end_reason, revision, updated_at_us)
    VALUES ('lifted', 'seriousCases/published', 'SERIOUS', '济市监列〔2023〕1号', '91370102MA3C00011F', '济南泉福食品有限公司', '370102',
            'NoHonours', '不予评优', '当事人', '条例', '', 'CREDIT', '2024', 'Ended', 'sun', '2023-04-04', '2024-06-05', '依据不适用', 2, 0),
        ('ended', 'seriousCases/published', 'SERIOUS', '济市监列〔2023〕1号', '91370102MA3C00011F', '济南泉福食品有限公司', '370102',
            'NoPreferential', '限制优惠', '当事人', '条例', '', 'CREDIT', '2024', 'Ended', 'sun', '2023-04-04', '2024-06-05',
            '触发惩戒措施的名录（名单）条目已终止或者暂停', 2, 0)";
const MISSING: &str = "
    INSERT INTO abnormal_entry (id, kind, uscc, party_name, division, ground, facts, lapsed_on, state, last_actor, revision, updated_at_us)
    VALUES ('missing', 'DIRECTORY', '91370102MA3C00011F', '济南泉福食品有限公司', '370102', '1', '', '2023-06-30', 'Suspected', 'system', 1, 0)";
const REPORTS: &str = "
    INSERT INTO annual_report (uscc, year, party_name, division, looked_at_on)
    VALUES ('91370102MA3C00011F', 2022, '济南泉福食品有限公司', '370102', '2023-07-01'),
        ('91370102MA3C00011F', 2023, '济南泉福食品有限公司', '370102', '2024-07-01')";

/// Parties of whom a report was looked at while an earlier entry stood, which is over: one goes on, one has ended.
const WAITED: &str = "
    INSERT INTO annual_report (uscc, year, party_name, division, looked_at_on)
    VALUES ('91370114MA3T7K2P9A', 2020, '济南清源商贸有限公司', '370114', '2021-07-01'),
        ('91370114MA3T7K2P9A', 2021, '济南清源商贸有限公司', '370114', '2022-07-01'),
        ('91370000706266601D', 2020, '济南长河化工有限公司', '370114', '2021-07-01'),
        ('91370000706266601D', 2021, '济南长河化工有限公司', '370114', '2022-07-01')";
const OVER: &str = "
    INSERT INTO abnormal_entry (id, kind, uscc, party_name, division, ground, facts, lapsed_on, state, last_actor, revision, updated_at_us)
    VALUES ('over', 'DIRECTORY', '91370114MA3T7K2P9A', '济南清源商贸有限公司', '370114', '1', '', '2021-06-30', 'Dismissed', 'wang', 2, 0),
        ('ended', 'DIRECTORY', '91370000706266601D', '济南长河化工有限公司', '370114', '1', '', '2021-06-30', 'Dismissed', 'system', 2, 0)";

async fn what_was_lifted_and_what_waited_before_is_known_after(db: Db) {
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &up_to(BEFORE_LIFTED)]).await.unwrap();
    for sql in [STANDING, MEASURES, MISSING, REPORTS, WAITED, OVER] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    let store = crate::common::open(db).await;
    let standing = store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    let lifted: Vec<_> = standing[0].lifted.iter().map(|one| (one.code.as_str(), one.since)).collect();
    assert_eq!(lifted, [("NoHonours", date("2024-06-05"))]);
    let waiting = "SELECT year FROM annual_report WHERE waits_for = 'missing'";
    let waiting: Vec<i64> =
        on!(store.db(), |pool| sqlx::query_scalar(waiting).fetch_all(pool).await).unwrap();
    assert_eq!(waiting, [2023], "the entry stands for 2022 itself");
    let again = "SELECT uscc, year FROM annual_report WHERE looked_at_on IS NULL";
    let again: Vec<(String, i64)> =
        on!(store.db(), |pool| sqlx::query_as(again).fetch_all(pool).await).unwrap();
    assert_eq!(again, [(OTHER.to_owned(), 2021)], "nothing is open for it, and the party is there");
}

/// The tables as they were before measures followed from records.
const BEFORE_RECORDS: &str = "0154_remedy_changes";

const BAR: &str = "
    INSERT INTO standing (name, list, uscc, ground, listed_on, term_ends_on, removed_on, decision_no, void, change_no)
    VALUES ('records/1', 'FOOD_LICENCE_REVOKED', '91370102MA3C00011F', '', '2024-05-06', '2029-05-06', NULL, '济市监罚〔2024〕1号', 0, 2)";
const PENALTY: &str = "
    INSERT INTO penalty (record, uscc, document_no, content)
    VALUES ('records/1', '91370102MA3C00011F', '济市监罚〔2024〕1号', $1)";
const READER: &str =
    "INSERT INTO feed_cursor (consumer, feed, epoch, seq, hash) VALUES ($1, 'collection', 1, 70, $2)";
const READ_TO: &str = "UPDATE feed_cursor SET seq = $1 WHERE consumer = 'punishment-record-triggers'";

async fn read_by(db: &Db, reader: &str) {
    let hash = [0u8; 32];
    on!(db, |pool| sqlx::query(READER).bind(reader).bind(hash.as_slice()).execute(pool).await.map(drop))
        .unwrap();
}

/// The tables as they were, where a reader has read collection's feed up to its seventieth event.
async fn before_records(db: &Db, reader: &str) {
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &up_to(BEFORE_RECORDS)])
        .await
        .unwrap();
    read_by(db, reader).await;
}

async fn the_records_that_were_read_before_bring_measures_once_they_are_read_again(db: Db) {
    before_records(&db, "punishment-records").await;
    let penalty = revoked().encode_to_vec();
    on!(&db, |pool| sqlx::query(BAR).execute(pool).await.map(drop)).unwrap();
    on!(&db, |pool| sqlx::query(PENALTY).bind(penalty.as_slice()).execute(pool).await.map(drop)).unwrap();
    let store = crate::common::open(db).await;
    let today = crate::common::system("2024-06-03");
    assert!(!store.measures_follow_records(&today).await.unwrap(), "nothing has been read again");
    // Whoever is asked meanwhile names the bar as before, and repair finds its penalty.
    let party = Uscc::parse(PARTY).unwrap();
    assert!(store.standing_of(&party).await.unwrap()[0].stands_on(date("2024-06-03")));
    store.repair_subject(&Subject::parse("records/1").unwrap()).await.unwrap();
    brings_a_measure_once_read(&store).await;
}

async fn records_bring_measures_once_all_are_read_where_their_reader_had_gone_before(db: Db) {
    before_records(&db, "basis-fell").await;
    brings_a_measure_once_read(&crate::common::open(db).await).await;
}

/// The penalty by which the licence was revoked.
fn revoked() -> Record {
    let said = Penalty { penalty_kinds: vec!["8".to_owned()], ..Penalty::default() };
    Record {
        name: "records/1".to_owned(),
        uscc: PARTY.to_owned(),
        party_name: "济南泉福食品有限公司".to_owned(),
        division: "370102".to_owned(),
        field: "FOOD".to_owned(),
        document_no: "济市监罚〔2024〕1号".to_owned(),
        decided_on: "2024-05-06".to_owned(),
        content: Some(Content::Penalty(said)),
        ..Record::default()
    }
}

/// Nothing is derived while the records are read again; after that the measure names its party.
async fn brings_a_measure_once_read(store: &Store) {
    const MEASURES: &str = "SELECT party_name FROM measure";
    let named = async || -> Vec<String> {
        on!(store.db(), |pool| sqlx::query_scalar(MEASURES).fetch_all(pool).await).unwrap()
    };
    let read_to = async |seq: i64| {
        on!(store.db(), |pool| sqlx::query(READ_TO).bind(seq).execute(pool).await.map(drop)).unwrap();
    };
    read_by(store.db(), "punishment-record-triggers").await;
    read_to(69).await;
    let row = PenaltyRow { record: "records/1".to_owned(), content: Some(revoked()) };
    let mut tx = store.db().begin_write().await.unwrap();
    put_penalties(&mut tx, vec![row]).await.unwrap();
    store.triggers_follow(&mut tx, &Uscc::parse(PARTY).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    let today = crate::common::system("2024-06-03");
    assert!(!store.measures_follow_records(&today).await.unwrap(), "one event is left");
    assert_eq!(named().await, Vec::<String>::new());
    read_to(70).await;
    assert!(store.measures_follow_records(&today).await.unwrap());
    assert_eq!(named().await, ["济南泉福食品有限公司"]);
}

/// Entries that were listed again: asked about and told of before that, and after it.
const STAYS: &str = "
    INSERT INTO abnormal_entry (id, kind, uscc, party_name, division, ground, facts, state, last_actor, listed_on, stay_told,
        revocation_asked_on, revision, updated_at_us)
    VALUES ('before', 'DIRECTORY', '91370102MA3C00011F', '济南泉福食品有限公司', '370102', '4', '', 'Listed', 'li', '2999-03-02', 'FULL',
            '2998-03-02', 4, 0),
        ('after', 'DIRECTORY', '91370114MA3T7K2P9A', '济南清源商贸有限公司', '370114', '4', '', 'Listed', 'li', '2021-03-02', 'FULL',
            '2024-05-06', 4, 0)";
const PERIODS: &str = "
    INSERT INTO standing_past (name, list, uscc, ground, listed_on, removed_on, decision_no, change_no)
    VALUES ('abnormalEntries/before', 'ABNORMAL', '91370102MA3C00011F', '4', '2019-03-04', '2019-06-03', '济市监异〔2019〕1号', 1),
        ('abnormalEntries/after', 'ABNORMAL', '91370114MA3T7K2P9A', '4', '2019-03-04', '2019-06-03', '济市监异〔2019〕2号', 3)";

async fn what_was_told_and_asked_of_a_stay_that_was_begun_again_is_that_of_the_new_one(db: Db) {
    const NOTES: &str =
        "SELECT id, stay_told, COALESCE(revocation_asked_on, '') FROM abnormal_entry ORDER BY id";
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &up_to(BEFORE_RECORDS)])
        .await
        .unwrap();
    for sql in [STAYS, PERIODS] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    let store = crate::common::open(db).await;
    let notes: Vec<(String, String, String)> =
        on!(store.db(), |pool| sqlx::query_as(NOTES).fetch_all(pool).await).unwrap();
    let row = |id: &str, told: &str, asked: &str| (id.to_owned(), told.to_owned(), asked.to_owned());
    assert_eq!(notes, [row("after", "FULL", "2024-05-06"), row("before", "", "")]);
}

/// The tables as they were before a restored listing could be another province's.
const BEFORE_ELSEWHERE: &str = "0280_repair_past";

const REMOVED_EARLY: &str = "
    INSERT INTO serious_case (id, uscc, party_name, field, division, registered_in, ground, penalty_document_no, penalty_kinds,
        discretion_grade, procedure, state, last_actor, proposed_by, listed_on, term_starts_on, term_ends_on, decision_no, ended_on,
        removal_ground, acted_on, papers, revision, updated_at_us)
    VALUES ('early', '91370102MA3C00011F', '济南泉福食品有限公司', 'FOOD', '370102', '320102', 'F1', '济市监罚〔2023〕7号', '3', 'Heavier',
        'order44', 'RemovedEarly', 'feng', 'feng', '2023-04-03', '2023-04-03', '2026-04-03', '济市监列〔2023〕1号', '2024-05-20', 'Early',
        '2024-05-20', $1, 9, 0)";
const REMOVAL: &str = "
    INSERT INTO serious_step (case_id, revision, event, office, person, acted_on, document_no, legal_basis, reason)
    VALUES ('early', 9, 'RemoveEarly', 'ENFORCEMENT', 'feng', '2024-05-20', '济市监修〔2024〕1号', '办法', '')";

async fn a_case_of_before_keeps_its_steps_and_is_restored_where_it_is_registered(db: Db) {
    const STEPS: &str = "SELECT event FROM serious_step WHERE case_id = 'early' ORDER BY revision";
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &up_to(BEFORE_ELSEWHERE)])
        .await
        .unwrap();
    let papers: &[u8] = &[];
    on!(&db, |pool| sqlx::query(REMOVED_EARLY).bind(papers).execute(pool).await.map(drop)).unwrap();
    on!(&db, |pool| sqlx::query(REMOVAL).execute(pool).await.map(drop)).unwrap();
    let store = crate::common::open(db).await;
    let name = EntryName::parse_any("seriousCases/early").unwrap();
    let restore = ("ENFORCEMENT", "zhou", Event::Restore, "2024-09-02");
    let restored = crate::common::take(&store, &name, &[restore]).await;
    assert_eq!(restored.state, "RestoredElsewhere");
    let steps: Vec<String> = on!(store.db(), |pool| sqlx::query_scalar(STEPS).fetch_all(pool).await).unwrap();
    assert_eq!(steps, ["RemoveEarly", "RestoreElsewhere"]);
}

/// The tables as they were before the duties of entries and cases were those of the bodies that may fulfil them.
const BEFORE_BODIES: &str = "0282_case_states";

const LISTED_BY: &str = "
    INSERT INTO abnormal_entry (id, kind, uscc, party_name, division, ground, facts, state, last_actor, listed_on, decision_no, decided_by,
        acted_on, revision, updated_at_us)
    VALUES ('foreign', 'DIRECTORY', '91370102MA3C00011F', '济南泉福食品有限公司', '370102', '4', '', 'Objected', 'li', '2026-02-02',
            '济市监异〔2026〕1号', 'FOREIGN_REG', '2026-03-02', 5, 0),
        ('own', 'DIRECTORY', '91370114MA3T7K2P9A', '济南清源商贸有限公司', '370114', '4', '', 'Objected', 'li', '2026-02-02',
            '济市监异〔2026〕2号', 'DISTRICT', '2026-03-02', 5, 0)";
const REPAIR: &str = "
    INSERT INTO repair (id, subject, uscc, field, division, state, revision, content)
    VALUES ('one', 'abnormalEntries/foreign', '91370102MA3C00011F', '', '370102', 'Accepted', 2, $1)";
const OWED: &str = "
    INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on, due_on)
    VALUES ('abnormalEntries/foreign', 'abnormal.objection', 'DISTRICT', '', '370102', 'abnormal.objection.verify', '2026-03-02',
            '2026-03-30'),
        ('abnormalEntries/own', 'abnormal.objection', 'DISTRICT', '', '370114', 'abnormal.objection.verify', '2026-03-02', '2026-03-30'),
        ('repairs/one', 'repair.decide', 'DISTRICT', '', '370102', 'repair.abnormal.decide', '2026-03-02', '2026-03-09'),
        ('seriousCases/restored', 'serious.publish', 'CREDIT', 'FOOD', '370102', 'serious.publish.same_province', '2026-03-02',
            '2026-03-30')";
const WAITING: &str = "
    INSERT INTO serious_case (id, uscc, party_name, field, division, ground, penalty_document_no, penalty_kinds, discretion_grade,
        procedure, state, last_actor, proposed_by, papers, revision, updated_at_us)
    VALUES ('opinion', '91370102MA3C00011F', '济南泉福食品有限公司', 'SE', '370102', 'Q1', '济市监罚〔2026〕1号', '3', 'Heavier',
            'order44', 'Triggered', 'wang', 'wang', $1, 1, 0),
        ('review', '91370102MA3C00011F', '济南泉福食品有限公司', 'FOOD', '370102', 'F1', '济市监罚〔2026〕2号', '3', 'Heavier',
            'order44', 'Assessed', 'wang', 'wang', $1, 3, 0)";
const RESTORED: &str = "
    INSERT INTO serious_case (id, uscc, party_name, field, division, registered_in, ground, penalty_document_no, penalty_kinds,
        discretion_grade, procedure, state, last_actor, proposed_by, listed_on, term_starts_on, term_ends_on, decision_no, acted_on, papers,
        revision, updated_at_us)
    VALUES ('restored', '91370102MA3C00011F', '济南泉福食品有限公司', 'FOOD', '370102', '320102', 'F1', '济市监罚〔2024〕7号', '3', 'Heavier',
        'order44', 'Restored', 'zhou', 'zhou', '2024-04-03', '2026-03-02', '2029-03-02', '济市监列〔2024〕1号', '2026-03-02', $1, 9, 0)";
const TAKEN: &str = "
    INSERT INTO serious_step (case_id, revision, event, office, person, acted_on, document_no, legal_basis, reason)
    VALUES ('opinion', 1, 'Trigger', 'ENFORCEMENT', 'wang', '2026-03-02', '', '', ''),
        ('review', 1, 'Trigger', 'ENFORCEMENT', 'wang', '2026-02-02', '', '', ''),
        ('review', 3, 'Assess', 'ENFORCEMENT', 'wang', '2026-03-02', '', '', '')";

async fn what_was_due_before_is_on_the_list_of_the_body_that_may_do_it_after(db: Db) {
    const OPEN: &str =
        "SELECT subject, kind, office, due_on FROM obligation WHERE done_on IS NULL ORDER BY subject, kind";
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &up_to(BEFORE_BODIES)])
        .await
        .unwrap();
    let nothing: &[u8] = &[];
    for sql in [LISTED_BY, OWED] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    for sql in [REPAIR, WAITING, RESTORED] {
        on!(&db, |pool| sqlx::query(sql).bind(nothing).execute(pool).await.map(drop)).unwrap();
    }
    on!(&db, |pool| sqlx::query(TAKEN).execute(pool).await.map(drop)).unwrap();
    let store = crate::common::open(db).await;
    service::obligation::fill_awaiting(store.db(), store.book()).await.unwrap();
    let open: Vec<(String, String, String, Option<String>)> =
        on!(store.db(), |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap();
    let due = |subject: &str, kind: &str, office: &str, day: &str| {
        (subject.to_owned(), kind.to_owned(), office.to_owned(), Some(day.to_owned()))
    };
    assert_eq!(
        open,
        [
            due("abnormalEntries/foreign", "abnormal.objection", "FOREIGN_REG", "2026-03-30"),
            due("abnormalEntries/own", "abnormal.objection", "DISTRICT", "2026-03-30"),
            due("repairs/one", "repair.decide", "FOREIGN_REG", "2026-03-09"),
            due("seriousCases/opinion", "serious.opinion", "SE_SUPERV", "2026-03-09"),
            due("seriousCases/restored", "serious.push", "CREDIT", "2026-03-16"),
            due("seriousCases/review", "serious.review", "LEGAL", "2026-03-09"),
        ]
    );
    let name = EntryName::parse_any("seriousCases/restored").unwrap();
    let pushed =
        crate::common::take(&store, &name, &[("CREDIT", "sun", Event::PushElsewhere, "2026-03-09")]).await;
    assert_eq!(pushed.state, "RestoredPushedElsewhere");
}

/// The tables as they were before a removal could be due from its verification.
const BEFORE_VERIFIED: &str = "0293_abnormal_order";

const ASKED: &str = "
    INSERT INTO abnormal_entry (id, kind, uscc, party_name, division, ground, facts, state, last_actor, listed_on, decision_no, decided_by,
        removal_ground, due_on, acted_on, revision, updated_at_us)
    VALUES ('missing', 'DIRECTORY', '91370102MA3C00011F', '济南泉福食品有限公司', '370102', '1', '', 'RemovalRequested', 'li', '2026-02-02',
            '济市监异〔2026〕1号', 'DISTRICT', '1', '2026-03-09', '2026-03-02', 5, 0),
        ('gone', 'DIRECTORY', '91370114MA3T7K2P9A', '济南清源商贸有限公司', '370114', '4', '', 'RemovalRequested', 'li', '2026-02-02',
            '济市监异〔2026〕2号', 'DISTRICT', '5', '2026-03-09', '2026-03-02', 5, 0)";
const ASKED_DUTIES: &str = "
    INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on, due_on)
    VALUES ('abnormalEntries/missing', 'abnormal.remove', 'DISTRICT', '', '370102', 'abnormal.remove.decide', '2026-03-02', '2026-03-09'),
        ('abnormalEntries/gone', 'abnormal.remove', 'DISTRICT', '', '370114', 'abnormal.remove.decide', '2026-03-02', '2026-03-09')";

async fn a_removal_that_was_asked_for_before_waits_for_its_verification_where_the_law_says_so(db: Db) {
    const OPEN: &str = "SELECT subject, kind, due_on FROM obligation WHERE done_on IS NULL ORDER BY subject";
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &up_to(BEFORE_VERIFIED)])
        .await
        .unwrap();
    for sql in [ASKED, ASKED_DUTIES] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    let store = crate::common::open(db).await;
    service::obligation::fill_awaiting(store.db(), store.book()).await.unwrap();
    let open: Vec<(String, String, Option<String>)> =
        on!(store.db(), |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap();
    let due =
        |subject: &str, kind: &str, day: &str| (subject.to_owned(), kind.to_owned(), Some(day.to_owned()));
    assert_eq!(
        open,
        [
            due("abnormalEntries/gone", "abnormal.remove.verify", "2026-03-16"),
            due("abnormalEntries/missing", "abnormal.remove", "2026-03-09"),
        ]
    );
    let gone = store.entry(&EntryName::parse_any("abnormalEntries/gone").unwrap()).await.unwrap();
    assert_eq!((gone.due_on, gone.removal_verified_on), (None, None));
}

/// The tables as they were before an objection and a removal could be open side by side.
const BEFORE_SIDE_BY_SIDE: &str = "0370_decide_again";

const OBJECTED: &str = "
    INSERT INTO abnormal_entry (id, kind, uscc, party_name, division, ground, facts, state, last_actor, listed_on, decision_no, decided_by,
        due_on, acted_on, stay_told, revision, updated_at_us)
    VALUES ('objected', 'DIRECTORY', '91370102MA3C00011F', '济南泉福食品有限公司', '370102', '4', '', 'Objected', 'wang', '2026-02-02',
            '济市监异〔2026〕1号', 'DISTRICT', '2026-03-30', '2026-03-02', 'NOTICE', 6, 0)";
const LETTER: &str = "
    INSERT INTO abnormal_letter (entry, number, document_no, sent_on, unsigned, officer)
    VALUES ('objected', 1, '济市监函〔2026〕1号', '2026-01-12', 1, 'wang')";

async fn an_objection_of_before_is_answered_by_somebody_else_than_who_took_it_up(db: Db) {
    const TOLD: &str = "SELECT stay_told FROM abnormal_entry";
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &up_to(BEFORE_SIDE_BY_SIDE)])
        .await
        .unwrap();
    for sql in [OBJECTED, LETTER] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    let store = crate::common::open(db).await;
    let name = EntryName::parse_any("abnormalEntries/objected").unwrap();
    let found = store.entry(&name).await.unwrap();
    assert_eq!((found.objection_actor.as_str(), found.last_actor.as_str()), ("wang", "wang"));
    assert_eq!((found.letters.len(), found.due_on), (1, Some(date("2026-03-30"))));
    let told: String = on!(store.db(), |pool| sqlx::query_scalar(TOLD).fetch_one(pool).await).unwrap();
    assert_eq!(told, "NOTICE");
    let wang = act("DISTRICT", "wang", "2026-03-04");
    let own = advance_entry(&store, &wang, &name, EntryEvent::RejectObjection).await.unwrap_err();
    assert!(matches!(own, Error::Common(service::Error::Refused(Refused::FourEyes { .. }))), "{own:?}");
}

/// The tables as they were before anybody could answer whether a licence is revoked.
const BEFORE_ANSWERED: &str = "0379_party_state";

const STAYED: &str = "
    INSERT INTO abnormal_entry (id, kind, uscc, party_name, division, ground, facts, state, last_actor, listed_on, decision_no, decided_by,
        removed_on, acted_on, revision, updated_at_us)
    VALUES ('there', 'DIRECTORY', '91370102MA3C00011F', '济南泉福食品有限公司', '370102', '4', '', 'Listed', 'li', '2023-02-02',
            '济市监异〔2023〕1号', 'DISTRICT', NULL, '2023-02-02', 4, 0),
        ('gone', 'DIRECTORY', '91370114MA3T7K2P9A', '济南清源商贸有限公司', '370114', '4', '', 'Removed', 'li', '2023-02-02',
            '济市监异〔2023〕2号', 'DISTRICT', '2026-03-02', '2026-03-02', 6, 0)";
const STAYED_DUTIES: &str = "
    INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on, due_on)
    VALUES ('abnormalEntries/there', 'abnormal.licence_revocation', 'ENFORCEMENT', '', '370102', 'abnormal.licence_revocation.consider',
            '2026-01-05', '2026-02-14'),
        ('abnormalEntries/gone', 'abnormal.licence_revocation', 'ENFORCEMENT', '', '370114', 'abnormal.licence_revocation.consider',
            '2026-01-05', '2026-02-14')";

async fn what_was_asked_about_a_licence_before_ends_with_an_entry_that_is_gone(db: Db) {
    const ALL: &str = "SELECT subject, done_on, done_by FROM obligation ORDER BY subject";
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &up_to(BEFORE_ANSWERED)])
        .await
        .unwrap();
    for sql in [STAYED, STAYED_DUTIES] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    let store = crate::common::open(db).await;
    let found: Vec<(String, Option<String>, Option<String>)> =
        on!(store.db(), |pool| sqlx::query_as(ALL).fetch_all(pool).await).unwrap();
    let gone = (Some("2026-03-02".to_owned()), Some("system".to_owned()));
    assert_eq!(
        found,
        [
            ("abnormalEntries/gone".to_owned(), gone.0, gone.1),
            ("abnormalEntries/there".to_owned(), None, None)
        ]
    );
}

db::conformance![
    what_was_asked_about_a_licence_before_ends_with_an_entry_that_is_gone,
    an_objection_of_before_is_answered_by_somebody_else_than_who_took_it_up,
    a_removal_that_was_asked_for_before_waits_for_its_verification_where_the_law_says_so,
    what_was_due_before_is_on_the_list_of_the_body_that_may_do_it_after,
    a_case_of_before_keeps_its_steps_and_is_restored_where_it_is_registered,
    the_records_that_were_read_before_bring_measures_once_they_are_read_again,
    records_bring_measures_once_all_are_read_where_their_reader_had_gone_before,
    what_was_told_and_asked_of_a_stay_that_was_begun_again_is_that_of_the_new_one,
    what_was_written_before_is_read_as_before,
    what_was_lifted_and_what_waited_before_is_known_after
];
