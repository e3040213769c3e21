//! Every generated piece of the documentation. To add one: a function here, and its markers on a page.

mod data;
mod incompatible;
mod markdown;
mod metrics;
mod networks;
mod objectives;
mod print;
mod recipes;

pub use print::print;
