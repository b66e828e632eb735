//! The built-in coach in French: he thinks in English, sentence by sentence, hers and his own.

use std::borrow::Cow;

use super::{Asked, ChatReply, Turn};
use crate::simulator::openai::script::Step;
use crate::simulator::voices::{sentences, words_of};

/// His sentences, English and French.
const HIS: [(&str, &str); 41] = [
    ("I didn't quite catch that.", "Je n'ai pas bien compris."),
    ("Could you say that again?", "Pouvez-vous répéter ?"),
    ("Of course, go on, I'm listening.", "Oui, je vous écoute."),
    ("I know it's early, and the bed is warm.", "Je sais, il est tôt et le lit est chaud."),
    ("You still sound a little sleepy.", "Vous avez encore la voix endormie."),
    ("No more minutes yet, you asked me to get you up.", "Plus une minute, vous vouliez que je vous lève."),
    (
        "All right, nine more minutes, then I'll call you back.",
        "D'accord, neuf minutes de plus, et je vous rappelle.",
    ),
    ("Talk to you soon.", "À tout de suite."),
    ("I'll call you back in a moment.", "Je vous rappelle dans un instant."),
    ("Not yet, I want to hear you a little longer.", "Pas encore, je veux vous entendre un peu plus."),
    ("I heard a key.", "J'ai entendu une touche."),
    ("Now tell me with your voice.", "Maintenant, avec la voix."),
    ("That is right.", "C'est juste."),
    ("No, that is not it.", "Non, ce n'est pas ça."),
    ("Right, but that took a while.", "C'est juste, mais un peu lent."),
    ("Wonderful, you are really up.", "Formidable, vous voilà debout."),
    ("Goodbye!", "Au revoir !"),
    ("Sorry, I lost you for a moment.", "Pardon, je vous ai perdu un instant."),
    ("Lovely to hear you.", "Ravi de vous entendre."),
    ("That sounds like a good start.", "Voilà un bon début."),
    ("Well done.", "Très bien."),
    ("Are you still there?", "Vous êtes toujours là ?"),
    ("Are you sleeping?", "Vous dormez ?"),
    ("Wake up, please, and say something.", "Réveillez-vous, s'il vous plaît, et dites quelque chose."),
    ("What day is it today, and what are your plans?", "Quel jour sommes-nous, et quels sont vos projets ?"),
    ("Are your feet on the floor?", "Avez-vous les pieds par terre ?"),
    (
        "What is the first thing you have to do this morning?",
        "Quelle est la première chose à faire ce matin ?",
    ),
    (
        "Open the curtains and tell me what the weather is like.",
        "Ouvrez les rideaux et dites-moi quel temps il fait.",
    ),
    ("What would you like for breakfast?", "Que voulez-vous au petit déjeuner ?"),
    ("Tell me one thing you can see in your room.", "Dites-moi une chose que vous voyez dans votre chambre."),
    ("What can you see outside your window?", "Que voyez-vous par la fenêtre ?"),
    (
        "Please stand up now, and tell me when you are standing.",
        "Levez-vous maintenant, et dites-moi quand c'est fait.",
    ),
    ("What did you dream about?", "De quoi avez-vous rêvé ?"),
    ("Who will you meet first today?", "Qui allez-vous voir en premier aujourd'hui ?"),
    ("Good morning, Anna!", "Bonjour, Anna !"),
    ("Good morning!", "Bonjour !"),
    ("This is your wake-up call.", "C'est votre appel de réveil."),
    ("Are you awake?", "Vous êtes debout ?"),
    ("Good, now I believe you.", "Bien, maintenant je vous crois."),
    ("Have a good day, Anna.", "Bonne journée, Anna."),
    ("Have a good day.", "Bonne journée."),
];

/// Hers, as far as her clips go; other words keep their language, and numbers need none.
const HERS: [(&str, &str); 11] = [
    ("Hello?", "Allô ?"),
    ("Yes, I'm awake.", "Oui, je suis debout."),
    ("It's Monday and I have the early shift.", "C'est lundi et je dois ouvrir la boutique."),
    ("My feet are on the floor.", "J'ai les pieds par terre."),
    ("I am making coffee.", "Je prépare le café."),
    ("The curtains are open and the sun is shining.", "Les rideaux sont ouverts et il fait soleil."),
    ("Goodbye.", "Au revoir."),
    ("Five more minutes, please.", "Encore cinq minutes, s'il vous plaît."),
    ("Leave me alone.", "Laissez-moi tranquille."),
    ("Mm.", "Mmm."),
    ("Mm, what time is it?", "Euh, quelle heure est-il ?"),
];

/// Whether he is told to speak French.
pub fn is_wanted(asked: &Asked<'_>) -> bool {
    asked.instructions.contains("French") || asked.this_time.is_some_and(|told| told.contains("French"))
}

/// What was said so far, as he thinks of it.
pub fn in_english(turns: &[Turn]) -> Vec<Turn> {
    let told = |turn: &Turn| match turn {
        Turn::Coach(text) => Turn::Coach(english(text)),
        Turn::Sleeper(text) => Turn::Sleeper(english(text)),
        other => other.clone(),
    };
    turns.iter().map(told).collect()
}

/// What he says next, as it is said.
pub fn step(step: Step) -> Step {
    match step {
        Step::Say(text) => Step::Say(french(&text)),
        Step::SayThenCall(text, call) => Step::SayThenCall(french(&text), call),
        other => other,
    }
}

/// The same for the chat model.
pub fn chat_reply(reply: ChatReply) -> ChatReply {
    ChatReply { say: french(&reply.say), ..reply }
}

fn english(text: &str) -> String {
    translated(text, |(english, french)| (french, english))
}

fn french(text: &str) -> String {
    translated(text, |pair| pair)
}

/// `direction` gives a pair as (from, to).
fn translated(
    text: &str,
    direction: impl Fn((&'static str, &'static str)) -> (&'static str, &'static str),
) -> String {
    let sentence = |sentence| {
        let bare = words_of(sentence);
        let mut pairs = HIS.iter().chain(&HERS).map(|pair| direction(*pair));
        let known = pairs.find(|(from, _)| words_of(from) == bare && !bare.is_empty());
        known.map_or(Cow::Borrowed(sentence), |(_, to)| Cow::Borrowed(to))
    };
    sentences(text).map(sentence).collect::<Vec<Cow<'_, str>>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::voices::{Voice, find_in};

    #[test]
    fn every_sentence_is_recorded_in_both_languages() {
        for (voice, pairs) in [(Voice::Coach, &HIS[..]), (Voice::Sleeper, &HERS[..])] {
            for (english, french) in pairs {
                assert!(find_in(voice, english).is_some(), "{english}");
                assert!(find_in(voice, french).is_some(), "{french}");
            }
        }
    }

    #[test]
    fn what_is_translated_comes_back() {
        let said = "Well done. What would you like for breakfast?";
        assert_eq!(french(said), "Très bien. Que voulez-vous au petit déjeuner ?");
        assert_eq!(english(&french(said)), said);
        let task = "Combien font 14 plus 8, moins 5 ?";
        assert_eq!((french(task).as_str(), english(task).as_str()), (task, task));
        assert_eq!((french(""), english("trente-sept")), (String::new(), "trente-sept".to_owned()));
    }
}
