//! `healthcheck`: asks the daemon on this machine whether it is well, for container engines and scripts.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::clock::{self, SystemClock};
use crate::config::{Config, Environment, reachable};
use crate::http;
use crate::zones::{Zones, usual_places};

/// A daemon that takes longer to say that it is well is not.
const PATIENCE: Duration = Duration::from_secs(3);

/// Fails unless the daemon that has the same settings as we answers that it is well.
pub async fn run() -> anyhow::Result<()> {
    let environment = Environment::of_process(Path::new("."));
    let zones = Zones::newest_of(usual_places(environment.zoneinfo().as_deref()));
    let config = Config::from_env(&environment, &zones)?;
    ask(config.listen).await
}

async fn ask(listen: SocketAddr) -> anyhow::Result<()> {
    let url = format!("http://{}/readyz", SocketAddr::new(reachable(listen.ip()), listen.port()));
    let clock = SystemClock::shared();
    let answer = clock::timeout(&*clock, PATIENCE, http::client().get(&url).send())
        .await
        .with_context(|| format!("asking {url}"))?
        .with_context(|| format!("asking {url}"))?;
    ensure!(answer.status().is_success(), "{url} answered {}", answer.status());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// What the check says of a daemon that answers like this, on every address of this machine.
    async fn check(answer: &'static str) -> Result<(), String> {
        let daemon = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = daemon.local_addr().unwrap().port();
        let serve = async {
            let (mut socket, _) = daemon.accept().await.unwrap();
            assert!(socket.read(&mut [0; 1024]).await.unwrap() > 0);
            socket.write_all(answer.as_bytes()).await.unwrap();
        };
        let (result, ()) = tokio::join!(ask(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))), serve);
        result.map_err(|error| format!("{error:#}"))
    }

    #[tokio::test]
    async fn only_a_daemon_that_is_well_passes() {
        check("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        check("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n").await.unwrap_err();
        check("nonsense").await.unwrap_err();
    }

    #[tokio::test]
    async fn a_daemon_that_is_not_there_fails() {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        ask(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.unwrap_err();
    }
}
