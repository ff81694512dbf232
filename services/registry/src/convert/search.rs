//! Search by name: what is sought, and what was found.

use contract::registry::v1 as pb;
use db::place_of;
use service::FieldErrors;

use super::enterprise_to_pb;
use crate::domain::search::{Fit, Query, Rank};
use crate::store::Found;

/// Reads what is sought.
pub(crate) fn parse_query(errors: &mut FieldErrors, sent: &str) -> Option<Query> {
    errors.check("query", Query::parse(sent))
}

/// Reads where the page before ended; `Some(None)`: there was none.
pub(crate) fn parse_after(errors: &mut FieldErrors, token: &str) -> Option<Option<Rank>> {
    errors.check("page_token", place_of(token, Rank::from_token))
}

/// What was found, as protobuf says it.
pub(crate) fn match_to_pb(found: &Found) -> pb::EnterpriseMatch {
    let fit = match found.rank.fit {
        Fit::Same => pb::NameFit::Same,
        Fit::SameButForm => pb::NameFit::SameButForm,
        Fit::Begins => pb::NameFit::Begins,
        Fit::Holds => pb::NameFit::Holds,
        Fit::HoldsButForm => pb::NameFit::HoldsButForm,
        Fit::HoldsTerms => pb::NameFit::HoldsTerms,
    };
    pb::EnterpriseMatch { enterprise: Some(enterprise_to_pb(&found.enterprise)), fit: fit.into() }
}
