//! Pages of lists, the same for every resource of the registry.

use db::{Fingerprint, PageToken, page_size};
use domain::DivisionCode;
use service::FieldErrors;
use service::auth::Caller;

use crate::store::Cut;

/// Default and bound of a page, as the contract says.
const PAGE: (u32, u32) = (50, 1_000);

/// Where the page asked for begins and ends. `filters` are the other fields of the request, and the name of the list.
pub(super) fn cut(
    errors: &mut FieldErrors,
    caller: &Caller,
    filters: &[&str],
    size: i32,
    token: &str,
) -> Option<Cut> {
    let mut parts = vec![caller.subject()];
    parts.extend(filters);
    let fingerprint = Fingerprint::of(&parts);
    let size = errors.check("page_size", page_size(size, PAGE.0, PAGE.1));
    let after = errors.check("page_token", PageToken::decode(token, fingerprint));
    Some(Cut { size: size?, fingerprint, after: after?.unwrap_or_default() })
}

/// The caller's divisions, as far as they lie in `asked`.
pub(super) fn divisions(caller: &Caller, asked: Option<&DivisionCode>) -> Vec<String> {
    let codes = caller.scope().division_codes();
    let Some(asked) = asked else { return codes };
    let within = |code: &String| DivisionCode::parse(code).is_ok_and(|code| asked.covers(&code));
    codes.into_iter().filter(within).collect()
}
