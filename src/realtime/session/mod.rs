//! The realtime session: events and elapsed time in, commands and the next deadline out. No I/O.
//!
//! One session lives as long as the line's stream and outlives a lost model connection. Its parts each
//! know one thing (`output` the line's queue, `uplink` her audio, `silence` the ladder, `tools` the
//! model's wishes); `turns` follows who speaks, `closing` brings the call to its end.

mod asking;
mod closing;
mod output;
mod proving;
mod silence;
#[cfg(test)]
mod tests;
mod tools;
mod transcript;
mod turns;
mod uplink;

use std::time::Duration;

use jiff::Timestamp;

use self::closing::Closing;
use self::output::Output;
use self::proving::Answers;
use self::silence::Silence;
use self::transcript::Transcript;
use self::turns::Turns;
use self::uplink::Uplink;
use super::audio::tone;
use super::events::{Command, Request, Why};
use super::plan::Plan;
use super::pump::Seen;
use super::report::{Counters, Ending, Note, Report};
use crate::coach::proving::Proving;
use crate::coach::silence::SilenceStep;
use crate::coach::verdict::Verdict;
use crate::domain::money::MicroDollars;
use crate::domain::utterance::Utterance;

pub(crate) use self::tools::{CHECK_ANSWER, CONFIRM_AWAKE, END_CALL, SNOOZE};
pub use self::uplink::Inbound;

/// The greeting was asked for while the phone rang: no audio of it so long after the start means no model.
const GREETING_PATIENCE: Duration = Duration::from_secs(4);
/// Any other answer must show within this; models that think need a few seconds.
const ANSWER_PATIENCE: Duration = Duration::from_secs(8);
/// A lost connection must speak again within this.
const RECONNECT_PATIENCE: Duration = Duration::from_secs(3);
/// Connections replaced in one call. A second loss is answered by traditional mode.
const RECONNECTS: u32 = 1;

/// The number under which the greeting, or the first words of a new connection, were asked for.
pub const FIRST_REQUEST: u64 = 1;

/// One conversation.
#[derive(Debug)]
pub struct Session {
    plan: Plan,
    origin: Duration,
    /// Counts the model's connections; items of an older one cannot be cut any more.
    connection: u32,
    reconnecting: bool,
    output: Output,
    uplink: Uplink,
    silence: Silence,
    turns: Turns,
    closing: Closing,
    transcript: Transcript,
    proving: Proving,
    answers: Answers,
    /// Some sign of an answer must come by then.
    watch: Option<Duration>,
    verdict: Option<Verdict>,
    cost: MicroDollars,
    first_audio_after: Option<Duration>,
    barge_ins: u32,
    reconnects: u32,
    counters: Counters,
    over: bool,
}

impl Session {
    /// A session whose stream starts now; the greeting has been asked for already.
    pub fn start(plan: Plan, started_at: Timestamp, now: Duration, out: &mut Vec<Command>) -> Self {
        let greeting = Request { why: Why::Greeting, instructions: Some(plan.greeting.clone()) };
        let mut session = Self {
            origin: now,
            connection: 1,
            reconnecting: false,
            output: Output::default(),
            uplink: Uplink::default(),
            silence: Silence::new(plan.silence),
            turns: Turns::asked(greeting),
            closing: Closing::default(),
            transcript: Transcript::new(started_at, now),
            proving: plan.proving.clone(),
            answers: Answers::default(),
            watch: Some(now + GREETING_PATIENCE),
            verdict: None,
            cost: MicroDollars::default(),
            first_audio_after: None,
            barge_ins: 0,
            reconnects: 0,
            counters: Counters::default(),
            over: false,
            plan,
        };
        session.output.probe(now, out);
        if session.conclude_if_done(now, out) {
            // She was quicker than the telephone.
            session.say_goodbye(now, out);
        }
        session
    }

    /// Audio from the line: `bytes` of it, starting at `timestamp_ms` of the line's time.
    pub fn on_frame(&mut self, timestamp_ms: u64, bytes: usize, now: Duration) -> Inbound {
        self.output.playhead.on_media(timestamp_ms, now);
        self.uplink.on_frame(timestamp_ms, bytes, now)
    }

    /// The line has played up to one of our marks, or thrown it away.
    pub fn on_mark(&mut self, name: &str, now: Duration, out: &mut Vec<Command>) {
        self.output.on_echo(name, now);
        self.on_tick(now, out);
    }

    /// She pressed a key: no words, but no silence either.
    pub fn on_key(&mut self, key: char, now: Duration, out: &mut Vec<Command>) {
        self.silence.reset();
        out.push(Command::Note(Note::Key(key)));
        if !self.snooze_by_key(key, now, out) {
            self.judge_key(key, now, out);
        }
        self.on_tick(now, out);
    }

    /// Something was seen from outside the call: congratulate, and end it when nothing else is outstanding.
    pub fn on_proof(&mut self, seen: &Seen, now: Duration, out: &mut Vec<Command>) {
        self.see(seen.proof, &seen.reason, now, out);
        self.on_tick(now, out);
    }

    /// The stream or the program stops.
    pub fn on_stop(&mut self, ending: Ending, out: &mut Vec<Command>) {
        self.end(ending, out);
    }

    /// The model's connection is gone; another may be tried when `retriable`.
    pub fn on_model_lost(&mut self, reason: &str, retriable: bool, now: Duration, out: &mut Vec<Command>) {
        self.lose_model(reason, retriable, now, out);
        self.on_tick(now, out);
    }

    /// A new connection stands, knows the conversation, and has been asked to speak.
    pub fn on_reconnected(&mut self, now: Duration, out: &mut Vec<Command>) {
        self.reconnecting = false;
        self.turns =
            Turns::asked(Request { why: Why::Reseeded, instructions: Some(self.plan.reseeded.clone()) });
        out.push(Command::Note(Note::Reconnected));
        if self.proving.has_task() {
            // The new connection knows what was said, not what is still to be asked.
            out.push(Command::Tell(format!("(Note from the telephone.) {}", self.next_step())));
        }
        self.on_tick(now, out);
    }

    /// What was said before and during this call, for a new connection.
    pub fn history(&self, now: Duration) -> Vec<Utterance> {
        let mut history = self.plan.prior.clone();
        history.extend(self.transcript.so_far(&self.output, now));
        history
    }

    /// Counts an event that could not be read; the conversation goes on.
    pub fn on_garbled(&mut self) {
        self.counters.garbled_events += 1;
    }

    /// When [`Session::on_tick`] wants to be called, if nothing happens before.
    pub fn deadline(&self) -> Duration {
        let line_closes = self.origin + self.plan.longest_call;
        let deadlines = [
            self.output.due(),
            self.output.echo_due(),
            self.uplink.due(self.turns.speech_open && !self.reconnecting),
            self.silence.due(),
            self.watch,
            self.turns.tools_due(),
            self.closing_due(),
        ];
        deadlines.into_iter().flatten().fold(line_closes, Duration::min)
    }

    /// Does all that is due by now.
    pub fn on_tick(&mut self, now: Duration, out: &mut Vec<Command>) {
        if self.over {
            return;
        }
        self.supply_line(now, out);
        let silence = self.uplink.tick(self.turns.speech_open && !self.reconnecting, now);
        if silence > 0 {
            out.push(Command::AppendSilence { bytes: silence });
        }
        self.answers.observe(self.output.is_idle(), now);
        self.answer_tools(now, out);
        for said in self.transcript.record(&mut self.output, now) {
            out.push(Command::Note(Note::Utterance(said)));
        }
        if self.watch.is_some_and(|due| due <= now) {
            self.watch = None;
            self.lose_model("no answer", true, now, out);
        }
        self.climb_ladder(now, out);
        self.close_when_due(now, out);
        if now >= self.origin + self.plan.longest_call {
            self.end(if self.verdict.is_some() { Ending::Finished } else { Ending::TimeLimit }, out);
        }
    }

    fn supply_line(&mut self, now: Duration, out: &mut Vec<Command>) {
        self.output.tick(now, out);
        if self.first_audio_after.is_none() && self.output.frames_out > 0 {
            let after = now.saturating_sub(self.origin);
            self.first_audio_after = Some(after);
            out.push(Command::Note(Note::FirstAudio(after)));
        }
    }

    /// Nothing to play, nothing asked for, nobody speaking.
    fn is_quiet(&self) -> bool {
        self.output.is_idle() && self.turns.is_idle() && self.watch.is_none() && !self.reconnecting
    }

    fn climb_ladder(&mut self, now: Duration, out: &mut Vec<Command>) {
        let waiting = self.verdict.is_none() && !self.closing.has_begun();
        self.silence.observe(waiting && self.is_quiet(), now);
        let Some(step) = self.silence.tick(now).filter(|_| !self.over) else { return };
        out.push(Command::Note(Note::Silence(step)));
        let text = match step {
            SilenceStep::GiveUp => return self.end(Ending::FellSilent, out),
            SilenceStep::Nudge => self.plan.nudges.nudge.clone(),
            SilenceStep::Tone => {
                self.output.play_sound(&tone());
                self.supply_line(now, out);
                self.plan.nudges.tone.clone()
            }
        };
        let text = self.after_silence(text, out);
        out.push(Command::Tell(text));
        self.want(Request { why: Why::Nudge, instructions: None }, now, out);
        self.silence.observe(false, now);
    }

    fn lose_model(&mut self, reason: &str, retriable: bool, now: Duration, out: &mut Vec<Command>) {
        // The last words are here already; nothing more is wanted of the model.
        if self.over || self.closing.is_heard_out_without_model() {
            return;
        }
        if !retriable || self.reconnects >= RECONNECTS {
            return self.end(Ending::ModelLost { reason: reason.to_owned() }, out);
        }
        self.reconnects += 1;
        self.connection += 1;
        self.reconnecting = true;
        self.turns = Turns::default();
        self.transcript.forget_turns();
        self.answers.forget();
        self.output.finish_all();
        self.watch = Some(now + RECONNECT_PATIENCE);
        out.push(Command::Note(Note::Reconnecting { reason: reason.to_owned() }));
        out.push(Command::Reconnect);
    }

    fn end(&mut self, ending: Ending, out: &mut Vec<Command>) {
        if !std::mem::replace(&mut self.over, true) {
            out.push(Command::End(ending));
        }
    }

    /// The report of a call that ended now.
    pub fn report(&self, ending: Ending, now: Duration) -> Report {
        Report {
            ending,
            utterances: self.transcript.so_far(&self.output, now),
            verdict: self.verdict.clone(),
            cost: self.cost,
            first_audio_after: self.first_audio_after,
            barge_ins: self.barge_ins,
            reconnects: self.reconnects,
            counters: Counters {
                frames_in: self.uplink.frames_in,
                frames_out: self.output.frames_out,
                stale_frames: self.uplink.stale_frames,
                filled_ms: self.uplink.filled_ms,
                ..self.counters
            },
        }
    }
}
