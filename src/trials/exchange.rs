//! The carrier and the models as a process of their own, which outlives the daemons that are killed beside it.
//!
//! Prints one line of JSON that says where they listen. Its books are read at the control address, on
//! loopback, and written to a file at the end; the same address takes the owner's notices.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::ledger::{Ledger, LedgerCall};
use super::people;
use crate::clock::SystemClock;
use crate::config::FastTime;
use crate::simulator::lifetime::until_asked_to_stop;
use crate::simulator::openai::{Models, ModelsOptions};
use crate::simulator::pace::Pace;
use crate::simulator::twilio::{Exchange, ExchangeOptions, Tunnel};

/// The account.
pub const ACCOUNT: &str = "AC7219a100000000000000000000000001";
/// What opens it, and signs its webhooks; there is nothing behind it.
pub const TOKEN: &str = "auth-token-of-a-trial";
/// The only key that the models take.
pub const KEY: &str = "sk-key-of-a-trial";
/// The number that calls come from.
pub const FROM: &str = "+15005550006";
/// The public address of the daemon under trial.
pub const PUBLIC: &str = "https://wake.example.com";
/// Calls the simulated account may place in a second: pacing is not what these trials are about.
const CALLS_PER_SECOND: f64 = 50.0;

/// How the far side of a trial is set up.
#[derive(Debug, Clone, clap::Args)]
pub struct ExchangeArgs {
    /// Where the carrier's API listens; 0 takes a free port.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// How many times as fast as real time the far side runs, and since when.
    #[arg(long, default_value_t = 1.0)]
    pub speed: f64,
    /// The moment at which its clock and the machine's agreed.
    #[arg(long)]
    pub origin: Option<Timestamp>,
    /// The port of the daemon, behind the public address of the trial.
    #[arg(long, value_name = "PORT")]
    pub daemon: u16,
    /// How many people can be telephoned.
    #[arg(long, default_value_t = 10)]
    pub people: usize,
    /// Who they are.
    #[arg(long, value_enum, default_value_t = people::Who::Drawn)]
    pub who: people::Who,
    /// Draws how they behave.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How long a call is missing in the carrier's list after it was taken, in simulated milliseconds.
    #[arg(long, default_value_t = 1_000)]
    pub list_delay_ms: u64,
    /// Where its books are written at the end.
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
}

/// Where the far side of a trial is, as it says itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Whereabouts {
    /// The carrier's API.
    pub twilio: String,
    /// The models.
    pub openai: String,
    /// Its books, and where the owner's notices go.
    pub control: String,
}

struct Books {
    exchange: Exchange,
    notices: Mutex<Vec<serde_json::Value>>,
}

impl Books {
    fn ledger(&self) -> Ledger {
        let notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ledger { calls: self.exchange.calls().iter().map(LedgerCall::of).collect(), notices }
    }
}

/// Runs the far side until its input ends or a signal comes.
pub async fn run(args: &ExchangeArgs) -> anyhow::Result<()> {
    let pace = Pace::new(args.speed);
    let models = Models::start(ModelsOptions::local(KEY, pace)).await.context("starting the models")?;
    let exchange = Exchange::start(options(args, pace)).await.context("starting the exchange")?;
    for index in 0..args.people {
        exchange.set_sleeper(&people::number(index), args.who.scripts(args.seed, index));
    }
    let books = Arc::new(Books { exchange, notices: Mutex::default() });
    let control = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("opening the books")?;
    let found = Whereabouts {
        twilio: books.exchange.url(),
        openai: models.url(),
        control: format!("http://{}", control.local_addr()?),
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(&found)?)?;
    out.flush()?;
    drop(out);
    let stop = CancellationToken::new();
    let closed = stop.clone().cancelled_owned();
    let served = axum::serve(control, router(&books)).with_graceful_shutdown(closed);
    let (served, asked) = tokio::join!(served, async {
        let asked = until_asked_to_stop().await;
        stop.cancel();
        asked
    });
    served.and(asked)?;
    if let Some(file) = &args.ledger {
        let written = serde_json::to_vec_pretty(&books.ledger())?;
        std::fs::write(file, written).with_context(|| format!("writing {}", file.display()))?;
    }
    models.shutdown().await;
    Ok(())
}

fn options(args: &ExchangeArgs, pace: Pace) -> ExchangeOptions {
    let clock = SystemClock::shared();
    let time = FastTime { origin: args.origin.unwrap_or_else(|| clock.now()), speed: args.speed };
    ExchangeOptions {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)),
        numbers: vec![FROM.to_owned()],
        calls_per_second: CALLS_PER_SECOND,
        list_delay: Duration::from_millis(args.list_delay_ms),
        pace,
        wall: Arc::new(move || time.at(clock.now())),
        tunnels: vec![Tunnel {
            public_origin: PUBLIC.to_owned(),
            local: SocketAddr::from((Ipv4Addr::LOCALHOST, args.daemon)),
        }],
        seed: Some(args.seed),
        ..ExchangeOptions::new(ACCOUNT, TOKEN)
    }
}

fn router(books: &Arc<Books>) -> Router {
    Router::new()
        .route("/ledger", get(async |State(books): State<Arc<Books>>| Json(books.ledger())))
        .route("/notices", post(take_notice))
        .with_state(Arc::clone(books))
}

async fn take_notice(State(books): State<Arc<Books>>, Json(notice): Json<serde_json::Value>) -> StatusCode {
    books.notices.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
    StatusCode::NO_CONTENT
}
