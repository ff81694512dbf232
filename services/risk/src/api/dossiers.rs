//! `xinjian.risk.v1.Dossiers`: what risk knows of one enterprise, each part as its own RPC answers. Neither a class nor a flag leaves
//! without a row in the log of reads; those of one dossier are written together, and so are those that the gateway shows by itself.

use contract::risk::v1 as pb;
use contract::risk::v1::dossiers_server::Dossiers;
use service::FieldErrors;
use service::auth::Caller;
use service::dossier::{Asked, Asker, part};
use tonic::{Request, Response, Status};

use super::{Api, Shown, classes, flags};
use crate::convert;
use crate::error::Error;
use crate::store::Lists;

const GET: &str = "/xinjian.risk.v1.Dossiers/GetDossier";

#[tonic::async_trait]
impl Dossiers for Api {
    async fn get_dossier(
        &self,
        request: Request<pb::GetDossierRequest>,
    ) -> Result<Response<pb::Dossier>, Status> {
        let caller = Caller::of(&request)?;
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let asked = Asked::read(&mut errors, &body.name, body.latest);
        let purpose = convert::purpose(&mut errors, &body.purpose);
        let (Some(Asked { uscc, page_size }), Some(purpose)) = (asked, purpose) else {
            return Err(Error::from(errors).into());
        };
        // What fails here each list says for itself.
        let lists = self.store.lists_of(&uscc).await.unwrap_or(Lists::UNKNOWN);
        let (uscc, also_for) = (uscc.to_string(), purpose.clone());
        let of_classes =
            pb::ListClassesRequest { uscc: uscc.clone(), purpose, page_size, ..Default::default() };
        let of_flags = pb::ListFlagsRequest {
            uscc,
            purpose: also_for,
            with_ended: true,
            page_size,
            ..Default::default()
        };

        let asker = Asker { caller: &caller, book: self.book(), today: self.clock.today() };
        // The reading of an empty list is noted as that of any other. A page is boxed: most enterprises have none.
        let (classes, flags) = tokio::join!(
            async {
                asker.may(classes::LIST)?;
                if !lists.classes {
                    let subject = convert::listed_classes(&of_classes.uscc, "", "");
                    let shown = Shown { subject, purpose: of_classes.purpose };
                    return Ok((pb::ListClassesResponse::default(), shown));
                }
                Ok::<_, Status>(Box::pin(self.page_of_classes(&caller, of_classes)).await?)
            },
            async {
                asker.may(flags::LIST)?;
                if !lists.signals {
                    let subject = convert::listed_attention("flags", &of_flags.uscc, "");
                    let shown = Shown { subject, purpose: of_flags.purpose };
                    return Ok((pb::ListFlagsResponse::default(), shown));
                }
                Ok::<_, Status>(Box::pin(self.page_of_flags(&caller, of_flags)).await?)
            },
        );
        let mut missing = Vec::new();
        let (classes, read_classes) = part("classes", classes, &mut missing).unzip();
        let (flags, read_flags) = part("flags", flags, &mut missing).unzip();
        let reads: Vec<_> =
            [&read_classes, &read_flags].into_iter().flatten().map(|shown| shown.by(GET)).collect();
        self.note_reads_of(&caller, &reads).await?;
        let (classes, flags) = (classes.unwrap_or_default(), flags.unwrap_or_default());
        Ok(Response::new(pb::Dossier {
            more_classes: !classes.next_page_token.is_empty(),
            classes: classes.classes,
            more_flags: !flags.next_page_token.is_empty(),
            flags: flags.flags,
            missing,
        }))
    }

    #[tracing::instrument(skip_all)]
    async fn note_reads(
        &self,
        request: Request<pb::NoteReadsRequest>,
    ) -> Result<Response<pb::NoteReadsResponse>, Status> {
        let body = request.into_inner();
        let mut errors = FieldErrors::default();
        let request_id = convert::request_id(&mut errors, &body.request_id);
        let reads = convert::noted_reads(&mut errors, &body.reads, self.book(), self.clock.now());
        let (Some(request_id), Some(reads)) = (request_id, reads) else {
            return Err(Error::from(errors).into());
        };
        self.store.note_reads(&request_id, &reads).await?;
        Ok(Response::new(pb::NoteReadsResponse {}))
    }
}
