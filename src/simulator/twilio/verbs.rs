//! The verbs the exchange executes, read from elements, their attributes checked one by one.

use std::time::Duration;

use axum::http::Method;
use url::Url;

use super::document::{Base, Element, Fault, seconds};
use super::gather::{self, Gather};
use super::webhook::Target;

/// One verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verb {
    Say {
        text: String,
        times: usize,
    },
    Play {
        target: Target,
        times: usize,
    },
    Pause(Duration),
    Gather(Box<Gather>),
    Redirect(Target),
    Hangup,
    Reject {
        busy: bool,
    },
    Record(Record),
    Connect {
        action: Option<Target>,
        stream: Stream,
    },
    /// A verb that must fail when it is reached, with its code.
    Fails(Fault),
}

/// `<Stream>` as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stream {
    /// Absolute; the scheme is checked when it is opened.
    pub url: String,
    pub name: Option<String>,
    pub parameters: Vec<(String, String)>,
    pub callback: Option<Target>,
    /// Anything wrong that only shows when the stream is opened.
    pub fault: Option<Fault>,
}

/// `<Record>`, in its simplest form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub action: Target,
    pub silence: Duration,
    pub longest: Duration,
    pub finish_on: String,
    pub beep: bool,
}

/// `loop="0"` means for ever; a thousand times is close enough.
const FOREVER: usize = 1_000;

/// `<Say>` in a basic voice.
const SAY_MAX: usize = 4_096;

/// Reads one verb; `None` when Twilio would warn and skip it.
pub(super) fn read(element: &Element, base: &Base, warnings: &mut Vec<Fault>) -> Option<Verb> {
    let verb = match element.name.as_str() {
        "Say" => {
            known(element, &["voice", "language", "loop"], warnings);
            say(element)
        }
        "Play" => {
            known(element, &["loop", "digits"], warnings);
            play(element, base)
        }
        "Pause" => {
            known(element, &["length"], warnings);
            pause(element)
        }
        "Gather" => gather::read(element, base, warnings),
        "Redirect" => {
            known(element, &["method"], warnings);
            redirect(element, base)
        }
        "Hangup" => {
            known(element, &[], warnings);
            Verb::Hangup
        }
        "Reject" => {
            known(element, &["reason"], warnings);
            Verb::Reject { busy: element.attribute("reason") == Some("busy") }
        }
        "Record" => record(element, base, warnings),
        "Connect" => connect(element, base, warnings),
        other => {
            warnings.push(Fault::new(12_200, format!("<{other}> is not a verb this exchange knows")));
            return None;
        }
    };
    Some(verb)
}

/// Warns of every attribute that is not among `names`.
pub(super) fn known(element: &Element, names: &[&str], warnings: &mut Vec<Fault>) {
    for (name, _) in &element.attributes {
        if !names.contains(&name.as_str()) {
            let text = format!("<{}> has no attribute {name}", element.name);
            warnings.push(Fault::new(12_200, text));
        }
    }
}

/// An address in a document, made absolute; `code` is what it costs when that is impossible.
pub(super) fn target(
    element: &Element,
    written: Option<&str>,
    method: &str,
    base: &Base,
    code: u32,
) -> Result<Target, Fault> {
    let method = match element.attribute(method) {
        None | Some("POST") => Method::POST,
        Some("GET") => Method::GET,
        Some(other) => return Err(Fault::new(code, format!("{other} is no method"))),
    };
    let fail = |code, text: &str| Err(Fault::new(code, format!("<{}>: {text}", element.name)));
    let url = match (base, written) {
        (Base::Url(base), None) => base.clone(),
        (Base::Url(base), Some(written)) => match Url::parse(base).and_then(|base| base.join(written)) {
            // An absolute address stays as it was written: its exact form is what gets signed.
            Ok(_) if is_absolute(written) => written.to_owned(),
            Ok(url) => url.into(),
            Err(_) => return fail(code, "the address is malformed"),
        },
        (Base::Inline, Some(written)) if is_absolute(written) => written.to_owned(),
        (Base::Inline, _) => return fail(15_004, "inline documents need absolute addresses"),
    };
    Ok(Target { url, method })
}

fn is_absolute(written: &str) -> bool {
    Url::parse(written).is_ok()
}

fn times(element: &Element) -> usize {
    match element.attribute("loop").and_then(|text| text.parse().ok()) {
        Some(0) => FOREVER,
        Some(times) => times,
        None => 1,
    }
}

pub(super) fn say(element: &Element) -> Verb {
    let text = element.text.clone();
    if text.is_empty() {
        return Verb::Fails(Fault::new(13_520, "<Say> has nothing to say"));
    }
    let voice = element.attribute("voice").unwrap_or("man");
    let Some(most) = longest(voice) else {
        return Verb::Fails(Fault::new(13_511, format!("<Say> has no voice {voice}")));
    };
    if text.chars().count() > most {
        return Verb::Fails(Fault::new(13_521, "<Say> has too much to say"));
    }
    Verb::Say { text, times: times(element) }
}

/// How many characters a voice says at once; `None` for a voice nobody has.
fn longest(voice: &str) -> Option<usize> {
    match voice.split_once('.') {
        None => ["man", "woman", "alice"].contains(&voice).then_some(SAY_MAX),
        Some(("Polly", name)) => (!name.is_empty()).then_some(3_000),
        Some(("Google", name)) => (!name.is_empty()).then_some(5_000),
        Some(_) => None,
    }
}

pub(super) fn play(element: &Element, base: &Base) -> Verb {
    if element.attribute("digits").is_some() && element.text.is_empty() {
        return Verb::Pause(Duration::from_secs(1));
    }
    if element.text.is_empty() {
        return Verb::Fails(Fault::new(13_420, "<Play> has nothing to play"));
    }
    match target(element, Some(&element.text), "", base, 13_420) {
        Ok(target) => Verb::Play { target: Target { method: Method::GET, ..target }, times: times(element) },
        Err(fault) => Verb::Fails(fault),
    }
}

pub(super) fn pause(element: &Element) -> Verb {
    match element.attribute("length").map_or(Some(Duration::from_secs(1)), seconds) {
        Some(length) => Verb::Pause(length),
        None => Verb::Fails(Fault::new(13_910, "the length of a <Pause> is whole seconds")),
    }
}

fn redirect(element: &Element, base: &Base) -> Verb {
    if element.text.is_empty() {
        return Verb::Fails(Fault::new(13_710, "<Redirect> leads nowhere"));
    }
    match target(element, Some(&element.text), "method", base, 13_710) {
        Ok(target) => Verb::Redirect(target),
        Err(fault) => Verb::Fails(fault),
    }
}

fn record(element: &Element, base: &Base, warnings: &mut Vec<Fault>) -> Verb {
    let names = [
        "action",
        "method",
        "timeout",
        "finishOnKey",
        "maxLength",
        "playBeep",
        "trim",
        "transcribe",
        "transcribeCallback",
        "recordingStatusCallback",
        "recordingStatusCallbackMethod",
        "recordingStatusCallbackEvent",
    ];
    known(element, &names, warnings);
    let length = |name, default| element.attribute(name).and_then(seconds).unwrap_or(default);
    match target(element, element.attribute("action"), "method", base, 13_610) {
        Ok(action) => Verb::Record(Record {
            action,
            silence: length("timeout", Duration::from_secs(5)),
            longest: length("maxLength", Duration::from_hours(1)),
            finish_on: element.attribute("finishOnKey").unwrap_or("1234567890*#").to_owned(),
            beep: element.attribute("playBeep") != Some("false"),
        }),
        Err(fault) => Verb::Fails(fault),
    }
}

fn connect(element: &Element, base: &Base, warnings: &mut Vec<Fault>) -> Verb {
    known(element, &["action", "method"], warnings);
    let [noun] = element.children.as_slice() else {
        return Verb::Fails(Fault::new(12_200, "<Connect> takes exactly one noun"));
    };
    if noun.name != "Stream" {
        return Verb::Fails(Fault::new(12_200, format!("<Connect> cannot take <{}> here", noun.name)));
    }
    let action = match element.attribute("action") {
        None => None,
        written => match target(element, written, "method", base, 12_200) {
            Ok(action) => Some(action),
            Err(fault) => return Verb::Fails(fault),
        },
    };
    match stream(noun, base, warnings) {
        Ok(stream) => Verb::Connect { action, stream },
        Err(fault) => Verb::Fails(fault),
    }
}

fn stream(element: &Element, base: &Base, warnings: &mut Vec<Fault>) -> Result<Stream, Fault> {
    let names = ["url", "name", "track", "statusCallback", "statusCallbackMethod"];
    known(element, &names, warnings);
    let written = element.attribute("url").filter(|url| !url.is_empty());
    let mut fault = None;
    let url = match (written, base) {
        (Some(url), _) if is_absolute(url) => url.to_owned(),
        (Some(url), Base::Url(base)) => Url::parse(base)
            .and_then(|base| base.join(url))
            .map(|url| String::from(url).replacen("http", "ws", 1))
            .unwrap_or_default(),
        _ => String::new(),
    };
    match Url::parse(&url) {
        Err(_) => fault = Some(Fault::new(31_923, "the stream's address is malformed")),
        Ok(parsed) if parsed.scheme() != "wss" => {
            fault = Some(Fault::new(31_922, format!("a stream needs wss, not {}", parsed.scheme())));
        }
        Ok(_) => {}
    }
    if element.attribute("track").is_some_and(|track| track != "inbound_track") {
        fault = Some(Fault::new(31_941, "a connected stream has the inbound track only"));
    }
    let callback = match element.attribute("statusCallback") {
        None => None,
        written => Some(target(element, written, "statusCallbackMethod", &Base::Inline, 12_200)?),
    };
    let name = element.attribute("name").map(str::to_owned);
    Ok(Stream { url, name, parameters: parameters(element, warnings), callback, fault })
}

/// `<Parameter>`s whose name and value fit into 500 characters.
fn parameters(element: &Element, warnings: &mut Vec<Fault>) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    for child in &element.children {
        known(child, &["name", "value"], warnings);
        let (name, value) = (child.attribute("name"), child.attribute("value"));
        match (child.name.as_str(), name, value) {
            ("Parameter", Some(name), Some(value)) if name.len() + value.len() < 500 => {
                parameters.push((name.to_owned(), value.to_owned()));
            }
            _ => warnings.push(Fault::new(12_200, format!("<{}> in <Stream> is ignored", child.name))),
        }
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;

    fn only(xml: &str) -> Verb {
        let base = Base::Url("https://wake.example.com/voice/1".to_owned());
        let mut document = Document::parse(&format!("<Response>{xml}</Response>"), &base).unwrap();
        assert_eq!(document.verbs.len(), 1, "{xml}");
        document.verbs.remove(0)
    }

    fn stream_fault(attributes: &str) -> Option<u32> {
        match only(&format!("<Connect><Stream {attributes}/></Connect>")) {
            Verb::Connect { stream, .. } => stream.fault.map(|fault| fault.code),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn addresses_are_relative_to_the_document() {
        let redirect = |text: &str| match only(&format!("<Redirect>{text}</Redirect>")) {
            Verb::Redirect(target) => target.url,
            other => panic!("{other:?}"),
        };
        assert_eq!(redirect("/x"), "https://wake.example.com/x");
        assert_eq!(redirect("2?a=1&amp;b=2"), "https://wake.example.com/voice/2?a=1&b=2");
        assert_eq!(redirect("https://other.example"), "https://other.example", "kept as written");
    }

    #[test]
    fn inline_documents_need_absolute_addresses() {
        let xml = "<Response><Gather action=\"/heard\"/><Gather/></Response>";
        let document = Document::parse(xml, &Base::Inline).unwrap();
        let codes = document.verbs.iter().map(|verb| match verb {
            Verb::Fails(fault) => fault.code,
            other => panic!("{other:?}"),
        });
        assert_eq!(codes.collect::<Vec<_>>(), [15_004, 15_004]);
    }

    #[test]
    fn a_stream_must_be_wss_and_inbound() {
        assert_eq!(stream_fault("url=\"wss://wake.example.com/media/1\""), None);
        assert_eq!(stream_fault("url=\"/media/1\""), None, "relative to an https document");
        assert_eq!(stream_fault("url=\"ws://wake.example.com/media/1\""), Some(31_922));
        assert_eq!(stream_fault("url=\"https://wake.example.com/media/1\""), Some(31_922));
        assert_eq!(stream_fault("url=\"\""), Some(31_923));
        let both = "url=\"wss://wake.example.com/m\" track=\"inbound_track outbound_track\"";
        assert_eq!(stream_fault(both), Some(31_941));
    }

    #[test]
    fn voices_say_only_so_much_at_once() {
        let says = |voice: &str, length: usize| {
            let words = "x".repeat(length);
            matches!(only(&format!("<Say voice=\"{voice}\">{words}</Say>")), Verb::Say { .. })
        };
        assert!(says("man", 4_096) && !says("man", 4_097));
        assert!(says("Polly.Joanna-Neural", 3_000) && !says("Polly.Joanna-Neural", 3_001));
        assert!(says("Google.en-US-Chirp3-HD-Aoede", 5_000));
    }

    #[test]
    fn verbs_that_cannot_run_say_why() {
        for (xml, code) in [
            ("<Say></Say>", 13_520),
            ("<Say voice=\"Anna\">Hello.</Say>", 13_511),
            ("<Redirect/>", 13_710),
            ("<Play/>", 13_420),
            ("<Pause length=\"soon\"/>", 13_910),
            ("<Connect/>", 12_200),
        ] {
            match only(xml) {
                Verb::Fails(fault) => assert_eq!(fault.code, code, "{xml}"),
                other => panic!("{xml}: {other:?}"),
            }
        }
    }
}
