//! A morning under test: the daemon against the simulators over real sockets, with time under control.
//!
//! The wall clock stands still until a story moves it; audio and timers flow, sped up. Nothing sleeps to
//! wait: stories wait for events, each with a deadline. A day that is not closed fails, and so does one
//! that leaves an attempt open or logs an error that the story did not expect.

#![allow(dead_code, reason = "each story uses what it needs of the stage")]

pub mod carrier;
pub mod cli;
pub mod far_side;
pub mod front;
pub mod people;

use std::path::Path;
use std::time::Duration;

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp, Zoned};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tracing::subscriber::DefaultGuard;
use wakeup_coach::app::{Rehearsal, RehearsalPlan};
use wakeup_coach::calls::{CallEvent, What};
use wakeup_coach::clock::{Clock as _, SharedClock, TimedOut, timeout};
use wakeup_coach::domain::ids::OccurrenceId;
use wakeup_coach::domain::mode::Probability;
use wakeup_coach::domain::policy::{CheckCalls, MorningPolicy};
use wakeup_coach::domain::proof::{Proof, Proofs};
use wakeup_coach::domain::schedule::Weekdays;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::Sleeper as Script;
use wakeup_coach::simulator::twilio::CallRecord;
use wakeup_coach::store::attempts::AttemptRecord;
use wakeup_coach::store::sleepers::Sleeper;
use wakeup_coach::telemetry::LogTap;

/// How fast stories play. Those that measure use 1.
pub const SPEED: f64 = 8.0;
/// The sleeper of all stories; the number is kept for fiction.
pub const ANNA: &str = "+14155550142";
/// Where she sleeps.
pub const ZONE: &str = "Europe/Berlin";
/// Simulated time after which a story has gone wrong.
const PATIENCE: Duration = Duration::from_mins(8);

/// Fails a day that a story forgot to close, for then nobody checked what it left behind.
struct Closed(bool);

impl Drop for Closed {
    fn drop(&mut self) {
        assert!(self.0 || std::thread::panicking(), "close the day at the end of the story");
    }
}

/// A morning.
pub struct TestDay {
    /// The daemon and the far side.
    pub morning: Rehearsal,
    /// The person to wake; stories script her with [`TestDay::sleeps_like`].
    pub anna: Sleeper,
    /// Everything logged.
    pub log: LogTap,
    events: Receiver<CallEvent>,
    /// Every event so far.
    pub seen: Vec<CallEvent>,
    next: usize,
    expected_errors: Vec<&'static str>,
    endured_errors: Vec<&'static str>,
    closed: Closed,
    _listening: DefaultGuard,
}

impl TestDay {
    /// A morning that begins at `when`, such as `2026-03-02T06:29:00[Europe/Berlin]`.
    pub async fn at(when: &str) -> Self {
        Self::plan(when, SPEED, |_| {}).await
    }

    /// The same, in real time, for stories that measure.
    pub async fn in_real_time(when: &str) -> Self {
        Self::plan(when, 1.0, |_| {}).await
    }

    /// The same, with changes to the plan.
    pub async fn plan(when: &str, speed: f64, change: impl FnOnce(&mut RehearsalPlan)) -> Self {
        let start: Zoned = when.parse().expect("an instant with its zone");
        let log = LogTap::default();
        let listening = log.listen();
        let mut plan = RehearsalPlan { flowing: false, ..RehearsalPlan::at(start.timestamp(), speed) };
        change(&mut plan);
        let mut morning = Box::pin(Rehearsal::start(plan)).await.expect("the rehearsal starts");
        let events = morning.running.calls.subscribe();
        let anna = morning.add_sleeper("Anna", ANNA).await.expect("Anna is stored");
        let day = Self {
            morning,
            anna,
            log,
            events,
            seen: Vec::new(),
            next: 0,
            expected_errors: Vec::new(),
            endured_errors: Vec::new(),
            closed: Closed(false),
            _listening: listening,
        };
        day.sleeps_like(vec![Script::prompt_riser()]);
        day
    }

    /// Every call will be realtime.
    pub async fn always_realtime(self) -> Self {
        self.morning.set_probability(Probability::ALWAYS).await.unwrap();
        self
    }

    /// Every call will be traditional.
    pub async fn never_realtime(self) -> Self {
        self.morning.set_probability(Probability::NEVER).await.unwrap();
        self
    }

    /// A goodbye of hers is all that is asked for: stories about something else end soon.
    pub fn believes_a_goodbye(mut self) -> Self {
        self.morning.ask_for(MorningPolicy { word_is_enough: true, ..self.morning.asked_for() });
        self
    }

    /// What her mornings ask for.
    pub fn asks_for(&mut self, proofs: &[Proof]) {
        let proofs = Proofs::of(proofs);
        let policy = MorningPolicy { proofs, check: CheckCalls::Off, ..MorningPolicy::default() };
        self.morning.ask_for(policy);
    }

    /// Anna is woken in the language with this tag.
    pub async fn speaks(&mut self, language: &str) {
        self.anna = Sleeper { language: language.to_owned(), ..self.anna.clone() };
        let mut change = self.morning.store.change().await.unwrap();
        change.update_sleeper(&self.anna).await.unwrap();
        change.commit().await.unwrap();
    }

    /// How Anna behaves, call by call; the last script repeats.
    pub fn sleeps_like(&self, scripts: Vec<Script>) {
        self.morning.exchange().set_sleeper(ANNA, scripts);
    }

    /// Anna's rule: every day at this time in [`ZONE`].
    pub async fn wakes_daily_at(&mut self, hour: i8, minute: i8) {
        let at = Time::constant(hour, minute, 0, 0);
        let anna = self.anna.clone();
        self.morning.add_schedule(&anna, Weekdays::ALL, at, ZONE).await.unwrap();
    }

    /// The wall clock's time.
    pub fn now(&self) -> Timestamp {
        self.morning.clock.now()
    }

    /// Moves the wall clock forward; what has become due is acted on.
    pub fn advance(&self, by: Duration) {
        self.morning.jump_to(self.now() + SignedDuration::try_from(by).unwrap());
    }

    /// Moves the wall clock to `when`, such as `2026-03-29T06:30:00[Europe/Berlin]`.
    pub fn jump_to(&self, when: &str) {
        let when: Zoned = when.parse().expect("an instant with its zone");
        self.morning.jump_to(when.timestamp());
    }

    /// Waits for the next event that fits, and returns it; the events before it are in [`TestDay::seen`].
    pub async fn event(&mut self, what: &str, fits: impl Fn(&What) -> bool) -> CallEvent {
        loop {
            while let Some(event) = self.seen.get(self.next) {
                self.next += 1;
                if fits(&event.what) {
                    return event.clone();
                }
            }
            let clock: SharedClock = self.morning.clock.clone();
            match timeout(&*clock, PATIENCE, self.events.recv()).await {
                Ok(Ok(event)) => self.seen.push(event),
                Ok(Err(RecvError::Lagged(_))) => {}
                Ok(Err(RecvError::Closed)) => panic!("waiting for {what}: the daemon is gone"),
                Err(TimedOut(_)) => panic!("waited in vain for {what}; seen: {:#?}", self.seen),
            }
        }
    }

    /// Waits for a wake-up to end.
    pub async fn ended(&mut self) -> End {
        let event = self.event("the end of a wake-up", |what| matches!(what, What::Ended(_))).await;
        let What::Ended(end) = event.what else { unreachable!("just matched") };
        end
    }

    /// Waits until a next call is planned, and moves the wall clock there.
    pub async fn skip_the_wait(&mut self) -> SignedDuration {
        let event = self.event("a wait between two calls", |what| matches!(what, What::Waiting(..))).await;
        let What::Waiting(_, at) = event.what else { unreachable!("just matched") };
        let wait = at.duration_since(event.at);
        self.morning.jump_to(at);
        wait
    }

    /// The sentences both sides said, as `coach: …` and `sleeper: …`, in the order of the events so far.
    pub fn said(&self) -> Vec<String> {
        let line = |event: &CallEvent| match &event.what {
            What::Said(said) => Some(format!("{}: {}", said.speaker.name(), said.text)),
            _ => None,
        };
        self.seen.iter().filter_map(line).collect()
    }

    /// All attempts of all wake-ups, the oldest wake-up first.
    pub async fn attempts(&self) -> Vec<AttemptRecord> {
        let mut attempts = Vec::new();
        for occurrence in self.morning.store.list_recent(100).await.unwrap().iter().rev() {
            attempts.extend(self.morning.store.list_attempts(occurrence.id).await.unwrap());
        }
        attempts
    }

    /// The one attempt that was made.
    pub async fn only_attempt(&self) -> AttemptRecord {
        let mut attempts = self.attempts().await;
        assert_eq!(attempts.len(), 1, "one attempt was expected: {attempts:#?}");
        attempts.remove(0)
    }

    /// What an attempt's history says, word by word.
    pub async fn history(&self, record: &AttemptRecord) -> Vec<String> {
        let lines = self.morning.store.list_history(record.attempt.id).await.unwrap();
        lines.into_iter().map(|line| line.what).collect()
    }

    /// The carrier's own ledger: how often Anna's telephone was called.
    pub fn carrier_calls(&self) -> Vec<CallRecord> {
        self.morning.exchange().calls()
    }

    /// The wake-up that the events so far are about.
    pub fn occurrence(&self) -> OccurrenceId {
        self.seen.first().expect("something has happened").occurrence
    }

    /// An owner's request: method, path with query, body.
    pub async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
        let token = secrecy::ExposeSecret::expose_secret(&self.morning.admin_token).to_owned();
        self.ask_as(Some(&token), method, path, body).await
    }

    /// An owner's request with a JSON body.
    pub async fn ask_json(&self, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
        let url = format!("http://{}{path}", self.morning.running.admin_address);
        let token = secrecy::ExposeSecret::expose_secret(&self.morning.admin_token);
        let request = wakeup_coach::http::client().request(method.parse().unwrap(), url).bearer_auth(token);
        let request = request.header("content-type", "application/json").body(body.to_owned());
        let answer = request.send().await.expect("the daemon answers");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    /// A request with another token, or none.
    pub async fn ask_as(
        &self,
        token: Option<&str>,
        method: &str,
        path: &str,
        body: &str,
    ) -> (u16, serde_json::Value) {
        let url = format!("http://{}{path}", self.morning.running.address);
        let mut request =
            wakeup_coach::http::client().request(method.parse().unwrap(), url).body(body.to_owned());
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.expect("the daemon answers");
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text)))
    }

    /// The story expects an error in the log that contains this.
    pub fn expect_error(&mut self, part: &'static str) {
        self.expected_errors.push(part);
    }

    /// An error with this in it may be logged, or not: the story is about something else.
    pub fn endure_error(&mut self, part: &'static str) {
        self.endured_errors.push(part);
    }

    /// Ends the day: stops everything and checks that nothing was left behind.
    pub async fn close(mut self) {
        self.closed.0 = true;
        let open = self.morning.store.list_open_attempts().await.unwrap();
        assert!(open.is_empty(), "attempts were left open: {open:#?}");
        let expected = std::mem::take(&mut self.expected_errors);
        let log = self.log.clone();
        self.morning.stop().await.expect("the day ends in good order");
        let surprising: Vec<String> = log
            .errors()
            .into_iter()
            .map(|line| line.text)
            .filter(|text| !expected.iter().chain(&self.endured_errors).any(|part| text.contains(part)))
            .collect();
        assert!(surprising.is_empty(), "errors were logged that the story did not expect: {surprising:#?}");
        for part in expected {
            assert!(log.errors().iter().any(|line| line.text.contains(part)), "expected an error: {part}");
        }
    }
}

/// Another hand on a database, as no daemon of ours would lay it.
pub async fn tamper(database: &Path, statement: &'static str) {
    let options = SqliteConnectOptions::new().filename(database);
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(statement).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
}
