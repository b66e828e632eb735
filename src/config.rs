//! Environment → Config, once, with every problem reported together.
