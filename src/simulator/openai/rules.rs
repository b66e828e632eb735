//! What a JSON body may contain, as constants, and the refusal the vendor gives to anything else.
//!
//! One unknown field refuses a whole `session.update`; this is the table that makes the double as strict.

use serde_json::{Value, json};

/// One refusal, in the vendor's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The vendor's `type`.
    pub kind: &'static str,
    /// The vendor's `code`; some refusals have none.
    pub code: Option<&'static str>,
    /// A sentence for people.
    pub message: String,
    /// The offending field.
    pub param: Option<String>,
}

impl Refusal {
    /// A refusal of what the client asked.
    pub fn new(code: &'static str, param: &str, message: String) -> Self {
        let param = (!param.is_empty()).then(|| param.to_owned());
        Self { kind: "invalid_request_error", code: Some(code), message, param }
    }

    /// A refusal the vendor gives without a code.
    pub fn without_code(message: String) -> Self {
        Self { kind: "invalid_request_error", code: None, message, param: None }
    }

    /// The `error` object of a Realtime event; `event_id` is the client's own.
    pub fn as_event_error(&self, event_id: &Value) -> Value {
        json!({"type": self.kind, "code": self.code, "message": self.message, "param": self.param,
               "event_id": event_id})
    }

    /// The body of an HTTP refusal.
    pub fn as_body(&self) -> Value {
        json!({"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}})
    }
}

/// One field of an object.
#[derive(Debug)]
pub struct Field {
    name: &'static str,
    rule: Rule,
    required: bool,
}

/// A field that may be left out.
pub const fn may(name: &'static str, rule: Rule) -> Field {
    Field { name, rule, required: false }
}

/// A field that must be there.
pub const fn must(name: &'static str, rule: Rule) -> Field {
    Field { name, rule, required: true }
}

/// What a value may be.
#[derive(Debug)]
pub enum Rule {
    /// Anything at all.
    Any,
    /// A string.
    Text,
    /// `true` or `false`.
    Bool,
    /// A number from the first to the second.
    Number(f64, f64),
    /// A whole number from the first to the second.
    Integer(i64, i64),
    /// One of these strings.
    Word(&'static [&'static str]),
    /// An object with any fields.
    Map,
    /// A list of these.
    List(&'static Rule),
    /// `null`, or this.
    Nullable(&'static Rule),
    /// Any of these; the refusal is the last one's.
    Either(&'static [Rule]),
    /// An object with these fields and no others.
    Object(&'static [Field]),
    /// An object whose `type` says which fields it has.
    Tagged(&'static [(&'static str, &'static [Field])]),
}

impl Rule {
    /// Accepts `value`, or says what is wrong and where.
    pub fn check(&self, value: &Value, path: &str) -> Result<(), Refusal> {
        match self {
            Self::Any => Ok(()),
            Self::Text => expect_type(value.is_string(), "a string", value, path),
            Self::Bool => expect_type(value.is_boolean(), "a boolean", value, path),
            Self::Map => expect_type(value.is_object(), "an object", value, path),
            Self::Number(low, high) => check_number(*low, *high, value, path),
            Self::Integer(low, high) => check_integer(*low, *high, value, path),
            Self::Word(words) => check_word(words, value, path),
            Self::List(rule) => check_list(rule, value, path),
            Self::Nullable(rule) => {
                if value.is_null() {
                    Ok(())
                } else {
                    rule.check(value, path)
                }
            }
            Self::Either(rules) => {
                let mut refused = Ok(());
                for rule in *rules {
                    refused = rule.check(value, path);
                    if refused.is_ok() {
                        break;
                    }
                }
                refused
            }
            Self::Object(fields) => check_object(fields, value, path, None),
            Self::Tagged(kinds) => check_tagged(kinds, value, path),
        }
    }
}

fn expect_type(fits: bool, wanted: &str, value: &Value, path: &str) -> Result<(), Refusal> {
    if fits {
        return Ok(());
    }
    let got = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    let message = format!("Invalid type for '{path}': expected {wanted}, but got {got} instead.");
    Err(Refusal::new("invalid_type", path, message))
}

fn check_number(low: f64, high: f64, value: &Value, path: &str) -> Result<(), Refusal> {
    let Some(number) = value.as_f64() else { return expect_type(false, "a number", value, path) };
    if number < low {
        let message = format!("Invalid '{path}': decimal below minimum value. Expected a value >= {low}.");
        return Err(Refusal::new("decimal_below_min_value", path, message));
    }
    if number > high {
        let message = format!("Invalid '{path}': decimal above maximum value. Expected a value <= {high}.");
        return Err(Refusal::new("decimal_above_max_value", path, message));
    }
    Ok(())
}

fn check_integer(low: i64, high: i64, value: &Value, path: &str) -> Result<(), Refusal> {
    let Some(number) = value.as_i64() else { return expect_type(false, "an integer", value, path) };
    if number < low {
        let message = format!("Invalid '{path}': integer below minimum value. Expected a value >= {low}.");
        return Err(Refusal::new("integer_below_min_value", path, message));
    }
    if number > high {
        let message = format!("Invalid '{path}': integer above maximum value. Expected a value <= {high}.");
        return Err(Refusal::new("integer_above_max_value", path, message));
    }
    Ok(())
}

fn check_word(words: &[&str], value: &Value, path: &str) -> Result<(), Refusal> {
    let Some(word) = value.as_str() else { return expect_type(false, "a string", value, path) };
    if words.contains(&word) {
        return Ok(());
    }
    let supported = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
    let message = format!("Invalid value: '{word}'. Supported values are: {supported}.");
    Err(Refusal::new("invalid_value", path, message))
}

fn check_list(rule: &Rule, value: &Value, path: &str) -> Result<(), Refusal> {
    let Some(list) = value.as_array() else { return expect_type(false, "an array", value, path) };
    list.iter().enumerate().try_for_each(|(at, item)| rule.check(item, &format!("{path}[{at}]")))
}

fn check_tagged(
    kinds: &'static [(&'static str, &'static [Field])],
    value: &Value,
    path: &str,
) -> Result<(), Refusal> {
    expect_type(value.is_object(), "an object", value, path)?;
    let Some(kind) = value.get("type") else { return Err(missing(&at(path, "type"))) };
    let words: Vec<&str> = kinds.iter().map(|(kind, _)| *kind).collect();
    check_word(&words, kind, &at(path, "type"))?;
    let fields = kinds.iter().find(|(name, _)| kind == name).map_or(&[][..], |(_, fields)| fields);
    check_object(fields, value, path, Some("type"))
}

fn check_object(fields: &[Field], value: &Value, path: &str, tag: Option<&str>) -> Result<(), Refusal> {
    let Some(object) = value.as_object() else { return expect_type(false, "an object", value, path) };
    if let Some(absent) = fields.iter().find(|field| field.required && !object.contains_key(field.name)) {
        return Err(missing(&at(path, absent.name)));
    }
    for (name, inner) in object {
        if tag == Some(name.as_str()) {
            continue;
        }
        let path = at(path, name);
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            return Err(Refusal::new("unknown_parameter", &path, format!("Unknown parameter: '{path}'.")));
        };
        field.rule.check(inner, &path)?;
    }
    Ok(())
}

fn missing(path: &str) -> Refusal {
    Refusal::new("missing_required_parameter", path, format!("Missing required parameter: '{path}'."))
}

fn at(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
