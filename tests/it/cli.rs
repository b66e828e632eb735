//! The command line: on the database itself, over a running daemon's API, and what it says when neither works.

mod direct;
mod import;
mod remote;
mod usage;
