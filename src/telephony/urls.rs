//! Where the carrier finds us: the absolute addresses written into requests and documents.

use std::sync::{Arc, PoisonError, RwLock};

use url::Url;

use crate::domain::ids::Nonce;

/// Our public address, and every address below it that the carrier is told.
///
/// Clones share it: when a tunnel comes back under another name, [`Addresses::move_to`] moves all of them.
#[derive(Debug, Clone)]
pub struct Addresses {
    public: Arc<RwLock<Url>>,
}

/// Why an address cannot be our public one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not a public address: it must begin with https:// and a host name, such as https://wake.example.com"
)]
pub struct NotAPublicAddress;

/// The address of a media socket: always absolute, never with a query, which the carrier would drop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamAddress(Url);

impl StreamAddress {
    /// The address as it stands in the document.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Addresses {
    /// Takes the public base address (`https://…`, possibly with a path); query and fragment are dropped.
    /// Plain `http` is taken too, for carriers on the same host.
    pub fn new(public: Url) -> Result<Self, NotAPublicAddress> {
        Ok(Self { public: Arc::new(RwLock::new(base(public)?)) })
    }

    /// From now on the carrier is told addresses below `public`, and signs for them.
    pub fn move_to(&self, public: Url) -> Result<(), NotAPublicAddress> {
        let public = base(public)?;
        *self.public.write().unwrap_or_else(PoisonError::into_inner) = public;
        Ok(())
    }

    /// The public base address.
    pub fn public(&self) -> Url {
        // Nothing panics while it holds the lock.
        self.public.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The document at answer.
    pub fn voice(&self, nonce: &Nonce) -> Url {
        self.below(&["voice", nonce.as_str()])
    }

    /// What was heard in turn number `turn` of traditional mode.
    pub fn handle_response(&self, nonce: &Nonce, turn: u32) -> Url {
        self.below(&["handle-response", nonce.as_str(), &turn.to_string()])
    }

    /// What to do when the media stream has ended.
    pub fn stream_ended(&self, nonce: &Nonce) -> Url {
        self.below(&["voice-realtime", nonce.as_str()])
    }

    /// News of the call's way.
    pub fn call_status(&self, nonce: &Nonce) -> Url {
        self.below(&["call-status", nonce.as_str()])
    }

    /// News of the media stream.
    pub fn stream_status(&self, nonce: &Nonce) -> Url {
        self.below(&["stream-status", nonce.as_str()])
    }

    /// The document for a back-up person who has picked up.
    pub fn notice_voice(&self, nonce: &Nonce) -> Url {
        self.below(&["notice", nonce.as_str()])
    }

    /// The key they pressed.
    pub fn notice_response(&self, nonce: &Nonce) -> Url {
        self.below(&["notice", nonce.as_str(), "response"])
    }

    /// News of the way of their call.
    pub fn notice_status(&self, nonce: &Nonce) -> Url {
        self.below(&["notice", nonce.as_str(), "status"])
    }

    /// The document for those who telephone us.
    pub fn inbound(&self) -> Url {
        self.below(&["twiml"])
    }

    /// The tone of the silence ladder.
    pub fn wake_tone(&self) -> Url {
        self.below(&["sounds", "wake-tone.wav"])
    }

    /// Where media sockets are, without the ticket: for people and logs.
    pub fn media_stream_shown(&self) -> String {
        format!("{}/…", over_websocket(self.below(&["media-stream"])))
    }

    /// The media socket that `ticket` opens, once.
    pub fn media_stream(&self, ticket: &Nonce) -> StreamAddress {
        StreamAddress(over_websocket(self.below(&["media-stream", ticket.as_str()])))
    }

    /// What the printed code of a place leads to.
    pub fn proof(&self, secret: &Nonce) -> Url {
        self.below(&["proof", secret.as_str()])
    }

    /// A socket that only echoes, by the way a media stream would take.
    pub fn test_socket(&self, name: &str) -> StreamAddress {
        StreamAddress(over_websocket(self.below(&[name])))
    }

    /// The address the carrier signed for a request that reached us as `path_and_query`. Built on the
    /// configured address, never on the `Host` header: behind a proxy that one is another, and anybody
    /// may write it.
    pub fn signed(&self, path_and_query: &str) -> String {
        signed_below(&self.public(), path_and_query)
    }

    /// As [`Addresses::signed`], for a WebSocket handshake.
    pub fn signed_stream(&self, path_and_query: &str) -> String {
        signed_below(&over_websocket(self.public()), path_and_query)
    }

    fn below(&self, segments: &[&str]) -> Url {
        let mut url = self.public();
        url.path_segments_mut().expect("an http address has a path").pop_if_empty().extend(segments);
        url
    }
}

fn base(mut public: Url) -> Result<Url, NotAPublicAddress> {
    if !matches!(public.scheme(), "https" | "http") || !public.has_host() {
        return Err(NotAPublicAddress);
    }
    public.set_query(None);
    public.set_fragment(None);
    Ok(public)
}

fn over_websocket(mut url: Url) -> Url {
    let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
    url.set_scheme(scheme).expect("http and WebSocket addresses are of one kind");
    url
}

fn signed_below(base: &Url, path_and_query: &str) -> String {
    format!("{}{path_and_query}", base.as_str().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(public: &str) -> Addresses {
        Addresses::new(public.parse().unwrap()).unwrap()
    }

    fn nonce() -> Nonce {
        Nonce::parse(&"0a".repeat(16)).unwrap()
    }

    #[test]
    fn every_address_is_absolute_and_carries_its_nonce() {
        let ours = addresses("https://wake.example.com");
        let nonce = nonce();
        let n = nonce.as_str();
        for (address, path) in [
            (ours.voice(&nonce), format!("voice/{n}")),
            (ours.handle_response(&nonce, 3), format!("handle-response/{n}/3")),
            (ours.stream_ended(&nonce), format!("voice-realtime/{n}")),
            (ours.call_status(&nonce), format!("call-status/{n}")),
            (ours.stream_status(&nonce), format!("stream-status/{n}")),
            (ours.notice_voice(&nonce), format!("notice/{n}")),
            (ours.notice_response(&nonce), format!("notice/{n}/response")),
            (ours.notice_status(&nonce), format!("notice/{n}/status")),
            (ours.inbound(), "twiml".to_owned()),
        ] {
            assert_eq!(address.as_str(), format!("https://wake.example.com/{path}"));
        }
        assert_eq!(ours.media_stream(&nonce).as_str(), format!("wss://wake.example.com/media-stream/{n}"));
    }

    #[test]
    fn a_tunnel_that_comes_back_under_another_name_is_followed_by_all() {
        let ours = addresses("https://a.ngrok.example");
        let gate = ours.clone();
        ours.move_to("https://b.ngrok.example".parse().unwrap()).unwrap();
        assert_eq!(gate.inbound().as_str(), "https://b.ngrok.example/twiml");
        assert_eq!(gate.signed("/twiml"), "https://b.ngrok.example/twiml");
        assert!(ours.move_to("ftp://c.example".parse().unwrap()).is_err());
        assert_eq!(ours.public().host_str(), Some("b.ngrok.example"));
    }

    #[test]
    fn a_base_path_and_a_port_are_kept_and_a_query_is_not() {
        for base in ["https://example.com:8443/wake", "https://example.com:8443/wake/?debug=1#x"] {
            let ours = addresses(base);
            assert_eq!(ours.inbound().as_str(), "https://example.com:8443/wake/twiml");
            assert_eq!(ours.signed("/twiml?a=%2B1"), "https://example.com:8443/wake/twiml?a=%2B1");
        }
        let plain = addresses("http://127.0.0.1:4000");
        assert!(plain.media_stream(&nonce()).as_str().starts_with("ws://127.0.0.1:4000/media-stream/"));
        assert_eq!(addresses("https://a.example").signed_stream("/m/x"), "wss://a.example/m/x");
    }

    #[test]
    fn other_schemes_are_refused() {
        for wrong in ["ftp://example.com", "mailto:anna@example.com", "data:text/plain,hello"] {
            assert_eq!(Addresses::new(wrong.parse().unwrap()).err(), Some(NotAPublicAddress), "{wrong}");
        }
    }
}
