use std::ops::ControlFlow;

use collection::sheet;
use contract::collection::v1 as pb;
use contract::collection::v1::imports_client::ImportsClient;
use service::peer::Peer;
use tonic::Code;
use tonic_types::StatusExt;

use super::harness::*;

const HEADERS: &str =
    "行政相对人名称,统一社会信用代码,检查编号,检查日期,检查结果,检查实施机关,数据来源单位,责任单位";

fn file(lines: &[(&str, &str)]) -> Vec<u8> {
    let unit = "济南市市场监督管理局";
    let line = |(number, uscc): &(&str, &str)| {
        format!("济南泉福食品有限公司,{uscc},{number},2026-02-25,未发现问题,{unit},{unit},{unit}\n")
    };
    let text = format!("{HEADERS}\n{}", lines.iter().map(line).collect::<String>());
    // As spreadsheets of officers save it.
    encoding_rs::GB18030.encode(&text).0.into_owned()
}

/// The file in parts of a few bytes.
pub(super) fn parts(n: u32, table: &str, bytes: &[u8]) -> Vec<pb::CreateImportRequest> {
    let import =
        pb::Import { table: table.to_owned(), file_name: "检查.csv".to_owned(), ..pb::Import::default() };
    let first = pb::CreateImportRequest { import: Some(import), request_id: request_id(n), part: Vec::new() };
    let rest =
        bytes.chunks(100).map(|part| pb::CreateImportRequest { part: part.to_vec(), ..Default::default() });
    std::iter::once(first).chain(rest).collect()
}

/// Waits until an import has ended.
pub(super) async fn ended(served: &Served, name: &str) -> pb::Import {
    // Sees those of every office.
    let mut officer = served.imports("CREDIT");
    loop {
        let request = pb::GetImportRequest { name: name.to_owned() };
        let import = officer.get_import(request).await.unwrap().into_inner();
        if !["Queued", "Running"].contains(&import.state.as_str()) {
            return import;
        }
        tokio::task::yield_now().await;
    }
}

async fn refused_workbook(officer: &mut ImportsClient<Peer>, name: &str) -> Vec<u8> {
    let request = pb::GetRefusedWorkbookRequest { name: name.to_owned(), ..Default::default() };
    let mut stream = officer.get_refused_workbook(request).await.unwrap().into_inner();
    let mut workbook = Vec::new();
    while let Some(part) = stream.message().await.unwrap() {
        workbook.extend(part.part);
    }
    workbook
}

#[tokio::test]
async fn a_file_is_sent_worked_off_and_its_refused_lines_come_back_as_a_workbook() {
    let served = Served::start(&[]).await;
    let mut officer = served.imports("LEGAL");
    let bytes = file(&[("检1", FOOD), ("检2", "91370102MA3C00011G")]);
    let sent =
        officer.create_import(tokio_stream::iter(parts(1, "inspection", &bytes))).await.unwrap().into_inner();
    assert_eq!(sent.size_bytes, bytes.len() as i64);
    let done = ended(&served, &sent.name).await;
    assert_eq!((done.state.as_str(), done.unmatched, done.refused), ("Done", 1, 1), "{}", done.problem);

    let request = pb::ListRefusedLinesRequest { name: sent.name.clone(), ..Default::default() };
    let lines = officer.list_refused_lines(request).await.unwrap().into_inner().lines;
    let fault = &lines[0].faults[0];
    assert_eq!((lines[0].line, fault.header.as_str(), fault.field.as_str()), (3, "统一社会信用代码", "uscc"));

    let workbook = refused_workbook(&mut officer, &sent.name).await;
    // Put right by nobody, it is refused as before: every header is known again, the reasons are passed over.
    let again = officer
        .create_import(tokio_stream::iter(parts(2, "inspection", &workbook)))
        .await
        .unwrap()
        .into_inner();
    let again = ended(&served, &again.name).await;
    assert_eq!((again.state.as_str(), again.lines, again.refused), ("Done", 1, 1), "{}", again.problem);
    assert_eq!(again.ignored_columns, Vec::<String>::new());
    let listed = officer.list_imports(pb::ListImportsRequest::default()).await.unwrap().into_inner().imports;
    assert_eq!(listed.len(), 2);
    served.stop().await;
}

/// The workbook with the code in it put right, as an officer does it.
fn corrected(workbook: &[u8], wrong: &str, right: &str) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet::read(workbook, |line| {
        for (column, cell) in (0..).zip(&line.cells) {
            let shown = cell.shown();
            let shown = if shown == wrong { right } else { &shown };
            sheet.write_string(line.number - 1, column, shown).unwrap();
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn refused_rows_that_are_put_right_in_their_workbook_are_taken() {
    let served = Served::start(&[]).await;
    let mut officer = served.imports("LEGAL");
    let wrong = "91370102MA3C00011G";
    let bytes = file(&[("检1", FOOD), ("检2", wrong)]);
    // A text file that calls itself a workbook is read as what it is.
    let mut sent = parts(1, "inspection", &bytes);
    sent[0].import.as_mut().unwrap().file_name = "检查.xlsx".to_owned();
    let sent = officer.create_import(tokio_stream::iter(sent)).await.unwrap().into_inner();
    let done = ended(&served, &sent.name).await;
    assert_eq!((done.unmatched, done.refused), (1, 1), "{}", done.problem);
    let workbook = refused_workbook(&mut officer, &sent.name).await;
    let again = corrected(&workbook, wrong, FOOD);
    let sent = officer.create_import(tokio_stream::iter(parts(2, "inspection", &again))).await;
    let done = ended(&served, &sent.unwrap().into_inner().name).await;
    assert_eq!((done.lines, done.unmatched, done.refused), (1, 1, 0), "{}", done.problem);
    served.stop().await;
}

#[tokio::test]
async fn the_template_of_every_table_is_a_workbook_whose_headers_are_known_when_it_is_sent_back() {
    let served = Served::start(&[]).await;
    let names = [
        ("permit", "行政许可模板.xlsx"),
        ("penalty", "行政处罚模板.xlsx"),
        ("inspection", "监督检查模板.xlsx"),
        ("sampling", "监督抽查模板.xlsx"),
        ("list_entry", "其他部门名单和登记模板.xlsx"),
        ("ticket", "投诉举报工单模板.xlsx"),
    ];
    for (n, (table, file_name)) in (1..).zip(names) {
        // Tickets are brought by those who may bring tickets.
        let mut officer = served.imports(if table == "ticket" { "CREDIT" } else { "LEGAL" });
        let request = pb::GetTemplateRequest { table: table.to_owned() };
        let template = officer.get_template(request).await.unwrap().into_inner();
        assert_eq!(template.file_name, file_name);
        let sent = officer.create_import(tokio_stream::iter(parts(n, table, &template.content))).await;
        let done = ended(&served, &sent.unwrap().into_inner().name).await;
        // Every header is known; only what is to be filled in is missing.
        assert_eq!((done.state.as_str(), done.problem.as_str()), ("Refused", "表头(第 1 行)之下没有数据"));
    }
    served.stop().await;
}

#[tokio::test]
async fn bad_requests_name_every_field_and_tickets_need_their_own_permission() {
    let served = Served::start(&[]).await;
    let mut officer = served.imports("LEGAL");
    let status =
        officer.create_import(tokio_stream::iter([pb::CreateImportRequest::default()])).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let paths: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(paths, ["request_id", "import", "import.table"]);
    let refused = refusal(officer.create_import(tokio_stream::iter(parts(1, "ticket", b"x"))).await);
    assert_eq!(refused, (Code::PermissionDenied, Some("ROLE_NOT_PERMITTED".to_owned())));
    let name = format!("imports/{}", "0".repeat(32));
    let refused = refusal(officer.get_import(pb::GetImportRequest { name }).await);
    assert_eq!(refused, (Code::NotFound, Some("IMPORT_NOT_FOUND".to_owned())));
    served.stop().await;
}

#[tokio::test]
async fn whoever_sends_nothing_holds_no_place_and_is_let_go() {
    let served = Served::start(&["--import-idle-seconds", "1"]).await;
    let mut silent = served.imports("LEGAL");
    let mut other = served.imports("LEGAL");
    let waiting = async {
        let nothing = || tokio_stream::pending::<pb::CreateImportRequest>();
        tokio::join!(silent.create_import(nothing()), other.create_import(nothing()))
    };
    let sent = async {
        let bytes = file(&[("检1", FOOD)]);
        served.imports("LEGAL").create_import(tokio_stream::iter(parts(1, "inspection", &bytes))).await
    };
    let ((one, two), sent) = tokio::join!(waiting, sent);
    sent.unwrap();
    for answer in [one, two] {
        assert_eq!(refusal(answer), (Code::DeadlineExceeded, Some("IMPORT_IDLE".to_owned())));
    }
    // Nor may one go silent in the middle of its file.
    let begun = tokio_stream::StreamExt::chain(
        tokio_stream::iter(parts(2, "inspection", b"x").into_iter().take(1)),
        tokio_stream::pending(),
    );
    let answer = served.imports("LEGAL").create_import(begun).await;
    assert_eq!(refusal(answer), (Code::DeadlineExceeded, Some("IMPORT_IDLE".to_owned())));
    served.stop().await;
}

#[tokio::test]
async fn a_file_above_the_bound_is_refused_while_it_is_sent() {
    let served = Served::start(&[]).await;
    let part = vec![b'a'; 2 * 1024 * 1024];
    let first = parts(1, "inspection", b"").remove(0);
    let rest = (0..33).map(move |_| pb::CreateImportRequest { part: part.clone(), ..Default::default() });
    let sent =
        served.imports("LEGAL").create_import(tokio_stream::iter(std::iter::once(first).chain(rest))).await;
    assert_eq!(refusal(sent), (Code::InvalidArgument, Some("IMPORT_TOO_LARGE".to_owned())));
    served.stop().await;
}
