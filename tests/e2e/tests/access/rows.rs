//! How each RPC is aimed at the fixture: one row an RPC. Who may call it stands in the contract and in the rulebook, not here.

mod dossiers;
mod gateway;
mod inspection;
mod punishment;
mod registry;
mod risk;

use contract::common::v1::Access;
use domain::FieldCode;
use e2e::id;
use prost_reflect::MethodDescriptor;
use serde_json::{Value, json};
use standalone::clients::Addresses;

use crate::access::fixture::Fixture;
use dossiers::dossiers;
use gateway::{gateway, public};
use inspection::inspection;
use punishment::punishment;
use registry::registry;
use risk::risk;

/// A request of valid shape to one RPC.
#[derive(Clone)]
pub(crate) struct Row {
    pub path: &'static str,
    /// Every server that serves it.
    pub addresses: Vec<String>,
    pub body: Value,
    /// For lists: text of the fixture, which the answer to who may see it contains (of the first server), and no other.
    pub shows: Option<String>,
    /// Whether the RPC changes something.
    pub writes: bool,
    /// Whether no server of ours serves it: other systems do. The authority in front of our servers refuses it all the same.
    pub unserved: bool,
    /// Whether what is read is not there, which who may read it is told.
    pub absent: bool,
    /// Key field of what is asked for.
    pub field: &'static str,
    /// The office that sees what `shows` names, where not every office with the permission does.
    pub asked_by: Option<&'static str>,
}

impl Row {
    pub(crate) fn access(&self) -> &'static Access {
        contract::access::access_of(self.path)
            .unwrap_or_else(|| panic!("{} is not of the contract", self.path))
    }

    pub(crate) fn method(&self) -> MethodDescriptor {
        crate::access::method(self.path)
    }

    pub(crate) fn field(&self) -> FieldCode {
        FieldCode::parse(self.field).expect("a row names a key field")
    }

    fn showing(self, text: &str) -> Self {
        Self { shows: Some(text.to_owned()), ..self }
    }
}

/// All rows, package by package.
pub(crate) fn all(fixture: &Fixture, at: &Addresses) -> Vec<Row> {
    let with_feed = [&at.registry, &at.collection, &at.risk, &at.inspection, &at.punishment];
    [
        of(&[&at.registry], registry(fixture)),
        of(&[&at.collection], collection(fixture)),
        of(&[&at.risk], risk(fixture)),
        of(&[&at.inspection], inspection(fixture)),
        of(&[&at.punishment], punishment(fixture)),
        dossiers(fixture, at),
        of(&[&at.gateway], gateway(fixture)),
        of(&[&at.public], public(fixture)),
        of(&with_feed, common(fixture)),
        of(&with_feed, receiver(fixture)),
        of(&[&at.registry, &at.collection, &at.punishment], deliveries(fixture)),
        of(&[&at.registry], one_delivery(fixture)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of(addresses: &[&String], rows: Vec<Row>) -> Vec<Row> {
    let addresses: Vec<String> = addresses.iter().map(|address| (*address).clone()).collect();
    rows.into_iter().map(|row| Row { addresses: addresses.clone(), ..row }).collect()
}

fn reads(path: &'static str, body: Value) -> Row {
    let (addresses, shows, asked_by) = (Vec::new(), None, None);
    Row {
        path,
        addresses,
        body,
        shows,
        writes: false,
        unserved: false,
        absent: false,
        field: "FOOD",
        asked_by,
    }
}

fn writes(path: &'static str, mut body: Value) -> Row {
    body["request_id"] = json!(id());
    Row { writes: true, ..reads(path, body) }
}

/// What collection serves alone.
fn collection(fixture: &Fixture) -> Vec<Row> {
    [
        records(fixture),
        decisions(fixture),
        objections(fixture),
        remedies(fixture),
        tickets(fixture),
        imports(fixture),
        matches(fixture),
    ]
    .concat()
}

fn records(fixture: &Fixture) -> Vec<Row> {
    let record = json!({
        "uscc": fixture.uscc, "party_name": "济南泉福食品有限公司", "field": "FOOD", "document_no": "济市监检〔2026〕2号",
        "decided_on": "2026-01-16", "inspection": { "result": "1" },
        "provenance": { "producer": "济南市市场监管局", "provider": "济南市市场监管局", "responsible": "济南市市场监管局" },
    });
    let corrected = json!({
        "name": fixture.record, "uscc": fixture.uscc, "party_name": "济南泉福食品有限公司", "field": "FOOD",
        "document_no": "济市监检〔2026〕1号", "decided_on": "2026-01-15", "inspection": { "result": "5" },
        "provenance": { "producer": "济南市市场监督管理局", "provider": "济南市市场监督管理局", "responsible": "济南市市场监督管理局" },
    });
    let correction = json!({
        "record": corrected, "revision": 1, "reason": "录入有误", "legal_basis": "济市监更〔2026〕1号",
    });
    let choice = json!({
        "name": fixture.record, "revision": 1, "chain": "publicity", "regime": "order45", "reason": "从旧兼从轻",
        "legal_basis": "济市监法〔2026〕1号",
    });
    let withdrawal =
        json!({ "name": fixture.record, "reason": "依据被撤销", "legal_basis": "济政复决〔2026〕1号" });
    vec![
        writes("/xinjian.collection.v1.Records/ImportRecords", json!({ "records": [record] })),
        reads("/xinjian.collection.v1.Records/GetRecord", json!({ "name": fixture.record })),
        reads("/xinjian.collection.v1.Records/ListRecords", json!({ "kind": "inspection" }))
            .showing(&fixture.record),
        // The record of another case that waits for its party.
        reads("/xinjian.collection.v1.Records/FindRecords", json!({ "party_name": "济南泉福食品有限公司" }))
            .showing("济市监检〔2026〕3号"),
        reads("/xinjian.collection.v1.Records/ListRecordVersions", json!({ "name": fixture.record })),
        writes("/xinjian.collection.v1.Records/CorrectRecord", correction),
        writes("/xinjian.collection.v1.Records/ChoosePublicationLaw", choice),
        writes("/xinjian.collection.v1.Records/WithdrawRecord", withdrawal),
        writes(
            "/xinjian.collection.v1.Records/AdvanceProvincePush",
            json!({ "name": fixture.record, "event": "Acknowledge" }),
        ),
        writes(
            "/xinjian.collection.v1.Records/EraseRecord",
            json!({ "name": fixture.record, "reason": "期满" }),
        ),
        writes(
            "/xinjian.collection.v1.Records/SettleErasure",
            json!({ "name": fixture.erased_party, "remark": "未归集其信用信息" }),
        ),
    ]
}

/// The fixture's record is no penalty, so that it has no decision: who may is told so.
fn decisions(fixture: &Fixture) -> Vec<Row> {
    let absent = |path, body| Row { absent: true, ..reads(path, body) };
    vec![
        writes(
            "/xinjian.collection.v1.DecisionDocuments/UploadDecisionDocument",
            json!({ "parent": fixture.record, "content": "JVBERi0=", "media_type": "application/pdf" }),
        ),
        absent(
            "/xinjian.collection.v1.DecisionDocuments/GetDecisionDocument",
            json!({ "name": format!("{}/documents/1", fixture.record), "purpose": "复核" }),
        ),
        reads(
            "/xinjian.collection.v1.DecisionDocuments/ListDecisionDocuments",
            json!({ "parent": fixture.record }),
        ),
        absent(
            "/xinjian.collection.v1.DecisionDocuments/GetDecisionText",
            json!({ "name": format!("{}/decisionText", fixture.record) }),
        ),
    ]
}

fn objections(fixture: &Fixture) -> Vec<Row> {
    vec![
        writes(
            "/xinjian.collection.v1.Objections/LodgeObjection",
            json!({ "objection": {
                "record": fixture.record, "objector": "PARTY", "contested_fields": ["inspection.result"], "grounds": "结果不符",
            } }),
        ),
        reads("/xinjian.collection.v1.Objections/GetObjection", json!({ "name": fixture.objection })),
        reads("/xinjian.collection.v1.Objections/ListObjections", json!({})).showing(&fixture.objection),
        writes(
            "/xinjian.collection.v1.Objections/ExtendObjection",
            json!({ "name": fixture.objection, "reason": "需检验机构核实" }),
        ),
        writes(
            "/xinjian.collection.v1.Objections/ProposeObjectionAnswer",
            json!({ "name": fixture.objection, "answer": { "reasons": "与笔录一致", "legal_basis": "检查笔录" } }),
        ),
        writes(
            "/xinjian.collection.v1.Objections/DecideObjectionAnswer",
            json!({ "name": fixture.objection, "granted": true }),
        ),
    ]
}

fn remedies(fixture: &Fixture) -> Vec<Row> {
    let order = json!({
        "name": fixture.remedy, "document_no": "济政复停〔2026〕1号", "ordered_on": "2026-01-21", "reason": "损失难以弥补",
    });
    let outcome = json!({ "name": fixture.remedy, "outcome": {
        "code": "Upheld", "document_no": "济政复决〔2026〕2号", "decided_on": "2026-01-25", "summary": "维持",
    } });
    vec![
        writes(
            "/xinjian.collection.v1.Remedies/RegisterRemedy",
            json!({ "remedy": {
                "record": fixture.record, "kind": "Litigation", "body": "济南市中级人民法院",
                "document_no": "（2026）鲁01行初1号", "accepted_on": "2026-01-20",
            } }),
        ),
        reads("/xinjian.collection.v1.Remedies/GetRemedy", json!({ "name": fixture.remedy })),
        reads("/xinjian.collection.v1.Remedies/ListRemedies", json!({})).showing(&fixture.remedy),
        writes("/xinjian.collection.v1.Remedies/SuspendEnforcement", order.clone()),
        writes("/xinjian.collection.v1.Remedies/ResumeEnforcement", order),
        writes("/xinjian.collection.v1.Remedies/RecordRemedyOutcome", outcome),
    ]
}

fn tickets(fixture: &Fixture) -> Vec<Row> {
    let ticket = json!({ "ticket_no": "JN2026000002", "channel": "12345", "kind": "Complaint", "accepted_on": "2026-02-02" });
    vec![
        writes("/xinjian.collection.v1.Tickets/ImportTickets", json!({ "tickets": [ticket] })),
        reads("/xinjian.collection.v1.Tickets/ListTickets", json!({})).showing(&fixture.uscc),
        reads("/xinjian.collection.v1.Tickets/GetTicket", json!({ "name": fixture.ticket })),
        reads(
            "/xinjian.collection.v1.Tickets/GetTicketCaller",
            json!({ "name": fixture.ticket, "purpose": "回访" }),
        ),
        reads(
            "/xinjian.collection.v1.Tickets/GetTicketText",
            json!({ "name": fixture.ticket, "purpose": "办理" }),
        ),
        writes(
            "/xinjian.collection.v1.Tickets/EraseTicketCaller",
            json!({ "name": fixture.ticket, "reason": "来电人申请删除" }),
        ),
        writes(
            "/xinjian.collection.v1.Tickets/UpdateTicket",
            json!({ "name": fixture.ticket, "progress": { "acceptance_on": "2026-02-03", "accepted": true }, "revision": 1 }),
        ),
        writes(
            "/xinjian.collection.v1.Tickets/RequestCheckExtension",
            json!({ "name": fixture.ticket, "reason": "需外地协查", "revision": 1 }),
        ),
        writes(
            "/xinjian.collection.v1.Tickets/DecideCheckExtension",
            json!({ "name": fixture.ticket, "granted": true, "revision": 1 }),
        ),
    ]
}

fn imports(fixture: &Fixture) -> Vec<Row> {
    vec![
        reads("/xinjian.collection.v1.Catalogue/GetItemCatalogue", json!({})),
        reads("/xinjian.collection.v1.Imports/GetTemplate", json!({ "table": "penalty" })),
        writes(
            "/xinjian.collection.v1.Imports/CreateImport",
            json!({ "import": { "table": "ticket" }, "part": "" }),
        ),
        reads("/xinjian.collection.v1.Imports/GetImport", json!({ "name": fixture.import })),
        reads("/xinjian.collection.v1.Imports/ListImports", json!({})).showing(&fixture.import),
        writes("/xinjian.collection.v1.Imports/CancelImport", json!({ "name": fixture.import })),
        reads("/xinjian.collection.v1.Imports/ListRefusedLines", json!({ "name": fixture.import })),
        reads("/xinjian.collection.v1.Imports/ListTakenLines", json!({ "name": fixture.import })),
        reads("/xinjian.collection.v1.Imports/GetRefusedWorkbook", json!({ "name": fixture.import })),
    ]
}

fn matches(fixture: &Fixture) -> Vec<Row> {
    vec![
        reads("/xinjian.collection.v1.Matches/FindCandidates", json!({ "subject": fixture.record })),
        writes(
            "/xinjian.collection.v1.Matches/ProposeMatch",
            json!({ "subject": fixture.record, "uscc": fixture.uscc, "reason": "名称相同" }),
        ),
        reads("/xinjian.collection.v1.Matches/GetMatch", json!({ "name": fixture.party_match })),
        reads("/xinjian.collection.v1.Matches/ListMatches", json!({})).showing(&fixture.party_match),
        writes(
            "/xinjian.collection.v1.Matches/RequestMatchUndo",
            json!({ "name": fixture.party_match, "reason": "同名" }),
        ),
        writes(
            "/xinjian.collection.v1.Matches/DecideMatch",
            json!({ "name": fixture.party_match, "granted": true }),
        ),
    ]
}

/// Served alike by every service with a feed. The registry's duties are those of one office: the mark that waits to be confirmed, and the
/// letter that it suspects to be broken.
fn common(fixture: &Fixture) -> Vec<Row> {
    let duty = reads("/xinjian.common.v1.Work/ListWork", json!({})).showing(&fixture.candidate);
    vec![
        Row { asked_by: Some("FOOD_PROD"), ..duty },
        Row {
            shows: Some("\"open\":\"2\"".to_owned()),
            asked_by: Some("FOOD_PROD"),
            ..reads("/xinjian.common.v1.Work/CountWork", json!({}))
        },
        Row {
            shows: Some("mark.confirm".to_owned()),
            asked_by: Some("FOOD_PROD"),
            ..reads(
                "/xinjian.common.v1.Work/CountTimeliness",
                json!({ "due_from": "2026-01-01", "due_to": "2099-12-31", "kind": "mark.confirm" }),
            )
        },
        reads(
            "/xinjian.common.v1.Figures/CountFigures",
            json!({ "first_on": e2e::today(), "last_on": e2e::today() }),
        )
        .showing("list.enterprise"),
        reads("/xinjian.common.v1.Reads/ListReads", json!({ "purpose": "监督检查" })),
        reads("/xinjian.feed.v1.Feed/Subscribe", json!({})),
        reads("/xinjian.feed.v1.Feed/ListEvents", json!({})),
        reads("/xinjian.feed.v1.Feed/GetCheckpoint", json!({})),
        reads("/xinjian.feed.v1.Feed/VerifyChain", json!({})),
        reads("/xinjian.feed.v1.Feed/GetReaders", json!({})),
        reads("/xinjian.feed.v1.Feed/ListParkedEvents", json!({ "reader": "marks", "feed": "registry" })),
        writes(
            "/xinjian.feed.v1.Feed/RetryParkedEvents",
            json!({ "reader": "marks", "feed": "registry", "subject": "enterprises/none" }),
        ),
        writes("/xinjian.feed.v1.Feed/RestartReader", json!({ "reader": "marks", "feed": "registry" })),
    ]
}

/// Served by other systems.
fn receiver(fixture: &Fixture) -> Vec<Row> {
    let delivery = json!({ "delivery_id": id(), "subject": fixture.enterprise(), "revision": 1, "kind": "mark.published" });
    vec![Row { unserved: true, ..reads("/xinjian.exchange.v1.Receiver/Deliver", delivery) }]
}

/// What only the service answers that made it.
fn one_delivery(fixture: &Fixture) -> Vec<Row> {
    vec![reads("/xinjian.exchange.v1.Deliveries/GetDelivery", json!({ "name": fixture.delivery }))]
}

/// Of every service that tells others: what it has told about the published mark.
fn deliveries(fixture: &Fixture) -> Vec<Row> {
    vec![
        reads("/xinjian.exchange.v1.Deliveries/ListDeliveries", json!({ "state": "Acknowledged" }))
            .showing(&fixture.uscc),
        reads("/xinjian.exchange.v1.Deliveries/CountDeliveries", json!({})),
        writes(
            "/xinjian.exchange.v1.Deliveries/ResendDeliveries",
            json!({ "names": [fixture.delivery], "reason": "接收方丢失" }),
        ),
    ]
}
