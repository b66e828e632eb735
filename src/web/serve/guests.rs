//! Who is inside: how many from one address, and whom to show out when there is no place left.
//!
//! Behind a tunnel everybody has one address, so places are not kept by address: whoever has shown a secret
//! (the carrier's signature, a ticket, a token) stays, and of the others the slowest goes first.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Nobody is shown out who has just come, or has just been answered: a carrier needs less than this.
const GRACE: Duration = Duration::from_secs(1);

/// What is known of a connection. Its requests carry it as an extension.
#[derive(Debug, Clone)]
pub struct Standing(Arc<Known>);

#[derive(Debug)]
struct Known {
    began: Instant,
    /// When it last did something, in milliseconds after `began`.
    last_ms: AtomicU64,
    trusted: AtomicBool,
    leave: CancellationToken,
}

impl Standing {
    pub(super) fn new() -> Self {
        Self(Arc::new(Known {
            began: now(),
            last_ms: AtomicU64::new(0),
            trusted: AtomicBool::new(false),
            leave: CancellationToken::new(),
        }))
    }

    /// It has shown a secret: it is never shown out for others.
    pub fn trust(&self) {
        self.0.trusted.store(true, Ordering::Relaxed);
    }

    /// A request of its has come, or was answered.
    pub(super) fn stirs(&self) {
        let since = u64::try_from(self.0.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.last_ms.store(since, Ordering::Relaxed);
    }

    /// Waits until it has to leave.
    pub(super) async fn must_leave(&self) {
        self.0.leave.cancelled().await;
    }

    fn may_be_shown_out(&self) -> bool {
        let known = &self.0;
        let last = Duration::from_millis(known.last_ms.load(Ordering::Relaxed));
        let idle = known.began.elapsed().saturating_sub(last);
        !known.trusted.load(Ordering::Relaxed) && !known.leave.is_cancelled() && idle >= GRACE
    }
}

/// Real time: connections come from people and machines, not from a story.
#[expect(clippy::disallowed_methods, reason = "connections live in real time, whatever the clock says")]
fn now() -> Instant {
    Instant::now()
}

/// The connections that are open.
#[derive(Debug, Default)]
pub(super) struct Guests(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    next: u64,
    /// In the order they came.
    guests: BTreeMap<u64, Standing>,
    by_address: HashMap<IpAddr, usize>,
}

impl Guests {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        // Counts and handles: nothing in it is ever half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection from this address; `None` when there are `most` already.
    pub fn from(self: &Arc<Self>, address: IpAddr, most: usize) -> Option<Place> {
        let address = counted(address);
        if let Some(address) = address {
            let mut inside = self.inside();
            let count = inside.by_address.entry(address).or_default();
            if *count >= most {
                return None;
            }
            *count += 1;
        }
        Some(Place { guests: Arc::clone(self), address })
    }

    /// Somebody has come in.
    pub fn welcome(self: &Arc<Self>, standing: &Standing) -> Visit {
        let mut inside = self.inside();
        inside.next += 1;
        let number = inside.next;
        inside.guests.insert(number, standing.clone());
        Visit { guests: Arc::clone(self), number }
    }

    /// Shows out whoever came first of those who have shown nothing and are idle.
    pub fn show_one_out(&self) -> bool {
        let inside = self.inside();
        let Some(standing) = inside.guests.values().find(|standing| standing.may_be_shown_out()) else {
            return false;
        };
        standing.0.leave.cancel();
        true
    }
}

/// One connection from an address, counted until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    guests: Arc<Guests>,
    address: Option<IpAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut inside = self.guests.inside();
        if let Some(count) = inside.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                inside.by_address.remove(&address);
            }
        }
    }
}

/// Somebody who can be shown out, until this is dropped.
#[derive(Debug)]
pub(super) struct Visit {
    guests: Arc<Guests>,
    number: u64,
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.guests.inside().guests.remove(&self.number);
    }
}

/// The address by which connections are counted: an IPv6 network as a whole. `None` for addresses within the
/// house, behind which may stand a tunnel, a proxy or a container's gateway, and so everybody.
fn counted(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        IpAddr::V4(v4) if v4.is_loopback() || v4.is_private() || v4.is_link_local() => None,
        IpAddr::V6(v6) if v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() => None,
        IpAddr::V6(v6) => Some(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => Some(v4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_share_few_places_and_the_house_has_all() {
        let guests = Arc::new(Guests::default());
        for (address, others, expected) in [
            ("203.0.113.7", "203.0.113.7", false),
            ("::ffff:203.0.113.7", "203.0.113.7", false),
            ("2001:db8::1", "2001:db8::2", false),
            ("2001:db8::1", "2001:db8:0:1::1", true),
            ("203.0.113.7", "203.0.113.8", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("172.17.0.1", "172.17.0.1", true),
            ("fd00::1", "fd00::1", true),
        ] {
            let first = [(); 2].map(|()| guests.from(others.parse().unwrap(), 2).unwrap());
            assert_eq!(guests.from(address.parse().unwrap(), 2).is_some(), expected, "{address} {others}");
            drop(first);
        }
        assert!(guests.inside().by_address.is_empty(), "everybody has left");
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_of_those_who_show_nothing_is_shown_out() {
        let guests = Arc::new(Guests::default());
        let [trusted, slow, slower, fresh] = [(); 4].map(|()| Standing::new());
        let _inside = [&trusted, &slow, &slower, &fresh].map(|standing| guests.welcome(standing));
        trusted.trust();
        assert!(!guests.show_one_out(), "they have just come");
        tokio::time::advance(GRACE).await;
        fresh.stirs();
        assert!(guests.show_one_out() && slow.0.leave.is_cancelled());
        assert!(guests.show_one_out() && slower.0.leave.is_cancelled());
        assert!(!guests.show_one_out() && !trusted.0.leave.is_cancelled() && !fresh.0.leave.is_cancelled());
    }
}
