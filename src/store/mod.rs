//! The only SQL in the crate; no sqlx type leaves it.
