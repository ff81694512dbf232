//! What holds when two transactions meet.

use db::on;
use registry::Error;
use registry::store::Decided;

use crate::store::commitments::{campaign, food};
use crate::store::house::{A, B, HEALTH, House, ORDINARY, licence, mark, officer, open, today, told};
use crate::store::permits::problems;
use crate::store::updates::{division, due_in, patch};

fn lost(outcome: &Result<impl std::fmt::Debug, Error>) -> bool {
    matches!(
        outcome,
        Err(Error::UsccTaken(_)
            | Error::EtagMismatch(_)
            | Error::MarkRefused { .. }
            | Error::Common(service::Error::Contended))
    )
}

async fn of_two_registrations_of_one_code_exactly_one_wins(house: House) {
    let (one, two) = tokio::join!(house.create(1, A, "甲"), house.create(2, A, "乙"));
    assert!(one.is_ok() != two.is_ok() && (lost(&one) || lost(&two)), "{one:?} {two:?}");
    assert_eq!(house.events().await.len(), 1);
}

async fn of_two_updates_to_one_revision_exactly_one_wins(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let (one, two) = tokio::join!(house.rename(2, 1, "乙"), house.rename(3, 1, "丙"));
    assert!(one.is_ok() != two.is_ok() && (lost(&one) || lost(&two)), "{one:?} {two:?}");
    let won = one.or(two).unwrap();
    assert_eq!(house.store.enterprise(&crate::store::house::uscc(A)).await.unwrap().revision, won.revision);
    assert_eq!(house.events().await.len(), 2);
}

async fn of_two_confirmations_exactly_one_wins(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    let legal = officer("LEGAL", &["370100"]);
    let marks = [mark(A, "FOOD")];
    let (one, two) = tokio::join!(
        house.decide(3, &legal, Decided::Confirm, &marks),
        house.decide(4, &legal, Decided::Reject, &marks)
    );
    assert!(one.is_ok() != two.is_ok() && (lost(&one) || lost(&two)), "{one:?} {two:?}");
}

async fn a_permit_and_its_holder_that_arrive_together_never_miss_each_other(house: House) {
    let permit = [told("records/1", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2023-01-01")];
    let import_rows = [(A, "甲")];
    let (_, imported) = tokio::join!(house.permits(&permit), house.import(1, &import_rows));
    imported.unwrap();
    assert_eq!(house.state(A, "FOOD").await, "Candidate");
}

async fn a_permit_that_is_refused_while_its_number_becomes_free_says_so(house: House) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    let permit = [told("records/1", ORDINARY, licence(B, "FOOD", "OrdinaryFood"), "2025-03-01")];
    let (gone, ()) = tokio::join!(house.take_back(3, ORDINARY), house.permits(&permit));
    gone.unwrap();
    let problems = problems(&house).await;
    assert!(problems.iter().all(|problem| problem.starts_with("the number is free")), "{problems:?}");
    let holder = house.store.licence(ORDINARY).await.unwrap().licence.content.uscc;
    assert_eq!(problems.is_empty(), holder.as_str() == B, "or it is a licence");
}

async fn two_licences_recorded_at_once_end_in_one_mark_with_both(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let record = async |number: u128, licence_no: &str, sub_kind: &str| {
        // A loser is asked to send the same request again.
        loop {
            match house.record(number, licence_no, licence(A, "FOOD", sub_kind), today()).await {
                Err(Error::Common(service::Error::Contended)) => {}
                other => break other.unwrap(),
            }
        }
    };
    tokio::join!(record(2, ORDINARY, "OrdinaryFood"), record(3, HEALTH, "HealthFood"));
    let view = house.store.mark(&mark(A, "FOOD")).await.unwrap();
    assert_eq!(view.mark.content.licence_nos.to_vec(), [ORDINARY, HEALTH]);
}

async fn a_letter_is_shown_under_the_name_that_its_enterprise_got_while_it_was_published(house: House) {
    const SHOWN: &str = "SELECT content FROM delivery WHERE kind = 'commitment.published' ORDER BY revision";
    campaign(&house).await;
    house.issue(10, &food(), &[A]).await.unwrap();
    house.sign(11, A, "2025-06-03").await.unwrap();
    let (published, renamed) = tokio::join!(house.publish(12, A), house.rename(13, 1, "丁"));
    published.unwrap();
    renamed.unwrap();
    let told: Vec<Vec<u8>> = on!(house.db, |pool| sqlx::query_scalar(SHOWN).fetch_all(pool).await).unwrap();
    let last = String::from_utf8_lossy(told.last().unwrap()).into_owned();
    assert!(last.contains('丁'), "{last}");
}

async fn what_falls_due_while_an_enterprise_moves_is_due_where_it_lies_then(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let (legal, elsewhere) = (officer("LEGAL", &["370100"]), patch(A, 1, &[division("370103")]));
    let (recorded, moved) = tokio::join!(
        house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()),
        house.update(3, &legal, &elsewhere)
    );
    recorded.unwrap();
    moved.unwrap();
    assert_eq!(due_in(&house).await, ["370103"]);
}

async fn a_letter_that_is_signed_while_its_enterprise_moves_is_due_where_that_lies_then(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[A]).await.unwrap();
    let (legal, elsewhere) = (officer("LEGAL", &["370100"]), patch(A, 1, &[division("370103")]));
    let (signed, moved) = tokio::join!(house.sign(11, A, "2025-06-03"), house.update(12, &legal, &elsewhere));
    signed.unwrap();
    moved.unwrap();
    let mut due = due_in(&house).await;
    due.sort_unstable();
    // The mark of another enterprise, and the mark and the letter of this one.
    assert_eq!(due, ["370102", "370103", "370103"]);
}

db::races! { open = open; cases = [
    of_two_registrations_of_one_code_exactly_one_wins,
    of_two_updates_to_one_revision_exactly_one_wins,
    of_two_confirmations_exactly_one_wins,
    a_permit_and_its_holder_that_arrive_together_never_miss_each_other,
    a_permit_that_is_refused_while_its_number_becomes_free_says_so,
    two_licences_recorded_at_once_end_in_one_mark_with_both,
    what_falls_due_while_an_enterprise_moves_is_due_where_it_lies_then,
    a_letter_that_is_signed_while_its_enterprise_moves_is_due_where_that_lies_then,
    a_letter_is_shown_under_the_name_that_its_enterprise_got_while_it_was_published,
] }
