//! Structured output: which schemas the vendor takes, and an answer in the shape of one.

use serde_json::{Map, Value, json};

use crate::simulator::openai::coach::ChatReply;
use crate::simulator::openai::rules::{Refusal, Rule, may, must};

static FORMAT: Rule =
    Rule::Tagged(&[("text", &[]), ("json_object", &[]), ("json_schema", &[must("json_schema", SCHEMA)])]);

const SCHEMA: Rule = Rule::Object(&[
    must("name", Rule::Text),
    may("description", Rule::Text),
    may("strict", Rule::Nullable(&Rule::Bool)),
    must("schema", Rule::Map),
]);

/// Accepts a `response_format`; strict schemas close every object and require every property.
pub(super) fn check(format: &Value) -> Result<(), Refusal> {
    if format.is_null() {
        return Ok(());
    }
    FORMAT.check(format, "response_format")?;
    let named = &format["json_schema"];
    if named["strict"] != true {
        return Ok(());
    }
    check_strict(&named["schema"], "").map_err(|problem| {
        let name = named["name"].as_str().unwrap_or_default();
        let message = format!("Invalid schema for response_format '{name}': {problem}");
        Refusal { param: Some("response_format".to_owned()), ..Refusal::without_code(message) }
    })
}

fn check_strict(schema: &Value, path: &str) -> Result<(), String> {
    let properties = schema["properties"].as_object();
    if schema["type"] == "object" || properties.is_some() {
        if schema["additionalProperties"] != false {
            return Err(format!(
                "In context=({path}), 'additionalProperties' is required to be supplied and to be false."
            ));
        }
        let required: Vec<&Value> = schema["required"].as_array().into_iter().flatten().collect();
        let missing = properties
            .into_iter()
            .flatten()
            .find(|(name, _)| !required.iter().any(|known| known.as_str() == Some(name)));
        if let Some((name, _)) = missing {
            return Err(format!(
                "In context=({path}), 'required' is required to be supplied and to be an array including every key \
                 in properties. Missing '{name}'."
            ));
        }
    }
    for (name, inner) in properties.into_iter().flatten() {
        check_strict(inner, &format!("{path}'properties', '{name}'"))?;
    }
    if schema["items"].is_object() {
        check_strict(&schema["items"], &format!("{path}'items'"))?;
    }
    Ok(())
}

/// The reply as the request wants it: an object of the schema's properties, any object, or bare words.
pub(super) fn shape(reply: &ChatReply, request: &Value) -> String {
    let format = &request["response_format"];
    match format["type"].as_str() {
        Some("json_schema") => object_of(reply, &format["json_schema"]["schema"]).to_string(),
        Some("json_object") => {
            json!({"say": reply.say, "awake": reply.awake, "evidence": reply.evidence}).to_string()
        }
        _ => reply.say.clone(),
    }
}

fn object_of(reply: &ChatReply, schema: &Value) -> Value {
    let properties = schema["properties"].as_object();
    let filled: Map<String, Value> = properties
        .into_iter()
        .flatten()
        .map(|(name, kind)| (name.clone(), value_of(reply, name, kind)))
        .collect();
    Value::Object(filled)
}

fn value_of(reply: &ChatReply, name: &str, schema: &Value) -> Value {
    let kind = &schema["type"];
    let is = |wanted: &str| {
        *kind == wanted || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == wanted))
    };
    if let Some(choice) = schema["enum"].get(0) {
        return choice.clone();
    }
    match name {
        "evidence" | "reason" | "why" if is("null") && !reply.awake => Value::Null,
        "evidence" | "reason" | "why" => json!(reply.evidence),
        _ if is("boolean") => json!(reply.awake),
        _ if is("null") => Value::Null,
        _ if is("string") => json!(reply.say),
        _ if is("integer") || is("number") => json!(0),
        _ if is("array") => json!([]),
        _ => object_of(reply, schema),
    }
}
