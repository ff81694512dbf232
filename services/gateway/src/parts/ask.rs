//! One question to one service.

use std::{future::Future, time::Duration};

use contract::{common::v1::UnansweredPart, gateway::v1::MissingPart};
use service::error::reason_of;
use tonic::{Code, Response, Status};

use super::found::READ;
use crate::rest::code_name;

/// What came of a question that was not answered.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No answer in time.
    #[error("no answer within {} ms", .0.as_millis())]
    Late(Duration),
    /// The service refused, with a reason of its own.
    #[error("{}", .0.message())]
    Refused(Box<Status>),
    /// The answer is the transport's, not the service's; its text stays in the log.
    #[error("{}", broken(.0.code()))]
    Broken(Box<Status>),
}

impl Failure {
    /// The gRPC code that it counts as.
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Late(_) => Code::DeadlineExceeded,
            Self::Refused(status) | Self::Broken(status) => status.code(),
        }
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        if reason_of(&status).is_some() {
            Self::Refused(Box::new(status))
        } else {
            Self::Broken(Box::new(status))
        }
    }
}

fn broken(code: Code) -> &'static str {
    match code {
        Code::Unavailable => "the service could not be reached",
        Code::Unimplemented => "the service does not know the question",
        _ => "the service failed",
    }
}

/// Waits for an answer, at most for `bound`. What comes later is cancelled at the service as well.
pub(crate) async fn answer<T>(
    bound: Duration,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(bound, call).await {
        Ok(answer) => Ok(answer?.into_inner()),
        Err(_) => Err(Failure::Late(bound)),
    }
}

/// A part of a profile: the field of the answer and the service that knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) service: &'static str,
}

impl Part {
    pub(crate) const fn new(name: &'static str, service: &'static str) -> Self {
        Self { name, service }
    }

    /// The part as missing. A failure of ours is logged here, with the words of the transport.
    pub(crate) fn missing(self, failure: &Failure) -> MissingPart {
        if let Failure::Broken(status) = failure {
            let (part, service) = (self.name, self.service);
            tracing::warn!(part, service, error = %status, "`{service}` did not give `{part}`: {status}");
        }
        self.missing_as(failure.code(), failure.to_string())
    }

    /// The part as its service names it among those that are not in its answer. What has no reason of the service's own is a failure of
    /// ours, as above.
    pub(crate) fn unanswered(self, why: &UnansweredPart) -> MissingPart {
        let (part, service) = (self.name, self.service);
        let UnansweredPart { code, reason, problem, .. } = why;
        let problem = if reason.is_empty() {
            tracing::warn!(part, service, error = %problem, "`{service}` did not give `{part}`: {code}: {problem}");
            broken(Code::Unknown)
        } else {
            problem
        };
        MissingPart {
            part: part.to_owned(),
            service: service.to_owned(),
            code: code.clone(),
            problem: problem.to_owned(),
        }
    }

    /// The part as missing because there is more of it than was read, and its latest may be among that.
    pub(crate) fn unread(self) -> MissingPart {
        let problem = format!(
            "there are more than were read: at most the first {READ} in the service's order, as many as fit into one answer"
        );
        self.missing_as(Code::OutOfRange, problem)
    }

    /// The part as missing, in words of ours.
    fn missing_as(self, code: Code, problem: String) -> MissingPart {
        MissingPart {
            part: self.name.to_owned(),
            service: self.service.to_owned(),
            code: code_name(code).to_owned(),
            problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use service::auth::Denied;

    use super::*;

    const CLASSES: Part = Part::new("classes", "risk");

    #[test]
    fn a_refusal_is_passed_on_in_the_words_of_the_service() {
        let missing = CLASSES.missing(&Failure::from(Status::from(Denied::TokenMissing)));
        assert_eq!((missing.part.as_str(), missing.service.as_str()), ("classes", "risk"));
        assert_eq!(missing.code, "UNAUTHENTICATED");
        assert_eq!(missing.problem, Denied::TokenMissing.to_string());
    }

    #[test]
    fn the_words_of_the_transport_stay_inside() {
        let missing = CLASSES.missing(&Failure::from(Status::unavailable("tcp connect error: 10.0.0.7")));
        assert_eq!(
            (missing.code.as_str(), missing.problem.as_str()),
            ("UNAVAILABLE", "the service could not be reached")
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_come_is_late_at_its_bound() {
        let never = std::future::pending::<Result<Response<()>, Status>>();
        let failure = answer(Duration::from_millis(20), never).await.unwrap_err();
        assert_eq!(failure.code(), Code::DeadlineExceeded);
        assert_eq!(failure.to_string(), "no answer within 20 ms");
    }
}
