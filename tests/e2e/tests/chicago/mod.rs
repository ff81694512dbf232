//! Real history, the inspections and complaints of Chicago: the main job on it, and whether models would have helped.

mod backtest;
mod base;
mod job;
