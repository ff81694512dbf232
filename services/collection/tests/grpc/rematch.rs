//! A penalty that receivers showed under the name of the wrong enterprise.

use contract::collection::v1 as pb;
use contract::registry::v1::{Enterprise, EnterpriseEvent};
use receiver::Running;
use serde_json::Value;
use service::testing::until;

use super::harness::*;
use super::publication::{City, penalty};

/// The producer that the penalty concerns.
const RIGHT: &str = "91370114MA3T7K2P9A";

/// The code under which a receiver shows the record; none when it does not.
fn shown_under(receiver: &Running, name: &str, field: &str) -> Option<String> {
    let shown = receiver.inbox().shown();
    let content: Value = serde_json::from_slice(&shown.get(name)?.content).unwrap();
    content[field].as_str().map(str::to_owned)
}

impl City {
    fn shows(&self, name: &str) -> [Option<String>; 2] {
        [
            shown_under(&self.publicity, name, "统一社会信用代码"),
            shown_under(&self.credit_china, name, "行政相对人代码_1(统一社会信用代码)"),
        ]
    }

    /// Matches a record by two officers, with the requests `n` and `n + 1`; answers the name of the match.
    async fn matched(&self, n: u32, record: &str, uscc: &str) -> String {
        let proposal = pb::ProposeMatchRequest {
            subject: record.to_owned(),
            uscc: uscc.to_owned(),
            reason: "名称相近".to_owned(),
            request_id: request_id(n),
        };
        let proposed = self.served.matches("ENFORCEMENT", "li").propose_match(proposal).await.unwrap();
        let name = proposed.into_inner().name;
        self.decided(n + 1, "wang", &name).await;
        name
    }

    async fn decided(&self, n: u32, who: &str, party_match: &str) {
        let decision = pb::DecideMatchRequest {
            name: party_match.to_owned(),
            granted: true,
            remark: String::new(),
            request_id: request_id(n),
        };
        self.served.matches("ENFORCEMENT", who).decide_match(decision).await.unwrap();
    }

    /// The records that the profile of an enterprise shows.
    async fn profile(&self, uscc: &str) -> Vec<pb::Record> {
        let request = pb::ListRecordsRequest { uscc: uscc.to_owned(), ..Default::default() };
        self.served.records("CREDIT", CITY).list_records(request).await.unwrap().into_inner().records
    }
}

#[tokio::test]
async fn the_wrong_enterprise_is_cleared_everywhere_and_the_right_one_is_published_anew() {
    let city = City::start(&[]).await;
    let right = Enterprise {
        uscc: RIGHT.to_owned(),
        legal_name: "济南泉城食品有限公司".to_owned(),
        division: "370114".to_owned(),
        ..Enterprise::default()
    };
    city.registry
        .tell(
            "registry.enterprise.registered",
            &EnterpriseEvent { enterprise: Some(right), ..Default::default() },
        )
        .await;
    let unnamed = pb::Record { uscc: String::new(), party_name: "泉城食品".to_owned(), ..penalty() };
    assert_eq!(city.served.import(1, vec![unnamed]).await.unmatched, 1);
    let name = city.wait_for("Unmatched").await.name;
    until("both enterprises are known", async || {
        let request = pb::FindCandidatesRequest { subject: name.clone(), max_results: 0 };
        let found = city.served.matches("ENFORCEMENT", "li").find_candidates(request).await.unwrap();
        // The registry told of this one last.
        found.into_inner().candidates.iter().any(|one| one.uscc == RIGHT).then_some(())
    })
    .await;

    let wrong = city.matched(2, &name, FOOD).await;
    city.shown().await;
    assert_eq!(city.shows(&name), [Some(FOOD.to_owned()), Some(FOOD.to_owned())]);
    let undo = pb::RequestMatchUndoRequest {
        name: wrong.clone(),
        reason: "同名的另一家企业".to_owned(),
        request_id: request_id(4),
    };
    city.served.matches("ENFORCEMENT", "wang").request_match_undo(undo).await.unwrap();
    city.decided(5, "li", &wrong).await;
    let waits = city.wait_for("Unmatched").await;
    assert_eq!((waits.uscc.as_str(), city.profile(FOOD).await), ("", vec![]));
    until("both receivers stop", async || (city.shows(&name) == [None, None]).then_some(())).await;

    city.matched(6, &name, RIGHT).await;
    let published = city.shown().await;
    assert_eq!(city.shows(&name), [Some(RIGHT.to_owned()), Some(RIGHT.to_owned())]);
    assert!(published.publications.iter().all(|one| !one.published_on.is_empty() && !one.ends_on.is_empty()));
    assert_eq!((city.profile(FOOD).await, city.profile(RIGHT).await), (vec![], vec![published]));
    city.served.stop().await;
}
