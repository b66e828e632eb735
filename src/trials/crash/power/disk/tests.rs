use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;

fn written(name: &str, at: usize, bytes: &[u8]) -> Act {
    Act::Written { name: name.to_owned(), at: Some(at), bytes: bytes.to_owned() }
}

fn synced(name: &str) -> Act {
    Act::Synced { name: name.to_owned() }
}

fn opened(name: &str) -> Act {
    Act::Opened { name: name.to_owned(), made: true, emptied: false }
}

/// One after another, each done before the next is asked for.
fn in_turn(acts: impl IntoIterator<Item = Act>) -> Vec<Event> {
    let numbered = acts.into_iter().enumerate();
    numbered.map(|(at, act)| Event { act, begun: at * 2, done: Some(at * 2 + 1) }).collect()
}

fn files(all: &[(&str, &[u8])]) -> Files {
    all.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
}

fn after(before: &Files, events: Vec<Event>) -> Left {
    let mut disk = Disk::with(before);
    disk.live(events);
    disk.cut::<StdRng>(Keeps::Nothing)
}

/// What was done to the disk, and what is on it after a power cut.
type Case<'a> = (&'a [Act], &'a [(&'a str, &'a [u8])]);

#[test]
fn only_what_was_synced_is_certain() {
    let before = files(&[("db", b"old")]);
    let table: [Case<'_>; 8] = [
        (&[written("db", 0, b"new")], &[("db", b"old")]),
        (&[written("db", 0, b"new"), synced("db")], &[("db", b"new")]),
        (&[written("db", 0, b"n"), synced("db"), written("db", 1, b"ew")], &[("db", b"nld")]),
        (&[opened("wal"), written("wal", 1, b"x"), synced("wal")], &[("db", b"old")]),
        (
            &[opened("wal"), written("wal", 1, b"x"), synced("wal"), synced(DIRECTORY)],
            &[("db", b"old"), ("wal", b"\0x")],
        ),
        (&[opened("wal"), synced(DIRECTORY), written("wal", 0, b"x")], &[("db", b"old"), ("wal", b"")]),
        (&[Act::Removed { name: "db".to_owned() }], &[("db", b"old")]),
        (&[Act::Removed { name: "db".to_owned() }, synced(DIRECTORY)], &[]),
    ];
    for (acts, expected) in table {
        assert_eq!(after(&before, in_turn(acts.to_vec())).files, files(expected), "{acts:?}");
    }
}

#[test]
fn a_rename_is_all_or_nothing_and_takes_the_synced_bytes_along() {
    let before = files(&[("number", b"1")]);
    let renamed = || Act::Renamed { from: "new".to_owned(), to: "number".to_owned() };
    let written = || Act::Written { name: "new".to_owned(), at: None, bytes: b"2".to_vec() };
    let acts = vec![opened("new"), written(), synced("new"), renamed()];
    assert_eq!(after(&before, in_turn(acts.clone())).files, before);
    let kept = after(&before, in_turn(acts.into_iter().chain([synced(DIRECTORY)])));
    assert_eq!(kept.files, files(&[("number", b"2")]));
    let unsynced = vec![opened("new"), written(), renamed(), synced(DIRECTORY)];
    assert_eq!(after(&before, in_turn(unsynced)).files, files(&[("number", b"")]));
}

#[test]
fn what_is_written_while_a_sync_goes_on_is_not_in_it() {
    let before = files(&[("db", b"old")]);
    let event = |act, begun, done| Event { act, begun, done };
    let late = vec![event(synced("db"), 0, Some(3)), event(written("db", 0, b"new"), 1, Some(2))];
    assert_eq!(after(&before, late).files, before);
    let unfinished = vec![event(written("db", 0, b"new"), 0, Some(1)), event(synced("db"), 2, None)];
    assert_eq!(after(&before, unfinished).files, before);
}

#[test]
fn what_was_not_synced_may_survive_whole_torn_or_not_at_all() {
    let before = files(&[("db", &[0; 2_048])]);
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let mut disk = Disk::with(&before);
        disk.live(in_turn([written("db", 256, &[1; 1_024])]));
        let left = disk.cut(Keeps::Drawn(&mut StdRng::seed_from_u64(seed)));
        let file = &left.files["db"];
        // The pieces lie at 256 to 512, 512 to 1024 and 1024 to 1280, and nothing but them has changed.
        for (from, to) in [(256, 512), (512, 1_024), (1_024, 1_280)] {
            assert!(file[from..to].iter().all(|byte| *byte == file[from]));
        }
        assert!(file[..256].iter().chain(&file[1_280..]).all(|byte| *byte == 0));
        assert_eq!((left.changes, left.unsynced), (1, 1));
        assert_eq!(left.survived == 1, file.contains(&1));
        seen.insert([file[256], file[512], file[1_024]]);
    }
    assert_eq!(seen.len(), 8, "every selection of sectors comes up: {seen:?}");
}
