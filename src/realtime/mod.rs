//! Mode one: a live conversation, the line's leg joined to the model's.
//!
//! [`session`] decides (no I/O), [`pump`] moves bytes (no thinking), [`ready`] opens the model's leg while
//! the phone still rings, [`openai`] is the one place that knows the vendor's words.

pub mod audio;
pub mod events;
#[cfg(test)]
mod fake;
pub mod line;
pub mod openai;
pub mod plan;
pub mod playhead;
pub mod pump;
pub mod ready;
pub mod report;
pub mod session;

pub use self::plan::{Nudges, Plan};
pub use self::report::{Counters, Ending, Note, Report};
