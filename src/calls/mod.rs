//! The life of a call in either mode, one file a verb.
