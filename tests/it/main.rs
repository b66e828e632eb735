//! One test binary: the daemon against the simulators over real sockets, a file a story.

mod realtime_call;
mod support;
mod tidy;
