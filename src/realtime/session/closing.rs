//! How a call ends: the verdict stands, the goodbye is spoken, and it is heard to its end.
//!
//! Nothing she says cuts a goodbye short, and nothing keeps a call open long after the verdict: models
//! forget to call tools, and lines lose echoes.

use std::time::Duration;

use super::Session;
use crate::coach::verdict::Verdict;
use crate::realtime::events::{Command, Request, Why};
use crate::realtime::report::{Ending, Note};

/// How long the last words are waited for, and how long they may take to be heard.
const LAST_WORDS: Duration = Duration::from_secs(12);
/// With the verdict given, the model has so long to come to its goodbye by itself.
const MODELS_OWN_GOODBYE: Duration = Duration::from_secs(15);
/// With the verdict given and nobody speaking, so long until the goodbye is taken as said.
const QUIET_AFTER_VERDICT: Duration = Duration::from_secs(3);
/// From the verdict to the end of the call, whatever happens.
const VERDICT_TO_END: Duration = Duration::from_secs(30);

/// Where the call stands on its way to the end.
#[derive(Debug, Default)]
pub(super) struct Closing {
    stage: Stage,
    /// A snooze ends the call differently; its minutes.
    snooze: Option<u32>,
    decided_at: Option<Duration>,
    /// The coach has spoken since the verdict.
    pub spoke_since: bool,
    quiet_since: Option<Duration>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    #[default]
    Open,
    /// The last words have been asked for.
    Wanted { since: Duration },
    /// The last words are on their way to her ear.
    Hearing { since: Duration },
}

impl Closing {
    /// True once the call is to end with the next words of the coach.
    pub fn has_begun(&self) -> bool {
        self.stage != Stage::Open
    }

    /// True once the last words have been generated: the model may go, and must not speak again.
    pub fn is_heard_out_without_model(&self) -> bool {
        matches!(self.stage, Stage::Hearing { .. })
    }

    fn is_wanted(&self) -> bool {
        matches!(self.stage, Stage::Wanted { .. })
    }
}

impl Session {
    /// Notes the verdict, once.
    pub(super) fn conclude(&mut self, verdict: Verdict, now: Duration, out: &mut Vec<Command>) {
        if self.verdict.is_some() {
            return;
        }
        out.push(Command::Note(Note::VerdictAccepted(verdict.clone())));
        self.verdict = Some(verdict);
        self.closing.decided_at = Some(now);
        self.silence.reset();
    }

    /// Asks for the last words, unless that was done.
    pub(super) fn say_goodbye(&mut self, now: Duration, out: &mut Vec<Command>) {
        if self.closing.has_begun() {
            return;
        }
        self.closing.stage = Stage::Wanted { since: now };
        let instructions = Some(self.plan.goodbye.clone());
        self.want(Request { why: Why::Goodbye, instructions }, now, out);
    }

    /// The model ends the call: with the goodbye it has just spoken, or with one we ask for.
    pub(super) fn end_after_goodbye(&mut self, spoken: bool, now: Duration, out: &mut Vec<Command>) {
        if spoken {
            self.closing.stage = Stage::Hearing { since: now };
        } else {
            self.say_goodbye(now, out);
        }
    }

    /// A snooze was granted: the answer to the tool, or what the instructions say, is the last thing said.
    pub(super) fn end_with_snooze(
        &mut self,
        minutes: u32,
        instructions: Option<String>,
        now: Duration,
        out: &mut Vec<Command>,
    ) {
        out.push(Command::Note(Note::SnoozeGranted(minutes)));
        self.silence.reset();
        self.closing.snooze = Some(minutes);
        self.closing.decided_at.get_or_insert(now);
        self.closing.stage = Stage::Wanted { since: now };
        self.want(Request { why: Why::ToolsAnswered, instructions }, now, out);
    }

    /// A response with speech has ended: perhaps those were the last words.
    pub(super) fn after_speech(&mut self, why: Option<Why>, now: Duration) {
        self.closing.spoke_since |= self.verdict.is_some();
        let last_words = matches!(why, Some(Why::Goodbye | Why::ToolsAnswered | Why::Reseeded));
        // Her own words may have swept ours away; then what the model answered to her must do.
        if self.closing.is_wanted() && (last_words || !self.turns.expects_words()) {
            self.closing.stage = Stage::Hearing { since: now };
            self.turns.forget_wishes();
        }
    }

    /// When the end of the call must be looked at again.
    pub(super) fn closing_due(&self) -> Option<Duration> {
        let stage = match self.closing.stage {
            Stage::Open if self.verdict.is_none() => return None,
            Stage::Open => self
                .closing
                .decided_at
                .map(|at| at + MODELS_OWN_GOODBYE)
                .into_iter()
                .chain(self.closing.quiet_since.map(|since| since + QUIET_AFTER_VERDICT))
                .min(),
            Stage::Wanted { since } | Stage::Hearing { since } => Some(since + LAST_WORDS),
        };
        let at_last = self.closing.decided_at.map(|at| at + VERDICT_TO_END);
        stage.into_iter().chain(at_last).min()
    }

    /// Takes the next step towards the end when it is due.
    pub(super) fn close_when_due(&mut self, now: Duration, out: &mut Vec<Command>) {
        let at_last = self.closing.decided_at.is_some_and(|at| at + VERDICT_TO_END <= now);
        match self.closing.stage {
            Stage::Open if self.verdict.is_some() => self.close_by_ourselves(now, out),
            Stage::Hearing { .. } if self.turns.is_silent() && self.output.is_idle() => {
                self.end(self.good_ending(), out);
            }
            Stage::Wanted { since } | Stage::Hearing { since } if since + LAST_WORDS <= now => {
                self.end(self.good_ending(), out);
            }
            _ => {}
        }
        if at_last {
            self.end(self.good_ending(), out);
        }
    }

    /// The verdict stands, but the model does not bring the call to its end.
    fn close_by_ourselves(&mut self, now: Duration, out: &mut Vec<Command>) {
        if self.is_quiet() {
            self.closing.quiet_since.get_or_insert(now);
        } else {
            self.closing.quiet_since = None;
        }
        let quiet = self.closing.quiet_since.is_some_and(|since| since + QUIET_AFTER_VERDICT <= now);
        let late = self.closing.decided_at.is_some_and(|at| at + MODELS_OWN_GOODBYE <= now);
        if quiet && self.closing.spoke_since {
            self.end(self.good_ending(), out);
        } else if quiet || late {
            self.say_goodbye(now, out);
        }
    }

    fn good_ending(&self) -> Ending {
        self.closing.snooze.map_or(Ending::Finished, |minutes| Ending::Snoozed { minutes })
    }
}
