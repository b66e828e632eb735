//! The phone network: Twilio's API, webhooks and TwiML.
//!
//! [`client`] asks the carrier for calls, [`callbacks`] reads what it tells us, [`signature`] makes sure
//! that it was the carrier who said so, [`twiml`] answers it, [`media_stream`] carries the sound, and
//! [`urls`] knows where the carrier finds us, [`tunnel`] where tunnels make this machine reachable. Any Twilio-compatible host will do: base URL, credentials
//! and the signature's header are settings, and identifiers are opaque.

pub mod callbacks;
pub mod client;
pub mod error;
pub mod media_stream;
mod media_wire;
mod say;
pub mod signature;
pub mod status;
pub mod tunnel;
pub mod twiml;
pub mod urls;
pub mod voices;
pub mod wav;
mod wire;

pub use error::CarrierError;
pub use status::{AnsweredBy, CallProgress, CarrierStatus};
