//! Mode one: a live conversation, carrier leg ⇄ model leg.
