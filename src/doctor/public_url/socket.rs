//! A WebSocket through the public address, as the carrier opens one for the media.

use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderMap, StatusCode};
use tokio_tungstenite::tungstenite::{Error, Message};
use url::Url;

use futures_util::{SinkExt as _, StreamExt as _};

use super::super::finding::Finding;
use super::super::patient::Patient;
use super::super::probes::{PROBE_PATIENCE, Probe};
use super::front::Front;
use super::road::Stream;
use super::{
    SOCKET, SOCKET_BROKE, SOCKET_ELSEWHERE, SOCKET_FORBIDDEN, SOCKET_GATEWAY, SOCKET_MUTE, SOCKET_NOT_FOUND,
    SOCKET_REFUSED, UPGRADE_LOST,
};
use crate::clock::timeout;
use crate::telephony::signature::SIGNATURE_HEADER;

/// As long as a frame of audio is in JSON, or nearly.
const WORDS: &str = "The doctor says something about as long as a frame of audio, so that a proxy which waits for \
    more before it passes anything on is found out by its silence and not by a sleeper's.";

/// Opens it, hears who is there, and says something that must come back.
pub(super) async fn try_it(patient: &Patient, public: &Url, stream: Stream) -> Finding {
    let probe = patient.probe();
    let began = patient.clock.elapsed();
    let opening = timeout(&*patient.clock, PROBE_PATIENCE, open(public, &probe, stream)).await;
    let mut socket = match opening {
        Ok(Ok(socket)) => socket,
        Ok(Err(error)) => return not_opened(&error),
        Err(late) => return SOCKET_MUTE.saw(format!("The upgrade: {late}")),
    };
    let talking = timeout(&*patient.clock, PROBE_PATIENCE, converse(&mut socket, &probe)).await;
    let took = patient.clock.elapsed().saturating_sub(began);
    match talking {
        Ok(Ok(true)) => {
            // Whatever becomes of the goodbye, the socket is gone with this.
            let _ = timeout(&*patient.clock, PROBE_PATIENCE, socket.close(None)).await;
            SOCKET.saw(format!("Opened and echoed in {} ms", took.as_millis()))
        }
        Ok(Ok(false)) => SOCKET_ELSEWHERE.saw("The socket opened, and somebody else answered"),
        Ok(Err(error)) => SOCKET_BROKE.saw(format!("The socket opened: {error}")),
        Err(late) => SOCKET_MUTE.saw(format!("The socket opened: {late}")),
    }
}

async fn open(public: &Url, probe: &Probe, stream: Stream) -> Result<WebSocketStream<Stream>, Error> {
    let mut url = public.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["doctor", "echo", probe.name.as_str()]);
    }
    let address = url.as_str().replacen("http", "ws", 1);
    let mut request = address.into_client_request()?;
    request
        .headers_mut()
        .insert(SIGNATURE_HEADER, "doctor".parse().expect("a constant header is well-formed"));
    let (socket, _reply) = tokio_tungstenite::client_async(request, stream).await?;
    Ok(socket)
}

/// True when what only we know came, and our words came back.
async fn converse(socket: &mut WebSocketStream<Stream>, probe: &Probe) -> Result<bool, Error> {
    if next_text(socket).await? != probe.answer.as_str() {
        return Ok(false);
    }
    socket.send(Message::text(WORDS)).await?;
    Ok(next_text(socket).await? == WORDS)
}

async fn next_text(socket: &mut WebSocketStream<Stream>) -> Result<String, Error> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
            Some(Ok(Message::Close(_))) | None => return Err(Error::ConnectionClosed),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(error),
        }
    }
}

fn not_opened(error: &Error) -> Finding {
    let Error::Http(reply) = error else {
        return SOCKET_BROKE.saw(format!("The upgrade: {error}"));
    };
    refused(reply.status(), reply.headers())
}

fn refused(status: StatusCode, headers: &HeaderMap) -> Finding {
    let front = Front::of(headers);
    let by = front.map_or(String::new(), |front| format!(" ({})", front.name()));
    let saw = format!("The upgrade was answered {status}{by}, not 101");
    let symptom = match status.as_u16() {
        // Ours, when the headers that ask for the upgrade were lost; others say 426 or a page.
        200..=299 | 400 | 426 => UPGRADE_LOST,
        401 | 403 | 407 => SOCKET_FORBIDDEN,
        404 | 405 => SOCKET_NOT_FOUND,
        500..=599 => SOCKET_GATEWAY,
        _ => SOCKET_REFUSED,
    };
    let finding = symptom.saw(saw);
    match front.filter(|_| symptom == UPGRADE_LOST) {
        Some(front) => finding.cured_by(front.passes_sockets_when()),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_in_place_of_the_upgrade_tells_what_is_wrong() {
        for (status, id) in [
            (400, "upgrade-lost"),
            (426, "upgrade-lost"),
            (200, "upgrade-lost"),
            (401, "socket-forbidden"),
            (403, "socket-forbidden"),
            (404, "socket-not-found"),
            (502, "socket-gateway"),
            (504, "socket-gateway"),
            (301, "socket-refused"),
            (429, "socket-refused"),
        ] {
            let finding = refused(StatusCode::from_u16(status).unwrap(), &HeaderMap::new());
            assert_eq!(finding.id, format!("public-url.{id}"), "{status}");
            assert_eq!(finding.code.as_deref(), Some("31920"), "{status}");
        }
    }

    #[test]
    fn the_cure_is_that_of_the_proxy_which_was_seen() {
        let mut headers = HeaderMap::new();
        headers.insert("server", "Apache/2.4.62".parse().unwrap());
        let finding = refused(StatusCode::BAD_REQUEST, &headers);
        assert!(finding.saw.contains("(Apache)") && finding.fix.unwrap().contains("proxy_wstunnel"));
    }
}
