//! Punishment: the directory of abnormal operations, the list of serious violators, and what other systems are told of a party
//! before they act.
//!
//! Owns entries, cases, remedies against them, applications for repair and the measures that follow from them. Officers decide: the
//! system suspects, reminds of deadlines and ends terms, and it lists nobody. It never refuses a permit, and no risk class or
//! attention flag leads to a list.
//!
//! Start with [`machines`], then `store/serious/step.rs`; [`index`] is what makes `CheckParty` fast, [`receipts`] what makes its answers
//! provable.

pub mod api;
mod config;
pub mod domain;
mod error;
mod follow;
pub mod index;
pub mod machines;
mod measures;
pub mod receipts;
mod serve;
pub mod store;

pub use config::Config;
pub use error::{Error, ExtensionRefused, RepairRefused};
pub use follow::{BasisFell, Flags, Names, PartyEnded, Penalties, SuspectByResult};
pub use serve::serve;

/// Tables of this service.
pub static MIGRATIONS: db::Migrations = db::migrations![
    "0100_abnormal_entry",
    "0101_serious_case",
    "0102_standing",
    "0103_acted_on",
    "0110_abnormal_whole",
    "0111_serious_whole",
    "0112_standing_whole",
    "0113_entry_remedy",
    "0114_annual_report",
    "0120_penalty",
    "0121_repair",
    "0130_measure",
    "0140_standing_past",
    "0141_party_name",
    "0142_receipt",
    "0150_standing_lifted",
    "0151_standing_suspensions",
    "0152_annual_report_waits",
    "0153_standing_of_records",
    "0154_remedy_changes",
    "0200_measures_of_records",
    "0201_stay_anew",
    "0202_case_extension",
    "0203_party_division",
    "0280_repair_past",
    "0281_party_attention",
    "0282_case_states",
    "0291_duties_of_before",
    "0293_abnormal_order",
    "0296_removal_verified",
    "0370_decide_again",
    "0371_objected_in_removal",
    "0372_remedy_party",
    "0379_party_state",
    "0400_revocation_answered",
];
