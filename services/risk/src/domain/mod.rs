//! Models, scoring and combination: types and rules, pure. Nothing here knows the transport, a database or a clock.
//!
//! [`model`] reads a model and checks it against the contract; [`evidence`] turns one record into what is kept of it;
//! [`scoring`] is the one function that a full run and the re-score of one enterprise share; [`combine`] joins general
//! and professional class; [`engine`] holds all of them as one set, of which [`tenure`] says what is in force; [`explain`] tells what
//! they did.

pub mod attention;
pub mod backtest;
pub mod class;
pub mod combine;
pub mod drift;
pub mod engine;
pub mod evidence;
pub mod explain;
pub mod floor;
pub mod general;
pub mod hundredths;
pub mod known;
pub mod model;
pub mod model_version;
pub mod overriding;
pub mod parameters;
pub mod provincial;
pub mod run;
pub mod sample;
pub mod scheme;
pub mod scoring;
pub mod signal;
pub mod tenure;
