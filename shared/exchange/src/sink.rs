//! The ways out of the house.

mod folder;
mod grpc;

use std::time::Duration;

use futures::{
    StreamExt,
    stream::{self, BoxStream},
};

pub use folder::FolderSink;
pub use grpc::GrpcSink;

use crate::Delivery;

/// Where a receiver takes its deliveries.
#[derive(Clone, Debug)]
pub enum Sink {
    /// A system that serves `exchange.v1.Receiver`.
    Grpc(GrpcSink),
    /// A folder from which a system picks up files, such as the publicity system's.
    Folder(FolderSink),
}

/// Why a delivery was not taken. Every one is tried again, as the contract of `Receiver` asks; operator text.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The receiver answered with an error, or could not be reached.
    #[error("{code:?}: {message}")]
    Refused {
        /// The gRPC code.
        code: tonic::Code,
        /// The receiver's words.
        message: String,
    },
    /// The receiver said that it took something, which was not this delivery with this content.
    #[error("the receiver's acknowledgement {0}")]
    Unfounded(&'static str),
    /// No answer within the attempt's time.
    #[error("no answer within {} ms", .0.as_millis())]
    Late(Duration),
    /// The file could not be written.
    #[error("cannot write `{path}`: {source}")]
    File {
        /// The file.
        path: String,
        /// What the operating system answered.
        source: std::io::Error,
    },
    /// The folder holds other content under the name of this revision; someone must look.
    #[error("`{0}` is there with other content")]
    Occupied(String),
}

/// Calls to a receiver under way at once: a slow subject holds back no other that is under way.
const CALLS: usize = 50;
/// Files laid down together.
const FILES: usize = 500;

/// Attempts that have ended: each delivery with the receiver's number for it, or why it was not taken.
type Ended = Vec<(Delivery, Result<String, SinkError>)>;

impl Sink {
    /// Most deliveries that are handed over together.
    pub(crate) fn together(&self) -> usize {
        match self {
            Self::Grpc(_) => CALLS,
            Self::Folder(_) => FILES,
        }
    }

    /// Hands deliveries over, no two of one subject, and tells what became of them as it becomes known, as many at once as are
    /// known. A repetition changes nothing at the receiver. What has not been taken within `time` may have been taken all the
    /// same.
    pub(crate) fn deliver_all(&self, deliveries: Vec<Delivery>, time: Duration) -> BoxStream<'_, Ended> {
        match self {
            Self::Grpc(sink) => {
                let calls = deliveries.into_iter().map(move |delivery| async move {
                    let taken = tokio::time::timeout(time, sink.deliver(&delivery)).await;
                    (delivery, taken.unwrap_or(Err(SinkError::Late(time))))
                });
                stream::iter(calls).buffer_unordered(CALLS).ready_chunks(CALLS).boxed()
            }
            Self::Folder(sink) => {
                let all = async move {
                    let taken = tokio::time::timeout(time, sink.deliver_all(&deliveries)).await;
                    let late = |_| deliveries.iter().map(|_| Err(SinkError::Late(time))).collect();
                    let taken: Vec<_> = taken.unwrap_or_else(late);
                    deliveries.into_iter().zip(taken).collect()
                };
                stream::once(all).boxed()
            }
        }
    }
}
