//! The inner listener: officers and systems.

use std::time::Duration;

use contract::{
    gateway::v1::{
        CheckPartyRequest, GetProfileRequest, GetTimelineRequest, profiles_client::ProfilesClient,
    },
    public::v1::{ListParametersRequest, publications_client::PublicationsClient},
};
use futures::future::join_all;
use service::{
    error::reason_of,
    testing::{token, until},
};
use tonic::{Code, Request};

use crate::house::{House, get, send, silent};

const USCC: &str = "91350100M000100Y43";

/// Every part of a profile and the service that knows it.
const PARTS: [(&str, &str); 18] = [
    ("enterprise", "registry"),
    ("licences", "registry"),
    ("marks", "registry"),
    ("commitments", "registry"),
    ("records", "collection"),
    ("tickets", "collection"),
    ("objections", "collection"),
    ("remedies", "collection"),
    ("classes", "risk"),
    ("flags", "risk"),
    ("visits", "inspection"),
    ("rectifications", "inspection"),
    ("abnormal_entries", "punishment"),
    ("serious_cases", "punishment"),
    ("measures", "punishment"),
    ("repairs", "punishment"),
    ("entry_remedies", "punishment"),
    ("check", "punishment"),
];

fn profile() -> GetProfileRequest {
    GetProfileRequest { name: format!("enterprises/{USCC}/profile") }
}

#[tokio::test]
async fn a_service_that_is_away_is_named_as_missing_never_shown_as_empty() {
    let house = House::alone().await;
    let profile = ProfilesClient::new(house.officer()).get_profile(profile()).await.unwrap().into_inner();
    let missing: Vec<_> =
        profile.missing.iter().map(|part| (part.part.as_str(), part.service.as_str())).collect();
    assert_eq!(missing, PARTS);
    for part in &profile.missing {
        assert_eq!(
            (part.code.as_str(), part.problem.as_str()),
            ("UNAVAILABLE", "the service could not be reached")
        );
    }
    house.stop().await;
}

#[tokio::test]
async fn a_service_that_never_answers_is_missing_at_the_bound_of_its_part() {
    let (_listener, url) = silent().await;
    // All services are asked at once. One after the other the parts would wait for 72 s, and the request itself is refused after 30 s.
    let house = House::start(&url, 4_000).await;
    let profile = ProfilesClient::new(house.officer()).get_profile(profile()).await.unwrap().into_inner();
    let codes: Vec<_> = profile.missing.iter().map(|part| part.code.as_str()).collect();
    assert_eq!(codes, ["DEADLINE_EXCEEDED"; PARTS.len()]);
    assert_eq!(profile.missing[0].problem, "no answer within 4000 ms");
}

#[tokio::test]
async fn services_that_never_answer_are_soon_left_alone_and_nobody_waits_for_them() {
    let (_listener, url) = silent().await;
    let house = House::start(&url, 50).await;
    // A wait would end with another code.
    until("all parts are refused at once", async || {
        let ask = async || ProfilesClient::new(house.officer()).get_profile(profile()).await;
        let profiles = join_all((0..8).map(|_| ask())).await;
        let mut missing = profiles.into_iter().flat_map(|profile| profile.unwrap().into_inner().missing);
        missing.all(|part| part.code == "UNAVAILABLE").then_some(())
    })
    .await;
    house.stop().await;
}

#[tokio::test]
async fn a_part_waits_no_longer_than_the_client_does() {
    let (_listener, url) = silent().await;
    let house = House::start(&url, 60_000).await;
    let mut request = Request::new(profile());
    // A tenth of it stays for putting the answer together, on a slow machine too.
    request.set_timeout(Duration::from_secs(10));
    let profile = ProfilesClient::new(house.officer()).get_profile(request).await.unwrap().into_inner();
    assert_eq!(profile.missing.len(), PARTS.len());
}

#[tokio::test]
async fn a_timeline_names_its_missing_parts_too_and_asks_no_check() {
    let house = House::alone().await;
    let request = GetTimelineRequest { name: format!("enterprises/{USCC}/timeline") };
    let timeline = ProfilesClient::new(house.officer()).get_timeline(request).await.unwrap().into_inner();
    assert!(timeline.events.is_empty());
    let missing: Vec<_> = timeline.missing.iter().map(|part| part.part.as_str()).collect();
    let parts = PARTS.map(|(part, _)| part).into_iter().filter(|part| *part != "check");
    assert_eq!(missing, parts.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_check_that_cannot_be_made_is_refused_not_answered() {
    let house = House::alone().await;
    let request =
        CheckPartyRequest { uscc: USCC.into(), purpose: "PERMIT".into(), ..CheckPartyRequest::default() };
    let refused = ProfilesClient::new(house.officer()).check_party(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(reason_of(&refused).as_deref(), Some("SERVICE_UNAVAILABLE"));
}

#[tokio::test]
async fn rest_gives_the_profile_as_json_to_its_caller_alone() {
    let house = House::alone().await;
    let answer = house.get_as_officer(&format!("/v1/enterprises/{USCC}/profile")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.body["name"], format!("enterprises/{USCC}/profile"));
    assert_eq!(answer.body["abnormalEntries"], serde_json::json!([]));
    assert_eq!(answer.body["missing"][0]["code"], "UNAVAILABLE");
    let timeline = house.get_as_officer(&format!("/v1/enterprises/{USCC}/timeline")).await;
    assert_eq!((timeline.status, &timeline.body["missing"][13]["part"]), (200, &"serious_cases".into()));
}

#[tokio::test]
async fn rest_asks_for_a_token_and_for_the_permission() {
    let house = House::alone().await;
    let path = format!("/v1/enterprises/{USCC}/profile");
    let nobody = get(house.inside, &path, None).await;
    assert_eq!((nobody.status, nobody.reason()), (401, "TOKEN_MISSING"));
    let party = get(house.inside, &path, Some(&token("PARTY", &["370100"]))).await;
    assert_eq!((party.status, party.reason()), (403, "ROLE_NOT_PERMITTED"));
    assert_eq!(party.body["error"]["status"], "PERMISSION_DENIED");
}

#[tokio::test]
async fn rest_names_every_fault_of_a_request() {
    let house = House::alone().await;
    let answer = house.get_as_officer("/v1/parties/123:check?as_of=soon").await;
    assert_eq!(answer.status, 400);
    let fields = answer.body["error"]["details"][1]["fieldViolations"].as_array().unwrap();
    let fields: Vec<_> = fields.iter().map(|field| field["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["uscc", "purpose", "as_of"]);
}

#[tokio::test]
async fn rest_passes_a_check_on_with_its_query() {
    let house = House::alone().await;
    let path = format!("/v1/parties/{USCC}:check?purpose=PERMIT&as_of=2026-04-01");
    let answer = house.get_as_officer(&path).await;
    assert_eq!((answer.status, answer.reason()), (503, "SERVICE_UNAVAILABLE"));
    assert_eq!(answer.headers["retry-after"], "1");
}

#[tokio::test]
async fn other_paths_and_methods_are_refused_in_the_same_form() {
    let house = House::alone().await;
    for path in [
        "/",
        "/v1/parties/x:vanish",
        "/v1/work",
        "/public/v1/parameters",
        "/xinjian.gateway.v1.Profiles/GetProfile",
    ] {
        let answer = house.get_as_officer(path).await;
        assert_eq!((answer.status, answer.reason()), (404, "PATH_NOT_FOUND"), "{path}");
    }
    let answer = send("DELETE", house.inside, &format!("/v1/enterprises/{USCC}/profile"), None).await;
    assert_eq!((answer.status, answer.reason()), (405, "METHOD_NOT_ALLOWED"));
}

#[tokio::test]
async fn publications_are_not_served_inside() {
    let house = House::alone().await;
    let refused = PublicationsClient::new(house.officer())
        .list_parameters(ListParametersRequest::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented);
}
