//! Verification: whether the chain is still what was sealed, and if not, where and how.

use db::{Db, on};

use crate::SealedEvent;
use crate::chain::{ChainHash, link, payload_digest};
use crate::read::{Head, hash_at, head, range};

/// Events checked per statement.
const STEP: i64 = 500;

/// A stretch of the chain that is intact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// First event checked.
    pub from: i64,
    /// Last event checked; less than `from` when there was none.
    pub to: i64,
    /// Hash of the chain up to `to`; what a checkpoint signed earlier must agree with.
    pub hash: ChainHash,
    /// How many of the events had their payload erased.
    pub erased: u64,
}

/// The first event that is not what was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chain is broken at event {seq}: {what}")]
pub struct ChainBroken {
    /// Its place in the chain.
    pub seq: i64,
    /// What is wrong with it.
    pub what: Break,
}

/// What can be wrong with one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// `seal` has no such row although the chain goes on.
    #[error("its seal is missing")]
    SealMissing,
    /// `event` has no row for this seal.
    #[error("the event itself is missing")]
    EventMissing,
    /// The chain goes on from another header; if the payload is erased, its digest may be what was changed.
    #[error("its header was changed")]
    HeaderChanged,
    /// Salt and payload do not give the sealed digest.
    #[error("its payload was changed")]
    PayloadChanged,
    /// The stored digest is not the one of the payload, which was sealed.
    #[error("the digest of its payload was changed")]
    DigestChanged,
    /// The event gives another hash than is stored, and what follows agrees with the event.
    #[error("its hash was changed")]
    HashChanged,
    /// The last seal and the head of the feed disagree.
    #[error("the head of the feed was changed")]
    HeadChanged,
}

/// Why verification did not end well.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The chain was changed.
    #[error(transparent)]
    Broken(#[from] ChainBroken),
    /// The database could not be read, which says nothing about the chain.
    #[error("the events cannot be read")]
    Store(#[from] sqlx::Error),
}

/// Checks events `from` (at least 1; beyond the end there is nothing to check) to `to` (or the end, if that comes first), in
/// order, and stops at the first that is not what was sealed. The hash before `from` is taken as it stands: a full check starts at 1 and compares the
/// answer's hash with a checkpoint kept elsewhere.
pub async fn verify(db: &Db, from: i64, to: i64) -> Result<Verified, VerifyError> {
    let head = head(db).await?;
    let from = from.clamp(1, head.seq.max(0).saturating_add(1));
    let end = to.min(head.seq);
    let mut hash = hash_at(db, from - 1).await?.ok_or(broken(from - 1, Break::SealMissing))?;
    let mut erased = 0;
    let mut next = from;
    while next <= end {
        let last = end.min(next + STEP - 1);
        // One more than is checked: the event after tells a changed hash from a changed header.
        let events = range(db, next, head.seq.min(last + 1)).await?;
        for (at, seq) in (next..=last).enumerate() {
            let Some(event) = events.get(at).filter(|event| event.seq == seq) else {
                return Err(missing(db, seq).await?.into());
            };
            check(&hash, event, events.get(at + 1), &head).map_err(|what| broken(seq, what))?;
            hash = event.hash;
            erased += u64::from(event.payload.is_none());
        }
        next = last + 1;
    }
    if end == head.seq {
        check_end(db, &head, &hash).await?;
    }
    Ok(Verified { from, to: end, hash, erased })
}

fn broken(seq: i64, what: Break) -> ChainBroken {
    ChainBroken { seq, what }
}

async fn missing(db: &Db, seq: i64) -> Result<ChainBroken, sqlx::Error> {
    let seal = hash_at(db, seq).await?;
    Ok(broken(seq, if seal.is_some() { Break::EventMissing } else { Break::SealMissing }))
}

/// Checks one event that should follow `previous`; `following` is the event after it, if there is one.
fn check(
    previous: &ChainHash,
    event: &SealedEvent,
    following: Option<&SealedEvent>,
    head: &Head,
) -> Result<(), Break> {
    let of_payload = match (&event.salt, &event.payload) {
        (Some(salt), Some(payload)) => Some(payload_digest(salt, payload)),
        (None, None) => None,
        _ => return Err(Break::PayloadChanged),
    };
    let digest_agrees = of_payload.is_none_or(|digest| digest == event.payload_digest);
    let expected = link(previous, &event.header, &event.payload_digest);
    if expected == event.hash {
        return if digest_agrees { Ok(()) } else { Err(Break::PayloadChanged) };
    }
    if of_payload.is_some_and(|digest| link(previous, &event.header, &digest) == event.hash) {
        return Err(Break::DigestChanged);
    }
    // What follows was made from the true hash, so it says whether the event or its stored hash is false.
    let chain_agrees = match following {
        Some(next) => link(&expected, &next.header, &next.payload_digest) == next.hash,
        None => head.seq == event.seq && head.hash == expected,
    };
    Err(if chain_agrees { Break::HashChanged } else { Break::HeaderChanged })
}

/// The head must hold the last hash, and no seal may lie behind it.
async fn check_end(db: &Db, head: &Head, hash: &ChainHash) -> Result<(), VerifyError> {
    const SQL: &str = "SELECT seq FROM seal WHERE seq > $1 ORDER BY seq LIMIT 1";
    if head.hash != *hash {
        return Err(broken(head.seq, Break::HeadChanged).into());
    }
    // A sealer may have gone on meanwhile; then the head has, too.
    let beyond: Option<i64> =
        on!(db, |pool| sqlx::query_scalar(SQL).bind(head.seq).fetch_optional(pool).await)?;
    match beyond {
        Some(seq) if crate::head(db).await?.seq < seq => Err(broken(seq, Break::HeadChanged).into()),
        _ => Ok(()),
    }
}
