//! Which of the carrier's voices reads a language aloud. A voice that does not speak the language of its
//! `<Say>` fails the verb, so an unlisted language gets the default voice in its own.

use super::twiml::Voice;

/// The carrier's basic Amazon Polly voices, one a language; the first of a language serves its other regions.
const VOICES: [(&str, &str); 22] = [
    ("en-US", "Polly.Joanna"),
    ("en-GB", "Polly.Amy"),
    ("en-AU", "Polly.Nicole"),
    ("en-IN", "Polly.Raveena"),
    ("fr-FR", "Polly.Celine"),
    ("fr-CA", "Polly.Chantal"),
    ("de-DE", "Polly.Marlene"),
    ("es-ES", "Polly.Conchita"),
    ("es-US", "Polly.Penelope"),
    ("it-IT", "Polly.Carla"),
    ("nl-NL", "Polly.Lotte"),
    ("pl-PL", "Polly.Ewa"),
    ("pt-PT", "Polly.Ines"),
    ("pt-BR", "Polly.Vitoria"),
    ("sv-SE", "Polly.Astrid"),
    ("nb-NO", "Polly.Liv"),
    ("da-DK", "Polly.Naja"),
    ("ru-RU", "Polly.Tatyana"),
    ("tr-TR", "Polly.Filiz"),
    ("ro-RO", "Polly.Carmen"),
    ("ja-JP", "Polly.Mizuki"),
    ("is-IS", "Polly.Dora"),
];

impl Voice {
    /// The voice for a BCP 47 tag.
    pub fn of(language: &str) -> Self {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let (language, name) = VOICES
            .iter()
            .find(|(tag, _)| tag.eq_ignore_ascii_case(language))
            .or_else(|| VOICES.iter().find(|(tag, _)| primary(tag) == primary(language)))
            .unwrap_or(&VOICES[0]);
        Self { name: (*name).to_owned(), language: (*language).to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_read_by_a_voice_that_speaks_it() {
        for (asked, language, name) in [
            ("en-US", "en-US", "Polly.Joanna"),
            ("EN-gb", "en-GB", "Polly.Amy"),
            ("fr", "fr-FR", "Polly.Celine"),
            ("de-AT", "de-DE", "Polly.Marlene"),
            ("tlh", "en-US", "Polly.Joanna"),
            ("", "en-US", "Polly.Joanna"),
        ] {
            let voice = Voice::of(asked);
            assert_eq!((voice.language.as_str(), voice.name.as_str()), (language, name), "{asked}");
        }
    }
}
