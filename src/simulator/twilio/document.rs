//! TwiML: XML to a small tree, the tree to verbs, with Twilio's codes for what is wrong.

use std::time::Duration;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::verbs::{self, Verb};

/// Elements nested deeper than this are nobody's TwiML.
const DEPTH_MAX: usize = 16;

/// An element of the document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    /// All text within, that of children included and in order, white space collapsed.
    pub text: String,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A document that can be executed, with what Twilio would warn of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Document {
    pub verbs: Vec<Verb>,
    pub warnings: Vec<Fault>,
}

/// Twilio's code and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub code: u32,
    pub text: String,
}

impl Fault {
    pub(super) fn new(code: u32, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

/// Where relative addresses in a document lead from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Base {
    /// The document came from here.
    Url(String),
    /// The document came with the API request: relative addresses lead nowhere (15004).
    Inline,
}

impl Document {
    /// Reads a document.
    pub(super) fn parse(xml: &str, base: &Base) -> Result<Self, Fault> {
        let root = tree(xml)?;
        if root.name != "Response" {
            return Err(Fault::new(12_102, format!("the root element is <{}>, not <Response>", root.name)));
        }
        let mut warnings = Vec::new();
        if !root.attributes.is_empty() {
            warnings.push(Fault::new(12_200, "<Response> has no attributes"));
        }
        let verbs =
            root.children.iter().filter_map(|element| verbs::read(element, base, &mut warnings)).collect();
        Ok(Self { verbs, warnings })
    }
}

fn tree(xml: &str) -> Result<Element, Fault> {
    let mut reader = Reader::from_str(xml.trim_start_matches('\u{feff}').trim_start());
    let malformed = |error: &dyn std::fmt::Display| Fault::new(12_100, format!("malformed XML: {error}"));
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        match reader.read_event().map_err(|error| malformed(&error))? {
            Event::Start(start) => {
                if open.len() > DEPTH_MAX {
                    return Err(malformed(&"too deep"));
                }
                open.push(begin(&start)?);
            }
            Event::Empty(start) => close(&mut open, begin(&start)?),
            Event::End(_) => match open.pop() {
                Some(done) if !open.is_empty() => close(&mut open, done),
                _ => return Err(malformed(&"unexpected end")),
            },
            Event::Text(text) => say(&mut open, &text.xml10_content()),
            Event::CData(text) => say(&mut open, &text),
            Event::GeneralRef(reference) => say(&mut open, &resolve(&reference)?),
            Event::DocType(_) => return Err(malformed(&"document types are not allowed")),
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    finish(open)
}

/// The one element of the outermost level, if that is all there is.
fn finish(mut open: Vec<Element>) -> Result<Element, Fault> {
    let malformed = |text: &str| Fault::new(12_100, format!("malformed XML: {text}"));
    let outside =
        open.pop().filter(|_| open.is_empty()).ok_or_else(|| malformed("an element is not closed"))?;
    let mut elements = outside.children.into_iter();
    match (elements.next(), elements.next()) {
        (Some(root), None) => Ok(root),
        (None, _) => Err(malformed("no element")),
        _ => Err(malformed("more than one root element")),
    }
}

fn begin(start: &BytesStart<'_>) -> Result<Element, Fault> {
    let malformed = |text: String| Fault::new(12_100, format!("malformed XML: {text}"));
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| malformed(error.to_string()))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| malformed(error.to_string()))?;
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    let name = start.name().as_ref().to_owned();
    Ok(Element { name, attributes, ..Element::default() })
}

fn close(open: &mut [Element], mut done: Element) {
    let parent = open.last_mut().expect("the outermost level is never closed");
    done.text = done.text.split_whitespace().collect::<Vec<_>>().join(" ");
    parent.text.push(' ');
    parent.text.push_str(&done.text);
    parent.children.push(done);
}

fn say(open: &mut [Element], text: &str) {
    open.last_mut().expect("the outermost level is never closed").text.push_str(text);
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, Fault> {
    let unknown = || Fault::new(12_100, format!("malformed XML: unknown entity &{};", &**reference));
    if let Some(letter) = reference.resolve_char_ref().map_err(|_| unknown())? {
        return Ok(letter.to_string());
    }
    resolve_predefined_entity(reference).map(str::to_owned).ok_or_else(unknown)
}

/// A length in whole seconds.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Base {
        Base::Url("https://wake.example.com/voice/1".to_owned())
    }

    fn code(xml: &str) -> u32 {
        Document::parse(xml, &base()).unwrap_err().code
    }

    fn warnings(xml: &str) -> Vec<u32> {
        let document = Document::parse(xml, &base()).unwrap();
        document.warnings.iter().map(|fault| fault.code).collect()
    }

    #[test]
    fn text_is_read_with_its_entities() {
        let tree =
            tree("<Response><Say>Tom &amp; \"Jerry\" &lt;hi&gt; &#33;\n  ok</Say></Response>").unwrap();
        assert_eq!(tree.children[0].text, "Tom & \"Jerry\" <hi> ! ok");
    }

    #[test]
    fn broken_documents_have_their_codes() {
        assert_eq!(code(""), 12_100);
        assert_eq!(code("<Response><Say>unclosed</Response>"), 12_100);
        assert_eq!(code("<Response>"), 12_100);
        assert_eq!(code("<Response><Gather action=\"/a?b=1&c=2\"/></Response>"), 12_100);
        assert_eq!(code("<Response/><Response/>"), 12_100);
        assert_eq!(code("<!DOCTYPE x [<!ENTITY a \"b\">]><Response/>"), 12_100);
        assert_eq!(code("<response/>"), 12_102);
        assert_eq!(code("Internal Server Error"), 12_100);
    }

    #[test]
    fn comments_and_a_declaration_are_fine() {
        let xml =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- hello --><Response><Hangup/></Response>\n";
        assert_eq!(Document::parse(xml, &base()).unwrap().verbs, [Verb::Hangup]);
    }

    #[test]
    fn unknown_verbs_and_attributes_are_warned_of() {
        assert_eq!(warnings("<Response><Dance/><Hangup why=\"so\"/></Response>"), [12_200, 12_200]);
        assert_eq!(warnings("<Response><Say Voice=\"man\">Hi</Say></Response>"), [12_200]);
        assert_eq!(warnings("<Response><Say voice=\"Polly.Amy\">Hi</Say></Response>"), [0_u32; 0]);
    }
}
