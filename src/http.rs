//! The one place that builds HTTP clients: TLS roots that never depend on the host, no redirects.

use std::sync::Arc;
use std::time::Duration;

/// How long a TCP and TLS connection may take to stand.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the kernel keeps sending bytes that nobody acknowledges. A request that we have given up must not
/// arrive after all: the call it asks for would ring beside the next one.
pub const UNACKNOWLEDGED: Duration = Duration::from_secs(5);

/// Installs the TLS implementation for the whole process; harmless when called again.
pub fn install_tls() {
    // An error only means that it was installed before, by us.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The authorities we trust: built in, so that a container without a CA bundle can still call out.
pub fn tls_roots() -> rustls::RootCertStore {
    rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// TLS settings that trust [`tls_roots`].
pub fn tls_config() -> rustls::ClientConfig {
    install_tls();
    rustls::ClientConfig::builder().with_root_certificates(tls_roots()).with_no_client_auth()
}

/// A client that follows no redirects: a redirected `POST` would become a `GET`, and lose the call.
#[expect(clippy::disallowed_methods, reason = "the one place that builds HTTP clients")]
pub fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder();
    #[cfg(target_os = "linux")]
    let builder = builder.tcp_user_timeout(UNACKNOWLEDGED);
    builder
        .tls_backend_preconfigured(tls_config())
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("wakeup-coach/", env!("CARGO_PKG_VERSION")))
        .build()
        .expect("the settings are fixed and the TLS roots are built in")
}

/// The same TLS settings for WebSocket clients.
pub fn shared_tls_config() -> Arc<rustls::ClientConfig> {
    Arc::new(tls_config())
}
