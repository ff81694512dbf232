//! A check of a party with a receipt, over REST; the receipt is verified by somebody who trusts nobody: offline, with the real program.

use e2e::city::TestCity;
use e2e::{rest, xinjian, xinjian_json};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_of_a_check_is_verified_offline_and_a_changed_one_is_refused() {
    let city = TestCity::start().await;
    let gateway = city.people().addresses().gateway.clone();
    let token = city.people().token("licensing", "APPROVAL", &["370100"]);
    let get = async |path: &str| {
        let (status, answer) = rest::get(&format!("{gateway}/v1/{path}"), Some(&token)).await;
        assert_eq!(status, 200, "{path}: {answer}");
        serde_json::from_str::<Value>(&answer).expect("the gateway answers JSON")
    };
    let answer = get("parties/91370102MA3C00011F:check?purpose=PERMIT&receipt=true").await;
    let name = answer["receipt"]["name"].as_str().expect("a receipt was asked for");
    assert_eq!(get(name).await, answer["receipt"], "it can be had again");
    let listed = get("receiptKeys").await;
    let (folder, kept) = city.stop().await;

    let key = folder.keys().join("punishment.public.pem");
    let published = std::fs::read_to_string(&key).expect("the city has published its key");
    assert_eq!(listed["keys"][0]["publicKey"].as_str(), Some(published.as_str()));
    let file = kept.path().join("receipt.json");
    let [file_name, key_name] = [&file, &key].map(|path| path.to_str().expect("a plain name").to_owned());
    let write = |receipt: &str| std::fs::write(&file, receipt).expect("the folder can be written");
    write(&answer.to_string());
    let verified = xinjian_json(["receipt", "verify", &file_name, "--key", &key_name]);
    assert_eq!((&verified["valid"], &verified["receipt"]), (&Value::Bool(true), &answer["receipt"]["name"]));

    write(&answer["receipt"].to_string().replace("advice: NORMAL", "advice: STATUTORY_BAR"));
    let refused = xinjian(["receipt", "verify", &file_name, "--key", &key_name]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stdout).starts_with("REFUSED: "), "{refused:?}");
}
