//! The local line: without accounts, the built-in exchange takes the calls and the built-in coach speaks,
//! over real HTTP and WebSockets, through the same client code.

use std::net::SocketAddr;

use anyhow::Context as _;
use rand::{Rng, RngExt as _};

use super::{CarrierAccount, model_settings};
use crate::domain::phone::PhoneNumber;
use crate::realtime::openai::ModelSettings;
use crate::simulator::openai::{Models, ModelsOptions};
use crate::simulator::pace::Pace;
use crate::simulator::sleeper::Sleeper;
use crate::simulator::twilio::options::WallClock;
use crate::simulator::twilio::{Exchange, ExchangeOptions, Tunnel};
use crate::telephony::client::Credentials;
use crate::traditional::ChatSettings;

/// The address under which the local exchange knows this daemon; it leads through its own tunnel.
pub const LOCAL_ORIGIN: &str = "https://coach.localhost";
/// The number the local line calls from; the carrier's documentation reserves it for tests.
const LOCAL_NUMBER: &str = "+15005550006";
const REALTIME_MODEL: &str = "gpt-realtime-2.1";
const CHAT_MODEL: &str = "gpt-6-luna";
const VOICE: &str = "marin";

/// The built-in exchange and coach.
pub struct LocalLine {
    /// Takes the calls; `None` when a real carrier does.
    pub exchange: Option<Exchange>,
    /// Speaks; `None` when a real model does.
    pub models: Option<Models>,
}

impl LocalLine {
    /// Starts the built-in exchange, with credentials nobody else knows.
    pub async fn exchange(pace: Pace, rng: &mut impl Rng) -> anyhow::Result<(Exchange, CarrierAccount)> {
        Self::start_exchange(ExchangeOptions { pace, ..ExchangeOptions::new("", "") }, rng).await
    }

    /// The same, dialling faster or slower, and with another idea of the date.
    pub async fn exchange_at(
        pace: Pace,
        calls_per_second: f64,
        wall: WallClock,
        rng: &mut impl Rng,
    ) -> anyhow::Result<(Exchange, CarrierAccount)> {
        let options = ExchangeOptions { calls_per_second, pace, wall, ..ExchangeOptions::new("", "") };
        Self::start_exchange(options, rng).await
    }

    async fn start_exchange(
        options: ExchangeOptions,
        rng: &mut impl Rng,
    ) -> anyhow::Result<(Exchange, CarrierAccount)> {
        let account_sid = format!("AC{:032x}", rng.random::<u128>());
        let token = format!("{:032x}", rng.random::<u128>());
        let from = PhoneNumber::parse(LOCAL_NUMBER).context("the local line's own number")?;
        let options = ExchangeOptions {
            account_sid: account_sid.clone(),
            auth_token: token.clone(),
            numbers: vec![from.as_str().to_owned()],
            ..options
        };
        let exchange = Exchange::start(options).await.context("cannot start the local line")?;
        let account = CarrierAccount {
            api_url: exchange.url().parse().context("the local line's own address")?,
            account_sid: account_sid.clone(),
            credentials: Credentials::AuthToken { token: token.clone().into() },
            signing_tokens: vec![token.into()],
            from,
        };
        Ok((exchange, account))
    }

    /// Starts the built-in coach.
    pub async fn models(
        pace: Pace,
        rng: &mut impl Rng,
    ) -> anyhow::Result<(Models, ModelSettings, ChatSettings)> {
        let api_key = format!("sk-local-{:032x}", rng.random::<u128>());
        let models = Models::start(ModelsOptions::local(&api_key, pace))
            .await
            .context("cannot start the built-in coach")?;
        let base_url: url::Url = models.url().parse().context("the built-in coach's own address")?;
        let realtime = model_settings(base_url.clone(), api_key.clone().into(), REALTIME_MODEL, VOICE);
        let chat = ChatSettings {
            base_url,
            api_key: Some(api_key.into()),
            model: CHAT_MODEL.to_owned(),
            reasoning_effort: Some("none".to_owned()),
        };
        Ok((models, realtime, chat))
    }

    /// Lets the local exchange find the daemon.
    pub fn reach(&self, daemon: SocketAddr) {
        if let Some(exchange) = &self.exchange {
            exchange.open_tunnel(Tunnel { public_origin: LOCAL_ORIGIN.to_owned(), local: daemon });
        }
    }

    /// Puts a simulated sleeper behind every number, also one that is stored or changed later, so that a call
    /// on the local line is answered.
    pub fn people_the_line(&self) {
        if let Some(exchange) = &self.exchange {
            exchange.set_everybody(Sleeper::prompt_riser());
        }
    }

    /// Stops both and waits for their tasks.
    pub async fn stop(self) {
        if let Some(exchange) = self.exchange {
            exchange.shutdown().await;
        }
        if let Some(models) = self.models {
            models.shutdown().await;
        }
    }
}
