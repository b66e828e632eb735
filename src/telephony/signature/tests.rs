//! The vendor sheet's vectors, and what must not pass.

use super::*;

const FORM_URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";

fn validator() -> Validator {
    Validator::new(vec!["12345".into()])
}

fn params(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn first_row() -> Vec<(String, String)> {
    params(&[
        ("To", "+18005551212"),
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
    ])
}

#[test]
fn the_vendors_vectors_pass() {
    let mut second = first_row();
    for pair in &mut second {
        if pair.0 == "Caller" || pair.0 == "From" {
            pair.1 = "+12349013030".to_owned();
        }
    }
    let repeated = params(&[
        ("Sid", "CA123"),
        ("SidAccount", "AC123"),
        ("Digits", "5678"),
        ("Digits", "1234"),
        ("Digits", "1234"),
    ]);
    let blanks = params(&[("ToZip", ""), ("a", "x"), ("To", "+1"), ("B", "y")]);
    for (url, params, signature) in [
        (FORM_URL, first_row(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (FORM_URL, second, "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
        (FORM_URL, repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        (FORM_URL, first_row(), "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", first_row(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com/myapp", blanks, "SKQ5ItogMxBx8ZoKqzDz1l2MFcQ="),
    ] {
        assert!(validator().check_form(url, &params, signature), "{url} {signature}");
    }
}

#[test]
fn a_changed_request_does_not_pass() {
    let good = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    let mut more = first_row();
    more.push(("SpeechResult".to_owned(), "I am up".to_owned()));
    let mut less = first_row();
    less.pop();
    let check = |url: &str, params: &[_], signature: &str| validator().check_form(url, params, signature);
    assert!(!check(FORM_URL, &more, good));
    assert!(!check(FORM_URL, &less, good));
    for url in [
        "https://mycompany.com/myapp.php?foo=1",
        "https://mycompany.com/myapp.php?bar=2&foo=1",
        "http://mycompany.com/myapp.php?foo=1&bar=2",
        "https://mycompany.com:8443/myapp.php?foo=1&bar=3",
        "https://other.com/myapp.php?foo=1&bar=2",
    ] {
        assert!(!check(url, &first_row(), good), "{url}");
    }
    for signature in ["", "RSOY", "!!!", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "rsoydt4t1cutdk1pdd93/vvr8b8="] {
        assert!(!check(FORM_URL, &first_row(), signature), "{signature}");
    }
}

#[test]
fn a_fragment_is_not_part_of_what_is_signed() {
    let url = format!("{FORM_URL}#rc=3&rp=ct,rt,5xx");
    assert!(validator().check_form(&url, &first_row(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
}

#[test]
fn two_tokens_pass_during_a_rotation_and_none_lets_nothing_pass() {
    let good = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    for (tokens, passes) in
        [(vec!["old", "12345"], true), (vec!["12345", "new"], true), (vec!["old"], false), (vec![], false)]
    {
        let validator = Validator::new(tokens.iter().map(|token| SecretString::from(*token)).collect());
        assert_eq!(validator.check_form(FORM_URL, &first_row(), good), passes, "{tokens:?}");
    }
}

#[test]
fn a_json_body_is_bound_by_its_hash() {
    let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let url = format!("{FORM_URL}&bodySHA256={hash}");
    let body = br#"{"property": "value", "boolean": true}"#;
    let good = "a9nBmqA0ju/hNViExpshrM61xv4=";
    assert!(validator().check_body(&url, body, good));
    assert!(!validator().check_body(&url, br#"{"property": "value"}"#, good));
    // The address alone is signed correctly, but says nothing about the body.
    let unsigned = hmac_of("12345", FORM_URL);
    assert!(validator().check_form(FORM_URL, &[], unsigned.as_str()));
    assert!(!validator().check_body(FORM_URL, body, unsigned.as_str()));
}

#[test]
fn a_handshake_passes_with_or_without_slash_and_port() {
    let bare = "wss://wake.example.com/media/abc";
    for signature in ["iFgJWSLlYznEAVDXznFCCZQJm2I=", "9CVskBw9FTuZkOpPAr9rhiclHCM="] {
        assert!(validator().check_handshake(bare, signature));
        assert!(validator().check_handshake("wss://wake.example.com/media/abc/", signature));
        assert!(validator().check_handshake("wss://wake.example.com:443/media/abc", signature));
        assert!(!validator().check_handshake("wss://wake.example.com/media/abd", signature));
        assert!(!validator().check_handshake("https://wake.example.com/media/abc", signature));
    }
    for signed in [
        "wss://wake.example.com:443/media/abc",
        "wss://wake.example.com:443/media/abc/",
        "wss://wake.example.com:80/media/abc",
    ] {
        assert!(validator().check_handshake(bare, hmac_of("12345", signed).as_str()), "{signed}");
    }
    assert!(!validator().check_handshake(bare, hmac_of("12345", "wss://wake.example.com/media").as_str()));
}

#[test]
fn the_new_variant_needs_a_shared_key_and_the_old_one_a_token() {
    let sha256 = Presented::from("033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=")
        .with_settings("key=webhooks_sharedkey_1,algorithm=HMAC_SHA256");
    let shared = Validator::new(vec![]).with_shared_keys(vec!["12345".into()]);
    assert!(shared.check_form(FORM_URL, &first_row(), sha256));
    assert!(!validator().check_form(FORM_URL, &first_row(), sha256), "a token is no shared key");
    assert!(!shared.check_form(FORM_URL, &first_row(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
    let sha1 = Presented::from("RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    for (settings, passes) in [("key=x", true), ("algorithm=HMAC_SHA1", true), ("algorithm=NONE", false)] {
        assert_eq!(validator().check_form(FORM_URL, &first_row(), sha1.with_settings(settings)), passes);
    }
}

#[test]
fn the_signature_is_found_in_its_header_and_only_once() {
    let mut headers = HeaderMap::new();
    assert!(validator().presented(&headers).is_none());
    headers.append("X-Twilio-Signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=".parse().unwrap());
    let presented = validator().presented(&headers).unwrap();
    assert!(validator().check_form(FORM_URL, &first_row(), presented));
    headers.append("X-Twilio-Signature", "another".parse().unwrap());
    assert!(validator().presented(&headers).is_none());
    let other = validator().with_header(HeaderName::from_static("x-signalwire-signature"));
    headers.insert("X-SignalWire-Signature", "mine".parse().unwrap());
    assert_eq!(other.presented(&headers).unwrap().signature, "mine");
}

#[test]
fn ports_are_found_where_they_are() {
    for (authority, bare) in [
        ("example.com", "example.com"),
        ("example.com:8443", "example.com"),
        ("[::1]", "[::1]"),
        ("[::1]:80", "[::1]"),
        ("anna:secret@example.com", "anna:secret@example.com"),
    ] {
        assert_eq!(without_port(authority), bare);
    }
}

fn hmac_of(token: &str, signed: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
}
