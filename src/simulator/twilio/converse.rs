//! An answered call: fetch a document, execute it, go where it leads, until it leads nowhere.

use std::sync::Arc;
use std::time::Duration;

use axum::http::header;
use bytes::Bytes;

use super::call::{Order, Plan, Wish, acknowledge};
use super::callbacks::Callbacks;
use super::document::{Base, Document, Fault};
use super::http::{Failure, Reply};
use super::ledger::{CallRecord, Direction, Happening, WebhookKind};
use super::line::{Break, Line};
use super::office::Office;
use super::params::{self, Param, param};
use super::verbs::Verb;
use super::webhook::{PATIENCE, Target, Webhook};

/// Where a call goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask for a document, with these parameters besides the usual ones.
    Fetch { target: Target, params: Vec<Param> },
    /// Execute this one.
    Inline(String),
    /// Nowhere.
    HangUp,
}

impl Next {
    pub(super) fn fetch(target: Target) -> Self {
        Self::Fetch { target, params: Vec::new() }
    }
}

/// How a conversation ended.
#[derive(Debug)]
pub(super) enum Over {
    /// By a document, by the sleeper, or by the clock.
    Ended,
    /// By the API.
    Ordered(Order),
}

/// Documents of a trial account must come faster than [`PATIENCE`].
const TRIAL_PATIENCE: Duration = Duration::from_secs(5);

/// A trial call ends after so many documents.
const TRIAL_HOPS: usize = 10;

/// What a call says when the account's server is broken.
const APOLOGY: &str = "We are sorry. An application error has occurred. Goodbye.";

/// See the module.
#[derive(Debug)]
pub(super) struct Conversation<'a> {
    pub line: Line,
    pub callbacks: &'a Callbacks,
    plan: Plan,
    hops: usize,
    /// What the first document is told of machine detection, when it waited for the verdict.
    verdict: Vec<Param>,
    /// The fallback address is asked once, not in a circle.
    fell_back: bool,
}

impl<'a> Conversation<'a> {
    pub(super) fn new(line: Line, plan: Plan, callbacks: &'a Callbacks) -> Self {
        Self { line, callbacks, plan, hops: 0, verdict: Vec::new(), fell_back: false }
    }

    pub(super) fn office(&self) -> &Arc<Office> {
        &self.line.office
    }

    pub(super) fn problem(&self, fault: Fault) {
        self.office().problem(&self.line.sid, fault.code, fault.text);
    }

    /// Talks until somebody hangs up.
    pub(super) async fn run(mut self, machine: bool) -> Over {
        let first = self.plan.first.clone();
        let mut step = self.begin(machine).await.map(|()| first);
        loop {
            let next = match step {
                Ok(Next::HangUp) | Err(Break::SleeperHungUp) => return Over::Ended,
                Ok(next) => next,
                Err(Break::TimeLimit) => {
                    let code = if self.office().options.trial { 13_805 } else { 32_015 };
                    self.problem(Fault::new(code, "the call has lasted as long as it may"));
                    return Over::Ended;
                }
                Err(Break::Order(Order { wish: Wish::Replace(next), done })) => {
                    acknowledge(done);
                    next
                }
                Err(Break::Order(order)) => return Over::Ordered(order),
            };
            step = self.step(next).await;
        }
    }

    async fn begin(&mut self, machine: bool) -> Result<(), Break> {
        if let Some(detection) = self.plan.detection.clone() {
            self.verdict = detection.run(&mut self.line, machine).await?;
        }
        Ok(())
    }

    async fn step(&mut self, next: Next) -> Result<Next, Break> {
        let page = match next {
            Next::HangUp => return Ok(Next::HangUp),
            Next::Inline(xml) => self.read(&xml, &Base::Inline),
            Next::Fetch { target, params } => {
                self.hops += 1;
                if self.office().options.trial && self.hops > TRIAL_HOPS {
                    self.problem(Fault::new(11_215, "a trial call ends after ten documents"));
                    return Ok(Next::HangUp);
                }
                self.fetch(&target, params).await?
            }
        };
        let page = match page {
            Ok(page) => page,
            Err(fault) => self.rescue(fault).await?,
        };
        match self.execute(page).await? {
            Ok(next) => Ok(next),
            Err(fault) => {
                let page = self.rescue(fault).await?;
                Ok(self.execute(page).await?.unwrap_or(Next::HangUp))
            }
        }
    }

    /// What a call does about a document that cannot be had: the fallback address, else an apology.
    async fn rescue(&mut self, fault: Fault) -> Result<Document, Break> {
        let code = fault.code;
        self.problem(fault);
        if let Some(fallback) = self.plan.fallback.clone().filter(|_| !self.fell_back) {
            self.fell_back = true;
            let failed = self.last_document_url();
            let params = vec![param("ErrorCode", code.to_string()), param("ErrorUrl", failed)];
            match self.fetch(&fallback, params).await? {
                Ok(page) => return Ok(page),
                Err(fault) => self.problem(fault),
            }
        }
        let verbs = vec![Verb::Say { text: APOLOGY.to_owned(), times: 1 }, Verb::Hangup];
        Ok(Document { verbs, warnings: Vec::new() })
    }

    fn last_document_url(&self) -> String {
        let books = self.office().books();
        let call = books.find(&self.line.sid);
        let last = call.and_then(|call| call.webhooks_of(WebhookKind::Document).last());
        last.map(|webhook| webhook.url.clone()).unwrap_or_default()
    }

    async fn fetch(&mut self, target: &Target, extra: Vec<Param>) -> Result<Result<Document, Fault>, Break> {
        let office = Arc::clone(self.office());
        let sid = self.line.sid.clone();
        let mut params = {
            let books = office.books();
            let call = books.find(&sid);
            call.map(|call| params::standard(&office.options.account_sid, call, self.status(call)))
                .unwrap_or_default()
        };
        params.extend(std::mem::take(&mut self.verdict));
        params.extend(extra);
        let patience = if office.options.trial { TRIAL_PATIENCE } else { PATIENCE };
        let webhook = Webhook { sid: &sid, kind: WebhookKind::Document, target, params, patience };
        let outcome = self.line.during(office.send(webhook)).await?;
        office.tell(&sid, office.elapsed(), Happening::Document);
        Ok(match outcome {
            Ok((reply, from)) => self.page_of(&reply, &from),
            Err(failure) => Err(Fault::new(failure.code(), "the document could not be had")),
        })
    }

    /// `CallStatus` as a request for a document says it: a caller hears ringing until the first one came.
    fn status(&self, call: &CallRecord) -> &'static str {
        if call.direction == Direction::Inbound && self.hops == 1 { "ringing" } else { "in-progress" }
    }

    fn page_of(&self, reply: &Reply, from: &Target) -> Result<Document, Fault> {
        if reply.status >= 400 {
            return Err(Fault::new(11_200, format!("the document was answered {}", reply.status)));
        }
        if reply.body.is_empty() {
            return Err(Fault::new(11_770, "the document is empty"));
        }
        let kind = reply.header(&header::CONTENT_TYPE).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let body = String::from_utf8_lossy(&reply.body);
        let base = Base::Url(from.address().to_owned());
        match kind.as_str() {
            "text/xml" | "application/xml" | "text/html" => self.read(&body, &base),
            "text/plain" if body.trim_start().starts_with('<') => self.read(&body, &base),
            // This is why a server must never answer with an error's text.
            "text/plain" => {
                let verbs = vec![Verb::Say { text: body.into_owned(), times: 1 }, Verb::Hangup];
                Ok(Document { verbs, warnings: Vec::new() })
            }
            kind if kind.starts_with("audio/") => {
                let verbs = vec![Verb::Play { target: from.clone(), times: 1 }, Verb::Hangup];
                Ok(Document { verbs, warnings: Vec::new() })
            }
            other => Err(Fault::new(12_300, format!("{other:?} is no content type for a document"))),
        }
    }

    fn read(&self, xml: &str, base: &Base) -> Result<Document, Fault> {
        self.office().with_call(&self.line.sid, |call| call.documents.push(xml.to_owned()));
        let document = Document::parse(xml, base)?;
        for warning in &document.warnings {
            self.problem(warning.clone());
        }
        Ok(document)
    }

    /// Fetches a sound file as mu-law; anything but 8 kHz WAV becomes a second of tone.
    pub(super) async fn sound_at(&mut self, target: &Target) -> Result<Result<Bytes, Fault>, Break> {
        let office = Arc::clone(self.office());
        let sid = self.line.sid.clone();
        let kind = WebhookKind::Media;
        let webhook = Webhook { sid: &sid, kind, target, params: Vec::new(), patience: PATIENCE };
        let outcome = self.line.during(office.send(webhook)).await?;
        Ok(outcome.map_err(not_had).and_then(|(reply, _)| super::wav::sound_of(&reply)))
    }
}

fn not_had(failure: Failure) -> Fault {
    Fault::new(failure.code(), "the sound could not be had")
}
