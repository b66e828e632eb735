use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::json;

use super::*;
use crate::clock::ManualClock;
use crate::coach::persona::tests::briefing;
use crate::coach::proving::ANSWER_WITHIN;
use crate::domain::attempt::AttemptKind;
use crate::domain::proof::{Proof, Proofs};
use crate::traditional::fake::{Does, Fake, contains, refuses, says};

fn said(speaker: Speaker, text: &str) -> Utterance {
    Utterance { speaker, text: text.to_owned(), said_at: Timestamp::UNIX_EPOCH, interrupted: false }
}

fn speech(text: &str) -> Heard {
    Heard::Speech { text: text.to_owned(), confidence: Some(0.9) }
}

/// Two questions asked, two answered; the next answer is the third.
fn told() -> Vec<Utterance> {
    let mut conversation = talked();
    conversation.insert(1, said(Speaker::Sleeper, "The early shift begins at seven."));
    conversation
}

/// Two questions asked, one answered; the next answer is the second.
fn talked() -> Vec<Utterance> {
    vec![
        said(Speaker::Coach, "Good morning, Anna! This is your wake-up call. Are you awake?"),
        said(Speaker::Sleeper, "Yes, it's Monday."),
        said(Speaker::Coach, "What would you like for breakfast?"),
    ]
}

/// A call that asks for these proofs.
fn asking(proofs: &[Proof]) -> Proving {
    Proving::begin(Proofs::of(proofs), "8036", ANSWER_WITHIN, &mut StdRng::seed_from_u64(5))
}

/// A turn of a call that asks for talk.
fn turn_of<'a>(
    briefing: &'a Briefing,
    conversation: &'a [Utterance],
    heard: &'a Heard,
    proving: &'a Proving,
) -> Turn<'a> {
    Turn {
        briefing,
        conversation,
        heard,
        silences: 0,
        turn: 1,
        proving,
        arrived: false,
        snooze_key: Some('9'),
        thought_for: None,
    }
}

/// A reply with no model, to the second answer of a call.
async fn scripted(heard: Heard, silences: u32, snooze_allowed: bool) -> Reply {
    let briefing = Briefing { snooze_allowed, ..briefing() };
    let (conversation, proving) = (talked(), asking(&[Proof::Conversation]));
    let turn = Turn { silences, ..turn_of(&briefing, &conversation, &heard, &proving) };
    let clock: SharedClock = ManualClock::standing(Timestamp::UNIX_EPOCH, 1.0);
    reply(None, &turn, &clock).await
}

/// A reply by a model that does `does`, to the second answer of a call.
async fn modelled(does: Does, heard: Heard, conversation: &[Utterance]) -> (Reply, Fake) {
    asked_for(&[Proof::Conversation], does, heard, conversation).await
}

/// The same in a call that asks for these proofs.
async fn asked_for(proofs: &[Proof], does: Does, heard: Heard, conversation: &[Utterance]) -> (Reply, Fake) {
    let fake = Fake::doing(1.0, [does]).await;
    let (briefing, proving) = (briefing(), asking(proofs));
    let turn = turn_of(&briefing, conversation, &heard, &proving);
    (reply(Some(&fake.model), &turn, &fake.clock).await, fake)
}

fn why(reply: &Reply) -> &str {
    match &reply.source {
        Source::Scripted { why } => why,
        Source::Model | Source::Rule => panic!("not scripted: {reply:?}"),
    }
}

#[test]
fn the_carrier_listens_for_the_steps_of_the_silence_ladder() {
    assert_eq!([0, 1, 2, 3, 99].map(listen_secs), [8, 12, 10, 10, 10]);
}

/// A nudge asks the next sum, and then comes the answer to the first.
#[tokio::test]
async fn an_answer_to_the_sum_before_the_nudge_is_not_wrong() {
    let clock: SharedClock = ManualClock::standing(Timestamp::UNIX_EPOCH, 1.0);
    let (briefing, proving, conversation) = (briefing(), asking(&[Proof::Sum]), talked());
    let first = proving.right_sum();
    let silence = Turn { silences: 1, ..turn_of(&briefing, &conversation, &Heard::Silence, &proving) };
    let nudged = reply(None, &silence, &clock).await.proving.unwrap();
    let open = nudged.right_sum();
    assert_ne!(first, open);
    for (heard, remark) in [
        (speech(&first), "that took a while"),
        (Heard::Keys(first.clone()), "that took a while"),
        (speech("ninety nine"), "quite"),
        (speech(&open), "right"),
    ] {
        let reply = reply(None, &turn_of(&briefing, &conversation, &heard, &nudged), &clock).await;
        let is_first =
            matches!(&heard, Heard::Keys(said) | Heard::Speech { text: said, .. } if *said == first);
        let said = reply.say.to_lowercase();
        assert!(said.contains(remark) || is_first && said.contains("slow"), "{heard:?}: {said}");
        let still_open = reply.proving.unwrap().right_sum() == open;
        assert_eq!(still_open, is_first, "{heard:?}");
    }
}

#[tokio::test]
async fn the_model_chooses_what_of_her_words_is_remembered() {
    let wanting = |remember: &str| {
        let content = json!({"say": "Up!", "awake": false, "evidence": "", "remember": remember});
        contains(&content.to_string())
    };
    for (remember, kept) in
        [("I have the early shift", Some("I have the early shift")), ("She has a day off", None), ("", None)]
    {
        let heard = speech("Today I have the early shift.");
        let (reply, _fake) = modelled(wanting(remember), heard, &talked()).await;
        assert_eq!(reply.remember.as_deref(), kept, "{remember}");
    }
}

#[test]
fn a_call_opens_with_a_greeting_or_with_the_thread_that_broke() {
    let fresh = opening(&briefing(), false, &asking(&[Proof::Conversation]));
    assert_eq!(fresh.say, "Good morning, Anna! This is your wake-up call. Are you awake?");
    assert_eq!((fresh.next, fresh.source, fresh.verdict), (Next::Ask, Source::Rule, None));
    let broken =
        opening(&Briefing { conversation: talked(), ..briefing() }, true, &asking(&[Proof::Conversation]));
    assert_eq!(
        broken.say,
        "Sorry, I lost you for a moment. Where were we? What would you like for breakfast?"
    );
}

#[tokio::test]
async fn silence_climbs_to_the_tone_and_then_gives_up_without_asking_a_model() {
    for (silences, tone_first, next) in [
        (0, false, Next::Ask),
        (1, false, Next::Ask),
        (2, true, Next::Ask),
        (3, false, Next::GiveUp),
        (9, false, Next::GiveUp),
    ] {
        for heard in [Heard::Silence, speech("  \n")] {
            let fake = Fake::doing(1.0, []).await;
            let (briefing, conversation, proving) = (briefing(), talked(), asking(&[Proof::Conversation]));
            let turn = Turn { silences, ..turn_of(&briefing, &conversation, &heard, &proving) };
            let reply = reply(Some(&fake.model), &turn, &fake.clock).await;
            assert_eq!((reply.tone_first, reply.next), (tone_first, next), "{silences}");
            assert_eq!((reply.source, reply.verdict), (Source::Rule, None));
            assert_eq!(fake.asked().len(), 0);
        }
    }
}

#[tokio::test]
async fn the_word_ends_the_call_without_asking_a_model() {
    let (goodbye, talked) = (speech("Okay, goodbye!"), talked());
    let (reply, fake) = asked_for(&[Proof::Word], says("never", false, ""), goodbye, &talked).await;
    assert_eq!((reply.next, reply.source), (Next::HangUp, Source::Rule));
    assert_eq!(reply.verdict.unwrap().proof, Proof::Word);
    assert!(reply.say.ends_with("Goodbye!"), "{}", reply.say);
    assert_eq!(fake.asked().len(), 0);
}

#[tokio::test]
async fn a_plea_is_granted_while_a_snooze_is_left_and_kindly_refused_after_that() {
    let granted = scripted(speech("five more minutes"), 0, true).await;
    assert_eq!(granted.next, Next::Snooze { minutes: 9 });
    assert_eq!(granted.say, "All right, nine more minutes, then I'll call you back.");
    let refused = scripted(speech("five more minutes"), 0, false).await;
    assert_eq!((refused.next, refused.verdict), (Next::Ask, None));
    assert!(refused.say.starts_with("No more minutes yet"), "{}", refused.say);
    assert!(script::asks(&refused.say), "{}", refused.say);
}

#[tokio::test]
async fn without_a_model_each_kind_of_answer_gets_its_own_line_and_a_question() {
    let unclear = Heard::Speech { text: "porridge".to_owned(), confidence: Some(0.1) };
    for (heard, start) in [
        (speech("porridge"), "Well done."),
        (speech("mm"), "Not yet, I want"),
        (speech("leave me alone"), "No more minutes yet"),
        (unclear, "I didn't quite catch that."),
        (Heard::Keys("5".to_owned()), "I heard a key."),
    ] {
        let reply = scripted(heard, 0, false).await;
        assert!(reply.say.starts_with(start), "{}", reply.say);
        assert!(script::asks(&reply.say), "{}", reply.say);
        assert_eq!((why(&reply), reply.next), ("there is no chat model", Next::Ask));
    }
}

#[tokio::test]
async fn a_whole_call_without_a_model_takes_three_different_answers_and_a_sum() {
    let (briefing, clock) = (briefing(), ManualClock::standing(Timestamp::UNIX_EPOCH, 1.0) as SharedClock);
    let mut proving = asking(&[Proof::Conversation]);
    let mut conversation = vec![said(Speaker::Coach, &opening(&briefing, false, &proving).say)];
    let mut ends = Vec::new();
    let lines =
        ["mm", "Yes.", "Okay, sure.", "It's Monday", "12", "tea", "tea!", "the window", "please", "sum"];
    for (turn, text) in (0..).zip(lines) {
        let heard = match text {
            "12" => Heard::Keys(text.to_owned()),
            "sum" => speech(&proving.right_sum()),
            text => speech(text),
        };
        let turn = Turn { turn, ..turn_of(&briefing, &conversation, &heard, &proving) };
        let reply = reply(None, &turn, &clock).await;
        conversation.push(said(Speaker::Sleeper, &heard.transcript().unwrap()));
        conversation.push(said(Speaker::Coach, &reply.say));
        ends.push((reply.next, reply.verdict.is_some()));
        proving = reply.proving.unwrap();
        assert_eq!(proving.has_task(), turn_asks_a_sum(text), "{text}: {}", reply.say);
    }
    let (last, before) = ends.split_last().unwrap();
    assert_eq!(*last, (Next::HangUp, true));
    assert!(before.iter().all(|end| *end == (Next::Ask, false)), "{ends:?}");
}

/// After the third answer that says something.
fn turn_asks_a_sum(text: &str) -> bool {
    ["the window", "please"].contains(&text)
}

#[tokio::test]
async fn the_model_chooses_the_words_and_sees_the_conversation() {
    let heard = Heard::Speech { text: "Mm\nporridge".to_owned(), confidence: Some(0.2) };
    let (reply, fake) = modelled(says("With **honey**? Sit up!", false, ""), heard, &talked()).await;
    assert_eq!((reply.say.as_str(), reply.next), ("With honey? Sit up!", Next::Ask));
    assert_eq!((reply.source, reply.cost), (Source::Model, MicroDollars(10)));
    let messages = fake.asked()[0].body["messages"].clone();
    assert_eq!(messages[0]["content"], persona::chat_system(&briefing()));
    let conversation = json!([
        {"role": "assistant", "content": "Good morning, Anna! This is your wake-up call. Are you awake?"},
        {"role": "user", "content": "Yes, it's Monday."},
        {"role": "assistant", "content": "What would you like for breakfast?"},
        {"role": "user", "content": "(heard unclearly) Mm porridge"},
    ]);
    assert_eq!(messages.as_array().unwrap()[1..], conversation.as_array().unwrap()[..]);
}

#[tokio::test]
async fn an_answer_that_the_caller_has_recorded_already_is_not_doubled() {
    let mut recorded = talked();
    recorded.truncate(1);
    recorded.push(said(Speaker::Sleeper, "Yes."));
    let (reply, fake) = modelled(says("Bye!", true, "she said yes"), speech("Yes."), &recorded).await;
    assert_eq!(why(&reply), "the chat model was satisfied too soon");
    assert_eq!(fake.asked()[0].body["messages"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_satisfied_model_is_borne_out_by_a_sum_before_the_goodbye() {
    let (asked, fake) =
        modelled(says("Enjoy it!", true, "she\nplans breakfast"), speech("porridge"), &told()).await;
    assert_eq!((asked.next, asked.verdict), (Next::Ask, None));
    let proving = asked.proving.unwrap();
    let answer = speech(&proving.right_sum());
    let (briefing, conversation) = (briefing(), told());
    let turn = turn_of(&briefing, &conversation, &answer, &proving);
    let up = reply(Some(&fake.model), &turn, &fake.clock).await;
    assert!(up.next == Next::HangUp && up.say.ends_with("Goodbye!"), "{}", up.say);
    let verdict = up.verdict.unwrap();
    assert_eq!(verdict.evidence, "she plans breakfast; and a sum right");
    assert_eq!((verdict.proof, fake.asked().len()), (Proof::Conversation, 1), "no model judges a sum");
}

#[tokio::test]
async fn a_model_that_is_satisfied_too_soon_is_overruled() {
    let opened = &talked()[..1];
    let keys = [said(Speaker::Coach, "Are you awake?"), said(Speaker::Sleeper, &answer::pressed("1"))];
    for (conversation, heard, evidence) in [
        (opened, speech("yes"), "she said yes"),
        (&talked(), speech("porridge"), "two answers"),
        (&keys, speech("yes"), "key"),
    ] {
        let (reply, _fake) = modelled(says("Goodbye!", true, evidence), heard, conversation).await;
        assert_eq!((reply.next, reply.verdict.clone()), (Next::Ask, None));
        assert_eq!(why(&reply), "the chat model was satisfied too soon");
        assert!(!reply.say.contains("Goodbye"), "{}", reply.say);
        assert_eq!(reply.cost, MicroDollars(10));
    }
}

#[tokio::test]
async fn answers_given_before_she_was_called_back_prove_nothing_now() {
    let mut conversation = talked();
    conversation.push(said(Speaker::Sleeper, "porridge"));
    let again = Briefing { kind: AttemptKind::CallBack, attempt_number: 2, ..briefing() };
    conversation.push(said(Speaker::Coach, &opening(&again, false, &asking(&[Proof::Conversation])).say));
    let (overruled, _fake) =
        modelled(says("Bye!", true, "porridge"), speech("they are"), &conversation).await;
    assert_eq!((overruled.next, why(&overruled)), (Next::Ask, "the chat model was satisfied too soon"));
}

#[tokio::test]
async fn a_model_with_nothing_to_say_is_replaced_by_the_script() {
    let (reply, _fake) = modelled(says("<br/> 🙂", false, ""), speech("porridge"), &talked()).await;
    assert_eq!(why(&reply), "the chat model had nothing to say");
    assert!(script::asks(&reply.say));
}

#[tokio::test]
async fn a_model_that_refuses_is_replaced_by_the_script() {
    let (reply, _fake) = modelled(refuses(401, "invalid_api_key"), speech("porridge"), &talked()).await;
    assert_eq!(why(&reply), "the chat model refuses our request (HTTP 401, invalid_api_key)");
    assert!(script::asks(&reply.say));
}

#[tokio::test]
async fn a_silent_model_is_replaced_by_the_script_within_six_seconds() {
    let fake = Fake::doing(4.0, [Does::Hangs]).await;
    let (briefing, conversation, heard) = (briefing(), talked(), speech("tea"));
    let proving = asking(&[Proof::Conversation]);
    let turn = turn_of(&briefing, &conversation, &heard, &proving);
    let reply = reply(Some(&fake.model), &turn, &fake.clock).await;
    assert_eq!(why(&reply), "the chat model gave no answer within 5s");
    assert!(script::asks(&reply.say));
    assert!((5..6).contains(&reply.latency.as_secs()), "{:?}", reply.latency);
}

#[tokio::test]
async fn a_sum_after_talk_is_asked_in_her_language() {
    let french = Briefing { language: persona::Language::parse("fr-FR").unwrap(), ..briefing() };
    let fake = Fake::doing(1.0, [says("Bonne journée, au revoir !", true, "elle est debout")]).await;
    let conversation = ["C'est lundi.", "Je prépare le café."].map(|text| said(Speaker::Sleeper, text));
    let (heard, proving) = (speech("La boutique ouvre à neuf heures."), asking(&[Proof::Conversation]));
    let turn = turn_of(&french, &conversation, &heard, &proving);
    let reply = reply(Some(&fake.model), &turn, &fake.clock).await;
    assert!(reply.next == Next::Ask && reply.say.contains("ombien font"), "{}", reply.say);
}

#[tokio::test]
async fn the_snooze_key_alone_asks_for_a_snooze_as_long_as_one_is_left() {
    let pressed = |keys: &str| Heard::Keys(keys.to_owned());
    let granted = scripted(pressed("9"), 0, true).await;
    assert_eq!(granted.next, Next::Snooze { minutes: SNOOZE_MINUTES });
    assert_eq!(scripted(pressed("9"), 0, false).await.next, Next::Ask);
    for other in ["8", "99", "19", "#"] {
        assert_eq!(scripted(pressed(other), 0, true).await.next, Next::Ask, "{other}");
    }
}

#[tokio::test]
async fn the_snooze_key_within_an_answer_is_a_digit_of_it() {
    let (conversation, proving) = (talked(), asking(&[Proof::Code]));
    let clock: SharedClock = ManualClock::standing(Timestamp::UNIX_EPOCH, 1.0);
    let briefing = Briefing { snooze_allowed: true, ..briefing() };
    let answer = |keys: &str| Heard::Keys(keys.to_owned());
    let (alone, wrong) = (answer("9"), answer("8039"));
    let snoozed = reply(None, &turn_of(&briefing, &conversation, &alone, &proving), &clock).await;
    assert_eq!(snoozed.next, Next::Snooze { minutes: SNOOZE_MINUTES });
    let judged = reply(None, &turn_of(&briefing, &conversation, &wrong, &proving), &clock).await;
    assert_eq!(judged.next, Next::Ask);
}
