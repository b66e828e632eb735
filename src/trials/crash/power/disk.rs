//! What is on a disk after a power cut: everything that was synced, and of the rest as much as the disk likes.
//!
//! Stricter than most file systems are: a new name lasts only when its directory was synced, and what was not
//! synced may survive in any selection, down to single sectors.

use std::collections::BTreeMap;

use rand::{Rng, RngExt as _};

/// Disks write this much at once, or not at all.
const SECTOR: usize = 512;
/// The directory, among the names of what is in it.
pub const DIRECTORY: &str = "";

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What a program asked of the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A file was opened.
    Opened {
        /// The file.
        name: String,
        /// Whether it is made when there is none.
        made: bool,
        /// Whether what is in it is thrown away.
        emptied: bool,
    },
    /// Bytes were written.
    Written {
        /// The file.
        name: String,
        /// Where; `None` behind what was written last.
        at: Option<usize>,
        /// What.
        bytes: Vec<u8>,
    },
    /// A file was given another length.
    Resized {
        /// The file.
        name: String,
        /// Its length.
        to: usize,
    },
    /// A file, or the [directory](DIRECTORY), is to be kept as it is.
    Synced {
        /// What.
        name: String,
    },
    /// A name is no more.
    Removed {
        /// The file.
        name: String,
    },
    /// A file has another name, and replaces what had it before.
    Renamed {
        /// Its old name.
        from: String,
        /// Its new one.
        to: String,
    },
}

/// An act, and when it was asked for and done, as places in the order of all that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub act: Act,
    /// When it was asked for.
    pub begun: usize,
    /// When it was done; `None` when the power was gone before.
    pub done: Option<usize>,
}

/// What a disk keeps of what was not synced.
#[derive(Debug)]
pub enum Keeps<'a, R: Rng> {
    /// Nothing.
    Nothing,
    /// Whatever is drawn.
    Drawn(&'a mut R),
}

/// A change of a file that may be lost yet.
#[derive(Debug)]
enum Change {
    Bytes { at: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug, Default)]
struct Inode {
    kept: Vec<u8>,
    pending: Vec<(Option<usize>, Change)>,
    position: usize,
}

/// Names that point elsewhere from now on, all of them or none.
type Links = Vec<(String, Option<usize>)>;

/// A disk with a directory on it.
#[derive(Debug)]
pub struct Disk {
    inodes: Vec<Inode>,
    /// What programs see.
    seen: BTreeMap<String, usize>,
    /// What a power cut leaves.
    kept: BTreeMap<String, usize>,
    pending: Vec<(Option<usize>, Links)>,
    changes: usize,
}

/// What was left, and what was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The files.
    pub files: Files,
    /// Changes that were made.
    pub changes: usize,
    /// Those of them that were not synced.
    pub unsynced: usize,
    /// Those of these that are there all the same, at least in part.
    pub survived: usize,
}

impl Disk {
    /// One on which everything is safe.
    pub fn with(files: &Files) -> Self {
        let names: BTreeMap<_, _> = files.keys().cloned().zip(0..).collect();
        let inodes = files.values().map(|bytes| Inode { kept: bytes.clone(), ..Inode::default() });
        Self { inodes: inodes.collect(), seen: names.clone(), kept: names, pending: Vec::new(), changes: 0 }
    }

    /// Does what was asked of it, in the order in which it was done.
    pub fn live(&mut self, mut events: Vec<Event>) {
        events.sort_by_key(|event| (event.done.unwrap_or(usize::MAX), event.begun));
        for event in events {
            self.take(event);
        }
    }

    fn take(&mut self, Event { act, begun, done }: Event) {
        match act {
            Act::Opened { name, made, emptied } => {
                if let Some(inode) = self.seen.get(&name) {
                    let inode = &mut self.inodes[*inode];
                    inode.position = 0;
                    if emptied {
                        self.change(&name, done, Change::Length(0));
                    }
                } else if made {
                    self.inodes.push(Inode::default());
                    self.link(done, vec![(name, Some(self.inodes.len() - 1))]);
                }
            }
            Act::Written { name, at, bytes } => {
                let Some(inode) = self.seen.get(&name) else { return };
                let inode = &mut self.inodes[*inode];
                let at = at.unwrap_or_else(|| {
                    inode.position += bytes.len();
                    inode.position - bytes.len()
                });
                self.change(&name, done, Change::Bytes { at, bytes });
            }
            Act::Resized { name, to } => self.change(&name, done, Change::Length(to)),
            Act::Synced { name } => {
                if done.is_some() {
                    self.sync(&name, begun);
                }
            }
            Act::Removed { name } => self.link(done, vec![(name, None)]),
            Act::Renamed { from, to } => {
                let moved = self.seen.get(&from).copied();
                self.link(done, vec![(to, moved), (from, None)]);
            }
        }
    }

    fn change(&mut self, name: &str, done: Option<usize>, change: Change) {
        if let Some(inode) = self.seen.get(name) {
            self.inodes[*inode].pending.push((done, change));
            self.changes += 1;
        }
    }

    fn link(&mut self, done: Option<usize>, links: Links) {
        point(&mut self.seen, &links);
        self.pending.push((done, links));
        self.changes += 1;
    }

    /// What was done before the sync was asked for is safe; what came while it went on need not be.
    fn sync(&mut self, name: &str, begun: usize) {
        let is_safe = |done: Option<usize>| done.is_some_and(|done| done < begun);
        if name == DIRECTORY {
            for (_, links) in self.pending.extract_if(.., |(done, _)| is_safe(*done)) {
                point(&mut self.kept, &links);
            }
        } else if let Some(inode) = self.seen.get(name) {
            let inode = &mut self.inodes[*inode];
            for (_, change) in inode.pending.extract_if(.., |(done, _)| is_safe(*done)) {
                change.apply(&mut inode.kept);
            }
        }
    }

    /// The power is gone: what is on the disk now.
    pub fn cut<R: Rng>(mut self, mut keeps: Keeps<'_, R>) -> Left {
        let mut left = Left { files: Files::new(), changes: self.changes, unsynced: 0, survived: 0 };
        for (_, links) in self.pending {
            left.unsynced += 1;
            if let Keeps::Drawn(chance) = &mut keeps
                && chance.random()
            {
                point(&mut self.kept, &links);
                left.survived += 1;
            }
        }
        for inode in &mut self.inodes {
            for (_, change) in std::mem::take(&mut inode.pending) {
                left.unsynced += 1;
                if let Keeps::Drawn(chance) = &mut keeps {
                    left.survived += usize::from(change.apply_in_part(&mut inode.kept, *chance));
                }
            }
        }
        for (name, inode) in self.kept {
            left.files.insert(name, self.inodes[inode].kept.clone());
        }
        left
    }
}

impl Change {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Bytes { at, bytes } => write(file, *at, bytes),
            Self::Length(to) => file.resize(*to, 0),
        }
    }

    /// Wholly, not at all, or some sectors of it; whether anything is there.
    fn apply_in_part(&self, file: &mut Vec<u8>, chance: &mut impl Rng) -> bool {
        match (chance.random_range(0..3), self) {
            (0, _) => false,
            (1, Self::Bytes { at, bytes }) => {
                let mut any = false;
                let (mut from, end) = (*at, at + bytes.len());
                while from < end {
                    let to = end.min((from / SECTOR + 1) * SECTOR);
                    if chance.random() {
                        write(file, from, &bytes[from - at..to - at]);
                        any = true;
                    }
                    from = to;
                }
                any
            }
            _ => {
                self.apply(file);
                true
            }
        }
    }
}

fn point(names: &mut BTreeMap<String, usize>, links: &Links) {
    for (name, inode) in links {
        match inode {
            Some(inode) => names.insert(name.clone(), *inode),
            None => names.remove(name),
        };
    }
}

fn write(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests;
