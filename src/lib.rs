//! Wake-up Coach: telephones people at their wake-up time and talks with them until they are really up.
//!
//! Modules in reading order:
//!
//! 1. [`domain`]: the vocabulary and the rules, pure.
//! 2. [`coach`]: what the coach says and when it is satisfied, pure.
//! 3. [`clock`], [`config`], [`zones`]: time, settings and time-zone data, read at the edge;
//!    [`failpoint`]: where a trial may kill us; [`planted`]: faults that the trials must find.
//! 4. [`store`]: the only SQL. [`telephony`]: the phone network. [`notify`]: other people.
//! 5. [`realtime`] and [`traditional`]: the two ways a call can run.
//! 6. [`calls`]: the life of a call in either mode, one file a verb.
//! 7. [`scheduler`], [`desk`] and [`web`]: what starts calls, what the owner may ask for, and what the
//!    outside world may; [`doctor`]: why something does not work.
//! 8. [`simulator`]: the far side of both wires, for the demo, the tests and the local line.
//! 9. [`app`] and [`cli`]: build every part, run it, stop it; [`trials`] try to break the promises.

pub mod app;
pub mod calls;
pub mod cli;
pub mod clock;
pub mod coach;
pub mod config;
pub mod desk;
pub mod doctor;
pub mod domain;
pub mod failpoint;
pub mod http;
pub mod notify;
pub mod planted;
pub mod realtime;
pub mod scheduler;
pub mod simulator;
pub mod store;
pub mod telemetry;
pub mod telephony;
pub mod traditional;
pub mod trials;
pub mod web;
pub mod zones;
