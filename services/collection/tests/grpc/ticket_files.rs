use collection::sheet;
use contract::collection::v1 as pb;
use std::ops::ControlFlow;

use super::harness::*;
use super::imports::{ended, parts};

const SECRETS: [&str; 3] = ["13812345678", "王先生", "泺源大街1号"];

async fn workbook(served: &Served, office: &str, name: &str, purpose: &str) -> String {
    let request = pb::GetRefusedWorkbookRequest { name: name.to_owned(), purpose: purpose.to_owned() };
    let mut stream = served.imports(office).get_refused_workbook(request).await.unwrap().into_inner();
    let mut bytes = Vec::new();
    while let Some(part) = stream.message().await.unwrap() {
        bytes.extend(part.part);
    }
    let mut text = String::new();
    sheet::read(&bytes, |line| {
        text.extend(line.cells.iter().map(|cell| format!("{}|", cell.shown())));
        ControlFlow::Continue(())
    })
    .unwrap();
    text
}

#[tokio::test]
async fn callers_in_a_file_of_tickets_stand_in_no_file_of_ours_and_are_given_back_for_a_purpose_only() {
    let served = Served::start_with_key(&"0f".repeat(32)).await.unwrap();
    let [phone, name, address] = SECRETS;
    let row = |number: &str, day: &str| {
        format!("{number},12345,投诉,{day},全福食品,{name},{phone},{address},{name} {phone}\r\n")
    };
    let headers = "工单编号,渠道,诉求类型,受理时间,被诉对象,来电人,联系电话,来电人地址,备注\r\n";
    let file = format!("{headers}{}{}", row("T1", "2026-02-25"), row("T2", phone));
    let file = encoding_rs::GB18030.encode(&file).0.into_owned();
    let sent = served.imports("IT").create_import(tokio_stream::iter(parts(1, "ticket", &file))).await;
    let done = ended(&served, &sent.unwrap().into_inner().name).await;
    assert_eq!((done.lines, done.unmatched, done.refused), (2, 1, 1), "{}", done.problem);

    let masked = workbook(&served, "IT", &done.name, "核对").await;
    assert!(masked.contains("所填内容") && masked.contains("未予给出"), "{masked}");
    assert!(SECRETS.iter().all(|secret| !masked.contains(secret)), "{masked}");
    let opened = workbook(&served, "CREDIT", &done.name, "改正后重新导入").await;
    assert!(SECRETS.iter().all(|secret| opened.contains(secret)), "{opened}");

    for secret in SECRETS {
        let gb = encoding_rs::GB18030.encode(secret).0.into_owned();
        for (file, bytes) in served.files() {
            for secret in [secret.as_bytes(), &gb] {
                assert!(!bytes.windows(secret.len()).any(|part| part == secret), "{file}");
            }
        }
    }
    served.stop().await;
}
