use super::fixture::*;
use collection::store::{ReadyRecords, Store};
use contract::collection::v1 as pb;
use service::Error;

const METHOD: &str = "/xinjian.collection.v1.Records/ImportRecords";

pub(crate) async fn ready(store: &Store, n: u32, records: Vec<pb::Record>) -> ReadyRecords {
    let id = request(n);
    store.make_ready(act(&id, ""), batch(&id, records)).await.unwrap()
}

pub(crate) async fn take(
    store: &Store,
    messages: Vec<ReadyRecords>,
) -> Vec<Result<pb::ImportRecordsResponse, Error>> {
    store.take_ready_records("li", METHOD, tokio_stream::iter(messages)).await
}

/// Attached, unmatched and duplicates of each answer.
fn counts(answers: Vec<Result<pb::ImportRecordsResponse, Error>>) -> Vec<(i64, i64, i64)> {
    let count = |answer: pb::ImportRecordsResponse| (answer.attached, answer.unmatched, answer.duplicates);
    answers.into_iter().map(|answer| count(answer.unwrap())).collect()
}

async fn messages_taken_together_are_answered_each_and_told_in_their_order(store: Store) {
    register(&store, FOOD, "370102").await;
    let one =
        ready(&store, 1, vec![penalty("罚1", FOOD, "2026-02-25"), inspection("检1", "", "2026-02-25")]).await;
    let two = ready(&store, 2, vec![inspection("检2", EQUIPMENT, "2026-02-26")]).await;
    let three = ready(&store, 3, vec![]).await;
    let answers = take(&store, vec![one, two, three]).await;
    assert_eq!(answers[1].as_ref().unwrap().request_id, request(2).to_string());
    assert_eq!(counts(answers), [(1, 1, 0), (0, 1, 0), (0, 0, 0)]);
    let subjects: Vec<_> = events(&store).await.into_iter().map(|(_, subject)| subject).collect();
    assert_eq!(subjects.len(), 3);
    assert_eq!(subjects[0], format!("enterprises/{FOOD}"));
    let told = last_told(&store).await.record.unwrap();
    assert_eq!((told.document_no.as_str(), told.state.as_str()), ("检2", "Unmatched"));
    let due: Vec<_> = duties(&store).await.into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(due.len(), 6, "{due:?}");
}

async fn messages_with_the_same_rows_take_each_row_once(store: Store) {
    let rows = |more: &str| vec![inspection("检1", FOOD, "2026-02-25"), inspection(more, FOOD, "2026-02-25")];
    let one = ready(&store, 1, rows("检2")).await;
    let two = ready(&store, 2, rows("检3")).await;
    assert_eq!(counts(take(&store, vec![one, two]).await), [(0, 2, 0), (0, 1, 1)]);
    assert_eq!(events(&store).await.len(), 3);
}

async fn rows_that_another_took_meanwhile_are_duplicates(store: Store) {
    let rows = || vec![inspection("检1", FOOD, "2026-02-25"), inspection("检2", "", "2026-02-25")];
    let late = ready(&store, 1, rows()).await;
    import(&store, 2, rows()).await.unwrap();
    let told = events(&store).await;
    assert_eq!(counts(take(&store, vec![late]).await), [(0, 0, 2)]);
    assert_eq!(events(&store).await, told);
}

async fn an_enterprise_that_is_registered_meanwhile_gets_its_records(store: Store) {
    let early = ready(&store, 1, vec![inspection("检1", FOOD, "2026-02-25")]).await;
    register(&store, FOOD, "370102").await;
    assert_eq!(counts(take(&store, vec![early]).await), [(1, 0, 0)]);
    let told = last_told(&store).await.record.unwrap();
    assert_eq!((told.state.as_str(), told.division.as_str()), ("Attached", "370102"));
    let early = ready(&store, 2, vec![inspection("检2", EQUIPMENT, "2026-02-25")]).await;
    assert_eq!(counts(take(&store, vec![early]).await), [(0, 1, 0)]);
    assert_eq!(register(&store, EQUIPMENT, "370114").await, 1);
}

async fn a_message_that_was_taken_before_answers_as_before(store: Store) {
    let rows = || vec![inspection("检1", FOOD, "2026-02-25")];
    let first = import(&store, 1, rows()).await.unwrap();
    let again = ready(&store, 1, rows()).await;
    let next = ready(&store, 2, vec![inspection("检2", FOOD, "2026-02-25")]).await;
    let answers = take(&store, vec![again, next]).await;
    assert_eq!(answers[0].as_ref().unwrap(), &first);
    assert_eq!(counts(answers), [(0, 1, 0), (0, 1, 0)]);
    assert_eq!(events(&store).await.len(), 2);
}

async fn a_refused_message_keeps_those_before_it_and_ends_the_answers(store: Store) {
    import(&store, 2, vec![inspection("检9", FOOD, "2026-02-25")]).await.unwrap();
    let mut messages = Vec::new();
    for n in 1..=3 {
        messages.push(ready(&store, n, vec![inspection(&format!("检{n}"), FOOD, "2026-02-25")]).await);
    }
    let answers = take(&store, messages).await;
    assert_eq!(answers.len(), 2);
    assert!(matches!(answers[1], Err(Error::RequestIdReused(_))), "{answers:?}");
    // That of before, and the first of these three.
    assert_eq!(events(&store).await.len(), 2);
}

async fn records_of_more_messages_than_are_written_together_are_each_taken_once(store: Store) {
    let message = |n, number| ready(&store, n, vec![inspection(&format!("检{number}"), FOOD, "2026-02-25")]);
    let mut messages = Vec::new();
    for n in 1..=6 {
        messages.push(message(n, n).await);
    }
    assert_eq!(counts(take(&store, messages).await), [(0, 1, 0); 6]);
    // The last repeats a record that is written when it comes.
    let mut messages = Vec::new();
    for (n, number) in [(7, 7), (8, 8), (9, 9), (10, 10), (11, 11), (12, 7)] {
        messages.push(message(n, number).await);
    }
    let one = (0, 1, 0);
    assert_eq!(counts(take(&store, messages).await), [one, one, one, one, one, (0, 0, 1)]);
    assert_eq!(events(&store).await.len(), 11);
}

async fn an_enterprise_that_moves_between_two_messages_has_its_new_division_in_the_second(store: Store) {
    for (n, division) in [(1, "370102"), (2, "370114")] {
        register(&store, FOOD, division).await;
        for n in [n * 10, n * 10 + 1] {
            let message = ready(&store, n, vec![inspection(&format!("检{n}"), FOOD, "2026-02-25")]).await;
            assert_eq!(counts(take(&store, vec![message]).await), [(1, 0, 0)]);
            assert_eq!(last_told(&store).await.record.unwrap().division, division);
        }
    }
}

async fn an_enterprise_that_moves_while_a_message_waits_has_its_new_division_there(store: Store) {
    register(&store, FOOD, "370102").await;
    let early = ready(&store, 1, vec![inspection("检1", FOOD, "2026-02-25")]).await;
    let other = ready(&store, 2, vec![inspection("检2", EQUIPMENT, "2026-02-25")]).await;
    register(&store, FOOD, "370114").await;
    assert_eq!(counts(take(&store, vec![other, early]).await), [(0, 1, 0), (1, 0, 0)]);
    let told = last_told(&store).await.record.unwrap();
    assert_eq!((told.document_no.as_str(), told.division.as_str()), ("检1", "370114"));
}

/// Rows of a message of which a few are looked up first, and not the second.
fn many() -> Vec<pb::Record> {
    (1..=640).map(|n| inspection(&format!("检{n}"), FOOD, "2026-02-25")).collect()
}

async fn a_row_that_is_there_is_found_though_it_is_not_looked_up_first(store: Store) {
    import(&store, 1, vec![inspection("检2", FOOD, "2026-02-25")]).await.unwrap();
    let mixed = ready(&store, 2, many()).await;
    assert_eq!(counts(take(&store, vec![mixed]).await), [(0, 639, 1)]);
    let again = ready(&store, 3, many()).await;
    assert_eq!(counts(take(&store, vec![again]).await), [(0, 0, 640)]);
    assert_eq!(events(&store).await.len(), 640);
}

async fn a_row_that_was_taken_by_its_number_as_written_is_found_in_a_new_message(store: Store) {
    let row = || inspection("检[2026] 2号", FOOD, "2026-02-25");
    let id = request(1);
    let mut before = batch(&id, vec![row()]);
    let taken = &mut before.rows[0].item;
    taken.id = taken.written_id.clone().unwrap();
    store.import_records(&act(&id, ""), &key(&id), &before).await.unwrap();
    let mut rows = many();
    rows[1] = row();
    let mixed = ready(&store, 2, rows).await;
    assert_eq!(counts(take(&store, vec![mixed]).await), [(0, 639, 1)]);
}

db::conformance! {
    open = open;
    cases = [
        messages_taken_together_are_answered_each_and_told_in_their_order,
        messages_with_the_same_rows_take_each_row_once,
        rows_that_another_took_meanwhile_are_duplicates,
        an_enterprise_that_is_registered_meanwhile_gets_its_records,
        a_message_that_was_taken_before_answers_as_before,
        a_refused_message_keeps_those_before_it_and_ends_the_answers,
        records_of_more_messages_than_are_written_together_are_each_taken_once,
        an_enterprise_that_moves_between_two_messages_has_its_new_division_in_the_second,
        an_enterprise_that_moves_while_a_message_waits_has_its_new_division_there,
        a_row_that_is_there_is_found_though_it_is_not_looked_up_first,
        a_row_that_was_taken_by_its_number_as_written_is_found_in_a_new_message,
    ]
}
