//! What each side asks.

use anyhow::Context;
use contract::punishment::v1::parties_client::PartiesClient;
use contract::punishment::v1::{BatchCheckPartiesRequest, CheckPartyRequest};
use standalone::clients::{Authorised, Bearer};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::transport::Channel;
use tonic::{Request, Status};

use super::BATCH;
use crate::echo::{self, EchoClient};
use crate::host::Running;
use crate::load::{Asks, CONNECTIONS};

/// Where the token stands.
const TOKEN: &str = "authorization";
/// What the answers are needed for.
const PURPOSE: &str = "PERMIT";

/// A single question.
pub(super) fn question(uscc: &str, receipt: bool) -> CheckPartyRequest {
    CheckPartyRequest { uscc: uscc.to_owned(), purpose: PURPOSE.to_owned(), as_of: String::new(), receipt }
}

fn connections(service: &Running, bearer: &Bearer) -> anyhow::Result<Vec<PartiesClient<Authorised>>> {
    (0..CONNECTIONS).map(|_| Ok(PartiesClient::new(service.connect_as(bearer)?))).collect()
}

/// A client that puts its token on each request by itself: what an interceptor costs is no part of the service.
#[derive(Clone)]
pub(super) struct Asker {
    parties: PartiesClient<Channel>,
    token: MetadataValue<Ascii>,
}

/// Single checks, one client a connection.
pub(super) struct Singles {
    connections: Vec<Asker>,
    questions: Vec<CheckPartyRequest>,
}

impl Singles {
    /// Checks of these parties, with or without a receipt.
    pub(super) fn connect(
        service: &Running,
        bearer: &Bearer,
        usccs: &[String],
        receipt: bool,
    ) -> anyhow::Result<Self> {
        let questions = usccs.iter().map(|uscc| question(uscc, receipt)).collect();
        let shown = bearer.clone().call(Request::new(()))?;
        let token = shown.metadata().get(TOKEN).context("an officer shows a token")?;
        let asker = |_| Ok(Asker { parties: PartiesClient::new(service.connect()?), token: token.clone() });
        Ok(Self { connections: (0..CONNECTIONS).map(asker).collect::<anyhow::Result<_>>()?, questions })
    }
}

impl Asks for Singles {
    type Client = Asker;
    type Question = CheckPartyRequest;

    fn client(&self, connection: usize) -> Self::Client {
        self.connections[connection].clone()
    }

    fn questions(&self) -> Vec<CheckPartyRequest> {
        self.questions.clone()
    }

    async fn ask(client: &mut Asker, question: CheckPartyRequest) -> Result<(), Status> {
        let receipt = question.receipt;
        let mut request = Request::new(question);
        request.metadata_mut().insert(TOKEN, client.token.clone());
        let answer = client.parties.check_party(request).await?.into_inner();
        match answer.receipt {
            None if receipt => Err(Status::internal("an answer came without its receipt")),
            _ => Ok(()),
        }
    }
}

/// Checks of a thousand parties each.
pub(super) struct Batches {
    connections: Vec<PartiesClient<Authorised>>,
    questions: Vec<BatchCheckPartiesRequest>,
}

impl Batches {
    /// The parties in batches; those that fill none are left out.
    pub(super) fn connect(service: &Running, bearer: &Bearer, usccs: &[String]) -> anyhow::Result<Self> {
        let chunks = usccs.chunks_exact(BATCH);
        let batch = |usccs: &[String]| BatchCheckPartiesRequest {
            usccs: usccs.to_vec(),
            purpose: PURPOSE.to_owned(),
            ..BatchCheckPartiesRequest::default()
        };
        Ok(Self { connections: connections(service, bearer)?, questions: chunks.map(batch).collect() })
    }
}

impl Asks for Batches {
    type Client = PartiesClient<Authorised>;
    type Question = BatchCheckPartiesRequest;

    fn client(&self, connection: usize) -> Self::Client {
        self.connections[connection].clone()
    }

    fn questions(&self) -> Vec<BatchCheckPartiesRequest> {
        self.questions.clone()
    }

    async fn ask(client: &mut Self::Client, question: BatchCheckPartiesRequest) -> Result<(), Status> {
        let checks = client.batch_check_parties(question).await?.into_inner().checks;
        if checks.len() == BATCH { Ok(()) } else { Err(Status::internal("an answer is missing")) }
    }
}

impl Asks for EchoClient {
    type Client = echo::Connection;
    type Question = echo::Blob;

    fn client(&self, connection: usize) -> echo::Connection {
        self.connections[connection].clone()
    }

    fn questions(&self) -> Vec<echo::Blob> {
        self.questions.clone()
    }

    async fn ask(client: &mut echo::Connection, question: echo::Blob) -> Result<(), Status> {
        echo::ask(client, question).await.map(drop)
    }
}
