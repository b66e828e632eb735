//! Cuts the power: the daemon dies, and of its files stays what a disk must have kept.
//!
//! What it asks of the disk is written down by `strace` as it lives. After its death the files are put back as
//! they were before that life, and made anew from what was synced; from the rest every other cut keeps nothing,
//! and every other one keeps what is drawn, down to single sectors.

pub mod disk;
pub mod trace;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use rand::rngs::StdRng;
use rustix::process::Pid;

use self::disk::{Disk, Files, Keeps};
use super::plan::Death;
use super::process::Process;
use super::report::PowerCuts;
use super::sweep::by_strace;
use super::world::World;
use crate::clock::SharedClock;

/// What the daemon keeps on disk and needs again, by the ends of their names. What lies in `-shm` is made anew
/// by the first who opens the database, and the lock's file is empty.
const ENDS: [&str; 5] = ["", "-wal", "-journal", ".generation", ".generation-new"];
/// How long `strace` may take to write the end down.
const TOLD_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The power of one world, which goes again and again.
pub struct Supply {
    home: PathBuf,
    database: PathBuf,
    /// Whether syncs are acknowledged and forgotten.
    lies: bool,
    chance: StdRng,
    clock: SharedClock,
    cuts: usize,
    before: Files,
}

impl Supply {
    /// Of that world; a disk that `lies` loses everything that was written in a life.
    pub fn of(world: &World, lies: bool, chance: StdRng, clock: &SharedClock) -> anyhow::Result<Self> {
        // As strace sees it, whatever way leads there.
        let home = world.home.canonicalize().context("the world has a place")?;
        let database = world.database();
        Ok(Self { home, database, lies, chance, clock: clock.clone(), cuts: 0, before: Files::new() })
    }

    /// Starts the daemon, which is watched from now on, and killed when it writes or syncs as `death` says.
    pub fn start(
        &mut self,
        world: &World,
        death: Option<Death>,
        extra: &[(&str, String)],
    ) -> anyhow::Result<Process> {
        self.before = self.files()?;
        let trace = format!("trace={}", trace::CALLS);
        let log = self.log().display().to_string();
        // As a grandchild, so that the process we watch is the daemon itself.
        let flags = ["-D", "-f", "-q", "-y", "-xx", "-s", "1000000", "-e", &trace, "-o", &log];
        let mut arguments: Vec<String> = flags.map(str::to_owned).into();
        let files = ENDS.iter().map(|end| self.path(end)).chain([self.home.clone()]);
        arguments.extend(files.flat_map(|path| ["-P".to_owned(), path.display().to_string()]));
        let killed = |calls: &str, at| format!("inject={calls}:signal=SIGKILL:when={at}");
        match death {
            Some(Death::Writing(at)) => arguments.extend(["-e".to_owned(), killed("pwrite64", at)]),
            Some(Death::Syncing(at)) => arguments.extend(["-e".to_owned(), killed("fsync,fdatasync", at)]),
            // Quicker, since nothing else is stopped; nothing can be put in that way, though.
            _ => arguments.push("--seccomp-bpf".to_owned()),
        }
        arguments.push(world.programs().daemon.display().to_string());
        by_strace(world, &arguments, extra)
    }

    /// The daemon is dead, and the power is gone: its files are from now on what the disk has kept.
    pub async fn cut(&mut self, dead: Pid) -> anyhow::Result<PowerCuts> {
        let told = self.told(dead).await?;
        let home = self.home.file_name().context("the world's place has a name")?.to_string_lossy();
        let mut disk = Disk::with(&self.before);
        disk.live(trace::read(&told, &home)?);
        let left = if self.cuts.is_multiple_of(2) {
            disk.cut::<StdRng>(Keeps::Nothing)
        } else {
            disk.cut(Keeps::Drawn(&mut self.chance))
        };
        self.cuts += 1;
        anyhow::ensure!(left.changes > 0 || self.files()? == self.before, "its writes were not seen");
        self.put(if self.lies { &self.before } else { &left.files })?;
        Ok(PowerCuts { cuts: 1, changes: left.changes, unsynced: left.unsynced, survived: left.survived })
    }

    /// Everything that `strace` saw, as soon as it has written down how the daemon ended.
    async fn told(&self, dead: Pid) -> anyhow::Result<String> {
        let deadline = self.clock.elapsed() + TOLD_WITHIN;
        let dead = dead.as_raw_nonzero().to_string();
        loop {
            let told = std::fs::read_to_string(self.log()).unwrap_or_default();
            // Its number may be padded; how its threads ended stands before it.
            let last = told.trim_end().rsplit('\n').next().unwrap_or_default();
            if last.split_once(' ').is_some_and(|(number, how)| number == dead && how.contains("+++")) {
                return Ok(told);
            }
            anyhow::ensure!(self.clock.elapsed() < deadline, "strace did not say how {dead:?} ended");
            self.clock.sleep(LOOK_EVERY).await;
        }
    }

    fn log(&self) -> PathBuf {
        self.home.join(format!("life-{}.strace", self.cuts))
    }

    fn path(&self, end: &str) -> PathBuf {
        let name = self.database.file_name().unwrap_or_default().to_string_lossy();
        self.home.join(format!("{name}{end}"))
    }

    fn files(&self) -> anyhow::Result<Files> {
        let mut files = Files::new();
        for end in ENDS {
            let path = self.path(end);
            match std::fs::read(&path) {
                Ok(bytes) => drop(files.insert(name(&path), bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
            }
        }
        Ok(files)
    }

    fn put(&self, files: &Files) -> anyhow::Result<()> {
        for path in ENDS.iter().chain(&["-shm"]).map(|end| self.path(end)) {
            match files.get(&name(&path)) {
                Some(bytes) => std::fs::write(&path, bytes)?,
                None if path.exists() => std::fs::remove_file(&path)?,
                None => {}
            }
        }
        Ok(())
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
