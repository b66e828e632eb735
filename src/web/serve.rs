//! Our own accept loop: header time-out, connection cap, no delay for small packets, and a way to stop.
//!
//! `axum::serve` has no time-out for headers, so a few hundred idle strangers could keep the carrier out.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// Far more than a carrier and a few browsers need; a media socket counts as long as it is open.
const CONNECTIONS_MAX: usize = 512;

/// From connecting, or from the last answer, to the end of the next request's headers. It closes idle
/// connections too.
const HEADER_TIME: Duration = Duration::from_secs(10);

/// A pause after an accept that failed for lack of file handles or memory: time for others to give back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// EBADF, the same number on every Unix.
const BAD_FILE_DESCRIPTOR: i32 = 9;

/// The two stages of stopping. Cancelling `now` includes the first stage.
#[derive(Debug, Clone)]
pub struct Stop {
    /// Accept nothing new, finish what is in flight.
    pub graceful: CancellationToken,
    /// Drop what is still open. Upgraded sockets belong to whoever serves them, and are not dropped here.
    pub now: CancellationToken,
}

impl Default for Stop {
    fn default() -> Self {
        let now = CancellationToken::new();
        Self { graceful: now.child_token(), now }
    }
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    connections: usize,
    header_time: Duration,
}

/// Serves `router` on `listener` until told to stop; returns when the last connection is gone.
///
/// Fails only when the listener itself is broken: what a single connection does concerns nobody else.
pub async fn serve(listener: TcpListener, router: Router, stop: Stop) -> io::Result<()> {
    let limits = Limits { connections: CONNECTIONS_MAX, header_time: HEADER_TIME };
    serve_within(limits, listener, router, stop).await
}

async fn serve_within(limits: Limits, listener: TcpListener, router: Router, stop: Stop) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    let mut doors = pin!(stop.graceful.cancelled());
    let result = loop {
        tokio::select! {
            biased;
            () = &mut doors => break Ok(()),
            Some(ended) = connections.join_next() => report(ended),
            accepted = accept(&listener, &places) => match accepted {
                Ok(stream) => _ = connections.spawn(converse(stream, router.clone(), limits, stop.clone())),
                Err(broken) => break Err(broken),
            },
        }
    };
    drop(listener);
    while let Some(ended) = connections.join_next().await {
        report(ended);
    }
    result
}

/// The next connection, once there is a place for it: until then they wait in the system's queue.
///
/// Cancel-safe: a place taken for a connection that did not come is given back.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> io::Result<Counted> {
    let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Media frames are small, and waiting to fill a packet would be heard.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "A connection was gone before it began");
                }
                return Ok(Counted { stream, _place: place });
            }
            Err(error) => match remedy(&error) {
                Remedy::TryAgain => {}
                Remedy::Pause => {
                    tracing::error!(%error, "Cannot accept connections; trying again in a moment");
                    pause().await;
                }
                Remedy::GiveUp => return Err(error),
            },
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the system's file handles come back in real time")]
async fn pause() {
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

#[derive(Debug, PartialEq, Eq)]
enum Remedy {
    TryAgain,
    Pause,
    GiveUp,
}

fn remedy(error: &io::Error) -> Remedy {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted, InvalidInput};

    match error.kind() {
        // It concerns the one connection that did not come about.
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted => Remedy::TryAgain,
        InvalidInput => Remedy::GiveUp,
        _ if error.raw_os_error() == Some(BAD_FILE_DESCRIPTOR) => Remedy::GiveUp,
        _ => Remedy::Pause,
    }
}

/// One connection, from its first request to its last.
async fn converse(stream: Counted, router: Router, limits: Limits, stop: Stop) {
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_time)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
            .with_upgrades()
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.graceful.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.now.cancelled() => return,
            }
        }
    };
    if let Err(error) = ended {
        // Peers hang up, are slow, or speak another protocol; nobody has to act.
        tracing::debug!(%error, "A connection ended early");
    }
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("A connection's task panicked; the others go on");
    }
}

/// A connection and its place: wherever the socket goes, also after an upgrade, it takes the place along.
struct Counted {
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests;
