//! One way of one connection: bytes come, and go on as its fault allows.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};

use super::relay::Shared;
use super::weather::{Fault, Kind, Way, Weather};
use crate::app::Road;
use crate::http;

/// Taken at a time.
const PIECE: usize = 16 * 1024;
/// What a slow reader takes at a time, at least; and how often a second, at most: timers are no finer.
const MOUTHFUL: u64 = 32;
const MOUTHFULS_A_SECOND: u64 = 25;
/// So many single bytes, then a breath: timers are no finer.
const DRIPS: usize = 16;
const BREATH: Duration = Duration::from_millis(40);
/// When nobody is told that a connection is gone, its other end finds out by itself after so long.
const FINDS_OUT_AFTER: Duration = Duration::from_mins(1);

/// The connection is to be reset, both ways.
#[derive(Debug)]
pub(super) struct Broken;

/// What both ways of a connection have in common.
pub(super) struct Bond<'a> {
    shared: &'a Shared,
    number: u64,
    weather: Weather,
    noted: AtomicBool,
    severed: AtomicBool,
    /// In simulated microseconds; 0 before it is held.
    held_until: AtomicU64,
}

impl<'a> Bond<'a> {
    pub(super) fn new(shared: &'a Shared, number: u64, weather: Weather) -> Self {
        let (noted, severed) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { shared, number, weather, noted, severed, held_until: AtomicU64::new(0) }
    }

    /// Whether it never comes to be.
    pub(super) fn is_rejected(&self) -> bool {
        let rejected = self.weather.fault == Fault::Rejected;
        if rejected {
            self.strikes();
        }
        rejected
    }

    /// The fault has befallen somebody; counted once.
    fn strikes(&self) {
        if let (Some(kind), false) = (self.weather.fault.kind(), self.noted.swap(true, Ordering::Relaxed)) {
            self.shared.note(Some(self.number), kind);
        }
    }

    fn sever(&self) {
        self.severed.store(true, Ordering::Relaxed);
        self.strikes();
    }

    fn is_severed(&self) -> bool {
        self.severed.load(Ordering::Relaxed)
    }

    /// Until when it is held as one connection; the first piece that comes to the place begins it.
    fn hold(&self, lasts: Duration) -> Duration {
        let until = u64::try_from((self.shared.pace().elapsed() + lasts).as_micros()).unwrap_or(u64::MAX);
        let begun = self.held_until.compare_exchange(0, until, Ordering::Relaxed, Ordering::Relaxed);
        if begun.is_ok() {
            self.strikes();
        }
        Duration::from_micros(begun.err().unwrap_or(until))
    }

    /// Waits out what holds the road or the connection, and says whether the bytes survive it.
    async fn wait_until(&self, until: Duration, way: Way) -> Result<(), Broken> {
        let pace = self.shared.pace();
        let wait = until.saturating_sub(pace.elapsed());
        // Nobody holds a request of ours for longer: the kernel gives the connection up, and the bytes.
        let kernel_gives_up = self.shared.road() != Road::Line && way == Way::There;
        if kernel_gives_up && wait > http::UNACKNOWLEDGED {
            pace.sleep(http::UNACKNOWLEDGED).await;
            return Err(Broken);
        }
        pace.sleep(wait).await;
        Ok(())
    }
}

struct Flow<'a> {
    bond: &'a Bond<'a>,
    way: Way,
    passed: u64,
    rng: StdRng,
    /// Nothing goes on any more, and nobody is told.
    swallows: bool,
    /// The far end was told that nothing more comes.
    closed: bool,
}

/// Carries bytes until this way is over.
pub(super) async fn run(
    bond: &Bond<'_>,
    way: Way,
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
) -> Result<(), Broken> {
    let rng =
        StdRng::seed_from_u64(bond.shared.seed() ^ bond.number.rotate_left(32) ^ u64::from(way == Way::Back));
    let mut flow = Flow { bond, way, passed: 0, rng, swallows: false, closed: false };
    let mut room = vec![0; PIECE];
    loop {
        let appetite = flow.appetite();
        let length = match from.read(&mut room[..appetite]).await {
            Ok(0) => return flow.ends(&mut to).await,
            Ok(length) => length,
            Err(_) => return flow.breaks().await,
        };
        if !flow.is_deaf() {
            flow.pass(&mut room[..length], &mut to).await?;
        }
        flow.passed += length as u64;
    }
}

impl Flow<'_> {
    /// How much is read at a time: of a slow reader's bytes, a mouthful.
    fn appetite(&self) -> usize {
        match self.bond.weather.fault {
            Fault::SlowReader(way, a_second) if way == self.way => {
                usize::try_from(MOUTHFUL.max(a_second / MOUTHFULS_A_SECOND)).unwrap_or(PIECE)
            }
            _ => PIECE,
        }
    }

    fn is_deaf(&self) -> bool {
        self.swallows || self.closed || self.bond.is_severed()
    }

    /// The sender has closed in good order.
    async fn ends(&self, to: &mut WriteHalf<'_>) -> Result<(), Broken> {
        if self.swallows || self.bond.is_severed() {
            return self.is_found_out().await;
        }
        if let Some(until) = self.bond.shared.held_until() {
            self.bond.shared.pace().sleep(until.saturating_sub(self.bond.shared.pace().elapsed())).await;
        }
        to.shutdown().await.map_err(|_| Broken)
    }

    /// The sender is gone without a word.
    async fn breaks(&self) -> Result<(), Broken> {
        if self.swallows || self.bond.is_severed() {
            return self.is_found_out().await;
        }
        Err(Broken)
    }

    async fn is_found_out(&self) -> Result<(), Broken> {
        self.bond.shared.pace().sleep(FINDS_OUT_AFTER).await;
        Err(Broken)
    }

    async fn pass(&mut self, piece: &mut [u8], to: &mut WriteHalf<'_>) -> Result<(), Broken> {
        self.linger().await;
        if let Some(until) = self.bond.shared.held_until() {
            self.bond.shared.note(Some(self.bond.number), Kind::Outage);
            self.bond.wait_until(until, self.way).await?;
        }
        let place = |at: u64| self.place(at, piece.len());
        match self.bond.weather.fault {
            Fault::Reset(way, at) if way == self.way => match place(at) {
                Some(at) => self.break_off(&piece[..at], to).await,
                None => write(to, piece).await,
            },
            Fault::HalfClosed(way, at) if way == self.way => match place(at) {
                Some(at) => self.close_early(&piece[..at], to).await,
                None => write(to, piece).await,
            },
            Fault::Swallowed(way, at) if way == self.way => match place(at) {
                Some(at) => {
                    self.swallows = true;
                    self.bond.strikes();
                    write(to, &piece[..at]).await
                }
                None => write(to, piece).await,
            },
            Fault::Severed(at) => match place(at) {
                Some(at) => {
                    self.bond.sever();
                    write(to, &piece[..at]).await
                }
                None => write(to, piece).await,
            },
            Fault::Held(at, lasts) => {
                if self.passed + piece.len() as u64 > at || self.bond.held_until.load(Ordering::Relaxed) > 0 {
                    let until = self.bond.hold(lasts);
                    self.bond.wait_until(until, self.way).await?;
                }
                write(to, piece).await
            }
            Fault::SlowReader(way, a_second) if way == self.way => self.slowly(piece, a_second, to).await,
            Fault::Drip(way, first) if way == self.way && self.passed < first => self.drip(piece, to).await,
            Fault::Cut(way, at, length) if way == self.way => match place(at) {
                Some(at) => {
                    self.bond.strikes();
                    write(to, &piece[..at]).await?;
                    write(to, &piece[(at + length).min(piece.len())..]).await
                }
                None => write(to, piece).await,
            },
            Fault::Flipped(way, at) if way == self.way => {
                if let Some(at) = place(at) {
                    self.bond.strikes();
                    piece[at] ^= 1 << self.rng.random_range(0..8);
                }
                write(to, piece).await
            }
            _ => write(to, piece).await,
        }
    }

    /// Where in the piece that has come the place is, if it is in it.
    fn place(&self, at: u64, length: usize) -> Option<usize> {
        let at = usize::try_from(at.checked_sub(self.passed)?).ok()?;
        (at < length).then_some(at)
    }

    async fn linger(&mut self) {
        let Weather { latency, jitter, .. } = self.bond.weather;
        let wait = latency + jitter.mul_f64(self.rng.random());
        if !wait.is_zero() {
            self.bond.shared.pace().sleep(wait).await;
        }
    }

    async fn break_off(&self, rest: &[u8], to: &mut WriteHalf<'_>) -> Result<(), Broken> {
        self.bond.strikes();
        write(to, rest).await?;
        Err(Broken)
    }

    async fn close_early(&mut self, rest: &[u8], to: &mut WriteHalf<'_>) -> Result<(), Broken> {
        self.bond.strikes();
        self.closed = true;
        write(to, rest).await?;
        to.shutdown().await.map_err(|_| Broken)
    }

    async fn slowly(&self, piece: &[u8], a_second: u64, to: &mut WriteHalf<'_>) -> Result<(), Broken> {
        self.bond.strikes();
        let pause = Duration::from_micros(piece.len() as u64 * 1_000_000 / a_second);
        self.bond.shared.pace().sleep(pause).await;
        write(to, piece).await
    }

    async fn drip(&self, piece: &[u8], to: &mut WriteHalf<'_>) -> Result<(), Broken> {
        self.bond.strikes();
        for (index, byte) in piece.iter().enumerate() {
            if index % DRIPS == DRIPS - 1 {
                self.bond.shared.pace().sleep(BREATH).await;
            }
            write(to, std::slice::from_ref(byte)).await?;
        }
        Ok(())
    }
}

async fn write(to: &mut WriteHalf<'_>, bytes: &[u8]) -> Result<(), Broken> {
    to.write_all(bytes).await.map_err(|_| Broken)
}
