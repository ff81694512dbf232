//! Callers whose token was verified, by the token: a signature check, and even a digest of the token, costs more than the fastest RPC.
//!
//! Bounded in number and in time. Who is remembered is still asked after each time by what the token and the day say.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::NaiveDate;
use domain::MicrosUtc;

use super::Caller;

/// Most tokens remembered.
const MOST: usize = 20_000;
/// Longest time that a token is remembered without being verified again, in microseconds.
const LONGEST_US: i64 = 3600 * 1_000_000;

/// Bytes at the end of a token by which it is looked up.
const TAIL: usize = 32;

/// The memory. Clones share it. Looked up by the end of the token, which is the end of its signature: half a kilobyte need not be hashed
/// for each request. What is found is compared whole, and two that end alike take turns. The hash is keyed, and only tokens that were
/// verified are in the map: nobody can aim at it.
#[derive(Clone, Default)]
pub(super) struct RememberedCallers(Arc<RwLock<HashMap<[u8; TAIL], Remembered>>>);

/// The end of a token; a shorter one is filled up with zeros, which no token holds.
fn tail(token: &str) -> [u8; TAIL] {
    let mut tail = [0; TAIL];
    let end = &token.as_bytes()[token.len().saturating_sub(TAIL)..];
    tail[..end.len()].copy_from_slice(end);
    tail
}

#[derive(Clone)]
struct Remembered {
    token: Box<str>,
    caller: Caller,
    /// The instant from which the token is verified again.
    until: MicrosUtc,
    /// The number of changes by which it was verified: whatever was revoked since then may be this.
    changes: u64,
    /// Day for which the rulebook was asked: grants begin and end at midnight in Shanghai.
    day: NaiveDate,
}

/// Without the tokens.
impl std::fmt::Debug for RememberedCallers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RememberedCallers")
    }
}

impl RememberedCallers {
    /// Who holds this token, if it was verified for this day and after `changes`, and nothing has passed since then.
    pub(super) fn get(
        &self,
        token: &str,
        (now, today): (MicrosUtc, NaiveDate),
        changes: u64,
    ) -> Option<Caller> {
        let remembered = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = remembered.get(&tail(token)).filter(|known| *known.token == *token)?;
        (known.day == today && now < known.until && known.changes == changes).then(|| known.caller.clone())
    }

    /// Remembers who holds a token that expires at `expires_at`, in seconds since 1970 UTC.
    pub(super) fn put(
        &self,
        token: &str,
        caller: Caller,
        expires_at: i64,
        (now, today): (MicrosUtc, NaiveDate),
        changes: u64,
    ) {
        let expires = MicrosUtc(expires_at.saturating_mul(1_000_000));
        let until = now.plus_micros(LONGEST_US).min(expires);
        let mut remembered = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MOST {
            remembered.retain(|_, known| now < known.until);
        }
        // So many at once are no officers: whoever is right is verified once more.
        if remembered.len() >= MOST {
            remembered.clear();
        }
        let known = Remembered { token: token.into(), caller, until, changes, day: today };
        remembered.insert(tail(token), known);
    }
}

#[cfg(test)]
mod tests {
    use domain::OfficeCode;

    use super::*;
    use crate::auth::Fields;

    const NOW: MicrosUtc = MicrosUtc(1_700_000_000_000_000);

    fn caller(token: &str) -> Caller {
        Caller::new("wang", "", OfficeCode::parse("CREDIT").unwrap(), Fields::All, Vec::new(), token)
    }

    fn day(text: &str) -> NaiveDate {
        domain::parse_date(text).unwrap()
    }

    #[test]
    fn a_token_is_remembered_for_an_hour_at_most_and_never_past_its_end_or_its_day() {
        let (memory, today) = (RememberedCallers::default(), day("2023-11-15"));
        let seconds = NOW.0 / 1_000_000;
        memory.put("long", caller("long"), seconds + 7200, (NOW, today), 1);
        memory.put("short", caller("short"), seconds + 60, (NOW, today), 1);
        let known =
            |token, after: i64, on| memory.get(token, (NOW.plus_micros(after * 1_000_000), on), 1).is_some();
        assert!(known("long", 3599, today) && !known("long", 3600, today));
        assert!(known("short", 59, today) && !known("short", 60, today));
        assert!(!known("long", 1, day("2023-11-16")) && !known("other", 1, today));
        assert!(memory.get("long", (NOW, today), 2).is_none(), "something was revoked");
    }

    #[test]
    fn two_tokens_that_end_alike_are_not_taken_for_each_other() {
        let (memory, today) = (RememberedCallers::default(), day("2023-11-15"));
        let (end, seconds) = ("x".repeat(TAIL), NOW.0 / 1_000_000 + 3600);
        let (one, other) = (format!("one.{end}"), format!("other.{end}"));
        memory.put(&one, caller(&one), seconds, (NOW, today), 1);
        assert!(memory.get(&other, (NOW, today), 1).is_none());
        assert!(memory.get(&one, (NOW, today), 1).is_some());
        memory.put(&other, caller(&other), seconds, (NOW, today), 1);
        let known = memory.get(&other, (NOW, today), 1).unwrap();
        assert_eq!(known.token(), Some(other.as_str()));
        assert!(memory.get(&one, (NOW, today), 1).is_none(), "it is verified once more");
    }

    #[test]
    fn the_memory_has_a_bound_and_forgets_what_has_passed_first() {
        let (memory, today) = (RememberedCallers::default(), day("2023-11-15"));
        let (seconds, later) = (NOW.0 / 1_000_000, NOW.plus_micros(120 * 1_000_000));
        for number in 0..MOST {
            let lasts = if number == 0 { 3600 } else { 60 };
            memory.put(&number.to_string(), caller("t"), seconds + lasts, (NOW, today), 1);
        }
        memory.put("new", caller("new"), seconds + 3600, (later, today), 1);
        assert!(
            memory.get("0", (later, today), 1).is_some() && memory.get("new", (later, today), 1).is_some()
        );
        assert_eq!(memory.0.read().unwrap().len(), 2);
        for number in 0..MOST {
            memory.put(&number.to_string(), caller("t"), seconds + 3600, (later, today), 1);
        }
        assert!(memory.0.read().unwrap().len() <= MOST);
    }
}
