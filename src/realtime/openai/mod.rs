//! The model's leg as OpenAI's Realtime API speaks it (GA). Nothing outside this folder knows its words.

pub mod client;
pub mod probe;
mod reading;
mod usage;
mod wire;

pub use self::client::{ModelError, ModelSettings};
pub(crate) use self::reading::{Said, read};
pub(crate) use self::usage::Prices;
pub(crate) use self::wire::Writer;
