//! One file or folder for each command: its options, and a function that returns what it prints.

pub mod data;
pub mod eval;
pub mod inpaint;
pub mod interpolate;
pub mod lab;
pub mod recipes;
pub mod reconstruct;
pub mod runs;
pub mod sample;
pub mod stylize;
pub mod train;
pub mod translate;
pub mod upscale;
pub mod weights;
