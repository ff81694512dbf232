//! Systems that come with a certificate, and what of it counts when there is a token.

use super::*;
use crate::auth::{ACCOUNT, Accounts, Presented};

const CHECK_PARTY: &str = "/xinjian.punishment.v1.Parties/CheckParty";
const ACCOUNTS: &str = r#"{"accounts": [
    {"name": "approval", "certificate": "URI:spiffe://jinan/approval", "office": "APPROVAL", "divisions": ["370102"]},
    {"name": "kiosk", "certificate": "DNS:kiosk.jinan", "office": "APPROVAL", "divisions": [], "permissions": []},
    {"name": "gateway", "certificate": "URI:spiffe://jinan/gateway", "office": "SYSTEM", "divisions": [],
     "permissions": [], "relays": true}
]}"#;

fn knowing(accounts: &str) -> (tempfile::NamedTempFile, Authority) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), accounts).unwrap();
    let accounts = Accounts::from_file(file.path()).unwrap();
    (file, authority(Clock::Fixed(NOW)).knowing(accounts))
}

fn showing(name: &str) -> Presented {
    Presented(Arc::from([name.to_owned()]))
}

fn in_the_name_of(account: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(ACCOUNT, HeaderValue::from_static(account))])
}

fn reason(decided: Result<Option<Caller>, Denied>) -> &'static str {
    decided.unwrap_err().reason().name()
}

#[test]
fn a_certificate_with_an_account_acts_for_its_office_in_its_divisions() {
    let (_file, authority) = knowing(ACCOUNTS);
    let presented = showing("URI:spiffe://jinan/approval");
    let caller = authority.decide(CHECK_PARTY, &HeaderMap::new(), Some(&presented)).unwrap().unwrap();
    assert_eq!((caller.subject(), caller.office().as_str(), caller.token()), ("approval", "APPROVAL", None));
    let lixia = DivisionCode::parse("370102").unwrap();
    assert_eq!(caller.divisions(), [lixia]);
    let feed = authority.decide(READ_FEED, &HeaderMap::new(), Some(&presented));
    assert_eq!(reason(feed), "ROLE_NOT_PERMITTED");
}

#[test]
fn an_account_holds_no_more_of_its_office_than_it_was_given() {
    let (_file, authority) = knowing(ACCOUNTS);
    let asked = authority.decide(CHECK_PARTY, &HeaderMap::new(), Some(&showing("DNS:kiosk.jinan")));
    assert_eq!(reason(asked), "ACCOUNT_NOT_PERMITTED");
}

#[test]
fn a_certificate_without_an_account_lets_nobody_in() {
    let (_file, authority) = knowing(ACCOUNTS);
    let ask = |presented: Option<&Presented>| authority.decide(CHECK_PARTY, &HeaderMap::new(), presented);
    assert_eq!(reason(ask(Some(&showing("URI:spiffe://jinan/other")))), "ACCOUNT_UNKNOWN");
    // A name of one kind is none of another.
    assert_eq!(reason(ask(Some(&showing("DNS:spiffe://jinan/approval")))), "ACCOUNT_UNKNOWN");
    assert_eq!(reason(ask(Some(&Presented::default()))), "TOKEN_MISSING");
    assert_eq!(reason(ask(None)), "TOKEN_MISSING");
}

#[test]
fn a_token_says_who_asks_and_no_certificate_helps_a_bad_one() {
    let (_file, authority) = knowing(ACCOUNTS);
    let presented = showing("URI:spiffe://jinan/approval");
    let good = headers(&token(&claims("FOOD_PROD")));
    let caller = authority.decide(LIST_WORK, &good, Some(&presented)).unwrap().unwrap();
    assert_eq!(caller.office().as_str(), "FOOD_PROD");
    // Nor does an account that is named beside it, not even over the connection of who relays.
    let mut named = good.clone();
    named.insert(ACCOUNT, HeaderValue::from_static("approval"));
    let relays = showing("URI:spiffe://jinan/gateway");
    let caller = authority.decide(LIST_WORK, &named, Some(&relays)).unwrap().unwrap();
    assert_eq!(caller.office().as_str(), "FOOD_PROD");
    let bad = headers("e30.e30.e30");
    assert_eq!(reason(authority.decide(CHECK_PARTY, &bad, Some(&presented))), "TOKEN_INVALID");
    let basic = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Basic d2FuZw=="))]);
    assert_eq!(reason(authority.decide(CHECK_PARTY, &basic, Some(&presented))), "TOKEN_MISSING");
}

#[test]
fn who_relays_may_name_another_account_and_nobody_else() {
    let (_file, authority) = knowing(ACCOUNTS);
    let ask = |certificate: &str, account: &'static str| {
        authority.decide(CHECK_PARTY, &in_the_name_of(account), Some(&showing(certificate)))
    };
    let caller = ask("URI:spiffe://jinan/gateway", "approval").unwrap().unwrap();
    assert_eq!(caller.subject(), "approval");
    assert_eq!(reason(ask("URI:spiffe://jinan/gateway", "kiosk")), "ACCOUNT_NOT_PERMITTED");
    for nobody in ["wang", "", "URI:spiffe://jinan/approval"] {
        assert_eq!(reason(ask("URI:spiffe://jinan/gateway", nobody)), "RELAY_NOT_PERMITTED", "{nobody}");
    }
    assert_eq!(reason(ask("URI:spiffe://jinan/approval", "approval")), "RELAY_NOT_PERMITTED");
    let unsaid = authority.decide(CHECK_PARTY, &in_the_name_of("approval"), None);
    assert_eq!(reason(unsaid), "TOKEN_MISSING");
}
