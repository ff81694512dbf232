//! The gRPC services: who, what, do, answer.

mod catalogue;
mod decisions;
mod dossiers;
mod import;
mod imports;
mod matches;
mod objections;
mod records;
mod remedies;
mod tickets;

pub(crate) use catalogue::CatalogueService;
pub(crate) use decisions::DecisionsService;
pub(crate) use dossiers::DossiersService;
pub(crate) use imports::ImportsService;
pub(crate) use matches::MatchesService;
pub(crate) use objections::ObjectionsService;
pub(crate) use records::RecordsService;
pub(crate) use remedies::RemediesService;
pub(crate) use tickets::TicketsService;

use std::str::FromStr;

use db::page_size;
use domain::Uscc;
use service::FieldErrors;

use crate::domain::NaturalId;
use crate::machines::record::State;
use crate::store::AboutFilter;

/// Default and bound of a page, as the contract says.
const PAGE: (u32, u32) = (50, 1_000);

/// Reads the state by which a list is filtered; empty means all.
fn state_filter(errors: &mut FieldErrors, sent: &str, states: &[State]) -> Option<String> {
    if sent.is_empty() || states.iter().any(|state| state.as_str() == sent) {
        return Some(sent.to_owned());
    }
    let known: Vec<_> = states.iter().map(|state| state.as_str()).collect();
    errors.push("state", format!("is not one of: {}", known.join(", ")));
    None
}

/// Reads the word of a state by which a list is filtered; empty means all.
fn word_filter<S: FromStr<Err = String>>(errors: &mut FieldErrors, sent: &str) -> Option<String> {
    if sent.is_empty() {
        return Some(String::new());
    }
    errors.check("state", sent.parse::<S>()).map(|_| sent.to_owned())
}

/// Reads which objections, or which remedies, are asked for; `S` are their states.
fn about_filter<S: FromStr<Err = String>>(
    record: &str,
    uscc: &str,
    state: &str,
    size: i32,
    token: &str,
) -> Result<AboutFilter, FieldErrors> {
    let mut errors = FieldErrors::default();
    let record = errors.check_optional("record", record, |text: &str| NaturalId::from_name(text, "records"));
    let uscc = errors.check_optional("uscc", uscc, Uscc::parse);
    let state = word_filter::<S>(&mut errors, state);
    let size = errors.check("page_size", page_size(size, PAGE.0, PAGE.1));
    match (state, size) {
        (Some(state), Some(size)) if errors.is_empty() => {
            Ok(AboutFilter { record, uscc, state, size, token: token.to_owned() })
        }
        _ => Err(errors),
    }
}
