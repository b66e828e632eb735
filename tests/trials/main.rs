//! Trials of the promise: the daemon killed, stopped and starved as a process, and whole lives in memory.
//!
//! A binary of its own, because these want the whole machine: stories that listen to calls would be disturbed.

#![expect(clippy::unwrap_used, reason = "a trial that cannot be set up has failed")]

mod crash;
mod years;
