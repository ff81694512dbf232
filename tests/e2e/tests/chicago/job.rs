//! The main job on real data: food inspections and sanitation complaints of Chicago, imported as any foreign table is.

use contract::inspection::v1::{Inspector, RegisterInspectorRequest};
use e2e::chicago::{COMPLAINTS, INSPECTIONS, data, import};
use e2e::{xinjian, xinjian_json};
use serde_json::Value;
use standalone::house::Officer;
use standalone::session::Session;

use crate::chicago::base::Base;

fn number(output: &Value, name: &str) -> u64 {
    output[name].as_u64().unwrap()
}

/// Every row has become something.
fn assert_adds_up(output: &Value) {
    let parts = ["created", "unmatched", "updated", "unchanged", "repeated", "left_out", "refused"];
    let sum: u64 = parts.iter().map(|part| number(output, part)).sum();
    assert_eq!(number(output, "rows"), sum, "{output}");
    if number(output, "refused") > 0 {
        assert!(!output["refusals"][0]["problem"].as_str().unwrap().is_empty());
    }
}

#[test]
#[ignore = "needs XINJIAN_SHARED_DATA"]
fn the_main_job_runs_on_real_inspections_and_complaints() {
    let Some(data) = data() else { return };
    let city = tempfile::tempdir().unwrap();
    let folder = city.path().to_str().unwrap();
    let (inspections, complaints) = (data.join(INSPECTIONS), data.join(COMPLAINTS));

    let base = Base::of(&data);
    base.copy_to(city.path());
    let first = &base.inspections;
    first.iter().for_each(assert_adds_up);
    assert_eq!(first.iter().map(|output| number(output, "rows")).collect::<Vec<_>>(), [27_600; 3]);
    assert_eq!((number(&first[0], "created"), number(&first[0], "refused")), (12_367, 0), "{}", first[0]);
    assert_eq!(number(&first[2], "created") + number(&first[2], "unmatched"), 27_600, "{}", first[2]);

    let tickets = import(folder, "chicago_complaints.yaml", &complaints);
    assert_adds_up(&tickets[0]);
    assert_eq!(number(&tickets[0], "rows"), 74_401);
    // 74,026 numbers; of the 375 rows that repeat one, those that say the same are duplicates, the others are refused.
    assert_eq!(number(&tickets[0], "created") + number(&tickets[0], "unmatched"), 74_026, "{}", tickets[0]);

    // Of the 27,600 rows only those with the licence in question become a permit, which is there for its firm.
    for (output, (column, permits)) in base.licences.iter().zip([
        ("tobacco", 2_183),
        ("consumption on premises", 3_646),
        ("outdoor patio", 680),
    ]) {
        assert_adds_up(output);
        assert_eq!(
            (number(output, "created"), number(output, "refused")),
            (permits, 0),
            "{column}: {output}"
        );
    }

    let mut again = import(folder, "chicago_inspections.yaml", &inspections);
    again.extend(import(folder, "chicago_complaints.yaml", &complaints));
    for output in &again {
        assert_adds_up(output);
        assert_eq!(
            number(output, "created") + number(output, "unmatched") + number(output, "updated"),
            0,
            "{output}"
        );
    }

    confirm_marks(folder);
    let run = xinjian_json(["classify", "--data", folder]);
    assert_eq!(run["state"], "Effective");
    assert_eq!(run["done"].as_str().unwrap(), "12367", "{run}");

    let draw = xinjian_json(["draw", "run", "--data", folder, "--stratify", "uniform", "--percent", "1"]);
    assert_eq!(draw["pool_size"].as_i64().unwrap(), 12_367);
    let proof = draw["proof"].as_str().unwrap();
    assert_eq!(xinjian_json(["draw", "verify", proof])["valid"], true);
    let mut bytes = std::fs::read(proof).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(proof, bytes).unwrap();
    assert!(!xinjian(["draw", "verify", proof]).status.success());
    assert_eq!(xinjian_json(["audit", "verify", "--data", folder])["valid"], true);
}

/// The office of the field confirms what the system proposes, and inspectors are there to be drawn.
fn confirm_marks(folder: &str) {
    let confirmed = xinjian_json(["marks", "confirm", "--data", folder]);
    assert_eq!(confirmed["confirmed"], 12_367);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(register_inspectors(folder));
}

async fn register_inspectors(folder: &str) {
    let session = Session::open(folder.as_ref()).await.unwrap();
    let clients = session.clients(&Officer::of_city("registrar", "LEGAL")).unwrap();
    for index in 0..40 {
        let inspector = Inspector {
            inspector_no: format!("CHI{index:03}"),
            office: if index % 2 == 0 { "FOOD_PROD" } else { "ENFORCEMENT" }.to_owned(),
            fields: vec!["FOOD".to_owned()],
            divisions: vec!["370100".to_owned()],
            cap: 20,
            certificate_valid_to: "2099-12-31".to_owned(),
            available: true,
            ..Inspector::default()
        };
        let request = RegisterInspectorRequest {
            inspector: Some(inspector),
            request_id: uuid::Uuid::new_v4().to_string(),
        };
        clients.inspectors().register_inspector(request).await.unwrap();
    }
    session.close().await;
}
