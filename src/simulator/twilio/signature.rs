//! `X-Twilio-Signature` as the exchange writes it, and the parameters' canonical order.
//!
//! Written apart from our own validator on purpose: two implementations that agree are evidence.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// The name of the header; lower case is what a WebSocket upgrade carries.
pub(super) const HEADER: &str = "x-twilio-signature";

/// Signs a request to `url` that carries `params` in a form body (none for GET and WebSockets).
pub(super) fn sign(auth_token: &str, url: &str, params: &[(String, String)]) -> String {
    // Repeated names count once per distinct value, in order: that is how both official validators read it.
    let mut sorted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in params {
        sorted.entry(name).or_default().insert(value);
    }
    let mut text = url.to_owned();
    for (name, values) in sorted {
        for value in values {
            text.push_str(name);
            text.push_str(value);
        }
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth_token.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";

    fn check(url: &str, params: &[(&str, &str)], expected: &str) {
        let params: Vec<_> =
            params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(sign("12345", url, &params), expected, "{url}");
    }

    #[test]
    fn the_published_vectors_agree() {
        let first = [
            ("To", "+18005551212"),
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
        ];
        check(APP, &first, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
        let with_port = "https://mycompany.com:443/myapp.php?foo=1&bar=2";
        check(with_port, &first, "kvajT1Ptam85bY51eRf/AJRuM3w=");
        let second = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+12349013030"),
            ("Digits", "1234"),
            ("From", "+12349013030"),
            ("To", "+18005551212"),
        ];
        check(APP, &second, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=");
    }

    #[test]
    fn repeated_names_are_sorted_and_counted_once() {
        let repeated = [
            ("Sid", "CA123"),
            ("SidAccount", "AC123"),
            ("Digits", "5678"),
            ("Digits", "1234"),
            ("Digits", "1234"),
        ];
        check(APP, &repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU=");
    }

    #[test]
    fn empty_values_count_and_upper_case_sorts_first() {
        let params = [("ToZip", ""), ("To", "+1"), ("a", "x"), ("B", "y")];
        check("https://mycompany.com/myapp", &params, "SKQ5ItogMxBx8ZoKqzDz1l2MFcQ=");
    }

    #[test]
    fn a_media_socket_is_signed_as_it_stands_in_the_document() {
        check("wss://wake.example.com/media/abc", &[], "iFgJWSLlYznEAVDXznFCCZQJm2I=");
    }
}
