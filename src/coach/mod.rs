//! What the coach says and when it is satisfied; pure.
//!
//! [`persona`] tells a model whom it wakes and how, [`script`] speaks when no model does, [`conversation`]
//! is what either remembers. [`answer`] reads an answer without a model, [`silence`] says what to do when
//! nobody speaks, [`verdict`] decides whether she is up. [`memory`] says
//! what is kept for another morning. All serve the two call modes alike.

pub mod answer;
pub mod conversation;
pub mod language;
pub mod memory;
pub mod persona;
mod prompt;
pub mod proving;
pub mod script;
pub mod silence;
pub mod verdict;
