use super::*;

/// The clips are shipped with the program: this is what the owner agreed to carry.
const BYTES_MAX: usize = 3 * 1024 * 1024;

fn words(heard: &Heard) -> Vec<&str> {
    let Heard::Words(clips) = heard else { panic!("not understood: {heard:?}") };
    clips.iter().map(|clip| clip.text.as_str()).collect()
}

#[test]
fn every_clip_is_whole_frames_of_speech_and_all_fit_the_budget() {
    let mut total = 0;
    for clip in lines() {
        assert_eq!(clip.mulaw.len() % FRAME, 0, "{}", clip.text);
        assert!(clip.mulaw.chunks(FRAME).filter(|frame| is_loud(frame)).count() >= 6, "{}", clip.text);
        total += clip.mulaw.len();
    }
    assert!((500_000..BYTES_MAX).contains(&total), "{total}");
}

#[test]
fn a_clip_is_found_by_its_words_and_in_its_voice() {
    let clip = find("  its TIME to wake up!! ").unwrap();
    assert_eq!((clip.text.as_str(), clip.voice), ("It's time to wake up.", Voice::Coach));
    assert!(find("It's time").is_none());
    assert_ne!(find_in(Voice::Coach, "Goodbye").unwrap(), find_in(Voice::Sleeper, "goodbye!").unwrap());
}

#[test]
fn every_clip_is_recognised_as_itself() {
    for clip in lines() {
        assert_eq!(recognise(&clip.mulaw), Heard::Words(vec![clip]), "{}", clip.text);
    }
}

#[test]
fn clips_are_heard_in_order_through_silence_gaps_and_odd_beginnings() {
    let mut line = vec![SILENCE; 3 * FRAME];
    line.extend_from_slice(&speech_for("Yes, I'm awake. I am making coffee.", Voice::Sleeper));
    let both = ["Yes, I'm awake.", "I am making coffee."];
    assert_eq!(words(&recognise(&line)), both);
    assert_eq!(words(&recognise(&line[77..])), both);
    line.drain(10 * FRAME..14 * FRAME);
    assert_eq!(words(&recognise(&line)), both);
}

#[test]
fn a_line_said_twice_is_heard_twice() {
    let twice = speech_for("Yes. Yes.", Voice::Sleeper);
    assert_eq!(recognise(&twice).text(), "Yes. Yes.");
}

#[test]
fn half_a_clip_is_enough_and_a_scrap_is_not() {
    let clip = find("My feet are on the floor.").unwrap();
    let half = clip.mulaw.len() / 2 / FRAME * FRAME;
    assert_eq!(recognise(&clip.mulaw[half..]), Heard::Words(vec![clip]));
    assert_eq!(recognise(&clip.mulaw[half..half + 2 * FRAME]), Heard::Unintelligible);
}

#[test]
fn silence_is_silence_and_foreign_speech_is_not_understood() {
    assert_eq!(recognise(&[]), Heard::Silence);
    assert_eq!(recognise(&[SILENCE; 1_600]), Heard::Silence);
    let babble = speech_for("Nobody ever recorded this sentence.", Voice::Sleeper);
    assert_eq!(recognise(&babble), Heard::Unintelligible);
    assert_eq!(recognise(&babble).text(), "(unintelligible)");
}

#[test]
fn babble_has_the_length_of_speech_and_repeats() {
    let text = "What is the capital of France?";
    let babble = speech_for(text, Voice::Coach);
    assert_eq!(babble.len(), text.len() * 3 * FRAME);
    assert_eq!(babble, speech_for(text, Voice::Coach));
    assert_ne!(babble, speech_for(text, Voice::Sleeper));
    assert!(is_loud(&babble));
}

#[test]
fn a_speech_mixes_clips_and_babble_by_sentence() {
    let speech = speech_for("Good morning! It is 6.30 in Xanten. Are you awake?", Voice::Coach);
    assert_eq!(words(&recognise(&speech)), ["Good morning!", "Are you awake?"]);
}

#[test]
fn a_sentence_nobody_recorded_is_put_together_from_words() {
    for (voice, sentence, heard) in [
        (Voice::Coach, "What is 34 plus 8, minus 5?", "what is thirty four plus eight minus five"),
        (
            Voice::Coach,
            "Tell me: what is 59 plus 19, minus 2?",
            "tell me what is fifty nine plus nineteen minus two",
        ),
        (Voice::Coach, "Press or say 4 7 1.", "press or say four seven one"),
        (Voice::Coach, "Now press 9 9 0, or say it.", "now press nine nine zero or say it"),
        (Voice::Coach, "It is 6:05 now.", "it is six zero five now"),
        (
            Voice::Coach,
            "That is right. What is 21 plus 3, minus 9?",
            "That is right. what is twenty one plus three minus nine",
        ),
        (Voice::Sleeper, "37.", "thirty seven"),
        (Voice::Sleeper, "Four, seven, one!", "four seven one"),
    ] {
        let speech = speech_for(sentence, voice);
        assert_eq!(speech.len() % FRAME, 0, "{sentence}");
        assert_eq!(recognise(&speech).text(), heard, "{sentence}");
    }
    for unspeakable in ["What is 100 plus 1?", "Forty two potatoes.", "Press 4 7 1 3 4711."] {
        assert!(!can_say(Voice::Coach, unspeakable), "{unspeakable}");
    }
}

#[test]
fn every_number_is_understood_in_both_voices_framed_anyhow_and_with_small_losses() {
    for number in 0..=numerals::NUMBER_MAX {
        for voice in [Voice::Coach, Voice::Sleeper] {
            let words = numerals::spelled(number, numerals::Tongue::English).unwrap();
            let speech = speech_for(&words, voice);
            assert_eq!(recognise(&speech).text(), words);
            let framed = [&[SILENCE; 3 * FRAME + 77], &speech[..]].concat();
            assert_eq!(recognise(&framed).text(), words, "77 bytes into a frame");
            let mut lossy = speech.to_vec();
            // 40 ms a second are lost, in one piece.
            for second in lossy.chunks_mut(50 * FRAME) {
                let from = (7 * FRAME).min(second.len());
                let until = (9 * FRAME).min(second.len());
                second[from..until].fill(SILENCE);
            }
            assert_eq!(recognise(&lossy).text(), words, "with losses");
        }
    }
}

#[test]
fn sentences_end_where_a_word_does() {
    let cut: Vec<_> = sentences(" It's 6.30 a.m. now! Up?  And so on").collect();
    assert_eq!(cut, ["It's 6.30 a.m.", "now!", "Up?", "And so on"]);
}
