//! The stories of the other binaries that are told again with a fault planted.

#[path = "../it/callbacks.rs"]
mod callbacks;
#[path = "../trials/crash/stories.rs"]
mod crash;
#[path = "../it/placing.rs"]
mod placing;
#[path = "../it/proofs/pleading.rs"]
mod pleading;
#[path = "../it/reconciliation.rs"]
mod reconciliation;
#[path = "../it/redial.rs"]
mod redial;
#[path = "../it/tickets.rs"]
mod tickets;

use Mode::{Realtime, Traditional};

use crate::suite::programs;

/// As `tests/it/proofs.rs` has it for its own stories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Realtime,
    Traditional,
}
