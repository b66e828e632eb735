//! The far side of both wires: the carrier, the models, the sleeper.
