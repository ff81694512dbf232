//! `check`: `CheckParty` of a real punishment service beside a bare tonic echo.
//!
//! The service holds 200,000 entries for a fifth of a million parties; 20,000 of the million are asked about again and
//! again, so one answer in five names an entry and its measures. The echo sends messages of the very same encoded sizes.
//! Both sides have the same clients, connections and requests under way, in this process, on the same two cores.

mod echo;
mod load;
mod parties;

use contract::punishment::v1::parties_client::PartiesClient;
use contract::punishment::v1::{CheckPartyRequest, PartyCheck};
use prost::Message;
use standalone::clients::{Authorised, Bearer};
use tonic::Status;

use crate::host::{Keys, Running};
use crate::report::{Better, Figure, Measure, median};
use echo::{Echo, EchoClient, Sizes};
use load::{Asks, Round};

/// What the answers are needed for.
const PURPOSE: &str = "PERMIT";
/// Office of the asking system.
const OFFICE: &str = "APPROVAL";
const BASELINE: &str = "bare tonic echo, same message sizes and connections";
const THROUGHPUT: Measure = Measure {
    bench: "check",
    figure: "throughput",
    unit: "requests/s",
    baseline_name: BASELINE,
    target: Some(0.7),
    better: Better::Higher,
};
const P99: Measure = Measure {
    bench: "check",
    figure: "p99",
    unit: "ms",
    baseline_name: BASELINE,
    target: Some(2.0),
    better: Better::Lower,
};

/// Measures.
pub(crate) async fn run(rounds: u32) -> anyhow::Result<Vec<Figure>> {
    let keys = Keys::new()?;
    let (setting, url) = crate::host::sqlite(keys.folder(), "punishment.db");
    parties::list(&url).await?;
    let config: punishment::Config = keys.config("punishment", &setting)?;
    let service = Running::start(|listener, shutdown| punishment::serve(listener, config, shutdown)).await?;
    let bearer = keys.officer(OFFICE)?;
    let echo = Echo::start().await?;

    let questions = parties::questions();
    let sizes = sizes(&service, &bearer, &questions).await?;
    let ours = Checks::connect(&service, &bearer, &questions)?;
    let theirs = echo.connect(&sizes)?;
    let (mut our_rounds, mut their_rounds) = (Vec::new(), Vec::new());
    // The first round of each side warms it up.
    for round in 0..=rounds {
        let (our, their) = (load::round(&ours).await?, load::round(&theirs).await?);
        if round > 0 {
            our_rounds.push(our);
            their_rounds.push(their);
        }
    }
    service.stop().await?;
    let middle = |rounds: &[Round], of: fn(&Round) -> f64| median(rounds.iter().map(of).collect());
    let figure = |measure: Measure, of| measure.figure(middle(&our_rounds, of), middle(&their_rounds, of));
    Ok(vec![figure(THROUGHPUT, Round::per_second), figure(P99, Round::p99_ms)])
}

/// Encoded sizes of each question and its answer. Every answer is looked at, so that what is measured is known to be right.
async fn sizes(service: &Running, bearer: &Bearer, questions: &[String]) -> anyhow::Result<Vec<Sizes>> {
    let mut client = PartiesClient::new(service.connect_as(bearer)?);
    let mut sizes = Vec::with_capacity(questions.len());
    let mut listed = 0;
    for uscc in questions {
        let question = question(uscc);
        let request = question.encoded_len();
        let answer: PartyCheck = client.check_party(question).await?.into_inner();
        anyhow::ensure!(answer.uscc == *uscc, "the answer is about another party");
        anyhow::ensure!(answer.entries.is_empty() != parties::is_listed(uscc), "{uscc} is answered wrongly");
        listed += usize::from(!answer.entries.is_empty());
        sizes.push(Sizes { request, answer: answer.encoded_len() });
    }
    anyhow::ensure!(listed * 10 > questions.len(), "too few of the parties asked about are listed: {listed}");
    Ok(sizes)
}

fn question(uscc: &str) -> CheckPartyRequest {
    CheckPartyRequest { uscc: uscc.to_owned(), purpose: PURPOSE.to_owned(), ..CheckPartyRequest::default() }
}

/// Our side of the load: one client a connection.
struct Checks {
    connections: Vec<PartiesClient<Authorised>>,
    questions: Vec<String>,
}

impl Checks {
    fn connect(service: &Running, bearer: &Bearer, questions: &[String]) -> anyhow::Result<Self> {
        let connection = |_| Ok(PartiesClient::new(service.connect_as(bearer)?));
        let connections = (0..load::CONNECTIONS).map(connection).collect::<anyhow::Result<_>>()?;
        Ok(Self { connections, questions: questions.to_vec() })
    }
}

impl Asks for Checks {
    type Client = PartiesClient<Authorised>;
    type Question = CheckPartyRequest;

    fn client(&self, connection: usize) -> Self::Client {
        self.connections[connection].clone()
    }

    fn questions(&self) -> Vec<CheckPartyRequest> {
        self.questions.iter().map(|uscc| question(uscc)).collect()
    }

    async fn ask(client: &mut Self::Client, question: CheckPartyRequest) -> Result<(), Status> {
        client.check_party(question).await.map(drop)
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
