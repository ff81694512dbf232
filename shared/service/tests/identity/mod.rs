//! Who gets in, over real connections: by the tokens of a provider, by certificates, and by neither any more.

use axum::{Router, routing::get};
use contract::client::{Timeouts, channel_over};
use contract::common::v1::{ListWorkRequest, work_client::WorkClient, work_server::WorkServer};
use domain::{MicrosUtc, OfficeCode};
use rulebook::Rulebook;
use service::{
    Clock, Server,
    auth::{Authority, Claims, ISSUER, Keys, Revocations},
    config::Limits,
    error::reason_of,
    testing::{Certificates, TestServer, Who, issuer, listener, token, until},
};
use tempfile::TempDir;
use tls::{Connector, Files, Trust};
use tonic::{Code, Request, metadata::MetadataMap, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

/// A server of [`Who`] that trusts these keys.
async fn serving(keys: Keys) -> TestServer {
    let authority = Authority::new(keys, Rulebook::builtin(), Clock::System);
    let server = Server::with_authority("who", Limits::default(), authority);
    TestServer::serve(server.with(WorkServer::new(Who))).await
}

/// Who the server says that asks with these headers, or why not.
async fn ask(channel: &Channel, headers: &[(&'static str, &str)]) -> Result<String, (Code, String)> {
    let mut request = Request::new(ListWorkRequest::default());
    let headers = headers.iter().map(|(name, value)| {
        (http::HeaderName::from_static(name), http::HeaderValue::try_from(*value).unwrap())
    });
    *request.metadata_mut() = MetadataMap::from_headers(headers.collect());
    match WorkClient::new(channel.clone()).list_work(request).await {
        Ok(answer) => Ok(answer.into_inner().next_page_token),
        Err(status) => Err((status.code(), reason_of(&status).unwrap_or_default())),
    }
}

fn bearer(token: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {token}"))
}

async fn ask_with(channel: &Channel, token: &str) -> Result<String, (Code, String)> {
    let (name, value) = bearer(token);
    ask(channel, &[(name, &value)]).await
}

fn refused(code: Code, reason: &str) -> Result<String, (Code, String)> {
    Err((code, reason.to_owned()))
}

const ACCOUNTS: &str = r#"{"accounts": [
    {"name": "desk", "certificate": "URI:spiffe://xinjian/desk", "office": "FOOD_PROD", "divisions": ["370102"]},
    {"name": "gateway", "certificate": "URI:spiffe://xinjian/gateway", "office": "SYSTEM", "divisions": [],
     "permissions": [], "relays": true}
]}"#;

fn certificates() -> Certificates {
    Certificates::new(&["server", "desk", "gateway", "stranger"], ACCOUNTS)
}

/// A server of [`Who`] with the certificate `server` and the accounts.
async fn secured(certificates: &Certificates) -> TestServer {
    TestServer::certified("server", certificates, |server| server.with(WorkServer::new(Who))).await
}

fn channel_as(name: &str, certificates: &Certificates, server: &TestServer) -> Channel {
    over(certificates.identity(name).into(), server)
}

fn over(tls: Connector, server: &TestServer) -> Channel {
    channel_over(Some(&tls), &format!("https://{}", server.address()), Timeouts::default()).unwrap()
}

#[tokio::test]
async fn a_token_of_a_provider_is_accepted_with_the_first_request() {
    let provider = listener().await;
    let keys = format!("http://{}/keys", provider.local_addr().unwrap());
    let router = Router::new().route("/keys", get(|| async { issuer().jwks() }));
    tokio::spawn(axum::serve(provider, router).into_future());
    let server = serving(Keys::published_at(&keys, None).unwrap()).await;
    let answer = ask_with(&server.channel(), &token("FOOD_PROD", &["370100"])).await;
    assert_eq!(answer, Ok("food_prod-officer of FOOD_PROD".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_never_heard_of_its_provider_says_that_it_cannot_serve() {
    let gone = listener().await.local_addr().unwrap();
    let keys = Keys::published_at(&format!("http://{gone}/keys"), None).unwrap();
    let server = serving(keys).await;
    let answer = ask_with(&server.channel(), &token("FOOD_PROD", &["370100"])).await;
    assert_eq!(answer, refused(Code::Unavailable, "TOKEN_KEYS_MISSING"));
    let mut health = HealthClient::new(server.channel());
    for service in ["", "xinjian.identity.keys"] {
        until("the server says that it does not serve", async || {
            let asked = HealthCheckRequest { service: service.to_owned() };
            let said = health.check(asked).await.ok()?.into_inner().status();
            (said.as_str_name() == "NOT_SERVING").then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_revoked_is_refused_without_a_restart_and_what_is_issued_later_is_not() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("revoked");
    std::fs::write(&file, "").unwrap();
    let keys = issuer().keys().without(Revocations::from_file(&file).unwrap());
    let server = serving(keys).await;
    let channel = server.channel();
    let issued = |seconds_ago: i64| {
        let at = MicrosUtc::now().plus_micros(-seconds_ago * 1_000_000);
        Claims::new("wang", &OfficeCode::parse("FOOD_PROD").unwrap(), &[], ISSUER, at, 3600)
    };
    let (lost, old, new) = (issued(1), issued(1800), issued(60));
    let token = |claims: &Claims| issuer().issue(claims).unwrap();
    for claims in [&lost, &old, &new] {
        assert!(ask_with(&channel, &token(claims)).await.is_ok());
    }
    // Between the two.
    let instant = MicrosUtc::now().plus_micros(-600 * 1_000_000).to_datetime().unwrap().to_rfc3339();
    std::fs::write(&file, format!("token {}\nsubject wang {instant}\n", lost.jti)).unwrap();
    for claims in [&lost, &old] {
        until("the token is refused", async || {
            let answer = ask_with(&channel, &token(claims)).await;
            (answer == refused(Code::Unauthenticated, "TOKEN_REVOKED")).then_some(())
        })
        .await;
    }
    assert!(ask_with(&channel, &token(&new)).await.is_ok());
}

#[tokio::test]
#[ignore = "needs openssl in the PATH"]
async fn a_system_comes_with_its_certificate_and_an_officer_with_a_token_over_the_same_tls() {
    let certificates = certificates();
    let server = secured(&certificates).await;
    let desk = channel_as("desk", &certificates, &server);
    assert_eq!(ask(&desk, &[]).await, Ok("desk of FOOD_PROD".to_owned()));
    let officer = token("LEGAL", &["370100"]);
    assert_eq!(ask_with(&desk, &officer).await, Ok("legal-officer of LEGAL".to_owned()));
    assert_eq!(ask_with(&desk, "e30.e30.e30").await, refused(Code::Unauthenticated, "TOKEN_INVALID"));
    let stranger = channel_as("stranger", &certificates, &server);
    assert_eq!(ask(&stranger, &[]).await, refused(Code::Unauthenticated, "ACCOUNT_UNKNOWN"));
    let nobody = over(Trust::open(certificates.file("desk", "ca.pem")).unwrap().into(), &server);
    assert_eq!(ask(&nobody, &[]).await, refused(Code::Unauthenticated, "TOKEN_MISSING"));
    assert!(ask_with(&nobody, &officer).await.is_ok());
}

#[tokio::test]
#[ignore = "needs openssl in the PATH"]
async fn only_who_relays_may_ask_for_another_account() {
    let certificates = certificates();
    let server = secured(&certificates).await;
    let gateway = channel_as("gateway", &certificates, &server);
    assert_eq!(ask(&gateway, &[("xinjian-account", "desk")]).await, Ok("desk of FOOD_PROD".to_owned()));
    let itself = ask(&gateway, &[]).await;
    assert!(matches!(itself, Err((Code::PermissionDenied, _))), "{itself:?}");
    let desk = channel_as("desk", &certificates, &server);
    let relayed = ask(&desk, &[("xinjian-account", "gateway")]).await;
    assert_eq!(relayed, refused(Code::PermissionDenied, "RELAY_NOT_PERMITTED"));
}

#[tokio::test]
#[ignore = "needs openssl in the PATH"]
async fn without_tls_or_with_the_certificate_of_another_authority_nobody_gets_through() {
    let (certificates, others) = (certificates(), certificates());
    let server = secured(&certificates).await;
    let plain = ask_with(&server.channel(), &token("LEGAL", &["370100"])).await;
    assert!(plain.is_err(), "{plain:?}");
    // Knows our server, and comes with a certificate that our authority did not make.
    let mixed = Files {
        tls_certificate: Some(others.file("desk", "certificate.pem")),
        tls_key: Some(others.file("desk", "key.pem")),
        tls_ca: Some(certificates.file("desk", "ca.pem")),
    };
    let mixed = over(mixed.identity().unwrap().unwrap().into(), &server);
    assert!(ask(&mixed, &[]).await.is_err());
    // Would talk to anybody who is known to another authority, and we are not.
    assert!(ask(&channel_as("desk", &others, &server), &[]).await.is_err());
    assert!(ask(&channel_as("desk", &certificates, &server), &[]).await.is_ok());
}

#[tokio::test]
#[ignore = "needs openssl in the PATH"]
async fn a_new_certificate_serves_new_connections_and_open_ones_go_on() {
    let (before, after) = (certificates(), certificates());
    let server = secured(&before).await;
    let open = channel_as("desk", &before, &server);
    assert!(ask(&open, &[]).await.is_ok());
    for file in ["ca.pem", "key.pem", "certificate.pem"] {
        std::fs::copy(after.file("server", file), before.file("server", file)).unwrap();
    }
    until("the new certificate is shown", async || {
        let answer = ask(&channel_as("desk", &after, &server), &[]).await;
        (answer == Ok("desk of FOOD_PROD".to_owned())).then_some(())
    })
    .await;
    assert!(ask(&open, &[]).await.is_ok(), "whoever was connected stays so");
    assert!(
        ask(&channel_as("desk", &before, &server), &[]).await.is_err(),
        "the old authority is known no more"
    );
}

#[tokio::test]
#[ignore = "needs openssl in the PATH"]
async fn an_account_that_is_struck_off_is_refused_on_its_open_connection() {
    let certificates = certificates();
    let server = secured(&certificates).await;
    let desk = channel_as("desk", &certificates, &server);
    assert!(ask(&desk, &[]).await.is_ok());
    std::fs::write(certificates.accounts(), r#"{"accounts": []}"#).unwrap();
    until("the account is gone", async || {
        (ask(&desk, &[]).await == refused(Code::Unauthenticated, "ACCOUNT_UNKNOWN")).then_some(())
    })
    .await;
}
