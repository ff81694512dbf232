//! Marks pushed to a publicity system that serves `Receiver`.

use contract::registry::v1 as pb;
use receiver::{Does, Running};
use serde_json::Value;

use crate::grpc::server::{A, ORDINARY, Registry, request_id};

#[tokio::test]
async fn a_mark_reaches_a_publicity_system_that_fails_first_and_is_shown_once() {
    let system = Running::on_a_free_port().unwrap();
    system.inbox().will([Does::Fails, Does::TakesAndFails]);
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "given by the publicity system").unwrap();
    let registry = Registry::start_with(&[
        format!("--registry-publicity-url=http://{}", system.address().unwrap()),
        format!("--registry-publicity-token-file={}", token_file.display()),
    ])
    .await;
    registry.with_licence(1, A, ORDINARY).await;
    let names = vec![format!("enterprises/{A}/marks/FOOD")];
    let confirm = pb::ConfirmMarksRequest { names, request_id: request_id(10), ..Default::default() };
    registry.marks("FOOD_PROD", &["370100"]).confirm_marks(confirm).await.unwrap();
    registry.wait_for_mark(A, "Published").await;

    let shown = system.inbox().shown();
    let mark = &shown[&format!("enterprises/{A}/marks/FOOD")];
    let content: Value = serde_json::from_slice(&mark.content).unwrap();
    assert_eq!((&content["标记名称"], &content["许可证编号"][0]), (&"食品生产企业".into(), &ORDINARY.into()));
    assert_eq!((shown.len(), system.inbox().taken().len(), system.inbox().calls()), (1, 1, 3));
    registry.stop().await;
}
