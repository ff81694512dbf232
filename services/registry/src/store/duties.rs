//! Duties of the offices that answer for marks: what the steps of a move fulfil and oblige.

use db::Tx;
use domain::OfficeCode;
use service::machine::Office;
use service::obligation::{Matter, NewDuty, fulfil_all, open_all};

use super::{Act, Store};
use crate::domain::{Mark, MarkView, Moved, owners_of};
use crate::error::Error;
use crate::machines::mark::{CONFIRM, Event, MARK, PUSH};

/// What one moved mark says about duties.
struct Duties<'a> {
    subject: String,
    view: &'a MarkView,
    owner: Option<OfficeCode>,
    fulfilled: Vec<&'static str>,
    /// Kinds to open, each with its office (`OWNER`: the leading office of the mark) and parameter.
    opened: Vec<(&'static str, Office, &'static str)>,
}

/// Fulfils and opens the duties of the marks that moved: a few statements for many marks.
pub(super) async fn follow(
    tx: &mut Tx,
    store: &Store,
    act: &Act,
    marks: &[(Moved, MarkView)],
) -> Result<(), Error> {
    let duties: Vec<_> = marks.iter().map(|(moved, view)| duties_of(store, moved, view)).collect();
    for kind in [CONFIRM, PUSH] {
        let of_kind = duties.iter().filter(|duties| duties.fulfilled.contains(&kind));
        let subjects: Vec<&str> = of_kind.map(|duties| duties.subject.as_str()).collect();
        fulfil_all(tx, &subjects, kind, &act.context.actor, act.today).await?;
    }
    let opened =
        duties.iter().flat_map(|duties| duties.opened.iter().map(|opened| new_duty(act, duties, *opened)));
    Ok(open_all(tx, &opened.collect::<Vec<_>>(), &store.book).await?)
}

fn duties_of<'a>(store: &Store, moved: &Moved, view: &'a MarkView) -> Duties<'a> {
    // Of several owners, the first that has not confirmed its part.
    let leading = |mark: &Mark| {
        let owners = owners_of(mark, &store.book);
        owners.into_iter().find(|owner| !mark.confirmed_by.iter().any(|one| one == owner.as_str()))
    };
    // What is left to do about a mark that neither says nor shows anything any more is for those whose it was.
    let bare = view.mark.content.sub_kinds.is_empty() && view.mark.shown.sub_kinds.is_empty();
    let owner = leading(moved.before.as_ref().filter(|_| bare).unwrap_or(&view.mark));
    let mut fulfilled: Vec<_> = moved.steps.iter().flat_map(|step| step.fulfils).copied().collect();
    let mut opened: Vec<_> = moved
        .steps
        .iter()
        .flat_map(|step| step.obliges())
        .map(|duty| (duty.kind, duty.office, duty.parameter))
        .collect();
    let proposed = MARK.events_from(view.mark.state).any(|event| event == Event::Confirm);
    let stayed = moved.before.as_ref().filter(|before| proposed && before.state == view.mark.state);
    if stayed.is_some_and(|before| leading(before) != owner) {
        // What is proposed now belongs to another office: the duty goes there, with a time of its own.
        fulfilled.push(CONFIRM);
        opened.push((CONFIRM, Office::OWNER, CONFIRM));
    }
    Duties { subject: view.mark.key.name(), view, owner, fulfilled, opened }
}

fn new_duty<'a>(
    act: &Act,
    duties: &'a Duties<'_>,
    (kind, office, parameter): (&'static str, Office, &'static str),
) -> NewDuty<'a> {
    let key = &duties.view.mark.key;
    let matter = Matter {
        subject: &duties.subject,
        field: Some(&key.field),
        division: Some(&duties.view.division),
        owner: duties.owner.as_ref(),
    };
    let office = match &duties.owner {
        Some(owner) if office == Office::OWNER => owner.as_str(),
        // A sub-kind that has left the rulebook has no owner; what is left of the mark is for the house to look after.
        _ if office == Office::OWNER => Office::CREDIT.code(),
        _ => office.code(),
    };
    NewDuty { matter, kind, office, parameter, start_on: act.today }
}
