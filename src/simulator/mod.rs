//! The far side of both wires: the carrier, the models, the sleeper.
//!
//! Used by the demo, by the tests, and as the local line of a daemon without accounts. It speaks the
//! vendors' JSON as documented, never through our own wire types, and refuses what the vendors refuse.

pub mod lifetime;
pub mod openai;
pub mod pace;
pub mod sleeper;
pub mod twilio;
pub mod voices;
