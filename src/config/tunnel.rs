//! Where tunnel programs on this machine tell of themselves, and whether their address is followed.

use url::Url;

use super::reader::{Reader, parse_web_address};

/// Says that the public address is the tunnel's, whatever it is at the moment.
pub(super) const FOLLOW: &str = "FOLLOW_TUNNEL";
/// Where ngrok's agent tells of itself unless it is told otherwise.
const NGROK: &str = "http://127.0.0.1:4040";
/// The ports cloudflared tries for its metrics, in this order.
const CLOUDFLARED: [&str; 5] = [
    "http://127.0.0.1:20241",
    "http://127.0.0.1:20242",
    "http://127.0.0.1:20243",
    "http://127.0.0.1:20244",
    "http://127.0.0.1:20245",
];

/// Where tunnel programs are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TunnelPlaces {
    /// ngrok's local API.
    pub ngrok: Option<Url>,
    /// cloudflared's metrics servers.
    pub cloudflared: Vec<Url>,
}

impl Default for TunnelPlaces {
    fn default() -> Self {
        let address = |text: &str| Url::parse(text).expect("a constant address is well-formed");
        Self { ngrok: Some(address(NGROK)), cloudflared: CLOUDFLARED.into_iter().map(address).collect() }
    }
}

impl TunnelPlaces {
    /// For those who must not look around on this machine: rehearsals and tests.
    pub fn nowhere() -> Self {
        Self { ngrok: None, cloudflared: Vec::new() }
    }
}

pub(super) fn read(read: &mut Reader) -> TunnelPlaces {
    let usual = TunnelPlaces::default();
    let cloudflared = read.parsed("WAKEUP_CLOUDFLARED_METRICS", parse_web_address);
    TunnelPlaces {
        ngrok: read.parsed("WAKEUP_NGROK_API", parse_web_address).or(usual.ngrok),
        cloudflared: cloudflared.map_or(usual.cloudflared, |place| vec![place]),
    }
}
