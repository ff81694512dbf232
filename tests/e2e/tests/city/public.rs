//! What the public may not see is planted through the services, the main job is run, and then everything that the public listener
//! answers is read, over gRPC and over REST: none of it is there.

use std::collections::BTreeSet;

use contract::client::{Timeouts, channel};
use contract::collection::v1::decision_documents_client::DecisionDocumentsClient;
use contract::collection::v1::{
    ListRecordsRequest, Redaction, TicketCaller, UploadDecisionDocumentRequest, WithdrawRecordRequest,
};
use contract::inspection::v1::{DeclareRecusalRequest, Recusal, Task};
use contract::punishment::v1::SeriousCase;
use contract::registry::v1::GetEnterpriseRequest;
use contract::risk::v1::{ExplainClassRequest, ListClassesRequest};
use crypto::draw::{Proof, verify};
use e2e::city::TestCity;
use e2e::dynamic::call;
use e2e::job::promise;
use e2e::people::People;
use e2e::{id, job, rest, today, wait};
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor};
use serde_json::{Value, json};
use service::auth::TokenSource;
use service::peer::Peer;
use standalone::demo::city::City;
use tonic::Code;

/// Texts that are written where only officers may read.
const REPRESENTATIVE: &str = "法定代表人暗记甲";
const TARGET: &str = "投诉对象暗记乙";
const PLACE: &str = "投诉地点暗记丙";
const TOPIC: &str = "投诉事由暗记丁";
const RECUSAL: &str = "回避缘由暗记戊";
const WITHDRAWAL: &str = "撤回缘由暗记己";
const FINDINGS: &str = "检查所见暗记庚";
const CALLER: &str = "来电人暗记辛";
const HOME: &str = "来电人住址暗记壬";
const SAID: &str = "诉求内容暗记癸";
const REVIEWER: &str = "保密审查人暗记子";
const SCANNED: &str = "决定书原件暗记丑";
/// A telephone and an identity number, as the hotline and a scan have them.
const PHONE: &str = "13800138017";
const IDENTITY: &str = "370102199003072377";
const PLANTED: [&str; 14] = [
    REPRESENTATIVE,
    TARGET,
    PLACE,
    TOPIC,
    RECUSAL,
    WITHDRAWAL,
    FINDINGS,
    CALLER,
    HOME,
    SAID,
    REVIEWER,
    SCANNED,
    PHONE,
    IDENTITY,
];
/// Lists that everyone may have whole.
const DATASETS: [&str; 9] = [
    "marks",
    "abnormalEntries",
    "seriousEntries",
    "penalties",
    "inspectionResults",
    "tasks",
    "inspectionPlans",
    "commitments",
    "parameters",
];
/// What everyone may read of a decision.
const DISCLOSED: &str = "行政处罚决定书公开文本";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_officers_keep_to_themselves_is_in_any_public_answer() {
    let city = TestCity::start().await;
    let people = city.people();
    let mut secrets: BTreeSet<String> = PLANTED.iter().map(|text| (*text).to_owned()).collect();
    let (published, task) = publish(people, &mut secrets).await;
    let letter = promise(people, &mut secrets).await;
    let decision = disclose(people).await;
    assert!(secrets.len() > PLANTED.len() + 5, "the job has made secrets of its own: {secrets:?}");

    let answers = every_public_answer(people, [&letter, &task, &decision]).await;
    for (what, text) in &answers {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{what} shows `{secret}`: {text}");
        }
    }
    a_stranger_checks_the_draw(&answers, &task);
    let letter_no = letter.rsplit('/').next().expect("a letter has a number").to_owned();
    for uscc in published.into_iter().chain([letter_no, promise::TEXT.to_owned(), DISCLOSED.to_owned()]) {
        for over in ["gRPC", "REST"] {
            let shown = answers.iter().any(|(what, text)| what.starts_with(over) && text.contains(&uscc));
            assert!(shown, "what is published about {uscc} is not to be had over {over}");
        }
    }
}

/// The proof of the closed draw, as it is had without a token, holds.
fn a_stranger_checks_the_draw(answers: &[(String, String)], task: &str) {
    let asked = format!("gRPC /public/v1/{task}");
    let (_, draw) = answers.iter().find(|(what, _)| *what == asked).expect("the draw is public");
    let draw: Value = serde_json::from_str(draw).expect("an answer is JSON");
    let proof = draw["proof"].as_str().expect("it comes with its proof");
    let proof = Proof::parse(proof.as_bytes()).expect("a closed task has a proof");
    verify(&proof).expect("the proof holds");
}

/// Runs the main job with the planted texts; adds what the job itself makes that is nobody's business outside. Returns the codes of a
/// listed party and of an inspected one, and the task that inspected it.
async fn publish(people: &People, secrets: &mut BTreeSet<String>) -> ([String; 2], String) {
    let mut generated = City::generate(9, 60, today());
    generated.enterprises.iter_mut().for_each(|one| one.legal_representative = REPRESENTATIVE.to_owned());
    for ticket in &mut generated.tickets {
        (ticket.target_name, ticket.place, ticket.topic) = (TARGET.into(), PLACE.into(), TOPIC.into());
        let (name, phone, address) = (CALLER.to_owned(), PHONE.to_owned(), HOME.to_owned());
        ticket.caller = Some(TicketCaller { name, phone, address });
        ticket.text = format!("{SAID}，身份证号{IDENTITY}");
    }
    job::fill(people, &generated).await;
    job::confirm_marks(people).await;
    wait::quiet(people).await;
    let run = job::score(people).await;
    job::approve(people, &run).await;
    wait::quiet(people).await;
    secrets.insert(run.name);
    classes(people, secrets).await;
    job::publish_plan(people).await;
    let [inspected, fallen, task] = inspect(people, &generated, secrets).await;
    withdraw_one(people, &fallen).await;
    let party = generated.enterprises.iter().find(|one| one.uscc != inspected).expect("the city has others");
    let case = SeriousCase {
        uscc: party.uscc.clone(),
        party_name: party.legal_name.clone(),
        field: "FOOD".to_owned(),
        division: party.division.clone(),
        ground: "F4".to_owned(),
        penalty_document_no: "济市监罚〔2026〕1号".to_owned(),
        penalty_kinds: vec!["3".to_owned(), "10".to_owned()],
        discretion_grade: "Heavier".to_owned(),
        ..SeriousCase::default()
    };
    job::list_serious(people, case, "济市监列〔2026〕1号").await;
    job::decide_entry(people, &inspected, "济市监异〔2026〕1号").await;
    assert_is_kept(people, &inspected).await;
    ([party.uscc.clone(), inspected], task)
}

/// Two letters come back signed, of which one is published: the other one stays inside. Returns the name of the published one.
async fn promise(people: &People, secrets: &mut BTreeSet<String>) -> String {
    let reader = people.officer("reader", "CREDIT");
    let mut producers = job::marks_in(&reader, "Published").await;
    producers.retain(|mark| mark.field == "FOOD");
    let kept = promise::sign(people, &producers[0].uscc).await;
    secrets.insert(kept.name);
    let shown = promise::sign(people, &producers[1].uscc).await;
    let unpublished = json!({ "name": &shown.name });
    let method = public_method("GetCommitment");
    let refused = call(&people.addresses().public, &method, unpublished, None)
        .await
        .expect_err("a letter that is not published is nobody's");
    assert_eq!(refused.code(), Code::NotFound, "a letter is not public before it is published");
    promise::publish(people, &shown.name).await.name
}

/// The decision of a penalty that is shown: its text becomes public, its scan does not. Returns the name of the text.
async fn disclose(people: &People) -> String {
    let shown =
        ListRecordsRequest { kind: "penalty".to_owned(), only_public: true, ..ListRecordsRequest::default() };
    let page = people.officer("reader", "CREDIT").records().list_records(shown).await;
    let page = page.expect("CREDIT reads records").into_inner();
    let penalty = page.records.first().expect("a penalty is shown");
    let book = rulebook::Rulebook::builtin();
    let kinds = book.codes("redaction_kind", today());
    let request = UploadDecisionDocumentRequest {
        parent: penalty.name.clone(),
        content: format!("%PDF-1.7 {SCANNED} {IDENTITY}").into_bytes(),
        media_type: "application/pdf".to_owned(),
        text: format!("{DISCLOSED}\n{}", penalty.document_no),
        redactions: kinds.map(|kind| Redaction { kind: kind.code.clone(), places: 1 }).collect(),
        secrecy_reviewer: REVIEWER.to_owned(),
        request_id: id(),
    };
    let token = TokenSource::fixed(people.token("case-handler", "ENFORCEMENT", &["370100"]));
    let collection = channel(&people.addresses().collection, Timeouts::default());
    let collection = collection.expect("a running service has an address");
    let mut documents = DecisionDocumentsClient::new(Peer::as_service(collection, token));
    documents.upload_decision_document(request).await.expect("who has decided uploads the decision");
    let name = format!("{}/decisionText", penalty.name);
    let method = public_method("GetDecisionText");
    wait::until("the text of the decision is public", async || {
        call(&people.addresses().public, &method, json!({ "name": &name }), None).await.ok()
    })
    .await;
    name
}

fn public_method(name: &str) -> MethodDescriptor {
    public_methods().into_iter().find(|method| method.name() == name).expect("the method is public")
}

/// Names of classes, and the words in which they are explained.
async fn classes(people: &People, secrets: &mut BTreeSet<String>) {
    let reader = people.officer("reader", "CREDIT");
    let request = ListClassesRequest { purpose: "核查".to_owned(), page_size: 1_000, ..Default::default() };
    let page = reader.classes().list_classes(request).await.expect("CREDIT reads classes").into_inner();
    let first = page.classes.first().expect("the run has classed somebody").name.clone();
    secrets.extend(page.classes.into_iter().map(|class| class.name));
    let request = ExplainClassRequest { name: first, purpose: "核查".to_owned(), as_of: String::new() };
    let why = reader.classes().explain_class(request).await.expect("CREDIT reads explanations").into_inner();
    secrets.extend(why.overriding_rules.into_iter().chain([why.combination]).filter(|text| !text.is_empty()));
}

/// A public draw with published results, whose list is disclosed with its secret, and one that is not closed yet: the secret of that one,
/// and who was sent, stay inside. Returns the codes of two inspected parties, and the closed task.
async fn inspect(people: &People, generated: &City, secrets: &mut BTreeSet<String>) -> [String; 3] {
    job::register_inspectors(people, &generated.inspectors).await;
    let inspector_no = generated.inspectors[0].inspector_no.clone();
    let uscc = generated.enterprises[0].uscc.clone();
    let recusal = Recusal { inspector_no, uscc, relation: "Kinship".to_owned(), reason: RECUSAL.to_owned() };
    let request = DeclareRecusalRequest { recusal: Some(recusal), request_id: id() };
    people.officer("directory", "LEGAL").inspectors().declare_recusal(request).await.expect("LEGAL declares");
    secrets.extend(generated.inspectors.iter().map(|inspector| inspector.inspector_no.clone()));

    let new = Task {
        title: "随机抽查".to_owned(),
        field: "FOOD".to_owned(),
        stratify_by: "UNIFORM".to_owned(),
        uniform_percent: 20,
        lead_office: "FOOD_PROD".to_owned(),
        ..Task::default()
    };
    let open = job::draw(people, new.clone()).await;
    let task = job::draw(people, new).await;
    let proof: Value =
        serde_json::from_slice(&job::full_proof(people, &open).await).expect("a proof is JSON");
    secrets.insert(proof["secret"].as_str().expect("the full proof holds the secret").to_owned());
    let visits = job::visits_of(people, &task).await;
    for (index, visit) in visits.iter().enumerate() {
        let (result, findings) = if index == 0 { ("4", "") } else { ("5", FINDINGS) };
        job::enter_and_review(people, "FOOD_PROD", visit, result, findings).await;
    }
    assert!(visits.len() > 1, "the draw has hit more than one");
    let (published, _) = job::close(people, &task).await;
    assert_eq!(published, task.drawn_count);
    [visits[0].uscc.clone(), visits[1].uscc.clone(), task.name]
}

async fn withdraw_one(people: &People, uscc: &str) {
    // Who inspects producers of food answers for what was found.
    let provider = people.officer("provider", "FOOD_PROD");
    let request = ListRecordsRequest {
        uscc: uscc.to_owned(),
        kind: "inspection".to_owned(),
        ..ListRecordsRequest::default()
    };
    let page = provider.records().list_records(request).await.expect("a provider reads records").into_inner();
    let request = WithdrawRecordRequest {
        name: page.records.first().expect("the party has been inspected before").name.clone(),
        reason: WITHDRAWAL.to_owned(),
        legal_basis: "济政复决〔2026〕1号".to_owned(),
        request_id: id(),
    };
    provider.records().withdraw_record(request).await.expect("the provider withdraws");
}

/// What is planted is there: an officer reads it.
async fn assert_is_kept(people: &People, uscc: &str) {
    let request =
        GetEnterpriseRequest { name: format!("enterprises/{uscc}"), ..GetEnterpriseRequest::default() };
    let enterprise = people.officer("reader", "CREDIT").enterprises().get_enterprise(request).await;
    assert_eq!(
        enterprise.expect("CREDIT reads enterprises").into_inner().legal_representative,
        REPRESENTATIVE
    );
    let profile = job::profile(people, uscc).await;
    let told = serde_json::to_string(&contract::json::to_value(&profile).expect("a profile has a JSON form"));
    assert!(told.expect("JSON is text").contains(REPRESENTATIVE), "the profile tells officers the name");
}

fn public_methods() -> Vec<MethodDescriptor> {
    let services = contract::descriptors().services();
    let public = services.filter(|service| service.package_name() == "xinjian.public.v1");
    public.flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

/// Everything that is to be had without a token, page by page: what was asked, and the answer.
async fn every_public_answer(people: &People, [letter, task, decision]: [&str; 3]) -> Vec<(String, String)> {
    let mut answers = Vec::new();
    for method in public_methods() {
        let questions = match method.name() {
            "ListEntries" => vec![json!({ "list": "ABNORMAL" }), json!({ "list": "SERIOUS" })],
            "GetCommitment" => vec![json!({ "name": letter })],
            "GetDraw" => vec![json!({ "name": task })],
            "GetDecisionText" => vec![json!({ "name": decision })],
            "GetDataset" => DATASETS.map(|list| json!({ "name": format!("datasets/{list}") })).to_vec(),
            _ => vec![json!({})],
        };
        for question in questions {
            if method.name().starts_with("List") {
                pages(people, &method, question, &mut answers).await;
            } else {
                one(people, &method, question, &mut answers).await;
            }
        }
    }
    answers
}

async fn pages(
    people: &People,
    method: &MethodDescriptor,
    mut question: Value,
    answers: &mut Vec<(String, String)>,
) {
    let address = &people.addresses().public;
    let path = http_path(method);
    let mut rows = 0;
    loop {
        let what = format!("{path} {question}");
        let over_grpc = call(address, method, question.clone(), None).await;
        let over_grpc = over_grpc.unwrap_or_else(|status| panic!("{what}: {status}"));
        let url = format!("{address}{path}?{}", query(&question));
        let (status, over_rest) = rest::get(&url, None).await;
        assert_eq!(status, 200, "{url}: {over_rest}");
        rows += over_grpc
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(_, value)| value.as_array())
            .flatten()
            .count();
        let next = over_grpc["nextPageToken"].as_str().unwrap_or_default().to_owned();
        answers.push((format!("gRPC {what}"), over_grpc.to_string()));
        answers.push((format!("REST {what}"), over_rest));
        if next.is_empty() {
            break;
        }
        question["pageToken"] = json!(next);
    }
    assert!(rows > 0, "{path} {question} shows nothing: there is nothing to be found in it");
}

/// What is had by its name, which is the path.
async fn one(
    people: &People,
    method: &MethodDescriptor,
    question: Value,
    answers: &mut Vec<(String, String)>,
) {
    let address = &people.addresses().public;
    let name = question["name"].as_str().expect("it has a name");
    let path = http_path(method);
    let path = format!("{}{name}", path.split('{').next().unwrap_or_default());
    let over_grpc = call(address, method, question.clone(), None).await;
    let over_grpc = over_grpc.unwrap_or_else(|status| panic!("{path}: {status}"));
    answers.push((format!("gRPC {path}"), readable(method, over_grpc)));
    let (status, over_rest) = rest::get(&format!("{address}{path}"), None).await;
    assert_eq!(status, 200, "{path}: {over_rest}");
    answers.push((format!("REST {path}"), over_rest));
}

/// An answer as a text in which something can be found: bytes are base64 in JSON.
fn readable(method: &MethodDescriptor, answer: Value) -> String {
    let shown = answer.to_string();
    let message = DynamicMessage::deserialize(method.output(), answer).expect("it was such a message before");
    let lines = message.get_field_by_name("lines").and_then(|lines| lines.as_bytes().cloned());
    lines.map_or(shown, |lines| String::from_utf8(lines.to_vec()).expect("a line is text"))
}

/// The path of an RPC in REST, from the option beside it.
fn http_path(method: &MethodDescriptor) -> String {
    let option = contract::descriptors()
        .get_extension_by_name("google.api.http")
        .expect("the contract has the option");
    let rule = method.options().get_extension(&option).into_owned();
    let rule: &DynamicMessage = rule.as_message().expect("the option is a message");
    let path = rule.get_field_by_name("get").and_then(|get| get.as_str().map(str::to_owned));
    path.unwrap_or_else(|| panic!("{} has no path in REST", method.full_name()))
}

fn query(question: &Value) -> String {
    let fields = question.as_object().into_iter().flatten();
    let pairs = fields
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default().replace('=', "%3D")));
    pairs.collect::<Vec<_>>().join("&")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_listener_serves_the_public_package_and_nothing_else() {
    let city = TestCity::start().await;
    let people = city.people();
    let mut tried = 0;
    for (path, access) in contract::access::all().filter(|(_, access)| !access.open) {
        let service = contract::descriptors()
            .services()
            .find(|one| path.starts_with(&format!("/{}/", one.full_name())));
        let method =
            service.and_then(|one| one.methods().find(|method| contract::access::path_of(method) == path));
        let book = rulebook::Rulebook::builtin();
        let holder = book.offices_with(&access.permission, today()).next();
        let office = holder.expect("somebody holds every permission").code.to_string();
        let token = people.token("officer", &office, &["370100"]);
        let answer =
            call(&people.addresses().public, &method.expect("the RPC is known"), json!({}), Some(&token))
                .await;
        assert_eq!(answer.expect_err(path).code(), Code::Unimplemented, "{path}");
        tried += 1;
    }
    assert!(tried > 40, "the contract has more RPCs than {tried}");
    let token = people.token("officer", "CREDIT", &["370100"]);
    for path in
        ["/v1/enterprises/91370102MA3C00011F/profile", "/v1/parties/91370102MA3C00011F:check?purpose=PERMIT"]
    {
        let (status, text) = rest::get(&format!("{}{path}", people.addresses().public), Some(&token)).await;
        assert_eq!(status, 404, "{path}: {text}");
    }
}

#[test]
fn no_confidential_field_can_be_reached_from_a_public_message() {
    let public: Vec<_> =
        public_methods().iter().flat_map(|method| [method.input(), method.output()]).collect();
    assert_eq!(confidential_below(public), BTreeSet::new());
    let profile =
        contract::descriptors().get_message_by_name("xinjian.gateway.v1.Profile").expect("officers have it");
    assert!(
        confidential_below(vec![profile]).len() > 5,
        "the walk sees what is confidential where there is some"
    );
}

/// Whatever is marked: no message that risk keeps, classes, flags, overrides and signals before all, has a way to the public.
#[test]
fn no_message_of_risk_can_be_reached_from_a_public_message() {
    let public = public_methods().into_iter().flat_map(|method| [method.input(), method.output()]).collect();
    let reached = messages_below(public);
    assert!(reached.iter().all(|message| !message.starts_with("xinjian.risk.")), "{reached:?}");
    let profile =
        contract::descriptors().get_message_by_name("xinjian.gateway.v1.Profile").expect("officers have it");
    let internal = messages_below(vec![profile]);
    for message in ["RiskClass", "Flag"] {
        assert!(internal.contains(&format!("xinjian.risk.v1.{message}")), "the walk would see {message}");
    }
    // What is internal of a class, a flag, an override and a signal is marked, so that the test above sees it too.
    for message in ["RiskClass", "Flag", "ClassOverride", "Signal", "Contribution"] {
        let message = contract::descriptors()
            .get_message_by_name(&format!("xinjian.risk.v1.{message}"))
            .expect("it is of the contract");
        assert!(message.fields().any(|field| contract::confidential(&field)), "{}", message.full_name());
    }
}

/// Full names of the messages that can be reached.
fn messages_below(mut waiting: Vec<MessageDescriptor>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    while let Some(message) = waiting.pop() {
        if seen.insert(message.full_name().to_owned()) {
            waiting.extend(message.fields().filter_map(|field| field.kind().as_message().cloned()));
        }
    }
    seen
}

/// Full names of the confidential fields that can be reached.
fn confidential_below(mut waiting: Vec<MessageDescriptor>) -> BTreeSet<String> {
    let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
    while let Some(message) = waiting.pop() {
        if !seen.insert(message.full_name().to_owned()) {
            continue;
        }
        for field in message.fields() {
            if contract::confidential(&field) {
                found.insert(field.full_name().to_owned());
            }
            waiting.extend(field.kind().as_message().cloned());
        }
    }
    found
}
