//! What a step says beyond its document, its reason and its basis: the content that the law gives it.

use chrono::NaiveDate;

/// What goes with a step. Which step needs which, its machine says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paper {
    /// With a letter of the verification: whether it came back unsigned.
    Letter(Letter),
    /// With a request to be removed from the directory: the ground, a code of the set `abnormal_removal_ground`.
    RemovalGround(String),
    /// With the three-part test.
    Assessment(Assessment),
    /// With the notice of a hearing.
    Hearing(Hearing),
    /// With the listing decision.
    Decision(Decision),
}

/// The kinds of papers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperKind {
    /// A letter of the verification.
    Letter,
    /// The ground of a removal.
    RemovalGround,
    /// The three-part test.
    Assessment,
    /// The notice of a hearing.
    Hearing,
    /// The listing decision.
    Decision,
}

impl PaperKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Letter, Self::RemovalGround, Self::Assessment, Self::Hearing, Self::Decision];

    /// The field of the request that holds it.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Letter => "letter",
            Self::RemovalGround => "removal_ground",
            Self::Assessment => "assessment",
            Self::Hearing => "hearing",
            Self::Decision => "decision",
        }
    }
}

impl Paper {
    /// Its kind.
    pub const fn kind(&self) -> PaperKind {
        match self {
            Self::Letter(_) => PaperKind::Letter,
            Self::RemovalGround(_) => PaperKind::RemovalGround,
            Self::Assessment(_) => PaperKind::Assessment,
            Self::Hearing(_) => PaperKind::Hearing,
            Self::Decision(_) => PaperKind::Decision,
        }
    }
}

/// One letter to the registered address, by special post. Its number and its day are those of the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Nobody signed for it.
    pub unsigned: bool,
}

/// What an officer found who made the three-part test (order 44 arts 2 and 12). Ground and heavier penalty are computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The breach is of a bad nature, its circumstances are serious, and its harm to society is considerable: the first part.
    pub grave: bool,
    /// Why, at most 1,000 characters.
    pub findings: String,
    /// What was weighed: a code of the set `serious_factor`, and what was found.
    pub factors: Vec<(String, String)>,
    /// There is sufficient evidence that the party had no intent.
    pub no_intent_proven: bool,
}

/// A hearing: when, and before whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hearing {
    /// Day on which the party asked for it.
    pub requested_on: NaiveDate,
    /// The party stayed away: it is deemed to have waived the hearing.
    pub missed: bool,
    /// Day of the hearing.
    pub held_on: NaiveDate,
    /// Officer who conducts it; nobody who handles the case may.
    pub conducted_by: String,
}

/// A hearing that was called, and then called anew or given up by the party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerHearing {
    /// As it was called: when, and before whom.
    pub hearing: Hearing,
    /// Day on which it was called anew or given up.
    pub set_aside_on: NaiveDate,
    /// Why.
    pub reason: String,
}

/// The listing decision with the five contents that order 44 gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The matter: facts and ground (列入事由).
    pub matter: String,
    /// Legal basis (列入依据).
    pub basis: String,
    /// Warning of the measures that follow (惩戒措施提示).
    pub measures: String,
    /// Conditions and procedure of removal (移出条件、程序).
    pub removal: String,
    /// Remedies (救济措施).
    pub remedies: String,
    /// Day of the penalty decision, with which it is made; an earlier one where the ground is that it was not performed.
    pub penalty_decided_on: NaiveDate,
    /// Last day of a restriction that the law sets for longer than the term; `None`: there is none.
    pub restricted_until: Option<NaiveDate>,
}

/// The papers of a case, as they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CasePapers {
    /// The three-part test, as made last.
    pub assessment: Option<Assessment>,
    /// The hearing, if one was called; as called last. `None` again where the party gave it up.
    pub hearing: Option<Hearing>,
    /// As it was called before, the first first; empty where it was called once at most.
    pub former_hearings: Vec<FormerHearing>,
    /// The decision.
    pub decision: Option<Decision>,
}

impl CasePapers {
    /// Keeps on record how a hearing was called, if it was, that is called anew or given up on a day, for a reason.
    pub fn set_hearing_aside(&mut self, on: NaiveDate, reason: &str) {
        let former = |hearing| FormerHearing { hearing, set_aside_on: on, reason: reason.to_owned() };
        self.former_hearings.extend(self.hearing.take().map(former));
    }

    /// Takes in the paper of a step; those of the directory have a place of their own.
    pub fn take(&mut self, paper: &Paper) {
        match paper {
            Paper::Assessment(assessment) => self.assessment = Some(assessment.clone()),
            Paper::Hearing(hearing) => self.hearing = Some(hearing.clone()),
            Paper::Decision(decision) => self.decision = Some(decision.clone()),
            Paper::Letter(_) | Paper::RemovalGround(_) => {}
        }
    }
}
