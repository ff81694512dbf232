//! What a receiver does with a call.

/// What the receiver does with one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Does {
    /// Takes it and acknowledges it.
    #[default]
    Takes,
    /// Refuses it: closed for maintenance.
    Fails,
    /// Takes it, but the answer is an error: the acknowledgement is lost on the way.
    TakesAndFails,
    /// Takes it, and answers only when it is released.
    IsSlow,
    /// Takes it and answers twice on one call: the acknowledgement, then another one with another receipt.
    AnswersTwice,
    /// Takes nothing, and acknowledges a delivery that nobody sent.
    NamesAnotherDelivery,
    /// Takes nothing, and acknowledges other content than was sent.
    NamesOtherContent,
    /// Takes nothing, and acknowledges without a receipt.
    GivesNoReceipt,
    /// Acknowledges as it should, and keeps nothing: no sender can tell.
    Forgets,
}
