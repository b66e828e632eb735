//! `healthcheck`: asks the daemon on this machine whether it is well, for container engines and scripts.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{anyhow, ensure};
use clap::Args;

use super::terminal::say;
use crate::clock::{self, SystemClock};
use crate::config::{Config, Environment, reachable};
use crate::http;
use crate::zones::{Zones, usual_places};

/// A daemon that takes longer to say that it is well is not.
const PATIENCE: Duration = Duration::from_secs(3);

/// How it is told.
#[derive(Debug, Args)]
pub struct HealthArgs {
    /// Print the answer of `GET /readyz`; without it the exit code says it all.
    #[arg(long)]
    json: bool,
}

/// Fails unless the daemon that has the same settings as we answers that it is well.
pub async fn run(arguments: &HealthArgs) -> anyhow::Result<()> {
    let environment = Environment::of_process(Path::new("."));
    let zones = Zones::newest_of(usual_places(environment.zoneinfo().as_deref()));
    let config = Config::from_env(&environment, &zones)?;
    let (healthy, report) = ask(config.listen).await?;
    if arguments.json {
        say(report.trim_end());
    }
    healthy
}

/// Whether it is well, and what it says of itself.
async fn ask(listen: SocketAddr) -> anyhow::Result<(anyhow::Result<()>, String)> {
    let url = format!("http://{}/readyz", SocketAddr::new(reachable(listen.ip()), listen.port()));
    let clock = SystemClock::shared();
    let asking = async {
        let answer = http::client().get(&url).send().await.map_err(|_| silent(&url))?;
        let status = answer.status();
        anyhow::Ok((status, answer.text().await.unwrap_or_default()))
    };
    let answered = clock::timeout(&*clock, PATIENCE, asking).await;
    let (status, text) = answered.map_err(|late| anyhow!("{url}: {late}"))??;
    Ok((is_well(&url, status), text))
}

fn silent(url: &str) -> anyhow::Error {
    anyhow!("nothing answers at {url}; is it running? HOST and PORT say where it is looked for")
}

fn is_well(url: &str, status: reqwest::StatusCode) -> anyhow::Result<()> {
    ensure!(status.is_success(), "{url} answered {status}");
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
        result.and_then(|(healthy, _)| healthy).map_err(|error| format!("{error:#}"))
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
        let told = ask(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.unwrap_err().to_string();
        let expected = format!(
            "nothing answers at http://127.0.0.1:{port}/readyz; is it running? HOST and PORT say where it is looked for"
        );
        assert_eq!(told, expected);
    }
}
