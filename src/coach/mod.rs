//! What the coach says and when it is satisfied; pure.
//!
//! [`silence`] says what to do when nobody speaks, [`verdict`] decides whether she is up. Both serve the
//! two call modes alike.

pub mod silence;
pub mod verdict;
