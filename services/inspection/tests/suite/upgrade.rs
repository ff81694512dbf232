//! What was written before a duty came is due after it.

use chrono::NaiveDate;
use db::{Db, Migrations, on};
use domain::MicrosUtc;
use feed::Projection;
use inspection::follow::Checks;
use inspection::store::{MIGRATIONS, Randomness, Store};
use outbox::{Entropy, Origin, Outbox, Sealer};
use rulebook::Rulebook;

/// The steps up to the one of this name.
fn up_to(last: &str) -> Migrations {
    let steps = MIGRATIONS.steps();
    let at = steps.iter().position(|step| step.name() == last).unwrap();
    Migrations::new(&steps[..=at])
}

async fn migrate(db: &Db, own: &Migrations) {
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, own]).await.unwrap();
}

/// The tables as they were before a case lead had an answer.
const BEFORE: &str = "0276_public_proof";

const TASK: &str = "
    INSERT INTO task (year, number, name, title, field, divisions, stratify_by, percent, per_object, lead_office, state, attempt,
        disclosure, announcement, announced_by, draw_at_us, pool_size, entropy_round, entropy_digits, drawn_count, result_hash, revision,
        created_at_us)
    VALUES (2026, 1, 'tasks/2026-1', '抽查', 'FOOD', '', 'UNIFORM', 100, 2, 'FOOD_PROD', 'InProgress', 1, '', '', '', 0, 2, '', '', 2, '',
        1, 0)";
const VISITS: &str = "
    INSERT INTO visit (task, uscc, position, field, division, inspectors, state, settled, result, visited_on, critical_count, serious_count,
        minor_count, findings, entered_by, review_reason, revision)
    VALUES ('tasks/2026-1', '91370102MA3C00011F', 0, 'FOOD', '370102', '', 'FollowUp', FALSE, '8', '2026-11-10', 0, 1, 0, '', 'wang', '', 3),
        ('tasks/2026-1', '91370114MA3T7K2P9A', 1, 'FOOD', '370114', '', 'Published', TRUE, '5', '2026-11-09', 0, 1, 0, '', 'wang', '', 3)";
const LEAD: &str = "
    INSERT INTO rectification (task, uscc, field, division, owner, state, ordered_on, report, rechecked_on, recheck_note, failed_rechecks,
        case_no, case_lead, revision)
    VALUES ('tasks/2026-1', '91370114MA3T7K2P9A', 'FOOD', '370114', 'FOOD_PROD', 'Closed', '2026-11-09', '', '2026-11-10', '', 0, '', TRUE, 3)";

async fn a_pending_problem_and_a_case_lead_of_before_are_on_the_work_lists_after(db: Db) {
    const OPEN: &str =
        "SELECT kind, subject, office, due_on FROM obligation WHERE done_on IS NULL ORDER BY kind";
    migrate(&db, &up_to(BEFORE)).await;
    for sql in [TASK, VISITS, LEAD] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    migrate(&db, &MIGRATIONS).await;
    service::obligation::fill_awaiting(&db, &Rulebook::builtin()).await.unwrap();
    let open: Vec<(String, String, String, Option<String>)> =
        on!(&db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap();
    let due = |kind: &str, subject: &str, office: &str, day: &str| {
        (kind.to_owned(), format!("tasks/2026-1/visits/{subject}"), office.to_owned(), Some(day.to_owned()))
    };
    assert_eq!(
        open,
        [
            due(
                "inspection.rectification.case",
                "91370114MA3T7K2P9A/rectification",
                "ENFORCEMENT",
                "2026-12-01"
            ),
            due("inspection.result.pending", "91370102MA3C00011F", "FOOD_PROD", "2026-12-10"),
        ]
    );
}

/// The tables as they were before figures to be recorded and replacements to be decided were duties.
const BEFORE_DUTIES: &str = "0375_lead_only";

/// Announced for 2026-11-10, and waiting for its figures.
const ANNOUNCED: &str = "
    INSERT INTO task (year, number, name, title, field, divisions, stratify_by, percent, per_object, lead_office, state, attempt,
        disclosure, announcement, announced_by, draw_at_us, pool_size, entropy_round, entropy_digits, drawn_count, result_hash, revision,
        created_at_us)
    VALUES (2026, 2, 'tasks/2026-2', '抽查', 'FOOD', '', 'UNIFORM', 100, 2, 'FOOD_PROD', 'PoolSnapshotted', 1, '', '', 'wang',
        1794276000000000, 2, '', '', 0, '', 1, 0)";
const ENTERED: &str = "
    INSERT INTO visit (task, uscc, position, field, division, inspectors, state, settled, result, visited_on, critical_count, serious_count,
        minor_count, findings, entered_by, review_reason, revision)
    VALUES ('tasks/2026-1', '91370102MA3C00011F', 0, 'FOOD', '370102', '', 'PendingReview', FALSE, '1', '2026-11-10', 0, 0, 0, '', 'wang',
            '', 2),
        ('tasks/2026-1', '91370114MA3T7K2P9A', 1, 'FOOD', '370114', '', 'Returned', FALSE, '1', '2026-11-09', 0, 0, 0, '', 'wang', '照片',
            3),
        ('tasks/2026-1', '91370102MA3C00022A', 2, 'FOOD', '370102', 'JN1,JN2', 'NotEntered', FALSE, '', NULL, 0, 0, 0, '', '', '', 1)";
const PROPOSED: &str = "
    INSERT INTO replacement (task, number, uscc, inspector_no, slot, ground, cited, state, proposed_by, reason, next, revision, created_at_us)
    VALUES ('tasks/2026-1', 1, '91370102MA3C00022A', '', NULL, 'MovedOut', 'registry/7', 'Proposed', 'wang', '', '', 1, 1794276000000000),
        ('tasks/2026-1', 2, '91370102MA3C00022A', '', NULL, 'MovedOut', 'registry/8', 'Rejected', 'wang', '', '', 2, 1794276000000000),
        ('tasks/2026-1', 3, '91370102MA3C00011F', '', NULL, 'MovedOut', 'registry/9', 'Proposed', 'wang', '', '', 1, 1794276000000000),
        ('tasks/2026-1', 4, '91370102MA3C00022A', 'JN3', 1, 'Ill', 'registry/9', 'Proposed', 'wang', '', '', 1, 1794276000000000),
        ('tasks/2026-1', 5, '91370102MA3C00022A', 'JN2', 1, 'Ill', 'registry/9', 'Proposed', 'wang', '', '', 1, 1794276000000000)";

async fn what_waited_before_its_step_was_a_duty_is_on_the_work_lists_after(db: Db) {
    const OPEN: &str =
        "SELECT kind, subject, office, due_on FROM obligation WHERE done_on IS NULL ORDER BY kind, subject";
    migrate(&db, &up_to(BEFORE_DUTIES)).await;
    for sql in [TASK, ANNOUNCED, ENTERED, PROPOSED] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    migrate(&db, &MIGRATIONS).await;
    service::obligation::fill_awaiting(&db, &Rulebook::builtin()).await.unwrap();
    let open: Vec<(String, String, String, Option<String>)> =
        on!(&db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap();
    let due = |kind: &str, subject: &str, day: &str| {
        let (kind, subject) = (format!("inspection.{kind}"), format!("tasks/{subject}"));
        (kind, subject, "FOOD_PROD".to_owned(), Some(day.to_owned()))
    };
    assert_eq!(
        open,
        [
            due("entropy.record", "2026-2", "2026-11-11"),
            due("replacement.decide", "2026-1/replacements/1", "2026-11-12"),
            due("replacement.decide", "2026-1/replacements/5", "2026-11-12"),
            due("result.publish", "2026-1/visits/91370102MA3C00011F", "2026-12-08"),
            due("result.publish", "2026-1/visits/91370114MA3T7K2P9A", "2026-12-07"),
        ]
    );
    const LAPSED: &str =
        "SELECT number FROM replacement WHERE lapsed_on = $1 AND state = 'Rejected' ORDER BY number";
    let day: NaiveDate = "2026-11-10".parse().unwrap();
    let lapsed: Vec<i64> =
        on!(&db, |pool| sqlx::query_scalar(LAPSED).bind(day).fetch_all(pool).await).unwrap();
    assert_eq!(lapsed, [3, 4], "the visit has begun, and the inspector is not on it");
}

/// The tables as they were before a result could be a case lead alone.
const BEFORE_LEADS: &str = "0374_plan_cancelled";

/// Inspectors were kept from their check: approved, published, withdrawn, under review, and before there was a duty to look into it.
const KEPT_OUT: &str = "
    INSERT INTO visit (task, uscc, position, field, division, inspectors, state, settled, result, visited_on, critical_count, serious_count,
        minor_count, findings, entered_by, review_reason, revision, withdrawn_on)
    VALUES ('tasks/2026-1', '91370102MA3C00011F', 0, 'FOOD', '370102', '', 'Approved', TRUE, '6', '2026-11-09', 0, 0, 0, '', 'wang', '', 3,
            NULL),
        ('tasks/2026-1', '91370114MA3T7K2P9A', 1, 'FOOD', '370114', '', 'Published', TRUE, '6', '2026-11-10', 0, 0, 0, '', 'wang', '', 4,
            NULL),
        ('tasks/2026-1', '91370100M000100Y43', 2, 'FOOD', '370102', '', 'Published', TRUE, '6', '2026-11-09', 0, 0, 0, '', 'wang', '', 4,
            '2026-11-10'),
        ('tasks/2026-1', '91370102MA000001XX', 3, 'FOOD', '370102', '', 'PendingReview', FALSE, '6', '2026-11-09', 0, 0, 0, '', 'wang', '', 2,
            NULL),
        ('tasks/2026-1', '91370102MA000002XX', 4, 'FOOD', '370102', '', 'Published', TRUE, '6', '2021-07-14', 0, 0, 0, '', 'wang', '', 4,
            NULL),
        ('tasks/2026-1', '91370102MA000003XX', 5, 'FOOD', '370102', '', 'Published', TRUE, '1', '2026-11-09', 0, 0, 0, '', 'wang', '', 4,
            NULL)";

async fn who_kept_inspectors_out_before_is_a_case_lead_once_after(db: Db) {
    const LEADS: &str = "
        SELECT uscc, state, ordered_on, case_lead, lead_only FROM rectification ORDER BY uscc";
    const OPEN: &str =
        "SELECT kind, subject, office, due_on FROM obligation WHERE done_on IS NULL ORDER BY subject";
    migrate(&db, &up_to(BEFORE_LEADS)).await;
    on!(&db, |pool| sqlx::query(TASK).execute(pool).await.map(drop)).unwrap();
    let kept_out = (1..=3).fold(KEPT_OUT.to_owned(), |sql, at| {
        sql.replace(&format!("91370102MA00000{at}XX"), crate::house::uscc(at).as_str())
    });
    let kept_out = || sqlx::AssertSqlSafe(kept_out.clone());
    on!(&db, |pool| sqlx::query(kept_out()).execute(pool).await.map(drop)).unwrap();
    migrate(&db, &MIGRATIONS).await;
    let origin = Origin { deployment: "test".into(), service: "inspection".into() };
    let outbox = Outbox::new(origin, Entropy::system());
    let store = Store::new(db.clone(), outbox, Rulebook::builtin(), Randomness::system());
    let now = MicrosUtc(crate::house::DRAW_SECONDS * 1_000_000);
    while store.open_old_leads(now).await.unwrap() {}
    assert!(!store.open_old_leads(now).await.unwrap(), "each is looked at once");

    let leads: Vec<(String, String, NaiveDate, bool, bool)> =
        on!(&db, |pool| sqlx::query_as(LEADS).fetch_all(pool).await).unwrap();
    let lead = |uscc: &str, day: &str| {
        (uscc.to_owned(), "Closed".to_owned(), day.parse::<NaiveDate>().unwrap(), true, true)
    };
    let (approved, published) = ("91370102MA3C00011F", "91370114MA3T7K2P9A");
    assert_eq!(leads, [lead(approved, "2026-11-09"), lead(published, "2026-11-10")]);
    let open: Vec<(String, String, String, Option<String>)> =
        on!(&db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap();
    let due = |uscc: &str, day: &str| {
        let subject = format!("tasks/2026-1/visits/{uscc}/rectification");
        ("inspection.rectification.case".to_owned(), subject, "ENFORCEMENT".to_owned(), Some(day.to_owned()))
    };
    let cases: Vec<_> = open.into_iter().filter(|(kind, ..)| kind.ends_with(".case")).collect();
    assert_eq!(cases, [due(approved, "2026-11-30"), due(published, "2026-12-01")]);
    let sealer = Sealer::new(db.clone());
    while sealer.seal_once().await.unwrap() > 0 {}
    let told = outbox::read(&db, 0, 100, &[]).await.unwrap().events;
    let told: Vec<_> = told.iter().map(|event| event.header.kind.as_str()).collect();
    assert_eq!(told, ["inspection.rectification.lead_found"; 2]);
}

/// The tables as they were before the months of a plan were duties.
const BEFORE_MONTHS: &str = "0422_clue_source";

const PLANS: &str = "
    INSERT INTO plan (year, version, title, state, reason, drafted_by, from_month, annual_cap, capacities, visits, overdue, conflicts,
        months, document_no, rulebook_hash, revision, created_at_us)
    VALUES (2025, 1, '计划', 'Published', '', 'wang', 11, NULL, '', 1, 0, 0, '12:FOOD:1:0', '1', $1, 5, 1762740000000000),
        (2026, 1, '计划', 'Superseded', '', 'wang', 1, NULL, '', 1, 0, 0, '11:FOOD:1:0', '1', $1, 5, 1791770400000000),
        (2026, 2, '计划', 'Published', '', 'wang', 10, NULL, '', 4, 0, 0, '10:FOOD:1:0,11:FOOD:1:0,12:FOOD:2:0', '2', $1, 5,
            1791770400000000),
        (2027, 1, '计划', 'Draft', '', 'wang', 1, NULL, '', 1, 0, 0, '1:FOOD:1:0', '', $1, 1, 1794276000000000)";
const PLANNED: &str = "
    INSERT INTO plan_visit (year, version, position, month, uscc, fields, full_check, counts)
    VALUES (2025, 1, 0, 12, '91370102MA3C00011F', 'FOOD', '', TRUE), (2026, 1, 0, 10, '91370102MA3C00011F', 'FOOD', '', TRUE),
        (2026, 2, 0, 10, '91370102MA3C00033C', 'FOOD', '', TRUE), (2026, 2, 1, 11, '91370102MA3C00011F', 'FOOD', '', TRUE),
        (2026, 2, 2, 12, '91370114MA3T7K2P9A', 'FOOD', '', TRUE), (2026, 2, 3, 12, '91370102MA3C00022A', 'FOOD', '', TRUE),
        (2027, 1, 0, 1, '91370102MA3C00011F', 'FOOD', '', TRUE)";
const TAKEN_UP: &str = "UPDATE task SET plan_item = 'plans/2026-2/items/11-FOOD'";

async fn the_months_of_a_plan_in_force_that_nobody_took_up_before_are_duties_after(db: Db) {
    const OPEN: &str =
        "SELECT subject, office, start_on, due_on FROM obligation WHERE done_on IS NULL ORDER BY subject";
    migrate(&db, &up_to(BEFORE_MONTHS)).await;
    on!(&db, |pool| sqlx::query(PLANS).bind("0".repeat(64)).execute(pool).await.map(drop)).unwrap();
    for sql in [TASK, PLANNED, TAKEN_UP] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    migrate(&db, &MIGRATIONS).await;
    service::obligation::fill_awaiting(&db, &Rulebook::builtin()).await.unwrap();
    let open: Vec<(String, String, String, Option<String>)> =
        on!(&db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap();
    let due = |month: i32, due_on: &str| {
        let subject = format!("plans/2026-2/months/{month}");
        (subject, "CREDIT".to_owned(), "2026-10-12".to_owned(), Some(due_on.to_owned()))
    };
    // October had begun when the version was drafted; what is left of 2025 nobody can make any more.
    assert_eq!(open, [due(10, "2026-10-19"), due(12, "2026-12-01")]);
}

/// The tables as they were before it was a duty to close a task.
const BEFORE_CLOSING: &str = "0423_plan_month";

const COMPLETE: &str = "UPDATE task SET state = 'ResultsComplete'";

async fn a_task_that_waited_to_be_closed_before_is_a_duty_after(db: Db) {
    const OPEN: &str = "SELECT kind, subject, office, due_on FROM obligation WHERE done_on IS NULL";
    migrate(&db, &up_to(BEFORE_CLOSING)).await;
    for sql in [TASK, VISITS, COMPLETE] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    migrate(&db, &MIGRATIONS).await;
    service::obligation::fill_awaiting(&db, &Rulebook::builtin()).await.unwrap();
    let open: Vec<(String, String, String, Option<String>)> =
        on!(&db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap();
    let [kind, subject, office, due_on] =
        ["inspection.task.close", "tasks/2026-1", "FOOD_PROD", "2026-11-24"].map(str::to_owned);
    assert_eq!(open, [(kind, subject, office, Some(due_on))]);
}

/// The tables as they were before it was kept how a check of others was made.
const BEFORE_MODES: &str = "0270_measure";

const READERS: &str = "
    INSERT INTO feed_cursor (consumer, feed, epoch, seq, hash)
    VALUES ('inspection-checks', 'collection', 1, 70, $1), ('inspection-attention', 'risk', 1, 7, $1)";

async fn the_checks_of_others_are_read_again_for_how_they_were_made(db: Db) {
    const READING: &str = "SELECT consumer FROM feed_cursor";
    migrate(&db, &up_to(BEFORE_MODES)).await;
    let hash: &[u8] = &[0; 32];
    on!(&db, |pool| sqlx::query(READERS).bind(hash).execute(pool).await.map(drop)).unwrap();
    migrate(&db, &MIGRATIONS).await;
    let reading: Vec<String> = on!(&db, |pool| sqlx::query_scalar(READING).fetch_all(pool).await).unwrap();
    assert_eq!(reading, ["inspection-attention"], "the others go on where they are");
    assert_ne!(Checks::NAME, "inspection-checks", "a program of before that still runs moves another cursor");
}

db::conformance![
    a_pending_problem_and_a_case_lead_of_before_are_on_the_work_lists_after,
    what_waited_before_its_step_was_a_duty_is_on_the_work_lists_after,
    who_kept_inspectors_out_before_is_a_case_lead_once_after,
    the_months_of_a_plan_in_force_that_nobody_took_up_before_are_duties_after,
    a_task_that_waited_to_be_closed_before_is_a_duty_after,
    the_checks_of_others_are_read_again_for_how_they_were_made
];
