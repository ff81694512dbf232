//! `xinjian.registry.v1.CommitmentTemplates`.

use contract::registry::v1 as pb;
use contract::registry::v1::commitment_templates_server::CommitmentTemplates;
use service::FieldErrors;
use service::auth::Caller;
use tonic::{Request, Response, Status};

use super::page::cut;
use super::{Api, key};
use crate::convert;
use crate::domain::TemplateContent;
use crate::error::Error;
use crate::store::commitment::{NewVersion, TemplateFilter};

const CREATE: &str = "/xinjian.registry.v1.CommitmentTemplates/CreateTemplateVersion";
const UPDATE: &str = "/xinjian.registry.v1.CommitmentTemplates/UpdateTemplateVersion";

#[tonic::async_trait]
impl CommitmentTemplates for Api {
    #[tracing::instrument(skip_all)]
    async fn create_template_version(
        &self,
        request: Request<pb::CreateTemplateVersionRequest>,
    ) -> Result<Response<pb::TemplateVersion>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let template = convert::parse_template(&mut errors, "template", &body.template);
        let content = self.sent_version(&mut errors, body.version.as_ref());
        let (Some(request_id), Some(template), Some(content)) = (request_id, template, content) else {
            return Err(Error::from(errors).into());
        };
        caller.may_act_in_field(&content.field)?;
        let key = key(&caller, CREATE, &request_id);
        let act = self.act(&caller, &key, "");
        let new = NewVersion { key: &key, body: &body, content };
        Ok(Response::new(self.store.create_template_version(new, &template, &act).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn update_template_version(
        &self,
        request: Request<pb::UpdateTemplateVersionRequest>,
    ) -> Result<Response<pb::TemplateVersion>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let content = self.sent_version(&mut errors, body.version.as_ref());
        let name = body.version.as_ref().map(|version| version.name.as_str()).unwrap_or_default();
        let name = convert::parse_template_name(&mut errors, "version.name", name);
        let (Some(request_id), Some(content), Some(name)) = (request_id, content, name) else {
            return Err(Error::from(errors).into());
        };
        caller.may_act_in_field(&content.field)?;
        let key = key(&caller, UPDATE, &request_id);
        let act = self.act(&caller, &key, "");
        let new = NewVersion { key: &key, body: &body, content };
        Ok(Response::new(self.store.update_template_version(new, &name, &caller, &act).await?))
    }

    #[tracing::instrument(skip_all)]
    async fn get_template_version(
        &self,
        request: Request<pb::GetTemplateVersionRequest>,
    ) -> Result<Response<pb::TemplateVersion>, Status> {
        let caller = Caller::of(&request)?;
        let mut errors = FieldErrors::default();
        let name = convert::parse_template_name(&mut errors, "name", &request.get_ref().name);
        let Some(name) = name else { return Err(Error::from(errors).into()) };
        let version = self.store.template(&name).await?;
        caller.may_act_in_field(&version.content.field)?;
        Ok(Response::new(convert::template_to_pb(&version)))
    }

    #[tracing::instrument(skip_all)]
    async fn list_template_versions(
        &self,
        request: Request<pb::ListTemplateVersionsRequest>,
    ) -> Result<Response<pb::ListTemplateVersionsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let filters = ["templates", &body.field];
        let cut = cut(&mut errors, &caller, &filters, body.page_size, &body.page_token);
        let field = convert::field_filter(&mut errors, &body.field, self.book());
        let (Some(cut), Some(field)) = (cut, field) else { return Err(Error::from(errors).into()) };
        let page = self.store.templates(&TemplateFilter { scope: caller.scope(), field }, &cut).await?;
        let (versions, next_page_token) = page.shown(convert::template_to_pb);
        Ok(Response::new(pb::ListTemplateVersionsResponse { versions, next_page_token }))
    }
}

impl Api {
    fn sent_version(
        &self,
        errors: &mut FieldErrors,
        sent: Option<&pb::TemplateVersion>,
    ) -> Option<TemplateContent> {
        let sent = errors.require("version", sent)?;
        let mut part = FieldErrors::default();
        let content = convert::parse_template_content(&mut part, sent, self.book(), self.clock.today());
        errors.extend("version", part);
        content
    }
}
