use super::*;

const MODEL: &str = "gpt-realtime-2.1";

fn event(text: &str) -> ModelEvent<'_> {
    match read(text, Prices::of(MODEL)) {
        Ok(Said::Event(event)) => event,
        other => panic!("{other:?} for {text}"),
    }
}

fn check(text: &str, expected: &ModelEvent<'_>) {
    assert_eq!(&event(text), expected, "{text}");
}

#[test]
fn the_events_of_a_conversation_are_read() {
    check(
        r#"{"type":"response.created","event_id":"e3","response":{"object":"realtime.response","id":"resp_1","status":"in_progress","status_details":null,"output":[],"usage":null,"metadata":{"why":"greeting"}}}"#,
        &ModelEvent::ResponseStarted { response: "resp_1".into(), why: Some(Why::Greeting) },
    );
    check(
        r#"{"type":"response.created","response":{"id":"resp_2","metadata":null}}"#,
        &ModelEvent::ResponseStarted { response: "resp_2".into(), why: None },
    );
    check(
        r#"{"type":"response.output_audio_transcript.delta","response_id":"resp_1","item_id":"item_A","output_index":0,"content_index":0,"delta":"Good ","obfuscation":"Xk2"}"#,
        &ModelEvent::Words {
            response: "resp_1".into(),
            item: "item_A".into(),
            content_index: 0,
            text: "Good ".into(),
        },
    );
    check(
        r#"{"type":"response.output_audio_transcript.done","item_id":"item_A","transcript":"Good \"morning\""}"#,
        &ModelEvent::WordsDone { item: "item_A".into(), text: "Good \"morning\"".into() },
    );
    check(
        r#"{"type":"response.output_audio.done","item_id":"item_A"}"#,
        &ModelEvent::AudioDone { item: "item_A".into() },
    );
    check(
        r#"{"type":"input_audio_buffer.speech_started","audio_start_ms":1236,"item_id":"item_U"}"#,
        &ModelEvent::SpeechStarted { item: "item_U".into() },
    );
    check(
        r#"{"type":"input_audio_buffer.speech_stopped","audio_end_ms":3808,"item_id":"item_U"}"#,
        &ModelEvent::SpeechStopped { item: "item_U".into() },
    );
}

#[test]
fn what_she_said_is_read_whether_or_not_it_could_be_transcribed() {
    check(
        r#"{"type":"conversation.item.input_audio_transcription.completed","item_id":"item_U","content_index":0,"transcript":"I am awake","usage":{"type":"tokens"}}"#,
        &ModelEvent::Heard { item: "item_U".into(), text: Some("I am awake".into()) },
    );
    check(
        r#"{"type":"conversation.item.input_audio_transcription.completed","item_id":"item_U","transcript":null}"#,
        &ModelEvent::Heard { item: "item_U".into(), text: Some("".into()) },
    );
    check(
        r#"{"type":"conversation.item.input_audio_transcription.failed","item_id":"item_U","error":{"code":"x"}}"#,
        &ModelEvent::Heard { item: "item_U".into(), text: None },
    );
}

#[test]
fn sound_is_decoded_and_an_escaped_delta_is_as_good() {
    for delta in ["f39/fw==", r"f39\/fw=="] {
        let text = format!(
            r#"{{"type":"response.output_audio.delta","response_id":"r","item_id":"i","content_index":1,"delta":"{delta}"}}"#
        );
        check(
            &text,
            &ModelEvent::Audio {
                response: "r".into(),
                item: "i".into(),
                content_index: 1,
                audio: vec![0x7F; 4],
            },
        );
    }
}

#[test]
fn a_finished_function_call_is_a_tool_call_and_nothing_else_is() {
    check(
        r#"{"type":"response.output_item.done","response_id":"resp_3","item":{"id":"item_F","type":"function_call","status":"completed","name":"end_call","call_id":"call_9","arguments":"{\"reason\":\"awake\"}"}}"#,
        &ModelEvent::ToolCalled {
            response: "resp_3".into(),
            call: ToolCall {
                id: "call_9".to_owned(),
                name: "end_call".to_owned(),
                arguments: r#"{"reason":"awake"}"#.to_owned(),
            },
        },
    );
    for item in [
        r#"{"type":"function_call","status":"incomplete","name":"end_call","call_id":"c","arguments":"{\"re"}"#,
        r#"{"type":"message","status":"completed","role":"assistant","content":[]}"#,
        r#"{"type":null}"#,
    ] {
        let text = format!(r#"{{"type":"response.output_item.done","response_id":"r","item":{item}}}"#);
        check(&text, &ModelEvent::Nothing);
    }
}

#[test]
fn the_end_of_a_response_carries_its_failure_and_its_cost() {
    let done = |response: &str| format!(r#"{{"type":"response.done","response":{response}}}"#);
    let ended =
        |status, cost| ModelEvent::ResponseEnded { response: "r".into(), status, cost: MicroDollars(cost) };
    let failed = |fault, code: &str| ResponseStatus::Failed { fault, code: code.to_owned() };
    for (response, expected) in [
        (
            r#"{"id":"r","status":"completed","usage":{"output_token_details":{"audio_tokens":100}}}"#,
            ended(ResponseStatus::Completed, 6_400),
        ),
        (
            r#"{"id":"r","status":"incomplete","status_details":{"reason":"max_output_tokens"},"usage":null}"#,
            ended(ResponseStatus::Completed, 0),
        ),
        (
            r#"{"id":"r","status":"cancelled","status_details":{"reason":"turn_detected"}}"#,
            ended(ResponseStatus::Cancelled, 0),
        ),
        (
            r#"{"id":"r","status":"failed","status_details":{"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"(text)"}}}"#,
            ended(failed(Fault::Fatal, "insufficient_quota"), 0),
        ),
        (
            r#"{"id":"r","status":"failed","status_details":{"error":{"type":"server_error","code":null}}}"#,
            ended(failed(Fault::Passing, "server_error"), 0),
        ),
        (r#"{"id":"r","status":"failed","status_details":"odd"}"#, ended(failed(Fault::Passing, "odd"), 0)),
        (r#"{"id":"r","status":"failed","status_details":null}"#, ended(failed(Fault::Passing, "failed"), 0)),
    ] {
        check(&done(response), &expected);
    }
}

#[test]
fn errors_are_read_by_what_they_mean() {
    let error = |code: &str, event_id: &str| {
        format!(
            r#"{{"type":"error","error":{{"type":"invalid_request_error","code":{code},"message":"m","param":null,"event_id":{event_id}}}}}"#
        )
    };
    for (code, event_id, fault, request) in [
        ("\"response_cancel_not_active\"", "\"c4\"", Fault::Harmless, None),
        ("\"conversation_already_has_active_response\"", "\"ask-8\"", Fault::AlreadyAnswering, Some(8)),
        ("\"session_expired\"", "null", Fault::ConnectionOver, None),
        ("\"invalid_api_key\"", "null", Fault::Fatal, None),
        ("\"server_error\"", "\"ask-2\"", Fault::Passing, Some(2)),
        ("null", "\"c9\"", Fault::Harmless, None),
    ] {
        let text = error(code, event_id);
        let ModelEvent::Complaint { fault: read, request: number, .. } = event(&text) else {
            panic!("{text}")
        };
        assert_eq!((read, number), (fault, request), "{text}");
    }
    let refused = error("\"unknown_parameter\"", "\"setup\"");
    let said = read(&refused, Prices::of(MODEL));
    assert!(matches!(said, Ok(Said::SetUpRefused(code)) if code == "unknown_parameter"));
}

#[test]
fn codes_never_carry_somebodys_words() {
    assert_eq!(short("rate_limit\n\"+49 170\""), "rate_limit49 170");
    assert_eq!(short(&"x".repeat(500)).len(), 60);
}

#[test]
fn what_is_of_no_use_is_let_pass_and_what_is_new_is_counted() {
    for text in [
        r#"{"type":"session.created","session":{"id":"sess_1","expires_at":1795237200}}"#,
        r#"{"type":"conversation.created","conversation":{"id":"conv_1"}}"#,
        r#"{"type":"conversation.item.added","previous_item_id":null,"item":"odd"}"#,
        r#"{"type":"rate_limits.updated","rate_limits":[{"name":"tokens"}]}"#,
        r#"{"type":"response.function_call_arguments.delta","delta":"{\"reason\":"}"#,
        r#"{"type":"input_audio_buffer.timeout_triggered","audio_start_ms":1}"#,
    ] {
        check(text, &ModelEvent::Nothing);
    }
    check(r#"{"type":"weather.changed","item":7,"delta":[1],"response_id":null}"#, &ModelEvent::Unknown);
}

#[test]
fn garbage_is_garbage() {
    for text in [
        "",
        "not json",
        "[]",
        "{}",
        "7",
        r#"{"type":"response.output_audio.delta","delta":"!!"}"#,
        r#"{"type":"response.output_audio.delta","delta":null}"#,
        r#"{"type":"response.done","response":7}"#,
        r#"{"type":"response.output_item.done","item":{"type":"function_call"}}"#,
    ] {
        assert_eq!(read(text, Prices::of(MODEL)).err(), Some(Garbled), "{text}");
    }
}
