//! Who speaks: OpenAI (or a server with the same API), or the coach built into this program.

use secrecy::SecretString;
use url::Url;

use super::public_url;
use super::reader::{Reader, parse_web_address};

const BASE_URL: &str = "https://api.openai.com/v1";
/// The newest realtime model and the chat model named as the successor of the small ones, autumn 2026.
const REALTIME_MODEL: &str = "gpt-realtime-2.1";
const CHAT_MODEL: &str = "gpt-6-luna";
const VOICE: &str = "marin";
/// Somebody is waiting on the phone: no thinking before speaking.
const CHAT_EFFORT: &str = "none";
/// For servers that do not know the field.
const OMIT_EFFORT: &str = "omit";

const OTHERS: [&str; 5] =
    ["OPENAI_BASE_URL", "OPENAI_REALTIME_MODEL", "OPENAI_CHAT_MODEL", "OPENAI_VOICE", "WAKEUP_CHAT_EFFORT"];

/// Who speaks.
#[derive(Debug, Clone)]
pub enum ModelChoice {
    /// A real account.
    OpenAi(OpenAiSettings),
    /// The coach built into this program.
    BuiltIn {
        /// Why, as a sentence for the start-up log.
        why: String,
    },
}

/// An account at OpenAI, or at a server with the same API.
#[derive(Debug, Clone)]
pub struct OpenAiSettings {
    /// Sent as a bearer token.
    pub api_key: SecretString,
    /// Up to and including `/v1`, without a slash at its end where the text had none.
    pub base_url: Url,
    /// Speaks in realtime mode.
    pub realtime_model: String,
    /// Writes the answers in traditional mode.
    pub chat_model: String,
    /// The chat model's `reasoning_effort`; `None`: the field is left out.
    pub chat_effort: Option<String>,
    /// The realtime model's voice.
    pub voice: String,
}

impl ModelChoice {
    pub(super) fn none_configured() -> Self {
        Self::BuiltIn { why: "no model is configured (OPENAI_API_KEY is not set)".to_owned() }
    }

    /// Who speaks and why, for the start-up log.
    pub fn sentence(&self) -> String {
        match self {
            Self::OpenAi(openai) => format!(
                "{} speaks in realtime mode and {} writes in traditional mode, at {}",
                openai.realtime_model,
                openai.chat_model,
                openai.base_url.host_str().unwrap_or("the model's server")
            ),
            Self::BuiltIn { why } => format!("The built-in coach speaks, because {why}"),
        }
    }
}

/// `None` when the group is there but wrong; the reader then knows why.
pub(super) fn read(read: &mut Reader) -> Option<ModelChoice> {
    if !read.is_set("OPENAI_API_KEY") {
        return without_key(read);
    }
    let api_key = read.secret("OPENAI_API_KEY");
    let base_url = read.parsed("OPENAI_BASE_URL", parse_base_url).unwrap_or_else(default_base_url);
    if base_url.scheme() == "http" && !public_url::is_private(&base_url) {
        read.warning(
            "OPENAI_BASE_URL is not https: the key and the conversations travel in the open".to_owned(),
        );
    }
    let mut name = |variable: &str, default: &str| {
        read.parsed(variable, parse_name).unwrap_or_else(|| default.to_owned())
    };
    let realtime_model = name("OPENAI_REALTIME_MODEL", REALTIME_MODEL);
    let chat_model = name("OPENAI_CHAT_MODEL", CHAT_MODEL);
    let voice = name("OPENAI_VOICE", VOICE);
    let effort = name("WAKEUP_CHAT_EFFORT", CHAT_EFFORT);
    let chat_effort = (effort != OMIT_EFFORT).then_some(effort);
    Some(ModelChoice::OpenAi(OpenAiSettings {
        api_key: api_key?,
        base_url,
        realtime_model,
        chat_model,
        chat_effort,
        voice,
    }))
}

fn without_key(read: &mut Reader) -> Option<ModelChoice> {
    if read.is_set("OPENAI_BASE_URL") {
        // Silence here would send nothing to a server that somebody took the trouble to set up.
        read.problem(
            "OPENAI_API_KEY",
            "is missing, while OPENAI_BASE_URL is set: write any word if that server asks for no key",
        );
        return None;
    }
    for name in OTHERS.iter().filter(|name| read.is_set(name)).collect::<Vec<_>>() {
        read.warning(format!("{name} has no effect without OPENAI_API_KEY"));
    }
    Some(ModelChoice::none_configured())
}

fn default_base_url() -> Url {
    Url::parse(BASE_URL).expect("a constant address is well-formed")
}

fn parse_base_url(text: &str) -> Result<Url, String> {
    let url = parse_web_address(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("`{text}` holds a ? or #: write an address such as {BASE_URL}"));
    }
    Ok(url)
}

/// Names travel in JSON and in a query string; blanks in them are always an accident.
fn parse_name(text: &str) -> Result<String, String> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is not a name: write it without blanks"))
}
