//! Breaches of letters of commitment: what is known about one, and how each step of its way adds to it (二(三)1(3)).

use chrono::NaiveDate;
use domain::OfficeCode;

use super::CommitmentKey;
use crate::machines::commitment::Event;

/// Which breach: of a letter, under a number from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BreachKey {
    /// The letter.
    pub letter: CommitmentKey,
    /// Number of the breach.
    pub number: i64,
}

impl BreachKey {
    /// `enterprises/{uscc}/commitments/{id}/breaches/{number}`.
    pub fn name(&self) -> String {
        format!("{}/breaches/{}", self.letter.name(), self.number)
    }
}

/// A breach as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Which.
    pub key: BreachKey,
    /// Office that found it, and answers for what follows.
    pub office: OfficeCode,
    /// Inspection that found it.
    pub task: String,
    /// Day on which it was found.
    pub suspected_on: NaiveDate,
    /// What was found.
    pub finding: String,
    /// When the party was heard, and what it said.
    pub heard: Option<(NaiveDate, String)>,
    /// The order to correct, which confirms the breach.
    pub order: Option<Order>,
    /// Whether the limit of the order has passed without a conclusion.
    pub overdue: bool,
    /// Day on which it was found not corrected.
    pub not_corrected_on: Option<NaiveDate>,
    /// Who drafted the proposal to revoke the permit; empty before.
    pub drafter: String,
    /// When the proposal went to the licensing authority, and its number.
    pub proposal: Option<(NaiveDate, String)>,
    /// The authority that decided about the permit, and the number of its decision; both empty before.
    pub decision: (String, String),
    /// When and how it was closed.
    pub closed: Option<(NaiveDate, Outcome)>,
    /// 1 when found; rises by one with every change.
    pub revision: i64,
}

/// An order to correct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Day of the order.
    pub ordered_on: NaiveDate,
    /// Its number.
    pub document_no: String,
    /// Its legal basis.
    pub legal_basis: String,
    /// Last day for the correction.
    pub correct_by: NaiveDate,
}

service::words! {
    /// How a breach was closed.
    Outcome {
        /// The suspicion was unfounded.
        Dismissed,
        /// The breach was corrected.
        Corrected,
        /// The licensing authority revoked the permit.
        PermitRevoked,
        /// The licensing authority left the permit as it is.
        PermitKept,
        /// The letter ended with the last licence of the field.
        Lapsed,
    }
}

/// What a step adds to a breach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BreachFact {
    /// The party was heard.
    Heard {
        /// On this day.
        on: NaiveDate,
        /// It said this.
        statement: String,
    },
    /// The suspicion was unfounded.
    Dismissed,
    /// The breach is confirmed by the order to correct it.
    Ordered(Order),
    /// The limit of the order has passed.
    LimitPassed,
    /// The proof of correction is accepted.
    Accepted,
    /// It is overdue or still broken; the day of a second check, where there was one.
    Rejected(Option<NaiveDate>),
    /// The proposal is drafted by this person.
    Drafted(String),
    /// The proposal goes out under this number.
    Proposed(String),
    /// The licensing authority decided.
    Decided {
        /// Whether it revoked the permit.
        revoked: bool,
        /// The authority.
        authority: String,
        /// Number of its decision.
        document_no: String,
        /// Day of its decision.
        decided_on: NaiveDate,
        /// Numbers of the licences that it revokes; none: the only one of the field.
        licences: Vec<String>,
    },
    /// The last licence of the field is gone.
    LicenceLost,
}

/// Why a fact does not fit the breach.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BreachUnfit {
    /// Nobody decides about a suspicion before the party was heard.
    #[error("the party has not been heard")]
    PartyNotHeard,
    /// The party has until the limit, whatever a second check found before.
    #[error("the limit of the order, {0}, has not passed")]
    LimitNotPassed(NaiveDate),
    /// The revocation names no licence, and the enterprise holds several of the field.
    #[error("the enterprise holds several licences of the field: name those that are revoked, of {}", .0.join(", "))]
    LicenceNotNamed(Vec<String>),
    /// What is named is not a licence of the enterprise in the field.
    #[error("`{0}` is not a licence of the enterprise in the field")]
    NotItsLicence(String),
    /// A day lies before the one that it follows.
    #[error("`{field}` is before {earliest}")]
    DayTooEarly {
        /// The field of the request.
        field: &'static str,
        /// First day that would do.
        earliest: NaiveDate,
    },
}

impl BreachFact {
    /// What it is to the letter.
    pub fn event(&self) -> Event {
        match self {
            Self::Heard { .. } => Event::Hear,
            Self::Dismissed => Event::Dismiss,
            Self::Ordered(_) => Event::Confirm,
            Self::LimitPassed => Event::LimitPassed,
            Self::Accepted => Event::Accept,
            Self::Rejected(_) => Event::FindUncorrected,
            Self::Drafted(_) => Event::Draft,
            Self::Proposed(_) => Event::Propose,
            Self::Decided { revoked: true, .. } => Event::Revoke,
            Self::Decided { revoked: false, .. } => Event::Refuse,
            Self::LicenceLost => Event::LoseLicence,
        }
    }

    /// How it closes a breach; `None` when the breach goes on.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Dismissed => Some(Outcome::Dismissed),
            Self::Accepted => Some(Outcome::Corrected),
            Self::Decided { revoked: true, .. } => Some(Outcome::PermitRevoked),
            Self::Decided { revoked: false, .. } => Some(Outcome::PermitKept),
            Self::LicenceLost => Some(Outcome::Lapsed),
            _ => None,
        }
    }
}

impl Breach {
    /// A breach that an inspection has just found.
    pub fn found(
        key: BreachKey,
        office: OfficeCode,
        task: String,
        finding: String,
        today: NaiveDate,
    ) -> Self {
        Self {
            key,
            office,
            task,
            suspected_on: today,
            finding,
            heard: None,
            order: None,
            overdue: false,
            not_corrected_on: None,
            drafter: String::new(),
            proposal: None,
            decision: (String::new(), String::new()),
            closed: None,
            revision: 1,
        }
    }

    /// The breach with `fact` added on `today`.
    ///
    /// # Errors
    /// [`BreachUnfit`]. Whether the step is possible at all, the table of machine 3 says.
    pub fn with(&self, fact: &BreachFact, today: NaiveDate) -> Result<Self, BreachUnfit> {
        let mut next = Self { revision: self.revision + 1, ..self.clone() };
        next.closed = fact.outcome().map(|outcome| (today, outcome)).or(self.closed);
        match fact {
            BreachFact::Heard { on, statement } => {
                not_before("heard_on", *on, self.suspected_on)?;
                next.heard = Some((*on, statement.clone()));
            }
            BreachFact::Dismissed => self.assert_heard()?,
            BreachFact::Ordered(order) => {
                self.assert_heard()?;
                next.order = Some(order.clone());
            }
            BreachFact::LimitPassed => next.overdue = true,
            BreachFact::Rejected(rechecked_on) => {
                self.assert_not_followed(*rechecked_on, today)?;
                next.not_corrected_on = Some(today);
            }
            BreachFact::Drafted(person) => next.drafter.clone_from(person),
            BreachFact::Proposed(number) => next.proposal = Some((today, number.clone())),
            BreachFact::Decided { authority, document_no, .. } => {
                next.decision = (authority.clone(), document_no.clone());
            }
            BreachFact::Accepted | BreachFact::LicenceLost => {}
        }
        Ok(next)
    }

    fn assert_heard(&self) -> Result<(), BreachUnfit> {
        if self.heard.is_some() { Ok(()) } else { Err(BreachUnfit::PartyNotHeard) }
    }

    /// The limit has passed. A second check that is named came after it: what it found before could still be put right.
    fn assert_not_followed(
        &self,
        rechecked_on: Option<NaiveDate>,
        today: NaiveDate,
    ) -> Result<(), BreachUnfit> {
        let Some(order) = &self.order else { return Ok(()) };
        if today <= order.correct_by {
            return Err(BreachUnfit::LimitNotPassed(order.correct_by));
        }
        let after = order.correct_by.succ_opt().unwrap_or(order.correct_by);
        rechecked_on.map_or(Ok(()), |day| not_before("rechecked_on", day, after))
    }
}

fn not_before(field: &'static str, day: NaiveDate, earliest: NaiveDate) -> Result<(), BreachUnfit> {
    if day < earliest { Err(BreachUnfit::DayTooEarly { field, earliest }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use domain::Uscc;
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        domain::parse_date(text).unwrap()
    }

    fn found() -> Breach {
        let uscc = Uscc::parse("91370102MA3C00011F").unwrap();
        let key = BreachKey { letter: CommitmentKey { uscc, id: Uuid::from_u128(1) }, number: 1 };
        let office = OfficeCode::parse("FOOD_PROD").unwrap();
        Breach::found(key, office, "tasks/1".into(), "未按承诺留样".into(), day("2025-06-02"))
    }

    fn ordered() -> Breach {
        let heard = BreachFact::Heard { on: day("2025-06-03"), statement: "无异议".into() };
        let order = BreachFact::Ordered(Order {
            ordered_on: day("2025-06-04"),
            document_no: "济市监责改〔2025〕1号".into(),
            legal_basis: "国发〔2021〕7号".into(),
            correct_by: day("2025-07-04"),
        });
        let heard = found().with(&heard, day("2025-06-03")).unwrap();
        heard.with(&order, day("2025-06-04")).unwrap()
    }

    #[test]
    fn nobody_decides_before_the_party_was_heard() {
        assert_eq!(found().with(&BreachFact::Dismissed, day("2025-06-04")), Err(BreachUnfit::PartyNotHeard));
        let order = BreachFact::Ordered(ordered().order.unwrap());
        assert_eq!(found().with(&order, day("2025-06-04")), Err(BreachUnfit::PartyNotHeard));
        let early = BreachFact::Heard { on: day("2025-06-01"), statement: "无".into() };
        assert!(matches!(found().with(&early, day("2025-06-04")), Err(BreachUnfit::DayTooEarly { .. })));
    }

    #[test]
    fn an_order_is_not_followed_once_its_limit_has_passed_and_no_check_shortens_it() {
        let rejected = |recheck: Option<&str>, today: &str| {
            ordered()
                .with(&BreachFact::Rejected(recheck.map(day)), day(today))
                .map(|next| next.not_corrected_on)
        };
        let limit = BreachUnfit::LimitNotPassed(day("2025-07-04"));
        assert_eq!(rejected(None, "2025-07-04"), Err(limit.clone()), "the last day belongs to the party");
        assert_eq!(rejected(Some("2025-06-04"), "2025-06-04"), Err(limit.clone()), "on the day of the order");
        assert_eq!(rejected(Some("2025-06-20"), "2025-06-20"), Err(limit));
        assert_eq!(rejected(None, "2025-07-05"), Ok(Some(day("2025-07-05"))));
        assert_eq!(rejected(Some("2025-07-05"), "2025-07-06"), Ok(Some(day("2025-07-06"))));
        assert!(
            rejected(Some("2025-07-04"), "2025-07-06").is_err(),
            "what was found then could still be put right"
        );
    }

    fn decided(revoked: bool) -> BreachFact {
        let (authority, document_no) = ("审批局".into(), "1".into());
        BreachFact::Decided {
            revoked,
            authority,
            document_no,
            decided_on: day("2025-07-20"),
            licences: Vec::new(),
        }
    }

    #[test]
    fn a_breach_is_closed_by_what_ends_it_and_by_nothing_else() {
        let closing = [BreachFact::Accepted, decided(true), decided(false), BreachFact::LicenceLost];
        let outcomes =
            closing.map(|fact| ordered().with(&fact, day("2025-06-20")).unwrap().closed.unwrap().1);
        assert_eq!(
            outcomes,
            [Outcome::Corrected, Outcome::PermitRevoked, Outcome::PermitKept, Outcome::Lapsed]
        );
        let going_on =
            [BreachFact::LimitPassed, BreachFact::Drafted("wang".into()), BreachFact::Proposed("1".into())];
        for fact in going_on {
            assert_eq!(ordered().with(&fact, day("2025-07-05")).unwrap().closed, None, "{fact:?}");
        }
    }
}
