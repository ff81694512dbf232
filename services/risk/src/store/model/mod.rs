//! Versions of models: how files of the rulebook become versions, what officers decide about them, and what is in force on a day.

mod days;
mod decide;
mod read;
mod register;
mod row;
