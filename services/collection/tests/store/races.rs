use super::fixture::*;
use collection::store::{RecordFilter, Store};

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

db::races! {
    open = open;
    cases = [
        an_import_and_the_arrival_of_its_enterprise_never_miss_each_other,
        an_enterprise_that_is_awaited_already_is_not_missed_either,
        of_two_imports_of_the_same_rows_each_row_is_taken_once,
    ]
}
