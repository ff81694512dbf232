//! The message of a call under way: whether its caller is waited for, who has not said all of it, or the service that it is for. Only the
//! latter tells something of the service.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use http_body::Frame;
use http_body_util::{BodyExt, BodyStream, StreamBody};
use tokio::time::Instant;
use tonic::{Status, body::Body};

/// Largest message in bytes that is kept to be said twice.
pub(super) const SMALL: usize = 64 << 10;

/// What is known of a message on its way.
#[derive(Clone, Debug)]
pub(super) struct Message(Arc<Mutex<Said>>);

#[derive(Clone, Copy, Debug)]
enum Said {
    /// All that was asked for so far, by this instant.
    By(Instant),
    /// Less than was asked for.
    Less,
    /// No more, because its caller broke off.
    BrokenOff,
}

impl Message {
    /// The same request, and what is known of its message.
    pub(super) fn of(request: http::Request<Body>) -> (http::Request<Body>, Self) {
        let message = Self::whole();
        let watched = message.clone();
        (request.map(|body| Body::new(Watched { body, message: watched })), message)
    }

    /// What is known of a message that is there when it is asked for.
    pub(super) fn whole() -> Self {
        Self(Arc::new(Mutex::new(Said::By(Instant::now()))))
    }

    /// How long the service is waited for; `None` while its caller is.
    pub(super) fn waited(&self) -> Option<Duration> {
        match *self.said() {
            Said::By(instant) => Some(instant.elapsed()),
            Said::Less | Said::BrokenOff => None,
        }
    }

    /// Whether its caller broke off.
    pub(super) fn is_broken_off(&self) -> bool {
        matches!(*self.said(), Said::BrokenOff)
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.0.lock().expect("nothing panics while it holds what was said")
    }
}

/// A body that notes what its caller says.
struct Watched {
    body: Body,
    message: Message,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        *self.message.said() = match &frame {
            Poll::Pending => Said::Less,
            Poll::Ready(Some(Err(_))) => Said::BrokenOff,
            Poll::Ready(_) => Said::By(Instant::now()),
        };
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

/// The whole message, if it is small enough to be said twice; else the message as it comes.
pub(super) async fn small(mut body: Body) -> Result<Result<Bytes, Body>, Status> {
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // A question has no trailers.
        let Ok(data) = frame?.into_data() else { continue };
        read.extend_from_slice(&data);
        if read.len() > SMALL {
            let begun = stream::iter([Ok(Frame::data(read.freeze()))]);
            return Ok(Err(Body::new(StreamBody::new(begun.chain(BodyStream::new(body))))));
        }
    }
    Ok(Ok(read.freeze()))
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::atomic::{AtomicU32, Ordering::Relaxed},
    };

    use tonic::TimeoutExpired;
    use tower::service_fn;

    use super::*;
    use crate::peer::{
        BoxError, Guard,
        guard::{AWAY_AFTER, PAUSE},
    };

    const READ: &str = "/xinjian.common.v1.Work/ListWork";
    const CHANGE: &str = "/xinjian.registry.v1.Marks/ConfirmMarks";
    const LATE: Duration = Duration::from_secs(1);

    fn guard() -> Guard {
        Guard::new("test", LATE, |path| path == READ)
    }

    fn request(path: &str, message: Body) -> http::Request<Body> {
        let mut request = http::Request::new(message);
        *request.uri_mut() = path.parse().unwrap();
        request
    }

    /// A change with a message, at a service that answers once it has read all of it; given up after twice what is late.
    async fn change(guard: &Guard, message: Body) -> Result<(), BoxError> {
        let service = service_fn(|request: http::Request<Body>| async move {
            let read = request.into_body().collect().await;
            read.map(|_| http::Response::new(Body::empty()))
                .map_err(|_| io::Error::from(io::ErrorKind::ConnectionReset))
        });
        tokio::time::timeout(LATE * 2, guard.call(service, request(CHANGE, message))).await?.map(drop)
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_who_gives_too_little_time_tells_nothing_of_the_service_and_is_asked_for_once() {
        let (guard, times) = (guard(), AtomicU32::new(0));
        for path in [READ, CHANGE].repeat(AWAY_AFTER as usize) {
            // As the channel says by itself when the time that the caller gave is over.
            let service = service_fn(|_: http::Request<Body>| {
                times.fetch_add(1, Relaxed);
                std::future::ready(Err::<http::Response<Body>, _>(TimeoutExpired(())))
            });
            guard.call(service, request(path, Body::empty())).await.unwrap_err();
        }
        assert_eq!(times.into_inner(), AWAY_AFTER * 2, "each has asked, and once");
        change(&guard, Body::empty()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_its_caller_breaks_off_or_does_not_end_tells_nothing_of_the_service() {
        let guard = guard();
        for _ in 0..AWAY_AFTER * 2 {
            let broken = stream::iter([Err::<Frame<Bytes>, _>(Status::cancelled("the caller broke off"))]);
            change(&guard, Body::new(StreamBody::new(broken))).await.unwrap_err();
            let endless = stream::pending::<Result<Frame<Bytes>, Status>>();
            change(&guard, Body::new(StreamBody::new(endless))).await.unwrap_err();
        }
        change(&guard, Body::empty()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_is_silent_once_all_was_said_is_left_alone_for_a_while() {
        let guard = guard();
        let silent = || {
            service_fn(|request: http::Request<Body>| async move {
                let _all = request.into_body().collect().await;
                std::future::pending::<Result<http::Response<Body>, io::Error>>().await
            })
        };
        for _ in 0..AWAY_AFTER {
            let whole = stream::iter([Ok::<_, Status>(Frame::data(Bytes::from_static(b"all")))]);
            let call = guard.call(silent(), request(CHANGE, Body::new(StreamBody::new(whole))));
            tokio::time::timeout(LATE, call).await.unwrap_err();
        }
        let refused = change(&guard, Body::empty()).await.unwrap_err();
        assert_eq!(Status::from_error(refused).code(), tonic::Code::Unavailable);
        tokio::time::advance(PAUSE).await;
        // Whoever tries and gives up at once does not keep the next one from it.
        let hasty = guard.call(silent(), request(CHANGE, Body::empty()));
        tokio::time::timeout(LATE / 10, hasty).await.unwrap_err();
        change(&guard, Body::empty()).await.unwrap();
    }
}
