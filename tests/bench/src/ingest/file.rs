//! A large file of inspections, as officers keep one.

use std::time::Duration;

use anyhow::Context as _;
use contract::collection::v1::imports_client::ImportsClient;
use contract::collection::v1::{CreateImportRequest, GetImportRequest, Import};
use encoding_rs::GB18030;
use standalone::clients::Authorised;

use crate::poll::until;

/// Bytes of the file: nearly as many as are taken.
const FILE: usize = 60_000_000;
/// Bytes of a part that is sent.
const PART: usize = 256 * 1024;
const PATIENCE: Duration = Duration::from_secs(600);
const UNIT: &str = "济南市市场监督管理局";

/// In which encoding it is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Encoding {
    Utf8,
    Gb18030,
}

/// Sends the file and waits until every line of it is taken.
pub(super) async fn import(client: &mut ImportsClient<Authorised>, encoding: Encoding) -> anyhow::Result<()> {
    let (bytes, lines) = written(encoding);
    let import = Import { table: "inspection".to_owned(), ..Import::default() };
    let request_id = uuid::Uuid::new_v4().to_string();
    let first = CreateImportRequest { import: Some(import), request_id, part: Vec::new() };
    let rest = (0..bytes.len()).step_by(PART).map(move |from| {
        let part = bytes[from..bytes.len().min(from + PART)].to_vec();
        CreateImportRequest { part, ..CreateImportRequest::default() }
    });
    let parts = tokio_stream::iter(std::iter::once(first).chain(rest));
    let name = client.create_import(parts).await?.into_inner().name;
    let done = until("the file is taken", PATIENCE, || {
        let (mut client, name) = (client.clone(), name.clone());
        async move {
            let import = client.get_import(GetImportRequest { name }).await?.into_inner();
            anyhow::ensure!(import.problem.is_empty(), "refused: {}", import.problem);
            Ok((import.state == "Done").then_some(import))
        }
    })
    .await
    .context("the import did not end")?;
    anyhow::ensure!(done.unmatched == lines, "not every line was taken: {done:?}");
    Ok(())
}

/// The file, and how many lines it has below its headers.
fn written(encoding: Encoding) -> (Vec<u8>, i64) {
    let in_encoding = |text: &str| match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Gb18030 => GB18030.encode(text).0.into_owned(),
    };
    let headers = "行政相对人名称,检查编号,检查日期,检查结果,检查实施机关,数据来源单位,责任单位\n";
    let (mut file, mut lines) = (in_encoding(headers), 0);
    while file.len() < FILE {
        let row = format!(
            "济南泉福食品有限公司,济市监检〔2026〕{lines}号,2026-02-25,未发现问题,{UNIT},{UNIT},{UNIT}\n"
        );
        file.extend(in_encoding(&row));
        lines += 1;
    }
    (file, lines)
}
