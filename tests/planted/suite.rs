//! Runs a suite as a process of its own, with a fault planted in it or with none.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use clap::ValueEnum as _;
use rustix::process::{Pid, Signal, kill_process_group};
use wakeup_coach::clock::SystemClock;
use wakeup_coach::planted::{Planted, VARIABLE};
use wakeup_coach::trials::crash::Programs;

/// A fault that takes longer to find is not found.
const WITHIN: Duration = Duration::from_mins(1);

/// The programs that cargo has built beside these tests.
pub fn programs() -> Programs {
    Programs {
        daemon: env!("CARGO_BIN_EXE_wakeup-coach").into(),
        sim: env!("CARGO_BIN_EXE_wakeup-coach-sim").into(),
    }
}

/// A suite, or as much of it as shows a fault soon.
#[derive(Debug, Clone, Copy)]
pub enum Suite {
    /// A subcommand of `wakeup-coach-sim`, with its arguments.
    Sim(&'static str),
    /// A story in this binary.
    Story(&'static str),
}

/// What a suite came to.
pub struct Verdict {
    /// Whether it found nothing wrong.
    pub passed: bool,
    /// Everything it said.
    pub report: String,
    /// How long it took.
    pub took: Duration,
}

impl Suite {
    /// Runs it to its end, which must come within a minute.
    pub fn run(self, planted: Option<Planted>) -> Verdict {
        let (program, arguments) = self.command();
        let clock = SystemClock::shared();
        let began = clock.elapsed();
        let output = output_of(&program, &arguments, planted);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Verdict {
            passed: output.status.success(),
            report: text(&output.stdout) + &text(&output.stderr),
            took: clock.elapsed().saturating_sub(began),
        }
    }

    fn command(self) -> (PathBuf, Vec<String>) {
        match self {
            Self::Sim(arguments) => (programs().sim, arguments.split(' ').map(str::to_owned).collect()),
            Self::Story(name) => {
                (std::env::current_exe().unwrap(), vec![format!("stories::{name}"), "--exact".to_owned()])
            }
        }
    }
}

fn output_of(program: &Path, arguments: &[String], planted: Option<Planted>) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).env_remove(VARIABLE).stdin(Stdio::null());
    if let Some(bug) = planted {
        command.env(VARIABLE, bug.to_possible_value().unwrap().get_name());
    }
    // A group of its own: whatever it has started ends with it.
    let child = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let group = Pid::from_child(&child);
    let (over, ended) = mpsc::channel();
    let waiting = std::thread::spawn(move || over.send(child.wait_with_output()).unwrap());
    let output = ended.recv_timeout(WITHIN);
    if output.is_err() {
        kill_process_group(group, Signal::KILL).unwrap();
    }
    waiting.join().unwrap();
    output.unwrap_or_else(|_| panic!("{} took longer than {WITHIN:?}", arguments.join(" "))).unwrap()
}
