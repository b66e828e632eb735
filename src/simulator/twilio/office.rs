//! What all parts of one exchange share: options, books, faults, identifiers, tasks.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{Method, Uri};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use ring::rand::SecureRandom as _;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::simulator::pace::Pace;
use crate::simulator::sleeper::Sleeper;

use super::call::Order;
use super::ledger::{CallRecord, CallStatus, Happening, LineEvent, Problem, Sound};
use super::options::{ExchangeOptions, Faults, Tunnel};

/// Calls kept in the books; the oldest finished ones are forgotten first.
const CALLS_KEPT: usize = 2_000;

/// Calls whose sound is kept: at 16 KB a second, sound is what fills a memory.
const SOUNDS_KEPT: usize = 256;

/// Requests to the REST API kept in the books.
const REQUESTS_KEPT: usize = 1_000;

/// Events a slow watcher may lag behind.
const EVENTS_KEPT: usize = 8_192;

/// See the module.
#[derive(Debug)]
pub(super) struct Office {
    pub options: ExchangeOptions,
    pub tracker: TaskTracker,
    pub stop: CancellationToken,
    pub events: broadcast::Sender<LineEvent>,
    books: Mutex<Books>,
    faults: Mutex<Faults>,
    tunnels: Mutex<Vec<Tunnel>>,
    sleepers: Mutex<HashMap<String, VecDeque<Sleeper>>>,
    /// Who answers where nobody in particular was put.
    everybody: Mutex<Option<Sleeper>>,
    rng: Mutex<StdRng>,
}

/// Calls in order of creation, with their sound and the way to reach the live ones.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub calls: Vec<CallRecord>,
    pub sounds: HashMap<String, Sound>,
    pub orders: HashMap<String, mpsc::Sender<Order>>,
    /// Requests to the REST API as they came, such as `GET /2010-04-01/Accounts/AC…/Calls.json?To=%2B49…`.
    pub requests: VecDeque<String>,
    /// When the next call may be dialled, simulated.
    pub next_slot: Duration,
}

impl Books {
    /// A call by its identifier.
    pub(super) fn find(&self, sid: &str) -> Option<&CallRecord> {
        self.calls.iter().rev().find(|call| call.sid == sid)
    }

    pub(super) fn find_mut(&mut self, sid: &str) -> Option<&mut CallRecord> {
        self.calls.iter_mut().rev().find(|call| call.sid == sid)
    }

    fn forget_the_oldest(&mut self) {
        if self.calls.len() > CALLS_KEPT
            && let Some(oldest) = self.calls.iter().position(|call| call.status.is_final())
        {
            let call = self.calls.remove(oldest);
            self.sounds.remove(&call.sid);
        }
        if self.sounds.len() > SOUNDS_KEPT {
            let oldest =
                self.calls.iter().find(|call| call.status.is_final() && self.sounds.contains_key(&call.sid));
            if let Some(sid) = oldest.map(|call| call.sid.clone()) {
                self.sounds.remove(&sid);
            }
        }
    }
}

/// Nothing panics while it holds one of these locks, so a poisoned one is still sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Office {
    pub(super) fn new(options: ExchangeOptions) -> Arc<Self> {
        let seed = options.seed.unwrap_or_else(|| {
            let mut seed = [0; 8];
            ring::rand::SystemRandom::new().fill(&mut seed).expect("the operating system gives random bytes");
            u64::from_le_bytes(seed)
        });
        Arc::new(Self {
            tunnels: Mutex::new(options.tunnels.clone()),
            options,
            tracker: TaskTracker::new(),
            stop: CancellationToken::new(),
            events: broadcast::channel(EVENTS_KEPT).0,
            books: Mutex::default(),
            faults: Mutex::default(),
            sleepers: Mutex::default(),
            everybody: Mutex::default(),
            rng: Mutex::new(StdRng::seed_from_u64(seed)),
        })
    }

    pub(super) fn pace(&self) -> Pace {
        self.options.pace
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.options.pace.elapsed()
    }

    pub(super) fn wall(&self) -> Timestamp {
        (self.options.wall)()
    }

    /// An identifier: two letters and 32 hexadecimal digits.
    pub(super) fn sid(&self, prefix: &str) -> String {
        format!("{prefix}{:032x}", lock(&self.rng).random::<u128>())
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        lock(&self.books)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    /// Keeps the newest requests' method, path and query, letter by letter.
    pub(super) fn note_request(&self, method: &Method, uri: &Uri) {
        let requests = &mut self.books().requests;
        if requests.len() == REQUESTS_KEPT {
            requests.pop_front();
        }
        requests.push_back(format!("{method} {uri}"));
    }

    pub(super) fn open_tunnel(&self, tunnel: Tunnel) {
        let mut tunnels = lock(&self.tunnels);
        tunnels.retain(|open| !same_origin(&open.public_origin, &tunnel.public_origin));
        tunnels.push(tunnel);
    }

    /// Where a public address leads; `None` when nothing listens there.
    pub(super) fn route(&self, url: &Url) -> Option<SocketAddr> {
        let origin = web_origin(url)?;
        let leads_there = |tunnel: &&Tunnel| same_origin(&tunnel.public_origin, &origin);
        lock(&self.tunnels).iter().find(leads_there).map(|tunnel| tunnel.local)
    }

    pub(super) fn set_sleepers(&self, number: &str, sleepers: Vec<Sleeper>) {
        lock(&self.sleepers).insert(number.to_owned(), sleepers.into());
    }

    pub(super) fn set_everybody(&self, sleeper: Sleeper) {
        *lock(&self.everybody) = Some(sleeper);
    }

    fn anybody(&self) -> Sleeper {
        lock(&self.everybody).clone().unwrap_or_else(Sleeper::never_answers)
    }

    /// Who answers this call: one script a call, the last again and again; nobody where nobody was put.
    pub(super) fn sleeper_at(&self, number: &str) -> Sleeper {
        let mut sleepers = lock(&self.sleepers);
        let Some(queue) = sleepers.get_mut(number) else { return self.anybody() };
        let next = if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() };
        next.unwrap_or_else(Sleeper::never_answers)
    }

    /// When a call accepted now may be dialled: so many a second, the others wait.
    pub(super) fn take_slot(&self, now: Duration) -> Duration {
        let mut books = self.books();
        let slot = books.next_slot.max(now);
        books.next_slot = slot + Duration::from_secs_f64(1.0 / self.options.calls_per_second);
        slot
    }

    /// The identifier of a number the account owns.
    pub(super) fn number_sid(&self, number: &str) -> Option<String> {
        let place = self.options.numbers.iter().position(|own| own == number)?;
        Some(format!("PN{:032x}", place + 1))
    }

    /// Enters a new call.
    pub(super) fn enter(&self, call: CallRecord, orders: mpsc::Sender<Order>) {
        let sid = call.sid.clone();
        let mut books = self.books();
        books.sounds.insert(sid.clone(), Sound::default());
        books.orders.insert(sid.clone(), orders);
        books.calls.push(call);
        books.forget_the_oldest();
        drop(books);
        self.tell(&sid, self.elapsed(), Happening::Created);
    }

    /// Changes a call's record; nothing happens when it has been forgotten.
    pub(super) fn with_call(&self, sid: &str, change: impl FnOnce(&mut CallRecord)) {
        if let Some(call) = self.books().find_mut(sid) {
            change(call);
        }
    }

    /// Moves a call to a state.
    pub(super) fn set_status(&self, sid: &str, status: CallStatus) {
        let (now, wall) = (self.elapsed(), self.wall());
        self.with_call(sid, |call| {
            call.status = status;
            call.history.push((now, status));
            call.updated_at = wall;
        });
    }

    /// Tells whoever watches; nobody watching is fine.
    pub(super) fn tell(&self, sid: &str, at: Duration, what: Happening) {
        // An error only means that nobody watches.
        let _ = self.events.send(LineEvent { call: sid.to_owned(), at, what });
    }

    /// Writes an error or warning down.
    pub(super) fn problem(&self, sid: &str, code: u32, text: impl Into<String>) {
        let at = self.elapsed();
        let problem = Problem { at, code, text: text.into() };
        self.with_call(sid, |call| call.problems.push(problem));
        self.tell(sid, at, Happening::Problem { code });
    }
}

/// The origin as a web address: `wss` is `https` as far as routing goes.
fn web_origin(url: &Url) -> Option<String> {
    let scheme = match url.scheme() {
        "https" | "wss" => "https",
        "http" => "http",
        _ => return None,
    };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{scheme}://{}{port}", url.host_str()?))
}

fn same_origin(a: &str, b: &str) -> bool {
    let canonical = |text: &str| Url::parse(text).ok().and_then(|url| web_origin(&url));
    canonical(a).is_some_and(|a| Some(a) == canonical(b))
}
