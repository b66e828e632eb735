//! Every document as the carrier sees it, and hostile text in each place that takes text.

use insta::assert_snapshot;
use quick_xml::Reader;

use super::*;
use crate::domain::ids::Nonce;
use crate::telephony::urls::Addresses;

fn ours() -> Addresses {
    Addresses::new("https://wake.example.com".parse().unwrap()).unwrap()
}

fn nonce() -> Nonce {
    Nonce::parse(&"0a".repeat(16)).unwrap()
}

fn voice() -> Voice {
    Voice { name: "Polly.Joanna-Neural".to_owned(), language: "en-US".to_owned() }
}

fn question<'a>(lines: &'a [&'a str], hints: &'a [&'a str], voice: &'a Voice, action: &'a Url) -> Gather<'a> {
    Gather {
        lines,
        sound: None,
        voice,
        action,
        timeout: Duration::from_millis(5_200),
        speech_timeout: Duration::from_millis(300),
        speech_model: "phone_call",
        language: "en-US",
        hints,
        num_digits: None,
        finish_on_key: Some('#'),
    }
}

/// The document with an element a line, and the nonce shortened.
fn shown(document: &Document) -> String {
    let body = document.as_str().strip_prefix(r#"<?xml version="1.0" encoding="UTF-8"?>"#).unwrap();
    body.replace("><", ">\n<").replace(nonce().as_str(), "NONCE")
}

/// The document's elements and attributes in order, and all of its text; fails on what is not XML.
fn read(document: &Document) -> (Vec<String>, String) {
    let mut reader = Reader::from_str(document.as_str());
    let (mut elements, mut text) = (Vec::new(), String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return (elements, text),
            Event::Start(start) | Event::Empty(start) => {
                start.attributes().for_each(|attribute| drop(attribute.unwrap()));
                elements.push(start.name().as_ref().to_owned());
            }
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(part) => {
                text.push_str(&quick_xml::escape::unescape(&format!("&{};", &*part)).unwrap());
            }
            _ => {}
        }
    }
}

#[test]
fn a_stream_is_connected_with_two_ways_on() {
    let (ours, nonce) = (ours(), nonce());
    let document = connect_stream(&Stream {
        stream_url: &ours.media_stream(&nonce),
        action: &ours.stream_ended(&nonce),
        stream_status_url: &ours.stream_status(&nonce),
        then_redirect: &ours.stream_ended(&nonce),
    });
    assert_snapshot!(shown(&document), @r#"
    <Response>
    <Connect action="https://wake.example.com/voice-realtime/NONCE" method="POST">
    <Stream url="wss://wake.example.com/media-stream/NONCE" statusCallback="https://wake.example.com/stream-status/NONCE" statusCallbackMethod="POST"/>
    </Connect>
    <Redirect method="POST">https://wake.example.com/voice-realtime/NONCE</Redirect>
    </Response>
    "#);
}

#[test]
fn a_question_spells_out_every_attribute_and_goes_on_when_nobody_answers() {
    let action = ours().handle_response(&nonce(), 1);
    let voice = voice();
    let document = gather(&question(&["Good morning, Anna!", " "], &["I am up", "yes"], &voice, &action));
    assert_snapshot!(shown(&document), @r##"
    <Response>
    <Gather input="dtmf speech" action="https://wake.example.com/handle-response/NONCE/1" method="POST" actionOnEmptyResult="true" timeout="6" speechTimeout="1" speechModel="phone_call" language="en-US" profanityFilter="false" finishOnKey="#" hints="I am up,yes">
    <Say voice="Polly.Joanna-Neural" language="en-US">Good morning, Anna!</Say>
    </Gather>
    <Redirect method="POST">https://wake.example.com/handle-response/NONCE/1</Redirect>
    </Response>
    "##);
}

#[test]
fn a_question_can_be_asked_without_words_and_answered_by_one_key() {
    let action = ours().handle_response(&nonce(), 2);
    let voice = voice();
    let silent =
        Gather { num_digits: Some(0), finish_on_key: Some('x'), ..question(&["…"], &[], &voice, &action) };
    assert_snapshot!(shown(&gather(&silent)), @r#"
    <Response>
    <Gather input="dtmf speech" action="https://wake.example.com/handle-response/NONCE/2" method="POST" actionOnEmptyResult="true" timeout="6" speechTimeout="1" speechModel="phone_call" language="en-US" profanityFilter="false" finishOnKey="" numDigits="1">
    </Gather>
    <Redirect method="POST">https://wake.example.com/handle-response/NONCE/2</Redirect>
    </Response>
    "#);
}

#[test]
fn the_small_documents() {
    let next: Url = "https://wake.example.com/next?a=1&b=\"2\"".parse().unwrap();
    let sound: Url = "https://wake.example.com/bell.wav".parse().unwrap();
    assert_snapshot!(shown(&say_then(&["One moment."], &voice(), &next)), @r#"
    <Response>
    <Say voice="Polly.Joanna-Neural" language="en-US">One moment.</Say>
    <Redirect method="POST">https://wake.example.com/next?a=1&amp;b=%222%22</Redirect>
    </Response>
    "#);
    assert_snapshot!(shown(&say_and_hang_up(&["Have a good day."], &voice())), @r#"
    <Response>
    <Say voice="Polly.Joanna-Neural" language="en-US">Have a good day.</Say>
    <Hangup/>
    </Response>
    "#);
    assert_snapshot!(shown(&play(&sound, &next)), @r#"
    <Response>
    <Play>https://wake.example.com/bell.wav</Play>
    <Redirect method="POST">https://wake.example.com/next?a=1&amp;b=%222%22</Redirect>
    </Response>
    "#);
    assert_snapshot!(shown(&redirect(&next)), @r#"
    <Response>
    <Redirect method="POST">https://wake.example.com/next?a=1&amp;b=%222%22</Redirect>
    </Response>
    "#);
    assert_snapshot!(shown(&hang_up()), @r#"
    <Response>
    <Hangup/>
    </Response>
    "#);
    assert_snapshot!(shown(&empty()), @r#"
    <Response>
    </Response>
    "#);
    assert_snapshot!(shown(&static_wake_up(&ours().voice(&nonce()), Tongue::ENGLISH)), @r#"
    <Response>
    <Gather input="dtmf speech" action="https://wake.example.com/voice/NONCE" method="POST" actionOnEmptyResult="true" timeout="5" speechTimeout="2">
    <Say loop="3">Good morning! This is your wake-up call. It&apos;s time to wake up. Are you awake?</Say>
    </Gather>
    <Redirect method="POST">https://wake.example.com/voice/NONCE</Redirect>
    </Response>
    "#);
    assert_snapshot!(shown(&static_wake_up(&ours().voice(&nonce()), Tongue::all()[1])), @r#"
    <Response>
    <Gather input="dtmf speech" action="https://wake.example.com/voice/NONCE" method="POST" actionOnEmptyResult="true" timeout="5" speechTimeout="2" language="fr-FR">
    <Say loop="3" voice="Polly.Celine" language="fr-FR">Bonjour ! C&apos;est votre appel de réveil. C&apos;est l&apos;heure de se lever. Vous êtes debout ?</Say>
    </Gather>
    <Redirect method="POST">https://wake.example.com/voice/NONCE</Redirect>
    </Response>
    "#);
}

#[test]
fn nothing_said_still_hangs_up() {
    assert_eq!(say_and_hang_up(&["", "\u{0}"], &voice()), hang_up());
}

#[test]
fn hostile_text_is_said_and_not_obeyed() {
    let action = ours().handle_response(&nonce(), 1);
    let voice = Voice { name: "a\" loop=\"0\"><Hangup/>".to_owned(), language: "<&'\n\u{0}\">".to_owned() };
    for hostile in [
        "</Say><Hangup/><Say>",
        "]]><Dial>+15550100200</Dial>",
        "<!-- --> <?xml?> &amp; &lt; &#0; &bogus;",
        "\u{0}\u{1}\u{b}\u{1f}\u{fffe}\u{ffff} bell \u{7}",
        "<!DOCTYPE x [<!ENTITY a \"b\">]>&a;",
    ] {
        let document = gather(&question(&[hostile, "then"], &[hostile, "a\"b"], &voice, &action));
        let (elements, text) = read(&document);
        assert!(document.as_str().chars().all(is_xml), "{document:?}");
        assert_eq!(elements, ["Response", "Gather", "Say", "Say", "Redirect"], "{hostile:?}");
        assert!(text.starts_with(&speakable(hostile).unwrap()), "{hostile:?} became {text:?}");
    }
}

#[test]
fn no_text_makes_a_document_longer_than_the_carrier_reads() {
    let action = ours().handle_response(&nonce(), 1);
    let voice = voice();
    for letter in ["\"", "&", "ä", "早", "👋", "a", "' "] {
        let endless = format!("x{}", letter.repeat(20_000));
        let hint = letter.repeat(50);
        let document = gather(&question(&[endless.as_str(); 40], &[hint.as_str(); 600], &voice, &action));
        assert!(document.as_str().len() <= 65_536, "{letter}: {}", document.as_str().len());
        read(&document);
    }
}

#[test]
fn documents_are_sent_as_xml() {
    let response = hang_up().into_response();
    assert_eq!(response.headers()[CONTENT_TYPE], "text/xml; charset=utf-8");
}

proptest::proptest! {
    #[test]
    fn whatever_is_said_the_document_stays_the_same(line: String, hint: String, name: String) {
        let action = ours().handle_response(&nonce(), 1);
        let voice = Voice { name, language: "en-US".to_owned() };
        let document = gather(&question(&[&line, "up"], &[&hint], &voice, &action));
        let (elements, text) = read(&document);
        let said = speakable(&line).unwrap_or_default();
        let verbs = 4 + usize::from(!said.is_empty());
        assert_eq!((elements.len(), text), (verbs, format!("{said}up{action}")));
    }
}
