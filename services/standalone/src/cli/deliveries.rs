//! What `xinjian deliveries` is asked.

use clap::{Args, Subcommand, ValueEnum};

use super::{CityArgs, whole};

/// Commands of `deliveries`.
#[derive(Debug, Subcommand)]
pub enum DeliveriesCommand {
    /// Count what receivers have not acknowledged, by service and receiver.
    Count {
        /// Where the city is.
        #[command(flatten)]
        data: CityArgs,
    },
    /// List deliveries: the dead letters, unless another state is asked for.
    List(ListDeliveriesArgs),
    /// Send dead letters again, or what a receiver took and lost.
    Resend(ResendArgs),
}

/// A service that tells others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sender {
    /// Marks and letters of commitment.
    Registry,
    /// Permits, penalties and inspections.
    Collection,
    /// Entries of the lists and joint measures.
    Punishment,
}

impl Sender {
    /// The service's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Collection => "collection",
            Self::Punishment => "punishment",
        }
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DeliveryState {
    /// Waits for its next attempt.
    Pending,
    /// Under way.
    Sent,
    /// Taken.
    Acknowledged,
    /// Given up; holds back what follows about its subject.
    Dead,
    /// Any of these.
    Any,
}

impl DeliveryState {
    /// The state as the contract writes it; empty for any.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Sent => "Sent",
            Self::Acknowledged => "Acknowledged",
            Self::Dead => "Dead",
            Self::Any => "",
        }
    }
}

/// Arguments of `deliveries list`.
#[derive(Debug, Args)]
pub struct ListDeliveriesArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: CityArgs,
    /// Only those of this service; of every one that tells others when left out.
    #[arg(long, value_enum)]
    pub service: Option<Sender>,
    /// Only those to this receiver, such as `publicity` or `credit-china`.
    #[arg(long)]
    pub receiver: Option<String>,
    /// Only those about this resource, such as `records/…`.
    #[arg(long)]
    pub subject: Option<String>,
    /// Only those in this state.
    #[arg(long, value_enum, default_value = "dead")]
    pub state: DeliveryState,
    /// Longest list of one service.
    #[arg(long, default_value_t = 500, value_parser = whole::<u32>(1..=100_000))]
    pub limit: u32,
}

/// Arguments of `deliveries resend`.
#[derive(Debug, Args)]
pub struct ResendArgs {
    /// Where the city is.
    #[command(flatten)]
    pub data: CityArgs,
    /// Deliveries of one service, such as `deliveries/6f1c0a52-…`; one that cannot be sent again refuses all.
    #[arg(value_name = "DELIVERY", requires = "service", required_unless_present = "dead")]
    pub names: Vec<String>,
    /// Every dead letter instead.
    #[arg(long, conflicts_with = "names")]
    pub dead: bool,
    /// The service; with `--dead` every one when left out.
    #[arg(long, value_enum)]
    pub service: Option<Sender>,
    /// With `--dead`: only those to this receiver.
    #[arg(long, requires = "dead")]
    pub receiver: Option<String>,
    /// Why; stands in the event.
    #[arg(long)]
    pub reason: String,
}
