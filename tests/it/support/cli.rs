//! The command line as people and scripts run it: in a directory of its own, with an environment of its own.

use std::path::Path;
use std::process::{Command, Stdio};

use rand::rngs::StdRng;
use serde::de::DeserializeOwned;
use wakeup_coach::app::Scratch;

/// What a command did.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it told beside the result.
    pub err: String,
}

impl Ran {
    /// The one line of a command that failed with this code.
    pub fn refused(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        assert_eq!(self.err.trim_end().lines().count(), 1, "one line is enough: {}", self.err);
        self.err.trim_end().to_owned()
    }

    /// What a command printed that did what it should.
    pub fn done(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    /// The JSON it printed.
    pub fn json<T: DeserializeOwned>(self) -> T {
        let out = self.done();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error} in:\n{out}"))
    }
}

/// A directory in which somebody works.
pub struct Home {
    /// The directory.
    pub scratch: Scratch,
    variables: Vec<(String, String)>,
}

impl Home {
    /// A new one, without anything in it.
    pub fn new() -> Self {
        let scratch = Scratch::new(&mut rand::make_rng::<StdRng>()).unwrap();
        Self { scratch, variables: Vec::new() }
    }

    /// The same with a variable.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs `wakeup-coach` with these words, split at blanks.
    pub async fn run(&self, line: &str) -> Ran {
        self.words(&line.split_whitespace().collect::<Vec<_>>()).await
    }

    /// The command, for those who want more of it than its end.
    pub fn command(&self, line: &str) -> Command {
        let mut command = command(self.scratch.path());
        command.args(line.split_whitespace()).envs(self.variables.iter().cloned());
        command
    }

    /// Runs `wakeup-coach` with these words. A daemon may run in this process, so the thread is not blocked.
    pub async fn words(&self, words: &[&str]) -> Ran {
        let mut command = command(self.scratch.path());
        command.args(words).envs(self.variables.iter().cloned());
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// The program in `directory`, with nothing in its environment.
pub fn command(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wakeup-coach"));
    command.current_dir(directory).env_clear().stdin(Stdio::null());
    command
}

/// The text with every digit of identifiers and numbers made the same, to compare what was asked twice.
pub fn without_digits(text: &str) -> String {
    without_ids(text).replace(|c: char| c.is_ascii_digit(), "0")
}

/// The text with every identifier made the same; as long as before, so that columns stay columns.
pub fn without_ids(text: &str) -> String {
    let is_id = |word: &str| {
        matches!(word.len(), 8 | 36) && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    let mut told = String::new();
    // Whatever stands between two words belongs to the first of them.
    for piece in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let hidden = |c: char| c.is_ascii_hexdigit();
        told.push_str(&if is_id(word) { piece.replace(hidden, "0") } else { piece.to_owned() });
    }
    told
}
