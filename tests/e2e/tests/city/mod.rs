//! A city in one process or started by its program, each test with one of its own.

mod attention;
mod browser;
mod cached;
mod command_line;
mod commitment;
mod contested;
mod deliveries;
mod dispatch;
mod erasure;
mod imports;
mod kept;
mod main_job;
mod measures;
mod public;
mod receipt;
mod reflected;
mod rest;
mod second;
