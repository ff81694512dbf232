//! Breaches of letters.

use contract::registry::v1 as pb;
use service::FieldErrors;

use super::commitment::{day, parse_commitment_name};
use crate::domain::{Breach, BreachKey, CommitmentView};

/// Reads `enterprises/{uscc}/commitments/{id}/breaches/{number}`.
pub(crate) fn parse_breach_name(errors: &mut FieldErrors, path: &str, name: &str) -> Option<BreachKey> {
    let parts = name.rsplit_once("/breaches/");
    let key = parts.and_then(|(letter, number)| {
        let letter = parse_commitment_name(&mut FieldErrors::default(), path, letter)?;
        Some(BreachKey { letter, number: number.parse().ok()? })
    });
    // One spelling only: the name is a key.
    let key = key.filter(|key| key.number >= 1 && key.name() == name);
    if key.is_none() {
        errors.push(path, "is not of the form `enterprises/{uscc}/commitments/{id}/breaches/{number}`");
    }
    key
}

/// The breach as events and answers show it: without what the party said.
pub(crate) fn breach_to_pb(view: &CommitmentView, breach: &Breach) -> pb::Breach {
    let state = match &breach.closed {
        Some((_, outcome)) => outcome.word(),
        None => view.commitment.state.word(),
    };
    let order = breach.order.as_ref();
    let (proposed_on, proposal_no) = breach.proposal.clone().unzip();
    pb::Breach {
        name: breach.key.name(),
        uscc: view.commitment.key.uscc.to_string(),
        field: view.commitment.field.to_string(),
        legal_name: view.legal_name.to_string(),
        division: view.division.to_string(),
        state: state.to_owned(),
        office: breach.office.to_string(),
        task: breach.task.clone(),
        suspected_on: breach.suspected_on.to_string(),
        finding: breach.finding.clone(),
        heard_on: day(breach.heard.as_ref().map(|(on, _)| *on)),
        statement: String::new(),
        ordered_on: day(order.map(|order| order.ordered_on)),
        document_no: order.map(|order| order.document_no.clone()).unwrap_or_default(),
        legal_basis: order.map(|order| order.legal_basis.clone()).unwrap_or_default(),
        correct_by: day(order.map(|order| order.correct_by)),
        overdue: breach.overdue,
        not_corrected_on: day(breach.not_corrected_on),
        proposed_on: day(proposed_on),
        proposal_no: proposal_no.unwrap_or_default(),
        authority: breach.decision.0.clone(),
        decision_no: breach.decision.1.clone(),
        closed_on: day(breach.closed.map(|(on, _)| on)),
        revision: breach.revision,
    }
}

/// The breach as who asks for it sees it.
pub(crate) fn breach_with_statement(view: &CommitmentView, breach: &Breach) -> pb::Breach {
    let statement = breach.heard.as_ref().map(|(_, statement)| statement.clone()).unwrap_or_default();
    pb::Breach { statement, ..breach_to_pb(view, breach) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        let letter = "enterprises/91370102MA3C00011F/commitments/0192d3a0-0000-7000-8000-00000000000a";
        let mut errors = FieldErrors::default();
        let name = format!("{letter}/breaches/2");
        assert_eq!(parse_breach_name(&mut errors, "name", &name).unwrap().name(), name);
        for broken in ["0", "02", "-1", "x", ""] {
            let broken = format!("{letter}/breaches/{broken}");
            assert_eq!(parse_breach_name(&mut errors, "name", &broken), None, "{broken}");
        }
        assert_eq!(parse_breach_name(&mut errors, "name", letter), None);
    }
}
