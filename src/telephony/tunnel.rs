//! Tunnel programs on this machine, asked where they make it reachable: ngrok by its local API, cloudflared
//! by its metrics server. Their public addresses change at every start unless they are paid to stay.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::clock::{self, SharedClock};
use crate::config::TunnelPlaces;

/// They answer from this machine's memory; what takes longer is something else.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// Far more than a list of tunnels takes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// A tunnel program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TunnelProgram {
    /// ngrok's agent.
    Ngrok,
    /// cloudflared.
    Cloudflared,
}

impl TunnelProgram {
    /// As it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ngrok => "ngrok",
            Self::Cloudflared => "cloudflared",
        }
    }
}

/// A tunnel that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tunnel {
    /// Who keeps it.
    pub program: TunnelProgram,
    /// Where the world finds its near end; `None` for a named tunnel, which does not tell.
    pub public: Option<Url>,
    /// Where it leads on this machine, when it tells.
    pub leads_to: Option<String>,
    /// Whether it is connected to its service, when it tells.
    pub connected: Option<bool>,
}

impl Tunnel {
    /// The port on this machine that it leads to, when it tells.
    pub fn port(&self) -> Option<u16> {
        let leads_to = self.leads_to.as_deref()?;
        let with_scheme =
            if leads_to.contains("://") { leads_to.to_owned() } else { format!("http://{leads_to}") };
        Url::parse(&with_scheme).ok()?.port_or_known_default()
    }
}

/// A tunnel program that is there but cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {what}", .program.name())]
pub struct Unclear {
    /// Who.
    pub program: TunnelProgram,
    /// What it did.
    pub what: String,
}

/// The public https address of a tunnel to `port`: one that says so before one that does not tell.
pub fn choose(found: &[Result<Tunnel, Unclear>], port: u16) -> Option<Url> {
    let tunnels = || found.iter().filter_map(|found| found.as_ref().ok());
    let address = |tunnel: &Tunnel| tunnel.public.clone().filter(|public| public.scheme() == "https");
    let ours = tunnels().filter(|tunnel| tunnel.port() == Some(port)).find_map(address);
    ours.or_else(|| tunnels().filter(|tunnel| tunnel.port().is_none()).find_map(address))
}

/// Every tunnel of every program found. Nobody listening is the usual case, and no finding at all.
pub async fn find(
    http: &reqwest::Client,
    places: &TunnelPlaces,
    clock: &SharedClock,
) -> Vec<Result<Tunnel, Unclear>> {
    let mut found = Vec::new();
    if let Some(place) = &places.ngrok {
        found.extend(ngrok(http, place, clock).await);
    }
    for place in &places.cloudflared {
        found.extend(cloudflared(http, place, clock).await);
    }
    found
}

async fn ngrok(http: &reqwest::Client, place: &Url, clock: &SharedClock) -> Vec<Result<Tunnel, Unclear>> {
    let unclear = |what: String| vec![Err(Unclear { program: TunnelProgram::Ngrok, what })];
    let answer = match ask(http, place, "/api/tunnels", clock).await {
        Ok(Some((_, answer))) => answer,
        Ok(None) => return Vec::new(),
        Err(what) => return unclear(what),
    };
    let Some(tunnels) = answer.get("tunnels").and_then(Value::as_array) else {
        return unclear("answered without a list of tunnels".to_owned());
    };
    let tunnel = |item: &Value| Tunnel {
        program: TunnelProgram::Ngrok,
        public: item["public_url"].as_str().and_then(|text| Url::parse(text).ok()),
        leads_to: item["config"]["addr"].as_str().map(str::to_owned),
        connected: None,
    };
    tunnels.iter().map(tunnel).map(Ok).collect()
}

async fn cloudflared(
    http: &reqwest::Client,
    place: &Url,
    clock: &SharedClock,
) -> Option<Result<Tunnel, Unclear>> {
    let program = TunnelProgram::Cloudflared;
    let ready = match ask(http, place, "/ready", clock).await {
        Ok(Some((status, ready))) => (status, ready),
        Ok(None) => return None,
        Err(what) => return Some(Err(Unclear { program, what })),
    };
    let connections = ready.1["readyConnections"].as_u64();
    let hostname = match ask(http, place, "/quicktunnel", clock).await {
        Ok(Some((_, answer))) => answer["hostname"].as_str().unwrap_or_default().to_owned(),
        // Older ones and named tunnels do not know the question.
        Ok(None) | Err(_) => String::new(),
    };
    let public = (!hostname.is_empty()).then(|| Url::parse(&format!("https://{hostname}")).ok()).flatten();
    Some(Ok(Tunnel { program, public, leads_to: None, connected: Some(connections.unwrap_or(0) > 0) }))
}

/// `None` when nobody listens there.
async fn ask(
    http: &reqwest::Client,
    place: &Url,
    path: &str,
    clock: &SharedClock,
) -> Result<Option<(u16, Value)>, String> {
    let url = place.join(path).map_err(|_| "has an address that cannot be extended".to_owned())?;
    match clock::timeout(&**clock, ANSWER_WITHIN, exchange(http, url)).await {
        Ok(answer) => answer,
        Err(late) => Err(format!("gave {late}")),
    }
}

async fn exchange(http: &reqwest::Client, url: Url) -> Result<Option<(u16, Value)>, String> {
    let mut response = match http.get(url).send().await {
        Ok(response) => response,
        Err(error) if error.is_connect() => return Ok(None),
        Err(error) => return Err(format!("broke off its answer ({})", error.without_url())),
    };
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| "broke off its answer".to_owned())? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            return Err("answered without end".to_owned());
        }
    }
    match serde_json::from_slice(&body) {
        Ok(answer) => Ok(Some((status, answer))),
        Err(_) => Err(format!("answered with status {status} and something that is not JSON")),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use jiff::Timestamp;
    use tokio::net::TcpListener;
    use tokio::task::JoinSet;

    use super::*;
    use crate::clock::ManualClock;

    const NGROK_LIST: &str = r#"{"tunnels":[{"name":"command_line","public_url":"https://a1.ngrok-free.app",
        "proto":"https","config":{"addr":"http://localhost:8765","inspect":true}}],"uri":"/api/tunnels"}"#;
    const QUICK: &[(&str, &str)] = &[
        ("/ready", r#"{"status":200,"readyConnections":1,"connectorId":"x"}"#),
        ("/quicktunnel", r#"{"hostname":"a-b-c.trycloudflare.com"}"#),
    ];
    const NAMED: &[(&str, &str)] = &[
        ("/ready", r#"{"status":503,"readyConnections":0,"connectorId":"x"}"#),
        ("/quicktunnel", r#"{"hostname":""}"#),
    ];

    /// A program that answers these paths with these texts.
    async fn program(answers: &'static [(&str, &str)], tasks: &mut JoinSet<()>) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let mut router = Router::new();
        for (path, text) in answers {
            router = router.route(path, get(async || *text));
        }
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        url
    }

    async fn find_at(places: TunnelPlaces) -> Vec<Result<Tunnel, Unclear>> {
        let clock: SharedClock = ManualClock::standing(Timestamp::UNIX_EPOCH, 1.0);
        find(&crate::http::client(), &places, &clock).await
    }

    #[tokio::test]
    async fn ngrok_tells_its_address_and_where_it_leads() {
        let mut tasks = JoinSet::new();
        let ngrok = program(&[("/api/tunnels", NGROK_LIST)], &mut tasks).await;
        let found = find_at(TunnelPlaces { ngrok: Some(ngrok), cloudflared: Vec::new() }).await;
        let tunnel = found[0].as_ref().unwrap();
        assert_eq!(tunnel.public.as_ref().unwrap().as_str(), "https://a1.ngrok-free.app/");
        assert_eq!((found.len(), tunnel.port()), (1, Some(8765)));
    }

    #[tokio::test]
    async fn cloudflared_tells_the_name_of_a_quick_tunnel_and_whether_it_is_connected() {
        let mut tasks = JoinSet::new();
        let cloudflared = vec![program(QUICK, &mut tasks).await, program(NAMED, &mut tasks).await];
        let found = find_at(TunnelPlaces { ngrok: None, cloudflared }).await;
        let quick = found[0].as_ref().unwrap();
        assert_eq!(quick.public.as_ref().unwrap().as_str(), "https://a-b-c.trycloudflare.com/");
        assert_eq!(quick.connected, Some(true));
        let named = found[1].as_ref().unwrap();
        assert_eq!((&named.public, named.connected), (&None, Some(false)));
    }

    #[tokio::test]
    async fn what_is_no_tunnel_program_is_told_apart_from_nobody() {
        let mut tasks = JoinSet::new();
        let other = program(&[("/api/tunnels", "<html>Hello</html>")], &mut tasks).await;
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let gone: Url = format!("http://{gone}").parse().unwrap();
        let found = find_at(TunnelPlaces { ngrok: Some(other.clone()), cloudflared: vec![gone] }).await;
        assert_eq!(found.len(), 1);
        let what = found[0].as_ref().unwrap_err().to_string();
        assert_eq!(what, "ngrok answered with status 200 and something that is not JSON");
        let empty = program(&[("/api/tunnels", "{}")], &mut tasks).await;
        let found = find_at(TunnelPlaces { ngrok: Some(empty), cloudflared: Vec::new() }).await;
        assert_eq!(found[0].as_ref().unwrap_err().what, "answered without a list of tunnels");
    }

    #[test]
    fn the_tunnel_to_our_own_port_is_chosen() {
        let tunnel = |public: &str, leads_to: Option<&str>| {
            let public = Some(public.parse().unwrap());
            let leads_to = leads_to.map(str::to_owned);
            Ok(Tunnel { program: TunnelProgram::Ngrok, public, leads_to, connected: None })
        };
        let silent = Unclear { program: TunnelProgram::Ngrok, what: String::new() };
        let found = [
            Err(silent),
            tunnel("https://other.example", Some("http://localhost:80")),
            tunnel("https://quick.example", None),
            tunnel("tcp://1.tcp.example:1234", Some("localhost:8765")),
            tunnel("https://ours.example", Some("http://localhost:8765")),
        ];
        let chosen = |found: &[_]| choose(found, 8765).map(|url| url.host_str().unwrap().to_owned());
        assert_eq!(chosen(&found).as_deref(), Some("ours.example"));
        assert_eq!(chosen(&found[..4]).as_deref(), Some("quick.example"));
        assert_eq!(chosen(&found[..2]), None);
    }

    #[test]
    fn the_port_is_read_however_the_end_is_written() {
        for (leads_to, port) in [
            ("http://localhost:8765", Some(8765)),
            ("localhost:8765", Some(8765)),
            ("https://127.0.0.1", Some(443)),
            ("", None),
        ] {
            let tunnel = Tunnel {
                program: TunnelProgram::Ngrok,
                public: None,
                leads_to: Some(leads_to.to_owned()),
                connected: None,
            };
            assert_eq!(tunnel.port(), port, "{leads_to}");
        }
    }
}
