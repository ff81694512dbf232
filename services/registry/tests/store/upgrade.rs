//! What was written before a duty came is due after it.

use db::{Db, Migrations, on};
use registry::store::MIGRATIONS;
use rulebook::Rulebook;

/// The tables as they were before letters under check, and breaches at each step, waited for anybody.
const BEFORE: &str = "0373_party_called";

/// The steps up to the one of this name.
fn up_to(last: &str) -> Migrations {
    let steps = MIGRATIONS.steps();
    let at = steps.iter().position(|step| step.name() == last).unwrap();
    Migrations::new(&steps[..=at])
}

async fn migrate(db: &Db, own: &Migrations) {
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &exchange::MIGRATIONS, own]).await.unwrap();
}

const TEXT: &str = "
    INSERT INTO commitment_template (template, number, field, kind, title, text, effective_from, effective_to, used, revision)
    VALUES ('food', 1, 'FOOD', 'Voluntary', '承诺书', '本企业承诺依法生产。', '2021-09-27', NULL, TRUE, 1)";
const ENTERPRISE: &str = "
    INSERT INTO enterprise (uscc, legal_name, party_kind, division, industry, address, established_on, capital_fen, registration_state,
        foreign_invested, legal_representative, revision, created_at_us, updated_at_us)
    VALUES ($1, '甲', 'Enterprise', '370102', '', '', NULL, 0, 'InOperation', FALSE, '', 1, 0, 0)";
/// Moved last on 2026-11-10.
const LETTER: &str = "
    INSERT INTO commitment (id, uscc, field, template, number, state, office, issued_on, valid_to, signed_on, file, file_bytes, media_type,
        statement, signature, key_id, published_on, pushed_revision, acknowledged_at_us, ended_on, revision, updated_at_us)
    VALUES ($1, $2, 'FOOD', 'food', 1, $3, 'FOOD_PROD', '2026-01-05', NULL, NULL, '', 0, '', '', '', '', NULL, 0, NULL, NULL, 1,
        1794276000000000)";

/// Who answers for each of these breaches is the office of special food; the letters are of the same numbers.
const BREACHES: &str = "
    INSERT INTO commitment_breach (letter, number, office, task, suspected_on, finding, heard_on, statement, ordered_on, document_no,
        legal_basis, correct_by, overdue, not_corrected_on, drafter, proposed_on, proposal_no, authority, decision_no, closed_on, outcome,
        revision)
    VALUES ('00000000-0000-0000-0000-000000000002', 1, 'SAMPLING_SPECIAL_FOOD', '', '2026-11-09', '', NULL, '', NULL, '', '', NULL, FALSE,
            NULL, '', NULL, '', '', '', NULL, '', 1),
        ('00000000-0000-0000-0000-000000000003', 1, 'SAMPLING_SPECIAL_FOOD', '', '2026-05-06', '', NULL, '', '2026-05-07', '', '',
            '2026-06-08', TRUE, '2026-11-09', '', NULL, '', '', '', NULL, '', 1),
        ('00000000-0000-0000-0000-000000000004', 1, 'SAMPLING_SPECIAL_FOOD', '', '2026-05-06', '', NULL, '', '2026-05-07', '', '',
            '2026-06-08', TRUE, '2026-11-09', 'li', NULL, '', '', '', NULL, '', 1),
        ('00000000-0000-0000-0000-000000000005', 1, 'SAMPLING_SPECIAL_FOOD', '', '2026-03-06', '', NULL, '', '2026-03-09', '', '',
            '2026-04-08', TRUE, '2026-04-09', 'li', '2026-06-01', '1', '', '', NULL, '', 1),
        ('00000000-0000-0000-0000-000000000006', 1, 'SAMPLING_SPECIAL_FOOD', '', '2021-09-01', '', NULL, '', NULL, '', '', NULL, FALSE,
            NULL, '', NULL, '', '', '', NULL, '', 1),
        ('00000000-0000-0000-0000-000000000007', 1, 'SAMPLING_SPECIAL_FOOD', '', '2026-11-09', '', NULL, '', NULL, '', '', NULL, FALSE,
            NULL, '', NULL, '', '', '', '2026-11-10', 'Dismissed', 1)";

/// The state of each letter, from the first number on.
const STATES: [&str; 7] = [
    "UnderCheck",
    "BreachSuspected",
    "NotCorrected",
    "NotCorrected",
    "RevocationProposed",
    "BreachSuspected",
    "Published",
];

fn code(at: usize) -> String {
    format!("91370102MA{at:08}")
}

fn number(at: usize) -> String {
    format!("00000000-0000-0000-0000-{at:012}")
}

/// The tables as they were before a refused permit said that its number is free.
const BEFORE_FREED: &str = "0430_breach_duty";

const LICENCES: &str = "
    INSERT INTO licence (licence_no, uscc, field, sub_kinds, site_division, valid_from, valid_to, state, source_record, decided_on,
        revision, updated_at_us, vacated_on)
    VALUES ('SC10137010200018', '91370102MA00000001', 'FOOD', 'OrdinaryFood', '', '2025-01-01', '2025-12-31', 'Withdrawn', '',
            '2025-01-01', 2, 0, '2025-06-02'),
        ('SC12737011400238', '91370102MA00000001', 'FOOD', 'HealthFood', '', '2025-01-01', '2025-12-31', 'Valid', '',
            '2025-01-01', 1, 0, NULL)";
const REFUSED: &str = "
    INSERT INTO refused_permit (record, uscc, party_name, field, permit_no, division, problem, refused_at_us)
    VALUES ('records/1', '91370102MA00000002', '乙', 'FOOD', ' sc10137010200018', '370102',
            'the number belongs to `enterprises/91370102MA00000001/marks/FOOD`', 0),
        ('records/2', '91370102MA00000002', '乙', 'FOOD', 'SC12737011400238', '370102',
            'the number belongs to `enterprises/91370102MA00000001/marks/FOOD`', 0),
        ('records/3', '91370102MA00000002', '乙', 'FOOD', 'SC10137010200018', '370102', 'sub_kinds: must be given', 0)";

async fn a_permit_that_was_refused_before_for_a_number_that_is_free_says_so(db: Db) {
    const PROBLEMS: &str = "SELECT problem FROM refused_permit ORDER BY record";
    migrate(&db, &up_to(BEFORE_FREED)).await;
    for sql in [LICENCES, REFUSED] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    migrate(&db, &MIGRATIONS).await;
    let problems: Vec<String> = on!(&db, |pool| sqlx::query_scalar(PROBLEMS).fetch_all(pool).await).unwrap();
    let begin = |problem: &String| problem.chars().take(15).collect::<String>();
    assert_eq!(
        problems.iter().map(begin).collect::<Vec<_>>(),
        ["the number is f", "the number belo", "sub_kinds: must"]
    );
}

/// The tables as they were before a refused permit had a reason besides its words.
const BEFORE_REASONS: &str = "0461_record_behind";

const REFUSED_IN_WORDS: &str = "
    INSERT INTO refused_permit (record, uscc, party_name, field, permit_no, division, problem, refused_at_us)
    VALUES ('records/1', '91370102MA00000002', '乙', 'FOOD', 'SC12737011400238', '370102',
            'the number belongs to `enterprises/91370102MA00000001/marks/FOOD`', 0),
        ('records/2', '91370102MA00000002', '乙', 'FOOD', 'SC10137010200018', '370102',
            'the number is free since: record the licence by hand, or have its provider tell the record again', 0),
        ('records/3', '91370102MA00000002', '乙', 'FOOD', ' sc1', '370102', 'licence_no: too short', 0),
        ('records/4', '91370102MA00000002', '乙', 'FOOD', '　ｓｃ１０１３７０１０２０００１８', '370102',
            'the number belongs to `enterprises/91370102MA00000001/marks/FOOD`', 0),
        ('records/5', '91370102MA00000002', '乙', 'SE', 'ＴＳ２２１０８９０—2028', '370102', 'sub_kinds: must be given', 0)";

async fn a_permit_that_was_refused_before_has_the_reason_of_its_words_and_its_number_as_it_is_compared(
    db: Db,
) {
    const REFUSED_NOW: &str = "SELECT reason, number, permit_no FROM refused_permit ORDER BY record";
    migrate(&db, &up_to(BEFORE_REASONS)).await;
    for sql in [LICENCES, REFUSED_IN_WORDS] {
        on!(&db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    migrate(&db, &MIGRATIONS).await;
    let refused: Vec<(String, String, String)> =
        on!(&db, |pool| sqlx::query_as(REFUSED_NOW).fetch_all(pool).await).unwrap();
    let now: Vec<_> = refused.iter().map(|(reason, number, _)| (reason.as_str(), number.as_str())).collect();
    assert_eq!(
        now,
        [
            ("HeldByAnother", "SC12737011400238"),
            ("NumberFree", "SC10137010200018"),
            ("Unreadable", "SC1"),
            ("NumberFree", "SC10137010200018"),
            ("Unreadable", "TS2210890-2028"),
        ]
    );
    assert!(
        refused.iter().all(|(_, number, written)| *number == domain::licence_key(written)),
        "{refused:?}"
    );
}

async fn what_letters_waited_for_before_it_was_a_duty_is_on_the_work_lists_after(db: Db) {
    const OPEN: &str =
        "SELECT subject, kind, office, due_on FROM obligation WHERE done_on IS NULL ORDER BY subject";
    migrate(&db, &up_to(BEFORE)).await;
    on!(&db, |pool| sqlx::query(TEXT).execute(pool).await.map(drop)).unwrap();
    for (state, at) in STATES.into_iter().zip(1..) {
        on!(&db, |pool| sqlx::query(ENTERPRISE).bind(code(at)).execute(pool).await.map(drop)).unwrap();
        on!(&db, |pool| sqlx::query(LETTER)
            .bind(number(at))
            .bind(code(at))
            .bind(state)
            .execute(pool)
            .await
            .map(drop))
        .unwrap();
    }
    on!(&db, |pool| sqlx::query(BREACHES).execute(pool).await.map(drop)).unwrap();
    migrate(&db, &MIGRATIONS).await;
    service::obligation::fill_awaiting(&db, &Rulebook::builtin()).await.unwrap();
    let open: Vec<(String, String, String, Option<String>)> =
        on!(&db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap();
    let due = |at: usize, kind: &str, office: &str, day: &str| {
        let subject = format!("enterprises/{}/commitments/{}", code(at), number(at));
        (subject, format!("commitment.{kind}"), office.to_owned(), Some(day.to_owned()))
    };
    // Neither what was suspected before the first day of the duty nor what is over.
    assert_eq!(
        open,
        [
            due(1, "check", "FOOD_PROD", "2026-12-08"),
            due(2, "suspicion", "SAMPLING_SPECIAL_FOOD", "2026-11-23"),
            due(3, "revocation.draft", "SAMPLING_SPECIAL_FOOD", "2026-11-23"),
            due(4, "revocation.propose", "LEGAL", "2026-11-17"),
            due(5, "revocation.decision", "SAMPLING_SPECIAL_FOOD", "2026-08-25"),
        ]
    );
}

db::conformance![
    what_letters_waited_for_before_it_was_a_duty_is_on_the_work_lists_after,
    a_permit_that_was_refused_before_for_a_number_that_is_free_says_so,
    a_permit_that_was_refused_before_has_the_reason_of_its_words_and_its_number_as_it_is_compared,
];
