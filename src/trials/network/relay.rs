//! A relay on one road: takes connections in, gives each its weather, and hands the bytes on as that allows.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::flow::{self, Bond};
use super::weather::{Closed, Kind, Way, Weather};
use crate::app::Road;
use crate::simulator::pace::Pace;

/// Connections that may wait to be taken in.
const BACKLOG: u32 = 1_024;
/// With buffers as small as this, a slow reader is felt at the other end.
const BUFFER: u32 = 16 * 1024;
/// How long to wait before a door that would not move is tried again, simulated.
const STUCK: Duration = Duration::from_secs(1);

/// A fault that really befell somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Struck {
    /// When, simulated, since the world began.
    pub at: Duration,
    /// Where.
    pub road: Road,
    /// Which connection; `None` for the road as a whole.
    pub number: Option<u64>,
    /// What.
    pub kind: Kind,
}

/// How a road is set up.
#[derive(Debug, Clone)]
pub struct RoadPlan {
    /// Which.
    pub road: Road,
    /// Draws the weather; `None` is a calm day.
    pub seed: Option<u64>,
    /// Simulated time.
    pub pace: Pace,
    /// When it is closed as a whole.
    pub closures: Vec<Closed>,
}

/// What a relay's connections share.
#[derive(Debug)]
pub(super) struct Shared {
    plan: RoadPlan,
    far: OnceLock<SocketAddr>,
    taken: AtomicU64,
    open: AtomicUsize,
    struck: Mutex<Vec<Struck>>,
    stop: CancellationToken,
}

impl Shared {
    pub(super) fn pace(&self) -> Pace {
        self.plan.pace
    }

    pub(super) fn road(&self) -> Road {
        self.plan.road
    }

    pub(super) fn seed(&self) -> u64 {
        self.plan.seed.unwrap_or_default()
    }

    /// Until when nothing passes on the whole road; `None` when it is open.
    pub(super) fn held_until(&self) -> Option<Duration> {
        let now = self.plan.pace.elapsed();
        let holds = |closed: &&Closed| !closed.refuses && closed.from <= now && now < closed.until;
        self.plan.closures.iter().find(holds).map(|closed| closed.until)
    }

    pub(super) fn note(&self, number: Option<u64>, kind: Kind) {
        let struck = Struck { at: self.plan.pace.elapsed(), road: self.plan.road, number, kind };
        self.log().push(struck);
    }

    fn log(&self) -> MutexGuard<'_, Vec<Struck>> {
        // Entries are added whole.
        self.struck.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn weather(&self, number: u64) -> Weather {
        self.plan.seed.map_or(Weather::CALM, |seed| Weather::draw(seed, self.plan.road, number))
    }

    /// Waits until the door has to be opened, or shut.
    async fn door_moves(&self, open: bool) {
        let now = self.plan.pace.elapsed();
        let next = self.plan.closures.iter().filter(|closed| closed.refuses).find_map(|closed| {
            let at = if open { closed.from } else { closed.until };
            (closed.until > now).then_some(at)
        });
        match next {
            Some(at) => tokio::time::sleep_until(self.plan.pace.instant_at(at)).await,
            None if open => std::future::pending().await,
            None => {}
        }
    }
}

/// See the module.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
    tasks: TaskTracker,
}

/// Somebody listens, or the port is only kept, so that nobody else takes it.
enum Door {
    Open(TcpListener),
    Shut(TcpSocket),
}

impl Relay {
    /// Opens on a free port; where it leads is said later.
    pub fn start(plan: RoadPlan) -> io::Result<Self> {
        let listener = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            plan,
            far: OnceLock::new(),
            taken: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            struck: Mutex::default(),
            stop: CancellationToken::new(),
        });
        let tasks = TaskTracker::new();
        tasks.spawn(keep_door(listener, address, Arc::clone(&shared), tasks.clone()));
        Ok(Self { address, shared, tasks })
    }

    /// Where it listens, leading to `far`.
    pub fn leading_to(&self, far: SocketAddr) -> SocketAddr {
        // A world has one far side; a second word changes nothing.
        let _ = self.shared.far.set(far);
        self.address
    }

    /// Connections taken in so far.
    pub fn taken(&self) -> u64 {
        self.shared.taken.load(Ordering::Relaxed)
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::Relaxed)
    }

    /// Every fault that has befallen somebody so far.
    pub fn struck(&self) -> Vec<Struck> {
        self.shared.log().clone()
    }

    /// When this road was closed as a whole.
    pub fn closures(&self) -> &[Closed] {
        &self.shared.plan.closures
    }

    /// Breaks what is open, and waits for it.
    pub async fn stop(self) {
        self.shared.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    // Handed on to whatever is taken in.
    socket.set_recv_buffer_size(BUFFER)?;
    socket.set_send_buffer_size(BUFFER)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn keep_door(listener: TcpListener, address: SocketAddr, shared: Arc<Shared>, tasks: TaskTracker) {
    let mut door = Door::Open(listener);
    loop {
        let moved = match door {
            Door::Open(ref listener) => {
                let due = tokio::select! {
                    () = shared.stop.cancelled() => return,
                    () = shared.door_moves(true) => true,
                    accepted = listener.accept() => {
                        // An error concerns one connection that is gone already.
                        if let Ok((stream, _)) = accepted {
                            tasks.spawn(carry(stream, Arc::clone(&shared)));
                        }
                        false
                    }
                };
                if !due {
                    continue;
                }
                drop(door);
                shared.note(None, Kind::Refused);
                bound(address).map(Door::Shut)
            }
            Door::Shut(socket) => {
                tokio::select! {
                    () = shared.stop.cancelled() => return,
                    () = shared.door_moves(false) => {}
                }
                socket.listen(BACKLOG).map(Door::Open)
            }
        };
        door = match moved {
            Ok(door) => door,
            Err(_) => match reopened(address, &shared).await {
                Some(door) => door,
                None => return,
            },
        };
    }
}

/// A port that another program has taken for a moment is waited for.
async fn reopened(address: SocketAddr, shared: &Shared) -> Option<Door> {
    while !shared.stop.is_cancelled() {
        if let Ok(listener) = bound(address).and_then(|socket| socket.listen(BACKLOG)) {
            return Some(Door::Open(listener));
        }
        shared.pace().sleep(STUCK).await;
    }
    None
}

/// Counts a connection for as long as it is open.
struct Open<'a>(&'a AtomicUsize);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn carry(mut near: TcpStream, shared: Arc<Shared>) {
    let number = shared.taken.fetch_add(1, Ordering::Relaxed);
    shared.open.fetch_add(1, Ordering::Relaxed);
    let _open = Open(&shared.open);
    let weather = shared.weather(number);
    let bond = Bond::new(&shared, number, weather);
    let Some(far) = shared.far.get() else { return };
    if bond.is_rejected() {
        return reset(&near);
    }
    let Ok(mut far) = TcpStream::connect(far).await else { return reset(&near) };
    // What is late is late on purpose.
    let (_, _) = (near.set_nodelay(true), far.set_nodelay(true));
    let whole = {
        let ((near_read, near_write), (far_read, far_write)) = (near.split(), far.split());
        let there = flow::run(&bond, Way::There, near_read, far_write);
        let back = flow::run(&bond, Way::Back, far_read, near_write);
        tokio::select! {
            () = shared.stop.cancelled() => false,
            both = futures_util::future::try_join(there, back) => both.is_ok(),
        }
    };
    if !whole {
        reset(&near);
        reset(&far);
    }
}

/// What is dropped after this is reset instead of closed.
fn reset(stream: &TcpStream) {
    // A connection that is gone already needs no reset.
    let _ = stream.set_zero_linger();
}
