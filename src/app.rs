//! Builds every part, runs the services, stops them in order.
