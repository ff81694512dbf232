//! Pages that fit into one answer, however long their elements are.
//!
//! A page has at most so many elements as were asked for. A few hundred with the longest texts that there may be are more than the 4 MiB
//! of a message, and an answer that is larger than a message reaches nobody: whoever reads the list would stand still at that page.

use contract::client::MAX_MESSAGE_BYTES;
use prost::{Message, length_delimiter_len};

/// Most bytes of the elements of a page: what is left of a message has room for the token of the next one.
const MOST_BYTES: usize = MAX_MESSAGE_BYTES - (64 << 10);
/// Bytes of a field's number before the length of an element, at most: numbers up to 2,047.
const NUMBER_BYTES: usize = 2;

/// How many of the first elements of a page fit into one answer. Where there are any, one does: the bounds of its own fields see to it
/// that an element alone fits, and a page without elements would be taken for the last.
///
/// Whoever leaves out the others says where the next page begins: behind the last that is left.
pub fn fitting<M: Message>(elements: &[M]) -> usize {
    let mut bytes = 0;
    let fits = |element: &&M| {
        let length = element.encoded_len();
        bytes += NUMBER_BYTES + length_delimiter_len(length) + length;
        bytes <= MOST_BYTES
    };
    let count = elements.iter().take_while(fits).count();
    count.max(usize::from(!elements.is_empty()))
}

#[cfg(test)]
mod tests {
    use contract::common::v1::{Duty, ListWorkResponse};

    use super::*;

    fn duty(bytes: usize) -> Duty {
        Duty { subject: "x".repeat(bytes), ..Duty::default() }
    }

    #[test]
    fn short_elements_all_fit() {
        assert_eq!(fitting::<Duty>(&[]), 0);
        assert_eq!(fitting(&vec![duty(100); 1_000]), 1_000);
    }

    #[test]
    fn of_long_ones_those_that_make_one_message_together_with_a_token() {
        let duties = vec![duty(100_000); 100];
        let count = fitting(&duties);
        assert!(count < duties.len());
        let page = |count: usize| ListWorkResponse {
            duties: duties[..count].to_vec(),
            next_page_token: "t".repeat(1_000),
        };
        assert!(page(count).encoded_len() <= MAX_MESSAGE_BYTES);
        assert!(page(count + 1).encoded_len() > MOST_BYTES, "none is left out that fits");
    }

    #[test]
    fn a_page_of_any_elements_has_one() {
        assert_eq!(fitting(&[duty(MAX_MESSAGE_BYTES), duty(1)]), 1);
    }
}
