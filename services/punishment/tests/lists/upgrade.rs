//! What was written before both lists were worked whole is read as before.

use db::{Db, on};
use domain::Uscc;
use outbox::{Entropy, Origin, Outbox};
use punishment::MIGRATIONS;
use punishment::domain::list::EntryName;
use punishment::store::Store;
use rulebook::Rulebook;

use crate::common::{OTHER, PARTY, date};

/// The tables as they were.
static BEFORE: db::Migrations =
    db::migrations!["0100_abnormal_entry", "0101_serious_case", "0102_standing", "0103_acted_on"];

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
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &BEFORE]).await.unwrap();
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
static BEFORE_LIFTED: db::Migrations = db::migrations![
    "0100_abnormal_entry",
    "0101_serious_case",
    "0102_standing",
    "0103_acted_on",
    "0110_abnormal_whole",
    "0111_serious_whole",
    "0112_standing_whole",
    "0113_entry_remedy",
    "0114_annual_report",
    "0120_penalty",
    "0121_repair",
    "0130_measure",
    "0140_standing_past",
    "0141_party_name",
    "0142_receipt",
];

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
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &BEFORE_LIFTED]).await.unwrap();
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

db::conformance![
    what_was_written_before_is_read_as_before,
    what_was_lifted_and_what_waited_before_is_known_after
];
