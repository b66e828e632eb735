//! From the name to a connection.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio_util::either::Either;
use url::Url;

use super::super::finding::Finding;
use super::super::patient::Patient;
use super::tls::{self, Secured};
use super::{NO_NAME, PRIVATE, REFUSED, UNANSWERED};
use crate::clock::timeout;

/// A name service that takes longer is as good as none: the carrier gives up on a connection after 5 s.
const NAME_WITHIN: Duration = Duration::from_secs(4);
/// For each address.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// Addresses tried; more than a pair is rare.
const ADDRESSES_MAX: usize = 2;

/// A connection to the public address.
pub(super) type Stream = Either<TcpStream, Box<Secured>>;

/// Where the name leads.
pub(super) struct Road {
    public: Url,
    host: String,
    addresses: Vec<SocketAddr>,
    /// What is odd about it.
    pub remarks: Vec<Finding>,
}

/// Asks the name service.
pub(super) async fn find(patient: &Patient, public: &Url) -> Result<Road, Finding> {
    let host = public.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = public.port_or_known_default().unwrap_or(443);
    let arranged = patient.background.outside.hosts.iter().find(|(name, _)| *name == host);
    if let Some((_, address)) = arranged {
        return Ok(Road { public: public.clone(), host, addresses: vec![*address], remarks: Vec::new() });
    }
    let looking_up = timeout(&*patient.clock, NAME_WITHIN, lookup_host((host.as_str(), port)));
    let addresses: Vec<SocketAddr> = match looking_up.await {
        Ok(Ok(found)) => found.take(ADDRESSES_MAX).collect(),
        Ok(Err(error)) => return Err(NO_NAME.saw(format!("{host}: {error}"))),
        Err(late) => return Err(NO_NAME.saw(format!("{host}: {late} from the name service"))),
    };
    if addresses.is_empty() {
        return Err(NO_NAME.saw(format!("{host} has no address")));
    }
    let mut remarks = Vec::new();
    if let Some(first) = addresses.first().filter(|_| addresses.iter().all(|at| is_private(at.ip()))) {
        remarks.push(PRIVATE.saw(format!("{host} leads to {}", first.ip())));
    }
    Ok(Road { public: public.clone(), host, addresses, remarks })
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified(),
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
    }
}

impl Road {
    /// A fresh connection, with TLS where the address says so.
    pub(super) async fn connect(&self, patient: &Patient) -> Result<Stream, Finding> {
        let stream = self.tcp(patient).await?;
        if self.public.scheme() != "https" {
            return Ok(Either::Left(stream));
        }
        tls::secure(patient, &self.host, stream).await.map(|stream| Either::Right(Box::new(stream)))
    }

    async fn tcp(&self, patient: &Patient) -> Result<TcpStream, Finding> {
        let mut last = None;
        for address in &self.addresses {
            match timeout(&*patient.clock, CONNECT_WITHIN, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = Some(refused(&self.host, *address, &error)),
                Err(late) => last = Some(UNANSWERED.saw(format!("{} at {address}: {late}", self.host))),
            }
        }
        Err(last.unwrap_or_else(|| NO_NAME.saw(format!("{} has no address", self.host))))
    }
}

fn refused(host: &str, address: SocketAddr, error: &io::Error) -> Finding {
    let symptom = if error.kind() == io::ErrorKind::TimedOut { UNANSWERED } else { REFUSED };
    symptom.saw(format!("{host} at {address}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_the_carrier_cannot_reach_are_known() {
        for private in ["127.0.0.1", "10.1.2.3", "192.168.1.2", "169.254.1.1", "::1", "fd00::1", "fe80::1"] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["203.0.113.7", "2001:4860:4860::8888"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
