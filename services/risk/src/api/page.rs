//! Pages of lists, the same for every resource of risk.

use db::{Fingerprint, PageToken, page_size};
use service::FieldErrors;
use service::auth::Caller;

use crate::store::Cut;

/// Rows of a page when the caller does not say.
const DEFAULT: u32 = 50;

/// Where the page asked for begins and ends. `filters` are the name of the list and the other fields of the request;
/// `max` is the bound of a page, as the contract says.
pub(super) fn cut(
    errors: &mut FieldErrors,
    caller: &Caller,
    filters: &[&str],
    (size, max): (i32, u32),
    token: &str,
) -> Option<Cut> {
    let mut parts = vec![caller.subject()];
    parts.extend(filters);
    let fingerprint = Fingerprint::of(&parts);
    let size = errors.check("page_size", page_size(size, DEFAULT, max));
    let after = errors.check("page_token", PageToken::decode(token, fingerprint));
    Some(Cut { size: size?, fingerprint, after: after?.unwrap_or_default() })
}
