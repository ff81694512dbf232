//! What the province in which a party is registered is told of a repair that was decided here.

use contract::collection::v1 as collected;
use domain::Uscc;
use prost::Message;
use punishment::RepairRefused;
use punishment::domain::repair::RepairName;
use punishment::store::{Push, PushKind, Store};

use super::fixture::*;
use crate::common::*;

/// A fine of a party of Nanjing that may be repaired from a day of 2024 on, by either law.
fn of_nanjing() -> collected::Record {
    let uscc = Uscc::compose("91320102", "MA000001").unwrap().to_string();
    collected::Record { uscc, ..penalty(PENALTY, "济市监罚〔2024〕1号", &["3"], "2024-06-03") }
}

/// A granted application, decided on a day.
async fn granted(store: &Store, day: &str) -> RepairName {
    let name = accepted(store, PENALTY, "ENFORCEMENT", day).await;
    verify(store, &name, ("FOOD_PROD", "hu"), verified("OnSite"), day).await.unwrap();
    let decided = decide(store, &name, ("ENFORCEMENT", "xu"), true, day).await.unwrap();
    assert_eq!(decided.state, "Granted");
    name
}

async fn pushed(
    store: &Store,
    name: &RepairName,
    (acknowledged, letter): (bool, &str),
    day: &str,
) -> Result<contract::punishment::v1::Repair, punishment::Error> {
    let kind = if acknowledged { PushKind::Answer } else { PushKind::Letter };
    let push = Push { kind, document_no: number(letter) };
    store.push_repair(&act("CREDIT", "sun", day), &body(letter), name, &push).await
}

/// Last day of the open duty to tell the other province.
async fn owed(store: &Store, name: &RepairName) -> Option<String> {
    const SQL: &str = "
        SELECT due_on FROM obligation WHERE done_on IS NULL AND subject = $1 AND kind = 'repair.cross_province.push'";
    let subject = name.to_string();
    db::on!(store.db(), |pool| sqlx::query_scalar(SQL).bind(&subject).fetch_optional(pool).await).unwrap()
}

async fn the_province_of_registration_is_told_of_a_grant_and_of_its_revocation(store: Store) {
    told(&store, vec![of_nanjing()]).await;
    let name = granted(&store, "2026-03-02").await;
    let said = store.repair(&name).await.unwrap().said;
    assert_eq!((said.registered_in.as_str(), said.division.as_str()), ("320102", "370102"));
    assert_eq!(owed(&store, &name).await, Some("2026-03-05".to_owned()));
    let early = pushed(&store, &name, (true, "苏市监函〔2026〕1号"), "2026-03-03").await;
    assert_eq!(refused(early), RepairRefused::NothingPushed(name.clone()));
    let told = pushed(&store, &name, (false, "济市监函〔2026〕1号"), "2026-03-03").await.unwrap();
    assert_eq!(
        (told.state.as_str(), told.due_on),
        ("Granted", said.due_on),
        "the clock of the state goes on"
    );
    assert_eq!(owed(&store, &name).await, None);
    let answered = pushed(&store, &name, (true, "苏市监函〔2026〕1号"), "2026-03-09").await.unwrap();
    let push = &answered.pushes[0];
    assert_eq!((push.pushed_on.as_str(), push.acknowledged_on.as_str()), ("2026-03-03", "2026-03-09"));

    let fraud = act("ENFORCEMENT", "wu", "2026-04-01");
    store.revoke_repair(&fraud, &body("fraud"), &name, revocation()).await.unwrap();
    assert!(owed(&store, &name).await.is_some(), "whoever was told of the grant is told of this");
    pushed(&store, &name, (false, "济市监函〔2026〕2号"), "2026-04-02").await.unwrap();
    assert_eq!(owed(&store, &name).await, None);
}

async fn nothing_was_owed_before_order_107_and_nothing_is_for_a_party_of_this_province(store: Store) {
    told(&store, vec![of_nanjing()]).await;
    let before = granted(&store, "2025-12-24").await;
    assert_eq!(owed(&store, &before).await, None);
    let fraud = act("ENFORCEMENT", "wu", "2025-12-24");
    store.revoke_repair(&fraud, &body("fraud"), &before, revocation()).await.unwrap();
    let since = granted(&store, "2025-12-25").await;
    assert_eq!(owed(&store, &since).await, Some("2025-12-30".to_owned()));
    // Nobody was told of the first grant, so nobody is of its revocation.
    assert_eq!(owed(&store, &before).await, None);

    told(&store, vec![penalty("records/2", "济市监罚〔2024〕2号", &["3"], "2024-06-03")]).await;
    let own = begun(&store, "records/2", "2026-03-02").await;
    assert_eq!(store.repair(&own).await.unwrap().said.registered_in, "");
}

async fn whom_an_officer_finds_to_be_registered_here_nobody_else_is_told_of(store: Store) {
    told(&store, vec![of_nanjing()]).await;
    let name = granted(&store, "2026-03-02").await;
    assert!(owed(&store, &name).await.is_some());
    let here = PushKind::RegisteredHere("登记机关已迁入济南市历下区".to_owned());
    let push = Push { kind: here, document_no: number("济市监函〔2026〕3号") };
    let found = store.push_repair(&act("CREDIT", "sun", "2026-03-03"), &body("here"), &name, &push).await;
    let found = found.unwrap();
    assert_eq!((found.state.as_str(), found.registered_in.as_str()), ("Granted", ""));
    assert_eq!(found.pushes[0].registered_here, "登记机关已迁入济南市历下区");
    assert_eq!(owed(&store, &name).await, None);
    let letter = pushed(&store, &name, (false, "济市监函〔2026〕4号"), "2026-03-04").await;
    assert_eq!(refused(letter), RepairRefused::RegisteredHere(name.clone()));
    let fraud = act("ENFORCEMENT", "wu", "2026-04-01");
    store.revoke_repair(&fraud, &body("fraud"), &name, revocation()).await.unwrap();
    assert_eq!(owed(&store, &name).await, None);
}

async fn what_the_registry_tells_of_the_division_goes_before_the_credit_code(store: Store) {
    const MOVED: &str = "
        INSERT INTO party_name (name_key, uscc, legal_name, former, division) VALUES ('南京', $1, '南京', 0, '370112')";
    let party = of_nanjing().uscc;
    db::on!(store.db(), |pool| sqlx::query(MOVED).bind(&party).execute(pool).await.map(drop)).unwrap();
    told(&store, vec![of_nanjing()]).await;
    let name = granted(&store, "2026-03-02").await;
    assert_eq!(owed(&store, &name).await, None);
    let letter = pushed(&store, &name, (false, "济市监函〔2026〕1号"), "2026-03-03").await;
    assert_eq!(refused(letter), RepairRefused::RegisteredHere(name));
}

async fn an_application_from_before_the_home_was_noted_owes_the_letter_too(store: Store) {
    const BEFORE: &str = "UPDATE repair SET content = $2 WHERE id = $1";
    told(&store, vec![of_nanjing()]).await;
    let name = accepted(&store, PENALTY, "ENFORCEMENT", "2026-03-02").await;
    let mut said = store.repair(&name).await.unwrap().said;
    said.registered_in.clear();
    let said = said.encode_to_vec();
    db::on!(store.db(), |pool| sqlx::query(BEFORE)
        .bind(name.id())
        .bind(said.as_slice())
        .execute(pool)
        .await
        .map(drop))
    .unwrap();
    verify(&store, &name, ("FOOD_PROD", "hu"), verified("OnSite"), "2026-03-02").await.unwrap();
    decide(&store, &name, ("ENFORCEMENT", "xu"), true, "2026-03-02").await.unwrap();
    assert_eq!(owed(&store, &name).await, Some("2026-03-05".to_owned()));
    let told = pushed(&store, &name, (false, "济市监函〔2026〕1号"), "2026-03-03").await.unwrap();
    assert_eq!((told.registered_in.as_str(), owed(&store, &name).await), ("320102", None));
}

db::conformance! {
    open = open;
    cases = [
        whom_an_officer_finds_to_be_registered_here_nobody_else_is_told_of,
        what_the_registry_tells_of_the_division_goes_before_the_credit_code,
        an_application_from_before_the_home_was_noted_owes_the_letter_too,
        the_province_of_registration_is_told_of_a_grant_and_of_its_revocation,
        nothing_was_owed_before_order_107_and_nothing_is_for_a_party_of_this_province,
    ];
}
