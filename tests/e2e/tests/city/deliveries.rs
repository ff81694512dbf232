//! What other systems have not taken, as an operator sees it on the command line and sends it again.

use std::path::Path;

use db::{DatabaseUrl, Db, on};
use e2e::killed::KilledCity;
use e2e::{id, xinjian, xinjian_json};
use serde_json::Value;

/// Writes a delivery into the database of a service; answers its name.
async fn delivery(folder: &Path, service: &str, receiver: &str, subject: &str, state: &str) -> String {
    const SQL: &str = "
        INSERT INTO delivery (delivery_id, receiver, subject, revision, kind, content, state, attempts,
                              next_attempt_us, enqueued_us, settled_us, last_error)
        VALUES ($1, $2, $3, 1, 'check.published', $4, $5, 12, 0, 1772424000000000, 1772510400000000, 'connection refused')";
    let db = Db::open(&DatabaseUrl::sqlite(folder.join(format!("{service}.db"))))
        .await
        .expect("the database of a service opens");
    let id = id();
    let content: &[u8] = b"{}";
    on!(&db, |pool| sqlx::query(SQL)
        .bind(&id)
        .bind(receiver)
        .bind(subject)
        .bind(content)
        .bind(state)
        .execute(pool)
        .await
        .map(drop))
    .expect("a delivery is written");
    format!("deliveries/{id}")
}

/// Service, receiver and name of each delivery of an answer.
fn listed(answer: &Value) -> Vec<(&str, &str, &str)> {
    let rows = answer["deliveries"].as_array().expect("an answer lists deliveries").iter();
    rows.map(|row| (text(row, "service"), text(row, "receiver"), text(row, "name"))).collect()
}

fn text<'r>(row: &'r Value, key: &str) -> &'r str {
    row[key].as_str().expect("a delivery has all fields")
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_of_every_service_are_shown_and_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    KilledCity::start(folder.path()).await.kill();
    let records = format!("records/{}", "0".repeat(32));
    let mark =
        delivery(folder.path(), "registry", "elsewhere", "enterprises/91370102MA3C00011F/marks/FOOD", "Dead")
            .await;
    let first = delivery(folder.path(), "collection", "elsewhere", &records, "Dead").await;
    let second = delivery(folder.path(), "collection", "nowhere", &records, "Dead").await;
    delivery(folder.path(), "collection", "nowhere", "records/of-another", "Acknowledged").await;
    let data = ["--data", folder.path().to_str().unwrap()];
    let deliveries = |arguments: &[&str]| {
        xinjian_json(["deliveries"].into_iter().chain(arguments.iter().copied()).chain(data))
    };

    let all = deliveries(&["list"]);
    let expected = [
        ("registry", "elsewhere", mark.as_str()),
        ("collection", "elsewhere", first.as_str()),
        ("collection", "nowhere", second.as_str()),
    ];
    assert_eq!(listed(&all), expected);
    assert_eq!(all["deliveries"][0]["lastError"], "connection refused");
    assert_eq!(
        listed(&deliveries(&["list", "--service", "collection", "--receiver", "nowhere"])),
        expected[2..]
    );
    assert_eq!(listed(&deliveries(&["list", "--service", "collection", "--state", "any"])).len(), 3);
    let table = xinjian(["deliveries", "list"].into_iter().chain(data));
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("connection refused") && table.contains(&second), "{table}");
    let counted = deliveries(&["count"]);
    let dead: Vec<_> =
        counted["backlogs"].as_array().unwrap().iter().map(|row| (&row["service"], &row["dead"])).collect();
    assert_eq!(dead.len(), 3, "{counted}");

    let wish = ["resend", "--service", "collection", "--reason", "对方已恢复", &first];
    assert_eq!(listed(&deliveries(&wish)), expected[1..2]);
    assert_eq!(listed(&deliveries(&["list"])).len(), 2);
    let rest = deliveries(&["resend", "--dead", "--reason", "对方已恢复"]);
    assert_eq!(listed(&rest), [expected[0], expected[2]]);
    assert_eq!(rest["deliveries"][0]["state"], "Pending");
    assert_eq!(listed(&deliveries(&["list"])), []);
    // What is wrong is told, and changes nothing.
    let unnamed = xinjian(["deliveries", "resend", "--reason", "对方已恢复"].into_iter().chain(data));
    assert_eq!(unnamed.status.code(), Some(64), "{unnamed:?}");
    let wrong = ["deliveries", "resend", "--service", "registry", "--reason", "x", &first];
    let wrong = xinjian(wrong.into_iter().chain(data));
    let id = first.trim_start_matches("deliveries/");
    assert!(String::from_utf8_lossy(&wrong.stderr).contains(id), "{wrong:?}");
}
