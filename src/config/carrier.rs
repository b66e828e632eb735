//! Who carries the calls: Twilio (or anybody who speaks its API), or the local line.

use secrecy::SecretString;
use url::Url;

use crate::domain::phone::PhoneNumber;

use super::public_url::{self, PublicUrl};
use super::reader::{Reader, parse_web_address};
use super::tunnel;

const API_URL: &str = "https://api.twilio.com";

/// What no call can be placed, or no webhook trusted, without.
const REQUIRED: [&str; 3] = ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_PHONE_NUMBER"];
const OPTIONAL: [&str; 4] =
    ["TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_API_URL", "TWILIO_AUTH_TOKEN_SECONDARY"];

/// Who carries the calls.
#[derive(Debug, Clone)]
pub enum CarrierChoice {
    /// A real account.
    Twilio(TwilioSettings),
    /// The exchange built into this program.
    LocalLine {
        /// Why, as a sentence for the start-up log.
        why: String,
    },
}

/// An account at Twilio, or at a carrier with the same API.
#[derive(Debug, Clone)]
pub struct TwilioSettings {
    /// The account (`AC…` at Twilio; opaque elsewhere).
    pub account_sid: String,
    /// Signs webhooks, and is the API's password when there is no key.
    pub auth_token: SecretString,
    /// The next token while the first is being replaced.
    pub auth_token_secondary: Option<SecretString>,
    /// Used for the API in place of the token.
    pub api_key: Option<ApiKey>,
    /// The number we call from.
    pub phone_number: PhoneNumber,
    /// Scheme and host (and path, for carriers that have one before `/2010-04-01`).
    pub api_url: Url,
}

/// A revocable pair for the API.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Its public half (`SK…` at Twilio).
    pub key: String,
    /// Its secret half.
    pub secret: SecretString,
}

impl CarrierChoice {
    pub(super) fn none_configured() -> Self {
        let why = format!("no carrier is configured ({} are not set)", REQUIRED.join(", "));
        Self::LocalLine { why }
    }

    /// Who carries the calls and why, for the start-up log.
    pub fn sentence(&self) -> String {
        match self {
            Self::Twilio(twilio) => format!(
                "Calls go through {} from {}",
                twilio.api_url.host_str().unwrap_or("the carrier"),
                twilio.phone_number.masked()
            ),
            Self::LocalLine { why } => format!("Calls stay on the local line, because {why}"),
        }
    }
}

/// `None` when the group is there but wrong; the reader then knows why.
pub(super) fn read(read: &mut Reader, public_url: Option<&PublicUrl>) -> Option<CarrierChoice> {
    if !REQUIRED.iter().chain(&OPTIONAL).any(|name| read.is_set(name)) {
        return Some(CarrierChoice::none_configured());
    }
    complain_about_missing(read);
    let api_url = read.parsed("TWILIO_API_URL", parse_web_address).unwrap_or_else(default_api_url);
    check_api_url(read, &api_url);
    check_reachable(read, &api_url, public_url);
    let account_sid = read.parsed("TWILIO_ACCOUNT_SID", |text| parse_account_sid(text, &api_url));
    let auth_token = read.secret("TWILIO_AUTH_TOKEN");
    let auth_token_secondary = read.secret("TWILIO_AUTH_TOKEN_SECONDARY");
    let api_key = api_key(read);
    let phone_number = read.parsed("TWILIO_PHONE_NUMBER", PhoneNumber::parse);
    Some(CarrierChoice::Twilio(TwilioSettings {
        account_sid: account_sid?,
        auth_token: auth_token?,
        auth_token_secondary,
        api_key,
        phone_number: phone_number?,
        api_url,
    }))
}

fn complain_about_missing(read: &mut Reader) {
    let all = || REQUIRED.iter().chain(&OPTIONAL).copied();
    let set = all().filter(|name| read.is_set(name)).collect::<Vec<_>>().join(", ");
    let has_key = read.is_set("TWILIO_API_KEY");
    for name in REQUIRED {
        if read.is_set(name) {
            continue;
        }
        let message = match name {
            "TWILIO_AUTH_TOKEN" if has_key => {
                "is missing: a key can place calls, but only the token shows that a webhook is Twilio's"
                    .to_owned()
            }
            "TWILIO_PHONE_NUMBER" => {
                "is missing: write the number to call from, such as +14155552671".to_owned()
            }
            _ => format!("is missing and belongs to {set}: copy it from the carrier's console"),
        };
        read.problem(name, message);
    }
}

fn default_api_url() -> Url {
    Url::parse(API_URL).expect("a constant address is well-formed")
}

/// Twilio's own identifiers have a fixed form; compatible carriers use what they like.
fn parse_account_sid(text: &str, api_url: &Url) -> Result<String, String> {
    let is_twilio = api_url.host_str().is_some_and(|host| host.ends_with("twilio.com"));
    let digits = text.strip_prefix("AC").unwrap_or_default();
    let well_formed = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_twilio && !well_formed {
        return Err(
            "is not an account's identifier: copy the one that begins with AC (34 characters)".to_owned()
        );
    }
    if text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'?' | b'#' | b':')) {
        return Ok(text.to_owned());
    }
    Err("cannot stand in an address: copy it again, without anything around it".to_owned())
}

fn api_key(read: &mut Reader) -> Option<ApiKey> {
    match (read.is_set("TWILIO_API_KEY"), read.is_set("TWILIO_API_SECRET")) {
        (true, false) => {
            read.problem("TWILIO_API_SECRET", "is missing, while TWILIO_API_KEY is set: give both or none");
        }
        (false, true) => {
            read.problem("TWILIO_API_KEY", "is missing, while TWILIO_API_SECRET is set: give both or none");
        }
        _ => {}
    }
    let key = read.text("TWILIO_API_KEY");
    let secret = read.secret("TWILIO_API_SECRET");
    Some(ApiKey { key: key?.to_owned(), secret: secret? })
}

fn check_api_url(read: &mut Reader, api_url: &Url) {
    if api_url.query().is_some() || api_url.fragment().is_some() {
        read.problem("TWILIO_API_URL", "holds a ? or #, which cannot stand before a path");
    }
    if api_url.scheme() == "http" && !public_url::is_private(api_url) {
        read.warning("TWILIO_API_URL is not https: the account's password travels in the open".to_owned());
    }
}

/// A carrier out there cannot fetch its instructions from in here.
fn check_reachable(read: &mut Reader, api_url: &Url, public_url: Option<&PublicUrl>) {
    let carrier_is_near = public_url::is_private(api_url);
    // The tunnel's address is asked for at the start, whatever stands in BASE_URL.
    let follows = read.flag(tunnel::FOLLOW, false);
    match public_url {
        _ if follows => {}
        None if read.is_set("BASE_URL") || read.is_set("PUBLIC_URL") || read.is_set("PUBLIC_DOMAIN") => {}
        None => read.problem(
            "BASE_URL",
            "is missing: Twilio must reach this machine, so write the public https address of your tunnel or proxy \
             (or FOLLOW_TUNNEL=true, when ngrok or cloudflared runs here)",
        ),
        Some(url) if url.is_private() && !carrier_is_near => {
            let message = format!("says {url}, which Twilio cannot reach: write the public address of your tunnel or proxy");
            read.problem("BASE_URL", message);
        }
        Some(url) if !url.is_secure() => read.warning(format!(
            "{url} is not https: Twilio opens no media stream to it, so every call runs in traditional mode"
        )),
        Some(_) => {}
    }
}
