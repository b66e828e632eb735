//! Faults planted in the program on purpose, and what catches each: a suite that cannot fail is worth nothing.
//!
//! `cargo test --features planted-bugs --test planted -- caught sound` runs a suite, or one story of it, for each fault
//! and wants it to fail within a minute, for the right reason; `sound` runs the same with nothing planted.
//! The stories themselves are in this binary as well, so that it can run them anew with a fault in them.

#![expect(clippy::unwrap_used, reason = "a suite that cannot be run has failed")]

mod caught;
mod sound;
mod stories;
mod suite;
#[path = "../it/support/mod.rs"]
mod support;
