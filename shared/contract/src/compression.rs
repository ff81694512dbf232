//! Compressed messages.

use tonic::codec::CompressionEncoding;

/// How messages are compressed: what every gRPC library knows.
const ENCODING: CompressionEncoding = CompressionEncoding::Gzip;

/// A generated server: every service of the contract has one.
pub trait Compressed {
    /// The server that also takes compressed messages, and answers so to who asks for it (`grpc-accept-encoding`). The bound on the size
    /// of a message holds for what it is unpacked.
    #[must_use]
    fn compressed(self) -> Self;

    /// The server that answers compressed to who asks for it, and takes no compressed message.
    #[must_use]
    fn answering_compressed(self) -> Self;
}

include!(concat!(env!("OUT_DIR"), "/compressed.rs"));
