//! A third key field is data alone (R2).

use std::path::Path;
use std::sync::Arc;

use db::Db;
use registry::store::Decided;
use rulebook::Rulebook;

use crate::store::house::{A, House, licence, mark, officer, open_by, today};

/// The built-in rulebook, with pharmacies as a third field.
fn with_third_field() -> Arc<Rulebook> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in Rulebook::builtin().archive() {
        let path = folder.path().join(&name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    append(folder.path(), "fields.csv", "DRUG,药品零售,药品零售企业,FOOD_PROD,2021-09-27,,a test\n");
    append(folder.path(), "sub_kinds.csv", "Pharmacy,DRUG,零售药店,free numbers,LEGAL,2021-09-27,,a test\n");
    Arc::new(Rulebook::from_dir(folder.path()).unwrap())
}

fn append(folder: &Path, file: &str, row: &str) {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, text + row).unwrap();
}

async fn open_with_third_field(db: Db) -> House {
    open_by(db, with_third_field()).await
}

async fn a_licence_of_a_third_field_carries_its_mark_to_the_publicity_system(house: House) {
    house.create(1, A, "济南甲大药房有限公司").await.unwrap();
    house.record(2, "鲁DA5310001", licence(A, "DRUG", "Pharmacy"), today()).await.unwrap();
    assert_eq!(house.duties().await, [("mark.confirm".to_owned(), "LEGAL".to_owned())]);
    let marks =
        house.decide(3, &officer("LEGAL", &["370100"]), Decided::Confirm, &[mark(A, "DRUG")]).await.unwrap();
    assert_eq!((marks[0].label.as_str(), marks[0].state.as_str()), ("药品零售企业", "PushPending"));
    assert_eq!(house.deliveries().await, [("mark.published".to_owned(), 2)]);
}

db::conformance! { open = open_with_third_field; cases = [
    a_licence_of_a_third_field_carries_its_mark_to_the_publicity_system,
] }
