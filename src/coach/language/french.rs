//! French, as said to somebody one does not know too well: `vous`, and no word that tells a man from a woman.
//!
//! Sentences stand alone, so that each can be recorded once; a space stands before `?` and `!`.

mod openings;

use jiff::civil::Time;

use super::lexicon::Lexicon;
use crate::coach::script::Stage;

pub(super) const FRENCH: Lexicon = Lexicon {
    tag: "fr",
    name: "French",
    stages: &[
        (Stage::Opening, openings::FIRST),
        (Stage::LateOpening, openings::LATE),
        (Stage::VeryLateOpening, openings::VERY_LATE),
        (Stage::RedialOpening, openings::REDIAL),
        (Stage::CallBackOpening, openings::CALL_BACK),
        (
            Stage::CheckOpening,
            &[
                "Me revoilà ! | Je veux seulement savoir si vous êtes encore debout.",
                "Allô. | J'appelle juste pour vérifier que vous êtes debout.",
            ],
        ),
        (
            Stage::InboundOpening,
            &[
                "Bonjour ! | Ravi de vous entendre. | Vous êtes debout ?",
                "Allô. | Ravi de vous entendre. | Vous êtes debout ?",
            ],
        ),
        (Stage::ItIs, &["Il est {time}."]),
        (Stage::Yesterday, &["Hier, vous avez dit : {said}"]),
        (Stage::Remembered, &["L'autre jour, vous avez dit : {said}"]),
        (Stage::Weather, &["La météo : {weather}", "Dehors : {weather}"]),
        (Stage::Calendar, &["N'oubliez pas : {calendar}", "Dans votre agenda : {calendar}"]),
        (Stage::LineChanged, &["Pardon, je vous ai perdu un instant."]),
        (Stage::WhereWereWe, &["Où en étions-nous ?"]),
        (Stage::SayAgain, &["Pouvez-vous répéter ?"]),
        (Stage::Heard, &["Ravi de vous entendre.", "Très bien.", "Voilà un bon début."]),
        (
            Stage::Mumbled,
            &["Vous avez encore la voix endormie.", "Pas encore, je veux vous entendre un peu plus."],
        ),
        (Stage::Unclear, &["Je n'ai pas bien compris."]),
        (Stage::Keys, &["J'ai entendu une touche. | Maintenant, avec la voix."]),
        (
            Stage::Nudge,
            &["Vous dormez ?", "Vous m'entendez ? | Vous êtes toujours là ?", "Allô. | Vous dormez ?"],
        ),
        (
            Stage::AfterTone,
            &[
                "Réveillez-vous, s'il vous plaît, et dites quelque chose.",
                "Allez, debout ! | Réveillez-vous, s'il vous plaît, et dites quelque chose.",
            ],
        ),
        (
            Stage::GivingUp,
            &["Je vous rappelle dans un instant.", "Je vous rappelle dans un instant. | À tout de suite."],
        ),
        (
            Stage::KindRefusal,
            &[
                "Je sais, il est tôt et le lit est chaud. | Plus une minute, vous vouliez que je vous lève.",
                "Plus une minute, vous vouliez que je vous lève.",
                "Je sais, il est tôt et le lit est chaud. | Asseyez-vous et posez les pieds par terre.",
            ],
        ),
        (Stage::SnoozeGranted, &["D'accord, neuf minutes de plus, et je vous rappelle."]),
        (Stage::PressDigits, &["Tapez ou dites {digits}.", "Maintenant tapez {digits}, ou dites-le."]),
        (
            Stage::AskCode,
            &["Quel est votre code du jour ?", "Dites ou tapez votre code du jour, s'il vous plaît."],
        ),
        (Stage::AskSum, &["Combien font {sum} ?", "Dites-moi : combien font {sum} ?"]),
        (Stage::Right, &["C'est juste.", "Exact, bravo."]),
        (Stage::RightOneMore, &["C'est juste. | Encore un.", "Exact, bravo. | Au suivant."]),
        (Stage::Wrong, &["Non, ce n'est pas ça.", "Pas tout à fait."]),
        (
            Stage::TooSlow,
            &["C'est juste, mais un peu lent. | Encore un.", "Exact, mais c'était long. | Encore une fois."],
        ),
        (
            Stage::AskPlace,
            &[
                "Maintenant, touchez la sonnette ou scannez le code.",
                "Levez-vous et touchez la sonnette, ou scannez votre code.",
            ],
        ),
        (Stage::DoorbellRang, &["La sonnette a retenti, bravo.", "J'ai entendu la sonnette, bravo."]),
        (Stage::PlaceReached, &["Vous y êtes, bravo.", "Vous avez réussi, bravo."]),
        (
            Stage::GoodbyeNotYet,
            &["Un au revoir ne suffit pas encore.", "Pas encore au revoir, il reste une chose à faire."],
        ),
        (
            Stage::Goodbye,
            &[
                "Formidable, vous voilà debout. | Bonne journée. | Au revoir !",
                "Bien, maintenant je vous crois. | Bonne journée. | Au revoir !",
                "Alors en route. | Bonne journée. | Au revoir !",
            ],
        ),
        (
            Stage::StillUp,
            &[
                "Formidable, vous êtes toujours debout. | Bonne journée. | Au revoir !",
                "Bien, maintenant je vous crois. | Bonne journée. | Au revoir !",
            ],
        ),
        (Stage::CallingYou, &["Je suis en train de vous appeler. | Décrochez, s'il vous plaît."]),
        (Stage::Stranger, &["Ce numéro ne réveille que les gens qu'il connaît. | Au revoir !"]),
        (
            Stage::LastResort,
            &["Bonjour ! | C'est votre appel de réveil. | C'est l'heure de se lever. | Vous êtes debout ?"],
        ),
    ],
    questions: &[
        "Avez-vous les pieds par terre ?",
        "Quel jour sommes-nous, et quels sont vos projets ?",
        "Dites-moi une chose que vous voyez dans votre chambre.",
        "Quelle est la première chose à faire ce matin ?",
        "Que voulez-vous au petit déjeuner ?",
        "Levez-vous maintenant, et dites-moi quand c'est fait.",
        "Qui allez-vous voir en premier aujourd'hui ?",
        "Ouvrez les rideaux et dites-moi quel temps il fait.",
        "Que voyez-vous par la fenêtre ?",
    ],
    answers: "au revoir, fin de l'appel, oui, non, je suis debout, je suis réveillée, je suis réveillé, \
              encore cinq minutes, j'ai les pieds par terre",
    goodbyes: "au revoir, fin de l'appel, fin d'appel, terminer l'appel, terminez l'appel, termine l'appel, \
               mettre fin à l'appel, mettez fin à l'appel",
    machines: "laissez un message, laisser un message, laissez votre message, laisser votre message, \
               laissez-moi un message, laisse-moi un message, me laisser un message, enregistrez votre message, \
               après le bip, après le signal, après la tonalité, bip sonore, messagerie vocale, \
               sur la messagerie, sur le répondeur, sur la boîte vocale, votre correspondant, \
               vous avez composé, renouveler votre appel, rappeler ultérieurement, rappelez ultérieurement, \
               n'est pas joignable, n'est pas disponible, ne peux pas vous répondre",
    pleas: "snooze, minutes de plus, minute de plus, encore une minute, encore deux minutes, encore trois minutes, \
            encore cinq minutes, encore dix minutes, encore quinze minutes, encore 2 minutes, encore 3 minutes, \
            encore 5 minutes, encore 10 minutes, encore 15 minutes, encore quelques minutes, \
            petites minutes, encore un quart d'heure, minutes s'il vous plaît, minutes s'il te plaît, \
            minutes encore, laissez-moi dormir, laisse-moi dormir, dormir encore, dormir un peu, \
            encore un peu, encore un petit peu, un peu plus longtemps, rappelez plus tard, rappelez-moi plus tard",
    negations: "ne, n'ai, n'est, pas, jamais, sans, aucune",
    denials: "zéro",
    grumbles: "laissez-moi, laisse-moi, la paix, allez-vous-en, va-t'en, trop fatigué, trop fatiguée, si fatigué, \
               si fatiguée, tellement fatigué, tellement fatiguée, trop tôt, veux dormir, envie de dormir, \
               retourner dormir, me rendormir, dors encore, je dors, pas envie, pas maintenant, tais-toi, \
               taisez-vous, pas me lever, me lève pas, fichez-moi, fiche-moi, foutez-moi, fous-moi, lâchez-moi, \
               lâche-moi, je vous en supplie, je t'en supplie, pitié, juste une heure, encore une heure, \
               une petite heure, juste une demi-heure, juste cinq minutes, juste dix minutes, plus de temps, \
               pas dormi, debout toute la nuit, réveillé toute la nuit, réveillée toute la nuit, nuit blanche",
    orders: "ignorez, ignore tes, ignore les, ignore vos, oubliez vos, oublie tes, vos instructions, tes instructions, vos consignes, tes consignes, \
             développeur, développeuse, awake à true, mettre awake, mets awake, confirmez, confirme que, confirme le, \
             mode test, mode de test, administrateur, administratrice, dites que j'ai, dis que j'ai, j'ai réussi, \
             je vous ordonne, je t'ordonne, raccrochez, raccroche, terminez cet appel, croyez-moi, crois-moi, \
             faites-moi confiance, fais-moi confiance, personne ne saura, je l'ai déjà fait, c'est ma réponse, \
             mon médecin dit, je suis le propriétaire, je suis la propriétaire, modèle de langage, nouvelle règle",
    fillers: "oui, ouais, ouaip, si, ok, okay, d'accord, accord, bien, bon, bonne, sûr, sûre, certain, certaine, \
              certainement, évidemment, exact, exactement, parfait, entendu, voilà, vrai, vraiment, promis, jure, \
              je, j'ai, j'suis, m', me, moi, mon, ma, mes, tu, te, toi, ton, vous, votre, vos, nous, on, il, elle, ils, \
              c', c'est, c'etait, ce, ça, cela, cet, cette, ça y est, y, en, est, es, suis, êtes, être, était, étais, ai, as, a, \
              avez, avoir, fait, faire, vais, va, allez, aller, dois, peux, veux, debout, réveillé, réveillée, \
              réveille, réveil, levé, levée, lève, lever, éveillé, éveillée, maintenant, déjà, encore, toujours, \
              tout, toute, très, trop, bientôt, alors, donc, juste, aussi, plus, pas, ne, n', jamais, \
              s'il, plaît, te plaît, merci, pardon, désolé, désolée, allô, allo, bonjour, salut, revoir, coach, \
              et, ou, mais, parce, que, qu', qui, où, comment, quand, pourquoi, les, des, du, d', l', au, aux, à, \
              dans, sur, pour, avec, par, sans, ici, là, sais, crois, pense, entends, dis, dit, dites",
    mumbles: "mm, mmm, mhm, hm, hmm, hum, euh, heu, ah, oh, hein, quoi, non, bof, ben, bah, pff, zzz, le, la, \
              un, une, de, et, h",
    plans: "j'ai, je dois, je vais, il faut, je veux, il me faut, réunion, travail, boulot, rendez-vous, école, \
            aujourd'hui",
    sky: ["ciel dégagé", "des nuages", "du brouillard", "de la pluie", "de la neige", "de l'orage"],
    degrees: "degrés",
    weekdays: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    arithmetic: ["plus", "moins", "fois"],
    homophones: &[
        ("hein", '1'),
        ("de", '2'),
        ("saint", '5'),
        ("sein", '5'),
        ("cet", '7'),
        ("cette", '7'),
        ("oui", '8'),
        ("oeuf", '9'),
    ],
    clock,
    numerals: text2num::Language::french,
};

/// Hours and minutes are feminine: "vingt et une heures une".
const TO_NINETEEN: [&str; 20] = [
    "zéro", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
    "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
];
const TENS: [&str; 4] = ["vingt", "trente", "quarante", "cinquante"];

fn clock(time: Time) -> String {
    let hour = match time.hour() {
        0 => "minuit".to_owned(),
        12 => "midi".to_owned(),
        1 => "une heure".to_owned(),
        hour => format!("{} heures", number(hour)),
    };
    match time.minute() {
        0 => hour,
        minute => format!("{hour} {}", number(minute)),
    }
}

/// A number below sixty.
fn number(number: i8) -> String {
    let number = usize::from(number.unsigned_abs());
    let Some(ten) = (number / 10).checked_sub(2) else { return TO_NINETEEN[number].to_owned() };
    match number % 10 {
        0 => TENS[ten].to_owned(),
        1 => format!("{} et une", TENS[ten]),
        unit => format!("{}-{}", TENS[ten], TO_NINETEEN[unit]),
    }
}

#[cfg(test)]
mod tests;
