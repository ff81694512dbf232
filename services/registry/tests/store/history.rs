//! What the register said of an enterprise on a day, as it was known then.

use db::Fingerprint;
use domain::MicrosUtc;
use registry::Error;
use registry::domain::Enterprise;
use registry::store::{AsOf, Cut};

use crate::store::house::{A, B, C, House, day, noon, open, today, uscc};

/// A, established in 2015 as 甲, called 乙 from May on, which became known in June, and 丙 from July on.
async fn renamed(house: &House) {
    house.create(1, A, "甲").await.unwrap();
    house.import_on(2, &[(A, "乙")], noon("2025-06-10"), Some(day("2025-05-01"))).await.unwrap();
    house.import_on(3, &[(A, "丙")], noon("2025-07-01"), None).await.unwrap();
}

async fn name_at(house: &House, on: &str, known_at: MicrosUtc) -> Option<String> {
    let present = house.store.enterprise(&uscc(A)).await.unwrap();
    match house.store.as_of(present, AsOf { day: day(on), known_at }).await {
        Ok(then) => Some(then.profile.legal_name.to_string()),
        Err(Error::EnterpriseNotFound(_)) => None,
        Err(other) => panic!("{other:?}"),
    }
}

async fn a_read_as_of_a_day_gives_what_was_true_then(house: House) {
    renamed(&house).await;
    let now = noon("2025-08-01");
    for (on, name) in [
        ("2015-02-28", None),
        ("2015-03-01", Some("甲")),
        ("2025-04-30", Some("甲")),
        ("2025-05-01", Some("乙")),
        ("2025-06-30", Some("乙")),
        ("2025-07-01", Some("丙")),
    ] {
        assert_eq!(name_at(&house, on, now).await.as_deref(), name, "{on}");
    }
}

async fn what_was_not_known_yet_is_not_read(house: House) {
    renamed(&house).await;
    assert_eq!(name_at(&house, "2025-05-20", noon("2025-06-09")).await.as_deref(), Some("甲"));
    assert_eq!(name_at(&house, "2025-05-20", noon("2025-06-10")).await.as_deref(), Some("乙"));
    assert_eq!(name_at(&house, "2025-05-20", noon("2025-06-01")).await, None, "A became known on the second");
}

async fn a_past_content_keeps_no_name_of_a_person(house: House) {
    renamed(&house).await;
    let present = house.store.enterprise(&uscc(A)).await.unwrap();
    assert_eq!(present.profile.legal_representative, "王二");
    let at = AsOf { day: day("2025-04-30"), known_at: noon("2025-08-01") };
    let past = house.store.as_of(present, at).await.unwrap();
    assert_eq!((past.profile.legal_representative.as_str(), past.revision), ("", 1));
}

async fn versions_come_page_by_page_the_latest_first(house: House) {
    renamed(&house).await;
    let present: Enterprise = house.store.enterprise(&uscc(A)).await.unwrap();
    let fingerprint = Fingerprint::of(&["versions"]);
    let (mut after, mut seen) = (String::new(), Vec::new());
    for _ in 0..3 {
        let cut = Cut { size: 1, fingerprint, after: after.clone() };
        let page = house.store.versions(present.clone(), &cut).await.unwrap();
        seen.extend(page.rows.iter().map(|row| (row.revision, row.effective_on)));
        after = db::PageToken::decode(&page.next_page_token, fingerprint).unwrap().unwrap_or_default();
    }
    assert_eq!(seen, [(3, day("2025-07-01")), (2, day("2025-05-01")), (1, day("2015-03-01"))]);
    assert_eq!(after, "", "no page follows");
}

async fn the_past_is_not_rewritten(house: House) {
    renamed(&house).await;
    let answer = house.import_on(4, &[(A, "丁")], noon("2025-07-02"), Some(day("2025-06-30"))).await.unwrap();
    assert_eq!((answer.updated, answer.rejected.len()), (0, 1));
    assert_eq!(answer.rejected[0].field, "effective_on");
    assert_eq!(house.store.enterprise(&uscc(A)).await.unwrap().revision, 3);
}

async fn many_are_looked_up_at_once_and_unknown_ones_are_left_out(house: House) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    let found = house.store.enterprises_by_code(&[uscc(C), uscc(B), uscc(A)]).await.unwrap();
    let mut names: Vec<_> = found.iter().map(|one| one.profile.legal_name.to_string()).collect();
    names.sort();
    assert_eq!(names, ["乙", "甲"]);
    assert_eq!(found[0].updated_at, today());
}

db::conformance! { open = open; cases = [
    a_read_as_of_a_day_gives_what_was_true_then,
    what_was_not_known_yet_is_not_read,
    a_past_content_keeps_no_name_of_a_person,
    versions_come_page_by_page_the_latest_first,
    the_past_is_not_rewritten,
    many_are_looked_up_at_once_and_unknown_ones_are_left_out,
] }
