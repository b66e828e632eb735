//! A running daemon: its services in one set, stopped in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_cron_scheduler::JobScheduler;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Launch;
use super::follow::Follow;
use super::supervisor::Watched;
use crate::calls::{Calls, Parts};
use crate::desk::{Daemon, Desk};
use crate::http;
use crate::notify::Notifier;
use crate::scheduler::backups::Backups;
use crate::scheduler::calendars::Calendars;
use crate::scheduler::clock_watch::ClockWatch;
use crate::scheduler::dispatch::{DispatchHealth, Dispatcher, WATCHDOG_EVERY};
use crate::scheduler::housekeeping::Housekeeper;
use crate::scheduler::plan::crowd::Crowds;
use crate::scheduler::pulse::{self, Bells};
use crate::store::Store;
use crate::telephony::client::Carrier;
use crate::telephony::urls::Addresses;
use crate::traditional::ChatModel;
use crate::web::{self, WebSettings, serve};

/// After live calls were handed over, the carrier needs a moment to ask what comes next.
const CARRIER_ASKS_WITHIN: Duration = Duration::from_secs(2);
/// How long open requests may take once no new ones are accepted.
const REQUESTS_DRAIN_IN: Duration = Duration::from_secs(5);

/// A daemon at work.
pub struct Running {
    /// The calls.
    pub calls: Arc<Calls>,
    /// Rung when something may be due.
    pub bells: Bells,
    /// Where the carrier's paths are served.
    pub address: SocketAddr,
    /// Where the owner's paths are served.
    pub admin_address: SocketAddr,
    store: Store,
    pulse: JobScheduler,
    services: JoinSet<anyhow::Result<()>>,
    stop_dispatch: CancellationToken,
    stop_web: serve::Stop,
    sockets: TaskTracker,
    stop_grace: Duration,
    clock: crate::clock::SharedClock,
}

impl Running {
    /// Builds and starts everything; on an error nothing keeps running.
    pub async fn start(launch: Launch) -> anyhow::Result<Self> {
        let store = Store::open(&launch.database).await?;
        let listener = listen(launch.listen).await?;
        let admin_listener = match launch.admin_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        Self::start_on(launch, store, listener, admin_listener).await
    }

    /// Starts on sockets and a database that are open already.
    pub async fn start_on(
        mut launch: Launch,
        store: Store,
        listener: TcpListener,
        admin_listener: Option<TcpListener>,
    ) -> anyhow::Result<Self> {
        let address = listener.local_addr()?;
        let admin_address = admin_listener.as_ref().map_or(Ok(address), TcpListener::local_addr)?;
        let (bells, health) = (Bells::default(), Arc::new(DispatchHealth::default()));
        launch.background.settings.listen = address;
        let chat_model = launch.chat.as_ref().map(|chat| chat.model.clone());
        let calls = calls(&mut launch, &store, &bells)?;
        begin_generation(&store, &calls, &launch).await?;
        let doctor = super::doctor::of_daemon(&mut launch, &calls, chat_model);
        let stop_web = serve::Stop::default();
        let sockets = TaskTracker::new();
        let desk = desk(&mut launch, &store, &calls, &bells);
        let housekeeper = housekeeper(&mut launch, &store, &calls, &bells);
        let dispatcher = dispatcher(&mut launch, &store, &calls, (&bells, &health));
        let settings = WebSettings {
            calls: Arc::clone(&calls),
            desk: Arc::new(desk),
            health: Arc::clone(&health),
            doctor,
            clock: launch.clock.clone(),
            time_speed: launch.time_speed,
            admin_token: launch.admin_token,
            doorbell: launch.doorbell,
            signing_tokens: launch.carrier.signing_tokens,
            enforce_stream_signature: launch.enforce_stream_signature,
            stopping: stop_web.graceful.clone(),
            dropped: stop_web.now.clone(),
            sockets: sockets.clone(),
        };
        let (main, admin) = web::routers(settings, admin_listener.is_some(), &mut launch.rng);
        let mut services = JoinSet::new();
        services.spawn(serve_on(listener, main, stop_web.clone()));
        if let (Some(listener), Some(router)) = (admin_listener, admin) {
            services.spawn(serve_on(listener, router, stop_web.clone()));
        }
        let stop_dispatch = CancellationToken::new();
        let watched = Watched { health, clock: launch.clock.clone(), stopping: stop_dispatch.clone() };
        services.spawn(feed(watched, launch.watchdog, stop_web.graceful.clone()));
        if launch.background.settings.follows_tunnel {
            let (places, clock) = (launch.background.tunnels, launch.clock.clone());
            let follow = Follow { places, port: address.port(), clock };
            services.spawn(follow.run(calls.addresses().clone(), stop_dispatch.clone()));
        }
        services.spawn(dispatch(dispatcher, stop_dispatch.clone()));
        services.spawn(keep_the_books(Arc::clone(&calls), stop_dispatch.clone()));
        services.spawn(keep_house(housekeeper, stop_dispatch.clone()));
        let pulse = pulse::start(&bells).await?;
        Ok(Self {
            calls,
            bells,
            address,
            admin_address,
            store,
            pulse,
            services,
            stop_dispatch,
            stop_web,
            sockets,
            stop_grace: launch.stop_grace,
            clock: launch.clock,
        })
    }

    /// Waits until a service ends by itself, which none should.
    pub async fn service_ended(&mut self) -> anyhow::Result<()> {
        match self.services.join_next().await {
            Some(Ok(ended)) => ended,
            Some(Err(panic)) => Err(panic).context("a service panicked"),
            None => Ok(()),
        }
    }

    /// Dies as a killed process does, as far as its sockets and the disk can tell: they are closed at once,
    /// and nothing that was under way is written down any more.
    pub(super) async fn crash(&mut self) -> anyhow::Result<()> {
        self.services.abort_all();
        self.stop_web.now.cancel();
        while self.services.join_next().await.is_some() {}
        self.store.close().await;
        self.pulse.shutdown().await?;
        // What waited for an answer gets it, or not, and has nowhere to write it.
        self.calls.abandon().await;
        Ok(())
    }

    /// Stops in order: no new calls, live calls finished or handed over, then the web, then the database.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.stop_dispatch.cancel();
        let live = self.calls.live_streams();
        if live > 0 {
            tracing::info!(live, "Stopping: letting live calls finish");
        }
        let handed_over = self.calls.shut_down(self.stop_grace).await;
        if handed_over {
            self.clock.sleep(CARRIER_ASKS_WITHIN).await;
        }
        self.stop_web.graceful.cancel();
        let mut result = Ok(());
        let drained = crate::clock::timeout(&*self.clock, REQUESTS_DRAIN_IN, async {
            while let Some(ended) = self.services.join_next().await {
                result = ended.unwrap_or_else(|panic| Err(panic.into()));
            }
            // Their tasks are not the server's any more; they end when they hear of the stop.
            self.sockets.close();
            self.sockets.wait().await;
        });
        if drained.await.is_err() {
            self.stop_web.now.cancel();
            while let Some(ended) = self.services.join_next().await {
                result = ended.unwrap_or_else(|panic| Err(panic.into()));
            }
        }
        self.pulse.shutdown().await?;
        self.store.close().await;
        result
    }
}

/// A generator of its own for another part, so that their draws do not depend on each other's order.
pub(super) fn fork(rng: &mut StdRng) -> StdRng {
    StdRng::from_seed(rng.random())
}

/// Before anything is dispatched that a newer database knew to be over.
async fn begin_generation(store: &Store, calls: &Calls, launch: &Launch) -> anyhow::Result<()> {
    if store.is_restored().await? {
        calls.begin_new_epoch().await?;
    }
    Ok(store.next_generation(launch.clock.now()).await?)
}

fn housekeeper(launch: &mut Launch, store: &Store, calls: &Arc<Calls>, bells: &Bells) -> Housekeeper {
    Housekeeper {
        calls: Arc::clone(calls),
        calendars: Calendars {
            store: store.clone(),
            zones: Arc::clone(&launch.zones),
            clock: launch.clock.clone(),
            http: http::client(),
        },
        backups: Backups {
            directory: launch.keep.backups_of(&launch.database),
            database: launch.database.clone(),
            kept: launch.keep.backups,
        },
        store: store.clone(),
        keep: launch.keep.clone(),
        rng: fork(&mut launch.rng),
        bells: bells.clone(),
    }
}

fn dispatcher(
    launch: &mut Launch,
    store: &Store,
    calls: &Arc<Calls>,
    (bells, health): (&Bells, &Arc<DispatchHealth>),
) -> Dispatcher {
    Dispatcher {
        store: store.clone(),
        calls: Arc::clone(calls),
        zones: Arc::clone(&launch.zones),
        clock: launch.clock.clone(),
        rng: fork(&mut launch.rng),
        bells: bells.clone(),
        watchdog_every: WATCHDOG_EVERY.mul_f64(launch.time_speed),
        health: Arc::clone(health),
        crowds: Crowds::default(),
        watch: launch.watch_clock.then(ClockWatch::default),
    }
}

async fn dispatch(dispatcher: Dispatcher, stop: CancellationToken) -> anyhow::Result<()> {
    dispatcher.run(stop).await.context("the scheduler stopped")
}

async fn feed(watched: Watched, patience: Option<Duration>, ended: CancellationToken) -> anyhow::Result<()> {
    match patience {
        Some(patience) => watched.feed(patience, ended).await,
        None => ended.cancelled().await,
    }
    Ok(())
}

async fn keep_house(housekeeper: Housekeeper, stop: CancellationToken) -> anyhow::Result<()> {
    housekeeper.run(stop).await;
    Ok(())
}

fn calls(launch: &mut Launch, store: &Store, bells: &Bells) -> anyhow::Result<Arc<Calls>> {
    let client = http::client();
    let account = &launch.carrier;
    let carrier = Carrier::new(
        client.clone(),
        account.api_url.clone(),
        account.account_sid.clone(),
        account.credentials.clone(),
        launch.clock.clone(),
    );
    let chat = launch.chat.take().map(|settings| ChatModel::new(client, settings, launch.clock.clone()));
    Ok(Calls::new(Parts {
        store: store.clone(),
        carrier,
        addresses: Addresses::new(launch.public.clone()).context("BASE_URL")?,
        from: account.from.clone(),
        realtime: launch.realtime.clone(),
        chat,
        notifier: Notifier::new(http::client(), launch.notify.clone(), launch.clock.clone()),
        obstacle: launch.obstacle,
        zones: Arc::clone(&launch.zones),
        clock: launch.clock.clone(),
        rng: fork(&mut launch.rng),
        policy: launch.policy.clone(),
        wake: Arc::clone(&bells.dispatch),
    }))
}

fn desk(launch: &mut Launch, store: &Store, calls: &Arc<Calls>, bells: &Bells) -> Desk {
    let daemon = Daemon { calls: Arc::clone(calls), bells: bells.clone() };
    let rng = fork(&mut launch.rng);
    Desk::new(store.clone(), Arc::clone(&launch.zones), launch.clock.clone(), rng, Some(daemon))
}

pub(super) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} (HOST and PORT say where)"))
}

/// Tells people what is to be told, and compares the carrier's calls with ours.
async fn keep_the_books(calls: Arc<Calls>, stop: CancellationToken) -> anyhow::Result<()> {
    tokio::join!(Arc::clone(&calls).run_courier(stop.clone()), calls.run_reconciler(stop));
    Ok(())
}

async fn serve_on(listener: TcpListener, router: axum::Router, stop: serve::Stop) -> anyhow::Result<()> {
    serve::serve(listener, router, stop).await.context("the web server stopped")
}
