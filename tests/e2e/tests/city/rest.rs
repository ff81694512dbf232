//! The whole system over REST: what officers and systems do by gRPC, they do by JSON, through one address.

use std::time::Duration;

use bytes::Bytes;
use contract::access::access_of;
use contract::rest::{Body, Rule, Segment, rules};
use domain::Uscc;
use e2e::city::TestCity;
use e2e::rest::{Answer, first_event, send, send_json};
use e2e::{id, today, wait};
use prost_reflect::{Kind, MessageDescriptor};
use rulebook::Rulebook;
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const CITY: &[&str] = &["370100"];
/// Longest wait for anything; a test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(120);

fn uscc() -> String {
    Uscc::compose("91370102", "MA000001").expect("the parts are of the alphabet").to_string()
}

fn enterprise() -> Value {
    json!({
        "uscc": uscc(), "legalName": "济南第一食品有限公司", "partyKind": "legal_or_unincorporated", "division": "370102",
    })
}

/// GET as a person of an office.
async fn get(city: &TestCity, path: &str, office: &str, headers: &[(&str, &str)]) -> Answer {
    get_as(city, path, &city.people().token("reader", office, CITY), headers).await
}

async fn get_as(city: &TestCity, path: &str, token: &str, headers: &[(&str, &str)]) -> Answer {
    let url = format!("{}{path}", city.people().addresses().gateway);
    send("GET", &url, Some(token), headers, Bytes::new()).await
}

async fn created(city: &TestCity, key: &str) -> Answer {
    let token = city.people().token("registrar", "LEGAL", CITY);
    let url = format!("{}/v1/enterprises", city.people().addresses().gateway);
    send_json("POST", &url, &token, &[("idempotency-key", key)], &enterprise()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_made_once_read_with_its_version_changed_and_found() {
    let city = TestCity::start().await;
    let (key, name) = (id(), format!("enterprises/{}", uscc()));
    let first = created(&city, &key).await;
    assert_eq!((first.status, &first.json()["name"]), (200, &json!(name)), "{first:?}");
    assert_eq!(created(&city, &key).await.body, first.body, "the same key is the same request");
    assert_eq!(created(&city, &id()).await.status, 409, "another key is another request");

    let read = get(&city, &format!("/v1/{name}"), "LEGAL", &[]).await;
    let tag = read.headers["etag"].to_str().expect("a tag is text").to_owned();
    assert_eq!((read.status, &read.headers["cache-control"]), (200, &"no-store".parse().expect("a value")));
    assert_eq!(read.json()["etag"], tag.as_str());
    let again = get(&city, &format!("/v1/{name}"), "LEGAL", &[("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let same = get(&city, &format!("/v1/{name}"), "LEGAL", &[("if-match", &tag)]).await;
    assert_eq!((same.status, &same.body), (200, &read.body));

    let token = city.people().token("registrar", "LEGAL", CITY);
    let url = format!("{}/v1/{name}?updateMask=address", city.people().addresses().gateway);
    let (key, change) = (id(), json!({ "address": "经十路1号" }));
    let guarded = [("idempotency-key", key.as_str()), ("if-match", &tag)];
    let changed = send_json("PATCH", &url, &token, &guarded, &change).await;
    assert_eq!((changed.status, &changed.json()["address"]), (200, &json!("经十路1号")), "{changed:?}");
    let outdated = get(&city, &format!("/v1/{name}"), "LEGAL", &[("if-match", &tag)]).await;
    assert_eq!((outdated.status, outdated.reason()), (412, "ETAG_MISMATCH".to_owned()));
    let url = format!("{url}&etag={}", tag.replace('"', "%22"));
    let late =
        send_json("PATCH", &url, &token, &[("idempotency-key", &id())], &json!({ "address": "别处" })).await;
    assert!(late.status >= 400 && late.status < 500, "a change of an old version is refused: {late:?}");

    let found =
        get(&city, "/v1/enterprises:search?query=%E7%AC%AC%E4%B8%80%E9%A3%9F%E5%93%81", "LEGAL", &[]).await;
    assert!(found.json().to_string().contains(&name), "{found:?}");
    let listed = get(&city, "/v1/enterprises?pageSize=1&division=370102", "LEGAL", &[]).await;
    assert_eq!(listed.json()["enterprises"][0]["name"], json!(name));
    let versions = get(&city, &format!("/v1/{name}/versions"), "LEGAL", &[]).await;
    assert!(versions.json().to_string().contains("经十路1号"), "{versions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_answers_the_rpcs_of_every_service_in_the_name_of_who_asks() {
    let city = TestCity::start().await;
    let gateway = &city.people().addresses().gateway;
    created(&city, &id()).await;
    let method =
        contract::descriptors().get_service_by_name("xinjian.registry.v1.Enterprises").expect("it is there");
    let method = method.methods().find(|method| method.name() == "GetEnterprise").expect("it is there");
    let asked = json!({ "name": format!("enterprises/{}", uscc()) });
    let token = city.people().token("reader", "LEGAL", CITY);
    let read =
        e2e::dynamic::call(gateway, &method, asked.clone(), Some(&token)).await.expect("LEGAL reads it");
    assert_eq!(read["uscc"], json!(uscc()));
    let elsewhere = city.people().token("reader", "LEGAL", &["370116"]);
    let refused =
        e2e::dynamic::call(gateway, &method, asked, Some(&elsewhere)).await.expect_err("it lies elsewhere");
    assert_eq!(service::error::reason_of(&refused).as_deref(), Some("DIVISION_NOT_PERMITTED"));

    // What gRPC imports as a stream both ways, REST sends as one message; a row that is wrong is answered with its field.
    let (importer, url) = (
        city.people().token("importer", "CREDIT", CITY),
        format!("{gateway}/v1/provincialClasses:batchImport"),
    );
    let classes = json!({ "classes": [{
        "uscc": uscc(), "scheme": "shandong2020", "code": "F", "classifiedOn": "2026-01-31", "sourceDocument": "省局分类结果",
    }] });
    let answer = send_json("POST", &url, &importer, &[("idempotency-key", &id())], &classes).await;
    assert_eq!((answer.status, &answer.json()["rejected"][0]["field"]), (200, &json!("code")), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_downloaded_and_a_file_imported_whole_or_not_at_all() {
    let city = TestCity::start().await;
    let template = get(&city, "/v1/importTemplates/permit", "CREDIT", &[]).await;
    assert_eq!(&template.body[..2], b"PK", "a workbook is a packed file: {template:?}");
    let kind = template.headers["content-type"].to_str().expect("a type is text");
    assert!(kind.ends_with("spreadsheetml.sheet"), "{kind}");

    let gateway = &city.people().addresses().gateway;
    let token = city.people().token("importer", "LEGAL", CITY);
    let path = |key: &str| {
        format!("/v1/imports?import.table=permit&import.fileName=%E8%AE%B8%E5%8F%AF.xlsx&requestId={key}")
    };
    // The connection closes within the body: what came is not taken for all of it.
    let mut broken =
        TcpStream::connect(gateway.trim_start_matches("http://")).await.expect("the gateway listens");
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n",
        path(&id()),
        template.body.len() + 1
    );
    broken.write_all(head.as_bytes()).await.expect("it takes the head");
    broken.write_all(&template.body).await.expect("it takes the body");
    broken.shutdown().await.expect("the connection closes");

    let url = format!("{gateway}{}", path(&id()));
    let taken = send("POST", &url, Some(&token), &[], template.body.clone()).await;
    assert_eq!((taken.status, &taken.json()["fileName"]), (200, &json!("许可.xlsx")), "{taken:?}");
    assert_eq!(taken.json()["sizeBytes"], template.body.len().to_string());
    let listed = get(&city, "/v1/imports", "CREDIT", &[]).await.json();
    assert_eq!(listed["imports"].as_array().map(Vec::len), Some(1), "{listed}");

    let name = taken.json()["name"].as_str().expect("an import has a name").to_owned();
    wait::quiet(city.people()).await;
    let workbook = get(&city, &format!("/v1/{name}/refusedWorkbook"), "CREDIT", &[]).await;
    assert_eq!((workbook.status, &workbook.body[..2]), (200, &b"PK"[..]), "{workbook:?}");
    let missing = get(&city, &format!("/v1/imports/{}/refusedWorkbook", "0".repeat(32)), "CREDIT", &[]).await;
    assert_eq!((missing.status, missing.reason().as_str()), (404, "IMPORT_NOT_FOUND"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_of_the_service_in_the_path_comes_as_events() {
    let city = TestCity::start().await;
    created(&city, &id()).await;
    let token = city.people().token("reader", "SYSTEM", CITY);
    let url = format!("{}/registry/v1/events:subscribe", city.people().addresses().gateway);
    let first = first_event(&url, &token, "").await;
    assert_eq!(first.data["events"][0]["kind"], "registry.enterprise.registered", "{first:?}");
    assert_eq!(first.data["events"][0]["subject"], format!("enterprises/{}", uscc()));

    let other = Uscc::compose("91370102", "MA000002").expect("the parts are of the alphabet").to_string();
    let mut enterprise = enterprise();
    enterprise["uscc"] = json!(other);
    let url_of_all = format!("{}/v1/enterprises", city.people().addresses().gateway);
    let registrar = city.people().token("registrar", "LEGAL", CITY);
    let key = id();
    send_json("POST", &url_of_all, &registrar, &[("idempotency-key", &key)], &enterprise).await;
    let next = first_event(&url, &token, &first.id).await;
    assert_eq!(
        next.data["events"][0]["subject"],
        format!("enterprises/{other}"),
        "what was seen is not sent again: {next:?}"
    );
    let mut forged = first.id.clone();
    forged.replace_range(..1, "9");
    let refused = get_as(&city, "/registry/v1/events:subscribe", &token, &[("last-event-id", &forged)]).await;
    assert_eq!((refused.status, refused.reason().as_str()), (400, "FEED_DIVERGED"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_events_ends_with_its_token_and_says_behind_which_event() {
    let city = TestCity::start().await;
    created(&city, &id()).await;
    let url = format!("{}/registry/v1/events:subscribe", city.people().addresses().gateway);
    // Its last seconds: enough to ask in. The body is whole when the stream has ended.
    let token = city.people().token_for("reader", "SYSTEM", 5);
    let asked = send("GET", &url, Some(&token), &[], Bytes::new());
    let answer = tokio::time::timeout(PATIENCE, asked).await.expect("the stream ends");
    let text = String::from_utf8_lossy(&answer.body);
    let events: Vec<_> = text.split("\n\n").filter(|event| event.contains("data: ")).collect();
    let [.., message, end] = events.as_slice() else { panic!("{} {text}", answer.status) };
    assert!(end.contains("event: error") && end.contains("TOKEN_EXPIRED"), "{end}");
    let id_of = |event: &str| event.lines().find_map(|line| line.strip_prefix("id: ").map(str::to_owned));
    assert!(id_of(message).is_some() && id_of(end) == id_of(message), "{text}");
}

/// The path of a rule, each open segment as `value`.
fn path_of(rule: &Rule, value: &str) -> Option<String> {
    let homes = [
        "xinjian.common.v1.Figures",
        "xinjian.common.v1.Reads",
        "xinjian.common.v1.Work",
        "xinjian.exchange.v1.Deliveries",
        "xinjian.feed.v1.Feed",
    ];
    let service = rule.rpc.parent_service();
    let mut path = if homes.contains(&service.full_name()) { "/registry".to_owned() } else { String::new() };
    for segment in rule.path.segments() {
        match segment {
            Segment::Literal(text) => path.extend(["/", text]),
            Segment::Any => path.extend(["/", value]),
        }
    }
    path.extend(rule.path.verb().map(|verb| format!(":{verb}")));
    (!path.starts_with("/public/")).then_some(path)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_asks_for_a_token() {
    let city = TestCity::start().await;
    let gateway = &city.people().addresses().gateway;
    for rule in rules() {
        let Some(path) = path_of(rule, "1") else { continue };
        let answer = send(rule.method, &format!("{gateway}{path}"), None, &[], Bytes::new()).await;
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (401, "TOKEN_MISSING"),
            "{} {path}",
            rule.method
        );
    }
}

/// Texts that mean something to SQL, shells, templates, formulas, logs or terminals, or are no text that is often seen.
const HOSTILE: [&str; 12] = [
    "' OR '1'='1",
    "'; DROP TABLE enterprise; --",
    "\" UNION SELECT * FROM event",
    "%' ESCAPE '\\",
    "../../../../etc/passwd",
    "${jndi:ldap://127.0.0.1/x}",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "=HYPERLINK(\"http://x\")",
    "a\r\nSet-Cookie: x=1",
    "\u{202e}\u{0}\u{1b}[31m",
    "\u{10ffff}",
];

/// A message whose every text is `text`, with what it needs besides being what it must be.
fn hostile(message: &MessageDescriptor, text: &str, depth: usize) -> Map<String, Value> {
    let mut fields = Map::new();
    for field in message.fields() {
        let value = match field.kind() {
            Kind::String if field.name() == "request_id" => json!(id()),
            Kind::String => json!(text),
            Kind::Message(within) if depth > 0 && !within.full_name().starts_with("google.") => {
                json!(hostile(&within, text, depth - 1))
            }
            _ => continue,
        };
        // Of those of which only one may be given, the first.
        let other = field
            .containing_oneof()
            .is_some_and(|one| one.fields().any(|other| fields.contains_key(other.json_name())));
        if !other {
            let value = if field.is_list() { json!([value]) } else { value };
            fields.insert(field.json_name().to_owned(), value);
        }
    }
    fields
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Takes out what the path of a request says already.
fn without_bound(rule: &Rule, mut body: Value) -> Value {
    let within = match &rule.body {
        Body::Field(field) => format!("{}.", field.name()),
        _ => String::new(),
    };
    for variable in rule.path.variables() {
        let Some(path) = variable.field.strip_prefix(&within) else { continue };
        let (parent, name) = path
            .rsplit_once('.')
            .map_or((String::new(), path), |(parent, name)| (format!("/{parent}"), name));
        if let Some(parent) = body.pointer_mut(&parent).and_then(Value::as_object_mut) {
            parent.remove(name);
        }
    }
    body
}

/// The requests that put `text` wherever a request of the rule takes text: address behind the gateway's, and body.
fn hostile_requests(rule: &Rule, text: &str) -> Vec<(String, Value)> {
    let input = rule.rpc.input();
    let (Some(plain), Some(path)) = (path_of(rule, "1"), path_of(rule, &encoded(text))) else {
        return Vec::new();
    };
    let bound = |name: &str| rule.path.variables().iter().any(|variable| variable.field == name);
    let filled = match &rule.body {
        Body::Whole => (plain, without_bound(rule, json!(hostile(&input, text, 2)))),
        Body::Field(field) => {
            let kind = field.kind();
            let within = kind.as_message().expect("a body is a message");
            (format!("{plain}?requestId={}", id()), without_bound(rule, json!(hostile(within, text, 2))))
        }
        Body::None => {
            let texts = input.fields().filter(|field| field.kind() == Kind::String && !bound(field.name()));
            let pairs: Vec<_> =
                texts.map(|field| format!("{}={}", field.json_name(), encoded(text))).collect();
            (format!("{plain}?{}", pairs.join("&")), Value::Null)
        }
    };
    vec![(path, Value::Null), filled]
}

/// Refused or answered, but never failed: no text gets further than to be text. Each is sent by somebody who may.
#[tokio::test(flavor = "multi_thread")]
async fn no_text_in_any_field_of_any_request_makes_a_server_fail() {
    let city = TestCity::start().await;
    let (gateway, book) = (&city.people().addresses().gateway, Rulebook::builtin());
    created(&city, &id()).await;
    let unary =
        rules().iter().filter(|rule| !rule.rpc.is_client_streaming() && !rule.rpc.is_server_streaming());
    let mut answered = 0;
    for rule in unary {
        let access = access_of(&contract::access::path_of(&rule.rpc)).expect("every RPC states its access");
        let Some(office) = book.offices_with(&access.permission, today()).next() else { continue };
        let token = city.people().token("somebody", office.code.as_str(), CITY);
        for (path, body) in HOSTILE.iter().flat_map(|text| hostile_requests(rule, text)) {
            let url = format!("{gateway}{path}");
            let answer = match &body {
                Value::Null => send(rule.method, &url, Some(&token), &[], Bytes::new()).await,
                body => send_json(rule.method, &url, &token, &[], body).await,
            };
            assert!(answer.status < 500, "{} {url} {body}: {answer:?}", rule.method);
            assert!(!answer.headers.contains_key("set-cookie"), "{url}: {answer:?}");
            answered += 1;
        }
    }
    assert!(answered > 2_000, "{answered}");
}
