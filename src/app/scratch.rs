//! A directory that is gone when its owner is: databases in memory, demos, tests.

use std::io;
use std::path::{Path, PathBuf};

use rand::{Rng, RngExt as _};

/// A private temporary directory, removed with all its files when dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes one; its name is not guessable.
    pub fn new(rng: &mut impl Rng) -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("wakeup-coach-{:016x}", rng.random::<u64>()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Left-overs in the temporary directory are untidy, not wrong.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
