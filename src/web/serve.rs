//! Our own accept loop: header time-out, connection caps, no delay for small packets, and a way to stop.
//!
//! `axum::serve` has no time-out for headers, so a few hundred idle strangers could keep the carrier out.

mod guests;

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use guests::Guests;
pub use guests::Standing;

/// Far more than a carrier and a few browsers need; a media socket counts as long as it is open.
const CONNECTIONS_MAX: usize = 512;

/// A household behind one public address with two browsers open, or one of the carrier's machines.
const CONNECTIONS_FROM_ONE_MAX: usize = 16;

/// How often somebody idle is looked for while everybody waits for a place.
const CROWDED_PAUSE: Duration = Duration::from_millis(50);

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
    from_one: usize,
    header_time: Duration,
}

/// Who is inside, and how many more may come.
#[derive(Debug)]
struct House {
    places: Arc<Semaphore>,
    guests: Arc<Guests>,
    from_one: usize,
}

/// Serves `router` on `listener` until told to stop; returns when the last connection is gone.
///
/// Fails only when the listener itself is broken: what a single connection does concerns nobody else.
pub async fn serve(listener: TcpListener, router: Router, stop: Stop) -> io::Result<()> {
    let limits =
        Limits { connections: CONNECTIONS_MAX, from_one: CONNECTIONS_FROM_ONE_MAX, header_time: HEADER_TIME };
    serve_within(limits, listener, router, stop).await
}

async fn serve_within(limits: Limits, listener: TcpListener, router: Router, stop: Stop) -> io::Result<()> {
    let house = House {
        places: Arc::new(Semaphore::new(limits.connections)),
        guests: Arc::default(),
        from_one: limits.from_one,
    };
    let mut connections = JoinSet::new();
    let mut doors = pin!(stop.graceful.cancelled());
    let result = loop {
        tokio::select! {
            biased;
            () = &mut doors => break Ok(()),
            Some(ended) = connections.join_next() => report(ended),
            accepted = accept(&listener, &house) => match accepted {
                Ok(stream) => {
                    let (guests, router) = (Arc::clone(&house.guests), router.clone());
                    connections.spawn(converse(stream, guests, router, limits, stop.clone()));
                }
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

/// The next connection, once there is a place for it: until then they wait in the system's queue, and somebody
/// idle who has shown no secret is asked to go.
///
/// Cancel-safe: a place taken for a connection that did not come is given back.
async fn accept(listener: &TcpListener, house: &House) -> io::Result<Counted> {
    let place = house.place().await;
    loop {
        let (stream, address) = next(listener).await?;
        let Some(from) = house.guests.from(address.ip(), house.from_one) else {
            tracing::debug!("Too many connections from one address; closing the latest");
            continue;
        };
        // Media frames are small, and waiting to fill a packet would be heard.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "A connection was gone before it began");
        }
        return Ok(Counted { stream, _place: place, _from: from });
    }
}

impl House {
    async fn place(&self) -> OwnedSemaphorePermit {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return place;
        }
        let free = || async {
            Arc::clone(&self.places).acquire_owned().await.expect("the semaphore is never closed")
        };
        let mut free = pin!(free());
        loop {
            self.guests.show_one_out();
            tokio::select! {
                place = &mut free => return place,
                () = pause(CROWDED_PAUSE) => {}
            }
        }
    }
}

async fn next(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    loop {
        match listener.accept().await {
            Ok(accepted) => return Ok(accepted),
            Err(error) => match remedy(&error) {
                Remedy::TryAgain => {}
                Remedy::Pause => {
                    tracing::error!(%error, "Cannot accept connections; trying again in a moment");
                    pause(ACCEPT_PAUSE).await;
                }
                Remedy::GiveUp => return Err(error),
            },
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "handles and places come back in real time")]
async fn pause(length: Duration) {
    tokio::time::sleep(length).await;
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
async fn converse(stream: Counted, guests: Arc<Guests>, router: Router, limits: Limits, stop: Stop) {
    let standing = Standing::new();
    let _visit = guests.welcome(&standing);
    let known = standing.clone();
    let asked = service_fn(move |mut request: hyper::Request<Incoming>| {
        let (standing, router) = (known.clone(), router.clone());
        async move {
            standing.stirs();
            request.extensions_mut().insert(standing.clone());
            let answer = router.oneshot(request).await;
            standing.stirs();
            answer
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_time)
            .serve_connection(TokioIo::new(stream), asked)
            .with_upgrades()
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = standing.must_leave() => {
            tracing::debug!("Showed out an idle connection, to make room");
            return;
        }
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
    _from: guests::Place,
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
