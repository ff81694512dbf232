//! The services of a server, each found by its name in the path of a request.
//!
//! tonic's own router is one for the web (axum's): it takes every path apart and keeps the parts with the request, and it puts each body
//! into two more boxes on its way in, and two on its way out. For the fastest RPCs that is as much as everything else that we do about
//! a request. An RPC needs its service looked up and nothing more: the service looks for its method itself.

use std::{
    collections::HashMap,
    convert::Infallible,
    future::ready,
    sync::Arc,
    task::{Context, Poll},
};

use axum::Router;
use futures::{FutureExt, future::BoxFuture};
use tonic::{Status, body::Body, server::NamedService, service::Routes};
use tower::{Service, ServiceExt};

use super::Grpc;

/// An answer on its way, as generated servers give it.
pub(super) type Answer = BoxFuture<'static, Result<http::Response<Body>, Infallible>>;

/// A generated server, which is ready at any time.
pub trait Generated:
    Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible, Future = Answer>
    + NamedService
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Generated for S where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible, Future = Answer>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static
{
}

type Answering = Box<dyn Fn(http::Request<Body>) -> Answer + Send + Sync>;
type Named = HashMap<String, Answering>;

/// Services that are being put together.
#[derive(Default)]
pub(super) struct Services(Named);

impl Services {
    /// Adds a server.
    pub(super) fn add<S: Generated>(&mut self, service: S) {
        let answering = move |request: http::Request<Body>| service.clone().call(request);
        self.0.insert(S::NAME.to_owned(), Box::new(answering));
    }

    /// Gives every RPC of the service called `name` to one that passes it on.
    pub(super) fn pass_on(&mut self, name: String, service: Grpc) {
        let answering = move |request: http::Request<Body>| service.clone().oneshot(request).boxed();
        self.0.insert(name, Box::new(answering));
    }

    /// What answers their RPCs.
    pub(super) fn rpcs(self) -> Rpcs {
        Rpcs(Found::ByName(Arc::new(self.0)))
    }
}

/// Answers the RPCs of all services of a server. Cheap to clone.
#[derive(Clone)]
pub(super) struct Rpcs(Found);

#[derive(Clone)]
enum Found {
    ByName(Arc<Named>),
    /// Behind layers, which are written for axum.
    Behind(Routes),
}

impl Rpcs {
    /// The same behind `layers`.
    pub(super) fn behind(self, layers: impl FnOnce(Router) -> Router) -> Self {
        let rpcs = self.map_request(|request: axum::extract::Request| request.map(Body::new));
        Self(Found::Behind(Routes::from(layers(Router::new().fallback_service(rpcs)))))
    }
}

impl Service<http::Request<Body>> for Rpcs {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Answer {
        match &mut self.0 {
            Found::ByName(services) => by_name(services, request),
            Found::Behind(routes) => routes.call(request).boxed(),
        }
    }
}

fn by_name(services: &Named, request: http::Request<Body>) -> Answer {
    match service_of(request.uri().path()).and_then(|name| services.get(name)) {
        Some(answering) => answering(request),
        None => ready(Ok(Status::unimplemented("").into_http())).boxed(),
    }
}

/// The service that a path names: what stands before the method.
fn service_of(path: &str) -> Option<&str> {
    path.strip_prefix('/')?.split_once('/').map(|(service, _)| service)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use tonic::Code;
    use tower::{service_fn, util::MapResponseLayer};

    use super::*;

    /// Says which service was asked.
    #[derive(Clone)]
    struct Probe;

    impl NamedService for Probe {
        const NAME: &'static str = "test.Probe";
    }

    impl Service<http::Request<Body>> for Probe {
        type Response = http::Response<Body>;
        type Error = Infallible;
        type Future = Answer;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: http::Request<Body>) -> Answer {
            ready(Ok(Status::ok("probe").into_http())).boxed()
        }
    }

    fn services() -> Services {
        let mut services = Services::default();
        services.add(Probe);
        let elsewhere = service_fn(|_: http::Request<Body>| {
            ready(Ok::<http::Response<Body>, Infallible>(Status::not_found("elsewhere").into_http()))
        });
        services.pass_on("test.Elsewhere".to_owned(), Grpc::new(elsewhere));
        services
    }

    async fn asked(rpcs: &Rpcs, path: &'static str) -> http::Response<Body> {
        let mut request = http::Request::new(Body::empty());
        *request.uri_mut() = http::Uri::from_static(path);
        rpcs.clone().oneshot(request).await.unwrap()
    }

    async fn code(rpcs: &Rpcs, path: &'static str) -> Code {
        Status::from_header_map(asked(rpcs, path).await.headers()).unwrap().code()
    }

    #[tokio::test]
    async fn each_service_answers_its_own_paths_and_nobody_the_others() {
        let rpcs = services().rpcs();
        assert_eq!(code(&rpcs, "/test.Probe/Ask").await, Code::Ok);
        assert_eq!(code(&rpcs, "/test.Elsewhere/Ask").await, Code::NotFound);
        for path in ["/test.Probe", "/test.Prob/Ask", "/test.Probe2/Ask", "/", "/x/test.Probe/Ask"] {
            assert_eq!(code(&rpcs, path).await, Code::Unimplemented, "{path}");
        }
    }

    #[tokio::test]
    async fn layers_stand_before_every_service_and_before_what_there_is_not() {
        let mark = |mut response: axum::response::Response| {
            response.headers_mut().insert("seen", HeaderValue::from_static("yes"));
            response
        };
        let rpcs = services().rpcs().behind(|router| router.layer(MapResponseLayer::new(mark)));
        assert_eq!(code(&rpcs, "/test.Probe/Ask").await, Code::Ok);
        assert_eq!(code(&rpcs, "/test.Elsewhere/Ask").await, Code::NotFound);
        for path in ["/test.Probe/Ask", "/test.Elsewhere/Ask", "/test.Nobody/Ask"] {
            assert!(asked(&rpcs, path).await.headers().contains_key("seen"), "{path}");
        }
    }
}
