use super::correct::{correct, fined, id_of, with_penalty};
use super::fixture::*;
use super::objections::lodge;
use super::ready::{ready, take};
use super::withdraw::withdraw;
use collection::Error;
use collection::store::{RecordFilter, Store};
use db::on;

async fn states(store: &Store) -> Vec<String> {
    let filter = RecordFilter {
        uscc: None,
        kind: None,
        state: String::new(),
        only_public: false,
        size: 50,
        token: String::new(),
    };
    let page = store.list_records(&filter, &officer("CREDIT", "370100").scope(), today()).await.unwrap();
    page.records.into_iter().map(|record| record.state).collect()
}

async fn an_import_and_the_arrival_of_its_enterprise_never_miss_each_other(store: Store) {
    let rows = || vec![inspection("检1", FOOD, "2026-02-25"), inspection("检2", FOOD, "2026-02-26")];
    let (import, _) = tokio::join!(
        tokio::spawn({
            let store = store.clone();
            async move { import(&store, 1, rows()).await }
        }),
        tokio::spawn({
            let store = store.clone();
            async move { register(&store, FOOD, "370102").await }
        }),
    );
    let answer = import.unwrap().unwrap();
    assert_eq!(answer.attached + answer.unmatched, 2);
    assert_eq!(states(&store).await, ["Attached", "Attached"]);
}

async fn an_enterprise_that_is_awaited_already_is_not_missed_either(store: Store) {
    import(&store, 1, vec![inspection("检1", FOOD, "2026-02-25")]).await.unwrap();
    let (second, _) = tokio::join!(
        tokio::spawn({
            let store = store.clone();
            async move { import(&store, 2, vec![inspection("检2", FOOD, "2026-02-26")]).await }
        }),
        tokio::spawn({
            let store = store.clone();
            async move { register(&store, FOOD, "370102").await }
        }),
    );
    second.unwrap().unwrap();
    assert_eq!(states(&store).await, ["Attached", "Attached"]);
}

async fn of_two_imports_of_the_same_rows_each_row_is_taken_once(store: Store) {
    let rows = || (0..20).map(|n| inspection(&format!("检{n}"), FOOD, "2026-02-25")).collect::<Vec<_>>();
    let run = |n| {
        let (store, rows) = (store.clone(), rows());
        tokio::spawn(async move { import(&store, n, rows).await })
    };
    let (first, second) = tokio::join!(run(1), run(2));
    let (first, second) = (first.unwrap().unwrap(), second.unwrap().unwrap());
    assert_eq!(first.unmatched + second.unmatched, 20);
    assert_eq!(first.duplicates + second.duplicates, 20);
    assert_eq!(events(&store).await.len(), 20);
}

/// Divisions in which something is due.
async fn due_in(store: &Store) -> Vec<String> {
    const SQL: &str = "SELECT DISTINCT division FROM obligation WHERE done_on IS NULL ORDER BY division";
    on!(store.db(), |pool| sqlx::query_scalar(SQL).fetch_all(pool).await).unwrap()
}

/// Has an enterprise of 370114 move to 370116 while `act` is under way.
async fn while_it_moves<T: Send + 'static>(
    store: &Store,
    act: impl Future<Output = T> + Send + 'static,
) -> T {
    let mover = {
        let store = store.clone();
        tokio::spawn(async move { register(&store, EQUIPMENT, "370116").await })
    };
    let (done, moved) = tokio::join!(tokio::spawn(act), mover);
    moved.unwrap();
    done.unwrap()
}

async fn what_is_imported_while_its_enterprise_moves_is_due_where_that_lies_then(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    let rows = (0..20).map(|n| inspection(&format!("检{n}"), EQUIPMENT, "2026-02-27")).collect();
    let importer = store.clone();
    let answer = while_it_moves(&store, async move { import(&importer, 1, rows).await }).await.unwrap();
    assert_eq!(answer.attached, 20);
    assert_eq!(due_in(&store).await, ["370116"]);
}

async fn what_was_made_ready_before_its_enterprise_moves_is_due_where_that_lies_then(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    let rows = (0..20).map(|n| inspection(&format!("检{n}"), EQUIPMENT, "2026-02-27")).collect();
    let message = ready(&store, 1, rows).await;
    let importer = store.clone();
    let mut answers = while_it_moves(&store, async move { take(&importer, vec![message]).await }).await;
    assert_eq!(answers.pop().unwrap().unwrap().attached, 20);
    assert_eq!(due_in(&store).await, ["370116"]);
}

async fn an_objection_that_is_lodged_while_its_enterprise_moves_is_due_where_that_lies_then(store: Store) {
    let name = with_penalty(&store).await;
    let lodger = store.clone();
    let lodged = while_it_moves(&store, async move {
        lodge(&lodger, 2, &name, "2026-03-02", &officer("CREDIT", "370100")).await
    });
    lodged.await.unwrap();
    assert_eq!(due_in(&store).await, ["370116"]);
}

/// Whether an act lost: another one came first.
fn lost<T>(answer: &Result<T, Error>) -> bool {
    matches!(
        answer,
        Err(Error::RecordChanged { .. }
            | Error::Common(service::Error::Contended | service::Error::Refused(_)))
    )
}

async fn of_a_correction_and_a_withdrawal_the_second_sees_the_first(store: Store) {
    let name = with_penalty(&store).await;
    let enforcer = officer("ENFORCEMENT", "370100");
    let (corrected, withdrawn) = tokio::join!(
        tokio::spawn({
            let (store, name, enforcer) = (store.clone(), name.clone(), enforcer.clone());
            async move { correct(&store, 2, (&name, 1), fined(30_000), &enforcer).await }
        }),
        tokio::spawn({
            let (store, name, enforcer) = (store.clone(), name.clone(), enforcer.clone());
            async move { withdraw(&store, 3, &name, &enforcer).await }
        }),
    );
    let (corrected, withdrawn) = (corrected.unwrap(), withdrawn.unwrap());
    assert!(corrected.is_ok() || withdrawn.is_ok(), "{corrected:?} {withdrawn:?}");
    assert!(corrected.is_ok() || lost(&corrected), "{corrected:?}");
    assert!(withdrawn.is_ok() || lost(&withdrawn), "{withdrawn:?}");
    let state = if withdrawn.is_ok() { "Withdrawn" } else { "Attached" };
    assert_eq!(states(&store).await, [state]);
    let told = 1 + usize::from(corrected.is_ok()) + usize::from(withdrawn.is_ok());
    assert_eq!(events(&store).await.len(), told);
    let last = last_told(&store).await.record.unwrap();
    assert_eq!((last.state.as_str(), last.revision), (state, i64::try_from(told).unwrap()));
}

async fn of_two_objections_to_one_record_one_is_lodged(store: Store) {
    let name = with_penalty(&store).await;
    let run = |n| {
        let (store, name) = (store.clone(), name.clone());
        tokio::spawn(async move { lodge(&store, n, &name, "2026-03-02", &officer("CREDIT", "370100")).await })
    };
    let (first, second) = tokio::join!(run(2), run(3));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    let refused = if first.is_ok() { &second } else { &first };
    let known = matches!(refused, Err(Error::ObjectionOpen(_) | Error::Common(service::Error::Contended)));
    assert!(known, "{refused:?}");
    let kinds: Vec<_> = events(&store).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["collection.record.accepted", "collection.objection.changed"]);
    let lodged = first.or(second).unwrap();
    let stored = store
        .record(&id_of(&name), &officer("CREDIT", "370100"), crate::store::fixture::today())
        .await
        .unwrap();
    assert_eq!(stored.open_objection, lodged.name);
}

db::races! {
    open = open;
    cases = [
        an_import_and_the_arrival_of_its_enterprise_never_miss_each_other,
        an_enterprise_that_is_awaited_already_is_not_missed_either,
        of_two_imports_of_the_same_rows_each_row_is_taken_once,
        what_is_imported_while_its_enterprise_moves_is_due_where_that_lies_then,
        what_was_made_ready_before_its_enterprise_moves_is_due_where_that_lies_then,
        an_objection_that_is_lodged_while_its_enterprise_moves_is_due_where_that_lies_then,
        of_a_correction_and_a_withdrawal_the_second_sees_the_first,
        of_two_objections_to_one_record_one_is_lodged,
    ]
}
