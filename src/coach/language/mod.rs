//! The language of a call, as a BCP 47 tag, and the tongues the program speaks by itself.
//!
//! To add a language: a file beside `french.rs`, and its name below. The tests of [`tongue`] say what is
//! missing in it. A language without a file keeps its tag (for the carrier's voice and ears, and for the
//! models) and hears English where the script has to step in.

mod english;
mod french;
mod lexicon;
mod tongue;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use lexicon::{Lexicon, Line, Sky};
pub use tongue::{Operation, Tongue, digit_by_digit};
pub use words::{phrases, words};

/// The languages with a lexicon; English comes first.
const TONGUES: &[Tongue] = &[Tongue(&english::ENGLISH), Tongue(&french::FRENCH)];

/// A language tag such as `en-US`, in its usual capitals.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

/// A text that is not a language tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not a language tag: write one such as en-US or fr-FR")]
pub struct NotALanguage;

/// Longest tag accepted, as RFC 5646 advises implementations to support.
const TAG_MAX: usize = 35;

impl Language {
    /// Reads a tag, whatever its capitals; an underscore is taken for a hyphen.
    pub fn parse(text: &str) -> Result<Self, NotALanguage> {
        let text = text.trim();
        if text.len() > TAG_MAX {
            return Err(NotALanguage);
        }
        let mut parts = text.split(['-', '_']);
        let primary = parts.next().filter(|part| is_primary(part)).ok_or(NotALanguage)?;
        let mut tag = primary.to_ascii_lowercase();
        for part in parts {
            if part.is_empty() || part.len() > 8 || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(NotALanguage);
            }
            tag.push('-');
            tag.push_str(&in_usual_capitals(part));
        }
        Ok(Self(tag))
    }

    /// The tag, for the carrier and the models.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language alone, without script and region: `fr` for `fr-CA`.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// The tongue in which the script speaks to this sleeper.
    pub fn tongue(&self) -> Tongue {
        Tongue::of(self).unwrap_or(Tongue::ENGLISH)
    }

    /// True when the script speaks this language itself.
    pub fn has_script(&self) -> bool {
        Tongue::of(self).is_some()
    }
}

fn is_primary(part: &str) -> bool {
    (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Regions in capitals, scripts with one capital, all else in small letters.
fn in_usual_capitals(part: &str) -> String {
    match part.len() {
        2 => part.to_ascii_uppercase(),
        4 if part.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            part[..1].to_ascii_uppercase() + &part[1..].to_ascii_lowercase()
        }
        _ => part.to_ascii_lowercase(),
    }
}

impl Default for Language {
    fn default() -> Self {
        Self("en-US".to_owned())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Language {
    type Error = NotALanguage;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let parsed = Language::parse(text).ok();
        assert_eq!(parsed.as_ref().map(Language::as_str), expected, "{text}");
    }

    #[test]
    fn tags_are_read_in_any_capitals_and_kept_in_the_usual_ones() {
        check("en-US", Some("en-US"));
        check(" FR_fr ", Some("fr-FR"));
        check("zh-hant-tw", Some("zh-Hant-TW"));
        check("es-419", Some("es-419"));
        check("de", Some("de"));
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in ["", "e", "english", "en-", "en--US", "en-US\" evil=\"1", "en-<b>", "1n-US", "ünd-XX"] {
            check(wrong, None);
        }
        check(&format!("en{}", "-abcdefgh".repeat(5)), None);
    }

    #[test]
    fn a_language_without_a_lexicon_hears_english() {
        let language = |tag| Language::parse(tag).unwrap();
        assert!(Language::default().has_script() && language("en-IN").has_script());
        for unknown in ["tlh", "eng", "e2-US"] {
            let Ok(unknown) = Language::parse(unknown) else { continue };
            assert!(!unknown.has_script());
            assert_eq!(unknown.tongue(), Tongue::ENGLISH);
        }
    }
}
