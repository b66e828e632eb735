//! How a command ends: 0 done, 1 failed, 2 not understood. Every failure is one line that says what to do.

use std::process::ExitCode;

use clap::error::ErrorKind;
use url::Url;

/// The command asks for something that makes no sense; it was not begun.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// The exit code for what went wrong.
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    if error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// What went wrong, and why; causes that only repeat what was said before them are left out.
pub fn with_causes(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |told, cause| {
        let cause = cause.to_string();
        if told.is_empty() {
            cause
        } else if told.contains(&cause) {
            told
        } else {
            format!("{told}: {cause}")
        }
    })
}

/// Prints help and versions as they are, and everything else that clap refuses as one line.
#[expect(clippy::print_stderr, reason = "whoever typed the command reads what is wrong with it")]
pub fn explain(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A closed pipe is the reader's wish.
            let _ = error.print();
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            ExitCode::from(2)
        }
        _ => {
            eprintln!("wakeup-coach: {}", one_line(&error.to_string()));
            ExitCode::from(2)
        }
    }
}

/// Reads a chance on the command line; whether it is one, the desk says.
pub fn parse_chance(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "write a number from 0 (never) to 1 (always), such as 0.75".to_owned())
}

/// Reads the address of a daemon.
pub fn parse_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| "write an address such as http://127.0.0.1:8765".to_owned())
}

/// What is wrong, what was probably meant, and where to read on: the paragraphs of clap's message in one line.
fn one_line(message: &str) -> String {
    let mut paragraphs = message.split("\n\n");
    let wrong = joined(paragraphs.next().unwrap_or(message).trim_start_matches("error: "));
    let rest: Vec<&str> = paragraphs.collect();
    let tips = rest.iter().flat_map(|paragraph| paragraph.lines()).filter_map(|line| {
        let tip = line.trim().strip_prefix("tip: ")?;
        Some(format!("; {tip}"))
    });
    let quotes = match wrong.strip_prefix("unexpected argument '") {
        Some(argument) if !argument.starts_with('-') => "; put names with blanks in quotes",
        _ => "",
    };
    let usage = rest.iter().find_map(|paragraph| paragraph.trim().strip_prefix("Usage: "));
    let see = usage.map_or_else(String::new, |usage| format!(" (see {} --help)", command_of(usage)));
    format!("{wrong}{}{quotes}{see}", tips.collect::<String>())
}

fn joined(paragraph: &str) -> String {
    paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words before the first argument: `wakeup-coach schedule add` of `wakeup-coach schedule add [OPTIONS]`.
fn command_of(usage: &str) -> String {
    let words = usage.split_whitespace().take_while(|word| !word.starts_with(['[', '<', '-', '{']));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: &str) {
        assert_eq!(one_line(message), expected, "{message}");
    }

    #[test]
    fn claps_paragraphs_become_one_line() {
        check(
            "error: unrecognized subcommand 'shedule'\n\n  tip: a similar subcommand exists: 'schedule'\n\n\
             Usage: wakeup-coach [COMMAND]\n\nFor more information, try '--help'.\n",
            "unrecognized subcommand 'shedule'; a similar subcommand exists: 'schedule' (see wakeup-coach --help)",
        );
        check(
            "error: the following required arguments were not provided:\n  <WHEN>...\n\n\
             Usage: wakeup-coach schedule add <WHEN>...\n\nFor more information, try '--help'.\n",
            "the following required arguments were not provided: <WHEN>... (see wakeup-coach schedule add --help)",
        );
        check(
            "error: invalid value 'x' for '--mode <MODE>'\n  [possible values: realtime, traditional]\n\n\
             For more information, try '--help'.\n",
            "invalid value 'x' for '--mode <MODE>' [possible values: realtime, traditional]",
        );
    }

    #[test]
    fn a_name_in_two_words_wants_quotes() {
        check(
            "error: unexpected argument '+4930901820' found\n\nUsage: wakeup-coach sleeper add [OPTIONS] <NAME> <PHONE>\n",
            "unexpected argument '+4930901820' found; put names with blanks in quotes (see wakeup-coach sleeper add --help)",
        );
        check(
            "error: unexpected argument '--fro' found\n\nUsage: wakeup-coach sleeper list\n",
            "unexpected argument '--fro' found (see wakeup-coach sleeper list --help)",
        );
    }

    #[test]
    fn a_cause_is_told_once() {
        let full = anyhow::anyhow!("(code: 13) disk is full")
            .context("the database said: (code: 13) disk is full")
            .context("the database failed");
        assert_eq!(with_causes(&full), "the database failed: the database said: (code: 13) disk is full");
    }

    #[test]
    fn a_misunderstanding_has_an_exit_code_of_its_own() {
        let usage = anyhow::Error::new(Usage("no".to_owned())).context("reading the time");
        assert_eq!(format!("{:?}", exit_code(&usage)), format!("{:?}", ExitCode::from(2)));
        let failed = anyhow::anyhow!("the disk is full");
        assert_eq!(format!("{:?}", exit_code(&failed)), format!("{:?}", ExitCode::FAILURE));
    }
}
