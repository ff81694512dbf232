//! `xinjian.risk.v1.Backtests`.

use contract::risk::v1 as pb;
use contract::risk::v1::backtests_server::Backtests;
use futures::stream::{BoxStream, StreamExt, once};
use service::FieldErrors;
use tokio::task::spawn_blocking;
use tonic::{Request, Response, Status};

use super::Api;
use crate::convert;
use crate::domain::backtest::{self, Plan};
use crate::error::Error;
use crate::store::Store;

#[tonic::async_trait]
impl Backtests for Api {
    type ReplayHistoryStream = BoxStream<'static, Result<pb::ReplayHistoryResponse, Status>>;

    #[tracing::instrument(skip_all)]
    async fn replay_history(
        &self,
        request: Request<pb::ReplayHistoryRequest>,
    ) -> Result<Response<Self::ReplayHistoryStream>, Status> {
        let mut errors = FieldErrors::default();
        let plan = convert::plan(&mut errors, request.get_ref(), self.book(), self.clock.today());
        let Some(plan) = plan else { return Err(Error::from(errors).into()) };
        Ok(Response::new(once(replay(self.store.clone(), plan)).boxed()))
    }
}

async fn replay(store: Store, plan: Plan) -> Result<pb::ReplayHistoryResponse, Status> {
    let firms = store.inspected(plan.first_day, plan.last_day).await?;
    // Thousands of scores and samples: not on a thread that answers others.
    let played = spawn_blocking(move || {
        backtest::run(&plan, &firms, store.book()).map(|report| convert::replay_to_pb(&plan, &report))
    });
    let answer = played.await.map_err(|ended| Status::internal(ended.to_string()))?;
    Ok(answer.map_err(Error::from)?)
}
