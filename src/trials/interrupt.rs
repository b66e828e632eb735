//! Long runs end early when somebody presses Ctrl-C, and still say what they found.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What shells expect of a program that was interrupted: 128, and the number of the signal.
const INTERRUPTED: u8 = 130;

/// Runs it to its end, or until Ctrl-C; true in the latter case. Whatever it had begun is dropped, and with it the
/// processes and directories that belong to it.
pub async fn until_pressed(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<bool> {
    let mut pressed = listen()?;
    tokio::select! {
        over = work => over.map(|()| false),
        _ = pressed.recv() => Ok(true),
    }
}

fn listen() -> anyhow::Result<Signal> {
    signal(SignalKind::interrupt()).context("listening for Ctrl-C")
}

/// Runs what computes and never waits; the flag is raised at Ctrl-C, and the work must look at it.
pub fn heeding<T>(work: impl FnOnce(&AtomicBool) -> T) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let pressed = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&pressed);
    let mut signals = runtime.block_on(async { listen() })?;
    runtime.spawn(async move {
        signals.recv().await;
        raised.store(true, Ordering::Relaxed);
    });
    Ok(work(&pressed))
}

/// The exit code: 0 for a clean run, 1 for any other, 130 for one that was clean as far as it came.
pub fn exit_code(clean: bool, interrupted: bool) -> ExitCode {
    match (clean, interrupted) {
        (false, _) => ExitCode::FAILURE,
        (true, true) => ExitCode::from(INTERRUPTED),
        (true, false) => ExitCode::SUCCESS,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustix::process::{getpid, kill_process};

    use super::*;
    use crate::clock::{SystemClock, timeout};

    #[tokio::test]
    async fn work_without_end_ends_at_ctrl_c() {
        let clock = SystemClock::shared();
        let endless = until_pressed(async {
            kill_process(getpid(), rustix::process::Signal::INT)?;
            std::future::pending().await
        });
        assert!(timeout(&*clock, Duration::from_secs(30), endless).await.unwrap().unwrap());
        assert!(!until_pressed(async { Ok(()) }).await.unwrap());
    }

    #[test]
    fn an_interrupted_run_is_no_success_and_a_broken_promise_stays_one() {
        for (clean, interrupted, code) in
            [(true, false, 0), (true, true, 130), (false, true, 1), (false, false, 1)]
        {
            assert_eq!(exit_code(clean, interrupted), ExitCode::from(code), "{clean} {interrupted}");
        }
    }
}
