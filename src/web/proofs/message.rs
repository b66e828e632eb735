//! What a doorbell says: UniFi Protect's alarms, Home Assistant's events, the original work's messages.
//!
//! Only what stands at the places where these write it is read: a word somewhere in a message means nothing.

use jiff::Timestamp;
use serde_json::Value;

use super::knock::read_time;
use crate::config::event_name;

/// More events in one message than anybody sends.
const EVENTS_MAX: usize = 20;
const NAME_MAX: usize = 80;

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Kinds of events, in one spelling.
    pub events: Vec<String>,
    /// How the device calls itself, in lower case.
    pub device: Option<String>,
    /// When it was sent; `None` when it does not say, or not legibly.
    pub sent_at: Option<Timestamp>,
}

impl Message {
    /// Reads a message; `None` when it is not a JSON object.
    pub fn read(body: &[u8]) -> Option<Self> {
        let Ok(Value::Object(top)) = serde_json::from_slice(body) else { return None };
        let top = Value::Object(top);
        let triggers =
            top.pointer("/alarm/triggers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let named = [
            "/event",
            "/event_type",
            "/type",
            "/event/type",
            "/event/event_type",
            "/data/event",
            "/data/event_type",
        ];
        let events = triggers
            .iter()
            .filter_map(|trigger| trigger.get("key"))
            .chain(named.iter().filter_map(|path| top.pointer(path)))
            .filter_map(Value::as_str)
            .take(EVENTS_MAX)
            .map(|name| event_name(&short(name)))
            .filter(|name| !name.is_empty())
            .collect();
        let devices = ["/device", "/device_id", "/device/id", "/device/mac", "/data/device_id"];
        let device = triggers
            .iter()
            .filter_map(|trigger| trigger.get("device"))
            .chain(devices.iter().filter_map(|path| top.pointer(path)))
            .find_map(Value::as_str)
            .map(device_name)
            .filter(|name| !name.is_empty());
        let sent_at = top.get("timestamp").and_then(|stated| match stated {
            Value::String(text) => read_time(text),
            Value::Number(number) => read_time(&number.to_string()),
            _ => None,
        });
        Some(Self { events, device, sent_at })
    }
}

/// A device's name in one spelling.
pub fn device_name(text: &str) -> String {
    short(text.trim()).to_lowercase()
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, events: &[&str], device: Option<&str>, second: Option<i64>) {
        let sent_at = second.map(|second| Timestamp::from_second(second).unwrap());
        let expected = Message {
            events: events.iter().map(|event| (*event).to_owned()).collect(),
            device: device.map(str::to_owned),
            sent_at,
        };
        assert_eq!(Message::read(body.as_bytes()), Some(expected), "{body}");
    }

    #[test]
    fn makers_messages_are_read() {
        check(
            r#"{"alarm":{"name":"Fingerprint","conditions":[{"condition":{"type":"is","source":"nfc_card_scanned"}}],
                "triggers":[{"key":"fingerprint_identified","device":"74ACB99F4E24"}]},"timestamp":1772428200000}"#,
            &["fingerprint_identified"],
            Some("74acb99f4e24"),
            Some(1_772_428_200),
        );
        check(r#"{"event": "Tag Scanned", "device": "Hall"}"#, &["tag_scanned"], Some("hall"), None);
        check(
            r#"{"event_type":"doorbell.fingerprint.authenticated","device_id":"g4","timestamp":"2026-03-02T05:10:00Z"}"#,
            &["doorbell_fingerprint_authenticated"],
            Some("g4"),
            Some(1_772_428_200),
        );
        check(
            r#"{"event":{"type":"ring"},"data":{"event_type":"identified"}}"#,
            &["ring", "identified"],
            None,
            None,
        );
    }

    #[test]
    fn what_stands_elsewhere_or_is_no_text_means_nothing() {
        check(r#"{"alarm":{"name":"fingerprint_identified"},"message":"identified"}"#, &[], None, None);
        check(r#"{"event":7,"device":["x"],"timestamp":{}}"#, &[], None, None);
        check("{}", &[], None, None);
        for wrong in ["", "[]", "7", "\"identified\"", "{", "event=identified"] {
            assert_eq!(Message::read(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn endless_names_and_lists_are_cut() {
        let triggers = vec![serde_json::json!({ "key": "x".repeat(500) }); 500];
        let body = serde_json::json!({ "alarm": { "triggers": triggers } }).to_string();
        let message = Message::read(body.as_bytes()).unwrap();
        assert_eq!((message.events.len(), message.events[0].len()), (20, 80));
    }
}
