//! Proofs of draws through the gateway: one that is larger than any message is saved as the file that it is.

use std::pin::Pin;

use contract::inspection::v1 as pb;
use contract::inspection::v1::tasks_server::{Tasks, TasksServer};
use futures::Stream;
use service::testing::TestServer;
use tonic::{Request, Response, Status};

use crate::house::House;

/// Characters of the proof, all of them in one text: more than the 4 MiB of a message.
const LENGTH: usize = 6 << 20;
/// Bytes of one of its parts.
const PART: usize = 1 << 20;

/// A service that has one large proof.
struct OneLarge;

/// A stream of a service.
type Parts<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The proof, and the rest of what a service of tasks answers, which nobody asks here.
macro_rules! not_asked {
    ($($rpc:ident($request:ident) -> $answer:ident;)*) => {
        #[tonic::async_trait]
        impl Tasks for OneLarge {
            type GetProofFileStream = Parts<pb::ProofPart>;
            type WatchCeremonyStream = Parts<pb::CeremonyStep>;

            async fn get_proof_file(
                &self,
                request: Request<pb::GetProofFileRequest>,
            ) -> Result<Response<Self::GetProofFileStream>, Status> {
                let request = request.into_inner();
                assert!(request.full && request.name == "tasks/2026-1" && request.purpose == "check");
                let file = proof().into_bytes();
                let part = |bytes: &[u8]| Ok::<_, Status>(pb::ProofPart { part: bytes.to_vec() });
                let parts: Vec<_> = file.chunks(PART).map(part).collect();
                Ok(Response::new(Box::pin(futures::stream::iter(parts))))
            }

            async fn watch_ceremony(
                &self,
                _: Request<pb::WatchCeremonyRequest>,
            ) -> Result<Response<Self::WatchCeremonyStream>, Status> {
                Err(Status::unimplemented("nobody asks for it"))
            }

            $(async fn $rpc(&self, _: Request<pb::$request>) -> Result<Response<pb::$answer>, Status> {
                Err(Status::unimplemented("nobody asks for it"))
            })*
        }
    };
}

not_asked! {
    create_task(CreateTaskRequest) -> Task;
    create_clue_task(CreateClueTaskRequest) -> Task;
    assign_inspectors(AssignInspectorsRequest) -> Task;
    announce_draw(AnnounceDrawRequest) -> Task;
    record_entropy(RecordEntropyRequest) -> Task;
    reject_entropy(RejectEntropyRequest) -> Task;
    run_draw(RunDrawRequest) -> Task;
    get_task(GetTaskRequest) -> Task;
    list_tasks(ListTasksRequest) -> ListTasksResponse;
    close_task(CloseTaskRequest) -> Task;
    cancel_task(CancelTaskRequest) -> Task;
    get_proof(GetProofRequest) -> Proof;
    get_public_proof(GetPublicProofRequest) -> PublicProof;
}

/// The file.
fn proof() -> String {
    format!("{{\"tickets\":\"{}\"}}", "7".repeat(LENGTH))
}

#[tokio::test]
async fn a_proof_that_is_larger_than_a_message_is_saved_as_a_file_by_rest() {
    let server = TestServer::start("inspection", |server| server.with(TasksServer::new(OneLarge))).await;
    let house = House::start(&format!("http://{}", server.address()), 20_000).await;
    let answer = house.get_as_officer("/v1/tasks/2026-1/proofFile?full=true&purpose=check").await;
    assert_eq!(answer.status, 200, "{:?}", answer.headers);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.body["tickets"].as_str().map(str::len), Some(LENGTH));
}
