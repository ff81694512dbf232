//! The body of a request that tells when all of it has come.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::Frame;
use tokio::sync::oneshot;
use tonic::{Status, body::Body};

/// A body that ends its sender with itself: whoever waits for it knows that nothing more comes.
pub(super) struct SaidBody {
    body: Body,
    said: Option<oneshot::Sender<()>>,
}

impl SaidBody {
    /// The same request, and what ends when its body has: at its last frame, or when nobody reads it any more.
    pub(super) fn of(request: http::Request<Body>) -> (http::Request<Body>, Option<oneshot::Receiver<()>>) {
        let (said, ended) = oneshot::channel();
        (request.map(|body| Body::new(Self { body, said: Some(said) })), Some(ended))
    }
}

impl http_body::Body for SaidBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) || self.body.is_end_stream() {
            self.said = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
