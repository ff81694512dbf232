//! Enterprises: registering, importing, listing.

use db::Fingerprint;
use registry::Error;
use registry::store::{Cut, EnterpriseFilter};

use crate::store::house::{A, B, C, House, open, uscc};

async fn a_second_enterprise_with_the_same_code_is_refused(house: House) {
    house.create(1, A, "济南甲食品有限公司").await.unwrap();
    let refused = house.create(2, A, "济南乙食品有限公司").await.unwrap_err();
    assert!(matches!(refused, Error::UsccTaken(_)), "{refused:?}");
    assert_eq!(house.events().await.len(), 1, "a refusal leaves no event");
}

async fn a_repeated_request_returns_the_first_answer_and_writes_nothing(house: House) {
    let first = house.create(1, A, "济南甲食品有限公司").await.unwrap();
    assert_eq!(house.create(1, A, "济南甲食品有限公司").await.unwrap(), first);
    assert_eq!(first.legal_representative, "王二");
    assert_eq!(house.events().await.len(), 1);
}

async fn a_request_id_does_not_serve_another_request(house: House) {
    house.create(1, A, "济南甲食品有限公司").await.unwrap();
    let refused = house.create(1, B, "济南乙食品有限公司").await.unwrap_err();
    assert!(matches!(refused, Error::Common(service::Error::RequestIdReused(_))), "{refused:?}");
}

async fn the_name_of_a_person_stays_in_the_register(house: House) {
    house.create(1, A, "济南甲食品有限公司").await.unwrap();
    const SQL: &str = "SELECT payload FROM event UNION ALL SELECT answer FROM request";
    let stored: Vec<Vec<u8>> =
        db::on!(house.db, |pool| sqlx::query_scalar(SQL).fetch_all(pool).await).unwrap();
    assert_eq!(stored.len(), 2);
    let person = "王二".as_bytes();
    assert!(stored.iter().all(|bytes| !bytes.windows(person.len()).any(|part| part == person)));
    assert_eq!(house.store.enterprise(&uscc(A)).await.unwrap().profile.legal_representative, "王二");
}

async fn an_import_registers_what_is_new_and_brings_up_to_date_what_changed(house: House) {
    let first = house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    assert_eq!((first.created, first.updated, first.unchanged), (2, 0, 0));
    let second = house.import(2, &[(A, "甲"), (B, "乙二"), (C, "丙")]).await.unwrap();
    assert_eq!((second.created, second.updated, second.unchanged), (1, 1, 1));
    let changed = house.store.enterprise(&uscc(B)).await.unwrap();
    assert_eq!((changed.profile.legal_name.as_str(), changed.revision), ("乙二", 2));
    let kinds: Vec<_> = house.events().await.into_iter().map(|(kind, _)| kind).collect();
    let (registered, changed) = ("registry.enterprise.registered", "registry.enterprise.changed");
    assert_eq!(kinds, [registered, registered, changed, registered]);
}

async fn a_message_sent_again_answers_as_before_and_changes_nothing(house: House) {
    let first = house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    assert_eq!(house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap(), first);
    assert_eq!(house.events().await.len(), 2);
}

async fn of_two_contents_of_one_code_in_one_message_the_second_is_refused(house: House) {
    let answer = house.import(1, &[(A, "甲"), (A, "甲"), (A, "乙")]).await.unwrap();
    assert_eq!((answer.created, answer.updated, answer.unchanged), (1, 0, 1));
    let rejected: Vec<_> = answer.rejected.iter().map(|row| (row.index, row.field.as_str())).collect();
    assert_eq!(rejected, [(2, "uscc")]);
}

async fn an_import_of_more_rows_than_one_statement_holds_is_whole(house: House) {
    let codes: Vec<String> = (0..1_200)
        .map(|number| domain::Uscc::compose("91370102", &format!("MA{number:06}")).unwrap().to_string())
        .collect();
    let rows: Vec<_> = codes.iter().map(|code| (code.as_str(), "甲")).collect();
    assert_eq!(house.import(1, &rows).await.unwrap().created, 1_200);
    assert_eq!(house.import(2, &rows).await.unwrap().unchanged, 1_200);
    assert_eq!(house.events().await.len(), 1_200);
}

async fn pages_cover_every_enterprise_once_and_in_byte_order(house: House) {
    house.import(1, &[(C, "丙"), (A, "甲"), (B, "乙")]).await.unwrap();
    let filter = EnterpriseFilter { divisions: vec!["370102".into()], field: String::new() };
    let fingerprint = Fingerprint::of(&["test"]);
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = house.store.enterprises(&filter, &Cut { size: 2, fingerprint, after }).await.unwrap();
        seen.extend(page.rows.iter().map(|enterprise| enterprise.uscc.to_string()));
        match db::PageToken::decode(&page.next_page_token, fingerprint).unwrap() {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(seen, [A, B, C]);
}

async fn a_list_leaves_out_other_divisions(house: House) {
    house.create(1, A, "甲").await.unwrap();
    for (divisions, found) in [(vec!["370103"], 0), (vec!["370103", "370102"], 1), (vec![], 0)] {
        let divisions = divisions.into_iter().map(str::to_owned).collect();
        let filter = EnterpriseFilter { divisions, field: String::new() };
        let cut = Cut { size: 10, fingerprint: Fingerprint::of(&[]), after: String::new() };
        assert_eq!(house.store.enterprises(&filter, &cut).await.unwrap().rows.len(), found);
    }
}

db::conformance! { open = open; cases = [
    a_second_enterprise_with_the_same_code_is_refused,
    a_repeated_request_returns_the_first_answer_and_writes_nothing,
    a_request_id_does_not_serve_another_request,
    the_name_of_a_person_stays_in_the_register,
    an_import_registers_what_is_new_and_brings_up_to_date_what_changed,
    a_message_sent_again_answers_as_before_and_changes_nothing,
    of_two_contents_of_one_code_in_one_message_the_second_is_refused,
    an_import_of_more_rows_than_one_statement_holds_is_whole,
    pages_cover_every_enterprise_once_and_in_byte_order,
    a_list_leaves_out_other_divisions,
] }
