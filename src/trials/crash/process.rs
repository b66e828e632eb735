//! A program of ours as a child process: started, watched, killed, and never left behind.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal};

use crate::clock::{SharedClock, TimedOut, timeout};

/// Lines of its log that are kept, for when something is wrong.
const LINES_KEPT: usize = 400;
/// How often to look whether it has ended or said something.
const LOOK_EVERY: Duration = Duration::from_millis(2);

#[derive(Default)]
struct Said {
    lines: VecDeque<String>,
    /// The first line that has `Listening on http` in it, and when it was read.
    ready_after: Option<Duration>,
}

/// A child process; killed when dropped.
pub struct Process {
    child: Child,
    said: Arc<Mutex<Said>>,
    started: Duration,
    clock: SharedClock,
}

impl Process {
    /// Starts `program` with nothing in its environment but `variables`.
    pub fn start(
        program: &Path,
        arguments: &[String],
        variables: &[(String, String)],
        home: &Path,
        clock: &SharedClock,
    ) -> anyhow::Result<Self> {
        let started = clock.elapsed();
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(home)
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let said = Arc::new(Mutex::new(Said::default()));
        let output = BufReader::new(child.stderr.take().context("its log is a pipe")?);
        let (kept, watch) = (Arc::clone(&said), clock.clone());
        // The pipe ends when the program does, and the thread with it.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let mut said = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if said.ready_after.is_none() && line.contains("Listening on http") {
                    said.ready_after = Some(watch.elapsed().saturating_sub(started));
                }
                if said.lines.len() == LINES_KEPT {
                    said.lines.pop_front();
                }
                said.lines.push_back(line);
            }
        });
        Ok(Self { child, said, started, clock: clock.clone() })
    }

    /// The first line it prints.
    pub async fn first_line(&mut self, patience: Duration) -> anyhow::Result<String> {
        let output = self.child.stdout.take().context("its output is read once")?;
        let read = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(output).read_line(&mut line).map(|_| line)
        });
        Ok(timeout(&*self.clock, patience, read).await???)
    }

    /// Waits until it has ended by itself.
    pub async fn ended(&mut self, patience: Duration) -> anyhow::Result<Result<ExitStatus, TimedOut>> {
        let deadline = self.clock.elapsed() + patience;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Ok(status));
            }
            if self.clock.elapsed() > deadline {
                return Ok(Err(TimedOut(patience)));
            }
            self.clock.sleep(LOOK_EVERY).await;
        }
    }

    /// How long after its start it listened; `None` while it does not.
    pub fn ready_after(&self) -> Option<Duration> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).ready_after
    }

    /// Waits until it listens; an error when it ends first, or takes too long.
    pub async fn ready(&mut self, patience: Duration) -> anyhow::Result<Duration> {
        while self.clock.elapsed() < self.started + patience {
            if let Some(after) = self.ready_after() {
                return Ok(after);
            }
            if let Some(status) = self.child.try_wait()? {
                anyhow::bail!("it ended ({status}) before it listened:\n{}", self.log());
            }
            self.clock.sleep(LOOK_EVERY).await;
        }
        anyhow::bail!("it did not listen within {patience:?}:\n{}", self.log())
    }

    /// Waits until its log has `part` in it; the line.
    pub async fn says(&mut self, part: &str, patience: Duration) -> anyhow::Result<String> {
        let deadline = self.clock.elapsed() + patience;
        loop {
            // Looked at before the log: what it said last must not be missed.
            let over = self.child.try_wait()?.is_some() || self.clock.elapsed() > deadline;
            if let Some(line) = self.log().lines().find(|line| line.contains(part)) {
                return Ok(line.to_owned());
            }
            anyhow::ensure!(!over, "it did not say `{part}`:\n{}", self.log());
            self.clock.sleep(LOOK_EVERY).await;
        }
    }

    /// The last lines of its log.
    pub fn log(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// Its number.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends it a signal; harmless when it has ended, since nobody else is given its number before it is waited for.
    pub fn signal(&mut self, signal: Signal) -> anyhow::Result<()> {
        if self.child.try_wait()?.is_none() {
            rustix::process::kill_process(self.pid(), signal)?;
        }
        Ok(())
    }

    /// Kills it as the kernel does, and waits for its end.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.signal(Signal::KILL)?;
        self.ended(Duration::from_secs(10)).await??;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Gone already, or gone now; there is nobody left to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
