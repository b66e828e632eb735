use super::*;
use crate::simulator::twilio::document::Document;

fn read(attributes: &str) -> (Verb, Vec<u32>) {
    let base = Base::Url("https://wake.example.com/voice/1".to_owned());
    let xml = format!("<Response><Gather {attributes}><Say>Well?</Say></Gather></Response>");
    let mut document = Document::parse(&xml, &base).unwrap();
    (document.verbs.remove(0), document.warnings.iter().map(|fault| fault.code).collect())
}

fn gather(attributes: &str) -> Gather {
    match read(attributes) {
        (Verb::Gather(gather), warnings) if warnings.is_empty() => *gather,
        other => panic!("{attributes}: {other:?}"),
    }
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

#[test]
fn without_attributes_it_takes_keys_and_loops() {
    let gather = gather("");
    assert!(gather.keys && !gather.speech && !gather.action_on_empty);
    assert_eq!(gather.action.url, "https://wake.example.com/voice/1");
    assert_eq!((gather.timeout, gather.finish_on.as_str()), (secs(5), "#"));
}

#[test]
fn silence_asks_the_action_only_when_told_to() {
    let silent = gather("input=\"speech\"");
    assert_eq!(action_params(&silent, &Got::Nothing), None);
    let params = action_params(&gather("actionOnEmptyResult=\"true\""), &Got::Nothing).unwrap();
    assert_eq!(params[0], ("Digits".to_owned(), String::new()));
}

#[test]
fn the_timeout_starts_when_the_prompts_end() {
    let gather = gather("input=\"speech dtmf\" timeout=\"4\"");
    let mut listening = Listening::new(&gather);
    assert_eq!(listening.deadline, None);
    listening.prompts_ended(secs(10));
    assert_eq!(listening.deadline, Some(secs(14)));
    assert_eq!(listening.result(), Got::Nothing);
}

#[test]
fn speech_goes_on_until_she_has_paused_long_enough() {
    let gather = gather("input=\"speech\" speechTimeout=\"2\"");
    let mut listening = Listening::new(&gather);
    assert!(listening.speech_began(secs(1)), "and the prompt stops");
    listening.speech_ended(secs(2), "Yes.", 0.9);
    assert_eq!(listening.deadline, Some(secs(4)));
    listening.speech_began(secs(3));
    listening.speech_ended(secs(5), "I'm awake.", 0.5);
    assert_eq!(listening.deadline, Some(secs(7)));
    assert_eq!(listening.result(), Got::Speech { text: "Yes. I'm awake.".into(), confidence: 0.5 });
}

#[test]
fn keys_end_by_number_by_key_or_by_time() {
    let two = gather("numDigits=\"2\"");
    let mut listening = Listening::new(&two);
    assert_eq!(listening.key(secs(1), '4'), None);
    let done = Got::Keys { digits: "42".into(), finished_on: None };
    assert_eq!(listening.key(secs(2), '2'), Some(done));

    let any = gather("");
    let mut listening = Listening::new(&any);
    listening.key(secs(1), '7');
    assert_eq!(listening.deadline, Some(secs(6)));
    let done = Got::Keys { digits: "7".into(), finished_on: Some('#') };
    assert_eq!(listening.key(secs(2), '#'), Some(done));
}

#[test]
fn a_lone_hash_is_no_input() {
    let gather = gather("");
    let got = Listening::new(&gather).key(secs(1), '#').unwrap();
    assert_eq!(action_params(&gather, &got), None);
}

#[test]
fn the_first_kind_of_input_wins() {
    let both = gather("input=\"dtmf speech\"");
    let mut listening = Listening::new(&both);
    listening.speech_began(secs(1));
    assert_eq!(listening.key(secs(2), '1'), None);
    let mut listening = Listening::new(&both);
    listening.key(secs(1), '1');
    assert!(!listening.speech_began(secs(2)));
    let keys_only = gather("input=\"dtmf\"");
    assert!(!Listening::new(&keys_only).speech_began(secs(1)));
}

#[test]
fn wrong_attributes_have_their_codes() {
    for (attributes, code) in [
        ("input=\"telepathy\"", 13_326),
        ("timeout=\"0\"", 13_313),
        ("numDigits=\"many\"", 13_314),
        ("finishOnKey=\"ok\"", 13_312),
        ("speechModel=\"best\"", 13_334),
        ("speechTimeout=\"soon\"", 13_335),
        ("method=\"PUT\"", 13_310),
    ] {
        match read(attributes) {
            (Verb::Fails(fault), _) => assert_eq!(fault.code, code, "{attributes}"),
            other => panic!("{attributes}: {other:?}"),
        }
    }
    let hint = "x".repeat(101);
    assert_eq!(read(&format!("hints=\"{hint}\"")).1, [13_330]);
    assert_eq!(read("speechTimeout=\"auto\" speechModel=\"phone_call\"").1, [13_335]);
    assert_eq!(read("actionOnEmpty=\"true\"").1, [12_200]);
}
