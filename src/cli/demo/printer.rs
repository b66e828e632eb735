//! Prints a scene as it happens: the time where she sleeps, who speaks, and what the machine does.

use std::cell::RefCell;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;

use super::scenes::Scene;
use crate::calls::{CallEvent, What};
use crate::coach::silence::SilenceStep;
use crate::domain::mode::ModeDecision;
use crate::domain::utterance::{Speaker, Utterance};

const COACH: &str = "36";
const SLEEPER: &str = "33";
const MACHINE: &str = "2";
const GOOD: &str = "32";
const BAD: &str = "31";
const BOLD: &str = "1";

/// Writes to standard output, with colours where a person reads it.
pub struct Printer {
    shows: bool,
    colours: bool,
    ringing: RefCell<Option<ProgressBar>>,
}

impl Printer {
    /// A printer that shows the scene, or stays silent when only the result is wanted.
    pub fn new(shows: bool) -> Self {
        let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { shows, colours, ringing: RefCell::new(None) }
    }

    /// The scene's title and date.
    pub fn heading(&self, scene: &Scene, zone: &TimeZone) {
        let zone = zone.iana_name().unwrap_or("UTC");
        self.line(&format!(
            "\n{}  ({} 06:30, {zone})",
            self.paint(BOLD, scene.title),
            scene.date.strftime("%A")
        ));
    }

    /// One thing that happened.
    pub fn event(&self, event: &CallEvent, zone: &TimeZone) {
        let time = event.at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string();
        match &event.what {
            What::Decided(kind, decision) => {
                self.machine(
                    &time,
                    &format!("{} call, {}", kind.name().replace('_', " "), decided(decision)),
                );
                self.ring();
            }
            What::Placed => {}
            What::PlacingUnknown => {
                self.machine(&time, "the carrier's answer is not known: asking before dialling again");
            }
            What::Answered => {
                self.stop_ringing();
                self.machine(&time, "she picks up");
            }
            What::Said(said) => self.said(&time, said),
            What::FirstAudio(after) => {
                self.machine(
                    &time,
                    &format!("the coach speaks, {} ms after the stream began", after.as_millis()),
                );
            }
            What::BargeIn => self.machine(&time, "she speaks over the coach, who stops"),
            What::FellBack(why) => {
                let text = format!("falling back to traditional mode, because {why}");
                self.line(&format!("{time}  {}", self.paint(BAD, &text)));
            }
            What::Silence(step) => self.machine(&time, silence(*step)),
            What::Saw(proof, reason) => {
                self.machine(&time, &format!("seen: {proof} ({reason})"));
            }
            What::Satisfied(verdict) => {
                let text = format!("she is up ({}: {})", verdict.proof.name(), verdict.evidence);
                self.line(&format!("{time}  {}", self.paint(GOOD, &text)));
            }
            What::Finished(outcome) => {
                self.stop_ringing();
                self.machine(&time, &format!("the call is over: {}", outcome.name().replace('_', " ")));
            }
            What::Waiting(kind, at) => {
                let at = at.to_zoned(zone.clone()).strftime("%H:%M:%S");
                self.machine(&time, &format!("next: {} at {at}", kind.name().replace('_', " ")));
            }
            What::Ended(end) => {
                let colour = if end.is_missed() { BAD } else { GOOD };
                let text = format!("the wake-up is over: {}", end.name().replace('_', " "));
                self.line(&format!("{time}  {}", self.paint(colour, &text)));
            }
            What::Told(telling) => self.machine(&time, &telling.in_words()),
        }
    }

    /// Something that happens away from the telephone.
    pub fn aside(&self, event: &CallEvent, zone: &TimeZone, text: &str) {
        let time = event.at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string();
        self.machine(&time, text);
    }

    fn said(&self, time: &str, said: &Utterance) {
        let (who, colour) = match said.speaker {
            Speaker::Coach => ("coach", COACH),
            Speaker::Sleeper => ("Anna ", SLEEPER),
        };
        let cut = if said.interrupted { " —" } else { "" };
        self.line(&format!("{time}  {}  {}{cut}", self.paint(colour, who), said.text));
    }

    fn machine(&self, time: &str, text: &str) {
        self.line(&format!("{time}  {}", self.paint(MACHINE, text)));
    }

    /// A spinner on a terminal while it rings; nothing in a file.
    fn ring(&self) {
        if !self.shows {
            return;
        }
        let bar = ProgressBar::new_spinner().with_message("ringing …");
        bar.set_style(
            ProgressStyle::with_template("          {spinner} {msg} {elapsed}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        bar.enable_steady_tick(Duration::from_millis(120));
        *self.ringing.borrow_mut() = Some(bar);
    }

    fn stop_ringing(&self) {
        if let Some(bar) = self.ringing.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        if !self.shows {
            return;
        }
        let print = || {
            // A closed pipe is the reader's wish; the wake-up goes on.
            let _ = writeln!(std::io::stdout().lock(), "{text}");
        };
        match &*self.ringing.borrow() {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.colours { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn decided(decision: &ModeDecision) -> String {
    let p = decision.probability.value();
    match decision.draw {
        Some(draw) => format!("{} (p={p:.2}, drew {draw:.2})", decision.mode.name()),
        None => format!("{} (asked for)", decision.mode.name()),
    }
}

fn silence(step: SilenceStep) -> &'static str {
    match step {
        SilenceStep::Nudge => "silence: asking again",
        SilenceStep::Tone => "silence: sounding the tone",
        SilenceStep::GiveUp => "silence: hanging up, to call back",
    }
}
