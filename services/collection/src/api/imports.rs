//! `xinjian.collection.v1.Imports`.

use std::sync::Arc;
use std::time::Duration;

use contract::collection::v1::imports_server::Imports;
use contract::collection::v1::{
    CancelImportRequest, CreateImportRequest, FilePart, GetImportRequest, GetRefusedWorkbookRequest,
    GetTemplateRequest, Import, ListImportsRequest, ListImportsResponse, ListRefusedLinesRequest,
    ListRefusedLinesResponse, ListTakenLinesRequest, ListTakenLinesResponse, Template,
};
use db::page_size;
use domain::RequestId;
use service::auth::{Caller, Denied};
use service::idempotency::Key;
use service::{Clock, FieldErrors};
use tokio::sync::{Notify, Semaphore};
use tokio_stream::Iter;
use tonic::{Request, Response, Status, Streaming};

use super::{PAGE, state_filter};
use crate::convert::{remark, request_id};
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines::import::STATES;
use crate::machines::record;
use crate::sheet::{LARGEST_FILE, write};
use crate::store::{Act, KeptLine, NewImport, Store, TakenFilter};
use crate::template::{self, Table};

const CREATE: &str = "/xinjian.collection.v1.Imports/CreateImport";
const CANCEL: &str = "/xinjian.collection.v1.Imports/CancelImport";
/// Files that a process receives at once: each is kept in memory until it is durable. Who has sent nothing yet takes no place.
const MOST_RECEIVED: usize = 2;
/// Bytes of a part that is sent.
const PART: usize = 256 * 1024;
/// Longest name of a file, in characters.
const LONGEST_NAME: usize = 200;

/// Serves imports of files.
#[derive(Clone, Debug)]
pub(crate) struct ImportsService {
    store: Store,
    clock: Clock,
    /// Wakes whoever works on imports.
    received: Arc<Notify>,
    receiving: Arc<Semaphore>,
    /// Longest time in which a client sends nothing of a file.
    idle: Duration,
}

impl ImportsService {
    /// Serves the imports of `store`; `received` wakes whoever works on them. A client that sends nothing of its file for as long
    /// as `idle` is let go.
    pub(crate) fn new(store: Store, clock: Clock, received: Arc<Notify>, idle: Duration) -> Self {
        Self { store, clock, received, receiving: Arc::new(Semaphore::new(MOST_RECEIVED)), idle }
    }

    /// The next part of a file that is being sent; none behind the last.
    async fn next_part(
        &self,
        parts: &mut Streaming<CreateImportRequest>,
    ) -> Result<Option<CreateImportRequest>, Status> {
        let seconds = self.idle.as_secs();
        tokio::time::timeout(self.idle, parts.message()).await.map_err(|_| Error::ImportIdle { seconds })?
    }

    /// Whether the caller's office may bring what the table holds.
    fn may_bring(&self, caller: &Caller, table: Table) -> Result<(), Denied> {
        let permission = match table {
            Table::Ticket => "collection.ticket.import",
            Table::Permit | Table::Penalty | Table::Inspection | Table::Sampling | Table::ListEntry => {
                "collection.record.import"
            }
        };
        if caller.may(permission, self.store.book(), self.clock.today()) {
            return Ok(());
        }
        Err(Denied::RoleNotPermitted { office: caller.office().clone(), permission: permission.to_owned() })
    }
}

#[tonic::async_trait]
impl Imports for ImportsService {
    type GetRefusedWorkbookStream = Iter<std::vec::IntoIter<Result<FilePart, Status>>>;

    #[tracing::instrument(skip_all)]
    async fn get_template(&self, request: Request<GetTemplateRequest>) -> Result<Response<Template>, Status> {
        Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let table = errors.check("table", request.get_ref().table.parse::<Table>());
        let table = table.ok_or(Error::from(errors))?;
        let content =
            template::workbook(table, self.store.book(), self.clock.today()).map_err(Error::Workbook)?;
        Ok(Response::new(Template { file_name: format!("{}模板.xlsx", table.label_zh()), content }))
    }

    #[tracing::instrument(skip_all)]
    async fn create_import(
        &self,
        request: Request<Streaming<CreateImportRequest>>,
    ) -> Result<Response<Import>, Status> {
        let caller = Caller::of(&request)?;
        let mut parts = request.into_inner();
        let first = self.next_part(&mut parts).await?.unwrap_or_default();
        let (request_id, mut new) = read_first(first).map_err(Error::from)?;
        self.may_bring(&caller, new.table).map_err(|denied| Error::Common(denied.into()))?;
        let _room = self.receiving.try_acquire().map_err(|_| Error::ImportsBusy { most: MOST_RECEIVED })?;
        while let Some(next) = self.next_part(&mut parts).await? {
            if new.bytes.len() + next.part.len() > LARGEST_FILE {
                return Err(Error::ImportTooLarge { most_bytes: LARGEST_FILE }.into());
            }
            new.bytes.push(&next.part);
        }
        let key = Key { caller: caller.subject(), method: CREATE, request_id: &request_id };
        let act = Act::of(&caller, &key, "", self.clock.now(), self.store.book());
        let import = self.store.create_import(&act, &key, &caller, &new).await?;
        self.received.notify_one();
        Ok(Response::new(import))
    }

    #[tracing::instrument(skip_all)]
    async fn get_import(&self, request: Request<GetImportRequest>) -> Result<Response<Import>, Status> {
        let caller = Caller::of(&request)?;
        let id = import_id(&request.get_ref().name).map_err(Error::from)?;
        Ok(Response::new(self.store.import(&id, &caller).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_imports(
        &self,
        request: Request<ListImportsRequest>,
    ) -> Result<Response<ListImportsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let sent = request.get_ref();
        let mut errors = FieldErrors::default();
        let names = STATES.map(|state| state.as_str());
        if !sent.state.is_empty() && !names.contains(&sent.state.as_str()) {
            errors.push("state", format!("is not one of: {}", names.join(", ")));
        }
        let size = errors.check("page_size", page_size(sent.page_size, PAGE.0, PAGE.1));
        let (Some(size), true) = (size, errors.is_empty()) else { return Err(Error::from(errors).into()) };
        Ok(Response::new(self.store.list_imports(&sent.state, size, &sent.page_token, &caller).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn cancel_import(&self, request: Request<CancelImportRequest>) -> Result<Response<Import>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = request_id(&mut errors, &request.request_id);
        let id = errors.check("name", NaturalId::from_name(&request.name, "imports"));
        let (Some(request_id), Some(id)) = (request_id, id) else { return Err(Error::from(errors).into()) };
        let key = Key { caller: caller.subject(), method: CANCEL, request_id: &request_id };
        let act = Act::of(&caller, &key, "", self.clock.now(), self.store.book());
        Ok(Response::new(self.store.cancel_import(&act, &key, &caller, &request, &id).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_refused_lines(
        &self,
        request: Request<ListRefusedLinesRequest>,
    ) -> Result<Response<ListRefusedLinesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let sent = request.get_ref();
        let mut errors = FieldErrors::default();
        let id = errors.check("name", NaturalId::from_name(&sent.name, "imports"));
        let size = errors.check("page_size", page_size(sent.page_size, PAGE.0, PAGE.1));
        let (Some(id), Some(size)) = (id, size) else { return Err(Error::from(errors).into()) };
        Ok(Response::new(self.store.list_refused_lines(&id, size, &sent.page_token, &caller).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_taken_lines(
        &self,
        request: Request<ListTakenLinesRequest>,
    ) -> Result<Response<ListTakenLinesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let sent = request.get_ref();
        let mut errors = FieldErrors::default();
        let id = errors.check("name", NaturalId::from_name(&sent.name, "imports"));
        let state = state_filter(&mut errors, &sent.state, &record::STATES);
        let size = errors.check("page_size", page_size(sent.page_size, PAGE.0, PAGE.1));
        let (Some(id), Some(state), Some(size)) = (id, state, size) else {
            return Err(Error::from(errors).into());
        };
        let filter = TakenFilter {
            state,
            only_duplicates: sent.only_duplicates,
            size,
            token: sent.page_token.clone(),
        };
        Ok(Response::new(self.store.list_taken_lines(&id, &filter, &caller).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_refused_workbook(
        &self,
        request: Request<GetRefusedWorkbookRequest>,
    ) -> Result<Response<Self::GetRefusedWorkbookStream>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let mut errors = FieldErrors::default();
        let id = errors.check("name", NaturalId::from_name(&request.name, "imports"));
        let purpose = match request.purpose.trim() {
            "" => String::new(),
            purpose => remark(&mut errors, "purpose", purpose.to_owned()),
        };
        let (Some(id), true) = (id, errors.is_empty()) else { return Err(Error::from(errors).into()) };
        let given = self.store.refused_lines(&id, &purpose, &caller, self.clock.now()).await?;
        let write = move || {
            let lines: Vec<_> = given.lines.into_iter().map(refused).collect();
            write::refused(&given.headers, &lines, given.left_out)
        };
        let written = tokio::task::spawn_blocking(write).await;
        let bytes =
            written.map_err(|_| Status::internal("the workbook was given up"))?.map_err(Error::Workbook)?;
        let parts: Vec<_> = bytes.chunks(PART).map(|part| Ok(FilePart { part: part.to_vec() })).collect();
        Ok(Response::new(tokio_stream::iter(parts)))
    }
}

fn import_id(name: &str) -> Result<NaturalId, FieldErrors> {
    let mut errors = FieldErrors::default();
    let id = errors.check("name", NaturalId::from_name(name, "imports"));
    id.ok_or(errors)
}

fn read_first(first: CreateImportRequest) -> Result<(RequestId, NewImport), FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = request_id(&mut errors, &first.request_id);
    let sent = errors.require("import", first.import).unwrap_or_default();
    let table = errors.check("import.table", sent.table.parse::<Table>());
    let long = sent.file_name.chars().count() > LONGEST_NAME || sent.file_name.chars().any(char::is_control);
    if long {
        errors.push(
            "import.file_name",
            format!("has more than {LONGEST_NAME} characters, or a control character"),
        );
    }
    match (request_id, table) {
        (Some(request_id), Some(table)) if errors.is_empty() => {
            let Import { file_name, dry_run, .. } = sent;
            Ok((request_id, NewImport { table, file_name, dry_run, bytes: first.part.into() }))
        }
        _ => Err(errors),
    }
}

fn refused(line: KeptLine) -> write::RefusedLine {
    let faults = line.faults.into_iter().map(|fault| (fault.column, fault.problem)).collect();
    write::RefusedLine { number: line.number, cells: line.cells, faults }
}
