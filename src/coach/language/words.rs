//! Words as a recogniser writes them, compared without capitals, accents and punctuation.

/// Phrases of one or more words, separated by commas.
pub type Phrases = &'static str;

/// The phrases one by one.
pub fn phrases(list: Phrases) -> impl Iterator<Item = &'static str> {
    list.split(',').map(str::trim).filter(|phrase| !phrase.is_empty())
}

/// The bare words of a text: small letters, no accents, no marks but the apostrophe inside a word.
pub fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric() && !is_apostrophe(letter))
        .map(|word| word.trim_matches(is_apostrophe).chars().flat_map(bare).collect())
        .filter(|word: &String| !word.is_empty())
        .collect()
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’')
}

/// Recognisers and telephones disagree on accents, and no word of ours is known by its accent alone.
fn bare(letter: char) -> impl Iterator<Item = char> {
    letter.to_lowercase().map(|letter| match letter {
        '’' => '\'',
        'à' | 'á' | 'â' | 'ã' | 'ä' => 'a',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    })
}

/// Where `phrase` begins among `words`; `None` when it does not occur, or is empty.
pub fn position(words: &[String], phrase: &str) -> Option<usize> {
    let phrase = self::words(phrase);
    if phrase.is_empty() {
        return None;
    }
    words.windows(phrase.len()).position(|window| window == phrase)
}

/// The first of `list` that occurs in `words`.
pub fn find(words: &[String], list: Phrases) -> Option<&'static str> {
    phrases(list).find(|phrase| position(words, phrase).is_some())
}

/// True when `word` is one of `list`, each a single word.
pub fn is_among(word: &str, list: Phrases) -> bool {
    phrases(list).any(|known| known.chars().flat_map(bare).eq(word.chars()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_bare() {
        for (text, expected) in [
            ("It's TIME!", &["it's", "time"][..]),
            ("‘Quoted’ — l’été, à bientôt", &["quoted", "l'ete", "a", "bientot"]),
            ("laisse-moi", &["laisse", "moi"]),
            (" …' ", &[]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn a_phrase_is_found_as_whole_words() {
        let heard = words("Non, à tout à l'heure !");
        assert_eq!(find(&heard, "au revoir, à tout à l’heure"), Some("à tout à l’heure"));
        assert_eq!(find(&heard, "tou, heure"), None);
        assert_eq!(find(&heard, ""), None);
        assert!(is_among("ete", "hiver, été"));
    }
}
