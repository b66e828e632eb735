use super::*;
use crate::simulator::twilio::params::param;

const GOOD: [(&str, &str); 3] =
    [("To", "+14155552671"), ("From", "+15005550006"), ("Url", "https://wake.example.com/voice/1")];

fn options() -> ExchangeOptions {
    ExchangeOptions::new("AC1", "token")
}

fn with(changes: &[(&str, &str)]) -> Vec<Param> {
    let replaced = |name: &str| changes.iter().any(|(key, _)| *key == name);
    let kept = GOOD.iter().filter(|(name, _)| !replaced(name));
    let added = changes.iter().filter(|(_, value)| !value.is_empty());
    kept.chain(added).map(|(name, value)| param(name, *value)).collect()
}

fn refusal(changes: &[(&str, &str)]) -> u32 {
    read(Form(&with(changes)), &options()).unwrap_err().code
}

#[test]
fn wrong_fields_are_refused_with_their_codes() {
    for (name, value, code) in [
        ("To", "", 21_201),
        ("To", "14155552671", 21_211),
        ("To", " 14155552671", 21_211),
        ("To", "anna", 21_211),
        ("To", "+15005550006", 21_211),
        ("To", "+15005550001", 21_217),
        ("To", "+999123456789", 21_217),
        ("To", "+15005550002", 21_214),
        ("To", "+15005550003", 21_215),
        ("To", "+15005550004", 21_216),
        ("From", "", 21_213),
        ("From", "4930", 21_212),
        ("From", "+15005550001", 21_212),
        ("From", "+14155550000", 21_210),
        ("Url", "", 21_205),
        ("Url", "/voice", 21_205),
        ("Url", "http://localhost:8765/voice", 21_205),
        ("Url", "ftp://wake.example.com/voice", 21_205),
        ("Method", "PUT", 21_209),
        ("FallbackUrl", "nowhere", 21_205),
        ("StatusCallback", "https://my_host.example.com/s", 21_609),
        ("StatusCallbackEvent", "initiated ringing", 21_626),
        ("Timeout", "soon", 21_208),
        ("Timeout", "0", 21_208),
        ("Timeout", "601", 21_208),
        ("SendDigits", "1x2", 21_206),
        ("MachineDetection", "true", 21_234),
    ] {
        assert_eq!(refusal(&[(name, value)]), code, "{name}={value}");
    }
}

#[test]
fn an_inline_document_has_four_thousand_characters_at_most() {
    let long = "x".repeat(4_001);
    assert_eq!(refusal(&[("Url", ""), ("Twiml", &long)]), 32_018);
    let form = with(&[("Twiml", &long)]);
    assert!(read(Form(&form), &options()).is_ok(), "the address beats it unread");
}

#[test]
fn a_trial_account_calls_verified_numbers_only() {
    let options = ExchangeOptions { trial: true, verified: vec!["+14155552671".into()], ..options() };
    assert!(read(Form(&with(&[])), &options).is_ok());
    let form = with(&[("To", "+14155552672")]);
    let refusal = read(Form(&form), &options).unwrap_err();
    assert_eq!(refusal.code, 21_219);
    assert!(refusal.message.contains("+14155552672"), "{}", refusal.message);
}

#[test]
fn events_are_repeated_keys_and_completed_is_the_default() {
    let plan = |changes: &[(&str, &str)]| read(Form(&with(changes)), &options()).unwrap().plan;
    assert_eq!(plan(&[]).events, ["completed"]);
    let two = plan(&[("StatusCallbackEvent", "ringing"), ("StatusCallbackEvent", "completed")]);
    assert_eq!(two.events, ["ringing", "completed"]);
    assert_eq!(plan(&[]).ring_for, Duration::from_mins(1));
}

#[test]
fn machine_detection_is_off_when_digits_are_sent() {
    let detection = |changes: &[(&str, &str)]| read(Form(&with(changes)), &options()).unwrap().plan.detection;
    let enable = ("MachineDetection", "Enable");
    assert_eq!(detection(&[enable]), Some(Detection { message_end: false, beside: None }));
    assert_eq!(detection(&[enable, ("SendDigits", "1")]), None);
    assert_eq!(detection(&[enable, ("AsyncAmd", "true")]), None);
    let callback = ("AsyncAmdStatusCallback", "https://wake.example.com/amd/1");
    assert!(detection(&[enable, ("AsyncAmd", "true"), callback]).unwrap().beside.is_some());
}
