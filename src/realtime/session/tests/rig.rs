//! A session with a line at its side: plays out on its own clock, echoes marks, sends frames.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::money::MicroDollars;
use crate::realtime::audio::playing_time;
use crate::realtime::events::{Command, Fault, ModelEvent, Request, ResponseStatus, ToolCall, Why};
pub use crate::realtime::fake::plan;
use crate::realtime::plan::Plan;
use crate::realtime::report::{Ending, Note, Report};
use crate::realtime::session::Session;

pub fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The session, its line, and everything it wanted so far except sound and marks.
pub struct Rig {
    pub session: Session,
    pub now: Duration,
    /// One way, to the line or back.
    pub delay: Duration,
    /// What the session wanted, without the line's business.
    pub wanted: Vec<Command>,
    /// Bytes sent to the line.
    pub sent: u64,
    /// Bytes really played, as of the last `clear` or now.
    played: Vec<(Duration, u64)>,
    pub cleared: u32,
    line_cursor: Duration,
    echoes: VecDeque<(Duration, String)>,
    next_frame: Option<Duration>,
}

impl Rig {
    pub fn new() -> Self {
        Self::with(plan(), ms(0))
    }

    pub fn with(plan: Plan, delay: Duration) -> Self {
        let mut out = Vec::new();
        let session = Session::start(plan, Timestamp::UNIX_EPOCH, Duration::ZERO, &mut out);
        let mut rig = Self {
            session,
            now: Duration::ZERO,
            delay,
            wanted: Vec::new(),
            sent: 0,
            played: Vec::new(),
            cleared: 0,
            line_cursor: Duration::ZERO,
            echoes: VecDeque::new(),
            next_frame: None,
        };
        rig.obey(out);
        rig
    }

    /// From now on the line sends a frame each 20 ms, which gives the session its clock.
    pub fn send_frames(&mut self) {
        self.next_frame = Some(self.now);
    }

    fn obey(&mut self, commands: Vec<Command>) {
        let arrives = self.now + self.delay;
        for command in commands {
            match command {
                Command::Play(frame) => {
                    let bytes = frame.as_bytes().len() as u64;
                    let starts = self.line_cursor.max(arrives);
                    self.played.push((starts, bytes));
                    self.line_cursor = starts + playing_time(bytes);
                    self.sent += bytes;
                }
                Command::Mark(name) => {
                    let at = self.line_cursor.max(arrives) + self.delay;
                    self.echoes.push_back((at, name));
                }
                Command::Clear => {
                    self.cleared += 1;
                    self.played = self
                        .played
                        .iter()
                        .map(|(at, bytes)| (*at, played_by(*at, *bytes, arrives)))
                        .collect();
                    self.line_cursor = arrives;
                    // A real line echoes all pending marks, as if they had been played.
                    self.echoes.iter_mut().for_each(|echo| echo.0 = echo.0.min(arrives + self.delay));
                }
                other => self.wanted.push(other),
            }
        }
    }

    /// What the sleeper's ear has got in all, in milliseconds, when a `clear` sent now would arrive.
    pub fn truly_heard_ms(&self) -> u64 {
        let at = self.now + self.delay;
        self.played.iter().map(|(from, bytes)| played_by(*from, *bytes, at)).sum::<u64>() / 8
    }

    pub fn act(&mut self, act: impl FnOnce(&mut Session, Duration, &mut Vec<Command>)) {
        let mut out = Vec::new();
        act(&mut self.session, self.now, &mut out);
        self.obey(out);
    }

    pub fn model(&mut self, event: ModelEvent<'_>) {
        self.act(|session, now, out| session.on_model(event, now, out));
    }

    /// Lets time pass, doing everything that falls due.
    pub fn run_to(&mut self, millis: u64) {
        let end = ms(millis);
        while !self.ended() {
            let echo = self.echoes.front().map(|echo| echo.0);
            let due = self.session.deadline();
            let next = [Some(due), echo, self.next_frame].into_iter().flatten().min().filter(|at| *at <= end);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
            if echo == Some(next) {
                let (_, name) = self.echoes.pop_front().unwrap();
                self.act(|session, now, out| session.on_mark(&name, now, out));
            } else if self.next_frame == Some(next) {
                self.frame();
            } else {
                self.act(Session::on_tick);
            }
        }
        self.now = self.now.max(end);
    }

    fn frame(&mut self) {
        let (Some(at), now) = (self.next_frame, self.now) else { return };
        let stamp = at.saturating_sub(self.delay);
        let stamp = u64::try_from(stamp.as_millis()).unwrap();
        self.session.on_frame(stamp, 160, now);
        self.next_frame = Some(at + ms(20));
    }

    pub fn run_for(&mut self, millis: u64) {
        let now = u64::try_from(self.now.as_millis()).unwrap();
        self.run_to(now + millis);
    }

    pub fn ended(&self) -> bool {
        self.ending().is_some()
    }

    pub fn ending(&self) -> Option<Ending> {
        self.wanted.iter().find_map(|command| match command {
            Command::End(ending) => Some(ending.clone()),
            _ => None,
        })
    }

    /// Takes what the session wanted, without notes.
    pub fn take(&mut self) -> Vec<Command> {
        let wanted = std::mem::take(&mut self.wanted);
        wanted.into_iter().filter(|command| !matches!(command, Command::Note(_))).collect()
    }

    pub fn asks(&self) -> Vec<Why> {
        let why = |command: &Command| match command {
            Command::Ask { ask, .. } => Some(ask.why),
            _ => None,
        };
        self.wanted.iter().filter_map(why).collect()
    }

    pub fn notes(&self) -> Vec<&Note> {
        let note = |command: &'_ Command| matches!(command, Command::Note(_));
        let notes = self.wanted.iter().filter(|command| note(command));
        notes.map(|command| if let Command::Note(note) = command { note } else { unreachable!() }).collect()
    }

    pub fn report(&self) -> Report {
        self.session.report(self.ending().unwrap_or(Ending::Cancelled), self.now)
    }

    // What the model says.

    pub fn starts(&mut self, response: &'static str, why: Option<Why>) {
        self.model(ModelEvent::ResponseStarted { response: response.into(), why });
    }

    pub fn audio(&mut self, response: &'static str, item: &'static str, millis: usize) {
        let audio = vec![0x7E; millis * 8];
        self.model(ModelEvent::Audio {
            response: response.into(),
            item: item.into(),
            content_index: 0,
            audio,
        });
    }

    pub fn audio_done(&mut self, item: &'static str, words: &'static str) {
        self.model(ModelEvent::AudioDone { item: item.into() });
        self.model(ModelEvent::WordsDone { item: item.into(), text: words.into() });
    }

    pub fn ends(&mut self, response: &'static str) {
        self.ends_as(response, ResponseStatus::Completed);
    }

    pub fn ends_as(&mut self, response: &'static str, status: ResponseStatus) {
        self.model(ModelEvent::ResponseEnded { response: response.into(), status, cost: MicroDollars(100) });
    }

    pub fn fails(&mut self, response: &'static str, fault: Fault, code: &str) {
        self.ends_as(response, ResponseStatus::Failed { fault, code: code.to_owned() });
    }

    /// A whole response of one item.
    pub fn says(
        &mut self,
        response: &'static str,
        why: Option<Why>,
        item: &'static str,
        millis: usize,
        words: &'static str,
    ) {
        self.starts(response, why);
        self.audio(response, item, millis);
        self.audio_done(item, words);
        self.ends(response);
    }

    /// The greeting, heard to its end.
    pub fn greet(&mut self) {
        self.says("r1", Some(Why::Greeting), "i1", 1_000, "Good morning Anna");
        self.run_for(1_100);
    }

    pub fn calls(&mut self, response: &'static str, id: &str, name: &str, arguments: &str) {
        let call = ToolCall { id: id.to_owned(), name: name.to_owned(), arguments: arguments.to_owned() };
        self.model(ModelEvent::ToolCalled { response: response.into(), call });
    }

    pub fn speech_starts(&mut self, item: &'static str) {
        self.model(ModelEvent::SpeechStarted { item: item.into() });
    }

    pub fn speech_stops(&mut self, item: &'static str) {
        self.model(ModelEvent::SpeechStopped { item: item.into() });
    }

    pub fn heard(&mut self, item: &'static str, words: &'static str) {
        self.model(ModelEvent::Heard { item: item.into(), text: Some(words.into()) });
    }

    /// She says something, and the model has understood it.
    pub fn sleeper_says(&mut self, item: &'static str, words: &'static str) {
        self.speech_starts(item);
        self.run_for(800);
        self.speech_stops(item);
        self.heard(item, words);
    }

    /// Three answers of hers with a reply between them: enough for a claim.
    pub fn chat(&mut self) {
        self.greet();
        self.sleeper_says("u0", "the early shift");
        self.sleeper_says("u1", "I am making tea");
        self.says("r2", None, "i2", 1_000, "What day is it?");
        self.run_for(1_100);
        self.sleeper_says("u2", "it is Monday");
    }

    pub fn complains(&mut self, fault: Fault, code: &str, request: Option<u64>) {
        self.model(ModelEvent::Complaint { fault, code: code.to_owned(), request });
    }
}

fn played_by(from: Duration, bytes: u64, at: Duration) -> u64 {
    (u64::try_from(at.saturating_sub(from).as_micros()).unwrap() / 125).min(bytes)
}

/// The one request for speech in `commands`.
pub fn asked(commands: &[Command]) -> Vec<(u64, Request)> {
    let ask = |command: &Command| match command {
        Command::Ask { request, ask } => Some((*request, ask.clone())),
        _ => None,
    };
    commands.iter().filter_map(ask).collect()
}

impl Rig {
    /// The line sends no more frames.
    pub fn silence_line(&mut self) {
        self.next_frame = None;
    }
}
