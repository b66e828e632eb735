//! A form posted to the public address, as the carrier posts one.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use axum::http::{HeaderMap, Request, StatusCode};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use url::Url;

use super::super::finding::Finding;
use super::super::patient::Patient;
use super::super::probes::{PROBE_PATIENCE, Probe};
use super::front::Front;
use super::road::Stream;
use super::{
    BAD_GATEWAY, FORBIDDEN, FORM_LOST, LOGIN, MUTE, NOT_FOUND, NOT_HTTP, ODD_STATUS, OFFLINE, REACHED,
    REDIRECTED, SIGNATURE_LOST, SLOW, SOMEBODY_ELSE,
};
use crate::clock::timeout;
use crate::telephony::signature::SIGNATURE_HEADER;

/// Our own answer has some hundred bytes; a page of somebody else's is not read to its end.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Slower than this is felt by whoever waits on the line.
const SLOW_AFTER: Duration = Duration::from_secs(2);

/// What only we answer, and what arrived.
#[derive(Deserialize)]
struct Arrived {
    answer: String,
    method: String,
    form: bool,
    signature: bool,
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Posts the form; `Ok` when it reached us, with whatever is odd about that.
pub(super) async fn ask(patient: &Patient, public: &Url, stream: Stream) -> Result<Vec<Finding>, Finding> {
    let probe = patient.probe();
    let began = patient.clock.elapsed();
    let reply = match timeout(&*patient.clock, PROBE_PATIENCE, exchange(public, &probe, stream)).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(error)) => return Err(NOT_HTTP.saw(format!("{public}: {error}"))),
        Err(late) => return Err(MUTE.saw(format!("{public}: {late}"))),
    };
    let took = patient.clock.elapsed().saturating_sub(began);
    let arrived = understand(patient, public, &probe, &reply).map_err(|finding| *finding)?;
    let mut found = Vec::new();
    if arrived.method != "POST" || !arrived.form {
        found.push(FORM_LOST.saw(format!("A POST with a form arrived as {}", arrived.method)));
    }
    if !arrived.signature {
        found.push(SIGNATURE_LOST.saw("X-Twilio-Signature did not arrive"));
    }
    if found.is_empty() {
        let symptom = if took > SLOW_AFTER { SLOW } else { REACHED };
        let through =
            Front::of(&reply.headers).map_or(String::new(), |front| format!(" through {}", front.name()));
        found.push(symptom.saw(format!("{public} reached this program{through} in {} ms", took.as_millis())));
    }
    Ok(found)
}

async fn exchange(public: &Url, probe: &Probe, stream: Stream) -> Result<Reply, String> {
    let mut url = public.clone();
    url.path_segments_mut().map_err(|()| "the address has no path".to_owned())?.pop_if_empty().extend([
        "doctor",
        "probe",
        probe.name.as_str(),
    ]);
    let request = Request::post(url.path())
        .header(HOST, authority(&url))
        .header(USER_AGENT, "TwilioProxy/1.1 (as the doctor imitates it)")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
        .header(SIGNATURE_HEADER, "doctor")
        .body(Body::from("CallStatus=doctor"))
        .map_err(|error| error.to_string())?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let asking = async {
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let (head, body) = response.into_parts();
        // A body that is too long or breaks off is not ours, and the status says enough.
        let body = to_bytes(Body::new(body), ANSWER_BYTES_MAX).await.unwrap_or_default();
        Ok(Reply { status: head.status, headers: head.headers, body: body.to_vec() })
    };
    tokio::pin!(asking, connection);
    tokio::select! {
        reply = &mut asking => reply,
        // The connection may end before its last bytes have been read.
        _ = &mut connection => asking.await,
    }
}

/// Host and, if it is not the scheme's own, port.
pub(super) fn authority(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

fn understand(
    patient: &Patient,
    public: &Url,
    probe: &Probe,
    reply: &Reply,
) -> Result<Arrived, Box<Finding>> {
    let front = Front::of(&reply.headers);
    let by = front.map_or(String::new(), |front| format!(" ({})", front.name()));
    let saw = format!("{public} answered {}{by}", reply.status);
    let ngrok = reply.headers.get("ngrok-error-code").and_then(|code| code.to_str().ok());
    if let Some(code) = ngrok {
        return Err(Box::new(OFFLINE.saw(saw).with_code(Some(code))));
    }
    let symptom = match reply.status.as_u16() {
        200 => match serde_json::from_slice::<Arrived>(&reply.body) {
            Ok(arrived) if arrived.answer == probe.answer.as_str() => return Ok(arrived),
            _ => SOMEBODY_ELSE,
        },
        301 | 302 | 303 | 307 | 308 => return Err(Box::new(redirected(public, reply))),
        401 | 407 => LOGIN,
        403 => FORBIDDEN,
        404 | 405 => NOT_FOUND,
        // Cloudflare's own number for a tunnel that is not there.
        530 => OFFLINE,
        502..=504 | 521..=523 => {
            let listens = patient.background.settings.listen;
            let finding = BAD_GATEWAY.saw(format!("{saw}; this program listens on {listens}"));
            return Err(Box::new(finding));
        }
        _ => ODD_STATUS,
    };
    Err(Box::new(symptom.saw(saw)))
}

fn redirected(public: &Url, reply: &Reply) -> Finding {
    let to = reply.headers.get(LOCATION).and_then(|to| to.to_str().ok());
    let to = to.and_then(|to| public.join(to).ok());
    let origin = to.map_or("somewhere".to_owned(), |to| to.origin().ascii_serialization());
    REDIRECTED.saw(format!("{public} redirects to {origin} ({})", reply.status))
}
