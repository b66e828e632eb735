//! TwiML: what we answer when the carrier asks what to do with a call.
//!
//! Every document is written by an XML writer from typed parts, all addresses are absolute, every attribute
//! whose default could surprise is spelled out, and whatever text is said is made speakable first. No
//! function here can fail: a call that waits for a document always gets one.

use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use url::Url;

use super::say::{hints, is_xml, speakable};
use super::urls::StreamAddress;
use crate::coach::language::Tongue;
use crate::coach::script::{self, Stage};

/// Lines said in one document. With the limits on each, any document stays below the carrier's 64 KiB.
const LINES_MAX: usize = 5;

/// A document for the carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document(String);

impl Document {
    /// A document of ours that was kept, for a carrier that asks twice.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The media type to send it with; the carrier refuses a document without one, and reads `text/plain`
    /// aloud.
    pub const fn content_type() -> &'static str {
        "text/xml; charset=utf-8"
    }

    /// The document's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, Self::content_type())], self.0).into_response()
    }
}

/// The voice that speaks, and its language. The two must fit together, or the carrier refuses to say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// The carrier's name for it, such as `Polly.Joanna-Neural`.
    pub name: String,
    /// Its language tag, such as `en-US`.
    pub language: String,
}

/// A media stream, and where the call goes without it.
#[derive(Debug, Clone, Copy)]
pub struct Stream<'a> {
    /// The socket's address, with its ticket.
    pub stream_url: &'a StreamAddress,
    /// Asked when the stream has ended, for whatever reason.
    pub action: &'a Url,
    /// Told when the stream starts, stops or fails.
    pub stream_status_url: &'a Url,
    /// Asked should the carrier not ask `action`.
    pub then_redirect: &'a Url,
}

/// Connects the call with a media stream, and goes on in either way when that ends or never stands.
pub fn connect_stream(stream: &Stream<'_>) -> Document {
    document(|verbs| {
        verbs.open("Connect", &[("action", stream.action.as_str()), ("method", "POST")]);
        // No `track`: with Connect the default is the only one allowed (31941).
        verbs.empty(
            "Stream",
            &[
                ("url", stream.stream_url.as_str()),
                ("statusCallback", stream.stream_status_url.as_str()),
                ("statusCallbackMethod", "POST"),
            ],
        );
        verbs.close("Connect");
        verbs.redirect(stream.then_redirect);
    })
}

/// A question, and how to listen for the answer.
#[derive(Debug, Clone, Copy)]
pub struct Gather<'a> {
    /// What is said first; lines with nothing to pronounce are left out.
    pub lines: &'a [&'a str],
    /// A sound to play before them.
    pub sound: Option<&'a Url>,
    /// Who says it.
    pub voice: &'a Voice,
    /// Asked with what was heard, silence included.
    pub action: &'a Url,
    /// How long to wait for the first word or key, in whole seconds, after all lines were said.
    pub timeout: Duration,
    /// The pause that ends what is being said, in whole seconds.
    pub speech_timeout: Duration,
    /// The recogniser, such as `phone_call` or `googlev2_telephony`.
    pub speech_model: &'a str,
    /// The language listened for.
    pub language: &'a str,
    /// Words worth expecting.
    pub hints: &'a [&'a str],
    /// The number of keys after which input ends by itself; `None` leaves it to `finish_on_key`.
    pub num_digits: Option<u8>,
    /// The key that ends the input; `None` for no such key.
    pub finish_on_key: Option<char>,
}

/// Says the lines and listens, by ear and by keypad.
pub fn gather(gather: &Gather<'_>) -> Document {
    let timeout = whole_seconds(gather.timeout);
    let speech_timeout = whole_seconds(gather.speech_timeout);
    let key = gather.finish_on_key.filter(|key| "0123456789*#".contains(*key));
    let key = key.map(String::from).unwrap_or_default();
    let digits = gather.num_digits.map(|count| count.max(1).to_string());
    let hints = hints(gather.hints);
    let mut attributes = vec![
        ("input", "dtmf speech"),
        ("action", gather.action.as_str()),
        ("method", "POST"),
        ("actionOnEmptyResult", "true"),
        ("timeout", &timeout),
        // A number: `auto` stops at the first pause, and is refused beside a speech model (13335).
        ("speechTimeout", &speech_timeout),
        ("speechModel", gather.speech_model),
        ("language", gather.language),
        ("profanityFilter", "false"),
        ("finishOnKey", &key),
    ];
    attributes.extend(digits.as_deref().map(|digits| ("numDigits", digits)));
    attributes.extend(hints.as_deref().map(|hints| ("hints", hints)));
    document(|verbs| {
        verbs.open("Gather", &attributes);
        if let Some(sound) = gather.sound {
            verbs.leaf("Play", &[], sound.as_str());
        }
        verbs.say(gather.lines, gather.voice);
        verbs.close("Gather");
        // For carriers that fall through on silence all the same.
        verbs.redirect(gather.action);
    })
}

/// Says the lines after a moment's pause, and listens for one key. Not by ear: whoever picks up says hello,
/// and must not cut the message short with it.
pub fn ask_for_a_key(lines: &[&str], voice: &Voice, action: &Url) -> Document {
    let attributes = [
        ("input", "dtmf"),
        ("action", action.as_str()),
        ("method", "POST"),
        ("actionOnEmptyResult", "true"),
        ("timeout", "8"),
        ("numDigits", "1"),
        ("finishOnKey", ""),
    ];
    document(|verbs| {
        verbs.open("Gather", &attributes);
        verbs.empty("Pause", &[("length", "1")]);
        verbs.say(lines, voice);
        verbs.close("Gather");
        verbs.redirect(action);
    })
}

/// Says the lines and asks for the next document.
pub fn say_then(lines: &[&str], voice: &Voice, next: &Url) -> Document {
    document(|verbs| {
        verbs.say(lines, voice);
        verbs.redirect(next);
    })
}

/// Says the lines and hangs up.
pub fn say_and_hang_up(lines: &[&str], voice: &Voice) -> Document {
    document(|verbs| {
        verbs.say(lines, voice);
        verbs.empty("Hangup", &[]);
    })
}

/// Plays a sound file and asks for the next document.
pub fn play(sound: &Url, next: &Url) -> Document {
    document(|verbs| {
        verbs.leaf("Play", &[], sound.as_str());
        verbs.redirect(next);
    })
}

/// Asks for the next document.
pub fn redirect(next: &Url) -> Document {
    document(|verbs| verbs.redirect(next))
}

/// Hangs up.
pub fn hang_up() -> Document {
    document(|verbs| verbs.empty("Hangup", &[]))
}

/// Nothing to do: the answer to a status callback. As the answer to a voice request it hangs up.
pub fn empty() -> Document {
    document(|_| {})
}

/// The last resort, when nothing else of ours works: a greeting that wakes, and one more chance to recover
/// at `action`. It depends on nothing: no store, no model, and in English no voice (the carrier's own always
/// exists); and it is said three times before the call would end.
pub fn static_wake_up(action: &Url, tongue: Tongue) -> Document {
    let greeting = script::line(tongue, Stage::LastResort, 0);
    let voice = (tongue != Tongue::ENGLISH).then(|| Voice::of(tongue.tag()));
    let mut listening = vec![
        ("input", "dtmf speech"),
        ("action", action.as_str()),
        ("method", "POST"),
        ("actionOnEmptyResult", "true"),
        ("timeout", "5"),
        ("speechTimeout", "2"),
    ];
    let mut saying = vec![("loop", "3")];
    if let Some(voice) = &voice {
        listening.push(("language", &voice.language));
        saying.extend([("voice", voice.name.as_str()), ("language", voice.language.as_str())]);
    }
    document(|verbs| {
        verbs.open("Gather", &listening);
        verbs.leaf("Say", &saying, &greeting);
        verbs.close("Gather");
        verbs.redirect(action);
    })
}

/// Whole seconds, rounded up, and at least one: the carrier takes nothing else.
fn whole_seconds(length: Duration) -> String {
    let secs = length.as_secs() + u64::from(length.subsec_nanos() > 0);
    secs.max(1).to_string()
}

/// Writes a whole document.
fn document(write: impl FnOnce(&mut Verbs)) -> Document {
    let mut verbs = Verbs(Writer::new(Vec::new()));
    verbs.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    verbs.open("Response", &[]);
    write(&mut verbs);
    verbs.close("Response");
    let text = String::from_utf8(verbs.0.into_inner()).expect("made of text only");
    Document(text)
}

/// The verbs of one document, in the order they are carried out.
struct Verbs(Writer<Vec<u8>>);

impl Verbs {
    fn say(&mut self, lines: &[&str], voice: &Voice) {
        let attributes = [("voice", voice.name.as_str()), ("language", voice.language.as_str())];
        for line in lines.iter().filter_map(|line| speakable(line)).take(LINES_MAX) {
            self.leaf("Say", &attributes, &line);
        }
    }

    fn redirect(&mut self, next: &Url) {
        self.leaf("Redirect", &[("method", "POST")], next.as_str());
    }

    fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.write(Event::Text(BytesText::new(text)));
        self.close(name);
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.write(Event::Start(start(name, attributes)));
    }

    fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.write(Event::Empty(start(name, attributes)));
    }

    fn close(&mut self, name: &str) {
        self.write(Event::End(BytesEnd::new(name)));
    }

    fn write(&mut self, event: Event<'_>) {
        self.0.write_event(event).expect("writing to memory cannot fail");
    }
}

/// An element with its attributes. Characters that no document may hold are left out even of settings: one
/// of them, and the carrier would read nothing at all.
fn start<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (attribute, value) in attributes {
        let value: String = value.chars().filter(|letter| is_xml(*letter)).collect();
        start.push_attribute((*attribute, value.as_str()));
    }
    start
}

#[cfg(test)]
mod tests;
