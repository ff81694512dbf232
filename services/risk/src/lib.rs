//! Risk: predicts which enterprises of the key fields deserve attention, by a general and a professional model
//! ("通用+专业", R28 to R31; state machine 5).
//!
//! It owns classes, the runs that compute them, and the log of who read them. It keeps a copy of what registry and
//! collection tell, and of each piece only what the conditions of the models make of it; the models are data of the
//! rulebook. A class is no evaluation and no ground for punishment: it is never published, exempts nobody from a draw, and
//! no row leaves without a row in the log of reads. Risk lists nobody, refuses nothing and decides nothing alone: a run
//! takes effect when a second person approves it.
//!
//! Start reading at [`domain::model`], what a model is; then [`domain::scoring`], the one function that a full run and the
//! re-score of one enterprise share; then [`runner`] and [`store`].

pub mod api;
mod config;
mod convert;
pub mod domain;
mod error;
pub mod follow;
mod jobs;
pub mod machines;
pub mod rules;
pub mod runner;
mod serve;
pub mod store;

pub use config::Config;
pub use error::Error;
pub use serve::serve;
