use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use rulebook::Rulebook;
use tonic::Code;

use super::harness::*;

/// A city's version of the rulebook in a folder: a third key field, and an item of the city.
fn version_of_a_city() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, mut text) in Rulebook::builtin().archive() {
        let path = folder.path().join(&name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match name.as_str() {
            "fields.csv" => text.extend("DRUG,药品零售,药品零售企业,FOOD_PROD,2021-09-27,,a test\n".bytes()),
            "collection_items.csv" => {
                text.extend("permit.local,city,permit,-,地方许可信息,,2026-01-01,,a test\n".bytes());
            }
            _ => {}
        }
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn sampling(field: &str, document_no: &str) -> pb::Record {
    let content = pb::Sampling { product: "面包".to_owned(), passed: true, ..pb::Sampling::default() };
    pb::Record {
        field: field.to_owned(),
        content: Some(Content::Sampling(content)),
        ..inspection(document_no)
    }
}

#[tokio::test]
async fn the_catalogue_of_a_day_shows_the_province_then_the_city_and_what_was_not_supplied() {
    let folder = version_of_a_city();
    let served = Served::start(&["--rulebook", folder.path().to_str().unwrap()]).await;
    let mut officer = served.catalogue("FOOD_PROD");
    let mut on = async |as_of: &str| {
        let request = pb::GetItemCatalogueRequest { as_of: as_of.to_owned() };
        officer.get_item_catalogue(request).await.map(tonic::Response::into_inner)
    };
    let (before, after) = (on("2025-12-31").await.unwrap(), on("2026-01-01").await.unwrap());
    let of = |catalogue: &pb::ItemCatalogue, level: &str| -> Vec<String> {
        let items = catalogue.items.iter().filter(|item| item.level == level);
        items.map(|item| item.item.clone()).collect()
    };
    let provincial = ["permit", "penalty", "inspection", "sampling.food", "sampling.general"];
    assert_eq!(
        (of(&before, "province"), of(&after, "province")),
        (provincial.map(str::to_owned).to_vec(), provincial.map(str::to_owned).to_vec())
    );
    assert_eq!(of(&before, "city"), ["sampling.se", "list.other"]);
    assert_eq!(of(&after, "city"), ["sampling.se", "list.other", "permit.local"]);
    assert!(after.items.iter().all(|item| !item.source.is_empty()));
    // Every provincial item rests on a list that nobody has supplied, and shows it (R51).
    let waiting: Vec<&pb::Attachment> = after.attachments.iter().filter(|found| !found.supplied).collect();
    assert!(waiting.iter().all(|found| found.status == "未提供" && !found.document_no.is_empty()));
    for item in after.items.iter().filter(|item| item.level == "province") {
        assert!(waiting.iter().any(|found| found.attachment == item.attachment), "{}", item.item);
    }
    assert_ne!(after.rulebook_hash, Rulebook::builtin().hash(), "a version is known by its hash");
    assert_eq!(on("2026-02-30").await.unwrap_err().code(), Code::InvalidArgument);
    served.stop().await;
}

#[tokio::test]
async fn a_record_outside_the_catalogue_is_refused_and_leaves_nothing() {
    let folder = version_of_a_city();
    let served = Served::start(&["--rulebook", folder.path().to_str().unwrap()]).await;
    let answer = served.import(1, vec![sampling("DRUG", "抽1"), sampling("FOOD", "抽2")]).await;
    assert_eq!((answer.unmatched, answer.rejected.len()), (1, 1));
    let refused = &answer.rejected[0];
    assert_eq!((refused.index, refused.field.as_str()), (0, "sampling"));
    assert!(refused.problem.starts_with("OUTSIDE_CATALOGUE: no item of "), "{}", refused.problem);
    let listed =
        served.records("CREDIT", CITY).list_records(pb::ListRecordsRequest::default()).await.unwrap();
    let numbers: Vec<_> = listed.into_inner().records.into_iter().map(|record| record.document_no).collect();
    assert_eq!(numbers, ["抽2"]);
    served.stop().await;
}
