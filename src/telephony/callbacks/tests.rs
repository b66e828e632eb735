//! Forms as the carrier sends them, and as nobody should.

use super::*;

fn form(body: &str) -> Form {
    Form::parse(body.as_bytes())
}

#[test]
fn blanks_and_repeats_are_kept_for_the_signature() {
    let form = form("To=%2B14155552671&ToZip=&Digits=1&Digits=2&Body=a+b%26c");
    let pairs: Vec<_> = form.pairs().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected =
        [("To", "+14155552671"), ("ToZip", ""), ("Digits", "1"), ("Digits", "2"), ("Body", "a b&c")];
    assert_eq!(pairs, expected);
    assert_eq!(form.get("ToZip"), None);
    assert_eq!(form.get("Digits"), Some("1"));
    assert_eq!(format!("{form:?}"), r#"{"To", "ToZip", "Digits", "Digits", "Body"}"#);
}

#[test]
fn a_busy_line_is_reported_with_its_code_and_seconds_not_minutes() {
    let callback = StatusCallback::read(&form(
        "CallSid=CA1&CallStatus=busy&SequenceNumber=2&Timestamp=Tue%2C+31+Aug+2010+20%3A36%3A28+%2B0000\
         &CallDuration=49&Duration=1&SipResponseCode=486&To=%2B14155552671&AnsweredBy=",
    ))
    .unwrap();
    assert_eq!(callback.call, CallId::new("CA1"));
    assert_eq!(callback.status, CarrierStatus::Busy);
    assert_eq!((callback.sequence, callback.sip_code), (Some(2), Some(486)));
    assert_eq!(callback.duration, Some(Duration::from_secs(49)));
    assert_eq!(callback.happened_at.unwrap().as_second(), 1_283_286_988);
    assert_eq!((callback.answered_by, callback.from), (None, None));
    assert!(callback.to.is_some());
}

#[test]
fn numbers_that_are_none_are_left_out_and_the_news_still_counts() {
    let callback = StatusCallback::read(&form(
        "CallSid=CA1&CallStatus=on-hold&SequenceNumber=-1&CallDuration=long&Timestamp=today&To=anonymous",
    ))
    .unwrap();
    assert_eq!(callback.status, CarrierStatus::Other("on-hold".to_owned()));
    let rest = (callback.sequence, callback.duration, callback.happened_at, callback.to);
    assert_eq!(rest, (None, None, None, None));
}

#[test]
fn a_callback_without_its_call_or_status_is_refused() {
    assert_eq!(StatusCallback::read(&form("CallStatus=busy")), Err(BadCallback("CallSid")));
    assert_eq!(StatusCallback::read(&form("CallSid=+&CallStatus=busy")), Err(BadCallback("CallSid")));
    assert_eq!(StatusCallback::read(&form("CallSid=CA1&CallStatus=")), Err(BadCallback("CallStatus")));
    assert_eq!(VoiceRequest::read(&form("")), Err(BadCallback("CallSid")));
    assert_eq!(StreamStatus::read(&form("CallSid=CA1")), Err(BadCallback("StreamEvent")));
}

#[test]
fn a_voice_request_tells_who_calls_whom() {
    let request = VoiceRequest::read(&form(
        "CallSid=CA1&From=%2B15005550006&To=%2B14155552671&CallStatus=in-progress&Direction=outbound-api\
         &AnsweredBy=machine_start",
    ))
    .unwrap();
    assert_eq!(request.direction, Direction::Outbound);
    assert_eq!(request.to.unwrap().as_str(), "+14155552671");
    assert_eq!(request.answered_by, Some(AnsweredBy::Machine));
    let inbound = VoiceRequest::read(&form("CallSid=CA2&Direction=inbound&From=Anonymous")).unwrap();
    assert_eq!((inbound.direction, inbound.from), (Direction::Inbound, None));
}

#[test]
fn what_was_gathered_is_read_and_silence_is_silence() {
    let said = GatherResult::read(&form("SpeechResult=I+am+up%0A&Confidence=0.91&Digits=&FinishedOnKey="));
    assert_eq!(said.speech.as_deref(), Some("I am up"));
    assert_eq!(said.confidence, Some(0.91));
    let keyed = GatherResult::read(&form("Digits=12%2A&FinishedOnKey=%23&msg=Gather+End"));
    assert_eq!((keyed.digits.as_deref(), keyed.finished_on_key), (Some("12*"), Some('#')));
    for (body, silent) in [
        ("", true),
        ("Digits=&FinishedOnKey=&msg=Gather+End", true),
        ("SpeechResult=+%00+", true),
        ("FinishedOnKey=%23", false),
        ("SpeechResult=yes", false),
        ("Digits=1", false),
    ] {
        assert_eq!(GatherResult::read(&form(body)).is_silent(), silent, "{body}");
    }
}

#[test]
fn hostile_speech_is_cut_cleaned_and_kept_out_of_logs() {
    let body = format!("SpeechResult={}&Confidence=NaN&Digits=%3CSay%3E1", "%C3%A4%1B".repeat(5_000));
    let heard = GatherResult::read(&form(&body));
    let words = heard.speech.clone().unwrap();
    assert!(words.chars().count() <= SPEECH_CHARS_MAX && !words.contains('\u{1b}'));
    assert_eq!((heard.confidence, heard.digits.as_deref()), (None, Some("1")));
    assert!(!format!("{heard:?}").contains('ä'));
}

#[test]
fn a_failed_stream_tells_why_but_not_its_address() {
    let status = StreamStatus::read(&form(
        "CallSid=CA1&StreamSid=MZ1&StreamEvent=stream-error&Timestamp=2026-03-02T05:30:00.1Z\
         &StreamError=31920+at+wss%3A%2F%2Fwake.example.com%2Fmedia-stream%2Fsecret",
    ))
    .unwrap();
    assert_eq!(status.event, StreamEvent::Error);
    assert_eq!(status.error.as_deref(), Some("31920 at [address]"));
    assert!(status.happened_at.is_some());
}
