//! `completions` and `man`: what a shell and the manual's reader want, made from the same command line.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use clap::Command;
use clap_complete::Shell;

use super::terminal;

/// The name under which the program is called.
pub const PROGRAM: &str = "wakeup-coach";

/// Prints the completions of a shell.
pub fn completions(shell: Shell, mut command: Command) -> anyhow::Result<()> {
    // The generator gives up on a closed pipe by panicking; a buffer does not close.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, PROGRAM, &mut script);
    print(&script)
}

/// Prints the manual page, or writes one page for each command into `directory`.
pub fn manual(directory: Option<&Path>, command: Command) -> anyhow::Result<()> {
    let Some(directory) = directory else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        return print(&page);
    };
    let written = format!("cannot write manual pages into {}", directory.display());
    std::fs::create_dir_all(directory).context(written.clone())?;
    clap_mangen::generate_to(command, directory).context(written)?;
    terminal::say(&format!("Wrote the manual pages into {}", directory.display()));
    Ok(())
}

fn print(text: &[u8]) -> anyhow::Result<()> {
    match io::stdout().lock().write_all(text) {
        // A closed pipe is the reader's wish.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
