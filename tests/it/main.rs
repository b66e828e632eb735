//! One test binary: the daemon against the simulators over real sockets, a file a story.

#![expect(
    clippy::unwrap_used,
    reason = "a stage that cannot be set, or a story that cannot be told, has failed"
)]

mod alerts;
mod api_v1;
mod at_its_own_pace;
mod barge_in;
mod breaker;
mod callbacks;
mod cli;
mod clock;
mod cut_off;
mod doctor;
mod fall_back;
mod floods;
mod french;
mod inbound;
mod ladder;
mod leaks;
mod legacy;
mod memory;
mod mode;
mod notices;
mod pacing;
mod place;
mod placing;
mod proofs;
mod realtime_call;
mod reconciliation;
mod recordings;
mod redial;
mod schedule;
mod schedule_changes;
mod secrets;
mod shut_down;
mod silence;
mod start;
mod supervised;
mod support;
mod tickets;
mod tidy;
mod twiml_safety;
mod two_rules;
