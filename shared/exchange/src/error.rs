//! What can go wrong inside the house; what goes wrong at a receiver is a [`SinkError`](crate::SinkError).

/// Why a delivery could not be enqueued, moved or listed.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// A field of the delivery is outside its bounds.
    #[error("`{field}` of the delivery {problem}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The notice cannot be written in the receiver's words.
    #[error(transparent)]
    Unmappable(#[from] crate::Unmappable),
    /// The subject already has a delivery with a higher revision for this receiver, which would ignore this one.
    #[error("revision {revision} of `{subject}` comes after revision {latest} was enqueued for `{receiver}`")]
    OutOfOrder {
        /// The receiver.
        receiver: String,
        /// The subject.
        subject: String,
        /// The revision that was to be enqueued.
        revision: i64,
        /// The highest one that is there.
        latest: i64,
    },
    /// No delivery has this identifier.
    #[error("there is no delivery `{0}`")]
    NotFound(uuid::Uuid),
    /// It is under way, or a later revision of its subject has been acknowledged or waits.
    #[error(
        "delivery `{delivery_id}` is {state} and cannot be sent again: only a dead letter can, or the latest \
             acknowledged delivery of its subject"
    )]
    NotResendable {
        /// The delivery.
        delivery_id: uuid::Uuid,
        /// Where it stands.
        state: crate::DeliveryState,
    },
    /// The service refused the acknowledgement or the failure; nothing was written and the delivery is tried again.
    #[error("the owner of delivery `{delivery_id}` could not take its outcome")]
    Owner {
        /// The delivery.
        delivery_id: uuid::Uuid,
        /// What the owner said.
        source: crate::OwnerError,
    },
    /// A row that this version cannot read.
    #[error("delivery `{delivery_id}` has the unknown state or key `{value}`")]
    Unreadable {
        /// The key of the row.
        delivery_id: String,
        /// What could not be read.
        value: String,
    },
    /// The database refused a statement. Ask [`db::is_contention`] whether it is worth a retry.
    #[error("the deliveries could not be reached")]
    Store(#[from] sqlx::Error),
}
