//! The catalogue of supervision items, and tasks that inspect what is in it.

use contract::inspection::v1 as pb;
use tonic::Code;
use tonic_types::StatusExt;

use crate::house::*;

async fn catalogue(house: &House, field: &str, as_of: &str) -> pb::SupervisionCatalogue {
    let request = pb::GetSupervisionCatalogueRequest { field: field.into(), as_of: as_of.into() };
    house.items(WANG).get_supervision_catalogue(request).await.unwrap().into_inner()
}

fn of_items(items: &[&str]) -> pb::CreateTaskRequest {
    let mut request = task("CLASS", 0);
    request.task.as_mut().unwrap().items = items.iter().map(|item| (*item).to_owned()).collect();
    request
}

async fn the_catalogue_of_a_field_says_of_each_item_who_whom_how_why_and_against_what(house: House) {
    for field in ["FOOD", "SE"] {
        let found = catalogue(&house, field, "").await;
        assert_eq!((found.field.as_str(), found.items.is_empty()), (field, false));
        for item in &found.items {
            let parts = [&item.body, &item.object, &item.measure, &item.basis, &item.risk, &item.source];
            assert!(parts.iter().all(|part| !part.is_empty()), "{item:?}");
            assert!(["general", "key"].contains(&item.category.as_str()), "{item:?}");
        }
        assert_eq!(found.items.iter().filter(|item| item.commitment).count(), 1);
        assert!(found.items.len() > catalogue(&house, field, "2021-10-01").await.items.len());
    }
    let request = pb::GetSupervisionCatalogueRequest { field: "TOYS".into(), as_of: String::new() };
    let refused = house.items(WANG).get_supervision_catalogue(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

async fn a_task_with_an_item_outside_the_catalogue_is_refused_and_not_created(house: House) {
    let refused =
        house.before(WANG).create_task(of_items(&["food.label", "se.licence", "made.up"])).await.unwrap_err();
    let fields: Vec<_> = refused
        .get_details_bad_request()
        .unwrap()
        .field_violations
        .into_iter()
        .map(|one| one.field)
        .collect();
    assert_eq!(fields, ["task.items[1]", "task.items[2]"]);
    let listed = house.before(WANG).list_tasks(pb::ListTasksRequest::default()).await.unwrap().into_inner();
    assert!(listed.tasks.is_empty());
}

async fn every_task_carries_the_commitment_item_and_keeps_its_items(house: House) {
    let all: Vec<String> =
        catalogue(&house, "FOOD", "").await.items.into_iter().map(|item| item.item).collect();
    let whole = house.before(WANG).create_task(task("CLASS", 0)).await.unwrap().into_inner();
    assert_eq!(whole.items, all);
    let some = house.before(WANG).create_task(of_items(&["food.label"])).await.unwrap().into_inner();
    assert_eq!(some.items, ["food.label", "food.commitment"]);
    let request = pb::GetTaskRequest { name: some.name.clone() };
    assert_eq!(house.tasks(WANG).get_task(request).await.unwrap().into_inner(), some);
}

db::conformance! {
    open = house;
    cases = [
        the_catalogue_of_a_field_says_of_each_item_who_whom_how_why_and_against_what,
        a_task_with_an_item_outside_the_catalogue_is_refused_and_not_created,
        every_task_carries_the_commitment_item_and_keeps_its_items,
    ];
}
