//! Reads from what `strace` wrote down what a program asked of the files in one directory.
//!
//! A call that is not understood is an error: a trial that overlooks writes would find nothing.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::Context as _;

use super::disk::{Act, DIRECTORY, Event};

/// Every call by which a file can be changed or made to last; those behind a `?` are not on every machine.
pub const CALLS: &str = "openat,?open,?creat,pwrite64,write,pwritev,pwritev2,writev,fsync,fdatasync,ftruncate,truncate,\
     fallocate,sync_file_range,copy_file_range,sendfile,splice,?unlink,unlinkat,?rename,?renameat,renameat2,?link,linkat";

/// What happened to the files of the directory that is called `home`, from the first line to the last.
pub fn read(text: &str, home: &str) -> anyhow::Result<Vec<Event>> {
    let mut begun: HashMap<&str, (usize, String)> = HashMap::new();
    let mut events = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some((thread, said)) = line.split_once(' ') else { continue };
        let said = said.trim_start();
        if let Some(call) = said.strip_suffix("<unfinished ...>") {
            begun.insert(thread, (number, call.trim_end().to_owned()));
        } else if let Some(rest) = said.strip_prefix("<... ") {
            let (_, rest) = rest.split_once("resumed>").context("what is resumed has an end")?;
            let (since, call) = begun.remove(thread).with_context(|| format!("what began this? {line}"))?;
            let call = call + rest;
            events.extend(event(&call, since, number, home).with_context(|| call.clone())?);
        } else if !said.starts_with("+++") && !said.starts_with("---") {
            events.extend(event(said, number, number, home).with_context(|| said.to_owned())?);
        }
    }
    // Asked for, and never answered: done or not, who knows.
    for (since, call) in begun.into_values() {
        events.extend(event(&format!("{call}) = ?"), since, since, home).with_context(|| call.clone())?);
    }
    Ok(events)
}

/// One whole call; `None` when it failed, or was about nothing that lasts.
fn event(said: &str, begun: usize, done: usize, home: &str) -> anyhow::Result<Option<Event>> {
    let (call, result) = said.rsplit_once(" = ").context("a call has a result")?;
    let (name, arguments) = call.trim_end().split_once('(').context("a call has a name")?;
    let arguments = arguments.strip_suffix(')').context("arguments have an end")?;
    let arguments: Vec<&str> = arguments.split(", ").collect();
    let result = result.split(['<', ' ']).next().unwrap_or_default();
    // The one whose name could not be read any more was on its way when the power went.
    if result.starts_with('-') || name == "???" || arguments[0].ends_with("(deleted)") {
        return Ok(None);
    }
    let result: Option<usize> = result.parse().ok();
    let argument = |at: usize| arguments.get(at).copied().context("too few arguments");
    let file = |at: usize| argument(at).and_then(|text| in_home(text, home));
    let act = match name {
        "openat" => file(1)?.filter(|name| name != DIRECTORY).map(|name| {
            let flags = arguments.get(2).copied().unwrap_or_default();
            Act::Opened { name, made: flags.contains("O_CREAT"), emptied: flags.contains("O_TRUNC") }
        }),
        "pwrite64" | "write" => match file(0)? {
            None => None,
            Some(name) => {
                let mut bytes = unquoted(argument(1)?)?;
                anyhow::ensure!(argument(2)?.parse() == Ok(bytes.len()), "not all that was written was told");
                bytes.truncate(result.unwrap_or(bytes.len()));
                let at = arguments.get(3).map(|at| at.parse()).transpose()?;
                Some(Act::Written { name, at, bytes })
            }
        },
        "ftruncate" => {
            let to = argument(1)?.parse()?;
            file(0)?.map(|name| Act::Resized { name, to })
        }
        "fsync" | "fdatasync" => file(0)?.map(|name| Act::Synced { name }),
        "unlink" => file(0)?.map(|name| Act::Removed { name }),
        "unlinkat" => file(1)?.map(|name| Act::Removed { name }),
        "rename" => file(0)?.zip(file(1)?).map(|(from, to)| Act::Renamed { from, to }),
        "renameat" | "renameat2" => file(1)?.zip(file(3)?).map(|(from, to)| Act::Renamed { from, to }),
        _ => anyhow::bail!("`{name}` is a way to the disk that this trial does not know"),
    };
    Ok(act.map(|act| Event { act, begun, done: result.map(|_| done) }))
}

/// The name of the file in the directory that is called `home`, when the argument is one.
fn in_home(argument: &str, home: &str) -> anyhow::Result<Option<String>> {
    // A quoted path, or an open file with its path in angle brackets.
    let quoted = argument.split_once('<').map_or(argument, |(_, path)| path.trim_end_matches('>'));
    let path = PathBuf::from(String::from_utf8(unquoted(quoted)?)?);
    if path.file_name().is_some_and(|name| name == home) {
        return Ok(Some(DIRECTORY.to_owned()));
    }
    let within = path.parent().and_then(|parent| parent.file_name()).is_some_and(|name| name == home);
    Ok(path.file_name().filter(|_| within).map(|name| name.to_string_lossy().into_owned()))
}

/// The bytes of a text in which each stands as `\x00`.
fn unquoted(text: &str) -> anyhow::Result<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |escaped: &[u8]| match escaped {
        [b'\\', b'x', high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = text.trim_matches('"').as_bytes().chunks(4).map(byte).collect();
    bytes.context("a text is not wholly in hexadecimal")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `strace` writes it.
    fn hex(text: &str) -> String {
        text.bytes().fold(String::new(), |all, byte| format!("{all}\\x{byte:02x}"))
    }

    fn happened(lines: &[&str]) -> Vec<Event> {
        // Texts in the lines below are readable: here they become what strace makes of them.
        let text = lines.join("\n");
        let mut parts = text.split('`');
        let mut whole = String::new();
        while let Some(plain) = parts.next() {
            whole += plain;
            whole += &parts.next().map(hex).unwrap_or_default();
        }
        read(&whole, "home").unwrap()
    }

    #[test]
    fn calls_on_files_of_the_directory_are_understood_and_others_left_out() {
        let found = happened(&[
            "7  openat(AT_FDCWD<`/`>, \"`/t/home/db`\", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 4<`/t/home/db`>",
            "7  openat(AT_FDCWD<`/`>, \"`/t/home`\", O_RDONLY|O_CLOEXEC) = 5<`/t/home`>",
            "7  pwrite64(4<`/t/home/db`>, \"`abc`\", 3, 512) = 2",
            "7  pwrite64(4<`/t/home/db`>, \"`abc`\", 3, 512) = -1 ENOSPC (No space left on device)",
            "7  write(9<`/t/elsewhere/log`>, \"`abc`\", 3) = 3",
            "8  fdatasync(4<`/t/home/db`> <unfinished ...>",
            "7  write(6<`/t/home/new`>, \"`1`\", 1) = 1",
            "8  <... fdatasync resumed>)          = 0",
            "7  fsync(5<`/t/home`>)               = 0",
            "7  ftruncate(4<`/t/home/db`>, 3)     = 0",
            "7  rename(\"`/t/home/new`\", \"`/t/home/number`\") = 0",
            "7  unlink(\"`/t/home/db-wal`\")      = 0",
            "7  pwrite64(4<`/t/home/db`>(deleted), \"`abc`\", 3, 512) = 3",
            "8  pwrite64(4<`/t/home/db`>, \"`x`\", 1, 0 <unfinished ...>",
            "9  ???( <unfinished ...>",
            "8  +++ killed by SIGKILL +++",
        ]);
        let name = |name: &str| name.to_owned();
        let at = |act, begun, done| Event { act, begun, done };
        let written = |file, at, bytes: &[u8]| Act::Written { name: name(file), at, bytes: bytes.to_vec() };
        let expected = [
            at(Act::Opened { name: name("db"), made: true, emptied: false }, 0, Some(0)),
            at(written("db", Some(512), b"ab"), 2, Some(2)),
            at(written("new", None, b"1"), 6, Some(6)),
            at(Act::Synced { name: name("db") }, 5, Some(7)),
            at(Act::Synced { name: name("") }, 8, Some(8)),
            at(Act::Resized { name: name("db"), to: 3 }, 9, Some(9)),
            at(Act::Renamed { from: name("new"), to: name("number") }, 10, Some(10)),
            at(Act::Removed { name: name("db-wal") }, 11, Some(11)),
            at(written("db", Some(0), b"x"), 13, None),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_call_that_is_not_understood_or_cut_short_is_not_overlooked() {
        let file = hex("/t/home/db");
        for line in [
            format!("fallocate(4<{file}>, 0, 0, 8) = 0"),
            format!("pwrite64(4<{file}>, \"\\x41\"..., 9, 0) = 9"),
        ] {
            assert!(read(&format!("7  {line}"), "home").is_err(), "{line}");
        }
    }
}
