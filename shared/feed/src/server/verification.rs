//! Recomputes the chain for a caller.

use contract::feed::v1::{VerifyChainRequest, VerifyChainResponse};
use db::Db;
use outbox::VerifyError;
use service::FieldErrors;

use super::Error;

/// Most positions one call recomputes; a longer range is checked in several calls, each from where the last ended.
const MAX_RANGE: i64 = 200_000;

pub(super) async fn run(db: &Db, request: &VerifyChainRequest) -> Result<VerifyChainResponse, Error> {
    let (from, to) = range(request)?;
    match outbox::verify(db, from, to).await {
        Ok(verified) => Ok(VerifyChainResponse {
            valid: true,
            checked: (verified.to - verified.from + 1).max(0),
            hash: verified.hash.as_bytes().to_vec(),
            ..VerifyChainResponse::default()
        }),
        Err(VerifyError::Broken(broken)) => {
            let before = outbox::hash_at(db, broken.seq - 1).await?;
            Ok(VerifyChainResponse {
                valid: false,
                checked: (broken.seq - from).max(0),
                broken_seq: broken.seq,
                problem: broken.what.to_string(),
                hash: before.map(|hash| hash.as_bytes().to_vec()).unwrap_or_default(),
            })
        }
        Err(VerifyError::Store(error)) => Err(error.into()),
    }
}

/// The range that is checked: 0 as the first position means 1, 0 as the last the head, and neither more than
/// [`MAX_RANGE`] positions.
fn range(request: &VerifyChainRequest) -> Result<(i64, i64), Error> {
    let mut fields = FieldErrors::default();
    if request.from_seq < 0 {
        fields.push("from_seq", "must not be negative");
    }
    if request.to_seq < 0 || (request.to_seq > 0 && request.to_seq < request.from_seq) {
        fields.push("to_seq", "must not be negative nor before `from_seq`");
    }
    fields.into_result()?;
    let from = request.from_seq.max(1);
    let last = from.saturating_add(MAX_RANGE - 1);
    Ok((from, if request.to_seq == 0 { last } else { request.to_seq.min(last) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_bounded_and_zero_stands_for_the_ends() {
        let asked = |from_seq, to_seq| range(&VerifyChainRequest { from_seq, to_seq }).ok();
        assert_eq!(asked(0, 0), Some((1, MAX_RANGE)));
        assert_eq!(asked(7, 9), Some((7, 9)));
        assert_eq!(asked(7, i64::MAX), Some((7, MAX_RANGE + 6)));
        assert_eq!((asked(9, 7), asked(-1, 0)), (None, None));
    }
}
