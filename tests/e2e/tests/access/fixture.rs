//! What the callers are refused: a producer of food in a district of the city, with all that the services keep about one.

use chrono::Datelike;
use contract::collection::v1::record::Content;
use contract::collection::v1::{
    Inspection, ListRecordsRequest, ListTicketsRequest, Penalty, Permit, Provenance, Record,
};
use contract::exchange::v1::ListDeliveriesRequest;
use contract::inspection::v1::{Inspector, Task};
use contract::punishment::v1::{
    AbnormalEntry, CreateAbnormalEntryRequest, CreateRepairRequest, CreateSeriousCaseRequest, EntryRemedy,
    ListMeasuresRequest, RegisterEntryRemedyRequest, Repair, SeriousCase,
};
use contract::registry::v1::{ConfirmMarksRequest, Enterprise};
use contract::risk::v1::ProposeOverrideRequest;
use domain::{LicenceNumber, Uscc};
use e2e::dynamic::call;
use e2e::people::People;
use e2e::{id, job, today, wait};
use serde_json::{Value, json};
use standalone::clients::Clients;

/// Division of all of it.
pub(crate) const DIVISION: &str = "370102";

/// Names of what is there.
pub(crate) struct Fixture {
    /// A producer with a published mark, a class, a visit and entries.
    pub uscc: String,
    /// Another one, whose mark waits to be confirmed.
    pub candidate: String,
    /// A code that nobody has yet.
    pub free_uscc: String,
    /// A licence number that nobody has yet.
    pub free_licence: String,
    pub licence: String,
    pub record: String,
    /// A complaint whose caller is sealed.
    pub ticket: String,
    pub run: String,
    /// An override of the producer's class that is proposed.
    pub class_override: String,
    /// Key attention to the producer, confirmed of a signal of the same id.
    pub flag: String,
    pub task: String,
    /// The drafted plan of this year.
    pub plan: String,
    pub entry: String,
    /// A case of another enterprise that is published.
    pub listed: String,
    /// A remedy against it.
    pub entry_remedy: String,
    pub case: String,
    /// The record of a penalty of the producer.
    pub penalty: String,
    /// An application for its repair, begun.
    pub repair: String,
    /// A joint measure that the decided entry of the other producer brings.
    pub measure: String,
    /// A person, registered as a party without a code.
    pub party: String,
    /// A person whose party was erased: the records are to be looked through.
    pub erased_party: String,
    /// A record of which it was erased who it is about: the parties are to be looked through.
    pub erased_record: String,
    /// An import of a file, by CREDIT, which sees the imports of all.
    pub import: String,
    /// A proposed match of a record that waits.
    pub party_match: String,
    /// An objection to the record.
    pub objection: String,
    /// A remedy against the decision behind it.
    pub remedy: String,
    /// A text of letters of commitment.
    pub template: String,
    /// A letter of the producer, suspected to be broken.
    pub commitment: String,
    /// What the publicity system was told about the published mark.
    pub delivery: String,
}

impl Fixture {
    /// Makes everything through the services, as officers would.
    pub(crate) async fn make(people: &People) -> Self {
        let [uscc, candidate, free_uscc] = ["MA000001", "MA000002", "MA000003"].map(code);
        let [licence, other_licence, free_licence] = [1, 2, 3].map(food);
        let legal = people.officer("importer", "LEGAL");
        let registered = job::enterprises(&legal, vec![enterprise(&uscc), foreign(&candidate)]).await;
        assert_eq!(registered.new, 2, "{registered:?}");
        wait::quiet(people).await;
        let records = vec![
            permit(&uscc, "FOOD", &licence),
            permit(&candidate, "FOOD", &other_licence),
            // Operators of equipment: the number names no sub-kind, so it becomes no licence.
            permit(&uscc, "SE", &equipment()),
            inspection(&uscc),
        ];
        let collected = job::records(&legal, records).await;
        assert_eq!((collected.new, collected.refused.len()), (4, 0), "{collected:?}");
        let called =
            job::tickets(&people.officer("hotline", "CREDIT"), job::complaints(&uscc, DIVISION)).await;
        assert_eq!(called.new, job::COMPLAINTS, "{called:?}");
        wait::quiet(people).await;
        confirm_mark(people, &uscc).await;
        let run = job::score(people).await;
        job::approve(people, &run).await;
        wait::quiet(people).await;
        let flag = job::attention(people, &uscc).await.name;
        let task = drawn(people).await;
        let template = template(people).await;
        let record = record_name(people, &uscc, "inspection").await;
        let taken = job::records(&people.officer("importer", "FOOD_PROD"), vec![penalty(&uscc)]).await;
        assert_eq!(taken.new, 1, "{taken:?}");
        let penalty = record_name(people, &uscc, "penalty").await;
        wait::quiet(people).await;
        entry(people, &candidate).await;
        job::decide_entry(people, &candidate, "济市监异列〔2026〕1号").await;
        let new = serious(&candidate, "济市监罚〔2026〕3号");
        let listed = job::list_serious(people, new, "济市监列〔2026〕1号").await.name;
        let fixture = Self {
            class_override: class_override(people, &uscc).await,
            commitment: signed(people, &uscc, &template).await,
            template,
            objection: objection(people, &record).await,
            remedy: remedy(people, &record).await,
            record,
            ticket: ticket_name(people).await,
            entry: entry(people, &uscc).await,
            entry_remedy: entry_remedy(people, &listed).await,
            listed,
            case: case(people, &uscc).await,
            repair: repair(people, &penalty).await,
            penalty,
            measure: measure(people, &candidate).await,
            party: party(people).await,
            party_match: party_match(people, &uscc).await,
            erased_party: erased_party(people).await,
            erased_record: erased_record(people, &uscc).await,
            import: import(people).await,
            delivery: delivery(people).await,
            run: run.name,
            flag,
            plan: plan(people).await,
            task: task.name.clone(),
            uscc,
            candidate,
            free_uscc,
            free_licence,
            licence,
        };
        // At the end: a result becomes a record, and the one above is of an import.
        rectified(people, &task).await;
        fixture
    }

    pub(crate) fn enterprise(&self) -> String {
        format!("enterprises/{}", self.uscc)
    }

    pub(crate) fn signal(&self) -> String {
        self.flag.replacen("flags/", "signals/", 1)
    }

    pub(crate) fn visit(&self) -> String {
        format!("{}/visits/{}", self.task, self.uscc)
    }
}

/// The first measure against a party.
async fn measure(people: &People, uscc: &str) -> String {
    let request = ListMeasuresRequest { uscc: uscc.to_owned(), ..ListMeasuresRequest::default() };
    let page = people.officer("reader", "CREDIT").measures().list_measures(request).await;
    let measures = page.expect("CREDIT sees measures").into_inner().measures;
    measures.into_iter().next().expect("a decided entry brings measures").name
}

/// The line office asks for another class.
async fn class_override(people: &People, uscc: &str) -> String {
    let request = ProposeOverrideRequest {
        parent: format!("enterprises/{uscc}/classes/FOOD"),
        code: "E".to_owned(),
        reason: "现场情况与计算结果不符".to_owned(),
        legal_basis: "国市监信发〔2022〕6号".to_owned(),
        ends_on: e2e::tomorrow().to_string(),
        request_id: e2e::id(),
    };
    let mut overrides = people.officer("line", "FOOD_PROD").overrides();
    overrides.propose_override(request).await.expect("FOOD_PROD proposes").into_inner().name
}

fn code(body: &str) -> String {
    Uscc::compose("91370102", body).expect("the parts are of the alphabet").as_str().to_owned()
}

fn food(serial: u16) -> String {
    LicenceNumber::compose_food(false, 1, DIVISION, serial)
        .expect("the parts are in bounds")
        .as_str()
        .to_owned()
}

fn equipment() -> String {
    LicenceNumber::compose_se(6, 3, 10, 123, 2030).expect("the parts are in bounds").as_str().to_owned()
}

pub(crate) fn enterprise(uscc: &str) -> Enterprise {
    Enterprise {
        uscc: uscc.to_owned(),
        legal_name: "济南泉福食品有限公司".to_owned(),
        party_kind: "legal_or_unincorporated".to_owned(),
        division: DIVISION.to_owned(),
        ..Enterprise::default()
    }
}

/// Foreign-invested: once listed, its business licence is reviewed strictly.
fn foreign(uscc: &str) -> Enterprise {
    Enterprise { foreign_invested: true, ..enterprise(uscc) }
}

fn permit(uscc: &str, field: &str, number: &str) -> Record {
    let content = Permit {
        permit_class: "普通".to_owned(),
        permit_no: number.to_owned(),
        valid_from: "2025-01-01".to_owned(),
        valid_to: "2029-12-31".to_owned(),
        state: "Valid".to_owned(),
        ..Permit::default()
    };
    record(uscc, field, number, Content::Permit(content))
}

/// The record that [`Fixture::record`] names.
pub(crate) fn own_record() -> Record {
    inspection(&code("MA000001"))
}

fn inspection(uscc: &str) -> Record {
    let content = Inspection { result: "1".to_owned(), ..Inspection::default() };
    record(uscc, "FOOD", "济市监检〔2026〕1号", Content::Inspection(content))
}

fn penalty(uscc: &str) -> Record {
    let content = Penalty {
        violation_type: "标签不符合规定".to_owned(),
        legal_basis: "《中华人民共和国食品安全法》".to_owned(),
        penalty_kinds: vec!["3".to_owned()],
        fine_fen: 500_000,
        ordinary_procedure: true,
        ..Penalty::default()
    };
    record(uscc, "FOOD", "济市监罚〔2026〕9号", Content::Penalty(content))
}

fn record(uscc: &str, field: &str, document_no: &str, content: Content) -> Record {
    let unit = "济南市市场监督管理局".to_owned();
    Record {
        uscc: uscc.to_owned(),
        party_name: "济南泉福食品有限公司".to_owned(),
        field: field.to_owned(),
        provenance: Some(Provenance { producer: unit.clone(), provider: unit.clone(), responsible: unit }),
        document_no: document_no.to_owned(),
        decided_on: "2026-01-15".to_owned(),
        division: DIVISION.to_owned(),
        content: Some(content),
        ..Record::default()
    }
}

async fn confirm_mark(people: &People, uscc: &str) {
    let names = vec![format!("enterprises/{uscc}/marks/FOOD")];
    let request = ConfirmMarksRequest { names, request_id: id(), ..ConfirmMarksRequest::default() };
    let confirmer = people.officer("confirmer", "FOOD_PROD");
    confirmer.marks().confirm_marks(request).await.expect("the office of the field confirms");
    wait::until("the mark is acknowledged", || async {
        (job::marks_in(&confirmer, "Published").await.len() == 1).then_some(())
    })
    .await;
    wait::quiet(people).await;
}

/// A task whose one object is the enterprise: everything in the pool is drawn.
async fn drawn(people: &People) -> Task {
    let inspector = |number: &str, office: &str| Inspector {
        inspector_no: number.to_owned(),
        office: office.to_owned(),
        fields: vec!["FOOD".to_owned()],
        divisions: vec!["370100".to_owned()],
        cap: 5,
        certificate_valid_to: "2099-12-31".to_owned(),
        available: true,
        ..Inspector::default()
    };
    job::register_inspectors(people, &[inspector("JN1", "FOOD_PROD"), inspector("JN2", "ENFORCEMENT")]).await;
    let new = Task {
        title: "随机抽查".to_owned(),
        field: "FOOD".to_owned(),
        stratify_by: "UNIFORM".to_owned(),
        uniform_percent: 100,
        lead_office: "FOOD_PROD".to_owned(),
        ..Task::default()
    };
    let task = job::draw(people, new).await;
    assert_eq!(task.drawn_count, 1);
    task
}

/// Approves a result of the one visit that orders what was found to be put right.
async fn rectified(people: &People, task: &Task) {
    for visit in job::visits_of(people, task).await {
        job::enter_and_review(people, &task.lead_office, &visit, "5", "生产记录不完整").await;
    }
}

/// Drafts the plan of this year.
async fn plan(people: &People) -> String {
    let method = crate::access::method("/xinjian.inspection.v1.Plans/DraftPlan");
    let token = people.token("planner", "FOOD_PROD", &["370100"]);
    let body = json!({ "year": today().year(), "plan": { "title": "年度检查计划" }, "request_id": id() });
    let answer = call(&people.addresses().inspection, &method, body, Some(&token)).await;
    answer.expect("FOOD_PROD drafts")["name"].as_str().expect("a plan has a name").to_owned()
}

async fn record_name(people: &People, uscc: &str, kind: &str) -> String {
    let request = ListRecordsRequest { uscc: uscc.to_owned(), kind: kind.to_owned(), ..Default::default() };
    let page = people.officer("reader", "CREDIT").records().list_records(request).await;
    let page = page.expect("CREDIT reads records").into_inner();
    page.records.first().expect("the record is there").name.clone()
}

async fn ticket_name(people: &People) -> String {
    let page = people.officer("reader", "CREDIT").tickets().list_tickets(ListTicketsRequest::default()).await;
    let page = page.expect("CREDIT reads tickets").into_inner();
    page.tickets.first().expect("the ticket is there").name.clone()
}

async fn delivery(people: &People) -> String {
    let [(_, mut registry), ..] = people.officer("reader", "CREDIT").deliveries();
    let page = registry.list_deliveries(ListDeliveriesRequest::default()).await;
    let page = page.expect("CREDIT reads deliveries").into_inner();
    page.deliveries.first().expect("the mark was told").name.clone()
}

async fn entry(people: &People, uscc: &str) -> String {
    let entry = AbnormalEntry {
        uscc: uscc.to_owned(),
        party_name: "济南泉福食品有限公司".to_owned(),
        division: DIVISION.to_owned(),
        ground: "4".to_owned(),
        ..AbnormalEntry::default()
    };
    let request = CreateAbnormalEntryRequest { entry: Some(entry), request_id: id() };
    let answer = people.officer("finder", "DISTRICT").abnormal().create_abnormal_entry(request).await;
    answer.expect("a district suspects").into_inner().name
}

async fn entry_remedy(people: &People, listed: &str) -> String {
    let entry_remedy = EntryRemedy {
        entry: listed.to_owned(),
        kind: "Reconsideration".to_owned(),
        body: "济南市人民政府".to_owned(),
        document_no: "济政复〔2026〕1号".to_owned(),
        accepted_on: today().to_string(),
        ..EntryRemedy::default()
    };
    let request = RegisterEntryRemedyRequest { entry_remedy: Some(entry_remedy), request_id: id() };
    let answer = people.officer("lawyer", "LEGAL").entry_remedies().register_entry_remedy(request).await;
    answer.expect("the legal office registers a remedy").into_inner().name
}

/// A case of food, with the number of its penalty decision.
fn serious(uscc: &str, penalty_document_no: &str) -> SeriousCase {
    SeriousCase {
        uscc: uscc.to_owned(),
        party_name: "济南泉福食品有限公司".to_owned(),
        field: "FOOD".to_owned(),
        division: DIVISION.to_owned(),
        ground: "F4".to_owned(),
        penalty_document_no: penalty_document_no.to_owned(),
        penalty_kinds: vec!["3".to_owned(), "10".to_owned()],
        discretion_grade: "Heavier".to_owned(),
        ..SeriousCase::default()
    }
}

async fn case(people: &People, uscc: &str) -> String {
    case_by(&people.officer("case-handler", "ENFORCEMENT"), uscc).await
}

/// A case of food that an officer of the case-handling body opens.
pub(crate) async fn case_by(officer: &Clients, uscc: &str) -> String {
    let case = serious(uscc, "济市监罚〔2026〕1号");
    let request = CreateSeriousCaseRequest { serious_case: Some(case), request_id: id() };
    let answer = officer.serious().create_serious_case(request).await;
    answer.expect("the case-handling body opens a case").into_inner().name
}

/// A party without a code, as a request carries it.
pub(crate) fn person() -> Value {
    json!({ "legal_name": "王二小", "party_kind": "natural_person", "division": DIVISION })
}

async fn party(people: &People) -> String {
    let method = crate::access::method("/xinjian.registry.v1.Parties/CreateParty");
    let token = people.token("registrar", "LEGAL", &["370100"]);
    let body = json!({ "party": person(), "request_id": id() });
    let answer = call(&people.addresses().registry, &method, body, Some(&token)).await;
    answer.expect("LEGAL registers parties")["name"].as_str().expect("a party has a name").to_owned()
}

/// A record of a party that is known by its name only, and a proposal of whose it is.
async fn party_match(people: &People, uscc: &str) -> String {
    let waiting =
        Record {
            uscc: String::new(), document_no: "济市监检〔2026〕3号".to_owned(), ..inspection(uscc)
        };
    let legal = people.officer("importer", "LEGAL");
    let collected = job::records(&legal, vec![waiting]).await;
    assert_eq!((collected.unmatched, collected.refused.len()), (1, 0), "{collected:?}");
    let unmatched = ListRecordsRequest { state: "Unmatched".to_owned(), ..Default::default() };
    let page = people.officer("reader", "CREDIT").records().list_records(unmatched).await;
    let record = page.expect("CREDIT reads records").into_inner().records.remove(0).name;
    let method = crate::access::method("/xinjian.collection.v1.Matches/ProposeMatch");
    let token = people.token("finder", "FOOD_PROD", &["370100"]);
    let body = json!({ "subject": record, "uscc": uscc, "reason": "名称相同", "request_id": id() });
    let answer = call(&people.addresses().collection, &method, body, Some(&token)).await;
    answer.expect("FOOD_PROD proposes")["name"].as_str().expect("a match has a name").to_owned()
}

async fn erased_party(people: &People) -> String {
    let party = party(people).await;
    erase(people, &people.addresses().registry, "/xinjian.registry.v1.Parties/EraseParty", &party).await;
    party
}

async fn erased_record(people: &People, uscc: &str) -> String {
    const NUMBER: &str = "济市监检〔2026〕5号";
    let waiting = Record { uscc: String::new(), document_no: NUMBER.to_owned(), ..inspection(uscc) };
    let collected = job::records(&people.officer("importer", "LEGAL"), vec![waiting]).await;
    assert_eq!((collected.unmatched, collected.refused.len()), (1, 0), "{collected:?}");
    let unmatched = ListRecordsRequest { state: "Unmatched".to_owned(), ..Default::default() };
    let page = people.officer("reader", "CREDIT").records().list_records(unmatched).await;
    let mut records = page.expect("CREDIT reads records").into_inner().records.into_iter();
    let record = records.find(|record| record.document_no == NUMBER).expect("it waits").name;
    erase(people, &people.addresses().collection, "/xinjian.collection.v1.Records/EraseRecord", &record)
        .await;
    record
}

async fn erase(people: &People, address: &str, path: &str, name: &str) {
    let token = people.token("eraser", "LEGAL", &["370100"]);
    let body = json!({ "name": name, "reason": "期满", "request_id": id() });
    call(address, &crate::access::method(path), body, Some(&token)).await.expect("LEGAL erases");
}

async fn objection(people: &People, record: &str) -> String {
    let objection = json!({
        "record": record, "objector": "PARTY", "contested_fields": ["inspection.result"], "grounds": "结果不符",
    });
    contested(people, "Objections/LodgeObjection", json!({ "objection": objection })).await
}

async fn remedy(people: &People, record: &str) -> String {
    let remedy = json!({
        "record": record, "kind": "Reconsideration", "body": "济南市人民政府", "document_no": "济政复〔2026〕1号",
        "accepted_on": "2026-01-20",
    });
    contested(people, "Remedies/RegisterRemedy", json!({ "remedy": remedy })).await
}

/// Asks collection in the name of the line office; answers the name of what it made.
async fn contested(people: &People, rpc: &str, mut body: Value) -> String {
    body["request_id"] = json!(id());
    let method = crate::access::method(&format!("/xinjian.collection.v1.{rpc}"));
    let token = people.token("handler", "FOOD_PROD", &["370100"]);
    let answer = call(&people.addresses().collection, &method, body, Some(&token)).await;
    let answer = answer.unwrap_or_else(|status| panic!("{rpc}: {status}"));
    answer["name"].as_str().expect("it has a name").to_owned()
}

/// An empty file of tickets: it is refused as a whole.
async fn import(people: &People) -> String {
    let method = crate::access::method("/xinjian.collection.v1.Imports/CreateImport");
    let token = people.token("hotline", "CREDIT", &["370100"]);
    let body = json!({ "import": { "table": "ticket" }, "request_id": id() });
    let answer = call(&people.addresses().collection, &method, body, Some(&token)).await;
    answer.expect("CREDIT brings tickets")["name"].as_str().expect("an import has a name").to_owned()
}

async fn template(people: &People) -> String {
    let version = json!({
        "field": "FOOD", "commitment_kind": "Voluntary", "title": "食品生产企业信用承诺书", "text": "本企业承诺依法生产。",
        "effective_from": "2021-09-27",
    });
    let body = json!({ "template": "food", "version": version });
    line_office(people, "CommitmentTemplates/CreateTemplateVersion", body).await["name"]
        .as_str()
        .expect("a version has a name")
        .to_owned()
}

/// A letter of the enterprise, sent, come back signed, published and found broken, which opens its breach 1.
async fn signed(people: &People, uscc: &str, template: &str) -> String {
    let body = json!({ "enterprises": [format!("enterprises/{uscc}")], "template_version": template });
    let issued = line_office(people, "Commitments/IssueCommitments", body).await;
    let name = issued["commitments"][0]["name"].as_str().expect("a letter has a name").to_owned();
    line_office(people, "Commitments/SignCommitment", signature(&name)).await;
    line_office(people, "Commitments/PublishCommitment", json!({ "name": name })).await;
    let check = json!({ "name": name, "task": "抽查" });
    line_office(people, "CommitmentBreaches/BeginCommitmentCheck", check).await;
    let finding = json!({ "name": name, "finding": "未按承诺留样" });
    line_office(people, "CommitmentBreaches/ConcludeCommitmentCheck", finding).await;
    name
}

/// What brings the signed copy of a letter.
pub(crate) fn signature(name: &str) -> Value {
    // `%PDF-` in base64.
    json!({ "name": name, "content": "JVBERi0=", "media_type": "application/pdf", "signed_on": e2e::today().to_string() })
}

async fn line_office(people: &People, rpc: &str, mut body: Value) -> Value {
    body["request_id"] = json!(id());
    let token = people.token("commitments", "FOOD_PROD", &["370100"]);
    let method = crate::access::method(&format!("/xinjian.registry.v1.{rpc}"));
    let answer = call(&people.addresses().registry, &method, body, Some(&token)).await;
    answer.unwrap_or_else(|status| panic!("{rpc}: {status}"))
}

async fn repair(people: &People, penalty: &str) -> String {
    let repair = Repair { subject: penalty.to_owned(), ..Repair::default() };
    let request = CreateRepairRequest { repair: Some(repair), request_id: id() };
    let answer = people.officer("counter", "FOOD_PROD").repairs().create_repair(request).await;
    answer.expect("the line office begins an application").into_inner().name
}
