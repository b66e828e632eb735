//! One document, read as the carrier reads it: what it would stumble over.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::super::finding::{Finding, Symptom};
use super::{
    AUTO_TIMEOUT, MALFORMED, NOT_WSS, NOT_XML, NOTHING_SAID, QUERY, RELATIVE, SAID_TOO_MUCH, TOO_LONG, TRACK,
    UNDERSCORE, WRONG_ROOT,
};

/// The carrier's limits (`vendor/twilio.md` §2.6 and §3): bytes of a document, characters a Polly voice says.
const BYTES_MAX: usize = 64 * 1024;
const SAY_MAX: usize = 3_000;

/// Attributes that hold addresses.
const ADDRESSES: [&str; 5] =
    ["action", "statusCallback", "partialResultCallback", "transcribeCallback", "url"];

/// Everything the carrier would stumble over in the document called `name`.
pub(super) fn inspect(name: &str, document: &str) -> Vec<Finding> {
    let mut look = Look { name, found: Vec::new(), open: Vec::new(), text: String::new() };
    if document.len() > BYTES_MAX {
        look.note(&TOO_LONG, &format!("{} bytes", document.len()));
    }
    look.read(document);
    look.found
}

struct Look<'a> {
    name: &'a str,
    found: Vec<Finding>,
    open: Vec<String>,
    text: String,
}

impl Look<'_> {
    fn note(&mut self, symptom: &Symptom, what: &str) {
        self.found.push(symptom.saw(format!("In the document `{}`: {what}", self.name)));
    }

    fn read(&mut self, document: &str) {
        let mut reader = Reader::from_str(document);
        let mut elements = 0;
        loop {
            match reader.read_event() {
                Ok(Event::Start(start)) => {
                    elements += 1;
                    self.enter(&start);
                }
                Ok(Event::Empty(start)) => {
                    elements += 1;
                    self.enter(&start);
                    self.leave();
                }
                Ok(Event::End(_)) => self.leave(),
                Ok(Event::Text(text)) => self.text.push_str(text.as_ref()),
                // An entity such as `&amp;` is a letter of the text.
                Ok(Event::GeneralRef(reference)) => self.entity(&reference),
                Ok(Event::Eof) => break,
                Ok(_) => {}
                Err(error) => return self.note(&NOT_XML, &error.to_string()),
            }
        }
        if elements == 0 || !self.open.is_empty() {
            self.note(&NOT_XML, "it ends before its elements do");
        }
    }

    fn entity(&mut self, reference: &quick_xml::events::BytesRef<'_>) {
        match reference.as_ref() {
            "amp" => self.text.push('&'),
            "lt" => self.text.push('<'),
            "gt" => self.text.push('>'),
            "quot" => self.text.push('"'),
            "apos" => self.text.push('\''),
            number if number.starts_with('#') => self.text.push('?'),
            unknown => {
                let what = format!("it uses `&{unknown};`, which XML does not know");
                self.note(&NOT_XML, &what);
            }
        }
    }

    fn enter(&mut self, start: &BytesStart<'_>) {
        let element = start.name().as_ref().to_owned();
        if self.open.is_empty() && element != "Response" {
            self.note(&WRONG_ROOT, &format!("its root is <{element}>"));
        }
        let mut model = None;
        let mut automatic = false;
        for attribute in start.attributes() {
            let Ok(attribute) = attribute else {
                self.note(&NOT_XML, &format!("an attribute of <{element}> cannot be read"));
                continue;
            };
            let name = attribute.key.as_ref().to_owned();
            let Ok(value) = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0) else {
                self.note(&NOT_XML, &format!("`{name}` of <{element}> cannot be read"));
                continue;
            };
            if ADDRESSES.contains(&name.as_str()) {
                self.address(&element, &name, &value);
            }
            match name.as_str() {
                "track" if element == "Stream" => self.note(&TRACK, &format!("track=\"{value}\"")),
                "speechModel" => model = Some(value.into_owned()),
                "speechTimeout" => automatic = value == "auto",
                _ => {}
            }
        }
        if automatic && let Some(model) = model {
            self.note(&AUTO_TIMEOUT, &format!("speechTimeout=\"auto\" beside speechModel=\"{model}\""));
        }
        self.open.push(element);
        self.text.clear();
    }

    fn leave(&mut self) {
        let element = self.open.pop().unwrap_or_default();
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        match element.as_str() {
            "Redirect" | "Play" => self.address(&element, "text", text),
            "Say" if text.is_empty() => self.note(&NOTHING_SAID, "an empty <Say>"),
            "Say" if text.chars().count() > SAY_MAX => {
                self.note(&SAID_TOO_MUCH, &format!("{} characters in one <Say>", text.chars().count()));
            }
            _ => {}
        }
    }

    fn address(&mut self, element: &str, attribute: &str, text: &str) {
        let what = format!("the {attribute} of <{element}>");
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(url::ParseError::RelativeUrlWithoutBase) => return self.note(&RELATIVE, &what),
            Err(error) => return self.note(&MALFORMED, &format!("{what}: {error}")),
        };
        if url.host_str().is_some_and(|host| host.contains('_')) {
            self.note(&UNDERSCORE, &what);
        }
        if element == "Stream" && attribute == "url" {
            if url.scheme() != "wss" {
                self.note(&NOT_WSS, &format!("{what} begins with {}://", url.scheme()));
            }
            if url.query().is_some() {
                self.note(&QUERY, &what);
            }
        } else if !matches!(url.scheme(), "http" | "https") {
            self.note(&MALFORMED, &format!("{what} begins with {}:", url.scheme()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: &str, expected: &[&str]) {
        let found = inspect("planted", document);
        let ids: Vec<_> = found.iter().map(|finding| finding.id.as_ref()).collect();
        assert_eq!(ids, expected, "{document}");
    }

    #[test]
    fn what_the_carrier_understands_passes() {
        check("<?xml version=\"1.0\"?><Response/>", &[]);
        check("<Response><Say>Tom &amp; Jerry &#233;</Say><Hangup/></Response>", &[]);
        check(
            "<Response><Connect action=\"https://a.example/b?x=1&amp;y=2\"><Stream url=\"wss://a.example/c\"/></Connect></Response>",
            &[],
        );
    }

    #[test]
    fn each_planted_fault_is_found() {
        check("<Response><Say>a</Response>", &["twiml.not-xml"]);
        check("<Response><Say>Tom &nbsp; Jerry</Say></Response>", &["twiml.not-xml"]);
        check("<Response><Redirect>https://a.example/?a=1&b=2</Redirect></Response>", &["twiml.not-xml"]);
        check("", &["twiml.not-xml"]);
        check("<Response><Say>a</Say>", &["twiml.not-xml"]);
        check("<html></html>", &["twiml.wrong-root"]);
        check("<Response><Gather action=\"/next\"/></Response>", &["twiml.relative"]);
        check("<Response><Redirect>next</Redirect></Response>", &["twiml.relative"]);
        check("<Response><Play>https://[::1/a.wav</Play></Response>", &["twiml.malformed-address"]);
        check("<Response><Redirect>ftp://a.example/x</Redirect></Response>", &["twiml.malformed-address"]);
        check("<Response><Stream url=\"ws://a.example/c\"/></Response>", &["twiml.not-wss"]);
        check("<Response><Stream url=\"wss://a.example/c?ticket=1\"/></Response>", &["twiml.query"]);
        check(
            "<Response><Stream url=\"wss://a.example/c\" track=\"both_tracks\"/></Response>",
            &["twiml.track"],
        );
        check(
            "<Response><Stream statusCallback=\"https://my_host.example/c\"/></Response>",
            &["twiml.underscore"],
        );
        check("<Response><Say> </Say></Response>", &["twiml.nothing-said"]);
        check(&format!("<Response><Say>{}</Say></Response>", "a".repeat(3_001)), &["twiml.said-too-much"]);
        check(
            "<Response><Gather speechModel=\"phone_call\" speechTimeout=\"auto\"/></Response>",
            &["twiml.auto-timeout"],
        );
        let long = format!("<Response><Say>a</Say><!--{}--></Response>", "x".repeat(BYTES_MAX));
        check(&long, &["twiml.too-long"]);
    }
}
