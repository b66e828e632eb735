//! A Twilio-compatible exchange on loopback, with knobs.
