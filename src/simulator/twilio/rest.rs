//! The REST API: who asks, for what, and the faults on the way.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout_at;
use url::form_urlencoded;

use super::call::{Call, ORDERS, Order, Plan, Wish};
use super::create::{self, Form};
use super::errors::Refusal;
use super::ledger::{CallRecord, CallStatus, Direction};
use super::list;
use super::office::Office;
use super::options::{AccountAnswer, CreateFault};
use super::params::Param;
use super::resource::{self, API_VERSION};

/// Marks an answer that is never sent: the connection dies instead.
#[derive(Debug, Clone, Copy)]
pub(super) struct HangUpInstead;

/// How long an update waits for the call to have obeyed.
const OBEYED_WITHIN: Duration = Duration::from_secs(5);

/// Answers any request.
pub(super) async fn handle(
    State(office): State<Arc<Office>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_authorized(&office, &headers) {
        return Refusal::unauthorized().into_response();
    }
    let form: Vec<Param> = form_urlencoded::parse(&body).into_owned().collect();
    office.note_request(&method, &uri);
    let asked = async {
        account_fault(&office, &method, &uri).await?;
        route(&office, &method, &uri, form).await.map_err(IntoResponse::into_response)
    };
    dated(&office, asked.await.unwrap_or_else(|answer| answer))
}

/// The carrier's own idea of the time, which every answer carries.
fn dated(office: &Office, mut response: Response) -> Response {
    let ahead = SignedDuration::from_secs(office.faults().account.clock_ahead_secs);
    let date = office.wall().saturating_add(ahead).unwrap_or(Timestamp::MAX);
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

/// What becomes of questions about the account itself; calls have faults of their own.
async fn account_fault(office: &Office, method: &Method, uri: &Uri) -> Result<(), Response> {
    let about_calls = uri.path().contains("/Calls") && !uri.path().contains("/Notifications");
    let fault = office.faults().account.answers;
    let Some(fault) = fault.filter(|_| method == Method::GET && !about_calls) else { return Ok(()) };
    Err(match fault {
        AccountAnswer::Status(status) => Refusal::with_status(status).into_response(),
        AccountAnswer::Garbage => {
            ([(header::CONTENT_TYPE, "text/html")], "<html>It works!</html>").into_response()
        }
        AccountAnswer::Silence => pending().await,
        AccountAnswer::Reset => {
            let mut never_sent = StatusCode::OK.into_response();
            never_sent.extensions_mut().insert(HangUpInstead);
            never_sent
        }
    })
}

/// Basic authentication with the account's token or an API key.
fn is_authorized(office: &Office, headers: &HeaderMap) -> bool {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(encoded) = header.and_then(|value| value.strip_prefix("Basic ")) else { return false };
    let Some(decoded) = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return false;
    };
    let Some((user, secret)) = decoded.split_once(':') else { return false };
    let options = &office.options;
    (user, secret) == (options.account_sid.as_str(), options.auth_token.as_str())
        || options.api_keys.iter().any(|(key, known)| (user, secret) == (key.as_str(), known.as_str()))
}

async fn route(
    office: &Arc<Office>,
    method: &Method,
    uri: &Uri,
    form: Vec<Param>,
) -> Result<Response, Refusal> {
    let not_found = || Refusal::not_found(uri.path());
    let path = uri.path().strip_suffix(".json").ok_or_else(not_found)?;
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let [version, "Accounts", account, rest @ ..] = segments.as_slice() else { return Err(not_found()) };
    // An API key is not an account: the path keeps the account's own identifier.
    if *version != API_VERSION || *account != office.options.account_sid {
        return Err(not_found());
    }
    match (method, rest) {
        (&Method::POST, ["Calls"]) => create(office, form).await,
        (&Method::GET, ["Calls"]) => {
            refuse_when_down(office)?;
            list::page(office, uri.query().unwrap_or_default()).map(ok)
        }
        (&Method::GET, ["Calls", sid]) => {
            refuse_when_down(office)?;
            fetch(office, sid).map(ok).ok_or_else(not_found)
        }
        (&Method::POST, ["Calls", sid]) => update(office, sid, &form).await?.map(ok).ok_or_else(not_found),
        (&Method::DELETE, ["Calls", sid]) => delete(office, sid).then_some(gone()).ok_or_else(not_found),
        (&Method::GET, ["Calls", sid, "Notifications"]) => {
            list::notifications(office, sid).map(ok).ok_or_else(not_found)
        }
        (&Method::GET, []) => Ok(ok(resource::account(office))),
        (&Method::GET, ["Balance"]) => Ok(ok(resource::balance(office))),
        (&Method::GET, ["IncomingPhoneNumbers"]) => {
            Ok(ok(list::numbers(office, uri.query().unwrap_or_default())))
        }
        (&Method::GET, ["OutgoingCallerIds"]) => {
            Ok(ok(list::caller_ids(office, uri.query().unwrap_or_default())))
        }
        (_, [] | ["Calls" | "Balance" | "IncomingPhoneNumbers" | "OutgoingCallerIds"] | ["Calls", _]) => {
            Err(Refusal::wrong_method())
        }
        _ => Err(not_found()),
    }
}

fn ok(body: Value) -> Response {
    Json(body).into_response()
}

fn gone() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn refuse_when_down(office: &Office) -> Result<(), Refusal> {
    if office.faults().lists_fail { Err(Refusal::unavailable()) } else { Ok(()) }
}

async fn create(office: &Arc<Office>, form: Vec<Param>) -> Result<Response, Refusal> {
    let fault = office.faults().creates.pop_front();
    match fault {
        Some(CreateFault::TooMany) => return Err(Refusal::too_many()),
        Some(CreateFault::Refused(code)) => return Err(Refusal::bad(code, "Refused, as the story has it")),
        Some(CreateFault::ErrorBefore) => return Err(Refusal::internal()),
        Some(CreateFault::Redirect) => {
            let location = [(header::LOCATION, "http://127.0.0.1:9/elsewhere")];
            return Ok((StatusCode::TEMPORARY_REDIRECT, location).into_response());
        }
        _ => {}
    }
    let order = create::read(Form(&form), &office.options)?;
    let live = office.books().calls.iter().filter(|call| !call.status.is_final()).count();
    if office.options.trial && live >= TRIAL_CALLS {
        return Err(Refusal::bad(10_004, "Call concurrency limit exceeded"));
    }
    let both = Form(&form).get("Url").is_some() && Form(&form).get("Twiml").is_some();
    let sid = accept(office, order, form, Direction::Outbound);
    if both {
        office.problem(&sid, 32_019, "Twiml is ignored when there is a Url");
    }
    match fault {
        Some(CreateFault::ErrorAfter) => Err(Refusal::internal()),
        Some(CreateFault::UnavailableAfter) => Err(Refusal::unavailable()),
        Some(CreateFault::Silence) => pending().await,
        Some(CreateFault::Reset) => {
            let mut never_sent = StatusCode::CREATED.into_response();
            never_sent.extensions_mut().insert(HangUpInstead);
            Ok(never_sent)
        }
        Some(CreateFault::Garbage) => {
            let html = [(header::CONTENT_TYPE, "text/html")];
            Ok((StatusCode::CREATED, html, "<html>It works!</html>").into_response())
        }
        _ => {
            let books = office.books();
            let call = books.find(&sid).and_then(|call| resource::call(office, call, office.elapsed()));
            call.map(|call| (StatusCode::CREATED, Json(call)).into_response()).ok_or_else(Refusal::internal)
        }
    }
}

/// Calls a trial account may have at once.
const TRIAL_CALLS: usize = 5;

/// Enters a call into the books and starts its task; its identifier.
pub(super) fn accept(
    office: &Arc<Office>,
    order: create::Order,
    request: Vec<Param>,
    direction: Direction,
) -> String {
    let sid = office.sid("CA");
    let (now, wall) = (office.elapsed(), office.wall());
    let create::Order { to, from, plan } = order;
    let slot = match direction {
        Direction::Inbound => now,
        Direction::Outbound => office.take_slot(now),
    };
    let (orders, taken) = mpsc::channel(ORDERS);
    let callee = if direction == Direction::Inbound { from.clone() } else { to.clone() };
    let record = CallRecord {
        sid: sid.clone(),
        to,
        from,
        direction,
        status: CallStatus::Queued,
        history: vec![(now, CallStatus::Queued)],
        created_at: wall,
        started_at: None,
        ended_at: None,
        updated_at: wall,
        queue_time: slot.saturating_sub(now),
        request,
        answered_by: None,
        sip_code: None,
        problems: Vec::new(),
        webhooks: Vec::new(),
        documents: Vec::new(),
        said: Vec::new(),
        heard: Vec::new(),
        streams: Vec::new(),
    };
    office.enter(record, orders);
    spawn(office, &sid, callee, direction, plan, taken, slot);
    sid
}

fn spawn(
    office: &Arc<Office>,
    sid: &str,
    callee: String,
    direction: Direction,
    plan: Plan,
    orders: mpsc::Receiver<Order>,
    slot: Duration,
) {
    let call =
        Call { office: Arc::clone(office), sid: sid.to_owned(), callee, direction, plan, orders, slot };
    office.tracker.spawn(call.run());
}

/// A call as the eventually consistent API sees it now.
fn fetch(office: &Office, sid: &str) -> Option<Value> {
    let moment = list::visible_moment(office)?;
    resource::call(office, office.books().find(sid)?, moment)
}

fn delete(office: &Office, sid: &str) -> bool {
    let mut books = office.books();
    let finished = |call: &CallRecord| call.sid == sid && call.status.is_final();
    let Some(at) = books.calls.iter().position(finished) else { return false };
    books.calls.remove(at);
    books.sounds.remove(sid);
    true
}

async fn update(office: &Arc<Office>, sid: &str, form: &[Param]) -> Result<Option<Value>, Refusal> {
    let Some(status) = office.books().find(sid).map(|call| call.status) else { return Ok(None) };
    let not_in_progress = || Refusal::bad(21_220, "Call is not in-progress. Cannot redirect.");
    let form = Form(form);
    let wish = match form.get("Status") {
        Some("completed") if status.is_final() => return Err(not_in_progress()),
        Some("completed") => Some(Wish::HangUp),
        // No effect once answered.
        Some("canceled") => {
            matches!(status, CallStatus::Queued | CallStatus::Ringing).then_some(Wish::HangUp)
        }
        Some(other) => return Err(Refusal::bad(20_001, format!("Invalid Status: {other}"))),
        None => match form.next()? {
            None => None,
            Some(_) if status != CallStatus::InProgress || loses_the_race(office) => {
                return Err(not_in_progress());
            }
            Some(next) => Some(Wish::Replace(next)),
        },
    };
    if let Some(wish) = wish {
        obey(office, sid, wish).await;
    }
    let books = office.books();
    Ok(books.find(sid).and_then(|call| resource::call(office, call, office.elapsed())))
}

fn loses_the_race(office: &Office) -> bool {
    let mut faults = office.faults();
    let loses = faults.redirect_races > 0;
    faults.redirect_races = faults.redirect_races.saturating_sub(1);
    loses
}

async fn obey(office: &Arc<Office>, sid: &str, wish: Wish) {
    let orders = office.books().orders.get(sid).cloned();
    let Some(orders) = orders else { return };
    let (done, obeyed) = oneshot::channel();
    let pace = office.pace();
    let deadline = pace.instant_at(pace.elapsed() + OBEYED_WITHIN);
    // A call that ends at this very moment cannot obey any more, and that is as good.
    let _ = timeout_at(deadline, async {
        let _ = orders.send(Order { wish, done }).await;
        obeyed.await
    })
    .await;
}

/// The envelope all lists share.
pub(super) fn envelope(name: &str, items: Vec<Value>, uri: &str) -> Value {
    let (last, size) = (items.len().saturating_sub(1), items.len().max(50));
    let mut page = json!({
        "page": 0,
        "page_size": size,
        "start": 0,
        "end": last,
        "uri": uri,
        "first_page_uri": uri,
        "next_page_uri": null,
        "previous_page_uri": null,
    });
    page[name] = Value::Array(items);
    page
}
