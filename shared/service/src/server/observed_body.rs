//! The body of an answer, watched to its end.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use tonic::{Status, body::Body};

use super::observe::Observation;

/// Passes the body on and ends the observation with the trailers, with the first error, or when the client goes away. The transport boxes
/// it; nobody does so before.
#[derive(Debug)]
pub(super) struct ObservedBody {
    body: Body,
    /// None: the answer was complete with its headers.
    observation: Option<Observation>,
}

impl ObservedBody {
    pub(super) fn new(body: Body, observation: Option<Observation>) -> Self {
        Self { body, observation }
    }
}

impl http_body::Body for ObservedBody {
    type Data = bytes::Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Self::Data>, Status>>> {
        let this = &mut *self;
        let Some(observation) = &mut this.observation else { return Pin::new(&mut this.body).poll_frame(cx) };
        let polled = observation.sending(|| Pin::new(&mut this.body).poll_frame(cx));
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    observation.note(trailers);
                }
            }
            Poll::Ready(Some(Err(status))) => observation.broke(status),
            Poll::Ready(None) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
