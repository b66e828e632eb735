//! The loop between a line and a model that does as it is told.

use bytes::Bytes;
use serde_json::json;
use tokio::join;

use super::*;
use crate::realtime::fake::{FakeLine, FakeModel, FakeSession, Given, fast_clock, plan};
use crate::telephony::media_stream::{Closing, Payload};

/// A call whose greeting has been spoken by the model: the line, its mouth, and the conversation.
struct Call {
    line: FakeLine,
    say: mpsc::Sender<MediaEvent>,
    session: FakeSession,
    conversation: Conversation,
    notes: mpsc::Receiver<Note>,
    _proofs: mpsc::Sender<Seen>,
}

impl Call {
    async fn answered(model: &FakeModel) -> Self {
        let clock = fast_clock();
        let (settings, plan) = (model.settings(), plan());
        let serve = async {
            let mut session = model.ready().await;
            session.until("response.create").await;
            session.speak("r1", "greeting", 50, "Good morning Anna").await;
            session
        };
        let (ready, session) = join!(ready::open(&settings, &plan, &clock), serve);
        let (line, say) = FakeLine::new();
        let (note, notes) = mpsc::channel(64);
        let (prove, proofs) = mpsc::channel(1);
        let cancel = CancellationToken::new();
        let conversation =
            Conversation { model: ready.unwrap(), plan, settings, notes: note, proofs, clock, cancel };
        Self { line, say, session, conversation, notes, _proofs: prove }
    }
}

async fn noted(notes: &mut mpsc::Receiver<Note>, wanted: impl Fn(&Note) -> bool) -> Note {
    loop {
        let note = notes.recv().await.expect("the note comes before the end");
        if wanted(&note) {
            return note;
        }
    }
}

#[tokio::test]
async fn the_greeting_reaches_the_line_and_the_socket_is_closed_in_good_order() {
    let model = FakeModel::new().await;
    let Call { mut line, say, mut session, conversation, mut notes, .. } = Call::answered(&model).await;
    let far = async {
        noted(&mut notes, |note| matches!(note, Note::Utterance(_))).await;
        say.send(MediaEvent::Stop).await.unwrap();
        session.closed_with().await
    };
    let (report, code) = join!(run(&mut line, conversation), far);
    assert_eq!((report.ending, code), (Ending::SleeperGone, Some(1000)));
    assert_eq!(line.bytes(), 50 * 160);
    assert_eq!(line.given[0], Given::Mark("probe".to_owned()));
    assert_eq!(report.utterances[0].text, "Good morning Anna");
    assert_eq!(report.cost.0, 6_400);
    assert!(report.first_audio_after.unwrap() < Duration::from_millis(300));
}

#[tokio::test]
async fn her_voice_goes_through_byte_for_byte() {
    let model = FakeModel::new().await;
    let Call { mut line, say, mut session, conversation, .. } = Call::answered(&model).await;
    let far = async {
        for (timestamp_ms, base64) in [(20, "f39/fw=="), (21, "AAAA")] {
            let payload = Payload::parse(Bytes::from_static(base64.as_bytes())).unwrap();
            say.send(MediaEvent::Media { timestamp_ms, chunk: None, payload }).await.unwrap();
            assert_eq!(session.next_audio().await, base64);
        }
        say.send(MediaEvent::Closed(Closing::ByPeer)).await.unwrap();
        session.closed_with().await
    };
    let (report, code) = join!(run(&mut line, conversation), far);
    assert_eq!((report.counters.frames_in, code), (2, Some(1000)));
}

#[tokio::test]
async fn a_barge_in_clears_the_line_and_cuts_the_item() {
    let model = FakeModel::new().await;
    let Call { mut line, say, mut session, conversation, mut notes, .. } = Call::answered(&model).await;
    let far = async {
        noted(&mut notes, |note| matches!(note, Note::FirstAudio(_))).await;
        session.say(&json!({ "type": "input_audio_buffer.speech_started", "item_id": "u1" })).await;
        let cut = session.next().await.unwrap();
        say.send(MediaEvent::Stop).await.unwrap();
        session.closed_with().await;
        cut
    };
    let (report, cut) = join!(run(&mut line, conversation), far);
    assert_eq!(report.barge_ins, 1);
    assert!(line.given.contains(&Given::Clear));
    assert_eq!(cut["item_id"], "item_r1");
    let kind = cut["type"].as_str().unwrap();
    assert!(["conversation.item.truncate", "conversation.item.delete"].contains(&kind), "{kind}");
}

#[tokio::test]
async fn a_model_that_dies_is_replaced_by_one_that_knows_what_was_said() {
    let model = FakeModel::new().await;
    let Call { mut line, say, session, conversation, mut notes, .. } = Call::answered(&model).await;
    let far = async {
        noted(&mut notes, |note| matches!(note, Note::Utterance(_))).await;
        drop(session);
        let mut session = model.ready().await;
        let told = session.until("response.create").await;
        session.speak("r1", "reseeded", 10, "Where were we?").await;
        noted(&mut notes, |note| matches!(note, Note::Utterance(_))).await;
        // The second death is final.
        drop(session);
        told
    };
    let (report, told) = join!(run(&mut line, conversation), far);
    assert!(matches!(report.ending, Ending::ModelLost { .. }), "{:?}", report.ending);
    assert_eq!((report.reconnects, report.utterances.len()), (1, 2));
    assert_eq!(told[0]["item"]["content"], json!([{ "type": "output_text", "text": "Good morning Anna" }]));
    assert_eq!(told[1]["response"]["instructions"], "Go on.");
    drop(say);
}

#[tokio::test]
async fn a_model_that_cannot_be_replaced_is_given_up_within_three_seconds() {
    let model = FakeModel::new().await;
    let Call { mut line, session, conversation, mut notes, .. } = Call::answered(&model).await;
    let clock = conversation.clock.clone();
    let far = async {
        noted(&mut notes, |note| matches!(note, Note::FirstAudio(_))).await;
        drop(session);
        noted(&mut notes, |note| matches!(note, Note::Reconnecting { .. })).await;
        let lost_at = clock.elapsed();
        // It takes the connection and never says a word.
        (model.tcp().await, lost_at)
    };
    let (report, (_socket, lost_at)) = join!(run(&mut line, conversation), far);
    assert_eq!(report.ending, Ending::ModelLost { reason: "no answer".to_owned() });
    assert!(clock.elapsed() < lost_at + Duration::from_secs(4));
}

#[tokio::test]
async fn garbage_in_mid_call_is_counted_and_survived() {
    let model = FakeModel::new().await;
    let Call { mut line, say, mut session, conversation, mut notes, .. } = Call::answered(&model).await;
    let far = async {
        session.say(&json!("what is this")).await;
        session.say(&json!({ "type": "weather.changed" })).await;
        noted(&mut notes, |note| matches!(note, Note::Utterance(_))).await;
        say.send(MediaEvent::Dtmf { digit: '5' }).await.unwrap();
        noted(&mut notes, |note| *note == Note::Key('5')).await;
        say.send(MediaEvent::Stop).await.unwrap();
        session.closed_with().await
    };
    let (report, _) = join!(run(&mut line, conversation), far);
    assert_eq!((report.counters.garbled_events, report.counters.unknown_events), (1, 1));
    assert_eq!(report.ending, Ending::SleeperGone);
}

#[tokio::test]
async fn one_token_stops_it_and_leaves_no_socket() {
    let model = FakeModel::new().await;
    let Call { mut line, mut session, conversation, .. } = Call::answered(&model).await;
    let cancel = conversation.cancel.clone();
    let far = async {
        cancel.cancel();
        session.closed_with().await
    };
    let (report, code) = join!(run(&mut line, conversation), far);
    assert_eq!((report.ending, code), (Ending::Cancelled, Some(1000)));
}
