//! Status callbacks of one call: sent in turn by one task, or as the faults will have it.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header;
use tokio::sync::mpsc;

use super::call::Plan;
use super::http::Reply;
use super::ledger::{Happening, WebhookKind};
use super::office::Office;
use super::options::CallbackFaults;
use super::params::{self, Param};
use super::webhook::{PATIENCE, Target, Webhook};

/// A call has a handful of callbacks; hundreds waiting mean that the account's server is gone (15002).
const QUEUE: usize = 256;

/// A callback that waits for a successor to overtake it is sent after this long at the latest.
const OVERTAKING: Duration = Duration::from_secs(2);

/// Where one call's callbacks go.
#[derive(Debug)]
pub(super) struct Callbacks {
    office: Arc<Office>,
    sid: String,
    queue: mpsc::Sender<Callback>,
    sequence: u64,
}

#[derive(Debug, Clone)]
struct Callback {
    kind: WebhookKind,
    event: &'static str,
    target: Target,
    params: Vec<Param>,
}

impl Callbacks {
    /// Starts the task that sends them; it ends when this value is dropped and all are sent.
    pub(super) fn open(office: &Arc<Office>, sid: &str) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let sender = Sender { office: Arc::clone(office), sid: sid.to_owned() };
        let stop = office.stop.clone();
        office.tracker.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = sender.run(waiting) => {}
            }
        });
        Self { office: Arc::clone(office), sid: sid.to_owned(), queue, sequence: 0 }
    }

    /// Tells the account about progress, if it asked for this event.
    pub(super) fn progress(&mut self, plan: &Plan, event: &'static str, status: &str) {
        let Some(target) = plan.callback.clone().filter(|_| plan.events.contains(&event)) else { return };
        let now = self.office.wall();
        let params = {
            let books = self.office.books();
            let Some(call) = books.find(&self.sid) else { return };
            let mut params = params::standard(&self.office.options.account_sid, call, status);
            params.extend(params::progress(call, self.sequence, now));
            params
        };
        self.sequence += 1;
        self.send(WebhookKind::Status, event, target, params);
    }

    /// Sends any other callback in its turn.
    pub(super) fn send(&self, kind: WebhookKind, event: &'static str, target: Target, params: Vec<Param>) {
        if self.queue.try_send(Callback { kind, event, target, params }).is_err() {
            self.office.problem(&self.sid, 15_002, "too many callbacks are waiting");
        }
    }
}

/// Whether an answer to a callback is one of the two that are asked for: 204, or 200 with XML.
fn is_content(reply: &Reply) -> bool {
    let xml = reply.header(&header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/xml"));
    reply.status == 204 || (reply.status == 200 && xml)
}

/// The task's side.
#[derive(Debug)]
struct Sender {
    office: Arc<Office>,
    sid: String,
}

impl Sender {
    async fn run(&self, mut waiting: mpsc::Receiver<Callback>) {
        while let Some(callback) = waiting.recv().await {
            let faults = self.office.faults().callbacks.clone();
            if faults.reordered && callback.kind == WebhookKind::Status {
                // The next one overtakes, if it comes soon enough.
                let pace = self.office.pace();
                let until = pace.instant_at(pace.elapsed() + OVERTAKING);
                if let Ok(Some(next)) = tokio::time::timeout_at(until, waiting.recv()).await {
                    self.deliver(next, &faults).await;
                }
            }
            self.deliver(callback, &faults).await;
        }
    }

    async fn deliver(&self, callback: Callback, faults: &CallbackFaults) {
        if callback.kind != WebhookKind::Status {
            return self.post(&callback).await;
        }
        if faults.lost.contains(&callback.event) {
            return;
        }
        self.office.pace().sleep(faults.delay).await;
        if faults.forged {
            self.forge(&callback).await;
        }
        self.post(&callback).await;
        if faults.duplicated {
            self.post(&callback).await;
        }
    }

    async fn post(&self, callback: &Callback) {
        let webhook = Webhook {
            sid: &self.sid,
            kind: callback.kind,
            target: &callback.target,
            params: callback.params.clone(),
            patience: PATIENCE,
        };
        match self.office.send(webhook).await {
            Ok((reply, _)) if is_content(&reply) => {}
            Ok((reply, _)) => {
                self.office.problem(&self.sid, 15_003, format!("our callback was answered {}", reply.status));
            }
            Err(failure) => self.office.problem(&self.sid, failure.code(), "our callback was not answered"),
        }
        let status = callback.params.iter().find(|(name, _)| name == "CallStatus");
        if let (WebhookKind::Status, Some((_, status))) = (callback.kind, status) {
            let what = Happening::CallbackAnswered { status: status.clone() };
            self.office.tell(&self.sid, self.office.elapsed(), what);
        }
    }

    /// What a stranger would send: the truth about the call but for its state, signed with a guess.
    async fn forge(&self, callback: &Callback) {
        let mut params = callback.params.clone();
        for (name, value) in &mut params {
            match name.as_str() {
                "CallStatus" => "completed".clone_into(value),
                "SequenceNumber" => "99".clone_into(value),
                _ => {}
            }
        }
        self.office.send_forged(&self.sid, &callback.target, params).await;
    }
}
