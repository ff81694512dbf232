//! How messages of the contract are written into calls and read from them: as protobuf, in rooms of a size that fits them.

use std::marker::PhantomData;

use prost::Message;
use tonic::codec::{BufferSettings, Codec};
use tonic_prost::{ProstDecoder, ProstEncoder};

/// Bytes that are taken for a message before it is known how long it is, and by which more are taken. Each call takes such a room four
/// times, and most messages are shorter. Of tonic's own, 8 KiB, nearly all would be taken from the memory and given back unused.
const ROOM: usize = 1024;
/// Bytes of the messages of a stream that go out together, as tonic has it.
const TOGETHER: usize = 32 * 1024;

/// The rooms in which messages are written and read.
pub fn buffers() -> BufferSettings {
    BufferSettings::new(ROOM, TOGETHER)
}

/// Writes messages of one kind, and reads those of another. Generated clients and servers take it.
#[derive(Clone, Copy, Debug)]
pub struct MessageCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for MessageCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for MessageCodec<T, U>
where
    T: Message + 'static,
    U: Message + Default + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = ProstDecoder<U>;

    fn encoder(&mut self) -> ProstEncoder<T> {
        ProstEncoder::new(buffers())
    }

    fn decoder(&mut self) -> ProstDecoder<U> {
        ProstDecoder::new(buffers())
    }
}
