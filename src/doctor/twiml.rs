//! Our own voice documents, written as for a call and read as the carrier reads them.

mod inspect;

use std::time::Duration;

use super::finding::{Finding, symptoms};
use super::patient::Patient;
use crate::coach::language::{Language, Tongue};
use crate::coach::script::{self, Stage};
use crate::domain::ids::Nonce;
use crate::telephony::twiml::{self, Document, Gather, Stream, Voice};
use crate::telephony::urls::Addresses;

symptoms! {
    SOUND = Ok "twiml.sound": "The documents of both modes say what the carrier understands.";
    NO_ADDRESS = Note "twiml.no-address": "Without a public address no document can be written."
        => "Set BASE_URL to the address of your tunnel or proxy.";
    NOT_XML = Fail "twiml.not-xml" ["12100"]: "A document is not well-formed XML: the carrier would apologise and hang up."
        => "Please report it: no setting should be able to cause this.";
    WRONG_ROOT = Fail "twiml.wrong-root" ["12102"]: "A document's outermost element is not <Response>."
        => "Please report it: no setting should be able to cause this.";
    TOO_LONG = Fail "twiml.too-long" ["11750"]: "A document is longer than the 64 KiB that the carrier reads."
        => "Please report it: no setting should be able to cause this.";
    RELATIVE = Fail "twiml.relative" ["15004"]: "An address in a document is not absolute, and the carrier may ask the wrong one."
        => "Set BASE_URL to a whole address, such as https://wake.example.com.";
    NOT_WSS = Warn "twiml.not-wss" ["31922"]: "The media socket's address does not begin with wss://, and the carrier opens no other."
        => "Set BASE_URL to an https:// address. Until then every call is traditional.";
    QUERY = Fail "twiml.query" ["31920"]: "The media socket's address has a query, which the carrier drops: the socket would be refused."
        => "Set BASE_URL to an address without a ? in it.";
    TRACK = Fail "twiml.track" ["31941"]: "<Stream> names a track; inside <Connect> the carrier takes none."
        => "Please report it: no setting should be able to cause this.";
    MALFORMED = Fail "twiml.malformed-address" ["31923"]: "An address in a document cannot be read."
        => "Set BASE_URL to an address such as https://wake.example.com.";
    UNDERSCORE = Fail "twiml.underscore": "The host name has an underscore, and the carrier refuses status callbacks to such hosts."
        => "Give the host another name.";
    NOTHING_SAID = Fail "twiml.nothing-said" ["13520"]: "A <Say> has no text."
        => "Please report it: no setting should be able to cause this.";
    SAID_TOO_MUCH = Fail "twiml.said-too-much" ["13521"]: "A <Say> is longer than the voice may say at once."
        => "Please report it: no setting should be able to cause this.";
    AUTO_TIMEOUT = Fail "twiml.auto-timeout" ["13335"]: "<Gather> leaves the end of speech to the carrier although it names a speech model; the pair is refused."
        => "Please report it: no setting should be able to cause this.";
}

/// The languages with lines of their own.
const LANGUAGES: [&str; 2] = ["en-US", "fr-FR"];
/// Any name and any ticket look like this.
const EXAMPLE: &str = "0123456789abcdef0123456789abcdef";

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let Some(addresses) = &patient.addresses else {
        return vec![NO_ADDRESS.saw("BASE_URL is not set")];
    };
    let documents = documents(addresses);
    let found: Vec<Finding> =
        documents.iter().flat_map(|(name, document)| inspect::inspect(name, document.as_str())).collect();
    if !found.is_empty() {
        return found;
    }
    let longest = documents.iter().map(|(_, document)| document.as_str().len()).max().unwrap_or(0);
    vec![SOUND.saw(format!("{} documents, the longest of {longest} bytes", documents.len()))]
}

/// Each kind of document that a call may get.
fn documents(addresses: &Addresses) -> Vec<(String, Document)> {
    let nonce = Nonce::parse(EXAMPLE).expect("a constant nonce is well-formed");
    let ended = addresses.stream_ended(&nonce);
    let stream = twiml::connect_stream(&Stream {
        stream_url: &addresses.media_stream(&nonce),
        action: &ended,
        stream_status_url: &addresses.stream_status(&nonce),
        then_redirect: &ended,
    });
    let emergencies = Tongue::all().iter().map(|tongue| {
        let document = twiml::static_wake_up(&addresses.handle_response(&nonce, 0), *tongue);
        (format!("the emergency lines in {}", tongue.name()), document)
    });
    let mut documents = vec![
        ("realtime".to_owned(), stream),
        ("the tone".to_owned(), twiml::play(&addresses.wake_tone(), &ended)),
    ];
    documents.extend(emergencies);
    for language in LANGUAGES {
        documents.extend(turns(addresses, &nonce, language));
    }
    documents
}

/// A question and a goodbye of traditional mode, with the longest lines there are.
fn turns(addresses: &Addresses, nonce: &Nonce, language: &str) -> Vec<(String, Document)> {
    let voice = Voice::of(language);
    let tongue = Language::parse(language).unwrap_or_default().tongue();
    let mut sentences: Vec<String> = script::sentences(tongue).into_iter().map(str::to_owned).collect();
    sentences.sort_by_key(|sentence| std::cmp::Reverse(sentence.chars().count()));
    let longest: Vec<&str> = sentences.iter().take(5).map(String::as_str).collect();
    let hints = script::hints(tongue, None);
    let question = twiml::gather(&Gather {
        lines: &longest,
        sound: None,
        voice: &voice,
        action: &addresses.handle_response(nonce, 0),
        timeout: Duration::from_secs(8),
        speech_timeout: Duration::from_secs(2),
        speech_model: "default",
        language,
        hints: &hints.iter().map(String::as_str).collect::<Vec<_>>(),
        num_digits: None,
        finish_on_key: Some('#'),
    });
    let goodbye = twiml::say_and_hang_up(&[&script::line(tongue, Stage::Goodbye, 0)], &voice);
    vec![(format!("traditional, {language}"), question), (format!("goodbye, {language}"), goodbye)]
}
