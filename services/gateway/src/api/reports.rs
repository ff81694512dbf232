//! `DispatchReports`: the report of a month, asked for in the caller's own name.

use std::sync::Arc;

use contract::gateway::v1::{
    DispatchReport, DispatchWorkbook, GetDispatchReportRequest, GetDispatchWorkbookRequest,
    dispatch_reports_server::DispatchReports,
};
use rulebook::Rulebook;
use service::{Clock, auth::Caller};
use tonic::{Request, Response, Status};

use super::convert_report::question;
use crate::{
    Error,
    labels::Labels,
    peers::Peers,
    report::{Question, gather, workbook},
};

/// Answers for officers.
#[derive(Clone, Debug)]
pub(crate) struct DispatchReportsApi {
    peers: Peers,
    book: Arc<Rulebook>,
    clock: Clock,
}

impl DispatchReportsApi {
    pub(crate) fn new(peers: Peers, book: Arc<Rulebook>, clock: Clock) -> Self {
        Self { peers, book, clock }
    }

    async fn report(&self, caller: &Caller, question: &Question) -> Result<DispatchReport, Error> {
        gather(&self.peers.for_caller(caller), question, Labels::of(&self.book)).await
    }
}

#[tonic::async_trait]
impl DispatchReports for DispatchReportsApi {
    #[tracing::instrument(skip_all)]
    async fn get_dispatch_report(
        &self,
        request: Request<GetDispatchReportRequest>,
    ) -> Result<Response<DispatchReport>, Status> {
        let caller = Caller::of(&request)?;
        let GetDispatchReportRequest { name, division } = request.into_inner();
        let question = question(&name, division, &caller, self.clock.today())?;
        Ok(Response::new(self.report(&caller, &question).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_dispatch_workbook(
        &self,
        request: Request<GetDispatchWorkbookRequest>,
    ) -> Result<Response<DispatchWorkbook>, Status> {
        let caller = Caller::of(&request)?;
        let GetDispatchWorkbookRequest { name, division } = request.into_inner();
        let question = question(&name, division, &caller, self.clock.today())?;
        let report = self.report(&caller, &question).await?;
        let content = workbook(&report, question.month, Labels::of(&self.book)).map_err(Error::Workbook)?;
        let file_name = format!("重点领域信用监管调度表{}.xlsx", question.month.text_zh());
        Ok(Response::new(DispatchWorkbook { file_name, content }))
    }
}
