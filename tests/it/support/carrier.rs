//! What stories about the carrier need: its ledger counted, its signature, a daemon that dies.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use secrecy::ExposeSecret as _;
use tokio::sync::broadcast::error::TryRecvError;
use wakeup_coach::app::LOCAL_ORIGIN;
use wakeup_coach::calls::What;
use wakeup_coach::clock::{Clock as _, SharedClock, timeout};
use wakeup_coach::domain::alert::AlertKind;
use wakeup_coach::domain::attempt::Outcome;
use wakeup_coach::domain::wake_up::{End, WakeUp};
use wakeup_coach::simulator::sleeper::{Act, Answer, Sleeper as Script, When};
use wakeup_coach::simulator::twilio::{CallRecord, CallStatus, CreateFault, Faults};

use super::{PATIENCE, TestDay};

/// How fast stories without audio play.
const FAST: f64 = 16.0;
/// How often a condition nobody tells of is looked at, simulated.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Somebody who gets up once she has answered.
pub fn rises_after(ringing_secs: u64) -> Script {
    Script { answers: Answer::AfterRinging(Duration::from_secs(ringing_secs)), ..Script::prompt_riser() }
}

/// Somebody who says the word at once, for stories about other things.
pub fn says_goodbye() -> Script {
    Script::answering(Duration::from_secs(1), vec![Act::say("Goodbye.")])
}

/// Somebody who answers and hangs up.
pub fn hangs_up_at_once() -> Script {
    let after = When::After(Duration::from_millis(500));
    Script::answering(Duration::from_secs(1), vec![Act::HangUp { after }])
}

/// Somebody, or something, that does not pick up.
pub fn absent(answer: Answer) -> Script {
    Script::absent(answer)
}

impl TestDay {
    /// A traditional morning, one minute before Anna's half past six.
    pub async fn before_half_past_six() -> Self {
        Self::before_half_past_six_with(|_| {}).await
    }

    /// The same, with changes to the plan.
    pub async fn before_half_past_six_with(
        change: impl FnOnce(&mut wakeup_coach::app::RehearsalPlan),
    ) -> Self {
        let mut day = Self::plan("2026-03-02T06:29:00[Europe/Berlin]", FAST, change)
            .await
            .never_realtime()
            .await
            .believes_a_goodbye();
        day.wakes_daily_at(6, 30).await;
        day
    }

    /// The same, and her telephone rings until the story takes the call back; the next call wakes her.
    pub async fn before_a_long_ring() -> Self {
        let day = Self::before_half_past_six_with(|plan| {
            plan.policy.ring_timeout = Some(Duration::from_mins(10));
        })
        .await;
        day.sleeps_like(vec![Script::never_answers(), rises_after(3)]);
        day
    }

    /// The first call is taken back at the carrier while it rings; the second one wakes her.
    pub async fn ends_the_long_ring(&mut self) {
        self.all_is_well();
        let first = self.only_call();
        assert_eq!((first.status, self.creates_asked()), (CallStatus::Ringing, 1), "one call, one ring");
        let cancel = [("Status".to_owned(), "canceled".to_owned())];
        assert_eq!(self.asks_carrier(&format!("/Calls/{}.json", first.sid), &cancel).await, 200);
        assert_eq!(self.finished().await, Outcome::Canceled);
        assert_eq!(self.skip_the_wait().await.as_secs(), 90);
        assert_eq!(self.ended().await, End::Up);
        assert_eq!(self.call_ends(), [CallStatus::Canceled, CallStatus::Completed]);
        assert_eq!(self.endings().await, ["canceled", "up"]);
    }

    /// The same where another wake-up waits: whichever calls next wakes her, and the other one is over too.
    pub async fn ends_the_long_ring_whoever_calls(&mut self) {
        let first = self.only_call();
        let cancel = [("Status".to_owned(), "canceled".to_owned())];
        assert_eq!(self.asks_carrier(&format!("/Calls/{}.json", first.sid), &cancel).await, 200);
        assert_eq!(self.finished().await, Outcome::Canceled);
        self.advance(Duration::from_secs(15));
        let mut ends = [self.ended().await, self.ended().await];
        ends.sort_unstable_by_key(|end| end.name());
        assert_eq!(ends, [End::Coalesced, End::Up]);
        assert_eq!(self.call_ends(), [CallStatus::Canceled, CallStatus::Completed]);
    }

    /// Waits until her telephone rings.
    pub async fn is_ringing(&self) {
        let ringing =
            |day: &Self| day.carrier_calls().last().is_some_and(|call| call.status == CallStatus::Ringing);
        self.until("it rings", ringing).await;
    }

    /// Half past six on that morning.
    pub fn half_past_six(&self) {
        self.jump_to("2026-03-02T06:30:00[Europe/Berlin]");
    }

    /// The next requests to create a call fail like this, one each.
    pub fn next_creates(&self, faults: &[CreateFault]) {
        self.morning.exchange().faults(|all| all.creates.extend(faults));
    }

    /// No status callback arrives, not even the last one.
    pub fn loses_all_callbacks(&self) {
        let lost = vec!["initiated", "ringing", "answered", "completed"];
        self.morning.exchange().faults(|all| all.callbacks.lost = lost);
    }

    /// Nothing is wrong any more.
    pub fn all_is_well(&self) {
        self.morning.exchange().set_faults(Faults::default());
    }

    /// Its lists are right again; what it calls back about is lost as before, and cannot be quicker than a look-up.
    pub fn lists_again(&self) {
        self.morning.exchange().faults(|all| (all.lists_fail, all.lists_empty) = (false, false));
    }

    /// The one call the carrier made.
    pub fn only_call(&self) -> CallRecord {
        let mut calls = self.carrier_calls();
        assert_eq!(calls.len(), 1, "one call was expected: {calls:#?}");
        calls.remove(0)
    }

    /// The final states of the carrier's calls, in the order of their creation.
    pub fn call_ends(&self) -> Vec<CallStatus> {
        self.carrier_calls().iter().map(|call| call.status).collect()
    }

    /// Whatever happened, her telephone never had two calls of ours at once.
    pub fn assert_one_call_at_a_time(&self) {
        for pair in self.carrier_calls().windows(2) {
            let (before, after) = (&pair[0], &pair[1]);
            let began = after.history[0].0;
            assert!(before.ended().is_some_and(|ended| ended <= began), "{} and {}", before.sid, after.sid);
        }
    }

    /// How many requests to create a call reached the carrier.
    pub fn creates_asked(&self) -> usize {
        let is_create = |request: &&String| request.starts_with("POST") && request.ends_with("/Calls.json");
        self.morning.exchange().requests().iter().filter(is_create).count()
    }

    /// The carrier's list of calls to somebody as it was asked for, letter by letter.
    pub fn lists_asked(&self) -> Vec<String> {
        let is_list = |request: &String| request.starts_with("GET") && request.contains("/Calls.json?To=");
        self.morning.exchange().requests().into_iter().filter(is_list).collect()
    }

    /// Waits for an attempt to end.
    pub async fn finished(&mut self) -> Outcome {
        let event = self.event("the end of an attempt", |what| matches!(what, What::Finished(_))).await;
        let What::Finished(outcome) = event.what else { unreachable!("just matched") };
        outcome
    }

    /// Waits until the carrier's call is known.
    pub async fn placed(&mut self) {
        self.event("a call that is placed", |what| *what == What::Placed).await;
    }

    /// Waits until a request to the carrier has failed, and nobody knows whether it rings.
    pub async fn nobody_knows(&mut self) {
        self.event("an unknown answer", |what| *what == What::PlacingUnknown).await;
    }

    /// Waits until somebody has picked up.
    pub async fn answered(&mut self) {
        self.event("an answer", |what| *what == What::Answered).await;
    }

    /// How all attempts ended, in order.
    pub async fn endings(&self) -> Vec<&'static str> {
        use wakeup_coach::domain::attempt::AttemptState;
        let outcome = |state: &AttemptState| match state {
            AttemptState::Finished { outcome, .. } => outcome.name(),
            open => open.name(),
        };
        self.attempts().await.iter().map(|record| outcome(&record.attempt.state)).collect()
    }

    /// Simulated time since the day began, which flows whatever the wall clock does.
    pub fn elapsed(&self) -> Duration {
        self.morning.clock.elapsed()
    }

    /// Waits for something that no event tells of.
    pub async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let clock: SharedClock = self.morning.clock.clone();
        let looking = async {
            while !holds(self) {
                clock.sleep(LOOK_EVERY).await;
            }
        };
        assert!(timeout(&*clock, PATIENCE, looking).await.is_ok(), "waited in vain until {what}");
    }

    /// Waits until the next step of every open wake-up lies ahead: what was done last is written down.
    pub async fn until_it_waits(&self) {
        let clock: SharedClock = self.morning.clock.clone();
        let looking = async {
            let is_due = |wake_up: &WakeUp| wake_up.act_at.is_some_and(|at| at <= self.now());
            while self.morning.store.list_coming(8).await.unwrap().iter().any(|open| is_due(&open.wake_up)) {
                clock.sleep(LOOK_EVERY).await;
            }
        };
        assert!(timeout(&*clock, PATIENCE, looking).await.is_ok(), "something stays due");
    }

    /// Waits until no attempt is open, so that her number is free.
    pub async fn until_free(&self) {
        let clock: SharedClock = self.morning.clock.clone();
        let looking = async {
            while !self.morning.store.list_open_attempts().await.unwrap().is_empty() {
                clock.sleep(LOOK_EVERY).await;
            }
        };
        let freed = timeout(&*clock, PATIENCE, looking).await;
        assert!(freed.is_ok(), "an attempt stays open: {:?}", self.endings().await);
    }

    /// The alerts that are open, the newest first.
    pub async fn open_alerts(&self) -> Vec<AlertKind> {
        self.morning.running.calls.open_alerts().await.iter().map(|alert| alert.kind).collect()
    }

    /// Waits until an alert is open.
    pub async fn until_open(&self, kind: AlertKind) {
        self.until_alerts(kind, true).await;
    }

    /// Waits until none of this kind is.
    pub async fn until_closed(&self, kind: AlertKind) {
        self.until_alerts(kind, false).await;
    }

    async fn until_alerts(&self, kind: AlertKind, open: bool) {
        let clock: SharedClock = self.morning.clock.clone();
        let looking = async {
            while self.open_alerts().await.contains(&kind) != open {
                clock.sleep(LOOK_EVERY).await;
            }
        };
        let seen = timeout(&*clock, PATIENCE * 8, looking).await;
        assert!(
            seen.is_ok(),
            "waited in vain for {kind:?} to be open: {open}; {:?}",
            self.open_alerts().await
        );
    }

    /// The daemon is killed.
    pub async fn dies(&mut self) {
        self.morning.crash().await.unwrap();
        loop {
            match self.events.try_recv() {
                Ok(event) => self.seen.push(event),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    /// The daemon is started again, on what it left on the disk.
    pub async fn starts_again(&mut self) {
        self.morning.start_again().await.unwrap();
        self.events = self.morning.running.calls.subscribe();
    }

    /// A form sent to the daemon as the carrier would, signed: the status and the body of the answer.
    pub async fn carrier_sends(&self, path: &str, params: &[(&str, &str)]) -> (u16, String) {
        let token = &self.morning.carrier_account().signing_tokens[0];
        let signature = sign(token.expose_secret(), &format!("{LOCAL_ORIGIN}{path}"), params);
        self.sends(path, params, &signature).await
    }

    /// A form with any signature.
    pub async fn sends(&self, path: &str, params: &[(&str, &str)], signature: &str) -> (u16, String) {
        let url = format!("http://{}{path}", self.morning.running.address);
        let request = wakeup_coach::http::client().post(url).header("x-twilio-signature", signature);
        let answer = request.form(params).send().await.expect("the daemon answers");
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// The customer's own request to the carrier's API.
    pub async fn asks_carrier(&self, path: &str, params: &[(String, String)]) -> u16 {
        let account = self.morning.carrier_account();
        let url =
            format!("{}/2010-04-01/Accounts/{}{path}", self.morning.exchange().url(), account.account_sid);
        let token = account.signing_tokens[0].expose_secret();
        let request = wakeup_coach::http::client().post(url).basic_auth(&account.account_sid, Some(token));
        request.form(params).send().await.expect("the carrier answers").status().as_u16()
    }
}

/// As the vendor documents it: HMAC-SHA1 over the address and the sorted parameters.
fn sign(token: &str, url: &str, params: &[(&str, &str)]) -> String {
    let mut sorted = params.to_vec();
    sorted.sort_unstable();
    let text = sorted.iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}
