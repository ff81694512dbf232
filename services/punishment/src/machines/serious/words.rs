//! States and events of machine 8, and what is asked of them elsewhere.

use service::machine::words;

use crate::domain::papers::PaperKind;
use crate::machines::ListEvent;

words! {
    /// Where a case stands.
    State {
        /// A penalty case has a candidate ground and a heavier penalty is proposed.
        Triggered,
        /// The line office of the field has given its opinion.
        OpinionGiven,
        /// The three-part test was made, and the factors were weighed.
        Assessed,
        /// The legal office has reviewed the assessment.
        Reviewed,
        /// Not listed; the reasons are kept.
        NotListed,
        /// The case-handling body served notice; the credit body has not taken the case over (procedure `draft-2025`).
        NoticeServed,
        /// Notice was served; the party may defend itself and ask for a hearing.
        DefencePending,
        /// The party asked for a hearing: the case goes on by way of it, unless the party takes that back.
        HearingRequested,
        /// A hearing is called.
        HearingOrdered,
        /// The hearing is over: it was held, or the party stayed away and is deemed to have waived it.
        HearingHeld,
        /// The next higher department was asked for its consent.
        SuperiorConsentPending,
        /// The next higher department has consented.
        Consented,
        /// Listing is decided, together with the penalty.
        Decided,
        /// Listing is decided; the party is registered in another province, which is to be told.
        DecidedElsewhere,
        /// The other province was told and publishes.
        PushedElsewhere,
        /// On the list, published.
        Published,
        /// On the list; the party asked to be removed before the end of the term.
        EarlyRemovalRequested,
        /// Removed before the end of the term.
        RemovedEarly,
        /// Back on the list: the early removal was got by fraud.
        Restored,
        /// Back on the list, of a party that is registered in another province, which is to be told.
        RestoredElsewhere,
        /// Back on the list; the other province was told and publishes.
        RestoredPushedElsewhere,
        /// The term is over.
        Removed,
        /// The penalty was revoked, found illegal or void: never listed.
        Revoked,
    }
}

words! {
    /// What can happen to a case.
    Event {
        /// A case is opened.
        Trigger,
        /// The line office says what the breach means in its field.
        GiveOpinion,
        /// The three-part test is made.
        Assess,
        /// The legal office reviews the assessment.
        Review,
        /// The legal office gives the assessment back.
        ReturnCase,
        /// The case is dropped: the test fails, or lack of intent is proven.
        DropCase,
        /// Notice is served with facts, grounds, basis and rights.
        ServeNotice,
        /// The credit body takes the case over (procedure `draft-2025`).
        TakeOver,
        /// A defence is put on file.
        RecordDefence,
        /// The party asks for a hearing (行政处罚法 art 64 (1)).
        RequestHearing,
        /// The party takes that back, before one is called or before it is held.
        WithdrawHearing,
        /// A hearing is called.
        OrderHearing,
        /// A hearing that was called is called anew: another officer conducts it, or it is held on another day.
        OrderHearingAnew,
        /// The hearing is held.
        HoldHearing,
        /// The party stays away from the hearing without good reason: it is deemed to have waived it (行政处罚法 art 64 (6)).
        MissHearing,
        /// Consent is asked for.
        AskConsent,
        /// The superior consents.
        Consent,
        /// The superior refuses.
        RefuseConsent,
        /// Listing is decided.
        Decide,
        /// Listing is decided of a party that is registered in another province.
        DecideElsewhere,
        /// The province of registration is told.
        PushElsewhere,
        /// The province that shows the listing is told what has become of it.
        TellElsewhere,
        /// The party turns out to be registered in this province: the listing is published here.
        FindRegisteredHere,
        /// The entry is published.
        Publish,
        /// The party asks to be removed before the end of the term.
        RequestEarlyRemoval,
        /// The early removal is granted.
        RemoveEarly,
        /// The early removal is refused.
        RefuseEarlyRemoval,
        /// A body above decided that the party is removed early.
        RemoveByOrder,
        /// The early removal is revoked for fraud.
        Restore,
        /// The same, of a party that is registered in another province.
        RestoreElsewhere,
        /// The term ends.
        Expire,
        /// The basis fell.
        Revoke,
        /// The basis did not fall, though the record of the penalty was withdrawn: the listing stays.
        KeepListing,
        /// A body above annulled the listing.
        Annul,
    }
}

impl State {
    /// States in which a case is on the list.
    pub const STANDING: &'static [Self] = &[
        Self::Published,
        Self::EarlyRemovalRequested,
        Self::Restored,
        Self::RestoredElsewhere,
        Self::RestoredPushedElsewhere,
    ];

    /// Whether a case in this state is on the list.
    pub fn stands(self) -> bool {
        Self::STANDING.contains(&self)
    }

    /// Whether the public sees the listing: one that is restored is published anew.
    pub const fn shown(self) -> bool {
        matches!(self, Self::Published | Self::EarlyRemovalRequested)
    }

    /// Whether the province of registration shows the listing, if that is another one, or is about to.
    pub const fn shown_elsewhere(self) -> bool {
        matches!(
            self,
            Self::PushedElsewhere
                | Self::Published
                | Self::EarlyRemovalRequested
                | Self::RestoredPushedElsewhere
        )
    }

    /// Whether the listing counts as never made.
    pub const fn void(self) -> bool {
        matches!(self, Self::Revoked)
    }

    /// Whether the case is over for good.
    pub const fn ended(self) -> bool {
        matches!(self, Self::NotListed | Self::Removed | Self::Revoked)
    }

    /// Whether the clock of a case in this state is the period for defence.
    pub const fn runs_for_defence(self) -> bool {
        matches!(self, Self::NoticeServed | Self::DefencePending | Self::HearingRequested)
    }

    /// Whether the period for defence must be over before the next step.
    pub const fn waits_for_defence(self) -> bool {
        matches!(self, Self::DefencePending)
    }
}

impl ListEvent for Event {
    fn needs_reason(self) -> bool {
        matches!(
            self,
            Self::GiveOpinion
                | Self::ReturnCase
                | Self::DropCase
                | Self::RecordDefence
                | Self::WithdrawHearing
                | Self::OrderHearingAnew
                | Self::MissHearing
                | Self::RefuseConsent
                | Self::FindRegisteredHere
                | Self::RefuseEarlyRemoval
                | Self::Restore
                | Self::RestoreElsewhere
                | Self::Revoke
                | Self::KeepListing
        )
    }

    fn needs_document(self) -> bool {
        matches!(
            self,
            Self::ServeNotice
                | Self::WithdrawHearing
                | Self::Consent
                | Self::RefuseConsent
                | Self::Decide
                | Self::DecideElsewhere
                | Self::TellElsewhere
                | Self::FindRegisteredHere
                | Self::Restore
                | Self::RestoreElsewhere
                | Self::Revoke
        )
    }

    fn has_own_way(self) -> bool {
        matches!(
            self,
            Self::Trigger
                | Self::Publish
                | Self::RequestEarlyRemoval
                | Self::RemoveEarly
                | Self::RefuseEarlyRemoval
                | Self::RemoveByOrder
                | Self::Restore
                | Self::RestoreElsewhere
                | Self::Expire
                | Self::Annul
        )
    }

    fn paper(self) -> Option<PaperKind> {
        match self {
            Self::Assess => Some(PaperKind::Assessment),
            Self::OrderHearing | Self::OrderHearingAnew => Some(PaperKind::Hearing),
            Self::Decide | Self::DecideElsewhere => Some(PaperKind::Decision),
            _ => None,
        }
    }
}

impl Event {
    /// Whether the step goes on to the decision, which a running period for defence forbids.
    pub const fn ends_defence(self) -> bool {
        matches!(self, Self::AskConsent | Self::Decide | Self::DecideElsewhere)
    }

    /// Whether the step goes on to the party, which an assessment that bars the listing forbids.
    pub const fn goes_on(self) -> bool {
        matches!(self, Self::ServeNotice)
    }

    /// Whether the step asks for a hearing, which the party can as long as it may defend itself.
    pub const fn asks_for_hearing(self) -> bool {
        matches!(self, Self::RequestHearing)
    }

    /// Whether the step calls a hearing anew.
    pub const fn calls_anew(self) -> bool {
        matches!(self, Self::OrderHearingAnew)
    }

    /// Whether a hearing that was called is not to be held as it was called, which stays on record.
    pub const fn sets_hearing_aside(self) -> bool {
        matches!(self, Self::OrderHearingAnew | Self::WithdrawHearing)
    }

    /// Whether the party gives up the hearing that it asked for, until the day for which it was called.
    pub const fn gives_up_hearing(self) -> bool {
        matches!(self, Self::WithdrawHearing)
    }

    /// Whether the step comes with the hearing that was called, not before its day.
    pub const fn hears(self) -> bool {
        matches!(self, Self::HoldHearing | Self::MissHearing)
    }

    /// Whether the step waives the hearing for the party.
    pub const fn waives_hearing(self) -> bool {
        matches!(self, Self::MissHearing)
    }

    /// Whether the step decides the listing.
    pub const fn lists(self) -> bool {
        matches!(self, Self::Decide | Self::DecideElsewhere)
    }

    /// Whether the step puts the party back on the list for a new term.
    pub const fn restores(self) -> bool {
        matches!(self, Self::Restore | Self::RestoreElsewhere)
    }

    /// Whether the step takes the party off the list before its term is over.
    pub const fn removes_early(self) -> bool {
        matches!(self, Self::RemoveEarly | Self::RemoveByOrder)
    }

    /// Whether the step notes that another province was told of a change, of which one must wait to be told.
    pub const fn tells_elsewhere(self) -> bool {
        matches!(self, Self::TellElsewhere)
    }

    /// Whether the step finds that the basis did not fall, which somebody must have doubted.
    pub const fn keeps_listing(self) -> bool {
        matches!(self, Self::KeepListing)
    }

    /// Whether the step finds the party registered in this province, so that the period of its publication here counts from the beginning.
    pub const fn finds_home(self) -> bool {
        matches!(self, Self::FindRegisteredHere)
    }

    /// Whether the step answers what somebody put forward, tells others or puts on file what the party says, and leaves that person its
    /// proposer for the decision that follows.
    pub const fn keeps_proposal(self) -> bool {
        matches!(
            self,
            Self::Review
                | Self::RecordDefence
                | Self::Consent
                | Self::TellElsewhere
                | Self::FindRegisteredHere
                | Self::KeepListing
        )
    }

    /// Whether the step leaves the clock running that the step before it started.
    pub const fn keeps_clock(self) -> bool {
        matches!(
            self,
            Self::RecordDefence
                | Self::RequestHearing
                | Self::WithdrawHearing
                | Self::TakeOver
                | Self::TellElsewhere
                | Self::KeepListing
        )
    }

    /// The step as it is for this party: who decides does not choose between the provinces.
    #[must_use]
    pub const fn for_party(self, elsewhere: bool) -> Self {
        match (self, elsewhere) {
            (Self::Decide, true) => Self::DecideElsewhere,
            (Self::DecideElsewhere, false) => Self::Decide,
            (Self::Restore, true) => Self::RestoreElsewhere,
            (Self::RestoreElsewhere, false) => Self::Restore,
            (other, _) => other,
        }
    }

    /// Code of the set `serious_removal_ground` for how the step ends a listing; `None` for steps that end none.
    pub const fn removal_ground(self) -> Option<&'static str> {
        match self {
            Self::Expire => Some("Expiry"),
            Self::RemoveEarly | Self::RemoveByOrder => Some("Early"),
            Self::Revoke | Self::Annul => Some("Revoked"),
            _ => None,
        }
    }
}
