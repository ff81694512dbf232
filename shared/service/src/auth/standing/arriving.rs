//! Requests that bring a file.
//!
//! Who may send one is decided with the head of the request, and all of it may come minutes later. So its caller is looked at once more
//! before the last of it is passed on: nobody acts on what somebody has sent who would be let in no more. Nor does anybody act on what its
//! sender has given up midway.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::Frame;
use tonic::{Code, Status, body::Body};

use super::Opened;
use crate::auth::layer::Guard;

/// The refusal of who was let in at the head of a request and would not be at its end. It is the answer, whatever was made of a body that
/// broke off.
pub(in crate::auth) type Late = Arc<OnceLock<Status>>;

/// The body of a request, which breaks off before its end when its caller would be let in no more.
pub(in crate::auth) struct Arriving {
    body: Body,
    opened: Opened,
    guard: Arc<Guard>,
    /// Whether all of it has come, and its caller was looked at.
    has_come: bool,
    late: Late,
}

impl Arriving {
    /// The same request, and where it is said that its caller was refused at its end.
    pub(in crate::auth) fn of(
        request: http::Request<Body>,
        opened: Opened,
        guard: Arc<Guard>,
    ) -> (http::Request<Body>, Late) {
        let late = Late::default();
        let said = late.clone();
        let arriving = move |body| Body::new(Self { body, opened, guard, has_come: false, late });
        (request.map(arriving), said)
    }
}

impl http_body::Body for Arriving {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let is_end = match &frame {
            None => true,
            Some(Ok(frame)) => frame.is_trailers(),
            // It breaks off by itself. tonic takes a request that was cancelled for one that has ended: half a file would be a whole one.
            Some(Err(status)) if status.code() == Code::Cancelled => {
                return Poll::Ready(Some(Err(Status::aborted("the request broke off"))));
            }
            Some(Err(_)) => false,
        };
        if !is_end || self.has_come {
            return Poll::Ready(frame);
        }
        self.has_come = true;
        let Err(denied) = self.opened.look(&self.guard.authority) else { return Poll::Ready(frame) };
        let status = self.opened.ending(&denied);
        let status = self.late.get_or_init(|| status).clone();
        Poll::Ready(Some(Err(status)))
    }

    /// Not before its caller was looked at: who is told of the end here asks for no further frame.
    fn is_end_stream(&self) -> bool {
        self.has_come && self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        sync::atomic::{AtomicBool, Ordering},
    };

    use domain::{DivisionCode, MicrosUtc, OfficeCode};
    use futures::{StreamExt, stream};
    use http::header::AUTHORIZATION;
    use http_body_util::{BodyExt, StreamBody};
    use rulebook::Rulebook;
    use tokio::sync::oneshot;
    use tower::{Layer, Service, service_fn};

    use super::*;
    use crate::{
        Clock, Shutdown,
        auth::{AuthLayer, Authority, Claims, ISSUER, Revocations, standing::LOOK_EVERY},
        testing::issuer,
    };

    const NOW: MicrosUtc = MicrosUtc(1_780_000_000_000_000);

    /// Every way to bring a file, and an office that may.
    const UPLOADS: [(&str, &str); 4] = [
        ("/xinjian.registry.v1.Commitments/SignCommitment", "FOOD_PROD"),
        ("/xinjian.collection.v1.Imports/CreateImport", "LEGAL"),
        ("/xinjian.collection.v1.DecisionDocuments/UploadDecisionDocument", "ENFORCEMENT"),
        ("/xinjian.inspection.v1.EvidenceFiles/UploadEvidence", "FOOD_PROD"),
    ];

    /// A request of somebody who may.
    fn request(path: &str, office: &str, body: Body) -> http::Request<Body> {
        let office = OfficeCode::parse(office).unwrap();
        let claims = Claims::new("desk", &office, &[DivisionCode::parse("370100").unwrap()], ISSUER, NOW, 60);
        let token = format!("Bearer {}", issuer().issue(&claims).unwrap());
        http::Request::post(path).header(AUTHORIZATION, token).body(body).unwrap()
    }

    /// A request that begins to bring a file, and brings the rest when it is told to.
    fn upload(path: &str, office: &str) -> (http::Request<Body>, oneshot::Sender<()>) {
        let (goes_on, rest) = oneshot::channel();
        let part = || Ok::<_, Status>(Frame::data(Bytes::from_static(b"part")));
        let rest = stream::once(async move {
            let _ = rest.await;
            part()
        });
        let body = Body::new(StreamBody::new(stream::iter([part()]).chain(rest)));
        (request(path, office, body), goes_on)
    }

    /// The answer to an upload during which its caller is revoked, or is not; and whether anybody has acted on the whole of it.
    async fn answered(path: &str, office: &str, is_revoked: bool) -> (Option<String>, bool) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("revocations");
        std::fs::write(&file, "").unwrap();
        let keys = issuer().keys().without(Revocations::from_file(&file).unwrap());
        let authority = Authority::new(keys, Rulebook::builtin(), Clock::Fixed(NOW));
        let looking = {
            let authority = authority.clone();
            tokio::spawn(async move { authority.keep_fresh(&Shutdown::new()).await })
        };
        let acted = Arc::new(AtomicBool::new(false));
        let noted = acted.clone();
        let mut server = AuthLayer::new(authority).layer(service_fn(move |request: http::Request<Body>| {
            let acted = noted.clone();
            async move {
                Ok::<_, Infallible>(match request.into_body().collect().await {
                    Ok(_) => {
                        acted.store(true, Ordering::SeqCst);
                        http::Response::new(Body::empty())
                    }
                    // Whoever reads may make something else of a body that breaks off.
                    Err(_) => Status::internal("the body broke off").into_http(),
                })
            }
        }));
        let (request, goes_on) = upload(path, office);
        let mut answer = tokio::spawn(server.call(request));
        assert!(tokio::time::timeout(LOOK_EVERY * 10, &mut answer).await.is_err(), "it has not come yet");
        if is_revoked {
            std::fs::write(&file, "subject desk 2100-01-01T00:00:00Z\n").unwrap();
            tokio::time::sleep(LOOK_EVERY * 2).await;
        }
        goes_on.send(()).unwrap();
        let answer = answer.await.unwrap().unwrap();
        looking.abort();
        let refused = Status::from_header_map(answer.headers());
        (refused.and_then(|status| crate::error::reason_of(&status)), acted.load(Ordering::SeqCst))
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_revoked_while_a_file_comes_is_refused_at_its_end_and_nobody_acts_on_it() {
        for (path, office) in UPLOADS {
            let (reason, acted) = answered(path, office, true).await;
            assert_eq!((reason.as_deref(), acted), (Some("TOKEN_REVOKED"), false), "{path}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_comes_slowly_is_taken_while_its_caller_is_what_it_was() {
        for (path, office) in UPLOADS {
            assert_eq!(answered(path, office, false).await, (None, true), "{path}");
        }
    }

    #[tokio::test]
    async fn half_a_file_that_its_sender_has_given_up_does_not_end_as_a_whole_one() {
        for (path, office) in UPLOADS {
            let authority = Authority::new(issuer().keys(), Rulebook::builtin(), Clock::Fixed(NOW));
            let read = |request: http::Request<Body>| async move {
                Ok::<_, Infallible>(match request.into_body().collect().await {
                    Ok(_) => http::Response::new(Body::empty()),
                    Err(status) => status.into_http(),
                })
            };
            let half = [Ok(Frame::data(Bytes::from_static(b"half"))), Err(Status::cancelled("it is gone"))];
            let body = Body::new(StreamBody::new(stream::iter(half)));
            let answer = AuthLayer::new(authority).layer(service_fn(read)).call(request(path, office, body));
            let told = Status::from_header_map(answer.await.unwrap().headers());
            // By the code of a request that was cancelled, who reads messages would see an end.
            assert_eq!(told.map(|status| status.code()), Some(Code::Aborted), "{path}");
        }
    }
}
