use std::collections::HashMap;

use super::fixture::*;
use collection::convert::row_count;
use collection::store::Store;
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use db::on;
use service::Error;

async fn what_is_registered_is_attached_and_the_rest_waits(store: Store) {
    register(&store, FOOD, "370102").await;
    let rows = vec![
        inspection("检1", FOOD, "2026-02-25"),
        inspection("检2", EQUIPMENT, "2026-02-26"),
        inspection("检3", "", "2026-02-27"),
    ];
    let answer = import(&store, 1, rows).await.unwrap();
    assert_eq!((answer.attached, answer.unmatched, answer.duplicates), (1, 2, 0));
    let told = events(&store).await;
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|(kind, _)| kind == "collection.record.accepted"), "{told:?}");
    assert_eq!(told[0].1, format!("enterprises/{FOOD}"));
    assert!(told[1].1.starts_with("records/") && told[2].1.starts_with("records/"), "{told:?}");
}

async fn an_attached_record_is_told_with_the_division_of_its_enterprise(store: Store) {
    register(&store, FOOD, "370102").await;
    let row = pb::Record { division: "370112".to_owned(), ..inspection("检1", FOOD, "2026-02-25") };
    import(&store, 1, vec![row]).await.unwrap();
    let told = last_told(&store).await.record.unwrap();
    assert_eq!((told.division.as_str(), told.state.as_str(), told.revision), ("370102", "Attached", 1));
    assert_eq!(told.receive_time.unwrap().seconds, now().micros() / 1_000_000);
}

async fn a_message_sent_again_answers_as_before_and_writes_nothing(store: Store) {
    let rows = vec![inspection("检1", FOOD, "2026-02-25"), inspection("", FOOD, "2026-02-25")];
    let first = import(&store, 1, rows.clone()).await.unwrap();
    assert_eq!((first.unmatched, row_count(&first.rejected)), (1, 1));
    assert_eq!(import(&store, 1, rows).await.unwrap(), first);
    assert_eq!(events(&store).await.len(), 1);
}

async fn another_message_under_the_same_request_id_is_refused(store: Store) {
    import(&store, 1, vec![inspection("检1", FOOD, "2026-02-25")]).await.unwrap();
    let refused = import(&store, 1, vec![inspection("检2", FOOD, "2026-02-25")]).await.unwrap_err();
    assert!(matches!(refused, Error::RequestIdReused(_)), "{refused:?}");
    assert_eq!(events(&store).await.len(), 1);
}

async fn the_same_rows_in_another_message_are_duplicates(store: Store) {
    let rows = vec![inspection("检1", FOOD, "2026-02-25"), inspection("检2", "", "2026-02-25")];
    import(&store, 1, rows.clone()).await.unwrap();
    register(&store, FOOD, "370102").await;
    let told = events(&store).await;
    let answer = import(&store, 2, rows).await.unwrap();
    assert_eq!((answer.attached, answer.unmatched, answer.duplicates, answer.rejected.len()), (0, 0, 2, 0));
    assert_eq!(events(&store).await, told);
}

async fn other_content_under_a_taken_key_is_refused_and_the_other_rows_are_taken(store: Store) {
    import(&store, 1, vec![inspection("检1", FOOD, "2026-02-25")]).await.unwrap();
    let rows = vec![inspection("检1", FOOD, "2026-02-26"), inspection("检2", FOOD, "2026-02-26")];
    let answer = import(&store, 2, rows).await.unwrap();
    assert_eq!((answer.unmatched, answer.rejected.len()), (1, 1));
    let row = &answer.rejected[0];
    assert_eq!((row.index, row.field.as_str()), (0, "document_no"));
    assert!(row.problem.starts_with("RECORD_DIFFERS"), "{}", row.problem);
}

async fn rows_of_one_message_are_compared_with_each_other_and_counts_add_up(store: Store) {
    let rows = vec![
        inspection("检1", FOOD, "2026-02-25"),
        inspection("检1", FOOD, "2026-02-25"),
        inspection("检1", FOOD, "2026-02-26"),
        pb::Record { provenance: None, decided_on: String::new(), ..inspection("检2", FOOD, "2026-02-25") },
        penalty("检1", FOOD, "2026-02-25"),
    ];
    let answer = import(&store, 1, rows).await.unwrap();
    assert_eq!((answer.unmatched, answer.duplicates, row_count(&answer.rejected)), (2, 1, 2));
    let faults: Vec<_> = answer.rejected.iter().map(|row| (row.index, row.field.as_str())).collect();
    assert_eq!(faults, [(2, "document_no"), (3, "provenance"), (3, "decided_on")]);
}

async fn an_empty_message_is_answered(store: Store) {
    let answer = import(&store, 1, Vec::new()).await.unwrap();
    assert_eq!(
        answer,
        pb::ImportRecordsResponse { request_id: request(1).to_string(), ..Default::default() }
    );
}

async fn recent_records_open_their_clocks_and_archived_ones_do_not(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    let rows = vec![
        penalty("罚1", EQUIPMENT, "2026-02-27"),
        inspection("检1", EQUIPMENT, "2026-02-27"),
        penalty("罚2", EQUIPMENT, "2023-02-27"),
        inspection("检2", "", "2023-02-27"),
    ];
    import(&store, 1, rows).await.unwrap();
    // 2026-02-28 is a Saturday on which people work.
    let due = |kind: &str, office: &str, on: &str| (kind.to_owned(), office.to_owned(), Some(on.to_owned()));
    let expected = [
        due("collection.match", "FOOD_PROD", "2026-03-09"),
        due("double_publicity.publish", "ENFORCEMENT", "2026-03-09"),
        due("inspection.result.publish", "SE_SUPERV", "2026-03-26"),
        due("penalty.publish.same_province", "ENFORCEMENT", "2026-03-26"),
    ];
    assert_eq!(duties(&store).await, expected);
}

async fn an_enterprise_registered_later_gets_what_waited_for_it(store: Store) {
    let rows = vec![inspection("检1", FOOD, "2026-02-25"), inspection("检2", EQUIPMENT, "2026-02-25")];
    import(&store, 1, rows).await.unwrap();
    import_tickets(&store, 2, vec![ticket("T1", FOOD), ticket("T2", "")]).await.unwrap();
    assert_eq!(register(&store, FOOD, "370102").await, 2);
    let told = events(&store).await;
    let subject = format!("enterprises/{FOOD}");
    let expected = [("collection.record.attached", &subject), ("collection.ticket.attached", &subject)];
    let last: Vec<_> =
        told[told.len() - 2..].iter().map(|(kind, subject)| (kind.as_str(), subject)).collect();
    assert_eq!(last, expected);
    assert_eq!(
        register(&store, FOOD, "370103").await,
        0,
        "a change of the enterprise attaches nothing again"
    );
    assert_eq!(import(&store, 3, vec![penalty("罚1", FOOD, "2026-02-25")]).await.unwrap().attached, 1);
}

async fn an_enterprise_that_passes_to_another_division_is_told_once_for_each_time(store: Store) {
    register(&store, FOOD, "370102").await;
    register(&store, FOOD, "370102").await;
    assert_eq!(events(&store).await, []);
    register(&store, FOOD, "370103").await;
    register(&store, FOOD, "370103").await;
    let moved = ("collection.party.moved".to_owned(), format!("enterprises/{FOOD}"));
    assert_eq!(events(&store).await, std::slice::from_ref(&moved));
    register(&store, FOOD, "370102").await;
    assert_eq!(events(&store).await, [moved.clone(), moved]);
}

async fn five_thousand_rows_are_one_message(store: Store) {
    let codes = [FOOD, EQUIPMENT];
    let row = |n: usize| inspection(&format!("检{n}"), codes[n % 2], "2026-02-25");
    register(&store, FOOD, "370102").await;
    let answer = import(&store, 1, (0..5_000).map(row).collect()).await.unwrap();
    assert_eq!((answer.attached, answer.unmatched), (2_500, 2_500));
    let again = import(&store, 2, (0..5_000).map(row).collect()).await.unwrap();
    assert_eq!((again.duplicates, events(&store).await.len()), (5_000, 5_000));
}

async fn a_permit_keeps_what_it_says(store: Store) {
    let permit = pb::Permit {
        permit_class: "普通".to_owned(),
        permit_no: "SC10137010200018".to_owned(),
        valid_from: "2026-02-27".to_owned(),
        valid_to: "2031-02-26".to_owned(),
        state: "Valid".to_owned(),
        ..pb::Permit::default()
    };
    let content = Content::Permit(permit);
    import(&store, 1, vec![record("许1", FOOD, "2026-02-27", content.clone())]).await.unwrap();
    assert_eq!(last_told(&store).await.record.unwrap().content, Some(content));
}

async fn a_withdrawn_record_that_is_imported_again_is_refused_with_the_way_on(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    import(&store, 1, vec![penalty("罚1", EQUIPMENT, "2026-02-27")]).await.unwrap();
    let name = last_told(&store).await.record.unwrap().name;
    super::withdraw::withdraw(&store, 2, &name, &officer("ENFORCEMENT", "370100")).await.unwrap();
    let again = import(&store, 3, vec![penalty("罚1", EQUIPMENT, "2026-02-27")]).await.unwrap();
    assert_eq!((again.duplicates, again.attached, again.rejected.len()), (0, 0, 1));
    let refused = &again.rejected[0];
    assert_eq!(refused.field, "document_no");
    assert!(refused.problem.starts_with("RECORD_WITHDRAWN: "), "{}", refused.problem);
    let batch = batch(&request(4), vec![penalty("罚1", EQUIPMENT, "2026-02-27")]);
    assert_eq!(
        store.preview_records(&batch).await.unwrap().rejected,
        again.rejected,
        "a dry run says the same"
    );
}

async fn a_record_whose_party_nobody_registered_is_due_to_be_matched_until_it_is_registered(store: Store) {
    import(&store, 1, vec![inspection("检1", FOOD, "2019-02-27")]).await.unwrap();
    let due = ("collection.match".to_owned(), "FOOD_PROD".to_owned(), Some("2026-03-09".to_owned()));
    assert_eq!(duties(&store).await, [due]);
    assert_eq!(register(&store, FOOD, "370102").await, 1);
    assert_eq!(duties(&store).await, []);
}

async fn a_complaint_about_somebody_unknown_is_due_to_be_matched_and_a_question_is_not(store: Store) {
    let question = pb::Ticket { kind: "Consultation".to_owned(), ..ticket("JN2", FOOD) };
    import_tickets(&store, 1, vec![ticket("JN1", FOOD), question]).await.unwrap();
    let searched = async || {
        let kinds = duties(&store).await.into_iter().map(|(kind, ..)| kind);
        kinds.filter(|kind| kind == "collection.match").count()
    };
    assert_eq!(searched().await, 1);
    register(&store, FOOD, "370102").await;
    assert_eq!(searched().await, 0);
}

async fn two_ways_to_write_one_number_are_one_record_also_where_it_was_known_as_written(store: Store) {
    let first = penalty("济市监罚〔2026〕88号", FOOD, "2026-02-25");
    assert_eq!(import(&store, 1, vec![first]).await.unwrap().unmatched, 1);
    let others = ["济市监罚[2026]88号", "济市监罚（2026）88号", "济市监罚〔2026〕 88号"];
    let others: Vec<_> = others.into_iter().map(|number| penalty(number, FOOD, "2026-02-25")).collect();
    let answer = import(&store, 2, others).await.unwrap();
    assert_eq!((answer.unmatched, answer.duplicates, answer.rejected.len()), (0, 3, 0));
    let differs = import(&store, 3, vec![penalty("济市监罚[2026]88号", FOOD, "2026-02-26")]).await.unwrap();
    assert_eq!(differs.rejected[0].field, "document_no");

    // A record of the time when a number was known as it is written keeps its id, and is met again in that writing.
    let written = "济市监罚[2026]7号";
    let old = batch(&request(4), vec![penalty(written, FOOD, "2026-02-25")]).rows.remove(0).item;
    import(&store, 4, vec![penalty(written, FOOD, "2026-02-25")]).await.unwrap();
    let (id, past) = (old.id.as_str(), old.written_id.as_ref().unwrap().as_str());
    const PAST: &str = "UPDATE record SET key = unhex($2) WHERE key = unhex($1)";
    on!(store.db(), |pool| sqlx::query(PAST).bind(id).bind(past).execute(pool).await.map(drop)).unwrap();
    let again = import(&store, 5, vec![penalty(written, FOOD, "2026-02-25")]).await.unwrap();
    assert_eq!((again.unmatched, again.duplicates), (0, 1));
    // Whoever is told what a row repeats, is told the name that it has.
    let rows = ["济市监罚[2026]7号", "济市监罚[2026]88号", "济市监罚[2026]9号"];
    let rows = rows.map(|number| penalty(number, FOOD, "2026-02-25")).to_vec();
    let known = store.known_before(&batch(&request(6), rows)).await.unwrap();
    assert_eq!(known, HashMap::from([(old.id.clone(), old.written_id.clone().unwrap())]));
}

db::conformance! {
    open = open;
    cases = [
        a_withdrawn_record_that_is_imported_again_is_refused_with_the_way_on,
        a_record_whose_party_nobody_registered_is_due_to_be_matched_until_it_is_registered,
        a_complaint_about_somebody_unknown_is_due_to_be_matched_and_a_question_is_not,
        two_ways_to_write_one_number_are_one_record_also_where_it_was_known_as_written,
        what_is_registered_is_attached_and_the_rest_waits,
        an_attached_record_is_told_with_the_division_of_its_enterprise,
        a_message_sent_again_answers_as_before_and_writes_nothing,
        another_message_under_the_same_request_id_is_refused,
        the_same_rows_in_another_message_are_duplicates,
        other_content_under_a_taken_key_is_refused_and_the_other_rows_are_taken,
        rows_of_one_message_are_compared_with_each_other_and_counts_add_up,
        an_empty_message_is_answered,
        recent_records_open_their_clocks_and_archived_ones_do_not,
        an_enterprise_registered_later_gets_what_waited_for_it,
        an_enterprise_that_passes_to_another_division_is_told_once_for_each_time,
        five_thousand_rows_are_one_message,
        a_permit_keeps_what_it_says,
    ]
}
