//! The certificate, as the carrier would see it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{CertificateError, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::super::finding::Finding;
use super::super::patient::Patient;
use super::road::Stream;
use super::{EXPIRED, EXPIRES, OTHER_NAME, TLS, UNTRUSTED};
use crate::clock::timeout;
use crate::http;

/// The carrier allows 5 s for connecting as a whole.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(4);
/// What renews certificates does so a month before they end; a week before, it has failed for long.
const NOTICE: Duration = Duration::from_hours(7 * 24);

/// A TLS connection.
pub(super) type Secured = TlsStream<TcpStream>;

fn roots(patient: &Patient) -> RootCertStore {
    let mut roots = http::tls_roots();
    for root in &patient.background.outside.roots {
        // A root that cannot be read is one that is not trusted.
        let _ = roots.add(root.clone());
    }
    roots
}

/// The handshake; what fails in it is told apart.
pub(super) async fn secure(patient: &Patient, host: &str, stream: TcpStream) -> Result<Secured, Finding> {
    http::install_tls();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| TLS.saw(format!("{host}: {error}")))?;
    let config = rustls::ClientConfig::builder().with_root_certificates(roots(patient)).with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    match timeout(&*patient.clock, HANDSHAKE_WITHIN, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(trouble(host, &error)),
        Err(late) => Err(TLS.saw(format!("{host}: {late} in the TLS handshake"))),
    }
}

fn trouble(host: &str, error: &io::Error) -> Finding {
    let certificate = error.get_ref().and_then(|inner| match inner.downcast_ref::<rustls::Error>() {
        Some(rustls::Error::InvalidCertificate(certificate)) => Some(certificate),
        _ => None,
    });
    let symptom = match certificate {
        Some(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => EXPIRED,
        Some(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => {
            OTHER_NAME
        }
        Some(_) => UNTRUSTED,
        None => TLS,
    };
    symptom.saw(format!("{host}: {error}"))
}

/// Whether the certificate would be refused a week from now.
pub(super) fn expires_soon(patient: &Patient, stream: &Stream) -> Option<Finding> {
    let Either::Right(stream) = stream else { return None };
    let (_, connection) = stream.get_ref();
    let (end_entity, intermediates) = connection.peer_certificates()?.split_first()?;
    let name = patient.public()?.host_str()?.to_owned();
    let verifier = WebPkiServerVerifier::builder(Arc::new(roots(patient))).build().ok()?;
    let later = UnixTime::since_unix_epoch(Duration::from_secs(UnixTime::now().as_secs()) + NOTICE);
    let server = ServerName::try_from(name.clone()).ok()?;
    let seen = verifier.verify_server_cert(end_entity, intermediates, &server, &[], later);
    let expired = matches!(
        seen,
        Err(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. }
        ))
    );
    expired.then(|| EXPIRES.saw(format!("In a week the certificate of {name} will have expired")))
}
