//! Time-zone data: the newest of the candidates.
