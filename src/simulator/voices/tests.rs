use super::*;

/// The clips are shipped with the program: this is what the owner agreed to carry.
const BYTES_MAX: usize = 2 * 1024 * 1024;

fn words(heard: &Heard) -> Vec<&str> {
    let Heard::Words(clips) = heard else { panic!("not understood: {heard:?}") };
    clips.iter().map(|clip| clip.text.as_str()).collect()
}

#[test]
fn every_clip_is_whole_frames_of_speech_and_all_fit_the_budget() {
    let mut total = 0;
    for clip in lines() {
        assert_eq!(clip.mulaw.len() % FRAME, 0, "{}", clip.text);
        assert!(clip.mulaw.chunks(FRAME).filter(|frame| is_loud(frame)).count() >= 8, "{}", clip.text);
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
fn sentences_end_where_a_word_does() {
    let cut: Vec<_> = sentences(" It's 6.30 a.m. now! Up?  And so on").collect();
    assert_eq!(cut, ["It's 6.30 a.m.", "now!", "Up?", "And so on"]);
}
