//! The authority as a layer around every service of a server.

use std::{
    future::{Future, Ready, ready},
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures::future::{BoxFuture, Either};
use pin_project_lite::pin_project;
use tonic::{Status, body::Body};
use tower::{Layer, Service};

use super::{
    Authority, Caller, Came, Denied,
    audit::Audit,
    standing::{self, Arriving, Late, Opened},
};

/// Refuses what the [`Authority`] denies, and gives handlers the [`Caller`] of the rest. Every refusal, a handler's
/// too, is noted. A stream ends when its caller would be let in no more, and a file breaks off that such a caller sends. A request that
/// somebody before has [`Denied`], and says so in its extensions, is refused by that.
#[derive(Clone, Debug)]
pub struct AuthLayer(Arc<Guard>);

/// Who decides and who notes; one for all requests, which would otherwise copy it each.
#[derive(Debug)]
pub(super) struct Guard {
    pub(super) authority: Authority,
    pub(super) audit: Audit,
}

impl AuthLayer {
    /// A layer that asks `authority`.
    pub fn new(authority: Authority) -> Self {
        Self(Arc::new(Guard { authority, audit: Audit::new() }))
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = Authenticated<S>;

    fn layer(&self, inner: S) -> Authenticated<S> {
        Authenticated { guard: self.0.clone(), inner }
    }
}

/// A service behind the authority; see [`AuthLayer`].
#[derive(Clone, Debug)]
pub struct Authenticated<S> {
    guard: Arc<Guard>,
    inner: S,
}

type Answered<S> =
    Result<<S as Service<http::Request<Body>>>::Response, <S as Service<http::Request<Body>>>::Error>;

impl<S> Service<http::Request<Body>> for Authenticated<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<Either<Ready<Answered<S>>, Noted<S::Future>>, BoxFuture<'static, Answered<S>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        match self.guard.admit(&mut request) {
            Ok(opened) => Either::Left(Either::Right(self.pass_on(request, opened))),
            Err(denied) if self.guard.authority.may_learn(&denied) => {
                let next = self.inner.clone();
                let ready = Self { guard: self.guard.clone(), inner: mem::replace(&mut self.inner, next) };
                Either::Right(Box::pin(ready.learn_and_call(request)))
            }
            Err(denied) => Either::Left(Either::Left(ready(Ok(self.guard.refusal(denied))))),
        }
    }
}

impl<S> Authenticated<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
{
    /// Has an admitted request answered.
    fn pass_on(&mut self, request: http::Request<Body>, opened: Option<Opened>) -> Noted<S::Future> {
        let guard = self.guard.clone();
        let (request, opened, late) = match opened {
            Some(opened) if opened.is_upload() => {
                let (request, late) = Arriving::of(request, opened, guard.clone());
                (request, None, Some(late))
            }
            opened => (request, opened, None),
        };
        Noted { answer: self.inner.call(request), guard, opened, late }
    }

    /// Decides once more after the issuer was asked for the key that nobody knew.
    async fn learn_and_call(mut self, mut request: http::Request<Body>) -> Answered<S> {
        self.guard.authority.learn().await;
        match self.guard.admit(&mut request) {
            Ok(opened) => self.pass_on(request, opened).await,
            Err(denied) => Ok(self.guard.refusal(denied)),
        }
    }
}

impl Guard {
    /// Puts the caller into the request, if there is one and the RPC is open to it. Answers who opens which stream, or brings a file, if
    /// that is so.
    fn admit(&self, request: &mut http::Request<Body>) -> Result<Option<Opened>, Denied> {
        // Decided before: only to be noted, and to be refused again if it is looked at once more.
        if let Some(refused) = request.extensions().get::<Denied>() {
            return Err(refused.clone());
        }
        let presented = request.extensions().get::<Came>().map(|came| &came.presented);
        let admitted = self.authority.admit(request.uri().path(), request.headers(), presented)?;
        let Some((rpc, caller)) = admitted else { return Ok(None) };
        // The bound of a request is that of its caller, too: only what is open longer is looked at again.
        let now = || self.authority.clock.now();
        let takes_long = rpc.answers_with_a_stream || rpc.brings_a_file;
        let opened = takes_long.then(|| Opened::at(request, rpc, caller.clone(), now()));
        request.extensions_mut().insert::<Caller>(caller);
        Ok(opened)
    }

    fn refusal(&self, denied: Denied) -> http::Response<Body> {
        let refusal = Status::from(denied).into_http();
        self.audit.note(refusal.headers());
        refusal
    }
}

pin_project! {
    /// An answer on its way, to be noted if it is a refusal, and to be watched if it is a stream.
    #[derive(Debug)]
    pub struct Noted<F> {
        #[pin]
        answer: F,
        guard: Arc<Guard>,
        opened: Option<Opened>,
        late: Option<Late>,
    }
}

impl<F, E> Future for Noted<F>
where
    F: Future<Output = Result<http::Response<Body>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut answer = std::task::ready!(this.answer.poll(cx));
        if let Some(refusal) = this.late.as_ref().and_then(|late| late.get()) {
            answer = answer.map(|_| refusal.clone().into_http());
        }
        Poll::Ready(answer.map(|answer| {
            this.guard.audit.note(answer.headers());
            match this.opened.take() {
                Some(opened) => standing::watched(answer, opened, this.guard),
                None => answer,
            }
        }))
    }
}
