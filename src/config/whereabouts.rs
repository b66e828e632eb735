//! Where the daemon of these settings is found, and its database: all that other commands need of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use secrecy::SecretString;

use super::reader::Reader;
use super::{ConfigProblems, DatabasePath, Environment, KeepSettings, admin_token, keep, listen};

/// The part of the configuration that leads to the daemon; nothing else in it can be in the way.
#[derive(Debug)]
pub struct Whereabouts {
    /// The database file.
    pub database: DatabasePath,
    /// Where the owner's paths are served, as one can ask there: never "every address".
    pub admin: SocketAddr,
    /// The owner's token, when it is configured; else it is kept beside the database.
    pub admin_token: Option<SecretString>,
    /// Where backups are kept, and how many.
    pub keep: KeepSettings,
}

impl Whereabouts {
    /// Reads the few variables that matter here.
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigProblems> {
        let mut read = Reader::of_a_part(environment);
        let (address, admin_address) = listen(&mut read);
        let admin = admin_address.unwrap_or(address);
        let here = Self {
            database: read.parsed("DATABASE_URL", DatabasePath::parse).unwrap_or_default(),
            admin: SocketAddr::new(reachable(admin.ip()), admin.port()),
            admin_token: admin_token(&mut read),
            keep: keep::read(&mut read),
        };
        read.finish().map(|_| here)
    }
}

/// "Every address" can be listened on, but not asked.
pub fn reachable(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(all) if all.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(all) if all.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        host => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Whereabouts, ConfigProblems> {
        Whereabouts::from_env(&pairs.iter().copied().collect())
    }

    #[test]
    fn a_half_finished_configuration_still_leads_to_the_daemon() {
        let here = read(&[("TWILIO_ACCOUNT_SID", "AC1"), ("HOST", "0.0.0.0"), ("WAKEUP_TYPO", "1")]).unwrap();
        assert_eq!(here.admin, "127.0.0.1:8765".parse().unwrap());
        assert_eq!(here.database, DatabasePath::default());
        assert!(here.admin_token.is_none());
    }

    #[test]
    fn an_admin_address_of_its_own_is_where_to_ask() {
        let here = read(&[("PORT", "80"), ("ADMIN_LISTEN", "[::]:8766")]).unwrap();
        assert_eq!(here.admin, "[::1]:8766".parse().unwrap());
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let wrong = read(&[("PORT", "http"), ("DATABASE_URL", "postgres://x")]).unwrap_err();
        let names: Vec<&str> = wrong.0.iter().map(|problem| problem.variable.as_str()).collect();
        assert_eq!(names, ["PORT", "DATABASE_URL"]);
    }
}
