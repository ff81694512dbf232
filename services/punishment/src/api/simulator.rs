//! What would follow from a penalty.

use std::sync::Arc;

use contract::punishment::v1::simulator_server::Simulator;
use contract::punishment::v1::{SimulatePenaltyRequest, SimulatedPenalty};
use rulebook::Rulebook;
use tonic::{Request, Response, Status};

use super::convert::simulate as convert;
use crate::domain::simulate::simulate;
use crate::error::Error;

/// The service `Simulator`.
#[derive(Clone, Debug)]
pub struct SimulatorApi {
    book: Arc<Rulebook>,
}

impl SimulatorApi {
    /// Looks ahead by these rules.
    pub fn new(book: Arc<Rulebook>) -> Self {
        Self { book }
    }
}

/// Answers a question about a penalty, by the rules of a book.
///
/// # Errors
/// Invalid fields, all at once; a rulebook that lacks a parameter.
pub fn simulate_penalty(
    book: &Rulebook,
    request: &SimulatePenaltyRequest,
) -> Result<SimulatedPenalty, Error> {
    let supposed = convert::supposed(request, book)?;
    let outlook = simulate(book, &supposed).map_err(service::Error::from)?;
    Ok(convert::outlook(&supposed, &outlook))
}

#[tonic::async_trait]
impl Simulator for SimulatorApi {
    #[tracing::instrument(skip_all)]
    async fn simulate_penalty(
        &self,
        request: Request<SimulatePenaltyRequest>,
    ) -> Result<Response<SimulatedPenalty>, Status> {
        Ok(Response::new(simulate_penalty(&self.book, &request.into_inner())?))
    }
}
