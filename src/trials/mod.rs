//! Programs that try to break what the product promises: no call missed, none doubled.
//!
//! They run the daemon, or parts of it, against a carrier that keeps [books of its own](ledger), and compare
//! the two. `wakeup-coach-sim` is their command line; the shorter ones are tests as well.

pub mod crash;
pub mod exchange;
pub mod ledger;
pub mod people;
