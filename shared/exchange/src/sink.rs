//! The ways out of the house.

mod folder;
mod grpc;

use std::time::Duration;

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

impl Sink {
    /// Hands one delivery over and returns the receiver's number for it. A repetition changes nothing at the receiver.
    ///
    /// # Errors
    /// When it was not taken, or not within `time`; it may have been taken all the same.
    pub async fn deliver(&self, delivery: &Delivery, time: Duration) -> Result<String, SinkError> {
        let handed_over = async {
            match self {
                Self::Grpc(sink) => sink.deliver(delivery).await,
                Self::Folder(sink) => sink.deliver(delivery).await,
            }
        };
        tokio::time::timeout(time, handed_over).await.unwrap_or(Err(SinkError::Late(time)))
    }
}
