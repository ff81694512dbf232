//! Where in a stream a message ends.

/// How far the bytes of a stream have come in its messages, each of which is a flag, four bytes of its length, and as many more.
#[derive(Debug, Default)]
pub(super) struct Messages {
    head: [u8; 5],
    /// Bytes of the head that have passed.
    of_head: usize,
    /// Bytes of the message that have not passed.
    left: usize,
}

impl Messages {
    pub(super) fn is_between(&self) -> bool {
        self.of_head == 0
    }

    pub(super) fn pass_all(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = &bytes[self.pass_one(bytes)..];
        }
    }

    /// Passes the rest of one message; answers how many of the bytes belong to it.
    pub(super) fn pass_one(&mut self, bytes: &[u8]) -> usize {
        let of_head = bytes.len().min(self.head.len() - self.of_head);
        self.head[self.of_head..self.of_head + of_head].copy_from_slice(&bytes[..of_head]);
        if of_head > 0 {
            self.of_head += of_head;
            let [_, length @ ..] = self.head;
            self.left = u32::from_be_bytes(length) as usize;
        }
        if self.of_head < self.head.len() {
            return of_head;
        }
        let of_message = self.left.min(bytes.len() - of_head);
        self.left -= of_message;
        if self.left == 0 {
            self.of_head = 0;
        }
        of_head + of_message
    }
}
