use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{DivisionCode, FieldCode, MicrosUtc, OfficeCode};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use rulebook::Rulebook;

use super::*;
use crate::{
    Clock,
    error::ServiceError,
    testing::{Lines, issuer},
};

mod published;
mod system;

const NOW: MicrosUtc = MicrosUtc(1_780_000_000_000_000);
const LIST_WORK: &str = "/xinjian.common.v1.Work/ListWork";
const READ_FEED: &str = "/xinjian.feed.v1.Feed/ListEvents";

fn claims(office: &str) -> Claims {
    let office = OfficeCode::parse(office).unwrap();
    Claims::new("wang", &office, &[DivisionCode::parse("370100").unwrap()], ISSUER, NOW, 3600)
}

fn token(claims: &Claims) -> String {
    issuer().issue(claims).unwrap()
}

fn refusal(token: &str) -> Denied {
    issuer().keys().verify(token, NOW).unwrap_err()
}

fn authority(clock: Clock) -> Authority {
    Authority::new(issuer().keys(), Rulebook::builtin(), clock)
}

fn headers(token: &str) -> HeaderMap {
    HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::try_from(format!("Bearer {token}")).unwrap())])
}

fn decide(path: &str, token: &str) -> Result<Option<Caller>, Denied> {
    authority(Clock::Fixed(NOW)).decide(path, &headers(token), None)
}

#[test]
fn a_good_token_gives_its_claims_back() {
    let claims = claims("CREDIT");
    assert_eq!(issuer().keys().verify(&token(&claims), NOW), Ok(claims));
}

#[test]
fn a_token_with_any_byte_changed_is_refused() {
    let good = token(&claims("CREDIT"));
    for at in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        let denied = refusal(&changed);
        assert!(matches!(denied, Denied::TokenInvalid(_)), "byte {at}: {denied:?}");
    }
}

#[test]
fn a_changed_claim_is_told_from_a_changed_form() {
    let good = token(&claims("FOOD_PROD"));
    let [header, _, signature]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let other = serde_json::to_vec(&claims("CREDIT")).unwrap();
    let forged = format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(other));
    assert_eq!(refusal(&forged), Denied::TokenInvalid(TokenProblem::Signature));
    assert!(refusal("not a token").to_string().contains("malformed"));
}

#[test]
fn an_unsigned_token_is_refused_by_its_algorithm() {
    let good = token(&claims("CREDIT"));
    let payload = good.split('.').nth(1).unwrap();
    for alg in ["none", "None", "HS256", "HS512", "ES384", "PS256", ""] {
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"{alg}","kid":"{}"}}"#, issuer().key_id()));
        for signature in ["", "AAAA"] {
            let denied = refusal(&format!("{header}.{payload}.{signature}"));
            assert_eq!(denied, Denied::TokenInvalid(TokenProblem::Algorithm(alg.to_owned())));
        }
    }
}

#[test]
fn a_token_of_another_issuer_is_refused_by_its_key() {
    let stranger = Issuer::from_seed(&[8; 32]).unwrap();
    let denied = refusal(&stranger.issue(&claims("CREDIT")).unwrap());
    assert_eq!(denied, Denied::TokenInvalid(TokenProblem::UnknownKey(stranger.key_id().to_owned())));
}

#[test]
fn an_expired_token_says_when_it_expired() {
    let mut old = claims("CREDIT");
    old.exp = NOW.micros() / 1_000_000;
    assert_eq!(refusal(&token(&old)), Denied::TokenExpired { expired_at: old.exp });
    old.exp += 1;
    assert!(issuer().keys().verify(&token(&old), NOW).is_ok());
}

#[test]
fn a_token_for_another_system_is_refused_by_its_audience() {
    let mut foreign = claims("CREDIT");
    foreign.aud = Audience::One("tax-bureau".to_owned());
    assert!(refusal(&token(&foreign)).to_string().contains("`tax-bureau`, not `xinjian`"));
    foreign.aud = Audience::Many(vec!["tax-bureau".to_owned(), AUDIENCE.to_owned()]);
    assert!(issuer().keys().verify(&token(&foreign), NOW).is_ok());
}

#[test]
fn a_token_of_another_issuer_with_our_key_is_refused_by_its_issuer() {
    let mut foreign = claims("CREDIT");
    foreign.iss = "identity.example".to_owned();
    let token = token(&foreign);
    let denied = refusal(&token).to_string();
    assert!(denied.contains("its issuer is `identity.example`, not `xinjian`"), "{denied}");
    assert_eq!(issuer().keys().issued_by("identity.example").verify(&token, NOW), Ok(foreign));
}

#[test]
fn a_token_from_the_future_is_refused_beyond_a_minute_of_skew() {
    let not_yet = Denied::TokenInvalid(TokenProblem::NotYetValid);
    let mut early = claims("CREDIT");
    early.iat += 61;
    assert_eq!(refusal(&token(&early)), not_yet);
    early.iat -= 1;
    assert!(issuer().keys().verify(&token(&early), NOW).is_ok());
    early.nbf = Some(early.iat + 1);
    assert_eq!(refusal(&token(&early)), not_yet);
}

#[test]
fn an_overlong_token_is_refused_unread() {
    let denied = refusal(&"A".repeat(MAX_TOKEN_BYTES + 1));
    assert!(denied.to_string().contains("longer than"), "{denied}");
}

#[test]
fn keys_that_are_not_for_tokens_are_refused() {
    let own: serde_json::Value = serde_json::from_str(&issuer().jwks()).unwrap();
    let with = |name: &str, value: &str| {
        let mut set = own.clone();
        set["keys"][0][name] = value.into();
        set.to_string()
    };
    let short = r#"{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]}"#.to_owned();
    let secret = r#"{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"}]}"#.to_owned();
    for bad in [short, secret, with("use", "enc"), with("alg", "ES256"), with("kid", "")] {
        assert!(matches!(Keys::from_jwks(&bad), Err(KeysError::Unsuitable(0))), "{bad}");
    }
    assert!(matches!(Keys::from_jwks(r#"{"keys":[]}"#), Err(KeysError::Empty)));
    assert!(matches!(Keys::from_jwks("keys"), Err(KeysError::Malformed(_))));
}

#[test]
fn a_new_key_is_private_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys/issuer.pem");
    let made = Issuer::load_or_generate(&file).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let permissions = std::fs::metadata(&file).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, 0o600);
    }
    let read = Issuer::load_or_generate(&file).unwrap();
    let token = made.issue(&claims("CREDIT")).unwrap();
    assert!(read.keys().verify(&token, NOW).is_ok());
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("issuer.pem");
    Issuer::load_or_generate(&file).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(Issuer::load_or_generate(&file), Err(IssuerError::Exposed { .. })));
}

#[test]
fn an_office_with_the_permission_is_let_in_with_its_fields() {
    let caller = decide(LIST_WORK, &token(&claims("FOOD_PROD"))).unwrap().unwrap();
    assert_eq!((caller.subject(), caller.office().as_str()), ("wang", "FOOD_PROD"));
    let (food, se) = (FieldCode::parse("FOOD").unwrap(), FieldCode::parse("SE").unwrap());
    let (lixia, qingdao) = (DivisionCode::parse("370102").unwrap(), DivisionCode::parse("370200").unwrap());
    assert_eq!(caller.may_act_on(&food, &lixia), Ok(()));
    let reason = |denied: Denied| denied.reason().name();
    assert_eq!(reason(caller.may_act_on(&se, &lixia).unwrap_err()), "FIELD_NOT_PERMITTED");
    assert_eq!(reason(caller.may_act_on(&food, &qingdao).unwrap_err()), "DIVISION_NOT_PERMITTED");
    assert_eq!(caller.scope().field_codes(), Some(vec!["FOOD".to_owned()]));
    assert!(caller.scope().division_codes().contains(&"370102".to_owned()));
    assert!(caller.scope().admits(Some(&food), None) && !caller.scope().admits(Some(&se), None));
}

#[test]
fn who_is_let_in_is_explained_once_in_the_log_and_begins_no_line_there() {
    let named = Claims { sub: "wang\nWARN".to_owned(), jti: "1\n2".to_owned(), ..claims("FOOD_PROD") };
    let (token, authority, lines) = (token(&named), authority(Clock::Fixed(NOW)), Lines::default());
    tracing::dispatcher::with_default(&lines.dispatch(), || {
        for _ in 0..2 {
            assert!(authority.decide(LIST_WORK, &headers(&token), None).is_ok());
        }
    });
    let lines = lines.so_far();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    let told = "`wang\\nWARN` acts for `FOOD_PROD` in fields FOOD and divisions 370100, by a token of `xinjian`, id `1\\n2`";
    assert!(line.contains(told), "{line}");
}

#[test]
fn an_office_without_the_permission_is_refused_by_its_role() {
    let denied = decide(READ_FEED, &token(&claims("FOOD_PROD"))).unwrap_err();
    assert_eq!(denied.reason().name(), "ROLE_NOT_PERMITTED");
    assert!(denied.to_string().contains("`FOOD_PROD`") && denied.to_string().contains("`feed.event.read`"));
    assert!(decide(READ_FEED, &token(&claims("SYSTEM"))).is_ok());
}

#[test]
fn an_office_that_the_rulebook_does_not_know_is_refused() {
    let denied = decide(LIST_WORK, &token(&claims("PASTRY"))).unwrap_err();
    assert_eq!(denied, Denied::OfficeUnknown(OfficeCode::parse("PASTRY").unwrap()));
}

#[test]
fn a_method_outside_the_contract_is_refused_even_to_the_system() {
    let denied = decide("/xinjian.common.v1.Work/Erase", &token(&claims("SYSTEM"))).unwrap_err();
    assert_eq!(denied.reason().name(), "METHOD_NOT_OPEN");
}

#[test]
fn without_a_bearer_token_only_health_and_reflection_answer() {
    let authority = authority(Clock::Fixed(NOW));
    assert_eq!(authority.decide(LIST_WORK, &HeaderMap::new(), None).unwrap_err(), Denied::TokenMissing);
    let basic = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Basic d2FuZw=="))]);
    assert_eq!(authority.decide(LIST_WORK, &basic, None).unwrap_err(), Denied::TokenMissing);
    for open in [
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ] {
        assert!(authority.decide(open, &HeaderMap::new(), None).unwrap().is_none(), "{open}");
    }
}

#[test]
fn two_authorization_headers_are_refused_even_when_both_are_good() {
    let mut twice = headers(&token(&claims("CREDIT")));
    let first = twice[AUTHORIZATION].clone();
    twice.append(AUTHORIZATION, first);
    let denied = authority(Clock::Fixed(NOW)).decide(LIST_WORK, &twice, None).unwrap_err();
    assert!(denied.to_string().contains("more than one `authorization` header"), "{denied}");
}

#[test]
fn a_header_that_asks_for_an_extension_is_refused() {
    let payload = token(&claims("CREDIT")).split('.').nth(1).unwrap().to_owned();
    let header = format!(r#"{{"alg":"EdDSA","kid":"{}","crit":["exp"],"exp":1}}"#, issuer().key_id());
    let denied = refusal(&format!("{}.{payload}.AAAA", URL_SAFE_NO_PAD.encode(header)));
    assert!(denied.to_string().contains("`crit`"), "{denied}");
}

#[test]
fn a_public_key_is_no_secret() {
    // The oldest confusion: the public key, which everybody has, as the key of a keyed digest.
    let secret = jsonwebtoken::EncodingKey::from_secret(issuer().jwks().as_bytes());
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    header.kid = Some(issuer().key_id().to_owned());
    let forged = jsonwebtoken::encode(&header, &claims("CREDIT"), &secret).unwrap();
    assert_eq!(refusal(&forged), Denied::TokenInvalid(TokenProblem::Algorithm("HS256".to_owned())));
}

#[test]
fn a_remembered_token_still_expires() {
    let mut short = claims("CREDIT");
    short.exp = NOW.micros() / 1_000_000 + 10;
    let headers = headers(&token(&short));
    let mut authority = authority(Clock::Fixed(NOW));
    assert!(authority.decide(LIST_WORK, &headers, None).is_ok());
    // The clone shares what is remembered; only its clock is later.
    authority = authority.clone().at(Clock::Fixed(NOW.plus_micros(10_000_000)));
    let denied = authority.decide(LIST_WORK, &headers, None).unwrap_err();
    assert_eq!(denied, Denied::TokenExpired { expired_at: short.exp });
}

#[test]
fn before_the_offices_existed_nobody_was_let_in() {
    let before = MicrosUtc::start_of_shanghai_day("2021-09-26".parse().unwrap());
    let office = OfficeCode::parse("CREDIT").unwrap();
    let token = token(&Claims::new("wang", &office, &[], ISSUER, before, 3600));
    let authority = Authority::new(issuer().keys(), Rulebook::builtin(), Clock::Fixed(before));
    assert_eq!(
        authority.decide(LIST_WORK, &headers(&token), None).unwrap_err(),
        Denied::OfficeUnknown(office)
    );
}

#[test]
fn debug_texts_hold_no_token() {
    let token = token(&claims("CREDIT"));
    let caller = decide(LIST_WORK, &token).unwrap().unwrap();
    assert_eq!(caller.token(), Some(token.as_str()));
    let shown = format!("{caller:?} {:?}", TokenSource::fixed(token.as_str()));
    assert!(!shown.contains(&token), "{shown}");
}

#[test]
fn every_office_constant_is_in_the_rulebook() {
    use crate::machine::Office;
    let book: Arc<Rulebook> = Rulebook::builtin();
    for office in Office::ALL {
        let code = OfficeCode::parse(office.code()).unwrap();
        assert!(book.office(&code).is_some(), "{code}");
    }
}

#[test]
fn a_token_file_is_read_by_its_first_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let source = TokenSource::file(&file);
    assert!(source.current().unwrap_err().to_string().contains("token"));
    std::fs::write(&file, "secret \nrest").unwrap();
    assert_eq!(source.current().unwrap(), "secret");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(source.current().unwrap(), "secret");
}
