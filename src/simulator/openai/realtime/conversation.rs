//! The items of a conversation: what the client sees of them, and what they mean to the coach.

use serde_json::{Value, json};

use crate::simulator::openai::coach::Turn;
use crate::simulator::openai::rules::Refusal;

/// One item.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// As the client sees it.
    pub json: Value,
    /// As the coach understands it.
    pub turn: Turn,
    /// Length of its sound, for items that have any.
    pub audio_ms: Option<u64>,
    /// Cut down to what was heard.
    pub truncated: bool,
}

/// Items in order.
#[derive(Debug, Default)]
pub struct Conversation {
    items: Vec<Item>,
}

impl Conversation {
    pub fn find(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    pub fn find_mut(&mut self, id: &str) -> Option<&mut Item> {
        self.items.iter_mut().find(|item| item.id == id)
    }

    /// The id of the last item, `null` for none.
    pub fn last_id(&self) -> Value {
        self.items.last().map_or(Value::Null, |item| json!(item.id))
    }

    pub fn push(&mut self, item: Item) {
        self.items.push(item);
    }

    /// Puts an item after `previous` (`root` for the beginning, `None` for the end); answers with the id before it.
    pub fn insert(&mut self, item: Item, previous: Option<&str>) -> Result<Value, Refusal> {
        if self.find(&item.id).is_some() {
            let message = format!("Error adding item: the item with id '{}' already exists.", item.id);
            return Err(Refusal::new("item_create_duplicate_item_id", "item.id", message));
        }
        let at = match previous {
            None => self.items.len(),
            Some("root") => 0,
            Some(id) => {
                let message = format!("Error adding item: the previous item with id '{id}' does not exist.");
                let refusal =
                    || Refusal::new("item_create_invalid_previous_item_id", "previous_item_id", message);
                self.items.iter().position(|item| item.id == id).ok_or_else(refusal)? + 1
            }
        };
        let before = at.checked_sub(1).map_or(Value::Null, |before| json!(self.items[before].id));
        self.items.insert(at, item);
        Ok(before)
    }

    pub fn remove(&mut self, id: &str) -> Option<Item> {
        let at = self.items.iter().position(|item| item.id == id)?;
        Some(self.items.remove(at))
    }

    /// Cuts an item down to what was heard, within what was produced.
    pub fn truncate(&mut self, id: &str, content_index: u64, end_ms: u64) -> Result<(), Refusal> {
        let item = self.find_mut(id).ok_or_else(|| unknown_item("truncate", id))?;
        let Some(produced_ms) = item.audio_ms.filter(|_| item.json["role"] == "assistant") else {
            let message = "Only model output audio messages can be truncated".to_owned();
            return Err(Refusal::new("invalid_value", "item_id", message));
        };
        if content_index != 0 {
            let message = format!("Item '{id}' has no content at index {content_index}.");
            return Err(Refusal::new("invalid_value", "content_index", message));
        }
        if end_ms > produced_ms {
            return Err(Refusal::without_code(format!(
                "Audio content of {produced_ms}ms is already shorter than {end_ms}ms"
            )));
        }
        item.truncated = true;
        item.audio_ms = Some(end_ms);
        item.json["content"] = json!([{"type": "output_audio"}]);
        if let Turn::Coach(text) = &mut item.turn {
            *text = heard_part(text, end_ms, produced_ms);
        }
        Ok(())
    }

    /// The conversation as the coach sees it.
    pub fn turns(&self) -> Vec<Turn> {
        self.items.iter().map(|item| item.turn.clone()).collect()
    }

    /// The tool whose call has this id.
    pub fn tool_called(&self, call_id: &str) -> Option<&str> {
        self.items
            .iter()
            .find(|item| item.json["type"] == "function_call" && item.json["call_id"] == call_id)
            .and_then(|item| item.json["name"].as_str())
    }

    /// Rough token counts of everything said: text, audio. The vendor counts the sleeper's audio in
    /// tenths of a second, the coach's in twentieths.
    pub fn tokens(&self) -> (u64, u64) {
        let text = self.items.iter().map(|item| text_tokens(words_of(&item.turn))).sum();
        let audio = self.items.iter().map(audio_tokens).sum();
        (text, audio)
    }
}

fn audio_tokens(item: &Item) -> u64 {
    let ms_each = if item.json["role"] == "user" { 100 } else { 50 };
    item.audio_ms.unwrap_or(0).div_ceil(ms_each)
}

fn words_of(turn: &Turn) -> &str {
    match turn {
        Turn::Coach(text)
        | Turn::Sleeper(text)
        | Turn::Note(text)
        | Turn::Called(text)
        | Turn::Answered(_, text) => text,
    }
}

/// About four letters a token.
pub fn text_tokens(text: &str) -> u64 {
    (text.chars().count() as u64).div_ceil(4)
}

/// The words that fit into the part heard, cut at a word.
fn heard_part(text: &str, heard_ms: u64, produced_ms: u64) -> String {
    let letters = (text.chars().count() as u64 * heard_ms).checked_div(produced_ms).unwrap_or(0);
    let heard: String = text.chars().take(usize::try_from(letters).unwrap_or(usize::MAX)).collect();
    if heard.len() == text.len() {
        return heard;
    }
    heard.rsplit_once(' ').map_or(String::new(), |(whole, _)| whole.to_owned())
}

/// The refusal for an id nobody knows.
pub fn unknown_item(verb: &str, id: &str) -> Refusal {
    let code = match verb {
        "truncate" => "item_truncate_invalid_item_id",
        "delete" => "item_delete_invalid_item_id",
        _ => "item_retrieve_invalid_item_id",
    };
    let message = format!("Error: could not {verb} the item with id '{id}': it does not exist.");
    Refusal::new(code, "item_id", message)
}

/// What an item of the client's means, and how it will be shown; `id` is used when it brings none.
pub fn item_of_client(given: &Value, id: String, conversation: &Conversation) -> Result<Item, Refusal> {
    let id = given["id"].as_str().map_or(id, str::to_owned);
    let mut json = given.clone();
    json["id"] = json!(id);
    json["object"] = json!("realtime.item");
    let turn = match given["type"].as_str() {
        Some("function_call") => Turn::Called(text(&given["name"])),
        Some("function_call_output") => answered(given, conversation)?,
        _ => message_of_client(given)?,
    };
    if given["type"] != "function_call_output" && given["status"].is_null() {
        json["status"] = json!("completed");
    }
    Ok(Item { id, json, turn, audio_ms: None, truncated: false })
}

fn answered(given: &Value, conversation: &Conversation) -> Result<Turn, Refusal> {
    let call_id = text(&given["call_id"]);
    let Some(tool) = conversation.tool_called(&call_id) else {
        let message = format!("Tool call ID '{call_id}' not found in conversation.");
        return Err(Refusal::new("invalid_tool_call_id", "item.call_id", message));
    };
    Ok(Turn::Answered(tool.to_owned(), text(&given["output"])))
}

fn message_of_client(given: &Value) -> Result<Turn, Refusal> {
    let (allowed, make): (&[&str], fn(String) -> Turn) = match given["role"].as_str() {
        Some("assistant") => (&["output_text"], Turn::Coach),
        Some("user") => (&["input_text", "input_audio"], Turn::Sleeper),
        _ => (&["input_text"], Turn::Note),
    };
    let mut words = Vec::new();
    for (at, part) in given["content"].as_array().into_iter().flatten().enumerate() {
        let kind = text(&part["type"]);
        if !allowed.contains(&kind.as_str()) {
            let supported = allowed.iter().map(|kind| format!("'{kind}'")).collect::<Vec<_>>().join(", ");
            let message = format!("Invalid value: '{kind}'. Supported values are: {supported}.");
            return Err(Refusal::new("invalid_value", &format!("item.content[{at}].type"), message));
        }
        words.push(text(if kind == "input_audio" { &part["transcript"] } else { &part["text"] }));
    }
    Ok(make(words.join(" ")))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(id: &str, text: &str, audio_ms: u64) -> Item {
        let json = json!({"id": id, "type": "message", "role": "assistant",
            "content": [{"type": "output_audio", "transcript": text}]});
        Item {
            id: id.to_owned(),
            json,
            turn: Turn::Coach(text.to_owned()),
            audio_ms: Some(audio_ms),
            truncated: false,
        }
    }

    #[test]
    fn truncation_stays_within_what_was_produced() {
        let mut conversation = Conversation::default();
        conversation.push(spoken("a", "Good morning, Anna! Are you awake?", 3_700));
        let refusal = conversation.truncate("a", 0, 3_760).unwrap_err();
        assert_eq!(refusal.code, None);
        assert_eq!(refusal.message, "Audio content of 3700ms is already shorter than 3760ms");
        conversation.truncate("a", 0, 1_480).unwrap();
        let item = conversation.find("a").unwrap();
        assert_eq!(item.json["content"], json!([{"type": "output_audio"}]), "unheard words must not survive");
        assert_eq!(item.turn, Turn::Coach("Good".to_owned()));
        assert!(conversation.truncate("a", 0, 1_481).is_err());
        assert!(conversation.truncate("a", 0, 0).is_ok());
    }

    #[test]
    fn only_the_models_own_sound_can_be_truncated() {
        let mut conversation = Conversation::default();
        let words = json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "x"}]});
        let item = item_of_client(&words, "t".to_owned(), &conversation).unwrap();
        conversation.push(item);
        conversation.push(spoken("a", "x", 100));
        assert_eq!(conversation.truncate("t", 0, 0).unwrap_err().code, Some("invalid_value"));
        assert_eq!(conversation.truncate("a", 1, 0).unwrap_err().code, Some("invalid_value"));
        assert_eq!(conversation.truncate("z", 0, 0).unwrap_err().code, Some("item_truncate_invalid_item_id"));
    }

    #[test]
    fn items_go_where_the_client_says() {
        let mut conversation = Conversation::default();
        assert_eq!(conversation.insert(spoken("b", "", 0), None), Ok(Value::Null));
        assert_eq!(conversation.insert(spoken("a", "", 0), Some("root")), Ok(Value::Null));
        assert_eq!(conversation.insert(spoken("c", "", 0), Some("a")), Ok(json!("a")));
        assert_eq!(conversation.last_id(), json!("b"));
        assert!(conversation.insert(spoken("a", "", 0), None).is_err());
        assert!(conversation.insert(spoken("d", "", 0), Some("z")).is_err());
    }

    #[test]
    fn a_tool_output_needs_its_call() {
        let mut conversation = Conversation::default();
        let output = json!({"type": "function_call_output", "call_id": "call_9", "output": "{}"});
        assert!(item_of_client(&output, "o".to_owned(), &conversation).is_err());
        let call = json!({"type": "function_call", "name": "snooze", "call_id": "call_9", "arguments": "{}"});
        conversation.push(item_of_client(&call, "c".to_owned(), &conversation).unwrap());
        let item = item_of_client(&output, "o".to_owned(), &conversation).unwrap();
        assert_eq!(item.turn, Turn::Answered("snooze".to_owned(), "{}".to_owned()));
    }

    #[test]
    fn roles_have_their_own_kinds_of_content() {
        let message = |role: &str, kind: &str| {
            let given = json!({"type": "message", "role": role, "content": [{"type": kind, "text": "x"}]});
            item_of_client(&given, "m".to_owned(), &Conversation::default()).map(|item| item.turn)
        };
        assert_eq!(message("system", "input_text"), Ok(Turn::Note("x".to_owned())));
        assert_eq!(message("user", "input_text"), Ok(Turn::Sleeper("x".to_owned())));
        assert_eq!(message("assistant", "output_text"), Ok(Turn::Coach("x".to_owned())));
        assert!(message("assistant", "input_text").is_err());
        assert!(message("system", "output_text").is_err());
    }
}
