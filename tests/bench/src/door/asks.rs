//! What each side asks.

use bytes::Bytes;
use contract::client::{Timeouts, channel};
use contract::registry::v1::GetEnterpriseRequest;
use contract::registry::v1::enterprises_client::EnterprisesClient;
use http::{HeaderValue, Request, StatusCode, header::AUTHORIZATION};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use standalone::clients::{Authorised, Bearer};
use tonic::Status;
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;

use crate::load::{Asks, CONNECTIONS};

pub(super) type Http = Client<HttpConnector, Empty<Bytes>>;

/// GET of these paths.
pub(super) struct ByRest {
    connections: Vec<Http>,
    questions: Vec<(String, HeaderValue)>,
}

impl ByRest {
    pub(super) fn connect(address: &str, bearer: &Bearer, paths: Vec<String>) -> anyhow::Result<Self> {
        Self::connect_by(CONNECTIONS, address, bearer, paths)
    }

    /// The same by another number of connections.
    pub(super) fn connect_by(
        connections: usize,
        address: &str,
        bearer: &Bearer,
        paths: Vec<String>,
    ) -> anyhow::Result<Self> {
        let connection = |_| Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        let token = token_of(bearer)?;
        let questions = paths.into_iter().map(|path| (format!("{address}{path}"), token.clone())).collect();
        Ok(Self { connections: (0..connections).map(connection).collect(), questions })
    }

    /// How many connections there are.
    pub(super) fn connections(&self) -> usize {
        self.connections.len()
    }

    /// The answer to the first question.
    pub(super) async fn first_answer(&self) -> anyhow::Result<Bytes> {
        let question = self.questions.first().cloned();
        let question = question.ok_or_else(|| anyhow::anyhow!("there are no questions"))?;
        Ok(get(&self.connections[0], question).await?)
    }
}

/// The header that the interceptor of other clients sends.
fn token_of(bearer: &Bearer) -> anyhow::Result<HeaderValue> {
    let request = bearer.clone().call(tonic::Request::new(()))?;
    let token = request.metadata().get("authorization").map(|value| value.as_bytes().to_vec());
    let token = token.ok_or_else(|| anyhow::anyhow!("an officer has a token"))?;
    Ok(HeaderValue::from_bytes(&token)?)
}

async fn get(client: &Http, question: (String, HeaderValue)) -> Result<Bytes, Status> {
    let url = question.0.clone();
    let (status, body) = answer(client, question).await?;
    if status.is_success() { Ok(body) } else { Err(Status::unknown(format!("{url}: {status}"))) }
}

/// The answer to a question, whatever it is.
pub(super) async fn answer(
    client: &Http,
    (url, token): (String, HeaderValue),
) -> Result<(StatusCode, Bytes), Status> {
    let failed = |problem: &dyn std::fmt::Display| Status::unknown(format!("{url}: {problem}"));
    let request = Request::get(&url).header(AUTHORIZATION, token).body(Empty::new());
    let request = request.map_err(|problem| failed(&problem))?;
    let answer = client.request(request).await.map_err(|problem| failed(&problem))?;
    let status = answer.status();
    let body = answer.into_body().collect().await.map_err(|problem| failed(&problem))?.to_bytes();
    Ok((status, body))
}

impl Asks for ByRest {
    type Client = Http;
    type Question = (String, HeaderValue);

    fn client(&self, connection: usize) -> Http {
        self.connections[connection].clone()
    }

    fn questions(&self) -> Vec<Self::Question> {
        self.questions.clone()
    }

    async fn ask(client: &mut Http, question: Self::Question) -> Result<(), Status> {
        get(client, question).await.map(drop)
    }
}

/// One enterprise by gRPC.
pub(super) struct ByGrpc {
    connections: Vec<EnterprisesClient<Authorised>>,
    questions: Vec<GetEnterpriseRequest>,
}

impl ByGrpc {
    pub(super) fn connect(address: &str, bearer: &Bearer, usccs: &[String]) -> anyhow::Result<Self> {
        let connection = |_| {
            let channel = channel(address, Timeouts::streaming())?;
            Ok(EnterprisesClient::new(InterceptedService::new(channel, bearer.clone())))
        };
        let question = |uscc: &String| GetEnterpriseRequest {
            name: format!("enterprises/{uscc}"),
            ..GetEnterpriseRequest::default()
        };
        let connections = (0..CONNECTIONS).map(connection).collect::<anyhow::Result<_>>()?;
        Ok(Self { connections, questions: usccs.iter().map(question).collect() })
    }
}

impl Asks for ByGrpc {
    type Client = EnterprisesClient<Authorised>;
    type Question = GetEnterpriseRequest;

    fn client(&self, connection: usize) -> Self::Client {
        self.connections[connection].clone()
    }

    fn questions(&self) -> Vec<GetEnterpriseRequest> {
        self.questions.clone()
    }

    async fn ask(client: &mut Self::Client, question: GetEnterpriseRequest) -> Result<(), Status> {
        client.get_enterprise(question).await.map(drop)
    }
}
