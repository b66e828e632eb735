//! What the account may send on a media stream, read strictly: anything else is warned of and ignored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value};

use super::document::Fault;

/// A message that is as documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inbound {
    Media(Bytes),
    Mark(String),
    Clear,
}

/// Reads one message of the stream `sid`.
pub(super) fn read(text: &str, sid: &str) -> Result<Inbound, Fault> {
    let invalid = |why: &str| Fault::new(31_951, format!("invalid message: {why}"));
    let message: Value = serde_json::from_str(text).map_err(|_| invalid("no JSON"))?;
    let message = message.as_object().ok_or_else(|| invalid("no object"))?;
    if message.get("streamSid").and_then(Value::as_str) != Some(sid) {
        return Err(invalid("the streamSid is not this stream's"));
    }
    match message.get("event").and_then(Value::as_str) {
        Some("media") => {
            let payload = only(message, "media", "payload").ok_or_else(|| invalid("media"))?;
            let audio = STANDARD.decode(payload).map_err(|_| Fault::new(31_950, "undecodable payload"))?;
            Ok(Inbound::Media(audio.into()))
        }
        Some("mark") => {
            let name = only(message, "mark", "name").ok_or_else(|| invalid("mark"))?;
            Ok(Inbound::Mark(name.to_owned()))
        }
        Some("clear") if message.len() == 2 => Ok(Inbound::Clear),
        Some(other) => Err(invalid(other)),
        None => Err(invalid("no event")),
    }
}

/// The one field of the one object that a message of this kind has besides event and streamSid.
fn only<'a>(message: &'a Map<String, Value>, object: &str, field: &str) -> Option<&'a str> {
    let inner = message.get(object)?.as_object()?;
    (message.len() == 3 && inner.len() == 1).then_some(())?;
    inner.get(field)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> u32 {
        read(text, "MZ1").unwrap_err().code
    }

    #[test]
    fn the_three_messages_are_read() {
        let media = r#"{"event":"media","streamSid":"MZ1","media":{"payload":"//8="}}"#;
        assert_eq!(read(media, "MZ1"), Ok(Inbound::Media(Bytes::from_static(&[0xff, 0xff]))));
        let mark = r#"{"event":"mark","streamSid":"MZ1","mark":{"name":"g1-3"}}"#;
        assert_eq!(read(mark, "MZ1"), Ok(Inbound::Mark("g1-3".into())));
        assert_eq!(read(r#"{"event":"clear","streamSid":"MZ1"}"#, "MZ1"), Ok(Inbound::Clear));
    }

    #[test]
    fn anything_else_is_warned_of() {
        assert_eq!(code("not json"), 31_951);
        assert_eq!(code("[]"), 31_951);
        assert_eq!(code(r#"{"event":"clear"}"#), 31_951);
        assert_eq!(code(r#"{"event":"clear","streamSid":"MZ2"}"#), 31_951);
        assert_eq!(code(r#"{"event":"clear","streamSid":"MZ1","now":true}"#), 31_951);
        assert_eq!(code(r#"{"event":"stop","streamSid":"MZ1"}"#), 31_951);
        assert_eq!(code(r#"{"event":"mark","streamSid":"MZ1"}"#), 31_951);
        let extra = r#"{"event":"media","streamSid":"MZ1","media":{"payload":"","track":"outbound"}}"#;
        assert_eq!(code(extra), 31_951);
        assert_eq!(code(r#"{"event":"media","streamSid":"MZ1","media":{"payload":"%"}}"#), 31_950);
    }
}
