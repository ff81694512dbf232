//! Golden vectors of the shipped models: what the evidence of one enterprise comes to on a day, on both sides of every bound and of
//! every day on which a version changes.

mod combination_check;
mod combinations;
mod equipment;
mod facts;
mod figures;
mod food;
mod general;
mod model_check;
mod monotone;
mod schema;
mod validator;
