//! Who stands before us, as far as headers tell: the cure depends on it.

use axum::http::HeaderMap;

/// Somebody between the carrier and us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front {
    Nginx,
    Apache,
    Caddy,
    Cloudflare,
    Ngrok,
}

impl Front {
    /// Reads the headers of an answer; `None` when nobody gives himself away.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        if headers.contains_key("ngrok-error-code") || headers.contains_key("ngrok-trace-id") {
            return Some(Self::Ngrok);
        }
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let words = format!("{} {}", header("server"), header("via")).to_ascii_lowercase();
        [
            ("cloudflare", Self::Cloudflare),
            ("nginx", Self::Nginx),
            ("apache", Self::Apache),
            ("caddy", Self::Caddy),
            ("ngrok", Self::Ngrok),
        ]
        .into_iter()
        .find_map(|(word, front)| words.contains(word).then_some(front))
    }

    /// As it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "Apache",
            Self::Caddy => "Caddy",
            Self::Cloudflare => "Cloudflare",
            Self::Ngrok => "ngrok",
        }
    }

    /// How it is told to pass WebSockets.
    pub(super) fn passes_sockets_when(self) -> &'static str {
        match self {
            Self::Nginx => {
                "In nginx's `location`: `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; \
                 proxy_set_header Connection \"upgrade\"; proxy_read_timeout 1h;`, then reload it."
            }
            Self::Apache => {
                "In Apache: `a2enmod proxy_wstunnel`, and `ProxyPass / http://127.0.0.1:8765/ upgrade=websocket` \
                 (2.4.47 or newer), then reload it."
            }
            Self::Caddy => {
                "Caddy's `reverse_proxy` passes WebSockets by itself: look for `header_up` or a matcher that \
                 takes the Upgrade header away."
            }
            Self::Cloudflare => {
                "In Cloudflare's dashboard, Network: switch WebSockets on; and let no access policy or \
                 challenge stand before the carrier's paths."
            }
            Self::Ngrok => "Use `ngrok http`, and look into its inspector at http://127.0.0.1:4040.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_give_themselves_away_are_known() {
        for (name, value, front) in [
            ("server", "nginx/1.22.1", Some(Front::Nginx)),
            ("server", "Apache/2.4.62 (Debian)", Some(Front::Apache)),
            ("server", "cloudflare", Some(Front::Cloudflare)),
            ("via", "1.1 Caddy", Some(Front::Caddy)),
            ("ngrok-error-code", "ERR_NGROK_3200", Some(Front::Ngrok)),
            ("server", "wakeup", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            assert_eq!(Front::of(&headers), front, "{name}: {value}");
        }
    }
}
