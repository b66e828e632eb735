//! The last calls: placed → answered → TwiML fetched → socket → model, and where that broke.
//!
//! Read from what we wrote down; for a call that broke, the carrier's own debugger is asked too.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::codes;
use super::finding::{Finding, Symptom, symptoms};
use super::patient::Patient;
use crate::domain::attempt::{AttemptState, Outcome};
use crate::domain::mode::CallMode;
use crate::store::attempts::AttemptRecord;
use crate::store::occurrences::Occurrence;
use crate::store::{HistoryLine, Store, StoreError};
use crate::telephony::client::Alert;
use crate::zones::Zones;

symptoms! {
    WENT_WELL = Ok "last-calls.went-well": "The call came as far as it should, and somebody answered.";
    NOT_TAKEN = Note "last-calls.not-taken": "The call was placed as it should, and nobody took it: it rang out, was busy or was declined."
        => "If the telephone did not ring, look at its Do Not Disturb and at what blocks unknown callers; store our number as a contact.";
    NONE = Note "last-calls.none": "No call has been made yet."
        => "Make one: `wakeup-coach call`.";
    UNREADABLE = Warn "last-calls.unreadable": "What was written down about calls cannot be read."
        => "If the check `database` says that the tables are older or newer, do what it says; else see there what is damaged.";
    REFUSED = Fail "last-calls.refused": "The carrier refused to place the call."
        => "See the check `twilio`; the number says which of the reasons it was.";
    NOT_PLACED = Warn "last-calls.not-placed" ["20429"]: "The carrier could not be asked to place the call: no connection, or too many requests at once. It was tried again."
        => "If it happens often, look at this machine's network.";
    UNKNOWN = Warn "last-calls.unknown" ["20500"]: "The carrier's answer was lost, and no call of ours was found afterwards."
        => "If it happens often, look at this machine's network and the carrier's status page.";
    NO_NEWS = Fail "last-calls.no-news" ["15003"]: "The carrier took the call, and no status callback reached us: it cannot reach our public address."
        => "See the check `public-url`. Callbacks that are refused because of their signature leave a line in the log: then TWILIO_AUTH_TOKEN or BASE_URL is not the one the carrier uses.";
    FAILED = Warn "last-calls.failed": "The network could not put the call through."
        => "Check the sleeper's number. Calls blocked as a nuisance end like this too.";
    NO_DOCUMENT = Fail "last-calls.no-document" ["11200"]: "The call was answered, and nobody asked us what to say: the carrier could not fetch the document, and the sleeper heard an apology."
        => "See the check `public-url`.";
    NO_SOCKET = Fail "last-calls.no-socket" ["31920"]: "The document was fetched, but the media socket was never opened: a proxy that does not pass WebSockets, a trial account, or a wrong address. The call went on in traditional mode."
        => "See the checks `public-url` and `twilio`.";
    SOCKET_BROKE = Warn "last-calls.socket-broke" ["31921"]: "The media socket broke in mid-call, and the call went on in traditional mode."
        => "Raise the time-outs of the proxy or tunnel for open connections to an hour.";
    NO_MODEL = Fail "last-calls.no-model": "The realtime model was not ready when the call was answered, and the call was traditional from the first word."
        => "See the check `openai`.";
    MODEL_LOST = Warn "last-calls.model-lost": "The realtime model was lost in mid-call, and the call went on in traditional mode."
        => "See the check `openai`; if it passes, it was the vendor's trouble.";
    RESTARTED = Note "last-calls.restarted": "This program was restarted during the call, which went on in traditional mode.";
    LOST = Warn "last-calls.lost": "Nothing more was heard of the call after it was placed."
        => "See the check `public-url`: the carrier could not tell us how it ended.";
    OPEN = Note "last-calls.open": "The call is under way.";
}

/// Calls shown: the last few mornings.
const SHOWN: u32 = 5;
/// Calls that the carrier is asked about.
const ASKED: usize = 3;

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let Some(store) = patient.store() else { return Vec::new() };
    let calls = match last_calls(patient, store).await {
        Ok(calls) => calls,
        Err(error) => return vec![UNREADABLE.saw(error.to_string())],
    };
    if calls.is_empty() {
        return vec![NONE.saw("The database holds no attempt")];
    }
    let mut found = Vec::new();
    let mut asked = 0;
    for call in &calls {
        let mut finding = call.finding();
        if call.link().is_some() && asked < ASKED {
            asked += 1;
            finding = with_alerts(patient, call, finding).await;
        }
        found.push(finding);
    }
    found
}

/// The last calls by when they were decided on; what is only planned has none.
async fn last_calls(patient: &Patient, store: &Store) -> Result<Vec<Call>, StoreError> {
    let mut calls = Vec::new();
    for record in store.list_recent_attempts(None, SHOWN).await? {
        let occurrence = store.load_occurrence(record.attempt.occurrence).await?;
        let history = store.list_history(record.attempt.id).await?;
        calls.push(Call { title: title(&occurrence, &record, &patient.zones), record, history });
    }
    Ok(calls)
}

/// Which call of which wake-up, in the sleeper's own time.
fn title(occurrence: &Occurrence, record: &AttemptRecord, zones: &Zones) -> String {
    let zone = zones.get(&occurrence.zone).unwrap_or(TimeZone::UTC);
    let due = occurrence.wake_up.due_at.to_zoned(zone);
    format!("Call {} for {}", record.attempt.number, due.strftime("%a %Y-%m-%d %H:%M %:z"))
}

/// What the carrier's debugger says, which knows what never reached us.
async fn with_alerts(patient: &Patient, call: &Call, mut finding: Finding) -> Finding {
    let (Some(account), Some(id)) = (&patient.carrier, call.record.attempt.state.call()) else {
        return finding;
    };
    let Ok(alerts) = account.carrier.alerts(id).await else { return finding };
    let Some(Alert { code, .. }) = alerts.first() else { return finding };
    let _ = write!(finding.saw, "; the carrier's own log says {code}");
    if let Some((means, fix)) = codes::explain(*code) {
        let _ = write!(finding.saw, " ({means})");
        finding = finding.cured_by(capitalised(fix));
    }
    finding.with_code(Some(*code))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// One attempt with everything written down about it.
struct Call {
    title: String,
    record: AttemptRecord,
    history: Vec<HistoryLine>,
}

/// Where a chain broke.
struct Broken {
    symptom: Symptom,
    why: String,
}

impl Call {
    fn finding(&self) -> Finding {
        let Some(broken) = self.link() else {
            return self.unbroken().saw(format!("{}: {} ({})", self.title, self.chain(), self.ending()));
        };
        let because = if broken.why.is_empty() { String::new() } else { format!(" ({})", broken.why) };
        let code = codes::code_in(&broken.why);
        let finding = broken.symptom.saw(format!("{}: {}{because}", self.title, self.chain()));
        match code.and_then(codes::explain) {
            Some((_, fix)) => finding.cured_by(capitalised(fix)).with_code(code),
            None => finding.with_code(code),
        }
    }

    /// What it is when nothing broke.
    fn unbroken(&self) -> Symptom {
        match &self.record.attempt.state {
            AttemptState::Finished { .. } if self.answered() => WENT_WELL,
            AttemptState::Finished { .. } => NOT_TAKEN,
            _ => OPEN,
        }
    }

    fn ending(&self) -> &'static str {
        match &self.record.attempt.state {
            AttemptState::Finished { outcome, .. } => outcome.name(),
            open => open.name(),
        }
    }

    /// `placed ✓ → answered ✓ → TwiML ✓ → socket ✗`, as far as it should have gone.
    fn chain(&self) -> String {
        let realtime = self.record.attempt.decision.mode == CallMode::Realtime;
        let mut links =
            vec![("placed", self.placed()), ("answered", self.answered()), ("TwiML", self.document())];
        if realtime {
            let no_model = self.record.ticket.is_none() && self.document();
            if no_model {
                links.push(("model", false));
            } else {
                links.push(("socket", self.socket()));
                links.push(("model", self.socket() && !self.model_was_lost()));
            }
        }
        let mut chain = String::new();
        for (name, done) in links {
            let arrow = if chain.is_empty() { "" } else { " → " };
            let _ = write!(chain, "{arrow}{name} {}", if done { "✓" } else { "✗" });
            if !done {
                break;
            }
        }
        chain
    }

    /// The first link that broke; `None` when it went as far as it should.
    fn link(&self) -> Option<Broken> {
        let broken = |symptom, why: &str| Some(Broken { symptom, why: why.to_owned() });
        let outcome = match &self.record.attempt.state {
            AttemptState::Finished { outcome, .. } => Some(*outcome),
            _ => None,
        };
        match outcome {
            Some(Outcome::Refused | Outcome::RefusedForGood) => {
                return broken(REFUSED, self.said("not_placed"));
            }
            Some(Outcome::NotPlaced) if self.has("placing_unknown") => {
                return broken(UNKNOWN, self.said("placing_unknown"));
            }
            Some(Outcome::NotPlaced) => return broken(NOT_PLACED, self.said("not_placed")),
            Some(Outcome::Failed) => return broken(FAILED, self.said("carrier")),
            Some(Outcome::Lost) if !self.has("carrier") => return broken(NO_NEWS, ""),
            Some(Outcome::Lost) => return broken(LOST, ""),
            _ => {}
        }
        if self.answered() && !self.document() && outcome.is_some() {
            // A machine that was recognised is hung up on without a document of ours.
            return if self.has("machine") { None } else { broken(NO_DOCUMENT, "") };
        }
        self.realtime_link()
    }

    fn realtime_link(&self) -> Option<Broken> {
        let fell_back = self.record.attempt.fell_back.as_ref()?;
        let reason = fell_back.reason.as_str();
        let symptom = if reason.contains("being restarted") {
            RESTARTED
        } else if self.record.ticket.is_none() {
            NO_MODEL
        } else if self.record.ticket_used_at.is_none() {
            let said = self.said("stream-error");
            let why = if said.is_empty() { reason } else { said };
            return Some(Broken { symptom: NO_SOCKET, why: why.to_owned() });
        } else if reason.contains("media stream") {
            SOCKET_BROKE
        } else {
            MODEL_LOST
        };
        Some(Broken { symptom, why: reason.to_owned() })
    }

    fn has(&self, what: &str) -> bool {
        self.history.iter().any(|line| line.what == what)
    }

    fn said(&self, what: &str) -> &str {
        self.history.iter().rev().find(|line| line.what == what).map_or("", |line| line.detail.as_str())
    }

    fn placed(&self) -> bool {
        self.has("placed") || self.record.attempt.state.call().is_some()
    }

    fn answered(&self) -> bool {
        let told = |line: &HistoryLine| line.what == "carrier" && line.detail.starts_with("in-progress");
        self.document()
            || self.history.iter().any(told)
            || matches!(self.record.attempt.state, AttemptState::Answered { .. })
    }

    fn document(&self) -> bool {
        self.record.document.is_some() || self.record.ticket.is_some() || self.record.turn > 0
    }

    fn socket(&self) -> bool {
        let broke = |reason: &str| reason.contains("media stream");
        let fell_back = self.record.attempt.fell_back.as_ref();
        self.record.ticket_used_at.is_some() && !fell_back.is_some_and(|why| broke(&why.reason))
    }

    fn model_was_lost(&self) -> bool {
        self.record.attempt.fell_back.is_some()
    }
}

#[cfg(test)]
mod tests;
