//! Was it really the carrier who sent this? Checks of `X-Twilio-Signature`, as in `vendor/twilio.md` §2.7.
//!
//! The signed string is the *configured* public address (see [`Addresses::signed`]) and, for forms, every
//! parameter. Signatures can be replayed, so they never replace the one-time ticket of a media socket.
//!
//! [`Addresses::signed`]: super::urls::Addresses::signed

use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// Twilio's header. Compatible carriers have their own.
pub const SIGNATURE_HEADER: HeaderName = HeaderName::from_static("x-twilio-signature");

/// Present when the account opted into signing with a shared key: `key=…,algorithm=HMAC_SHA256`.
const SETTINGS_HEADER: HeaderName = HeaderName::from_static("x-twilio-webhooks-signature-settings");

/// A signature as a request presents it.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    signature: &'a str,
    settings: Option<&'a str>,
}

impl<'a> From<&'a str> for Presented<'a> {
    fn from(signature: &'a str) -> Self {
        Self { signature, settings: None }
    }
}

impl<'a> Presented<'a> {
    /// The same signature, with the settings header that came beside it.
    #[must_use]
    pub fn with_settings(self, settings: &'a str) -> Self {
        Self { settings: Some(settings), ..self }
    }
}

/// What signatures are checked with.
#[derive(Debug, Clone)]
pub struct Validator {
    /// The account's auth tokens: two while one replaces the other.
    tokens: Vec<SecretString>,
    /// Secrets of the account's shared keys, for the HMAC-SHA256 variant.
    shared_keys: Vec<SecretString>,
    header: HeaderName,
}

impl Validator {
    /// Checks with these auth tokens. Without any, every check fails.
    pub fn new(tokens: Vec<SecretString>) -> Self {
        Self { tokens, shared_keys: Vec::new(), header: SIGNATURE_HEADER }
    }

    /// Also checks the HMAC-SHA256 variant, with these secrets.
    #[must_use]
    pub fn with_shared_keys(self, shared_keys: Vec<SecretString>) -> Self {
        Self { shared_keys, ..self }
    }

    /// Reads the signature from another header.
    #[must_use]
    pub fn with_header(self, header: HeaderName) -> Self {
        Self { header, ..self }
    }

    /// The signature among a request's headers; `None` when there is none, or more than one.
    pub fn presented<'h>(&self, headers: &'h HeaderMap) -> Option<Presented<'h>> {
        let mut signatures = headers.get_all(&self.header).iter();
        let signature = signatures.next()?.to_str().ok()?;
        let settings = headers.get(SETTINGS_HEADER).map(|settings| settings.to_str());
        match (signatures.next(), settings.transpose()) {
            (None, Ok(settings)) => Some(Presented { signature, settings }),
            _ => None,
        }
    }

    /// Checks a form, or a request without a body (`params` empty; its query stays in `url`).
    pub fn check_form<'a>(
        &self,
        url: &str,
        params: &[(String, String)],
        presented: impl Into<Presented<'a>>,
    ) -> bool {
        let tail = signed_params(params);
        let candidates = candidates(url, None).into_iter().map(|url| url + &tail);
        self.check(candidates, presented.into())
    }

    /// Checks any other body: its hash stands in the signed address as `bodySHA256`.
    pub fn check_body<'a>(&self, url: &str, body: &[u8], presented: impl Into<Presented<'a>>) -> bool {
        let hash = hexadecimal(digest::digest(&digest::SHA256, body).as_ref());
        // A body without its hash in the address is not signed at all.
        body_hash(url).is_some_and(|stated| stated == hash)
            && self.check(candidates(url, None), presented.into())
    }

    /// Checks a media socket's handshake; `url` is the `wss` address in the document. Whether the carrier
    /// adds a slash, or a port, to what it signs is not documented, so either form is taken.
    pub fn check_handshake<'a>(&self, url: &str, presented: impl Into<Presented<'a>>) -> bool {
        let (path, query) = url.split_at(url.find('?').unwrap_or(url.len()));
        let bare = path.trim_end_matches('/');
        let forms = [url.to_owned(), format!("{bare}{query}"), format!("{bare}/{query}")];
        self.check(forms.iter().flat_map(|form| candidates(form, Some("443"))), presented.into())
    }

    fn check(&self, candidates: impl IntoIterator<Item = String>, presented: Presented<'_>) -> bool {
        let Some((algorithm, secrets)) = self.algorithm(presented.settings) else { return false };
        let Ok(tag) = STANDARD.decode(presented.signature) else { return false };
        let keys: Vec<_> = secrets
            .iter()
            .map(|secret| hmac::Key::new(algorithm, secret.expose_secret().as_bytes()))
            .collect();
        candidates
            .into_iter()
            .any(|signed| keys.iter().any(|key| hmac::verify(key, signed.as_bytes(), &tag).is_ok()))
    }

    /// The algorithm named beside the signature and the secrets that go with it. An auth token never
    /// vouches for the new variant, nor a shared key for the old one.
    fn algorithm(&self, settings: Option<&str>) -> Option<(hmac::Algorithm, &[SecretString])> {
        let named = settings.unwrap_or_default().split(',').find_map(|part| {
            let (name, value) = part.split_once('=')?;
            (name.trim() == "algorithm").then(|| value.trim())
        });
        match named {
            None | Some("" | "HMAC_SHA1") => Some((hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.tokens)),
            Some("HMAC_SHA256") => Some((hmac::HMAC_SHA256, &self.shared_keys)),
            Some(_) => None,
        }
    }
}

/// Every parameter, name and value without anything between, in code-point order, repeated pairs once.
/// Empty values belong to it: `Digits=` is signed as `Digits`.
fn signed_params(params: &[(String, String)]) -> String {
    let mut pairs: Vec<_> = params.iter().collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs.into_iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]).collect()
}

/// The forms of one address the carrier may have signed: it is inconsistent about ports, so as it stands,
/// without a port, and with the default one. Cut as text: percent-encoding must stay exactly as it is.
fn candidates(url: &str, also_port: Option<&str>) -> Vec<String> {
    let url = url.split('#').next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let bare = without_port(authority);
    let mut forms = vec![url.to_owned(), format!("{scheme}://{bare}{path}")];
    if bare == authority {
        // The official validators take 80 for `wss` as well.
        let default = if scheme == "https" { "443" } else { "80" };
        let ports = [Some(default), also_port.filter(|port| *port != default)];
        forms.extend(ports.into_iter().flatten().map(|port| format!("{scheme}://{bare}:{port}{path}")));
    }
    forms
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        // The colons of an IPv6 address stand inside brackets, that of a password before the `@`.
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    bytes.iter().flat_map(digits).map(char::from).collect()
}

fn body_hash(url: &str) -> Option<String> {
    let url: Url = url.parse().ok()?;
    url.query_pairs().find(|(name, _)| name == "bodySHA256").map(|(_, hash)| hash.into_owned())
}

#[cfg(test)]
mod tests;
