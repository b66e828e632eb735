//! Signs webhooks as the Standard Webhooks specification has it, so that receivers find ready-made checks:
//! HMAC-SHA256 over `id.timestamp.body`, as `v1,<base64>`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};

/// What secrets of that specification begin with; the rest is base64.
const PREFIX: &str = "whsec_";

/// The value of `webhook-signature`.
pub(super) fn signature(secret: &SecretString, id: &str, timestamp: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key(secret.expose_secret()));
    let signed = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(signed))
}

/// A secret of any other form is taken letter by letter.
fn key(secret: &str) -> Vec<u8> {
    let decoded = secret.strip_prefix(PREFIX).and_then(|rest| STANDARD.decode(rest).ok());
    decoded.unwrap_or_else(|| secret.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification, which every library of it is tested with.
    #[test]
    fn the_specifications_own_example_is_signed_as_it_says() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into();
        let signed =
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_plain_secret_signs_too_and_each_part_counts() {
        let sign = |secret: &str, id, at, body| signature(&secret.into(), id, at, body);
        let signed = sign("a plain secret", "id", 1, "{}");
        assert_eq!(signed, sign("a plain secret", "id", 1, "{}"));
        for other in [
            sign("another secret", "id", 1, "{}"),
            sign("a plain secret", "di", 1, "{}"),
            sign("a plain secret", "id", 2, "{}"),
            sign("a plain secret", "id", 1, "[]"),
        ] {
            assert_ne!(signed, other);
        }
    }
}
