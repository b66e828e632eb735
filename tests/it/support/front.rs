//! What stands between the carrier and us: a proxy or tunnel on loopback, with TLS or without, that does its
//! work or fails in one of the ways such things fail.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use wakeup_coach::clock::SystemClock;

/// The name under which the world would find us.
pub const HOST: &str = "wake.example.com";

/// How a proxy treats what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// Passes everything on.
    Passes,
    /// Takes the headers away that ask for an upgrade, as proxies do that were not told about WebSockets.
    DropsUpgrade,
    /// Takes one header away, named in small letters.
    Strips(&'static str),
    /// Makes a GET of every POST.
    Gets,
    /// Answers everything itself, with these bytes.
    Answers(&'static str),
    /// Answers only WebSockets itself, with these bytes.
    AnswersSockets(&'static str),
    /// Takes the connection and says nothing.
    Silent,
    /// Passes all but WebSockets, which it leaves without an answer.
    SilentToSockets,
    /// Lets WebSockets open, and passes no frame.
    HoldsFrames,
    /// Lets WebSockets open, and hangs up.
    CutsSockets,
    /// Hangs up at once.
    HangsUp,
}

/// What certificate it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// A good one.
    Good,
    /// One that has expired.
    Expired,
    /// One that will have expired next week.
    Expiring,
    /// One for another name.
    ForAnotherName,
    /// One of an authority nobody knows.
    Unknown,
}

/// The proxy, running.
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    /// The authority that a client must trust.
    pub root: CertificateDer<'static>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// Starts one before `upstream`; `certificate`: with TLS.
    pub async fn start(upstream: SocketAddr, front: Front, certificate: Option<Certificate>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (config, root) = server(certificate.unwrap_or(Certificate::Good));
        let acceptor = certificate.map(|_| TlsAcceptor::from(Arc::new(config)));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut conversations = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                conversations.spawn(async move {
                    match acceptor {
                        None => treat(stream, upstream, front).await,
                        Some(acceptor) => {
                            // A client that does not like the certificate hangs up.
                            if let Ok(stream) = acceptor.accept(stream).await {
                                treat(stream, upstream, front).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, root, _tasks: tasks }
    }
}

async fn treat<S: AsyncRead + AsyncWrite + Unpin>(mut client: S, upstream: SocketAddr, front: Front) {
    if front == Front::HangsUp {
        return;
    }
    let Some((head, rest)) = read_head(&mut client).await else { return };
    let is_socket = head.to_ascii_lowercase().contains("upgrade: websocket");
    match front {
        Front::Silent => return std::future::pending().await,
        Front::SilentToSockets if is_socket => return std::future::pending().await,
        Front::Answers(answer) => return say(&mut client, answer).await,
        Front::AnswersSockets(answer) if is_socket => return say(&mut client, answer).await,
        _ => {}
    }
    let Ok(mut server) = TcpStream::connect(upstream).await else {
        return say(&mut client, "HTTP/1.1 502 Bad Gateway\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n")
            .await;
    };
    let head = changed(&head, front);
    if server.write_all(head.as_bytes()).await.is_err() || server.write_all(&rest).await.is_err() {
        return;
    }
    if is_socket && matches!(front, Front::HoldsFrames | Front::CutsSockets) {
        let Some((head, _)) = read_head(&mut server).await else { return };
        if client.write_all(head.as_bytes()).await.is_ok() && front == Front::HoldsFrames {
            let _ = client.flush().await;
            std::future::pending::<()>().await;
        }
        return;
    }
    // Whoever hangs up first ends it.
    let _ = copy_bidirectional(&mut client, &mut server).await;
}

async fn say<S: AsyncWrite + Unpin>(client: &mut S, answer: &str) {
    let _ = client.write_all(answer.as_bytes()).await;
    let _ = client.flush().await;
    let _ = client.shutdown().await;
}

/// The head with its empty line, and what came behind it.
async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> Option<(String, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        let mut chunk = [0; 2048];
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        read.extend_from_slice(&chunk[..count]);
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = read.split_off(end + 4);
            return Some((String::from_utf8(read).ok()?, rest));
        }
    }
}

/// The head as it is passed on.
fn changed(head: &str, front: Front) -> String {
    let drops = |line: &str| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match front {
            Front::DropsUpgrade => name == "upgrade" || name == "connection",
            Front::Strips(header) => name == header,
            _ => false,
        }
    };
    let kept: Vec<&str> = head.split("\r\n").filter(|line| !drops(line)).collect();
    let head = kept.join("\r\n");
    if front == Front::Gets { head.replacen("POST ", "GET ", 1) } else { head }
}

/// A certificate for [`HOST`], with a fault or without, and the authority that a client trusts.
fn server(certificate: Certificate) -> (ServerConfig, CertificateDer<'static>) {
    wakeup_coach::http::install_tls();
    let trusted = authority();
    let stranger = authority();
    let name = if certificate == Certificate::ForAnotherName { "other.example.com" } else { HOST };
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    match certificate {
        Certificate::Expired => params.not_after = date_time_ymd(2020, 1, 1),
        Certificate::Expiring => soon(&mut params),
        _ => {}
    }
    let issuer = if certificate == Certificate::Unknown { &stranger } else { &trusted };
    let key = KeyPair::generate().unwrap();
    let signed = params.signed_by(&key, issuer).unwrap();
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![signed.der().clone()], private)
        .unwrap();
    (config, trusted.as_ref().der().clone())
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "An authority on this machine");
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Three days from now: certificates are judged by the machine's own clock.
fn soon(params: &mut CertificateParams) {
    let day = SystemClock::shared().now().to_zoned(TimeZone::UTC).date() + 3.days();
    params.not_after = date_time_ymd(day.year().into(), day.month().unsigned_abs(), day.day().unsigned_abs());
}
