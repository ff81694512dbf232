//! The same question to several services at once.

use std::future::Future;

use contract::gateway::v1::MissingPart;
use futures::future::join_all;
use tonic::Code;

use super::{Failure, Part};
use crate::{Error, forward::Home};

/// What the services answered.
#[derive(Debug)]
pub(crate) struct Each<T> {
    /// The answers, in the order of the services.
    pub(crate) answers: Vec<(Home, T)>,
    /// Who gave none, and why.
    pub(crate) missing: Vec<MissingPart>,
}

/// Asks the services at once for their part of the same name.
///
/// # Errors
/// The refusal of the request itself: a request that one service does not take is not taken by any of them. That a service does not know
/// the caller, whom the gateway knows, is that service's failure.
pub(crate) async fn of_each<T, A: Future<Output = Result<T, Failure>>>(
    part: &'static str,
    homes: impl IntoIterator<Item = Home>,
    ask: impl Fn(Home) -> A,
) -> Result<Each<T>, Error> {
    let homes: Vec<Home> = homes.into_iter().collect();
    let answers = join_all(homes.iter().map(|home| ask(*home))).await;
    let mut each = Each { answers: Vec::new(), missing: Vec::new() };
    for (home, answer) in homes.into_iter().zip(answers) {
        match answer {
            Ok(answer) => each.answers.push((home, answer)),
            Err(failure) if refuses_the_request(&failure) => {
                return Err(Error::Part { service: home.name(), failure });
            }
            Err(failure) => each.missing.push(Part::new(part, home.name()).missing(&failure)),
        }
    }
    Ok(each)
}

fn refuses_the_request(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(status)
        if matches!(status.code(), Code::InvalidArgument | Code::PermissionDenied))
}

#[cfg(test)]
mod tests {
    use domain::OfficeCode;
    use service::{FieldErrors, auth::Denied};
    use tonic::Status;

    use super::*;

    #[tokio::test]
    async fn a_service_that_fails_is_missing_and_the_others_answer() {
        let each = of_each("duties", Home::ALL, |home| async move {
            match home {
                Home::Risk => Err(Failure::from(Status::unavailable("gone"))),
                // The caller is known here: a service that does not know it has not read the keys of today.
                Home::Punishment => Err(Failure::from(Status::from(Error::from(Denied::TokenMissing)))),
                home => Ok(home.name()),
            }
        });
        let each = each.await.unwrap();
        assert_eq!((each.answers.len(), each.missing.len()), (3, 2));
        assert_eq!(
            (each.missing[0].part.as_str(), each.missing[0].service.as_str(), each.missing[0].code.as_str()),
            ("duties", "risk", "UNAVAILABLE")
        );
    }

    #[tokio::test]
    async fn a_request_that_is_refused_is_refused_whole() {
        let refusals = [
            Status::from(Error::from(FieldErrors::one("office", "is none"))),
            Status::from(Error::from(Denied::OfficeNotPermitted {
                office: OfficeCode::parse("LEGAL").unwrap(),
                other: OfficeCode::parse("CREDIT").unwrap(),
            })),
        ];
        for refusal in refusals {
            let refused = of_each("duties", Home::ALL, |home| {
                let answer = if home == Home::Risk { Err(Failure::from(refusal.clone())) } else { Ok(()) };
                async move { answer }
            });
            let status = Status::from(refused.await.unwrap_err());
            assert_eq!((status.code(), status.message()), (refusal.code(), refusal.message()));
        }
    }
}
