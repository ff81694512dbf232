//! A client that knows of the contract only what a server tells by reflection, as grpcurl does.

use std::collections::BTreeMap;

use contract::client::{Timeouts, channel};
use e2e::city::TestCity;
use e2e::dynamic::call;
use e2e::job;
use e2e::producer::{enterprise, uscc};
use prost::Message;
use prost_reflect::{DescriptorPool, MethodDescriptor, ServiceDescriptor};
use prost_types::FileDescriptorProto;
use serde_json::json;
use tonic::transport::Channel;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

/// A list that the gateway answers itself, and one of each of the services that it passes questions on to.
const LISTS: [(&str, &str); 6] = [
    ("xinjian.gateway.v1.WorkLists", "ListDuties"),
    ("xinjian.registry.v1.Enterprises", "ListEnterprises"),
    ("xinjian.collection.v1.Records", "ListRecords"),
    ("xinjian.risk.v1.Runs", "ListRuns"),
    ("xinjian.inspection.v1.Tasks", "ListTasks"),
    ("xinjian.punishment.v1.SeriousList", "ListSeriousCases"),
];

#[tokio::test(flavor = "multi_thread")]
async fn whoever_knows_only_what_reflection_tells_can_call_an_rpc_of_every_service() {
    let city = TestCity::start().await;
    let people = city.people();
    let taken = job::enterprises(&people.officer("importer", "LEGAL"), vec![enterprise(1)]).await;
    assert_eq!(taken.new, 1, "{taken:?}");

    let gateway = &people.addresses().gateway;
    let mut told = Told::by(gateway);
    let services = told.services().await;
    for service in &services {
        told.learn(service).await;
    }
    let pool = told.pool();
    for name in &services {
        let service = pool.get_service_by_name(name).expect("its file tells of it");
        let known = contract::descriptors().get_service_by_name(name).expect("it is of the contract");
        assert_eq!(methods(&service), methods(&known), "{name}");
    }

    let token = people.token("stranger", "CREDIT", &["370100"]);
    let mut answers = BTreeMap::new();
    for (service, rpc) in LISTS {
        let answer =
            call(gateway, &method(&pool, service, rpc), json!({ "pageSize": 3 }), Some(&token)).await;
        answers.insert(rpc, answer.unwrap_or_else(|status| panic!("{service}/{rpc}: {status}")));
    }
    let listed = &answers["ListEnterprises"];
    assert_eq!(listed["enterprises"][0]["uscc"], uscc(1), "{listed}");
}

fn methods(service: &ServiceDescriptor) -> Vec<String> {
    service.methods().map(|method| format!("{} {}", method.name(), method.input().full_name())).collect()
}

fn method(pool: &DescriptorPool, service: &str, rpc: &str) -> MethodDescriptor {
    let service = pool.get_service_by_name(service).expect("the service is told of");
    service.methods().find(|method| method.name() == rpc).expect("the RPC is told of")
}

/// What a server has told of itself.
struct Told {
    client: ServerReflectionClient<Channel>,
    files: BTreeMap<String, FileDescriptorProto>,
}

impl Told {
    fn by(address: &str) -> Self {
        let channel = channel(address, Timeouts::default()).expect("a running server has an address");
        Self { client: ServerReflectionClient::new(channel), files: BTreeMap::new() }
    }

    async fn ask(&mut self, question: MessageRequest) -> MessageResponse {
        let request = ServerReflectionRequest { host: String::new(), message_request: Some(question) };
        let answers = self.client.server_reflection_info(tokio_stream::once(request)).await;
        let answer = answers.expect("reflection answers without a token").into_inner().message().await;
        let answer = answer.expect("the question is one").expect("a question has an answer");
        answer.message_response.expect("the answer says something")
    }

    /// Full names of the services of the contract that it serves.
    async fn services(&mut self) -> Vec<String> {
        let MessageResponse::ListServicesResponse(list) =
            self.ask(MessageRequest::ListServices(String::new())).await
        else {
            panic!("services are listed");
        };
        list.service.into_iter().map(|one| one.name).filter(|name| name.starts_with("xinjian.")).collect()
    }

    /// Fetches the file of a service, and all that it imports, one by one.
    async fn learn(&mut self, service: &str) {
        let mut waiting = vec![MessageRequest::FileContainingSymbol(service.to_owned())];
        while let Some(question) = waiting.pop() {
            let MessageResponse::FileDescriptorResponse(answer) = self.ask(question.clone()).await else {
                panic!("{question:?} is answered by no file");
            };
            for file in answer.file_descriptor_proto {
                let file = FileDescriptorProto::decode(file.as_slice()).expect("a file is a descriptor");
                let unknown = file.dependency.iter().filter(|import| !self.files.contains_key(*import));
                waiting.extend(unknown.cloned().map(MessageRequest::FileByFilename));
                self.files.insert(file.name().to_owned(), file);
            }
        }
    }

    fn pool(self) -> DescriptorPool {
        let mut pool = DescriptorPool::new();
        pool.add_file_descriptor_protos(self.files.into_values()).expect("the files fit together");
        pool
    }
}
