//! Every RPC of the contract without a token, with a wrong role, with a wrong field and with a wrong division: refused, or, for lists,
//! without what the caller may not see. What to try follows from the option `access` beside each RPC and from the rulebook's table of
//! offices; the table in `rows` says only how each RPC is aimed at the fixture.

mod fixture;
mod narrow;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex};

use contract::common::v1::Access;
use contract::feed::v1::ListEventsRequest;
use domain::FieldCode;
use e2e::city::TestCity;
use e2e::dynamic::Lines;
use e2e::{today, wait};
use prost_reflect::MethodDescriptor;
use rulebook::Rulebook;
use serde_json::{Value, json};
use service::error::reason_of;
use standalone::clients::Clients;
use tonic::{Code, Status};

use fixture::Fixture;
use rows::Row;

/// The whole city, and a county of it in which the fixture does not lie.
const CITY: &[&str] = &["370100"];
const ELSEWHERE: &[&str] = &["370116"];
/// Who is refused.
const CALLER: &str = "somebody-else";
/// What a refusal of the caller, and not of the request, is called.
const CALLER_REFUSED: [&str; 5] =
    ["TOKEN_MISSING", "TOKEN_INVALID", "ROLE_NOT_PERMITTED", "FIELD_NOT_PERMITTED", "DIVISION_NOT_PERMITTED"];

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_without_a_token_with_a_wrong_role_field_or_division_is_refused() {
    let city = TestCity::start().await;
    let fixture = Fixture::make(city.people()).await;
    wait::quiet(city.people()).await;
    let rows = rows::all(&fixture, city.people().addresses());
    assert_every_rpc_has_a_row(&rows);

    let system = city.people().officer("reader", "SYSTEM");
    let before = wait::heads(&system).await;
    let mut tries =
        Tries { city: &city, lines: Lines::default(), tokens: Mutex::default(), narrow: BTreeMap::new() };
    for row in &rows {
        tries.without_a_token(row).await;
        tries.with_a_wrong_role(row).await;
        tries.with_a_wrong_field(row).await;
        tries.with_a_wrong_division(row).await;
    }
    for (narrow, _) in std::mem::take(&mut tries.narrow).into_values() {
        narrow.stop().await;
    }
    let written = written_since(&system, &before).await;
    assert!(written.is_empty(), "a refused request has written something: {written:?}");

    // Readers first: what writers do then may change what is there to read.
    for row in rows.iter().filter(|row| !row.writes).chain(rows.iter().filter(|row| row.writes)) {
        tries.as_who_may(row).await;
    }
}

/// What was told behind these heads for the refused caller, or for nobody. The services go on meanwhile with what officers had done.
async fn written_since(system: &Clients, heads: &[(&'static str, i64)]) -> Vec<String> {
    let mut written = Vec::new();
    for ((service, mut feed), (_, head)) in system.feeds().into_iter().zip(heads) {
        let request = ListEventsRequest { after_seq: *head, page_size: 500, kinds: Vec::new() };
        let page = feed.list_events(request).await.expect("a service may read the feed").into_inner();
        assert!(page.events.len() < 500, "{service} has told more than fits into a page");
        let refused = page.events.into_iter().filter(|event| [CALLER, ""].contains(&event.actor.as_str()));
        written.extend(refused.map(|event| format!("{} of {}", event.kind, event.subject)));
    }
    written
}

/// A new RPC without a row fails by name, so does a row whose RPC is gone.
fn assert_every_rpc_has_a_row(rows: &[Row]) {
    let known: BTreeSet<_> = contract::access::all().map(|(path, _)| path).collect();
    let tried: BTreeSet<_> = rows.iter().map(|row| row.path).collect();
    let missing: Vec<_> = known.difference(&tried).collect();
    assert!(missing.is_empty(), "RPCs without a row in tests/access/rows: {missing:?}");
    let gone: Vec<_> = tried.difference(&known).collect();
    assert!(gone.is_empty(), "rows without an RPC: {gone:?}");
}

/// One caller after the other tries the rows.
struct Tries<'a> {
    city: &'a TestCity,
    lines: Lines,
    /// A token of each caller, by office and divisions: signed once.
    tokens: Mutex<BTreeMap<(String, String), String>>,
    /// Services under a rulebook with a narrower office, with the case that was made there: one for all rows that need the same. What
    /// they are asked is refused, so that each row finds them as the first one did.
    narrow: BTreeMap<Narrow, (narrow::Service, Option<String>)>,
}

/// The service that is started, the office that is narrowed, and whether there is a case.
type Narrow = (String, String, bool);

impl Tries<'_> {
    async fn without_a_token(&self, row: &Row) {
        let access = row.access();
        for address in &row.addresses {
            let answer = self.lines.call(address, &row.method(), row.body.clone(), None).await;
            if access.open && row.absent {
                let status = answer.expect_err("what is absent is not answered");
                assert_eq!(status.code(), Code::NotFound, "{} to everyone: {status}", row.path);
            } else if access.open {
                answer.unwrap_or_else(|status| panic!("{} is open to everyone: {status}", row.path));
            } else {
                assert_refused(row, "nobody", answer, Code::Unauthenticated, "TOKEN_MISSING");
            }
        }
    }

    async fn with_a_wrong_role(&self, row: &Row) {
        let (book, access) = (Rulebook::builtin(), row.access());
        if access.open {
            return;
        }
        let may_not = |office: &&rulebook::Office| !book.may(&access.permission, &office.code, today());
        let strangers: Vec<_> = book.offices().iter().filter(may_not).collect();
        assert!(!strangers.is_empty(), "every office holds `{}`: no role is wrong for it", access.permission);
        for office in strangers {
            let office = office.code.as_str();
            for address in &row.addresses {
                let answer = self.ask(row, address, office, CITY).await;
                assert_refused(row, office, answer, Code::PermissionDenied, "ROLE_NOT_PERMITTED");
            }
        }
    }

    /// Where every office that may answers for all fields, one that answers for another field is made, by a rulebook.
    async fn with_a_wrong_field(&mut self, row: &Row) {
        let (access, field) = (row.access(), row.field());
        if !access.by_field {
            return;
        }
        let Some(office) = holder(access, |office| !office.fields.holds(&field)) else {
            return self.with_a_narrower_office(row).await;
        };
        for address in &row.addresses {
            let answer = self.ask(row, address, &office, CITY).await;
            assert_hidden(row, &format!("{office} in another field"), answer, "FIELD_NOT_PERMITTED");
        }
    }

    async fn with_a_narrower_office(&mut self, row: &Row) {
        let office = right_office(row);
        let other = other_field(&row.field());
        let names_a_case = row.body["name"].as_str().is_some_and(|name| name.starts_with("seriousCases/"));
        let service = row.path.split('.').nth(1).unwrap_or_default().to_owned();
        let needed = (service, format!("{office} in {other}"), names_a_case);
        if !self.narrow.contains_key(&needed) {
            let started = self.narrower(row, &office, &other, names_a_case).await;
            self.narrow.insert(needed.clone(), started);
        }
        let (narrow, case) = &self.narrow[&needed];
        let mut row = row.clone();
        if let Some(case) = case {
            row.body["name"] = case.as_str().into();
        }
        let row = &row;
        let answer = self.ask(row, narrow.address(), &office, CITY).await;
        assert_hidden(row, &format!("{office}, which answers for {other}"), answer, "FIELD_NOT_PERMITTED");
    }

    async fn narrower(
        &self,
        row: &Row,
        office: &str,
        other: &FieldCode,
        names_a_case: bool,
    ) -> (narrow::Service, Option<String>) {
        let people = self.city.people();
        if names_a_case {
            let (narrow, case) = narrow::Service::start_with_case(row.path, office, other, people).await;
            return (narrow, Some(case));
        }
        let narrow = narrow::Service::start(row.path, office, other, people).await;
        (narrow.take(row.path, fixture::own_record(), people).await, None)
    }

    async fn with_a_wrong_division(&self, row: &Row) {
        if !row.access().by_division {
            return;
        }
        let office = right_office(row);
        for address in &row.addresses {
            let answer = self.ask(row, address, &office, ELSEWHERE).await;
            assert_hidden(row, &format!("{office} in another division"), answer, "DIVISION_NOT_PERMITTED");
        }
    }

    /// The refusals mean something only if the same request of who may is not refused because of who asks.
    async fn as_who_may(&self, row: &Row) {
        if row.access().open {
            return;
        }
        let office = row.asked_by.map_or_else(|| right_office(row), str::to_owned);
        for (index, address) in row.addresses.iter().enumerate() {
            let answer = self.ask(row, address, &office, CITY).await;
            match (answer, &row.shows) {
                (Ok(answer), Some(shown)) if index == 0 => {
                    assert!(
                        answer.to_string().contains(shown),
                        "{} as {office} lacks {shown}: {answer}",
                        row.path
                    );
                }
                (Ok(_), _) => {}
                (Err(status), None) if row.writes || row.unserved => {
                    let reason = reason_of(&status).unwrap_or_default();
                    assert!(!CALLER_REFUSED.contains(&reason.as_str()), "{} as {office}: {status}", row.path);
                }
                (Err(status), None) if row.absent => {
                    assert_eq!(status.code(), Code::NotFound, "{} as {office}: {status}", row.path);
                }
                (Err(status), _) => panic!("{} as {office}: {status}", row.path),
            }
        }
    }

    async fn ask(&self, row: &Row, address: &str, office: &str, divisions: &[&str]) -> Result<Value, Status> {
        let token = self.token(office, divisions);
        self.lines.call(address, &row.method(), row.body.clone(), Some(&token)).await
    }

    fn token(&self, office: &str, divisions: &[&str]) -> String {
        let mut tokens = self.tokens.lock().expect("no caller fails while it holds the tokens");
        let of = (office.to_owned(), divisions.join(","));
        let new = || self.city.people().token(CALLER, office, divisions);
        tokens.entry(of).or_insert_with(new).clone()
    }
}

/// An office that holds the permission today and is as asked.
fn holder(access: &Access, is: impl Fn(&rulebook::Office) -> bool) -> Option<String> {
    let book = Rulebook::builtin();
    let found = book.offices_with(&access.permission, today()).find(|office| is(office));
    found.map(|office| office.code.to_string())
}

/// A key field beside `field`.
fn other_field(field: &FieldCode) -> FieldCode {
    let book = Rulebook::builtin();
    let other = book.fields().iter().find(|one| one.code != *field);
    other.expect("the rulebook has more than one key field").code.clone()
}

/// An office that may call the RPC about the row's field.
fn right_office(row: &Row) -> String {
    let field: FieldCode = row.field();
    holder(row.access(), |office| office.fields.holds(&field))
        .unwrap_or_else(|| panic!("nobody holds `{}` in {field}", row.access().permission))
}

fn assert_refused(row: &Row, who: &str, answer: Result<Value, Status>, code: Code, reason: &str) {
    match answer {
        Ok(answer) => panic!("{} answers {who}: {answer}", row.path),
        Err(status) => assert_eq!(
            (status.code(), reason_of(&status).as_deref()),
            (code, Some(reason)),
            "{} to {who}: {}",
            row.path,
            status.message()
        ),
    }
}

/// What is named is refused; of a list, the fixture is left out.
fn assert_hidden(row: &Row, who: &str, answer: Result<Value, Status>, reason: &str) {
    match (&row.shows, answer) {
        (Some(shown), Ok(answer)) => {
            assert!(!answer.to_string().contains(shown), "{} shows {shown} to {who}: {answer}", row.path);
        }
        (_, answer) => assert_refused(row, who, answer, Code::PermissionDenied, reason),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_one_changed_character_is_refused_with_a_message_that_says_what_is_wrong() {
    let city = TestCity::start().await;
    let address = &city.people().addresses().risk;
    let method = method("/xinjian.risk.v1.Runs/ListRuns");
    let token = city.people().token("officer", "CREDIT", CITY);
    let lines = Lines::default();
    lines.call(address, &method, json!({}), Some(&token)).await.expect("the token as it was made is good");
    let mut problems = BTreeSet::new();
    for place in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("a token is ASCII");
        let refused = lines.call(address, &method, json!({}), Some(&changed)).await;
        let refused = refused.expect_err("a changed token is refused");
        let reason = reason_of(&refused).unwrap_or_default();
        assert_eq!(
            (refused.code(), reason.as_str()),
            (Code::Unauthenticated, "TOKEN_INVALID"),
            "place {place}"
        );
        let said =
            refused.message().strip_prefix("the token is not accepted: it").expect("the message says so");
        problems.insert(said.split(':').next().unwrap_or_default().chars().take(24).collect::<String>());
    }
    assert!(problems.len() >= 3, "what is wrong is told apart: {problems:?}");
}

fn method(path: &str) -> MethodDescriptor {
    static METHODS: LazyLock<BTreeMap<String, MethodDescriptor>> = LazyLock::new(|| {
        let services = contract::descriptors().services();
        let methods = services.flat_map(|service| service.methods().collect::<Vec<_>>());
        methods.map(|method| (contract::access::path_of(&method), method)).collect()
    });
    METHODS.get(path).expect("the contract has the RPC").clone()
}
