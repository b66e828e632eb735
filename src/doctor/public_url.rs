//! The public address, from the outside in: name, connection, TLS, a form as the carrier posts it, and a
//! WebSocket, each until the first that fails.
//!
//! What comes back must hold an answer that only this program knows ([`super::probes`]), so that neither an
//! echo nor another program can pass for us.

mod front;
mod http;
mod road;
mod socket;
mod tls;

use url::Url;

use super::finding::{Finding, symptoms};
use super::patient::Patient;

symptoms! {
    LOCAL = Ok "public-url.not-needed": "On the local line nobody outside needs to find this program.";
    NOT_SET = Fail "public-url.not-set" ["21205"]: "Nothing says where the carrier finds this program, so it does not start."
        => "Set BASE_URL to the https address of your tunnel or proxy, or FOLLOW_TUNNEL=true when ngrok or cloudflared runs here.";
    PORT_TAKEN = Fail "public-url.port-taken": "The port this program listens on cannot be had: another program has it, or it needs more rights."
        => "Set PORT to a free one, and have the tunnel or proxy lead there; or stop the other program.";
    NOT_HTTPS = Warn "public-url.not-https" ["31922"]: "The address is not https. The carrier opens media streams to wss:// only, so every call is traditional, and what is said travels in the open."
        => "Put a proxy or tunnel with a certificate before this program, and set BASE_URL to its https address.";
    OTHER_PORT = Note "public-url.port" ["31902"]: "The carrier documents media streams on port 443 only; whether it opens them on another one is not certain.";
    NO_NAME = Fail "public-url.no-name" ["11210"]: "The host name of the public address does not exist, as far as this machine can tell."
        => "Check BASE_URL for a mistyped name; a tunnel that was started again has a new one (FOLLOW_TUNNEL=true follows it).";
    PRIVATE = Warn "public-url.private" ["31904"]: "From here the name leads to a private address, which the carrier cannot reach; unless the outside is told another one."
        => "Look the name up from outside your network. If it is private there too, use a tunnel or a public address.";
    REFUSED = Fail "public-url.refused" ["11205"]: "Nobody takes the connection at the public address. Some routers also refuse connections from inside to their own outside."
        => "Start the tunnel or proxy, and let the port through firewall and router. If it works from a telephone on mobile data, it is the router, and no fault.";
    UNANSWERED = Fail "public-url.unanswered" ["11205"]: "The connection to the public address is neither taken nor refused: a firewall drops it, or the router does not lead inside back in."
        => "Let the port through firewall and router. If it works from a telephone on mobile data, it is the router, and no fault.";
    EXPIRED = Fail "public-url.certificate-expired" ["11236"]: "The certificate has expired: the carrier refuses the connection."
        => "Renew the certificate, and see why it was not renewed by itself.";
    EXPIRES = Warn "public-url.certificate-expires" ["11236"]: "The certificate expires within a week; what renews certificates does so a month before."
        => "See why the certificate was not renewed by itself.";
    OTHER_NAME = Fail "public-url.certificate-name" ["11235"]: "The certificate is for another name than the public address."
        => "Have the proxy get a certificate for the name in BASE_URL, or correct BASE_URL.";
    UNTRUSTED = Fail "public-url.certificate-untrusted" ["11237"]: "The certificate is self-signed, of a private authority, or served without its intermediate certificates: the carrier refuses it."
        => "Use a certificate of a public authority such as Let's Encrypt, and serve the whole chain (fullchain.pem).";
    TLS = Fail "public-url.tls" ["11220"]: "No TLS connection comes about at the public address: perhaps what listens there does not speak TLS, or only versions before 1.2."
        => "Check that the proxy speaks TLS on this port.";
    REACHED = Ok "public-url.reached": "A form posted to the public address reaches this program, signature header included.";
    NOT_SERVED = Note "public-url.not-served": "Name, connection and certificate are well. Whether the address leads to this program can be seen only while it runs.";
    SLOW = Warn "public-url.slow" ["11200"]: "The way through the public address takes seconds. The carrier waits 15 s, for a trial account 5 s, and the sleeper waits as long."
        => "Look at the tunnel; another region or a proxy of your own is quicker.";
    REDIRECTED = Fail "public-url.redirected" ["11200"]: "The public address redirects. The carrier follows by GET, and loses what it posted."
        => "Set BASE_URL to the address it redirects to.";
    LOGIN = Fail "public-url.login" ["11200"]: "Something before this program wants a password, which the carrier does not have."
        => "Let the carrier's paths through without it: they are protected by signatures and tickets.";
    FORBIDDEN = Fail "public-url.forbidden" ["11200"]: "Something before this program forbids the request: a firewall against robots, an access policy, or a tunnel's plan."
        => "Let POST requests to the carrier's paths through, without challenges.";
    NOT_FOUND = Fail "public-url.not-found" ["11200"]: "What answers at the public address does not know our path: another program, or a proxy that leads elsewhere or changes paths."
        => "Have the proxy or tunnel lead all paths to this program; a path in BASE_URL must be cut off by the proxy.";
    OFFLINE = Fail "public-url.tunnel-offline" ["11200"]: "The tunnel's service answers that the tunnel is not there."
        => "Start the tunnel; if its address has changed, set BASE_URL to the new one, or FOLLOW_TUNNEL=true.";
    BAD_GATEWAY = Fail "public-url.bad-gateway" ["11200"]: "The proxy or tunnel answers, but does not reach this program behind it."
        => "Check where it leads: this program listens on the address that the finding names. In a container, 127.0.0.1 is the container itself: set HOST=0.0.0.0.";
    SOMEBODY_ELSE = Fail "public-url.somebody-else" ["12100"]: "The public address is answered, but not by this program: another one stands behind it, or a page of the tunnel's service stands before it."
        => "Check where the proxy or tunnel leads, and that no other instance of this program answers there.";
    ODD_STATUS = Fail "public-url.odd-status" ["11200"]: "The public address answers with a status that the carrier takes for a failure."
        => "Look at the proxy's or tunnel's log.";
    NOT_HTTP = Fail "public-url.not-http" ["11206"]: "What listens at the public address does not speak HTTP, or hangs up in the middle."
        => "Check what listens there; a tcp tunnel will not do.";
    MUTE = Fail "public-url.no-answer" ["11200"]: "The public address takes the request and never answers."
        => "Look at the proxy's or tunnel's log, and at where it leads.";
    SIGNATURE_LOST = Fail "public-url.signature-lost" ["15003"]: "The proxy takes away the header by which we know the carrier: every webhook will be refused."
        => "Have the proxy pass the header X-Twilio-Signature.";
    FORM_LOST = Fail "public-url.form-lost" ["11200"]: "On the way the POST became something else, or its form was lost."
        => "Have the proxy pass requests as they are.";
    SOCKET = Ok "public-url.socket": "A WebSocket through the public address reaches this program, and words go both ways.";
    UPGRADE_LOST = Fail "public-url.upgrade-lost" ["31920"]: "The proxy does not pass WebSockets: the request to upgrade arrives without its headers, or is answered as an ordinary one. Every call is traditional, after a moment of silence."
        => "nginx: `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";`. Apache: mod_proxy_wstunnel, or `upgrade=websocket` on ProxyPass. Caddy and the tunnels do it by themselves.";
    SOCKET_FORBIDDEN = Fail "public-url.socket-forbidden" ["31920"]: "Ordinary requests pass, WebSockets are forbidden on the way: an access policy, a firewall against robots, or a tunnel's free plan."
        => "Let WebSockets to /media-stream/ through, or use another plan, tunnel or proxy.";
    SOCKET_NOT_FOUND = Fail "public-url.socket-not-found" ["31920"]: "Ordinary requests reach this program, the WebSocket's path leads elsewhere."
        => "Have the proxy lead all paths to this program, WebSockets too.";
    SOCKET_GATEWAY = Fail "public-url.socket-gateway" ["31920"]: "The proxy or tunnel fails when it passes a WebSocket on."
        => "Look at the proxy's log: it may speak another version of HTTP to this program, or time out at once.";
    SOCKET_REFUSED = Fail "public-url.socket-refused" ["31920"]: "The WebSocket is answered with something else than an upgrade."
        => "Look at the proxy's or tunnel's log.";
    SOCKET_MUTE = Fail "public-url.socket-mute" ["31901"]: "The WebSocket is not answered, or opens and stays silent: the proxy holds frames back."
        => "Switch off buffering for WebSockets in the proxy (nginx: `proxy_buffering off;`).";
    SOCKET_BROKE = Fail "public-url.socket-broke" ["31921"]: "The WebSocket breaks as soon as it is used."
        => "Look at the proxy's log, and at its time-outs.";
    SOCKET_ELSEWHERE = Fail "public-url.socket-elsewhere" ["31920"]: "The WebSocket is opened by another program than this one."
        => "Have the proxy lead all paths to this program, WebSockets too.";
}

/// The port on which the carrier's streams are documented.
const HTTPS_PORT: u16 = 443;

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let settings = &patient.background.settings;
    if settings.carrier.is_built_in() {
        return vec![LOCAL.saw("Calls stay on the local line")];
    }
    let mut found = Vec::new();
    if let Err(why) = &patient.served {
        found.push(PORT_TAKEN.saw(why));
    }
    let Some(public) = patient.public() else {
        found.push(NOT_SET.saw("BASE_URL is not set"));
        return found;
    };
    found.extend(scheme(&public));
    found.extend(travel(patient, &public).await);
    found
}

fn scheme(public: &Url) -> Option<Finding> {
    if public.scheme() != "https" {
        return Some(NOT_HTTPS.saw(format!("{public} begins with {}://", public.scheme())));
    }
    let port = public.port_or_known_default().filter(|port| *port != HTTPS_PORT)?;
    Some(OTHER_PORT.saw(format!("The public port is {port}")))
}

/// The whole way, as far as it goes.
async fn travel(patient: &Patient, public: &Url) -> Vec<Finding> {
    let road = match road::find(patient, public).await {
        Ok(road) => road,
        Err(finding) => return vec![finding],
    };
    let mut found: Vec<Finding> = road.remarks.clone();
    let stream = match road.connect(patient).await {
        Ok(stream) => stream,
        Err(finding) => {
            found.push(finding);
            return found;
        }
    };
    found.extend(tls::expires_soon(patient, &stream));
    if patient.served.is_err() {
        found.push(NOT_SERVED.saw(format!("{public} takes connections")));
        return found;
    }
    match http::ask(patient, public, stream).await {
        Ok(reached) => found.extend(reached),
        Err(finding) => {
            found.push(finding);
            return found;
        }
    }
    if public.scheme() == "https" {
        found.push(match road.connect(patient).await {
            Ok(stream) => socket::try_it(patient, public, stream).await,
            Err(finding) => finding,
        });
    }
    found
}
