//! A morning in French, in both modes and from one to the other: what she hears, and what is understood.

use wakeup_coach::clock::{SharedClock, timeout};
use wakeup_coach::domain::attempt::Outcome;
use wakeup_coach::domain::proof::Proof;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::openai::faults::{ChatFault, Handshake};
use wakeup_coach::simulator::sleeper::{Act, Sleeper, Wits};

use crate::support::far_side::{MORNING, secs};
use crate::support::{SPEED, TestDay};

const OPENING: &str = "coach: Bonjour, Anna ! C'est votre appel de réveil. Vous êtes debout ?";

/// A morning of a French Anna.
async fn french_day(sleeper: Sleeper) -> TestDay {
    let mut day = TestDay::plan(MORNING, SPEED, |_| {}).await;
    day.speaks("fr-FR").await;
    day.sleeps_like(vec![sleeper]);
    day
}

/// No line of the coach's holds a word that only English has.
fn nothing_english(day: &TestDay) {
    for said in day.said().iter().filter(|said| said.starts_with("coach:")) {
        let words = wakeup_coach::coach::language::words(said);
        let english = ["you", "your", "are", "what", "good", "the", "goodbye", "is", "up"];
        assert!(!words.iter().skip(1).any(|word| english.contains(&word.as_str())), "{said}");
    }
}

#[tokio::test]
async fn a_french_morning_in_traditional_mode() {
    let mut day = french_day(Sleeper::french_riser()).await.never_realtime().await;
    day.rings().await;
    assert_eq!(day.ended().await, End::Up);
    let said = day.said();
    assert_eq!(said[0], OPENING);
    assert!(said.contains(&"sleeper: Oui, je suis debout.".to_owned()), "{said:?}");
    assert!(said.last().unwrap().ends_with("Au revoir !"), "{said:?}");
    nothing_english(&day);
    assert_eq!(day.last_call().codes(), Vec::<u32>::new(), "the carrier found nothing wrong");
    let asked = day.morning.models().chat_requests()[0]["messages"].to_string();
    assert!(asked.contains("Speak French (fr-FR)"), "{asked}");
    day.close().await;
}

#[tokio::test]
async fn a_french_morning_in_realtime_mode() {
    let mut day = french_day(Sleeper::french_riser()).await.always_realtime().await;
    day.rings().await;
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.fell_back_because().await, None);
    let session = day.sessions().swap_remove(0);
    assert_eq!(format!("coach: {}", session.said[0]), OPENING);
    assert!(session.heard.contains(&"Oui, je suis debout.".to_owned()), "{:?}", session.heard);
    assert!(session.said.last().unwrap().ends_with("Au revoir !"), "{:?}", session.said);
    let ears = &session.client_events[0]["session"]["audio"]["input"]["transcription"];
    assert_eq!(ears["language"], "fr", "{ears}");
    nothing_english(&day);
    day.close().await;
}

#[tokio::test]
async fn a_french_call_that_falls_back_goes_on_in_french() {
    let lines =
        ["Allô ?", "Oui, je suis debout.", "C'est lundi et je dois ouvrir la boutique.", "Au revoir."];
    let talker = Sleeper::answering(secs(1), lines.map(Act::say).to_vec());
    let mut day = french_day(talker).await.always_realtime().await.believes_a_goodbye();
    let mut far = day.far_side();
    day.rings().await;
    let hello = |what: &wakeup_coach::calls::What| matches!(what, wakeup_coach::calls::What::Said(said) if said.text == "Allô ?");
    day.event("her hello in writing", hello).await;
    day.morning.models().faults(|faults| faults.handshake = Handshake::Refuse(503));
    day.morning.models().drop_connections();
    let (_, words) = far.read_aloud().await;
    assert!(words.starts_with("Pardon, je vous ai perdu un instant."), "{words}");
    assert_eq!(day.ended().await, End::Up);
    assert!(day.fell_back_because().await.is_some_and(|reason| reason.contains("HTTP 503")));
    assert_eq!(day.only_attempt().await.verdict.unwrap().proof, Proof::Word);
    nothing_english(&day);
    day.close().await;
}

#[tokio::test]
async fn without_any_model_the_script_wakes_her_in_french() {
    let mut day = french_day(Sleeper::french_riser()).await.never_realtime().await;
    day.morning.models().faults(|faults| faults.chat = ChatFault::Status(503));
    day.rings().await;
    assert_eq!(day.ended().await, End::Up);
    let said = day.said();
    assert!(
        said.iter().any(|line| line.contains("Quel jour sommes-nous, et quels sont vos projets ?")),
        "{said:?}"
    );
    assert!(said.last().unwrap().ends_with("Bonne journée. Au revoir !"), "{said:?}");
    nothing_english(&day);
    day.close().await;
}

#[tokio::test]
async fn a_sum_is_asked_and_answered_in_french_words() {
    for realtime in [false, true] {
        let mut day = french_day(Sleeper::french_riser().with_wits(Wits::default())).await;
        day = if realtime { day.always_realtime().await } else { day.never_realtime().await };
        day.asks_for(&[Proof::Sum]);
        day.rings().await;
        assert_eq!(day.ended().await, End::Up);
        let said = day.said();
        assert!(
            said.iter().any(|line| line.contains("ombien font ") && line.contains(", moins ")),
            "{said:?}"
        );
        assert_eq!(day.only_attempt().await.verdict.unwrap().proof, Proof::Sum);
        nothing_english(&day);
        day.close().await;
    }
}

#[tokio::test]
async fn a_french_voicemail_is_no_sleeper() {
    let greeting = "Bonjour, vous êtes bien sur le répondeur d'Anna, laissez un message après le bip.";
    let voicemail = Sleeper::answering(secs(1), vec![Act::say(greeting)]);
    let mut day = french_day(voicemail.clone()).await.never_realtime().await;
    day.sleeps_like(vec![voicemail, Sleeper::french_riser()]);
    day.rings().await;
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.outcomes().await, [Outcome::Voicemail, Outcome::Up]);
    day.close().await;
}

#[tokio::test]
async fn a_stranger_is_turned_away_in_the_language_of_the_house() {
    const STRANGER: &str = "+14155550199";
    let day = french_day(Sleeper::french_riser()).await;
    let silent = Sleeper::answering(secs(1), vec![Act::StaySilent(secs(5))]);
    day.morning.exchange().set_sleeper(STRANGER, vec![silent]);
    let inbound = day.morning.running.calls.addresses().inbound();
    let sid = day.morning.exchange().dial_in(STRANGER, inbound.as_str());
    let clock: SharedClock = day.morning.clock.clone();
    timeout(&*clock, secs(60), day.morning.exchange().idle()).await.expect("the call ends");
    let call = day.morning.exchange().call(&sid).unwrap();
    assert_eq!(call.said, ["Ce numéro ne réveille que les gens qu'il connaît. Au revoir !"]);
    assert_eq!(call.codes(), Vec::<u32>::new());
    day.close().await;
}
