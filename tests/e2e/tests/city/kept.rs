//! What is kept of profiles is what would be asked for: the same bytes and the same message for everybody of the same rights. Each reading of
//! classes and flags stands in risk's log, whether they were asked for or kept.

use bytes::Bytes;
use contract::common::v1::{ConfidentialRead, ListReadsRequest};
use contract::gateway::v1::GetProfileRequest;
use e2e::people::People;
use e2e::rest::{Answer, send};

/// As which the gateway notes the reading of what was kept.
pub(crate) const GET_PROFILE: &str = "/xinjian.gateway.v1.Profiles/GetProfile";
/// Offices that read profiles, and how many parts of one they see whose reading is logged.
const OFFICES: [(&str, usize); 4] = [("CREDIT", 2), ("FOOD_PROD", 2), ("LEGAL", 0), ("ENFORCEMENT", 0)];

/// Of an enterprise in this division of Jinan.
pub(crate) async fn profiles_are_what_would_be_asked_for(people: &People, uscc: &str, division: &str) {
    for (office, logged) in OFFICES {
        // Nobody has asked with these rights before.
        for (at, divisions) in [&["370100", division][..], &[division]].into_iter().enumerate() {
            let (first, second) = (format!("first-{office}-{at}"), format!("second-{office}-{at}"));
            let asked = profile(people, uscc, &people.token(&first, office, divisions)).await;
            assert_eq!(asked.status, 200, "{office} in {divisions:?}: {:?}", asked.json());
            for _ in 0..2 {
                let kept = profile(people, uscc, &people.token(&second, office, divisions)).await;
                assert_eq!((kept.status, &kept.body), (200, &asked.body), "{office} in {divisions:?}");
                assert_eq!(kept.headers["content-type"], asked.headers["content-type"]);
            }
            assert_eq!(reads(people, &first).await.len(), logged, "{first}");
            let noted = reads(people, &second).await;
            assert_eq!(noted.len(), 2 * logged, "{second}: {noted:?}");
            assert!(noted.iter().all(|read| read.method == GET_PROFILE), "they were kept: {noted:?}");
        }
        messages_are_the_same(people, uscc, office).await;
    }
    for _ in 0..2 {
        let elsewhere = people.token("elsewhere", "CREDIT", &["370103"]);
        assert_eq!(profile(people, uscc, &elsewhere).await.status, 403);
    }
}

async fn messages_are_the_same(people: &People, uscc: &str, office: &str) {
    let text = profile(people, uscc, &people.token("third", office, &["370100"])).await.json();
    for _ in 0..2 {
        let request = GetProfileRequest { name: format!("enterprises/{uscc}/profile") };
        let message = people.officer("third", office).profiles().get_profile(request).await;
        let message = message.expect("the office reads profiles").into_inner();
        assert_eq!(contract::json::to_value(&message).expect("a profile has a JSON form"), text, "{office}");
    }
}

async fn profile(people: &People, uscc: &str, token: &str) -> Answer {
    let url = format!("{}/v1/enterprises/{uscc}/profile", people.addresses().gateway);
    send("GET", &url, Some(token), &[], Bytes::new()).await
}

/// What a person has read of what risk logs.
pub(crate) async fn reads(people: &People, reader: &str) -> Vec<ConfidentialRead> {
    let logs = people.officer("auditor", "LEGAL").reads();
    let (_, mut risk) = logs.into_iter().find(|(service, _)| *service == "risk").expect("risk has a log");
    let (reader, purpose) = (reader.to_owned(), "监督检查".to_owned());
    let request = ListReadsRequest { reader, purpose, ..ListReadsRequest::default() };
    risk.list_reads(request).await.expect("LEGAL looks into the log").into_inner().reads
}
