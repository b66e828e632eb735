//! What the program counts, in the text format that Prometheus and its kin read.
//!
//! Names and labels are promises: dashboards and alarms hang on them. `docs/operating.md` lists them.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::domain::alert::AlertKind;
use crate::domain::attempt::Outcome;
use crate::domain::mode::CallMode;
use crate::domain::notice::Channel;
use crate::domain::wake_up::End;

/// What is written before each name.
const PREFIX: &str = "wakeup_coach";
/// From the instant at which a call was due to the request for it, in seconds.
const LATENESS: [f64; 12] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 600.0, 3_600.0];

type One = [(&'static str, &'static str); 1];
type Two = [(&'static str, &'static str); 2];

/// What is looked up when somebody asks, rather than counted as it happens.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Attempts that are not over.
    pub open_attempts: usize,
    /// Calls whose audio runs through this process.
    pub live_streams: usize,
    /// Alerts that are open.
    pub alerts: Vec<AlertKind>,
    /// Errors of the database since the start.
    pub database_errors: u64,
}

/// Every counter there is.
pub struct Metrics {
    registry: Registry,
    attempts: Family<Two, Counter>,
    wake_ups: Family<One, Counter>,
    lateness: Histogram,
    alerts: Family<One, Counter>,
    fall_backs: Counter,
    clock_steps: Counter,
    pulse_stalls: Counter,
    notifier_failures: Family<One, Counter>,
    surplus_calls: Counter,
    database_errors: Counter,
    open_attempts: Gauge,
    live_streams: Gauge,
    alerts_open: Family<One, Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut all = Self {
            registry: Registry::with_prefix(PREFIX),
            attempts: Family::default(),
            wake_ups: Family::default(),
            lateness: Histogram::new(LATENESS),
            alerts: Family::default(),
            fall_backs: Counter::default(),
            clock_steps: Counter::default(),
            pulse_stalls: Counter::default(),
            notifier_failures: Family::default(),
            surplus_calls: Counter::default(),
            database_errors: Counter::default(),
            open_attempts: Gauge::default(),
            live_streams: Gauge::default(),
            alerts_open: Family::default(),
        };
        all.register();
        all.begin_at_nought();
        all
    }
}

impl Metrics {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("attempts", "Calls that are over, by how they ended", self.attempts.clone());
        registry.register("wake_ups", "Wake-ups that are over, by how they ended", self.wake_ups.clone());
        registry.register(
            "dial_lateness_seconds",
            "From the instant a call was due to the request for it",
            self.lateness.clone(),
        );
        registry.register("alerts", "Incidents that somebody should look at", self.alerts.clone());
        registry.register(
            "alerts_open",
            "Incidents that are not resolved or acknowledged",
            self.alerts_open.clone(),
        );
        registry.register("fall_backs", "Calls that went on in traditional mode", self.fall_backs.clone());
        registry.register(
            "clock_steps",
            "Jumps of the wall clock against the monotonic one",
            self.clock_steps.clone(),
        );
        registry.register(
            "tick_stalled",
            "Times that the watchdog dispatched in place of the pulse",
            self.pulse_stalls.clone(),
        );
        registry.register(
            "notifier_failures",
            "Messages to people that were not taken",
            self.notifier_failures.clone(),
        );
        registry.register(
            "surplus_calls",
            "Calls ended because they should not have been ringing",
            self.surplus_calls.clone(),
        );
        registry.register("database_errors", "Errors of the database", self.database_errors.clone());
        registry.register("open_attempts", "Attempts that are not over", self.open_attempts.clone());
        registry.register(
            "live_streams",
            "Calls whose audio runs through this process",
            self.live_streams.clone(),
        );
    }

    /// A series that appears with its first incident has no rate at that moment, and raises no alarm.
    fn begin_at_nought(&self) {
        for kind in AlertKind::ALL {
            drop(self.alerts.get_or_create(&[("kind", kind.name())]));
            drop(self.alerts_open.get_or_create(&[("kind", kind.name())]));
        }
        for channel in [Channel::Webhook, Channel::Ntfy] {
            drop(self.notifier_failures.get_or_create(&[("channel", channel.name())]));
        }
    }

    /// An attempt is over.
    pub fn attempt_ended(&self, outcome: Outcome, mode: CallMode) {
        self.attempts.get_or_create(&[("outcome", outcome.name()), ("mode", mode.name())]).inc();
    }

    /// A wake-up is over.
    pub fn wake_up_ended(&self, end: End) {
        self.wake_ups.get_or_create(&[("end", end.name())]).inc();
    }

    /// A call is asked for, so long after it was due.
    pub fn dialled(&self, late_by: Duration) {
        self.lateness.observe(late_by.as_secs_f64());
    }

    /// Somebody should look at something.
    pub fn alerted(&self, kind: AlertKind) {
        self.alerts.get_or_create(&[("kind", kind.name())]).inc();
    }

    /// A call goes on in traditional mode.
    pub fn fell_back(&self) {
        self.fall_backs.inc();
    }

    /// The clock was set.
    pub fn clock_stepped(&self) {
        self.clock_steps.inc();
    }

    /// The watchdog dispatched in place of the pulse.
    pub fn tick_stalled(&self) {
        self.pulse_stalls.inc();
    }

    /// Somebody could not be told by this way.
    pub fn not_told(&self, channel: Channel) {
        self.notifier_failures.get_or_create(&[("channel", channel.name())]).inc();
    }

    /// A call was ended that should not have been ringing.
    pub fn ended_surplus(&self) {
        self.surplus_calls.inc();
    }

    /// Everything, as it stands.
    pub fn in_text(&self, standing: &Standing) -> String {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        self.open_attempts.set(count(standing.open_attempts));
        self.live_streams.set(count(standing.live_streams));
        for kind in AlertKind::ALL {
            let open = standing.alerts.iter().filter(|open| **open == kind).count();
            self.alerts_open.get_or_create(&[("kind", kind.name())]).set(count(open));
        }
        let counted = self.database_errors.get();
        self.database_errors.inc_by(standing.database_errors.saturating_sub(counted));
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a string takes all that is written to it");
        text
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_happened_is_counted_and_what_has_not_stands_at_nought() {
        let metrics = Metrics::default();
        metrics.attempt_ended(Outcome::Busy, CallMode::Realtime);
        metrics.attempt_ended(Outcome::Busy, CallMode::Realtime);
        metrics.wake_up_ended(End::Up);
        metrics.alerted(AlertKind::Doubled);
        metrics.dialled(Duration::from_millis(300));
        metrics.not_told(Channel::Ntfy);
        let standing = Standing {
            open_attempts: 2,
            live_streams: 1,
            alerts: vec![AlertKind::Missed],
            database_errors: 3,
        };
        let text = metrics.in_text(&standing);
        for line in [
            r#"wakeup_coach_attempts_total{outcome="busy",mode="realtime"} 2"#,
            r#"wakeup_coach_wake_ups_total{end="up"} 1"#,
            r#"wakeup_coach_alerts_total{kind="doubled"} 1"#,
            r#"wakeup_coach_alerts_total{kind="missed"} 0"#,
            r#"wakeup_coach_alerts_open{kind="missed"} 1"#,
            r#"wakeup_coach_alerts_open{kind="doubled"} 0"#,
            r#"wakeup_coach_dial_lateness_seconds_bucket{le="0.25"} 0"#,
            r#"wakeup_coach_dial_lateness_seconds_bucket{le="0.5"} 1"#,
            r#"wakeup_coach_notifier_failures_total{channel="ntfy"} 1"#,
            "wakeup_coach_open_attempts 2",
            "wakeup_coach_live_streams 1",
            "wakeup_coach_database_errors_total 3",
            "wakeup_coach_tick_stalled_total 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\nis missing in\n{text}");
        }
        assert!(metrics.in_text(&standing).contains("database_errors_total 3"), "counted once");
    }
}
