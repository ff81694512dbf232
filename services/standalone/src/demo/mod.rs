//! The demo city and the main job run through it.

pub mod city;
