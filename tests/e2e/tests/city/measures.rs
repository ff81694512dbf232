//! A penalty of the heavier grade leads to the list of serious violators, and the list to joint measures: three systems are told, one of
//! them is away for a while, and when the party is removed from the list before its term ends, by credit repair, every one takes the end.

use std::path::{Path, PathBuf};

use chrono::Days;
use contract::collection::v1::record::Content;
use contract::collection::v1::{Penalty, Provenance, Record};
use contract::gateway::v1::GetTimelineRequest;
use contract::punishment::v1::{
    ConfirmMeasureRequest, CountMeasureUseRequest, CreateRepairRequest, DecideRepairRequest,
    ExamineRepairRequest, ListMeasuresRequest, Measure, RecordRepairVerificationRequest, Repair,
    RepairExamination, RepairPaper, RepairVerification, SeriousCase, SubmitRepairRequest,
};
use contract::registry::v1::Enterprise;
use domain::Uscc;
use e2e::city::TestCity;
use e2e::people::People;
use e2e::{id, job, today, wait};
use serde_json::Value;

const NAME: &str = "济南泉福食品有限公司";
const DIVISION: &str = "370102";
const PENALTY_NO: &str = "济市监罚〔2026〕11号";
/// When the penalty and the listing were decided: more than the year of order 44 art 16 ago.
const DECIDED_DAYS_AGO: u64 = 400;
/// The systems of the built-in list.
const SYSTEMS: [&str; 3] = ["approval", "credit-platform", "procurement"];

#[tokio::test(flavor = "multi_thread")]
async fn measures_reach_three_systems_one_of_them_late_and_all_take_the_end() {
    let city = TestCity::start().await;
    let people = city.people();
    let uscc = penalised(people).await;
    let case = job::list_serious_since(people, case(&uscc), "济市监列〔2026〕11号", DECIDED_DAYS_AGO).await;
    assert_eq!(case.state, "Published");

    let away = Away::take(city.folder().measures_for("procurement"));
    let measures = measures_of(people, &case.name).await;
    assert_eq!(measures.len(), 8, "{measures:?}");
    for measure in &measures {
        assert_eq!(measure.state, "Derived");
        confirm(people, measure).await;
    }
    until_all(people, &case.name, "every system that is there has its measures", |measure| {
        measure.state == if measure.measure == "ProcurementBidding" { "Acknowledged" } else { "InForce" }
    })
    .await;
    // A licensing system that asks before it acts is told the same.
    let checked = job::check(people, &uscc).await;
    assert!(checked.measures.iter().any(|one| one.measure == "NoNotifyCommit" && one.entry == case.name));

    away.comes_back();
    until_all(people, &case.name, "all measures are in force", |measure| measure.state == "InForce").await;
    for system in SYSTEMS {
        let told = told(&city.folder().measures_for(system));
        assert!(told.iter().all(|message| message["操作类型"] == "实施"), "{system}: {told:?}");
    }

    let away = Away::take(city.folder().measures_for("procurement"));
    remove_early(people, &case.name).await;
    let checked = job::check(people, &uscc).await;
    assert!(checked.entries.is_empty(), "who asks is told at once: {checked:?}");
    until_all(people, &case.name, "every system that is there has taken the end", |measure| {
        measure.state == if measure.measure == "ProcurementBidding" { "EndSent" } else { "EndAcknowledged" }
    })
    .await;
    away.comes_back();
    until_all(people, &case.name, "every end is taken", |measure| measure.state == "EndAcknowledged").await;
    all_ends_are_counted(people).await;
    the_timeline_and_the_profile_tell_it(people, &uscc).await;
    for system in SYSTEMS {
        let told = told(&city.folder().measures_for(system));
        let ends = told.iter().filter(|message| message["操作类型"] == "终止").count();
        assert_eq!(ends * 2, told.len(), "{system}: an end for each measure");
    }
}

/// A system whose folder is not there: it is not mounted, and nothing can be laid down in it.
struct Away {
    folder: PathBuf,
    kept: PathBuf,
}

impl Away {
    fn take(folder: PathBuf) -> Self {
        let kept = folder.with_extension("away");
        std::fs::rename(&folder, &kept).expect("a folder can be moved");
        Self { folder, kept }
    }

    fn comes_back(self) {
        std::fs::rename(&self.kept, &self.folder).expect("a folder can be moved back");
    }
}

/// An enterprise under whose name a penalty of the heavier grade stands.
async fn penalised(people: &People) -> String {
    let uscc = Uscc::compose("91370102", "MA000011").expect("the parts are of the alphabet").to_string();
    let enterprise = Enterprise {
        uscc: uscc.clone(),
        legal_name: NAME.to_owned(),
        party_kind: "legal_or_unincorporated".to_owned(),
        division: DIVISION.to_owned(),
        ..Enterprise::default()
    };
    let legal = people.officer("importer", "LEGAL");
    job::enterprises(&legal, vec![enterprise]).await;
    wait::quiet(people).await;
    let unit = "济南市市场监督管理局".to_owned();
    let penalty = Penalty {
        violation_type: "生产不符合食品安全标准的食品".to_owned(),
        legal_basis: "《中华人民共和国食品安全法》第一百二十四条".to_owned(),
        penalty_kinds: vec!["3".to_owned()],
        fine_fen: 10_000_000,
        discretion_grade: "Heavier".to_owned(),
        ordinary_procedure: true,
        ..Penalty::default()
    };
    let record = Record {
        uscc: uscc.clone(),
        party_name: NAME.to_owned(),
        field: "FOOD".to_owned(),
        provenance: Some(Provenance { producer: unit.clone(), provider: unit.clone(), responsible: unit }),
        document_no: PENALTY_NO.to_owned(),
        decided_on: (today() - Days::new(DECIDED_DAYS_AGO)).to_string(),
        content: Some(Content::Penalty(penalty)),
        ..Record::default()
    };
    let taken = job::records(&legal, vec![record]).await;
    assert_eq!((taken.new, taken.refused.len()), (1, 0), "{taken:?}");
    uscc
}

fn case(uscc: &str) -> SeriousCase {
    SeriousCase {
        uscc: uscc.to_owned(),
        party_name: NAME.to_owned(),
        field: "FOOD".to_owned(),
        division: DIVISION.to_owned(),
        ground: "F4".to_owned(),
        penalty_document_no: PENALTY_NO.to_owned(),
        penalty_kinds: vec!["3".to_owned()],
        discretion_grade: "Heavier".to_owned(),
        ..SeriousCase::default()
    }
}

async fn measures_of(people: &People, entry: &str) -> Vec<Measure> {
    let request = ListMeasuresRequest { entry: entry.to_owned(), ..ListMeasuresRequest::default() };
    let page = people.officer("reader", "CREDIT").measures().list_measures(request).await;
    page.expect("CREDIT sees measures").into_inner().measures
}

/// By another officer than the one who published the case.
async fn confirm(people: &People, measure: &Measure) {
    let request = ConfirmMeasureRequest {
        name: measure.name.clone(),
        legal_basis: measure.legal_basis.clone(),
        request_id: id(),
    };
    let confirmed = people.officer("measure-checker", "CREDIT").measures().confirm_measure(request).await;
    confirmed.unwrap_or_else(|refused| panic!("{}: {refused}", measure.measure));
}

async fn until_all(people: &People, entry: &str, what: &str, is: impl Fn(&Measure) -> bool) {
    wait::until(what, async || measures_of(people, entry).await.iter().all(&is).then_some(())).await;
}

/// The party has put things right, and is removed before the end of its term: application, examination, verification, decision.
async fn remove_early(people: &People, case: &str) {
    let counter = people.officer("counter", "CREDIT");
    let examiner = people.officer("repair-examiner", "ENFORCEMENT");
    let repair = Repair { subject: case.to_owned(), ..Repair::default() };
    let begin = CreateRepairRequest { repair: Some(repair), request_id: id() };
    let name = counter.repairs().create_repair(begin).await.expect("it can be repaired").into_inner().name;
    let paper = |kind: &str| RepairPaper {
        kind: kind.to_owned(),
        digest: "0123456789abcdef".repeat(4),
        ..RepairPaper::default()
    };
    let papers = ["application", "promise", "proof"].map(paper).into();
    let submit = SubmitRepairRequest { name: name.clone(), papers, request_id: id() };
    counter.repairs().submit_repair(submit).await.expect("the year is over");
    let accept = ExamineRepairRequest {
        name: name.clone(),
        examination: RepairExamination::Accept.into(),
        request_id: id(),
        ..ExamineRepairRequest::default()
    };
    examiner.repairs().examine_repair(accept).await.expect("all papers are there");
    let found = RepairVerification {
        method: "OnSite".to_owned(),
        confirmed: true,
        finding: "罚款已经缴清，违法行为已经改正".to_owned(),
        ..RepairVerification::default()
    };
    let verify =
        RecordRepairVerificationRequest { name: name.clone(), verification: Some(found), request_id: id() };
    let line = people.officer("line-officer", "FOOD_PROD");
    line.repairs().record_repair_verification(verify).await.expect("the line office verifies");
    let grant = DecideRepairRequest {
        name,
        grant: true,
        decision_no: "济市监修〔2026〕11号".to_owned(),
        reason: "条件具备".to_owned(),
        legal_basis: "《市场监督管理严重违法失信名单管理办法》第十六条".to_owned(),
        request_id: id(),
        ..DecideRepairRequest::default()
    };
    let decider = people.officer("repair-head", "ENFORCEMENT");
    let granted = decider.repairs().decide_repair(grant).await.expect("nothing stands in the way");
    assert_eq!(granted.into_inner().state, "Executed");
}

async fn all_ends_are_counted(people: &People) {
    let mut measures = people.officer("reader", "CREDIT").measures();
    let counts = measures.count_measure_use(CountMeasureUseRequest::default());
    let counts = counts.await.expect("CREDIT sees the count").into_inner().counts;
    let systems: std::collections::BTreeSet<_> = counts.iter().map(|row| row.receiver.as_str()).collect();
    assert_eq!(systems, SYSTEMS.into());
    for row in counts {
        assert_eq!(
            (row.acknowledged, row.ended, row.end_acknowledged),
            (row.told, row.told, row.told),
            "{row:?}"
        );
    }
}

/// What was taken against the party, how it was lifted, and why.
async fn the_timeline_and_the_profile_tell_it(people: &People, uscc: &str) {
    let request = GetTimelineRequest { name: format!("enterprises/{uscc}/timeline") };
    let timeline = people.officer("reader", "CREDIT").profiles().get_timeline(request).await;
    let timeline = timeline.expect("CREDIT reads timelines").into_inner();
    assert_eq!(timeline.missing, []);
    let times = |begin: &str| timeline.events.iter().filter(|event| event.title.starts_with(begin)).count();
    assert_eq!((times("采取联合惩戒措施"), times("联合惩戒措施终止")), (8, 8), "{:?}", timeline.events);
    assert_eq!((times("申请信用修复"), times("受理信用修复申请"), times("准予信用修复")), (1, 1, 1));
    let profile = job::profile(people, uscc).await;
    let ended = profile.measures.iter().filter(|measure| measure.state == "EndAcknowledged").count();
    assert_eq!((profile.measures.len(), ended, profile.missing), (8, 8, Vec::new()));
    let [repair] = &profile.repairs[..] else { panic!("{:?}", profile.repairs) };
    assert!(repair.uscc == uscc && !repair.decision_no.is_empty(), "{repair:?}");
}

/// What lies in the folder of a system.
fn told(folder: &Path) -> Vec<Value> {
    let files = std::fs::read_dir(folder).expect("a system that is there has a folder");
    let files = files.map(|file| file.expect("its entries can be read").path());
    let files = files.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    files
        .map(|path| {
            let text = std::fs::read(path).expect("a message can be read");
            serde_json::from_slice(&text).expect("a message is JSON")
        })
        .collect()
}
