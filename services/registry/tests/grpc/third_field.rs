//! A third key field by rows of the rulebook alone (R2).

use std::path::Path;

use contract::registry::v1 as pb;
use rulebook::Rulebook;

use crate::grpc::server::{A, Registry, create, enterprise, licence, reason, record, request_id};

/// Writes the built-in rulebook with pharmacies as a third field.
fn write_rulebook(folder: &Path) {
    for (name, text) in Rulebook::builtin().archive() {
        let path = folder.join(&name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let further: &[u8] = match name.as_str() {
            "fields.csv" => "DRUG,药品零售,药品零售企业,FOOD_PROD,2021-09-27,,a test\n".as_bytes(),
            "sub_kinds.csv" => "Pharmacy,DRUG,零售药店,free numbers,LEGAL,2021-09-27,,a test\n".as_bytes(),
            _ => &[],
        };
        std::fs::write(path, [&text[..], further].concat()).unwrap();
    }
}

#[tokio::test]
async fn a_field_added_by_data_has_licences_and_marks_like_the_others() {
    let folder = tempfile::tempdir().unwrap();
    write_rulebook(folder.path());
    let registry = Registry::start_with(&[format!("--rulebook={}", folder.path().display())]).await;
    let mut enterprises = registry.enterprises("LEGAL", &["370100"]);
    enterprises.create_enterprise(create(1, enterprise(A, "济南甲大药房有限公司"))).await.unwrap();

    let mut licences = registry.licences("LEGAL", &["370100"]);
    let pharmacy = pb::Licence { field: "DRUG".into(), ..licence(A, "鲁DA5310001") };
    let recorded = licences.record_licence(record(2, pharmacy)).await.unwrap().into_inner();
    assert_eq!(recorded.sub_kinds, ["Pharmacy"], "the only sub-kind of the field");

    let names = vec![format!("enterprises/{A}/marks/DRUG")];
    let request = pb::ConfirmMarksRequest { names, request_id: request_id(3), ..Default::default() };
    let marks = registry.marks("LEGAL", &["370100"]).confirm_marks(request).await.unwrap().into_inner().marks;
    assert_eq!((marks[0].label.as_str(), marks[0].state.as_str()), ("药品零售企业", "PushPending"));
    registry.stop().await;
}

#[tokio::test]
async fn without_those_rows_the_field_does_not_exist() {
    let registry = Registry::start().await;
    let mut licences = registry.licences("LEGAL", &["370100"]);
    let pharmacy = pb::Licence { field: "DRUG".into(), ..licence(A, "鲁DA5310001") };
    let status = licences.record_licence(record(2, pharmacy)).await.unwrap_err();
    assert_eq!(reason(&status), "INVALID_FIELDS");
    registry.stop().await;
}
