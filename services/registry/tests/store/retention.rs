//! Signed copies whose term of retention is over: decided about by their office, erased by nobody.

use contract::registry::v1 as pb;
use registry::store::Act;
use registry::store::commitment::{Extension, LetterRequest};
use registry::{CommitmentError, Error};
use service::auth::Caller;
use service::idempotency::Key;

use crate::store::commitments::{campaign, food, letter};
use crate::store::house::{A, B, House, day, noon, officer, open, request};

const DECIDE: &str = "commitment.retention.decide";

impl House {
    async fn notice_retention(&self, on: &str) -> usize {
        let act = Act::of_system("licence-terms", noon(on), self.store.book());
        self.store.notice_retention(&act).await.unwrap()
    }

    async fn extend(
        &self,
        number: u128,
        caller: &Caller,
        until: &str,
        on: &str,
    ) -> Result<pb::Commitment, Error> {
        let request_id = request(number);
        let key = Key { caller: caller.subject(), method: "/extend", request_id: &request_id };
        let body = pb::ExtendRetentionRequest { retain_until: until.into(), ..Default::default() };
        let act = Act::of(caller, &key, "济市监档〔2035〕1号", noon(on), self.store.book());
        let request = LetterRequest { key, body: &body, caller, letter: &letter(A) };
        let extension = Extension { request, retain_until: day(until), reason: "诉讼未结" };
        self.store.extend_retention(&extension, &act).await
    }

    async fn decisions(&self) -> Vec<(String, String)> {
        let mut duties = self.duties().await;
        duties.retain(|(kind, _)| kind == DECIDE);
        duties
    }

    async fn retained(&self, code: &str) -> Option<chrono::NaiveDate> {
        self.store.commitment(&letter(code)).await.unwrap().commitment.copy.unwrap().retain_until
    }
}

/// A letter of A that was signed on 2025-06-03 and ended on 2025-10-01: its copy is kept through 2035-10-01.
async fn ended(house: &House) {
    campaign(house).await;
    house.issue(10, &food(), &[A]).await.unwrap();
    house.sign(11, A, "2025-06-03").await.unwrap();
    assert_eq!(house.lapse(noon("2025-10-01")).await, 1);
}

async fn a_copy_whose_term_is_over_is_decided_about_by_the_office_that_sent_the_letter(house: House) {
    ended(&house).await;
    assert_eq!(house.notice_retention("2035-10-01").await, 0, "the last day is still of the term");
    let opened = [house.notice_retention("2035-10-02").await, house.notice_retention("2035-10-02").await];
    assert_eq!(opened, [1, 0]);
    assert_eq!(house.decisions().await, [(DECIDE.to_owned(), "FOOD_PROD".to_owned())]);
    let early = house.extend(20, &food(), "2035-10-01", "2035-10-02").await.unwrap_err();
    assert!(matches!(early, Error::Common(service::Error::Invalid(_))), "{early:?}");
    let kept = house.extend(21, &food(), "2040-12-31", "2035-10-02").await.unwrap();
    assert_eq!((kept.retain_until.as_str(), kept.state.as_str()), ("2040-12-31", "Lapsed"));
    assert_eq!(house.extend(21, &food(), "2040-12-31", "2035-10-02").await.unwrap(), kept);
    assert_eq!((house.decisions().await, house.notice_retention("2035-10-03").await), (vec![], 0));
    assert_eq!(house.notice_retention("2041-01-01").await, 1, "asked again when the longer term is over");
    // What was signed, and its digest, are as they were.
    assert!(!kept.signed_copy.is_empty() && !kept.signature.is_empty());
}

async fn a_letter_in_force_holds_its_copy_however_long_ago_it_was_signed(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[A]).await.unwrap();
    house.sign(11, A, "2025-06-03").await.unwrap();
    assert_eq!((house.notice_retention("2040-01-02").await, house.decisions().await), (0, vec![]));
    // Kept for longer while it was in force, it is not kept shorter by its end.
    house.extend(12, &food(), "2050-01-01", "2025-07-01").await.unwrap();
    assert_eq!(house.lapse(noon("2025-10-01")).await, 1);
    assert_eq!(house.retained(A).await, Some(day("2050-01-01")));
}

async fn a_copy_from_before_terms_were_kept_gets_that_of_its_day(house: House) {
    const FORGET: &str = "UPDATE commitment SET retain_until = NULL";
    ended(&house).await;
    house.issue(12, &food(), &[B]).await.unwrap();
    house.sign(13, B, "2025-06-04").await.unwrap();
    db::on!(house.db, |pool| sqlx::query(FORGET).execute(pool).await.map(drop)).unwrap();
    assert_eq!(house.notice_retention("2026-01-05").await, 0);
    let dated = [house.retained(A).await, house.retained(B).await];
    assert_eq!(dated, [Some(day("2035-10-01")), Some(day("2035-06-04"))]);
    let revision = house.store.commitment(&letter(A)).await.unwrap().commitment.revision;
    assert_eq!(house.notice_retention("2026-01-06").await, 0);
    assert_eq!(house.store.commitment(&letter(A)).await.unwrap().commitment.revision, revision);
}

async fn only_a_signed_copy_of_the_caller_s_field_and_division_is_kept_for_longer(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[A]).await.unwrap();
    let unsigned = house.extend(11, &food(), "2050-01-01", "2025-07-01").await.unwrap_err();
    assert!(matches!(unsigned, Error::Commitment(CommitmentError::NotSigned(_))), "{unsigned:?}");
    house.sign(12, A, "2025-06-03").await.unwrap();
    let elsewhere = officer("FOOD_PROD", &["370116"]);
    assert!(house.extend(13, &elsewhere, "2050-01-01", "2025-07-01").await.is_err());
}

db::conformance! {
    open = open;
    cases = [
        a_copy_whose_term_is_over_is_decided_about_by_the_office_that_sent_the_letter,
        a_letter_in_force_holds_its_copy_however_long_ago_it_was_signed,
        a_copy_from_before_terms_were_kept_gets_that_of_its_day,
        only_a_signed_copy_of_the_caller_s_field_and_division_is_kept_for_longer,
    ]
}
