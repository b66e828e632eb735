use std::time::Duration;

use axum::http::Method;

use super::*;
use crate::simulator::sleeper::{Act, Sleeper, When};
use crate::simulator::twilio::{CallStatus, WebhookKind};

fn anna(acts: Vec<Act>) -> Sleeper {
    Sleeper::answering(Duration::from_secs(2), acts)
}

#[tokio::test]
async fn a_call_is_told_about_answered_and_ended() {
    let day = Day::new(anna(Vec::new())).await;
    day.says("/voice", "<Say>Good morning!</Say>");
    let sid = day.call(&[]).await;
    day.over().await;
    let told = day.asked("/status");
    let statuses: Vec<_> = told.iter().map(|asked| asked.get("CallStatus").unwrap()).collect();
    assert_eq!(statuses, ["initiated", "ringing", "in-progress", "completed"]);
    let numbers: Vec<_> = told.iter().map(|asked| asked.get("SequenceNumber").unwrap()).collect();
    assert_eq!(numbers, ["0", "1", "2", "3"]);
    let last = told.last().unwrap();
    assert_eq!(last.get("CallbackSource"), Some("call-progress-events"));
    assert_eq!((last.get("Duration"), last.get("FromCity")), (Some("1"), Some("")));
    assert_eq!(last.get("CallSid"), Some(sid.as_str()));
    let call = day.exchange.call(&sid).unwrap();
    assert_eq!(
        (call.status, call.said.as_slice()),
        (CallStatus::Completed, ["Good morning!".to_owned()].as_slice())
    );
    assert_eq!(call.codes(), [0_u32; 0]);
    let asked = &day.asked("/voice")[0];
    assert_eq!((&asked.method, asked.get("CallStatus")), (&Method::POST, Some("in-progress")));
    let (_, coach) = day.exchange.recording(&sid).unwrap().tracks();
    assert_eq!(crate::simulator::voices::recognise(&coach).text(), "Good morning!");
    day.close().await;
}

#[tokio::test]
async fn what_she_says_comes_to_the_action_and_stops_the_prompt() {
    let interrupts =
        Act::Interrupt { text: "Stop, please.".to_owned(), into_coach: Duration::from_millis(500) };
    let day = Day::new(anna(vec![Act::say("Yes, I'm awake."), interrupts])).await;
    let gather =
        "<Gather input=\"speech\" action=\"/heard\" speechTimeout=\"1\" actionOnEmptyResult=\"true\">";
    day.says("/voice", &format!("{gather}<Say>Are you awake?</Say></Gather>"));
    day.says("/heard", &format!("{gather}<Say>{}</Say></Gather>", super::customer::LONG));
    day.says("/heard", "<Hangup/>");
    let sid = day.call(&[]).await;
    day.over().await;
    let heard = day.asked("/heard");
    assert_eq!(heard[0].get("SpeechResult"), Some("Yes, I'm awake."));
    assert!(heard[0].get("Confidence").unwrap().starts_with("0.93"));
    assert_eq!(heard[1].get("SpeechResult"), Some("Stop, please."));
    let (_, coach) = day.exchange.recording(&sid).unwrap().tracks();
    let whole =
        crate::simulator::voices::speech_for(super::customer::LONG, crate::simulator::voices::Voice::Coach);
    let played = crate::simulator::voices::recognise(&coach).text();
    assert!(!played.contains("breakfast"), "{played}");
    assert!(coach.len() < whole.len() * 2);
    day.close().await;
}

#[tokio::test]
async fn silence_falls_to_the_next_verb_unless_the_action_is_wanted() {
    let day = Day::new(anna(Vec::new())).await;
    day.says("/voice", "<Gather timeout=\"2\" action=\"/heard\"/><Redirect>/next</Redirect>");
    day.says("/next", "<Gather timeout=\"2\" action=\"/heard\" actionOnEmptyResult=\"true\"/>");
    day.says("/heard", "<Hangup/>");
    day.call(&[]).await;
    day.over().await;
    assert_eq!((day.asked("/next").len(), day.asked("/heard").len()), (1, 1));
    assert_eq!(day.asked("/heard")[0].get("Digits"), Some(""));
    day.close().await;
}

#[tokio::test]
async fn keys_come_to_the_action() {
    let press = Act::Press { digits: "42#".to_owned(), after: When::CoachPauses(Duration::from_secs(1)) };
    let day = Day::new(anna(vec![press])).await;
    day.says("/voice", "<Gather input=\"dtmf speech\" action=\"/heard\"><Say>Hello.</Say></Gather>");
    day.says("/heard", "<Hangup/>");
    day.call(&[]).await;
    day.over().await;
    let heard = &day.asked("/heard")[0];
    assert_eq!((heard.get("Digits"), heard.get("FinishedOnKey")), (Some("42"), Some("#")));
    day.close().await;
}

#[tokio::test]
async fn a_broken_document_is_rescued_by_the_fallback_or_excused() {
    for (status, kind, text, code) in [
        (500, "text/xml", "<Response/>", 11_200),
        (200, "application/json", "{}", 12_300),
        (200, "text/xml", "<Response><Say>", 12_100),
        (200, "text/xml", "<Twiml/>", 12_102),
        (200, "text/xml", "", 11_770),
        (200, "text/xml", "<Response><Say/></Response>", 13_520),
    ] {
        let day = Day::new(anna(Vec::new())).await;
        day.answers("/voice", status, kind, text);
        day.says("/fallback", "<Say>Wake up!</Say>");
        let excused = day.call(&[]).await;
        let rescued = day.call(&[("FallbackUrl", "https://wake.example.com/fallback")]).await;
        day.over().await;
        let call = day.exchange.call(&rescued).unwrap();
        assert_eq!((call.codes(), call.said), (vec![code], vec!["Wake up!".to_owned()]), "{text}");
        let code = code.to_string();
        assert_eq!(day.asked("/fallback")[0].get("ErrorCode"), Some(code.as_str()));
        let call = day.exchange.call(&excused).unwrap();
        assert!(call.said[0].contains("application error"), "{text}: {:?}", call.said);
        day.close().await;
    }
}

#[tokio::test]
async fn an_oversized_document_is_refused() {
    let day = Day::new(anna(Vec::new())).await;
    day.answers("/voice", 200, "text/xml", &" ".repeat(65 * 1024));
    let sid = day.call(&[]).await;
    day.over().await;
    assert_eq!(day.exchange.call(&sid).unwrap().codes(), [11_750]);
    day.close().await;
}

#[tokio::test]
async fn plain_text_is_read_aloud() {
    let day = Day::new(anna(Vec::new())).await;
    day.answers("/voice", 200, "text/plain", "Internal Server Error");
    let sid = day.call(&[]).await;
    day.over().await;
    assert_eq!(day.exchange.call(&sid).unwrap().said, ["Internal Server Error"]);
    day.close().await;
}

#[tokio::test]
async fn redirects_become_get_and_lose_the_form() {
    let day = Day::new(anna(Vec::new())).await;
    day.answers("/voice", 302, "", "/elsewhere");
    day.says("/elsewhere", "<Redirect>more</Redirect>");
    day.says("/more", "<Hangup/>");
    let sid = day.call(&[]).await;
    day.over().await;
    let asked = &day.asked("/elsewhere")[0];
    assert_eq!((&asked.method, asked.params.len()), (&Method::GET, 0));
    assert_eq!(day.asked("/more")[0].method, Method::POST);
    assert_eq!(day.exchange.call(&sid).unwrap().codes(), [0_u32; 0]);
    day.close().await;
}

#[tokio::test]
async fn an_address_nobody_answers_is_tried_once_more() {
    let day = Day::new(anna(Vec::new())).await;
    let sid = day.call(&[("Url", "https://elsewhere.example.com/voice")]).await;
    day.over().await;
    let call = day.exchange.call(&sid).unwrap();
    assert_eq!(call.codes(), [11_210]);
    assert_eq!(call.webhooks_of(WebhookKind::Document).count(), 2);
    day.close().await;
}

#[tokio::test]
async fn a_trial_account_speaks_in_place_of_a_stream_and_stops_after_ten_documents() {
    let day = Day::with(anna(Vec::new()), |options| {
        options.trial = true;
        options.verified = vec![ANNA.to_owned()];
    })
    .await;
    let stream = "<Connect><Stream url=\"wss://wake.example.com/media/greet\"/></Connect>";
    day.says("/voice", &format!("{stream}<Redirect>/voice</Redirect>"));
    let sid = day.call(&[]).await;
    day.over().await;
    let call = day.exchange.call(&sid).unwrap();
    assert_eq!((call.said.len(), day.asked("/voice").len()), (10, 10));
    assert!(call.said[0].contains("not available"), "{:?}", call.said);
    assert!(call.streams.is_empty());
    day.close().await;
}

#[tokio::test]
async fn machine_detection_holds_the_document_back_or_tells_beside_it() {
    let day = Day::new(Sleeper::voicemail()).await;
    day.says("/voice", "<Pause length=\"12\"/>");
    let enable = ("MachineDetection", "Enable");
    let held = day.call(&[enable]).await;
    day.over().await;
    assert_eq!(day.asked("/voice")[0].get("AnsweredBy"), Some("machine_start"));
    assert_eq!(day.asked("/voice")[0].get("MachineDetectionDuration"), Some("4000"));
    assert!(day.exchange.call(&held).unwrap().talked().unwrap() >= Duration::from_secs(16));
    let beside = ("AsyncAmdStatusCallback", "https://wake.example.com/amd");
    day.call(&[("MachineDetection", "DetectMessageEnd"), ("AsyncAmd", "true"), beside]).await;
    day.over().await;
    assert_eq!(day.asked("/voice")[1].get("AnsweredBy"), None);
    assert_eq!(day.asked("/amd")[0].get("AnsweredBy"), Some("machine_end_beep"));
    day.close().await;
}

#[tokio::test]
async fn somebody_can_call_in() {
    let day = Day::new(anna(vec![Act::say("Hello?"), Act::hang_up()])).await;
    day.says("/twiml", "<Say>Good morning!</Say><Pause length=\"30\"/>");
    let sid = day.exchange.dial_in(ANNA, "https://wake.example.com/twiml");
    day.over().await;
    let asked = &day.asked("/twiml")[0];
    assert_eq!((asked.get("Direction"), asked.get("From")), (Some("inbound"), Some(ANNA)));
    assert_eq!((asked.get("To"), asked.get("CallStatus")), (Some(COACH), Some("ringing")));
    assert_eq!(day.exchange.call(&sid).unwrap().heard, ["Hello?"]);
    day.close().await;
}
