use serde_json::json;

use super::*;
use crate::domain::utterance::Speaker;
use crate::traditional::fake::{Does, Fake, completion, contains, refuses, says};

/// Fast enough to wait pauses and deadlines out, slow enough for a busy machine to keep up.
const FAST: f64 = 4.0;

fn words() -> Vec<Message> {
    let message = |speaker, text: &str| Message { speaker, text: text.to_owned() };
    vec![message(Speaker::Coach, "Good morning."), message(Speaker::Sleeper, "Mm, \"five\" minutes.")]
}

async fn ask(fake: &Fake) -> Result<Answer, ChatError> {
    fake.model.ask("You wake Anna.", &words()).await
}

/// The name of an outcome, to compare many of them in tables.
fn kind(outcome: &Result<Answer, ChatError>) -> String {
    match outcome {
        Ok(_) => "answer".to_owned(),
        Err(ChatError::Late(_)) => "late".to_owned(),
        Err(ChatError::Unreachable(_)) => "unreachable".to_owned(),
        Err(ChatError::Busy { status, .. }) => format!("busy {status}"),
        Err(ChatError::Refused { status, code }) => format!("refused {status} {code}"),
        Err(ChatError::Unusable { why, .. }) => format!("unusable: {why}"),
    }
}

#[tokio::test]
async fn the_request_is_what_the_vendor_documents() {
    let fake = Fake::doing(1.0, [says("Up you get!", false, "")]).await;
    let answer = ask(&fake).await.unwrap();
    let expected = Answer {
        say: "Up you get!".to_owned(),
        awake: false,
        evidence: String::new(),
        remember: String::new(),
        cost: MicroDollars(10),
    };
    assert_eq!(answer, expected);

    let asked = fake.asked().remove(0);
    assert!(asked.head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{}", asked.head);
    assert!(asked.head.contains("authorization: Bearer sk-test\r\n"), "{}", asked.head);
    assert!(asked.head.contains("content-type: application/json\r\n"), "{}", asked.head);
    assert_eq!(
        asked.body,
        json!({
            "model": "gpt-6-luna",
            "reasoning_effort": "none",
            "max_completion_tokens": 200,
            "messages": [
                {"role": "developer", "content": "You wake Anna."},
                {"role": "assistant", "content": "Good morning."},
                {"role": "user", "content": "Mm, \"five\" minutes."},
            ],
            "response_format": {"type": "json_schema", "json_schema": {"name": "turn", "strict": true, "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": ["say", "awake", "evidence", "remember"],
                "properties": {
                    "say": {"type": "string", "description": "What to say next, aloud: one or two short sentences."},
                    "awake": {"type": "boolean", "description": "True only when the answers show an awake person."},
                    "evidence": {"type": "string", "description": "When awake: what was said or done that shows it."},
                    "remember": {"type": "string", "description": "Her own words on her day, quoted from her last answer, if tomorrow's call should mention them; otherwise empty."},
                },
            }}},
        })
    );
}

#[tokio::test]
async fn a_server_without_key_or_efforts_is_asked_without_them() {
    let fake = Fake::doing(1.0, [says("Hello", false, "")]).await;
    let mut settings = fake.model.settings.clone();
    settings.api_key = None;
    settings.reasoning_effort = None;
    // With a slash at its end, as people write it.
    settings.base_url = format!("{}/", settings.base_url).parse().unwrap();
    let model = ChatModel::new(crate::http::client(), settings, fake.clock.clone());
    model.ask("x", &words()).await.unwrap();
    let asked = fake.asked().remove(0);
    assert!(asked.head.starts_with("POST /v1/chat/completions "), "{}", asked.head);
    assert!(!asked.head.contains("authorization"), "{}", asked.head);
    assert_eq!(asked.body.get("reasoning_effort"), None);
}

#[tokio::test]
async fn a_lasting_refusal_is_not_asked_twice() {
    for (status, code) in [
        (400, "unsupported_value"),
        (401, "invalid_api_key"),
        (403, "x"),
        (404, "model_not_found"),
        (307, "moved"),
    ] {
        let fake = Fake::doing(1.0, [refuses(status, code), says("never", false, "")]).await;
        let outcome = ask(&fake).await;
        assert_eq!(kind(&outcome), format!("refused {status} {code}"));
        assert!(!format!("{outcome:?} {}", outcome.as_ref().unwrap_err()).contains("sk-"), "no secrets");
        assert_eq!(fake.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_spent_quota_is_not_asked_twice() {
    let fake = Fake::doing(1.0, [refuses(429, "insufficient_quota"), says("never", false, "")]).await;
    assert_eq!(kind(&ask(&fake).await), "refused 429 insufficient_quota");
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn trouble_that_may_pass_is_asked_once_more() {
    for status in [408, 409, 429, 500, 502, 503] {
        let fake = Fake::doing(FAST, [refuses(status, "rate_limit"), says("Up!", false, "")]).await;
        assert_eq!(kind(&ask(&fake).await), "answer", "{status}");
        let fake =
            Fake::doing(FAST, [refuses(status, "x"), refuses(status, "x"), says("never", false, "")]).await;
        assert_eq!(kind(&ask(&fake).await), format!("busy {status}"));
        assert_eq!(fake.asked().len(), 2);
    }
}

#[tokio::test]
async fn a_pause_asked_for_is_kept_when_it_fits_and_else_there_is_no_retry() {
    for (header, value, retried, pause) in [
        ("retry-after", "2", true, 2_000),
        ("retry-after-ms", "1500", true, 1_500),
        ("retry-after", "30", false, 0),
        ("retry-after", "1e300", true, 300),
        ("retry-after", "-1", true, 300),
        ("retry-after", "Fri, 31 Dec 1999 23:59:59 GMT", true, 300),
        ("x-should-retry", "false", false, 0),
    ] {
        let busy = Does::Answers(503, vec![(header, value)], "busy".to_owned());
        let fake = Fake::doing(FAST, [busy, says("Up!", false, "")]).await;
        let outcome = ask(&fake).await;
        assert_eq!(outcome.is_ok(), retried, "{header}: {value}: {outcome:?}");
        assert!(fake.clock.elapsed() >= Duration::from_millis(pause), "{header}: {value}");
    }
}

#[tokio::test]
async fn garbage_is_unusable() {
    let answers = |body: &str| Does::Answers(200, Vec::new(), body.to_owned());
    let message = |message: Value, reason| Does::Answers(200, Vec::new(), completion(&message, reason));
    let cut = json!({"content": "{\"say\":\"Good mor"});
    let refused = json!({"content": null, "refusal": "I cannot help with that."});
    let empty = json!({"content": null});
    for (does, why) in [
        (answers(""), "it is no completion"),
        (answers("<html>504</html>"), "it is no completion"),
        (answers("{\"choices\":[{\"mess"), "it is no completion"),
        (answers("{}"), "it holds no choice"),
        (message(empty, "stop"), "it is empty"),
        (contains("  \n"), "it is empty"),
        (message(refused, "stop"), "the model would not answer"),
        (message(cut, "length"), "it was cut short"),
        (contains("Good morning!"), "it is not in the agreed form"),
        (contains("{\"say\":\"x\"}"), "it is not in the agreed form"),
        (contains("{\"say\":7,\"awake\":\"yes\",\"evidence\":\"\"}"), "it is not in the agreed form"),
    ] {
        let fake = Fake::doing(1.0, [does, says("never", false, "")]).await;
        assert_eq!(kind(&ask(&fake).await), format!("unusable: {why}"));
        assert_eq!(fake.asked().len(), 1, "garbage costs money once: {why}");
    }
}

#[tokio::test]
async fn an_unusable_answer_still_costs() {
    let fake = Fake::doing(1.0, [contains("nonsense")]).await;
    assert_eq!(ask(&fake).await.unwrap_err().cost(), MicroDollars(10));
}

#[tokio::test]
async fn a_missing_evidence_is_an_empty_one() {
    for content in
        ["{\"say\":\"x\",\"awake\":true}", "{\"say\":\"x\",\"awake\":true,\"evidence\":null,\"more\":1}"]
    {
        let fake = Fake::doing(1.0, [contains(content)]).await;
        assert_eq!(ask(&fake).await.unwrap().evidence, "", "{content}");
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let fake = Fake::doing(1.0, [Does::NeverEnds]).await;
    assert_eq!(kind(&ask(&fake).await), "unusable: it never ends");
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let fake = Fake::doing(FAST, [Does::Hangs]).await;
    let started = fake.clock.elapsed();
    assert_eq!(kind(&ask(&fake).await), "late");
    let took = fake.clock.elapsed().saturating_sub(started);
    assert!(took >= ANSWER_WITHIN, "{took:?}");
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn a_slow_answer_in_time_is_an_answer() {
    let slow = Does::AnswersAfter(Duration::from_secs(2), {
        let Does::Answers(_, _, body) = says("Up!", false, "") else { unreachable!() };
        body
    });
    let fake = Fake::doing(FAST, [slow]).await;
    assert_eq!(kind(&ask(&fake).await), "answer");
}

#[tokio::test]
async fn a_connection_that_dies_is_tried_once_more() {
    for dying in [|| Does::Dies, || Does::DiesInMidAnswer] {
        let fake = Fake::doing(FAST, [dying(), says("Up!", false, "")]).await;
        assert_eq!(kind(&ask(&fake).await), "answer");
        let fake = Fake::doing(FAST, [dying(), dying()]).await;
        assert_eq!(kind(&ask(&fake).await), "unreachable");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable_and_its_address_stays_private() {
    let fake = Fake::doing(FAST, []).await;
    let mut settings = fake.model.settings.clone();
    settings.base_url = "http://anna:hunter2@127.0.0.1:1/v1".parse().unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
    let model = ChatModel::new(crate::http::client(), settings, fake.clock.clone());
    let outcome = model.ask("x", &words()).await;
    assert_eq!(kind(&outcome), "unreachable");
    assert!(!format!("{:?}", outcome.unwrap_err()).contains("hunter2"));
}
