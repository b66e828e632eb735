//! One test binary: the daemon against the simulators over real sockets, a file a story.

mod tidy;
