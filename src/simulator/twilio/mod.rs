//! A Twilio-compatible exchange on loopback, with knobs.
//!
//! It speaks the documented REST API, places calls to scripted sleepers, asks our webhooks as Twilio would
//! (signed, with limits, retries and redirects), executes TwiML and runs Media Streams on its own clock.
//! It refuses what Twilio refuses and keeps books ([`ledger`]) of what really happened, so that a test need
//! not believe our own. Read [`call`] for a call's life, [`converse`] and [`execute`] for its documents,
//! [`stream`] and [`pump`] for its media.

mod amd;
mod call;
mod callbacks;
mod converse;
mod create;
mod document;
mod errors;
mod execute;
mod gather;
mod http;
mod inbound;
pub mod ledger;
mod line;
mod list;
mod office;
pub mod options;
mod params;
mod playout;
mod pump;
pub mod recording;
mod resource;
mod rest;
mod signature;
mod stream;
mod verbs;
mod wav;
mod webhook;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::sleeper::Sleeper;
use call::Plan;
use converse::Next;
pub use ledger::{CallRecord, CallStatus, Happening, LineEvent, Media, WebhookKind, WebhookRecord};
use office::Office;
pub use options::{
    AccountAnswer, AccountFaults, CallbackFaults, CreateFault, ExchangeOptions, Faults, MediaFaults, Tunnel,
};
pub use recording::{Recording, Stretch};
use rest::HangUpInstead;
use webhook::Target;

/// A running exchange; dropping it ends its calls, [`Exchange::shutdown`] also waits for them.
#[derive(Debug)]
pub struct Exchange {
    office: Arc<Office>,
    address: SocketAddr,
    servers: TaskTracker,
}

impl Exchange {
    /// Opens for business.
    pub async fn start(options: ExchangeOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let office = Office::new(options);
        let servers = TaskTracker::new();
        servers.spawn(accept(listener, Arc::clone(&office), servers.clone()));
        Ok(Self { office, address, servers })
    }

    /// The base address of its REST API.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes a public address reachable; a second one of the same origin replaces the first.
    pub fn open_tunnel(&self, tunnel: Tunnel) {
        self.office.open_tunnel(tunnel);
    }

    /// Who answers calls to `number`: one script a call in this order, the last again and again.
    pub fn set_sleeper(&self, number: &str, sleepers: Vec<Sleeper>) {
        self.office.set_sleepers(number, sleepers);
    }

    /// Who answers at every number where nobody in particular was put; nobody unless this is called.
    pub fn set_everybody(&self, sleeper: Sleeper) {
        self.office.set_everybody(sleeper);
    }

    /// Replaces all faults.
    pub fn set_faults(&self, faults: Faults) {
        *self.office.faults() = faults;
    }

    /// Changes some faults.
    pub fn faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.office.faults());
    }

    /// Every call, in order of creation.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.office.books().calls.clone()
    }

    /// One call.
    pub fn call(&self, sid: &str) -> Option<CallRecord> {
        self.office.books().find(sid).cloned()
    }

    /// Authorized requests to the REST API, such as `GET /2010-04-01/…/Calls.json?To=%2B1415…`: method,
    /// path and query as they came.
    pub fn requests(&self) -> Vec<String> {
        self.office.books().requests.iter().cloned().collect()
    }

    /// What happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<LineEvent> {
        self.office.events.subscribe()
    }

    /// A call as it has sounded so far; `None` when it is not known any more.
    pub fn recording(&self, sid: &str) -> Option<Recording> {
        self.office.books().sounds.get(sid).map(|sound| sound.recording.clone())
    }

    /// The audio of a call's media streams so far, byte for byte, in the order of
    /// [`CallRecord::streams`]. Moments are simulated time.
    pub fn media(&self, sid: &str) -> Vec<Media> {
        let books = self.office.books();
        let streams = books.sounds.get(sid).map(|sound| sound.streams.as_slice()).unwrap_or_default();
        streams.iter().map(ledger::StreamSound::snapshot).collect()
    }

    /// Simulated time since the exchange opened (more exactly: since its [`Pace`](super::pace::Pace) began).
    pub fn elapsed(&self) -> Duration {
        self.office.elapsed()
    }

    /// Somebody telephones the account's first number, whose voice URL is `voice_url`; the call's identifier.
    /// The caller behaves as [`Exchange::set_sleeper`] says for `from`.
    pub fn dial_in(&self, from: &str, voice_url: &str) -> String {
        let plan = Plan {
            first: Next::fetch(Target::post(voice_url)),
            fallback: None,
            callback: None,
            events: Vec::new(),
            ring_for: Duration::from_mins(1),
            longest: Duration::from_hours(4),
            detection: None,
        };
        let to = self.office.options.numbers.first().cloned().unwrap_or_default();
        let order = create::Order { to, from: from.to_owned(), plan };
        rest::accept(&self.office, order, Vec::new(), ledger::Direction::Inbound)
    }

    /// Waits until no call is live and every callback has been answered.
    pub async fn idle(&self) {
        self.office.tracker.close();
        self.office.tracker.wait().await;
        self.office.tracker.reopen();
    }

    /// Ends everything and waits for it.
    pub async fn shutdown(self) {
        self.office.stop.cancel();
        self.office.tracker.close();
        self.office.tracker.wait().await;
        self.servers.close();
        self.servers.wait().await;
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.office.stop.cancel();
    }
}

async fn accept(listener: TcpListener, office: Arc<Office>, servers: TaskTracker) {
    let router = Router::new().fallback(rest::handle).with_state(Arc::clone(&office));
    loop {
        let stream = tokio::select! {
            () = office.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        // An error concerns one connection that is gone already.
        if let Ok((stream, _)) = stream {
            let (router, stop) = (router.clone(), office.stop.clone());
            servers.spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = serve(stream, router) => {}
                }
            });
        }
    }
}

async fn serve(stream: TcpStream, router: Router) {
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let router = router.clone();
        async move { never_or(router.oneshot(request.map(Body::new)).await) }
    });
    // Errors are the caller's connection breaking, or ours breaking it on purpose.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// The answer, unless it is one that must never arrive.
fn never_or(answer: Result<Response, Infallible>) -> Result<Response, io::Error> {
    let Ok(response) = answer;
    if response.extensions().get::<HangUpInstead>().is_some() {
        return Err(io::Error::from(io::ErrorKind::ConnectionReset));
    }
    Ok(response)
}

#[cfg(test)]
mod tests;
