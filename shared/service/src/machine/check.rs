//! The whole-table test that every machine of every service runs.

use std::fmt::Debug;

use super::{Actor, Machine, Office, Refused, Rule, shown};

/// Tries every (state, event, office), the state before existence included, and says what disagrees with the table.
/// For tests; a service asserts that the answer is `Ok`.
///
/// For each triple: an office that the line names gets its target state, any other office is refused by office, a pair
/// without a line is refused by state. Where the line asks for four eyes, the proposer and a person without a proposal
/// are refused; where it asks for a legal basis, a person without one is. The table itself is checked first, see
/// [`check_table`].
///
/// # Errors
/// The first disagreement, in words. `Ok` holds the number of triples tried.
pub fn check_all_triples<S, E>(
    machine: &Machine<S, E>,
    states: &[S],
    events: &[E],
    offices: &[&str],
) -> Result<usize, String>
where
    S: Copy + PartialEq + Debug,
    E: Copy + PartialEq + Debug,
{
    check_table(machine, states, events, offices)?;
    let mut tried = 0;
    for state in std::iter::once(None).chain(states.iter().copied().map(Some)) {
        for event in events.iter().copied() {
            let lines: Vec<_> =
                machine.0.iter().filter(|rule| rule.from == state && rule.event == event).collect();
            for office in offices {
                check_triple(machine, lines.first().copied(), state, event, office)?;
                tried += 1;
            }
        }
    }
    Ok(tried)
}

/// What the law says of an event, written down apart from the table: from where it leads whereto, and which offices may take it. An event
/// that is for another office in another state stands in more than one of them.
pub type Said<'a, S, E> = (E, &'a [(Option<S>, S)], &'a [&'a str]);

/// Tries every (state, event, office) as [`check_all_triples`] does, but against what the law says and not against the table: whatever is
/// missing in the table, leads elsewhere or lets in another office is found. For tests; a service asserts the number of triples.
///
/// # Errors
/// The first disagreement, in words. `Ok` holds the number of triples tried.
pub fn check_against<S, E>(
    machine: &Machine<S, E>,
    said: &[Said<'_, S, E>],
    states: &[S],
    offices: &[&str],
) -> Result<usize, String>
where
    S: Copy + PartialEq + Debug,
    E: Copy + PartialEq + Debug,
{
    let mut tried = 0;
    for state in std::iter::once(None).chain(states.iter().copied().map(Some)) {
        for (at, (event, ..)) in said.iter().enumerate() {
            if said[..at].iter().any(|(earlier, ..)| earlier == event) {
                continue;
            }
            let step = said.iter().filter(|(of, ..)| of == event).find_map(|(_, steps, who)| {
                steps.iter().find(|(from, _)| *from == state).map(|(_, to)| (*to, *who))
            });
            for office in offices {
                let second = Actor::person(office, "second").on_proposal_of("first").citing("a basis");
                let answer = machine.step(state, *event, &second);
                let right = match (&answer, step) {
                    (Ok(step), Some((to, who))) => step.to == to && who.contains(office),
                    (Err(Refused::Office { .. }), Some((_, who))) => !who.contains(office),
                    (Err(Refused::Transition { .. }), None) => true,
                    _ => false,
                };
                if !right {
                    return Err(format!("({}, {event:?}, {office}): {answer:?}", shown(state)));
                }
                tried += 1;
            }
        }
    }
    Ok(tried)
}

/// Checks the table as a table: no two lines for one (state, event); every line can be taken by somebody; the system
/// never takes a step that needs four eyes or a legal basis alone; every state is reached from the beginning; every
/// state, event and office that the table names is one of those given, and every event given is used.
///
/// # Errors
/// The first fault, in words.
pub fn check_table<S, E>(
    machine: &Machine<S, E>,
    states: &[S],
    events: &[E],
    offices: &[&str],
) -> Result<(), String>
where
    S: Copy + PartialEq + Debug,
    E: Copy + PartialEq + Debug,
{
    for (at, rule) in machine.0.iter().enumerate() {
        let line = format!("`{}` --{:?}-->", shown(rule.from), rule.event);
        let known = |state: &S| states.contains(state);
        if machine.0[..at].iter().any(|earlier| earlier.from == rule.from && earlier.event == rule.event) {
            return Err(format!("{line} stands twice"));
        }
        if rule.offices().next().is_none() {
            return Err(format!("{line} nobody may"));
        }
        if rule.system && (rule.four_eyes || rule.basis) {
            return Err(format!("{line} asks the system for a second person or a legal basis"));
        }
        if !known(&rule.to) || !rule.from.as_ref().is_none_or(known) || !events.contains(&rule.event) {
            return Err(format!("{line} names a state or an event that was not given"));
        }
        if rule.offices().any(|office| office == Office::OWNER) {
            return Err(format!("{line} may be taken by OWNER, which is no office"));
        }
        let mut named = rule.offices().chain(rule.duties.iter().flatten().map(|duty| duty.office));
        let known_office = |office: &Office| *office == Office::OWNER || offices.contains(&office.code());
        if let Some(unknown) = named.find(|office| !known_office(office)).map(Office::code) {
            return Err(format!("{line} names the unknown office {unknown}"));
        }
    }
    if let Some(unused) = events.iter().find(|event| !machine.0.iter().any(|rule| rule.event == **event)) {
        return Err(format!("event {unused:?} is in no line"));
    }
    match states.iter().find(|state| !reached(machine).contains(state)) {
        Some(lonely) => Err(format!("state {lonely:?} is never reached")),
        None => Ok(()),
    }
}

fn reached<S, E>(machine: &Machine<S, E>) -> Vec<S>
where
    S: Copy + PartialEq,
{
    let mut found: Vec<Option<S>> = vec![None];
    let mut next = 0;
    while next < found.len() {
        let from = found[next];
        for rule in machine.0.iter().filter(|rule| rule.from == from) {
            if !found.contains(&Some(rule.to)) {
                found.push(Some(rule.to));
            }
        }
        next += 1;
    }
    found.into_iter().flatten().collect()
}

fn check_triple<S, E>(
    machine: &Machine<S, E>,
    line: Option<&Rule<S, E>>,
    state: Option<S>,
    event: E,
    office: &str,
) -> Result<(), String>
where
    S: Copy + PartialEq + Debug,
    E: Copy + PartialEq + Debug,
{
    let second = Actor::person(office, "second").on_proposal_of("first").citing("a basis");
    let answer = machine.step(state, event, &second);
    let wrong = |what: &str| Err(format!("({}, {event:?}, {office}): {what}", shown(state)));
    let Some(line) = line else {
        return match answer {
            Err(Refused::Transition { .. }) => Ok(()),
            other => wrong(&format!("no line, but {other:?}")),
        };
    };
    let named =
        line.by.iter().any(|by| by.code() == office) || (line.system && office == Office::SYSTEM.code());
    match (&answer, named) {
        (Ok(step), true) if step.to == line.to => {}
        (Err(Refused::Office { .. }), false) => return Ok(()),
        _ => return wrong(&format!("named: {named}, but {answer:?}")),
    }
    let proposer = Actor { proposer: Some(second.person), ..second };
    let nobody = Actor { proposer: None, ..second };
    for alone in [proposer, nobody] {
        let refused = matches!(machine.step(state, event, &alone), Err(Refused::FourEyes { .. }));
        if refused != line.four_eyes {
            return wrong("four eyes are not kept as the line says");
        }
    }
    let without_basis = Actor { legal_basis: Some(" "), ..second };
    let refused = matches!(machine.step(state, event, &without_basis), Err(Refused::BasisMissing { .. }));
    if refused != line.basis { wrong("the legal basis is not asked for as the line says") } else { Ok(()) }
}
