//! What is wrong with the configuration, all of it, in words that say what to write instead.

use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable it is about, or the file.
    pub variable: String,
    /// What is wrong with it and what to write instead; never holds a secret.
    pub message: String,
}

/// Everything that is wrong; the program does not start until the list is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblems(pub Vec<Problem>);

impl fmt::Display for ConfigProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => writeln!(f, "the configuration has a problem:")?,
            count => writeln!(f, "the configuration has {count} problems:")?,
        }
        for (position, problem) in self.0.iter().enumerate() {
            let end = if position + 1 == self.0.len() { "" } else { "\n" };
            write!(f, "  {}: {}{end}", problem.variable, problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigProblems {}
