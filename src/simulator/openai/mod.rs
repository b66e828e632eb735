//! A Realtime and Chat Completions server on loopback, with knobs.
