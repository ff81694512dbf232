//! `xinjian.risk.v1.ProvincialClasses`.

use contract::risk::v1 as pb;
use contract::risk::v1::provincial_classes_server::ProvincialClasses;
use domain::DivisionCode;
use futures::stream::{self, BoxStream, StreamExt};
use service::FieldErrors;
use service::access_log::Read;
use service::auth::Caller;
use tonic::{Request, Response, Status, Streaming};

use super::page::cut;
use super::{Api, key};
use crate::convert;
use crate::error::Error;
use crate::store::ProvincialRows;

const IMPORT: &str = "/xinjian.risk.v1.ProvincialClasses/ImportProvincialClasses";
const BATCH_IMPORT: &str = "/xinjian.risk.v1.ProvincialClasses/BatchImportProvincialClasses";
const WITHDRAW: &str = "/xinjian.risk.v1.ProvincialClasses/WithdrawProvincialClass";
const LIST: &str = "/xinjian.risk.v1.ProvincialClasses/ListProvincialClasses";
/// Most rows of one message of an import.
const MOST_ROWS: usize = 5_000;
/// Bound of a page.
const PAGE: u32 = 500;

#[tonic::async_trait]
impl ProvincialClasses for Api {
    type ImportProvincialClassesStream =
        BoxStream<'static, Result<pb::ImportProvincialClassesResponse, Status>>;

    #[tracing::instrument(skip_all)]
    async fn import_provincial_classes(
        &self,
        request: Request<Streaming<pb::ImportProvincialClassesRequest>>,
    ) -> Result<Response<Self::ImportProvincialClassesStream>, Status> {
        let caller = Caller::of(&request)?;
        let state = (self.clone(), caller, request.into_inner());
        // One message after the other, so that the answers come in order and an import holds one transaction at most.
        let answers = stream::try_unfold(state, |(api, caller, mut messages)| async move {
            let Some(message) = messages.message().await? else { return Ok(None) };
            let answer = api.import_message(&caller, IMPORT, message).await?;
            Ok(Some((answer, (api, caller, messages))))
        });
        Ok(Response::new(answers.boxed()))
    }

    #[tracing::instrument(skip_all)]
    async fn batch_import_provincial_classes(
        &self,
        request: Request<pb::BatchImportProvincialClassesRequest>,
    ) -> Result<Response<pb::BatchImportProvincialClassesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let pb::BatchImportProvincialClassesRequest { classes, request_id } = request.into_inner();
        let message = pb::ImportProvincialClassesRequest { classes, request_id };
        let pb::ImportProvincialClassesResponse { taken, corrected, duplicates, rejected, .. } =
            self.import_message(&caller, BATCH_IMPORT, message).await?;
        Ok(Response::new(pb::BatchImportProvincialClassesResponse { taken, corrected, duplicates, rejected }))
    }

    #[tracing::instrument(skip_all)]
    async fn withdraw_provincial_class(
        &self,
        request: Request<pb::WithdrawProvincialClassRequest>,
    ) -> Result<Response<pb::WithdrawProvincialClassResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let name = convert::parse_provincial_name(&mut errors, &body.name);
        let reason = convert::stated(&mut errors, "reason", &body.reason, "must be given");
        let (Some(request_id), Some(name), Some(reason)) = (request_id, name, reason) else {
            return Err(Error::from(errors).into());
        };
        let key = key(&caller, WITHDRAW, &request_id);
        let act = self.act(&caller, &key);
        Ok(Response::new(self.store.withdraw_provincial(&key, &body, &act, (&name, &reason)).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn list_provincial_classes(
        &self,
        request: Request<pb::ListProvincialClassesRequest>,
    ) -> Result<Response<pb::ListProvincialClassesResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["provincial", &body.parent];
        let cut = cut(&mut errors, &caller, &filters, (body.page_size, PAGE), &body.page_token);
        let uscc = convert::parse_parent(&mut errors, &body.parent);
        let purpose = convert::purpose(&mut errors, &body.purpose);
        let (Some(cut), Some(uscc), Some(purpose)) = (cut, uscc, purpose) else {
            return Err(Error::from(errors).into());
        };
        let (division, page) = self.store.provincial_classes(uscc.as_str(), &cut).await?;
        let division = DivisionCode::parse(&division)
            .map_err(|problem| service::Error::corrupt(format!("division of {uscc}: {problem}")))?;
        caller.may_act_in_division(&division)?;
        let subject = format!("{}/provincialClasses", body.parent);
        self.note_read(&caller, &Read { subject: &subject, method: LIST, purpose: &purpose }).await?;
        Ok(Response::new(pb::ListProvincialClassesResponse {
            classes: page.rows,
            next_page_token: page.next_page_token,
        }))
    }
}

impl Api {
    /// One message of an import is one transaction, and durable when it is answered.
    async fn import_message(
        &self,
        caller: &Caller,
        method: &'static str,
        message: pb::ImportProvincialClassesRequest,
    ) -> Result<pb::ImportProvincialClassesResponse, Error> {
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &message.request_id);
        if !(1..=MOST_ROWS).contains(&message.classes.len()) {
            errors.push("classes", format!("must be 1 to {MOST_ROWS} rows"));
        }
        let (Some(request_id), true) = (request_id, errors.is_empty()) else { return Err(errors.into()) };
        let today = self.clock.today();
        let mut read = ProvincialRows::default();
        for (index, sent) in message.classes.iter().enumerate() {
            match convert::provincial_row(index, sent, self.book(), today) {
                Ok(row) => read.rows.push(row),
                Err(rejected) => read.rejected.extend(rejected),
            }
        }
        let key = key(caller, method, &request_id);
        let act = self.act(caller, &key);
        self.store.import_provincial(&key, &message, &act, read).await
    }
}
