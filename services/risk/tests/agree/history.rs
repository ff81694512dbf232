//! Random histories: what registry, collection and the officers of attention tell of a few enterprises, in any order.

use std::collections::BTreeSet;

use contract::collection::v1::{
    self as collection, Inspection, ListEntry, Penalty, Sampling, record::Content,
};
use contract::registry::v1::{self as registry, Enterprise, EnterpriseEvent, Licence};
use contract::risk::v1 as pb;
use proptest::prelude::*;
use risk::store::Batch;

use crate::support::*;

/// Enterprises of the city; the last one is of both fields.
pub(crate) const ENTERPRISES: u32 = 4;

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// A record comes, whose fact may lie before all that came so far.
    Record,
    /// A record is corrected: another day and content under the same name.
    Correct,
    /// A record is withdrawn, or its match undone.
    Withdraw,
    /// Somebody objects to a record, which counts meanwhile; or the objection is answered.
    Object,
    /// The decision behind a record is suspended by a remedy: it counts no longer.
    Suspend,
    /// What is suspended is told again, for whatever reason: still it does not count.
    TellSuspended,
    /// The remedy leaves the decision as it was: it counts again.
    Resume,
    /// The remedy changes the decision: it counts again, as it is now.
    Remedy,
    /// An entry of a list is removed.
    Remove,
    /// A ticket comes.
    Ticket,
    /// Handling finds a ticket true, or not.
    CloseTicket,
    /// The match of a ticket is undone.
    DetachTicket,
    /// A breach of a commitment is confirmed.
    Breach,
    /// It is closed.
    CloseBreach,
    /// A flag of attention begins, up to a day that lies before or behind the days of the test.
    Flag,
    /// A flag gets another term.
    ExtendFlag,
    /// A flag is ended.
    EndFlag,
    /// The state of a licence becomes another.
    License,
    /// The register entry becomes another.
    Change,
    /// The mark of an enterprise comes or goes.
    Mark,
    /// What was told so far is taken in, and scored.
    TakeIn,
}

use What::*;

impl What {
    pub(crate) const ALL: [Self; 21] = [
        Record,
        Correct,
        Withdraw,
        Object,
        Suspend,
        TellSuspended,
        Resume,
        Remedy,
        Remove,
        Ticket,
        CloseTicket,
        DetachTicket,
        Breach,
        CloseBreach,
        Flag,
        ExtendFlag,
        EndFlag,
        License,
        Change,
        Mark,
        TakeIn,
    ];

    /// How often it is drawn: what others follow from comes more often.
    fn weight(self) -> u32 {
        match self {
            Record => 12,
            Suspend | Ticket | TakeIn => 4,
            Breach | Flag | Resume | Remedy | TellSuspended => 3,
            _ => 2,
        }
    }
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) what: What,
    /// To whom, if it is new.
    who: u32,
    /// To which of those so far, if it is not.
    which: usize,
    /// So many days before today.
    days: u32,
    /// How bad, by kind.
    degree: u32,
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let what = prop::strategy::Union::new_weighted(
        What::ALL.iter().map(|what| (what.weight(), Just(*what))).collect(),
    );
    (what, 0..ENTERPRISES, 0..20_usize, 0..1500_u32, 0..1000_u32)
        .prop_map(|(what, who, which, days, degree)| Step { what, who, which, days, degree })
}

/// What stands under a name, as far as it is told again.
#[derive(Clone)]
struct Told {
    name: String,
    who: u32,
    days: u32,
    degree: u32,
    /// A remedy suspends it, an objection waits, or the thing is closed.
    held: bool,
}

/// Tells steps, and notes what of them truly happened.
#[derive(Default)]
pub(crate) struct Teller {
    records: Vec<Told>,
    tickets: Vec<Told>,
    breaches: Vec<Told>,
    flags: Vec<Told>,
    changes: i64,
    /// What happened to something that was there.
    pub(crate) happened: BTreeSet<What>,
    /// Whether a fact came to be known after a later one of the same enterprise had been taken in.
    pub(crate) late: bool,
    latest_taken: [Option<u32>; ENTERPRISES as usize],
}

impl Teller {
    /// Tells a step by the event at a position; [`TakeIn`] tells nothing.
    pub(crate) fn tell(&mut self, batch: &mut Batch, step: &Step, seq: i64) {
        let happened = match step.what {
            Record | Correct | Withdraw | Object | Suspend | TellSuspended | Resume | Remedy | Remove => {
                self.record(batch, step, seq)
            }
            Ticket | CloseTicket | DetachTicket => self.ticket(batch, step, seq),
            Breach | CloseBreach => self.breach(batch, step, seq),
            Flag | ExtendFlag | EndFlag => self.flag(batch, step, seq),
            License => license(batch, step, seq),
            Change => self.change(batch, step, seq),
            Mark => {
                batch.mark(&uscc(step.who), "FOOD", !step.degree.is_multiple_of(4), seq);
                true
            }
            TakeIn => {
                self.taken_in();
                true
            }
        };
        if happened {
            self.happened.insert(step.what);
        }
    }

    fn taken_in(&mut self) {
        for record in &self.records {
            let latest = &mut self.latest_taken[record.who as usize];
            *latest = Some(latest.map_or(record.days, |days| days.min(record.days)));
        }
    }

    fn record(&mut self, batch: &mut Batch, step: &Step, seq: i64) -> bool {
        if step.what == Record {
            self.late |= self.latest_taken[step.who as usize].is_some_and(|taken| taken < step.days);
            let name = format!("r{}", self.records.len());
            let told = Told { name, who: step.who, days: step.days, degree: step.degree, held: false };
            put_record(batch, &told, "", seq);
            self.records.push(told);
            return true;
        }
        let Some(at) = place(&self.records, step) else { return false };
        let told = &mut self.records[at];
        match step.what {
            Correct => {
                (told.days, told.degree) = (step.days, step.degree);
                tell_record(batch, told, seq);
                true
            }
            Withdraw => {
                batch.withdraw(&format!("records/{}", told.name), seq);
                true
            }
            Object if !told.held => {
                put_record(batch, told, if step.degree.is_multiple_of(2) { "objections/1" } else { "" }, seq);
                true
            }
            Suspend if !told.held => {
                told.held = true;
                tell_record(batch, told, seq);
                true
            }
            TellSuspended if told.held => {
                told.days = step.days;
                tell_record(batch, told, seq);
                true
            }
            Resume if told.held => {
                told.held = false;
                tell_record(batch, told, seq);
                true
            }
            Remedy if told.held => {
                (told.held, told.degree) = (false, step.degree);
                tell_record(batch, told, seq);
                true
            }
            // Degrees of one kind of record: an entry of a list that is now removed.
            Remove if is_entry(told.degree) && !told.held => {
                told.degree += REMOVED;
                tell_record(batch, told, seq);
                told.degree -= REMOVED;
                true
            }
            _ => false,
        }
    }

    fn ticket(&mut self, batch: &mut Batch, step: &Step, seq: i64) -> bool {
        if step.what == Ticket {
            let name = format!("t{}", self.tickets.len());
            self.tickets.push(Told { name, who: step.who, days: step.days % 500, degree: 0, held: false });
            put_ticket(batch, &self.tickets[self.tickets.len() - 1], None, seq);
            return true;
        }
        let Some(at) = place(&self.tickets, step) else { return false };
        if step.what == CloseTicket {
            put_ticket(batch, &self.tickets[at], Some(!step.degree.is_multiple_of(3)), seq);
        } else {
            batch.withdraw(&format!("tickets/{}", self.tickets[at].name), seq);
        }
        true
    }

    fn breach(&mut self, batch: &mut Batch, step: &Step, seq: i64) -> bool {
        let (at, closed_on) = if step.what == Breach {
            let name = format!("breaches/{}", self.breaches.len());
            self.breaches.push(Told { name, who: step.who, days: step.days, degree: 0, held: false });
            (self.breaches.len() - 1, String::new())
        } else {
            let Some(at) = place(&self.breaches, step) else { return false };
            (at, days_ago(step.degree % (self.breaches[at].days + 1)))
        };
        let told = &self.breaches[at];
        let breach = breach_of(told, closed_on);
        put_at(batch, &told.name, &uscc(told.who), "breach", &breach, seq);
        true
    }

    fn flag(&mut self, batch: &mut Batch, step: &Step, seq: i64) -> bool {
        let at = if step.what == Flag {
            let name = format!("flags/{}", self.flags.len());
            self.flags.push(Told { name, who: step.who, days: step.days % 400, degree: 0, held: false });
            self.flags.len() - 1
        } else {
            let Some(at) = place(&self.flags, step) else { return false };
            at
        };
        let told = &mut self.flags[at];
        if step.what == EndFlag {
            told.held = true;
            batch.withdraw(&told.name, seq);
            return true;
        }
        if told.held {
            return false;
        }
        // Some terms are over before the history is, some in the days after it.
        let until =
            today() - chrono::Days::new(told.days.into()) + chrono::Days::new((step.degree % 800).into());
        let flag =
            pb::Flag { on_since: days_ago(told.days), on_until: until.to_string(), ..pb::Flag::default() };
        put_at(batch, &told.name, &uscc(told.who), "attention", &flag, seq);
        true
    }

    fn change(&mut self, batch: &mut Batch, step: &Step, seq: i64) -> bool {
        self.changes += 1;
        let enterprise = Enterprise {
            name: format!("enterprises/{}", uscc(step.who)),
            uscc: uscc(step.who),
            division: "370102".to_owned(),
            established_on: days_ago(5000),
            registration_state: if step.degree.is_multiple_of(5) { "Dormant" } else { "InOperation" }
                .to_owned(),
            effective_on: days_ago(step.days % 500),
            ..Enterprise::default()
        };
        put_at(batch, &enterprise.name.clone(), &uscc(step.who), "attribute", &enterprise, seq);
        let name = format!("{}/revisions/{}", enterprise.name, self.changes);
        let changed_fields = vec!["address".to_owned()];
        let event = EnterpriseEvent { enterprise: Some(enterprise), changed_fields };
        put_at(batch, &name, &uscc(step.who), "change", &event, seq);
        true
    }
}

/// Added to the degree of an entry that is removed.
const REMOVED: u32 = 1000;

/// Which of those so far a step means; `None` while there is none.
fn place(so_far: &[Told], step: &Step) -> Option<usize> {
    (!so_far.is_empty()).then(|| step.which % so_far.len())
}

/// The record as it stands: while it is suspended it is told as gone.
fn tell_record(batch: &mut Batch, told: &Told, seq: i64) {
    if told.held {
        batch.withdraw(&format!("records/{}", told.name), seq);
    } else {
        put_record(batch, told, "", seq);
    }
}

fn put_record(batch: &mut Batch, told: &Told, open_objection: &str, seq: i64) {
    let (source, content) = content(told.degree, told.days);
    let record = collection::Record {
        name: format!("records/{}", told.name),
        uscc: uscc(told.who),
        field: if told.degree.is_multiple_of(7) { "SE" } else { "FOOD" }.to_owned(),
        decided_on: days_ago(told.days),
        open_objection: open_objection.to_owned(),
        content: Some(content),
        ..collection::Record::default()
    };
    put_at(batch, &record.name.clone(), &uscc(told.who), source, &record, seq);
}

fn is_entry(degree: u32) -> bool {
    degree % 4 == 3
}

fn content(degree: u32, days: u32) -> (&'static str, Content) {
    let removed = degree >= REMOVED;
    let degree = degree % REMOVED;
    let part = degree / 4;
    let pick = |codes: &'static [&'static str]| codes[part as usize % codes.len()].to_owned();
    match degree % 4 {
        0 => {
            let penalty = Penalty {
                penalty_kinds: vec!["3".to_owned()],
                discretion_grade: pick(&["Heavier", "Ordinary"]),
                fine_fen: i64::from(part) * 100_000,
                ..Penalty::default()
            };
            ("penalty", Content::Penalty(penalty))
        }
        1 => {
            let inspection = Inspection {
                result: pick(&["1", "4", "5", "6"]),
                critical_count: i32::try_from(part % 3).unwrap(),
                ..Inspection::default()
            };
            ("inspection", Content::Inspection(inspection))
        }
        2 => {
            let passed = part.is_multiple_of(2);
            let sampling = Sampling {
                passed,
                level: pick(&["City", "Province", "National"]),
                producer_confirmed: !passed,
                ..Sampling::default()
            };
            ("sampling", Content::Sampling(sampling))
        }
        _ => {
            let entry = ListEntry {
                list: pick(&["ABNORMAL", "SERIOUS", "COURT_DEFAULTER", "FOOD_ACCIDENT", "SE_ACCIDENT"]),
                ground: pick(&["1", "4"]),
                status: if removed { "Removed" } else { "Listed" }.to_owned(),
                removed_on: if removed { days_ago(part.min(days)) } else { String::new() },
                ..ListEntry::default()
            };
            ("list_entry", Content::ListEntry(entry))
        }
    }
}

fn put_ticket(batch: &mut Batch, told: &Told, substantiated: Option<bool>, seq: i64) {
    let ticket = collection::Ticket {
        name: format!("tickets/{}", told.name),
        uscc: uscc(told.who),
        field: "FOOD".to_owned(),
        kind: "Complaint".to_owned(),
        accepted_on: days_ago(told.days),
        substantiated,
        ..collection::Ticket::default()
    };
    put_at(batch, &ticket.name.clone(), &uscc(told.who), "ticket", &ticket, seq);
}

fn breach_of(told: &Told, closed_on: String) -> registry::Breach {
    registry::Breach {
        name: told.name.clone(),
        uscc: uscc(told.who),
        ordered_on: days_ago(told.days),
        closed_on,
        ..registry::Breach::default()
    }
}

/// The licence of the producer becomes of another state.
fn license(batch: &mut Batch, step: &Step, seq: i64) -> bool {
    let states = ["Valid", "Suspended", "Revoked"];
    let number = format!("SC101{}", &uscc(step.who)[8..]);
    let licence = Licence {
        name: format!("licences/{number}"),
        licence_no: number,
        uscc: uscc(step.who),
        field: "FOOD".to_owned(),
        sub_kinds: vec!["OrdinaryFood".to_owned()],
        valid_from: days_ago(1000),
        valid_to: "2030-01-01".to_owned(),
        state: states[step.degree as usize % states.len()].to_owned(),
        ..Licence::default()
    };
    put_at(batch, &licence.name.clone(), &uscc(step.who), "licence", &licence, seq);
    true
}
