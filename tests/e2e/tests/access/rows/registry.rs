//! Enterprises, persons, licences, marks, and commitments with their breaches.

use serde_json::json;

use super::{Row, reads, writes};
use crate::access::fixture::{self, DIVISION, Fixture};

/// What the registry serves alone.
pub(super) fn registry(fixture: &Fixture) -> Vec<Row> {
    [
        enterprises(fixture),
        parties(fixture),
        licences(fixture),
        marks(fixture),
        commitments(fixture),
        breaches(fixture),
    ]
    .concat()
}

fn enterprises(fixture: &Fixture) -> Vec<Row> {
    let (uscc, enterprise) = (&fixture.uscc, fixture.enterprise());
    let new = json!({
        "uscc": fixture.free_uscc, "legal_name": "济南新厂食品有限公司", "party_kind": "legal_or_unincorporated",
        "division": DIVISION,
    });
    let update = json!({
        "enterprise": { "name": enterprise, "address": "经十路1号" }, "update_mask": "address", "etag": "\"1\"",
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
    ]
}

fn parties(fixture: &Fixture) -> Vec<Row> {
    vec![
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
        reads(
            "/xinjian.registry.v1.Parties/FindParties",
            json!({ "legal_name": fixture::person()["legal_name"] }),
        )
        .showing(&fixture.party),
        writes("/xinjian.registry.v1.Parties/EraseParty", json!({ "name": fixture.party, "reason": "期满" })),
        writes(
            "/xinjian.registry.v1.Parties/SettleErasure",
            json!({ "name": fixture.erased_record, "remark": "未登记该主体" }),
        ),
    ]
}

fn licences(fixture: &Fixture) -> Vec<Row> {
    let uscc = &fixture.uscc;
    let licence = json!({
        "licence_no": fixture.free_licence, "uscc": uscc, "field": "FOOD", "sub_kinds": ["OrdinaryFood"],
        "valid_from": "2025-01-01", "valid_to": "2029-12-31", "state": "Valid",
    });
    vec![
        writes("/xinjian.registry.v1.Licences/RecordLicence", json!({ "licence": licence })),
        writes(
            "/xinjian.registry.v1.Licences/TakeBackLicence",
            json!({ "name": format!("licences/{}", fixture.licence), "reason": "录入有误" }),
        ),
        reads(
            "/xinjian.registry.v1.Licences/GetLicence",
            json!({ "name": format!("licences/{}", fixture.licence) }),
        ),
        reads("/xinjian.registry.v1.Licences/ListLicences", json!({})).showing(&fixture.licence),
        Row {
            field: "SE",
            ..reads("/xinjian.registry.v1.Licences/ListRefusedPermits", json!({})).showing(uscc)
        },
    ]
}

fn marks(fixture: &Fixture) -> Vec<Row> {
    let (uscc, enterprise) = (&fixture.uscc, fixture.enterprise());
    let candidate = format!("enterprises/{}/marks/FOOD", fixture.candidate);
    vec![
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
        writes(
            "/xinjian.registry.v1.Commitments/RecallCommitment",
            json!({ "name": letter, "reason": "误发" }),
        ),
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
