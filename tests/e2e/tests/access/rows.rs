//! How each RPC is aimed at the fixture: one row an RPC. Who may call it stands in the contract and in the rulebook, not here.

mod dossiers;
mod gateway;

use contract::common::v1::Access;
use domain::FieldCode;
use e2e::id;
use prost_reflect::MethodDescriptor;
use serde_json::{Value, json};
use standalone::clients::Addresses;

use crate::fixture::{self, DIVISION, Fixture};
use dossiers::dossiers;
use gateway::{gateway, public};

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
        crate::method(self.path)
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
        of(&[&at.registry], commitments(fixture)),
        of(&[&at.registry], breaches(fixture)),
        of(&[&at.collection], collection(fixture)),
        of(&[&at.risk], risk(fixture)),
        of(&[&at.inspection], inspection(fixture)),
        of(&[&at.punishment], punishment(fixture)),
        of(&[&at.punishment], repairs(fixture)),
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

fn registry(fixture: &Fixture) -> Vec<Row> {
    let (uscc, enterprise) = (&fixture.uscc, fixture.enterprise());
    let candidate = format!("enterprises/{}/marks/FOOD", fixture.candidate);
    let new = json!({
        "uscc": fixture.free_uscc, "legal_name": "济南新厂食品有限公司", "party_kind": "legal_or_unincorporated",
        "division": DIVISION,
    });
    let update = json!({
        "enterprise": { "name": enterprise, "address": "经十路1号" }, "update_mask": "address", "etag": "\"1\"",
    });
    let licence = json!({
        "licence_no": fixture.free_licence, "uscc": uscc, "field": "FOOD", "sub_kinds": ["OrdinaryFood"],
        "valid_from": "2025-01-01", "valid_to": "2029-12-31", "state": "Valid",
    });
    vec![
        writes("/xinjian.registry.v1.Enterprises/CreateEnterprise", json!({ "enterprise": new })),
        writes("/xinjian.registry.v1.Enterprises/UpdateEnterprise", update),
        writes("/xinjian.registry.v1.Enterprises/ImportEnterprises", json!({ "enterprises": [new] })),
        reads("/xinjian.registry.v1.Enterprises/GetEnterprise", json!({ "name": enterprise })),
        reads("/xinjian.registry.v1.Enterprises/BatchGetEnterprises", json!({ "names": [enterprise] }))
            .showing(uscc),
        reads("/xinjian.registry.v1.Enterprises/ListEnterpriseVersions", json!({ "name": enterprise })),
        reads("/xinjian.registry.v1.Enterprises/SearchEnterprises", json!({ "query": "食品" })).showing(uscc),
        reads("/xinjian.registry.v1.Enterprises/ListEnterprises", json!({})).showing(uscc),
        reads("/xinjian.registry.v1.Divisions/ListDivisions", json!({})),
        writes("/xinjian.registry.v1.Parties/CreateParty", json!({ "party": fixture::person() })),
        writes(
            "/xinjian.registry.v1.Parties/UpdateParty",
            json!({
                "party": { "name": fixture.party, "legal_name": "王二" }, "update_mask": "legalName", "etag": "\"1\"",
                "reason": "录入有误",
            }),
        ),
        reads("/xinjian.registry.v1.Parties/GetParty", json!({ "name": fixture.party })),
        reads("/xinjian.registry.v1.Parties/ListParties", json!({})).showing(&fixture.party),
        writes("/xinjian.registry.v1.Parties/EraseParty", json!({ "name": fixture.party, "reason": "期满" })),
        writes(
            "/xinjian.registry.v1.Parties/SettleErasure",
            json!({ "name": fixture.erased_record, "remark": "未登记该主体" }),
        ),
        writes("/xinjian.registry.v1.Licences/RecordLicence", json!({ "licence": licence })),
        reads(
            "/xinjian.registry.v1.Licences/GetLicence",
            json!({ "name": format!("licences/{}", fixture.licence) }),
        ),
        reads("/xinjian.registry.v1.Licences/ListLicences", json!({})).showing(&fixture.licence),
        Row {
            field: "SE",
            ..reads("/xinjian.registry.v1.Licences/ListRefusedPermits", json!({})).showing(uscc)
        },
        reads("/xinjian.registry.v1.Marks/GetMark", json!({ "name": format!("{enterprise}/marks/FOOD") })),
        reads("/xinjian.registry.v1.Marks/ListMarks", json!({})).showing(uscc),
        writes("/xinjian.registry.v1.Marks/ConfirmMarks", json!({ "names": [candidate] })),
        writes("/xinjian.registry.v1.Marks/RejectMark", json!({ "name": candidate, "reason": "重复" })),
        reads(
            "/xinjian.registry.v1.Reviews/AdviseReview",
            json!({ "name": enterprise, "purpose": "FOOD_LICENCE" }),
        ),
        reads("/xinjian.registry.v1.Reviews/ListForeignReviews", json!({})).showing(&fixture.candidate),
    ]
}

fn commitments(fixture: &Fixture) -> Vec<Row> {
    let (template, letter) = (&fixture.template, &fixture.commitment);
    let version = json!({
        "name": template, "field": "FOOD", "commitment_kind": "Voluntary", "title": "承诺书", "text": "本企业承诺。",
        "effective_from": "2021-09-27",
    });
    let addressees = [format!("enterprises/{}", fixture.candidate)];
    let kept = json!({
        "name": letter, "retain_until": "2099-12-31", "reason": "诉讼未结", "legal_basis": "济市监档〔2026〕1号",
    });
    vec![
        writes(
            "/xinjian.registry.v1.CommitmentTemplates/CreateTemplateVersion",
            json!({ "template": "food-next", "version": version }),
        ),
        writes(
            "/xinjian.registry.v1.CommitmentTemplates/UpdateTemplateVersion",
            json!({ "version": version }),
        ),
        reads("/xinjian.registry.v1.CommitmentTemplates/GetTemplateVersion", json!({ "name": template })),
        reads("/xinjian.registry.v1.CommitmentTemplates/ListTemplateVersions", json!({})).showing(template),
        writes(
            "/xinjian.registry.v1.Commitments/IssueCommitments",
            json!({ "enterprises": addressees, "template_version": template }),
        ),
        writes("/xinjian.registry.v1.Commitments/SignCommitment", fixture::signature(letter)),
        writes("/xinjian.registry.v1.Commitments/PublishCommitment", json!({ "name": letter })),
        writes("/xinjian.registry.v1.Commitments/ExtendRetention", kept),
        reads("/xinjian.registry.v1.Commitments/GetCommitment", json!({ "name": letter })),
        reads("/xinjian.registry.v1.Commitments/ListCommitments", json!({})).showing(letter),
        reads("/xinjian.registry.v1.Commitments/GetSignedCopy", json!({ "name": letter })),
        reads("/xinjian.registry.v1.Commitments/ListSigningKeys", json!({})),
        reads("/xinjian.registry.v1.Commitments/GetCommitmentCoverage", json!({ "field": "FOOD" }))
            .showing(DIVISION),
        reads("/xinjian.registry.v1.Commitments/ListMissingCommitments", json!({ "field": "FOOD" }))
            .showing(&fixture.candidate),
    ]
}

fn breaches(fixture: &Fixture) -> Vec<Row> {
    let letter = &fixture.commitment;
    let breach = format!("{letter}/breaches/1");
    let reason = json!({ "name": breach, "reason": "理由" });
    let basis = "国发〔2021〕7号";
    let document = json!({ "name": breach, "document_no": "济市监责改〔2026〕1号", "legal_basis": basis });
    let draft = json!({ "name": breach, "reason": "逾期未改", "legal_basis": basis });
    let decision = json!({ "name": breach, "authority": "审批局", "document_no": "济审〔2026〕1号", "legal_basis": basis });
    let hearing = json!({ "name": breach, "heard_on": e2e::today().to_string(), "statement": "无异议" });
    vec![
        writes(
            "/xinjian.registry.v1.CommitmentBreaches/BeginCommitmentCheck",
            json!({ "name": letter, "task": "抽查" }),
        ),
        writes(
            "/xinjian.registry.v1.CommitmentBreaches/ConcludeCommitmentCheck",
            json!({ "name": letter, "finding": "未按承诺留样" }),
        ),
        writes("/xinjian.registry.v1.CommitmentBreaches/HearParty", hearing),
        writes("/xinjian.registry.v1.CommitmentBreaches/DismissBreach", reason.clone()),
        writes("/xinjian.registry.v1.CommitmentBreaches/ConfirmBreach", document.clone()),
        writes("/xinjian.registry.v1.CommitmentBreaches/AcceptCorrection", reason.clone()),
        writes("/xinjian.registry.v1.CommitmentBreaches/RejectCorrection", reason),
        writes("/xinjian.registry.v1.CommitmentBreaches/DraftRevocation", draft),
        writes("/xinjian.registry.v1.CommitmentBreaches/ProposeRevocation", document),
        writes("/xinjian.registry.v1.CommitmentBreaches/RecordRevocationDecision", decision),
        reads("/xinjian.registry.v1.CommitmentBreaches/GetBreach", json!({ "name": breach })),
        reads("/xinjian.registry.v1.CommitmentBreaches/ListBreaches", json!({})).showing(&breach),
    ]
}

fn collection(fixture: &Fixture) -> Vec<Row> {
    let record = json!({
        "uscc": fixture.uscc, "party_name": "济南泉福食品有限公司", "field": "FOOD", "document_no": "济市监检〔2026〕2号",
        "decided_on": "2026-01-16", "inspection": { "result": "1" },
        "provenance": { "producer": "济南市市场监管局", "provider": "济南市市场监管局", "responsible": "济南市市场监管局" },
    });
    let ticket = json!({ "ticket_no": "JN2026000002", "channel": "12345", "kind": "Complaint", "accepted_on": "2026-02-02" });
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
    let order = json!({
        "name": fixture.remedy, "document_no": "济政复停〔2026〕1号", "ordered_on": "2026-01-21", "reason": "损失难以弥补",
    });
    let outcome = json!({ "name": fixture.remedy, "outcome": {
        "code": "Upheld", "document_no": "济政复决〔2026〕2号", "decided_on": "2026-01-25", "summary": "维持",
    } });
    let withdrawal =
        json!({ "name": fixture.record, "reason": "依据被撤销", "legal_basis": "济政复决〔2026〕1号" });
    vec![
        writes("/xinjian.collection.v1.Records/ImportRecords", json!({ "records": [record] })),
        reads("/xinjian.collection.v1.Records/GetRecord", json!({ "name": fixture.record })),
        reads("/xinjian.collection.v1.Records/ListRecords", json!({ "kind": "inspection" }))
            .showing(&fixture.record),
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

/// A shipped version, in force.
const MODEL: &str = "models/food2016@2";

fn risk(fixture: &Fixture) -> Vec<Row> {
    let class = json!({ "name": format!("{}/classes/FOOD", fixture.enterprise()), "purpose": "核查" });
    let decided = json!({ "name": fixture.class_override });
    let ended = json!({ "name": fixture.class_override, "reason": "核查" });
    let provincial = json!({ "classes": [{
        "uscc": fixture.uscc, "scheme": "shandong2020", "code": "B", "classified_on": "2026-01-31",
        "source_document": "省局2026年1月分类结果",
    }] });
    let sample = format!("{}/samples/FOOD", fixture.run);
    let replay = json!({
        "model": include_str!("../../../../shared/rulebook/data/models/food2016.yaml"),
        "outcome": "{field: inspection.critical_count, op: ge, value: 1}",
        "first_day": "2026-01-01", "last_day": "2026-06-30", "resamples": 10, "shuffles": 2,
    });
    vec![
        reads("/xinjian.risk.v1.Models/ListModels", json!({})).showing(MODEL),
        reads("/xinjian.risk.v1.Models/GetModel", json!({ "name": MODEL })).showing("cites:"),
        writes("/xinjian.risk.v1.Models/TrialModel", json!({ "name": MODEL, "reason": "试运行" })),
        writes(
            "/xinjian.risk.v1.Models/ProposeModel",
            json!({
                "name": MODEL, "effective_from": "2099-01-01", "reason": "试运行", "legal_basis": "国市监信发〔2022〕6号",
            }),
        ),
        writes("/xinjian.risk.v1.Models/ApproveModel", json!({ "name": MODEL })),
        writes("/xinjian.risk.v1.Models/RejectModel", json!({ "name": MODEL, "reason": "试运行" })),
        writes("/xinjian.risk.v1.Models/RetireModel", json!({ "name": MODEL, "reason": "试运行" })),
        reads("/xinjian.risk.v1.Classes/GetClass", class.clone()),
        reads("/xinjian.risk.v1.Classes/ListClasses", json!({ "purpose": "核查" })).showing(&fixture.uscc),
        reads("/xinjian.risk.v1.Classes/ExplainClass", class),
        writes(
            "/xinjian.risk.v1.Overrides/ProposeOverride",
            json!({
                "parent": format!("{}/classes/FOOD", fixture.enterprise()), "code": "E", "reason": "核查",
                "legal_basis": "国市监信发〔2022〕6号", "ends_on": e2e::tomorrow().to_string(),
            }),
        ),
        writes("/xinjian.risk.v1.Overrides/ApproveOverride", decided),
        writes("/xinjian.risk.v1.Overrides/RefuseOverride", ended.clone()),
        writes("/xinjian.risk.v1.Overrides/LiftOverride", ended),
        reads("/xinjian.risk.v1.Overrides/ListOverrides", json!({ "purpose": "核查" }))
            .showing(&fixture.class_override),
        writes("/xinjian.risk.v1.ProvincialClasses/ImportProvincialClasses", provincial.clone()),
        writes("/xinjian.risk.v1.ProvincialClasses/BatchImportProvincialClasses", provincial),
        writes(
            "/xinjian.risk.v1.ProvincialClasses/WithdrawProvincialClass",
            json!({ "name": format!("{}/provincialClasses/shandong2020-2026-01-31", fixture.enterprise()), "reason": "错" }),
        ),
        reads(
            "/xinjian.risk.v1.ProvincialClasses/ListProvincialClasses",
            json!({ "parent": fixture.enterprise(), "purpose": "核查" }),
        ),
        writes("/xinjian.risk.v1.Runs/CreateRun", json!({})),
        reads("/xinjian.risk.v1.Runs/GetRun", json!({ "name": fixture.run })),
        reads("/xinjian.risk.v1.Runs/ListRuns", json!({})).showing(&fixture.run),
        reads("/xinjian.risk.v1.Runs/ListRunChanges", json!({ "name": fixture.run, "purpose": "核查" }))
            .showing(&fixture.uscc),
        reads("/xinjian.risk.v1.Runs/GetRunSample", json!({ "name": sample, "purpose": "核查" })),
        writes("/xinjian.risk.v1.Runs/RecordSampleCheck", json!({ "name": sample })),
        writes("/xinjian.risk.v1.Runs/ApproveRun", json!({ "name": fixture.run })),
        writes("/xinjian.risk.v1.Runs/CancelRun", json!({ "name": fixture.run, "reason": "核查" })),
        reads("/xinjian.risk.v1.Backtests/ReplayHistory", replay),
        writes("/xinjian.risk.v1.Signals/RunScan", json!({})),
        reads("/xinjian.risk.v1.Signals/ListScans", json!({})).showing("scans/"),
        reads("/xinjian.risk.v1.Signals/GetSignal", json!({ "name": fixture.signal(), "purpose": "核查" })),
        reads("/xinjian.risk.v1.Signals/ListSignals", json!({ "purpose": "核查" }))
            .showing(&fixture.signal()),
        writes("/xinjian.risk.v1.Signals/TakeSignal", json!({ "name": fixture.signal() })),
        writes(
            "/xinjian.risk.v1.Signals/ConfirmSignal",
            json!({ "name": fixture.signal(), "reason": "多人投诉" }),
        ),
        writes(
            "/xinjian.risk.v1.Signals/DismissSignal",
            json!({ "name": fixture.signal(), "reason": "不属实" }),
        ),
        reads("/xinjian.risk.v1.Flags/GetFlag", json!({ "name": fixture.flag, "purpose": "核查" })),
        reads("/xinjian.risk.v1.Flags/ListFlags", json!({ "purpose": "核查" })).showing(&fixture.flag),
        writes(
            "/xinjian.risk.v1.Flags/ReviewFlag",
            json!({ "name": fixture.flag, "outcome": "FLAG_OUTCOME_EXTEND", "reason": "整改未完成" }),
        ),
    ]
}

fn inspection(fixture: &Fixture) -> Vec<Row> {
    let (task, visit, plan) = (&fixture.task, fixture.visit(), &fixture.plan);
    let year = plan[6..10].parse::<i32>().expect("a plan is named by its year");
    let rectification = format!("{visit}/rectification");
    let new = json!({
        "title": "随机抽查", "field": "FOOD", "stratify_by": "UNIFORM", "uniform_percent": 5, "lead_office": "FOOD_PROD",
    });
    let announce = json!({
        "name": task, "entropy_source": "demo-beacon", "entropy_round": "1", "fallback_round": "2",
        "draw_time": "2099-01-01T00:00:00Z",
    });
    let entropy = json!({ "name": task, "round": "2026308", "published_figures": "1 2 3" });
    let result = json!({ "name": visit, "result": "4", "visited_on": "2026-06-01" });
    let inspector = json!({
        "inspector_no": "JN9", "office": "FOOD_PROD", "fields": ["FOOD"], "divisions": ["370100"], "cap": 1,
        "certificate_valid_to": "2099-12-31",
    });
    let recusal =
        json!({ "inspector_no": "JN1", "uscc": fixture.uscc, "relation": "Kinship", "reason": "亲属" });
    vec![
        writes("/xinjian.inspection.v1.Tasks/CreateTask", json!({ "task": new })),
        writes("/xinjian.inspection.v1.Tasks/AnnounceDraw", announce),
        writes("/xinjian.inspection.v1.Tasks/RecordEntropy", entropy),
        writes("/xinjian.inspection.v1.Tasks/RejectEntropy", json!({ "name": task, "reason": "末位误读" })),
        writes("/xinjian.inspection.v1.Tasks/RunDraw", json!({ "name": task })),
        reads("/xinjian.inspection.v1.Tasks/GetTask", json!({ "name": task })),
        reads("/xinjian.inspection.v1.Tasks/ListTasks", json!({})).showing(task),
        reads("/xinjian.inspection.v1.Tasks/WatchCeremony", json!({ "name": task })),
        writes("/xinjian.inspection.v1.Tasks/CloseTask", json!({ "name": task })),
        writes("/xinjian.inspection.v1.Tasks/CancelTask", json!({ "name": task, "reason": "任务合并" })),
        reads(
            "/xinjian.inspection.v1.Tasks/GetProof",
            json!({ "name": task, "full": true, "purpose": "核验" }),
        ),
        reads("/xinjian.inspection.v1.Tasks/GetPublicProof", json!({ "name": task })),
        reads("/xinjian.inspection.v1.Items/GetSupervisionCatalogue", json!({ "field": "FOOD" })),
        writes(
            "/xinjian.inspection.v1.Plans/DraftPlan",
            json!({ "year": year, "plan": { "title": "年度计划" } }),
        ),
        writes("/xinjian.inspection.v1.Plans/ReviewPlan", json!({ "name": plan })),
        writes("/xinjian.inspection.v1.Plans/ApprovePlan", json!({ "name": plan })),
        writes(
            "/xinjian.inspection.v1.Plans/FilePlan",
            json!({ "name": plan, "document_no": "济市监信〔2026〕1号" }),
        ),
        writes("/xinjian.inspection.v1.Plans/PublishPlan", json!({ "name": plan })),
        writes("/xinjian.inspection.v1.Plans/AmendPlan", json!({ "name": plan, "reason": "新增许可" })),
        writes("/xinjian.inspection.v1.Plans/CreatePlannedTasks", json!({ "plan": plan, "month": 1 })),
        reads("/xinjian.inspection.v1.Plans/GetPlan", json!({ "name": plan })),
        reads("/xinjian.inspection.v1.Plans/ListPlans", json!({})).showing(plan),
        reads("/xinjian.inspection.v1.Plans/ListPlannedVisits", json!({ "plan": plan })),
        reads("/xinjian.inspection.v1.Plans/ListPlanConflicts", json!({ "plan": plan })),
        writes(
            "/xinjian.inspection.v1.Replacements/ProposeReplacement",
            json!({ "visit": visit, "ground": "MovedOut", "cited_event": "registry/1" }),
        ),
        writes(
            "/xinjian.inspection.v1.Replacements/DecideReplacement",
            json!({ "name": format!("{task}/replacements/1"), "approve": true }),
        ),
        reads("/xinjian.inspection.v1.Replacements/ListReplacements", json!({ "task": task })),
        reads("/xinjian.inspection.v1.Visits/ListVisits", json!({})).showing(&visit),
        reads("/xinjian.inspection.v1.Visits/GetTaskLetter", json!({ "name": format!("{visit}/letter") })),
        writes(
            "/xinjian.inspection.v1.Visits/ScanIn",
            json!({ "name": visit, "scan_code": "0", "inspector_no": "JN1" }),
        ),
        writes("/xinjian.inspection.v1.Visits/EnterResult", result),
        writes(
            "/xinjian.inspection.v1.EvidenceFiles/UploadEvidence",
            json!({ "visit": visit, "content": "JVBERi0=", "media_type": "application/pdf" }),
        ),
        Row {
            absent: true,
            ..reads(
                "/xinjian.inspection.v1.EvidenceFiles/GetEvidence",
                json!({ "name": format!("{visit}/evidence/{}", "0".repeat(64)), "purpose": "复核" }),
            )
        },
        writes("/xinjian.inspection.v1.Visits/ReviewResult", json!({ "name": visit, "approve": true })),
        writes("/xinjian.inspection.v1.Visits/PublishResults", json!({ "task": task })),
        writes(
            "/xinjian.inspection.v1.Rectifications/ReportRectification",
            json!({ "name": rectification, "reported_on": "2026-06-01", "report": "已整改" }),
        ),
        writes(
            "/xinjian.inspection.v1.Rectifications/RecheckRectification",
            json!({ "name": rectification, "rechecked_on": "2026-06-01", "passed": true }),
        ),
        writes(
            "/xinjian.inspection.v1.Rectifications/OpenCase",
            json!({ "name": rectification, "case_no": "济市监立案〔2026〕1号" }),
        ),
        writes(
            "/xinjian.inspection.v1.Rectifications/DeclineCase",
            json!({ "name": rectification, "reason": "情节轻微" }),
        ),
        reads("/xinjian.inspection.v1.Rectifications/GetRectification", json!({ "name": rectification })),
        reads("/xinjian.inspection.v1.Rectifications/ListRectifications", json!({})).showing(&rectification),
        writes("/xinjian.inspection.v1.Inspectors/RegisterInspector", json!({ "inspector": inspector })),
        reads("/xinjian.inspection.v1.Inspectors/ListInspectors", json!({})).showing("JN1"),
        writes("/xinjian.inspection.v1.Inspectors/DeclareRecusal", json!({ "recusal": recusal })),
    ]
}

fn punishment(fixture: &Fixture) -> Vec<Row> {
    let measure = &fixture.measure;
    let (uscc, party_name, today) = (&fixture.uscc, "济南泉福食品有限公司", e2e::today().to_string());
    let entry = json!({ "uscc": uscc, "party_name": party_name, "division": DIVISION, "ground": "1", "lapsed_on": "2025-06-30" });
    let case = json!({
        "uscc": uscc, "party_name": party_name, "field": "FOOD", "division": DIVISION, "ground": "F4",
        "penalty_document_no": "济市监罚〔2026〕2号", "penalty_kinds": ["3", "10"], "discretion_grade": "Heavier",
    });
    vec![
        writes("/xinjian.punishment.v1.AbnormalDirectory/CreateAbnormalEntry", json!({ "entry": entry })),
        writes(
            "/xinjian.punishment.v1.AbnormalDirectory/AdvanceAbnormalEntry",
            json!({ "name": fixture.entry, "event": "Verify" }),
        ),
        writes(
            "/xinjian.punishment.v1.AbnormalDirectory/RecordAnnualReports",
            json!({ "reports": [
                { "uscc": uscc, "party_name": party_name, "division": DIVISION, "year": 2024, "published_on": "2025-05-06" },
            ] }),
        ),
        reads("/xinjian.punishment.v1.AbnormalDirectory/GetAbnormalEntry", json!({ "name": fixture.entry })),
        reads("/xinjian.punishment.v1.AbnormalDirectory/ListAbnormalEntries", json!({}))
            .showing(&fixture.entry),
        writes("/xinjian.punishment.v1.SeriousList/CreateSeriousCase", json!({ "serious_case": case })),
        writes(
            "/xinjian.punishment.v1.SeriousList/AdvanceSeriousCase",
            json!({ "name": fixture.case, "event": "GiveOpinion", "reason": "属于重点领域严重违法行为" }),
        ),
        writes(
            "/xinjian.punishment.v1.SeriousList/RequestCaseExtension",
            json!({ "name": fixture.case, "reason": "案情复杂" }),
        ),
        writes(
            "/xinjian.punishment.v1.SeriousList/DecideCaseExtension",
            json!({ "name": fixture.case, "granted": true }),
        ),
        writes(
            "/xinjian.punishment.v1.SeriousList/PublishSeriousCases",
            json!({ "names": [fixture.case], "title": "第一批" }),
        ),
        reads("/xinjian.punishment.v1.SeriousList/GetSeriousCase", json!({ "name": fixture.case })),
        reads("/xinjian.punishment.v1.SeriousList/ListSeriousCases", json!({})).showing(&fixture.case),
        writes(
            "/xinjian.punishment.v1.EntryRemedies/RegisterEntryRemedy",
            json!({ "entry_remedy": {
                "entry": fixture.listed, "kind": "Litigation", "body": "济南市历下区人民法院",
                "document_no": "鲁0102行初〔2026〕1号", "accepted_on": today,
            } }),
        ),
        writes(
            "/xinjian.punishment.v1.EntryRemedies/SuspendEntry",
            json!({
                "name": fixture.entry_remedy, "document_no": "济政停〔2026〕1号", "ordered_on": today, "reason": "停止执行",
            }),
        ),
        writes(
            "/xinjian.punishment.v1.EntryRemedies/ResumeEntry",
            json!({
                "name": fixture.entry_remedy, "document_no": "济政停〔2026〕2号", "ordered_on": today, "reason": "恢复执行",
            }),
        ),
        writes(
            "/xinjian.punishment.v1.EntryRemedies/RecordEntryRemedyOutcome",
            json!({ "name": fixture.entry_remedy, "outcome": {
                "code": "Upheld", "document_no": "济政复决〔2026〕1号", "decided_on": today, "summary": "维持",
            } }),
        ),
        reads("/xinjian.punishment.v1.EntryRemedies/GetEntryRemedy", json!({ "name": fixture.entry_remedy })),
        reads("/xinjian.punishment.v1.EntryRemedies/ListEntryRemedies", json!({}))
            .showing(&fixture.entry_remedy),
        reads("/xinjian.punishment.v1.JointMeasures/ListMeasureItems", json!({})),
        reads("/xinjian.punishment.v1.JointMeasures/GetMeasure", json!({ "name": measure })),
        reads("/xinjian.punishment.v1.JointMeasures/ListMeasures", json!({})).showing(measure),
        reads("/xinjian.punishment.v1.JointMeasures/ListMeasureUses", json!({ "parent": measure })),
        reads("/xinjian.punishment.v1.JointMeasures/CountMeasureUse", json!({})),
        writes(
            "/xinjian.punishment.v1.JointMeasures/ConfirmMeasure",
            json!({ "name": measure, "legal_basis": "企业信息公示暂行条例 art 18" }),
        ),
        writes(
            "/xinjian.punishment.v1.JointMeasures/RejectMeasure",
            json!({ "name": measure, "reason": "依据不适用" }),
        ),
        writes(
            "/xinjian.punishment.v1.JointMeasures/ContestMeasure",
            json!({ "name": measure, "reason": "当事人异议" }),
        ),
        writes(
            "/xinjian.punishment.v1.JointMeasures/DecideMeasureContest",
            json!({ "name": measure, "reason": "经核查异议不成立" }),
        ),
        writes(
            "/xinjian.punishment.v1.JointMeasures/ReportMeasureUse",
            json!({ "measure": measure, "report": { "receiver": "approval", "applied_count": 0 } }),
        ),
        reads("/xinjian.punishment.v1.Parties/CheckParty", json!({ "uscc": uscc, "purpose": "PERMIT" })),
        reads(
            "/xinjian.punishment.v1.Parties/BatchCheckParties",
            json!({ "usccs": [uscc], "purpose": "PERMIT" }),
        ),
        reads(
            "/xinjian.punishment.v1.Parties/CheckPartyByName",
            json!({ "party_name": party_name, "purpose": "PERMIT" }),
        ),
        Row {
            absent: true,
            ..reads("/xinjian.punishment.v1.Receipts/GetReceipt", json!({ "name": "receipts/none-0" }))
        },
        reads("/xinjian.punishment.v1.Receipts/ListReceiptKeys", json!({})),
    ]
}

fn repairs(fixture: &Fixture) -> Vec<Row> {
    let (subject, name) = (&fixture.penalty, &fixture.repair);
    let ruling = json!({ "name": name, "decision_no": "济市监修〔2026〕1号", "reason": "已经改正", "legal_basis": "办法" });
    let verification = json!({ "method": "Online", "confirmed": true, "finding": "罚款已经缴清" });
    let supposed = json!({ "decided_on": "2026-01-15", "penalty_kinds": ["3"], "fine_fen": 500_000 });
    vec![
        reads("/xinjian.punishment.v1.Repairs/GetEligibility", json!({ "subject": subject })),
        reads("/xinjian.punishment.v1.Repairs/GetRepair", json!({ "name": name })).showing(&fixture.flag),
        reads("/xinjian.punishment.v1.Repairs/ListRepairs", json!({})).showing(name),
        writes("/xinjian.punishment.v1.Repairs/CreateRepair", json!({ "repair": { "subject": subject } })),
        writes("/xinjian.punishment.v1.Repairs/SubmitRepair", json!({ "name": name })),
        writes(
            "/xinjian.punishment.v1.Repairs/ExamineRepair",
            json!({ "name": name, "examination": "REPAIR_EXAMINATION_ACCEPT" }),
        ),
        writes(
            "/xinjian.punishment.v1.Repairs/RecordRepairVerification",
            json!({ "name": name, "verification": verification }),
        ),
        writes("/xinjian.punishment.v1.Repairs/ReferRepair", json!({ "name": name, "reason": "多次违法" })),
        writes(
            "/xinjian.punishment.v1.Repairs/RecordRepairOpinion",
            json!({ "name": name, "opinion": { "supports": true, "reason": "已经改正" } }),
        ),
        writes("/xinjian.punishment.v1.Repairs/DecideRepair", ruling.clone()),
        writes("/xinjian.punishment.v1.Repairs/RevokeRepair", ruling),
        writes("/xinjian.punishment.v1.Repairs/ShareRepair", json!({ "name": name })),
        writes(
            "/xinjian.punishment.v1.Repairs/RecordRepairPush",
            json!({ "name": name, "document_no": "济市监函〔2026〕1号" }),
        ),
        writes("/xinjian.punishment.v1.Repairs/WithdrawRepair", json!({ "name": name })),
        reads("/xinjian.punishment.v1.Simulator/SimulatePenalty", supposed),
    ]
}

/// Served alike by every service with a feed. The registry's duties name the mark that waits to be confirmed, and are those of the
/// office that confirms it.
fn common(fixture: &Fixture) -> Vec<Row> {
    let duty = reads("/xinjian.common.v1.Work/ListWork", json!({})).showing(&fixture.candidate);
    vec![
        Row { asked_by: Some("FOOD_PROD"), ..duty },
        Row {
            shows: Some("\"open\":\"1\"".to_owned()),
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

/// Of every service that tells others: what it has told about the published mark.
/// What only the service answers that made it.
fn one_delivery(fixture: &Fixture) -> Vec<Row> {
    vec![reads("/xinjian.exchange.v1.Deliveries/GetDelivery", json!({ "name": fixture.delivery }))]
}

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
