//! The owner's token, when none is configured: made once, and kept in a file that only we can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rand::{CryptoRng, RngExt as _};
use secrecy::{ExposeSecret as _, SecretString};

use super::{ADMIN_TOKEN_CHARACTERS_MIN, DatabasePath};

const EXTENSION: &str = "admin-token";

/// Enough for any token; more is some other file.
const LONGEST: u64 = 4096;

/// Why there is no token. Each says which file it is about.
#[derive(Debug, thiserror::Error)]
pub enum AdminTokenError {
    /// The file cannot be read, written or made private.
    #[error("cannot keep the admin token in {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{} does not hold an admin token: remove the file, and a new one is made", .0.display())]
    NotAToken(PathBuf),
}

/// Where the token of `database` is kept; `None` for one in memory.
pub fn path(database: &DatabasePath) -> Option<PathBuf> {
    database.file().map(|file| file.with_extension(EXTENSION))
}

/// The token kept beside `database`, made with `rng` at the first start. One in memory is kept nowhere.
pub fn keep(database: &DatabasePath, rng: &mut impl CryptoRng) -> Result<SecretString, AdminTokenError> {
    let Some(path) = path(database) else {
        return Ok(fresh(rng));
    };
    let failed = |source| AdminTokenError::File { path: path.clone(), source };
    // An empty file is what a crash between making and writing it leaves behind.
    match read(&path).map_err(failed)? {
        Some(text) if !text.trim().is_empty() => parse(text.trim()).ok_or(AdminTokenError::NotAToken(path)),
        _ => {
            let token = fresh(rng);
            write(&path, &token).map_err(failed)?;
            tracing::info!(path = %path.display(), "Made an admin token and kept it in {}", path.display());
            Ok(token)
        }
    }
}

/// The token kept beside `database`, if there is one; for whoever wants to ask the daemon something.
pub fn find(database: &DatabasePath) -> Result<Option<SecretString>, AdminTokenError> {
    let Some(path) = path(database) else { return Ok(None) };
    match read(&path) {
        Ok(None) => Ok(None),
        Ok(Some(text)) => parse(text.trim()).map(Some).ok_or(AdminTokenError::NotAToken(path)),
        Err(source) => Err(AdminTokenError::File { path, source }),
    }
}

/// 256 random bits in hexadecimal.
fn fresh(rng: &mut impl CryptoRng) -> SecretString {
    format!("{:032x}{:032x}", rng.random::<u128>(), rng.random::<u128>()).into()
}

fn parse(text: &str) -> Option<SecretString> {
    let plausible =
        text.len() >= ADMIN_TOKEN_CHARACTERS_MIN && text.bytes().all(|byte| byte.is_ascii_graphic());
    plausible.then(|| text.into())
}

fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    make_private(&file, path)?;
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text)?;
    Ok(Some(text))
}

fn write(path: &Path, token: &SecretString) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    make_private(&file, path)?;
    writeln!(file, "{}", token.expose_secret())?;
    file.sync_all()
}

/// Takes group and world off the file. Whoever read it before may still know the token, so it is said aloud.
#[cfg(unix)]
fn make_private(file: &File, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        tracing::warn!(
            path = %path.display(),
            "Others could read the admin token in {}; it is private now. \
             Remove the file if somebody else uses this machine: a new one is made",
            path.display()
        );
    }
    Ok(())
}

/// Elsewhere a file in the owner's directory is as private as the system makes it.
#[cfg(not(unix))]
fn make_private(_file: &File, _path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("wakeup-token-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn keep(&self, seed: u64) -> Result<String, AdminTokenError> {
            let database = DatabasePath::File(self.0.join("data/wake.db"));
            let token = keep(&database, &mut StdRng::seed_from_u64(seed))?;
            Ok(token.expose_secret().to_owned())
        }

        fn file(&self) -> PathBuf {
            self.0.join("data/wake.admin-token")
        }

        fn write(&self, text: &str, mode: u32) {
            fs::create_dir_all(self.0.join("data")).unwrap();
            fs::write(self.file(), text).unwrap();
            fs::set_permissions(self.file(), fs::Permissions::from_mode(mode)).unwrap();
        }

        fn mode(&self) -> u32 {
            fs::metadata(self.file()).unwrap().permissions().mode() & 0o777
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn the_token_is_made_once_and_kept_private() {
        let place = Place::new("once");
        let first = place.keep(1).unwrap();
        assert_eq!((first.len(), place.mode()), (64, 0o600));
        assert_eq!(place.keep(2).unwrap(), first);
        assert_ne!(Place::new("other").keep(2).unwrap(), first);
    }

    #[test]
    fn a_file_others_can_read_is_made_private() {
        let place = Place::new("private");
        place.write("0123456789abcdef\n", 0o644);
        assert_eq!(place.keep(1).unwrap(), "0123456789abcdef");
        assert_eq!(place.mode(), 0o600);
    }

    #[test]
    fn what_a_crash_left_empty_is_written_again() {
        let place = Place::new("empty");
        place.write("", 0o600);
        let token = place.keep(1).unwrap();
        assert_eq!((token.len(), place.keep(2).unwrap()), (64, token));
    }

    #[test]
    fn a_file_with_something_else_in_it_is_not_a_token() {
        let place = Place::new("garbage");
        for garbage in ["short", "two words and more of them", &"ä".repeat(20)] {
            place.write(garbage, 0o600);
            let refused = place.keep(1).unwrap_err();
            assert!(matches!(refused, AdminTokenError::NotAToken(_)), "{refused:?}");
            assert!(!format!("{refused:?} {refused}").contains(garbage));
        }
    }

    #[test]
    fn looking_for_a_token_makes_none() {
        let place = Place::new("find");
        let database = DatabasePath::File(place.0.join("data/wake.db"));
        assert!(find(&database).unwrap().is_none());
        assert!(!place.file().exists());
        let kept = place.keep(1).unwrap();
        assert_eq!(find(&database).unwrap().unwrap().expose_secret(), kept);
        place.write("two words", 0o600);
        assert!(matches!(find(&database).unwrap_err(), AdminTokenError::NotAToken(_)));
        assert!(find(&DatabasePath::Memory).unwrap().is_none());
    }

    #[test]
    fn a_database_in_memory_keeps_no_token() {
        let mut rng = StdRng::seed_from_u64(1);
        let first = keep(&DatabasePath::Memory, &mut rng).unwrap();
        let second = keep(&DatabasePath::Memory, &mut rng).unwrap();
        assert_ne!(first.expose_secret(), second.expose_secret());
    }
}
