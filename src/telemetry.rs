//! The log subscriber, field names, redaction.
