use axum::body::to_bytes;

use super::*;
use crate::simulator::openai::ModelsOptions;
use crate::simulator::openai::faults::Faults;
use crate::simulator::pace::Pace;

/// The request of our own client, in the vendor's shape.
fn request() -> Value {
    json!({"model": "gpt-6-luna", "reasoning_effort": "none", "max_completion_tokens": 200, "store": false,
        "messages": [
            {"role": "developer", "content": "You wake Anna."},
            {"role": "assistant", "content": "Good morning, Anna! Are you awake?"},
            {"role": "user", "content": "Yes, I'm awake."}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "turn", "strict": true, "schema": {
            "type": "object", "additionalProperties": false, "required": ["say", "awake", "evidence"],
            "properties": {"say": {"type": "string"}, "awake": {"type": "boolean"}, "evidence": {"type": ["string", "null"]}}}}}})
}

async fn ask(faults: Faults, request: &Value) -> (u16, String) {
    let shared = Shared::new(ModelsOptions::local("sk-test", Pace::new(50.0)));
    *locked(&locked(&shared.faults).clone()) = faults;
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Bearer sk-test".parse().unwrap());
    let response = complete(State(shared), headers, Bytes::from(request.to_string())).await;
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn choice(fault: ChatFault) -> Value {
    let (status, body) = ask(Faults { chat: fault, ..Faults::default() }, &request()).await;
    assert_eq!(status, 200);
    serde_json::from_str::<Value>(&body).unwrap()["choices"][0].clone()
}

fn turn(choice: &Value) -> Value {
    serde_json::from_str(choice["message"]["content"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn an_answer_has_the_shape_of_the_schema_and_follows_the_conversation() {
    let doubtful = choice(ChatFault::None).await;
    assert_eq!(doubtful["finish_reason"], "stop");
    assert_eq!((&turn(&doubtful)["awake"], &turn(&doubtful)["evidence"]), (&json!(false), &Value::Null));
    let mut longer = request();
    let messages = longer["messages"].as_array_mut().unwrap();
    messages.push(json!({"role": "assistant", "content": "What day is it today, and what are your plans?"}));
    messages.push(json!({"role": "user", "content": "It's Monday and I have the early shift."}));
    let (_, body) = ask(Faults::default(), &longer).await;
    let convinced = turn(&serde_json::from_str::<Value>(&body).unwrap()["choices"][0]);
    assert_eq!(convinced["awake"], true);
    assert!(convinced["evidence"].as_str().unwrap().contains("early shift"));
}

#[tokio::test]
async fn what_the_vendor_refuses_is_refused() {
    let open = json!({"type": "json_schema", "json_schema": {"name": "turn", "strict": true,
        "schema": {"type": "object", "properties": {"say": {"type": "string"}}, "required": ["say"]}}});
    let mut optional = request()["response_format"].clone();
    optional["json_schema"]["schema"]["required"] = json!(["say"]);
    for (name, value, status, param) in [
        ("max_tokens", json!(100), 400, "max_tokens"),
        ("temperature", json!(0.7), 400, "temperature"),
        ("reasoning_effort", json!("tiny"), 400, "reasoning_effort"),
        ("sparkle", json!(1), 400, "sparkle"),
        ("messages", json!([]), 400, "messages"),
        ("messages", json!([{"role": "coach", "content": "x"}]), 400, "messages[0].role"),
        ("response_format", open, 400, "response_format"),
        ("response_format", optional, 400, "response_format"),
        ("model", json!("llama"), 404, "model"),
    ] {
        let mut request = request();
        request[name] = value;
        let (got, body) = ask(Faults::default(), &request).await;
        let error = serde_json::from_str::<Value>(&body).unwrap()["error"].clone();
        assert_eq!((got, &error["param"]), (status, &json!(param)), "{body}");
        assert_eq!(error["type"], "invalid_request_error");
    }
}

#[tokio::test]
async fn each_fault_shows() {
    for status in [401, 429, 500, 503] {
        let (got, body) =
            ask(Faults { chat: ChatFault::Status(status), ..Faults::default() }, &request()).await;
        assert_eq!(got, status);
        assert!(serde_json::from_str::<Value>(&body).unwrap()["error"].is_object());
    }
    let (status, body) =
        ask(Faults { chat: ChatFault::InsufficientQuota, ..Faults::default() }, &request()).await;
    assert!(status == 429 && body.contains("insufficient_quota"));
    let (status, body) = ask(Faults { chat: ChatFault::Garbage, ..Faults::default() }, &request()).await;
    assert!(status == 200 && serde_json::from_str::<Value>(&body).is_err());
    assert_eq!(choice(ChatFault::Empty).await["message"]["content"], "");
    assert!(choice(ChatFault::Refusal).await["message"]["content"].is_null());
    let cut = choice(ChatFault::Truncated).await;
    assert_eq!(cut["finish_reason"], "length");
    assert!(serde_json::from_str::<Value>(cut["message"]["content"].as_str().unwrap()).is_err());
    assert!(turn(&choice(ChatFault::Endless(50_000)).await)["say"].as_str().unwrap().len() >= 50_000);
    assert!(turn(&choice(ChatFault::Hostile).await)["say"].as_str().unwrap().contains("<Hangup/>"));
    let gullible = turn(&choice(ChatFault::Gullible).await);
    assert!(gullible["awake"] == true && gullible["evidence"].as_str().unwrap().contains("wide awake"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_model_answers_late_and_a_silent_one_not_within_minutes() {
    let slow =
        ask(Faults { chat: ChatFault::Slow(Duration::from_secs(10)), ..Faults::default() }, &request()).await;
    assert_eq!(slow.0, 200);
    let silent = Faults { chat: ChatFault::Silent, ..Faults::default() };
    let (request, pace) = (request(), Pace::new(50.0));
    let waited = tokio::select! {
        _ = ask(silent, &request) => false,
        () = pace.sleep(Duration::from_mins(5)) => true,
    };
    assert!(waited);
}

#[tokio::test]
async fn faults_queue_up_one_for_each_request() {
    let shared = Shared::new(ModelsOptions::local("sk-test", Pace::new(50.0)));
    locked(&locked(&shared.faults).clone()).chat_next = [ChatFault::Status(500), ChatFault::Empty].into();
    let kinds = [next_fault(&shared), next_fault(&shared), next_fault(&shared)];
    assert_eq!(kinds, [ChatFault::Status(500), ChatFault::Empty, ChatFault::None]);
}
