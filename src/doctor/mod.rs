//! Every manual step of the trouble-shooting guides, done by the program: one file a check.
//!
//! A check looks and tells; it changes nothing. [`Doctor::examine`] runs all of them at once, each with a
//! deadline, and makes one [`Report`] for the terminal ([`table`]), for programs (JSON) and for browsers
//! ([`page`]). What may be found is listed in the [`handbook`].

pub mod chain;
mod codes;
mod configuration;
mod database;
mod finding;
mod handbook;
mod host;
mod last_calls;
mod openai;
pub mod page;
mod patient;
mod people;
mod probes;
mod public_url;
mod report;
pub mod table;
mod tunnel;
mod twilio;
mod twiml;
mod zones;

use std::future::ready;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use jiff::tz::TimeZone;
use tokio::sync::Mutex;

pub use self::finding::{Finding, Level, Symptom};
pub use self::handbook::handbook;
pub use self::patient::{Background, CarrierAccount, Far, Outside, Patient, Records, Settings};
pub use self::probes::{PROBE_PATIENCE, Probe, Probes};
pub use self::report::Report;
use crate::clock::{SharedClock, timeout};

/// Longer than any step of any check; an answer to `/diagnostics` must come within the 30 s of all requests.
const CHECK_LIMIT: Duration = Duration::from_secs(20);

/// What the built-in simulators say about themselves is no news of any vendor.
const PRACTICE: &str = "Practice, this is the simulator: ";

/// What one check finds.
pub(crate) type Looking<'a> = Pin<Box<dyn Future<Output = Vec<Finding>> + Send + 'a>>;

/// A check: its name, how it looks, and what it may find.
struct Check {
    name: &'static str,
    look: for<'a> fn(&'a Patient) -> Looking<'a>,
    may_find: &'static [Symptom],
}

/// All checks, in the order in which they build upon each other.
const CHECKS: [Check; 11] = [
    Check {
        name: "configuration",
        look: |patient| Box::pin(ready(configuration::look(patient))),
        may_find: configuration::ALL,
    },
    Check { name: "host", look: |patient| Box::pin(host::look(patient)), may_find: host::ALL },
    Check { name: "database", look: |patient| Box::pin(database::look(patient)), may_find: database::ALL },
    Check { name: "people", look: |patient| Box::pin(people::look(patient)), may_find: people::ALL },
    Check { name: "zones", look: |patient| Box::pin(zones::look(patient)), may_find: zones::ALL },
    Check { name: "twiml", look: |patient| Box::pin(ready(twiml::look(patient))), may_find: twiml::ALL },
    Check {
        name: "public-url",
        look: |patient| Box::pin(public_url::look(patient)),
        may_find: public_url::ALL,
    },
    Check { name: "tunnel", look: |patient| Box::pin(tunnel::look(patient)), may_find: tunnel::ALL },
    Check { name: "twilio", look: |patient| Box::pin(twilio::look(patient)), may_find: twilio::ALL },
    Check { name: "openai", look: |patient| Box::pin(openai::look(patient)), may_find: openai::ALL },
    Check {
        name: "last-calls",
        look: |patient| Box::pin(last_calls::look(patient)),
        may_find: last_calls::ALL,
    },
];

mod check {
    //! What can become of a check itself.
    use super::finding::symptoms;

    symptoms! {
        HANGS = Fail "check.hangs": "A check did not come to its end in time: what it asks neither answers nor refuses."
            => "Run the doctor again. If it hangs again, look at what the check asks (its name stands in the finding): a firewall that drops packets silently does this.";
        DAEMON = Fail "check.daemon-silent": "A daemon holds the database, but it does not answer where this configuration says it listens; what follows was looked at from outside."
            => "Run the doctor with the daemon's own configuration and as its user. If it is the right one and it hangs, restart it.";
        NOT_RUNNING = Warn "check.not-running": "The program does not run: nobody is called until it does."
            => "Start it: `wakeup-coach`, or the service (`systemctl enable --now wakeup-coach`).";
        ELSEWHERE = Warn "check.another-database": "A program runs at this address, but on another database than this command looks at: what is planned here is not what it does."
            => "Run the command where its database lies (DATABASE_URL), or give other commands `--url` and ADMIN_TOKEN.";
        BROKE = Fail "check.broke": "A check broke off because of a mistake in this program; the other checks are not concerned."
            => "Please report it with the lines of the log before it.";
    }

    pub(super) const OF_SILENCE: super::Symptom = DAEMON;
    pub(super) const OF_REST: super::Symptom = NOT_RUNNING;
    pub(super) const OF_ANOTHER: super::Symptom = ELSEWHERE;
    pub(super) const OF_HANGING: super::Symptom = HANGS;
    pub(super) const OF_BREAKING: super::Symptom = BROKE;
    /// Both.
    pub(super) const SYMPTOMS: &[super::Symptom] = ALL;
}

/// A daemon holds the database and does not answer; found by whoever asked it.
pub const DAEMON_SILENT: Symptom = check::OF_SILENCE;

/// No program runs on this database; found by whoever looked for one.
pub const NOT_RUNNING: Symptom = check::OF_REST;
/// One runs, but on another database.
pub const ANOTHER_DATABASE: Symptom = check::OF_ANOTHER;

/// Examines one program, one examination at a time.
#[derive(Debug)]
pub struct Doctor {
    patient: Patient,
    busy: Mutex<()>,
}

impl Doctor {
    /// A doctor for this patient.
    pub fn new(patient: Patient) -> Self {
        Self { patient, busy: Mutex::new(()) }
    }

    /// The questions that come back by the public address, for whoever serves them.
    pub fn probes(&self) -> &std::sync::Arc<Probes> {
        &self.patient.probes
    }

    /// Time, as the doctor measures it.
    pub fn clock(&self) -> &SharedClock {
        &self.patient.clock
    }

    /// Whether all calls stay on the local line.
    pub fn is_practice(&self) -> bool {
        self.patient.background.settings.carrier.is_built_in()
    }

    /// Where the owner's clock hangs: the zone of the environment, or this machine's.
    pub fn zone(&self) -> TimeZone {
        let zones = &self.patient.zones;
        let named = self.patient.background.settings.zone.clone().or_else(|| zones.of_this_machine());
        named.and_then(|name| zones.get(&name).ok()).unwrap_or(TimeZone::UTC)
    }

    /// Runs every check. Takes some 20 s at most, whatever is wrong.
    pub async fn examine(&self) -> Report {
        // Two at once would ask the vendors twice and find the same.
        let _alone = self.busy.lock().await;
        let clock = &self.patient.clock;
        let (made_at, began) = (clock.now(), clock.elapsed());
        let looking = CHECKS.iter().map(|check| run(check, &self.patient));
        let mut findings: Vec<Finding> = join_all(looking).await.into_iter().flatten().collect();
        let settings = &self.patient.background.settings;
        for finding in &mut findings {
            let built_in = match finding.check.as_ref() {
                "twilio" => settings.carrier.is_built_in(),
                "openai" => settings.model.is_built_in(),
                _ => false,
            };
            if built_in {
                finding.saw.insert_str(0, PRACTICE);
            }
        }
        Report::new(made_at, clock.elapsed().saturating_sub(began), findings)
    }
}

/// One check within its limit; what becomes of it is a finding in any case.
async fn run(check: &Check, patient: &Patient) -> Vec<Finding> {
    let clock = &patient.clock;
    match timeout(&**clock, CHECK_LIMIT, AssertUnwindSafe((check.look)(patient)).catch_unwind()).await {
        Ok(Ok(findings)) => findings,
        Ok(Err(_)) => vec![check::OF_BREAKING.saw(format!("The check `{}` broke off", check.name))],
        Err(late) => vec![check::OF_HANGING.saw(format!("The check `{}`: {late}", check.name))],
    }
}

#[cfg(test)]
mod tests;
