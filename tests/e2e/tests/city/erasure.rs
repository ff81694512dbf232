//! Who a penalty on a person was about is erased: no service keeps it, in no table, no payload and no file of a database.

use std::path::Path;

use contract::collection::v1::record::Content;
use contract::collection::v1::{
    CorrectRecordRequest, CreateImportRequest, DecideMatchRequest, EraseRecordRequest, GetImportRequest,
    GetRecordRequest, Import, ListRecordsRequest, Penalty, ProposeMatchRequest, Provenance, Record,
    RequestMatchUndoRequest,
};
use contract::registry::v1::{CreatePartyRequest, Enterprise, ErasePartyRequest, Party};
use db::testing::places_of;
use domain::Uscc;
use e2e::city::TestCity;
use e2e::people::People;
use e2e::{id, job, today, wait, xinjian_json};

const PERSON: &str = "欧阳试名";
const NUMBER: &str = "济历市监罚〔2026〕7701号";
const UNIT: &str = "济南市市场监督管理局";

fn penalty() -> Record {
    let content = Penalty {
        violation_type: "未经许可从事食品生产".to_owned(),
        violation_facts: format!("{PERSON}在家中生产糕点"),
        legal_basis: "《中华人民共和国食品安全法》第一百二十二条".to_owned(),
        penalty_kinds: vec!["3".to_owned()],
        fine_fen: 500_000,
        ordinary_procedure: true,
        ..Penalty::default()
    };
    let unit = UNIT.to_owned();
    Record {
        party_name: PERSON.to_owned(),
        field: "FOOD".to_owned(),
        provenance: Some(Provenance { producer: unit.clone(), provider: unit.clone(), responsible: unit }),
        document_no: NUMBER.to_owned(),
        decided_on: (today() - chrono::Days::new(30)).to_string(),
        content: Some(Content::Penalty(content)),
        ..Record::default()
    }
}

/// A penalty on a person that was taken for a producer's for a while, with a correction; answers its name.
async fn penalised(people: &People) -> String {
    let uscc = Uscc::compose("91370102", "MA000001").expect("the parts are of the alphabet").to_string();
    let enterprise = Enterprise {
        uscc: uscc.clone(),
        legal_name: "济南泉福食品有限公司".to_owned(),
        party_kind: "legal_or_unincorporated".to_owned(),
        division: "370102".to_owned(),
        ..Enterprise::default()
    };
    let legal = people.officer("importer", "LEGAL");
    job::enterprises(&legal, vec![enterprise]).await;
    wait::quiet(people).await;
    assert_eq!(job::records(&legal, vec![penalty()]).await.unmatched, 1);
    let request = ListRecordsRequest { kind: "penalty".to_owned(), ..ListRecordsRequest::default() };
    let page = people.officer("reader", "CREDIT").records().list_records(request).await;
    let record = page.expect("CREDIT reads records").into_inner().records.remove(0);

    let proposal = ProposeMatchRequest {
        subject: record.name.clone(),
        uscc,
        reason: format!("{PERSON}是其法定代表人"),
        request_id: id(),
    };
    let proposed = legal.matches().propose_match(proposal).await.expect("LEGAL proposes").into_inner();
    decide(people, &proposed.name).await;
    wait::quiet(people).await;
    correct(people, &record.name).await;
    wait::quiet(people).await;
    let undo = RequestMatchUndoRequest {
        name: proposed.name,
        reason: "处罚的是自然人".to_owned(),
        request_id: id(),
    };
    let undo = legal.matches().request_match_undo(undo).await.expect("LEGAL asks").into_inner();
    decide(people, &undo.name).await;
    wait::quiet(people).await;
    record.name
}

async fn decide(people: &People, name: &str) {
    let decision =
        DecideMatchRequest { name: name.to_owned(), granted: true, request_id: id(), ..Default::default() };
    let second = people.officer("second", "FOOD_PROD");
    second.matches().decide_match(decision).await.expect("a second officer decides");
}

async fn correct(people: &People, name: &str) {
    let provider = people.officer("provider", "ENFORCEMENT");
    let request = GetRecordRequest { name: name.to_owned(), known_at: None };
    let shown = provider.records().get_record(request).await.expect("it is there").into_inner();
    let revision = shown.revision;
    let correction = CorrectRecordRequest {
        record: Some(Record { remark: format!("当事人为{PERSON}本人"), ..shown }),
        revision,
        reason: format!("补记{PERSON}的情况"),
        legal_basis: "济市监更〔2026〕1号".to_owned(),
        request_id: id(),
    };
    provider.records().correct_record(correction).await.expect("the provider corrects");
}

/// A file whose one line is about the person, and refused.
async fn refuse_line(people: &People) {
    let text = format!(
        "行政相对人名称,统一社会信用代码,重点领域,检查编号,检查日期,检查结果,检查实施机关,数据来源单位,责任单位\n\
         {PERSON},91370102MA3C00011G,食品生产,检1,2026-01-05,1,{UNIT},{UNIT},{UNIT}\n"
    );
    let import =
        Import { table: "inspection".to_owned(), file_name: "检查.csv".to_owned(), ..Import::default() };
    let parts = [
        CreateImportRequest { import: Some(import), request_id: id(), part: Vec::new() },
        CreateImportRequest { part: text.into_bytes(), ..CreateImportRequest::default() },
    ];
    let legal = people.officer("importer", "LEGAL");
    let sent = legal.imports().create_import(tokio_stream::iter(parts)).await.expect("a file is taken");
    let name = sent.into_inner().name;
    let refused = wait::until("the import ends", async || {
        let request = GetImportRequest { name: name.clone() };
        let import = legal.imports().get_import(request).await.expect("it is there").into_inner();
        (import.state == "Done").then_some(import.refused)
    });
    assert_eq!(refused.await, 1);
}

/// `service: table.column` of every place of every database that holds a text.
async fn places(people: &People, text: &str) -> Vec<String> {
    let mut places = Vec::new();
    for (service, db) in people.open_stores().await {
        places.extend(places_of(&db, text).await.into_iter().map(|place| format!("{service}: {place}")));
        db.close().await;
    }
    places
}

/// Files of a folder of databases, logs among them, that hold a text.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).expect("the folder of a city can be read");
    let files = files.map(|file| file.expect("its entries too").path()).filter(|path| path.is_file());
    let holds = |path: &std::path::PathBuf| {
        let bytes = std::fs::read(path).expect("a file of a city can be read");
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    };
    files.filter(holds).map(|path| path.display().to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_a_record_was_about_is_erased_in_every_service() {
    let city = TestCity::start().await;
    let people = city.people();
    let name = penalised(people).await;
    refuse_line(people).await;
    let before = places(people, PERSON).await;
    for place in [
        "collection: record.content",
        "collection: event.payload",
        "collection: file_import_refused.cells",
        "collection: record_past.content",
        "collection: delivery.content",
        "collection: request.answer",
        "risk: evidence_past.payload",
    ] {
        assert!(before.iter().any(|held| held == place), "{place} is not among {before:?}");
    }

    let erasure =
        EraseRecordRequest {
            name, reason: "本人请求".to_owned(), request_id: id(), ..Default::default()
        };
    let district = people.officer("district", "DISTRICT");
    district.records().erase_record(erasure).await.expect("a bureau erases");
    wait::quiet(people).await;
    for text in [PERSON, NUMBER] {
        assert_eq!(places(people, text).await, Vec::<String>::new());
    }

    let (folder, kept) = city.stop().await;
    let databases = folder.database("collection");
    let databases = databases.parent().expect("a database lies in a folder");
    for text in [PERSON, NUMBER] {
        assert_eq!(files_with(databases, text), Vec::<String>::new());
    }
    let audit = xinjian_json(["audit", "verify", "--data", &kept.path().display().to_string()]);
    assert_eq!(audit["valid"], true, "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_without_a_code_is_erased_in_every_service() {
    let city = TestCity::start().await;
    let people = city.people();
    let legal = people.officer("registrar", "LEGAL");
    let party = Party {
        legal_name: PERSON.to_owned(),
        party_kind: "natural_person".to_owned(),
        division: "370102".to_owned(),
        ..Party::default()
    };
    let request = CreatePartyRequest { party: Some(party), request_id: id() };
    let name =
        legal.parties_without_code().create_party(request).await.expect("LEGAL registers").into_inner().name;
    assert_eq!(places(people, PERSON).await, ["registry: party.legal_name"]);
    let erasure = ErasePartyRequest { name, reason: "本人请求".to_owned(), request_id: id() };
    legal.parties_without_code().erase_party(erasure).await.expect("LEGAL erases");
    wait::quiet(people).await;
    assert_eq!(places(people, PERSON).await, Vec::<String>::new());
    let (folder, _kept) = city.stop().await;
    let databases = folder.database("registry");
    let databases = databases.parent().expect("a database lies in a folder");
    assert_eq!(files_with(databases, PERSON), Vec::<String>::new());
}
