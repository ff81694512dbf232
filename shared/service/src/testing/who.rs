//! A service that says who asks.

use contract::common::v1::{
    CountTimelinessRequest, CountTimelinessResponse, CountWorkRequest, CountWorkResponse, ListWorkRequest,
    ListWorkResponse, work_server::Work,
};
use tonic::{Request, Response, Status};

use crate::auth::Caller;

/// A list of work whose page token is `SUBJECT of OFFICE` of who asked.
#[derive(Clone, Copy, Debug)]
pub struct Who;

#[tonic::async_trait]
impl Work for Who {
    async fn list_work(
        &self,
        request: Request<ListWorkRequest>,
    ) -> Result<Response<ListWorkResponse>, Status> {
        let caller = Caller::of(&request)?;
        let next_page_token = format!("{} of {}", caller.subject(), caller.office());
        Ok(Response::new(ListWorkResponse { duties: Vec::new(), next_page_token }))
    }

    async fn count_work(&self, _: Request<CountWorkRequest>) -> Result<Response<CountWorkResponse>, Status> {
        Ok(Response::new(CountWorkResponse::default()))
    }

    async fn count_timeliness(
        &self,
        _: Request<CountTimelinessRequest>,
    ) -> Result<Response<CountTimelinessResponse>, Status> {
        Ok(Response::new(CountTimelinessResponse::default()))
    }
}
