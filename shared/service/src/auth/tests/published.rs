//! Keys that an issuer publishes: how they come, change, go, and what holds while the issuer is away.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Router, http::StatusCode, routing::get};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;

use super::*;
use crate::auth::ring::{BETWEEN_QUESTIONS_US, RETIRED_US};

const PROVIDER: &str = include_str!("../../../tests/data/provider.jwks.json");

/// An identity provider: what it publishes, and how often it was asked.
#[derive(Clone)]
struct Provider {
    address: SocketAddr,
    keys: Arc<Mutex<Option<String>>>,
    asked: Arc<AtomicUsize>,
    calls_itself: Arc<Mutex<String>>,
}

impl Provider {
    async fn start(keys: &str) -> Self {
        let listener = crate::testing::listener().await;
        let address = listener.local_addr().unwrap();
        let provider = Self {
            address,
            keys: Arc::new(Mutex::new(Some(keys.to_owned()))),
            asked: Arc::default(),
            calls_itself: Arc::new(Mutex::new(format!("http://{address}"))),
        };
        let (of_keys, of_itself) = (provider.clone(), provider.clone());
        let router = Router::new()
            .route("/keys", get(move || async move { of_keys.answer() }))
            .route("/.well-known/openid-configuration", get(move || async move { of_itself.description() }));
        tokio::spawn(axum::serve(listener, router).into_future());
        provider
    }

    fn answer(&self) -> Result<String, StatusCode> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.keys.lock().unwrap().clone().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn description(&self) -> String {
        json!({
            "issuer": *self.calls_itself.lock().unwrap(),
            "jwks_uri": format!("http://{}/keys", self.address),
            "response_types_supported": ["code"],
        })
        .to_string()
    }

    fn publish(&self, keys: Option<&str>) {
        *self.keys.lock().unwrap() = keys.map(str::to_owned);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn authority(&self) -> Authority {
        let keys = Keys::published_at(&format!("http://{}/keys", self.address), None).unwrap();
        Authority::new(keys, Rulebook::builtin(), Clock::Fixed(NOW))
    }
}

fn another(seed: u8) -> Issuer {
    Issuer::from_seed(&[seed; 32]).unwrap()
}

/// A token by `issuer` that is good for a day.
fn long(issuer: &Issuer) -> String {
    let office = OfficeCode::parse("CREDIT").unwrap();
    issuer.issue(&Claims::new("wang", &office, &[], ISSUER, NOW, 24 * 3600)).unwrap()
}

fn asks(authority: &Authority, token: &str) -> Result<Option<Caller>, Denied> {
    authority.decide(LIST_WORK, &headers(token), None)
}

fn after(authority: &Authority, micros: i64) -> Authority {
    authority.clone().at(Clock::Fixed(NOW.plus_micros(micros)))
}

fn unknown(issuer: &Issuer) -> Denied {
    Denied::TokenInvalid(TokenProblem::UnknownKey(issuer.key_id().to_owned()))
}

#[tokio::test]
async fn until_the_issuer_has_answered_no_token_is_accepted_and_then_its_are() {
    let provider = Provider::start(&issuer().jwks()).await;
    let authority = provider.authority();
    let denied = asks(&authority, &long(&issuer())).unwrap_err();
    assert_eq!((denied.clone(), authority.supply()), (Denied::KeysMissing, Supply::Missing));
    assert!(authority.may_learn(&denied));
    authority.learn().await;
    assert!(asks(&authority, &long(&issuer())).is_ok());
    assert_eq!(authority.supply(), Supply::Fresh);
}

#[tokio::test]
async fn a_new_key_is_asked_for_but_nobody_can_make_us_flood_the_issuer() {
    let provider = Provider::start(&issuer().jwks()).await;
    let (authority, new) = (provider.authority(), another(8));
    authority.learn().await;
    provider.publish(Some(&new.jwks()));
    for _ in 0..20 {
        let denied = asks(&authority, &long(&new)).unwrap_err();
        assert!(denied == unknown(&new) && authority.may_learn(&denied));
        authority.learn().await;
    }
    assert_eq!(provider.asked(), 1, "once a spell, however many ask");
    let later = after(&authority, BETWEEN_QUESTIONS_US);
    later.learn().await;
    assert_eq!(provider.asked(), 2);
    assert!(asks(&later, &long(&new)).is_ok());
}

#[tokio::test]
async fn a_key_that_is_published_no_more_is_accepted_for_a_while_and_then_even_remembered_tokens_end() {
    let provider = Provider::start(&issuer().jwks()).await;
    let authority = provider.authority();
    authority.learn().await;
    let old = long(&issuer());
    asks(&authority, &old).unwrap();
    provider.publish(Some(&another(8).jwks()));
    let gone = after(&authority, BETWEEN_QUESTIONS_US);
    gone.learn().await;
    assert!(asks(&gone, &old).is_ok());
    let last = after(&authority, BETWEEN_QUESTIONS_US + RETIRED_US - 1);
    last.learn().await;
    assert!(asks(&last, &old).is_ok());
    let ended = after(&authority, BETWEEN_QUESTIONS_US + RETIRED_US);
    ended.learn().await;
    assert_eq!(asks(&ended, &old).unwrap_err(), unknown(&issuer()));
}

#[tokio::test]
async fn while_the_issuer_is_away_its_keys_stay_and_that_is_told() {
    let provider = Provider::start(&issuer().jwks()).await;
    let authority = provider.authority();
    authority.learn().await;
    for published in [None, Some("no JSON"), Some(r#"{"keys":[]}"#)] {
        provider.publish(published);
        let later = after(&authority, i64::from(provider.asked() as u32) * RETIRED_US);
        later.learn().await;
        assert_eq!(later.supply(), Supply::Stale, "{published:?}");
        assert!(asks(&later, &long(&issuer())).is_ok(), "{published:?}");
        assert!(later.keys.ring().age_seconds(NOW.plus_micros(7_000_000)) == Some(7));
    }
    provider.publish(Some(&issuer().jwks()));
    let back = after(&authority, 10 * RETIRED_US);
    back.learn().await;
    assert_eq!(back.supply(), Supply::Fresh);
}

#[tokio::test]
async fn an_issuer_says_itself_where_its_keys_are_and_nobody_else_does() {
    let provider = Provider::start(&issuer().jwks()).await;
    let name = format!("http://{}", provider.address);
    let keys = Keys::published_by(&name, None).unwrap();
    let authority = Authority::new(keys, Rulebook::builtin(), Clock::Fixed(NOW));
    *provider.calls_itself.lock().unwrap() = "http://somebody.else".to_owned();
    authority.learn().await;
    assert_eq!((authority.supply(), provider.asked()), (Supply::Missing, 0));
    provider.calls_itself.lock().unwrap().clone_from(&name);
    let later = after(&authority, BETWEEN_QUESTIONS_US);
    later.learn().await;
    let mut claims = claims("CREDIT");
    claims.iss = name;
    assert!(asks(&later, &token(&claims)).is_ok());
}

#[tokio::test]
async fn a_provider_may_sign_as_most_do_and_each_key_only_as_it_is_for() {
    let provider = Provider::start(PROVIDER).await;
    let authority = provider.authority();
    authority.learn().await;
    let ec = EncodingKey::from_ec_pem(include_bytes!("../../../tests/data/provider-es256.pem")).unwrap();
    let rsa = EncodingKey::from_rsa_pem(include_bytes!("../../../tests/data/provider-rs256.pem")).unwrap();
    let signed = |algorithm: Algorithm, kid: &str, key: &EncodingKey| {
        let mut header = jsonwebtoken::Header::new(algorithm);
        header.kid = Some(kid.to_owned());
        jsonwebtoken::encode(&header, &claims("CREDIT"), key).unwrap()
    };
    assert!(asks(&authority, &signed(Algorithm::ES256, "es", &ec)).is_ok());
    assert!(asks(&authority, &signed(Algorithm::RS256, "rs", &rsa)).is_ok());
    let refused = |token: &str| match asks(&authority, token).unwrap_err() {
        Denied::TokenInvalid(problem) => problem,
        other => panic!("{other}"),
    };
    let not_of = |algorithm: &str, key: &str| TokenProblem::NotOfItsKey {
        algorithm: algorithm.to_owned(),
        key: key.to_owned(),
    };
    assert_eq!(refused(&signed(Algorithm::RS256, "es", &rsa)), not_of("RS256", "es"));
    assert_eq!(refused(&signed(Algorithm::ES256, "rs", &ec)), not_of("ES256", "rs"));
    let other = signed(Algorithm::PS256, "rs", &rsa);
    assert_eq!(refused(&other), TokenProblem::Algorithm("PS256".to_owned()));
    for key in ["for-encryption", "of-a-kind-that-is-not-known"] {
        let token = signed(Algorithm::RS256, key, &rsa);
        assert_eq!(refused(&token), TokenProblem::UnknownKey(key.to_owned()));
    }
}

#[tokio::test]
async fn a_file_of_keys_is_read_again_and_a_bad_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    std::fs::write(&file, issuer().jwks()).unwrap();
    let authority = Authority::new(Keys::from_file(&file).unwrap(), Rulebook::builtin(), Clock::Fixed(NOW));
    std::fs::write(&file, "half a fi").unwrap();
    authority.keys.ring().refresh(NOW).await;
    assert_eq!(authority.supply(), Supply::Stale);
    assert!(asks(&authority, &long(&issuer())).is_ok());
    std::fs::write(&file, another(8).jwks()).unwrap();
    authority.keys.ring().refresh(NOW).await;
    assert_eq!(authority.supply(), Supply::Fresh);
    assert!(asks(&authority, &long(&another(8))).is_ok());
}
