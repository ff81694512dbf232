//! What was written before a duty came is due after it.

use db::{Db, on};
use inspection::store::MIGRATIONS;
use rulebook::Rulebook;

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
    let steps = MIGRATIONS.steps();
    let at = steps.iter().position(|step| step.name() == BEFORE).unwrap();
    let shared = [&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS];
    db.migrate(&[&shared[..], &[&db::Migrations::new(&steps[..=at])]].concat()).await.unwrap();
    for sql in [TASK, VISITS, LEAD] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    db.migrate(&[&shared[..], &[&MIGRATIONS]].concat()).await.unwrap();
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

db::conformance![a_pending_problem_and_a_case_lead_of_before_are_on_the_work_lists_after];
