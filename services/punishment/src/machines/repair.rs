//! Machine 9: an application for credit repair (order 44 arts 16-20; 国市监信规〔2021〕3号; order 107).

use service::machine::{Machine, Office, on, start, words};

words! {
    /// Where an application stands.
    State {
        /// Being prepared.
        Draft,
        /// Submitted; its form is checked.
        Submitted,
        /// Papers are missing; the party was told which, all at once.
        Incomplete,
        /// Not taken, with reasons.
        Refused,
        /// Taken; the clock of the decision runs.
        Accepted,
        /// What it says is verified.
        Verifying,
        /// Before the panel of the credit office, the line office and the legal office.
        PanelReview,
        /// Granted; what it takes away is being taken away.
        Granted,
        /// Denied, with reasons and remedies.
        Denied,
        /// What it takes away is gone.
        Executed,
        /// Other departments were told.
        Shared,
        /// Revoked for false material: what it took away is back.
        RevokedForFraud,
        /// Withdrawn by the party, or closed because the party is no more.
        Withdrawn,
    }
}

words! {
    /// What can happen to an application.
    Event {
        /// It is begun.
        Begin,
        /// It is submitted, or submitted again.
        Submit,
        /// It is accepted.
        Accept,
        /// The party is told what is missing.
        AskForGaps,
        /// It is refused.
        Refuse,
        /// A verification is recorded.
        Verify,
        /// It is handed to the panel.
        Refer,
        /// An office of the panel gives its opinion.
        Advise,
        /// It is granted.
        Grant,
        /// It is denied.
        Deny,
        /// A body above annulled the answer: it is given again.
        Reopen,
        /// A body above decided that it is granted.
        GrantByOrder,
        /// Everything that it takes away is gone.
        Execute,
        /// Other departments were told.
        Share,
        /// It rests on false material.
        RevokeForFraud,
        /// A body above annulled that: the grant stands as before.
        Reinstate,
        /// The province in which the party is registered was told of it, or of its revocation.
        PushElsewhere,
        /// That province has answered.
        AcknowledgeElsewhere,
        /// The party turns out to be registered in this province: nobody is to be told.
        FindRegisteredHere,
        /// The party withdraws it.
        Withdraw,
        /// The party is no more.
        Deregister,
    }
}

/// Kind of the duty to answer after the check of the form, and the parameter of its period.
pub const EXAMINE: &str = "repair.accept";
/// Kind of the duty to decide. The parameter of its period is that of the kind of subject.
pub const DECIDE: &str = "repair.decide";
/// Kind of the duty to see that a grant is carried out, and the parameter of its period.
pub const EXECUTE: &str = "repair.execute";
/// Kind of the duty to tell other departments, and the parameter of its period.
pub const SHARE: &str = "repair.share";

/// Kind of the duty to tell the province in which the party is registered, and the parameter of its period. Only who is registered
/// elsewhere brings it, so no line of the table opens it: the store does, with a grant and with the revocation of one that was told.
pub const PUSH: &str = "repair.cross_province.push";

/// The party applies at their counters.
const COUNTERS: &[Office] = &[
    Office::CREDIT,
    Office::FOOD_PROD,
    Office::SAMPLING_SPECIAL_FOOD,
    Office::SE_SUPERV,
    Office::FOREIGN_REG,
    Office::ENFORCEMENT,
    Office::DISTRICT,
];
/// The office that coordinates: it shares, and tells other provinces.
const CREDIT: &[Office] = &[Office::CREDIT];
/// Who decided repairs (谁认定、谁修复); which of them, the kind of subject says.
const AUTHORITIES: &[Office] = &[Office::ENFORCEMENT, Office::DISTRICT, Office::FOREIGN_REG];
/// Who enters what a body above decided about an answer: who gives such answers, and the legal office, which represents the bureau.
pub(super) const ANNULLING: &[Office] =
    &[Office::ENFORCEMENT, Office::DISTRICT, Office::FOREIGN_REG, Office::LEGAL];
const VERIFIERS: &[Office] = &[
    Office::FOOD_PROD,
    Office::SAMPLING_SPECIAL_FOOD,
    Office::SE_SUPERV,
    Office::FOREIGN_REG,
    Office::ENFORCEMENT,
    Office::DISTRICT,
];
const REFERRING: &[Office] = &[Office::CREDIT, Office::ENFORCEMENT, Office::DISTRICT];
/// The panel: credit, legal and line office.
const PANEL: &[Office] =
    &[Office::CREDIT, Office::LEGAL, Office::FOOD_PROD, Office::SAMPLING_SPECIAL_FOOD, Office::SE_SUPERV];

/// The table. Deciding and revoking need a second person and a legal basis; only what follows from a decision is the system's.
pub const REPAIR: Machine<State, Event> = Machine(&[
    start(Event::Begin).to(State::Draft).by(COUNTERS),
    on(State::Draft, Event::Submit).to(State::Submitted).by(COUNTERS).due(EXAMINE).obliges(
        EXAMINE,
        Office::OWNER,
        EXAMINE,
    ),
    on(State::Submitted, Event::Accept)
        .to(State::Accepted)
        .by(AUTHORITIES)
        .due(DECIDE)
        .fulfils(&[EXAMINE])
        .obliges(DECIDE, Office::OWNER, DECIDE),
    on(State::Submitted, Event::AskForGaps).to(State::Incomplete).by(AUTHORITIES).fulfils(&[EXAMINE]),
    on(State::Submitted, Event::Refuse).to(State::Refused).by(AUTHORITIES).fulfils(&[EXAMINE]),
    on(State::Incomplete, Event::Submit).to(State::Submitted).by(COUNTERS).due(EXAMINE).obliges(
        EXAMINE,
        Office::OWNER,
        EXAMINE,
    ),
    on(State::Accepted, Event::Verify).to(State::Verifying).by(VERIFIERS),
    on(State::Accepted, Event::Refer).to(State::PanelReview).by(REFERRING),
    on(State::Verifying, Event::Verify).to(State::Verifying).by(VERIFIERS),
    on(State::Verifying, Event::Refer).to(State::PanelReview).by(REFERRING),
    on(State::PanelReview, Event::Verify).to(State::PanelReview).by(VERIFIERS),
    on(State::PanelReview, Event::Advise).to(State::PanelReview).by(PANEL),
    on(State::Verifying, Event::Grant)
        .to(State::Granted)
        .by(AUTHORITIES)
        .four_eyes()
        .basis()
        .due(EXECUTE)
        .publishes(EXECUTE)
        .fulfils(&[DECIDE])
        .obliges(EXECUTE, Office::CREDIT, EXECUTE),
    on(State::Verifying, Event::Deny)
        .to(State::Denied)
        .by(AUTHORITIES)
        .four_eyes()
        .basis()
        .fulfils(&[DECIDE]),
    on(State::PanelReview, Event::Grant)
        .to(State::Granted)
        .by(AUTHORITIES)
        .four_eyes()
        .basis()
        .due(EXECUTE)
        .publishes(EXECUTE)
        .fulfils(&[DECIDE])
        .obliges(EXECUTE, Office::CREDIT, EXECUTE),
    on(State::PanelReview, Event::Deny)
        .to(State::Denied)
        .by(AUTHORITIES)
        .four_eyes()
        .basis()
        .fulfils(&[DECIDE]),
    // Within the periods of the law (行政复议法实施条例 art 49), from the day on which the decision of the body is entered.
    on(State::Refused, Event::Reopen).to(State::Submitted).by(ANNULLING).basis().due(EXAMINE).obliges(
        EXAMINE,
        Office::OWNER,
        EXAMINE,
    ),
    on(State::Denied, Event::Reopen).to(State::Verifying).by(ANNULLING).basis().due(DECIDE).obliges(
        DECIDE,
        Office::OWNER,
        DECIDE,
    ),
    on(State::Denied, Event::GrantByOrder)
        .to(State::Granted)
        .by(ANNULLING)
        .basis()
        .due(EXECUTE)
        .publishes(EXECUTE)
        .obliges(EXECUTE, Office::CREDIT, EXECUTE),
    on(State::Granted, Event::Execute).to(State::Executed).system().due(SHARE).fulfils(&[EXECUTE]).obliges(
        SHARE,
        Office::CREDIT,
        SHARE,
    ),
    on(State::Executed, Event::Share).to(State::Shared).by(CREDIT).fulfils(&[SHARE]),
    on(State::Granted, Event::PushElsewhere).to(State::Granted).by(CREDIT).fulfils(&[PUSH]),
    on(State::Granted, Event::AcknowledgeElsewhere).to(State::Granted).by(CREDIT),
    on(State::Granted, Event::FindRegisteredHere).to(State::Granted).by(CREDIT).fulfils(&[PUSH]),
    on(State::Executed, Event::PushElsewhere).to(State::Executed).by(CREDIT).fulfils(&[PUSH]),
    on(State::Executed, Event::AcknowledgeElsewhere).to(State::Executed).by(CREDIT),
    on(State::Executed, Event::FindRegisteredHere).to(State::Executed).by(CREDIT).fulfils(&[PUSH]),
    on(State::Shared, Event::PushElsewhere).to(State::Shared).by(CREDIT).fulfils(&[PUSH]),
    on(State::Shared, Event::AcknowledgeElsewhere).to(State::Shared).by(CREDIT),
    on(State::Shared, Event::FindRegisteredHere).to(State::Shared).by(CREDIT).fulfils(&[PUSH]),
    on(State::RevokedForFraud, Event::PushElsewhere).to(State::RevokedForFraud).by(CREDIT).fulfils(&[PUSH]),
    on(State::RevokedForFraud, Event::AcknowledgeElsewhere).to(State::RevokedForFraud).by(CREDIT),
    on(State::RevokedForFraud, Event::FindRegisteredHere)
        .to(State::RevokedForFraud)
        .by(CREDIT)
        .fulfils(&[PUSH]),
    on(State::Granted, Event::RevokeForFraud)
        .to(State::RevokedForFraud)
        .by(AUTHORITIES)
        .four_eyes()
        .basis()
        .fulfils(&[EXECUTE, PUSH]),
    on(State::Executed, Event::RevokeForFraud)
        .to(State::RevokedForFraud)
        .by(AUTHORITIES)
        .four_eyes()
        .basis()
        .fulfils(&[SHARE, PUSH]),
    on(State::Shared, Event::RevokeForFraud)
        .to(State::RevokedForFraud)
        .by(AUTHORITIES)
        .four_eyes()
        .basis()
        .fulfils(&[PUSH]),
    // What the revocation brought back goes once more. A letter about it that another province is still owed stays owed, and tells both.
    on(State::RevokedForFraud, Event::Reinstate)
        .to(State::Granted)
        .by(ANNULLING)
        .basis()
        .due(EXECUTE)
        .publishes(EXECUTE)
        .obliges(EXECUTE, Office::CREDIT, EXECUTE),
    on(State::Draft, Event::Withdraw).to(State::Withdrawn).by(COUNTERS),
    on(State::Submitted, Event::Withdraw).to(State::Withdrawn).by(COUNTERS).fulfils(&[EXAMINE]),
    on(State::Incomplete, Event::Withdraw).to(State::Withdrawn).by(COUNTERS),
    on(State::Accepted, Event::Withdraw).to(State::Withdrawn).by(COUNTERS).fulfils(&[DECIDE]),
    on(State::Verifying, Event::Withdraw).to(State::Withdrawn).by(COUNTERS).fulfils(&[DECIDE]),
    on(State::PanelReview, Event::Withdraw).to(State::Withdrawn).by(COUNTERS).fulfils(&[DECIDE]),
    // Whoever is no more is told no answer. What was granted is carried out: it is published whether the party is there or not.
    on(State::Draft, Event::Deregister).to(State::Withdrawn).system(),
    on(State::Submitted, Event::Deregister).to(State::Withdrawn).system().fulfils(&[EXAMINE]),
    on(State::Incomplete, Event::Deregister).to(State::Withdrawn).system(),
    on(State::Accepted, Event::Deregister).to(State::Withdrawn).system().fulfils(&[DECIDE]),
    on(State::Verifying, Event::Deregister).to(State::Withdrawn).system().fulfils(&[DECIDE]),
    on(State::PanelReview, Event::Deregister).to(State::Withdrawn).system().fulfils(&[DECIDE]),
]);

impl State {
    /// Whether nothing more happens to the application but, perhaps, a revocation: another may be made about its subject.
    pub fn is_closed(self) -> bool {
        let follows = |event: Event| {
            let by_others = matches!(event, Event::Reopen | Event::GrantByOrder | Event::Reinstate);
            by_others || matches!(event, Event::Share | Event::RevokeForFraud) || event.is_told_elsewhere()
        };
        REPAIR.events_from(self).all(follows)
    }

    /// Whether its subject is asked to be taken away: the entry of a list shows that meanwhile.
    pub const fn is_under_decision(self) -> bool {
        matches!(self, Self::Accepted | Self::Verifying | Self::PanelReview)
    }

    /// Whether it ends with its party: it waits for an answer.
    pub fn ends_with_party(self) -> bool {
        REPAIR.events_from(self).any(|event| event == Event::Deregister)
    }

    /// Whether it was answered against the party, or taken back from it: a body above may annul that.
    pub fn is_contestable(self) -> bool {
        REPAIR.events_from(self).any(|event| event == Event::Reopen) || self.is_taken_back()
    }

    /// Whether it was granted and taken back: what a body above annuls is that.
    pub fn is_taken_back(self) -> bool {
        REPAIR.events_from(self).any(|event| event == Event::Reinstate)
    }

    /// Whether the panel has it.
    pub const fn is_before_panel(self) -> bool {
        matches!(self, Self::PanelReview)
    }
}

impl Event {
    /// Whether it is about what the province of registration is told: such a step leaves the clock of the state running.
    pub const fn is_told_elsewhere(self) -> bool {
        matches!(self, Self::PushElsewhere | Self::AcknowledgeElsewhere | Self::FindRegisteredHere)
    }

    /// Whether it grants a repair, of which the province of registration is to be told.
    pub const fn grants(self) -> bool {
        matches!(self, Self::Grant | Self::GrantByOrder | Self::Reinstate)
    }

    /// Whether it takes a grant back, of which whoever was told of that is to be told.
    pub const fn takes_back(self) -> bool {
        matches!(self, Self::RevokeForFraud)
    }

    /// Whether it answers against the party, which is told its remedies then.
    pub const fn is_against_party(self) -> bool {
        matches!(self, Self::Refuse | Self::Deny | Self::RevokeForFraud)
    }

    /// Kind of the event of the feed that tells it.
    pub const fn told_as(self) -> &'static str {
        match self {
            Self::Grant | Self::GrantByOrder | Self::Reinstate => "punishment.repair.granted",
            Self::RevokeForFraud => "punishment.repair.revoked",
            _ => "punishment.repair.changed",
        }
    }
}

#[cfg(test)]
mod tests;
