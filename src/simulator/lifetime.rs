//! How long simulators run that are a program of their own: as long as whoever started them.

use std::io;
use std::os::fd::AsFd as _;

use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::signal::unix::{SignalKind, signal};

/// Returns when the pipe we read from is closed, or on the first signal; a terminal has only signals.
pub async fn until_asked_to_stop() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        () = input_ended() => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

async fn input_ended() {
    let input = io::stdin().as_fd().try_clone_to_owned();
    // Anything but a pipe (a terminal, /dev/null) says nothing about whoever started us.
    let Ok(mut input) = input.and_then(pipe::Receiver::from_owned_fd) else {
        return std::future::pending().await;
    };
    let mut unread = [0; 1_024];
    while input.read(&mut unread).await.is_ok_and(|bytes| bytes > 0) {}
}
