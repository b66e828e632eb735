//! The variables as they were found: the process environment over a `.env` file.
//!
//! They are kept in a map. Writing them back into the process environment would be `unsafe`, and every
//! child process would inherit the secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::problems::Problem;
use super::reader::{is_ours, without_quotes};

const FILE: &str = ".env";
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Variables by name.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    /// What could not be read; told together with everything else that is wrong.
    pub(super) unreadable: Vec<Problem>,
}

impl Environment {
    /// This process's environment, and below it `directory/.env` if there is one.
    pub fn of_process(directory: &Path) -> Self {
        let mut environment = Self::default();
        environment.add_file(&directory.join(FILE));
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str() else { continue };
            if let Some(value) = value.to_str() {
                // An empty variable counts too: it is how one switches off a line of the file.
                environment.variables.insert(name.to_owned(), value.to_owned());
            } else if is_ours(name) {
                environment.complain(name, "is not readable text (UTF-8)");
            }
        }
        environment
    }

    /// One file alone, whatever its name; nothing of this process's own environment gets in.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        let mut environment = Self::default();
        let text = fs::read_to_string(path)?;
        environment.add_lines(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text));
        Ok(environment)
    }

    /// The variable's text as it was found, blanks and all.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Every name that is set, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// The owner's own zone database, which must be opened before the rest can be checked.
    pub fn zoneinfo(&self) -> Option<PathBuf> {
        let path = without_quotes(self.get("WAKEUP_ZONEINFO")?.trim());
        (!path.is_empty()).then(|| path.into())
    }

    pub(super) fn add_file(&mut self, path: &Path) {
        match fs::read_to_string(path) {
            Ok(text) => self.add_lines(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.complain(FILE, format!("cannot be read: {error}")),
        }
    }

    fn add_lines(&mut self, text: &str) {
        for line in dotenvy::from_read_iter(text.as_bytes()) {
            match line {
                Ok((name, value)) => _ = self.variables.insert(name, value),
                Err(dotenvy::Error::LineParse(broken, _)) => self.complain_about_line(text, &broken),
                Err(error) => self.complain(FILE, format!("cannot be read: {error}")),
            }
        }
    }

    /// The parser gives back a whole line, or only the value in it, which may be a secret: nothing of it is
    /// shown, and the name is looked up in the file.
    fn complain_about_line(&mut self, file: &str, broken: &str) {
        let broken = broken.trim();
        let name = file.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            let name = name.trim().trim_start_matches("export ").trim_start();
            let is_it = line.trim() == broken || value.trim() == broken;
            (is_it && is_name(name)).then_some(name)
        });
        match name {
            Some(name) => self.complain(
                name,
                format!("cannot be read in {FILE}: put its value into single quotes, {name}='…'"),
            ),
            None => {
                self.complain(
                    FILE,
                    "holds a line that cannot be read: write NAME='value', or begin it with #",
                );
            }
        }
    }

    fn complain(&mut self, variable: &str, message: impl Into<String>) {
        self.unreadable.push(Problem { variable: variable.to_owned(), message: message.into() });
    }
}

/// Variables given by hand, for tests and for the demo; nothing of the process's own gets in.
impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let variables = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables, unreadable: Vec::new() }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

// The values hold every secret there is.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
