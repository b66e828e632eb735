//! The clips themselves: embedded files, an index by words and an index by frames.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use bytes::Bytes;
use rust_embed::Embed;

use super::{FRAME, is_loud};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Voice {
    /// The wake-up coach.
    Coach,
    /// Whoever is at the far end: the sleeper, her voicemail, a screening robot.
    Sleeper,
}

/// One line of speech.
#[derive(PartialEq, Eq)]
pub struct Clip {
    /// The words.
    pub text: String,
    /// Who says them.
    pub voice: Voice,
    /// mu-law, 8 kHz, whole frames.
    pub mulaw: Bytes,
    /// Made to stand inside a longer sentence.
    pub is_word: bool,
}

impl fmt::Debug for Clip {
    /// Without the sound: nobody reads four thousand bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clip({:?} says {:?}, {} bytes)", self.voice, self.text, self.mulaw.len())
    }
}

/// Matching frames in a row that make a clip recognised (80 ms): one alone may be a coincidence.
const FRAMES_TO_RECOGNISE: usize = 4;

#[derive(Embed)]
#[folder = "templates/assets/voices/"]
struct Files;

/// All clips, read once.
pub fn library() -> &'static Library {
    static LIBRARY: LazyLock<Library> = LazyLock::new(Library::read);
    &LIBRARY
}

/// Where a frame comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    clip: usize,
    frame: usize,
}

/// Clips by words and by frames.
pub struct Library {
    clips: Vec<Clip>,
    by_words: HashMap<(Voice, String), usize>,
    by_frame: HashMap<[u8; FRAME], Vec<Place>>,
}

impl Library {
    fn read() -> Self {
        let rows = Files::get("lines.txt").expect("the index is embedded with the clips");
        let rows = String::from_utf8_lossy(&rows.data);
        let clips: Vec<Clip> = rows.lines().filter_map(clip_of_row).collect();
        let by_words =
            clips.iter().enumerate().map(|(at, clip)| ((clip.voice, words_of(&clip.text)), at)).collect();
        let mut by_frame: HashMap<[u8; FRAME], Vec<Place>> = HashMap::new();
        for (clip, Clip { mulaw, .. }) in clips.iter().enumerate() {
            for (frame, bytes) in mulaw.as_chunks::<FRAME>().0.iter().enumerate() {
                if is_loud(bytes) {
                    by_frame.entry(*bytes).or_default().push(Place { clip, frame });
                }
            }
        }
        Self { clips, by_words, by_frame }
    }

    pub fn clips(&self) -> impl Iterator<Item = &Clip> {
        self.clips.iter()
    }

    pub fn find(&self, voice: Voice, text: &str) -> Option<&Clip> {
        self.by_words.get(&(voice, words_of(text))).map(|at| &self.clips[*at])
    }

    /// The clip of a word, or of a few, that may stand inside a sentence; `words` as [`words_of`] writes them.
    pub fn find_word(&self, voice: Voice, words: &str) -> Option<&Clip> {
        let at = self.by_words.get(&(voice, words.to_owned()))?;
        Some(&self.clips[*at]).filter(|clip| clip.is_word)
    }

    /// The clips whose frames stand in `mulaw`, from its first byte on, in the order they were heard.
    pub fn clips_in(&self, mulaw: &[u8]) -> Vec<&Clip> {
        let mut heard: Vec<Run> = Vec::new();
        let mut runs: Vec<Run> = Vec::new();
        for frame in mulaw.as_chunks::<FRAME>().0 {
            let Some(places) = self.by_frame.get(frame) else { continue };
            let continued: Vec<Run> = runs.iter().filter_map(|run| run.continued(places)).collect();
            if continued.is_empty() {
                note(&mut heard, &runs);
                runs = places.iter().map(|place| Run { first: *place, last: *place, frames: 1 }).collect();
            } else {
                runs = continued;
            }
        }
        note(&mut heard, &runs);
        heard.iter().map(|run| &self.clips[run.last.clip]).collect()
    }
}

/// Frames of one clip heard one after another; quiet ones and lost ones may lie between. Several clips
/// may begin alike: each has its run until the sound decides.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: Place,
    last: Place,
    frames: usize,
}

impl Run {
    fn continued(&self, places: &[Place]) -> Option<Self> {
        let onward = |place: &&Place| place.clip == self.last.clip && place.frame > self.last.frame;
        places.iter().find(onward).map(|place| Self { last: *place, frames: self.frames + 1, ..*self })
    }
}

/// A clip torn apart by noise is still one clip; one that starts again was said twice.
fn note(heard: &mut Vec<Run>, runs: &[Run]) {
    let Some(run) = runs.first().filter(|run| run.frames >= FRAMES_TO_RECOGNISE) else { return };
    match heard.last_mut() {
        Some(latest) if latest.last.clip == run.first.clip && latest.last.frame < run.first.frame => {
            *latest = *run;
        }
        _ => heard.push(*run),
    }
}

/// `None` for an empty row and for a comment; a row without its clip stops the program, for both are embedded.
fn clip_of_row(row: &str) -> Option<Clip> {
    if row.trim().is_empty() || row.starts_with('#') {
        return None;
    }
    let mut cells = row.split('|').map(str::trim);
    let mut cell = || cells.next().expect("a row has four cells: make.py checks it");
    let (file, voice, manner, text) = (cell(), cell(), cell(), cell());
    let voice = if voice == "coach" { Voice::Coach } else { Voice::Sleeper };
    let mulaw = Files::get(&format!("{file}.ul")).expect("every row has its clip: make.py makes it").data;
    Some(Clip {
        text: text.to_owned(),
        voice,
        mulaw: Bytes::from(mulaw.into_owned()),
        is_word: manner.ends_with("word"),
    })
}

/// The bare words: "It's  TIME!" and "its time" are the same.
pub fn words_of(text: &str) -> String {
    let bare: String = text
        .chars()
        .filter(|letter| !matches!(letter, '\'' | '’'))
        .map(|letter| if letter.is_alphanumeric() { letter } else { ' ' })
        .flat_map(char::to_lowercase)
        .collect();
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}
