//! Parses the command line, starts telemetry, hands over.

fn main() {}
