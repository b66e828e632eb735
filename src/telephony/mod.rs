//! The phone network: Twilio's API, webhooks and TwiML.
