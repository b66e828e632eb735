//! This machine: its clock, its disk, whether it sleeps, who starts it again.
//!
//! Read from the files that Linux keeps about itself; what is not there is a note, not a fault.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::finding::{Finding, symptoms};
use super::patient::Patient;

symptoms! {
    CLOCK_IN_STEP = Ok "host.clock": "Something keeps this machine's clock in step with the world's.";
    CLOCK_ALONE = Note "host.clock-alone": "There is no sign of a program that keeps the clock in step; in a container the host does it, elsewhere calls drift off their time."
        => "On a machine of your own: `timedatectl set-ntp true`, or install chrony. The check `twilio` compares the clock with the carrier's.";
    CLOCK_WRONG = Fail "host.clock-wrong": "The clock shows a time before this program was made: every wake-up would come at the wrong time."
        => "Set the clock, and have it kept: `timedatectl set-ntp true`.";
    DISK = Ok "host.disk": "There is room for the database to grow.";
    DISK_LOW = Warn "host.disk-low": "The disk of the database is nearly full. When it is full no call can be written down, and what cannot be written down is not dialled."
        => "Make room on that disk.";
    DISK_FULL = Fail "host.disk-full": "The disk of the database is full: no call can be written down, and what cannot be written down is not dialled."
        => "Make room on that disk now.";
    SLEEPS = Warn "host.sleeps": "This machine has been put to sleep since it was started. A machine that sleeps wakes nobody: calls come when it is awake again, or not at all."
        => "Switch suspending off: `systemctl mask sleep.target suspend.target hibernate.target`.";
    AWAKE = Ok "host.awake": "This machine has not slept since it was started.";
    NOT_SUPERVISED = Note "host.not-supervised": "systemd does not run here. After a crash or a power cut something else must start the program again."
        => "Let Docker (`restart: unless-stopped`) or another supervisor start it.";
    SUPERVISED = Ok "host.supervised": "systemd runs here and can start the program again.";
}

/// Below this a single morning's writing may not fit.
const FULL: u64 = 50 << 20;
/// Below this somebody should look before it is too late.
const LOW: u64 = 500 << 20;

/// No honest clock shows an earlier time: this program was written after it.
const BUILT_AFTER: &str = "2026-01-01T00:00:00Z";

/// What a program that keeps the clock in step leaves behind while it runs.
const KEEPERS: [(&str, &str); 5] = [
    ("run/systemd/timesync/synchronized", "systemd-timesyncd has set the clock"),
    ("run/chrony/chronyd.pid", "chronyd runs"),
    ("run/chronyd.pid", "chronyd runs"),
    ("run/ntpd.pid", "ntpd runs"),
    ("run/openntpd.pid", "openntpd runs"),
];

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let root = patient.background.host_root.clone();
    let (now, database) = (patient.clock.now(), patient.database.file().map(Path::to_owned));
    // A disk on a network that is gone blocks whoever asks it, and must not block the others.
    let looking = tokio::task::spawn_blocking(move || {
        let mut found = vec![clock(&root, now)];
        found.extend(database.as_deref().and_then(disk_of));
        found.extend(sleep(&root));
        found.push(supervisor(&root));
        found
    });
    looking.await.expect("looking at files does not panic")
}

fn clock(root: &Path, now: Timestamp) -> Finding {
    let built: Timestamp = BUILT_AFTER.parse().expect("a constant instant is well-formed");
    if now < built {
        return CLOCK_WRONG.saw(format!("The clock shows {now}"));
    }
    match KEEPERS.iter().find(|(file, _)| root.join(file).exists()) {
        Some((_, what)) => CLOCK_IN_STEP.saw(*what),
        None => CLOCK_ALONE.saw("Neither timesyncd nor chrony nor ntpd has left a trace"),
    }
}

fn disk_of(database: &Path) -> Option<Finding> {
    // The file may not exist yet; then its directory, or where that would be made.
    let place =
        database.ancestors().find(|place| place.exists()).map_or_else(|| PathBuf::from("."), Path::to_owned);
    let room = rustix::fs::statvfs(&place).ok()?;
    Some(disk(room.f_bavail.saturating_mul(room.f_frsize), &place))
}

fn disk(free: u64, place: &Path) -> Finding {
    let symptom = match free {
        0..FULL => DISK_FULL,
        FULL..LOW => DISK_LOW,
        LOW.. => DISK,
    };
    symptom.saw(format!("{} MiB are free at {}", free >> 20, place.display()))
}

/// `None` where the kernel keeps no count of it.
fn sleep(root: &Path) -> Option<Finding> {
    let count = std::fs::read_to_string(root.join("sys/power/suspend_stats/success")).ok()?;
    Some(match count.trim().parse().ok()? {
        0_u64 => AWAKE.saw("The kernel has counted no suspend"),
        times => SLEEPS.saw(format!("The kernel has counted {times} since it was started")),
    })
}

fn supervisor(root: &Path) -> Finding {
    if root.join("run/systemd/system").is_dir() {
        return SUPERVISED.saw("systemd runs");
    }
    let container = root.join(".dockerenv").exists() || root.join("run/.containerenv").exists();
    NOT_SUPERVISED.saw(if container { "This is a container" } else { "systemd does not run" })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A machine that is a directory, gone with the test.
    struct Machine(PathBuf);

    impl Machine {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let root = std::env::temp_dir().join(format!("wakeup-host-{}-{name}", std::process::id()));
            fs::create_dir_all(&root).unwrap();
            for (file, text) in files {
                let path = root.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Self(root)
        }
    }

    impl Drop for Machine {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn today() -> Timestamp {
        "2026-11-21T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_machine_that_is_well_is_told_so() {
        let files = [
            ("run/systemd/timesync/synchronized", ""),
            ("run/systemd/system/x", ""),
            ("sys/power/suspend_stats/success", "0\n"),
        ];
        let machine = Machine::new("well", &files);
        assert_eq!(clock(&machine.0, today()).id, "host.clock");
        assert_eq!(sleep(&machine.0).unwrap().id, "host.awake");
        assert_eq!(supervisor(&machine.0).id, "host.supervised");
        assert_eq!(disk(LOW, &machine.0).id, "host.disk");
    }

    #[test]
    fn each_fault_of_a_machine_is_found() {
        let machine = Machine::new("ill", &[("sys/power/suspend_stats/success", "3\n"), (".dockerenv", "")]);
        assert_eq!(clock(&machine.0, today()).id, "host.clock-alone");
        assert_eq!(clock(&machine.0, Timestamp::UNIX_EPOCH).id, "host.clock-wrong");
        assert_eq!(sleep(&machine.0).unwrap().saw, "The kernel has counted 3 since it was started");
        let supervisor = supervisor(&machine.0);
        assert_eq!(
            (supervisor.id.as_ref(), supervisor.saw.as_str()),
            ("host.not-supervised", "This is a container")
        );
        assert_eq!(disk(LOW - 1, &machine.0).id, "host.disk-low");
        assert_eq!(disk(FULL - 1, &machine.0).id, "host.disk-full");
    }

    #[test]
    fn what_the_kernel_does_not_tell_is_not_made_up() {
        let machine = Machine::new("silent", &[("sys/power/suspend_stats/success", "many")]);
        assert_eq!(sleep(&machine.0), None);
    }

    #[test]
    fn the_room_on_a_disk_is_asked_where_the_database_would_be() {
        let machine = Machine::new("disk", &[]);
        assert!(disk_of(&machine.0.join("not/there/yet.db")).unwrap().saw.contains("MiB are free at"));
    }
}
