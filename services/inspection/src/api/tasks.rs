//! `xinjian.inspection.v1.Tasks`.

use contract::client::MAX_MESSAGE_BYTES;
use contract::inspection::v1 as pb;
use contract::inspection::v1::tasks_server::Tasks;
use domain::RequestId;
use futures::stream::BoxStream;
use service::access_log::{self, Read};
use service::auth::Caller;
use service::{Error as Common, FieldErrors, filter};
use tonic::{Request, Response, Status};

use super::{Api, cut, whole};
use crate::convert::{self, clue, task as form};
use crate::domain::{Task, TaskName};
use crate::error::Error;

const CREATE: &str = "/xinjian.inspection.v1.Tasks/CreateTask";
const FOLLOW_CLUE: &str = "/xinjian.inspection.v1.Tasks/CreateClueTask";
const ASSIGN: &str = "/xinjian.inspection.v1.Tasks/AssignInspectors";
const ANNOUNCE: &str = "/xinjian.inspection.v1.Tasks/AnnounceDraw";
const RECORD: &str = "/xinjian.inspection.v1.Tasks/RecordEntropy";
const REJECT: &str = "/xinjian.inspection.v1.Tasks/RejectEntropy";
const RUN: &str = "/xinjian.inspection.v1.Tasks/RunDraw";
const CLOSE: &str = "/xinjian.inspection.v1.Tasks/CloseTask";
const CANCEL: &str = "/xinjian.inspection.v1.Tasks/CancelTask";
const PROOF: &str = "/xinjian.inspection.v1.Tasks/GetProof";
const PROOF_FILE: &str = "/xinjian.inspection.v1.Tasks/GetProofFile";
/// Largest proof of one message, in bytes: the rest of it is the name and how long both are.
const LARGEST_PROOF: usize = MAX_MESSAGE_BYTES - 1_024;
/// Largest part of a proof, in bytes.
const PROOF_PART: usize = 1 << 20;
/// Most tasks of one page.
const MOST_TASKS: u32 = 500;
/// Longest reason, in characters.
const LONGEST_REASON: usize = 200;
/// Longest purpose, in characters.
const LONGEST_PURPOSE: usize = 200;

#[tonic::async_trait]
impl Tasks for Api {
    type WatchCeremonyStream = BoxStream<'static, Result<pb::CeremonyStep, Status>>;
    type GetProofFileStream = BoxStream<'static, Result<pb::ProofPart, Status>>;

    #[tracing::instrument(skip_all)]
    async fn create_task(
        &self,
        request: Request<pb::CreateTaskRequest>,
    ) -> Result<Response<pb::Task>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let new = form::parse_task(&mut errors, body.task.clone(), self.book(), self.clock.today());
        let (request_id, new) = whole(errors, request_id.zip(new.map_err(Error::from)?))?;
        caller.may_act_in_field(&new.field)?;
        let act = self.act(&caller, CREATE, &request_id);
        Ok(Response::new(self.store.create_task(&act, &body, new).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn create_clue_task(
        &self,
        request: Request<pb::CreateClueTaskRequest>,
    ) -> Result<Response<pb::Task>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let new = clue::parse_clue_task(&mut errors, &body, self.book(), self.clock.today());
        let (request_id, (new, usccs)) = whole(errors, request_id.zip(new.map_err(Error::from)?))?;
        caller.may_act_in_field(&new.field)?;
        let act = self.act(&caller, FOLLOW_CLUE, &request_id);
        Ok(Response::new(self.store.create_clue_task(&act, &body, new, &usccs).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn assign_inspectors(
        &self,
        request: Request<pb::AssignInspectorsRequest>,
    ) -> Result<Response<pb::Task>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let read = |errors: &mut FieldErrors| clue::parse_assignments(errors, &body.assignments);
        let (request_id, name, assignments) =
            self.change_of_task(&caller, (&body.request_id, &body.name), read).await?;
        let act = self.act(&caller, ASSIGN, &request_id);
        Ok(Response::new(self.store.assign_inspectors(&act, &body, &name, &assignments).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn announce_draw(
        &self,
        request: Request<pb::AnnounceDrawRequest>,
    ) -> Result<Response<pb::Task>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let read =
            |errors: &mut FieldErrors| form::parse_announcing(errors, &body, self.book(), self.clock.today());
        let (request_id, name, announcing) =
            self.change_of_task(&caller, (&body.request_id, &body.name), read).await?;
        let act = self.act(&caller, ANNOUNCE, &request_id);
        Ok(Response::new(self.store.announce_draw(&act, &body, &name, &announcing).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn record_entropy(
        &self,
        request: Request<pb::RecordEntropyRequest>,
    ) -> Result<Response<pb::Task>, Status> {
        const REASON: &str = "first_round_void_reason";
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let read = |errors: &mut FieldErrors| {
            let round = form::round(errors, "round", &body.round);
            let why = &body.first_round_void_reason;
            let first_void = convert::text(errors, REASON, why, (0, LONGEST_REASON));
            if round.is_none() && first_void.as_ref().is_some_and(|why| !why.is_empty()) {
                errors.push(REASON, "stands only beside figures of the fallback, and `round` names no round");
            }
            round.zip(first_void)
        };
        let (request_id, name, (round, first_void)) =
            self.change_of_task(&caller, (&body.request_id, &body.name), read).await?;
        let act = self.act(&caller, RECORD, &request_id);
        Ok(Response::new(self.store.record_entropy(&act, &body, &name, (&round, &first_void)).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn reject_entropy(
        &self,
        request: Request<pb::RejectEntropyRequest>,
    ) -> Result<Response<pb::Task>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let (request_id, name, reason) =
            self.reasoned_change(&caller, (&body.request_id, &body.name), &body.reason).await?;
        let act = self.act(&caller, REJECT, &request_id);
        Ok(Response::new(self.store.reject_entropy(&act, &body, &name, &reason).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn run_draw(&self, request: Request<pb::RunDrawRequest>) -> Result<Response<pb::Task>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let (request_id, name, ()) =
            self.change_of_task(&caller, (&body.request_id, &body.name), |_| Some(())).await?;
        let act = self.act(&caller, RUN, &request_id);
        Ok(Response::new(self.store.run_draw(&act, &body, &name).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_task(&self, request: Request<pb::GetTaskRequest>) -> Result<Response<pb::Task>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let name = convert::task_name(&mut errors, "name", &request.get_ref().name);
        let task = self.task_in_field(&caller, &whole(errors, name)?).await?;
        Ok(Response::new(shown(&task, self.may_know_ahead(&caller))))
    }

    #[tracing::instrument(skip_all)]
    async fn list_tasks(
        &self,
        request: Request<pb::ListTasksRequest>,
    ) -> Result<Response<pb::ListTasksResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let field = filter::field(&mut errors, &body.field, self.book());
        errors.into_result().map_err(Error::from)?;
        let cut = cut(&["tasks", &body.field], &caller, (body.page_size, MOST_TASKS), &body.page_token)?;
        let scope = caller.scope().field_codes();
        let fields = match (field, scope) {
            (None, scope) => scope,
            (Some(field), scope) => {
                let code = field.to_string();
                Some(if scope.is_none_or(|own| own.contains(&code)) { vec![code] } else { Vec::new() })
            }
        };
        let page = self.store.tasks(fields.as_deref(), &cut).await?;
        let knows = self.may_know_ahead(&caller);
        let (tasks, next_page_token) = page.shown(|task| shown(task, knows));
        Ok(Response::new(pb::ListTasksResponse { tasks, next_page_token }))
    }

    #[tracing::instrument(skip_all)]
    async fn close_task(&self, request: Request<pb::CloseTaskRequest>) -> Result<Response<pb::Task>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let (request_id, name, ()) =
            self.change_of_task(&caller, (&body.request_id, &body.name), |_| Some(())).await?;
        let act = self.act(&caller, CLOSE, &request_id);
        Ok(Response::new(self.store.close_task(&act, &body, &name).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn cancel_task(
        &self,
        request: Request<pb::CancelTaskRequest>,
    ) -> Result<Response<pb::Task>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let (request_id, name, reason) =
            self.reasoned_change(&caller, (&body.request_id, &body.name), &body.reason).await?;
        let act = self.act(&caller, CANCEL, &request_id);
        Ok(Response::new(self.store.cancel_task(&act, &body, &name, reason).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn watch_ceremony(
        &self,
        request: Request<pb::WatchCeremonyRequest>,
    ) -> Result<Response<Self::WatchCeremonyStream>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let name = convert::task_name(&mut errors, "name", &request.get_ref().name);
        let task = self.task_in_field(&caller, &whole(errors, name)?).await?;
        Ok(Response::new(self.screens.watch(&self.store, &caller, task.name)?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_proof(&self, request: Request<pb::GetProofRequest>) -> Result<Response<pb::Proof>, Status> {
        let caller = Caller::of(&request)?;
        let pb::GetProofRequest { name, full, purpose } = request.into_inner();
        let (name, file) = self.proof(&caller, PROOF, (&name, full, &purpose)).await?;
        if file.len() > LARGEST_PROOF {
            return Err(Error::ProofTooLarge { task: name, bytes: file.len() }.into());
        }
        Ok(Response::new(pb::Proof { name: format!("{name}/proof"), file }))
    }

    #[tracing::instrument(skip_all)]
    async fn get_proof_file(
        &self,
        request: Request<pb::GetProofFileRequest>,
    ) -> Result<Response<Self::GetProofFileStream>, Status> {
        let caller = Caller::of(&request)?;
        let pb::GetProofFileRequest { name, full, purpose } = request.into_inner();
        let (_, file) = self.proof(&caller, PROOF_FILE, (&name, full, &purpose)).await?;
        let parts = (0..file.len()).step_by(PROOF_PART).map(move |at| {
            let end = file.len().min(at + PROOF_PART);
            Ok::<_, Status>(pb::ProofPart { part: file[at..end].to_vec() })
        });
        Ok(Response::new(Box::pin(futures::stream::iter(parts))))
    }

    #[tracing::instrument(skip_all)]
    async fn get_public_proof(
        &self,
        request: Request<pb::GetPublicProofRequest>,
    ) -> Result<Response<pb::PublicProof>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let name = convert::task_name(&mut errors, "name", &request.into_inner().name);
        let name = whole(errors, name)?;
        let first_round_void_reason = self.task_in_field(&caller, &name).await?.first_round_void;
        let file = String::from_utf8(self.store.public_form(&name).await?);
        let file = file.map_err(|problem| Error::from(Common::corrupt(format!("{name}: {problem}"))))?;
        let name = format!("{name}/publicProof");
        Ok(Response::new(pb::PublicProof { name, file, first_round_void_reason }))
    }
}

/// A task as it is told whoever asks. What its clue is found by says whom it visits to whoever can look that up: until the task is over, it is
/// told who may know ahead alone.
fn shown(task: &Task, may_know_ahead: bool) -> pb::Task {
    let told = form::task_to_pb(task);
    match may_know_ahead || task.state.is_over() {
        true => told,
        false => pb::Task { clue_reference: String::new(), ..told },
    }
}

impl Api {
    /// The proof that a caller asks `method` for. What a full one tells is noted before it is shown: it tells classes and secret.
    async fn proof(
        &self,
        caller: &Caller,
        method: &str,
        (name, full, purpose): (&str, bool, &str),
    ) -> Result<(TaskName, Vec<u8>), Error> {
        let mut errors = FieldErrors::default();
        let name = convert::task_name(&mut errors, "name", name);
        let purpose = convert::text(&mut errors, "purpose", purpose, (usize::from(full), LONGEST_PURPOSE));
        let (name, purpose) = whole(errors, name.zip(purpose))?;
        self.task_in_field(caller, &name).await?;
        if !full {
            let file = self.store.public_form(&name).await?;
            return Ok((name, file));
        }
        let file = self.store.full_proof(&name).await?;
        let read = Read { subject: &format!("{name}/proof"), method, purpose: &purpose };
        access_log::record(&self.store.db, caller, &read, self.clock.now()).await?;
        Ok((name, file))
    }

    /// What every change of a task begins with: request and name, what `read` takes from the rest of the request, and whether the caller
    /// may act.
    async fn change_of_task<T>(
        &self,
        caller: &Caller,
        (request_id, name): (&str, &str),
        read: impl FnOnce(&mut FieldErrors) -> Option<T>,
    ) -> Result<(RequestId, TaskName, T), Error> {
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, request_id);
        let name = convert::task_name(&mut errors, "name", name);
        let rest = read(&mut errors);
        let ((request_id, name), rest) = whole(errors, request_id.zip(name).zip(rest))?;
        self.task_in_field(caller, &name).await?;
        Ok((request_id, name, rest))
    }

    /// A change of a task that says why.
    async fn reasoned_change(
        &self,
        caller: &Caller,
        named: (&str, &str),
        reason: &str,
    ) -> Result<(RequestId, TaskName, String), Error> {
        let read = |errors: &mut FieldErrors| convert::text(errors, "reason", reason, (1, LONGEST_REASON));
        self.change_of_task(caller, named, read).await
    }

    /// The task, if the caller may act in its field.
    pub(super) async fn task_in_field(&self, caller: &Caller, name: &TaskName) -> Result<Task, Error> {
        let task = self.store.task(name).await?;
        caller.may_act_in_field(&task.scope.field)?;
        Ok(task)
    }
}
