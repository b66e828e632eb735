//! How an exchange is set up, and the faults it can be told to have.

use std::collections::VecDeque;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::simulator::pace::Pace;

/// What the exchange takes for the date, asked whenever it writes one down.
pub type WallClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A public address and where it really leads: what a reverse proxy or a tunnel does, TLS included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tunnel {
    /// Scheme and host, such as `https://wake.example.com`; a port only if it is not the scheme's own.
    pub public_origin: String,
    /// Plain HTTP and WebSockets are spoken here.
    pub local: SocketAddr,
}

/// How an [`Exchange`](super::Exchange) is set up.
#[derive(Clone)]
pub struct ExchangeOptions {
    /// Where its REST API listens.
    pub listen: SocketAddr,
    /// `AC…`.
    pub account_sid: String,
    /// Signs every webhook, whichever credentials placed the call.
    pub auth_token: String,
    /// `SK…` and secret.
    pub api_keys: Vec<(String, String)>,
    /// Numbers the account owns and may call from.
    pub numbers: Vec<String>,
    /// Numbers it has verified: callers too, and on a trial account the only callees.
    pub verified: Vec<String>,
    /// A new-style trial account: no streams, five seconds for documents, ten hops, ten minutes.
    pub trial: bool,
    /// Calls dialled in a second; the others wait in the queue.
    pub calls_per_second: f64,
    /// How far behind fetched and listed calls are: the API is eventually consistent.
    pub list_delay: Duration,
    /// Between dialling and the first ring.
    pub post_dial_delay: Duration,
    /// Simulated time.
    pub pace: Pace,
    /// The date, for `date_created` and the like.
    pub wall: WallClock,
    /// Public addresses that can be reached.
    pub tunnels: Vec<Tunnel>,
    /// Makes identifiers repeatable; `None` draws from the operating system.
    pub seed: Option<u64>,
}

impl ExchangeOptions {
    /// A full account that owns `+15005550006`, at real time, on any free port.
    pub fn new(account_sid: impl Into<String>, auth_token: impl Into<String>) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            account_sid: account_sid.into(),
            auth_token: auth_token.into(),
            api_keys: Vec::new(),
            numbers: vec!["+15005550006".to_owned()],
            verified: Vec::new(),
            trial: false,
            calls_per_second: 1.0,
            list_delay: Duration::ZERO,
            post_dial_delay: Duration::from_millis(400),
            pace: Pace::new(1.0),
            wall: Arc::new(system_time),
            tunnels: Vec::new(),
            seed: None,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the simulated carrier has a calendar of its own")]
fn system_time() -> Timestamp {
    Timestamp::now()
}

impl fmt::Debug for ExchangeOptions {
    /// Without token and secrets: options end up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExchangeOptions")
            .field("listen", &self.listen)
            .field("account_sid", &self.account_sid)
            .field("numbers", &self.numbers.len())
            .field("trial", &self.trial)
            .field("tunnels", &self.tunnels)
            .finish_non_exhaustive()
    }
}

/// What is wrong with the exchange; nothing by default.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// What happens to the next requests to create a call, one each.
    pub creates: VecDeque<CreateFault>,
    /// Fetching and listing calls answers 503.
    pub lists_fail: bool,
    /// Lists of calls are empty, whatever there is.
    pub lists_empty: bool,
    /// What happens to status callbacks.
    pub callbacks: CallbackFaults,
    /// What happens to media streams.
    pub media: MediaFaults,
    /// What is wrong with the account.
    pub account: AccountFaults,
    /// So many redirects of live calls are still answered "not in-progress" (21220).
    pub redirect_races: u32,
}

/// What happens to one request to create a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateFault {
    /// 429; no call.
    TooMany,
    /// 400 with this code; no call.
    Refused(u32),
    /// 500; no call.
    ErrorBefore,
    /// 500; the call is made.
    ErrorAfter,
    /// 503; the call is made.
    UnavailableAfter,
    /// The call is made; the answer never comes.
    Silence,
    /// The call is made; the connection dies without an answer.
    Reset,
    /// The call is made; 201 with a body that is no JSON.
    Garbage,
    /// 307 to another address; no call.
    Redirect,
}

/// What happens to status callbacks.
#[derive(Debug, Clone, Default)]
pub struct CallbackFaults {
    /// Each is sent twice.
    pub duplicated: bool,
    /// Each pair arrives in the wrong order.
    pub reordered: bool,
    /// Each is this late.
    pub delay: Duration,
    /// These events are never sent (`initiated`, `ringing`, `answered`, `completed`).
    pub lost: Vec<&'static str>,
    /// Before each, a stranger sends one that says the call is over, with a wrong signature.
    pub forged: bool,
}

/// What is wrong with the account.
#[derive(Debug, Clone, Default)]
pub struct AccountFaults {
    /// Whatever is asked about it is answered like this.
    pub answers: Option<AccountAnswer>,
    /// Its status, in place of `active`.
    pub status: Option<&'static str>,
    /// What it has left, in place of 20.00.
    pub balance: Option<&'static str>,
    /// Its numbers cannot make calls.
    pub mute: bool,
    /// How far the carrier's own clock is ahead, in seconds.
    pub clock_ahead_secs: i64,
}

/// How questions about the account are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountAnswer {
    /// With this status, and the vendor's error for it.
    Status(u16),
    /// 200, with a body that is no JSON.
    Garbage,
    /// Never.
    Silence,
    /// The connection dies.
    Reset,
}

/// What happens to media streams.
#[derive(Debug, Clone, Default)]
pub struct MediaFaults {
    /// The carrier cannot open the socket: 31902 at once.
    pub refused: bool,
    /// The carrier takes this long before it opens the socket.
    pub slow: Duration,
    /// The carrier's side of the socket breaks this long after `start`, without a word.
    pub drops_after: Option<Duration>,
    /// No inbound frames from the first until the second moment of the stream.
    pub gaps: Vec<(Duration, Duration)>,
}
