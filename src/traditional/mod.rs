//! Mode two: say, listen, say again.
