//! One turn of a traditional call: what was heard comes in, the next voice document goes out.

use std::time::Duration;

use super::fall_back::NO_DOCUMENT;
use super::{CallError, Calls, What, words_may_be_lost};
use crate::coach::memory::MemoryKind;
use crate::coach::persona::Briefing;
use crate::coach::proving::Proving;
use crate::coach::silence::SilenceStep;
use crate::domain::attempt::Outcome;
use crate::domain::ids::Nonce;
use crate::domain::mode::CallMode;
use crate::domain::utterance::{Speaker, Utterance};
use crate::store::attempts::AttemptRecord;
use crate::telephony::callbacks::GatherResult;
use crate::telephony::twiml::{self, Document, Gather, Voice};
use crate::traditional::task;
use crate::traditional::turn::{self, Heard, Next, Reply, Source, Turn};

/// A carrier that asks for a turn twice at once gets the first one's document if it comes in this time.
const SAME_TURN_WITHIN: Duration = Duration::from_secs(7);
const SAME_TURN_EVERY: Duration = Duration::from_millis(100);
/// A sleepy speaker pauses; this much silence ends her answer (the carrier takes whole seconds).
const SPEECH_ENDS_AFTER: Duration = Duration::from_secs(2);
/// The carrier's model for telephone speech, which it has for English; others get its general one, since a
/// pair of model and language that does not exist fails the whole verb.
fn speech_model(language: &str) -> &'static str {
    if language.starts_with("en-") { "phone_call" } else { "default" }
}

impl Calls {
    /// The first words in traditional mode, or the first after a fall back.
    pub(super) async fn traditional_opening(&self, record: &AttemptRecord) -> Result<Document, CallError> {
        let briefing = self.briefing_for(record).await?;
        let fell_back = record.attempt.fell_back.is_some() && record.ticket_used_at.is_some();
        let reply = turn::opening(&briefing, fell_back, &self.proving_of(record).await?);
        self.speak(record, record.turn, 0, None, &reply, &briefing).await
    }

    /// She is up and the model is gone: the goodbye, and the end of the call.
    pub(super) async fn say_goodbye(&self, record: &AttemptRecord) -> Result<Document, CallError> {
        let briefing = self.briefing_for(record).await?;
        let reply = turn::farewell(&briefing);
        self.speak(record, record.turn, 0, None, &reply, &briefing).await
    }

    /// What she answered, and what the coach says to that.
    pub async fn hear(&self, nonce: &Nonce, turn: u32, result: &GatherResult) -> Result<Document, CallError> {
        let record = self.store.find_attempt_by_nonce(nonce).await?.ok_or(CallError::Unknown)?;
        if !record.attempt.state.is_open() {
            return Ok(twiml::hang_up());
        }
        if record.attempt.effective_mode() == CallMode::Realtime {
            // The emergency lines were spoken: nobody will talk to the model any more.
            self.mark_fell_back(&record, NO_DOCUMENT).await?;
        }
        // The carrier asks for turns that we named; one with none after it is answered as any other odd one.
        let Some(next) = turn.checked_add(1) else { return self.same_turn_again(&record, turn).await };
        let heard = heard(result);
        let silent = heard == Heard::Silence;
        let mut change = self.store.change().await?;
        let taken = change.take_turn(record.attempt.id, turn, silent).await?;
        change.commit().await?;
        if !taken {
            return self.same_turn_again(&record, next).await;
        }
        let silences = if silent { record.silences + 1 } else { 0 };
        let mut briefing = self.briefing_for(&record).await?;
        let nothing_heard = briefing.conversation.iter().all(|said| said.speaker == Speaker::Coach);
        if let (Heard::Speech { text, .. }, true) = (&heard, nothing_heard)
            && briefing.language.tongue().is_machine(text)
        {
            self.machine_answered(record.attempt.id).await?;
            return Ok(twiml::hang_up());
        }
        let proving = self.proving_of(&record).await?;
        let before = record.proving.as_ref().map_or(proving.outstanding(), Proving::outstanding);
        let question = briefing.conversation.iter().rfind(|said| said.speaker == Speaker::Coach);
        let thought_for =
            question.and_then(|asked| task::thought_for(asked, &heard, SPEECH_ENDS_AFTER, self.clock.now()));
        let said = heard.transcript().map(|text| self.utterance(Speaker::Sleeper, &text));
        briefing.conversation.extend(said.clone());
        let answering = Turn {
            briefing: &briefing,
            conversation: &briefing.conversation,
            heard: &heard,
            silences,
            turn: next,
            proving: &proving,
            arrived: before != proving.outstanding(),
            snooze_key: self.policy.snooze_key,
            thought_for,
        };
        let reply = turn::reply(self.chat.as_ref(), &answering, &self.clock).await;
        if silent {
            let step = [SilenceStep::Nudge, SilenceStep::Tone, SilenceStep::GiveUp]
                [(silences.clamp(1, 3) - 1) as usize];
            self.tell(record.attempt.occurrence, Some(record.attempt.id), What::Silence(step));
        }
        self.speak(&record, next, silences, said, &reply, &briefing).await
    }

    /// Writes both sides of the turn down and makes the document that speaks the coach's.
    async fn speak(
        &self,
        record: &AttemptRecord,
        turn: u32,
        silences: u32,
        heard: Option<Utterance>,
        reply: &Reply,
        briefing: &Briefing,
    ) -> Result<Document, CallError> {
        let attempt = &record.attempt;
        let document = self.document_for(record, turn, silences, reply, briefing);
        let said = self.utterance(Speaker::Coach, &reply.say);
        let mut change = self.store.change().await?;
        let words: Vec<Utterance> = heard.into_iter().chain([said]).collect();
        words_may_be_lost(attempt.id, change.record_utterances(attempt.id, &words).await);
        let seen = match &reply.proving {
            Some(proving) => self.keep_proving(&mut change, record, proving, self.clock.now()).await?,
            None => Vec::new(),
        };
        if let Some(verdict) = &reply.verdict {
            change.set_verdict(attempt.id, verdict).await?;
        }
        if let Some(ending) = ending(reply.next) {
            change.set_ending(attempt.id, ending).await?;
        }
        if let Source::Scripted { why } = &reply.source {
            change.record_history(attempt.id, "scripted_line", why, self.clock.now()).await?;
        }
        if let Some(line) = &reply.remember {
            change.remember(attempt.sleeper, MemoryKind::Said, line, self.clock.now()).await?;
        }
        change.add_cost(attempt.id, reply.cost).await?;
        change.set_document(attempt.id, document.as_str()).await?;
        change.commit().await?;
        for utterance in words {
            self.tell(attempt.occurrence, Some(attempt.id), What::Said(utterance));
        }
        for seen in seen {
            self.tell(attempt.occurrence, Some(attempt.id), seen);
        }
        if let Some(verdict) = &reply.verdict {
            self.tell(attempt.occurrence, Some(attempt.id), What::Satisfied(verdict.clone()));
        }
        Ok(document)
    }

    fn document_for(
        &self,
        record: &AttemptRecord,
        turn: u32,
        silences: u32,
        reply: &Reply,
        briefing: &Briefing,
    ) -> Document {
        let voice = Voice::of(briefing.language.as_str());
        if reply.next != Next::Ask {
            return twiml::say_and_hang_up(&[&reply.say], &voice);
        }
        let hints: Vec<&str> = briefing.hints.iter().map(String::as_str).collect();
        let tone = reply.tone_first.then(|| self.addresses.wake_tone());
        twiml::gather(&Gather {
            lines: &[&reply.say],
            sound: tone.as_ref(),
            voice: &voice,
            action: &self.addresses.handle_response(&record.attempt.nonce, turn),
            timeout: Duration::from_secs(turn::listen_secs(silences).into()),
            speech_timeout: SPEECH_ENDS_AFTER,
            speech_model: speech_model(&voice.language),
            language: &voice.language,
            hints: &hints,
            // Keys of an answer are taken as soon as there are enough of them; without a task, each by itself.
            num_digits: reply.proving.as_ref().and_then(Proving::digits).or(Some(1)),
            finish_on_key: Some('#'),
        })
    }

    /// The carrier repeats the turn before `next`, which was taken: the same document, as soon as it stands.
    async fn same_turn_again(&self, record: &AttemptRecord, next: u32) -> Result<Document, CallError> {
        let give_up_at = self.clock.elapsed() + SAME_TURN_WITHIN;
        loop {
            let current = self.store.load_attempt(record.attempt.id).await?;
            if let (Some(document), true) = (current.document, current.turn == next) {
                return Ok(Document::stored(document));
            }
            if current.turn != next || self.clock.elapsed() > give_up_at {
                let action = self.addresses.handle_response(&record.attempt.nonce, current.turn);
                return Ok(twiml::static_wake_up(&action, self.tongue_of(&record.attempt.nonce)));
            }
            self.clock.sleep(SAME_TURN_EVERY).await;
        }
    }

    pub(super) fn utterance(&self, speaker: Speaker, text: &str) -> Utterance {
        Utterance { speaker, text: text.to_owned(), said_at: self.clock.now(), interrupted: false }
    }
}

fn heard(result: &GatherResult) -> Heard {
    match (&result.speech, &result.digits) {
        (Some(text), _) => Heard::Speech { text: text.clone(), confidence: result.confidence.map(f64::from) },
        (None, Some(digits)) => Heard::Keys(digits.clone()),
        // A lone `#` is no digit, but somebody pressed it.
        (None, None) => result.finished_on_key.map_or(Heard::Silence, |key| Heard::Keys(key.to_string())),
    }
}

fn ending(next: Next) -> Option<Outcome> {
    match next {
        Next::Ask => None,
        Next::HangUp => Some(Outcome::Up),
        Next::GiveUp => Some(Outcome::FellSilent),
        Next::Snooze { .. } => Some(Outcome::Snoozed),
    }
}
