//! Mode two: say, listen, say again.
//!
//! [`turn`] decides what to say next and never fails; [`chat`] asks the chat model, within a deadline;
//! [`speakable`] makes safe whatever a model wrote. The carrier's documents are written elsewhere.

pub mod chat;
mod price;
pub mod speakable;
pub mod task;
pub mod turn;
mod wire;

pub use chat::{ChatError, ChatModel, ChatSettings};

#[cfg(test)]
mod fake;
