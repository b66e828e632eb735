//! The carrier's JSON, read leniently: every field may be absent or null, numbers come as strings or as
//! numbers, dates in two spellings.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A call as the REST API shows it.
#[derive(Deserialize)]
pub(super) struct CallBody {
    #[serde(default, deserialize_with = "loose")]
    pub sid: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub status: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub date_created: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub start_time: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub end_time: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub duration: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub price: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub direction: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub answered_by: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub to: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub from: Option<String>,
}

/// One page of the list of calls. `calls` has no default: a page without it is not an empty list.
#[derive(Deserialize)]
pub(super) struct PageBody {
    pub calls: Vec<CallBody>,
    #[serde(default, deserialize_with = "loose")]
    pub next_page_uri: Option<String>,
}

/// An account as the REST API shows it.
#[derive(Deserialize)]
pub(super) struct AccountBody {
    #[serde(default, deserialize_with = "loose")]
    pub sid: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "loose")]
    pub kind: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub status: Option<String>,
}

/// Numbers the account owns. None of these lists has a default: without it the answer is something else.
#[derive(Deserialize)]
pub(super) struct NumbersBody {
    pub incoming_phone_numbers: Vec<NumberBody>,
}

/// One number.
#[derive(Deserialize)]
pub(super) struct NumberBody {
    #[serde(default, deserialize_with = "loose")]
    pub phone_number: Option<String>,
    #[serde(default)]
    pub capabilities: Option<Capabilities>,
}

/// What a number can do.
#[derive(Deserialize)]
pub(super) struct Capabilities {
    #[serde(default)]
    pub voice: Option<bool>,
}

/// Numbers the account has verified.
#[derive(Deserialize)]
pub(super) struct CallerIdsBody {
    pub outgoing_caller_ids: Vec<NumberBody>,
}

/// What is left to spend.
#[derive(Deserialize)]
pub(super) struct BalanceBody {
    #[serde(default, deserialize_with = "loose")]
    pub balance: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub currency: Option<String>,
}

/// What went wrong in a call.
#[derive(Deserialize)]
pub(super) struct AlertsBody {
    pub notifications: Vec<AlertBody>,
}

/// One thing that went wrong.
#[derive(Deserialize)]
pub(super) struct AlertBody {
    #[serde(default, deserialize_with = "loose")]
    pub error_code: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub log: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    pub message_text: Option<String>,
}

/// An error, in the form of the 2010 API or of RFC 9457.
#[derive(Default, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default, deserialize_with = "loose")]
    code: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    message: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    detail: Option<String>,
    #[serde(default, deserialize_with = "loose")]
    title: Option<String>,
}

impl ErrorBody {
    /// The carrier's error number; `None` when it gave none.
    pub fn code(&self) -> Option<u32> {
        self.code.as_deref().and_then(|code| code.parse().ok())
    }

    /// The carrier's words, as they came.
    pub fn message(&self) -> &str {
        [&self.message, &self.detail, &self.title]
            .into_iter()
            .find_map(|text| text.as_deref())
            .unwrap_or("it gave no reason")
    }
}

/// Text or number as text; `None` for an empty text and for anything else.
fn loose<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Reads a date as the REST API and HTTP headers write it (RFC 2822) or as stream callbacks do (ISO 8601).
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    rfc2822::parse(text).map(|zoned| zoned.timestamp()).ok().or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_be_text_or_numbers_and_anything_may_be_missing() {
        let body: CallBody =
            serde_json::from_str(r#"{"sid":"CA1","duration":"12","price":null,"start_time":"","new":{}}"#)
                .unwrap();
        assert_eq!((body.sid.as_deref(), body.duration.as_deref()), (Some("CA1"), Some("12")));
        assert_eq!((body.price, body.start_time), (None, None));
        let body: CallBody = serde_json::from_str(r#"{"duration":12,"price":-0.03,"sid":true}"#).unwrap();
        assert_eq!(
            (body.duration.as_deref(), body.price.as_deref(), body.sid),
            (Some("12"), Some("-0.03"), None)
        );
    }

    #[test]
    fn a_page_without_calls_is_not_an_empty_list() {
        assert!(serde_json::from_str::<PageBody>("{}").is_err());
        assert!(serde_json::from_str::<PageBody>(r#"{"calls":null}"#).is_err());
        assert!(serde_json::from_str::<PageBody>(r#"{"calls":[]}"#).unwrap().calls.is_empty());
    }

    #[test]
    fn both_forms_of_errors_are_understood() {
        for (body, code, message) in [
            (r#"{"code":21219,"message":"unverified","status":400}"#, Some(21219), "unverified"),
            (r#"{"type":"x","title":"Bad","detail":"so it is","code":"20001"}"#, Some(20001), "so it is"),
            (r#"{"title":"Bad"}"#, None, "Bad"),
            ("{}", None, "it gave no reason"),
        ] {
            let error: ErrorBody = serde_json::from_str(body).unwrap();
            assert_eq!((error.code(), error.message()), (code, message));
        }
    }

    #[test]
    fn dates_come_in_several_spellings() {
        for (text, second) in [
            ("Tue, 31 Aug 2010 20:36:28 +0000", Some(1_283_286_988)),
            ("Tue, 31 Aug 2010 20:36:28 GMT", Some(1_283_286_988)),
            ("2010-08-31T20:36:28Z", Some(1_283_286_988)),
            ("2010-08-31T20:36:28.477Z", Some(1_283_286_988)),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(instant(text).map(Timestamp::as_second), second, "{text}");
        }
    }
}
