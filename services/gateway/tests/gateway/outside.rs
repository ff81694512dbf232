//! The public listener: everyone, without a token.

use contract::{
    gateway::v1::{GetProfileRequest, profiles_client::ProfilesClient},
    public::v1::{ListParametersRequest, publications_client::PublicationsClient},
};
use service::{auth::TokenSource, peer::Peer, testing::token};
use tokio_stream::StreamExt;
use tonic::{Code, codec::CompressionEncoding};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::house::{House, get};

#[tokio::test]
async fn everyone_reads_the_parameters_with_their_sources_page_by_page() {
    let house = House::alone().await;
    let first = get(house.outside, "/public/v1/parameters?page_size=3&as_of=2026-04-01", None).await;
    assert_eq!(first.status, 200);
    let parameters = first.body["parameters"].as_array().unwrap();
    assert_eq!(parameters.len(), 3);
    assert!(parameters.iter().all(|parameter| !parameter["source"].as_str().unwrap().is_empty()));
    let request = ListParametersRequest {
        as_of: "2026-04-01".into(),
        page_size: 3,
        page_token: first.body["nextPageToken"].as_str().unwrap().into(),
    };
    let mut client = PublicationsClient::new(house.anyone());
    let second = client.list_parameters(request).await.unwrap().into_inner();
    assert!(second.parameters[0].parameter.as_str() > parameters[2]["parameter"].as_str().unwrap());
    house.stop().await;
}

#[tokio::test]
async fn answers_are_compressed_for_everyone_and_questions_are_taken_plain_and_short() {
    let house = House::alone().await;
    let (asked, long) = (
        |page_token: &str| ListParametersRequest { page_token: page_token.to_owned(), ..Default::default() },
        "p".repeat(1 << 17),
    );
    let mut compressing =
        PublicationsClient::new(house.anyone()).accept_compressed(CompressionEncoding::Gzip);
    let answer = compressing.list_parameters(asked("")).await.unwrap();
    assert_eq!(answer.metadata().get("grpc-encoding").unwrap(), "gzip");
    let mut packing = PublicationsClient::new(house.anyone()).send_compressed(CompressionEncoding::Gzip);
    // What unpacks to much is not unpacked at all.
    let refused = packing.list_parameters(asked(&long)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unimplemented, "{refused:?}");
    let refused = PublicationsClient::new(house.anyone()).list_parameters(asked(&long)).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange, "{refused:?}");
    house.stop().await;
}

#[tokio::test]
async fn published_data_that_cannot_be_read_is_refused_and_tells_nothing_of_the_inside() {
    let house = House::alone().await;
    let letter = "enterprises/91350100M000100Y43/commitments/1";
    for path in [
        "marks",
        "entries?list=ABNORMAL",
        "entries?list=SERIOUS",
        "commitments",
        letter,
        "signingKeys",
        "penalties",
        "inspectionResults?page_token=1.",
        "inspectionResults?page_token=2.",
        "inspectionPlans",
        "tasks",
        "tasks/2026-1",
    ] {
        let answer = get(house.outside, &format!("/public/v1/{path}"), None).await;
        assert_eq!((answer.status, answer.reason()), (503, "PUBLICATIONS_UNAVAILABLE"), "{path}");
        assert_eq!(answer.headers["retry-after"], "1", "{path}");
        assert_eq!(answer.body["error"]["message"], "the published data cannot be read now; retry");
    }
}

#[tokio::test]
async fn faults_of_a_request_are_named_before_anybody_is_asked() {
    let house = House::alone().await;
    for (path, field) in [
        ("marks?uscc=1", "uscc"),
        ("marks?page_size=-1", "page_size"),
        ("penalties?uscc=1", "uscc"),
        ("entries", "list"),
        ("entries?list=ABNORMAL&page_token=x", "page_token"),
        ("inspectionResults?page_token=7.x", "page_token"),
        ("commitments?uscc=1", "uscc"),
        ("commitments?page_size=-1", "page_size"),
        ("enterprises/1/commitments/1", "name"),
        ("signingKeys?page_size=-1", "page_size"),
        ("parameters?as_of=soon", "as_of"),
        ("parameters?page_token=x", "page_token"),
        ("marks?state=Candidate", "state"),
        ("inspectionPlans?page_size=-1", "page_size"),
        ("tasks?page_size=-1", "page_size"),
    ] {
        let answer = get(house.outside, &format!("/public/v1/{path}"), None).await;
        assert_eq!(answer.status, 400, "{path}");
        let details = &answer.body["error"]["details"][1];
        assert_eq!(details["fieldViolations"][0]["field"], field, "{path}: {details}");
    }
}

#[tokio::test]
async fn nothing_internal_is_served_outside_not_even_to_an_officer() {
    let house = House::alone().await;
    let officer = TokenSource::fixed(token("CREDIT", &["370100"]));
    let mut client = ProfilesClient::new(Peer::as_service(house.anyone(), officer));
    let request = GetProfileRequest { name: "enterprises/91350100M000100Y43/profile".into() };
    assert_eq!(client.get_profile(request).await.unwrap_err().code(), Code::Unimplemented);
    let path = "/v1/enterprises/91350100M000100Y43/profile";
    let answer = get(house.outside, path, Some(&token("CREDIT", &["370100"]))).await;
    assert_eq!((answer.status, answer.reason()), (404, "PATH_NOT_FOUND"));
}

/// What reflection answers to one question.
async fn reflect(house: &House, question: MessageRequest) -> Result<MessageResponse, Code> {
    let request = ServerReflectionRequest { host: String::new(), message_request: Some(question) };
    let mut client = ServerReflectionClient::new(house.anyone());
    let mut answers =
        client.server_reflection_info(tokio_stream::iter([request])).await.unwrap().into_inner();
    answers
        .next()
        .await
        .unwrap()
        .map(|answer| answer.message_response.unwrap())
        .map_err(|status| status.code())
}

#[tokio::test]
async fn reflection_outside_knows_only_the_publications() {
    let house = House::alone().await;
    let Ok(MessageResponse::ListServicesResponse(list)) =
        reflect(&house, MessageRequest::ListServices(String::new())).await
    else {
        panic!("services are listed");
    };
    let ours: Vec<_> =
        list.service.into_iter().map(|one| one.name).filter(|name| name.starts_with("xinjian.")).collect();
    assert_eq!(ours, ["xinjian.public.v1.Publications"]);
    let file_of = |symbol: &str| MessageRequest::FileContainingSymbol(symbol.to_owned());
    assert!(reflect(&house, file_of("xinjian.public.v1.PublicMark")).await.is_ok());
    for internal in ["xinjian.risk.v1.RiskClass", "xinjian.gateway.v1.Profiles"] {
        assert_eq!(reflect(&house, file_of(internal)).await.unwrap_err(), Code::NotFound, "{internal}");
    }
}
