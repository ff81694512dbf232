//! Pages that fit into one answer, however long their elements are.
//!
//! A page has at most so many elements as were asked for. A few hundred with the longest texts that there may be are more than the 4 MiB
//! of a message, and an answer that is larger than a message reaches nobody: whoever reads the list would stand still at that page.

use contract::client::MAX_MESSAGE_BYTES;
use db::{Fingerprint, PageToken};
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

/// One page of a list, as a store has read it: how much of it is answered is known once its rows are told.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// Token of the page behind the last row; empty when there is none.
    pub next_page_token: String,
    fingerprint: Fingerprint,
    key: fn(&T) -> String,
}

impl<T> Page<T> {
    /// The page of rows that were read with `LIMIT size + 1`. `key`: what the list is ordered by, as the store reads it from a token.
    pub fn of(mut rows: Vec<T>, size: i64, fingerprint: Fingerprint, key: fn(&T) -> String) -> Self {
        let next_page_token = PageToken::next(&mut rows, size, fingerprint, key);
        Self { rows, next_page_token, fingerprint, key }
    }

    /// The same page with more known of its rows, which keep their order. `key`: the key of the list, in what is made of a row.
    #[must_use]
    pub fn with<U>(self, key: fn(&U) -> String, know: impl FnOnce(Vec<T>) -> Vec<U>) -> Page<U> {
        let Self { rows, next_page_token, fingerprint, .. } = self;
        Page { rows: know(rows), next_page_token, fingerprint, key }
    }

    /// As an answer: the rows as `show` tells them, as many as fit, and the token of the page behind these.
    pub fn shown<M: Message>(&self, show: impl FnMut(&T) -> M) -> (Vec<M>, String) {
        self.cut(self.rows.iter().map(show).collect())
    }

    /// The same of rows that may not be as they should.
    ///
    /// # Errors
    /// The first of `show`.
    pub fn try_shown<M: Message, E>(
        &self,
        show: impl FnMut(&T) -> Result<M, E>,
    ) -> Result<(Vec<M>, String), E> {
        Ok(self.cut(self.rows.iter().map(show).collect::<Result<_, _>>()?))
    }

    /// The same of `elements`, each of which tells the row at its place.
    pub fn cut<M: Message>(&self, mut elements: Vec<M>) -> (Vec<M>, String) {
        let count = fitting(&elements);
        elements.truncate(count);
        (elements, self.token_behind(count))
    }

    /// The token of the page that begins behind the first `count` rows of this one.
    fn token_behind(&self, count: usize) -> String {
        match count.checked_sub(1).and_then(|last| self.rows.get(last)) {
            Some(last) if count < self.rows.len() => PageToken::encode(self.fingerprint, &(self.key)(last)),
            _ => self.next_page_token.clone(),
        }
    }
}

impl<M: Message> Page<M> {
    /// As an answer, where the rows are its elements already: as [`shown`](Self::shown).
    pub fn fitted(mut self) -> (Vec<M>, String) {
        let count = fitting(&self.rows);
        let token = self.token_behind(count);
        self.rows.truncate(count);
        (self.rows, token)
    }
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

    /// The page of a list of numbers behind `token`, read as a store reads it.
    fn page(list: &[i64], size: i64, token: &str) -> Page<i64> {
        let fingerprint = Fingerprint::of(&["numbers"]);
        let after = PageToken::decode(token, fingerprint).unwrap();
        let after: i64 = after.map_or(0, |key| key.parse().unwrap());
        let behind = list.iter().copied().filter(|number| *number > after);
        let rows = behind.take(usize::try_from(size).unwrap() + 1).collect();
        Page::of(rows, size, fingerprint, |number| number.to_string())
    }

    /// The sizes of the pages of a list, whose numbers are told in so many bytes each, and all numbers that they tell.
    fn walk(list: &[i64], size: i64, bytes: usize) -> (Vec<usize>, Vec<i64>) {
        let (mut sizes, mut numbers, mut token) = (Vec::new(), Vec::new(), String::new());
        loop {
            let page = page(list, size, &token);
            let (duties, next_page_token) =
                page.shown(|number| Duty { kind: number.to_string(), ..duty(bytes) });
            sizes.push(duties.len());
            numbers.extend(duties.iter().map(|duty| duty.kind.parse::<i64>().unwrap()));
            let answer = ListWorkResponse { duties, next_page_token };
            assert!(answer.encoded_len() <= MAX_MESSAGE_BYTES, "{}", answer.encoded_len());
            if answer.next_page_token.is_empty() {
                return (sizes, numbers);
            }
            token = answer.next_page_token;
        }
    }

    #[test]
    fn pages_of_any_size_tell_each_row_once_however_long_it_is() {
        let list: Vec<i64> = (1..=12).collect();
        for size in [1, 5, 6, 11, 12, 13] {
            for bytes in [10, 500_000, 1_000_000] {
                let (sizes, numbers) = walk(&list, size, bytes);
                assert_eq!(numbers, list, "{size} rows of {bytes} bytes in pages of {sizes:?}");
            }
        }
        assert_eq!(walk(&list, 6, 10).0, [6, 6]);
        assert_eq!(walk(&list, 6, 1_000_000).0, [4, 4, 4]);
        assert_eq!(walk(&list, 5, 1_000_000).0, [4, 4, 4]);
        assert_eq!(walk(&list, 12, MAX_MESSAGE_BYTES / 2).0, [1; 12]);
    }

    #[test]
    fn what_is_known_besides_of_the_rows_moves_no_page() {
        let list: Vec<i64> = (1..=9).collect();
        let page = page(&list, 5, "").with(
            |(number, _): &(i64, i64)| number.to_string(),
            |rows| rows.into_iter().map(|number| (number, number * number)).collect(),
        );
        let (duties, next) = page.shown(|_| duty(1_000_000));
        assert_eq!(duties.len(), 4);
        assert_eq!(PageToken::decode(&next, Fingerprint::of(&["numbers"])).unwrap().unwrap(), "4");
    }

    #[test]
    fn a_row_that_cannot_be_told_is_an_error_and_an_empty_page_the_last() {
        let list = [1, 2, 3];
        let told = page(&list, 3, "").try_shown(|number| match number {
            2 => Err("it is broken"),
            _ => Ok(duty(1)),
        });
        assert_eq!(told.unwrap_err(), "it is broken");
        assert_eq!(page(&[], 3, "").shown(|_| duty(1)), (Vec::new(), String::new()));
    }
}
