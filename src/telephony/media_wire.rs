//! The JSON of media streams, read without a tree: fifty messages a second for each call.
//!
//! Flat structs and borrowed text. An escaped text is legal JSON too (`"ab\/+"`), so every borrowed field
//! is a `Cow`, directly in its struct: inside an `Option` serde would copy it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, de};

/// Sound as base64, checked: it holds nothing but the alphabet, so it can stand in any JSON text unescaped.
/// Cheap to move; it shares the frame it came in.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Bytes);

impl Payload {
    /// `None` when `base64` is empty, or is not padded base64.
    pub fn parse(base64: Bytes) -> Option<Self> {
        let padding = base64.iter().rev().take_while(|byte| **byte == b'=').count();
        let text = &base64[..base64.len() - padding];
        let fits = !text.is_empty() && base64.len().is_multiple_of(4) && padding <= 2;
        (fits && text.iter().all(|byte| in_alphabet(*byte))).then(|| Self(base64))
    }

    /// The base64 text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the base64 alphabet is ASCII")
    }

    /// The number of mu-law bytes in it; eight are a millisecond.
    pub fn mulaw_len(&self) -> usize {
        self.0.len() / 4 * 3 - self.0.iter().rev().take_while(|byte| **byte == b'=').count()
    }

    /// The mu-law bytes; `None` for a last digit that no encoder writes.
    pub fn decode(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.0).ok()
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.mulaw_len())
    }
}

fn in_alphabet(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// One message of a running stream. Which part is there depends on the event.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow, default)]
    media: Option<MediaPart<'a>>,
    #[serde(default)]
    mark: Option<MarkPart>,
    #[serde(default)]
    dtmf: Option<DtmfPart>,
}

#[derive(Deserialize)]
struct MediaPart<'a> {
    #[serde(borrow, default)]
    track: Cow<'a, str>,
    #[serde(default, deserialize_with = "loose_number")]
    chunk: Option<u64>,
    #[serde(default, deserialize_with = "loose_number")]
    timestamp: Option<u64>,
    #[serde(borrow)]
    payload: Cow<'a, str>,
}

#[derive(Deserialize)]
struct MarkPart {
    name: String,
}

#[derive(Deserialize)]
struct DtmfPart {
    digit: String,
}

/// What a message of a running stream says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Media {
        timestamp_ms: u64,
        chunk: Option<u64>,
        payload: Payload,
    },
    Mark(String),
    Dtmf(char),
    Stop,
    /// Another event or another track: none of our business.
    Else,
    Garbage,
}

/// Reads one text message of a running stream.
pub(super) fn read(frame: &Bytes) -> Said {
    serde_json::from_slice::<Message<'_>>(frame)
        .ok()
        .and_then(|message| understand(&message, frame))
        .unwrap_or(Said::Garbage)
}

fn understand(message: &Message<'_>, frame: &Bytes) -> Option<Said> {
    match &*message.event {
        "media" => {
            let media = message.media.as_ref()?;
            if media.track.starts_with("outbound") {
                return Some(Said::Else);
            }
            let base64 = match &media.payload {
                Cow::Borrowed(text) => frame.slice_ref(text.as_bytes()),
                Cow::Owned(text) => Bytes::copy_from_slice(text.as_bytes()),
            };
            let payload = Payload::parse(base64)?;
            Some(Said::Media { timestamp_ms: media.timestamp?, chunk: media.chunk, payload })
        }
        "mark" => message.mark.as_ref().map(|mark| Said::Mark(mark.name.clone())),
        "dtmf" => {
            let digit = message.dtmf.as_ref()?.digit.chars().next()?;
            (digit.is_ascii_digit() || "*#ABCD".contains(digit)).then_some(Said::Dtmf(digit))
        }
        "stop" => Some(Said::Stop),
        _ => Some(Said::Else),
    }
}

/// The carrier writes numbers as text, except where it does not.
fn loose_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    struct Loose;
    impl Visitor<'_> for Loose {
        type Value = Option<u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number, or a number as text")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            text.parse().map(Some).map_err(E::custom)
        }

        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(number))
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    from.deserialize_any(Loose)
}

/// One of the messages before the sound; read once for each call, so it may copy.
#[derive(Deserialize)]
pub(super) struct Opening {
    pub event: String,
    #[serde(default, rename = "streamSid")]
    pub stream_sid: Option<String>,
    #[serde(default)]
    pub start: Option<StartPart>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StartPart {
    pub call_sid: Option<String>,
    pub account_sid: Option<String>,
    pub stream_sid: Option<String>,
    pub media_format: Option<MediaFormat>,
    #[serde(default)]
    pub custom_parameters: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MediaFormat {
    #[serde(default)]
    encoding: Option<String>,
    #[serde(default, deserialize_with = "loose_number")]
    sample_rate: Option<u64>,
    #[serde(default, deserialize_with = "loose_number")]
    channels: Option<u64>,
}

impl MediaFormat {
    /// True for mu-law at 8 kHz on one channel, which is all we speak; what is not said is not held
    /// against it.
    pub fn is_ours(&self) -> bool {
        self.encoding.as_deref().is_none_or(|encoding| encoding == "audio/x-mulaw")
            && self.sample_rate.is_none_or(|rate| rate == 8_000)
            && self.channels.is_none_or(|channels| channels == 1)
    }
}

/// Messages to the carrier for one stream: the fixed text around a name or a payload, made once.
pub(super) struct Writer {
    media: String,
    mark: String,
    clear: String,
}

impl Writer {
    pub fn new(stream_sid: &str) -> Self {
        let sid = json_text(stream_sid);
        Self {
            media: format!(r#"{{"event":"media","streamSid":{sid},"media":{{"payload":""#),
            mark: format!(r#"{{"event":"mark","streamSid":{sid},"mark":{{"name":"#),
            clear: format!(r#"{{"event":"clear","streamSid":{sid}}}"#),
        }
    }

    /// One allocation, of the right size: the socket keeps it until it is written.
    pub fn media(&self, mulaw: &[u8]) -> String {
        const END: &str = r#""}}"#;
        let base64_len = mulaw.len().div_ceil(3) * 4;
        let mut text = String::with_capacity(self.media.len() + base64_len + END.len());
        text.push_str(&self.media);
        STANDARD.encode_string(mulaw, &mut text);
        text.push_str(END);
        text
    }

    pub fn mark(&self, name: &str) -> String {
        let mut text = self.mark.clone();
        text.push_str(&json_text(name));
        text.push_str("}}");
        text
    }

    pub fn clear(&self) -> String {
        self.clear.clone()
    }
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Said {
        read(&Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn sound_is_taken_from_its_frame_without_copying() {
        let frame = Bytes::from_static(
            br#"{"event":"media","sequenceNumber":"2","streamSid":"MZ1","media":{"track":"inbound","chunk":"1","timestamp":"155","payload":"f39/fw=="}}"#,
        );
        let Said::Media { timestamp_ms, chunk, payload } = read(&frame) else { panic!("no media") };
        assert_eq!((timestamp_ms, chunk, payload.as_str()), (155, Some(1), "f39/fw=="));
        assert_eq!((payload.mulaw_len(), payload.decode().unwrap()), (4, vec![0x7f; 4]));
        assert!(frame.as_ptr_range().contains(&payload.0.as_ptr()));
    }

    #[test]
    fn an_escaped_payload_is_as_good() {
        let media = said(r#"{"event":"media","media":{"timestamp":20,"payload":"ab\/+"}}"#);
        let Said::Media { payload, chunk, .. } = media else { panic!("no media") };
        assert_eq!((payload.as_str(), chunk), ("ab/+", None));
        assert_eq!(said(r#"{"\u0065vent":"st\u006fp"}"#), Said::Stop);
    }

    #[test]
    fn the_other_events_are_read() {
        for (text, expected) in [
            (r#"{"event":"mark","mark":{"name":"g1-\"7\""}}"#, Said::Mark("g1-\"7\"".to_owned())),
            (r##"{"event":"dtmf","dtmf":{"track":"inbound_track","digit":"#"}}"##, Said::Dtmf('#')),
            (r#"{"event":"stop","stop":{"accountSid":"AC1","callSid":"CA1"}}"#, Said::Stop),
            (r#"{"event":"weather","media":null,"extra":[1]}"#, Said::Else),
            (
                r#"{"event":"media","media":{"track":"outbound","timestamp":"1","payload":"AAAA"}}"#,
                Said::Else,
            ),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn garbage_is_garbage() {
        for text in [
            "",
            "hello",
            "[]",
            "{}",
            r#"{"event":7}"#,
            r#"{"event":"media"}"#,
            r#"{"event":"media","media":{"payload":"AAAA"}}"#,
            r#"{"event":"media","media":{"timestamp":"-1","payload":"AAAA"}}"#,
            r#"{"event":"media","media":{"timestamp":"soon","payload":"AAAA"}}"#,
            r#"{"event":"media","media":{"timestamp":"1","payload":""}}"#,
            r#"{"event":"media","media":{"timestamp":"1","payload":"AAA"}}"#,
            r#"{"event":"media","media":{"timestamp":"1","payload":"AA\"}"}}"#,
            r#"{"event":"mark"}"#,
            r#"{"event":"dtmf","dtmf":{"digit":""}}"#,
            r#"{"event":"dtmf","dtmf":{"digit":"<"}}"#,
        ] {
            assert_eq!(said(text), Said::Garbage, "{text}");
        }
    }

    #[test]
    fn a_payload_is_base64_and_nothing_else() {
        for (text, good) in [
            ("AAAA", true),
            ("+/9z", true),
            ("AAA=", true),
            ("AA==", true),
            ("A===", false),
            ("====", false),
            ("", false),
            ("AAAAA", false),
            ("AA=A", false),
            ("AA\"A", false),
            ("AA\\A", false),
            ("AA-_", false),
            ("ÄAA", false),
        ] {
            assert_eq!(Payload::parse(Bytes::from_static(text.as_bytes())).is_some(), good, "{text}");
        }
    }

    #[test]
    fn what_we_write_is_json_whatever_the_names_hold() {
        let writer = Writer::new("MZ\"1");
        for text in [writer.media(&[0xff, 0x7f]), writer.mark("a\"\n"), writer.clear()] {
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value["streamSid"], "MZ\"1");
        }
        let writer = Writer::new("MZ1");
        let media = writer.media(&[0xff, 0x7f]);
        assert_eq!(media, r#"{"event":"media","streamSid":"MZ1","media":{"payload":"/38="}}"#);
        assert_eq!(media.len(), media.capacity());
        assert_eq!(writer.mark("g1-7"), r#"{"event":"mark","streamSid":"MZ1","mark":{"name":"g1-7"}}"#);
        assert_eq!(writer.clear(), r#"{"event":"clear","streamSid":"MZ1"}"#);
    }
}
