//! The address under which the carrier finds us.
//!
//! Signatures are computed over it, so it is configured and never guessed from a request's headers.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use super::reader::Reader;

/// The original program's names for it, the preferred one first.
const NAMES: [&str; 3] = ["BASE_URL", "PUBLIC_URL", "PUBLIC_DOMAIN"];

/// An http(s) base without a slash at its end; may have a path of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

/// Why a text cannot be the base of our addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAPublicUrl(String);

impl PublicUrl {
    /// Reads `https://wake.example.com`; only scheme, host, port and path may stand in it.
    pub fn parse(text: &str) -> Result<Self, NotAPublicUrl> {
        let wrong = |why: &str| NotAPublicUrl(format!("{why}: write it as https://wake.example.com"));
        let url = Url::parse(text).map_err(|_| wrong(&format!("`{text}` is not a web address")))?;
        if !url.username().is_empty() || url.password().is_some() {
            // Not shown: the part before the @ is a password.
            return Err(wrong("holds a user name or password, which the carrier cannot use"));
        }
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(wrong(&format!("`{text}` does not begin with https://")));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong(&format!("`{text}` holds a ? or #, which cannot stand before a path")));
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// The base itself, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is https, without which the carrier opens no media stream.
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// The public address of one of our own paths, such as `/voice/…`.
    pub fn join(&self, path: &str) -> Url {
        debug_assert!(path.starts_with('/'), "a path begins with a slash");
        Url::parse(&format!("{}{path}", self.0)).expect("an http base followed by a path is a web address")
    }

    /// The same for a socket: `ws` for `http`, `wss` for `https`.
    pub fn websocket(&self, path: &str) -> Url {
        let mut url = self.join(path);
        let scheme = if self.is_secure() { "wss" } else { "ws" };
        url.set_scheme(scheme).expect("http and ws schemes may replace each other");
        url
    }

    /// Whether only this machine or its local network can reach it.
    pub fn is_private(&self) -> bool {
        is_private(&self.join("/"))
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether an address can be reached from this machine or its local network only.
pub(super) fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => is_private_ip(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => is_private_ip(IpAddr::V6(ip)),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            // A name of one word is a container's or a neighbour's: no public host has one.
            !name.contains('.')
                || [".local", ".localhost", ".internal", ".lan"].iter().any(|end| name.ends_with(end))
        }
        None => false,
    }
}

fn is_private_ip(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified(),
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
    }
}

/// The one address that all the names agree on.
pub(super) fn read(read: &mut Reader) -> Option<PublicUrl> {
    let mut chosen: Option<(&str, PublicUrl)> = None;
    for name in NAMES {
        let parse = if name == "PUBLIC_DOMAIN" { parse_domain } else { PublicUrl::parse };
        let Some(url) = read.parsed(name, parse) else { continue };
        match &chosen {
            None => chosen = Some((name, url)),
            Some((first, agreed)) if *agreed != url => {
                let message = format!("says {url}, but {first} says {agreed}: leave one of them empty");
                read.problem(name, message);
            }
            Some(_) => {}
        }
    }
    chosen.map(|(_, url)| url)
}

/// A domain comes without a scheme, and means https.
fn parse_domain(text: &str) -> Result<PublicUrl, NotAPublicUrl> {
    if text.contains("://") { PublicUrl::parse(text) } else { PublicUrl::parse(&format!("https://{text}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stand_under_the_base() {
        for (base, path, http, socket) in [
            (
                "https://wake.example.com",
                "/a/b",
                "https://wake.example.com/a/b",
                "wss://wake.example.com/a/b",
            ),
            ("https://wake.example.com/", "/a", "https://wake.example.com/a", "wss://wake.example.com/a"),
            ("https://Wake.example.com:443", "/a", "https://wake.example.com/a", "wss://wake.example.com/a"),
            ("https://example.com/wake/", "/a", "https://example.com/wake/a", "wss://example.com/wake/a"),
            ("http://127.0.0.1:8765", "/a?b=c", "http://127.0.0.1:8765/a?b=c", "ws://127.0.0.1:8765/a?b=c"),
            ("https://example.com:8443", "/", "https://example.com:8443/", "wss://example.com:8443/"),
        ] {
            let base = PublicUrl::parse(base).unwrap();
            assert_eq!((base.join(path).as_str(), base.websocket(path).as_str()), (http, socket));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for wrong in [
            "wake.example.com",
            "localhost:8765",
            "wss://wake.example.com",
            "ftp://wake.example.com",
            "https://",
            "https://wake.example.com?x=1",
            "https://wake.example.com#x",
            "https://anna:secret@wake.example.com",
            "",
        ] {
            let refusal = PublicUrl::parse(wrong).unwrap_err().to_string();
            assert!(refusal.ends_with(": write it as https://wake.example.com"), "{refusal}");
            assert!(!refusal.contains("secret"), "{refusal}");
        }
    }

    #[test]
    fn addresses_the_carrier_cannot_reach_are_known() {
        for private in [
            "http://localhost:8765",
            "http://127.0.0.1",
            "https://192.168.1.2",
            "https://10.0.0.1",
            "https://[::1]",
            "https://[fd00::1]",
            "https://pi.local",
            "http://twilio:4010",
        ] {
            assert!(PublicUrl::parse(private).unwrap().is_private(), "{private}");
        }
        for public in ["https://wake.example.com", "https://8.8.8.8", "https://[2001:4860:4860::8888]"] {
            assert!(!PublicUrl::parse(public).unwrap().is_private(), "{public}");
        }
    }
}
