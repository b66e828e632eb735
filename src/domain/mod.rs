//! The vocabulary of waking people: no I/O, no clock, no async, no randomness of its own.
//!
//! Reading order: [`schedule`] (when), [`wake_up`] (what happens next), [`attempt`] (one try),
//! [`mode`] (how the call runs), and the small words they share.

pub mod alert;
pub mod attempt;
pub mod burst;
pub mod ids;
pub mod mode;
pub mod money;
pub mod notice;
pub mod phone;
pub mod policy;
pub mod proof;
pub mod schedule;
pub mod scope;
pub mod utterance;
pub mod wake_up;
