//! Telephone numbers: parsed once at the edge, E.164 ever after, and masked wherever they are logged.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A plausible telephone number in E.164 form, such as `+4930123456`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// Why a text is not a telephone number we can call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not a telephone number in international form: write + and the country code first, such as +14155552671"
)]
pub struct NotAPhoneNumber;

impl PhoneNumber {
    /// Reads a number in international form; spaces, dashes and brackets are allowed.
    pub fn parse(text: &str) -> Result<Self, NotAPhoneNumber> {
        let text = text.trim();
        if !text.starts_with('+') {
            return Err(NotAPhoneNumber);
        }
        let number = phonenumber::parse(None, text).map_err(|_| NotAPhoneNumber)?;
        // "Possible length" is checked by parsing; full validity is the carrier's business: its magic
        // test numbers and freshly opened ranges fail the stricter rule.
        Ok(Self(number.format().mode(phonenumber::Mode::E164).to_string()))
    }

    /// The number in E.164 form, for the carrier and the database only.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number with its middle hidden, for logs and messages.
    pub fn masked(&self) -> String {
        let digits = self.0.len();
        let (start, end) = (3.min(digits), digits.saturating_sub(2).max(3));
        format!("{}…{}", &self.0[..start], &self.0[end.min(digits)..])
    }
}

// Debug output ends up in logs, and a telephone number is personal data.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked())
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = NotAPhoneNumber;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let parsed = PhoneNumber::parse(text).ok();
        assert_eq!(parsed.as_ref().map(PhoneNumber::as_str), expected, "{text}");
    }

    #[test]
    fn international_numbers_are_read_however_they_are_spaced() {
        check("+14155552671", Some("+14155552671"));
        check(" +1 (415) 555-2671 ", Some("+14155552671"));
        check("+49 30 901820", Some("+4930901820"));
        check("+15005550006", Some("+15005550006"));
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            "4155552671",
            "anna",
            "+",
            "+1",
            "+999123456789",
            "sip:anna@example.com",
            "+1415555267112345678",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn logs_never_show_the_whole_number() {
        let number = PhoneNumber::parse("+14155552671").unwrap();
        assert_eq!(format!("{number:?}"), "PhoneNumber(+14…71)");
    }
}
