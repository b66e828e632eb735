//! Tunnels: their public addresses change at every start, and the carrier goes on asking at the old one.

use url::Url;

use super::finding::{Finding, symptoms};
use super::patient::Patient;
use crate::http;
use crate::telephony::tunnel::{self, Tunnel, TunnelProgram};

symptoms! {
    STANDS = Ok "tunnel.stands": "A tunnel stands, and the public address is its own.";
    NONE = Ok "tunnel.none": "No tunnel program runs here, and the public address does not look like one's.";
    FOLLOWED = Ok "tunnel.followed": "The public address follows the tunnel (FOLLOW_TUNNEL).";
    MOVED = Fail "tunnel.moved" ["11200"]: "The tunnel has another public address than the one the carrier is told. Addresses of free tunnels change at every start."
        => "Set FOLLOW_TUNNEL=true, or BASE_URL to the new address, and restart.";
    ABSENT = Fail "tunnel.absent" ["11200"]: "The public address is a tunnel's, but no tunnel program answers on this machine."
        => "Start the tunnel, for example `ngrok http 8765`. If it runs in another container, set WAKEUP_NGROK_API or WAKEUP_CLOUDFLARED_METRICS to where it answers.";
    ELSEWHERE = Fail "tunnel.elsewhere" ["11200"]: "The tunnel leads to another port than the one this program listens on."
        => "Start the tunnel for the right port, for example `ngrok http 8765`, or set PORT.";
    NOT_HTTPS = Warn "tunnel.not-https" ["31922"]: "The tunnel gives no https address, and the carrier opens media streams to nothing else."
        => "Start an http tunnel (`ngrok http`), not a tcp one.";
    DISCONNECTED = Fail "tunnel.disconnected" ["11200"]: "The tunnel program runs, but it is not connected to its service."
        => "See its own log; restart it.";
    UNNAMED = Note "tunnel.unnamed": "A named tunnel runs. It does not tell its address or where it leads; the check of the public address shows whether it works.";
    UNCLEAR = Note "tunnel.unclear": "Where a tunnel program usually tells of itself, something else answers."
        => "Nothing, if you use no tunnel; otherwise set WAKEUP_NGROK_API or WAKEUP_CLOUDFLARED_METRICS.";
    QUICK = Note "tunnel.quick": "A quick tunnel has no guarantee to stay up, and another address after each start."
        => "For every day, use a named tunnel or a proxy of your own.";
}

/// How the names of tunnels end.
const TUNNEL_NAMES: [&str; 6] =
    [".ngrok-free.app", ".ngrok-free.dev", ".ngrok.app", ".ngrok.dev", ".ngrok.io", ".trycloudflare.com"];

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let background = &patient.background;
    let found = tunnel::find(&http::client(), &background.tunnels, &patient.clock).await;
    let public = patient.public();
    if found.is_empty() {
        return vec![nobody(public.as_ref())];
    }
    let port = background.settings.listen.port();
    let mut findings: Vec<Finding> = found
        .iter()
        .filter_map(|found| found.as_ref().err())
        .map(|unclear| UNCLEAR.saw(unclear.to_string()))
        .collect();
    let tunnels: Vec<&Tunnel> = found.iter().filter_map(|found| found.as_ref().ok()).collect();
    findings.extend(
        tunnels
            .iter()
            .filter(|tunnel| tunnel.connected == Some(false))
            .map(|tunnel| DISCONNECTED.saw(format!("{} has no connection", tunnel.program.name()))),
    );
    findings.extend(
        public
            .iter()
            .flat_map(|public| addresses(public, &tunnels, port, background.settings.follows_tunnel)),
    );
    if findings.is_empty() {
        findings.push(NONE.saw("A tunnel program runs, and nothing here depends on it"));
    }
    findings
}

fn nobody(public: Option<&Url>) -> Finding {
    match public.and_then(Url::host_str).filter(|host| is_a_tunnels(host)) {
        Some(host) => {
            ABSENT.saw(format!("{host} is a tunnel's name, and neither ngrok nor cloudflared answers"))
        }
        None => NONE.saw("Neither ngrok nor cloudflared answers"),
    }
}

fn is_a_tunnels(host: &str) -> bool {
    TUNNEL_NAMES.iter().any(|end| host.ends_with(end))
}

/// The tunnels that could be ours, against the address the carrier is told.
fn addresses(public: &Url, tunnels: &[&Tunnel], port: u16, follows: bool) -> Vec<Finding> {
    let host = public.host_str().unwrap_or_default();
    let named: Vec<(&Tunnel, &Url)> =
        tunnels.iter().filter_map(|tunnel| Some((*tunnel, tunnel.public.as_ref()?))).collect();
    if let Some((tunnel, at)) = named.iter().find(|(_, at)| at.host_str() == Some(host)) {
        return stands(tunnel, at, port, follows);
    }
    if let Some((tunnel, at)) = named.iter().find(|(tunnel, _)| leads_here(tunnel, port)) {
        // Somebody with a proxy of her own may run a tunnel for something else.
        if is_a_tunnels(host) || tunnel.port() == Some(port) {
            let saw = format!("{} is at {at}, the carrier is told {host}", tunnel.program.name());
            return vec![MOVED.saw(saw)];
        }
    }
    if is_a_tunnels(host) && named.is_empty() {
        return vec![UNNAMED.saw(format!("The public address is {host}"))];
    }
    if let Some((tunnel, _)) = named.iter().find(|_| is_a_tunnels(host)) {
        return vec![elsewhere(tunnel, port)];
    }
    Vec::new()
}

fn stands(tunnel: &Tunnel, at: &Url, port: u16, follows: bool) -> Vec<Finding> {
    if !leads_here(tunnel, port) {
        return vec![elsewhere(tunnel, port)];
    }
    if at.scheme() != "https" {
        return vec![NOT_HTTPS.saw(format!("{} is at {at}", tunnel.program.name()))];
    }
    let symptom = if follows { FOLLOWED } else { STANDS };
    let mut found = vec![symptom.saw(format!("{} is at {at}", tunnel.program.name()))];
    if tunnel.program == TunnelProgram::Cloudflared {
        found.push(QUICK.saw(format!("{at} is a quick tunnel")));
    }
    found
}

fn elsewhere(tunnel: &Tunnel, port: u16) -> Finding {
    let leads_to = tunnel.leads_to.as_deref().unwrap_or("another place");
    ELSEWHERE.saw(format!("{} leads to {leads_to}, we listen on port {port}", tunnel.program.name()))
}

/// Whether it leads to our port, as far as it tells.
fn leads_here(tunnel: &Tunnel, port: u16) -> bool {
    tunnel.port().is_none_or(|its| its == port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tunnel(program: TunnelProgram, public: Option<&str>, leads_to: Option<&str>) -> Tunnel {
        Tunnel {
            program,
            public: public.map(|text| text.parse().unwrap()),
            leads_to: leads_to.map(str::to_owned),
            connected: None,
        }
    }

    fn check(public: &str, tunnels: &[Tunnel], expected: &[&str]) {
        let public: Url = public.parse().unwrap();
        let tunnels: Vec<&Tunnel> = tunnels.iter().collect();
        let found = addresses(&public, &tunnels, 8765, false);
        let ids: Vec<_> = found.iter().map(|finding| finding.id.as_ref()).collect();
        assert_eq!(ids, expected, "{public}");
    }

    fn ngrok(public: &str, leads_to: &str) -> Vec<Tunnel> {
        vec![tunnel(TunnelProgram::Ngrok, Some(public), Some(leads_to))]
    }

    #[test]
    fn a_tunnel_that_is_ours_stands() {
        check(
            "https://a.ngrok-free.app/",
            &ngrok("https://a.ngrok-free.app", "http://localhost:8765"),
            &["tunnel.stands"],
        );
        let quick = [tunnel(TunnelProgram::Cloudflared, Some("https://a.trycloudflare.com"), None)];
        check("https://a.trycloudflare.com/", &quick, &["tunnel.stands", "tunnel.quick"]);
        let here: Url = "https://a.ngrok.app/".parse().unwrap();
        let ours = ngrok("https://a.ngrok.app", "http://localhost:8765");
        assert_eq!(addresses(&here, &[&ours[0]], 8765, true)[0].id, "tunnel.followed");
    }

    #[test]
    fn each_fault_of_a_tunnel_is_found() {
        let at_b = ngrok("https://b.ngrok-free.app", "http://localhost:8765");
        check("https://a.ngrok-free.app/", &at_b, &["tunnel.moved"]);
        check("https://wake.example.com/", &at_b, &["tunnel.moved"]);
        let port = ngrok("https://a.ngrok-free.app", "http://localhost:80");
        check("https://a.ngrok-free.app/", &port, &["tunnel.elsewhere"]);
        let other = ngrok("https://b.ngrok-free.app", "http://localhost:80");
        check("https://a.ngrok-free.app/", &other, &["tunnel.elsewhere"]);
        let plain = ngrok("http://a.ngrok-free.app", "http://localhost:8765");
        check("http://a.ngrok-free.app/", &plain, &["tunnel.not-https"]);
        let silent = [tunnel(TunnelProgram::Cloudflared, None, None)];
        check("https://a.trycloudflare.com/", &silent, &["tunnel.unnamed"]);
        let gone: Url = "https://a.ngrok.io/".parse().unwrap();
        assert_eq!(nobody(Some(&gone)).id, "tunnel.absent");
    }

    #[test]
    fn a_tunnel_for_something_else_is_none_of_our_business() {
        check("https://wake.example.com/", &ngrok("https://b.ngrok-free.app", "http://localhost:80"), &[]);
        let home: Url = "https://wake.example.com/".parse().unwrap();
        assert_eq!(nobody(Some(&home)).id, "tunnel.none");
        assert_eq!(nobody(None).id, "tunnel.none");
    }
}
