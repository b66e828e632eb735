//! Programs that try to break what the product promises: no call missed, none doubled.
//!
//! Some run the daemon against a carrier that keeps [books of its own](ledger) and [crash] it; [`network`] puts
//! a bad network around it; [`years`] lives whole lives in memory, by the daemon's own decisions; [`calendar`]
//! sweeps every zone's clock changes. The [`checker`] judges two ledgers, whoever kept them. `wakeup-coach-sim` is their command line; the shorter
//! ones are tests as well.

pub mod books;
pub mod calendar;
pub mod checker;
pub mod crash;
pub mod exchange;
pub mod interrupt;
pub mod ledger;
pub mod network;
pub mod people;
pub mod years;
