//! How errors reach a client: one enum a service, explained in one table, turned into a status in one place.
//!
//! An answer carries exactly one `ErrorInfo` (AIP-193) whose reason a program can act on, every value that the message
//! mentions as metadata, `BadRequest` for field errors and `RetryInfo` where trying again helps. Text of a driver or of
//! the operating system never leaves: it goes to the log, once, here.

mod code;
mod common;
mod fields;

use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

pub use code::code_name;
pub use common::Error;
pub use fields::{FieldError, FieldErrors};

/// Domain of every `ErrorInfo` that Xinjian sends.
pub const DOMAIN: &str = "xinjian";

/// Pause that a client is told to make after it lost against another transaction.
const CONTENTION_PAUSE: Duration = Duration::from_millis(100);

/// Most bytes of text in the details of a status, and in its message. Both travel in headers, of which a peer takes 16 KiB in all,
/// and letters other than ASCII take three times their bytes there: what is longer would not arrive at all.
const MOST_DETAIL_BYTES: usize = 4 * 1024;
const MOST_MESSAGE_BYTES: usize = 1024;

/// A service's error enum. Its `Display` is the message for the client: English, with values, without driver text
/// (which belongs into `source`).
pub trait ServiceError: std::error::Error {
    /// The one table of the service: what each variant means to a client.
    fn reason(&self) -> Reason;
}

/// What an error means to a client.
#[derive(Clone, Debug)]
pub struct Reason {
    code: Code,
    name: &'static str,
    values: Vec<(&'static str, String)>,
    fields: FieldErrors,
    retry_after: Option<Duration>,
}

impl Reason {
    /// A reason called `name` (`UPPER_SNAKE_CASE`, stable: clients match on it) with the gRPC code.
    pub fn new(code: Code, name: &'static str) -> Self {
        Self { code, name, values: Vec::new(), fields: FieldErrors::default(), retry_after: None }
    }

    /// Adds a value that the message mentions.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.values.push((key, value.to_string()));
        self
    }

    /// Adds what is wrong with single fields.
    #[must_use]
    pub fn fields(mut self, fields: &FieldErrors) -> Self {
        self.fields = fields.clone();
        self
    }

    /// The request lost against another one: the client should send it again after a short pause (`ABORTED`).
    pub fn contended() -> Self {
        Self { retry_after: Some(CONTENTION_PAUSE), ..Self::new(Code::Aborted, "CONTENDED") }
    }

    /// Tells the client to try again after `pause`.
    #[must_use]
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    /// The gRPC code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The reason's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The status with this reason and `message`.
    pub fn into_status(self, message: impl Into<String>) -> Status {
        let mut room = MOST_DETAIL_BYTES;
        let values = self.values.into_iter().map(|(key, value)| (key.to_owned(), short(value, &mut room)));
        let metadata: HashMap<_, _> = values.collect();
        let mut details = ErrorDetails::with_error_info(self.name, DOMAIN, metadata);
        let (mut named, all) = (0, self.fields.iter().count());
        for field in self.fields.iter() {
            if room == 0 {
                break;
            }
            let path = short(field.path.clone(), &mut room);
            details.add_bad_request_violation(path, short(field.problem.clone(), &mut room));
            named += 1;
        }
        if named < all {
            details.add_bad_request_violation("…", format!("{} more", all - named));
        }
        if self.retry_after.is_some() {
            details.set_retry_info(self.retry_after);
        }
        Status::with_error_details(self.code, short(message.into(), &mut { MOST_MESSAGE_BYTES }), details)
    }
}

/// As much of a text as there is room for, and takes that room.
fn short(mut text: String, room: &mut usize) -> String {
    if text.len() > *room {
        text.truncate(text.floor_char_boundary(*room));
        text.push('…');
    }
    *room = room.saturating_sub(text.len());
    text
}

/// The status of an error. Failures of ours (`INTERNAL`, `UNKNOWN`, `DATA_LOSS`, `UNAVAILABLE`) are logged here with all
/// their causes, and nowhere else; refusals are the client's business and are not.
pub fn status(error: &(impl ServiceError + 'static)) -> Status {
    let reason = error.reason();
    let is_ours = matches!(reason.code, Code::Internal | Code::Unknown | Code::DataLoss | Code::Unavailable);
    if is_ours && !ends_with_the_process(error) {
        let causes = causes(error);
        tracing::error!(reason = reason.name, error = %causes, "request failed: {causes}");
    }
    reason.into_status(error.to_string())
}

/// Whether the database was closed already, which happens on the way out only: a reader that still asks then has lost nothing.
fn ends_with_the_process(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(|error| matches!(error.downcast_ref(), Some(sqlx::Error::PoolClosed)))
}

/// The error and its causes in one line, each after a colon; for operators.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        // An error that shows its source in its own text would repeat it.
        if !text.ends_with(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

/// Reason of a status that [`Reason`] made; `None` for a status of another origin.
pub fn reason_of(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

/// Conversions that every service's error enum needs when one of its variants, marked `#[from]`, holds
/// [`service::Error`](Error): `?` works on what this crate and sqlx return, and the enum becomes a `tonic::Status`.
///
/// ```ignore
/// #[derive(Debug, thiserror::Error)]
/// pub enum Error {
///     #[error("enterprise `{0}` is not registered")]
///     EnterpriseNotFound(Uscc),
///     #[error(transparent)]
///     Common(#[from] service::Error),
/// }
/// service::convert_errors!(Error);
/// ```
#[macro_export]
macro_rules! convert_errors {
    ($error:ty) => {
        $crate::convert_errors!($error: $crate::error::sqlx::Error, $crate::error::FieldErrors,
            $crate::auth::Denied, $crate::machine::Refused, $crate::error::RuleMissing,
            $crate::error::InvalidPageToken, $crate::error::InvalidPageSize);

        impl ::core::convert::From<$error> for $crate::error::TonicStatus {
            fn from(error: $error) -> Self {
                $crate::error::status(&error)
            }
        }
    };
    ($error:ty: $($source:ty),+) => {
        $(impl ::core::convert::From<$source> for $error {
            fn from(source: $source) -> Self {
                $crate::Error::from(source).into()
            }
        })+
    };
}

#[doc(hidden)]
pub use db::{InvalidPageSize, InvalidPageToken};
#[doc(hidden)]
pub use rulebook::RuleMissing;
#[doc(hidden)]
pub use sqlx;
#[doc(hidden)]
pub use tonic::Status as TonicStatus;

#[cfg(test)]
mod tests {
    use super::*;

    /// What the headers of a status take over the wire.
    fn header_bytes(status: Status) -> usize {
        let headers = status.into_http::<()>().headers().clone();
        headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
    }

    #[test]
    fn whatever_is_wrong_with_a_request_fits_the_headers_that_say_so() {
        let mut fields = FieldErrors::default();
        for at in 0..2_000 {
            fields.push(format!("inspector.fields[{at}]"), "不是已知的领域");
        }
        fields.push("字".repeat(100_000), "is not known");
        let reason = Reason::new(Code::InvalidArgument, "INVALID_FIELDS").with("x", "值".repeat(100_000));
        let reason = Reason { fields, ..reason };
        let status = reason.clone().into_status("错".repeat(100_000));
        assert!(header_bytes(status.clone()) < 14 * 1024);
        let one = Reason { values: Vec::new(), ..reason }.into_status("短");
        assert_eq!(one.message(), "短");
        let violations = one.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, "inspector.fields[0]");
        let (last, named) = (violations.last().unwrap(), violations.len() - 1);
        assert_eq!((last.field.as_str(), last.description.clone()), ("…", format!("{} more", 2_001 - named)));
    }
}
