//! The one loop around a session: frames in, frames out, deadlines, orders, the end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use serde_json::json;
use tokio::sync::broadcast;

use super::session::Session;
use super::wire::Outgoing;
use crate::simulator::openai::record::{Closing, ModelEvent};
use crate::simulator::openai::{Shared, SharedFaults};

/// How long a client may take to read a frame or to close after us.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the client gets after the upgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Welcome {
    /// A session.
    Session,
    /// An error and close 4000: it asked for the beta's shape.
    BetaShape,
    /// Close 3000: its key is wrong.
    BadKey,
}

/// Serves one socket to its end.
pub async fn run(
    mut socket: WebSocket,
    model: &str,
    shared: Arc<Shared>,
    faults: SharedFaults,
    welcome: Welcome,
) {
    let _open = OpenSocket::count(shared.clone());
    match welcome {
        Welcome::BetaShape => turn_away(&mut socket, &shared, 4000, "beta_api_shape_disabled").await,
        Welcome::BadKey => turn_away(&mut socket, &shared, 3000, "invalid_api_key").await,
        Welcome::Session => serve(&mut socket, model, &shared, faults).await,
    }
}

async fn turn_away(socket: &mut WebSocket, shared: &Shared, code: u16, why: &str) {
    if code == 4000 {
        let message = "The Realtime Beta API is no longer supported. Please use the GA API.";
        let error = json!({"type": "error", "event_id": "event_001", "error": {"type": "invalid_request_error",
            "code": why, "message": message, "param": null, "event_id": null}});
        // A client that is gone already needs no telling.
        let _ = socket.send(Message::Text(error.to_string().into())).await;
    }
    let reason = format!("invalid_request_error.{why}").into();
    let _ = socket.send(Message::Close(Some(CloseFrame { code, reason }))).await;
    linger(socket, shared).await;
}

/// Reads on until the client has closed too: data left unread would make TCP reset the connection, and
/// our close frame would be lost with it.
async fn linger(socket: &mut WebSocket, shared: &Shared) {
    let read_on = async { while let Some(Ok(_)) = socket.recv().await {} };
    tokio::select! {
        () = read_on => {}
        () = shared.options.pace.sleep(PATIENCE) => {}
        () = shared.shutdown.cancelled() => {}
    }
}

async fn serve(socket: &mut WebSocket, model: &str, shared: &Arc<Shared>, faults: SharedFaults) {
    let pace = shared.options.pace;
    let number = shared.sessions.fetch_add(1, Ordering::Relaxed) + 1;
    let mut orders = shared.orders.subscribe();
    let mut session = Session::open(number, model, shared.clone(), faults, pace.elapsed());
    let id = session.id().to_owned();
    let closing = loop {
        match deliver(socket, &mut session, shared).await {
            Ok(true) => {}
            Ok(false) => break None,
            Err(Gone) => break Some(Closing::ClientVanished),
        }
        let due = pace.instant_at(session.next_deadline());
        tokio::select! {
            () = shared.shutdown.cancelled() => session.close(1001, "the simulator is going away"),
            order = orders.recv() => match order {
                Ok(order) => session.obey(&order),
                // Orders are single acts of a test; a hundred of them at once are none we can honour.
                Err(broadcast::error::RecvError::Lagged(_) | broadcast::error::RecvError::Closed) => {}
            },
            () = tokio::time::sleep_until(due) => session.advance(pace.elapsed()),
            frame = socket.recv() => match frame {
                Some(Ok(Message::Text(text))) => session.on_text(&text, pace.elapsed()),
                Some(Ok(Message::Binary(_))) => session.on_text("", pace.elapsed()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(frame))) => break Some(Closing::ByClient(frame.map(|frame| frame.code))),
                Some(Err(_)) | None => break Some(Closing::ClientVanished),
            },
        }
    };
    shared.book.note(&id, |record| {
        if record.closed.is_none() {
            record.closed = closing;
        }
    });
    shared.tell(ModelEvent::Closed { session: id });
}

/// The client is gone.
struct Gone;

/// Sends what there is to send; `false` when the session has ended.
async fn deliver(socket: &mut WebSocket, session: &mut Session, shared: &Shared) -> Result<bool, Gone> {
    while let Some(outgoing) = session.next_outgoing() {
        let (message, ends) = match outgoing {
            Outgoing::Text(text) => (Message::Text(text.into()), false),
            Outgoing::Close(code, reason) => {
                (Message::Close(Some(CloseFrame { code, reason: reason.into() })), true)
            }
            Outgoing::Drop => return Ok(false),
        };
        tokio::select! {
            // A client that stopped reading must not keep us alive.
            () = shared.options.pace.sleep(PATIENCE) => return Ok(false),
            sent = socket.send(message) => sent.map_err(|_| Gone)?,
        }
        if ends {
            linger(socket, shared).await;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Counts a socket for as long as it is open.
struct OpenSocket(Arc<Shared>);

impl OpenSocket {
    fn count(shared: Arc<Shared>) -> Self {
        shared.open_sockets.fetch_add(1, Ordering::Relaxed);
        Self(shared)
    }
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.open_sockets.fetch_sub(1, Ordering::Relaxed);
    }
}
