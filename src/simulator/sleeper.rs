//! The people at the other end of the line, as small scripts.
