//! Verbs, carried out one after another.

use std::time::Duration;

use bytes::Bytes;

use crate::simulator::voices::{self, Voice};

use super::converse::{Conversation, Next};
use super::document::{Document, Fault};
use super::gather::{Gather, Got, Listening, action_params};
use super::ledger::{Happening, WebhookKind};
use super::line::{Break, Heard};
use super::params::{self, param};
use super::verbs::{Record, Verb};

/// What a trial account hears in place of a verb it may not use.
const NOT_ON_TRIAL: &str = "This verb is not available on trial accounts.";

/// The beep before a recording: half a second.
const BEEP_BYTES: usize = 4_000;

/// Whether the document is left, and where for; or why it cannot go on.
type Outcome = Result<Option<Next>, Fault>;

impl Conversation<'_> {
    /// Executes a document; where it leads, or what was wrong with it.
    pub(super) async fn execute(&mut self, document: Document) -> Result<Result<Next, Fault>, Break> {
        for verb in document.verbs {
            match self.verb(&verb).await? {
                Ok(None) => {}
                Ok(Some(next)) => return Ok(Ok(next)),
                Err(fault) => return Ok(Err(fault)),
            }
        }
        Ok(Ok(Next::HangUp))
    }

    async fn verb(&mut self, verb: &Verb) -> Result<Outcome, Break> {
        let trial = self.office().options.trial;
        match verb {
            Verb::Fails(fault) => return Ok(Err(fault.clone())),
            Verb::Hangup | Verb::Reject { .. } => return Ok(Ok(Some(Next::HangUp))),
            Verb::Redirect(target) => return Ok(Ok(Some(Next::fetch(target.clone())))),
            Verb::Connect { .. } | Verb::Record(_) if trial => {
                self.say(NOT_ON_TRIAL, |_, _| false).await?;
            }
            Verb::Say { .. } | Verb::Play { .. } | Verb::Pause(_) => {
                return Ok(self.prompt(verb, |_, _| false).await?.map(|_| None));
            }
            Verb::Gather(gather) => return Ok(Ok(self.gather(gather).await?)),
            Verb::Record(record) => return Ok(Ok(Some(self.record(record).await?))),
            Verb::Connect { action, stream } => {
                self.stream(stream).await?;
                return Ok(Ok(action.clone().map(Next::fetch)));
            }
        }
        Ok(Ok(None))
    }

    /// Says, plays or pauses; whether something she did cut it short.
    async fn prompt(
        &mut self,
        verb: &Verb,
        mut stops: impl FnMut(Duration, Heard) -> bool,
    ) -> Result<Result<bool, Fault>, Break> {
        match verb {
            Verb::Say { text, times } => {
                for _ in 0..*times {
                    if self.say(text, &mut stops).await? {
                        return Ok(Ok(true));
                    }
                }
            }
            Verb::Play { target, times } => {
                let sound = match self.sound_at(target).await? {
                    Ok(sound) => sound,
                    Err(fault) => return Ok(Err(fault)),
                };
                for _ in 0..*times {
                    if self.line.play(&sound, &mut stops).await? {
                        return Ok(Ok(true));
                    }
                }
            }
            Verb::Pause(length) => return Ok(Ok(self.line.pause(*length, stops).await?)),
            _ => {}
        }
        Ok(Ok(false))
    }

    async fn say(&mut self, text: &str, stops: impl FnMut(Duration, Heard) -> bool) -> Result<bool, Break> {
        let office = self.office();
        office.with_call(&self.line.sid, |call| call.said.push(text.to_owned()));
        let what = Happening::CoachSaid { text: text.to_owned() };
        office.tell(&self.line.sid, office.elapsed(), what);
        self.line.person.hears(text);
        let sound = voices::speech_for(text, Voice::Coach);
        self.line.play(&sound, stops).await
    }

    async fn gather(&mut self, gather: &Gather) -> Result<Option<Next>, Break> {
        let mut listening = Listening::new(gather);
        let mut got = None;
        for prompt in &gather.prompts {
            let cut = self.prompt(prompt, |at, heard| hear(&mut listening, &mut got, at, heard)).await?;
            match cut {
                Ok(true) => break,
                Ok(false) => {}
                Err(fault) => self.problem(fault),
            }
        }
        listening.prompts_ended(self.office().elapsed());
        while got.is_none() {
            let (at, heard) = self.line.until(listening.deadline).await?;
            match heard {
                Heard::Nothing => got = Some(listening.result()),
                heard => {
                    self.tell_partial(gather, &heard);
                    hear(&mut listening, &mut got, at, heard);
                }
            }
        }
        let params = action_params(gather, &got.unwrap_or(Got::Nothing));
        Ok(params.map(|params| Next::Fetch { target: gather.action.clone(), params }))
    }

    fn tell_partial(&self, gather: &Gather, heard: &Heard) {
        let (Some(target), Heard::Finished { text, .. }) = (&gather.partial, heard) else { return };
        let mut params = {
            let books = self.office().books();
            let Some(call) = books.find(&self.line.sid) else { return };
            params::standard(&self.office().options.account_sid, call, "in-progress")
        };
        params.push(param("UnstableSpeechResult", text));
        self.callbacks.send(WebhookKind::Partial, "partial", target.clone(), params);
    }

    async fn record(&mut self, record: &Record) -> Result<Next, Break> {
        if record.beep {
            self.line.play(&Bytes::from(vec![0x8f; BEEP_BYTES]), |_, _| false).await?;
        }
        let started_at = self.office().elapsed();
        let latest = started_at + record.longest;
        let mut deadline = Some(started_at + record.silence);
        let mut digits = String::new();
        loop {
            let (at, heard) = self.line.until(Some(deadline.unwrap_or(latest).min(latest))).await?;
            match heard {
                Heard::Nothing => break,
                Heard::Began(_) => deadline = None,
                Heard::Finished { .. } => deadline = Some(at + record.silence),
                Heard::Key(key) if record.finish_on.contains(key) => {
                    digits.push(key);
                    break;
                }
                Heard::Key(_) => {}
            }
        }
        let length = self.office().elapsed().saturating_sub(started_at);
        let account = &self.office().options.account_sid;
        let recording = self.office().sid("RE");
        let url = format!("https://api.twilio.com/2010-04-01/Accounts/{account}/Recordings/{recording}");
        let params = vec![
            param("RecordingSid", recording),
            param("RecordingUrl", url),
            param("RecordingDuration", params::whole_seconds(length).to_string()),
            param("Digits", digits),
        ];
        Ok(Next::Fetch { target: record.action.clone(), params })
    }
}

/// Lets a Gather know what she did; whether a prompt stops for it.
fn hear(listening: &mut Listening<'_>, got: &mut Option<Got>, at: Duration, heard: Heard) -> bool {
    match heard {
        Heard::Nothing => false,
        Heard::Began(_) => listening.speech_began(at),
        Heard::Finished { text, confidence } => {
            listening.speech_ended(at, &text, confidence);
            false
        }
        Heard::Key(key) => {
            *got = listening.key(at, key);
            got.is_some() || listening.deadline.is_some()
        }
    }
}
